"""What a record costs in C++, beside its floor (the clock, and 64 bytes into a ring as large as a lane); and the
longest single record while a disk is written and synced as hard as it goes."""
from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess

from common import RELEASE

BUDGET_NS = 60
FLOOR = "clock_and_store_of_64_bytes"


def main() -> None:
    done = subprocess.run([RELEASE / "src/journal/journal_bench", "--benchmark_format=json",
                           "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true"],
                          check=True, capture_output=True, text=True)
    rows = [row for row in json.loads(done.stdout)["benchmarks"] if row["aggregate_name"] == "median"]
    scale = {"ns": 1.0, "us": 1e3, "ms": 1e6}
    cpu_ns = {row["run_name"]: row["cpu_time"] * scale[row["time_unit"]] for row in rows}
    print("CPU time of one call, medians of 5:")
    for name, cost in cpu_ns.items():
        print(f"  {name:<34} {cost:12.1f} ns  {cost / cpu_ns[FLOOR]:8.2f} x floor")
    step = cpu_ns["step_record"]
    print(f"  (budget: step_record under {BUDGET_NS} ns: {'kept' if step < BUDGET_NS else 'MISSED'})")


def stall() -> None:
    """$TIDEMARK_BENCH_STALL_GIB: how much is written (10); $TIDEMARK_BENCH_DISK: the folder (build)."""
    gib = int(os.environ.get("TIDEMARK_BENCH_STALL_GIB", "10"))
    folder = pathlib.Path(os.environ.get("TIDEMARK_BENCH_DISK", RELEASE.parent))
    free_gib = shutil.disk_usage(folder).free >> 30
    if free_gib < gib + 4:
        print(f"  left out: {folder} has {free_gib} GiB free; {gib + 4} are wanted to write {gib}")
        return
    print(f"  20,000 records a second while {gib} GiB are written to {folder} and synced each 256 MiB:", flush=True)
    subprocess.run([RELEASE / "src/journal/journal_stall_bench", folder, str(gib)], check=True)


if __name__ == "__main__":
    main()
    stall()
