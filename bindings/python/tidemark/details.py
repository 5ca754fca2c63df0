"""Whatever a trainer hands over as JSON that any parser reads, bounded, without waiting for a device."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Set
from os import PathLike, fspath
from typing import Any

from tidemark import tensors

MOST_BYTES = 262_144  # the journal's bound of an event's details
_MOST_DEPTH = 24
_MOST_VALUES = 200_000
_MOST_REPR = 500
_LARGEST_INTEGER = 2**63


class TooLarge(Exception):
    """More than fits into a record."""


class _Encoder:
    """Turns objects into what json.dumps writes as standard JSON."""

    def __init__(self) -> None:
        self._left = _MOST_VALUES

    def safe(self, value: object, depth: int = 0) -> Any:
        self._left -= 1
        if self._left < 0:
            raise TooLarge
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return safe_text(value)
        if isinstance(value, int):
            return int(value) if abs(value) < _LARGEST_INTEGER else _bounded_repr(value)
        if isinstance(value, float):
            return _safe_float(float(value))
        if depth < _MOST_DEPTH:
            return self._safe_container(value, depth + 1)
        return "..."

    def _safe_container(self, value: object, depth: int) -> Any:
        if isinstance(value, Mapping):
            return {safe_text(str(key)): self.safe(item, depth) for key, item in value.items()}
        if isinstance(value, (list, tuple, Set)):
            return [self.safe(item, depth) for item in value]
        if isinstance(value, PathLike):
            return safe_text(str(fspath(value)))
        settings = settings_of(value)
        if settings is not None:
            return self.safe(settings, depth)
        return self._safe_number_or_text(value)

    def _safe_number_or_text(self, value: object) -> Any:
        if tensors.is_tensor(value):
            return tensors.describe(value)
        number = tensors.read_plain_number(value)
        if isinstance(number, float):
            return _safe_float(number)
        if number is not None and abs(number) < _LARGEST_INTEGER:
            return number
        return _bounded_repr(value)


def settings_of(value: object) -> Mapping[str, object] | None:
    """The fields of a dataclass or an argparse.Namespace; neither module is imported for it."""
    argparse = sys.modules.get("argparse")
    if argparse is not None and isinstance(value, argparse.Namespace):
        return dict(vars(value))
    names = getattr(type(value), "__dataclass_fields__", None)
    return None if names is None else {name: getattr(value, name, None) for name in names}


def safe_text(text: str) -> str:
    """Valid Unicode: half a surrogate pair becomes a question mark."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return str(text)


def to_json(value: object, most_bytes: int = MOST_BYTES) -> bytes:
    """As UTF-8. Raises TooLarge; NaN and infinities become texts, as JSON has no numbers for them."""
    import json

    encoded = json.dumps(_Encoder().safe(value), ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    if len(encoded) > most_bytes:
        raise TooLarge
    return encoded


def name_bytes(name: object, most_bytes: int = 64) -> bytes:
    """An event's type or a phase's name: 1 to 64 bytes of UTF-8, cut at a character."""
    text = name if isinstance(name, str) else _bounded_repr(name)
    encoded = text.encode(errors="replace")[:most_bytes].decode(errors="ignore").encode()
    return encoded or b"unnamed"


def _safe_float(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _bounded_repr(value: object) -> str:
    try:
        text = repr(value)
    except Exception:
        text = f"<{type(value).__name__}>"
    return safe_text(text if len(text) <= _MOST_REPR else text[: _MOST_REPR - 3] + "...")
