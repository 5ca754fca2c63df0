"""Phases and steps of the run, told to the monitor and kept for the run's own account."""
from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

from .memory import MemoryReport
from .telemetry import Telemetry


@dataclass(frozen=True)
class Observer:
    telemetry: Telemetry
    report: MemoryReport

    @contextlib.contextmanager
    def phase(self, name: str) -> Iterator[None]:
        with self.telemetry.phase(name), self.report.phase(name):
            yield
