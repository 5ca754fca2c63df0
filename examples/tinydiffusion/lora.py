"""Low-rank adapters beside frozen linear layers."""
from __future__ import annotations

import math

import torch
from torch import nn

from .quantization import QuantizedLinear


class LoraLinear(nn.Module):
    """base(x) + scale * up(down(x)). The adapter's weights are fp32 whatever the base's dtype is."""

    def __init__(self, base: nn.Linear | QuantizedLinear, rank: int, alpha: float) -> None:
        super().__init__()
        self.base = base
        self.scale = alpha / rank
        self.lora_down = nn.Parameter(torch.empty(rank, base.in_features))
        self.lora_up = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.lora_down, a=math.sqrt(5))

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        low = nn.functional.linear(inputs.to(self.lora_down.dtype), self.lora_down)
        change = nn.functional.linear(low, self.lora_up).mul(self.scale)
        result: torch.Tensor = self.base(inputs) + change.to(inputs.dtype)
        return result


def inject_lora(model: nn.Module, rank: int, alpha: float) -> int:
    """Puts an adapter on every linear layer of `model` and freezes all else. Returns how many."""
    model.requires_grad_(False)
    return _inject(model, rank, alpha)


def _inject(module: nn.Module, rank: int, alpha: float) -> int:
    count = 0
    for name, child in list(module.named_children()):
        if isinstance(child, (nn.Linear, QuantizedLinear)):
            setattr(module, name, LoraLinear(child, rank, alpha))
            count += 1
        else:
            count += _inject(child, rank, alpha)
    return count


def trainable_parameters(model: nn.Module) -> dict[str, nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}
