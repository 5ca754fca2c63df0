"""Batches: what one holds, which pictures make it, and the loader with its worker processes."""
from __future__ import annotations

import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.data import ConcatDataset, DataLoader, Dataset, Sampler

from .config import DatasetOptions
from .faults import WorkerFaults
from .images import ImageSource


@dataclass
class Item:
    """One picture: its pixels or its cached latents; its caption or the cached embedding of it."""

    picture: torch.Tensor
    is_latent: bool
    caption: str
    text: torch.Tensor | None


@dataclass
class Batch:
    pictures: torch.Tensor
    are_latents: bool
    captions: list[str]
    text: torch.Tensor | None

    def __len__(self) -> int:
        return len(self.captions)


class PictureDataset(Dataset[Item]):
    """One dataset of the config at one resolution."""

    def __init__(self, options: DatasetOptions, images: ImageSource, resolution: int) -> None:
        self.options = options
        self.resolution = resolution
        self._images = images
        self.count = min(len(images), options.max_images)
        self.latents_in_memory: dict[tuple[int, bool], torch.Tensor] = {}
        self.latents_on_disk: pathlib.Path | None = None
        self.text_on_disk: dict[str, pathlib.Path] = {}
        self._decoded: dict[int, torch.Tensor] = {}

    def __len__(self) -> int:
        return self.count * self.options.num_repeats * (2 if self.options.flip_x else 1)

    def pictures(self) -> list[tuple[int, bool]]:
        """Every different picture: its number, and whether it is mirrored."""
        mirrorings = (False, True) if self.options.flip_x else (False,)
        return [(index, mirrored) for index in range(self.count) for mirrored in mirrorings]

    def captions(self) -> set[str]:
        return {self._images.caption(index) for index in range(self.count)}

    def latent_file(self, index: int, mirrored: bool) -> pathlib.Path:
        assert self.latents_on_disk is not None
        return self.latents_on_disk / f"{index:06d}{'_mirrored' if mirrored else ''}.pt"

    def pixels(self, index: int, mirrored: bool) -> torch.Tensor:
        picture = self._decoded.get(index)
        if picture is None:
            picture = self._images.decode(index, self.resolution)
            if self.options.worker_image_cache:
                # The cache is this process's: with workers, each fills one of its own.
                self._decoded[index] = picture
        return picture.flip(-1) if mirrored else picture

    def forget_decoded(self) -> None:
        self._decoded.clear()

    def __getitem__(self, position: int) -> Item:
        index, mirrored = position % self.count, (position // self.count) % 2 == 1 and self.options.flip_x
        caption = self._images.caption(index)
        text = torch.load(self.text_on_disk[caption]) if caption in self.text_on_disk else None
        if self.latents_on_disk:
            return Item(torch.load(self.latent_file(index, mirrored)), True, caption, text)
        if self.latents_in_memory:
            return Item(self.latents_in_memory[index, mirrored], True, caption, text)
        return Item(self.pixels(index, mirrored), False, caption, text)


class BatchesOfOneKind(Sampler[list[int]]):
    """Batches of pictures of one size, each dataset with its own batch size, in random order. The last batch
    of a dataset is filled with pictures it has already, as ai-toolkit's buckets are."""

    def __init__(self, datasets: list[PictureDataset], batch_size: int, seed: int) -> None:
        self._datasets = datasets
        self._batch_size = batch_size
        self._random = torch.Generator().manual_seed(seed)

    def __len__(self) -> int:
        return sum(-(-len(dataset) // self._size(dataset)) for dataset in self._datasets)

    def __iter__(self) -> Iterator[list[int]]:
        batches: list[list[int]] = []
        first = 0
        for dataset in self._datasets:
            size = self._size(dataset)
            order = [first + i for i in torch.randperm(len(dataset), generator=self._random).tolist()]
            order += (order * size)[: -len(order) % size]
            batches += [order[i : i + size] for i in range(0, len(order), size)]
            first += len(dataset)
        for i in torch.randperm(len(batches), generator=self._random).tolist():
            yield batches[i]

    def _size(self, dataset: PictureDataset) -> int:
        return dataset.options.batch_size or self._batch_size


class Collate:
    """Items to a batch; runs in the worker."""

    def __init__(self, faults: WorkerFaults) -> None:
        self._faults = faults

    def __call__(self, items: list[Item]) -> Batch:
        self._faults.on_batch()
        texts = [item.text for item in items if item.text is not None]
        return Batch(
            pictures=torch.stack([item.picture for item in items]),
            are_latents=items[0].is_latent,
            captions=[item.caption for item in items],
            text=torch.stack(texts) if texts else None,
        )


def make_loader(datasets: list[PictureDataset], batch_size: int, seed: int, faults: WorkerFaults) -> DataLoader[Item]:
    """One loader over all datasets; the first one's num_workers and prefetch_factor count for all."""
    first = datasets[0].options
    only_with_workers: dict[str, Any] = {}
    if first.num_workers > 0:
        only_with_workers = {"prefetch_factor": first.prefetch_factor, "persistent_workers": True}
    return DataLoader(
        ConcatDataset(datasets),
        batch_sampler=BatchesOfOneKind(datasets, batch_size, seed),
        num_workers=first.num_workers,
        collate_fn=Collate(faults),
        worker_init_fn=lambda worker: faults.on_worker_start(),
        multiprocessing_context="fork" if first.num_workers > 0 else None,
        **only_with_workers,
    )


def endless(loader: DataLoader[Item]) -> Iterator[Batch]:
    """Batches for ever, epoch after epoch, with the same workers."""
    while True:
        yield from loader
