"""Who was killed, and whose limit it was: real OOM kills in nested cgroups, and kills that only look like one."""
from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from conftest import PYTHON, TIDEMARK, Bench, MemoryCgroup, make_memory_cgroup, wait_until
from test_exits import GROW, exit_of, trainer_pid


@dataclass
class Nest:
    """A cgroup in a cgroup; limits are set where a test wants them."""

    parent: MemoryCgroup
    leaf: MemoryCgroup

    def names(self) -> tuple[str, str]:
        above = self.parent.folder.name
        return f"/{above}", f"/{above}/{self.leaf.folder.name}"


def wait_empty(folder: pathlib.Path) -> None:
    def remove() -> bool:
        try:
            folder.rmdir()
            return True
        except FileNotFoundError:
            return True
        except OSError:
            return False
    try:
        wait_until(remove, 10, "the cgroup is empty")
    except AssertionError as error:
        print(error, file=sys.stderr)


@pytest.fixture
def nest(request: pytest.FixtureRequest) -> Iterator[Nest]:
    """`request.param`: the limits of parent and leaf in MiB."""
    above, own = request.param
    parent = make_memory_cgroup(above << 20, f"tidemark-above-{os.getpid()}")
    if parent.version == 2:
        (parent.folder / "cgroup.subtree_control").write_text("+memory")
    leaf = make_memory_cgroup(own << 20, f"{parent.folder.name}/leaf")
    yield Nest(parent, leaf)
    wait_empty(leaf.folder)
    wait_empty(parent.folder)


def limit_sentence(evidence: list[str]) -> str:
    found = [line for line in evidence if line.startswith("The limit was that of")]
    assert len(found) == 1, evidence
    return found[0]


@pytest.mark.parametrize("nest", [(250, 2000)], indirect=True)
def test_a_kill_by_the_limit_of_the_cgroup_above_names_that_cgroup(bench: Bench, nest: Nest) -> None:
    assert bench.run(GROW, wrap=nest.leaf.enter_command()).returncode == 128 + signal.SIGKILL
    seen = exit_of(bench)
    assert (seen["kind"], seen["signal"]) == ("oom_killed", "SIGKILL")
    assert f"the cgroup above it, {nest.names()[0]}, 250 MB" in limit_sentence(seen["evidence"])


@pytest.mark.parametrize("nest", [(2000, 250)], indirect=True)
def test_a_kill_by_its_own_cgroups_limit_names_its_own(bench: Bench, nest: Nest) -> None:
    assert bench.run(GROW, wrap=nest.leaf.enter_command()).returncode == 128 + signal.SIGKILL
    seen = exit_of(bench)
    assert seen["kind"] == "oom_killed"
    assert f"its own cgroup {nest.names()[1]}, 250 MB" in limit_sentence(seen["evidence"])


