"""A database with one run of 24 hours: 17,280 samples at 5 s and 1,000,000 steps."""
from __future__ import annotations

import math
import pathlib
import sqlite3
import subprocess
from collections.abc import Iterator

from common import TIDEMARK

SAMPLES, STEPS, SECONDS = 17_280, 1_000_000, 86_400.0


def samples(job: str, run: int, start: float) -> Iterator[tuple[object, ...]]:
    for i in range(SAMPLES):
        used = 30 + 4 * math.sin(i / 300) + (i * 7919 % 97) / 100
        yield (job, run, start + i * SECONDS / SAMPLES, 64.0, used, 64 - used, 0.1 * (i % 13), 12 + (i * 31 % 512) / 1024, 3.0, 4,
               18 + (i % 50) / 10, 90.0 + i % 10, 50.0 + i % 7)


def steps(job: str, run: int, start: float) -> Iterator[tuple[object, ...]]:
    for i in range(STEPS):
        yield (job, run, i + 1, start + (i + 1) * SECONDS / STEPS, 0.5 + 1 / (1 + i / 1000) + (i * 7919 % 101) / 1000, 4,
               1.0 + (i % 89) / 100, 1e-4, SECONDS / STEPS + (i % 17) / 10_000)


def make(database: pathlib.Path, job: str = "day") -> None:
    """The schema, the run and its end are the program's own; the rows are put in beside them."""
    subprocess.run([TIDEMARK, "run", "--db", str(database), "--job-id", job, "--name", job, "--", "sleep", "1"], check=True,
                   capture_output=True)
    with sqlite3.connect(database) as connection:
        (run,) = connection.execute("SELECT DISTINCT run_id FROM MetricsSample WHERE job_id = ?", (job,)).fetchone()
        (end,) = connection.execute("SELECT max(timestamp) FROM MetricsSample WHERE job_id = ?", (job,)).fetchone()
        start = end - SECONDS
        connection.executemany(
            "INSERT INTO MetricsSample (job_id, run_id, timestamp, total_memory_gb, used_memory_gb, available_memory_gb, "
            "swap_used_gb, main_process_memory_gb, worker_memory_gb, worker_count, gpu_memory_used_gb, gpu_utilization_percent, "
            "cpu_utilization_percent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", samples(job, run, start))
        connection.executemany(
            "INSERT INTO StepMetric (job_id, run_id, step, timestamp, loss, batch_size, gradient_norm, learning_rate, "
            "step_time_seconds) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", steps(job, run, start))
