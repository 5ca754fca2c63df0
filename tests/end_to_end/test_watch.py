"""`tidemark watch` beside a stand-in for ai-toolkit: every job is seen, followed and named rightly, with no option."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest
from conftest import REPOSITORY, SCHEMA, TIDEMARK, Bench, MemoryCgroup, alive, wait_until

import jsonschema

sys.path.insert(0, str(REPOSITORY / "tests/support/aitk_stand_in"))
from test_notify import Hook  # noqa: E402
from toolkit import Toolkit  # noqa: E402


class Watched:
    """A stand-in checkout, a watcher, and what the two have left."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.toolkit = bench, Toolkit(bench.folder / "ai-toolkit")
        self.database = self.toolkit.root / "aitk_metrics.db"
        self.watcher: subprocess.Popen[str] | None = None
        self.log = bench.folder / "watcher.log"

    def without_wal(self) -> None:
        """The database as it is before ai-toolkit's worker has been started once."""
        for file in self.toolkit.root.glob("aitk_db.db*"):
            file.unlink()
        self.toolkit = Toolkit(self.toolkit.root, "DELETE")

    def environment(self, **extra: str) -> dict[str, str]:
        clean = {k: v for k, v in self.bench.environment(**extra).items() if k != "TIDEMARK_DB"}
        return clean | {"TIDEMARK_SAMPLE_INTERVAL_SECONDS": "0.2"}

    def watch(self, *options: str, **extra: str) -> None:
        begun = self.said().count("watching ai-toolkit") if self.log.exists() else 0
        with self.log.open("a") as log:
            self.watcher = subprocess.Popen([str(TIDEMARK), "watch", "--aitk", str(self.toolkit.root), *options],
                                            env=self.environment(**extra), stdin=subprocess.DEVNULL, stderr=log,
                                            cwd=self.bench.folder, text=True)
        wait_until(lambda: self.said().count("watching ai-toolkit") > begun, 20, "the watcher has begun")

    def said(self) -> str:
        return self.log.read_text()

    def kill_watcher(self, with_signal: int = signal.SIGKILL) -> None:
        assert self.watcher is not None
        self.watcher.send_signal(with_signal)
        self.watcher.wait(20)

    def rows(self, sql: str, *values: object) -> list[tuple]:
        if not self.database.exists():
            return []
        db = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)
        try:
            return db.execute(sql, values).fetchall()
        except sqlite3.OperationalError:  # not made yet, or held for a moment
            return []
        finally:
            db.close()

    def run_count(self, job: str, status: str = "") -> int:
        rows = self.rows("SELECT count(*) FROM TidemarkRun WHERE job_id = ? AND ended_at IS NOT NULL", job)
        return rows[0][0] if rows else 0

    def await_runs(self, job: str, count: int = 1, seconds: float = 60) -> None:
        wait_until(lambda: self.run_count(job) >= count, seconds, f"{count} ended run(s); it said:\n{self.said()}")

    def await_watched(self, job: str) -> None:
        wait_until(lambda: self.rows("SELECT 1 FROM TrainingEvent WHERE job_id = ?", job), 40,
                   f"the job is watched; it said:\n{self.said()}")

    def await_step(self, job: str, step: int) -> None:
        wait_until(lambda: self.toolkit.row(job, "step")[0] >= step, 60, "the trainer comes to that step")

    def tidemark(self, *words: str) -> subprocess.CompletedProcess[str]:
        """From inside the checkout: its database is found by itself."""
        return subprocess.run([str(TIDEMARK), *words], cwd=self.toolkit.root, env=self.environment(), text=True,
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=100)

    def analysis(self, job: str, *options: str) -> dict:
        done = self.tidemark("analyze", job, "--json", *options)
        assert done.returncode == 0, done.stderr
        answer = json.loads(done.stdout)
        jsonschema.validators.validator_for(SCHEMA)(SCHEMA).validate(answer)
        return answer

    def exit_of(self, job: str) -> dict:
        return self.analysis(job)["job"]["exit"]

    def has_report(self, job: str) -> bool:
        return bool(self.rows("SELECT 1 FROM AnalysisReport WHERE job_id = ?", job))


