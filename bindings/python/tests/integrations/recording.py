"""A stand-in for tidemark's run that keeps what it is told."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any


class RecordingRun:
    def __init__(self, call: dict[str, Any]) -> None:
        self.call = call  # what `monitor` was called with
        self.steps: list[dict[str, Any]] = []
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.phases: list[tuple[str, str]] = []
        self.counts: dict[str, Any] = {}
        self.active = True
        self.closed = False
        self.completed: bool | None = None
        self.error: BaseException | None = None

    def __enter__(self) -> RecordingRun:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        self.closed, self.error = True, error

    def step(self, step: int, **values: Any) -> bool:
        assert not self.closed
        self.steps.append({"step": step, **values})
        return True

    def event(self, type: str, /, **details: Any) -> None:
        self.events.append((type, details))

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        self.phases.append((name, "start"))
        try:
            yield
        except BaseException:
            self.phases.append((name, "failed"))
            raise
        self.phases.append((name, "end"))

    def parameters(self, trainable: int, frozen: int, dtype: str) -> None:
        self.counts = {"trainable": trainable, "frozen": frozen, "dtype": dtype}

    def close(self, completed: bool = True) -> None:
        self.completed = completed
        self.__exit__(None, None, None)

    def column(self, name: str) -> list[float]:
        """One value of every step, in order."""
        return [float(step[name]) for step in self.steps]

    def numbers(self) -> list[int]:
        return [step["step"] for step in self.steps]


class Recorder:
    """Stands for `tidemark.monitor`; every call is a run of its own."""

    def __init__(self) -> None:
        self.runs: list[RecordingRun] = []

    def monitor(self, **call: Any) -> RecordingRun:
        run = RecordingRun(call)
        self.runs.append(run)
        return run

    @property
    def run(self) -> RecordingRun:
        """The only run there was."""
        assert len(self.runs) == 1, f"{len(self.runs)} runs"
        return self.runs[0]


class Seconds:
    """A clock that only a test moves: called, it tells the time, as `time.perf_counter` does."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


class BrokenRun(RecordingRun):
    """Fails at every call, as nothing of ours should."""

    def step(self, step: int, **values: Any) -> bool:
        raise RuntimeError("broken step")

    def event(self, type: str, /, **details: Any) -> None:
        raise RuntimeError("broken event")

    def phase(self, name: str) -> Any:
        raise RuntimeError("broken phase")

    def parameters(self, trainable: int, frozen: int, dtype: str) -> None:
        raise RuntimeError("broken parameters")

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        raise RuntimeError("broken exit")
