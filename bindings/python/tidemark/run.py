"""What `monitor` returns: the calls that a trainer makes."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Iterable
from types import TracebackType
from typing import Literal, TypeVar

from tidemark import _tidemark, copies, details, failures, joining, own_memory, tensors
from tidemark.allocators import AllocatorSampler
from tidemark.batches import time_batches
from tidemark.pending import PendingValues
from tidemark.reporting import warn_once

Item = TypeVar("Item")

_DTYPE_WORDS = {
    "torch.bfloat16": "bf16",
    "torch.float16": "fp16",
    "torch.float32": "fp32",
    "torch.float64": "fp64",
    "torch.float8_e4m3fn": "fp8",
    "torch.float8_e5m2": "fp8",
    "torch.int8": "int8",
}


class Phase:
    """A stretch of time with a name: `with run.phase("sampling"): ...`. Phases may be nested."""

    __slots__ = ("_name", "_run")

    def __init__(self, run: Run | None, name: bytes) -> None:
        self._run = run
        self._name = name

    def __enter__(self) -> Phase:
        if self._run is not None:
            self._run._mark_phase(self._name, True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        if self._run is not None:
            self._run._mark_phase(self._name, False)
        return False


_NO_PHASE = Phase(None, b"")


class Run(_tidemark.Recorder):
    """One training run as its trainer sees it. Made by `tidemark.monitor`.

    Use it in a `with` statement, so that an exception that ends training is recorded, or call `close`.
    No call raises or waits; each answers whether its record was taken. Any thread and any forked worker may
    call.
    """

    def __init__(self) -> None:
        super().__init__()
        self._journal: _tidemark.Journal | None = None
        self._owner = os.getpid()
        self._inner = _forked_from_a_run
        self._held = PendingValues()
        self._allocators = AllocatorSampler()

    @property
    def active(self) -> bool:
        """Whether records go anywhere: False when disabled, closed, or without a monitor."""
        return self._journal is not None

    def event(self, type: str, /, **details_: object) -> bool:
        """Something that happened, by a name of at most 64 bytes, with details of any kind. They are stored
        as JSON: objects that JSON has no form for as their (bounded) repr, NaN and infinities as texts,
        tensors without waiting for their device. Details over 256 KiB are replaced by a note of that."""
        journal = self._journal
        if journal is None:
            return False
        try:
            return journal.event(details.name_bytes(type), _encoded(details_))
        except Exception as error:
            warn_once(f"an event could not be recorded: {error!r}")
            return False

    def phase(self, name: str) -> Phase:
        """What the trainer does while the `with` block runs: "model_load", "latent_caching", "sampling",
        "checkpoint_save", ... Time in a phase that ended between two steps is not part of the step's."""
        if self._journal is None:
            return _NO_PHASE
        return Phase(self, details.name_bytes(name))

    def parameters(self, *, trainable: int | None = None, frozen: int | None = None, dtype: object = None) -> bool:
        """Counts of parameters, and the type that the weights are held in ("bf16", or torch's dtype). Makes the
        memory breakdown sharper."""
        word = None if dtype is None else _DTYPE_WORDS.get(str(dtype), str(dtype))
        known = {"trainable": trainable, "frozen": frozen, "dtype": word}
        return self.event("parameters", **{name: value for name, value in known.items() if value is not None})

    def batches(self, loader: Iterable[Item]) -> Iterable[Item]:
        """The loader's items. The time that each took to come is summed up until the next step, whose
        `data_wait_seconds` it becomes. Keeps `len` and every other attribute of the loader."""
        return loader if self._journal is None else time_batches(self, loader)

    def counts(self) -> dict[str, int]:
        """What was recorded and what was not. Of the whole journal: `records_taken`, `dropped_full`,
        `dropped_no_lane`, `dropped_too_large`, `dropped_disabled`; of this run: `values_unusable` (no number,
        or none that could be had without waiting) and `values_given_up` (a device never delivered them)."""
        counts = self._journal.counts() if self._journal is not None else {}
        counts["values_unusable"] = self._values_unusable + self._held.unreadable
        counts["values_given_up"] = self._held.given_up
        return counts

    def close(self, *, completed: bool = True) -> None:
        """The last word: training has ended, and whether it got to its end. Calling it again does nothing.
        The monitor goes on until the process ends."""
        if self._owner != os.getpid():  # a forked child that leaves its parent's block
            return
        journal, self._journal = self._journal, None
        if journal is None:
            return
        try:
            self._say_goodbye(journal, completed)
        except Exception as error:
            warn_once(f"the end of the run could not be recorded: {error!r}")
        finally:
            self._attach(None, False)
            joining.release(journal)
            if self in _open_runs:
                _open_runs.remove(self)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self._end(error)
        return False

    # --- inside ---

    def _begin(self, journal: _tidemark.Journal, records_steps: bool) -> None:
        self._journal = journal
        self._attach(journal, records_steps)
        _open_runs.append(self)

    def _end(self, error: BaseException | None) -> None:
        failed = error is not None and not failures.is_benign(error)
        if failed and error is not None and self._owner == os.getpid() and not self._inner:
            try:
                kind, told = failures.describe(error)
                self.event(kind, **told, pid=self._owner)
            except Exception as trouble:
                warn_once(f"an exception could not be recorded: {trouble!r}")
        self.close(completed=not failed)

    def _say_goodbye(self, journal: _tidemark.Journal, completed: bool) -> None:
        self._held.complete_ready(journal)
        self._held.give_up_all()
        if self._inner:
            return
        lost = {"values_unusable": self._values_unusable + self._held.unreadable, "values_given_up": self._held.given_up}
        told: dict[str, object] = {"completed": completed, "pid": self._owner}
        told.update({name: count for name, count in lost.items() if count})
        journal.event(b"monitoring_end", details.to_json(told))

    def _mark_phase(self, name: bytes, begins: bool) -> None:
        try:
            self._phase(name, begins)
            self._tell_own_memory()
        except Exception as error:
            warn_once(f"a phase could not be recorded: {error!r}")

    def _tell_own_memory(self) -> None:
        """What was held at this boundary: a sample from outside comes when it comes."""
        if self._journal is None or self._inner or self._owner != os.getpid():
            return
        held = own_memory.read()
        if held:
            self._journal.event(b"process_memory", details.to_json(held))

    # --- asked by the extension, from inside step ---

    def _read_value(self, value: object) -> object:
        try:
            number = tensors.read_value(value)
        except Exception:
            number = None
        if number is None:
            self._note_unusable(f"no number without waiting: {_kind_of(value)}")
        return number

    def _note_unusable(self, why: str) -> None:
        warn_once(f"step(): a value was left out and counted ({why})")

    def _hold(self, step: int, time_ns: int, values: list[tuple[int, tensors.Pending]]) -> bool:
        return self._held.hold(step, time_ns, values)

    def _complete_ready(self) -> bool:
        return self._journal is not None and self._held.complete_ready(self._journal)

    def _sample_allocators(self, step: int) -> int:
        return self._allocators.sample(self._journal, step) if self._journal is not None else sys.maxsize


def _encoded(told: dict[str, object]) -> bytes:
    if not told:
        return b""
    try:
        return details.to_json(told)
    except details.TooLarge:
        return details.to_json({"left_out": "the details are larger than 256 KiB", "keys": sorted(told)[:100]})


def _kind_of(value: object) -> str:
    device = getattr(getattr(value, "device", None), "type", None)
    return f"{type(value).__module__}.{type(value).__qualname__}" + (f" on {device}" if isinstance(device, str) else "")


_open_runs: list[Run] = []
# In a forked worker of a trainer that records: how its own runs end is not how the trainer's does.
_forked_from_a_run = False


@atexit.register
def _close_open_runs() -> None:
    """For those that use no `with`: an exception that nobody caught is known to the interpreter by now."""
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    for run in reversed(list(_open_runs)):
        run._end(error)


def _after_fork_in_child() -> None:
    global _forked_from_a_run
    _forked_from_a_run = _forked_from_a_run or bool(_open_runs)
    joining.renew_lock_after_fork()
    copies.forget_after_fork()
    for run in _open_runs:
        run._held.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
