"""Optimizer states in 8 bits a number, with the largest magnitude of every block of 256 beside them.

In an optimizer's state a moment called `name` is the fp32 tensor `name`, or the pair `name`_codes and
`name`_largest: plain tensors, so that state_dict() and torch.save know them.
"""
from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

BLOCK = 256
# Below this size a state stays fp32: it would not matter for memory, and small tensors (norms, biases) are
# the ones that 8 bits hurt.
MIN_8BIT_SIZE = 4096


@dataclass(frozen=True)
class Code:
    """A code stands for (code/highest)^power of its block's magnitude. A power above one spends the codes on
    small numbers: a second moment spans many magnitudes, and one rounded to nothing would make a huge step."""

    power: int
    signed: bool

    @property
    def highest(self) -> int:
        return 127 if self.signed else 255

    def decode(self, codes: torch.Tensor, largest: torch.Tensor) -> torch.Tensor:
        part = codes.float().div_(self.highest)
        if self.signed:
            return part.abs().pow_(self.power).copysign_(part).mul_(largest)
        # Code 0 stands for the middle of what rounds to it, not for nothing.
        return part.clamp_min_(0.5 / self.highest).pow_(self.power).mul_(largest)

    def encode(self, blocks: torch.Tensor, codes: torch.Tensor, largest: torch.Tensor) -> None:
        torch.amax(blocks.abs(), dim=1, keepdim=True, out=largest)
        part = blocks.abs().div_(largest.clamp_min(1e-38)).pow_(1 / self.power).mul_(self.highest).round_()
        codes.copy_(part.copysign_(blocks) if self.signed else part)


FIRST_MOMENT = Code(power=2, signed=True)
SECOND_MOMENT = Code(power=4, signed=False)


def begin_moment(state: dict[str, Any], name: str, code: Code, parameter: torch.Tensor, bits: int) -> None:
    if bits == 32 or parameter.numel() < MIN_8BIT_SIZE:
        state[name] = torch.zeros_like(parameter)
        return
    blocks = -(-parameter.numel() // BLOCK)
    state[f"{name}_codes"] = torch.zeros(blocks, BLOCK, dtype=torch.int8 if code.signed else torch.uint8)
    state[f"{name}_largest"] = torch.zeros(blocks, 1)


def load_moment(state: dict[str, Any], name: str, code: Code, parameter: torch.Tensor) -> torch.Tensor:
    """The moment as fp32 in `parameter`'s shape: the state itself, or what its codes stand for."""
    if name in state:
        fp32: torch.Tensor = state[name]
        return fp32
    values = code.decode(state[f"{name}_codes"], state[f"{name}_largest"])
    return values.view(-1)[: parameter.numel()].view_as(parameter)


def store_moment(state: dict[str, Any], name: str, code: Code, values: torch.Tensor) -> None:
    """After load_moment() and changes in place."""
    if name in state:
        return
    codes = state[f"{name}_codes"]
    blocks = torch.zeros(codes.shape)
    blocks.view(-1)[: values.numel()] = values.reshape(-1)
    code.encode(blocks, codes, state[f"{name}_largest"])
