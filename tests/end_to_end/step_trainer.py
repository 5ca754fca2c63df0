"""A trainer that records steps as fast as it is told, and keeps an account of its own that outlives it: one
byte a step in a mapped file, 1 where `run.step` answered true.

usage: step_trainer.py ACCOUNT STEPS STEPS_PER_SECOND [ending]
ending: end | raise | oom (grows until the kernel kills it) | hang
"""
from __future__ import annotations

import mmap
import sys
import time

import tidemark

BATCH_SECONDS = 0.002


def main(account: str, steps: int, rate: float, ending: str) -> None:
    with open(account, "r+b") as file:
        taken = mmap.mmap(file.fileno(), 0)
    held = []
    with tidemark.monitor(name="crash") as run:
        begun = time.monotonic()
        for step in range(steps):
            taken[step] = run.step(step, loss=1.0 / (step + 1), batch_size=4, learning_rate=1e-4)
            ahead = begun + step / rate - time.monotonic() if step % 20 == 0 else 0.0
            if ahead > BATCH_SECONDS:
                time.sleep(ahead)
            if ending == "oom" and step % 200 == 0:
                held.append(bytearray(4 << 20))
        if ending == "raise":
            raise ValueError("as it was told")
        while ending == "hang":
            time.sleep(0.1)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4] if len(sys.argv) > 4 else "end")
