"""One step: loss of every micro batch, backward, clip, update."""
from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from .config import TrainOptions
from .console import Timer
from .data import Batch
from .ema import Ema
from .encoders import Encoders
from .faults import ProcessFaults
from .model import Denoiser


@dataclass(frozen=True)
class StepResult:
    loss: float  # not a number where the loss was not
    gradient_norm: float | None  # before clipping; absent where nothing clips


class TrainingStep:
    def __init__(self, denoiser: Denoiser, encoders: Encoders, parameters: Mapping[str, torch.nn.Parameter],
                 optimizer: torch.optim.Optimizer, ema: Ema | None, options: TrainOptions, faults: ProcessFaults,
                 timer: Timer) -> None:
        self._denoiser, self._encoders = denoiser, encoders
        self._parameters, self._optimizer, self._ema = parameters, optimizer, ema
        self._options, self._faults, self._timer = options, faults, timer

    def run(self, step: int, micro_batches: Sequence[Batch], learning_rate: float) -> StepResult:
        for group in self._optimizer.param_groups:
            group["lr"] = learning_rate
        self._faults.inside_step(step)
        total = 0.0
        for batch in micro_batches:
            loss = self._faults.loss_of(step, self._loss(batch) / len(micro_batches))
            total += loss.item()
            if torch.isnan(loss):
                print("loss is nan")
                continue
            with self._timer("backward"):
                loss.backward()
        norm = self._clip()
        with self._timer("optimizer_step"):
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)
        if self._ema is not None:
            with self._timer("ema_update"):
                self._ema.update()
        return StepResult(total, norm)

    def abandon(self) -> None:
        """After an error inside run(): nothing of the step is kept."""
        self._optimizer.zero_grad(set_to_none=True)

    def _loss(self, batch: Batch) -> torch.Tensor:
        with self._timer("prepare_latents"):
            latents = self._encoders.latents_of(batch)
        with self._timer("encode_prompt"):
            text = self._encoders.text_of(batch)
        noise = torch.randn_like(latents)
        time = torch.sigmoid(torch.randn(len(batch)))
        mixture = time.view(-1, 1, 1, 1)
        with self._timer("predict_unet"):
            velocity = self._denoiser((1 - mixture) * latents + mixture * noise, time, text)
        with self._timer("calculate_loss"):
            return torch.nn.functional.mse_loss(velocity, noise - latents)

    def _clip(self) -> float | None:
        # Adafactor clips its own updates.
        if self._options.optimizer == "adafactor" or self._options.max_grad_norm == 0:
            return None
        return float(torch.nn.utils.clip_grad_norm_(list(self._parameters.values()), self._options.max_grad_norm))


def is_out_of_memory(error: Exception) -> bool:
    """torch says so in a RuntimeError's text, differently on each device."""
    text = str(error)
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and ("can't allocate memory" in text or "out of memory" in text))
