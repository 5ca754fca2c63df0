"""`TidemarkCallback` under the real `Trainer`."""
from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

pytest.importorskip("transformers")
from recording import BrokenRun, Recorder, Seconds
from transformers import GPT2Config, GPT2LMHeadModel, Trainer, TrainerCallback, TrainingArguments

from tidemark.integrations._tally import StepClock
from tidemark.integrations.transformers import TidemarkCallback

EXAMPLES = 24


class Words(torch.utils.data.Dataset):  # type: ignore[type-arg]
    def __len__(self) -> int:
        return EXAMPLES

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        ids = (torch.arange(8) + index) % 32
        return {"input_ids": ids, "labels": ids}


class LogKeeper(TrainerCallback):  # type: ignore[misc]
    """What the trainer itself logs for its steps."""

    def __init__(self) -> None:
        self.logs: list[dict[str, Any]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        if "loss" in logs:
            self.logs.append({"step": state.global_step, **logs})


class FailAt(TrainerCallback):  # type: ignore[misc]
    def __init__(self, step: int, error: BaseException) -> None:
        self.step, self.error = step, error

    def on_optimizer_step(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        if state.global_step == self.step:
            raise self.error


def tiny_model() -> Any:
    torch.manual_seed(7)
    return GPT2LMHeadModel(GPT2Config(vocab_size=32, n_positions=8, n_embd=16, n_layer=1, n_head=2))


def make_trainer(callback: Any, *others: Any, trainer_class: type = Trainer, **arguments: Any) -> Any:
    settings: dict[str, Any] = {"output_dir": "out", "per_device_train_batch_size": 4, "max_steps": 6,
                                "logging_steps": 1, "save_strategy": "no", "report_to": [], "disable_tqdm": True,
                                "dataloader_pin_memory": False, "learning_rate": 0.01, "seed": 3, **arguments}
    evaluated = {"eval_dataset": Words()} if "eval_steps" in arguments else {}
    return trainer_class(model=tiny_model(), args=TrainingArguments(**settings), train_dataset=Words(),
                         callbacks=[*others, *([callback] if callback else [])], **evaluated)


def train(*others: Any, **arguments: Any) -> Any:
    trainer = make_trainer(TidemarkCallback(), *others, **arguments)
    trainer.train()
    return trainer


def test_every_step_is_recorded_in_order(recorder: Recorder) -> None:
    train(logging_steps=100)
    assert recorder.run.numbers() == [1, 2, 3, 4, 5, 6]
    assert recorder.run.closed and recorder.run.error is None


def test_the_loss_of_every_step_is_the_one_the_trainer_logs(recorder: Recorder) -> None:
    keeper = LogKeeper()
    train(keeper)
    assert [log["step"] for log in keeper.logs] == [1, 2, 3, 4, 5, 6]
    assert recorder.run.column("loss") == pytest.approx([log["loss"] for log in keeper.logs], abs=6e-5)
    assert recorder.run.column("gradient_norm") == pytest.approx([log["grad_norm"] for log in keeper.logs], rel=1e-6)


def test_a_log_every_third_step_is_the_mean_of_the_three_recorded(recorder: Recorder) -> None:
    keeper = LogKeeper()
    train(keeper, logging_steps=3)
    losses = recorder.run.column("loss")
    assert len(keeper.logs) == 2
    assert sum(losses[:3]) / 3 == pytest.approx(keeper.logs[0]["loss"], abs=6e-5)
    assert sum(losses[3:]) / 3 == pytest.approx(keeper.logs[1]["loss"], abs=6e-5)


def test_losses_are_handed_on_as_tensors_without_a_graph(recorder: Recorder) -> None:
    train()
    assert all(isinstance(step["loss"], torch.Tensor) and not step["loss"].requires_grad
               for step in recorder.run.steps)


def test_micro_batches_make_one_step(recorder: Recorder) -> None:
    keeper = LogKeeper()
    train(keeper, gradient_accumulation_steps=3, per_device_train_batch_size=2, max_steps=4)
    assert recorder.run.numbers() == [1, 2, 3, 4]
    assert recorder.run.column("batch_size") == [6, 6, 6, 6]
    assert recorder.run.column("loss") == pytest.approx([log["loss"] for log in keeper.logs], abs=6e-5)


def test_a_short_last_batch_counts_as_short_as_it_is(recorder: Recorder) -> None:
    train(per_device_train_batch_size=9, max_steps=3)
    assert recorder.run.column("batch_size") == [9, 9, 6]


def test_the_learning_rate_is_the_one_the_step_used(recorder: Recorder) -> None:
    train(lr_scheduler_type="linear", max_steps=4)
    assert recorder.run.column("learning_rate") == pytest.approx([0.01, 0.0075, 0.005, 0.0025])


def test_without_clipping_the_gradient_norm_is_what_the_trainer_has(recorder: Recorder) -> None:
    keeper = LogKeeper()
    train(keeper, max_grad_norm=0.0)
    for step, log in zip(recorder.run.steps, keeper.logs):
        assert ("gradient_norm" in step) == ("grad_norm" in log)


def test_a_step_s_time_is_its_wait_for_data_and_its_work(recorder: Recorder) -> None:
    clock = Seconds()

    class SlowWords(Words):
        def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
            clock.advance(1)
            return super().__getitem__(index)

    class Slow(Trainer):  # type: ignore[misc]
        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            clock.advance(10)
            return super().training_step(*args, **kwargs)

        def evaluate(self, *args: Any, **kwargs: Any) -> Any:
            result = super().evaluate(*args, **kwargs)
            clock.advance(1000)
            return result

        def _save_checkpoint(self, *args: Any, **kwargs: Any) -> Any:
            clock.advance(1000)
            return super()._save_checkpoint(*args, **kwargs)

    callback = TidemarkCallback()
    callback._tap.clock = StepClock(clock)
    trainer = make_trainer(callback, trainer_class=Slow, max_steps=3, eval_steps=1, save_strategy="steps",
                           save_steps=2, gradient_accumulation_steps=2, per_device_train_batch_size=2,
                           **evaluation_every_step())
    trainer.train_dataset = SlowWords()
    trainer.train()
    # Loaders fetch ahead: the first step waits for more, and none for what the evaluation took.
    assert all(step["step_time_seconds"] == step["data_wait_seconds"] + 20 for step in recorder.run.steps)
    assert 10 <= sum(recorder.run.column("data_wait_seconds")) <= 3 * 4 + 2


def evaluation_every_step() -> dict[str, Any]:
    """The argument was renamed."""
    newer = "eval_strategy" in TrainingArguments.__dataclass_fields__
    return {"eval_strategy" if newer else "evaluation_strategy": "steps"}


def test_evaluation_and_saving_are_phases(recorder: Recorder) -> None:
    train(max_steps=2, eval_steps=2, save_strategy="steps", save_steps=2, **evaluation_every_step())
    assert recorder.run.phases == [("evaluation", "start"), ("evaluation", "end"),
                                   ("checkpoint_save", "start"), ("checkpoint_save", "end")]
    (kind, details), = recorder.run.events
    assert kind == "metrics" and details["step"] == 2 and details["values"]["eval_loss"] > 0


def test_the_run_knows_its_name_settings_and_parameters(recorder: Recorder) -> None:
    trainer = make_trainer(TidemarkCallback(config={"note": "mine"}), output_dir="somewhere/my_lora")
    frozen = trainer.model.transformer.wte.weight  # tied to the head: counted once
    frozen.requires_grad = False
    trainer.train()
    assert recorder.run.call["name"] == "my_lora"
    config = recorder.run.call["config"]
    assert config["max_steps"] == 6 and config["per_device_train_batch_size"] == 4 and config["note"] == "mine"
    assert config["model_type"] == "gpt2" and config["parameters"]["frozen"] == {"fp32": 32 * 16}
    every = sum(parameter.numel() for parameter in trainer.model.parameters())
    assert recorder.run.counts == {"trainable": every - 512, "frozen": 512, "dtype": "fp32"}


def test_the_name_is_the_run_s_or_what_is_asked_for(recorder: Recorder) -> None:
    make_trainer(TidemarkCallback(), run_name="a run", max_steps=1).train()
    make_trainer(TidemarkCallback(name="asked"), run_name="a run", max_steps=1).train()
    assert [run.call["name"] for run in recorder.runs] == ["a run", "asked"]


@pytest.mark.parametrize("error", [RuntimeError("CUDA out of memory"), KeyboardInterrupt()])
def test_an_exception_ends_the_run_and_passes(recorder: Recorder, error: BaseException) -> None:
    trainer = make_trainer(TidemarkCallback(), FailAt(2, error))
    with pytest.raises(type(error)) as raised:
        trainer.train()
    assert raised.value is error
    assert recorder.run.closed and recorder.run.error is error
    assert recorder.run.numbers() == [1, 2]


def test_a_failed_training_leaves_the_trainer_as_it_was(recorder: Recorder) -> None:
    trainer = make_trainer(TidemarkCallback(), FailAt(0, ValueError("first")))
    with pytest.raises(ValueError, match="first"):
        trainer.train()
    assert not {"training_step", "evaluate", "_save_checkpoint"} & set(vars(trainer))
    trainer.pop_callback(FailAt)
    trainer.train()
    assert [run.numbers() for run in recorder.runs] == [[], [1, 2, 3, 4, 5, 6]]


def test_a_callback_added_later_sees_every_step_too(recorder: Recorder) -> None:
    trainer = make_trainer(None)
    trainer.add_callback(TidemarkCallback())
    trainer.train()
    assert recorder.run.numbers() == [1, 2, 3, 4, 5, 6] and all("loss" in step for step in recorder.run.steps)


def test_a_subclass_s_own_training_step_is_what_is_recorded(recorder: Recorder) -> None:
    class Doubled(Trainer):  # type: ignore[misc]
        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            return super().training_step(*args, **kwargs) * 0 + 5.0

    train(trainer_class=Doubled, max_steps=2)
    assert recorder.run.column("loss") == [5.0, 5.0]


def test_a_loss_that_is_not_a_number_is_recorded_as_it_is(recorder: Recorder) -> None:
    class Lost(Trainer):  # type: ignore[misc]
        def compute_loss(self, *args: Any, **kwargs: Any) -> Any:
            return super().compute_loss(*args, **kwargs) * float("nan")

    train(trainer_class=Lost, max_steps=1)
    loss, = recorder.run.column("loss")
    assert loss != loss


def test_a_resumed_training_goes_on_from_its_checkpoint(recorder: Recorder) -> None:
    train(max_steps=3, save_strategy="steps", save_steps=3)
    trainer = make_trainer(TidemarkCallback(), max_steps=6)
    trainer.train(resume_from_checkpoint=str(Path("out/checkpoint-3")))
    assert [run.numbers() for run in recorder.runs] == [[1, 2, 3], [4, 5, 6]]


def test_training_is_the_same_with_and_without(recorder: Recorder) -> None:
    watched, alone = LogKeeper(), LogKeeper()
    make_trainer(TidemarkCallback(), watched).train()
    make_trainer(None, alone).train()
    assert [log["loss"] for log in watched.logs] == [log["loss"] for log in alone.logs]


def test_disabled_opens_nothing_and_touches_nothing(recorder: Recorder) -> None:
    trainer = make_trainer(TidemarkCallback(enabled=False))
    trainer.train()
    assert recorder.runs == [] and not {"training_step", "_inner_training_loop"} & set(vars(trainer))


def test_another_rank_records_its_phases_and_no_step(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = make_trainer(TidemarkCallback(), save_strategy="steps", save_steps=6)
    monkeypatch.setattr(trainer, "is_world_process_zero", lambda: False)
    monkeypatch.setenv("RANK", "1")
    trainer.train()
    assert recorder.run.steps == [] and ("checkpoint_save", "end") in recorder.run.phases and recorder.run.closed


def test_without_the_native_module_it_trains_on(monkeypatch: pytest.MonkeyPatch,
                                                caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "tidemark.monitoring", None)
    with caplog.at_level(logging.WARNING, "tidemark"):
        trainer = train()
    assert trainer.state.global_step == 6
    assert len([record for record in caplog.records if record.name == "tidemark"]) == 1
    assert "training_step" not in vars(trainer)


def test_a_broken_monitor_costs_one_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    import tidemark
    monkeypatch.setitem(vars(tidemark), "monitor", lambda **call: BrokenRun(call))
    with caplog.at_level(logging.WARNING, "tidemark"):
        trainer = train(eval_steps=2, save_strategy="steps", save_steps=2, **evaluation_every_step())
    assert trainer.state.global_step == 6
    assert len([record for record in caplog.records if record.name == "tidemark"]) == 1


def test_smaller_batches_after_running_out_of_memory_are_the_same_run(recorder: Recorder) -> None:
    class OutOfMemory(Trainer):  # type: ignore[misc]
        def training_step(self, model: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
            if len(inputs["input_ids"]) > 4:
                raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return super().training_step(model, inputs, *args, **kwargs)

    train(trainer_class=OutOfMemory, auto_find_batch_size=True, per_device_train_batch_size=8, max_steps=2)
    changes = [details for kind, details in recorder.run.events if kind == "batch_size_change"]
    assert changes[0]["old"] == 8 and changes[-1]["new"] == 4  # halved, or by a tenth and a tenth again
    assert recorder.run.numbers() == [1, 2] and recorder.run.column("batch_size") == [4, 4]
    assert recorder.run.closed and recorder.run.error is None


def test_a_trainer_of_another_make_gives_its_loss_where_it_logs_it(recorder: Recorder) -> None:
    """One that only calls the callbacks, as SetFit's does."""
    from transformers.trainer_callback import CallbackHandler, DefaultFlowCallback, TrainerControl, TrainerState
    args = TrainingArguments(output_dir="out", per_device_train_batch_size=4, report_to=[])
    state, control = TrainerState(), TrainerControl()
    state.is_world_process_zero, state.max_steps = True, 2
    model = tiny_model()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
    handler = CallbackHandler([DefaultFlowCallback(), TidemarkCallback()], model, None, optimizer, None)
    handler.on_train_begin(args, state, control)
    for step in (1, 2):
        handler.on_step_begin(args, state, control)
        state.global_step = step
        handler.on_step_end(args, state, control)
        if step == 2:
            handler.on_log(args, state, control, {"loss": 0.75})
    handler.on_train_end(args, state, control)
    assert recorder.run.numbers() == [1, 2]
    assert "loss" not in recorder.run.steps[0] and recorder.run.steps[1]["loss"] == 0.75
    assert recorder.run.column("batch_size") == [4, 4] and recorder.run.column("learning_rate") == [0.5, 0.5]


def test_the_trainer_is_freed_when_nobody_holds_it(recorder: Recorder) -> None:
    import gc
    import weakref

    def trains_with(callback: Any) -> bool:
        trainer = make_trainer(callback, max_steps=1)
        trainer.train()
        gc.collect()
        gc.disable()
        try:
            watched = weakref.ref(trainer)
            del trainer
            return watched() is None
        finally:
            gc.enable()

    assert trains_with(TidemarkCallback()) == trains_with(None)


