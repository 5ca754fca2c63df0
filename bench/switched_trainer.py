"""A training loop that is its own control: blocks of steps, recorded and watched in one, neither in the next. Two
processes of the same loop differ by more than what is looked for here (where their memory happens to lie), two
neighbouring blocks of one process do not.

usage: switched_trainer.py PAIRS BLOCK_SECONDS THREADS        reads the monitor's pid from standard input;
                                                      prints a line "off_seconds_per_step on_seconds_per_step" a pair
"""
from __future__ import annotations

import contextlib
import os
import random
import signal
import sys
import time
from collections.abc import Callable

import tidemark
import torch


def timed_block(step: Callable[[], None], seconds: float) -> float:
    steps, started = 0, time.perf_counter()
    while (took := time.perf_counter() - started) < seconds:
        step()
        steps += 1
    return took / steps


def main(pairs: int, block_seconds: float, threads: int) -> None:
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 256))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    batch = torch.randn(4096, 256)
    order = random.Random(0)
    count = 0

    def train() -> torch.Tensor:
        loss = torch.nn.functional.mse_loss(model(batch), batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    with tidemark.monitor(name="switched") as run:
        def recorded() -> None:
            nonlocal count
            run.step(count, loss=train(), batch_size=4096, learning_rate=1e-4)
            count += 1

        def bare() -> None:
            nonlocal count
            train()
            count += 1

        print("ready", flush=True)
        monitor = int(sys.stdin.readline())
        timed_block(recorded, 2)
        with contextlib.ExitStack() as undo:
            undo.callback(os.kill, monitor, signal.SIGCONT)
            for _ in range(pairs):
                took: dict[bool, float] = {}
                for watched in order.sample([False, True], 2):
                    os.kill(monitor, signal.SIGCONT if watched else signal.SIGSTOP)
                    took[watched] = timed_block(recorded if watched else bare, block_seconds)
                print(took[False], took[True], flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]))
