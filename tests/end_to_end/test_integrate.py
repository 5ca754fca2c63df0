"""`tidemark integrate ai-toolkit` on a stand-in checkout under real git: put in, used, moved under, taken out."""
from __future__ import annotations

import hashlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from conftest import PYTHON, REPOSITORY, TIDEMARK, Bench

sys.path.insert(0, str(REPOSITORY / "tests/support/aitk_stand_in"))
from toolkit import TABLES  # noqa: E402

SCHEMA = "ui/prisma/schema.prisma"
NEW_JOB = "ui/src/app/jobs/new/page.tsx"
PAGE = "ui/src/app/jobs/[jobID]/page.tsx"
pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="there is no git here")


class Checkout:
    def __init__(self, bench: Bench) -> None:
        self.bench, self.root = bench, bench.folder / "ai-toolkit"
        shutil.copytree(REPOSITORY / "tests/support/aitk_stand_in/checkout", self.root,
                        ignore=shutil.ignore_patterns("__pycache__"))
        self.jobs, self.metrics = self.root / "aitk_db.db", self.root / "aitk_metrics.db"
        # A connection that Python's collector closes when it comes to it still has its locks, until another file handle of
        # this process on the same file is closed: that takes them away, and the next writer ruins what it reads.
        with closing(sqlite3.connect(self.jobs)) as db:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(TABLES)
        self.git("init", "-q", "-b", "main")
        self.git("config", "user.email", "test@localhost")
        self.git("config", "user.name", "test")
        self.commit("first")

    def environment(self) -> dict[str, str]:
        return {k: v for k, v in self.bench.environment().items() if k != "TIDEMARK_DB"} | {
            "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "PYTHONDONTWRITEBYTECODE": "1"}

    def call(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(words, cwd=self.root, env=self.environment(), capture_output=True, text=True, timeout=120)
        assert code is None or done.returncode == code, done.stdout + done.stderr
        return done

    def git(self, *words: str) -> str:
        return self.call("git", *words).stdout

    def commit(self, name: str) -> None:
        self.git("add", "-A")
        self.git("commit", "-q", "-m", name)
        self.git("tag", name)

    def integrate(self, *options: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        return self.call(str(TIDEMARK), "integrate", "ai-toolkit", ".", *options, code=code)

    def everything(self) -> dict[str, str]:
        """All bytes and modes, without git's index and objects and without the databases."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if name.startswith((".git/index", ".git/objects", ".git/logs", ".git/ORIG_HEAD", "aitk_")):
                continue
            content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            found[name] = f"{path.stat().st_mode:o} {content}"
        return found

    def record(self, name: str = "a_job") -> None:
        self.call(str(TIDEMARK), "run", "--name", name, "--", PYTHON, "-c", "pass")

    def tables(self, file: pathlib.Path) -> set[str]:
        if not file.exists():
            return set()
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            return {name for name, in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}

    def runs(self, file: pathlib.Path) -> list[str]:
        if "TidemarkRun" not in self.tables(file):
            return []
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
            return [name for name, in db.execute("SELECT j.name FROM TidemarkRun r JOIN TidemarkJob j ON j.id = r.job_id "
                                                "ORDER BY r.id")]

    def text(self, path: str) -> str:
        return (self.root / path).read_text()

    def replace(self, path: str, old: str, new: str) -> None:
        assert old in self.text(path)
        (self.root / path).write_text(self.text(path).replace(old, new))


@pytest.fixture
def checkout(bench: Bench) -> Checkout:
    return Checkout(bench)


def test_put_in_and_taken_out_to_the_byte(checkout: Checkout) -> None:
    before = checkout.everything()
    shown = checkout.integrate().stdout
    for line in (f"edit    {SCHEMA}", f"edit    {PAGE}", "create  ui/src/app/api/jobs/[jobID]/analysis/route.ts",
                 "create  extensions/tidemark_monitor/__init__.py"):
        assert line in shown
    assert "model TidemarkRun {" in checkout.text(SCHEMA) and "value: 'tidemark'" in checkout.text(PAGE)
    assert "{/* tidemark:begin */}\n        <TidemarkFit jobConfig={jobConfig} />\n{/* tidemark:end */}\n" in checkout.text(NEW_JOB)
    assert checkout.git("status", "--porcelain") == "" and checkout.git("diff") == ""
    checkout.integrate("--remove")
    assert checkout.everything() == before
    assert checkout.git("status", "--porcelain") == ""


def test_it_can_be_repeated_and_checks_itself(checkout: Checkout) -> None:
    missing = checkout.integrate("--check", "--json", code=1)
    assert not json.loads(missing.stdout)["in_place"]
    checkout.integrate()
    first = checkout.everything()
    assert "edit" not in checkout.integrate().stdout
    assert checkout.everything() == first
    assert json.loads(checkout.integrate("--check", "--json").stdout)["in_place"]
    (checkout.root / "ui/src/components/tidemark/apply.ts").unlink()
    checkout.replace(PAGE, "component: TidemarkPanel,", "component: Overview,")
    wrong = checkout.integrate("--check", code=1).stdout
    assert "create  ui/src/components/tidemark/apply.ts" in wrong and f"edit    {PAGE}" in wrong
    checkout.integrate()
    assert checkout.everything() == first


def test_a_dry_run_changes_nothing(checkout: Checkout) -> None:
    before = checkout.everything()
    assert f"edit    {SCHEMA}" in checkout.integrate("--dry-run").stdout
    assert checkout.everything() == before


def test_what_is_not_known_is_refused_whole(checkout: Checkout) -> None:
    checkout.replace(PAGE, "const pages: Page[] = [", "const tabs = [")
    before = checkout.everything()
    refused = checkout.integrate(code=1)
    assert "page.tsx: has no line" in refused.stderr and len(refused.stderr.splitlines()) == 1
    assert checkout.everything() == before


def test_a_folder_that_is_no_checkout_is_refused(bench: Bench) -> None:
    done = bench.tidemark("integrate", "ai-toolkit", str(bench.folder), check=False)
    assert done.returncode == 2 and "no ai-toolkit folder" in done.stderr


def test_rows_are_moved_over_and_back(checkout: Checkout) -> None:
    checkout.record()
    assert checkout.runs(checkout.metrics) == ["a_job"]
    theirs = checkout.tables(checkout.jobs)
    checkout.integrate()
    assert checkout.runs(checkout.jobs) == ["a_job"] and not checkout.metrics.exists()
    assert "a_job" in checkout.call(str(TIDEMARK), "report", "a_job").stdout
    checkout.record("another")
    assert checkout.runs(checkout.jobs) == ["a_job", "another"] and not checkout.metrics.exists()
    checkout.integrate("--remove")
    assert checkout.tables(checkout.jobs) == theirs
    assert checkout.runs(checkout.metrics) == ["a_job", "another"]
    assert checkout.git("status", "--porcelain") == ""


def test_a_separate_database_leaves_ai_toolkits_alone(checkout: Checkout) -> None:
    theirs = checkout.jobs.read_bytes()
    schema = checkout.text(SCHEMA)
    checkout.integrate("--separate-db")
    checkout.record()
    assert checkout.jobs.read_bytes() == theirs and checkout.text(SCHEMA) == schema
    assert checkout.runs(checkout.metrics) == ["a_job"]
    assert checkout.integrate("--separate-db", "--check").returncode == 0
    checkout.integrate()
    assert checkout.runs(checkout.jobs) == ["a_job"]
    checkout.integrate("--separate-db")
    assert checkout.runs(checkout.metrics) == ["a_job"] and "TidemarkRun" not in checkout.tables(checkout.jobs)


def test_another_commit_keeps_the_models(checkout: Checkout) -> None:
    checkout.replace(SCHEMA, "  name String @unique", "  name String @unique\n  pid  Int?")
    checkout.replace(PAGE, "value: 'overview',\n", "value: 'overview', // changed\n")
    checkout.commit("second")
    checkout.git("checkout", "-q", "first")
    checkout.record()
    checkout.integrate()
    for words in (("checkout", "-q", "second"), ("reset", "-q", "--hard", "first"), ("merge", "-q", "--ff-only", "second"),
                  ("checkout", "-q", "HEAD~1", "--", SCHEMA, PAGE), ("reset", "-q", "--hard", "second")):
        checkout.git(*words)
        assert "model TidemarkRun {" in checkout.text(SCHEMA), words
        assert "value: 'tidemark'" in checkout.text(PAGE), words
        assert checkout.runs(checkout.jobs) == ["a_job"], words
    assert "pid  Int?" in checkout.text(SCHEMA) and checkout.git("status", "--porcelain") == ""
    checkout.integrate("--remove")
    assert checkout.git("status", "--porcelain") == ""


def test_a_commit_whose_schema_cannot_have_them_gets_no_tables(checkout: Checkout) -> None:
    checkout.replace(SCHEMA, "model Job {", "model Task {")
    checkout.commit("strange")
    checkout.git("checkout", "-q", "first")
    checkout.record()
    checkout.integrate()
    assert checkout.runs(checkout.jobs) == ["a_job"]
    checkout.git("checkout", "-q", "strange")  # its hook
    assert not {"TidemarkRun", "MetricsSample"} & checkout.tables(checkout.jobs)
    assert checkout.runs(checkout.metrics) == ["a_job"]
    checkout.record("meanwhile")
    checkout.git("checkout", "-q", "first")
    assert checkout.runs(checkout.jobs) == ["a_job", "meanwhile"]


def test_models_that_were_lost_by_hand_come_back_with_the_next_look(checkout: Checkout) -> None:
    checkout.record()
    schema = checkout.text(SCHEMA)
    checkout.integrate()
    integrated = checkout.text(SCHEMA)
    (checkout.root / SCHEMA).write_text(schema)
    checkout.integrate("--repair")
    assert checkout.text(SCHEMA) == integrated and checkout.runs(checkout.jobs) == ["a_job"]


def test_hooks_that_were_there_go_on(checkout: Checkout) -> None:
    hook = checkout.root / ".git/hooks/post-checkout"
    hook.write_text("#!/bin/sh\necho theirs >> hook.log\n")
    hook.chmod(0o755)
    foreign = checkout.root / ".git/hooks/post-merge"
    foreign.write_text("#!/usr/bin/env python3\nprint('theirs')\n")
    foreign.chmod(0o755)
    before = {name: seen for name, seen in checkout.everything().items() if name.startswith(".git/hooks")}
    said = checkout.integrate().stderr
    assert "post-merge: is no shell script" in said
    checkout.git("checkout", "-q", "-b", "side")
    assert checkout.text("hook.log") == "theirs\n"
    checkout.integrate("--remove")
    assert {name: seen for name, seen in checkout.everything().items() if name.startswith(".git/hooks")} == before


def test_a_checkout_without_git_is_served_too(checkout: Checkout) -> None:
    shutil.rmtree(checkout.root / ".git")
    before = checkout.everything()
    checkout.integrate()
    assert "model TidemarkRun {" in checkout.text(SCHEMA)
    checkout.integrate("--remove")
    assert checkout.everything() == before


def test_a_run_that_is_being_recorded_is_not_moved_under(checkout: Checkout) -> None:
    code = "import time; print('up', flush=True); time.sleep(60)"
    running = subprocess.Popen([str(TIDEMARK), "run", "--name", "long", "--", PYTHON, "-c", code], cwd=checkout.root,
                               env=checkout.environment(), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        assert running.stdout is not None and running.stdout.readline() == b"up\n"
        refused = checkout.integrate(code=1)
        assert "long is being recorded" in refused.stderr
        assert checkout.git("status", "--porcelain", "--untracked-files=all") in ("", "?? aitk_metrics.db\n"
                                                                                  "?? aitk_metrics.db-shm\n?? aitk_metrics.db-wal\n")
        assert not (checkout.root / ".tidemark/state.json").exists()
        assert "model TidemarkRun {" not in checkout.text(SCHEMA)
    finally:
        running.terminate()
        running.wait(30)


def test_a_job_is_recorded_from_inside(checkout: Checkout) -> None:
    """The copy of the package that goes with the hook serves a Python that has none."""
    checkout.integrate()
    if not list(checkout.root.glob("extensions/tidemark_monitor/packages/tidemark/_tidemark.*")):
        pytest.skip("there is no Python package beside this executable")
    config = checkout.root / "job.json"
    config.write_text(json.dumps({"job": "extension", "config": {"name": "inside", "process": [
        {"type": "diffusion_trainer", "train": {"steps": 4, "save_every": 2}, "stand_in": {"oom_at": [1]}}]}}))
    checkout.call(str(TIDEMARK), "run", "--", PYTHON, "-S", "run.py", str(config))
    with closing(sqlite3.connect(f"file:{checkout.jobs}?mode=ro", uri=True)) as db:
        assert db.execute("SELECT step, batch_size, source FROM StepMetric ORDER BY id").fetchall() == \
            [(0, 2, "hook"), (2, 2, "hook"), (3, 2, "hook")]
        events = [kind for kind, in db.execute("SELECT event_type FROM TrainingEvent ORDER BY id")]
    assert {"model_load_start", "latent_caching_end", "optimizer_created", "oom_error", "checkpoint_save_start"} <= set(events)
    analysis = json.loads(checkout.call(str(TIDEMARK), "analyze", "last", "--json").stdout)
    assert analysis["job"]["name"] == "inside" and analysis["summary"]["training_completed"] is True
    assert analysis["summary"]["oom_count"] == 1
    assert os.path.exists(checkout.jobs)
