"""What a step of an ai-toolkit job pays for the hook: paired blocks of the stand-in trainer, whose own step does next to
nothing, so that the difference is the hook's alone, in CPU time of its thread. Two bare twins beside it are the floor."""
from __future__ import annotations

import os
import pathlib
import statistics
import subprocess
import tempfile

from common import REPOSITORY, TIDEMARK
from training_cost import trimmed_mean

BLOCKS = int(os.environ.get("TIDEMARK_BENCH_BLOCKS", "600"))
STEPS = 200


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = pathlib.Path(folder) / "hooked.db"
        trainer = [str(REPOSITORY / ".venv/bin/python"), str(REPOSITORY / "bench/hooked_trainer.py"), str(BLOCKS), str(STEPS)]
        done = subprocess.run([str(TIDEMARK), "run", "--db", str(database), "--name", "hooked", "--", *trainer],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    blocks = [[float(word) for word in line.split()] for line in done.stdout.splitlines()]
    if done.returncode != 0 or len(blocks) != BLOCKS:
        raise RuntimeError(f"the trainer ended with {done.returncode} after {len(blocks)} blocks: {done.stderr[-500:]}")
    hook, width = trimmed_mean([hooked - bare for hooked, bare, _ in blocks])
    floor, floor_width = trimmed_mean([one - other for _, one, other in blocks])
    print(f"the stand-in's own step   {statistics.median(bare for _, bare, _ in blocks) / 1000:8.2f} us")
    print(f"the hook's part of a step {hook / 1000:8.2f} us +- {width / 1000:.2f} (95 %, {BLOCKS} pairs of {STEPS} steps)")
    print(f"the same of two bare ones {floor / 1000:8.2f} us +- {floor_width / 1000:.2f}")
    print(f"of a step of one second   {hook / 1e9:.5%}")
