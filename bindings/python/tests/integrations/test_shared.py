"""What the integrations share; needs no framework."""
from __future__ import annotations

import logging
from typing import Any

import pytest
from recording import Recorder

from tidemark.integrations._guard import Guard, guarded
from tidemark.integrations._model import count_parameters, count_samples, plain_numbers
from tidemark.integrations._patches import Patches
from tidemark.integrations._session import Options, Session
from tidemark.integrations._tally import StepClock, StepTally


class Guarded:
    def __init__(self) -> None:
        self._guard = Guard("the owner")

    @guarded
    def fail(self, error: BaseException) -> int:
        raise error


def test_a_failure_is_reported_once_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    guarded_object = Guarded()
    with caplog.at_level(logging.WARNING, "tidemark"):
        for _ in range(3):
            guarded_object.fail(ValueError("inside"))
    record, = caplog.records
    assert "the owner: fail failed" in record.getMessage() and record.exc_info and record.exc_info[0] is ValueError


def test_an_interrupt_is_the_users() -> None:
    with pytest.raises(KeyboardInterrupt):
        Guarded().fail(KeyboardInterrupt())


def test_a_session_is_one_run_with_the_users_settings_on_top(recorder: Recorder) -> None:
    session = Session("test", Options(name="asked", config={"a": 2}))
    for _ in range(2):
        session.open("offered", lambda: {"a": 1, "b": 1})
    assert recorder.run.call == {"config": {"a": 2, "b": 1}, "name": "asked", "job_id": None, "all_ranks": False}


def test_closing_ends_the_phases_that_are_open(recorder: Recorder) -> None:
    session = Session("test", Options())
    session.open("offered", dict)
    session.begin_phase("outer")
    session.begin_phase("inner")
    error = MemoryError()
    session.close(error)
    assert recorder.run.phases == [("outer", "start"), ("inner", "start"), ("inner", "failed"), ("outer", "failed")]
    assert recorder.run.error is error
    session.end_phase()
    session.step(1, loss=1.0)  # after the end: nothing


def test_a_failure_can_be_told_in_other_words_than_its_exception(recorder: Recorder) -> None:
    session = Session("test", Options(job_id="f00d"))
    session.open("offered", dict)
    session.fail("oom_error", message="no room")
    assert recorder.run.call["job_id"] == "f00d"
    assert recorder.run.events == [("oom_error", {"message": "no room"})]
    assert recorder.run.completed is False and recorder.run.error is None
    session.fail("oom_error")  # after the end: nothing


def test_a_phase_lets_an_exception_pass(recorder: Recorder) -> None:
    session = Session("test", Options())
    session.open("offered", dict)
    with pytest.raises(ValueError), session.phase("evaluation"):
        raise ValueError
    assert recorder.run.phases == [("evaluation", "start"), ("evaluation", "failed")]


def test_a_detail_may_have_any_name(recorder: Recorder) -> None:
    session = Session("test", Options())
    session.open("offered", dict)
    session.event("metrics", kind=1, type=2)
    assert recorder.run.events == [("metrics", {"kind": 1, "type": 2})]


def open_on(is_first_rank: bool, all_ranks: bool) -> Session:
    session = Session("test", Options(all_ranks=all_ranks))
    session.open("offered", dict, is_first_rank)
    session.step(1, loss=1.0)
    session.event("something")
    return session


