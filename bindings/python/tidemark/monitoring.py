"""`monitor`: from a trainer's words to a run that records."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from tidemark import _tidemark, details, joining, starting
from tidemark.joining import Unavailable
from tidemark.reporting import inform_once, warn_once
from tidemark.run import Run


def monitor(
    config: object = None,
    name: str | None = None,
    *,
    job_id: str | None = None,
    db: str | os.PathLike[str] | None = None,
    enabled: bool = True,
    all_ranks: bool = False,
) -> Run:
    """Joins the monitor that watches this process, or starts one, and returns the run to record with.

    `config` is the job's config (a mapping, a dataclass or an argparse.Namespace): advice is given on its
    settings. `name` and `job_id` name the job; the config's `config.name` serves where there is no name. `db`
    is the database of a monitor that has to be started. `enabled=False`, TIDEMARK_DISABLED=1,
    TIDEMARK_ENABLED=0 or `config.process[0].monitoring.enabled: false` give a run that does nothing. Steps are recorded on rank 0
    ($RANK) alone unless `all_ranks`.

    Raises TypeError for arguments of the wrong type and nothing else. Where no monitor is to be had it says so
    once (logger "tidemark") and the run does nothing. Takes at most a few seconds, here and nowhere else.
    """
    description = _describe(config, name, job_id, db)
    run = Run()
    try:
        if not enabled or not _wanted(config):
            return run
        description = description._replace(name=name or _name_in(config))
        with joining.lock:
            journal, joined = _join_or_start(description, all_ranks)
        run._begin(journal, records_steps=all_ranks or _rank() == 0)
        if joined and _rank() == 0 and not run._inner:
            _tell_config(run, journal, description)
    except Unavailable as reason:
        warn_once(f"training is not monitored: {reason}")
    except _QuietlyAlone as reason:
        inform_once(str(reason))
    except Exception as error:
        warn_once(f"training is not monitored: {error!r}")
    return run


class _QuietlyAlone(Exception):
    """Nothing is wrong, and nothing is recorded."""


def _describe(
    config: object, name: str | None, job_id: str | None, db: str | os.PathLike[str] | None
) -> starting.Description:
    for word, value in (("name", name), ("job_id", job_id)):
        if value is not None and not isinstance(value, str):
            raise TypeError(f"tidemark.monitor: {word} must be a str, not {type(value).__name__}")
    if db is not None and not isinstance(db, (str, os.PathLike)):
        raise TypeError(f"tidemark.monitor: db must be a path, not {type(db).__name__}")
    if config is not None and not isinstance(config, Mapping) and details.settings_of(config) is None:
        raise TypeError(f"tidemark.monitor: config must be a mapping, not {type(config).__name__}")
    database = None if db is None else os.path.abspath(os.fsdecode(db))
    return starting.Description(name, job_id, database, config)


def _join_or_start(description: starting.Description, all_ranks: bool) -> tuple[_tidemark.Journal, bool]:
    path = joining.find()
    if path is not None:
        return joining.open_shared(path), True
    if _rank() > 0 and not all_ranks:
        raise _QuietlyAlone(
            "rank 0 alone starts a monitor; start with `tidemark run -- ...` to have every rank in one run"
        )
    return starting.start(description), False


_told: set[tuple[str, bytes]] = set()


def _tell_config(run: Run, journal: _tidemark.Journal, description: starting.Description) -> None:
    """Once: the monitor that was there knows neither name nor config."""
    known = {"name": description.name, "config": description.config}
    known = {key: value for key, value in known.items() if value is not None}
    if not known:
        return
    try:
        encoded = details.to_json(known)
    except details.TooLarge:
        warn_once("the config is larger than 256 KiB; it is not stored with the run")
        encoded = details.to_json({"name": description.name})
    if (journal.path, encoded) not in _told and journal.event(b"job_config", encoded):
        _told.add((journal.path, encoded))


def _wanted(config: object) -> bool:
    """The environment comes before the config."""
    if _flag("TIDEMARK_DISABLED") is True:
        return False
    said = _flag("TIDEMARK_ENABLED")
    return said if said is not None else _setting(config, "monitoring", "enabled") is not False


def _flag(name: str) -> bool | None:
    text = os.environ.get(name, "").lower()
    return True if text in ("1", "true", "yes", "on") else False if text in ("0", "false", "no", "off") else None


def _rank() -> int:
    text = os.environ.get("RANK", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _name_in(config: object) -> str | None:
    found = _at(config, "config", "name")
    return found if isinstance(found, str) and found else None


def _setting(config: object, section: str, key: str) -> Any:
    """Of `config.process[0]`."""
    processes = _at(config, "config", "process")
    first = processes[0] if isinstance(processes, (list, tuple)) and processes else None
    return _at(first, section, key)


def _at(value: object, *keys: str) -> Any:
    for key in keys:
        if not isinstance(value, Mapping):
            return None
        value = value.get(key)
    return value
