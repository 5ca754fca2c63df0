"""Open journals of this process, shared by its runs; and waiting for one that is about to appear."""

from __future__ import annotations

import threading
import time

from tidemark import _tidemark

_WAIT_FOR_JOURNAL_SECONDS = 2.0
_LOOK_EVERY_SECONDS = 0.02

# Of finding, making and closing; never taken by a record. A signal handler may close a run while its own
# thread is in here.
lock = threading.RLock()


class Unavailable(Exception):
    """There is nothing to record into; the text says why."""


_open: dict[str, tuple[_tidemark.Journal, int]] = {}  # by path, with the number of its runs


def find() -> str | None:
    """The path of this process's journal; None where nobody monitors it. Raises Unavailable inside a run
    whose journal does not appear: a second monitor must not start there."""
    give_up_at = time.monotonic() + _WAIT_FOR_JOURNAL_SECONDS
    while True:
        status, path, meaning = _tidemark.find_journal()
        if status == _tidemark.STATUS_OK:
            return path
        if status != _tidemark.STATUS_NOT_YET:
            return None
        if time.monotonic() >= give_up_at:
            raise Unavailable(f"this process is in a monitored run (TIDEMARK_RUN_ROOT), but {meaning}")
        time.sleep(_LOOK_EVERY_SECONDS)


def open_shared(path: str) -> _tidemark.Journal:
    """The journal, opened once for all runs of this process. Raises Unavailable."""
    journal, runs = _open.get(path, (None, 0))
    if journal is None:
        try:
            journal = _tidemark.Journal(path)
        except OSError as error:
            raise Unavailable(str(error)) from None
        journal.claim()  # now and not in the first step
    _open[path] = (journal, runs + 1)
    return journal


def release(journal: _tidemark.Journal) -> None:
    """Closes it with the last of its runs; leaves it to the process's end where another thread is starting a
    monitor just now, which is not waited for."""
    if not lock.acquire(blocking=False):
        return
    try:
        _, runs = _open.get(journal.path, (journal, 1))
        if runs > 1:
            _open[journal.path] = (journal, runs - 1)
            return
        _open.pop(journal.path, None)
        journal.close()
    finally:
        lock.release()


def renew_lock_after_fork() -> None:
    """Another thread of the parent may have held it."""
    global lock
    lock = threading.RLock()
