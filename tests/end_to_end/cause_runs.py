"""Trainers under a memory limit, and what was said of them against what was true."""
from __future__ import annotations

import contextlib
import json
import pathlib
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import yaml
from conftest import PYTHON, Bench, MemoryCgroup

MIB = 1 << 20
UNLIMITED = 6 << 10  # MiB; a limit all the same, so that what a run needs is measured as under one


@dataclass(frozen=True)
class Client:
    """A trainer and the config of its smallest run."""

    script: pathlib.Path
    base: dict[str, Any]
    environment: dict[str, str] = field(default_factory=dict)


class PeakWatch:
    """The highest working set of a cgroup, looked at every few milliseconds from outside."""

    def __init__(self, cgroup: MemoryCgroup) -> None:
        v1 = cgroup.version == 1
        self._usage = cgroup.folder / ("memory.usage_in_bytes" if v1 else "memory.current")
        self._stat = cgroup.folder / "memory.stat"
        self._file_pages = "total_inactive_file " if v1 else "inactive_file "
        self._end = threading.Event()
        self._highest = 0
        self._thread = threading.Thread(target=self._watch, daemon=True)

    @property
    def mebibytes(self) -> float:
        return self._highest / MIB

    def __enter__(self) -> PeakWatch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(0.004):
            with contextlib.suppress(OSError, StopIteration, ValueError):
                used = int(self._usage.read_text())
                if used > self._highest:
                    lines = self._stat.read_text().splitlines()
                    files = next(int(line.split()[1]) for line in lines if line.startswith(self._file_pages))
                    self._highest = max(self._highest, used - files)


@dataclass
class Outcome:
    code: int
    analysis: dict[str, Any]
    peak: float  # MiB, as it truly was

    @property
    def primary(self) -> str | None:
        return self.analysis["summary"]["primary_cause"]

    @property
    def findings(self) -> list[str]:
        return [finding["id"] for finding in self.analysis["findings"]]

    @property
    def plan(self) -> dict[str, Any] | None:
        return self.analysis["plan"]

    @property
    def steps(self) -> int:
        return self.analysis["summary"]["steps_completed"]


def is_set(config: dict[str, Any], path: str) -> Any:
    """What stands at "config.process[0].train.batch_size"; None: nothing does."""
    at: Any = config
    for word in path.replace("[", ".").replace("]", "").split("."):
        try:
            at = at[int(word)] if word.isdigit() else at[word]
        except (KeyError, IndexError, TypeError):
            return None
    return at


@dataclass
class Stage:
    """Runs of one client in one folder; each under a cgroup of its own."""

    bench: Bench
    client: Client
    python_path: str
    memory_cgroup: Callable[[int], MemoryCgroup]

    def write(self, process: dict[str, Any]) -> None:
        process = process | {"training_folder": str(self.bench.folder / "output")}
        config = {"job": "extension", "config": {"name": "case", "process": [process]}}
        (self.bench.folder / "job.yaml").write_text("# of a test\n" + yaml.safe_dump(config))

    def run(self, limit_mib: float = UNLIMITED, wrap: tuple[str, ...] = (),
            beside: Callable[[MemoryCgroup], contextlib.AbstractContextManager[object]] | None = None) -> Outcome:
        """The config in the folder, to its end. `wrap`: words before the trainer's own, inside the cgroup."""
        cgroup = self.memory_cgroup(int(limit_mib) * MIB)
        with beside(cgroup) if beside else contextlib.nullcontext(), PeakWatch(cgroup) as watch:
            done = self.bench.tidemark(
                "run", "--interval", "0.2", "--", *cgroup.enter_command(), *wrap, PYTHON, str(self.client.script),
                "job.yaml", check=False, PYTHONPATH=self.python_path, PYTHONDONTWRITEBYTECODE="1",
                **self.client.environment)
        analysis = self.bench.analysis()
        check_advice(analysis, yaml.safe_load((self.bench.folder / "job.yaml").read_text()))
        return Outcome(done.returncode, analysis, watch.mebibytes)

    def apply_plan(self) -> None:
        self.bench.tidemark("apply", "last", "-o", "fixed.yaml")
        fixed = (self.bench.folder / "fixed.yaml").read_text()
        assert fixed.startswith("# of a test\n")
        (self.bench.folder / "job.yaml").write_text(fixed)

    def predicted(self, changes: list[dict[str, Any]]) -> dict[str, Any]:
        """What `whatif` says of the last run under these changes."""
        words = [word for change in changes
                 for word in ("--set", f"{change['config_path']}={json.dumps(change['value']).strip(chr(34))}")]
        return json.loads(self.bench.tidemark("whatif", "last", *words, "--json").stdout)

    def dispensable(self, analysis: dict[str, Any]) -> list[str]:
        """What the plan could do without: without it, the prediction fits all the same."""
        plan = analysis["plan"]
        advice = {one["id"]: one for one in analysis["recommendations"]}
        found = []
        for left in plan["recommendations"]:
            rest = [change for one in plan["recommendations"] if one != left for change in advice[one]["changes"]]
            if self.predicted(rest)["fits"]:
                found.append(left)
        return found


