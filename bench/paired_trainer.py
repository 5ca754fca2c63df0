"""A training loop for the paired benchmark: one thread, steps of a few milliseconds, with records or without.

usage: paired_trainer.py SECONDS record|plain      prints the steps done and the seconds they took
"""
from __future__ import annotations

import contextlib
import sys
import time
from typing import Any

import torch


def main(seconds: float, record: bool) -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(256, 512), torch.nn.ReLU(), torch.nn.Linear(512, 256))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    batch = torch.randn(64, 256)
    with contextlib.ExitStack() as stack:
        run: Any = None
        if record:
            import tidemark
            run = stack.enter_context(tidemark.monitor(name="paired"))
        for warm_up in (True, False):
            steps, started = 0, time.perf_counter()
            while time.perf_counter() - started < (1.0 if warm_up else seconds):
                loss = torch.nn.functional.mse_loss(model(batch), batch)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                if run is not None:
                    run.step(steps, loss=loss, batch_size=64, learning_rate=1e-4)
                steps += 1
            took = time.perf_counter() - started
    print(steps, took)


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[2] == "record")
