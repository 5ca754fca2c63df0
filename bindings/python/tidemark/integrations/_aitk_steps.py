"""The steps of one ai-toolkit job, as its training loop takes them."""
from __future__ import annotations

import functools
from typing import Any

from . import _aitk_facts as facts
from ._guard import Guard, guarded
from ._patches import Method, Patches
from ._session import Session

_FETCHING = frozenset({"get_batch", "get_batch:reg", "reset_batch", "reset_batch:reg"})  # its timers' names
_MOST_SHAPES = 64  # buckets x resolutions that are told; a batch has one of them
_MOST_CHANGES = 32  # of the batch size: datasets with sizes of their own take turns


class StepTap:
    """Watches the methods that a step goes through. `process` is ai-toolkit's trainer."""

    def __init__(self, session: Session, process: Any, patches: Patches) -> None:
        self._session = session
        self._guard: Guard = session.guard
        self._process = process
        self._patches = patches
        self._norms: list[Any] = []
        self._waited = 0.0
        self._shapes: set[tuple[int, ...]] = set()
        self._batch_size: int | None = None
        self._changes = 0
        self._unhandled_oom: dict[str, Any] | None = None  # in words: the exception itself holds tensors

    @property
    def unhandled_oom(self) -> dict[str, Any] | None:
        """What the last step said when it ran out of memory, while no step has succeeded since."""
        return self._unhandled_oom

    @guarded
    def attach(self) -> None:
        """Once all is there that a step uses."""
        self._patches.wrap(getattr(self._process, "timer", None), "stop", self._around_timer)
        self._patches.wrap(getattr(self._process, "accelerator", None), "clip_grad_norm_", self._around_clipping)

    def around(self, original: Method) -> Method:
        @functools.wraps(original)
        def hook_train_loop(*args: Any, **kwargs: Any) -> Any:
            self._norms.clear()
            try:
                result = original(*args, **kwargs)
            except Exception as error:
                self._note_failure(error)
                raise
            self._record(args, kwargs, result)
            return result

        return hook_train_loop

    # -- what the loop does around a step

    def _around_timer(self, original: Method) -> Method:
        timers = getattr(self._process.timer, "timers", {})

        @functools.wraps(original)
        def stop(name: str, *args: Any, **kwargs: Any) -> Any:
            result = original(name, *args, **kwargs)
            if name in _FETCHING:
                self._note_wait(timers, name)
            return result

        return stop

    @guarded
    def _note_wait(self, timers: Any, name: str) -> None:
        self._waited += float(timers[name][-1])

    def _around_clipping(self, original: Method) -> Method:
        @functools.wraps(original)
        def clip_grad_norm_(*args: Any, **kwargs: Any) -> Any:
            norm = original(*args, **kwargs)
            if norm is not None:
                self._norms.append(norm)
            return norm

        return clip_grad_norm_

    # -- the step

    @guarded
    def _record(self, args: tuple[Any, ...], kwargs: dict[str, Any], result: Any) -> None:
        self._unhandled_oom = None
        waited, self._waited = self._waited, 0.0
        if not self._session.records_steps:
            if self._session.run is not None:
                self._session.run.step(self._process.step_num)  # another rank's: its allocators alone are looked at
            return
        items = facts.items_of(args[0] if args else kwargs.get("batch"))
        values = {"loss": facts.loss_of(result), "batch_size": len(items) or None, "gradient_norm": self._norm(),
                  "learning_rate": self._learning_rate(), "data_wait_seconds": waited}
        self._session.step(self._process.step_num,
                           **{name: value for name, value in values.items() if value is not None})
        self._tell_shape(items)

    def _norm(self) -> Any:
        """Over all groups, before clipping; a tensor stays one."""
        norms = self._norms
        if len(norms) < 2:
            return norms[0] if norms else None
        return sum(norm * norm for norm in norms) ** 0.5

    @guarded
    def _learning_rate(self) -> Any:
        return facts.learning_rate_of(self._process.optimizer, str(self._process.train_config.optimizer))

    def _tell_shape(self, items: list[Any]) -> None:
        if not items:
            return
        if self._batch_size not in (None, len(items)) and self._changes < _MOST_CHANGES:
            self._changes += 1
            self._session.event("batch_size_change", old=self._batch_size, new=len(items))
        self._batch_size = len(items)
        shape = facts.shape_of(items[0])
        if shape is None or (*shape, len(items)) in self._shapes or len(self._shapes) >= _MOST_SHAPES:
            return
        self._shapes.add((*shape, len(items)))
        width, height, frames = shape
        self._session.event("training_shape", width=width, height=height, frames=frames, batch_size=len(items),
                            step=self._process.step_num)

    @guarded
    def _note_failure(self, error: Exception) -> None:
        """ai-toolkit goes on after running out of memory, three times in a row; so it is no end, but it happened."""
        from tidemark import failures

        self._waited = 0.0
        if self._session.run is None or not failures.is_out_of_memory(error):
            return
        _, told = failures.describe(error)
        self._unhandled_oom = {**told, "step": self._process.step_num, "cuda": self._cuda_state()}
        self._session.event("oom_error", **self._unhandled_oom, caught=True)

    @guarded
    def _cuda_state(self) -> dict[str, Any]:
        return facts.cuda_state()
