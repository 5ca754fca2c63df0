"""What is said to the user: once, through `logging.getLogger("tidemark")`, and never an exception."""

from __future__ import annotations

_said: set[str] = set()
_MOST_DIFFERENT = 100  # texts hold names and types of the trainer's: bounded


def warn_once(text: str) -> None:
    """A warning the first time, a debug message after that."""
    _say_once(text, "warning")


def inform_once(text: str) -> None:
    """The same at level INFO, for what is as it should be but may surprise."""
    _say_once(text, "info")


def _say_once(text: str, level: str) -> None:
    import logging  # not at import: it costs milliseconds that a silent run need not pay

    logger = logging.getLogger("tidemark")
    if text in _said or len(_said) >= _MOST_DIFFERENT:
        logger.debug(text)
        return
    _said.add(text)
    getattr(logger, level)(text)
