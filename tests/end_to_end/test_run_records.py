"""A run is recorded: samples, events, steps, settings, two runs of one job."""
from __future__ import annotations

import json
import subprocess
import time

from conftest import PYTHON, TIDEMARK, Bench

BAR = """
import sys, time
for step in range(1, 11):
    sys.stderr.write(f"\\rlora: {step * 10:3d}%|{'#' * step:<10}| {step}/10 [00:{step:02d}<00:00, 10.00it/s, "
                     f"lr: 1.0e-04 loss: {1 / step:.3e}]")
    sys.stderr.flush()
    time.sleep(0.1)
sys.stderr.write("\\n")
"""


def test_samples_events_and_the_exit_are_stored(bench: Bench) -> None:
    done = bench.run("import time; held = bytearray(200 << 20); time.sleep(1.5)")
    assert done.returncode == 0
    samples = bench.rows("SELECT total_memory_gb, used_memory_gb, main_process_memory_gb, worker_count, "
                         "timestamp FROM MetricsSample ORDER BY id")
    assert len(samples) >= 5
    assert all(0 < used < total for total, used, *_ in samples)
    assert max(main or 0 for _, _, main, _, _ in samples) > 0.19
    assert all(earlier[4] <= later[4] for earlier, later in zip(samples, samples[1:]))
    types = bench.event_types()
    assert types[0] == "training_start"
    assert types[-2:] == ["process_exit", "training_end"]
    unlinked = bench.rows("SELECT event_type FROM TrainingEvent e WHERE event_type IN "
                          "('training_start', 'process_exit') AND NOT EXISTS "
                          "(SELECT 1 FROM MetricsSample m WHERE m.id = e.memory_snapshot_id)")
    assert unlinked == []


def test_the_report_follows_on_stderr_and_says_completed(bench: Bench) -> None:
    done = bench.run("print('hello')")
    assert done.stdout == "hello\n"
    assert "completed" in done.stderr.lower()
    analysis = bench.analysis()
    assert analysis["job"]["status"] == "completed"
    assert analysis["job"]["exit"]["kind"] == "completed"
    assert analysis["job"]["exit"]["code"] == 0


def test_steps_come_from_the_progress_bar(bench: Bench) -> None:
    assert bench.run(BAR).returncode == 0
    steps = bench.rows("SELECT step, loss, learning_rate, source FROM StepMetric ORDER BY step")
    assert len(steps) >= 8
    assert all(abs(rate - 1e-4) < 1e-9 and source == "bar" for _, _, rate, source in steps)
    summary = bench.analysis()["summary"]
    assert summary["total_steps"] == 10
    assert 9 <= summary["steps_completed"] <= 10


def test_output_to_a_regular_file_is_read_too(bench: Bench) -> None:
    with open(bench.folder / "direct.txt", "wb") as log:
        subprocess.run([str(TIDEMARK), "run", "--name", "direct", "--interval", "0.2", "--", PYTHON,
                        bench.script(BAR)], stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                       cwd=bench.folder, env=bench.environment(), check=True, timeout=60)
    assert bench.analysis("direct")["summary"]["total_steps"] == 10


def test_workers_are_counted_and_their_start_and_exit_are_events(bench: Bench) -> None:
    bench.run("""
        import os, time
        held = bytearray(os.urandom(1 << 20)) * 200
        children = []
        for _ in range(3):
            pid = os.fork()
            if pid == 0:
                time.sleep(1.5)
                os._exit(0)
            children.append(pid)
        for pid in children:
            os.waitpid(pid, 0)
        time.sleep(0.6)
    """)
    counts = [row[0] for row in bench.rows("SELECT worker_count FROM MetricsSample ORDER BY id")]
    assert max(count or 0 for count in counts) == 3
    types = bench.event_types()
    assert types.count("worker_start") == 3
    assert types.count("worker_exit") == 3
    details = [json.loads(row[0]) for row in
               bench.rows("SELECT details FROM TrainingEvent WHERE event_type = 'worker_exit'")]
    assert all(detail["pid"] > 0 for detail in details)
    shared = bench.rows("SELECT max(worker_memory_gb), max(main_process_memory_gb) FROM MetricsSample "
                        "WHERE worker_count = 3")[0]
    assert shared[0] + shared[1] < 0.4, "200 MB shared by four processes are not counted four times"


