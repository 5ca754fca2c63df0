"""Starting a monitor for a trainer that is alone: a journal of its own, and `tidemark attach --detach`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import IO, NamedTuple

from tidemark import _tidemark, details
from tidemark.joining import Unavailable, open_shared, release
from tidemark.reporting import warn_once

_PATIENCE_SECONDS = 5.0
_MOST_CONFIG_BYTES = 4 * 2**20
_MOST_LABEL_BYTES = 8168


class Description(NamedTuple):
    """What the monitor is told of the run."""

    name: str | None = None
    job_id: str | None = None
    database: str | None = None
    config: object = None


def start(description: Description) -> _tidemark.Journal:
    """A journal, opened, that a new monitor drains. Raises Unavailable; no file is left then."""
    status, path, meaning = _tidemark.create_journal(description.database or "", _label(description))
    if status != _tidemark.STATUS_OK:
        raise Unavailable(meaning)
    journal: _tidemark.Journal | None = None
    started = False
    try:
        journal = open_shared(path)
        _run_attach(path, description)
        started = True
        return journal
    finally:
        if not started:  # also after a Ctrl-C
            if journal is not None:
                release(journal)
            _remove(path)


def find_executable() -> str:
    """$TIDEMARK_EXECUTABLE, beside this package's environment, or on the PATH. Raises Unavailable."""
    for candidate in _candidates():
        if os.path.isfile(candidate) and os.access(candidate, os.X_OK):
            return candidate
    raise Unavailable("the program `tidemark` was not found (TIDEMARK_EXECUTABLE, this environment, PATH)")


def _candidates() -> Iterator[str]:
    import shutil
    import sysconfig

    named = os.environ.get("TIDEMARK_EXECUTABLE")
    if named:
        yield named
        return
    yield os.path.join(sysconfig.get_path("scripts"), "tidemark")
    here = os.path.realpath(__file__)  # ENVIRONMENT/lib/python3.N/site-packages/tidemark/starting.py
    yield os.path.normpath(os.path.join(here, *[os.pardir] * 5, "bin", "tidemark"))
    on_path = shutil.which("tidemark")
    if on_path:
        yield on_path


def _label(description: Description) -> str | None:
    """For the one who finds the journal, should the monitor never come up."""
    known = {"job_name": description.name, "job_id": description.job_id, "database": description.database}
    try:
        return details.to_json(
            {key: value for key, value in known.items() if value is not None}, _MOST_LABEL_BYTES
        ).decode()
    except details.TooLarge:
        return None


def _run_attach(path: str, description: Description) -> None:
    import subprocess

    command = [find_executable(), "attach", f"--pid={os.getpid()}", f"--journal={path}", "--detach"]
    for option, value in (("name", description.name), ("job-id", description.job_id), ("db", description.database)):
        if value is not None:
            command.append(f"--{option}={_argument(value)}")
    with _scratch_file() as config, _scratch_file() as complaints:
        if _write_config(config, description.config):
            command.append("--config=-")
        try:
            done = subprocess.run(
                command,
                stdin=config,
                stdout=subprocess.DEVNULL,
                stderr=complaints,
                timeout=_PATIENCE_SECONDS,
                env=_environment(),
                close_fds=True,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise Unavailable(f"the monitor did not come up in {_PATIENCE_SECONDS:.0f} s") from None
        except OSError as error:
            raise Unavailable(f"{command[0]} could not be started: {error.strerror}") from None
        if done.returncode != 0:
            raise Unavailable(_complaint(complaints) or f"tidemark attach ended with {done.returncode}")


def _argument(text: str) -> str:
    return details.safe_text(text).replace("\0", "?")


def _scratch_file() -> IO[bytes]:
    """In memory where there is memfd, else unlinked: reading it never waits, as reading a pipe could."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("tidemark"), "w+b")
    import tempfile

    return tempfile.TemporaryFile()


def _write_config(file: IO[bytes], config: object) -> bool:
    if config is None:
        return False
    try:
        file.write(details.to_json(config, _MOST_CONFIG_BYTES))
    except details.TooLarge:
        warn_once("the config is too large to be stored with the run; it is left out")
        return False
    file.flush()
    file.seek(0)
    return True


def _environment() -> dict[str, str]:
    """Without the names of another run, which are not this one's."""
    return {
        name: value for name, value in os.environ.items() if name not in ("TIDEMARK_JOURNAL", "TIDEMARK_RUN_ROOT")
    }


def _complaint(file: IO[bytes]) -> str:
    file.seek(0)
    lines = file.read(4096).decode(errors="replace").strip().splitlines()
    return lines[-1][:500] if lines else ""


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError as error:
        print(f"tidemark: {path}: {error.strerror}", file=sys.stderr)
