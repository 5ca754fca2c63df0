"""Each way a database can be bad: a clear message, the run unharmed, nothing lost."""
from __future__ import annotations

import contextlib
import os
import pathlib
import sqlite3
import subprocess
import threading
import time

import pytest
from conftest import PYTHON, TIDEMARK, Bench, wait_until


def rescued(bench: Bench) -> pathlib.Path:
    return bench.folder / "data/tidemark/rescued.db"


def samples_in(file: pathlib.Path) -> int:
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        return db.execute("SELECT count(*) FROM MetricsSample").fetchone()[0]


RUN = "import time; time.sleep(1); raise SystemExit(9)"


def test_a_missing_folder_is_made(bench: Bench) -> None:
    bench.database = bench.folder / "new/deep/metrics.db"
    assert bench.run(RUN).returncode == 9
    assert samples_in(bench.database) > 0
    assert bench.database.stat().st_mode & 0o077 == 0, "for the user's eyes only"


def test_a_folder_that_cannot_be_made(bench: Bench) -> None:
    bench.database = pathlib.Path("/proc/nowhere/metrics.db")
    done = bench.run(RUN)
    assert done.returncode == 9
    assert "/proc/nowhere" in done.stderr
    assert samples_in(rescued(bench)) > 0


def test_no_database(bench: Bench) -> None:
    bench.database.write_bytes(os.urandom(100_000))
    before = bench.database.read_bytes()
    done = bench.run(RUN)
    assert done.returncode == 9
    assert "not a database" in done.stderr
    assert f"this run is in {rescued(bench)}: name it with --db" in done.stderr
    assert "takes rows again" not in done.stderr, "the broken one never did"
    assert samples_in(rescued(bench)) > 0
    assert bench.database.read_bytes() == before
    read = bench.tidemark("jobs", check=False)
    assert read.returncode == 1
    assert read.stderr.startswith("tidemark: ") and read.stderr.count("\n") == 1


def test_a_newer_schema_is_left_alone(bench: Bench) -> None:
    bench.run("pass")
    with sqlite3.connect(bench.database) as db:
        db.execute("UPDATE TidemarkMeta SET value = '999' WHERE key LIKE '%schema%'")
    rows = samples_in(bench.database)
    done = bench.run(RUN)
    assert done.returncode == 9
    assert "newer" in done.stderr or "later" in done.stderr
    assert samples_in(bench.database) == rows
    assert samples_in(rescued(bench)) > 0


def test_a_read_only_database(bench: Bench, tmp_path: pathlib.Path) -> None:
    bench.run("pass", "--name", "before")
    subprocess.run(["sqlite3", bench.database, "PRAGMA wal_checkpoint(TRUNCATE)"], check=False, capture_output=True)
    if os.geteuid() == 0:
        made_immutable = subprocess.run(["chattr", "+i", bench.database], capture_output=True)
        if made_immutable.returncode != 0:
            pytest.skip("root writes to read-only files, and chattr +i is not to be had here")
    else:
        bench.database.chmod(0o400)
    try:
        done = bench.run(RUN)
        assert done.returncode == 9
        assert samples_in(rescued(bench)) > 0
        assert "before" in bench.tidemark("jobs").stdout, "what it holds can still be read"
        assert bench.tidemark("rm", "before", check=False).returncode == 1
    finally:
        subprocess.run(["chattr", "-i", bench.database], capture_output=True)


def test_a_database_locked_by_another_program_is_waited_for(bench: Bench) -> None:
    bench.run("pass", "--name", "first")
    holder = sqlite3.connect(bench.database, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(8, lambda: holder.execute("ROLLBACK"))
    release.start()
    try:
        done = bench.run(RUN, "--name", "second")
    finally:
        release.join()
        holder.close()
    assert done.returncode == 9
    analysis = bench.analysis("second")
    assert analysis["job"]["exit"]["code"] == 9
    assert analysis["summary"]["dropped_records"] == 0
    assert not rescued(bench).exists()


@pytest.mark.long
def test_a_database_locked_for_a_minute_loses_nothing(bench: Bench) -> None:
    bench.run("pass", "--name", "first")
    holder = sqlite3.connect(bench.database, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN EXCLUSIVE")
    release = threading.Timer(62, lambda: holder.execute("ROLLBACK"))
    release.start()
    started = time.time()
    try:
        done = bench.run("import time; time.sleep(20); raise SystemExit(9)", "--name", "second")
    finally:
        release.join()
        holder.close()
    assert done.returncode == 9
    assert time.time() - started >= 60
    count = bench.rows("SELECT count(*) FROM MetricsSample WHERE job_id = "
                       "(SELECT id FROM TidemarkJob WHERE name = 'second')")[0][0]
    assert count >= 80, "five samples a second for 20 s"
    assert bench.analysis("second")["summary"]["dropped_records"] == 0


@pytest.fixture
def small_disk(tmp_path: pathlib.Path):
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount], capture_output=True)
    if made.returncode != 0:
        pytest.skip("a small file system cannot be mounted here (not root)")
    yield mount
    subprocess.run(["umount", "-l", mount], check=True)


def test_a_full_disk_during_the_run(bench: Bench, small_disk: pathlib.Path) -> None:
    bench.database = small_disk / "metrics.db"
    running = bench.start("import time; time.sleep(2); raise SystemExit(9)")
    wait_until(lambda: bench.database.exists() and bench.database.stat().st_size > 0, 20, "the database is there")
    filler = os.open(small_disk / "filler", os.O_WRONLY | os.O_CREAT)
    with contextlib.suppress(OSError):
        while True:
            os.write(filler, b"x" * 4096)
    os.close(filler)
    time.sleep(3)  # the run ends meanwhile, and its rows have no place to go
    os.unlink(small_disk / "filler")  # somebody cleans up before the bound is reached: everything arrives
    _, err = running.communicate(timeout=200)
    assert running.returncode == 9
    analysis = bench.analysis()
    assert analysis["job"]["exit"]["code"] == 9
    assert analysis["summary"]["dropped_records"] == 0


@pytest.mark.parametrize("words", [("report", "nosuch"), ("analyze", "nosuch"), ("rm", "nosuch")])
def test_an_unknown_job_is_named(bench: Bench, words: tuple[str, ...]) -> None:
    bench.run("pass", "--name", "lora")
    done = bench.tidemark(*words, check=False)
    assert done.returncode == 1
    assert "nosuch" in done.stderr and done.stderr.count("\n") == 1


def test_a_missing_database_is_not_made_by_reading(bench: Bench) -> None:
    done = bench.tidemark("jobs", check=False)
    assert done.returncode == 1
    assert str(bench.database) in done.stderr
    assert not bench.database.exists()
