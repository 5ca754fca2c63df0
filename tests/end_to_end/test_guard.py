"""--guard: what is done when memory runs short, on real processes in a real limit."""
from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Callable

import pytest
from conftest import PYTHON, TIDEMARK, Bench, MemoryCgroup, wait_until

LIMIT = 400 << 20

# Fills its cgroup to 96.5% with memory of its own, and stays there.
TRAINER = """
    import signal, sys, time
    {setup}
    def held():
        for line in open("/proc/self/status"):
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) << 10
    blocks = []
    while held() < 0.965 * {limit}:
        blocks.append(bytearray(b"x") * (1 << 20))
    print("full", flush=True)
    time.sleep({seconds})
    print("went on to its end", flush=True)
"""


def trainer(seconds: float, setup: str = "") -> str:
    return TRAINER.format(limit=LIMIT, seconds=seconds, setup=setup)


def guard_events(bench: Bench) -> dict[str, dict]:
    return {kind: json.loads(details) for kind, details in
            bench.rows("SELECT event_type, details FROM TrainingEvent WHERE event_type LIKE 'guard_%'")}


def test_stop_interrupts_what_runs_short(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    done = bench.run(trainer(100), "--guard", "stop", wrap=memory_cgroup(LIMIT).enter_command())
    assert "full" in done.stdout and "went on" not in done.stdout
    assert done.returncode in (130, 1)  # python ends itself with SIGINT
    assert "the guard sent SIGINT" in done.stderr
    assert guard_events(bench)["guard_stop"]["signal"] == "SIGINT"
    end = bench.analysis()["job"]["exit"]
    assert end["kind"] == "stopped"
    assert end["evidence"][0].startswith("Tidemark's guard sent SIGINT: memory is ")


def test_what_catches_it_may_save_and_leave(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    setup = "signal.signal(signal.SIGINT, lambda *_: (print('saved', flush=True), sys.exit(3)))"
    done = bench.run(trainer(100, setup), "--guard", "stop", wrap=memory_cgroup(LIMIT).enter_command())
    assert "saved" in done.stdout and done.returncode == 3
    assert bench.analysis()["job"]["exit"]["kind"] == "stopped"


@pytest.mark.long
def test_what_does_not_leave_is_terminated(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    setup = "signal.signal(signal.SIGINT, signal.SIG_IGN)"
    done = bench.run(trainer(150, setup), "--guard", "stop", wrap=memory_cgroup(LIMIT).enter_command())
    assert done.returncode == 128 + signal.SIGTERM
    end = bench.analysis()["job"]["exit"]
    assert end["kind"] == "stopped" and "SIGINT, then SIGTERM" in end["evidence"][0]


def test_warn_says_so_and_does_nothing(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    done = bench.run(trainer(6), "--guard", "warn", wrap=memory_cgroup(LIMIT).enter_command())
    assert done.returncode == 0 and "went on to its end" in done.stdout
    assert "full and runs short" in done.stderr
    assert guard_events(bench)["guard_warning"]["fraction"] > 0.85  # a steep climb is told before it arrives


def test_off_is_the_default(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    done = bench.run(trainer(4), wrap=memory_cgroup(LIMIT).enter_command())
    assert done.returncode == 0 and "runs short" not in done.stderr
    assert guard_events(bench) == {}


def test_attach_has_it_too(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    process = subprocess.Popen([*memory_cgroup(LIMIT).enter_command(), PYTHON, bench.script(trainer(100))],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None and process.stdout.readline() == "full\n"
        attached = subprocess.Popen([str(TIDEMARK), "attach", "--pid", str(process.pid), "--guard", "stop"],
                                    env=bench.environment(), stderr=subprocess.PIPE, text=True)
        wait_until(lambda: process.poll() is not None, 60, "the guard ended it")
        assert "the guard sent SIGINT" in attached.communicate(timeout=60)[1]
    finally:
        process.kill()
        process.wait()
    assert bench.analysis()["job"]["exit"]["kind"] == "stopped"


@pytest.mark.parametrize("policy", ["never", "save"])
def test_a_policy_that_there_is_not(bench: Bench, policy: str) -> None:
    assert bench.tidemark("run", "--guard", policy, "--", "true", check=False).returncode == 2
