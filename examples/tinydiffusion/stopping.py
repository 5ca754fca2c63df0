"""Ctrl-C that is never lost. Python raises KeyboardInterrupt wherever it happens to be; inside a hook that
runs at a fork, as when workers start, it is printed and forgotten. So it is remembered too."""
from __future__ import annotations

import signal
from types import FrameType

_asked = False


def watch_for_sigint() -> None:
    def remember(number: int, frame: FrameType | None) -> None:
        global _asked
        _asked = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, remember)


def stop_if_asked() -> None:
    """Raises KeyboardInterrupt when SIGINT came before."""
    if _asked:
        raise KeyboardInterrupt
