"""What the stand-in has in the place of torch and accelerate: things that can be counted, and a plan of what goes wrong."""
from __future__ import annotations

import time
from types import SimpleNamespace


class Tensor:
    def __init__(self, count: int, dtype: str = "torch.bfloat16", device: str = "cpu") -> None:
        self.count, self.dtype, self.device = count, dtype, device

    def numel(self) -> int:
        return self.count

    def element_size(self) -> int:
        return 4 if self.dtype == "torch.float32" else 2


class Module:
    def __init__(self, *counts: int, dtype: str = "torch.bfloat16") -> None:
        self.tensors = [Tensor(count, dtype) for count in counts]

    def parameters(self):
        return iter(self.tensors)


class Accelerator:
    def __init__(self, is_main_process: bool) -> None:
        self.is_main_process = is_main_process
        self.device = "cpu"

    def clip_grad_norm_(self, parameters, max_norm):
        return 3.0 if len(parameters) % 2 else 4.0


class Plan:
    """`config.process[0].stand_in`: see the README."""

    def __init__(self, told: dict) -> None:
        self.told = told
        self.calls: list[str] = []

    def reaches(self, place: str) -> None:
        self.calls.append(place)
        if self.told.get("raises_in") == place:
            raise RuntimeError(f"raised in {place}")

    def takes(self, what: str) -> None:
        if seconds := self.told.get(what, 0.0):
            time.sleep(seconds)

    def batches(self, step: int, accumulation: int) -> list:
        sizes = self.told.get("batch_sizes", [2])
        size = sizes[step % len(sizes)]
        item = SimpleNamespace(crop_width=512, crop_height=768 if step % 2 else 512, num_frames=1)
        return [SimpleNamespace(file_items=[item] * size) for _ in range(accumulation)]
