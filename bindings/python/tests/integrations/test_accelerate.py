"""`TidemarkTracker` under the real `Accelerator`."""
from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch

accelerate = pytest.importorskip("accelerate")
from accelerate import tracking
from accelerate.state import AcceleratorState, GradientState, PartialState
from recording import BrokenRun, Recorder, Seconds

from tidemark.integrations.accelerate import TidemarkTracker, step_values

BY_NAME = pytest.mark.skipif(not hasattr(tracking, "register_tracker_class"),
                             reason=f"accelerate {accelerate.__version__} takes no tracker by a name of its own")


@pytest.fixture(autouse=True)
def fresh_accelerate() -> Iterator[None]:
    yield
    for state in (AcceleratorState, GradientState, PartialState):
        state._reset_state()


def train(tracker: Any, config: dict[str, Any] | None = None, steps: int = 4, accumulation: int = 1,
          fail_at: int = 0, first: int = 1) -> list[float]:
    """An ordinary accelerate loop; the losses that it logged."""
    accelerator = accelerate.Accelerator(log_with=tracker, gradient_accumulation_steps=accumulation, cpu=True)
    accelerator.init_trackers("project", config=config)
    torch.manual_seed(5)
    model = torch.nn.Linear(3, 1)
    points = torch.randn(64, 3)
    loader = torch.utils.data.DataLoader(points, batch_size=4)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model, optimizer, loader = accelerator.prepare(model, optimizer, loader)
    step, total, logged = first - 1, 0.0, []
    for batch in loader:
        with accelerator.accumulate(model):
            loss = model(batch).pow(2).mean()
            total += loss.item() / accumulation
            accelerator.backward(loss)
            norm = accelerator.clip_grad_norm_(model.parameters(), 1.0) if accelerator.sync_gradients else None
            optimizer.step()
            optimizer.zero_grad()
        if accelerator.sync_gradients:
            step += 1
            if step == fail_at:
                raise RuntimeError("CUDA out of memory")
            accelerator.log({"train_loss": total, "lr": optimizer.param_groups[0]["lr"], "grad_norm": norm,
                             "epoch": 0}, step=step)
            logged.append(total)
            total = 0.0
            if step == first - 1 + steps:
                break
    accelerator.end_training()
    return logged


def test_every_logged_step_is_recorded(recorder: Recorder) -> None:
    logged = train(TidemarkTracker("my run"), config={"lr": 0.1})
    assert recorder.run.numbers() == [1, 2, 3, 4]
    assert recorder.run.column("loss") == pytest.approx(logged)
    assert recorder.run.column("learning_rate") == [0.1] * 4
    assert all(isinstance(step["gradient_norm"], torch.Tensor) for step in recorder.run.steps)
    assert recorder.run.closed and recorder.run.call["name"] == "my run"
    assert recorder.run.call["config"] == {"framework": "accelerate", "lr": 0.1}


def test_accumulated_batches_make_one_step(recorder: Recorder) -> None:
    logged = train(TidemarkTracker("my run"), accumulation=4)
    assert recorder.run.numbers() == [1, 2, 3, 4] and recorder.run.column("loss") == pytest.approx(logged)


def test_without_a_config_the_first_log_opens_the_run(recorder: Recorder) -> None:
    train(TidemarkTracker("my run", config={"note": "mine"}))
    assert recorder.run.call["config"] == {"framework": "accelerate", "note": "mine"}


def test_a_resumed_training_goes_on_where_its_numbers_do(recorder: Recorder) -> None:
    train(TidemarkTracker("my run"), first=101)
    assert recorder.run.numbers() == [101, 102, 103, 104]


def test_an_exception_leaves_what_was_recorded(recorder: Recorder) -> None:
    with pytest.raises(RuntimeError, match="out of memory"):
        train(TidemarkTracker("my run"), fail_at=3)
    assert recorder.run.numbers() == [1, 2] and not recorder.run.closed  # the process's exit ends it


def test_the_usual_names_of_step_values() -> None:
    assert step_values({"train/loss": 1, "lr": 2, "train_grad_norm": 3, "batch_size": 4, "epoch": 5}) == {
        "loss": 1, "learning_rate": 2, "gradient_norm": 3, "batch_size": 4}
    assert step_values({"train_loss": 1, "loss": 2}) == {"loss": 2} == step_values({"loss": 2, "train_loss": 1})
    assert step_values({"eval_loss": 1, "eval/loss": 2, "perplexity": 3}) == {}


