"""A trainer that is alone: its own journal, and a monitor that is started for it."""
from __future__ import annotations

import json
import logging
import os
import shutil
import sys
import time

import pytest

import tidemark
from conftest import journals
from journal_reader import Journal
from tidemark import starting


def test_a_monitor_is_started_with_the_journal_and_told_what_it_watches(program, own_folders, tmp_path):
    config = {"config": {"process": [{"train": {"batch_size": 4}}]}}
    with tidemark.monitor(config, name="my lora", job_id="id-1", db=tmp_path / "x.db") as run:
        assert run.step(1)
    (call,) = program.calls()
    (path,) = journals(own_folders)
    assert call["command"] == "attach"
    assert call["pid"] == str(os.getpid())
    assert call["journal"] == str(path)
    assert "detach" in call
    assert (call["name"], call["job-id"], call["db"]) == ("my lora", "id-1", str(tmp_path / "x.db"))
    assert call["config"] == config
    assert call["descriptors"] == [0, 1, 2, 3], "nothing of the trainer's is inherited"
    journal = Journal(path)
    assert journal.root[0] == os.getpid()
    assert json.loads(journal.label()) == {"job_name": "my lora", "job_id": "id-1", "database": str(tmp_path / "x.db")}
    assert journal.events("job_config") == [], "it was told on its standard input"


def test_without_words_it_is_told_no_more_than_the_pid(program):
    with tidemark.monitor():
        pass
    (call,) = program.calls()
    assert {"name", "job-id", "db", "config"}.isdisjoint(call)


@pytest.mark.parametrize("name", ["--help", "-x", "a\nb", "a\0b", "half \ud800", "'; rm -rf /", "日本", "x" * 5000])
def test_hostile_names_are_words_and_nothing_else(program, own_folders, name):
    with tidemark.monitor(name=name) as run:
        assert run.active
    (call,) = program.calls()
    assert call["name"] == name.replace("\0", "?").replace("\ud800", "?")
    assert json.loads(Journal(journals(own_folders)[0]).label())["job_name"] == name.replace("\ud800", "?")


def test_a_label_that_does_not_fit_is_left_out(program, own_folders):
    with tidemark.monitor(name="x" * 9000) as run:
        assert run.active
    assert Journal(journals(own_folders)[0]).label() == ""


def test_a_large_config_does_not_block(program):
    config = {"text": "x" * 3_000_000}
    with tidemark.monitor(config) as run:
        assert run.active
    assert program.calls()[0]["config"] == config


def check_inert(run, own_folders, caplog, words: str) -> None:
    assert not run.active
    assert run.step(1) is False
    assert run.event("e") is False
    assert journals(own_folders) == [], "no journal is left behind"
    (record,) = caplog.records
    assert words in record.getMessage()


def test_a_monitor_that_refuses_leaves_the_run_inert_and_says_why(program, own_folders, caplog):
    program.behave("print('noise', file=sys.stderr); print('the database is read-only', file=sys.stderr); sys.exit(1)")
    with tidemark.monitor() as run:
        check_inert(run, own_folders, caplog, "the database is read-only")
    with tidemark.monitor() as again:
        assert not again.active
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1


def test_a_silent_refusal_is_told_by_its_exit_code(program, own_folders, caplog):
    program.behave("sys.exit(3)")
    with tidemark.monitor() as run:
        check_inert(run, own_folders, caplog, "ended with 3")


def test_a_monitor_that_does_not_come_up_is_given_up_after_a_bounded_time(program, own_folders, caplog, monkeypatch):
    monkeypatch.setattr(starting, "_PATIENCE_SECONDS", 0.5)
    program.behave("import time; time.sleep(60)")
    began = time.monotonic()
    with tidemark.monitor() as run:
        assert time.monotonic() - began < 10
        check_inert(run, own_folders, caplog, "did not come up")


