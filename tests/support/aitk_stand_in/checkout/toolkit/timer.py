from __future__ import annotations

import contextlib
import time
from collections import deque


class Timer:
    def __init__(self) -> None:
        self.timers: dict[str, deque] = {}
        self.running: dict[str, float] = {}

    def start(self, name: str) -> None:
        self.running[name] = time.time()

    def stop(self, name: str) -> None:
        self.timers.setdefault(name, deque(maxlen=10)).append(time.time() - self.running.pop(name))

    def reset(self) -> None:
        self.timers.clear()

    @contextlib.contextmanager
    def __call__(self, name: str):
        self.start(name)
        yield
        self.stop(name)