@pytest.fixture
def watched(bench: Bench) -> Iterator[Watched]:
    watched = Watched(bench)
    yield watched
    if watched.watcher is not None and watched.watcher.poll() is None:
        watched.watcher.terminate()
        watched.watcher.wait(20)
    watched.toolkit.close()
    for pid in [row[0] for row in watched.rows("SELECT monitor_pid FROM TidemarkRun")]:
        wait_until(lambda pid=pid: not alive(pid), 60, f"monitor {pid} ends with its trainer")


def run_to_its_end(watched: Watched, **plan: object) -> str:
    job = watched.toolkit.add_job("my_lora", **plan)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_runs(job)
    # The run's end is stored before it is analysed: an analysis that fails must not take the end with it.
    wait_until(lambda: watched.has_report(job), 30, "its report is stored")
    return job


def test_the_server_watches_too(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=20)
    with watched.log.open("a") as log:
        watched.watcher = subprocess.Popen([str(TIDEMARK), "serve", "--aitk", str(watched.toolkit.root), "--port", "0", "--no-token"],
                                           env=watched.environment(), stdin=subprocess.DEVNULL, stderr=log, cwd=watched.bench.folder)
    wait_until(lambda: "watching ai-toolkit" in watched.said() and "serving" in watched.said(), 20, "both have begun")
    watched.toolkit.start(job)
    watched.await_runs(job)
    wait_until(lambda: watched.has_report(job), 20)
    port = re.search(r"at http://127\.0\.0\.1:(\d+)", watched.said())
    assert port
    with urllib.request.urlopen(f"http://127.0.0.1:{port[1]}/api/jobs", timeout=20) as answer:
        (told,) = json.load(answer)
    assert (told["id"], told["status"]) == (job, "completed")
    watched.watcher.terminate()
    assert watched.watcher.wait(20) == 0, "one signal ends both"


# --- every ending


def test_completed(watched: Watched) -> None:
    job = run_to_its_end(watched, steps=20)
    analysis = watched.analysis("my_lora")
    assert analysis["job"]["exit"]["kind"] == "completed"
    assert analysis["job"]["status"] == "completed"
    assert any("`completed`: Training completed" in line for line in analysis["job"]["exit"]["evidence"])
    assert analysis["summary"]["steps_completed"] == analysis["summary"]["total_steps"] == 20
    steps = watched.rows("SELECT step, loss, learning_rate, source FROM StepMetric WHERE job_id = ? ORDER BY step", job)
    logged = {row[0]: row for row in steps if row[3] == "loss_log"}
    assert set(logged) == set(range(1, 20)), "each step of the loss log, whatever the bar's are thinned to"
    assert logged[4][1:3] == (1 / 5, 1e-4)
    assert watched.toolkit.row(job, "status") == ("completed",)


def test_the_plugin_page_goes_into_the_jobs_folder_with_a_warning(watched: Watched) -> None:
    run_to_its_end(watched, steps=3)
    done = watched.tidemark("report", "my_lora", "--plugin")
    page = watched.toolkit.output / "my_lora" / "plugin.html"
    assert (done.returncode, done.stdout) == (0, f"{page}\n")
    assert "without its password" in done.stderr
    assert "my_lora" in page.read_text()
    ran = subprocess.run([str(TIDEMARK), "run", "--name", "by_hand", "--", "true"], cwd=watched.toolkit.root,
                         env=watched.environment(), capture_output=True, timeout=60)
    assert ran.returncode == 0
    refused = watched.tidemark("report", "by_hand", "--plugin")
    assert refused.returncode == 1 and "was not started by ai-toolkit's UI" in refused.stderr


def test_an_exception(watched: Watched) -> None:
    run_to_its_end(watched, ending="exception")
    seen = watched.exit_of("my_lora")
    assert (seen["kind"], seen["code"]) == ("error", 1)
    assert any("mat1 and mat2" in line for line in seen["evidence"])


def test_a_stop_by_the_user(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=2000)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_watched(job)
    watched.await_step(job, 3)
    watched.toolkit.stop(job)
    watched.await_runs(job)
    assert watched.exit_of("my_lora")["kind"] == "stopped"


