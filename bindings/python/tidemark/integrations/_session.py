"""One training seen as one tidemark run, under a guard; without a run every call does nothing."""
from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ._guard import Guard, guarded, logger
from ._model import ParameterCounts


@dataclass(frozen=True)
class Options:
    """What every integration takes: the job's name, settings to record beside the framework's own, the switch,
    and whether the steps of ranks other than 0 are recorded too. `job_id` where the framework has ids of its own."""

    name: str | None = None
    config: Mapping[str, Any] | None = None
    enabled: bool = True
    all_ranks: bool = False
    job_id: str | None = None


class Session:
    """Opens, feeds and closes the run."""

    def __init__(self, owner: str, options: Options) -> None:
        self._guard = Guard(owner)
        self._options = options
        self._usable = True
        self._wants_steps = False
        self._run: Any = None
        self._entered = contextlib.ExitStack()
        self._phases: list[Any] = []

    @property
    def guard(self) -> Guard:
        return self._guard

    @property
    def enabled(self) -> bool:
        return self._options.enabled

    @property
    def run(self) -> Any:
        """tidemark's run while the training lasts, else None."""
        return self._run

    @property
    def records_steps(self) -> bool:
        """Whether a run is open in which this rank's steps are wanted."""
        return self._run is not None and self._wants_steps

    @guarded
    def open(self, name: str, build_config: Callable[[], dict[str, Any]], is_first_rank: bool = True) -> None:
        """Joins the monitor that is there or starts one. Does nothing while a run is open.

        Other ranks than the first record what happens to them, their phases and their end, where the package can
        tell them from the first by $RANK; else each of them would start a monitor of its own.
        """
        self._wants_steps = is_first_rank or self._options.all_ranks
        is_told_apart = os.environ.get("RANK", "0") != "0"
        if self._run is not None or not (self._options.enabled and self._usable):
            return
        if not (self._wants_steps or is_told_apart):
            return
        config = {**build_config(), **(self._options.config or {})}
        try:
            from tidemark import monitor
        except ImportError as missing:  # installed without its native part
            logger.warning("tidemark is not usable here, so the training is not monitored: %s", missing)
            self._usable = False
            return
        run = monitor(config=config, name=self._options.name or name, job_id=self._options.job_id,
                      all_ranks=self._options.all_ranks)
        if run.active:
            self._run = self._entered.enter_context(run)

    @guarded
    def close(self, error: BaseException | None = None) -> None:
        """Ends the run; `error` is what ended the training, recorded as an event (`oom_error` where it is one)."""
        run, self._run = self._run, None
        entered, self._entered = self._entered.pop_all(), contextlib.ExitStack()
        if run is None:
            return
        details = (type(error), error, error.__traceback__) if error is not None else (None, None, None)
        while self._phases:
            self._phases.pop().__exit__(*details)
        entered.__exit__(*details)

    @guarded
    def fail(self, kind: str, /, **details: Any) -> None:
        """Ends the run, whose failure is told by an event in these words: where the exception that reached the
        end is not the one that says what happened."""
        if self._run is None:
            return
        try:
            self._run.event(kind, **details)
            self._run.close(completed=False)
        finally:
            self.close()

    @guarded
    def step(self, step: int, /, **values: Any) -> None:
        if self.records_steps:
            self._run.step(step, **values)

    @guarded
    def event(self, kind: str, /, **details: Any) -> None:
        if self._run is not None:
            self._run.event(kind, **details)

    @guarded
    def parameters(self, counts: ParameterCounts) -> None:
        if self._run is not None:
            self._run.parameters(trainable=sum(counts.trainable.values()), frozen=sum(counts.frozen.values()),
                                 dtype=counts.dtype)

    @guarded
    def begin_phase(self, name: str) -> None:
        """For frameworks that tell the beginning and the end apart from each other; phases nest."""
        if self._run is None:
            return
        phase = self._run.phase(name)
        phase.__enter__()
        self._phases.append(phase)

    @guarded
    def end_phase(self) -> None:
        """Ends the innermost phase; while an exception passes, the phase sees it."""
        if self._phases:
            self._phases.pop().__exit__(*sys.exc_info())

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        depth = len(self._phases)
        self.begin_phase(name)
        try:
            yield
        finally:
            if len(self._phases) > depth:
                self.end_phase()
