"""`tidemark log` on an ordinary training log, beside grep -c and ripgrep on the same file, in turns;
its peak memory on a log of a tenth of the size and on the whole."""
from __future__ import annotations

import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

from common import TIDEMARK

ROUNDS = 9
MEGABYTE = 1 << 20


def clock(seconds: int) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def ordinary_log(path: pathlib.Path, size: int) -> None:
    """What ai-toolkit leaves: redrawn bars, a save every 250 steps, a dated line every 50."""
    rng = random.Random(7)
    total = size // 120
    with path.open("wb") as log:
        log.write(b"Running 1 job\n{\n    \"prompts\": [\n        \"a sign that says CUDA out of memory\"\n    ]\n}\n")
        for step in range(total):
            share = step / total
            drawn = ("█" * int(share * 10) + " ▏▎▍▌▋▊▉"[int(share * 80) % 8]).ljust(10)[:10]
            log.write(f"\rmy_first_lora_v1: {share:4.0%}|{drawn}| {step}/{total} [{clock(step * 3)}<"
                      f"{clock((total - step) * 3)},  {2.9 + rng.random() / 5:.2f}s/it, lr: 1.0e-04 "
                      f"loss: {rng.random() / 2:.3e}]".encode())
            if step % 250 == 249:
                log.write(f"\nSaving at step {step}\nSaved checkpoint to /out/my_first_lora_v1_{step:09}\n".encode())
            if step % 50 == 49:
                log.write(f"\n2026-08-21 10:00:00,123 - INFO - trainer - mean squared error 0.1{step}\n".encode())
            if log.tell() >= size:
                return


def log_of_lines(path: pathlib.Path, size: int) -> None:
    """What trainers without a bar leave: a dated line a step, a dictionary of values every ten."""
    rng = random.Random(11)
    with path.open("w") as log:
        step = 0
        while log.tell() < size:
            for _ in range(1000):
                step += 1
                log.write(f"2026-08-21 10:{step // 60 % 60:02}:{step % 60:02},123 - INFO - train - step {step}/9000000 "
                          f"loss: {rng.random():.4f} grad_norm: {rng.random() * 10:.3f}\n")
                if step % 10 == 0:
                    log.write(f"{{'loss': {rng.random():.4f}, 'learning_rate': {rng.random() / 1e4:.6e}, "
                              f"'epoch': {step / 1000:.2f}}}\n")


def run(command: list[str]) -> tuple[float, float, int]:
    """CPU seconds, seconds by the clock, peak resident bytes."""
    # grep stops at the first match where its output is /dev/null.
    started = time.perf_counter()
    with tempfile.TemporaryFile() as output, subprocess.Popen(command, stdout=output) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):  # grep says 1 where nothing matches
        sys.exit(f"{command[0]} failed with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started, usage.ru_maxrss * 1024


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        logs = {size: pathlib.Path(folder) / f"{size}.log" for size in (20, 200)}
        for size, path in logs.items():
            ordinary_log(path, size * MEGABYTE)
        whole = str(logs[200])
        commands = {"tidemark log": [str(TIDEMARK), "log", whole, "--json"],
                    "grep -c error": ["grep", "-c", "error", whole],
                    "rg -c error": ["rg", "-j1", "-c", "error", whole],
                    "wc -l": ["wc", "-l", whole]}
        timings: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
        for _ in range(ROUNDS):
            for name, command in commands.items():
                timings[name].append(run(command)[:2])
        megabytes = logs[200].stat().st_size / 1e6
        print(f"an ordinary log of {megabytes:.0f} MB, {ROUNDS} rounds in turns, the file in the page cache:")
        for name, both in timings.items():
            cpu, elapsed = (statistics.median(column) for column in zip(*both))
            best = min(seconds for seconds, _ in both)
            print(f"  {name:<16} {megabytes / cpu:8.0f} MB/s of CPU (best {megabytes / best:.0f}), "
                  f"{megabytes / elapsed:8.0f} MB/s by the clock")
        for size, path in logs.items():
            print(f"  peak memory on {size:>3} MB: {run([str(TIDEMARK), 'log', str(path)])[2] / MEGABYTE:.1f} MiB")
        lines = pathlib.Path(folder) / "lines.log"
        log_of_lines(lines, 100 * MEGABYTE)
        read = [run([str(TIDEMARK), "log", str(lines), "--json"])[0] for _ in range(ROUNDS)]
        megabytes = lines.stat().st_size / 1e6
        print(f"  a log of lines, {megabytes:.0f} MB: {megabytes / statistics.median(read):.0f} MB/s of CPU "
              f"(best {megabytes / min(read):.0f})")
        print("  (budget: over 1 GB/s on one core)")


if __name__ == "__main__":
    main()
