"""`TidemarkCallback` under Lightning's real `Trainer`, by each of its import names."""
from __future__ import annotations

import importlib
import logging
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch

pytest.importorskip("lightning.pytorch")
pytest.importorskip("pytorch_lightning")
from recording import BrokenRun, Recorder, Seconds

from tidemark.integrations._tally import StepClock
from tidemark.integrations.lightning import TidemarkCallback

try:
    importlib.import_module("torch.distributed._shard.sharded_tensor")
    HAS_SHARDED_TENSORS = True
except (ImportError, ValueError):  # torch 1.13 under Python 3.11 cannot import what Lightning then wants of it
    HAS_SHARDED_TENSORS = False
NAMES = ["lightning.pytorch", "pytorch_lightning"]
BATCHES, BATCH = 6, 4


@pytest.fixture(params=NAMES)
def pl(request: pytest.FixtureRequest) -> Any:
    return importlib.import_module(request.param)


def make_module(pl: Any, on_step: Callable[[int], None] = lambda step: None, manual: bool = False) -> Any:
    """A line through points; keeps the losses that `training_step` returned."""

    class Line(pl.LightningModule):  # type: ignore[misc,name-defined]
        def __init__(self, width: int = 3) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.layer = torch.nn.Linear(width, 1)
            self.frozen = torch.nn.Linear(width, 2).requires_grad_(False)
            self.automatic_optimization = not manual
            self.losses: list[float] = []

        if not HAS_SHARDED_TENSORS:
            def _register_sharded_tensor_state_dict_hooks_if_available(self) -> None:
                pass

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            on_step(batch_idx)
            points, targets = batch
            loss = (self.layer(points) - targets).pow(2).mean()
            self.losses.append(float(loss))
            self.log("train_loss", loss)
            if manual:
                optimizer = self.optimizers()
                optimizer.zero_grad()
                self.manual_backward(loss)
                optimizer.step()
            return {"loss": loss, "extra": 1} if batch_idx % 2 else loss

        def validation_step(self, batch: Any, batch_idx: int) -> None:
            self.log("val_loss", (self.layer(batch[0]) - batch[1]).pow(2).mean())

        test_step = validation_step

        def configure_optimizers(self) -> Any:
            optimizer = torch.optim.SGD(self.parameters(), lr=0.1)
            schedule = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
            return {"optimizer": optimizer, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    torch.manual_seed(5)
    return Line()


def batches(count: int = BATCHES * BATCH) -> Any:
    generator = torch.Generator().manual_seed(11)
    points = torch.randn(count, 3, generator=generator)
    return torch.utils.data.DataLoader(torch.utils.data.TensorDataset(points, points.sum(1, keepdim=True)),
                                       batch_size=BATCH)


def make_trainer(pl: Any, *callbacks: Any, **settings: Any) -> Any:
    return pl.Trainer(**{"accelerator": "cpu", "devices": 1, "max_epochs": 1, "logger": False,
                         "enable_checkpointing": False, "enable_progress_bar": False, "enable_model_summary": False,
                         "num_sanity_val_steps": 0, "callbacks": list(callbacks), **settings})


def fit(pl: Any, module: Any, *, val: bool = False, count: int = BATCHES * BATCH, ckpt_path: Any = None,
        gradient_norm: bool = False, **settings: Any) -> Any:
    trainer = make_trainer(pl, TidemarkCallback(gradient_norm=gradient_norm), **settings)
    trainer.fit(module, batches(count), batches() if val else None, ckpt_path=ckpt_path)
    return trainer


def test_every_step_is_recorded_with_its_loss(pl: Any, recorder: Recorder) -> None:
    module = make_module(pl)
    fit(pl, module)
    assert recorder.run.numbers() == [1, 2, 3, 4, 5, 6]
    assert recorder.run.column("loss") == pytest.approx(module.losses)
    assert recorder.run.column("batch_size") == [4] * 6
    assert recorder.run.closed and recorder.run.error is None


def test_the_loss_is_what_the_module_logs(pl: Any, recorder: Recorder) -> None:
    logged = []

    class Logs(pl.Callback):  # type: ignore[misc,name-defined]
        def on_train_batch_end(self, trainer: Any, *args: Any) -> None:
            logged.append(float(trainer.callback_metrics["train_loss"]))

    make_trainer(pl, Logs(), TidemarkCallback(), log_every_n_steps=1).fit(make_module(pl), batches())
    assert len(logged) == 6 and recorder.run.column("loss") == pytest.approx(logged)


def test_losses_are_handed_on_as_tensors_without_a_graph(pl: Any, recorder: Recorder) -> None:
    fit(pl, make_module(pl))
    assert all(isinstance(step["loss"], torch.Tensor) and not step["loss"].requires_grad
               for step in recorder.run.steps)


def test_accumulated_batches_make_one_step_and_the_last_may_be_short(pl: Any, recorder: Recorder) -> None:
    module = make_module(pl)
    fit(pl, module, accumulate_grad_batches=4)
    assert recorder.run.numbers() == [1, 2]
    assert recorder.run.column("batch_size") == [16, 8]
    assert recorder.run.column("loss") == pytest.approx([sum(module.losses[:4]) / 4, sum(module.losses[4:]) / 2])


def test_a_short_last_batch_counts_as_short_as_it_is(pl: Any, recorder: Recorder) -> None:
    fit(pl, make_module(pl), count=6)
    assert recorder.run.column("batch_size") == [4, 2]


def test_the_learning_rate_is_the_one_the_step_used(pl: Any, recorder: Recorder) -> None:
    fit(pl, make_module(pl))
    assert recorder.run.column("learning_rate")[:3] == pytest.approx([0.1, 0.05, 0.025])


def test_the_gradient_norm_is_recorded_where_it_is_asked_for(pl: Any, recorder: Recorder) -> None:
    norms = []

    class Norms(pl.Callback):  # type: ignore[misc,name-defined]
        def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
            gradients = [weight.grad.flatten() for weight in pl_module.layer.parameters()]
            norms.append(float(torch.cat(gradients).norm()))

    make_trainer(pl, Norms(), TidemarkCallback(gradient_norm=True), gradient_clip_val=0.01).fit(
        make_module(pl), batches())
    assert recorder.run.column("gradient_norm") == pytest.approx(norms) and min(norms) > 0.01
    fit(pl, make_module(pl))
    assert all("gradient_norm" not in step for step in recorder.runs[1].steps)


def test_manual_optimisation_is_recorded(pl: Any, recorder: Recorder) -> None:
    module = make_module(pl, manual=True)
    fit(pl, module)
    assert recorder.run.numbers() == [1, 2, 3, 4, 5, 6]
    assert recorder.run.column("loss") == pytest.approx(module.losses)
    assert recorder.run.column("learning_rate") == pytest.approx([0.1] * 6)  # nobody steps the schedule


def test_validation_and_the_sanity_check_are_phases(pl: Any, recorder: Recorder) -> None:
    fit(pl, make_module(pl), val=True, num_sanity_val_steps=1)
    assert recorder.run.phases == [("sanity_check", "start"), ("sanity_check", "end"),
                                   ("validation", "start"), ("validation", "end")]


def test_saving_is_a_phase(pl: Any, recorder: Recorder) -> None:
    saving = pl.callbacks.ModelCheckpoint(dirpath="saved", every_n_train_steps=3, save_top_k=-1)
    trainer = make_trainer(pl, TidemarkCallback(), saving, enable_checkpointing=True)
    trainer.fit(make_module(pl), batches())
    assert recorder.run.phases.count(("checkpoint_save", "start")) >= 2
    assert recorder.run.phases.count(("checkpoint_save", "start")) == recorder.run.phases.count(
        ("checkpoint_save", "end"))
    assert "save_checkpoint" not in vars(trainer)


def test_a_step_s_time_is_its_wait_for_data_and_its_work(pl: Any, recorder: Recorder) -> None:
    clock = Seconds()

    class SlowPoints(torch.utils.data.TensorDataset):
        def __getitem__(self, index: int) -> Any:
            clock.advance(1)
            return super().__getitem__(index)

    class SlowEnds(pl.Callback):  # type: ignore[misc,name-defined]
        def on_validation_start(self, *args: Any) -> None:
            clock.advance(1000)

        def on_save_checkpoint(self, *args: Any) -> None:
            clock.advance(1000)

    points = torch.randn(16, 3)
    loader = torch.utils.data.DataLoader(SlowPoints(points, points.sum(1, keepdim=True)), batch_size=BATCH)
    callback = TidemarkCallback()
    callback._clock = StepClock(clock)
    saving = pl.callbacks.ModelCheckpoint(dirpath="saved", every_n_train_steps=2, save_top_k=-1)
    make_trainer(pl, callback, SlowEnds(), saving, val_check_interval=1, enable_checkpointing=True).fit(
        make_module(pl, lambda batch_idx: clock.advance(10)), loader, batches())
    assert len(recorder.run.steps) == 4
    assert all(step["step_time_seconds"] == step["data_wait_seconds"] + 10 for step in recorder.run.steps)
    assert 4 <= sum(recorder.run.column("data_wait_seconds")) <= 16  # the first batches are fetched before training


def test_testing_by_itself_is_a_run_with_a_phase(pl: Any, recorder: Recorder) -> None:
    make_trainer(pl, TidemarkCallback()).test(make_module(pl), batches(), verbose=False)
    assert recorder.run.phases == [("test", "start"), ("test", "end")]
    assert recorder.run.steps == [] and recorder.run.closed


def test_the_run_knows_its_name_settings_and_parameters(pl: Any, recorder: Recorder) -> None:
    fit(pl, make_module(pl))
    config = recorder.run.call["config"]
    assert recorder.run.call["name"] == "Line" and config["hparams"] == {"width": 3}
    assert config["max_epochs"] == 1 and config["accumulate_grad_batches"] == 1 and config["framework"] == "lightning"
    assert recorder.run.counts == {"trainable": 4, "frozen": 8, "dtype": "fp32"}


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory"), KeyboardInterrupt()])
def test_an_exception_ends_the_run_and_passes(pl: Any, recorder: Recorder, error: BaseException) -> None:
    def fail(batch_idx: int) -> None:
        if batch_idx == 3:
            raise error

    trainer = make_trainer(pl, TidemarkCallback())
    with pytest.raises((RuntimeError, KeyboardInterrupt, SystemExit)):  # newer releases exit after an interrupt
        trainer.fit(make_module(pl, fail), batches())
        raise KeyboardInterrupt  # older ones return from it
    assert recorder.run.closed and recorder.run.error is error
    assert recorder.run.numbers() == [1, 2, 3]
    assert "save_checkpoint" not in vars(trainer)


def test_a_resumed_training_goes_on_from_its_checkpoint(pl: Any, recorder: Recorder) -> None:
    trainer = fit(pl, make_module(pl))
    trainer.save_checkpoint("first.ckpt")
    fit(pl, make_module(pl), max_epochs=2, ckpt_path="first.ckpt")
    assert [run.numbers() for run in recorder.runs] == [[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]]


def test_disabled_opens_nothing_and_touches_nothing(pl: Any, recorder: Recorder) -> None:
    trainer = make_trainer(pl, TidemarkCallback(enabled=False))
    trainer.fit(make_module(pl), batches())
    assert recorder.runs == [] and trainer.global_step == 6


def test_another_rank_records_nothing(pl: Any, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pl.Trainer, "is_global_zero", property(lambda self: False))
    fit(pl, make_module(pl))
    assert recorder.runs == []


def test_without_the_native_module_it_trains_on(pl: Any, monkeypatch: pytest.MonkeyPatch,
                                                caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "tidemark.monitoring", None)
    with caplog.at_level(logging.WARNING, "tidemark"):
        trainer = fit(pl, make_module(pl), val=True)
    assert trainer.global_step == 6
    assert len([record for record in caplog.records if record.name == "tidemark"]) == 1


def test_a_broken_monitor_costs_one_warning(pl: Any, monkeypatch: pytest.MonkeyPatch,
                                            caplog: pytest.LogCaptureFixture) -> None:
    import tidemark
    monkeypatch.setitem(vars(tidemark), "monitor", lambda **call: BrokenRun(call))
    with caplog.at_level(logging.WARNING, "tidemark"):
        trainer = fit(pl, make_module(pl), val=True, enable_checkpointing=True)
    assert trainer.global_step == 6
    assert len([record for record in caplog.records if record.name == "tidemark"]) == 1


def test_training_is_the_same_with_and_without(pl: Any, recorder: Recorder) -> None:
    watched, alone = make_module(pl), make_module(pl)
    fit(pl, watched, gradient_norm=True)
    make_trainer(pl).fit(alone, batches())
    assert watched.losses == alone.losses


def test_it_travels_to_a_spawned_process(recorder: Recorder) -> None:
    assert isinstance(pickle.loads(pickle.dumps(TidemarkCallback(name="x"))), TidemarkCallback)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_callback_of_either_lightning(name: str) -> None:
    assert issubclass(TidemarkCallback, importlib.import_module(name).Callback)


@pytest.mark.parametrize("missing", NAMES)
def test_one_lightning_is_enough(missing: str) -> None:
    program = (f"import sys; sys.modules['{missing}'] = None\n"
               "from tidemark.integrations.lightning import TidemarkCallback\n"
               "print(*[base.__module__.partition('.')[0] for base in TidemarkCallback.__bases__])")
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    present, = set(NAMES) - {missing}
    assert done.stdout.split() == [present.partition(".")[0]]
