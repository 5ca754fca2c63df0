"""What an exception that leaves the block says of how the run ended."""

from __future__ import annotations

import sys
from typing import Any

from tidemark.details import safe_text

_MOST_MESSAGE = 16_384
_MOST_CAUSES = 8

# RuntimeErrors that are an allocator's: torch before 1.13 had no class for them, other backends have none.
_OUT_OF_MEMORY = (
    r"(CUDA|HIP|XPU|MPS|NPU)\b.{0,40}out of memory|out of memory.{0,80}(CUDA|HIP|XPU|MPS)"
    r"|DefaultCPUAllocator: (can't|not enough) .{0,20}memory|CUBLAS_STATUS_ALLOC_FAILED|RESOURCE_EXHAUSTED"
)


def is_benign(error: BaseException) -> bool:
    """Endings that are no failure: sys.exit(0), and a generator that is closed."""
    return isinstance(error, GeneratorExit) or (isinstance(error, SystemExit) and error.code in (None, 0))


def describe(error: BaseException) -> tuple[str, dict[str, str]]:
    """The event's type and details."""
    details = {
        "class": type(error).__qualname__,
        "module": type(error).__module__,
        "message": _message_of(error),
        "frame": _innermost_frame(error),
    }
    if isinstance(error, KeyboardInterrupt):
        return "keyboard_interrupt", details
    return ("oom_error" if is_out_of_memory(error) else "exception"), details


def is_out_of_memory(error: BaseException) -> bool:
    """Of the error itself, or of one that it was raised from."""
    cause: BaseException | None = error
    for _ in range(_MOST_CAUSES):
        if cause is None:
            return False
        if _is_out_of_memory_itself(cause):
            return True
        cause = cause.__cause__
    return False


def _is_out_of_memory_itself(error: BaseException) -> bool:
    if isinstance(error, MemoryError):
        return True
    torch: Any = sys.modules.get("torch")
    for place in (torch, getattr(torch, "cuda", None)):
        kind = getattr(place, "OutOfMemoryError", None)
        if isinstance(kind, type) and isinstance(error, kind):
            return True
    if not isinstance(error, RuntimeError):
        return False
    import re

    return re.search(_OUT_OF_MEMORY, _message_of(error), re.IGNORECASE | re.DOTALL) is not None


def _message_of(error: BaseException) -> str:
    try:
        return safe_text(str(error))[:_MOST_MESSAGE]
    except Exception:
        return "(its text could not be had)"


def _innermost_frame(error: BaseException) -> str:
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return safe_text(f"{code.co_filename}:{trace.tb_lineno} in {code.co_name}")
