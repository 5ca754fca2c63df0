"""The command: a config in, a training run, and how it ended as exit code and last lines."""
from __future__ import annotations

import io
import pathlib
import signal
import sys

from .config import load_config
from .config_reader import ConfigError
from .console import print_header, print_result, print_stopped
from .memory import MemoryReport
from .observer import Observer
from .stopping import watch_for_sigint
from .telemetry import open_telemetry
from .trainer import Trainer


def main(arguments: list[str]) -> int:
    """0: done, or stopped by SIGINT. 2: the call or the config is off. Anything else is raised."""
    _write_lines_at_once()
    watch_for_sigint()
    if len(arguments) != 1:
        print("usage: train_diffusion.py CONFIG.yaml", file=sys.stderr)
        return 2
    try:
        return _run(pathlib.Path(arguments[0]))
    except ConfigError as error:
        print(f"train_diffusion: {error}", file=sys.stderr)
        return 2


def _run(file: pathlib.Path) -> int:
    options = load_config(file)
    print_header(options.name, options.process_config, options.train.use_ema)
    try:
        with open_telemetry(options.whole_config, options.name, options.telemetry) as telemetry:
            Trainer(options, Observer(telemetry, MemoryReport(options.save_root / "memory.json"))).run()
    except ConfigError:
        raise
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # stopping already
        print_stopped()
        return 0
    except BaseException as error:
        print(f"Error running job: {error}")
        print_result(completed=0, failed=1)
        raise
    print_result(completed=1, failed=0)
    return 0


def _write_lines_at_once() -> None:
    """Into a pipe or a file too, and in UTF-8 whatever the locale is: the bars are drawn with blocks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
