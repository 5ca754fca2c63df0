"""A trainer of known memory for the page's tests: it loads, caches, trains, samples and saves, and says so.

usage: trainer.py STEPS STEP_SECONDS [ending]
ending: end | raise [MESSAGE] (a hostile one unless it is given) | wait FILE (trains on until FILE is there)
        | workers COUNT MIB (forked workers that each keep MIB more at every step)
"""
from __future__ import annotations

import math
import multiprocessing
import pathlib
import sys
import time

import tidemark

MIB = 1 << 20
HOSTILE = "<img src=x onerror=\"document.title='pwned'\"> & <script>document.title='pwned'</script>"


def filled(mib: int) -> bytearray:
    return bytearray(b"\x01" * (mib * MIB))  # written, so that the pages are there


def train(run: tidemark.Run, steps: int, seconds: float, until: pathlib.Path | None,
          workers: list[multiprocessing.process.BaseProcess]) -> None:
    step = 0
    while step < steps or (until is not None and not until.exists()):
        step += 1
        check_workers(workers)
        if step == steps // 2:
            run.event("batch_size_change", old=4, new=8)
        activations = filled(24 if step < steps // 2 else 48)
        time.sleep(seconds)
        loss = math.exp(-step / max(steps, 1)) + 0.05 * math.sin(step)
        run.step(step, loss=loss, batch_size=4 if step < steps // 2 else 8, gradient_norm=1 + 0.2 * math.cos(step),
                 learning_rate=1e-4 * (1 - step / (2 * steps)), data_wait_seconds=seconds / 10)
        del activations
        if step == steps * 3 // 4:
            with run.phase("sampling"):
                pictures = filled(96)
                time.sleep(4 * seconds)
                del pictures


def hoard(mib: int, seconds: float) -> None:
    kept = []
    while True:
        kept.append(filled(mib))
        time.sleep(seconds)


def start_workers(count: int, mib: int, seconds: float) -> list[multiprocessing.process.BaseProcess]:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=hoard, args=(mib, seconds), daemon=True) for _ in range(count)]
    for worker in workers:
        worker.start()
    return workers


def check_workers(workers: list[multiprocessing.process.BaseProcess]) -> None:
    for worker in workers:
        if not worker.is_alive():  # in the words of a DataLoader
            raise RuntimeError(f"DataLoader worker (pid {worker.pid}) is killed by signal: Killed.")


def main(steps: int, seconds: float, ending: str, *rest: str) -> None:
    with tidemark.monitor() as run:
        with run.phase("model_load"):
            weights = filled(160)
            time.sleep(1)
        with run.phase("latent_caching"):
            cache = filled(40)
            time.sleep(0.5)
        workers = start_workers(int(rest[0]), int(rest[1]), seconds) if ending == "workers" else []
        train(run, steps, seconds, pathlib.Path(rest[0]) if ending == "wait" else None, workers)
        if ending == "raise":
            message = rest[0] if rest else HOSTILE
            print(f"ERROR: {message}", file=sys.stderr, flush=True)
            raise RuntimeError(message)
        with run.phase("checkpoint_save"):
            time.sleep(0.5)
        del weights, cache


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else "end", *sys.argv[4:])
