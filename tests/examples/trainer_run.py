"""A run of the example trainer, with what the kernel said of its memory meanwhile."""
from __future__ import annotations

import copy
import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import yaml

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TRAINER = REPOSITORY / "examples" / "train_diffusion.py"
PYTHON = "/usr/bin/python3"
MIB = 1 << 20

# Small, quiet, and quick; each test makes large what it looks at.
BASE: dict[str, Any] = {
    "type": "diffusion_trainer",
    "device": "cpu",
    "network": {"type": "lora", "linear": 4, "linear_alpha": 4},
    "save": {"dtype": "bf16", "save_every": 1000},
    "datasets": [{"folder_path": "digits", "resolution": 64, "num_workers": 0, "max_images": 32}],
    "train": {"batch_size": 2, "steps": 4, "lr": 1e-3, "disable_sampling": True},
    "model": {"name_or_path": "tiny-digits",
              "model_kwargs": {"hidden": 64, "depth": 2, "text_hidden": 64, "vae_channels": 8}},
    "sample": {"width": 64, "height": 64, "sample_steps": 2, "prompts": ["a handwritten seven"]},
}


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """`base` with `changes` laid over it, mapping by mapping; the first dataset counts as a mapping."""
    result = copy.deepcopy(base)
    for key, value in changes.items():
        if key == "dataset" and "datasets" in result:
            result["datasets"] = [merged(result["datasets"][0], value)]
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


@dataclass
class Run:
    """A trainer that has ended."""

    folder: pathlib.Path
    exit_code: int = 0
    stdout: str = ""
    stderr: str = ""
    main_rss: int = 0  # the highest seen
    worker_uss: dict[int, int] = field(default_factory=dict)  # the highest seen, by pid

    @property
    def root(self) -> pathlib.Path:
        return self.folder / "output" / "tiny"

    @property
    def report(self) -> dict[str, Any]:
        return json.loads((self.root / "memory.json").read_text())

    def component(self, name: str) -> int:
        return self.report["components"][name]

    @property
    def peak(self) -> int:
        return self.report["peak_rss"]

    def phase(self, name: str) -> dict[str, Any]:
        return next(phase for phase in self.report["phases"] if phase["name"] == name)

    @property
    def losses(self) -> list[float]:
        """As the bar showed them. It shows a step's loss beside the steps before it, and until the next one
        is done that same loss beside one more, as tqdm does: the last drawing of a count is its own."""
        drawn = re.findall(r"\| (\d+)/(\d+) \[[^\]]*lr: [^ \]]+(?: loss: ([^\]]+))?\]", self.stderr)
        last = {done: loss for done, total, loss in drawn if done != total}
        return [float(loss) for loss in last.values() if loss]


class Trainer:
    """A trainer that runs, sampled from outside until it ends."""

    def __init__(self, folder: pathlib.Path, changes: dict[str, Any],
                 environment: dict[str, str] | None = None) -> None:
        self._run = Run(folder)
        config = {"job": "extension", "config": {"name": "tiny", "process": [
            merged(BASE | {"training_folder": str(folder / "output")}, changes)]}}
        file = folder / "config.yaml"
        file.write_text(yaml.safe_dump(config))
        self.process = subprocess.Popen(
            [PYTHON, str(TRAINER), str(file)], cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=os.environ | (environment or {}))
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def wait(self, seconds: float = 120) -> Run:
        run = self._run
        out, err = self.process.communicate(timeout=seconds)
        self._sampler.join()
        run.exit_code, run.stdout, run.stderr = self.process.returncode, out.decode(), err.decode()
        return run

    def wait_for(self, condition: Callable[[], object], seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while not condition():
            assert self.process.poll() is None, "the trainer ended before"
            assert time.monotonic() < end, f"not within {seconds} s"
            time.sleep(0.02)

    def workers(self) -> list[int]:
        try:
            return [int(pid) for pid in self._proc(self.process.pid, f"task/{self.process.pid}/children").split()]
        except OSError:
            return []

    def trains(self) -> bool:
        return (self._run.root / "memory.json").exists() and bool(self.workers())

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def uss_of(self, pid: int) -> int:
        try:
            rollup = self._proc(pid, "smaps_rollup").splitlines()
        except OSError:
            return 0
        return sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Private_"))

    def rss_of(self, pid: int) -> int:
        try:
            return int(self._proc(pid, "statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except OSError:
            return 0

    @staticmethod
    def _proc(pid: int, name: str) -> str:
        return pathlib.Path(f"/proc/{pid}/{name}").read_text()

    def _sample(self) -> None:
        run = self._run
        while self.process.poll() is None:
            run.main_rss = max(run.main_rss, self.rss_of(self.process.pid))
            for worker in self.workers():
                run.worker_uss[worker] = max(run.worker_uss.get(worker, 0), self.uss_of(worker))
            time.sleep(0.05)


def train(folder: pathlib.Path, **changes: Any) -> Run:
    """A run to its end, which must be a good one. Folders are the caller's, one for each run."""
    folder.mkdir(parents=True, exist_ok=True)
    run = Trainer(folder, changes).wait()
    assert run.exit_code == 0, run.stderr[-2000:]
    return run
