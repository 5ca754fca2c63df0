"""CPU of one background sample over a run with 16 workers: Tidemark's, the bare pread of the same
files, and psutil for the same facts over a run of the same shape."""
from __future__ import annotations

import json
import subprocess
import time

import psutil
from common import RELEASE, victim

ROUNDS = 300


def psutil_sample(root: psutil.Process) -> None:
    """The facts of a background sample, as a psutil user would read them (RSS: PSS costs far more)."""
    psutil.virtual_memory()
    psutil.swap_memory()
    psutil.cpu_times()
    for process in [root, *root.children(recursive=True)]:
        with process.oneshot():
            process.memory_info()
            process.cpu_times()
            process.name()


def psutil_cpu_seconds() -> float:
    with victim(workers=16) as pid:
        root = psutil.Process(pid)
        psutil_sample(root)
        start = time.process_time()
        for _ in range(ROUNDS):
            psutil_sample(root)
        return (time.process_time() - start) / ROUNDS


def our_cpu_seconds() -> dict[str, float]:
    """Medians of the sensing benchmark, which forks its own run with 16 workers."""
    done = subprocess.run([RELEASE / "src/sensing/sensing_bench", "--benchmark_format=json",
                           "--benchmark_repetitions=5", "--benchmark_report_aggregates_only=true"],
                          check=True, capture_output=True, text=True)
    scale = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3}
    return {row["run_name"]: row["cpu_time"] * scale[row["time_unit"]]
            for row in json.loads(done.stdout)["benchmarks"] if row["aggregate_name"] == "median"}


def main() -> None:
    ours = our_cpu_seconds()
    peer = psutil_cpu_seconds()
    floor = next(seconds for name, seconds in ours.items() if name.startswith("bare_reads"))
    print("CPU time of the reader, medians; main process and 16 workers:")
    for name, seconds in ours.items():
        print(f"  {name:<44} {seconds * 1e6:9.1f} us  {seconds / floor:7.2f} x floor")
    print(f"  {f'psutil, RSS only (mean of {ROUNDS})':<44} {peer * 1e6:9.1f} us  {peer / floor:7.2f} x floor")
    print("  (budget: a sample under 1.5 x floor)")


if __name__ == "__main__":
    main()
