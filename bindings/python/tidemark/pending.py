"""Steps whose tensors were not ready when they were recorded."""

from __future__ import annotations

from collections import deque

from tidemark import _tidemark
from tidemark.tensors import Pending

_MOST_VALUES = 32  # beyond them the oldest is given up: nothing waits for a device that hangs

_of_the_parent: list[object] = []


class _Held:
    """One step, and what of it is still on its way."""

    __slots__ = ("step", "time_ns", "values")

    def __init__(self, step: int, time_ns: int, values: list[tuple[int, Pending]]) -> None:
        self.step = step
        self.time_ns = time_ns
        self.values = values


class PendingValues:
    """In the order of their steps. `unreadable` and `given_up` count what was lost."""

    def __init__(self) -> None:
        self._held: deque[_Held] = deque()
        self._count = 0
        self._busy = False
        self.given_up = 0
        self.unreadable = 0

    def hold(self, step: int, time_ns: int, values: list[tuple[int, Pending]]) -> bool:
        """Answers whether anything waits now."""
        self._held.append(_Held(step, time_ns, values))
        self._count += len(values)
        while self._count > _MOST_VALUES:
            self._give_up_oldest()
        return self._count > 0

    def complete_ready(self, journal: _tidemark.Journal) -> bool:
        """Records what has become ready; answers whether anything waits still."""
        if self._busy:  # another thread is at it
            return True
        self._busy = True
        try:
            for held in list(self._held):
                self._complete(held, journal)
            self._held = deque(held for held in self._held if held.values)
            self._count = sum(len(held.values) for held in self._held)
        finally:
            self._busy = False
        return self._count > 0

    def forget(self) -> None:
        """In a forked child: they are the parent's, and its devices' objects must not end here."""
        _of_the_parent.append(self._held)
        self._held = deque()
        self._count = 0

    def give_up_all(self) -> None:
        """At the end."""
        while self._count > 0:
            self._give_up_oldest()

    def _complete(self, held: _Held, journal: _tidemark.Journal) -> None:
        present = 0
        numbers: dict[int, float | int] = {}
        waiting: list[tuple[int, Pending]] = []
        for flag, value in held.values:
            try:
                if not value.ready():
                    waiting.append((flag, value))
                    continue
                number = value.read()
            except Exception:  # the device's own error comes up where the trainer meets it
                number = None
            if number is None:
                self.unreadable += 1
            else:
                numbers[flag] = number
                present |= flag
        held.values = waiting
        if present:
            journal.complete(
                held.step,
                held.time_ns,
                present,
                float(numbers.get(_tidemark.HAS_LOSS, 0.0)),
                float(numbers.get(_tidemark.HAS_LEARNING_RATE, 0.0)),
                float(numbers.get(_tidemark.HAS_GRADIENT_NORM, 0.0)),
                _whole(numbers.get(_tidemark.HAS_BATCH_SIZE, 0)),
            )

    def _give_up_oldest(self) -> None:
        held = self._held[0]
        _, value = held.values.pop(0)
        if not held.values:
            self._held.popleft()
        self._count -= 1
        self.given_up += 1
        value.give_up()


def _whole(number: float | int) -> int:
    return int(number) if number == number and abs(number) < 2**53 else -1
