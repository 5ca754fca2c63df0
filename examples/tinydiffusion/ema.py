"""An exponential moving average of the trainable weights: one more whole copy of them."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping

import torch


class Ema:
    def __init__(self, parameters: Mapping[str, torch.nn.Parameter], decay: float) -> None:
        self._parameters = parameters
        self._decay = decay
        self.shadow = {name: parameter.detach().clone() for name, parameter in parameters.items()}

    @torch.no_grad()
    def update(self) -> None:
        for name, parameter in self._parameters.items():
            self.shadow[name].lerp_(parameter, 1 - self._decay)

    @contextlib.contextmanager
    def applied(self) -> Iterator[None]:
        """Inside, the model has the averaged weights; the trained ones wait in a second, temporary copy."""
        trained = {name: parameter.detach().clone() for name, parameter in self._parameters.items()}
        self._load(self.shadow)
        try:
            yield
        finally:
            self._load(trained)

    @torch.no_grad()
    def _load(self, values: Mapping[str, torch.Tensor]) -> None:
        for name, parameter in self._parameters.items():
            parameter.copy_(values[name])