def test_a_return_to_the_queue_and_the_next_start(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=40, save_every=4)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_watched(job)
    watched.await_step(job, 10)
    watched.toolkit.update(job, return_to_queue=1)
    watched.await_runs(job)
    assert watched.toolkit.row(job, "status") == ("queued",)
    assert watched.exit_of("my_lora")["kind"] == "stopped"
    watched.toolkit.start(job)  # resumed from its checkpoint: its steps go back
    watched.await_runs(job, 2)
    assert watched.exit_of("my_lora")["kind"] == "completed"
    first, second = (watched.rows(
        "SELECT min(step), max(step) FROM StepMetric JOIN TidemarkRun r ON r.id = run_id "
        "WHERE r.job_id = ? AND number = ? AND source = 'loss_log'", job, number)[0] for number in (1, 2))
    assert first[0] == 1 and second[1] == 39
    assert 4 < second[0] <= first[1] + 1, "the second run begins where the first had saved"


def test_an_oom_that_was_skipped(watched: Watched) -> None:
    job = run_to_its_end(watched, ending="oom_skipped")
    analysis = watched.analysis("my_lora")
    assert analysis["job"]["exit"]["kind"] == "completed"
    assert "oom_skipped_batches" in [finding["id"] for finding in analysis["findings"]]
    assert watched.rows("SELECT loss, learning_rate FROM StepMetric WHERE job_id = ? AND step = 5 "
                        "AND source = 'loss_log'", job) == [(None, None)]


def test_four_ooms_in_a_row(watched: Watched) -> None:
    run_to_its_end(watched, ending="oom_abort")
    assert watched.exit_of("my_lora")["kind"] == "oom_exception"


def test_a_sigkill(watched: Watched) -> None:
    run_to_its_end(watched, ending="sigkill")
    seen = watched.exit_of("my_lora")
    assert (seen["kind"], seen["signal"]) == ("signal", "SIGKILL")


def test_a_kernel_oom_kill(watched: Watched, memory_cgroup: Callable[[int], MemoryCgroup]) -> None:
    cgroup = memory_cgroup(200 << 20)
    job = watched.toolkit.add_job("my_lora", ending="oom_kill")
    watched.watch()
    watched.toolkit.start(job, wrap=cgroup.enter_command())
    watched.await_runs(job)
    analysis = watched.analysis("my_lora")
    assert analysis["job"]["exit"]["kind"] == "oom_killed"
    assert analysis["summary"]["limiting_pool"]["kind"] == "cgroup"


def test_a_data_loaders_worker_that_is_killed(watched: Watched) -> None:
    run_to_its_end(watched, ending="worker_killed")
    seen = watched.exit_of("my_lora")
    assert seen["kind"] == "error"
    assert any("is killed by signal" in line for line in seen["evidence"])


def test_a_trainer_that_dies_before_anybody_can_look(watched: Watched) -> None:
    job = run_to_its_end(watched, ending="dies_at_once")
    seen = watched.exit_of("my_lora")
    assert (seen["kind"], seen["code"]) == ("error", 1)
    assert any("No module named 'torch'" in line for line in seen["evidence"])
    assert watched.run_count(job) == 1


def test_a_killed_trainer_that_ai_toolkit_left_running(watched: Watched) -> None:
    watched.toolkit.worker_lives = False
    job = run_to_its_end(watched, ending="sigkill")
    assert watched.toolkit.row(job, "status") == ("running",), "its tables are left as they are"
    seen = watched.exit_of("my_lora")
    assert seen["kind"] in ("signal", "unknown")  # whoever reaped it (init) decides whether the kernel tells
    assert any("says `running`" in line and "Mark as Stopped" in line for line in seen["evidence"])
    wait_until(lambda: "the table is left as it is" in watched.said(), 20, "the watcher says so too")


@pytest.mark.parametrize(("column", "value", "said"), [
    ("boot_id", "00000000-0000-0000-0000-000000000000", "started anew"),
    ("host", "3f6c1e0a9b77", "is not this one")], ids=["a machine started anew", "a container made anew"])
