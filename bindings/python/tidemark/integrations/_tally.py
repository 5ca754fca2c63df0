"""What the micro-batches of one optimiser step add up to, and where its time went."""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any


class StepTally:
    """Loss and samples of the micro-batches since the last optimiser step."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.loss: Any = None  # a number or a tensor, never read here: reading a tensor waits for the device
        self.samples: int | None = None
        self.micro_batches = 0

    def add(self, loss: Any, samples: int | None) -> None:
        self.micro_batches += 1
        if samples is not None:
            self.samples = samples + (self.samples or 0)
        if loss is not None:
            loss = loss.detach() if hasattr(loss, "detach") else loss
            self.loss = loss if self.loss is None else self.loss + loss


class StepClock:
    """Splits wall time: the wait for data, the step, and what lies between steps (evaluation, saving, logging).

    A step lasts from the beginning of its wait for data to its end. What lies between steps is in no step.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._waiting_since: float | None = None
        self._began: float | None = None
        self._waited = 0.0

    def wait(self) -> None:
        """From here on the trainer waits for data, as far as is known."""
        self._waiting_since = self._now()

    def work(self) -> None:
        """The batch is there."""
        if self._waiting_since is None:
            return
        if self._began is None:
            self._began = self._waiting_since
        self._waited += self._now() - self._waiting_since
        self._waiting_since = None

    def finish(self) -> dict[str, float]:
        """The step is done: its seconds under the names that `run.step` takes; empty where none began."""
        began, waited = self._began, self._waited
        self._began, self._waited = None, 0.0
        if began is None:
            return {}
        return {"step_time_seconds": self._now() - began, "data_wait_seconds": waited}