def test_two_runs_of_one_job_are_told_apart(bench: Bench) -> None:
    bench.run("held = bytearray(300 << 20); import time; time.sleep(0.7)", "--name", "lora")
    bench.run("import sys, time; time.sleep(0.3); sys.exit(3)", "--name", "lora")
    first, second = bench.analysis("lora", "--run", "1"), bench.analysis("lora")
    assert (first["job"]["run"], second["job"]["run"]) == (1, 2)
    assert first["job"]["id"] == second["job"]["id"]
    assert first["job"]["exit"]["kind"] == "completed"
    assert second["job"]["exit"] | {"evidence": []} == {"kind": "error", "code": 3, "signal": None, "evidence": []}
    listed = json.loads(bench.tidemark("jobs", "--json").stdout)
    assert [(job["name"], job["runs"]) for job in listed] == [("lora", 2)]


def test_settings_are_honoured_in_their_order(bench: Bench) -> None:
    config = bench.folder / "job.yaml"
    config.write_text("""
job: extension
config:
  name: from_config
  process:
    - type: diffusion_trainer
      performance_log_every: 5
      monitoring:
        sample_interval_seconds: 0.3
        track_per_process: false
        memory_warning_threshold: 7
        sample_intervall_seconds: 1
""")
    done = bench.tidemark("run", "--", PYTHON, bench.script("import time; time.sleep(1.3)"), str(config))
    assert "memory_warning_threshold" in done.stderr
    assert "sample_intervall_seconds" in done.stderr
    count, workers = bench.rows("SELECT count(*), max(worker_count) FROM MetricsSample")[0]
    assert 4 <= count <= 12, "the config's interval"
    assert workers in (None, 0)
    assert bench.rows("SELECT name FROM TidemarkJob") == [("from_config",)]
    bench.tidemark("run", "--name", "env", "--", PYTHON, bench.script("import time; time.sleep(1.3)"), str(config),
                   TIDEMARK_SAMPLE_INTERVAL_SECONDS="60")
    slow = bench.rows("SELECT count(*) FROM MetricsSample WHERE job_id = "
                      "(SELECT id FROM TidemarkJob WHERE name = 'env')")[0][0]
    assert slow <= 4, "the environment wins over the config"


def test_monitoring_off_records_nothing_and_passes_the_code_on(bench: Bench) -> None:
    config = bench.folder / "job.yaml"
    config.write_text("config: {name: off, process: [{monitoring: {enabled: false}}]}\n")
    done = bench.tidemark("run", "--", PYTHON, bench.script("raise SystemExit(5)"), str(config), check=False)
    assert done.returncode == 5
    assert "off" in done.stderr
    assert not bench.database.exists()


def test_attach_watches_a_running_process_to_its_end(bench: Bench) -> None:
    trainer = subprocess.Popen([PYTHON, "-c", "import time; held = bytearray(100 << 20); time.sleep(2); exit(4)"])
    attach = subprocess.Popen([str(TIDEMARK), "attach", "--pid", str(trainer.pid), "--interval", "0.2",
                               "--name", "att"], env=bench.environment(), cwd=bench.folder,
                              stderr=subprocess.PIPE, text=True)
    trainer.wait(30)
    _, err = attach.communicate(timeout=60)
    assert attach.returncode == 0, err
    exit_seen = bench.analysis("att")["job"]["exit"]
    # The exit code of a process that is not ours is known only where the kernel keeps it for pidfds.
    assert (exit_seen["kind"], exit_seen["code"]) in (("error", 4), ("unknown", None))
    assert exit_seen["evidence"]


def test_a_run_that_ends_in_milliseconds_is_recorded(bench: Bench) -> None:
    done = bench.tidemark("run", "--", "true")
    assert bench.analysis()["job"]["exit"]["kind"] == "completed"
    assert done.returncode == 0


def test_what_is_left_behind_by_a_daemonising_trainer_does_not_hold_the_run(bench: Bench) -> None:
    started = time.monotonic()
    bench.run("""
        import os, time
        if os.fork() == 0:
            os.setsid()
            null = os.open(os.devnull, os.O_RDWR)
            for fd in (0, 1, 2):
                os.dup2(null, fd)
            time.sleep(20)
            os._exit(0)
    """)
    assert time.monotonic() - started < 15
    assert bench.analysis()["job"]["status"] == "completed"