def test_what_a_run_ended_in_is_gone(watched: Watched, column: str, value: str, said: str) -> None:
    job = watched.toolkit.add_job("my_lora", steps=2000)
    watched.toolkit.worker_lives = False
    watched.watch()
    pid = watched.toolkit.start(job)
    watched.await_watched(job)
    watched.await_step(job, 5)
    watched.kill_watcher()
    monitor = watched.rows("SELECT monitor_pid FROM TidemarkRun")[0][0]
    for process in (monitor, pid):
        os.kill(process, signal.SIGKILL)
        wait_until(lambda process=process: not alive(process), 20, "all is gone, as in a power cut")
    for journal in watched.bench.runtime.rglob("*.journal"):
        journal.unlink()  # its place is memory
    with sqlite3.connect(watched.database) as db:  # what another boot would see
        db.execute(f"UPDATE TidemarkRun SET {column} = ?", (value,))
    watched.watch()
    watched.await_runs(job)
    analysis = watched.analysis("my_lora")
    assert analysis["job"]["exit"]["kind"] == "unknown"
    assert said in analysis["job"]["exit"]["evidence"][0], watched.said()
    assert any("says `running`" in line for line in analysis["job"]["exit"]["evidence"])
    assert watched.run_count(job) == 1


# --- what a watcher lives through


def test_a_job_that_ran_already(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=60, seconds_per_step=0.1)
    watched.toolkit.start(job)
    watched.await_step(job, 20)
    watched.watch()
    watched.await_runs(job)
    steps = watched.rows("SELECT min(step), count(*) FROM StepMetric WHERE job_id = ? AND source = 'loss_log'", job)
    assert steps == [(1, 59)], "the steps from before the watcher came are in the loss log"


def test_a_watcher_that_is_killed_and_started_again_in_mid_job(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=120)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_watched(job)
    watched.kill_watcher()
    watched.watch()
    wait_until(lambda: "is watched already" in watched.said(), 20, "the new watcher finds the monitor")
    watched.await_runs(job)
    assert watched.exit_of("my_lora")["kind"] == "completed"
    assert watched.rows("SELECT count(*) FROM TidemarkRun") == [(1,)]


def test_a_monitor_that_is_killed_is_replaced_and_goes_on_with_the_run(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=200)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_watched(job)
    os.kill(watched.rows("SELECT monitor_pid FROM TidemarkRun")[0][0], signal.SIGKILL)
    watched.await_runs(job)
    assert watched.rows("SELECT count(*) FROM TidemarkRun") == [(1,)]
    assert watched.rows("SELECT count(*) FROM TrainingEvent WHERE event_type = 'monitoring_resumed'") == [(1,)]


def test_twenty_jobs_at_once_in_a_table_of_a_thousand(watched: Watched) -> None:
    for number in range(1000):
        now = int(time.time() * 1000)
        watched.toolkit.execute(
            "INSERT INTO Job (id, name, gpu_ids, job_config, created_at, updated_at, status, pid) "
            "VALUES (?, ?, '0', '{}', ?, ?, 'completed', ?)", f"old-{number}", f"old_{number}", now, now, 100 + number)
    jobs = [watched.toolkit.add_job(f"lora_{number}", steps=60, gpu_ids=str(number), seconds_per_step=0.2)
            for number in range(20)]
    watched.watch()
    for job in jobs:
        watched.toolkit.start(job)
    for job in jobs:
        watched.await_runs(job, 1, 150)
    kinds = watched.rows("SELECT DISTINCT exit_kind FROM TidemarkRun")
    assert kinds == [("completed",)]
    assert watched.rows("SELECT count(*) FROM TidemarkRun") == [(20,)]


def test_a_caption_job(watched: Watched) -> None:
    job = run_to_its_end(watched, job_type="caption")
    assert watched.exit_of("my_lora")["kind"] == "completed"
    assert watched.run_count(job) == 1


def test_a_job_whose_folder_and_row_are_deleted_while_it_runs(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=2000)
    watched.watch()
    pid = watched.toolkit.start(job)
    watched.await_watched(job)
    watched.await_step(job, 3)
    watched.toolkit.delete(job)
    os.kill(pid, signal.SIGTERM)
    watched.await_runs(job)
    assert watched.exit_of(job)["signal"] == "SIGTERM"


