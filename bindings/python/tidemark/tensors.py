"""Numbers out of whatever a trainer hands over, without waiting for a device.

torch is looked for among the modules that are imported already and never imported. What the array API's
protocols say of other libraries' arrays (JAX, CuPy) is believed.
"""

from __future__ import annotations

import operator
import sys
from typing import Any, Protocol

from tidemark import copies

_DLPACK_CPU = 1  # DLDeviceType kDLCPU


class Pending(Protocol):
    """A number that will be there once a device has got so far."""

    def ready(self) -> bool:
        """Whether `read` would not wait. Does not wait itself."""

    def read(self) -> float | int | None:
        """The number; only when ready. None: it is none."""

    def give_up(self) -> None:
        """It will not be read."""


class _PendingArray:
    """An array whose library says when it is ready (JAX)."""

    def __init__(self, array: Any) -> None:
        self._array = array

    def ready(self) -> bool:
        return bool(self._array.is_ready())

    def read(self) -> float | int | None:
        return float(self._array)

    def give_up(self) -> None:
        self._array = None


# torch.Tensor, once one was seen: a loss is exactly that in nearly every step, and its way is short.
_plain_tensor: type | None = None


def read_value(value: Any) -> float | int | Pending | None:
    """The number that `value` is, or will be; None when it is none that can be had without waiting."""
    if type(value) is _plain_tensor and value.is_cpu:
        return _read_in_memory(value)
    torch = _torch_of(value)
    if torch is not None:
        return _read_tensor(torch, value)
    if _is_array(value):
        return _read_array(value)
    return read_plain_number(value)


def read_plain_number(value: object) -> float | int | None:
    """Of anything with `__index__` or `__float__` that lives in this process's memory (NumPy's scalars,
    Decimal, Fraction)."""
    try:
        if hasattr(type(value), "__index__"):
            return operator.index(value)  # type: ignore[arg-type]
        if hasattr(type(value), "__float__"):
            return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        pass
    return None


def is_tensor(value: object) -> bool:
    """Whether reading it could wait for a device."""
    return _torch_of(value) is not None or _is_array(value)


def describe(value: Any) -> float | int | str:
    """A tensor for people: its number where it is a scalar in memory, else its shape, type and place."""
    torch = _torch_of(value)
    if torch is not None and value.device.type == "cpu":
        number = _read_tensor(torch, value)
        if isinstance(number, int) or (isinstance(number, float) and number - number == 0):
            return number
    parts = [f"{name}={getattr(value, name)}" for name in ("shape", "dtype", "device") if hasattr(value, name)]
    return f"{type(value).__name__}({', '.join(parts)})"[:200]


def _torch_of(value: object) -> Any:
    """torch, when it is imported and `value` is a tensor of it."""
    torch = sys.modules.get("torch")
    tensor_type = getattr(torch, "Tensor", None)
    return torch if isinstance(tensor_type, type) and isinstance(value, tensor_type) else None


def _is_array(value: object) -> bool:
    kind = type(value)
    return hasattr(kind, "__dlpack_device__") or hasattr(kind, "__cuda_array_interface__") or _has_readiness(kind)


def _has_readiness(kind: type) -> bool:
    return hasattr(kind, "is_ready") and hasattr(kind, "__float__")


def _read_array(array: Any) -> float | int | Pending | None:
    if _has_readiness(type(array)):
        return _PendingArray(array) if not array.is_ready() else float(array)
    if not hasattr(type(array), "__dlpack_device__") or int(array.__dlpack_device__()[0]) != _DLPACK_CPU:
        return None
    number = array.item()  # raises where it holds more than one
    return number if isinstance(number, (int, float)) else None


def _read_tensor(torch: Any, tensor: Any) -> float | int | Pending | None:
    # A tensor that stands for something else (DTensor: reading may talk to other ranks) is left alone.
    dispatch = getattr(torch.Tensor, "__torch_dispatch__", None)
    if getattr(type(tensor), "__torch_dispatch__", None) != dispatch or tensor.numel() != 1:
        return None
    if tensor.device.type == "cpu":
        _remember_plain_tensor(torch, tensor)
        return _read_in_memory(tensor)
    return copies.begin(torch, tensor)


def _remember_plain_tensor(torch: Any, tensor: Any) -> None:
    global _plain_tensor
    if type(tensor) is torch.Tensor and hasattr(tensor, "is_cpu"):
        _plain_tensor = torch.Tensor


def _read_in_memory(tensor: Any) -> float | int | None:
    """Raises where it holds more than one value. torch warns of a scalar read from a tensor that has a gradient
    (pytorch pull request 143261), and detaching takes twice as long as reading."""
    number = (tensor.detach() if tensor.requires_grad else tensor).item()
    return number if isinstance(number, (int, float)) else None
