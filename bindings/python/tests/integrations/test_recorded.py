"""Real trainings in processes of their own under the real package: what their database has afterwards."""
from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
TIDEMARK = os.environ.get("TIDEMARK", "")
try:
    import tidemark._tidemark
    PACKAGE = Path(tidemark._tidemark.__file__ or "").parent
except ImportError as missing:
    pytest.skip(f"the package is not installed with its native module: {missing}", allow_module_level=True)
if not os.access(TIDEMARK, os.X_OK):
    pytest.skip("TIDEMARK names no program", allow_module_level=True)

FRAMEWORKS = ["transformers", "lightning", "accelerate"]


@pytest.fixture(params=FRAMEWORKS)
def framework(request: pytest.FixtureRequest) -> str:
    pytest.importorskip("lightning.pytorch" if request.param == "lightning" else request.param)
    return str(request.param)


@dataclass
class Place:
    """One test's folder, database and journals."""

    folder: Path

    def environment(self, **more: str) -> dict[str, str]:
        clean = {name: value for name, value in os.environ.items()
                 if not name.startswith("TIDEMARK") and name not in ("RANK", "WORLD_SIZE")}
        return {**clean, "TIDEMARK_DB": str(self.folder / "metrics.db"), "XDG_DATA_HOME": str(self.folder / "data"),
                "TIDEMARK_EXECUTABLE": TIDEMARK, "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": os.pathsep.join([str(HERE), os.environ.get("PYTHONPATH", "")]), **more}

    def command(self, framework: str, *words: str) -> list[str]:
        return [sys.executable, str(HERE / "trainings.py"), framework, "result", *words]

    def run(self, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.folder, env=self.environment(**variables), capture_output=True,
                              text=True, timeout=200)

    def rows(self, sql: str) -> list[Any]:
        with sqlite3.connect(f"file:{self.folder / 'metrics.db'}?mode=ro", uri=True) as database:
            return database.execute(sql).fetchall()

    def steps(self) -> list[Any]:
        return self.rows("SELECT step, loss, batch_size, learning_rate, step_time_seconds FROM StepMetric ORDER BY id")

    def events(self) -> list[str]:
        return [kind for kind, in self.rows("SELECT event_type FROM TrainingEvent ORDER BY id")]

    def told(self, rank: int = 0) -> list[dict[str, float]]:
        """What the framework says of its own steps."""
        told: list[dict[str, float]] = json.loads((self.folder / f"result.{rank}").read_text())
        return told


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def under_tidemark(command: list[str]) -> list[str]:
    return [TIDEMARK, "run", "--interval", "0.2", "--", *command]


def test_under_tidemark_run_every_step_is_in_the_database(framework: str, place: Place) -> None:
    done = place.run(under_tidemark(place.command(framework)))
    assert done.returncode == 0, done.stderr
    told, steps = place.told(), place.steps()
    assert [step[0] for step in steps] == [1, 2, 3, 4, 5, 6] == [step["step"] for step in told]
    assert [step[1] for step in steps] == pytest.approx([step["loss"] for step in told], abs=6e-5)
    assert all(step[3] > 0 for step in steps) and all(step[4] > 0 for step in steps[1:])
    if framework != "accelerate":  # its loop does not log it
        assert [step[2] for step in steps] == [4] * 6
    events = place.events()
    assert "exception" not in events and "oom_error" not in events
    if framework == "transformers":
        assert events.index("checkpoint_save_start") < events.index("checkpoint_save_end")
    if framework == "lightning":
        assert events.index("validation_start") < events.index("validation_end")


def test_running_out_of_memory_is_recorded_and_ends_the_process(framework: str, place: Place) -> None:
    done = place.run(under_tidemark(place.command(framework, "oom")))
    assert done.returncode == 1 and "CUDA out of memory" in done.stderr
    assert [step[0] for step in place.steps()] == [1, 2, 3]
    assert place.events().count("oom_error") == 1


def test_alone_it_starts_a_monitor(framework: str, place: Place) -> None:
    done = place.run(place.command(framework))
    assert done.returncode == 0, done.stderr
    wait_for_the_end(place)
    assert [step[0] for step in place.steps()] == [1, 2, 3, 4, 5, 6]
    assert place.rows("SELECT name FROM TidemarkJob") == [("a job",)]
    started, = place.rows("SELECT details FROM TrainingEvent WHERE event_type = 'training_start'")
    assert json.loads(started[0])["config"]["framework"] == framework


def wait_for_the_end(place: Place) -> None:
    """The monitor outlives the trainer for as long as it takes to store what came last."""
    for _ in range(300):
        if (place.folder / "metrics.db").exists() and "training_end" in place.events():
            return
        time.sleep(0.1)
    raise AssertionError("no end of the run within 30 s")


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_of_two_ranks_the_first_records_the_steps(framework: str, place: Place) -> None:
    pytest.importorskip("lightning.pytorch" if framework == "lightning" else framework)
    torch = pytest.importorskip("torch")
    if not torch.distributed.is_available():
        pytest.skip("this torch has no torch.distributed")
    if framework != "lightning" and not hasattr(torch.cpu, "device_count"):
        pytest.skip(f"accelerate needs a newer torch than {torch.__version__} for ranks without a GPU")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    # Two processes as torchrun starts them, below one `tidemark run`.
    starter = ("import os, subprocess, sys\n"
               "ranks = [subprocess.Popen(sys.argv[1:], env={**os.environ, 'RANK': rank, 'LOCAL_RANK': rank})"
               " for rank in '01']\nsys.exit(max(rank.wait() for rank in ranks))")
    done = place.run(under_tidemark([sys.executable, "-c", starter, *place.command(framework)]), WORLD_SIZE="2",
                     LOCAL_WORLD_SIZE="2", NODE_RANK="0", GROUP_RANK="0", MASTER_ADDR="127.0.0.1",
                     MASTER_PORT=str(port), ACCELERATE_USE_CPU="true", TORCHELASTIC_RUN_ID="test")
    assert done.returncode == 0, done.stderr
    assert (place.folder / "result.1").exists()  # the second rank trained too
    assert [step[0] for step in place.steps()] == [step["step"] for step in place.told(0)]


def test_without_the_native_module_nothing_is_recorded_and_the_training_is_the_same(framework: str,
                                                                                    place: Place) -> None:
    bare = place.folder / "bare/tidemark"
    shutil.copytree(PACKAGE, bare, ignore=shutil.ignore_patterns("_tidemark*", "__pycache__"))
    done = place.run(place.command(framework), PYTHONPATH=os.pathsep.join([str(bare.parent), str(HERE)]))
    assert done.returncode == 0 and len(place.told()) == 6
    assert done.stderr.count("tidemark is not usable here") == 1
    assert not (place.folder / "metrics.db").exists()
