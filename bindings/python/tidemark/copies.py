"""Scalars on their way from a device to memory: copied behind the work that makes them, read when an event
says that they have arrived. Nothing here waits for a device.

The pinned memory for 64 scalars is had at the first tensor of each device and type, in one allocation. Of a
device without events that can be asked (torch.mps before 2.2, XPU, HPU) nothing is read: without an event
there is no telling whether a copy has arrived, short of a wait.
"""

from __future__ import annotations

from typing import Any

_SCALARS = 64


class Copy:
    """One scalar on its way."""

    __slots__ = ("_event", "_host", "_pool", "_source")

    def __init__(self, pool: _Pool, source: Any, host: Any, event: Any) -> None:
        self._pool = pool
        self._source = source  # its memory must stay its own until the copy is done
        self._host = host
        self._event = event

    def ready(self) -> bool:
        return bool(self._event.query())

    def read(self) -> float | int | None:
        number = self._host.item()
        self._pool.take_back(self._host, self._event)
        self._source = None
        return number if isinstance(number, (int, float)) else None

    def give_up(self) -> None:
        """The device may still write: its memory is used again only when the event says so."""
        self._pool.abandoned.append(self)

    def reclaim(self) -> None:
        self._pool.take_back(self._host, self._event)
        self._source = None


class _Pool:
    """Memory and events for the scalars of one device and type."""

    def __init__(self, torch: Any, kind: str, dtype: Any) -> None:
        self._new_event = torch.cuda.Event if kind == "cuda" else torch.mps.event.Event
        block = torch.empty(_SCALARS, dtype=dtype, device="cpu", pin_memory=kind == "cuda")
        self._hosts: list[Any] = [block[i] for i in range(_SCALARS)]
        self._events: list[Any] = []
        self.abandoned: list[Copy] = []

    def begin(self, torch: Any, tensor: Any) -> Copy | None:
        if not self._hosts:
            self._reclaim()
        if not self._hosts:
            return None
        source = tensor.detach().reshape(())
        host = self._hosts.pop()
        host.copy_(source, non_blocking=True)
        event = self._events.pop() if self._events else self._new_event()
        if tensor.device.type == "cuda":
            event.record(torch.cuda.current_stream(tensor.device))
        else:
            event.record()
        return Copy(self, source, host, event)

    def take_back(self, host: Any, event: Any) -> None:
        self._hosts.append(host)
        self._events.append(event)

    def _reclaim(self) -> None:
        waiting, self.abandoned = self.abandoned, []
        for copy in waiting:
            if copy.ready():
                copy.reclaim()
            else:
                self.abandoned.append(copy)


_pools: dict[tuple[str, object, object], _Pool] = {}


def begin(torch: Any, tensor: Any) -> Copy | None:
    """Starts a copy of a scalar; None where that cannot be done without waiting."""
    device = tensor.device
    if device.type == "cuda":
        # A copy inside a graph that is being captured would become part of the graph.
        if torch.cuda.is_current_stream_capturing():
            return None
    elif device.type != "mps" or not hasattr(getattr(torch.mps, "event", None), "Event"):
        return None
    key = (device.type, device.index, tensor.dtype)
    pool = _pools.get(key)
    if pool is None:
        pool = _pools[key] = _Pool(torch, device.type, tensor.dtype)
    return pool.begin(torch, tensor)


_of_the_parent: list[object] = []


def forget_after_fork() -> None:
    """A device's objects cannot be used in a forked child, not even to end them."""
    _of_the_parent.append(dict(_pools))
    _pools.clear()
