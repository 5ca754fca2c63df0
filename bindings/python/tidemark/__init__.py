"""The trainer's half of Tidemark: tells the monitor what only the trainer knows.

    import tidemark

    with tidemark.monitor(config=job_config, name="my_lora") as run:
        for step, batch in enumerate(run.batches(loader)):
            ...
            run.step(step, loss=loss, batch_size=4)

`monitor` joins the monitor that watches this process (under `tidemark run`, `attach` or `watch`) or starts
one. Nothing here makes training wait or fail: a record is a store into memory, and what could not be
recorded is counted and never raised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidemark.monitoring import monitor
    from tidemark.run import Run

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "monitor"]


def __getattr__(name: str) -> object:
    """What needs the native module, when it is asked for: without that module `tidemark.integrations` can still
    be imported, and does nothing."""
    if name == "monitor":
        from tidemark.monitoring import monitor

        return monitor
    if name == "Run":
        from tidemark.run import Run

        return Run
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
