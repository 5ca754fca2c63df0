"""A callback for Lightning's `Trainer`, under either of its import names.

    trainer = lightning.Trainer(..., callbacks=[TidemarkCallback()])

Records every optimiser step:

* step: `trainer.global_step`, the number of optimiser steps done; with manual optimisation each optimiser's step
  counts, and a batch that takes two is recorded under the second
* loss: the mean of what `training_step` returned over the step's batches (`accumulate_grad_batches`), on this rank
* batch size: the samples that this rank put through the model for the step, over all those batches
* gradient norm: only with `gradient_norm=True`, before clipping. Lightning keeps none, so it costs one pass over
  the gradients at every step; no value is read from a device
* learning rate: of the first parameter group, as the step used it
* step time, data wait: seconds; validation, saving and logging are in no step's time

Phases: `validation`, `sanity_check`, `test`, `predict`, and `checkpoint_save`, for which `trainer.save_checkpoint`
of that one trainer is wrapped while it runs: the checkpoint hook tells the beginning only.
An exception that ends the training is recorded (`on_exception`). Of several ranks only rank 0 records steps; the
others, where they join a monitor and have a $RANK, record their phases and their end.
"""
from __future__ import annotations

import contextlib
import functools
import importlib
from collections.abc import Mapping
from typing import Any

from ._guard import guarded
from ._model import count_parameters, count_samples
from ._patches import Method, Patches
from ._session import Options, Session
from ._tally import StepClock, StepTally


def _callback_bases() -> tuple[type, ...]:
    """`Callback` of every Lightning that is installed. Each trainer wants a callback of its own package, and which
    one the program will use is not known yet; the second import is cheap, as they share what is large."""
    bases: list[type] = []
    for name in ("lightning.pytorch", "pytorch_lightning"):
        with contextlib.suppress(Exception):  # not installed, or not with what it needs: the other one serves
            bases.append(importlib.import_module(name).Callback)
    if not bases:
        raise ImportError("tidemark.integrations.lightning needs the package lightning or pytorch_lightning")
    return tuple(bases)


