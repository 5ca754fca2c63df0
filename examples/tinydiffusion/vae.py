"""A latent space for images, 8 times smaller on each side, without training.

The shortcut keeps the low frequencies of every 8x8 tile (a cosine transform), which is nearly all there is
in smooth images, and can be inverted. The convolutions beside it cost the time and the activations that a
VAE's convolutions cost; what they add is small.
"""
from __future__ import annotations

import math

import torch
from torch import nn

FACTOR = 8
DETAIL = 0.02


def _cosine_tiles(count: int) -> torch.Tensor:
    """The `count` lowest of the 64 patterns of an 8x8 cosine transform, orthonormal: (count, 1, 8, 8)."""
    position = torch.arange(FACTOR) + 0.5
    waves = torch.stack([torch.cos(position * k * math.pi / FACTOR) for k in range(FACTOR)])
    waves = waves / waves.norm(dim=1, keepdim=True)
    order = sorted(((u, v) for u in range(FACTOR) for v in range(FACTOR)), key=lambda p: (p[0] + p[1], p))
    return torch.stack([torch.outer(waves[u], waves[v]) for u, v in order[:count]]).unsqueeze(1)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.GroupNorm(8, channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        hidden = self.first(nn.functional.silu(self.norm(inputs)))
        result: torch.Tensor = inputs + self.second(nn.functional.silu(hidden))
        return result


class TinyVae(nn.Module):
    """fp32 whatever the trained model's dtype is."""

    tiles: torch.Tensor

    def __init__(self, latent_channels: int, channels: int, seed: int) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            widths = [channels, channels * 2, channels * 4, channels * 4]
            down: list[nn.Module] = [nn.Conv2d(3, widths[0], 3, padding=1)]
            up: list[nn.Module] = [nn.Conv2d(latent_channels, widths[3], 3, padding=1)]
            for narrow, wide in zip(widths, widths[1:]):
                down += [_Residual(narrow), nn.Conv2d(narrow, wide, 3, stride=2, padding=1)]
            for wide, narrow in zip(widths[::-1], widths[-2::-1]):
                up += [nn.Upsample(scale_factor=2), nn.Conv2d(wide, narrow, 3, padding=1), _Residual(narrow)]
            self.encoder = nn.Sequential(*down, nn.Conv2d(widths[3], latent_channels, 1))
            self.decoder = nn.Sequential(*up, nn.Conv2d(widths[0], 3, 3, padding=1))
        self.register_buffer("tiles", _cosine_tiles(latent_channels))
        self.requires_grad_(False)

    @torch.no_grad()
    def encode(self, pixels: torch.Tensor) -> torch.Tensor:
        """Pixels in -1..1, (batch, 3, height, width), to latents of about unit size."""
        gray = pixels.mean(dim=1, keepdim=True)
        low = nn.functional.conv2d(gray, self.tiles, stride=FACTOR) / FACTOR
        return low + DETAIL * self.encoder(pixels)

    @torch.no_grad()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        gray = nn.functional.conv_transpose2d(latents * FACTOR, self.tiles, stride=FACTOR)
        pixels: torch.Tensor = gray + DETAIL * self.decoder(latents)
        return pixels.clamp(-1, 1)
