"""What this process holds, how to give memory back, and the trainer's own account of both."""
from __future__ import annotations

import contextlib
import ctypes
import gc
import json
import os
import pathlib
import resource
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

import numpy
import torch

MIB = 1 << 20


def rss_bytes() -> int:
    """Resident set size now; 0 where the kernel does not say."""
    try:
        with open("/proc/self/statm", encoding="ascii") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def peak_rss_bytes() -> int:
    """The highest resident set size so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def release_memory() -> None:
    """Gives freed memory back to the system. Without this a dropped component stays in RSS: the C library
    keeps what was freed for the next allocation."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def give_back_at_once(from_kib: int) -> None:
    """From now on a tensor of at least this size has pages of its own, which go back to the system when it
    dies. The C library's own way raises that size with every large block that dies, up to 32 MiB, and then
    keeps what died in a fragmented heap, which hides what a setting saved. The price is a page fault for
    every page of such a tensor."""
    mmap_threshold, trim_threshold, top_pad = -3, -1, -2  # mallopt(3)
    with contextlib.suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(mmap_threshold, from_kib * 1024)
        library.mallopt(trim_threshold, 16 * MIB)
        library.mallopt(top_pad, MIB)


def touched_memory(mebibytes: float) -> numpy.ndarray[Any, Any]:
    """Memory that is resident, not only reserved: every page has been written."""
    return numpy.full(int(mebibytes * MIB), 1, dtype=numpy.uint8)


def tensor_bytes(tensors: Iterable[torch.Tensor]) -> int:
    return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


def module_bytes(module: torch.nn.Module) -> int:
    return tensor_bytes(module.parameters()) + tensor_bytes(module.buffers())


def optimizer_bytes(optimizer: torch.optim.Optimizer) -> int:
    states = (value for state in optimizer.state.values() for value in state.values())
    return tensor_bytes(value for value in states if isinstance(value, torch.Tensor))


class MemoryReport:
    """The true figures of a run, for whoever checks a monitor against them: `memory.json` in the job's
    folder. Bytes of components are counted from their tensors; RSS is what the kernel said."""

    def __init__(self, file: pathlib.Path) -> None:
        self._file = file
        self._components: dict[str, int] = {}
        self._phases: list[dict[str, Any]] = []
        self._steps: list[float] = []
        self._data_waits: list[float] = []
        self._highest_step_rss = 0

    def component(self, name: str, size: int) -> None:
        self._components[name] = size

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        start, rss_before = time.monotonic(), rss_bytes()
        try:
            yield
        finally:
            self._phases.append({
                "name": name, "seconds": round(time.monotonic() - start, 4),
                "rss_before": rss_before, "rss_after": rss_bytes(), "peak_rss": peak_rss_bytes(),
            })
            self.write()

    def step(self, seconds: float, data_wait: float) -> None:
        self._steps.append(seconds)
        self._data_waits.append(data_wait)
        self._highest_step_rss = max(self._highest_step_rss, rss_bytes())

    def write(self) -> None:
        count = len(self._steps)
        text = json.dumps({
            "pid": os.getpid(),
            "components": self._components,
            "phases": self._phases,
            "steps": count,
            "median_step_seconds": sorted(self._steps)[count // 2] if count else None,
            "mean_data_wait_seconds": sum(self._data_waits) / count if count else None,
            "highest_rss_at_step_end": self._highest_step_rss,
            "rss": rss_bytes(),
            "peak_rss": peak_rss_bytes(),
        }, indent=1)
        self._file.parent.mkdir(parents=True, exist_ok=True)
        self._file.write_text(text + "\n", encoding="utf-8")