def test_what_is_no_step_is_an_event_within_bounds(recorder: Recorder) -> None:
    tracker = TidemarkTracker("my run")
    values = {"eval_loss": 0.5, "table": "text", "unread": torch.tensor(1.0), **{f"m{index}": 1 for index in range(99)}}
    for _ in range(1003):
        tracker.log(values, step=7)
    tracker.finish()
    events = [details for kind, details in recorder.run.events if kind == "metrics"]
    assert len(events) == 1000 and events[0]["step"] == 7 and len(events[0]["values"]) == 32
    assert events[0]["values"]["eval_loss"] == 0.5 and not {"table", "unread"} & set(events[0]["values"])
    assert recorder.run.events[-1] == ("metrics_dropped", {"calls": 3})
    assert recorder.run.steps == []


def test_steps_without_numbers_are_numbered(recorder: Recorder) -> None:
    tracker = TidemarkTracker("my run")
    for loss in (3.0, 2.0):
        tracker.log({"loss": loss})
        tracker.log({"eval_loss": loss})
    assert recorder.run.numbers() == [1, 2] and recorder.run.column("loss") == [3.0, 2.0]


def test_the_step_time_is_per_step_where_not_every_step_is_logged(recorder: Recorder,
                                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Seconds()
    monkeypatch.setattr("tidemark.integrations.accelerate.time", SimpleNamespace(perf_counter=clock))
    tracker = TidemarkTracker("my run")
    tracker.log({"loss": 1.0}, step=10)
    clock.advance(5)
    tracker.log({"loss": 1.0}, step=20)
    clock.advance(1)
    tracker.log({"loss": 1.0}, step=21)  # the run itself knows how long one step took
    assert [step.get("step_time_seconds") for step in recorder.run.steps] == [None, 0.5, None]


def test_a_phase_and_the_parameters_can_be_told(recorder: Recorder) -> None:
    tracker = TidemarkTracker("my run")
    with tracker.phase("before"):
        tracker.store_init_configuration({})
    model = torch.nn.Sequential(torch.nn.Linear(3, 1), torch.nn.Linear(1, 1).half().requires_grad_(False))
    tracker.parameters(model)
    with tracker.phase("evaluation"):
        pass
    assert recorder.run.phases == [("evaluation", "start"), ("evaluation", "end")]
    assert recorder.run.counts == {"trainable": 4, "frozen": 2, "dtype": "fp32"}
    assert tracker.tracker is recorder.run


def test_another_process_records_nothing(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PartialState, "is_main_process", property(lambda self: False))
    monkeypatch.setattr(PartialState, "use_distributed", property(lambda self: True))
    train(TidemarkTracker("my run"), config={})
    TidemarkTracker("my run").log({"loss": 1.0}, step=1)
    assert recorder.runs == []


@BY_NAME
def test_it_can_be_named(recorder: Recorder) -> None:
    train("tidemark", config={"lr": 0.1})
    assert recorder.run.call["name"] == "project" and recorder.run.numbers() == [1, 2, 3, 4]


def test_disabled_opens_nothing(recorder: Recorder) -> None:
    tracker = TidemarkTracker("my run", enabled=False)
    assert len(train(tracker, config={})) == 4
    with tracker.phase("evaluation"):
        pass
    assert recorder.runs == [] and tracker.tracker is None


def test_without_the_native_module_it_trains_on(monkeypatch: pytest.MonkeyPatch,
                                                caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setitem(sys.modules, "tidemark.monitoring", None)
    with caplog.at_level(logging.WARNING, "tidemark"):
        assert len(train(TidemarkTracker("my run"), config={})) == 4
    assert len([record for record in caplog.records if record.name == "tidemark"]) == 1


def test_a_broken_monitor_costs_one_warning(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    import tidemark
    monkeypatch.setitem(vars(tidemark), "monitor", lambda **call: BrokenRun(call))
    tracker = TidemarkTracker("my run")
    with caplog.at_level(logging.WARNING, "tidemark"):
        assert len(train(tracker, config={})) == 4
        tracker.log({"eval_loss": 1.0})
    assert len([record for record in caplog.records if record.name == "tidemark"]) == 1
