"""Steps of ai-toolkit's stand-in trainer in neighbouring blocks of one process: hooked, bare, and bare once more.

usage: hooked_trainer.py BLOCKS STEPS        prints a line "hooked bare bare" a block, in nanoseconds a step

Of the thread's own CPU time: the hook waits for nothing, and what else the machine does is no part of it.
"""
from __future__ import annotations

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/support/aitk_stand_in/checkout"))

from extensions_built_in.sd_trainer.DiffusionTrainer import DiffusionTrainer  # noqa: E402
from tidemark.integrations import aitoolkit  # noqa: E402


class Job:
    name = "hooked"

    def __init__(self, config: dict) -> None:
        self.raw_config = {"job": "extension", "config": {"name": self.name, "process": [config]}}


def prepared(config: dict) -> DiffusionTrainer:
    """A job that has come to its loop."""
    process = DiffusionTrainer(0, Job(config), config)
    process.run()
    return process


def nanoseconds_per_step(process: DiffusionTrainer, steps: int) -> float:
    began = time.thread_time_ns()
    for step in range(steps):
        process.plan.calls.clear()
        process.one_step(step)
    return (time.thread_time_ns() - began) / steps


class Measured(DiffusionTrainer):
    """Its only "step" is the whole measurement, so that it is made while the job runs."""

    def measure(self, bare: list[DiffusionTrainer], blocks: int, steps: int) -> None:
        order = random.Random(0)
        for _ in range(blocks):
            turns = [self, *bare]
            order.shuffle(turns)
            took = {id(process): nanoseconds_per_step(process, steps) for process in turns}
            print(*(took[id(process)] for process in (self, *bare)), flush=True)

    def done_hook(self) -> None:
        self.measure(self.bare, self.blocks, self.block_steps)


def main(blocks: int, steps: int) -> None:
    config = {"train": {"steps": 0, "disable_sampling": True}, "stand_in": {"groups": 2}}
    bare = [prepared(config), prepared(config)]
    assert aitoolkit.install()
    measured = Measured(0, Job(config), config)
    measured.bare, measured.blocks, measured.block_steps = bare, blocks, steps
    measured.run()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
