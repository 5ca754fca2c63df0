"""What `run.step` answered true for is stored exactly once, whoever dies, stops or is in the way; and the end is
named rightly. Each round kills at a moment that its seed decides."""
from __future__ import annotations

import contextlib
import fcntl
import os
import pathlib
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from conftest import REPOSITORY, TIDEMARK, Bench, MemoryCgroup, alive, wait_until

PYTHON = REPOSITORY / ".venv/bin/python"
TRAINER = pathlib.Path(__file__).with_name("step_trainer.py")
STEPS_PER_SECOND = 20_000
ROUNDS = int(os.environ.get("TIDEMARK_CRASH_ROUNDS", "25"))  # of each kind, in the long tier
QUICK_ROUNDS = 3


@dataclass
class Round:
    """One run of the trainer, its account and its processes."""

    bench: Bench
    number: int
    steps: int = 400_000
    account: pathlib.Path = field(init=False)
    started: subprocess.Popen[str] = field(init=False)

    def __post_init__(self) -> None:
        self.account = self.bench.folder / f"account-{self.number}"
        self.account.write_bytes(bytes(self.steps))

    def command(self, ending: str = "end") -> list[str]:
        return [str(PYTHON), str(TRAINER), str(self.account), str(self.steps), str(STEPS_PER_SECOND), ending]

    def start(self, *, alone: bool = False, ending: str = "end", wrap: tuple[str, ...] = ()) -> None:
        words = [*wrap, *self.command(ending)]
        if not alone:
            words = [str(TIDEMARK), "run", "--interval", "0.5", "--name", f"crash-{self.number}", "--", *words]
        self.started = subprocess.Popen(words, cwd=self.bench.folder, env=self.environment(), text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, start_new_session=True)

    def environment(self) -> dict[str, str]:
        return self.bench.environment(TIDEMARK_EXECUTABLE=str(TIDEMARK), PYTHONDONTWRITEBYTECODE="1")

    def taken(self) -> list[int]:
        return [step for step, byte in enumerate(self.account.read_bytes()) if byte == 1]

    def wait_for_steps(self, count: int) -> None:
        wait_until(lambda: self.account.read_bytes()[count], 60, f"{count} steps")

    def pids(self) -> tuple[int, int]:
        """Trainer and monitor, once the run is stored."""
        def stored() -> tuple[int, int] | None:
            with contextlib.suppress(sqlite3.Error):
                rows = self.bench.rows("SELECT process_pid, monitor_pid FROM TidemarkRun ORDER BY id DESC LIMIT 1")
                return rows[0] if rows else None
            return None
        found = wait_until(stored, 30, "the run is stored")
        assert isinstance(found, tuple)
        return found

    def check(self, run_count: int = 1) -> dict:
        """After the next command: every step taken is there once, and nothing else but the one under way."""
        self.bench.tidemark("jobs")
        runs = self.bench.rows("SELECT id FROM TidemarkRun ORDER BY id DESC LIMIT ?", run_count)
        marks = ", ".join("?" for _ in runs)
        counts = dict(self.bench.rows(f"SELECT step, count(*) FROM StepMetric WHERE run_id IN ({marks}) GROUP BY step",
                                      *[row[0] for row in runs]))
        taken = set(self.taken())
        missing = sorted(taken - counts.keys())
        assert not missing, f"{len(missing)} of {len(taken)} taken steps are not stored, first {missing[:5]}"
        twice = [step for step, count in counts.items() if count != 1]
        assert not twice, f"stored more than once: {twice[:5]}"
        unsaid = sorted(counts.keys() - taken)  # killed between the store and the answer
        assert len(unsaid) <= 1, f"stored and never taken: {unsaid[:5]}"
        return self.bench.analysis()


