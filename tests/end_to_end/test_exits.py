"""How a run ended is named as the schema defines it, from real deaths."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
from collections.abc import Callable

import pytest
from conftest import PYTHON, TIDEMARK, Bench, MemoryCgroup, alive, wait_until

GROW = """
import time
held = []
while True:
    held.append(bytearray(8 << 20))
    time.sleep(0.01)
"""


def exit_of(bench: Bench, job: str = "last") -> dict:
    return bench.analysis(job)["job"]["exit"]


def trainer_pid(bench: Bench) -> int:
    """The trainer of the newest run, once its start is stored."""
    def stored() -> int | None:
        if not bench.database.exists():
            return None
        try:
            rows = bench.rows("SELECT details FROM TrainingEvent WHERE event_type = 'training_start' "
                              "ORDER BY id DESC LIMIT 1")
        except Exception:
            return None
        return json.loads(rows[0][0])["pid"] if rows else None
    pid = wait_until(stored, 30, "the run's start is stored")
    assert isinstance(pid, int)
    return pid


def test_a_kernel_oom_kill_by_a_cgroups_limit(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    cgroup = memory_cgroup(300 << 20)
    done = bench.run(GROW, wrap=cgroup.enter_command())
    assert done.returncode == 128 + signal.SIGKILL
    analysis = bench.analysis()
    assert analysis["job"]["exit"]["kind"] == "oom_killed"
    assert analysis["job"]["exit"]["signal"] == "SIGKILL"
    assert analysis["job"]["status"] == "failed"
    pool = analysis["summary"]["limiting_pool"]
    assert pool["kind"] == "cgroup"
    assert pool["limit_gb"] == pytest.approx(300 / 1024)
    assert 0.8 * pool["limit_gb"] <= pool["peak_gb"] <= pool["limit_gb"]
    assert analysis["summary"]["health_score"] == "critical"
    assert analysis["summary"]["oom_count"] >= 1
    assert "oom" in done.stderr.lower() or "out of memory" in done.stderr.lower()


def test_a_worker_killed_by_the_oom_killer_while_the_trainer_exits_1(
        bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    cgroup = memory_cgroup(300 << 20)
    done = bench.run("""
        import os, sys, time
        pid = os.fork()
        if pid == 0:
            held = []
            while True:
                held.append(bytearray(8 << 20))
                time.sleep(0.01)
        _, status = os.waitpid(pid, 0)
        time.sleep(0.5)
        sys.exit(1 if os.WIFSIGNALED(status) else 0)
    """, wrap=cgroup.enter_command())
    assert done.returncode == 1
    assert exit_of(bench)["kind"] == "oom_killed"
    assert "oom_kill" in bench.event_types()


def test_a_sigkill_by_hand_is_no_oom(bench: Bench) -> None:
    running = bench.start("import time; time.sleep(60)")
    os.kill(trainer_pid(bench), signal.SIGKILL)
    assert running.wait(60) == 128 + signal.SIGKILL
    seen = exit_of(bench)
    assert (seen["kind"], seen["signal"], seen["code"]) == ("signal", "SIGKILL", None)
    assert seen["evidence"]


def test_a_sigkill_by_hand_in_a_cgroup_with_room_is_no_oom(
        bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    cgroup = memory_cgroup(600 << 20)
    script = bench.script("import os, signal; held = bytearray(200 << 20); os.kill(os.getpid(), signal.SIGKILL)")
    done = bench.tidemark("run", "--", *cgroup.enter_command(), PYTHON, script, check=False)
    assert done.returncode == 137
    assert exit_of(bench)["kind"] == "signal"


def test_a_memory_error_at_a_resource_limit(bench: Bench) -> None:
    done = bench.run("""
        import time
        held = []
        while True:
            held.append(bytearray(32 << 20))
            time.sleep(0.05)
    """, wrap=("sh", "-c", 'ulimit -v 1048576 && exec "$@"', "sh"))
    assert done.returncode == 1
    assert "MemoryError" in done.stderr
    analysis = bench.analysis()
    assert analysis["job"]["exit"]["kind"] == "oom_exception"
    assert analysis["summary"]["limiting_pool"]["kind"] == "process"
    assert analysis["summary"]["limiting_pool"]["limit_gb"] == 1.0
    assert "oom_error" in bench.event_types()


def test_an_exception_that_is_no_memory_matter(bench: Bench) -> None:
    done = bench.run("raise ValueError('no such layer: blocks.7')")
    assert done.returncode == 1
    seen = exit_of(bench)
    assert (seen["kind"], seen["code"]) == ("error", 1)
    assert any("ValueError" in line for line in seen["evidence"])


def test_an_exit_code_without_an_exception(bench: Bench) -> None:
    assert bench.run("raise SystemExit(7)").returncode == 7
    seen = exit_of(bench)
    assert (seen["kind"], seen["code"]) == ("error", 7)


def test_a_sigterm_through_the_launcher_is_a_stop(bench: Bench) -> None:
    running = bench.start("import time; time.sleep(60)")
    trainer_pid(bench)
    running.send_signal(signal.SIGTERM)
    assert running.wait(60) == 128 + signal.SIGTERM
    seen = exit_of(bench)
    assert (seen["kind"], seen["signal"]) == ("stopped", "SIGTERM")
    assert bench.analysis()["job"]["status"] == "stopped"


def test_a_keyboard_interrupt_is_a_stop(bench: Bench) -> None:
    running = bench.start("import time\nopen('up', 'w')\ntime.sleep(60)")
    wait_until((bench.folder / "up").exists, 30, "Python is up: before that a Ctrl-C ends it with 1")
    running.send_signal(signal.SIGINT)
    assert running.wait(60) == 128 + signal.SIGINT
    assert exit_of(bench)["kind"] == "stopped"


def test_a_segmentation_fault_is_a_signal(bench: Bench) -> None:
    done = bench.run("import ctypes; ctypes.string_at(0)")
    assert done.returncode == 128 + signal.SIGSEGV
    assert exit_of(bench)["signal"] == "SIGSEGV"


# --- the monitor's own death --------------------------------------------------------------------------

COUNT = """
import sys, time
for i in range(30):
    print(i, flush=True)
    time.sleep(0.1)
