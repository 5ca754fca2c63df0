"""Joining the monitor that is there: by the environment of `tidemark run`, or by looking for its journal."""
from __future__ import annotations

import fcntl
import logging
import os
import subprocess
import sys
import threading
import time

import pytest

import tidemark
from conftest import journals
from journal_reader import Journal
from tidemark import _tidemark


def identity(pid: int) -> str:
    with open(f"/proc/{pid}/stat") as stat:
        return f"{pid}:{stat.read().rpartition(')')[2].split()[19]}"


@pytest.fixture
def made(own_folders):
    """A journal whose root is this process, as a monitor that attached makes it."""
    status, path, _ = _tidemark.create_journal("", '{"job_name": "made by a monitor"}')
    assert status == _tidemark.STATUS_OK
    return path


@pytest.fixture
def named(made, own_folders):
    """The same, in a place where only the environment can tell of it."""
    path = own_folders / "elsewhere.journal"
    os.rename(made, path)
    return str(path)


def test_the_environment_of_run_is_joined_and_nothing_started(program, named, monkeypatch):
    monkeypatch.setenv("TIDEMARK_JOURNAL", named)
    monkeypatch.setenv("TIDEMARK_RUN_ROOT", identity(os.getpid()))
    with tidemark.monitor() as run:
        assert run.step(1)
    assert program.calls() == []
    assert len(Journal(named).steps()) == 1


def test_the_environment_of_another_run_is_ignored(program, named, monkeypatch):
    monkeypatch.setenv("TIDEMARK_JOURNAL", named)
    monkeypatch.setenv("TIDEMARK_RUN_ROOT", f"{os.getpid()}:1")  # a process of the past that had this pid
    with tidemark.monitor() as run:
        assert run.step(1)
    (call,) = program.calls()
    assert call["joins"] == [], "nor does the new monitor inherit it"
    assert Journal(named).steps() == []


def test_without_an_environment_the_journal_that_names_this_process_is_found(program, made):
    with tidemark.monitor() as run:
        assert run.step(1)
    assert program.calls() == []
    assert len(Journal(made).steps()) == 1


def test_a_child_process_joins_its_ancestors_journal(program, made, in_process):
    done = in_process("import tidemark\nwith tidemark.monitor() as run: assert run.step(7)")
    assert (done.returncode, done.stderr) == (0, "")
    assert program.calls() == []
    assert [step.step for step in Journal(made).steps()] == [7]


def test_a_journal_that_is_drained_is_preferred(program, made, own_folders):
    os.rename(made, own_folders / "tidemark" / "zzzz.journal")
    _, other, _ = _tidemark.create_journal("", None)
    drained = own_folders / "tidemark" / "zzzz.journal"
    with open(drained, "r+b") as monitor:
        fcntl.flock(monitor, fcntl.LOCK_EX)
        with tidemark.monitor() as run:
            assert run.step(1)
    assert len(Journal(drained).steps()) == 1
    assert Journal(other).steps() == []


def test_a_closed_journal_is_not_joined(program, made, own_folders):
    with open(made, "r+b") as monitor:
        monitor.seek(0x400)
        monitor.write(b"\x01")
    with tidemark.monitor() as run:
        assert run.step(1)
    assert len(program.calls()) == 1
    assert len(journals(own_folders)) == 2


def test_a_run_whose_journal_comes_late_is_waited_for(program, own_folders, monkeypatch):
    monkeypatch.setenv("TIDEMARK_RUN_ROOT", identity(os.getpid()))
    late = threading.Timer(0.3, lambda: _tidemark.create_journal("", None))
    late.start()
    with tidemark.monitor() as run:
        assert run.step(1)
    late.join()
    assert program.calls() == []


def test_a_run_without_a_journal_is_inert_after_a_bounded_wait_and_starts_nothing(program, own_folders, monkeypatch, caplog):
    monkeypatch.setenv("TIDEMARK_RUN_ROOT", identity(os.getppid()))
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, "tidemark"), tidemark.monitor() as run:
        assert 1.5 < time.monotonic() - began < 10
        assert not run.active
        assert run.step(1) is False
    assert program.calls() == []
    assert "TIDEMARK_RUN_ROOT" in caplog.text
    assert len(caplog.records) == 1


def test_the_config_is_told_once_to_a_monitor_that_was_there(program, made):
    config = {"job": "extension", "config": {"name": "my_lora", "process": [{"train": {"batch_size": 4, "lr": 1e-4}}]}}
    with tidemark.monitor(config), tidemark.monitor(config):
        pass
    (event,) = Journal(made).events("job_config")
    assert event.details == {"name": "my_lora", "config": config}


def test_a_given_name_comes_before_the_configs(program, made):
    with tidemark.monitor({"config": {"name": "theirs"}}, name="mine"):
        pass
    assert Journal(made).events("job_config")[0].details["name"] == "mine"


def test_a_config_over_256_kib_is_left_out_with_a_warning(program, made, caplog):
    with caplog.at_level(logging.WARNING, "tidemark"), tidemark.monitor({"prompts": "x" * 300_000}, name="mine"):
        pass
    assert Journal(made).events("job_config")[0].details == {"name": "mine"}
    assert "256 KiB" in caplog.text


def test_a_file_that_is_no_journal_leaves_the_run_inert(program, made, monkeypatch, caplog):
    with open(made, "r+b") as file:
        file.write(b"NOT SO")
    monkeypatch.setenv("TIDEMARK_JOURNAL", made)
    monkeypatch.setenv("TIDEMARK_RUN_ROOT", identity(os.getpid()))
    with caplog.at_level(logging.WARNING, "tidemark"), tidemark.monitor() as run:
        assert run.step(1) is False
    assert program.calls() == []
    assert "not a journal" in caplog.text


def test_what_outlives_the_run_does_not_join_it_any_more(named, program, tmp_path):
    """A daemon whose ancestor is gone: the environment stays, and must not."""
    daemon = tmp_path / "daemon.py"
    daemon.write_text("import os, sys, time\n"
                      "while os.getppid() == int(sys.argv[1]): time.sleep(0.01)\n"
                      "from tidemark import _tidemark\n"
                      "os.write(1, str(_tidemark.find_journal()[0]).encode())\n")
    trainer = ("import os, subprocess, sys; pid = os.getpid();"
               "ticks = open(f'/proc/{pid}/stat').read().rpartition(')')[2].split()[19];"
               f"os.environ.update(TIDEMARK_JOURNAL={named!r}, TIDEMARK_RUN_ROOT=f'{{pid}}:{{ticks}}');"
               f"subprocess.Popen([sys.executable, {str(daemon)!r}, str(pid)])")
    done = subprocess.run([sys.executable, "-c", trainer], check=True, stdout=subprocess.PIPE, timeout=60)
    assert int(done.stdout) not in (_tidemark.STATUS_OK, _tidemark.STATUS_NOT_YET)
