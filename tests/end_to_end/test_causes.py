"""The example trainer, really killed in a memory cgroup by one cause after the other: each is to be named first,
with a plan that really fits. And runs that are well, starved, broken: each is told as what it is.

`-m long` runs the ablations: the trainer with and without a setting, against what the report said it would save.
A table of all cases is printed at the end.
"""
from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml
from conftest import PYTHON, REPOSITORY, Bench, MemoryCgroup

sys.path.insert(0, str(REPOSITORY / "tests/examples"))
import trainer_run  # noqa: E402: the configs of the example trainer's own tests
from trainer_run import MIB, TRAINER, merged  # noqa: E402

# Small, quiet, and quick; each case makes large what it is about.
BASE: dict[str, Any] = merged(trainer_run.BASE, {"train": {
    "batch_size": 1, "steps": 12, "optimizer": "adafactor", "gradient_checkpointing": True}})

# 184 MiB of trainable fp32 on base weights of 168 MiB.
LARGE_ADAPTER: dict[str, Any] = {"network": {"linear": 512}, "model": {"model_kwargs": {"hidden": 768, "depth": 4}}}


@dataclass(frozen=True)
class Case:
    """A cause, the limit at which it kills, and the change that the plan is to hold."""

    name: str
    limit_mib: int
    changes: dict[str, Any] = field(default_factory=dict)
    primary: str = ""
    planned: str = ""  # the end of a path that the plan changes; empty: none is asked for


CASES = [
    # The main process is the largest, so it is the kernel's victim: a trainer whose workers are killed may hang.
    Case("workers", 860, LARGE_ADAPTER | {"dataset": {"num_workers": 4}, "faults": {"worker_hold_mb": 50}},
         "dataloader_workers", "num_workers"),
    Case("ema", 840, LARGE_ADAPTER | {"train": {"ema_config": {"use_ema": True}}}, "ema", "use_ema"),
    Case("optimizer", 950, LARGE_ADAPTER | {"train": {"optimizer": "adamw"}}, "optimizer_state", "optimizer"),
    Case("weights", 400, {"model": {"model_kwargs": {"hidden": 768, "depth": 6}}}, "unquantized_weights", ""),
    Case("checkpointing", 330,
         {"dataset": {"resolution": 128}, "train": {"batch_size": 8, "gradient_checkpointing": False},
          "model": {"model_kwargs": {"hidden": 128, "depth": 6, "patch": 1}}},
         "gradient_checkpointing_off", "gradient_checkpointing"),
    Case("batch", 310,
         {"dataset": {"resolution": 128, "max_images": 64}, "train": {"batch_size": 16},
          "model": {"model_kwargs": {"hidden": 256, "depth": 6, "patch": 1}}},
         "batch_size", "batch_size"),
    # Slow enough that a sample every 0.2 s sees a dozen points of the line.
    Case("leak", 340, {"train": {"steps": 2000}, "faults": {"leak_mb_per_step": 0.8}}, "memory_leak"),
    Case("worker_leak", 400,
         {"train": {"steps": 2000}, "dataset": {"num_workers": 2}, "faults": {"worker_leak_mb_per_batch": 1}},
         "worker_memory_leak"),
]

table: list[str] = []
judged: dict[str, str] = {}  # by case what was said instead; empty: it was named


@pytest.fixture(scope="module", autouse=True)
def printed_table() -> Iterator[None]:
    yield
    print("\n".join(["", f"{'case':<14}{'primary cause':<28}{'peak':>8}{'limit':>8}{'plan':>20}  changes", *table]),
          file=sys.stderr)


