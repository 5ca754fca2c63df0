"""Training throughput with Tidemark and without, in pairs, and what they can show: a ratio with its 95 % interval.

Blocks of one process (switched_trainer.py): recorded and watched, or neither, the monitor stopped. What a monitor
had to do while it was stopped falls into the watched blocks, so its cost is overstated rather than hidden. Beside it
the same loop with two bare blocks a pair is the floor: what such pairs show where there is no difference.
"""
from __future__ import annotations

import math
import os
import pathlib
import statistics
import subprocess
import tempfile

from common import REPOSITORY, TIDEMARK
from monitor_cost import monitor_of

PAIRS = int(os.environ.get("TIDEMARK_BENCH_PAIRS", "1500"))
# Short: a virtual machine's speed wanders by some percent from one half second to the next, and neighbouring blocks
# share it. Long enough that waking the monitor, which only this benchmark does, is little of it.
BLOCK_SECONDS = float(os.environ.get("TIDEMARK_BENCH_BLOCK_SECONDS", "0.08"))
NORMAL_95 = 1.96  # hundreds of pairs: Student's t is the normal distribution's
TRIMMED_RATIO = 0.2  # of each end: blocks that some other program of the machine fell into


def quiet_environment(threads: int) -> dict[str, str]:
    """What makes one step as long as the next: OpenBLAS has threads of its own that spin beside torch's, and malloc
    would map and unmap each tensor of 128 KiB anew, with its page faults."""
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": str(threads),
            "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
            "MALLOC_TOP_PAD_": str(1 << 26)}


def pairs_of(folder: pathlib.Path, threads: int) -> list[tuple[float, float]]:
    """Seconds a step, bare and with Tidemark, of each pair of neighbouring blocks."""
    database = folder / f"switched_{threads}.db"
    trainer = [str(REPOSITORY / ".venv/bin/python"), str(REPOSITORY / "bench/switched_trainer.py"), str(PAIRS),
               str(BLOCK_SECONDS), str(threads)]
    run = subprocess.Popen([str(TIDEMARK), "run", "--db", str(database), "--name", "switched", "--", *trainer],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                           env=quiet_environment(threads))
    assert run.stdin is not None and run.stdout is not None
    assert run.stdout.readline().strip() == "ready"
    print(monitor_of(database), file=run.stdin, flush=True)
    pairs = [(float(bare), float(watched)) for bare, watched in (line.split() for line in run.stdout)]
    if run.wait() != 0 or len(pairs) != PAIRS:
        raise RuntimeError(f"the trainer ended with {run.returncode} after {len(pairs)} of {PAIRS} pairs")
    return pairs


def trimmed_mean(values: list[float]) -> tuple[float, float]:
    """Yuen's: the mean of the middle, and half the width of its 95 % interval from the winsorized variance."""
    ordered, cut = sorted(values), int(len(values) * TRIMMED_RATIO)
    middle = ordered[cut:len(ordered) - cut]
    winsorized = [middle[0]] * cut + middle + [middle[-1]] * cut
    kept = 1 - 2 * TRIMMED_RATIO
    return statistics.fmean(middle), NORMAL_95 * statistics.stdev(winsorized) / (kept * math.sqrt(len(values)))


def show(title: str, logs: list[float]) -> None:
    mean, width = statistics.fmean(logs), NORMAL_95 * statistics.stdev(logs) / math.sqrt(len(logs))
    for name, at, half in (("trimmed mean", *trimmed_mean(logs)), ("mean", mean, width)):
        print(f"  {title}, {name}: {math.expm1(at) * 100:+.2f} %, 95 % interval "
              f"{math.expm1(at - half) * 100:+.2f} % to {math.expm1(at + half) * 100:+.2f} %")


def main() -> None:
    for threads in sorted({1, os.cpu_count() or 1}):
        with tempfile.TemporaryDirectory() as folder:
            pairs = pairs_of(pathlib.Path(folder), threads)
        step_ms = statistics.fmean(bare for bare, _ in pairs) * 1e3
        print(f"{PAIRS} pairs of {BLOCK_SECONDS} s blocks, {threads} thread(s), a step of {step_ms:.1f} ms, a record with "
              "a loss tensor each; a step takes longer by")
        show("with Tidemark", [math.log(watched / bare) for bare, watched in pairs])
        bare = [seconds for seconds, _ in pairs]
        show("bare beside the next bare (the floor)", [math.log(b / a) for a, b in zip(bare[::2], bare[1::2])])
    print("  (budget: nothing that pairs can show, within 0.5 % on two cores)")


if __name__ == "__main__":
    main()
