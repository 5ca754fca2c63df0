"""What a step costs the trainer in Python: a record with four floats, beside a C function of the same
extension that takes the same arguments and does nothing (the floor), and beside a disabled run."""
from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any

CALLS = 100_000  # a lane has room for 262,144
ROUNDS = 9
BUDGET_NS = 300


def fresh_run() -> Any:
    """A run that records into a new journal in memory; a monitor would drain it meanwhile."""
    import tidemark
    from tidemark import _tidemark

    status, path, meaning = _tidemark.create_journal("", None)
    if status != _tidemark.STATUS_OK:
        raise RuntimeError(meaning)
    journal = _tidemark.Journal(path)
    journal.claim()
    os.unlink(path)
    run = tidemark.Run()
    run._begin(journal, records_steps=True)
    return run


def steps_of(call: Callable[..., object]) -> None:
    for step in range(CALLS):
        call(step, loss=0.125, batch_size=4, gradient_norm=1.5, learning_rate=1e-4)


def losses_of(call: Callable[..., object]) -> None:
    for step in range(CALLS):
        call(step, loss=0.125)


def nothing(call: Callable[..., object]) -> None:
    for _ in range(CALLS):
        pass


def tensors_of(call: Callable[..., object]) -> None:
    import torch

    loss = torch.tensor(0.125)
    for step in range(CALLS // 10):
        call(step, loss=loss)


def events_of(run: Any) -> None:
    for number in range(CALLS // 10):
        run.event("batch_size_change", old=4, new=number)


def phases_of(run: Any) -> None:
    for _ in range(CALLS // 10):
        with run.phase("sampling"):
            pass


def cost_ns(body: Callable[[Any], None], prepare: Callable[[], Any], calls: int = CALLS) -> tuple[float, float]:
    """(best, median) of a call, in nanoseconds."""
    costs = []
    for _ in range(ROUNDS):
        argument = prepare()
        began = time.perf_counter_ns()
        body(argument)
        costs.append((time.perf_counter_ns() - began) / calls)
    return min(costs), statistics.median(costs)


def main() -> None:
    import tidemark

    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder
        runs: list[Any] = []

        def new_run() -> Any:
            if runs:
                runs.pop().close()
            runs.append(fresh_run())
            return runs[0]

        loop = cost_ns(nothing, lambda: None)
        rows = [
            ("floor: a C function, the same arguments", cost_ns(steps_of, lambda: new_run()._bench_floor), 0),
            ("step, four values", cost_ns(steps_of, lambda: new_run().step), BUDGET_NS),
            ("step, loss alone", cost_ns(losses_of, lambda: new_run().step), BUDGET_NS),
            ("step, disabled", cost_ns(steps_of, lambda: tidemark.monitor(enabled=False).step), 0),
            ("event with two details", cost_ns(events_of, new_run, CALLS // 10), 0),
            ("phase, beginning and end", cost_ns(phases_of, new_run, CALLS // 10), 0),
        ]
        if has_torch():
            rows.append(("step, the loss a CPU tensor", cost_ns(tensors_of, lambda: new_run().step, CALLS // 10), 0))
        runs.pop().close()
    print(f"best and median of {ROUNDS} rounds, ns a call, without the loop around it ({loop[0]:.0f} ns):")
    for name, (best, median), budget in rows:
        judged = f"   budget {budget}: {'kept' if best - loop[0] < budget else 'MISSED'}" if budget else ""
        print(f"  {name:<42} {best - loop[0]:8.0f} {median - loop[0]:8.0f}{judged}")
    print(f"  import tidemark, in a new process: {import_ms():.1f} ms of CPU (budget 20)")


def has_torch() -> bool:
    try:
        import torch  # noqa: F401
    except ImportError:
        return False
    return True


def import_ms() -> float:
    script = "import time; began = time.process_time(); import tidemark; print((time.process_time() - began) * 1e3)"
    return min(float(subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout)
               for _ in range(10))


if __name__ == "__main__":
    main()
