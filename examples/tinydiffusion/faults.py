"""Faults on purpose, for tests of whoever watches this trainer: `config.process[0].faults`.

Step numbers are indices, as the progress bar counts: step 0 is the first.
"""
from __future__ import annotations

import os
import pathlib
import signal
import tempfile
import time
from dataclasses import dataclass, field
from typing import IO, Any

import torch

from .config_reader import ConfigError, Section
from .memory import MIB, touched_memory


@dataclass(frozen=True)
class Faults:
    raise_at_step: int | None = None
    raise_message: str = "raised on purpose"
    memory_error_at_step: tuple[int, ...] = ()
    leak_mb_per_step: float = 0
    worker_leak_mb_per_batch: float = 0
    worker_hold_mb: float = 0
    spike_mb_at_step: dict[int, float] = field(default_factory=dict)
    nan_at_step: tuple[int, ...] = ()
    hang_at_step: int | None = None
    sigkill_self_at_step: int | None = None
    slow_data_seconds: float = 0
    shm_mb: float = 0
    ignore_sigint: bool = False


def read_faults(section: Section) -> Faults:
    return Faults(
        raise_at_step=section.whole_or_none("raise_at_step", 0),
        raise_message=section.text("raise_message", "raised on purpose"),
        memory_error_at_step=section.wholes("memory_error_at_step", (), 0),
        leak_mb_per_step=section.number("leak_mb_per_step", 0, 0),
        worker_leak_mb_per_batch=section.number("worker_leak_mb_per_batch", 0, 0),
        worker_hold_mb=section.number("worker_hold_mb", 0, 0),
        spike_mb_at_step=_read_spikes(section),
        nan_at_step=section.wholes("nan_at_step", (), 0),
        hang_at_step=section.whole_or_none("hang_at_step", 0),
        sigkill_self_at_step=section.whole_or_none("sigkill_self_at_step", 0),
        slow_data_seconds=section.number("slow_data_seconds", 0, 0),
        shm_mb=section.number("shm_mb", 0, 0),
        ignore_sigint=section.flag("ignore_sigint", False),
    )


def _read_spikes(section: Section) -> dict[int, float]:
    spikes = section.section("spike_mb_at_step").values
    try:
        return {int(step): float(mebibytes) for step, mebibytes in spikes.items()}
    except (TypeError, ValueError):
        raise ConfigError(f"{section.path}.spike_mb_at_step: {spikes!r} is not a mapping of steps to MiB") from None


class ProcessFaults:
    """The faults of the main process."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._leaked: list[Any] = []
        self._shm: IO[bytes] | None = None

    def start(self) -> None:
        if self._faults.ignore_sigint:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        if self._faults.shm_mb:
            self._shm = _fill_shm(self._faults.shm_mb)

    def before_step(self, step: int) -> None:
        """What happens outside of the part that forgives an out-of-memory error."""
        faults = self._faults
        if step == faults.hang_at_step:
            while True:
                time.sleep(3600)
        if step == faults.sigkill_self_at_step:
            os.kill(os.getpid(), signal.SIGKILL)
        if step == faults.raise_at_step:
            raise RuntimeError(faults.raise_message)
        if faults.leak_mb_per_step:
            self._leaked.append(touched_memory(faults.leak_mb_per_step))
        if step in faults.spike_mb_at_step:
            touched_memory(faults.spike_mb_at_step[step])

    def inside_step(self, step: int) -> None:
        if step in self._faults.memory_error_at_step:
            torch.empty(1 << 60, dtype=torch.uint8)  # no machine has an exbibyte: the allocator's own error

    def loss_of(self, step: int, loss: torch.Tensor) -> torch.Tensor:
        return loss * float("nan") if step in self._faults.nan_at_step else loss


class WorkerFaults:
    """The faults of a DataLoader worker; does nothing in the main process, so that num_workers 0 cures them."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._held: list[Any] = []

    def on_worker_start(self) -> None:
        if self._faults.worker_hold_mb:
            self._held.append(touched_memory(self._faults.worker_hold_mb))

    def on_batch(self) -> None:
        if self._faults.slow_data_seconds:
            time.sleep(self._faults.slow_data_seconds)  # slow data is slow wherever it is loaded
        if self._faults.worker_leak_mb_per_batch and torch.utils.data.get_worker_info() is not None:
            self._held.append(touched_memory(self._faults.worker_leak_mb_per_batch))


def _fill_shm(mebibytes: float) -> IO[bytes]:
    """Fills /dev/shm. The file has no name any more when this returns, so that it is gone with the process
    however that ends."""
    folder = pathlib.Path("/dev/shm")
    file = tempfile.TemporaryFile(dir=folder if folder.is_dir() else None)
    block = b"\1" * MIB
    for _ in range(int(mebibytes)):
        file.write(block)
    file.flush()
    return file