def kill(*pids: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def end_of(round_: Round) -> int:
    _, stderr = round_.started.communicate(timeout=170)
    print(stderr)
    return round_.started.returncode


def die_with_trainer(bench: Bench, number: int, moment: random.Random) -> None:
    round_ = Round(bench, number)
    round_.start()
    round_.wait_for_steps(moment.randrange(1, 20_000))
    time.sleep(moment.random() * 0.3)
    kill(round_.pids()[0])
    assert end_of(round_) == 128 + signal.SIGKILL
    exit_ = round_.check()["job"]["exit"]
    assert (exit_["kind"], exit_["signal"]) == ("signal", "SIGKILL")


def die_with_trainer_and_monitor(bench: Bench, number: int, moment: random.Random) -> None:
    round_ = Round(bench, number)
    round_.start()
    round_.wait_for_steps(moment.randrange(1, 20_000))
    time.sleep(moment.random() * 0.3)
    kill(*moment.sample(round_.pids(), 2))
    assert end_of(round_) == 128 + signal.SIGKILL
    exit_ = round_.check()["job"]["exit"]
    assert (exit_["kind"], exit_["signal"]) == ("signal", "SIGKILL")


def die_all_together(bench: Bench, number: int, moment: random.Random) -> None:
    round_ = Round(bench, number)
    round_.start()
    round_.wait_for_steps(moment.randrange(1, 20_000))
    time.sleep(moment.random() * 0.3)
    kill(*moment.sample([round_.started.pid, *round_.pids()], 3))
    end_of(round_)
    analysis = round_.check()
    assert analysis["job"]["exit"]["kind"] == "unknown"
    assert analysis["job"]["exit"]["evidence"]


def die_alone(bench: Bench, number: int, moment: random.Random) -> None:
    """The trainer started its monitor itself; they die together."""
    round_ = Round(bench, number)
    round_.start(alone=True)
    round_.wait_for_steps(moment.randrange(1, 20_000))
    time.sleep(moment.random() * 0.3)
    trainer, monitor = round_.pids()
    assert trainer == round_.started.pid
    kill(*moment.sample([trainer, monitor], 2))
    end_of(round_)
    wait_until(lambda: not alive(monitor), 10, "the monitor is gone")
    assert round_.check()["job"]["exit"]["kind"] == "unknown"


def die_with_monitor_first(bench: Bench, number: int, moment: random.Random) -> None:
    """The trainer goes on without its monitor and ends by itself."""
    round_ = Round(bench, number, steps=40_000)
    round_.start()
    round_.wait_for_steps(moment.randrange(1, 20_000))
    kill(round_.pids()[1])
    assert end_of(round_) == 0
    analysis = round_.check()
    assert len(round_.taken()) == 40_000
    assert analysis["job"]["exit"]["kind"] == "completed"
    assert analysis["summary"]["steps_completed"] >= 39_999


KINDS = [die_with_trainer, die_with_trainer_and_monitor, die_all_together, die_alone, die_with_monitor_first]


def play(kind: Callable[[Bench, int, random.Random], None], bench: Bench, rounds: int, seed: int) -> None:
    for number in range(rounds):
        print(f"{kind.__name__}, seed {seed}, round {number}")
        kind(bench, number, random.Random(f"{kind.__name__}/{seed}/{number}"))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_rounds(kind: Callable[[Bench, int, random.Random], None], bench: Bench) -> None:
    play(kind, bench, QUICK_ROUNDS, seed=1)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_many_rounds(kind: Callable[[Bench, int, random.Random], None], bench: Bench) -> None:
    play(kind, bench, ROUNDS, seed=2)


def test_a_kernel_oom_kill(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    cgroup = memory_cgroup(300 << 20)
    round_ = Round(bench, 0)
    round_.start(ending="oom", wrap=cgroup.enter_command())
    assert end_of(round_) == 128 + signal.SIGKILL
    assert round_.check()["job"]["exit"]["kind"] == "oom_killed"


def test_an_exception_that_only_the_trainer_told_of(bench: Bench) -> None:
    """Alone, its output goes where nobody reads it."""
    round_ = Round(bench, 0, steps=1000)
    round_.start(alone=True, ending="raise")
    assert end_of(round_) == 1
    exit_ = round_.check()["job"]["exit"]
    assert exit_["kind"] == "error"
    assert any("ValueError" in sentence and "as it was told" in sentence for sentence in exit_["evidence"])


@contextlib.contextmanager
def lock_held(database: pathlib.Path) -> Iterator[None]:
    with sqlite3.connect(database, isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def test_a_database_that_is_locked_meanwhile(bench: Bench) -> None:
    """For eight seconds of 20,000 steps a second; the trainer dies in the middle of it."""
    round_ = Round(bench, 0)
    round_.start()
    round_.wait_for_steps(5_000)
    trainer, _ = round_.pids()
    with lock_held(bench.database):
        round_.wait_for_steps(len(round_.taken()) + 100_000)
        kill(trainer)
        time.sleep(3)
    assert end_of(round_) == 128 + signal.SIGKILL
    assert len(round_.taken()) > 100_000
    assert round_.check()["job"]["exit"]["kind"] == "signal"


@pytest.mark.long
@pytest.mark.parametrize("trainer_dies", [True, False])
def test_a_monitor_that_is_stopped_for_ten_seconds(bench: Bench, trainer_dies: bool) -> None:
    round_ = Round(bench, 0)
    round_.start(alone=True)
    round_.wait_for_steps(5_000)
    trainer, monitor = round_.pids()
    os.kill(monitor, signal.SIGSTOP)
    time.sleep(5 if trainer_dies else 10)
    if trainer_dies:
        kill(trainer)
        time.sleep(5)
    os.kill(monitor, signal.SIGCONT)
    if not trainer_dies:
        time.sleep(1)
        kill(trainer)
    end_of(round_)
    analysis = round_.check()  # the command waits for the monitor, which has much to store
    assert len(round_.taken()) > 80_000
    # Samples that were due meanwhile are missing, and counted; nothing of the trainer's is.
    assert {row[0] for row in bench.rows("SELECT reason FROM TidemarkDrop")} <= {"tick_late"}
    assert analysis["job"]["exit"]["kind"] in ("signal", "unknown")  # by the kernel's age


def test_attach_goes_on_with_the_run_of_a_monitor_that_died(bench: Bench) -> None:
    round_ = Round(bench, 0, steps=80_000)
    round_.start(alone=True)
    round_.wait_for_steps(5_000)
    trainer, monitor = round_.pids()
    kill(monitor)
    wait_until(lambda: not alive(monitor), 10, "the monitor is gone")
    attached = bench.tidemark("attach", "--pid", str(trainer))
    end_of(round_)
    analysis = round_.check()
    assert bench.rows("SELECT count(*) FROM TidemarkRun") == [(1,)], attached.stderr
    assert len(round_.taken()) == 80_000
    assert analysis["job"]["exit"]["kind"] == "completed"
    assert "monitoring_resumed" in bench.event_types()


def test_a_process_that_is_recorded_already_is_not_attached_to(bench: Bench) -> None:
    round_ = Round(bench, 0)
    round_.start(alone=True)
    round_.wait_for_steps(100)
    trainer, _ = round_.pids()
    refused = bench.tidemark("attach", "--pid", str(trainer), check=False)
    assert refused.returncode == 1
    assert "recorded already" in refused.stderr
    kill(trainer)
    end_of(round_)
    round_.check()


def test_a_journal_that_somebody_looks_at_is_waited_for_and_not_made_anew(bench: Bench) -> None:
    round_ = Round(bench, 0)
    round_.start()
    round_.wait_for_steps(1_000)
    trainer, monitor = round_.pids()
    kill(monitor)
    wait_until(lambda: not alive(monitor), 30, "the monitor is gone")
    held = open(journal_of(trainer), "rb")
    fcntl.flock(held, fcntl.LOCK_EX)  # as a command does that looks for what was left
    attached = subprocess.Popen([str(TIDEMARK), "attach", "--pid", str(trainer), "--interval", "0.5"],
                                cwd=bench.folder, env=round_.environment(), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(0.5)
    held.close()
    end_of(round_)
    _, stderr = attached.communicate(timeout=60)
    assert attached.returncode == 0, stderr
    assert bench.rows("SELECT count(*) FROM TidemarkRun") == [(1,)], stderr
    round_.check()


def journal_of(trainer: int) -> pathlib.Path:
    environment = pathlib.Path(f"/proc/{trainer}/environ").read_bytes().split(b"\0")
    return pathlib.Path(next(entry for entry in environment if entry.startswith(b"TIDEMARK_JOURNAL="))
                        .decode().split("=", 1)[1])


def test_a_job_that_is_being_recorded_is_not_removed(bench: Bench) -> None:
    round_ = Round(bench, 0)
    round_.start()
    round_.wait_for_steps(1_000)
    _, monitor = round_.pids()
    refused = bench.tidemark("rm", "crash-0", check=False)
    assert refused.returncode == 1
    assert f"is being recorded, by process {monitor}" in refused.stderr
    end_of(round_)
    round_.check()
    bench.tidemark("rm", "crash-0")
    assert bench.rows("SELECT count(*) FROM StepMetric") == [(0,)]
