"""Captions to vectors: words by their hash, and a few transformer layers with weights from a seed."""
from __future__ import annotations

import zlib

import torch
from torch import nn

TOKENS = 16


class TextEncoder(nn.Module):
    def __init__(self, hidden: int, layers: int, vocabulary: int, seed: int, dtype: torch.dtype) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.words = nn.Embedding(vocabulary, hidden)
            self.places = nn.Embedding(TOKENS, hidden)
            self.layers = nn.ModuleList(_Layer(hidden) for _ in range(layers))
        self.norm = nn.LayerNorm(hidden, elementwise_affine=False)
        self.to(dtype)
        self.requires_grad_(False)

    @torch.no_grad()
    def encode(self, captions: list[str]) -> torch.Tensor:
        """(captions, TOKENS, hidden)."""
        ids = torch.tensor([self._ids(caption) for caption in captions])
        hidden = self.words(ids) + self.places.weight
        for layer in self.layers:
            hidden = layer(hidden)
        result: torch.Tensor = self.norm(hidden)
        return result

    def _ids(self, caption: str) -> list[int]:
        # Word 0 is the filling. Python's own hash() differs from run to run.
        ids = [1 + zlib.crc32(word.encode()) % (self.words.num_embeddings - 1) for word in caption.lower().split()]
        return (ids + [0] * TOKENS)[:TOKENS]


class _Layer(nn.Module):
    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.out = nn.Linear(hidden, hidden)
        self.wide = nn.Linear(hidden, 4 * hidden)
        self.narrow = nn.Linear(4 * hidden, hidden)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        width = inputs.shape[-1:]
        query, key, value = self.qkv(nn.functional.layer_norm(inputs, width)).chunk(3, dim=-1)
        weights = (query @ key.transpose(1, 2) * width[0] ** -0.5).softmax(dim=-1)
        hidden = inputs + self.out(weights @ value)
        changed = self.narrow(nn.functional.gelu(self.wide(nn.functional.layer_norm(hidden, width))))
        result: torch.Tensor = hidden + changed
        return result
