"""What ai-toolkit's objects say of a job. Read only, never from a device, and each thing only if it is there."""
from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ._model import ParameterCounts, short_dtype

_PARTS = ("unet", "text_encoder", "vae", "refiner_unet")
_RAISED_TO_STOP = ("Job stopped", "Job returning to queue")


def parts_of(model: Any) -> Iterator[tuple[str, Any]]:
    """The model's modules by name; several text encoders have numbers."""
    for name in _PARTS:
        part = getattr(model, name, None)
        if isinstance(part, (list, tuple)):
            yield from ((f"{name}_{i + 1}", one) for i, one in enumerate(part) if _has_parameters(one))
        elif _has_parameters(part):
            yield name, part


def _has_parameters(part: Any) -> bool:
    return callable(getattr(part, "parameters", None))


def trained_parameters(optimizer: Any) -> list[Any]:
    """Each once, as the optimiser has them."""
    seen = {id(parameter): parameter for group in getattr(optimizer, "param_groups", None) or ()
            for parameter in group["params"]}
    return list(seen.values())


def count_split(trained: Iterable[Any], model: Any) -> ParameterCounts:
    """What the optimiser trains against everything else that the model holds."""
    counts = ParameterCounts()
    trained_ids = set()
    for parameter in trained:
        trained_ids.add(id(parameter))
        counts.trainable[short_dtype(parameter)] = counts.trainable.get(short_dtype(parameter), 0) + parameter.numel()
    for _, part in parts_of(model):
        for parameter in part.parameters():
            if id(parameter) in trained_ids:
                continue
            trained_ids.add(id(parameter))
            dtype = short_dtype(parameter)
            counts.frozen[dtype] = counts.frozen.get(dtype, 0) + parameter.numel()
    return counts


def describe_tensors(tensors: Iterable[Any]) -> dict[str, Any]:
    """How many values, in which types, on which devices, in how many bytes. A quantised tensor says the type that it
    stands for: its class is named, and its bytes are not to be had from it."""
    count, total = 0, 0
    dtypes: dict[str, int] = {}
    devices: dict[str, int] = {}
    packed: set[str] = set()
    for tensor in tensors:
        values = int(tensor.numel())
        count += values
        total += values * int(tensor.element_size())
        dtypes[short_dtype(tensor)] = dtypes.get(short_dtype(tensor), 0) + values
        devices[str(tensor.device)] = devices.get(str(tensor.device), 0) + values
        if type(tensor).__name__ not in ("Parameter", "Tensor"):
            packed.add(type(tensor).__name__)
    told: dict[str, Any] = {"count": count, "dtypes": dtypes, "devices": devices}
    return {**told, "packed_as": sorted(packed)} if packed else {**told, "bytes": total}


def learning_rate_of(optimizer: Any, optimizer_name: str) -> Any:
    """The one that ai-toolkit shows: adaptive optimisers have methods for it, D-adaptation and Prodigy a factor."""
    inner = getattr(optimizer, "optimizer", None) or optimizer  # accelerate's wrapper hides them
    if hasattr(inner, "get_avg_learning_rate"):
        return inner.get_avg_learning_rate()
    if hasattr(inner, "get_learning_rates"):
        return inner.get_learning_rates()[0]
    group = inner.param_groups[0]
    if optimizer_name.lower().startswith(("dadaptation", "prodigy")):
        return group["d"] * group["lr"]
    return group["lr"]


def loss_of(result: Any) -> Any:
    """The step's own loss: of several, the one that is called so."""
    if not isinstance(result, Mapping):
        return result
    return result.get("loss", next(iter(result.values()), None))


def items_of(batches: Any) -> list[Any]:
    """The files of a step's batches."""
    listed = batches if isinstance(batches, (list, tuple)) else [batches]
    return [item for batch in listed for item in getattr(batch, "file_items", None) or ()]


def shape_of(item: Any) -> tuple[int, int, int] | None:
    """Width, height and frames as they are trained."""
    width, height = getattr(item, "crop_width", None), getattr(item, "crop_height", None)
    if not isinstance(width, int) or not isinstance(height, int):
        return None
    frames = getattr(item, "num_frames", 1)
    return width, height, frames if isinstance(frames, int) else 1


def was_asked_to_stop(error: BaseException) -> bool:
    """ai-toolkit stops a job, or gives it back to its queue, by an exception of no class of its own."""
    return isinstance(error, KeyboardInterrupt) or (type(error) is Exception and str(error) in _RAISED_TO_STOP)


def cuda_state() -> dict[str, Any]:
    """The allocator of the current device, where CUDA is in use already; nothing is initialised for it."""
    torch: Any = sys.modules.get("torch")
    cuda = getattr(torch, "cuda", None)
    if cuda is None or not cuda.is_initialized():
        return {}
    known = cuda.memory_stats()
    free, total = cuda.mem_get_info()
    kept = {"allocated_bytes": "allocated_bytes.all.current", "reserved_bytes": "reserved_bytes.all.current",
            "peak_allocated_bytes": "allocated_bytes.all.peak", "peak_reserved_bytes": "reserved_bytes.all.peak",
            "alloc_retries": "num_alloc_retries", "ooms": "num_ooms"}
    told: dict[str, Any] = {name: int(known[key]) for name, key in kept.items() if key in known}
    return {"device_index": int(cuda.current_device()), "free_bytes": int(free), "total_bytes": int(total), **told}