def check_advice(analysis: dict[str, Any], config: dict[str, Any]) -> None:
    """What holds for every run: parts that add up, true current values, nothing advised that is already so."""
    summary = analysis["summary"]
    if analysis["breakdown"]:
        total = sum(part["gb"] for part in analysis["breakdown"])
        assert abs(total - summary["peak_memory_gb"]) < 1e-6 * total, analysis["breakdown"]
    for one in analysis["recommendations"]:
        if not one["config_path"]:
            continue
        assert one["current_value"] != one["recommended_value"], one
        written = is_set(config, one["config_path"])
        assert written is None or written == one["current_value"], one
        for change in one["changes"]:
            assert is_set(config, change["config_path"]) != change["value"], change


@dataclass
class Verdict:
    """What became of one killed case."""

    name: str
    wanted: tuple[str, ...]
    limit: float
    first: Outcome
    after: Outcome | None = None  # under the plan and the same limit
    dispensable: list[str] = field(default_factory=list)
    asked_for_plan: bool = True

    @property
    def right(self) -> bool:
        return self.first.primary in self.wanted

    @property
    def predicted(self) -> tuple[float, float, float]:
        plan = self.first.plan
        assert plan is not None
        return tuple(plan[f"predicted_peak_{end}gb"] * 1024 for end in ("low_", "", "high_"))  # type: ignore[return-value]

    @property
    def survived(self) -> bool:
        return self.after is not None and self.after.code == 0

    @property
    def inside(self) -> bool | None:
        """None: the run under the plan did not live, so its peak is not known."""
        if not self.survived:
            return None
        low, _, high = self.predicted
        assert self.after is not None
        return low * 0.99 <= self.after.peak <= high * 1.01

    @property
    def error(self) -> float | None:
        """Of the likely value, where a steady step was seen before the end."""
        if not self.survived or self.first.steps < 2:
            return None
        assert self.after is not None
        return self.predicted[1] / self.after.peak - 1

    def line(self) -> str:
        plan, first = self.first.plan, self.first
        text = f"{self.name:<22}{'' if self.right else '! '}{first.primary or '-':<27}{first.steps:>5}{self.limit:>7.0f}"
        if plan is None:
            return text + "  no plan" + (" !" if self.asked_for_plan else "")
        low, likely, high = self.predicted
        changes = ", ".join(f"{c['config_path'].rsplit('.', 1)[-1]}={c['value']}" for c in plan["changes"])
        truth = "-" if self.after is None else f"{self.after.peak:.0f}" if self.survived else "killed !"
        notes = [] if plan["fits"] else ["does not fit"]
        if self.inside is False:
            notes.append("outside !")
        if self.error is not None:
            notes.append(f"{self.error:+.0%}")
        notes += [f"without {one} !" for one in self.dispensable]
        return f"{text}{f'{low:.0f}-{likely:.0f}-{high:.0f}':>14}{truth:>9}  {changes}  {', '.join(notes)}"


HEAD = f"{'case':<22}{'primary cause':<27}{'steps':>5}{'limit':>7}{'predicted':>14}{'true':>9}  plan (! is wrong)"


def share(values: list[bool]) -> float:
    return sum(values) / len(values) if values else 1.0


def summary_of(verdicts: list[Verdict]) -> str:
    lived = [v.survived for v in verdicts if v.asked_for_plan]
    inside = [v.inside for v in verdicts if v.inside is not None]
    errors = [abs(v.error) for v in verdicts if v.error is not None]
    return (f"primary right {share([v.right for v in verdicts]):.0%} of {len(verdicts)}; "
            f"lives under its plan {share(lived):.0%} of {len(lived)}; "
            f"true peak inside the interval {share(inside):.0%} of {len(inside)}; error of the likely value, median "
            f"{statistics.median(errors) if errors else 0:.1%}, most {max(errors, default=0):.1%}")


@contextlib.contextmanager
def tenant(cgroup: MemoryCgroup, mebibytes: int) -> Iterator[subprocess.Popen[bytes]]:
    """Another program in the cgroup. It may go when the kernel takes one: the trainer is larger."""
    code = f"import time; held = bytearray(b'x') * ({mebibytes} << 20); print('held', flush=True); time.sleep(300)"
    with subprocess.Popen([*cgroup.enter_command(), PYTHON, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdout.readline() == b"held\n"
        time.sleep(0.1)
        try:
            yield process
        finally:
            process.kill()
