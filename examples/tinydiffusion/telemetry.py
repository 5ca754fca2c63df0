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
            self._run.step(step, loss=loss, batch_size=batch_size, gradient_norm=gradient_norm,
                           learning_rate=learning_rate)

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
    with contextlib.ExitStack() as stack:
        run = None
        if wanted:
            try:
                tidemark = importlib.import_module("tidemark")
                run = stack.enter_context(tidemark.monitor(config=config, name=name))
            except ImportError:
                pass
            except Exception as error:  # whatever it is, it is no reason not to train
                print(f"Training without tidemark: {error}")
        yield Telemetry(run)
