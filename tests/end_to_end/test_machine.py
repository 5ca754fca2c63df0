"""The machine as the trainer sees it, whatever its launcher does after the start, and who else is on it."""
from __future__ import annotations

import json
import os
import pathlib
import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from conftest import PYTHON, TIDEMARK, Bench, MemoryCgroup, wait_until

MIB = 1 << 20

# What Slurm, systemd-run and docker do: started, then moved, given mounts of its own, and exec'ed.
LAUNCHER = """
import os, sys, time
time.sleep(1.0)
with open(sys.argv[1] + "/cgroup.procs", "w") as procs:
    procs.write(str(os.getpid()))
time.sleep(0.5)
os.execvp("unshare", ["unshare", "-m", "sh", "-c",
    'mount -t tmpfs -o size=64m tmpfs /dev/shm && exec "$0" "$1"', sys.executable, sys.argv[2]])
"""

TRAINER = """
import time
held = bytearray(200 << 20)
with open("/dev/shm/batch", "wb") as file:
    file.write(bytes(20 << 20))
time.sleep(3)
"""


def can_mount() -> str:
    """Why not, or nothing."""
    done = subprocess.run(["unshare", "-m", "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /dev/shm"],
                          capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"no mounts of its own can be made here: {done.stderr.strip()}"


def test_a_trainer_that_is_moved_gets_its_own_shm_and_execs_after_the_start(
        bench: Bench, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    if reason := can_mount():
        pytest.skip(reason)
    cgroup = memory_cgroup(400 * MIB)
    trainer = bench.folder / "moved.py"
    trainer.write_text(TRAINER)
    done = bench.tidemark("run", "--interval", "0.2", "--", PYTHON, bench.script(LAUNCHER), str(cgroup.folder),
                          str(trainer), check=False)
    assert done.returncode == 0, done.stderr
    limits = [row[0] for row in bench.rows("SELECT cgroup_limit_bytes FROM MetricsSample ORDER BY id")]
    assert limits[0] != 400 * MIB, "the launcher had not been moved yet"
    assert 400 * MIB in limits
    last = bench.rows("SELECT cgroup_limit_bytes, max(cgroup_working_set_bytes), shm_total_bytes, "
                      "max(shm_used_bytes) FROM MetricsSample WHERE cgroup_limit_bytes = ? "
                      "AND shm_total_bytes = ?", 400 * MIB, 64 * MIB)[0]
    assert last[0] == 400 * MIB
    assert 200 * MIB < last[1] <= 400 * MIB
    assert last[2] == 64 * MIB, "the trainer's own /dev/shm, not the machine's"
    assert 20 * MIB <= last[3] < 30 * MIB
    pool = bench.analysis()["summary"]["limiting_pool"]
    assert (pool["kind"], pool["limit_gb"]) == ("cgroup", pytest.approx(400 / 1024))


@pytest.fixture
def tenant() -> Iterator[subprocess.Popen[bytes]]:
    """Another program that holds 600 MiB."""
    holder = subprocess.Popen([PYTHON, "-c", "import time\nheld = bytearray(600 << 20)\nprint(flush=True)\n"
                                             "time.sleep(120)"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    yield holder
    holder.kill()
    holder.wait()


def test_another_program_that_holds_much_is_named_with_what_it_holds(
        bench: Bench, tenant: subprocess.Popen[bytes]) -> None:
    if os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > 100 << 30:
        pytest.skip("600 MiB are not much on a machine of over 100 GiB")
    assert bench.run("import time; time.sleep(2)").returncode == 0
    found = bench.rows("SELECT name, rss_bytes, anon_bytes FROM TidemarkTenant WHERE pid = ?", tenant.pid)
    assert found, "the first scan comes with the first sample"
    name, rss, anon = found[0]
    assert name.startswith("python3")
    assert 600 * MIB <= rss < 700 * MIB
    assert 600 * MIB <= anon < 650 * MIB
    sums = bench.rows("SELECT max(tenant_bytes) FROM MetricsSample")[0][0]
    assert sums >= 600 * MIB
    last = bench.analysis()["metrics_timeline"][-2]
    assert last["ledger_gb"]["other_processes"] >= 600 / 1024
    assert sum(last["ledger_gb"].values()) == pytest.approx(last["used_memory_gb"], abs=1e-6)


def test_without_tracking_no_single_process_is_told_of(bench: Bench) -> None:
    config = bench.folder / "job.json"
    config.write_text(json.dumps({"job": "extension", "config": {"name": "quiet", "process": [
        {"type": "sd_trainer", "monitoring": {"track_per_process": False}}]}}))
    code = "import os, time\nif os.fork() == 0:\n    time.sleep(1)\n    os._exit(0)\ntime.sleep(1.5)"
    assert bench.run(code, "--config", str(config)).returncode == 0
    assert bench.rows("SELECT count(*) FROM TidemarkProcessSample")[0][0] == 0
    assert bench.rows("SELECT count(*) FROM TidemarkTenant")[0][0] == 0
    counts = bench.rows("SELECT count(*), count(worker_count), count(worker_memory_gb), count(main_rss_bytes) "
                        "FROM MetricsSample")[0]
    assert counts[0] > 0 and counts[3] > 0
    assert counts[1:3] == (0, 0), "not known is not none"


def rollup(pid: int) -> dict[str, int]:
    """Bytes by field of smaps_rollup."""
    text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {key: int(value) * 1024 for key, value in re.findall(r"^(\w+):\s+(\d+) kB", text, re.M)}


READERS = """
import mmap, os, sys, time
size = 1536 << 20
held = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, size, 4096):
    held[at] = 1
pids = []
for _ in range(4):
    pid = os.fork()
    if pid == 0:
        total = sum(held[at] for at in range(0, size, 4096))
        own = bytearray(40 << 20)
        open(sys.argv[1] + f"/ready.{os.getpid()}", "w").close()
        time.sleep(60)
        os._exit(0)
    pids.append(pid)
while not os.path.exists(sys.argv[1] + "/stop"):
    time.sleep(0.05)
for pid in pids:
    os.kill(pid, 9)
    os.waitpid(pid, 0)
"""


@pytest.mark.long
def test_forked_workers_that_only_read_are_counted_as_the_kernel_counts_them(bench: Bench) -> None:
    """1.5 GiB in the parent, read by four workers that hold 40 MiB each: RSS says 6 GiB and more."""
    script = bench.script(READERS)
    running = subprocess.Popen(
        [str(TIDEMARK), "run", "--interval", "0.5", "--", PYTHON, script,
         str(bench.folder)], cwd=bench.folder, env=bench.environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        ready = wait_until(lambda: (found := list(bench.folder.glob("ready.*"))) and len(found) == 4 and found, 60)
        workers = [int(file.suffix[1:]) for file in ready]  # type: ignore[union-attr]
        read = ("SELECT worker_memory_gb, worker_uss_bytes, worker_rss_bytes FROM MetricsSample "
                "WHERE worker_count = 4 AND process_basis IN ('measured', 'scaled') ORDER BY id DESC LIMIT 1")
        wait_until(lambda: len(bench.rows("SELECT id FROM MetricsSample WHERE worker_count = 4 AND "
                                          "process_basis IN ('measured', 'scaled')")) >= 8, 60)
        truth = [rollup(pid) for pid in workers]
        pss, uss, rss = bench.rows(read)[0]
    finally:
        (bench.folder / "stop").touch()
        running.wait(60)
    true_pss = sum(one["Pss"] for one in truth)
    true_uss = sum(one["Private_Clean"] + one["Private_Dirty"] for one in truth)
    print(f"PSS {pss * 1024:.0f} MiB, truth {true_pss / MIB:.0f}; USS {uss / MIB:.0f}, truth "
          f"{true_uss / MIB:.0f}; RSS sum {rss / MIB:.0f}", file=sys.stderr)
    assert pss * 1024 * MIB == pytest.approx(true_pss, rel=0.10)
    assert uss == pytest.approx(true_uss, rel=0.10)
    assert rss > 4 * true_pss, "what adding up RSS would have said"