@pytest.fixture(scope="session")
def python_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with our package and nothing else of the virtual environment it was installed into."""
    pytest.importorskip("torch", reason="the example trainer needs torch")
    found = sorted((REPOSITORY / ".venv").glob("lib/python3*/site-packages/tidemark"))
    if not found:
        pytest.skip("the Python package is not installed in .venv: ./do build does that")
    folder = tmp_path_factory.mktemp("package")
    (folder / "tidemark").symlink_to(found[-1])
    return str(folder)


def train(bench: Bench, python_path: str, changes: dict[str, Any], wrap: tuple[str, ...] = ()) -> int:
    """The exit code of a run under `tidemark run`; the config lies in the bench's folder."""
    process = merged(BASE, changes) | {"training_folder": str(bench.folder / "output")}
    config = {"job": "extension", "config": {"name": "case", "process": [process]}}
    (bench.folder / "job.yaml").write_text("# of a test\n" + yaml.safe_dump(config))
    done = bench.tidemark("run", "--interval", "0.2", "--", *wrap, PYTHON, str(TRAINER), "job.yaml", check=False,
                          PYTHONPATH=python_path, OPENBLAS_NUM_THREADS="1", PYTHONDONTWRITEBYTECODE="1")
    return done.returncode


def note(case: str, analysis: dict[str, Any]) -> None:
    summary, plan = analysis["summary"], analysis["plan"]
    pool = summary["limiting_pool"]
    predicted = f"{plan['predicted_peak_gb'] * 1024:.0f}/{plan['predicted_peak_high_gb'] * 1024:.0f}" if plan else "-"
    changes = ", ".join(f"{c['config_path'].rsplit('.', 1)[-1]}={c['value']}" for c in plan["changes"]) if plan else "-"
    table.append(f"{case:<14}{summary['primary_cause'] or '-':<28}{pool['peak_gb'] * 1024:>8.0f}"
                 f"{pool['limit_gb'] * 1024:>8.0f}{predicted:>20}  {changes}")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_killed_run_names_its_cause(bench: Bench, python_path: str, case: Case,
                                      memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    code = train(bench, python_path, case.changes, memory_cgroup(case.limit_mib * MIB).enter_command())
    analysis = bench.analysis()
    note(case.name, analysis)
    assert code != 0, "the limit of this case kills nothing"
    assert analysis["job"]["exit"]["kind"] == "oom_killed"
    assert sum(part["gb"] for part in analysis["breakdown"]) == pytest.approx(analysis["summary"]["peak_memory_gb"])
    right = analysis["summary"]["primary_cause"] == case.primary
    if case.planned:
        right = right and any(change["config_path"].endswith(case.planned) for change in analysis["plan"]["changes"])
    judged[case.name] = "" if right else analysis["summary"]["verdict"]


# A run that dies within its first seconds leaves what a sample every 0.2 s happened to see, so one case of a round may be
# told as another. The aim is 95 % over many rounds; what is demanded of one round is less.
DEMANDED = 0.75


def test_most_causes_are_named_with_a_change_that_answers_them() -> None:
    if len(judged) < len(CASES):
        pytest.skip("not all cases ran")
    wrong = {name: verdict for name, verdict in judged.items() if verdict}
    assert 1 - len(wrong) / len(judged) >= DEMANDED, wrong


def test_the_applied_plan_really_fits(bench: Bench, python_path: str,
                                      memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    case = next(case for case in CASES if case.name == "ema")
    enter = memory_cgroup(case.limit_mib * MIB).enter_command()
    assert train(bench, python_path, case.changes, enter) != 0
    shown = bench.tidemark("apply", "last").stdout
    assert "use_ema: true" in shown and "use_ema: false" in shown
    bench.tidemark("apply", "last", "-o", "fixed.yaml")
    fixed = (bench.folder / "fixed.yaml").read_text()
    assert fixed.startswith("# of a test\n")
    (bench.folder / "job.yaml").write_text(fixed)
    done = bench.tidemark("run", "--interval", "0.2", "--", *enter, PYTHON, str(TRAINER), "job.yaml", check=False,
                          PYTHONPATH=python_path, OPENBLAS_NUM_THREADS="1")
    assert done.returncode == 0, done.stderr[-2000:]
    assert bench.analysis()["summary"]["oom_count"] == 0


def test_whatif_answers_for_the_run_and_refuses_what_it_does_not_know(bench: Bench, python_path: str) -> None:
    assert train(bench, python_path, {"train": {"steps": 6, "optimizer": "adamw"}, "network": {"linear": 64}}) == 0
    answer = json.loads(bench.tidemark("whatif", "last", "--set", "train.optimizer=adafactor", "--json").stdout)
    assert answer["predicted_peak_gb"] <= answer["current_peak_gb"]
    assert [change["component"] for change in answer["changes"]] == ["optimizer_state"]
    refused = bench.tidemark("whatif", "last", "--set", "train.colour=red", check=False)
    assert refused.returncode == 2 and "train.colour=red" in refused.stderr


def test_a_run_that_is_well_has_no_memory_cause(bench: Bench, python_path: str) -> None:
    assert train(bench, python_path, {}) == 0
    analysis = bench.analysis()
    assert analysis["summary"]["health_score"] in ("good", "warning")  # by what else fills this machine
    assert analysis["summary"]["training_completed"]
    assert all(finding["severity"] != "critical" for finding in analysis["findings"])


def test_a_starved_run_is_told_so(bench: Bench, python_path: str) -> None:
    assert train(bench, python_path, {"train": {"steps": 20}, "faults": {"slow_data_seconds": 0.3}}) == 0
    ids = [finding["id"] for finding in bench.analysis()["findings"]]
    assert "data_starved" in ids


def test_a_loss_that_is_no_number_is_told(bench: Bench, python_path: str) -> None:
    assert train(bench, python_path, {"faults": {"nan_at_step": [5, 6]}}) == 0
    findings = {finding["id"]: finding for finding in bench.analysis()["findings"]}
    assert "step 5" in findings["nan_loss"]["title"]


def test_the_html_report_is_one_file(bench: Bench, python_path: str) -> None:
    assert train(bench, python_path, {}) == 0
    bench.tidemark("report", "last", "--html", "report.html")
    html = (bench.folder / "report.html").read_text()
    assert html.startswith("<!doctype html>") and "<svg" in html and "http" not in html


@pytest.mark.long
@pytest.mark.parametrize(("name", "changes", "without", "recommendation"), [
    ("ema", LARGE_ADAPTER | {"train": {"ema_config": {"use_ema": True}}},
     {"train": {"ema_config": {"use_ema": False}}}, "train.ema_config.use_ema=false"),
    ("optimizer", LARGE_ADAPTER | {"train": {"optimizer": "adamw"}}, {"train": {"optimizer": "adafactor"}},
     "train.optimizer=adafactor"),
    ("weights", {"model": {"model_kwargs": {"hidden": 768, "depth": 6}}}, {"model": {"quantize": True,
                                                                                  "low_vram": True}},
     "model.quantize=true"),
])
def test_the_predicted_saving_is_the_true_one(bench: Bench, python_path: str, name: str, changes: dict[str, Any],
                                              without: dict[str, Any], recommendation: str) -> None:
    def true_peak(these: dict[str, Any]) -> float:
        assert train(bench, python_path, these) == 0
        report: pathlib.Path = bench.folder / "output" / "case" / "memory.json"
        return float(json.loads(report.read_text())["highest_rss_at_step_end"]) / MIB

    after = true_peak(merged(changes, without))
    before = true_peak(changes)
    answer = json.loads(bench.tidemark("whatif", "last", "--set", recommendation, "--json").stdout)
    low, high = (-sum(change["gb"][end] for change in answer["changes"]) * 1024 for end in ("high", "low"))
    table.append(f"{name:<14}true saving {before - after:.0f} MiB, predicted {low:.0f} to {high:.0f}")
    assert low - 0.15 * (before - after) - 8 <= before - after <= high + 0.15 * (before - after) + 8
