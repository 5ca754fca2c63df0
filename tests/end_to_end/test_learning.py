"""What a run was predicted to take against what it took, and what a second run teaches: the example trainer, really
killed, mended and run again."""
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from conftest import PYTHON, REPOSITORY, Bench, MemoryCgroup

sys.path.insert(0, str(REPOSITORY / "tests/examples"))
import trainer_run  # noqa: E402: the configs of the example trainer's own tests
from trainer_run import MIB, TRAINER, merged  # noqa: E402

BASE: dict[str, Any] = merged(trainer_run.BASE, {"train": {
    "batch_size": 1, "steps": 8, "optimizer": "adafactor", "gradient_checkpointing": True}})

# 184 MiB of trainable fp32, and as much again for the moving average.
WITH_AVERAGE: dict[str, Any] = {"network": {"linear": 512}, "model": {"model_kwargs": {"hidden": 768, "depth": 4}},
                                "train": {"ema_config": {"use_ema": True}}}
# Activations are much of what it holds.
WIDE_BATCH: dict[str, Any] = {"dataset": {"resolution": 128, "max_images": 64},
                              "train": {"gradient_checkpointing": False},
                              "model": {"model_kwargs": {"hidden": 128, "depth": 6, "patch": 1}}}


@pytest.fixture(scope="module")
def python_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with our package and nothing else of the virtual environment it was installed into."""
    pytest.importorskip("torch", reason="the example trainer needs torch")
    found = sorted((REPOSITORY / ".venv").glob("lib/python3*/site-packages/tidemark"))
    if not found:
        pytest.skip("the Python package is not installed in .venv: ./do build does that")
    folder = tmp_path_factory.mktemp("package")
    (folder / "tidemark").symlink_to(found[-1])
    return str(folder)


def write_config(bench: Bench, changes: dict[str, Any], file: str = "job.yaml") -> None:
    process = merged(BASE, changes) | {"training_folder": str(bench.folder / "output")}
    (bench.folder / file).write_text(yaml.safe_dump({"job": "extension", "config": {"name": "case", "process": [process]}}))


def train(bench: Bench, python_path: str, enter: tuple[str, ...]) -> int:
    """The exit code of a run of job.yaml under `tidemark run`, in the cgroup that `enter` leads into."""
    done = bench.tidemark("run", "--interval", "0.2", "--", *enter, PYTHON, str(TRAINER), "job.yaml", check=False,
                          PYTHONPATH=python_path, OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")
    return done.returncode


def whatif(bench: Bench, subject: str, *settings: str) -> dict[str, Any]:
    words = [word for setting in settings for word in ("--set", setting)]
    return json.loads(bench.tidemark("whatif", subject, *words, "--json").stdout)


def width(answer: dict[str, Any]) -> float:
    return answer["predicted_peak_high_gb"] - answer["predicted_peak_low_gb"]


def test_a_killed_run_that_is_mended_is_checked_against_its_plan(
        bench: Bench, python_path: str, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    enter = memory_cgroup(840 * MIB).enter_command()
    write_config(bench, WITH_AVERAGE)
    assert train(bench, python_path, enter) != 0, "the limit kills nothing"
    assert bench.analysis()["prediction_check"] is None, "nothing was predicted of the first run"
    bench.tidemark("apply", "last", "-o", "job.yaml")
    assert train(bench, python_path, enter) == 0
    analysis = bench.analysis()
    check = analysis["prediction_check"]
    assert (check["source"], check["job"], check["run"]) == ("apply", "case", 1)
    assert "config.process[0].train.ema_config.use_ema" in [change["config_path"] for change in check["changes"]]
    low, actual, high = (check[key] for key in ("predicted_peak_low_gb", "actual_peak_gb", "predicted_peak_high_gb"))
    assert check["within"] == (low <= actual <= high)
    assert abs(check["error_fraction"]) < 0.2, check  # how often the interval has it, the harness counts
    assert check["error_fraction"] == pytest.approx(check["predicted_peak_gb"] / check["actual_peak_gb"] - 1)
    # Looked at again, with the second run known: what was said before it is what counts.
    bench.tidemark("analyze", "last", "--run", "1")
    assert bench.analysis()["prediction_check"] == check
    assert "by the applied changes of case, run 1; it was" in " ".join(bench.tidemark("report", "last").stdout.split())
    bench.tidemark("report", "last", "--html", "report.html")
    assert "Predicted and actual" in (bench.folder / "report.html").read_text()


def test_a_second_batch_size_narrows_what_is_predicted(
        bench: Bench, python_path: str, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    enter = memory_cgroup(1500 * MIB).enter_command()
    write_config(bench, merged(WIDE_BATCH, {"train": {"batch_size": 8}}))
    assert train(bench, python_path, enter) == 0
    alone = whatif(bench, "last", "train.batch_size=4")
    assert alone["learned_from"] == []

    write_config(bench, merged(WIDE_BATCH, {"train": {"batch_size": 2}}))
    assert train(bench, python_path, enter) == 0
    learned = whatif(bench, "last", "train.batch_size=4")
    assert learned["learned_from"] == [{"job": "case", "run": 1}]
    assert width(learned) < width(alone), (alone, learned)
    assert "1 earlier run of this model on this machine" in bench.tidemark(
        "whatif", "last", "--set", "train.batch_size=4").stdout

    # A config that has not run is told by both runs; of another model nothing is told.
    write_config(bench, merged(WIDE_BATCH, {"train": {"batch_size": 4}}))
    of_the_file = whatif(bench, "job.yaml")
    assert len(of_the_file["learned_from"]) == 2
    assert width(of_the_file) < width(alone)
    write_config(bench, {"model": {"model_kwargs": {"hidden": 96}}}, "other.yaml")
    refused = bench.tidemark("whatif", "other.yaml", check=False)
    assert refused.returncode == 1 and "other.yaml: no run of this model" in refused.stderr

    assert train(bench, python_path, enter) == 0
    check = bench.analysis()["prediction_check"]
    assert check["source"] == "whatif"
    assert abs(check["error_fraction"]) < 0.1, check
