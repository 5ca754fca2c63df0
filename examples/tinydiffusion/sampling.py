"""Preview pictures: the model run backwards from noise, decoded, and written as PNG."""
from __future__ import annotations

import pathlib
import struct
import zlib
from collections.abc import Sequence

import torch

from .config import SampleOptions
from .console import ProgressBar
from .model import Denoiser
from .vae import FACTOR, TinyVae


@torch.no_grad()
def generate(denoiser: Denoiser, vae: TinyVae, text: torch.Tensor, unconditional: torch.Tensor,
             options: SampleOptions, seed: int) -> torch.Tensor:
    """(3, height, width) in -1..1. With guidance every step runs the model on a batch of two."""
    random = torch.Generator().manual_seed(seed)
    shape = (1, denoiser.channels, options.height // FACTOR, options.width // FACTOR)
    latents = torch.randn(shape, generator=random)
    guided = options.guidance_scale > 1
    condition = torch.cat((unconditional, text)) if guided else text
    for i in range(options.sample_steps):
        time = torch.full((len(condition),), 1 - i / options.sample_steps)
        velocity = denoiser(latents.expand(len(condition), -1, -1, -1), time, condition)
        if guided:
            without, with_text = velocity.chunk(2)
            velocity = without + options.guidance_scale * (with_text - without)
        latents = latents - velocity / options.sample_steps
    return vae.decode(latents)[0]


def generate_all(denoiser: Denoiser, vae: TinyVae, texts: Sequence[torch.Tensor], unconditional: torch.Tensor,
                 options: SampleOptions, folder: pathlib.Path, step: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with ProgressBar("Generating Samples", len(texts)) as bar:
        for number, text in enumerate(texts):
            picture = generate(denoiser, vae, text, unconditional, options, options.seed + number)
            write_png(picture, folder / f"{step:09d}_{number}.png")
            bar.update(1)


def write_png(picture: torch.Tensor, file: pathlib.Path) -> None:
    """(3, height, width) in -1..1 as 8-bit RGB."""
    pixels = picture.add(1).mul(127.5).round().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()
    height, width = pixels.shape[:2]
    # Each row begins with its filter: 0, none.
    rows = b"".join(b"\0" + pixels[row].numpy().tobytes() for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 6))
                     + _chunk(b"IEND", b""))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
