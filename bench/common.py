"""Shared by the benchmarks: paths, a victim, /proc figures of one process."""
from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator

REPOSITORY = pathlib.Path(__file__).resolve().parents[1]
RELEASE = REPOSITORY / "build/release"
TIDEMARK = RELEASE / "tidemark"
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


@contextlib.contextmanager
def victim(workers: int = 16, parent_mib: int = 200, seconds: float = 600) -> Iterator[int]:
    """A running process with workers; yields its pid."""
    process = subprocess.Popen([sys.executable, str(REPOSITORY / "bench/victim.py"), str(workers), str(parent_mib),
                                str(seconds)], stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    try:
        yield process.pid
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far; resolution one tick (10 ms)."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def run_time_seconds(pid: int) -> float:
    """On-CPU time of all threads from schedstat, in nanosecond resolution."""
    total = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def pss_bytes(pid: int) -> int:
    for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("smaps_rollup has no Pss")
