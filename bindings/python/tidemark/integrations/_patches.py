"""Methods of one object, replaced while a run is open."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


class Patches:
    """Where a framework has no hook, its object's own method is wrapped: on that object alone, never on a class."""

    def __init__(self) -> None:
        self._undo: list[tuple[Any, str, Method]] = []

    def wrap(self, owner: Any, name: str, make: Callable[[Method], Method]) -> bool:
        """Puts `make(original)` in the place of `owner.name`; False where the owner has no such method."""
        original = getattr(owner, name, None)
        if not callable(original) or name in vars(owner):  # somebody else's wrapper is left as it is
            return False
        wrapper = make(original)
        setattr(owner, name, wrapper)
        self._undo.append((owner, name, wrapper))
        return True

    def restore(self) -> None:
        """Takes the wrappers away, except those that somebody has wrapped in turn: they only call through."""
        while self._undo:
            owner, name, wrapper = self._undo.pop()
            if vars(owner).get(name) is wrapper:
                delattr(owner, name)
