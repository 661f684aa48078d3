"""What a database says when it cannot, in words of ours; the one place where that happens."""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from ..errors import StoreDamaged, StoreError, StoreLocked

# Primary result codes of SQLite (sqlite.org/rescode.html) and SQLSTATEs of PostgreSQL
# (appendix A of its manual) by what the person at the machine has to do.
_LOCKED = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_HINTS = {
    sqlite3.SQLITE_FULL: "make room on that disk; everything stored before is safe",
    sqlite3.SQLITE_IOERR: "the disk is full or failing; everything stored before is safe",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable for this user",
    sqlite3.SQLITE_CANTOPEN: "the folder must exist and be writable, the file readable",
    sqlite3.SQLITE_PERM: "make the file and its folder readable and writable for this user",
}
_PG_LOCKED = {"55P03", "40P01", "40001"}  # lock_not_available, deadlock_detected, serialization_failure
_PG_DAMAGED = {"XX001", "XX002"}  # data_corrupted, index_corrupted
_PG_HINTS = {
    "53100": "make room on the server's disk; everything stored before is safe",
    "3D000": "create the database first: createdb --encoding UTF8",
    "28P01": "check user and password of `store.database`",
    "28000": "check user and password of `store.database`",
    "42501": "grant this user the right to create tables in the schema",
}
# Faults made up by a test, and some real ones, carry words and no code.
_WORDS = {
    "database is locked": sqlite3.SQLITE_BUSY,
    "database table is locked": sqlite3.SQLITE_LOCKED,
    "database or disk is full": sqlite3.SQLITE_FULL,
    "disk I/O error": sqlite3.SQLITE_IOERR,
    "file is not a database": sqlite3.SQLITE_NOTADB,
    "database disk image is malformed": sqlite3.SQLITE_CORRUPT,
}


def translate(error: Exception, name: str, busy: float) -> StoreError:
    """The error of ours that `error` (SQLAlchemy's, sqlite3's or psycopg's) amounts to.

    `name` is the path or the address without its password, `busy` the patience in seconds.
    """
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    state = getattr(cause, "sqlstate", None)
    code = getattr(cause, "sqlite_errorcode", None)
    code = code & 0xFF if code is not None else _WORDS.get(said)
    if code in _LOCKED or state in _PG_LOCKED:
        return StoreLocked(
            f"{name}: locked by another process for more than {busy:g} s ({said}); wait for it to end, or stop it"
        )
    if code in _DAMAGED or state in _PG_DAMAGED:
        return damaged(name, said)
    hint = _HINTS.get(code or 0) or _PG_HINTS.get(state or "") or "nothing of this step was stored; run it again"
    return StoreError(f"{name}: {said}; {hint}")


def damaged(name: str, what: str) -> StoreDamaged:
    """The refusal of a file that is not, or no longer, a database of ours."""
    return StoreDamaged(
        f"{name}: {what}; the file was left as it is. Put a backup in its place, "
        "or move it away and run `dermai-feed rebuild`"
    )
