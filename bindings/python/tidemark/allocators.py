"""What the allocators of this process hold: CUDA and MPS through torch where the trainer uses them already,
and the C library's. Nothing is initialised, and nobody's peak is reset."""

from __future__ import annotations

import sys
from time import monotonic_ns
from typing import Any

from tidemark import _tidemark

_CPU, _CUDA, _MPS = 0, 1, 2
_PAUSE_NS = 5_000_000_000
_SHARE = 1000  # at most 1/1000 of the time goes into looking


class AllocatorSampler:
    """Looks at most every 5 seconds, and more rarely where looking is dear."""

    def __init__(self) -> None:
        self._cpu_due_ns = 0

    def sample(self, journal: _tidemark.Journal, step: int) -> int:
        """Records what there is; answers after how many nanoseconds to come again."""
        began = monotonic_ns()
        torch = sys.modules.get("torch")
        if torch is not None:
            _sample_cuda(journal, step, torch)
            _sample_mps(journal, step, torch)
        took = monotonic_ns() - began
        if began >= self._cpu_due_ns:
            self._sample_cpu(journal, step, began)
        return max(_PAUSE_NS, took * _SHARE)

    def _sample_cpu(self, journal: _tidemark.Journal, step: int, now: int) -> None:
        found = _tidemark.malloc_statistics()
        if found is None:
            self._cpu_due_ns = sys.maxsize
            return
        allocated, reserved, took = found
        self._cpu_due_ns = now + took * _SHARE
        journal.allocator(step, _CPU, 0, allocated, reserved, 0, 0)


def _sample_cuda(journal: _tidemark.Journal, step: int, torch: Any) -> None:
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return
    for device in range(cuda.device_count()):
        statistics = cuda.memory_stats_as_nested_dict(device)
        reserved = _of(statistics, "reserved_bytes")
        if reserved.get("peak", 0) == 0:
            continue  # not in use
        allocated = _of(statistics, "allocated_bytes")
        journal.allocator(
            step,
            _CUDA,
            device,
            int(allocated.get("current", 0)),
            int(reserved.get("current", 0)),
            int(allocated.get("peak", 0)),
            int(reserved.get("peak", 0)),
        )


def _of(statistics: dict[str, Any], name: str) -> dict[str, int]:
    found: dict[str, int] = statistics.get(name, {}).get("all", {})
    return found


def _sample_mps(journal: _tidemark.Journal, step: int, torch: Any) -> None:
    mps = getattr(torch, "mps", None)
    if mps is None or not torch.backends.mps.is_available():
        return
    allocated = int(mps.current_allocated_memory())
    if allocated > 0:
        journal.allocator(step, _MPS, 0, allocated, int(mps.driver_allocated_memory()), 0, 0)
