"""What models, batches and metrics say, without reading anything from a device."""
from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_SHORT_DTYPES = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16", "float64": "fp64"}
_BATCH_DEPTH = 4


@dataclass
class ParameterCounts:
    """Numbers of parameters by dtype ("bf16"), apart for those that are trained and those that are not."""

    trainable: dict[str, int] = field(default_factory=dict)
    frozen: dict[str, int] = field(default_factory=dict)

    @property
    def dtype(self) -> str:
        """The dtype that most of the parameters have."""
        total: dict[str, int] = {}
        for counts in (self.trainable, self.frozen):
            for dtype, count in counts.items():
                total[dtype] = total.get(dtype, 0) + count
        return max(total, key=lambda dtype: total[dtype], default="unknown")


def short_dtype(tensor: Any) -> str:
    """"bf16" and the like; torch's own word for those that have no short one."""
    dtype = str(tensor.dtype).removeprefix("torch.")
    return _SHORT_DTYPES.get(dtype, dtype)


def count_parameters(model: Any) -> ParameterCounts:
    """Each parameter once, however often it is tied. What DeepSpeed has taken apart counts whole (`ds_numel`);
    a packed quantised weight counts the elements it is packed into."""
    counts = ParameterCounts()
    for parameter in model.parameters():
        side = counts.trainable if parameter.requires_grad else counts.frozen
        dtype = short_dtype(parameter)
        side[dtype] = side.get(dtype, 0) + int(getattr(parameter, "ds_numel", None) or parameter.numel())
    return counts


def count_samples(batch: Any, depth: int = _BATCH_DEPTH) -> int | None:
    """The first dimension of the first tensor in the batch; None where there is none to be found."""
    shape = getattr(batch, "shape", None)
    if shape is not None:
        return int(shape[0]) if len(shape) > 0 else None
    if depth == 0 or not isinstance(batch, (Mapping, list, tuple)):
        return None
    if isinstance(batch, list) and batch and isinstance(batch[0], str):
        return len(batch)
    for part in batch.values() if isinstance(batch, Mapping) else batch:
        samples = count_samples(part, depth - 1)
        if samples is not None:
            return samples
    return None


def plain_numbers(values: Mapping[str, Any], limit: int) -> dict[str, float]:
    """The first `limit` entries that are numbers already. A tensor is none: reading it would wait for the device."""
    numbers = {str(key): float(value) for key, value in values.items() if isinstance(value, (int, float))}
    return dict(list(numbers.items())[:limit])
