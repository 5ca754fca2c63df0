"""Latents and text embeddings computed once, so that what makes them need not stay."""
from __future__ import annotations

import pathlib
from collections.abc import Iterable

import torch

from .console import ProgressBar
from .data import PictureDataset
from .text import TextEncoder
from .vae import TinyVae

BATCH = 4


def cache_latents(dataset: PictureDataset, vae: TinyVae, save_root: pathlib.Path) -> None:
    """To a file each where the config says so, else to RAM."""
    to_disk = dataset.options.cache_latents_to_disk
    print(f"Caching latents for {dataset.options.folder_path}")
    print(" - Saving latents to disk" if to_disk else " - Keeping latents in memory")
    if to_disk:
        dataset.latents_on_disk = save_root / "_latent_cache" / str(dataset.resolution)
        dataset.latents_on_disk.mkdir(parents=True, exist_ok=True)
    pictures = dataset.pictures()
    kept: dict[tuple[int, bool], torch.Tensor] = {}
    with ProgressBar("Caching latents to disk" if to_disk else "Caching latents", len(pictures)) as bar:
        for start in range(0, len(pictures), BATCH):
            some = pictures[start : start + BATCH]
            latents = vae.encode(torch.stack([dataset.pixels(*picture) for picture in some]))
            for picture, latent in zip(some, latents):
                if to_disk:
                    torch.save(latent.clone(), dataset.latent_file(*picture))  # a view would save all four
                else:
                    kept[picture] = latent.clone()
            bar.update(len(some))
    dataset.latents_in_memory = kept


def latents_in_memory_bytes(datasets: Iterable[PictureDataset]) -> int:
    latents = (latent for dataset in datasets for latent in dataset.latents_in_memory.values())
    return sum(latent.numel() * latent.element_size() for latent in latents)


def cache_text_embeddings(dataset: PictureDataset, encoder: TextEncoder, save_root: pathlib.Path) -> None:
    """A file for each different caption; the workers read them."""
    print(f"Caching text_embeddings for {dataset.options.folder_path}")
    print(" - Saving text embeddings to disk")
    folder = save_root / "_t_e_cache"
    folder.mkdir(parents=True, exist_ok=True)
    captions = sorted(dataset.captions())
    with ProgressBar("Caching text embeddings to disk", len(captions)) as bar:
        for number, caption in enumerate(captions):
            file = folder / f"{number:06d}.pt"
            torch.save(encoder.encode([caption])[0].clone(), file)
            dataset.text_on_disk[caption] = file
            bar.update(1)
