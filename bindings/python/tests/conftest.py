"""Every test has journal folders of its own; a stand-in for the program `tidemark` takes what it is told down."""
from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from journal_reader import Journal

STAND_IN = """#!{python}
import json, os, sys
told = dict(argument.lstrip("-").partition("=")[::2] for argument in sys.argv[2:])
told["command"] = sys.argv[1]
told["parent"] = os.getppid()
told["joins"] = sorted(name for name in os.environ if name in ("TIDEMARK_JOURNAL", "TIDEMARK_RUN_ROOT"))
told["descriptors"] = sorted(int(name) for name in os.listdir("/proc/self/fd"))
if told.get("config") == "-":
    told["config"] = json.load(sys.stdin)
with open({calls!r}, "a") as calls:
    calls.write(json.dumps(told) + "\\n")
{behaviour}
"""


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No journal of another run is found, and none is left behind."""
    runtime = Path("/dev/shm") / f"tidemark-pytest-{os.getpid()}-{tmp_path.name}"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for name in ("TIDEMARK_JOURNAL", "TIDEMARK_RUN_ROOT", "TIDEMARK_DISABLED", "TIDEMARK_ENABLED", "TIDEMARK_DB", "RANK"):
        monkeypatch.delenv(name, raising=False)
    yield runtime
    shutil.rmtree(runtime)


class StandIn:
    """The program that `monitor` starts."""

    def __init__(self, folder: Path, monkeypatch) -> None:
        self._folder = folder
        self._calls = folder / "calls"
        self.path = folder / "tidemark"
        monkeypatch.setenv("TIDEMARK_EXECUTABLE", str(self.path))
        self.behave("")

    def behave(self, behaviour: str) -> None:
        text = STAND_IN.format(python=sys.executable, calls=str(self._calls), behaviour=behaviour)
        self.path.write_text(text)
        self.path.chmod(stat.S_IRWXU)

    def calls(self) -> list[dict]:
        if not self._calls.exists():
            return []
        return [json.loads(line) for line in self._calls.read_text().splitlines()]


@pytest.fixture
def program(tmp_path, monkeypatch):
    return StandIn(tmp_path, monkeypatch)


@pytest.fixture(autouse=True)
def fresh_package():
    """What is said once and shared between runs, as in a new process."""
    from tidemark import copies, joining, monitoring, reporting, run

    yield
    for open_run in list(run._open_runs):
        open_run.close()
    reporting._said.clear()
    monitoring._told.clear()
    copies._pools.clear()
    assert not joining._open


def journals(runtime: Path) -> list[Path]:
    return sorted((runtime / "tidemark").glob("*.journal"))


@pytest.fixture
def the_journal(own_folders):
    """Reads the one journal there is."""

    def read() -> Journal:
        (path,) = journals(own_folders)
        return Journal(path)

    return read


@pytest.fixture
def run(program):
    """A run that records, with a monitor that only seems to be there."""
    import tidemark

    with tidemark.monitor(name="of a test") as opened:
        assert opened.active
        yield opened


@pytest.fixture
def in_process(program):
    """Runs a script in a process of its own; its exit status is checked by the caller."""

    def start(script: str, **variables: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script)],
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **variables},
            capture_output=True,
            text=True,
            timeout=120,
        )

    return start