def test_a_program_that_is_not_there(program, own_folders, caplog, monkeypatch):
    monkeypatch.setenv("TIDEMARK_EXECUTABLE", "/nowhere/tidemark")
    with tidemark.monitor() as run:
        check_inert(run, own_folders, caplog, "not found")


def test_a_program_that_cannot_be_run(program, own_folders, caplog):
    program.path.write_text("#!/nowhere/interpreter\n")
    with tidemark.monitor() as run:
        check_inert(run, own_folders, caplog, "could not be started")


def test_ctrl_c_while_it_starts_leaves_no_journal(program, own_folders, monkeypatch):
    def interrupted(path, description):
        raise KeyboardInterrupt

    monkeypatch.setattr(starting, "_run_attach", interrupted)
    with pytest.raises(KeyboardInterrupt):
        tidemark.monitor()
    assert journals(own_folders) == []


def test_the_program_is_looked_for_in_the_environment_and_then_on_the_path(program, monkeypatch, tmp_path):
    import sysconfig

    monkeypatch.delenv("TIDEMARK_EXECUTABLE")
    monkeypatch.setattr(sysconfig, "get_path", lambda name: str(tmp_path / "scripts"))
    monkeypatch.setattr(starting, "__file__", str(tmp_path / "env/lib/python3.11/site-packages/tidemark/starting.py"))
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    with pytest.raises(starting.Unavailable):
        starting.find_executable()
    for folder in ("path", "env/bin", "scripts"):
        (tmp_path / folder).mkdir(parents=True)
        shutil.copy(program.path, tmp_path / folder / "tidemark")
        assert starting.find_executable() == str(tmp_path / folder / "tidemark")


@pytest.mark.parametrize("arguments", [
    {"name": 5}, {"job_id": b"x"}, {"config": "text"}, {"config": [1]}, {"db": 5}, {"unheard_of": 1},
])
def test_wrong_arguments_raise_at_the_call_and_start_nothing(program, own_folders, arguments):
    with pytest.raises(TypeError):
        tidemark.monitor(**arguments)
    assert program.calls() == []
    assert journals(own_folders) == []


def test_a_rank_above_0_that_is_alone_starts_nothing(program, own_folders, monkeypatch, caplog):
    monkeypatch.setenv("RANK", "1")
    with caplog.at_level(logging.INFO, "tidemark"), tidemark.monitor() as run:
        assert not run.active
    assert program.calls() == []
    assert [record.levelname for record in caplog.records] == ["INFO"]
    with tidemark.monitor(all_ranks=True) as run:
        assert run.active


def test_without_shared_memory_the_journal_lies_beside_the_database(program, monkeypatch, tmp_path, in_process):
    if not os.access("/usr/bin/unshare", os.X_OK) or os.system("unshare -m true 2>/dev/null") != 0:
        pytest.skip("no mount namespace may be made here")
    script = ("import tidemark, os\n"
              f"run = tidemark.monitor(db={str(tmp_path / 'x.db')!r})\n"
              "assert run.step(1, loss=0.5)\nrun.close()\n")
    (tmp_path / "script.py").write_text(script)
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    status = os.system(f"unshare -m sh -c 'mount -t tmpfs -o size=1m none /dev/shm && exec {sys.executable} {tmp_path}/script.py'")
    assert status == 0
    (path,) = (tmp_path / "x.db.tidemark").glob("*.journal")
    assert Journal(path).steps()[0].loss == 0.5


def test_without_any_place_the_run_is_inert(program, monkeypatch, own_folders, caplog):
    if os.system("unshare -m true 2>/dev/null") != 0:
        pytest.skip("no mount namespace may be made here")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    script = "import tidemark; run = tidemark.monitor(); assert run.step(1) is False"
    status = os.system(f"unshare -m sh -c 'mount -t tmpfs -o size=1m none /dev/shm && exec {sys.executable} -c \"{script}\"'")
    assert status == 0
    assert program.calls() == []