def test_a_job_that_wants_no_monitoring_has_none(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=30, monitoring={"enabled": False})
    watched.watch()
    watched.toolkit.start(job)
    wait_until(lambda: "monitoring is off" in watched.said(), 20, "it says so")
    wait_until(lambda: watched.toolkit.row(job, "status") == ("completed",), 30, "the job is done")
    time.sleep(1.5)  # a look of the watcher
    assert watched.run_count(job) == 0
    assert watched.said().count("monitoring is off") == 1


def test_the_config_decides_on_the_analysis(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=10, monitoring={"analyze_on_complete": False})
    watched.watch()
    watched.toolkit.start(job)
    watched.await_runs(job)
    settings = watched.rows("SELECT analyze_on_complete FROM TidemarkRun WHERE job_id = ?", job)
    assert settings == [(0,)]


def test_a_pid_of_an_earlier_start_that_is_somebody_elses_now(watched: Watched) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    job = watched.toolkit.add_job("my_lora", steps=10)
    watched.toolkit.update(job, pid=stranger.pid, status="running")
    watched.watch()
    time.sleep(2)
    assert watched.rows("SELECT 1 FROM TidemarkRun") == []
    watched.toolkit.start(job)
    watched.await_runs(job)
    assert watched.rows("SELECT count(*) FROM TidemarkRun WHERE process_pid = ?", stranger.pid) == [(0,)]
    stranger.kill()
    stranger.wait()


@contextlib.contextmanager
def held_database(file: pathlib.Path) -> Iterator[None]:
    db = sqlite3.connect(file, isolation_level=None)
    db.execute("BEGIN EXCLUSIVE")
    yield
    db.execute("COMMIT")
    db.close()


def test_a_table_that_another_writer_holds_for_a_while(watched: Watched) -> None:
    watched.without_wal()  # where a writer keeps readers out, too
    job = watched.toolkit.add_job("my_lora", steps=60, seconds_per_step=0.1)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_watched(job)
    with held_database(watched.toolkit.database):
        wait_until(lambda: "tried again" in watched.said(), 20, "it says that it cannot read")
        samples = watched.rows("SELECT count(*) FROM MetricsSample")
        wait_until(lambda: watched.rows("SELECT count(*) FROM MetricsSample") != samples, 20, "sampling goes on")
    watched.await_runs(job)
    assert watched.exit_of("my_lora")["kind"] == "completed"
    assert watched.said().count("tried again") == 1
    assert "can be read again" in watched.said()


@pytest.mark.long
def test_a_table_that_another_writer_holds_for_a_minute(watched: Watched) -> None:
    watched.without_wal()
    job = watched.toolkit.add_job("my_lora", steps=2000, ending="sigkill", at=30)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_step(job, 29)
    with held_database(watched.toolkit.database):
        time.sleep(60)
    watched.await_runs(job, 1, 60)
    assert watched.rows("SELECT count(*) FROM TidemarkRun") == [(1,)]


@pytest.mark.parametrize("journal_mode", ["WAL", "DELETE"])
def test_a_table_on_a_read_only_mount(watched: Watched, journal_mode: str) -> None:
    if journal_mode == "DELETE":
        watched.without_wal()
    keeper = sqlite3.connect(watched.toolkit.database)  # as ai-toolkit's worker does: -wal and -shm stay
    keeper.execute("SELECT count(*) FROM Job").fetchall()
    job = watched.toolkit.add_job("my_lora", steps=40)
    mounted = watched.bench.folder / "mounted"
    mounted.mkdir()
    if subprocess.run(["mount", "--bind", str(watched.toolkit.root), str(mounted)], capture_output=True).returncode:
        pytest.skip("no bind mount can be made here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", str(mounted)], check=True)
        database = watched.bench.folder / "elsewhere.db"
        with watched.log.open("a") as log:
            watched.watcher = subprocess.Popen(
                [str(TIDEMARK), "watch", "--aitk", str(mounted), "--db", str(database)], env=watched.environment(),
                stderr=log, stdin=subprocess.DEVNULL, text=True)
        watched.database = database
        wait_until(lambda: "watching ai-toolkit" in watched.said(), 20, "it has begun")
        watched.toolkit.start(job)
        watched.await_runs(job)
        assert watched.rows("SELECT exit_kind FROM TidemarkRun") == [("completed",)]
        assert "need --db" in watched.said(), "it cannot remember where"
        watched.watcher.terminate()
        watched.watcher.wait(20)
    finally:
        subprocess.run(["umount", "-l", str(mounted)], check=True)


