"""Training throughput with Tidemark and without, in pairs: the same loop under `tidemark run` with a record each
step, and bare, in an order that alternates. What the pairs show is a ratio with its 95 % interval."""
from __future__ import annotations

import math
import os
import pathlib
import statistics
import subprocess
import tempfile

from common import REPOSITORY, TIDEMARK

PAIRS = int(os.environ.get("TIDEMARK_BENCH_PAIRS", "24"))
SECONDS = float(os.environ.get("TIDEMARK_BENCH_PAIR_SECONDS", "4"))
# Student's t for 95 %, by degrees of freedom; beyond the table the normal distribution's.
T_95 = {4: 2.776, 9: 2.262, 14: 2.145, 19: 2.093, 23: 2.069, 29: 2.045, 39: 2.023}


def seconds_per_step(record: bool, folder: pathlib.Path) -> float:
    trainer = [str(REPOSITORY / ".venv/bin/python"), str(REPOSITORY / "bench/paired_trainer.py"), str(SECONDS)]
    command = [*trainer, "plain"]
    if record:
        command = [str(TIDEMARK), "run", "--db", str(folder / "paired.db"), "--name", "paired", "--", *trainer, "record"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    steps, seconds = done.stdout.split()
    return float(seconds) / int(steps)


def half_width(ratios: list[float]) -> float:
    freedom = len(ratios) - 1
    t = T_95[max(known for known in T_95 if known <= freedom)] if freedom >= 4 else math.inf
    return t * statistics.stdev(ratios) / math.sqrt(len(ratios))


def main() -> None:
    logs, step_ms = [], []
    with tempfile.TemporaryDirectory() as folder:
        seconds_per_step(True, pathlib.Path(folder))  # files are warm
        for pair in range(PAIRS):
            first = seconds_per_step(pair % 2 == 0, pathlib.Path(folder))
            second = seconds_per_step(pair % 2 != 0, pathlib.Path(folder))
            with_us, bare = (first, second) if pair % 2 == 0 else (second, first)
            logs.append(math.log(with_us / bare))
            step_ms.append(bare * 1e3)
    mean, width = statistics.fmean(logs), half_width(logs)
    print(f"{PAIRS} pairs of {SECONDS:.0f} s, a step of {statistics.fmean(step_ms):.2f} ms, a record each step:")
    print(f"  a step takes {(math.exp(mean) - 1) * 100:+.2f} % longer with Tidemark, 95 % interval "
          f"{(math.exp(mean - width) - 1) * 100:+.2f} % to {(math.exp(mean + width) - 1) * 100:+.2f} %")
    print("  (budget: nothing that pairs can show, within 0.5 % on two cores)")


if __name__ == "__main__":
    main()
