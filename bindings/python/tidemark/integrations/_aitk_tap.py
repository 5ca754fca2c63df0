"""One ai-toolkit job, watched through the methods of its trainer object.

The object's own methods are wrapped while it runs, not its classes': whatever subclass it is of, the outermost
method is seen, once, and a method that a release of ai-toolkit lacks is left out.
"""
from __future__ import annotations

import functools
import os
from collections.abc import Callable
from typing import Any

from . import _aitk_facts as facts
from ._aitk_steps import StepTap
from ._guard import Guard, guarded
from ._patches import Method, Patches
from ._session import Options, Session

_PHASES = {"before_dataset_load": "dataset_load", "hook_before_train_loop": "train_preparation", "sample": "sampling",
           "save": "checkpoint_save", "validate": "validation"}
_running: list[JobTap] = []


def running_session() -> Session | None:
    """Of the job that runs now: for what its datasets do, which do not know it."""
    return _running[-1].session if _running else None


class JobTap:
    """Wraps `process`; opens tidemark's run when it runs and closes it when it has ended."""

    def __init__(self, process: Any) -> None:
        self.session = Session("tidemark.integrations.aitoolkit", Options(job_id=_job_id()))
        self._guard: Guard = self.session.guard
        self._process = process
        self._patches = Patches()
        self._steps = StepTap(self.session, process, self._patches)

    @guarded
    def attach(self) -> None:
        wrap = functools.partial(self._patches.wrap, self._process)
        if not wrap("run", self._around_run):
            return  # somebody else's wrapper: nobody would open the run, or take the others away again
        wrap("hook_before_model_load", lambda original: self._around(original, after=self._model_load_begins))
        wrap("hook_after_sd_init_before_load", lambda original: self._around(original, after=self._listen))
        wrap("hook_after_model_load", lambda original: self._around(original, before=self._model_load_ends))
        wrap("hook_add_extra_train_params", lambda original: self._around(original, after=self._tell_model))
        wrap("setup_ema", lambda original: self._around(original, before=self._tell_optimizer, after=self._tell_ema))
        for method, phase in _PHASES.items():
            wrap(method, functools.partial(self._around_phase, phase))
        wrap("hook_train_loop", self._steps.around)

    # -- the run

    def _around_run(self, original: Method) -> Method:
        @functools.wraps(original)
        def run(*args: Any, **kwargs: Any) -> Any:
            self._begin()
            try:
                result = original(*args, **kwargs)
            except BaseException as error:
                self._end(error)
                raise
            self._end(None)
            return result

        return run

    @guarded
    def _begin(self) -> None:
        _running.append(self)
        process = self._process
        is_main = bool(getattr(getattr(process, "accelerator", None), "is_main_process", True))
        self.session.open(str(process.name), self._config, is_main)
        self._steps.attach()

    def _config(self) -> dict[str, Any]:
        """The whole, with the parts around the process that runs here: settings are known by their place in it."""
        return dict(self._process.job.raw_config)

    @guarded
    def _end(self, error: BaseException | None) -> None:
        if self in _running:
            _running.remove(self)
        self._patches.restore()
        self._tell_allocator()
        if error is None:
            self.session.close()
        elif facts.was_asked_to_stop(error):
            self.session.fail("keyboard_interrupt", message=str(error), pid=os.getpid())
        elif self._steps.unhandled_oom is not None and not isinstance(error, MemoryError):
            # Upstream gives up after several in a row by an exception that names none of them.
            self.session.fail("oom_error", **self._steps.unhandled_oom, aborted_with=str(error)[:500], pid=os.getpid())
        else:
            self.session.close(error)

    @guarded
    def _tell_allocator(self) -> None:
        state = facts.cuda_state() if self.session.run is not None else {}
        if state:
            self.session.event("allocator_totals", **state)

    # -- loading

    @guarded
    def _model_load_begins(self) -> None:
        self.session.begin_phase("model_load")

    @guarded
    def _listen(self) -> None:
        """To what the model says while it loads: its parts, quantising."""
        add = getattr(getattr(self._process, "sd", None), "add_status_update_hook", None)
        if callable(add) and self.session.run is not None:
            add(self._tell_stage)

    @guarded
    def _tell_stage(self, text: Any, *_: Any) -> None:
        self.session.event("model_load_stage", stage=str(text).strip(" -")[:200])

    @guarded
    def _model_load_ends(self) -> None:
        self.session.end_phase()

    @guarded
    def _tell_model(self) -> None:
        """After the network, if there is one, was made."""
        if self.session.run is None:
            return
        process = self._process
        parts = {name: facts.describe_tensors(part.parameters()) for name, part in facts.parts_of(process.sd)}
        network = getattr(process, "network", None)
        if network is not None:
            parts["network"] = facts.describe_tensors(network.parameters())
        self.session.event("model_parts", **parts)

    @guarded
    def _tell_optimizer(self) -> None:
        """There is no hook of its own: this is called right after it was made and its state restored."""
        if self.session.run is None:
            return
        optimizer = self._process.optimizer
        trained = facts.trained_parameters(optimizer)
        self.session.event("optimizer_created", optimizer=type(optimizer).__name__, trained=facts.describe_tensors(trained))
        self.session.parameters(facts.count_split(trained, self._process.sd))

    @guarded
    def _tell_ema(self) -> None:
        if self.session.run is None or getattr(self._process, "ema", None) is None:
            return
        trained = facts.trained_parameters(self._process.optimizer)
        self.session.event("ema_created", averages=facts.describe_tensors(trained))

    # -- how it is done

    def _around(self, original: Method, *, before: Callable[[], None] | None = None,
                after: Callable[[], None] | None = None) -> Method:
        @functools.wraps(original)
        def method(*args: Any, **kwargs: Any) -> Any:
            if before is not None:
                before()
            result = original(*args, **kwargs)
            if after is not None:
                after()
            return result

        return method

    def _around_phase(self, name: str, original: Method) -> Method:
        @functools.wraps(original)
        def method(*args: Any, **kwargs: Any) -> Any:
            with self.session.phase(name):
                return original(*args, **kwargs)

        return method


def _job_id() -> str | None:
    """ai-toolkit's own, which its UI gives to the trainers that it starts."""
    return os.environ.get("AITK_JOB_ID", "").strip() or None
