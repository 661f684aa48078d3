"""One at a time: who may work on a store, and how the others are told.

Two locks, and both die with their holder. The *run* lock is held while a run works. The
*daemon* lock is held as long as a daemon lives, so that there is one per store, and so that
a run by hand knows of it. They are files in the state folder, or advisory locks where the
store is PostgreSQL and the machines may be several (R-01). No process id is trusted and no
age: the kernel, or the server, knows.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Literal, Protocol

from filelock import FileLock, Timeout

from . import failpoint
from .config import Config
from .errors import AnotherRun

Name = Literal["run", "daemon"]

PATIENCE = 1.0  # seconds a daemon tries on: somebody may just be looking whether there is one


class Lock(Protocol):
    """A lock that dies with its holder."""

    def acquire(self, wait: float) -> bool:
        """Take it, for up to `wait` seconds; whether it is ours now."""

    def holder(self) -> str | None:
        """Who holds it and since when, in words; None when nobody does."""

    def kept(self) -> bool:
        """Whether it is still ours."""

    def release(self) -> None:
        """Give it back."""


class _File:
    """A lock of the kernel on a file; a note beside it names the holder."""

    def __init__(self, path: Path, who: str, started: datetime) -> None:
        self._lock = FileLock(path)
        self._note = path.with_name(path.name + ".json")
        self._who, self._started = who, started

    def acquire(self, wait: float) -> bool:
        try:
            self._lock.acquire(timeout=wait)
        except Timeout:
            return False
        note = {"who": self._who, "started": f"{self._started:%Y-%m-%dT%H:%M:%SZ}"}
        self._note.write_text(json.dumps(note), encoding="utf-8")
        return True

    def holder(self) -> str | None:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            try:
                note = json.loads(self._note.read_text(encoding="utf-8"))
                return f"{note['who']}, started {note['started']}"
            except (OSError, ValueError, KeyError, TypeError):
                return "another process"
        self._lock.release()
        return None

    def kept(self) -> bool:
        return self._lock.is_locked

    def release(self) -> None:
        if self._lock.is_locked:
            with suppress(OSError):
                self._note.unlink(missing_ok=True)
            self._lock.release()


def lock(config: Config, name: Name, now: datetime) -> Lock:
    """The lock called `name` of the store that `config` names, not taken yet; `now` goes into its note."""
    who = f"{name} {os.getpid()} on {platform.node()}"
    if config.database.startswith("sqlite"):
        config.state.mkdir(parents=True, exist_ok=True)
        file = "dermai.lock" if name == "run" else "daemon.lock"
        return _File(config.state / file, f"process {os.getpid()}", now)
    from .store.lock import AdvisoryLock

    return AdvisoryLock(config.database, name, who=f"dermai-feed {who}")


@contextmanager
def locked(config: Config, now: datetime, *, wait: float = 0.0, beside_daemon: bool = True) -> Iterator[None]:
    """Hold the run lock of this store while a run works.

    `wait`: seconds to wait for it. Without waiting, and not `beside_daemon`, a living daemon
    is reason enough to leave: it does the same work anyway.
    Raises: errors.AnotherRun naming the holder and its start.
    """
    if not beside_daemon and not wait and (holder := lock(config, "daemon", now).holder()):
        raise AnotherRun(
            f"{_shown(config)}: a daemon works here ({holder}) and asks every source when it is due; "
            "use --wait SECONDS to take a turn between its rounds"
        )
    mine = lock(config, "run", now)
    if not mine.acquire(wait):
        raise AnotherRun(f"{_shown(config)}: held by {mine.holder() or 'another process'}; wait, or use --wait SECONDS")
    try:
        failpoint.hit("lock.acquired")
        yield
    finally:
        mine.release()


@contextmanager
def only_daemon(config: Config, now: datetime) -> Iterator[Lock]:
    """Be the daemon of this store. Raises: errors.AnotherRun when there is one."""
    mine = lock(config, "daemon", now)
    if not mine.acquire(PATIENCE):
        raise AnotherRun(f"{_shown(config)}: a daemon works here already ({mine.holder() or 'another process'})")
    try:
        yield mine
    finally:
        mine.release()


def _shown(config: Config) -> str:
    if config.database.startswith("sqlite"):
        return str(config.state / "dermai.lock")
    return config.database.rpartition("@")[2]
