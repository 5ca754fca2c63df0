"""The monitor beside a run with 16 workers for a minute at the defaults: CPU share and PSS."""
from __future__ import annotations

import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import time

from common import REPOSITORY, TIDEMARK, pss_bytes, run_time_seconds

SECONDS = float(os.environ.get("TIDEMARK_BENCH_SECONDS", "60"))


def monitor_of(database: pathlib.Path) -> int:
    for _ in range(200):
        time.sleep(0.1)
        try:
            with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
                return int(db.execute("SELECT monitor_pid FROM TidemarkRun").fetchone()[0])
        except (sqlite3.Error, TypeError):
            continue
    raise RuntimeError("the monitor did not begin a run")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = pathlib.Path(folder) / "bench.db"
        run = subprocess.Popen(
            [TIDEMARK, "run", "--db", str(database), "--name", "bench", "--", sys.executable,
             str(REPOSITORY / "bench/victim.py"), "16", "200", str(SECONDS + 15)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        monitor = monitor_of(database)
        time.sleep(10)  # the start (workers appear, first PSS reads) is told apart from the steady state
        start_cpu, started = run_time_seconds(monitor), time.monotonic()
        pss: list[int] = []
        while time.monotonic() - started < SECONDS:
            time.sleep(5)
            pss.append(pss_bytes(monitor))
        cpu, wall = run_time_seconds(monitor) - start_cpu, time.monotonic() - started
        run.terminate()
        run.wait()
    print(f"monitor, 16 workers, default interval (5 s), {wall:.0f} s:")
    print(f"  CPU {cpu / wall * 100:.3f} % of one core  (budget 0.1 %)")
    print(f"  PSS {max(pss) / 2**20:.1f} MiB highest, {sum(pss) / len(pss) / 2**20:.1f} MiB mean  (budget 12 MB)")
    print(json.dumps({"monitor_cpu_ratio": cpu / wall, "monitor_pss_bytes": max(pss)}))


if __name__ == "__main__":
    main()