def test_the_first_rank_records_everything(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    assert open_on(is_first_rank=True, all_ranks=False).records_steps
    assert len(recorder.run.steps) == len(recorder.run.events) == 1


def test_another_rank_records_all_but_steps(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "3")
    assert not open_on(is_first_rank=False, all_ranks=False).records_steps
    assert recorder.run.steps == [] and len(recorder.run.events) == 1
    assert open_on(is_first_rank=False, all_ranks=True).records_steps
    assert len(recorder.runs[1].steps) == 1


def test_a_rank_that_cannot_be_told_from_the_first_opens_nothing(recorder: Recorder,
                                                                 monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    open_on(is_first_rank=False, all_ranks=False)
    assert recorder.runs == []


def test_a_run_that_records_nothing_is_no_run(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    import tidemark

    class Inactive:
        active = False

    monkeypatch.setitem(vars(tidemark), "monitor", lambda **call: Inactive())
    assert open_on(is_first_rank=True, all_ranks=False).run is None


class Owner:
    def method(self) -> int:
        return 1


def one_more(original: Any) -> Any:
    return lambda: original() + 1


def test_a_patch_is_on_its_object_alone_and_goes_away() -> None:
    owner, patches = Owner(), Patches()
    assert patches.wrap(owner, "method", one_more) and not patches.wrap(owner, "missing", one_more)
    assert owner.method() == 2 and Owner().method() == 1
    patches.restore()
    assert owner.method() == 1 and vars(owner) == {}


def test_somebody_elses_wrapper_is_left() -> None:
    owner, patches = Owner(), Patches()
    patches.wrap(owner, "method", one_more)
    later = one_more(owner.method)
    owner.method = later  # type: ignore[method-assign]
    patches.restore()
    assert owner.method is later and owner.method() == 3
    assert not patches.wrap(owner, "method", one_more)


def test_a_step_is_its_wait_and_its_work_and_nothing_between_steps() -> None:
    now = [100.0]

    def advance(seconds: float) -> None:
        now[0] += seconds

    clock = StepClock(lambda: now[0])
    assert clock.finish() == {}
    clock.wait()
    advance(50)  # an evaluation
    clock.wait()
    advance(1)
    clock.work()
    advance(2)
    clock.wait()  # the next micro-batch
    advance(4)
    clock.work()
    clock.work()
    advance(8)
    assert clock.finish() == {"step_time_seconds": 15.0, "data_wait_seconds": 5.0}
    clock.wait()
    advance(1)
    clock.work()
    advance(1)
    assert clock.finish() == {"step_time_seconds": 2.0, "data_wait_seconds": 1.0}


def test_micro_batches_add_up() -> None:
    tally = StepTally()
    tally.add(0.5, 4)
    tally.add(None, None)
    tally.add(0.25, 2)
    assert (tally.loss, tally.samples, tally.micro_batches) == (0.75, 6, 3)
    tally.clear()
    assert (tally.loss, tally.samples, tally.micro_batches) == (None, None, 0)


class Tensor:
    def __init__(self, *shape: int) -> None:
        self.shape = shape


@pytest.mark.parametrize("batch, samples", [
    (Tensor(4, 3), 4), ({"ids": Tensor(5, 2)}, 5), ([Tensor(6), Tensor(7)], 6), (("name", {"x": [Tensor(8)]}), 8),
    (["a", "b", "c"], 3), (Tensor(), None), ({}, None), (None, None), ([[[[[Tensor(9)]]]]], None)])
def test_samples_are_the_first_tensors_first_dimension(batch: Any, samples: int | None) -> None:
    assert count_samples(batch) == samples


class Parameter:
    def __init__(self, dtype: str, count: int, requires_grad: bool, whole: int | None = None) -> None:
        self.dtype, self.count, self.requires_grad = dtype, count, requires_grad
        if whole is not None:
            self.ds_numel = whole

    def numel(self) -> int:
        return self.count


class Model:
    def parameters(self) -> list[Parameter]:
        return [Parameter("torch.float32", 3, True), Parameter("torch.bfloat16", 40, False),
                Parameter("torch.uint8", 5, False), Parameter("torch.bfloat16", 0, False, whole=60)]


def test_parameters_by_dtype() -> None:
    counts = count_parameters(Model())
    assert counts.trainable == {"fp32": 3} and counts.frozen == {"bf16": 100, "uint8": 5} and counts.dtype == "bf16"


def test_only_numbers_are_kept_and_no_more_than_asked() -> None:
    assert plain_numbers({"a": 1, "b": "text", "c": 2.5, "d": 3}, 2) == {"a": 1.0, "c": 2.5}