"""


def monitor_pid(bench: Bench) -> int:
    rows = bench.rows("SELECT monitor_pid FROM TidemarkRun ORDER BY id DESC LIMIT 1")
    return int(rows[0][0])


def test_a_killed_monitor_is_not_noticed_by_the_trainer_and_the_end_is_still_recorded(bench: Bench) -> None:
    running = bench.start(COUNT)
    trainer_pid(bench)
    os.kill(monitor_pid(bench), signal.SIGKILL)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 0
    assert out == "".join(f"{i}\n" for i in range(30))
    assert "monitor" in err
    analysis = bench.analysis()
    assert analysis["job"]["status"] == "completed"
    assert bench.rows("SELECT count(*) FROM TidemarkRun") == [(1,)]
    assert "process_exit" in bench.event_types()


def test_a_stopped_monitor_is_not_noticed_by_the_trainer(bench: Bench) -> None:
    running = bench.start("import sys, time\nfor i in range(20000): print('x' * 200)\nsys.exit(6)")
    trainer = trainer_pid(bench)
    os.kill(monitor_pid(bench), signal.SIGSTOP)
    out, _ = running.communicate(timeout=100)
    assert not alive(trainer)
    assert running.returncode == 6
    assert out == ("x" * 200 + "\n") * 20000
    assert exit_of(bench)["code"] == 6


def test_the_monitor_is_a_session_of_its_own_and_outlives_the_launcher(bench: Bench) -> None:
    running = bench.start("import time; time.sleep(3)")
    trainer = trainer_pid(bench)
    monitor = monitor_pid(bench)
    assert os.getsid(monitor) == monitor != os.getsid(trainer)
    running.kill()
    running.wait()
    wait_until(lambda: not alive(trainer), 30, "the trainer ends by itself")
    wait_until(lambda: not alive(monitor), 30, "the monitor ends after it")
    analysis = bench.analysis()
    assert analysis["job"]["status"] in ("completed", "unknown", "failed")
    assert analysis["job"]["exit"]["evidence"]
    assert "process_exit" in bench.event_types()


def test_nothing_of_ours_runs_after_the_run(bench: Bench) -> None:
    bench.run("pass")
    own = [entry for entry in pathlib.Path("/proc").iterdir() if entry.name.isdigit()]

    def uses_our_database(entry: pathlib.Path) -> bool:
        try:
            if os.readlink(entry / "exe") != str(TIDEMARK.resolve()):
                return False
            return any(os.readlink(fd).startswith(str(bench.folder)) for fd in (entry / "fd").iterdir())
        except OSError:
            return False
    assert [entry.name for entry in own if uses_our_database(entry)] == []


def test_a_limit_on_file_sizes_ends_the_trainer_that_meets_it(bench: Bench) -> None:
    killed = bench.tidemark("run", "--", "sh", "-c", "ulimit -f 8; exec head -c 5000000 /dev/zero > big", check=False)
    assert killed.returncode == 128 + signal.SIGXFSZ, killed.stderr
    assert exit_of(bench)["signal"] == "SIGXFSZ"


@pytest.mark.long  # two minutes pass until the database is given up
def test_a_limit_on_file_sizes_ends_nothing_of_ours(bench: Bench) -> None:
    """Nothing of such a run can be stored; its exit code is the trainer's all the same."""
    limited = subprocess.run(["sh", "-c", 'ulimit -f 8 && exec "$@"', "sh", str(TIDEMARK), "run", "--db", "limited.db",
                              "--", "sh", "-c", "exit 7"], cwd=bench.folder, env=bench.environment(),
                             stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    assert limited.returncode == 7, limited.stderr
