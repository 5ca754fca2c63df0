"""run.phase: the records, and what phases do to a step's time."""
from __future__ import annotations

import pathlib
import threading
import time

import pytest

PAUSE = 0.03


def steps_by_number(journal):
    return {step.step: step for step in journal.steps()}


def took(journal, first, second):
    return (steps_by_number(journal)[second].time_ns - steps_by_number(journal)[first].time_ns) * 1e-9


def test_a_phase_has_a_beginning_and_an_end_also_nested(run, the_journal):
    with run.phase("train"), run.phase("sampling"):
        run.event("in_the_middle")
    names = [(one.kind, one.values.get("name")) for one in the_journal().of("phase_start", "phase_end", "event")
             if one.values.get("type") != "process_memory"]
    assert names == [("phase_start", "train"), ("phase_start", "sampling"), ("event", None), ("phase_end", "sampling"),
                     ("phase_end", "train")]


@pytest.mark.skipif(not pathlib.Path("/proc/self/status").exists(), reason="the kernel tells it in /proc alone")
def test_both_ends_of_a_phase_tell_what_the_process_holds(run, the_journal):
    with run.phase("model_load"):
        loaded = bytearray(b"x") * (32 << 20)
    told = [event.details for event in the_journal().events("process_memory")]
    assert len(told) == 2 and len(loaded) == 32 << 20
    assert told[1]["anon_bytes"] - told[0]["anon_bytes"] > 24 << 20
    assert told[1]["peak_rss_bytes"] >= told[1]["rss_bytes"] > told[1]["anon_bytes"]


def test_a_phase_ends_when_an_exception_leaves_it_which_passes_through(run, the_journal):
    error = ValueError("as it is")
    with pytest.raises(ValueError) as caught, run.phase("train"):
        raise error
    assert caught.value is error
    assert [one.name for one in the_journal().of("phase_end")] == ["train"]


@pytest.mark.parametrize("name, stored", [
    ("sampling", "sampling"), ("", "unnamed"), ("x" * 100, "x" * 64), ("ä" * 40, "ä" * 32), ("日" * 30, "日" * 21),
    ("a\0b", "a\0b"), ("half \ud800", "half ?"), (None, "None"), (7, "7"),
])
def test_any_name_will_do(run, the_journal, name, stored):
    with run.phase(name):
        pass
    assert the_journal().of("phase_start")[0].name == stored


def test_a_step_does_not_last_as_long_as_a_phase_that_came_between(run, the_journal):
    run.step(1)
    with run.phase("sampling"):
        time.sleep(PAUSE)
    run.step(2)
    run.step(3)
    journal = the_journal()
    steps = steps_by_number(journal)
    assert steps[2].step_time_seconds <= took(journal, 1, 2) - PAUSE
    assert steps[3].step_time_seconds == pytest.approx(took(journal, 2, 3), abs=1e-6)


def test_a_phase_that_surrounds_both_steps_is_part_of_the_time(run, the_journal):
    with run.phase("train"):
        run.step(1)
        time.sleep(PAUSE)
        run.step(2)
    assert steps_by_number(the_journal())[2].step_time_seconds >= PAUSE


def test_nested_phases_are_left_out_once(run, the_journal):
    with run.phase("train"):
        run.step(1)
        with run.phase("checkpoint_save"):
            time.sleep(PAUSE)
            with run.phase("upload"):
                time.sleep(PAUSE)
        time.sleep(PAUSE)
        run.step(2)
    journal = the_journal()
    assert PAUSE <= steps_by_number(journal)[2].step_time_seconds <= took(journal, 1, 2) - 2 * PAUSE


def test_a_phase_of_the_same_name_goes_on(run, the_journal):
    with run.phase("train"):
        run.step(1)
        time.sleep(PAUSE)
    with run.phase("sampling"):
        time.sleep(2 * PAUSE)
    with run.phase("train"):
        time.sleep(PAUSE)
        run.step(2)
    journal = the_journal()
    assert 2 * PAUSE <= steps_by_number(journal)[2].step_time_seconds <= took(journal, 1, 2) - 2 * PAUSE


def test_the_first_step_of_a_phase_has_the_phases_time(run, the_journal):
    run.step(1)
    with run.phase("train"):
        time.sleep(PAUSE)
        with run.phase("sampling"):
            time.sleep(2 * PAUSE)
        run.step(2)
    journal = the_journal()
    assert PAUSE <= steps_by_number(journal)[2].step_time_seconds <= took(journal, 1, 2) - 2 * PAUSE


def test_waits_in_a_phase_that_came_between_are_not_the_steps(run, the_journal):
    def slow():
        while True:
            time.sleep(PAUSE)
            yield 0

    training, validation = iter(run.batches(slow())), iter(run.batches(slow()))
    run.step(1)
    next(training)
    with run.phase("validation"):
        for _ in range(4):
            next(validation)
    run.step(2)
    assert PAUSE <= steps_by_number(the_journal())[2].data_wait_seconds < 3 * PAUSE


def test_each_thread_has_its_own_steps_and_phases(run, the_journal):
    run.step(1)
    with run.phase("sampling"):
        thread = threading.Thread(target=lambda: (run.step(10), time.sleep(PAUSE), run.step(11)))
        thread.start()
        thread.join()
    run.step(2)
    journal = the_journal()
    steps = steps_by_number(journal)
    assert "step_time_seconds" not in steps[10].values
    assert steps[11].step_time_seconds >= PAUSE
    assert steps[2].step_time_seconds <= took(journal, 1, 2) - PAUSE
    assert steps[10].lane != steps[1].lane


def test_a_phase_whose_end_never_came_does_not_spoil_what_follows(run, the_journal):
    run.step(1)
    with run.phase("train"):
        run.phase("left open").__enter__()
    for step in (2, 3):
        time.sleep(PAUSE)
        run.step(step)
    assert steps_by_number(the_journal())[3].step_time_seconds >= PAUSE


def test_deep_nesting_does_no_harm(run, the_journal):
    phases = [run.phase(f"level {level}") for level in range(100)]
    run.step(1)
    for phase in phases:
        phase.__enter__()
    for phase in reversed(phases):
        phase.__exit__(None, None, None)
    time.sleep(PAUSE)
    run.step(2)
    assert steps_by_number(the_journal())[2].step_time_seconds >= PAUSE
    assert len(the_journal().of("phase_end")) == 100
