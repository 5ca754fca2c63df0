"""A callback for transformers' `Trainer`.

    trainer = Trainer(..., callbacks=[TidemarkCallback()])

Records every optimiser step, not one in `logging_steps`:

* step: `state.global_step`, the number of optimiser steps done; a resumed training goes on from its checkpoint's
* loss: the sum of what `training_step` gave for the step's micro-batches: this rank's share of the number that the
  trainer logs, whose log averages it over `logging_steps` and ranks. NaN stays NaN, also where
  `logging_nan_inf_filter` hides it from the log
* batch size: the samples that this rank put through the model for the step, over all its micro-batches; a last,
  shorter batch counts as short as it is. Times the number of ranks it is the global batch
* gradient norm: before clipping, where the trainer computes one (`max_grad_norm` above 0)
* learning rate: of the first parameter group, as the step used it (releases before 5 log the next step's)
* step time, data wait: seconds; evaluation, saving and logging are in no step's time

Phases: `evaluation` and `checkpoint_save`. An evaluation's numbers are an event `metrics`.

An exception that ends the training is recorded where the callback was given to the trainer's constructor; after
`add_callback` only from the second `train()` on, or where it ends the process too. The process's exit and its log
tell the monitor in any case; `sys.excepthook` is left alone. Where `auto_find_batch_size` starts over after running
out of memory, the run goes on with an event `batch_size_change`, from step 1 again.

Of several ranks only rank 0 records steps; the others, where they join a monitor, record their phases and their end.
"""
from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any

from transformers import TrainerCallback

from ._guard import guarded
from ._model import count_parameters, plain_numbers
from ._session import Options, Session
from ._trainer_tap import TrainerTap, find_trainer, watch_loop

_METRICS_KEPT = 32


class TidemarkCallback(TrainerCallback):  # type: ignore[misc]
    """Records a `Trainer`'s training in tidemark. Never raises into it.

    `name`: the job's, else `run_name`, else the last part of `output_dir`. `config`: settings to record beside the
    training arguments; they win. `all_ranks`: other ranks than 0 record
    their steps too, told apart by $RANK.
    """

    def __init__(self, name: str | None = None, config: Mapping[str, Any] | None = None, enabled: bool = True,
                 all_ranks: bool = False) -> None:
        self._session = Session("tidemark.integrations.transformers", Options(name, config, enabled, all_ranks))
        self._guard = self._session.guard
        self._tap = TrainerTap(self._session)
        self._learning_rate: Any = None
        self._batch_size: int | None = None
        self._unsent: tuple[int, dict[str, Any]] | None = None

    @guarded
    def on_init_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        trainer = find_trainer(self) if self._session.enabled else None
        if trainer is not None:
            self._watch(trainer)

    @guarded
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if self._session.run is not None and args.auto_find_batch_size:
            self._begin_again(state)
            return
        self._end(None)  # a training that ended unseen
        model = kwargs.get("model")
        counts = count_parameters(model) if model is not None else None
        self._session.open(_job_name(args), lambda: _config(args, state, model, counts), state.is_world_process_zero)
        if self._session.run is None:
            return
        if counts is not None and state.is_world_process_zero:
            self._session.parameters(counts)
        trainer = find_trainer(self)
        if trainer is not None:
            self._tap.attach(trainer)
            self._watch(trainer)  # from its next training on, where `on_init_end` was not called
        self._batch_size = state.train_batch_size
        self._tap.clock.wait()

    def _begin_again(self, state: Any) -> None:
        """`auto_find_batch_size` ran out of memory and starts over; it is the same run, from step 1 again."""
        self._tap.forget_step()
        self._session.event("batch_size_change", old=self._batch_size, new=state.train_batch_size,
                            reason="out_of_memory")
        self._batch_size = state.train_batch_size
        self._tap.clock.wait()

    @guarded
    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._tap.clock.wait()

    @guarded
    def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._send_unsent({})
        self._tap.clock.work()
        optimizer = kwargs.get("optimizer")
        self._learning_rate = optimizer.param_groups[0]["lr"] if optimizer is not None else None

    @guarded
    def on_substep_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._tap.clock.wait()

    @guarded
    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if not self._session.records_steps:
            return
        values = self._tap.take()
        if self._learning_rate is not None:
            values["learning_rate"] = self._learning_rate
        if self._tap.attached:
            self._session.step(state.global_step, **values)
        else:  # a trainer of another make: the loss is known where it is logged
            values["batch_size"] = args.train_batch_size * args.gradient_accumulation_steps
            self._unsent = (state.global_step, values)
        self._tap.clock.wait()

    @guarded
    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        logged = {"loss": "loss", "grad_norm": "gradient_norm"}
        self._send_unsent({logged[name]: value for name, value in (logs or {}).items() if name in logged})
        self._tap.clock.wait()

    @guarded
    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: Any = None, **kwargs: Any) -> None:
        if self._session.records_steps:
            self._session.event("metrics", step=state.global_step, values=plain_numbers(metrics or {}, _METRICS_KEPT))
        self._tap.clock.wait()

    @guarded
    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._tap.clock.wait()

    @guarded
    def on_train_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        self._send_unsent({})
        self._end(None)

    def _watch(self, trainer: Any) -> None:
        starts_over = trainer.args.auto_find_batch_size
        watch_loop(trainer, functools.partial(self._on_exception, starts_over))

    @guarded
    def _on_exception(self, starts_over: bool, error: BaseException) -> None:
        self._send_unsent({})
        if not (starts_over and _is_out_of_memory(error)):
            self._end(error)

    def _end(self, error: BaseException | None) -> None:
        self._tap.remove()
        self._session.close(error)

    def _send_unsent(self, logged: dict[str, Any]) -> None:
        if self._unsent is not None:
            (step, values), self._unsent = self._unsent, None
            self._session.step(step, **{**values, **logged})


def _is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "out of memory" in str(error).lower()


def _job_name(args: Any) -> str:
    chosen = args.run_name if args.run_name and args.run_name != args.output_dir else None
    return str(chosen or os.path.basename(os.path.normpath(str(args.output_dir or ""))) or "transformers")


def _config(args: Any, state: Any, model: Any, counts: Any) -> dict[str, Any]:
    """The training arguments (the library blanks its tokens in `to_dict`) with what they leave open."""
    config: dict[str, Any] = args.to_dict()
    config["framework"] = "transformers"
    config["max_steps"] = state.max_steps
    config["num_train_epochs"] = state.num_train_epochs
    config["world_size"] = args.world_size
    if model is not None:
        config["model_class"] = type(model).__name__
        config["model_type"] = getattr(getattr(model, "config", None), "model_type", None)
    if counts is not None:
        config["parameters"] = {"trainable": counts.trainable, "frozen": counts.frozen}
    return config