@pytest.mark.parametrize("nest", [(250, 2000)], indirect=True)
def test_a_worker_killed_by_the_limit_above_while_the_trainer_exits_1(bench: Bench, nest: Nest) -> None:
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
    """, wrap=nest.leaf.enter_command())
    assert done.returncode == 1
    seen = exit_of(bench)
    assert (seen["kind"], seen["code"]) == ("oom_killed", 1)
    assert nest.names()[0] in limit_sentence(seen["evidence"])


@pytest.fixture
def kernel_log() -> None:
    try:
        os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))
    except OSError as error:
        pytest.skip(f"the kernel log cannot be read here: {error}")
    if os.readlink("/proc/self/ns/pid") != "pid:[4026531836]":
        pytest.skip("the kernel log's pids are not ours: this is not the initial pid namespace")
    if int(pathlib.Path("/proc/sys/vm/oom_dump_tasks").read_text()) == 0:
        pytest.skip("vm.oom_dump_tasks is 0: the kernel gives no account of a kill")


@pytest.mark.usefixtures("kernel_log")
def test_what_no_sample_saw_is_in_the_kernels_account(bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    limit_mib, worker_mib = 400, 60
    script = bench.script(f"""
        import os, time
        inherited = bytearray(b"x") * (80 << 20)
        for _ in range(2):
            if os.fork() == 0:
                own = bytearray(b"x") * ({worker_mib} << 20)
                time.sleep(60)
                os._exit(0)
        time.sleep(0.3)
        held = []
        while True:
            held.append(bytearray(b"x") * (8 << 20))
    """)
    wrap = memory_cgroup(limit_mib << 20).enter_command()
    done = bench.tidemark("run", "--interval", "30", "--", *wrap, PYTHON, script, check=False)
    assert done.returncode == 128 + signal.SIGKILL
    rows = bench.rows("SELECT main_anon_bytes, worker_uss_bytes, worker_count, cgroup_working_set_bytes, process_basis "
                      "FROM MetricsSample WHERE cause = 'oom_report'")
    assert len(rows) == 1, rows
    main, workers, count, used, basis = rows[0]
    assert (count, basis) == (2, "kernel")
    assert used == limit_mib << 20
    assert abs(workers / (2 * worker_mib << 20) - 1) < 0.1, "their own pages, without those of the fork"
    assert abs(main / ((limit_mib - 2 * worker_mib) << 20) - 1) < 0.1
    analysis = bench.analysis()
    held = {part["component"]: part for part in analysis["breakdown"]}
    assert abs(held["dataloader_workers"]["gb"] * 1024 / (2 * worker_mib) - 1) < 0.1
    assert held["dataloader_workers"]["basis"] == "measured"
    assert analysis["summary"]["limiting_pool"]["basis"] == "measured"


@pytest.mark.parametrize("nest", [(600, 600)], indirect=True)
def test_a_sigkill_by_hand_in_nested_cgroups_with_room_is_no_oom(bench: Bench, nest: Nest) -> None:
    script = bench.script("import os, signal; held = bytearray(200 << 20); os.kill(os.getpid(), signal.SIGKILL)")
    bench.tidemark("run", "--", *nest.leaf.enter_command(), PYTHON, script, check=False)
    seen = exit_of(bench)
    assert (seen["kind"], seen["signal"]) == ("signal", "SIGKILL")
    assert any(line.startswith("SIGKILL alone is no proof") for line in seen["evidence"])
    assert any(line.startswith("Last signs of life") for line in seen["evidence"])


def kmsg_readable() -> bool:
    try:
        os.close(os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK))
        return True
    except OSError:
        return False


@pytest.mark.skipif(not kmsg_readable(), reason="the kernel log cannot be read: who was killed is not known")
@pytest.mark.parametrize("nest", [(2000, 250)], indirect=True)
def test_a_sigkill_by_hand_after_a_stranger_in_the_same_cgroup_was_oom_killed(bench: Bench, nest: Nest) -> None:
    script = bench.script("import time; time.sleep(60)")
    running = subprocess.Popen(
        [str(TIDEMARK), "run", "--interval", "0.2", "--", *nest.leaf.enter_command(), PYTHON, script],
        cwd=bench.folder, env=bench.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    pid = trainer_pid(bench)
    wait_until(lambda: str(pid) in (nest.leaf.folder / "cgroup.procs").read_text().split(), 30, "it is in its cgroup")
    time.sleep(0.5)  # a look at where it is now
    stranger = subprocess.run([*nest.leaf.enter_command(), PYTHON, "-c", GROW], stdin=subprocess.DEVNULL, check=False)
    assert stranger.returncode == -signal.SIGKILL
    os.kill(pid, signal.SIGKILL)
    running.wait(60)
    seen = exit_of(bench)
    assert (seen["kind"], seen["signal"]) == ("signal", "SIGKILL"), seen["evidence"]


def attach_to(bench: Bench, nest: Nest, code: str) -> tuple[subprocess.Popen[bytes], subprocess.Popen[str]]:
    trainer = subprocess.Popen([*nest.leaf.enter_command(), PYTHON, bench.script(code)], cwd=bench.folder,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: b"train.py" in pathlib.Path(f"/proc/{trainer.pid}/cmdline").read_bytes(), 30, "Python is up")
    monitor = subprocess.Popen([str(TIDEMARK), "attach", "--pid", str(trainer.pid), "--interval", "0.2"],
                               cwd=bench.folder, env=bench.environment(), stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert trainer_pid(bench) == trainer.pid
    return trainer, monitor


@pytest.mark.parametrize("nest", [(250, 2000)], indirect=True)
def test_attach_names_the_limit_above_too(bench: Bench, nest: Nest) -> None:
    trainer, monitor = attach_to(bench, nest, "import os, time\nwhile not os.path.exists('go'): time.sleep(0.05)\n" + GROW)
    (bench.folder / "go").touch()
    trainer.wait(60)
    monitor.communicate(timeout=60)
    seen = exit_of(bench)
    assert seen["kind"] == "oom_killed", seen["evidence"]
    assert nest.names()[0] in limit_sentence(seen["evidence"])


@pytest.mark.parametrize("nest", [(600, 600)], indirect=True)
def test_attach_takes_a_sigkill_by_hand_for_no_oom(bench: Bench, nest: Nest) -> None:
    trainer, monitor = attach_to(bench, nest, "import time; time.sleep(60)")
    trainer.kill()
    trainer.wait(60)
    monitor.communicate(timeout=60)
    seen = exit_of(bench)
    assert seen["kind"] in ("signal", "unknown"), seen["evidence"]  # unknown: a kernel that keeps no exit status