def test_where_it_was_told_to_keep_its_rows_it_finds_them_again(watched: Watched) -> None:
    elsewhere = watched.bench.folder / "kept" / "rows.db"
    job = watched.toolkit.add_job("my_lora", steps=5)
    watched.watch("--db", str(elsewhere))
    watched.database = elsewhere
    watched.toolkit.start(job)
    watched.await_runs(job)
    watched.kill_watcher(signal.SIGTERM)
    watched.watch()
    assert watched.said().count(f"goes to {elsewhere}") == 2
    assert "my_lora" in watched.tidemark("jobs").stdout


def test_ai_toolkits_own_tables_are_never_written(watched: Watched) -> None:
    job = watched.toolkit.add_job("my_lora", steps=10)
    watched.watch()
    watched.toolkit.start(job)
    watched.await_runs(job)
    tables = {row[0] for row in watched.toolkit.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert tables == {"Settings", "Queue", "Job", "sqlite_sequence"}
    assert watched.toolkit.execute("PRAGMA journal_mode") == [("wal",)]


def test_ends_are_told_to_a_web_hook_also_those_that_no_monitor_saw(watched: Watched) -> None:
    hook = Hook()
    jobs = [watched.toolkit.add_job("fine", steps=5), watched.toolkit.add_job("broken", ending="dies_at_once")]
    watched.watch("--notify", hook.url)
    for job in jobs:
        watched.toolkit.start(job)
    for job in jobs:
        watched.await_runs(job)
    wait_until(lambda: len(hook.taken) == 2, 20, f"both were told: {hook.taken}")
    assert {(told["job"], told["event"]) for told in hook.taken} == {("fine", "completed"), ("broken", "died")}
    watcher = pathlib.Path(f"/proc/{watched.watcher.pid}/cmdline").read_text()
    assert "--notify" in watcher  # its own words; the monitors', which everybody starts, are without it
    assert hook.url not in watched.said()
    hook.server.shutdown()


def test_in_a_container_with_a_small_shm_and_a_single_mounted_database(watched: Watched) -> None:
    """A mount namespace of the watcher's own: /dev/shm of 64 MB, aitk_db.db mounted as one file."""
    setup = ('mount -t tmpfs -o size=64m tmpfs /dev/shm && mount --bind "$1/aitk_db.db" "$1/aitk_db.db" && '
             'exec "$2" watch --aitk "$1"')
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode:
        pytest.skip("no mount namespace can be made here")
    watched.without_wal()
    job = watched.toolkit.add_job("my_lora", steps=20)
    environment = {k: v for k, v in watched.environment().items() if k not in ("XDG_RUNTIME_DIR", "HOME")}
    with watched.log.open("a") as log:
        watched.watcher = subprocess.Popen(
            ["unshare", "-m", "sh", "-c", setup, "sh", str(watched.toolkit.root), str(TIDEMARK)], env=environment,
            stderr=log, stdin=subprocess.DEVNULL, text=True)
    wait_until(lambda: "watching ai-toolkit" in watched.said(), 20, "it has begun")
    watched.toolkit.start(job)
    watched.await_runs(job)
    assert watched.exit_of("my_lora")["kind"] == "completed"
    journal_notices = watched.rows("SELECT details FROM TrainingEvent WHERE event_type = 'monitor_notice'")
    assert not [text for text, in journal_notices if "journal" in text], journal_notices


def test_words_that_are_off(watched: Watched) -> None:
    done = watched.bench.tidemark("watch", "--aitk", str(watched.bench.folder), check=False)
    assert done.returncode == 2
    assert "no ai-toolkit folder" in done.stderr
    done = watched.bench.tidemark("watch", "--aitk", str(watched.toolkit.root), "--notify", "ntfy.sh/x", check=False)
    assert done.returncode == 2 and "http://" in done.stderr
