"""What a run's output says goes with the run: found as it comes, timed, stored, reported."""
from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time

from conftest import PYTHON, TIDEMARK, Bench, wait_until

OUT_OF_MEMORY = """
import sys, time
held = bytearray(64 << 20)
time.sleep(0.8)
class OutOfMemoryError(RuntimeError):
    pass
OutOfMemoryError.__module__ = "torch"
def step():
    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of "
                           "23.64 GiB of which 1.19 GiB is free. token hf_abcdefghijklmnopqrstuvwxyz012345")
step()
"""


def attach(bench: Bench, pid: int, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([str(TIDEMARK), "attach", "--pid", str(pid), "--interval", "0.2", "--name", name],
                               env=bench.environment(), cwd=bench.folder, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: rows_so_far(bench, "SELECT 1 FROM MetricsSample"), what="it watches")
    return process


def rows_so_far(bench: Bench, sql: str) -> list[tuple]:
    try:
        return bench.rows(sql)
    except sqlite3.OperationalError:  # no file yet, or no table in it
        return []


def test_an_out_of_memory_traceback_is_a_finding_with_its_time_place_and_memory(bench: Bench) -> None:
    began = time.time()
    done = bench.run(OUT_OF_MEMORY)
    assert done.returncode == 1
    answer = bench.analysis()
    assert len(answer["log_errors"]) == 1, "the exception's event is the same error"
    error = answer["log_errors"][0]
    assert (error["level"], error["category"], error["count"]) == ("CRITICAL", "cuda_oom", 1)
    assert error["exception"] == "OutOfMemoryError"
    assert "in step" in error["traceback"]
    assert error["requested_gb"] == 2.0
    assert round(error["device_free_gb"], 3) == 1.19
    assert began + 0.5 < error["timestamp"] < time.time()
    assert error["memory_at_time_gb"] > 0
    assert (answer["summary"]["error_count"], answer["summary"]["oom_count"]) == (1, 1)
    assert answer["job"]["exit"]["kind"] == "oom_exception"
    text = bench.tidemark("report", "last").stdout
    assert "> OutOfMemoryError: CUDA out of memory" in text
    assert "line" in text.split("Errors")[1]


def test_secrets_are_masked_before_anything_is_stored(bench: Bench) -> None:
    bench.run(OUT_OF_MEMORY)
    bench.analysis()
    stored = b"".join(file.read_bytes() for file in bench.folder.glob("metrics.db*"))
    assert b"CUDA out of memory" in stored
    # The program itself holds it, in its own file; the store must not.
    assert b"hf_abcdefghijklmnop" not in stored


def test_output_full_of_the_word_error_is_healthy(bench: Bench) -> None:
    bench.run("""
        for step in range(300):
            print(f"error rate {1 / (step + 1):.3f}, no errors so far, error-free; mean squared error 0.{step:03d}")
        print("Loaded ErrorCorrectingCode; 0 errors, 0 failed, Exception handling enabled")
    """)
    answer = bench.analysis()
    assert answer["log_errors"] == []
    assert (answer["summary"]["error_count"], answer["summary"]["oom_count"]) == (0, 0)
    assert answer["job"]["exit"]["kind"] == "completed"


def test_a_log_that_is_moved_away_under_attach_is_followed(bench: Bench) -> None:
    log = bench.folder / "log.txt"
    trainer = subprocess.Popen([PYTHON, "-c", """
import os, sys, time
time.sleep(1.5)
print("RuntimeError: CUDA error: device-side assert triggered", flush=True)
time.sleep(1.0)
os.rename("log.txt", "log.old")
fd = os.open("log.txt", os.O_WRONLY | os.O_CREAT)
os.dup2(fd, 1)
os.dup2(fd, 2)
print("all is well", flush=True)
time.sleep(0.5)
raise FileNotFoundError(2, "No such file or directory", "/data/captions.txt")
"""], stdout=log.open("wb"), stderr=subprocess.STDOUT, cwd=bench.folder)
    watcher = attach(bench, trainer.pid, "rotated")
    trainer.wait(30)
    _, err = watcher.communicate(timeout=60)
    assert watcher.returncode == 0, err
    answer = bench.analysis("rotated")
    assert [error["category"] for error in answer["log_errors"]] == ["cuda_error", "missing_file"]
    assert all(error["timestamp"] for error in answer["log_errors"])


def test_what_a_log_said_before_attach_is_known_too(bench: Bench) -> None:
    log = bench.folder / "log.txt"
    trainer = subprocess.Popen([PYTHON, "-c", """
import time
print("2026-01-02 03:04:05,678 WARNING train.py:3 UserWarning: a caption is missing")
print("Traceback (most recent call last):\\n  File \\"t.py\\", line 3, in f\\nValueError: 3 is no size", flush=True)
time.sleep(3)
"""], stdout=log.open("wb"), stderr=subprocess.STDOUT, cwd=bench.folder)
    wait_until(lambda: "ValueError" in log.read_text())
    watcher = attach(bench, trainer.pid, "late")
    trainer.wait(30)
    assert watcher.wait(60) == 0
    errors = bench.analysis("late")["log_errors"]
    assert any(error["exception"] == "ValueError" for error in errors)


def test_a_log_file_that_appears_later_is_read(bench: Bench) -> None:
    script = bench.script("""
        import os, sys, time
        time.sleep(0.5)
        os.remove("direct.txt")      # and a new one comes while the run goes on
        time.sleep(0.7)
        fd = os.open("direct.txt", os.O_WRONLY | os.O_CREAT)
        os.dup2(fd, 1)
        os.dup2(fd, 2)
        raise OSError(28, "No space left on device")
    """)
    with open(bench.folder / "direct.txt", "wb") as log:
        done = subprocess.run([str(TIDEMARK), "run", "--name", "later", "--interval", "0.2", "--", PYTHON, script],
                              stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=bench.folder,
                              env=bench.environment(), timeout=60)
    assert done.returncode == 1
    answer = bench.analysis("later")
    assert [error["category"] for error in answer["log_errors"]] == ["disk_full"]
    assert "disk_full" in [finding["id"] for finding in answer["findings"]]
    finding = next(one for one in answer["findings"] if one["id"] == "disk_full")
    assert "No space left on device" in finding["evidence"][0]["text"]


def test_two_hundred_thousand_lines_of_one_error_are_one_finding_with_its_count(bench: Bench) -> None:
    with open(bench.folder / "flood.txt", "wb") as log:
        subprocess.run([str(TIDEMARK), "run", "--name", "flood", "--interval", "0.2", "--", PYTHON, bench.script("""
            import sys, time
            line = "RuntimeError: CUDA error: an illegal memory access was encountered\\n"
            for _ in range(200):
                sys.stdout.write(line * 1000)
            sys.stdout.flush()
            sys.exit(1)
        """)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=bench.folder, env=bench.environment(),
            timeout=120)
    answer = bench.analysis("flood")
    assert [(error["category"], error["count"]) for error in answer["log_errors"]] == [("cuda_error", 200_000)]
    assert answer["summary"]["error_count"] == 1
    assert bench.rows("SELECT count(*) FROM TidemarkLogFinding") == [(1,)]


def test_findings_outlive_the_monitor_that_read_them(bench: Bench) -> None:
    run = bench.start("""
        import time
        print("RuntimeError: CUDA error: device-side assert triggered", flush=True)
        time.sleep(4)
    """)
    wait_until(lambda: rows_so_far(bench, "SELECT 1 FROM TidemarkLogFinding"),
               what="the finding is stored while the run goes on")
    monitor = bench.rows("SELECT monitor_pid FROM TidemarkRun")[0][0]
    os.kill(monitor, signal.SIGKILL)
    run.communicate(timeout=60)
    assert [error["category"] for error in bench.analysis()["log_errors"]] == ["cuda_error"]


def test_skipped_batches_are_counted_with_their_steps(bench: Bench) -> None:
    bench.run("""
        import sys, time
        for step in range(1, 21):
            sys.stderr.write(f"\\rlora: {step * 5:3d}%|#| {step}/20 [00:{step:02d}<00:00, 10.00it/s, lr: 1.0e-04 "
                             f"loss: {1 / step:.3e}]")
            if step in (5, 9):
                sys.stderr.write("\\n# OOM during training step, skipping batch\\n")
            sys.stderr.flush()
            time.sleep(0.05)
        sys.stderr.write("\\n")
    """)
    answer = bench.analysis()
    assert answer["job"]["exit"]["kind"] == "completed"
    finding = next(one for one in answer["findings"] if one["id"] == "oom_skipped_batches")
    assert finding["evidence"][0]["value"] == 2
    assert answer["summary"]["oom_count"] == 2
    assert answer["summary"]["error_count"] == 0


def test_steps_that_are_printed_as_lines_are_recorded(bench: Bench) -> None:
    bench.run("""
        import time
        for iteration in range(0, 300, 100):
            print(f"[1/2][{iteration}/300]\\tLoss_D: 0.5", flush=True)
            time.sleep(0.1)
    """)
    assert [row[0] for row in bench.rows("SELECT step FROM StepMetric ORDER BY step")] == [0, 100, 200]


def test_output_that_goes_to_a_file_is_read_while_it_grows(bench: Bench) -> None:
    script = bench.script("""
        import time
        for step in range(1, 600):
            print(f"step {step}/600 loss: 0.5", flush=True)
            time.sleep(0.05)
    """)
    with open(bench.folder / "log.txt", "wb") as log:
        run = subprocess.Popen([str(TIDEMARK), "run", "--name", "file", "--interval", "0.2", "--", PYTHON, script], stdout=log,
                               stderr=log, cwd=bench.folder, env=bench.environment())
    try:
        wait_until(lambda: rows_so_far(bench, "SELECT 1 FROM StepMetric WHERE step > 20"), 20, "steps are stored as they come")
        assert run.poll() is None and not bench.rows("SELECT 1 FROM TrainingEvent WHERE event_type = 'training_end'")
    finally:
        run.send_signal(signal.SIGTERM)
        run.wait(30)


def test_where_the_log_stood_when_is_kept(bench: Bench) -> None:
    bench.run("print('hello', flush=True); import time; time.sleep(0.6)")
    offset, line, at = bench.rows("SELECT byte_offset, line, timestamp FROM TidemarkLogIndex ORDER BY byte_offset DESC")[0]
    assert (offset, line) == (6, 1)
    assert abs(at - time.time()) < 60


def test_a_copy_of_the_output_is_dated_afterwards_by_the_index(bench: Bench) -> None:
    began = time.time()
    bench.run("""
        import time
        print("Loading", flush=True)
        time.sleep(0.8)
        raise MemoryError("no room")
    """, "--log", str(bench.folder / "copy.txt"))
    found = json.loads(bench.tidemark("log", "copy.txt", "--job", "last", "--json").stdout)
    error = found["log_errors"][0]
    assert error["exception"] == "MemoryError"
    assert began < error["timestamp"] < time.time()
    assert error["memory_at_time_gb"] > 0
    undated = json.loads(bench.tidemark("log", "copy.txt", "--json").stdout)["log_errors"][0]
    assert undated["timestamp"] is None and undated["memory_at_time_gb"] is None
