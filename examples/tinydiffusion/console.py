"""What the run prints: the lines and the progress bars of ai-toolkit's log, which monitors read."""
from __future__ import annotations

import json
import os
import sys
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

EIGHTHS = " ▏▎▍▌▋▊▉"
BAR_WIDTH = 10
REDRAW_SECONDS = 0.1


def print_header(name: str, process_config: dict[str, Any], use_ema: bool) -> None:
    print("Running 1 job")
    print(json.dumps(process_config, indent=4, default=str))
    if use_ema:
        print("Using EMA")
    line = "#" * 45
    print(f"\n{line}\n# Running job: {name}\n{line}\n\nRunning  1 process")


def print_result(completed: int, failed: int) -> None:
    print("\n" + "=" * 40)
    print("Result:")
    print(f" - {completed} completed job{'' if completed == 1 else 's'}")
    if failed:
        print(f" - {failed} failure{'' if failed == 1 else 's'}")
    print("=" * 40)


def print_stopped() -> None:
    line = "=" * 40
    print(f"\n{line}\nJob stopped\n{line}")


def print_out_of_memory(attempt: int, attempts: int) -> None:
    line = "#" * 48
    print(f"\n{line}\n# OOM during training step, skipping batch {attempt}/{attempts} #\n{line}\n")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"


class ProgressBar:
    """One line on stderr, drawn again and again after a carriage return."""

    def __init__(self, title: str, total: int, smoothing: float = 0.3) -> None:
        self._title, self._total, self._smoothing = title, total, smoothing
        self._done = 0
        self._postfix = ""
        self._start = self._counted_at = time.monotonic()
        self._counted = 0
        self._seconds_each: float | None = None
        self._paused_at: float | None = None

    def __enter__(self) -> ProgressBar:
        self.draw()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def update(self, count: int) -> None:
        self._done += count
        if time.monotonic() - self._counted_at >= REDRAW_SECONDS:
            self._measure()
            self.draw()

    def set_postfix(self, text: str) -> None:
        self._postfix = text
        self.draw()

    def pause(self) -> None:
        """Until unpause(), time does not count: something else is being done."""
        self._paused_at = time.monotonic()

    def unpause(self) -> None:
        if self._paused_at is not None:
            pause = time.monotonic() - self._paused_at
            self._start += pause
            self._counted_at += pause
            self._paused_at = None

    def close(self) -> None:
        self._measure()
        self.draw()
        sys.stderr.write("\n")
        sys.stderr.flush()

    def draw(self) -> None:
        sys.stderr.write("\r" + self.line())
        sys.stderr.flush()

    def line(self) -> str:
        elapsed = time.monotonic() - self._start
        done = min(self._done / self._total, 1.0) if self._total else 1.0
        left = "?" if not self._seconds_each else _clock(self._seconds_each * (self._total - self._done))
        tail = f", {self._postfix}" if self._postfix else ""
        return (f"{self._title}: {int(done * 100):3d}%|{_meter(done)}| {self._done}/{self._total} "
                f"[{_clock(elapsed)}<{left}, {self._rate()}{tail}]")

    def _measure(self) -> None:
        now = time.monotonic()
        if self._done == self._counted:
            return
        each = (now - self._counted_at) / (self._done - self._counted)
        old = self._seconds_each
        self._seconds_each = each if old is None else self._smoothing * each + (1 - self._smoothing) * old
        self._counted_at, self._counted = now, self._done

    def _rate(self) -> str:
        if not self._seconds_each:
            return "?it/s"
        if self._seconds_each > 1:
            return f"{self._seconds_each:5.2f}s/it"
        return f"{1 / self._seconds_each:5.2f}it/s"


def _meter(done: float) -> str:
    eighths = int(done * BAR_WIDTH * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (EIGHTHS[part] if full < BAR_WIDTH else "")).ljust(BAR_WIDTH)


class Timer:
    """Average seconds of the named parts of a step, over the last ten of each."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._seconds: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=10))

    @contextmanager
    def __call__(self, part: str) -> Iterator[None]:
        start = time.monotonic()
        yield
        self._seconds[part].append(time.monotonic() - start)

    def print_and_reset(self) -> None:
        # ai-toolkit keeps its log free of this when its UI shows the speed.
        if os.environ.get("IS_AI_TOOLKIT_UI") != "1":
            print(f"\nTimer '{self._name} Timer':")
            averages = [(sum(times) / len(times), part) for part, times in self._seconds.items()]
            for average, part in sorted(averages, reverse=True):
                print(f" - {average:.4f}s avg - {part}, num = {len(self._seconds[part])}")
        self._seconds.clear()
