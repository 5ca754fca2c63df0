"""The optimizers by ai-toolkit's names. What differs between them for memory is the state they keep for a
trainable number: Adam's two fp32 (8 bytes), the same in 8 bits (2 and a little), Lion's one, Adafactor's
almost none."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import torch
from torch.optim import Optimizer

from .eight_bit import FIRST_MOMENT, SECOND_MOMENT, begin_moment, load_moment, store_moment

Parameters = Iterable[torch.nn.Parameter]


class ParameterwiseOptimizer(Optimizer):
    """Updates one parameter after the other, so that temporaries are as large as one parameter only."""

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    parameter.mul_(1 - group["lr"] * group["weight_decay"])
                    self.update(parameter, parameter.grad, self.state[parameter], group)

    def update(self, parameter: torch.Tensor, gradient: torch.Tensor, state: dict[str, Any],
               group: dict[str, Any]) -> None:
        raise NotImplementedError


class AdamW8bit(ParameterwiseOptimizer):
    """AdamW with both moments in 8 bits; without weight decay it is Adam."""

    def __init__(self, parameters: Parameters, lr: float, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    def update(self, parameter: torch.Tensor, gradient: torch.Tensor, state: dict[str, Any],
               group: dict[str, Any]) -> None:
        if not state:
            state["step"] = 0
            begin_moment(state, "first", FIRST_MOMENT, parameter, bits=8)
            begin_moment(state, "second", SECOND_MOMENT, parameter, bits=8)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        first = load_moment(state, "first", FIRST_MOMENT, parameter).lerp_(gradient, 1 - beta1)
        store_moment(state, "first", FIRST_MOMENT, first)
        second = load_moment(state, "second", SECOND_MOMENT, parameter).mul_(beta2)
        second.addcmul_(gradient, gradient, value=1 - beta2)
        store_moment(state, "second", SECOND_MOMENT, second)
        root = second.sqrt().div_((1 - beta2 ** state["step"]) ** 0.5).add_(group["eps"])
        parameter.addcdiv_(first, root, value=-group["lr"] / (1 - beta1 ** state["step"]))


class Lion(ParameterwiseOptimizer):
    """One moment, and steps by its sign."""

    def __init__(self, parameters: Parameters, lr: float, betas: tuple[float, float] = (0.9, 0.99),
                 weight_decay: float = 0.0, bits: int = 32) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "weight_decay": weight_decay, "bits": bits})

    def update(self, parameter: torch.Tensor, gradient: torch.Tensor, state: dict[str, Any],
               group: dict[str, Any]) -> None:
        if not state:
            begin_moment(state, "first", FIRST_MOMENT, parameter, group["bits"])
        beta1, beta2 = group["betas"]
        first = load_moment(state, "first", FIRST_MOMENT, parameter)
        parameter.add_(first.lerp(gradient, 1 - beta1).sign_(), alpha=-group["lr"])
        store_moment(state, "first", FIRST_MOMENT, first.lerp_(gradient, 1 - beta2))


class Adafactor(ParameterwiseOptimizer):
    """The second moment of a matrix as the product of its row and column means; no first moment."""

    def __init__(self, parameters: Parameters, lr: float, decay_rate: float = -0.8, clip_threshold: float = 1.0,
                 weight_decay: float = 0.0) -> None:
        super().__init__(parameters, {"lr": lr, "decay_rate": decay_rate, "clip_threshold": clip_threshold,
                                      "weight_decay": weight_decay})

    def update(self, parameter: torch.Tensor, gradient: torch.Tensor, state: dict[str, Any],
               group: dict[str, Any]) -> None:
        state["step"] = state.get("step", 0) + 1
        weight = state["step"] ** group["decay_rate"]  # 1 at the first step: the new value alone
        squared = gradient.square().add_(1e-30)
        if squared.dim() < 2:
            change = gradient * torch.rsqrt(_averaged(state, "second", squared, weight))
        else:
            rows = _averaged(state, "rows", squared.mean(dim=-1), weight)
            columns = _averaged(state, "columns", squared.mean(dim=-2), weight)
            change = gradient * torch.rsqrt(rows / rows.mean(dim=-1, keepdim=True)).unsqueeze(-1)
            change.mul_(torch.rsqrt(columns).unsqueeze(-2))
        change.div_((change.square().mean().sqrt() / group["clip_threshold"]).clamp_min(1.0))
        parameter.add_(change, alpha=-group["lr"])


def _averaged(state: dict[str, Any], name: str, value: torch.Tensor, weight: float) -> torch.Tensor:
    """The moving average `name` after `value` came in with `weight`."""
    if name not in state:
        state[name] = torch.zeros_like(value)
    average: torch.Tensor = state[name].lerp_(value, weight)
    return average


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "adamw8bit": AdamW8bit,
    "adamw8": AdamW8bit,
    "adam8bit": partial(AdamW8bit, weight_decay=0.0),
    "adam8": partial(AdamW8bit, weight_decay=0.0),
    "adafactor": Adafactor,
    "lion": Lion,
    "lion8bit": partial(Lion, bits=8),
    "sgd": torch.optim.SGD,
}


def make_optimizer(name: str, parameters: Parameters, lr: float) -> Optimizer:
    return OPTIMIZERS[name](parameters, lr=lr)


def learning_rate_at(scheduler: str, lr: float, step: int, steps: int) -> float:
    """The rate of a step: constant, or falling to nothing over the run."""
    done = step / steps
    if scheduler == "linear":
        return lr * (1 - done)
    if scheduler == "cosine":
        return lr * (1 + float(torch.cos(torch.tensor(done * torch.pi)))) / 2
    return lr
