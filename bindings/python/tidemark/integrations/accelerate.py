"""A tracker for accelerate's `log_with`.

    tracker = TidemarkTracker("my_run")
    accelerator = Accelerator(log_with=tracker)
    accelerator.init_trackers("my_project", config={...})
    accelerator.log({"loss": loss, "lr": rate}, step=step)
    accelerator.end_training()

A call of `accelerator.log` that has a step value in it (`STEP_VALUES`, also under "train_" or "train/") becomes a
step; its other entries are not kept: they come with every step and are another tracker's. A call without one, an
evaluation's say, becomes an event `metrics` with its first 32 plain numbers, for the first 1,000 such calls; how
many were left out is in the event `metrics_dropped` at the end. Without `step=` the calls that are steps are
numbered from 1. Tensors are handed on unread.

Step time: the wall time since the step logged before, without phases; where steps between were not logged, the
mean over them, whatever was done in it.

Accelerate has no hooks: what it does not log is not seen. `tracker.phase("evaluation")` marks a phase,
`tracker.parameters(model)` counts a model. An exception that ends the process without `end_training` is
recorded when the interpreter ends; the monitor sees the exit and the log in any case.
"""
from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

from accelerate import tracking
from accelerate.tracking import GeneralTracker

from ._guard import AnyCall, guarded
from ._model import count_parameters, plain_numbers
from ._session import Options, Session

# What scripts call it, and what `run.step` calls it.
STEP_VALUES = {"loss": "loss", "step_loss": "loss", "lr": "learning_rate", "learning_rate": "learning_rate",
               "grad_norm": "gradient_norm", "gradient_norm": "gradient_norm", "batch_size": "batch_size"}
_NUMBERS_PER_EVENT = 32
_EVENTS_PER_RUN = 1000
_on_main_process: Callable[[AnyCall], AnyCall] = tracking.on_main_process


def step_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """The entries that `run.step` takes, under its names; the plain spelling wins over the "train" one."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        name = STEP_VALUES.get(key)
        if name is not None:
            found[name] = value
        elif key.startswith(("train_", "train/")):
            name = STEP_VALUES.get(key[len("train_"):])
            if name is not None:
                found.setdefault(name, value)
    return found


class TidemarkTracker(GeneralTracker):  # type: ignore[misc]
    """Records what `accelerator.log` gets in tidemark. Never raises into the training.

    `run_name`: the job's name. `config`: settings to record beside those of `init_trackers`; they win. Only the main
    process records: accelerate calls trackers on no other.
    """

    name = "tidemark"
    requires_logging_directory = False
    main_process_only = True

    def __init__(self, run_name: str, config: Mapping[str, Any] | None = None, enabled: bool = True) -> None:
        super().__init__()
        self._run_name = run_name
        self._session = Session("tidemark.integrations.accelerate", Options(run_name, config, enabled))
        self._guard = self._session.guard
        self._ended = False
        self._last_step = 0
        self._last_logged_at: float | None = None
        self._events = 0

    @property
    def tracker(self) -> Any:
        """tidemark's run; None before the first call, after the end, and where nothing is recorded."""
        return self._session.run

    @_on_main_process
    @guarded
    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """Opens the run with these settings."""
        self._open(values)

    @_on_main_process
    @guarded
    def log(self, values: dict[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """A step, or an event; opens the run where `init_trackers` got no config."""
        self._open({})
        if self._session.run is None:
            return
        recorded = step_values(values)
        if recorded:
            self._step(self._last_step + 1 if step is None else int(step), recorded)
        else:
            self._event(values, step)

    @_on_main_process
    @guarded
    def finish(self) -> None:
        """Ends the run."""
        if self._events > _EVENTS_PER_RUN:
            self._session.event("metrics_dropped", calls=self._events - _EVENTS_PER_RUN)
        self._ended = True
        self._session.close()

    def phase(self, name: str) -> AbstractContextManager[None]:
        """Marks what the trainer does meanwhile; does nothing where no run is open."""
        return self._session.phase(name)

    @guarded
    def parameters(self, model: Any) -> None:
        """Records a model's numbers of parameters; after `init_trackers`."""
        if self._session.run is not None:
            self._session.parameters(count_parameters(model))

    def _open(self, values: Mapping[str, Any]) -> None:
        if not self._ended and self._session.run is None:
            self._session.open(self._run_name, lambda: {"framework": "accelerate", **values})
            self._ended = self._session.run is None  # asked once

    def _step(self, step: int, recorded: dict[str, Any]) -> None:
        now = time.perf_counter()
        if self._last_logged_at is not None and step > self._last_step + 1:  # else the run knows it better
            recorded["step_time_seconds"] = (now - self._last_logged_at) / (step - self._last_step)
        if step != self._last_step:
            self._last_step, self._last_logged_at = step, now
        self._session.step(step, **recorded)

    def _event(self, values: Mapping[str, Any], step: int | None) -> None:
        numbers = plain_numbers(values, _NUMBERS_PER_EVENT)
        if not numbers:
            return
        self._events += 1
        if self._events <= _EVENTS_PER_RUN:
            self._session.event("metrics", step=step, values=numbers)


# Newer releases take `Accelerator(log_with="tidemark")` after this import; older ones know their own names only.
if hasattr(tracking, "register_tracker_class") and TidemarkTracker.name not in tracking.LOGGER_TYPE_TO_CLASS:
    tracking.register_tracker_class(TidemarkTracker)
