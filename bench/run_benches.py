#!/usr/bin/env python3
"""What Tidemark costs, beside its floor and its peers, in one run.

usage: run_benches.py [SUBJECT...]   (default: all; names below)
"""
from __future__ import annotations

import sys

import database_growth
import hook_cost
import journal_cost
import large_process
import log_reading
import monitor_cost
import page
import python_step
import sample_cost
import server_answers
import training_cost
import watcher_cost

SUBJECTS = {
    "sample": sample_cost.main,      # CPU of one background sample: ours, bare pread, psutil
    "monitor": monitor_cost.main,    # the monitor over a minute: CPU share and PSS
    "large_process": large_process.main,  # a sample and the target's longest pause: 100,000 mappings, tens of GB
    "journal": journal_cost.main,    # CPU of one record from C++, beside its floor
    "stall": journal_cost.stall,     # the longest single record while a disk is written and synced
    "python_step": python_step.main,  # ns of run.step from Python, beside a bare C function
    "training": training_cost.main,  # throughput of a training loop with and without, in pairs
    "hook": hook_cost.main,          # what a step of an ai-toolkit job pays for the hook, in pairs
    "log": log_reading.main,         # an ordinary 200 MB log: ours, grep -c, ripgrep; peak memory
    "watcher": watcher_cost.main,    # the watcher beside ai-toolkit, idle and beside a busy job: CPU share and PSS
    "page": page.main,               # the web UI over a 24 h run: first chart from a cold start, frames while zoomed
    "server": server_answers.main,   # GET .../analysis of a 24 h run: p99 and bytes, alone and in a crowd
    "database": database_growth.main,  # bytes per hour at the defaults and one step per second
}


def main(names: list[str]) -> int:
    unknown = set(names) - SUBJECTS.keys()
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(SUBJECTS)}", file=sys.stderr)
        return 2
    for name in names or SUBJECTS:
        print(f"== {name}", flush=True)
        SUBJECTS[name]()
        print(flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
