"""A journal that is full, closed, deleted or out of lanes: step() says so, it is counted, and nothing else happens."""
from __future__ import annotations

import os
import threading

import tidemark
from conftest import journals


def test_a_full_journal_takes_nothing_more_and_counts_it(run, the_journal):
    taken = [run.step(step) for step in range(262_144 + 10)]
    first_refused = taken.index(False)
    assert first_refused in (262_143, 262_144), "beside one record of the allocator"
    assert not any(taken[first_refused:])
    assert run.step(1, loss=0.5) is False
    assert run.event("e") is False
    with run.phase("sampling"):
        pass
    counts = run.counts()
    assert counts["records_taken"] == 262_144
    assert counts["dropped_full"] >= 10 + 4


def test_a_journal_that_the_monitor_closed_takes_nothing_more(run, own_folders):
    assert run.step(1)
    (path,) = journals(own_folders)
    with open(path, "r+b") as monitor:
        monitor.seek(0x400)
        monitor.write(b"\x01")
    assert run.step(2) is False
    assert run.counts()["dropped_disabled"] == 1


def test_a_journal_that_is_deleted_underneath_does_no_harm(program, own_folders):
    with tidemark.monitor() as run:
        assert run.step(1)
        os.unlink(journals(own_folders)[0])
        assert run.step(2), "it is taken, into a file that nobody sees any more"
        assert run.event("e")
    with tidemark.monitor() as again:
        assert again.step(3)
    assert len(program.calls()) == 2, "the next run makes a new one"


def test_without_a_free_lane_a_thread_records_nothing_and_it_is_counted(run):
    taken = []
    for _ in range(70):  # lanes are given back, but only a monitor frees them
        thread = threading.Thread(target=lambda: taken.append(run.step(1)))
        thread.start()
        thread.join()
    assert taken == [True] * 63 + [False] * 7
    assert run.counts()["dropped_no_lane"] == 7


def test_counts_say_what_was_taken(run):
    run.step(1)
    run.event("e")
    counts = run.counts()
    assert counts["records_taken"] >= 2
    assert counts == {**counts, "dropped_full": 0, "dropped_no_lane": 0, "dropped_too_large": 0, "dropped_disabled": 0,
                      "values_unusable": 0, "values_given_up": 0}
