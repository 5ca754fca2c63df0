"""What the loop tells a monitor, where one is there to hear it: `import tidemark` is optional."""
from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any


class Telemetry:
    """tidemark's run, or nothing: every call does nothing then."""

    def __init__(self, run: Any) -> None:
        self._run = run

    def step(self, step: int, loss: float, batch_size: int, gradient_norm: float | None, learning_rate: float) -> None:
        if self._run is not None:
            self._run.step(step, loss=loss, batch_size=batch_size, gradient_norm=gradient_norm, learning_rate=learning_rate)

    def event(self, kind: str, **details: Any) -> None:
        if self._run is not None:
            self._run.event(kind, **details)

    def phase(self, name: str) -> AbstractContextManager[Any]:
        if self._run is None:
            return contextlib.nullcontext()
        phase: AbstractContextManager[Any] = self._run.phase(name)
        return phase

    def parameters(self, trainable: int, frozen: int, dtype: str) -> None:
        if self._run is not None:
            self._run.parameters(trainable=trainable, frozen=frozen, dtype=dtype)

    def batches(self, batches: Iterator[Any]) -> Iterator[Any]:
        """The same batches; tidemark measures the wait for each."""
        return batches if self._run is None else iter(self._run.batches(batches))


@contextlib.contextmanager
def open_telemetry(config: dict[str, Any], name: str, wanted: bool) -> Iterator[Telemetry]:
    """Joins the monitor where the package is installed; `telemetry: false` in the process's config refuses."""
    try:
        tidemark = importlib.import_module("tidemark") if wanted else None
    except ImportError:
        tidemark = None
    if tidemark is None or not hasattr(tidemark, "monitor"):
        yield Telemetry(None)
        return
    with tidemark.monitor(config=config, name=name) as run:
        yield Telemetry(run)
