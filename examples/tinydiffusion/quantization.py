"""Frozen weights in 8 or 4 bits, given back in the computing dtype layer by layer.

torch 1.13 has no float8: `qfloat8` and `float8` are stored as int8 with a scale per row, which is the same
number of bytes.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

BITS_OF_QTYPE = {"qfloat8": 8, "float8": 8, "qint8": 8, "int8": 8, "qint4": 4, "uint4": 4}


class _DequantizedLinear(torch.autograd.Function):
    """x W^T, keeping the packed weight for the backward pass: the dequantized one would otherwise stay
    alive in every layer until then, and nothing would have been saved."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, weight_of: Callable[[torch.dtype], torch.Tensor],
                bias: torch.Tensor | None) -> torch.Tensor:
        ctx.weight_of = weight_of
        return nn.functional.linear(inputs, weight_of(inputs.dtype), bias)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return gradient @ ctx.weight_of(gradient.dtype), None, None


class QuantizedLinear(nn.Module):
    """A frozen nn.Linear whose weight rests in `bits` bits."""

    packed: torch.Tensor
    scale: torch.Tensor
    bias: torch.Tensor | None

    def __init__(self, linear: nn.Linear, bits: int) -> None:
        super().__init__()
        self.in_features, self.out_features, self.bits = linear.in_features, linear.out_features, bits
        weight = linear.weight.detach().float()
        highest = 127 if bits == 8 else 7
        scale = weight.abs().amax(dim=1, keepdim=True).clamp_min(1e-8) / highest
        codes = (weight / scale).round_().to(torch.int8)
        self.register_buffer("packed", codes if bits == 8 else _pack_nibbles(codes))
        self.register_buffer("scale", scale)
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach())

    def weight_in(self, dtype: torch.dtype) -> torch.Tensor:
        codes = self.packed if self.bits == 8 else _unpack_nibbles(self.packed, self.in_features)
        return codes.to(dtype).mul_(self.scale.to(dtype))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        result: torch.Tensor = _DequantizedLinear.apply(inputs, self.weight_in, self.bias)
        return result


def _pack_nibbles(codes: torch.Tensor) -> torch.Tensor:
    raised = (codes + 8).to(torch.uint8)
    if raised.shape[1] % 2:
        raised = nn.functional.pad(raised, (0, 1))
    return raised[:, ::2] | (raised[:, 1::2] << 4)


def _unpack_nibbles(packed: torch.Tensor, columns: int) -> torch.Tensor:
    both = torch.stack((packed & 15, packed >> 4), dim=2).flatten(1)[:, :columns]
    return both.to(torch.int8).sub_(8)


def quantize_linears(module: nn.Module, qtype: str) -> None:
    """Replaces every nn.Linear inside `module`, one at a time, so that one full weight is alive at most
    beside the packed ones."""
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            setattr(module, name, QuantizedLinear(child, BITS_OF_QTYPE[qtype]))
        else:
            quantize_linears(child, qtype)
