"""Where pictures come from: scikit-learn's handwritten digits, or a folder."""
from __future__ import annotations

import pathlib
from typing import Protocol

import numpy
import torch
from torch import nn

from .config_reader import ConfigError

NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")


class ImageSource(Protocol):
    def __len__(self) -> int: ...

    def caption(self, index: int) -> str: ...

    def decode(self, index: int, resolution: int) -> torch.Tensor:
        """(3, resolution, resolution) in -1..1."""


class Digits:
    """1797 pictures of 8x8 pixels, drawn larger at every decoding."""

    def __init__(self) -> None:
        from sklearn.datasets import load_digits  # late: it is large, and folders do without

        bunch = load_digits()
        self._pictures = numpy.asarray(bunch.images, dtype=numpy.float32) / 8 - 1
        self._labels = bunch.target.tolist()

    def __len__(self) -> int:
        return len(self._labels)

    def caption(self, index: int) -> str:
        return f"a handwritten {NAMES[self._labels[index]]}"

    def decode(self, index: int, resolution: int) -> torch.Tensor:
        small = torch.from_numpy(self._pictures[index])[None, None]
        large = nn.functional.interpolate(small, size=(resolution, resolution), mode="bicubic", align_corners=False)
        return large[0].clamp_(-1, 1).expand(3, -1, -1).contiguous()


class Folder:
    """Pictures of a folder, each with its caption in a text file of the same name."""

    def __init__(self, folder: pathlib.Path) -> None:
        self._files = sorted(file for file in folder.iterdir() if file.suffix.lower() in ENDINGS)
        if not self._files:
            raise ConfigError(f"{folder}: no image in it")

    def __len__(self) -> int:
        return len(self._files)

    def caption(self, index: int) -> str:
        text = self._files[index].with_suffix(".txt")
        return text.read_text(encoding="utf-8").strip() if text.exists() else ""

    def decode(self, index: int, resolution: int) -> torch.Tensor:
        from PIL import Image

        with Image.open(self._files[index]) as image:
            square = image.convert("RGB").resize((resolution, resolution))
        pixels = torch.from_numpy(numpy.asarray(square, dtype=numpy.float32)) / 127.5 - 1
        return pixels.permute(2, 0, 1).contiguous()


def open_images(folder_path: str) -> ImageSource:
    if folder_path == "digits":
        return Digits()
    folder = pathlib.Path(folder_path)
    if not folder.is_dir():
        raise ConfigError(f"{folder_path}: neither a folder nor the built-in 'digits'")
    return Folder(folder)