class TidemarkCallback(*_callback_bases()):  # type: ignore[misc]
    """Records a Lightning training in tidemark. Never raises into it.

    `name`: the job's, else the logger's, else the module's class. `config`: settings to record beside the trainer's
    and the module's; they win. `all_ranks`: other ranks than 0 record their steps too, told apart by $RANK, which torchrun
    sets and Lightning's own launchers do not.
    """

    def __init__(self, name: str | None = None, config: Mapping[str, Any] | None = None, enabled: bool = True,
                 all_ranks: bool = False, gradient_norm: bool = False) -> None:
        super().__init__()
        self._session = Session("tidemark.integrations.lightning", Options(name, config, enabled, all_ranks))
        self._guard = self._session.guard
        self._patches = Patches()
        self._tally = StepTally()
        self._clock = StepClock()
        self._wants_gradient_norm = gradient_norm
        self._gradient_norm: Any = None
        self._learning_rate: Any = None
        self._steps_recorded = 0

    # -- the run's life

    @guarded
    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        self._open(trainer, pl_module)

    @guarded
    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        self._steps_recorded = trainer.global_step  # a resumed training's, by now
        self._clock.wait()

    @guarded
    def on_exception(self, trainer: Any, pl_module: Any, exception: BaseException) -> None:
        self._end(exception)

    @guarded
    def teardown(self, trainer: Any, pl_module: Any, stage: str) -> None:
        self._end(None)

    # -- steps

    @guarded
    def on_train_epoch_start(self, trainer: Any, pl_module: Any) -> None:
        self._clock.wait()

    @guarded
    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self._clock.work()

    @guarded
    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        if not self._session.records_steps:
            return
        self._learning_rate = optimizer.param_groups[0]["lr"]
        if self._wants_gradient_norm:
            self._gradient_norm = _gradient_norm(optimizer)

    @guarded
    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        if not self._session.records_steps:
            return
        loss = outputs.get("loss") if isinstance(outputs, Mapping) else outputs
        self._tally.add(loss, count_samples(batch))
        if trainer.global_step != self._steps_recorded:
            self._steps_recorded = trainer.global_step
            self._record_step(trainer, pl_module)
        self._clock.wait()

    def _record_step(self, trainer: Any, pl_module: Any) -> None:
        values = {"loss": self._mean_loss(trainer, pl_module), "batch_size": self._tally.samples,
                  "gradient_norm": self._gradient_norm, "learning_rate": self._learning_rate, **self._clock.finish()}
        self._tally.clear()
        self._gradient_norm = self._learning_rate = None
        self._session.step(trainer.global_step, **{name: value for name, value in values.items() if value is not None})

    def _mean_loss(self, trainer: Any, pl_module: Any) -> Any:
        """With automatic optimisation the outputs are divided by `accumulate_grad_batches` already, also in an
        epoch's last step, which may have fewer batches."""
        parts = trainer.accumulate_grad_batches if pl_module.automatic_optimization else 1
        if self._tally.loss is None or parts == self._tally.micro_batches:
            return self._tally.loss
        return self._tally.loss * (parts / self._tally.micro_batches)

    # -- phases

    @guarded
    def on_sanity_check_start(self, trainer: Any, pl_module: Any) -> None:
        self._session.begin_phase("sanity_check")

    @guarded
    def on_sanity_check_end(self, trainer: Any, pl_module: Any) -> None:
        self._session.end_phase()

    @guarded
    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self._begin_loop("validation", trainer, pl_module)

    @guarded
    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self._end_loop()

    @guarded
    def on_test_start(self, trainer: Any, pl_module: Any) -> None:
        self._begin_loop("test", trainer, pl_module)

    @guarded
    def on_test_end(self, trainer: Any, pl_module: Any) -> None:
        self._end_loop()

    @guarded
    def on_predict_start(self, trainer: Any, pl_module: Any) -> None:
        self._begin_loop("predict", trainer, pl_module)

    @guarded
    def on_predict_end(self, trainer: Any, pl_module: Any) -> None:
        self._end_loop()

    def _begin_loop(self, name: str, trainer: Any, pl_module: Any) -> None:
        self._open(trainer, pl_module)  # `trainer.test()` by itself has no fit around it
        self._session.begin_phase(name)

    def _end_loop(self) -> None:
        self._session.end_phase()
        self._clock.wait()

    # -- how it is done

    def _open(self, trainer: Any, pl_module: Any) -> None:
        if self._session.run is not None or not self._session.enabled:
            return
        counts = count_parameters(pl_module)
        self._tally.clear()
        self._session.open(_job_name(trainer, pl_module), lambda: _config(trainer, pl_module, counts),
                           trainer.is_global_zero)
        if self._session.run is None:
            return
        if trainer.is_global_zero:
            self._session.parameters(counts)
        self._patches.wrap(trainer, "save_checkpoint", self._around_save)

    def _end(self, error: BaseException | None) -> None:
        self._patches.restore()
        self._session.close(error)

    def _around_save(self, original: Method) -> Method:
        @functools.wraps(original)
        def save_checkpoint(*args: Any, **kwargs: Any) -> Any:
            with self._session.phase("checkpoint_save"):
                result = original(*args, **kwargs)
            self._clock.wait()
            return result

        return save_checkpoint


def _gradient_norm(optimizer: Any) -> Any:
    """The 2-norm over all gradients of the optimiser, as a tensor on their device."""
    torch = importlib.import_module("torch")
    norms = [parameter.grad.detach().norm() for group in optimizer.param_groups for parameter in group["params"]
             if parameter.grad is not None]
    return torch.stack(norms).norm() if norms else None


def _job_name(trainer: Any, pl_module: Any) -> str:
    logger = getattr(trainer, "logger", None)
    name = getattr(logger, "name", None)
    return str(name) if name and name != "lightning_logs" else type(pl_module).__name__


def _config(trainer: Any, pl_module: Any, counts: Any) -> dict[str, Any]:
    """The trainer's settings, and the module's `hparams` as `hparams`."""
    config: dict[str, Any] = {
        name: getattr(trainer, name, None)
        for name in ("max_steps", "max_epochs", "accumulate_grad_batches", "gradient_clip_val", "precision",
                     "world_size", "num_devices", "num_nodes", "val_check_interval", "check_val_every_n_epoch",
                     "log_every_n_steps")}
    config["framework"] = "lightning"
    config["strategy"] = type(getattr(trainer, "strategy", None)).__name__
    config["model_class"] = type(pl_module).__name__
    config["hparams"] = dict(getattr(pl_module, "hparams", None) or {})
    config["parameters"] = {"trainable": counts.trainable, "frozen": counts.frozen}
    return config
