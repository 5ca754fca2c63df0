"""The frozen parts around the denoiser, each in memory only while something needs it."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import torch

from .config import JobOptions
from .data import Batch
from .memory import module_bytes, release_memory
from .quantization import quantize_linears
from .text import TextEncoder
from .vae import TinyVae


class Encoders:
    def __init__(self, options: JobOptions, dtype: torch.dtype) -> None:
        model = options.model
        self._model = model
        print("Loading text encoder")
        self.text_encoder: TextEncoder | None = TextEncoder(
            model.text_hidden, model.text_layers, model.text_vocabulary, model.seed + 1, dtype)
        if model.quantize_te:
            print("Quantizing text encoder")
            quantize_linears(self.text_encoder, model.qtype_te)
            release_memory()
        print("Loading VAE")
        self._vae: TinyVae | None = self._make_vae()
        self._only_text: torch.Tensor | None = None
        self.prompts: Sequence[torch.Tensor] = ()
        self.unconditional: torch.Tensor | None = None

    def _make_vae(self) -> TinyVae:
        return TinyVae(self._model.latent_channels, self._model.vae_channels, self._model.seed + 2)

    def bytes_of(self) -> dict[str, int]:
        parts = {"text_encoder": self.text_encoder, "vae": self._vae}
        return {name: 0 if part is None else module_bytes(part) for name, part in parts.items()}

    @contextlib.contextmanager
    def vae(self) -> Iterator[TinyVae]:
        """The resident one, or one that is made for this and dropped after it."""
        if self._vae is not None:
            yield self._vae
            return
        yield self._make_vae()
        release_memory()

    def drop_vae(self) -> None:
        self._vae = None
        release_memory()

    def encode_prompts(self, prompts: Sequence[str]) -> None:
        """The previews' prompts, and the empty one for guidance. Before the text encoder goes."""
        assert self.text_encoder is not None
        self.prompts = [self.text_encoder.encode([prompt]) for prompt in prompts]
        self.unconditional = self.text_encoder.encode([""])

    def drop_text_encoder(self, only_caption: str | None = None) -> None:
        """With `only_caption` every picture has that caption from now on."""
        print("***** UNLOADING TEXT ENCODER *****")
        if only_caption is not None:
            assert self.text_encoder is not None
            self._only_text = self.text_encoder.encode([only_caption])
        self.text_encoder = None
        release_memory()

    def latents_of(self, batch: Batch) -> torch.Tensor:
        if batch.are_latents:
            return batch.pictures
        assert self._vae is not None
        return self._vae.encode(batch.pictures)

    def text_of(self, batch: Batch) -> torch.Tensor:
        if self._only_text is not None:
            return self._only_text.expand(len(batch), -1, -1)
        if batch.text is not None:
            return batch.text
        assert self.text_encoder is not None
        return self.text_encoder.encode(batch.captions)
