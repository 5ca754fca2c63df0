"""A framework's settings as plain values that a config can hold."""
from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_DEPTH = 6
_ITEMS = 200
_TEXT = 500


def plain(value: Any, depth: int = _DEPTH) -> Any:
    """The value as JSON has it. What is no JSON becomes its text; long text, long lists and deep nesting are cut."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if depth > 0 and isinstance(value, Mapping):
        return {str(key)[:_TEXT]: plain(item, depth - 1) for key, item in list(value.items())[:_ITEMS]}
    if depth > 0 and isinstance(value, (list, tuple, set, frozenset)):
        return [plain(item, depth - 1) for item in list(value)[:_ITEMS]]
    return str(value)[:_TEXT]


def plain_numbers(values: Mapping[str, Any], limit: int) -> dict[str, float]:
    """The first `limit` entries that are numbers already. A tensor is none: reading it would wait for the device."""
    numbers = {str(key)[:_TEXT]: float(value) for key, value in values.items() if isinstance(value, (int, float))}
    return dict(list(numbers.items())[:limit])
