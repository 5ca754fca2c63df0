"""What the end-to-end tests share: the real executable, a database each, real limits."""
from __future__ import annotations

import contextlib
import itertools
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jsonschema
import pytest

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TIDEMARK = pathlib.Path(os.environ.get("TIDEMARK", REPOSITORY / "build/release/tidemark"))
PYTHON = "/usr/bin/python3"
SCHEMA = json.loads((REPOSITORY / "docs/contract/analysis.schema.json").read_text())


def wait_until(condition: Callable[[], object], seconds: float = 30, what: str = "") -> object:
    """The condition's first true value; fails the test after `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what or condition}")


def alive(pid: int) -> bool:
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@dataclass
class Bench:
    """A folder and a database of one test's own."""

    folder: pathlib.Path
    database: pathlib.Path
    runtime: pathlib.Path  # in memory, where journals go

    def environment(self, **extra: str) -> dict[str, str]:
        clean = {k: v for k, v in os.environ.items() if not k.startswith("TIDEMARK_")}
        return clean | {"XDG_DATA_HOME": str(self.folder / "data"), "XDG_RUNTIME_DIR": str(self.runtime),
                        "TIDEMARK_DB": str(self.database)} | extra

    def tidemark(self, *words: str, check: bool = True, **extra: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run([str(TIDEMARK), *words], cwd=self.folder, env=self.environment(**extra),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
                              timeout=200)
        if check:
            assert done.returncode == 0, done.stderr
        return done

    def run(self, code: str, *options: str, wrap: tuple[str, ...] = (), **extra: str) -> subprocess.CompletedProcess[str]:
        """`tidemark run` of a small Python program, to its end."""
        return self.tidemark("run", "--interval", "0.2", *options, "--", *wrap, PYTHON, self.script(code),
                             check=False, **extra)

    def start(self, code: str, *options: str, **extra: str) -> subprocess.Popen[str]:
        return self.start_command(PYTHON, self.script(code), options=options, **extra)

    def start_command(self, *command: str, options: tuple[str, ...] = (), **extra: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(TIDEMARK), "run", "--interval", "0.2", *options, "--", *command],
            cwd=self.folder, env=self.environment(**extra), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def script(self, code: str) -> str:
        file = self.folder / "train.py"
        file.write_text(textwrap.dedent(code))
        return str(file)

    def analysis(self, job: str = "last", *options: str) -> dict:
        """What `analyze --json` answers, checked against the contract."""
        answer = json.loads(self.tidemark("analyze", job, "--json", *options).stdout)
        jsonschema.validators.validator_for(SCHEMA)(SCHEMA).validate(answer)
        return answer

    def has(self, sql: str) -> bool:
        """Rows; False too while the database or the table is still to be made."""
        try:
            return self.database.exists() and bool(self.rows(sql))
        except sqlite3.OperationalError:
            return False

    def rows(self, sql: str, *values: object) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as db:
            return db.execute(sql, values).fetchall()

    def event_types(self) -> list[str]:
        return [row[0] for row in self.rows("SELECT event_type FROM TrainingEvent ORDER BY id")]


@pytest.fixture
def bench(tmp_path: pathlib.Path) -> Iterator[Bench]:
    if not TIDEMARK.exists():
        pytest.fail(f"{TIDEMARK} is not built")
    runtime = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-test-", dir="/dev/shm"))
    yield Bench(tmp_path, tmp_path / "metrics.db", runtime)
    shutil.rmtree(runtime, ignore_errors=True)


@dataclass
class MemoryCgroup:
    """A memory cgroup with a limit, v1 or v2."""

    folder: pathlib.Path
    version: int

    def enter_command(self) -> tuple[str, ...]:
        """Words that put what follows them into the cgroup."""
        return ("sh", "-c", f'echo $$ > {self.folder}/cgroup.procs && exec "$@"', "sh")


def make_memory_cgroup(limit_bytes: int, name: str) -> MemoryCgroup:
    v1, v2 = pathlib.Path("/sys/fs/cgroup/memory"), pathlib.Path("/sys/fs/cgroup")
    if (v1 / "memory.limit_in_bytes").exists():
        folder, limit_file, version = v1 / name, "memory.limit_in_bytes", 1
    elif (v2 / "cgroup.controllers").exists() and "memory" in (v2 / "cgroup.subtree_control").read_text():
        folder, limit_file, version = v2 / name, "memory.max", 2
    else:
        pytest.skip("no memory cgroup can be made here: neither v1 nor a delegated v2")
    try:
        folder.mkdir()
        (folder / limit_file).write_text(str(limit_bytes))
        for swap_file, value in (("memory.memsw.limit_in_bytes", str(limit_bytes)), ("memory.swap.max", "0")):
            if (folder / swap_file).exists():
                (folder / swap_file).write_text(value)
    except OSError as error:
        pytest.skip(f"no memory cgroup can be made here: {error}")
    return MemoryCgroup(folder, version)


numbers = itertools.count()


def cgroup_maker() -> Iterator[Callable[[int], MemoryCgroup]]:
    made: list[MemoryCgroup] = []

    def make(limit_bytes: int) -> MemoryCgroup:
        # Unique over the whole session: one that could not be removed does not stand in the way of the next.
        made.append(make_memory_cgroup(limit_bytes, f"tidemark-test-{os.getpid()}-{next(numbers)}"))
        return made[-1]

    yield make
    for cgroup in made:
        def remove(folder: pathlib.Path = cgroup.folder) -> bool:
            try:
                folder.rmdir()
                return True
            except OSError:
                return False
        try:
            wait_until(remove, 10, "the cgroup is empty")
        except AssertionError as error:
            print(error, file=sys.stderr)


memory_cgroup = pytest.fixture(cgroup_maker)
memory_cgroups = pytest.fixture(scope="module", name="memory_cgroups")(cgroup_maker)  # for runs that tests share
