"""Typed reading of a parsed YAML tree, with errors that name the key."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any


class ConfigError(Exception):
    """The config cannot be used; the text is one line that names the key."""


class Section:
    """A mapping of the config and its path. Keys that nobody asks for are harmless; null is 'not given'."""

    def __init__(self, values: Any, path: str) -> None:
        if values is None:
            values = {}
        if not isinstance(values, dict):
            raise ConfigError(f"{path}: {values!r} is not a mapping")
        self.values: dict[str, Any] = values
        self.path = path

    def has(self, key: str) -> bool:
        return self.values.get(key) is not None

    def section(self, key: str) -> Section:
        return Section(self.values.get(key), self._path_of(key))

    def sections(self, key: str) -> list[Section]:
        entries = self.values.get(key) or []
        if not isinstance(entries, list):
            raise ConfigError(f"{self._path_of(key)}: {entries!r} is not a list")
        return [Section(entry, f"{self._path_of(key)}[{i}]") for i, entry in enumerate(entries)]

    def text(self, key: str, default: str, choices: Sequence[str] = ()) -> str:
        value = self._value(key, default)
        if isinstance(value, (dict, list)):
            raise self._error(key, "is not a text")
        if choices and str(value) not in choices:
            raise self._error(key, "is unknown; known are " + ", ".join(choices))
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        value = self._value(key, default)
        if not isinstance(value, bool):
            raise self._error(key, "is neither true nor false")
        return value

    def number(self, key: str, default: float, minimum: float | None = None) -> float:
        value = self._value(key, default)
        try:
            # PyYAML reads 1e-4 as text; people write it all the same.
            number = float(value) if not isinstance(value, bool) else None
        except (TypeError, ValueError):
            number = None
        if number is None:
            raise self._error(key, "is not a number")
        if minimum is not None and number < minimum:
            raise self._error(key, f"is below {minimum:g}")
        return number

    def whole(self, key: str, default: int, minimum: int | None = None) -> int:
        number = self.number(key, default, minimum)
        if number != int(number):
            raise self._error(key, "is not a whole number")
        return int(number)

    def whole_or_none(self, key: str, minimum: int | None = None) -> int | None:
        return self.whole(key, 0, minimum) if self.has(key) else None

    def wholes(self, key: str, default: Sequence[int], minimum: int | None = None) -> tuple[int, ...]:
        """One number or a list of them."""
        value = self._value(key, list(default))
        entries = value if isinstance(value, list) else [value]
        holder = Section({key: None}, self.path)
        numbers = []
        for entry in entries:
            holder.values[key] = entry
            numbers.append(holder.whole(key, 0, minimum))
        return tuple(numbers)

    def _value(self, key: str, default: Any) -> Any:
        value = self.values.get(key)
        return default if value is None else value

    def _path_of(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _error(self, key: str, what: str) -> ConfigError:
        return ConfigError(f"{self._path_of(key)}: {self.values.get(key)!r} {what}")
