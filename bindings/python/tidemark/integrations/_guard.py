"""What keeps a failure of ours out of the training."""
from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import Any, TypeVar, cast

logger = logging.getLogger("tidemark")

AnyCall = TypeVar("AnyCall", bound=Callable[..., Any])


class Guard:
    """Reports the first failure and keeps quiet about the others: a warning a step helps nobody."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._reported = False

    def report(self, where: str) -> None:
        """Call it in the except block, where the traceback is."""
        if self._reported:
            return
        self._reported = True
        logger.warning("%s: %s failed. The training goes on; later failures of this kind are not shown.",
                       self._owner, where, exc_info=True)


def guarded(method: AnyCall) -> AnyCall:
    """For methods of objects with a `_guard`: an exception ends the method, with None, and goes no further.

    KeyboardInterrupt and SystemExit pass: they are the user's.
    """

    @functools.wraps(method)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except Exception:
            self._guard.report(method.__name__)
            return None

    return cast(AnyCall, call)
