"""A data loader whose waits are timed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic_ns
from typing import Any, Generic, TypeVar

from tidemark._tidemark import Recorder

Item = TypeVar("Item")


class Batches(Generic[Item]):
    """Yields the loader's items; any other attribute is the loader's."""

    def __init__(self, recorder: Recorder, loader: Iterable[Item]) -> None:
        self._recorder = recorder
        self._loader = loader

    def __iter__(self) -> Iterator[Item]:
        waited = self._recorder._waited
        began = monotonic_ns()
        items = iter(self._loader)  # starts a loader's workers: the wait for the first item includes it
        while True:
            try:
                item = next(items)
            except StopIteration:
                return
            waited(monotonic_ns() - began)
            yield item
            began = monotonic_ns()

    def __getattr__(self, name: str) -> Any:
        if name in ("_loader", "_recorder"):  # not set yet: being copied or unpickled
            raise AttributeError(name)
        return getattr(self._loader, name)


class SizedBatches(Batches[Item]):
    """Of a loader that has a length."""

    def __len__(self) -> int:
        return len(self._loader)  # type: ignore[arg-type]


def time_batches(recorder: Recorder, loader: Iterable[Item]) -> Batches[Item]:
    if hasattr(type(loader), "__len__"):
        return SizedBatches(recorder, loader)
    return Batches(recorder, loader)
