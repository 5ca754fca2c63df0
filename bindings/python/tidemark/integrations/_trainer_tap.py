"""What transformers' `Trainer` knows at every step and gives to no callback.

Its callbacks get the loss and the gradient norm every `logging_steps` only, and no beginning of an evaluation or of
a save. So the trainer that a callback belongs to is looked up on the stack once, and while it trains a few methods
of that one object are wrapped: `training_step` (its tensor is what the trainer's own loss is the sum of), the
accelerator's `clip_grad_norm_`, `evaluate`, `_save_checkpoint`. A method that a release does not have is left out;
no value is read from a device.
"""
from __future__ import annotations

import functools
import inspect
import sys
import weakref
from collections.abc import Callable
from typing import Any

from ._guard import Guard, guarded
from ._model import count_samples
from ._patches import Method, Patches
from ._session import Session
from ._tally import StepClock, StepTally

_FRAMES_SEARCHED = 16


def find_trainer(callback: Any) -> Any:
    """The trainer that is calling this callback, from the frames that lead here; None where none does.

    Only frames of methods that call callbacks are opened: looking at a frame's locals keeps them alive.
    """
    frame = sys._getframe(1)
    for _ in range(_FRAMES_SEARCHED):
        if frame.f_code.co_name in ("__init__", "_inner_training_loop"):
            trainer = frame.f_locals.get("self")
            handler = getattr(trainer, "callback_handler", None)
            if any(entry is callback for entry in getattr(handler, "callbacks", ())):
                return trainer
        if frame.f_back is None:
            return None
        frame = frame.f_back
    return None


def watch_loop(trainer: Any, on_exception: Callable[[BaseException], None]) -> None:
    """Tells of an exception that leaves the trainer's loop, and lets it pass. Stays for the trainer's life.

    The loop, not `train`: `Trainer(...).train()` lets go of the trainer as soon as it has the method, so a wrapper
    there would have to hold it, and a trainer in a cycle keeps its model's memory until the collector runs. The loop
    is called by `train`, which holds it.
    """
    original = getattr(trainer, "_inner_training_loop", None)
    if not inspect.ismethod(original) or "_inner_training_loop" in vars(trainer):
        return
    bound = weakref.WeakMethod(original)

    @functools.wraps(original.__func__)
    def loop(*args: Any, **kwargs: Any) -> Any:
        method = bound()
        if method is None:
            raise ReferenceError("the trainer is gone")
        try:
            return method(*args, **kwargs)
        except BaseException as error:
            on_exception(error)
            raise

    loop.__signature__ = inspect.signature(original)  # type: ignore[attr-defined]
    trainer._inner_training_loop = loop


class TrainerTap:
    """Collects what one trainer's steps give, until it is removed."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._guard: Guard = session.guard
        self._patches = Patches()
        self.attached = False  # whether every step's loss is seen
        self.tally = StepTally()
        self.clock = StepClock()
        self.gradient_norm: Any = None

    @guarded
    def attach(self, trainer: Any) -> None:
        if self._session.records_steps:
            self.attached = self._patches.wrap(trainer, "training_step", self._around_step)
            self._patches.wrap(getattr(trainer, "accelerator", None), "clip_grad_norm_", self._around_clipping)
        self._patches.wrap(trainer, "evaluate", functools.partial(self._around_phase, "evaluation"))
        self._patches.wrap(trainer, "_save_checkpoint", functools.partial(self._around_phase, "checkpoint_save"))

    @guarded
    def remove(self) -> None:
        self._patches.restore()
        self.attached = False

    def take(self) -> dict[str, Any]:
        """The values of the step that has just ended, under the names that `run.step` takes."""
        values = {"loss": self.tally.loss, "batch_size": self.tally.samples, "gradient_norm": self.gradient_norm,
                  **self.clock.finish()}
        self.forget_step()
        return {name: value for name, value in values.items() if value is not None}

    def forget_step(self) -> None:
        """What a step that never ended has left behind."""
        self.tally.clear()
        self.gradient_norm = None

    @guarded
    def _note_micro_batch(self, loss: Any, samples: int | None) -> None:
        self.tally.add(loss, samples)

    @guarded
    def _samples(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> int | None:
        return count_samples(args[1] if len(args) > 1 else kwargs.get("inputs"))

    def _around_step(self, original: Method) -> Method:
        @functools.wraps(original)
        def training_step(*args: Any, **kwargs: Any) -> Any:
            self.clock.work()
            samples = self._samples(args, kwargs)
            loss = original(*args, **kwargs)
            self._note_micro_batch(loss, samples)
            return loss

        return training_step

    def _around_clipping(self, original: Method) -> Method:
        @functools.wraps(original)
        def clip_grad_norm_(*args: Any, **kwargs: Any) -> Any:
            self.gradient_norm = norm = original(*args, **kwargs)
            return norm

        return clip_grad_norm_

    def _around_phase(self, name: str, original: Method) -> Method:
        @functools.wraps(original)
        def method(*args: Any, **kwargs: Any) -> Any:
            with self._session.phase(name):
                result = original(*args, **kwargs)
            self.clock.wait()
            return result

        return method
