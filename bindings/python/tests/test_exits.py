"""How a run ends: the last word, exceptions that leave the block, close and the interpreter's end."""
from __future__ import annotations

import os

import pytest

import tidemark
from tidemark import failures


def leave_with(error: BaseException):
    with pytest.raises(type(error)) as caught, tidemark.monitor():
        raise error
    assert caught.value is error, "the very same exception passes on"


def ending(journal):
    """(the failure's event or None, whether it completed)"""
    (end,) = journal.events("monitoring_end")
    failures_ = [event for event in journal.events() if event.type in ("exception", "oom_error", "keyboard_interrupt")]
    assert len(failures_) <= 1
    return (failures_[0] if failures_ else None), end.details["completed"]


def test_a_block_that_ends_has_completed(program, the_journal):
    with tidemark.monitor() as run:
        run.step(1)
    assert ending(the_journal()) == (None, True)
    assert run.step(2) is False
    assert not run.active


def test_an_exception_is_recorded_with_its_place_and_passes_on(program, the_journal):
    leave_with(ValueError("bad \ud800 value"))
    failure, completed = ending(the_journal())
    assert failure.type == "exception"
    assert failure.details["class"] == "ValueError"
    assert failure.details["module"] == "builtins"
    assert failure.details["pid"] == os.getpid()
    assert failure.details["message"] == "bad ? value"
    assert failure.details["frame"].endswith(" in leave_with")
    assert os.path.basename(__file__) in failure.details["frame"]
    assert completed is False


class OutOfMemoryError(RuntimeError):
    """torch's, by another name."""


@pytest.mark.parametrize("error", [
    MemoryError(),
    MemoryError("cannot allocate"),
    RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 79.10 GiB total capacity)"),
    RuntimeError("HIP out of memory. Tried to allocate 20.00 MiB"),
    RuntimeError("MPS backend out of memory (MPS allocated: 17.05 GB, other allocations: 1.22 GB)"),
    RuntimeError("XPU out of memory. Tried to allocate 1.00 GiB"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:66] . DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes. Error code 12 (Cannot allocate memory)"),
    RuntimeError("CUDA error: out of memory"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
])
def test_out_of_memory_is_told_from_other_errors(program, the_journal, error):
    leave_with(error)
    failure, completed = ending(the_journal())
    assert (failure.type, completed) == ("oom_error", False)
    assert failure.details["message"] == str(error)


def test_torchs_own_class_is_out_of_memory(program, the_journal, monkeypatch):
    import sys
    import types

    monkeypatch.setitem(sys.modules, "torch", types.SimpleNamespace(OutOfMemoryError=OutOfMemoryError))
    leave_with(OutOfMemoryError("whatever it says"))
    assert ending(the_journal())[0].type == "oom_error"


def test_an_error_that_was_raised_from_an_out_of_memory_is_one():
    try:
        try:
            raise MemoryError
        except MemoryError as error:
            raise ValueError("step failed") from error
    except ValueError as error:
        assert failures.is_out_of_memory(error)


@pytest.mark.parametrize("error", [
    RuntimeError("mat1 and mat2 shapes cannot be multiplied"), RuntimeError("the disk is out of space"),
    ValueError("CUDA out of memory, it says"), SystemExit(3), SystemExit("message"), RuntimeError("out of memory of past runs"),
])
def test_other_failures_are_exceptions(program, the_journal, error):
    leave_with(error)
    failure, completed = ending(the_journal())
    assert (failure.type, completed) == ("exception", False)


@pytest.mark.parametrize("error", [SystemExit(0), SystemExit(None), SystemExit(), GeneratorExit()])
def test_endings_that_are_no_failure(program, the_journal, error):
    leave_with(error)
    assert ending(the_journal()) == (None, True)


def test_ctrl_c_has_an_event_of_its_own(program, the_journal):
    leave_with(KeyboardInterrupt())
    failure, completed = ending(the_journal())
    assert (failure.type, completed) == ("keyboard_interrupt", False)


class Unprintable(Exception):
    def __str__(self):
        raise RuntimeError("no")


def test_an_exception_without_a_text_passes_on_too(program, the_journal):
    leave_with(Unprintable())
    assert ending(the_journal())[0].details["message"] == "(its text could not be had)"


def test_a_very_long_message_is_cut(program, the_journal):
    leave_with(ValueError("x" * 10**6))
    assert ending(the_journal())[0].details["message"] == "x" * 16_384


def test_close_does_what_the_blocks_end_does_and_may_be_repeated(program, the_journal):
    run = tidemark.monitor()
    run.step(1)
    run.close(completed=False)
    run.close()
    with run:
        pass
    assert ending(the_journal()) == (None, False)
    assert run.step(2) is False
    assert run.event("late") is False
    with run.phase("late"):
        assert list(run.batches([1, 2])) == [1, 2]
    assert len(the_journal().steps()) == 1


def test_the_interpreters_end_closes_what_is_open(in_process, the_journal):
    done = in_process("import tidemark; run = tidemark.monitor(); run.step(1)")
    assert (done.returncode, done.stderr) == (0, "")
    assert ending(the_journal()) == (None, True)


def test_without_a_block_an_exception_that_nobody_caught_is_recorded_too(in_process, the_journal):
    done = in_process("""
        import tidemark
        run = tidemark.monitor()
        raise MemoryError("at the top")
    """)
    assert done.returncode == 1
    failure, completed = ending(the_journal())
    assert (failure.type, failure.details["message"], completed) == ("oom_error", "at the top", False)


def test_a_run_that_nobody_holds_is_closed_at_the_end_and_not_before(in_process, the_journal):
    done = in_process("import gc, tidemark; tidemark.monitor().step(1); gc.collect(); tidemark.monitor().step(2)")
    assert (done.returncode, done.stderr) == (0, "")
    journal = the_journal()
    assert [step.step for step in journal.steps()] == [1, 2]
    assert len(journal.events("monitoring_end")) == 2


def test_a_second_monitor_joins_the_first_ones_journal(program, the_journal):
    with tidemark.monitor(name="outer") as outer:
        with tidemark.monitor(name="inner") as inner:
            assert inner.step(1)
        assert outer.step(2)
    assert len(program.calls()) == 1
    journal = the_journal()
    assert [step.step for step in journal.steps()] == [1, 2]
    assert {step.lane for step in journal.steps()} == {0}, "one lane serves both"
    assert len(journal.events("monitoring_end")) == 2


def test_a_monitor_after_the_end_of_another_goes_on_in_its_journal(program, the_journal):
    for step in range(30):  # more often than a process has journals
        with tidemark.monitor() as run:
            assert run.step(step)
    assert len(program.calls()) == 1
    assert len(the_journal().steps()) == 30
