"""run.step: what is recorded of numbers of every kind, and the times that it measures itself."""
from __future__ import annotations

import logging
import math
import sys
import time
from decimal import Decimal
from fractions import Fraction

import pytest

import tidemark


def test_a_step_has_all_its_values(run, the_journal):
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    taken = run.step(41, loss=0.125, batch_size=4, gradient_norm=1e300, learning_rate=1e-4,
                     step_time_seconds=0.5, data_wait_seconds=0.25)
    after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert taken is True
    (step,) = the_journal().steps()
    assert step.values == {"step": 41, "loss": 0.125, "batch_size": 4, "gradient_norm": 1e300, "learning_rate": 1e-4,
                           "step_time_seconds": 0.5, "data_wait_seconds": 0.25}
    assert before <= step.time_ns <= after
    assert step.rank == 0


def test_what_is_left_out_or_none_is_absent(run, the_journal):
    assert run.step(1)
    assert run.step(2, loss=None, batch_size=None)
    first, second = the_journal().steps()
    assert first.values == {"step": 1}
    assert set(second.values) == {"step", "step_time_seconds"}


def test_step_and_loss_may_be_positional_or_the_step_a_keyword(run, the_journal):
    assert run.step(3, 0.5)
    assert run.step(step=4, loss=0.75)
    assert [(step.step, step.loss) for step in the_journal().steps()] == [(3, 0.5), (4, 0.75)]


def test_keyword_names_need_not_be_interned(run, the_journal):
    assert run.step(1, **{"".join(["lo", "ss"]): 0.5, "".join(["batch", "_size"]): 2})
    assert the_journal().steps()[0].loss == 0.5
    assert the_journal().steps()[0].batch_size == 2


def test_nan_and_infinity_are_kept(run, the_journal):
    run.step(1, loss=math.nan, gradient_norm=math.inf, learning_rate=-math.inf, step_time_seconds=math.inf)
    (step,) = the_journal().steps()
    assert math.isnan(step.loss)
    assert step.gradient_norm == math.inf
    assert step.learning_rate == -math.inf
    assert step.step_time_seconds == math.inf


@pytest.mark.parametrize("loss, stored", [
    (3, 3.0), (True, 1.0), (Decimal("0.125"), 0.125), (Fraction(1, 4), 0.25), (-0.0, 0.0), (2**60, float(2**60)),
])
def test_every_kind_of_number_is_one(run, the_journal, loss, stored):
    assert run.step(1, loss=loss)
    assert the_journal().steps()[0].loss == stored
    assert run.counts()["values_unusable"] == 0


def test_numpy_scalars_are_numbers(run, the_journal):
    numpy = pytest.importorskip("numpy")
    assert run.step(numpy.int64(7), loss=numpy.float32(0.5), batch_size=numpy.int32(8),
                    gradient_norm=numpy.float64(2.5), learning_rate=numpy.array(0.25))
    (step,) = the_journal().steps()
    assert (step.step, step.loss, step.batch_size, step.gradient_norm, step.learning_rate) == (7, 0.5, 8, 2.5, 0.25)


def test_a_number_of_steps_beyond_floats_is_exact(run, the_journal):
    numpy = pytest.importorskip("numpy")
    assert run.step(2**53 + 1)
    assert run.step(numpy.int64(2**62 + 1))
    assert run.step(-(2**63))
    assert [step.step for step in the_journal().steps()] == [2**53 + 1, 2**62 + 1, -(2**63)]


@pytest.mark.parametrize("values", [
    {"loss": 10**400}, {"loss": "0.5"}, {"loss": object()}, {"loss": [1.0]}, {"loss": 1j}, {"batch_size": -1},
    {"batch_size": 2**32}, {"batch_size": 10**30}, {"batch_size": 2.5}, {"batch_size": math.nan}, {"unheard_of": 1.0},
])
def test_what_is_no_number_is_left_out_counted_and_said_once(run, the_journal, caplog, values):
    with caplog.at_level(logging.WARNING, "tidemark"):
        assert run.step(1, gradient_norm=1.0, **values)
        assert run.step(2, gradient_norm=1.0, **values)
    for step in the_journal().steps():
        assert set(step.values) <= {"step", "gradient_norm", "step_time_seconds"}
        assert step.gradient_norm == 1.0
    assert run.counts()["values_unusable"] == 2
    assert len(caplog.records) == 1


@pytest.mark.parametrize("arguments, values", [
    ((), {}), ((None,), {}), (("1",), {}), ((10**30,), {}), ((1.5,), {}), ((object(),), {"loss": 1.0}), ((), {"loss": 1.0}),
])
def test_a_step_without_a_usable_number_is_not_taken_and_raises_nothing(run, the_journal, arguments, values):
    assert run.step(*arguments, **values) is False
    assert the_journal().steps() == []
    assert run.counts()["values_unusable"] >= 1


