#!/usr/bin/env python3
"""Fails when a stage includes a stage it may not, or the inside of another stage.

usage: check_layers.py SRC_FOLDER
"""
import pathlib
import re
import sys

# Who may include whom, besides itself. "*": any face.
ALLOWED: dict[str, list[str]] = {
    "core": [],
    "telemetry": ["core"],
    "os": ["core", "telemetry"],
    "journal": ["core", "telemetry", "os"],
    "sensing": ["core", "telemetry", "os"],
    "logscan": ["core", "telemetry"],
    "jobconfig": ["core", "telemetry"],
    "recipe": ["core", "telemetry", "jobconfig"],
    "store": ["core", "telemetry"],
    "analysis": ["core", "telemetry", "jobconfig", "recipe"],
    "advice": ["core", "telemetry", "analysis", "jobconfig", "recipe"],
    "report": ["core", "telemetry", "analysis", "advice", "jobconfig", "logscan", "recipe", "store"],
    "live": ["core", "telemetry", "analysis", "report", "store"],
    "monitor": ["core", "telemetry", "os", "journal", "sensing", "logscan", "store"],
    "launcher": ["core", "telemetry", "os"],
    "notify": ["core", "telemetry", "os"],
    "clients": ["core", "telemetry", "os", "jobconfig", "store"],
    "integrate": ["core", "telemetry", "os", "store"],
    "server": ["core", "telemetry", "store", "report"],
    "cli": ["*"],
}
OPEN = {"core", "telemetry", "os"}  # every header of these is a face; elsewhere only <stage>/<stage>.h


def violations(src: pathlib.Path) -> list[str]:
    found = []
    for file in sorted(src.rglob("*.[hc]*")):
        here = file.relative_to(src).parts[0]
        for target in re.findall(r'^#include "([\w/.]+)"', file.read_text(), re.M):
            there = target.split("/")[0]
            if here == there or here not in ALLOWED or there not in ALLOWED:
                continue
            allowed = "*" in ALLOWED[here] or there in ALLOWED[here]
            face = there in OPEN or target == f"{there}/{there}.h"
            if not (allowed and face):
                found.append(f"{file}: may not include {target}")
    return found


if __name__ == "__main__":
    problems = violations(pathlib.Path(sys.argv[1]))
    print("\n".join(problems) or "layers: clean")
    sys.exit(bool(problems))
