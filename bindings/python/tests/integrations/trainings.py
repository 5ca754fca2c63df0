"""Small real trainings for processes of their own: `trainings.py FRAMEWORK RESULT [oom]`.

What the framework itself says of its steps is written to RESULT as JSON. Started by test_recorded.py.
"""
from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

os.environ.update(HF_HUB_OFFLINE="1", TRANSFORMERS_OFFLINE="1", CUDA_VISIBLE_DEVICES="")
STEPS = 6


def fail_if(wanted: bool, step: int) -> None:
    if wanted and step == 4:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB (GPU 0; 79.15 GiB total capacity)")


def train_transformers(oom: bool) -> list[dict[str, float]]:
    import test_transformers as cases

    from tidemark.integrations.transformers import TidemarkCallback

    class OutOfMemory(cases.TrainerCallback):  # type: ignore[misc,name-defined]
        def on_step_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
            fail_if(oom, state.global_step + 1)

    keeper = cases.LogKeeper()
    trainer = cases.make_trainer(TidemarkCallback(name="a job"), keeper, OutOfMemory(), max_steps=STEPS,
                                 save_strategy="steps", save_steps=STEPS)
    trainer.train()
    return [{"step": log["step"], "loss": log["loss"]} for log in keeper.logs]


def train_lightning(oom: bool) -> list[dict[str, float]]:
    import lightning.pytorch as pl
    import test_lightning as cases

    from tidemark.integrations.lightning import TidemarkCallback

    module = cases.make_module(pl, lambda batch_idx: fail_if(oom, batch_idx + 1))
    devices = int(os.environ.get("WORLD_SIZE", "1"))
    trainer = cases.make_trainer(pl, TidemarkCallback(name="a job"), devices=devices,
                                 **({"strategy": "ddp"} if devices > 1 else {}))
    trainer.fit(module, cases.batches(cases.BATCHES * cases.BATCH * devices), cases.batches())
    return [{"step": index + 1, "loss": loss} for index, loss in enumerate(module.losses)]


def train_accelerate(oom: bool) -> list[dict[str, float]]:
    import test_accelerate as cases

    from tidemark.integrations.accelerate import TidemarkTracker

    losses = cases.train(TidemarkTracker("a job"), config={"note": "mine"}, steps=STEPS, fail_at=4 if oom else 0)
    return [{"step": index + 1, "loss": loss} for index, loss in enumerate(losses)]


TRAININGS: dict[str, Callable[[bool], list[dict[str, float]]]] = {
    "transformers": train_transformers, "lightning": train_lightning, "accelerate": train_accelerate}

if __name__ == "__main__":
    told = TRAININGS[sys.argv[1]]("oom" in sys.argv[3:])
    with open(f"{sys.argv[2]}.{os.environ.get('RANK', '0')}", "w", encoding="utf-8") as result:
        json.dump(told, result)