def test_more_arguments_than_there_are_raise_nothing(run, the_journal):
    assert run.step(1, 0.5, 4, 5, 6, loss=0.25)
    assert the_journal().steps()[0].loss == 0.25


class Number:
    def __float__(self):
        return 0.5


def test_nothing_that_is_handed_over_is_kept(run):
    values = [1.5, 10**20, Number(), object()]
    step, name = 10**15, "a phase of its own"
    before = [sys.getrefcount(one) for one in (*values, step, name)]
    for _ in range(100):
        for value in values:
            run.step(step, loss=value, batch_size=value, unheard_of=value)
        run.event("e", value=values[0])
        with run.phase(name):
            pass
    del value
    assert [sys.getrefcount(one) for one in (*values, step, name)] == before


def test_blocks_of_memory_do_not_pile_up(run):
    def work():
        for step in range(2000):
            run.step(step, loss=Number(), batch_size=4, step_time_seconds=0.5)
            run.event("e", value=step)
            with run.phase("sampling"):
                pass

    work()
    before = sys.getallocatedblocks()
    work()
    assert sys.getallocatedblocks() - before < 200


class Hostile:
    def __float__(self):
        raise ValueError("no")

    def __index__(self):
        raise RuntimeError("no")

    @property
    def device(self):
        raise OSError("no")


def test_a_hostile_object_raises_nothing(run, the_journal):
    assert run.step(1, loss=Hostile(), batch_size=Hostile())
    assert the_journal().steps()[0].values == {"step": 1}
    assert run.counts()["values_unusable"] == 2


class Interrupting:
    def __float__(self):
        raise KeyboardInterrupt


def test_ctrl_c_in_the_middle_of_a_step_passes_on_and_the_step_is_taken(run, the_journal):
    with pytest.raises(KeyboardInterrupt):
        run.step(5, gradient_norm=1.0, loss=Interrupting())
    (step,) = the_journal().steps()
    assert (step.step, step.gradient_norm) == (5, 1.0)


def test_step_time_is_the_time_since_the_step_before(run, the_journal):
    run.step(1)
    time.sleep(0.02)
    run.step(2)
    first, second = the_journal().steps()
    assert "step_time_seconds" not in first.values
    assert second.step_time_seconds == pytest.approx((second.time_ns - first.time_ns) * 1e-9, rel=1e-6)
    assert second.step_time_seconds >= 0.02


def test_waits_for_data_are_summed_between_steps(run, the_journal):
    def slow():
        for item in range(4):
            time.sleep(0.01)
            yield item

    items = iter(run.batches(slow()))
    next(items)
    next(items)
    run.step(1)
    next(items)
    run.step(2)
    run.step(3)
    first, second, third = the_journal().steps()
    assert first.data_wait_seconds >= 0.02
    assert 0.01 <= second.data_wait_seconds < first.data_wait_seconds
    assert "data_wait_seconds" not in third.values


class Loader:
    dataset = "the data"

    def __iter__(self):
        return iter([1, 2, 3])


class SizedLoader(Loader):
    def __len__(self):
        return 3


def test_batches_are_the_loaders_with_its_length_and_attributes(run):
    assert list(run.batches(Loader())) == [1, 2, 3]
    assert not hasattr(run.batches(Loader()), "__len__")
    sized = run.batches(SizedLoader())
    assert len(sized) == 3
    assert sized.dataset == "the data"
    assert list(sized) == list(sized) == [1, 2, 3]
    with pytest.raises(AttributeError):
        sized.unheard_of


def test_an_exception_of_the_loader_passes_through(run):
    def broken():
        yield 1
        raise OSError("no such image")

    with pytest.raises(OSError, match="no such image"):
        list(run.batches(broken()))


def test_ranks_above_0_leave_steps_to_rank_0(program, monkeypatch, the_journal):
    with tidemark.monitor() as first:
        monkeypatch.setenv("RANK", "3")
        with tidemark.monitor() as run, tidemark.monitor(all_ranks=True) as talkative:
            assert run.step(1, loss=0.5) is False
            assert talkative.step(2, loss=0.5) is True
            assert run.event("on_every_rank")
            with run.phase("sampling"):
                pass
        first.step(3)
    journal = the_journal()
    assert [step.step for step in journal.steps()] == [2, 3]
    assert journal.events("on_every_rank")
    assert journal.of("phase_start")[0].name == "sampling"


def test_a_rank_above_0_stamps_its_records(in_process, program, the_journal):
    done = in_process("import tidemark; run = tidemark.monitor(all_ranks=True); run.step(1); run.event('e')", RANK="5")
    assert done.returncode == 0, done.stderr
    assert the_journal().steps()[0].rank == 5
    assert the_journal().events("e")[0].rank == 5


def test_the_documentation_of_step_is_there():
    assert "returns whether the record was taken" in tidemark.Run.step.__doc__
