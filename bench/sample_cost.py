"""CPU of one background sample over a run with 16 workers: Tidemark's, the bare pread of the same
files, and psutil for the same facts, over the same victim."""
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


def psutil_cpu_seconds(pid: int, rounds: int) -> float:
    root = psutil.Process(pid)
    psutil_sample(root)
    start = time.process_time()
    for _ in range(rounds):
        psutil_sample(root)
    return (time.process_time() - start) / rounds


def main() -> None:
    with victim(workers=16) as pid:
        ours = json.loads(subprocess.run([RELEASE / "src/sensing/sample_cost", str(pid), str(ROUNDS)],
                                         check=True, capture_output=True, text=True).stdout)
        peer = psutil_cpu_seconds(pid, ROUNDS)
    floor = ours["floor_cpu_seconds"]
    rows = [("bare pread of the same files (floor)", floor), ("Tidemark", ours["sample_cpu_seconds"]),
            ("psutil, RSS only", peer)]
    print(f"one background sample, main process and 16 workers, mean of {ROUNDS}, CPU time of the reader:")
    for name, seconds in rows:
        print(f"  {name:<38} {seconds * 1e6:9.1f} us   {seconds / floor:5.2f} x floor")
    print(f"  (budget: under 1.5 x floor; {ours['files']} files)")
    print(f"  the cheap look between samples: {ours['look_cpu_seconds'] * 1e6:.1f} us")


if __name__ == "__main__":
    main()
