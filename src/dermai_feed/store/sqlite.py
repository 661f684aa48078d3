"""SQLite: one file, and what has to be done so that it survives crashes and strangers."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError
from .failures import damaged, translate

APPLICATION_ID = 0x6465726D  # "derm", in the file's header (sqlite.org/pragma.html#pragma_application_id)
SQLITE = sqlite3.sqlite_version  # of the library, for a bug report
MODE = 0o640  # S-19: credentials may be inside


class Sqlite:
    """A database in one file."""

    errors: tuple[type[Exception], ...] = (SQLAlchemyError, sqlite3.Error)

    def __init__(self, path: Path, *, busy: float, readonly: bool) -> None:
        self.path = path
        self.name = str(path)
        self.busy = busy
        self.readonly = readonly
        try:
            fresh = _examine(path, busy)
            if fresh and readonly:
                raise StoreError(f"{path}: no database yet; `dermai-feed run` makes one")
            if not readonly:
                _create_or_tighten(path)
        except self.errors as error:
            raise translate(error, self.name, busy) from error
        self.engine = create_engine(
            URL.create("sqlite", database=f"file:{_quoted(path)}", query={"uri": "true", "mode": self._mode}),
            connect_args={"timeout": busy, "isolation_level": None},
        )
        event.listen(self.engine, "connect", self._set_up)
        self._anchor: sqlite3.Connection | None = None

    @property
    def _mode(self) -> str:
        return "ro" if self.readonly else "rw"

    def _set_up(self, connection: sqlite3.Connection, _record: Any) -> None:
        # S-07, on every connection: none of these but the first is remembered by the file.
        if not self.readonly:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA trusted_schema = OFF")

    def begin(self, connection: Connection, *, write: bool) -> None:
        """BEGIN IMMEDIATE for writers: they wait for one another here and nowhere else (S-08)."""
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    def share(self, connection: Connection) -> None:
        """As a writer: there is one at a time."""
        self.begin(connection, write=True)

    def clock(self, connection: Connection) -> datetime:
        """This machine's time: there is no server."""
        words = connection.exec_driver_sql("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')").scalar_one()
        return datetime.fromisoformat(words).replace(tzinfo=UTC)

    def version(self, connection: Connection) -> int:
        """The header's user_version; 0 for an empty file."""
        return int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())

    def set_version(self, connection: Connection, version: int) -> None:
        """Mark the file as ours, of this version; a PRAGMA takes no parameters, so the number is spelt out."""
        connection.exec_driver_sql("PRAGMA application_id = " + str(APPLICATION_ID))
        connection.exec_driver_sql("PRAGMA user_version = " + str(int(version)))

    def broken_references(self, connection: Connection) -> list[str]:
        """What PRAGMA foreign_key_check finds."""
        rows = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        return [f"{table} row {rowid} points to a missing {parent}" for table, rowid, parent, _ in rows]

    def unsound(self, connection: Connection) -> list[str]:
        """What PRAGMA integrity_check finds."""
        rows = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        return [row for row in rows if row != "ok"]

    def backup(self, version: int) -> None:
        """Write `<file>.v<version>.bak` beside the file: whole, or not at all."""
        self.copy_to(self.path.with_name(f"{self.path.name}.v{version}.bak"))

    def copy_to(self, copy: Path) -> None:
        """Write the database as it is now to `copy`: whole, or not at all; others go on meanwhile."""
        unfinished = copy.with_name(copy.name + ".tmp")
        unfinished.unlink(missing_ok=True)
        with contextlib.closing(_connect(self.path, "ro", self.busy)) as connection:
            connection.execute("VACUUM INTO ?", (str(unfinished),))
        unfinished.chmod(MODE)
        _sync(unfinished)
        unfinished.replace(copy)
        _sync(copy.parent)

    def clear(self, connection: Connection) -> None:
        """Not needed: another file takes the place of this one."""
        raise NotImplementedError

    def vacuum(self) -> None:
        """Write the file anew without its holes; needs as much free space as it has."""
        with contextlib.closing(_connect(self.path, "rw", self.busy)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA optimize = 0x10002")  # also tables that this connection did not use
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # what was written anew stands in the log

    def size(self, connection: Connection) -> int:  # noqa: ARG002
        """The file and its log."""
        files = (self.path, self.path.with_name(self.path.name + "-wal"))
        return sum(file.stat().st_size for file in files if file.exists())

    def anchor(self) -> None:
        """Keep a read-only connection open until the end.

        SQLite copies its log into the main file when the last connection closes. A last
        connection that may not write does not, so that a file which somebody has overwritten
        stays as it is (S-12); `close` does the copying, and only where all is well.
        """
        if not self.readonly:
            self._anchor = _connect(self.path, "ro", self.busy)
            self._anchor.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def close(self, *, damaged: bool) -> None:
        """Move the log into the file, so that it stays small (S-18) and a copy by hand is whole."""
        if not damaged and not self.readonly:
            # Only housekeeping: a reader elsewhere or a full disk puts it off until next time.
            with contextlib.suppress(*self.errors), contextlib.closing(_connect(self.path, "rw", 0)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.engine.dispose()
        if self._anchor is not None:
            self._anchor.close()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _connect(path: Path, mode: str, busy: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{_quoted(path)}?mode={mode}", uri=True, timeout=busy, isolation_level=None, check_same_thread=False
    )


def _quoted(path: Path) -> str:
    # The three characters that mean something in a URI (sqlite.org/uri.html).
    return str(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")


def _examine(path: Path, busy: float) -> bool:
    """Whether `path` is free for a new database; False when there is one of ours.

    Nothing is written, and no file is opened but by SQLite itself: closing a file drops this
    process' locks on it, also those of another connection (sqlite.org/howtocorrupt.html 2.2).
    Raises: StoreDamaged for everything else that lies there (S-12); StoreError without a folder.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        if not path.parent.is_dir():
            raise StoreError(f"{path.parent}: no such folder; create it, or change `store.database`") from None
        found = None
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; change `store.database`, or make it readable") from None
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise StoreError(f"{path}: not a file; change `store.database`")
    log = path.with_name(path.name + "-wal")
    has_log = log.exists() and log.stat().st_size > 0
    if found is None or found.st_size == 0:
        if has_log:
            raise damaged(str(path), f"empty, while {log.name} beside it holds changes to a database that is gone")
        return True
    # A rollback journal is left by a crash while the file was being made; only a connection
    # that may write can take the half-made part back.
    journal = path.with_name(path.name + "-journal").exists()
    with contextlib.closing(_connect(path, "rw" if journal else "ro", busy)) as connection:
        ((application,),) = connection.execute("PRAGMA application_id")
        ((tables,),) = connection.execute("SELECT count(*) FROM sqlite_master")
        ((page,),) = connection.execute("PRAGMA page_size")
    if application == 0 and tables == 0:
        return True
    if application != APPLICATION_ID:
        raise damaged(str(path), f"a database of another program (application_id {application:#x})")
    if found.st_size % page and not has_log:
        raise damaged(str(path), f"cut off: {found.st_size} bytes are no whole number of pages of {page}")
    return False


def _create_or_tighten(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, MODE))
    except FileExistsError:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & ~MODE:
            with contextlib.suppress(OSError):  # not ours to change: then it stays as its owner wants it
                path.chmod(mode & MODE)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; make {path.parent} writable, or change `store.database`") from None
