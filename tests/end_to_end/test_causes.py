"""Trainers really killed under a limit by one cause after the other: each is to be named first, with a plan under which
the run lives. And runs that are well, tight, stopped, broken, starved: each is told as what it is.

The quick half kills by most causes and looks at what is said. `-m long` goes through all of them: it applies each plan and runs
again under the same limit, asks whether a change could be done without, and compares the prediction with the peak that
came. A table of all cases is printed at the end; what is wrong in it is marked with an exclamation mark.
"""
from __future__ import annotations

import concurrent.futures
import contextlib
import functools
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cause_cases import EXAMPLE, EXAMPLE_CASES, HOLLOW, HOLLOW_CASES, LARGE_ADAPTER, QUICK_CASES, Case, varied
from cause_runs import HEAD, Client, Outcome, Stage, Verdict, summary_of, tenant
from conftest import PYTHON, REPOSITORY, Bench, MemoryCgroup, wait_until
from trainer_run import MIB, merged

AT_ONCE = 2  # runs; a trainer keeps one core busy
ROUNDS = 2   # of the hollow trainer's cases, each with other sizes

table: list[str] = []


@pytest.fixture(scope="module", autouse=True)
def printed_table() -> Iterator[None]:
    yield
    print("\n".join(["", HEAD, *table]), file=sys.stderr)


