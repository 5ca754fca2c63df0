"""An idle watcher beside ai-toolkit's table of 1000 jobs for a minute, and one beside a job that changes its row
twenty times a second: CPU share and PSS of the watcher itself."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from common import REPOSITORY, TIDEMARK, pss_bytes, run_time_seconds

sys.path.insert(0, str(REPOSITORY / "tests/support/aitk_stand_in"))
from toolkit import Toolkit  # noqa: E402

SECONDS = float(os.environ.get("TIDEMARK_BENCH_SECONDS", "60"))


def fill(toolkit: Toolkit, count: int) -> None:
    for number in range(count):
        toolkit.execute("INSERT INTO Job (id, name, gpu_ids, job_config, created_at, updated_at, status, pid) "
                        "VALUES (?, ?, '0', ?, 0, 0, 'completed', ?)",
                        f"old-{number}", f"old_{number}", "{}" * 2000, 100 + number)


def cpu_share(pid: int) -> float:
    time.sleep(3)
    cpu, began = run_time_seconds(pid), time.monotonic()
    time.sleep(SECONDS)
    return (run_time_seconds(pid) - cpu) / (time.monotonic() - began)


def main() -> None:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TIDEMARK_")}
    with tempfile.TemporaryDirectory() as folder:
        toolkit = Toolkit(pathlib.Path(folder) / "ai-toolkit")
        fill(toolkit, 1000)
        watcher = subprocess.Popen([TIDEMARK, "watch", "--aitk", str(toolkit.root)], env=environment,
                                   stderr=subprocess.DEVNULL)
        idle = cpu_share(watcher.pid)
        job = toolkit.add_job("bench", steps=1_000_000)
        pid = toolkit.start(job)
        busy, pss = cpu_share(watcher.pid), pss_bytes(watcher.pid)
        os.kill(pid, signal.SIGKILL)
        toolkit.close()
        time.sleep(5)  # the job's monitor stores its end
        watcher.terminate()
        watcher.wait()
    print(f"watcher, table of 1000 jobs, {SECONDS:.0f} s each:")
    print(f"  CPU {idle * 100:.4f} % of one core idle, {busy * 100:.4f} % while a job writes 20 steps a second")
    print(f"  PSS {pss / 2**20:.1f} MiB")
    print(json.dumps({"watcher_idle_cpu_ratio": idle, "watcher_busy_cpu_ratio": busy, "watcher_pss_bytes": pss}))


if __name__ == "__main__":
    main()
