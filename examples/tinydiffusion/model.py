"""The denoiser: a small diffusion transformer over patches of the latents, told the time and the caption."""
from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from .config import ModelOptions


def waves_of(position: torch.Tensor, width: int) -> torch.Tensor:
    """Sines and cosines of `position` at `width`/2 frequencies."""
    frequencies = torch.exp(torch.arange(width // 2) * (-math.log(10000.0) / (width // 2)))
    angles = position.float().unsqueeze(-1) * frequencies
    return torch.cat((angles.sin(), angles.cos()), dim=-1)


class Attention(nn.Module):
    """Of `inputs` to `others`, with the whole matrix of weights in memory."""

    def __init__(self, hidden: int, others: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(hidden, hidden)
        self.key = nn.Linear(others, hidden)
        self.value = nn.Linear(others, hidden)
        self.out = nn.Linear(hidden, hidden)

    def forward(self, inputs: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
        query = self._split(self.query(inputs))
        key, value = self._split(self.key(others)), self._split(self.value(others))
        weights = (query * query.shape[-1] ** -0.5 @ key.transpose(-1, -2)).softmax(dim=-1)
        result: torch.Tensor = self.out((weights @ value).transpose(1, 2).flatten(2))
        return result

    def _split(self, values: torch.Tensor) -> torch.Tensor:
        return values.unflatten(-1, (self.heads, -1)).transpose(1, 2)


class Block(nn.Module):
    def __init__(self, hidden: int, text_hidden: int, heads: int) -> None:
        super().__init__()
        self.modulation = nn.Linear(hidden, 4 * hidden)
        self.attention = Attention(hidden, hidden, heads)
        self.reading = Attention(hidden, text_hidden, heads)
        self.wide = nn.Linear(hidden, 4 * hidden)
        self.narrow = nn.Linear(4 * hidden, hidden)

    def forward(self, inputs: torch.Tensor, condition: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        width = inputs.shape[-1:]
        shift, scale, wide_shift, wide_scale = self.modulation(condition).unsqueeze(1).chunk(4, dim=-1)
        normed = nn.functional.layer_norm(inputs, width) * (1 + scale) + shift
        hidden = inputs + self.attention(normed, normed)
        hidden = hidden + self.reading(nn.functional.layer_norm(hidden, width), text)
        normed = nn.functional.layer_norm(hidden, width) * (1 + wide_scale) + wide_shift
        result: torch.Tensor = hidden + self.narrow(nn.functional.gelu(self.wide(normed)))
        return result


class Denoiser(nn.Module):
    """Predicts the velocity of the flow from latents to noise. `prepare_block` is called with each block as
    soon as it is made (a place to quantize it before the next one takes its memory)."""

    def __init__(self, options: ModelOptions, dtype: torch.dtype,
                 prepare_block: Callable[[nn.Module], None] = lambda block: None) -> None:
        super().__init__()
        self.hidden, self.patch, self.channels = options.hidden, options.patch, options.latent_channels
        self.gradient_checkpointing = False
        patch_size = self.channels * self.patch**2
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(options.seed)
            self.time = nn.Sequential(
                nn.Linear(self.hidden, self.hidden), nn.SiLU(), nn.Linear(self.hidden, self.hidden))
            self.enter = nn.Linear(patch_size, self.hidden)
            self.blocks = nn.ModuleList()
            for _ in range(options.depth):
                block = Block(self.hidden, options.text_hidden, options.heads).to(dtype)
                prepare_block(block)
                self.blocks.append(block)
            self.leave = nn.Linear(self.hidden, patch_size)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)
        # Not self.to(): a quantized block's scales stay fp32.
        for part in (self.time, self.enter, self.leave):
            part.to(dtype)

    def forward(self, latents: torch.Tensor, time: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
        rows, columns = latents.shape[-2] // self.patch, latents.shape[-1] // self.patch
        patches = nn.functional.pixel_unshuffle(latents, self.patch).flatten(2).transpose(1, 2)
        dtype = text.dtype
        hidden = self.enter(patches.to(dtype)) + self._places(rows, columns).to(dtype)
        condition = self.time(waves_of(time * 1000, self.hidden).to(dtype))
        for block in self.blocks:
            if self.gradient_checkpointing and torch.is_grad_enabled():
                hidden = checkpoint(block, hidden, condition, text, use_reentrant=False)
            else:
                hidden = block(hidden, condition, text)
        patches = self.leave(nn.functional.layer_norm(hidden, hidden.shape[-1:]))
        image = patches.float().transpose(1, 2).unflatten(2, (rows, columns))
        return nn.functional.pixel_shuffle(image, self.patch)

    def _places(self, rows: int, columns: int) -> torch.Tensor:
        row, column = torch.meshgrid(torch.arange(rows), torch.arange(columns), indexing="ij")
        half = self.hidden // 2
        return torch.cat((waves_of(row.flatten(), half), waves_of(column.flatten(), half)), dim=-1)
