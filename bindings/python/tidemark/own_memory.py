"""What this process holds at a moment that only the trainer knows: the beginning and the end of a phase."""

from __future__ import annotations

import os

_STATUS = "/proc/self/status"
# proc(5): resident pages of its own, of shared memory, all of them, and the most there were of these.
_NAMES = {b"RssAnon": "anon_bytes", b"RssShmem": "shmem_bytes", b"VmRSS": "rss_bytes", b"VmHWM": "peak_rss_bytes"}


def read() -> dict[str, int]:
    """By name, in bytes; empty where the kernel does not tell."""
    try:
        status = os.open(_STATUS, os.O_RDONLY | os.O_CLOEXEC)  # anew each time: a fork has a file of its own
    except OSError:
        return {}
    try:
        text = os.read(status, 16384)
    except OSError:
        return {}
    finally:
        os.close(status)
    held: dict[str, int] = {}
    for line in text.splitlines():
        key, _, value = line.partition(b":")
        name = _NAMES.get(key)
        if name is not None:
            held[name] = int(value.split()[0]) * 1024
    return held
