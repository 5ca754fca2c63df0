"""Checkpoints: the trained weights in the dtype asked for, and the optimizer's state beside them."""
from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import torch
from torch.optim import Optimizer

DTYPES = {
    "float16": torch.float16, "fp16": torch.float16,
    "bf16": torch.bfloat16, "bfloat16": torch.bfloat16,
    "fp32": torch.float32, "float32": torch.float32,
}


class Saver:
    def __init__(self, save_root: pathlib.Path, name: str, dtype: str, saves_to_keep: int) -> None:
        self._root, self._name = save_root, name
        self._dtype = DTYPES[dtype]
        self._saves_to_keep = saves_to_keep

    def save(self, weights: Mapping[str, torch.Tensor], optimizer: Optimizer, step: int | None,
             steps_done: int) -> None:
        """`step` None is the last save, without a number in its name. While it runs, the weights are in
        memory a second time, in the dtype they are saved in."""
        self._root.mkdir(parents=True, exist_ok=True)
        print(f"\nSaving at step {steps_done if step is None else step}")
        file = self._root / (f"{self._name}.pt" if step is None else f"{self._name}_{step:09d}.pt")
        copies = {name: weight.detach().to(self._dtype, copy=True) for name, weight in weights.items()}
        _save_whole({"weights": copies, "step": steps_done}, file)
        del copies
        print(f"Saved checkpoint to {file}")
        optimizer_file = self._root / "optimizer.pt"
        _save_whole(optimizer.state_dict(), optimizer_file)
        print(f"Saved optimizer to {optimizer_file}")
        self._remove_old()

    def _remove_old(self) -> None:
        saves = sorted(self._root.glob(f"{self._name}_?????????.pt"))
        for save in saves[: -self._saves_to_keep] if self._saves_to_keep else []:
            print(f"Removing old save: {save}")
            save.unlink()


def _save_whole(what: Any, file: pathlib.Path) -> None:
    """A run killed here leaves the file before, not half of this one."""
    part = file.with_suffix(".part")
    torch.save(what, part)
    part.replace(file)


def load_weights(parameters: Mapping[str, torch.nn.Parameter], file: pathlib.Path) -> int:
    """Puts a checkpoint's weights into `parameters`. Returns the step it was saved at. Raises ValueError when
    it is a checkpoint of something else."""
    checkpoint = torch.load(file, map_location="cpu")
    weights = checkpoint["weights"]
    if weights.keys() != parameters.keys():
        raise ValueError(f"{file}: holds {len(weights)} weights that are not the {len(parameters)} of this model")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(weights[name])
    return int(checkpoint["step"])
