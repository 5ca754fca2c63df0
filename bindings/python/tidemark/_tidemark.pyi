"""The extension: the journal's writer, and the half of `Run` that has to be fast."""

from os import PathLike
from typing import SupportsFloat

STATUS_OK: int
STATUS_NOT_YET: int
HAS_LOSS: int
HAS_LEARNING_RATE: int
HAS_GRADIENT_NORM: int
HAS_BATCH_SIZE: int

class Journal:
    """An open journal. Calls answer whether the record was taken; none waits."""

    def __new__(cls, path: str | PathLike[str]) -> Journal:
        """Raises OSError when it is no journal of this user's that this version can write."""
    @property
    def path(self) -> str: ...
    def claim(self) -> bool:
        """Gets this thread its lane now, which takes a few milliseconds."""
    def event(self, type: bytes, details: bytes, /) -> bool:
        """`type` has 1 to 64 bytes; `details` is a JSON object of at most 256 KiB, or empty."""
    def phase(self, name: bytes, begins: bool, /) -> bool: ...
    def allocator(
        self,
        step: int,
        device_kind: int,
        device_index: int,
        allocated_bytes: int,
        reserved_bytes: int,
        peak_allocated_bytes: int,
        peak_reserved_bytes: int,
        /,
    ) -> bool:
        """`step` is -1 outside of steps; `device_kind` 0 CPU, 1 CUDA, 2 MPS; a peak of 0 is not known."""
    def complete(
        self,
        step: int,
        time_ns: int,
        present: int,
        loss: float,
        learning_rate: float,
        gradient_norm: float,
        batch_size: int,
        /,
    ) -> bool:
        """Values of a step that was recorded at `time_ns`; `present` is a sum of HAS_*."""
    def counts(self) -> dict[str, int]:
        """Of the whole journal: records_taken, dropped_full, dropped_no_lane, dropped_too_large,
        dropped_disabled."""
    def close(self) -> None:
        """Gives this process's lanes back; from then on nothing is taken."""

class Recorder:
    """The fast half of `tidemark.Run`."""

    def step(
        self,
        step: SupportsFloat,
        loss: SupportsFloat | None = None,
        *,
        batch_size: SupportsFloat | None = None,
        gradient_norm: SupportsFloat | None = None,
        learning_rate: SupportsFloat | None = None,
        step_time_seconds: SupportsFloat | None = None,
        data_wait_seconds: SupportsFloat | None = None,
    ) -> bool:
        """Records one optimiser step; returns whether the record was taken.

        Values are numbers or scalar tensors. A tensor on a device is read one step later, when it is ready,
        without waiting for the device. What is left out is absent; NaN and infinity are kept.
        `step_time_seconds` is measured (time since this thread's step before, without phases that ended in
        between) and `data_wait_seconds` comes from `batches`, unless they are given.
        Never raises, never waits. False: disabled, the journal is full, or a rank above 0.
        """
    def _attach(self, journal: Journal | None, records_steps: bool, /) -> None: ...
    def _phase(self, name: bytes, begins: bool, /) -> bool: ...
    def _waited(self, took_ns: int, /) -> None: ...
    def _set_pending(self, pending: bool, /) -> None: ...
    def _bench_floor(self, *args: object, **values: object) -> bool: ...
    @property
    def _values_unusable(self) -> int: ...

def find_journal() -> tuple[int, str, str]:
    """(status, path, what the status means); STATUS_NOT_YET: in a run whose journal is not there yet."""

def create_journal(database: str | PathLike[str], label: str | None, /) -> tuple[int, str, str]:
    """(status, path, what the status means). `database` may be empty; `label` is a JSON object."""

def malloc_statistics() -> tuple[int, int, int] | None:
    """(allocated bytes, reserved bytes, nanoseconds that it took); None where glibc's malloc is not in use."""

def boot_ns() -> int:
    """The clock of the records."""