@pytest.fixture(scope="session")
def python_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A folder with our package and nothing else of the virtual environment it was installed into."""
    found = sorted((REPOSITORY / ".venv").glob("lib/python3*/site-packages/tidemark"))
    if not found:
        pytest.skip("the Python package is not installed in .venv: ./do build does that")
    folder = tmp_path_factory.mktemp("package")
    (folder / "tidemark").symlink_to(found[-1])
    return str(folder)


@functools.cache
def warm_up() -> None:
    """Its libraries into the page cache: a cgroup that reads them first pays for them, and under its limit again and again."""
    subprocess.run([PYTHON, "-c", "import torch, sklearn.datasets"], check=True)


def needs_torch(client: Client) -> None:
    if client is EXAMPLE:
        pytest.importorskip("torch", reason="the example trainer needs torch")
        warm_up()


@pytest.fixture(scope="module")
def stages(tmp_path_factory: pytest.TempPathFactory, python_path: str,
           memory_cgroups: Callable[[int], MemoryCgroup]) -> Iterator[Callable[[Case], Stage]]:
    """A stage for each case."""
    runtimes: list[pathlib.Path] = []

    def make(case: Case) -> Stage:
        needs_torch(case.client)
        folder = tmp_path_factory.mktemp(case.name.replace(" ", "_"))
        # Where the trainer gets another /dev/shm, a journal there would be out of its sight.
        runtimes.append(pathlib.Path(tempfile.mkdtemp(prefix="tidemark-test-", dir=None if case.wrap else "/dev/shm")))
        return Stage(Bench(folder, folder / "metrics.db", runtimes[-1]), case.client, python_path, memory_cgroups)

    yield make
    for runtime in runtimes:
        shutil.rmtree(runtime, ignore_errors=True)


def killing_limit(stage: Stage, case: Case) -> float:
    """MiB: below what the run needs, above what it needs without its cause, by half of what lies between."""
    if case.limit is not None:
        return case.limit
    needs = peak_of(stage, case.process)
    if case.tenant_mib:
        # Room enough without the other program, none with it, and the trainer is the larger when it comes to that.
        least = max(needs / 0.85, 2.2 * case.tenant_mib)
        return (least + needs + case.tenant_mib) / 2
    least = peak_of(stage, merged(case.process, case.without)) / 0.85
    assert least * 1.05 < needs, f"{case.name}: needs {needs:.0f} MiB, {least:.0f} without its cause"
    return (needs + least) / 2


def peak_of(stage: Stage, process: dict[str, Any]) -> float:
    stage.write(process)
    outcome = stage.run()
    assert outcome.code == 0
    return outcome.peak


def killed(stage: Stage, case: Case) -> tuple[float, Outcome]:
    limit = killing_limit(stage, case)
    stage.write(case.process)
    return limit, stage.run(limit, case.wrap, beside_of(case))


def beside_of(case: Case) -> Callable[[MemoryCgroup], contextlib.AbstractContextManager[object]] | None:
    return (lambda cgroup: tenant(cgroup, case.tenant_mib)) if case.tenant_mib else None


class NotKilled(Exception):
    """The limit that was measured for a case left it alive: nothing is learned of it."""


def judge(case: Case, limit: float, first: Outcome) -> Verdict:
    if first.code == 0:
        raise NotKilled(f"{case.name}: the limit of {limit:.0f} MiB kills nothing")
    return Verdict(case.name, case.wanted, limit, first, asked_for_plan=case.has_plan)


def whole_trial(make: Callable[[Case], Stage], case: Case) -> Verdict:
    """Killed, and run again with the plan applied."""
    stage = make(case)
    limit, first = killed(stage, case)
    verdict = judge(case, limit, first)
    if first.plan is None:
        return verdict
    if first.plan["fits"]:
        verdict.dispensable = stage.dispensable(first.analysis)
    stage.apply_plan()
    verdict.after = stage.run(limit, case.wrap, beside_of(case))
    return verdict


def all_of(work: Callable[[Case], Any], cases: list[Case]) -> dict[str, concurrent.futures.Future[Any]]:
    """Of each case what became of it, two at a time; a test waits for its own."""
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        return {case.name: pool.submit(work, case) for case in cases}


@pytest.fixture(scope="module")
def quick_kills(stages: Callable[[Case], Stage]) -> dict[str, concurrent.futures.Future[Any]]:
    def kill(case: Case) -> Verdict:
        return judge(case, *killed(stages(case), case))
    return all_of(kill, QUICK_CASES)


@pytest.mark.parametrize("case", QUICK_CASES, ids=lambda case: case.name)
def test_a_run_that_memory_ended_is_told_so(quick_kills: dict[str, concurrent.futures.Future[Any]], case: Case) -> None:
    verdict = quick_kills[case.name].result()
    table.append(verdict.line())
    analysis = verdict.first.analysis
    assert analysis["job"]["exit"]["kind"] == case.kind
    assert analysis["summary"]["health_score"] == "critical"
    assert analysis["findings"][0]["severity"] == "critical"
    assert analysis["recommendations"]


def answers_its_cause(case: Case, outcome: Outcome) -> bool:
    changed = [change["config_path"] for change in outcome.plan["changes"]] if outcome.plan else []
    return not case.planned or any(path.endswith(end) for path in changed for end in case.planned)


# The aim is 95 % over many rounds. Fifteen runs are few, and what else the machine does moves a limit that lies between two
# measured peaks: one round may have two that are told as another cause.
DEMANDED = 0.85


def test_most_causes_are_named_with_a_change_that_answers_them(
        quick_kills: dict[str, concurrent.futures.Future[Any]]) -> None:
    wrong = {}
    for case in QUICK_CASES:
        with contextlib.suppress(pytest.skip.Exception):
            verdict = quick_kills[case.name].result()
            if not verdict.right or not answers_its_cause(case, verdict.first):
                wrong[case.name] = verdict.line()
    assert 1 - len(wrong) / len(QUICK_CASES) >= DEMANDED, wrong


@pytest.fixture
def stage(bench: Bench, python_path: str, memory_cgroup: Callable[[int], MemoryCgroup]) -> Stage:
    needs_torch(EXAMPLE)
    return Stage(bench, EXAMPLE, python_path, memory_cgroup)


@pytest.fixture
def hollow_stage(bench: Bench, python_path: str, memory_cgroup: Callable[[int], MemoryCgroup]) -> Stage:
    return Stage(bench, HOLLOW, python_path, memory_cgroup)


def test_the_applied_plan_changes_its_settings_alone_and_really_fits(stage: Stage) -> None:
    case = next(case for case in EXAMPLE_CASES if case.name == "ema")
    limit, first = killed(stage, case)
    assert first.code != 0
    shown = stage.bench.tidemark("apply", "last").stdout
    assert "use_ema: true" in shown and "use_ema: false" in shown
    stage.apply_plan()
    after = stage.run(limit)
    assert after.code == 0
    assert after.analysis["summary"]["oom_count"] == 0


def test_whatif_answers_for_the_run_and_refuses_what_it_does_not_know(hollow_stage: Stage) -> None:
    hollow_stage.write(merged(HOLLOW.base, {"train": {"optimizer": "adamw"}, "hollow": {"trainable": 40}}))
    assert hollow_stage.run().code == 0
    answer = hollow_stage.predicted([{"config_path": "train.optimizer", "value": "adafactor"}])
    assert answer["predicted_peak_gb"] <= answer["current_peak_gb"]
    assert [change["component"] for change in answer["changes"]] == ["optimizer_state"]
    refused = hollow_stage.bench.tidemark("whatif", "last", "--set", "train.colour=red", check=False)
    assert refused.returncode == 2 and "train.colour=red" in refused.stderr


def assert_nothing_critical(analysis: dict[str, Any]) -> None:
    assert analysis["summary"]["health_score"] != "critical"
    for said in analysis["findings"] + analysis["recommendations"]:
        assert said["severity"] != "critical", said


def test_a_run_that_is_well_has_no_memory_cause_and_a_report_in_one_file(stage: Stage) -> None:
    stage.write(EXAMPLE.base)
    outcome = stage.run()
    assert outcome.code == 0
    assert_nothing_critical(outcome.analysis)
    assert outcome.analysis["summary"]["training_completed"]
    assert outcome.plan is None
    stage.bench.tidemark("report", "last", "--html", "report.html")
    html = (stage.bench.folder / "report.html").read_text()
    assert html.startswith("<!doctype html>") and "<svg" in html and "http" not in html


def test_a_run_that_came_near_its_limit_is_warned_and_no_more(hollow_stage: Stage) -> None:
    process = merged(HOLLOW.base, {"train": {"batch_size": 4}})
    limit = round(peak_of(hollow_stage, process) / 0.88)
    outcome = hollow_stage.run(limit)
    assert outcome.code == 0
    assert_nothing_critical(outcome.analysis)
    assert outcome.analysis["summary"]["health_score"] == "warning"
    assert "near_limit" in outcome.findings
    assert outcome.plan is not None


def test_a_run_that_was_stopped_is_told_so_and_needs_nothing(hollow_stage: Stage) -> None:
    hollow_stage.write(merged(HOLLOW.base, {"train": {"steps": 4000}}))
    bench = hollow_stage.bench
    with bench.start_command(PYTHON, str(HOLLOW.script), "job.yaml", PYTHONPATH=hollow_stage.python_path) as launcher:
        wait_until(lambda: bench.has("SELECT 1 FROM StepMetric"), 20, "a step")
        launcher.send_signal(signal.SIGINT)
        launcher.wait(20)
    analysis = bench.analysis()
    assert analysis["job"]["exit"]["kind"] == "stopped"
    assert analysis["summary"]["primary_cause"] == "stopped_by_user"
    assert_nothing_critical(analysis)
    assert analysis["plan"] is None


def test_a_run_that_an_error_ended_is_told_so_and_needs_no_memory(hollow_stage: Stage) -> None:
    hollow_stage.write(merged(HOLLOW.base, {"hollow": {"raise_at_step": 5}}))
    outcome = hollow_stage.run()
    assert outcome.code != 0
    assert outcome.primary == "exception"
    assert "ValueError" in outcome.analysis["findings"][0]["title"]
    assert_nothing_critical(outcome.analysis)
    assert outcome.plan is None


def test_a_starved_run_is_told_so(hollow_stage: Stage) -> None:
    hollow_stage.write(merged(HOLLOW.base, {"train": {"steps": 20}, "hollow": {"wait_seconds": 0.1}}))
    outcome = hollow_stage.run()
    assert "data_starved" in outcome.findings
    assert_nothing_critical(outcome.analysis)
    assert {"cache_latents", "more_workers"} & {one["id"] for one in outcome.analysis["recommendations"]}


def test_a_loss_that_is_no_number_is_told(stage: Stage) -> None:
    stage.write(merged(EXAMPLE.base, {"faults": {"nan_at_step": [5, 6]}}))
    findings = {finding["id"]: finding for finding in stage.run().analysis["findings"]}
    assert "step 5" in findings["nan_loss"]["title"]


# The aims are 95 % of the causes named, 95 % of the applied plans survived, 90 % of the true peaks inside the interval,
# and an error of the likely value of 5 % (median) and 15 % (most) where a steady step was seen.
@pytest.mark.long
@pytest.mark.parametrize("cases", [
    EXAMPLE_CASES, [varied(case, seed) for seed in range(ROUNDS) for case in HOLLOW_CASES]], ids=["example", "hollow"])
def test_killed_runs_are_explained_and_live_under_their_plan(stages: Callable[[Case], Stage], cases: list[Case]) -> None:
    trials = all_of(lambda case: whole_trial(stages, case), cases)
    verdicts = []
    for case in cases:
        try:
            verdicts.append(trials[case.name].result())
        except NotKilled as nothing:
            table.append(f"{nothing}")
    assert len(verdicts) >= 0.9 * len(cases)
    summary = summary_of(verdicts)
    table.extend([verdict.line() for verdict in verdicts] + [summary])
    planned = [verdict for verdict in verdicts if verdict.asked_for_plan]
    inside = [verdict.inside for verdict in verdicts if verdict.inside is not None]
    assert sum(verdict.right for verdict in verdicts) >= 0.9 * len(verdicts), summary
    assert sum(verdict.survived for verdict in planned) >= 0.9 * len(planned), summary
    assert sum(inside) >= 0.8 * len(inside), summary
    assert not [verdict.name for verdict in verdicts if verdict.dispensable]


@pytest.mark.long
@pytest.mark.parametrize(("name", "changes", "without", "recommendation"), [
    ("ema", merged(LARGE_ADAPTER, {"train": {"ema_config": {"use_ema": True}}}),
     {"train": {"ema_config": {"use_ema": False}}}, [{"config_path": "train.ema_config.use_ema", "value": False}]),
    ("optimizer", merged(LARGE_ADAPTER, {"train": {"optimizer": "adamw"}}), {"train": {"optimizer": "adafactor"}},
     [{"config_path": "train.optimizer", "value": "adafactor"}]),
    ("weights", {"model": {"model_kwargs": {"hidden": 768, "depth": 6}}},
     {"model": {"quantize": True, "low_vram": True}}, [{"config_path": "model.quantize", "value": True}, {"config_path": "model.low_vram", "value": True}]),
])
def test_the_predicted_saving_is_the_true_one(stage: Stage, name: str, changes: dict[str, Any],
                                              without: dict[str, Any], recommendation: list[dict[str, Any]]) -> None:
    def true_peak(these: dict[str, Any]) -> float:
        stage.write(merged(EXAMPLE.base, these))
        assert stage.run().code == 0
        report: pathlib.Path = stage.bench.folder / "output" / "case" / "memory.json"
        return float(json.loads(report.read_text())["highest_rss_at_step_end"]) / MIB

    after = true_peak(merged(changes, without))
    before = true_peak(changes)
    answer = stage.predicted(recommendation)
    low, high = (-sum(change["gb"][end] for change in answer["changes"]) * 1024 for end in ("high", "low"))
    table.append(f"{name:<14}true saving {before - after:.0f} MiB, predicted {low:.0f} to {high:.0f}")
    assert low - 0.15 * (before - after) - 8 <= before - after <= high + 0.15 * (before - after) + 8
