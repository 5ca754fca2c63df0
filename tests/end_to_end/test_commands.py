"""jobs, report, rm, prune, doctor and the words of the command line."""
from __future__ import annotations

import json
import sqlite3

import pytest
from conftest import PYTHON, TIDEMARK, Bench


def test_jobs_are_listed_and_removed(bench: Bench) -> None:
    for name in ("one", "two"):
        bench.run("pass", "--name", name)
    names = {job["name"] for job in json.loads(bench.tidemark("jobs", "--json").stdout)}
    assert names == {"one", "two"}
    bench.tidemark("rm", "one")
    assert {job["name"] for job in json.loads(bench.tidemark("jobs", "--json").stdout)} == {"two"}
    left = bench.rows("SELECT count(*) FROM MetricsSample WHERE job_id NOT IN (SELECT id FROM TidemarkJob)")
    assert left == [(0,)]


def test_prune_keeps_what_is_young_and_the_last(bench: Bench) -> None:
    for _ in range(3):
        bench.run("pass", "--name", "lora")
    assert "0 runs" in bench.tidemark("prune", "--older-than", "1d").stderr
    assert "2 runs" in bench.tidemark("prune", "--older-than", "0s", "--keep-last", "1").stderr
    assert json.loads(bench.tidemark("jobs", "--json").stdout)[0]["runs"] == 1


def test_a_job_is_found_by_a_unique_beginning(bench: Bench) -> None:
    for name in ("alpha_one", "alpha_two", "beta"):
        bench.run("pass", "--name", name)
    assert bench.analysis("bet")["job"]["name"] == "beta"
    assert bench.analysis("last")["job"]["name"] == "beta"
    ambiguous = bench.tidemark("report", "alpha", check=False)
    assert ambiguous.returncode == 1
    assert "alpha_one" in ambiguous.stderr and "alpha_two" in ambiguous.stderr


def test_the_report_is_for_people_and_hostile_names_are_harmless(bench: Bench) -> None:
    name = "x\x1b[31m'; DROP TABLE MetricsSample; --<script>"
    bench.run("pass", "--name", name)
    text = bench.tidemark("report", "last").stdout
    assert "\x1b" not in text
    assert bench.analysis()["job"]["name"] == name
    assert bench.rows("SELECT count(*) FROM MetricsSample")[0][0] > 0


def test_doctor_says_what_the_machine_offers(bench: Bench) -> None:
    checks = {check["name"]: check for check in json.loads(bench.tidemark("doctor", "--json").stdout)}
    assert checks["pool host"]["verdict"] == "ok"
    assert checks["pool host"]["text"].startswith("limit ")
    assert {"pool cgroup", "pool shm", "pool process", "other programs", "kernel log", "database"} <= checks.keys()
    assert all(check["text"] for check in checks.values())


@pytest.mark.parametrize(("words", "said"), [
    (("nonsense",), "nonsense: there is no such command"),
    (("run", "--interval", "0.01", "--", "true"), "no number of seconds between 0.1 and 3600"),
    (("run", "--interval", "abc", "--", "true"), "'abc' is no number of seconds"),
    (("attach", "--pid", "1x"), "'1x' is no process id")])
def test_what_is_wrong_with_a_word_is_said(bench: Bench, words: tuple[str, ...], said: str) -> None:
    done = bench.tidemark(*words, check=False)
    assert done.returncode == 2
    assert said in done.stderr


@pytest.mark.parametrize("words", [(), ("nonsense",), ("run",), ("run", "--interval", "-1", "--", "true"),
                                   ("report",), ("prune", "--older-than", "soon"), ("attach", "--pid", "x")])
def test_wrong_words_are_told_with_code_2(bench: Bench, words: tuple[str, ...]) -> None:
    done = bench.tidemark(*words, check=False)
    assert done.returncode == 2, done.stderr


@pytest.mark.parametrize("command", ["run", "attach", "analyze", "report", "jobs", "top", "export", "doctor", "rm", "prune"])
def test_every_command_has_help(bench: Bench, command: str) -> None:
    assert "--db" in bench.tidemark(command, "--help").stdout


def test_attach_to_nobody(bench: Bench) -> None:
    done = bench.tidemark("attach", "--pid", "4194300", check=False)
    assert done.returncode == 1
    assert "4194300" in done.stderr


def test_a_database_with_only_another_writers_rows_is_read_as_run_1(bench: Bench) -> None:
    with sqlite3.connect(bench.database) as db:
        db.executescript("""
            CREATE TABLE MetricsSample (
              id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, timestamp REAL NOT NULL,
              total_memory_gb REAL, used_memory_gb REAL, available_memory_gb REAL, swap_used_gb REAL,
              main_process_memory_gb REAL, worker_memory_gb REAL, worker_count INTEGER,
              gpu_memory_used_gb REAL, gpu_utilization_percent REAL, cpu_utilization_percent REAL);
            CREATE TABLE TrainingEvent (
              id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, timestamp REAL NOT NULL,
              event_type TEXT NOT NULL, details TEXT, memory_snapshot_id INTEGER,
              FOREIGN KEY (memory_snapshot_id) REFERENCES MetricsSample(id));
            CREATE TABLE StepMetric (
              id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, step INTEGER NOT NULL, timestamp REAL NOT NULL,
              loss REAL, batch_size INTEGER, gradient_norm REAL, learning_rate REAL, step_time_seconds REAL);
            CREATE TABLE AnalysisReport (
              id INTEGER PRIMARY KEY AUTOINCREMENT, job_id TEXT NOT NULL, created_at REAL NOT NULL,
              summary TEXT NOT NULL, recommendations TEXT NOT NULL, log_errors TEXT, peak_memory_gb REAL, health_score TEXT);
            INSERT INTO MetricsSample (job_id, timestamp, total_memory_gb, used_memory_gb, available_memory_gb)
              VALUES ('abc', 1000, 128, 60, 68), ('abc', 1005, 128, 100, 28);
            INSERT INTO StepMetric (job_id, step, timestamp, loss) VALUES ('abc', 1, 1001, 0.5), ('abc', 2, 1004, 0.4);
        """)
    analysis = bench.analysis("abc")
    assert analysis["job"]["run"] == 1
    assert analysis["summary"]["peak_memory_gb"] == 100
    assert analysis["summary"]["steps_completed"] == 2
