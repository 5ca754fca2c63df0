"""export: the recorded rows of real runs, read back by other readers."""
from __future__ import annotations

import csv
import io
import json
import resource
import sqlite3
import subprocess

import pytest
from conftest import TIDEMARK, Bench

TRAINER = """
    import sys, time
    for step in range(1, 31):
        print(f"\\rtrain: 1%|#    | {step}/30 [00:01<01:00, 20.0it/s, lr: 1e-4 loss: 5.0e-01]", end="",
              file=sys.stderr, flush=True)
        time.sleep(0.05)
"""


def read_csv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_is_what_the_tables_hold(bench: Bench) -> None:
    bench.run(TRAINER, "--name", "one, \"two\"")
    samples = read_csv(bench.tidemark("export", "last", "--format", "csv").stdout)
    stored = bench.rows("SELECT timestamp, used_memory_gb, cpu_utilization_percent FROM MetricsSample ORDER BY timestamp")
    assert [float(row["used_memory_gb"]) for row in samples] == [row[1] for row in stored]
    assert [float(row["timestamp"]) for row in samples] == [row[0] for row in stored]
    steps = read_csv(bench.tidemark("export", "last", "--format", "csv", "--table", "steps").stdout)
    assert [int(row["step"]) for row in steps] == [row[0] for row in bench.rows("SELECT step FROM StepMetric ORDER BY step")]
    assert {row["source"] for row in steps} == {"bar"}
    events = read_csv(bench.tidemark("export", "last", "--format", "csv", "--table", "events").stdout)
    assert [row["event_type"] for row in events] == bench.event_types()
    assert all(json.loads(row["details"]) is not None for row in events if row["details"])


def test_json_is_what_the_tables_hold(bench: Bench) -> None:
    bench.run(TRAINER, "--name", "one")
    exported = json.loads(bench.tidemark("export", "one", "--format", "json").stdout)
    assert exported["job"]["name"] == "one" and exported["job"]["run"] == 1
    assert exported["job"]["status"] == "completed"
    for table, stored in (("samples", "MetricsSample"), ("steps", "StepMetric"), ("events", "TrainingEvent")):
        assert len(exported[table]) == bench.rows(f"SELECT count(*) FROM {stored}")[0][0] > 0


def test_prometheus_text_has_rising_times_in_each_series(bench: Bench) -> None:
    bench.run(TRAINER, "--name", 'quo"te')
    text = bench.tidemark("export", "last", "--format", "prometheus").stdout
    assert text.endswith("# EOF\n")
    times: dict[str, list[float]] = {}
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        series, _, at = line.rsplit(" ", 2)
        assert 'name="quo\\"te"' in series
        times.setdefault(series, []).append(float(at))
    assert any(series.startswith("tidemark_memory_used_bytes{") for series in times)
    assert any(series.startswith("tidemark_loss{") for series in times)
    for series, at in times.items():
        assert at == sorted(set(at)), series


def test_of_two_runs_the_one_that_is_named(bench: Bench) -> None:
    bench.run(TRAINER, "--name", "twice")
    bench.run("pass", "--name", "twice")
    first = json.loads(bench.tidemark("export", "twice", "--format", "json", "--run", "1").stdout)
    latest = json.loads(bench.tidemark("export", "twice", "--format", "json").stdout)
    assert len(first["steps"]) > 0 and latest["steps"] == []


def test_a_file_is_written(bench: Bench) -> None:
    bench.run("pass", "--name", "one")
    to_file = bench.tidemark("export", "one", "--format", "csv", "-o", "rows.csv")
    assert to_file.stdout == ""
    assert (bench.folder / "rows.csv").read_text() == bench.tidemark("export", "one", "--format", "csv").stdout
    refused = bench.tidemark("export", "one", "--format", "csv", "-o", "no/such/folder.csv", check=False)
    assert refused.returncode == 1 and "no/such/folder.csv" in refused.stderr


def test_a_full_disk_is_told(bench: Bench) -> None:
    bench.run("pass", "--name", "one")
    with open("/dev/full", "w") as full:
        done = subprocess.run([str(TIDEMARK), "export", "one", "--format", "csv"], env=bench.environment(), stdout=full,
                              stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1 and "No space left" in done.stderr


@pytest.mark.parametrize("words", [(), ("--format", "xml"), ("--format", "csv", "--table", "jobs"),
                                   ("--format", "prometheus", "--table", "events")])
def test_wrong_words(bench: Bench, words: tuple[str, ...]) -> None:
    assert bench.tidemark("export", "last", *words, check=False).returncode == 2


def test_a_job_that_is_not_there(bench: Bench) -> None:
    bench.run("pass", "--name", "one")
    done = bench.tidemark("export", "nobody", "--format", "csv", check=False)
    assert done.returncode == 1 and done.stdout == ""


@pytest.mark.long
def test_a_million_steps_in_bounded_memory(bench: Bench) -> None:
    bench.run("pass", "--name", "long")
    with sqlite3.connect(bench.database) as db:
        run, job = db.execute("SELECT id, job_id FROM TidemarkRun").fetchone()
        db.execute("""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000)
            INSERT INTO StepMetric (job_id, run_id, step, timestamp, loss, batch_size)
            SELECT ?, ?, i, 1700000000 + i * 0.0864, 1.0 / i, 4 FROM n""", (job, run))
    limit = 96 << 20  # of the address space that data takes: the rows are some 80 MB of text

    def bound() -> None:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))

    for form in ("csv", "json", "prometheus"):
        file = bench.folder / f"steps.{form}"
        done = subprocess.run([str(TIDEMARK), "export", "long", "--format", form, "--table", "steps", "-o", str(file)],
                              env=bench.environment(), preexec_fn=bound, capture_output=True, text=True, timeout=200)
        assert done.returncode == 0, done.stderr
        assert file.stat().st_size > 30 << 20
