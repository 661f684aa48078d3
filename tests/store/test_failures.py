"""store.failures: every complaint of a database becomes an error of ours."""

from __future__ import annotations

import ast
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

import dermai_feed.store
from dermai_feed.errors import StoreDamaged, StoreError, StoreLocked
from dermai_feed.store.failures import translate

psycopg = pytest.importorskip("psycopg")


def complaint(code: int, words: str) -> sqlite3.Error:
    """What sqlite3 raises with an (extended) result code."""
    error = sqlite3.OperationalError(words)
    error.sqlite_errorcode = code  # type: ignore[misc]
    return error


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        (sqlite3.SQLITE_BUSY, StoreLocked, "locked by another process for more than 10 s"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StoreLocked, "locked by"),
        (sqlite3.SQLITE_LOCKED, StoreLocked, "locked by"),
        (sqlite3.SQLITE_CORRUPT, StoreDamaged, "rebuild"),
        (sqlite3.SQLITE_CORRUPT_INDEX, StoreDamaged, "rebuild"),
        (sqlite3.SQLITE_NOTADB, StoreDamaged, "rebuild"),
        (sqlite3.SQLITE_FULL, StoreError, "make room"),
        (sqlite3.SQLITE_IOERR_WRITE, StoreError, "disk"),
        (sqlite3.SQLITE_READONLY, StoreError, "writable"),
        (sqlite3.SQLITE_CANTOPEN, StoreError, "folder"),
        (sqlite3.SQLITE_PERM, StoreError, "writable"),
        (sqlite3.SQLITE_CONSTRAINT_CHECK, StoreError, "nothing of this step was stored"),
    ],
)
def test_sqlites_result_codes_have_words(code: int, kind: type[StoreError], hint: str) -> None:
    """The extended codes count as their primary ones; path, complaint and advice are all said."""
    ours = translate(complaint(code, "so it says"), "/state/x.sqlite", 10.0)
    assert type(ours) is kind
    assert "/state/x.sqlite" in str(ours)
    assert "so it says" in str(ours)
    assert hint in str(ours)


@pytest.mark.parametrize(
    ("words", "kind"),
    [("database is locked", StoreLocked), ("database or disk is full", StoreError), ("disk I/O error", StoreError),
     ("file is not a database", StoreDamaged), ("database disk image is malformed", StoreDamaged)],
)  # fmt: skip
def test_words_without_a_code_are_understood(words: str, kind: type[StoreError]) -> None:
    """Faults that a test tool makes up carry no code; wrapped by SQLAlchemy they mean the same."""
    bare = sqlite3.OperationalError(words)
    for error in (bare, OperationalError("SELECT 1", {}, bare)):
        assert type(translate(error, "x", 1.0)) is kind


@pytest.mark.parametrize(
    ("name", "kind", "hint"),
    [
        ("LockNotAvailable", StoreLocked, "locked by"),
        ("DeadlockDetected", StoreLocked, "locked by"),
        ("SerializationFailure", StoreLocked, "locked by"),
        ("DataCorrupted", StoreDamaged, "backup"),
        ("IndexCorrupted", StoreDamaged, "backup"),
        ("DiskFull", StoreError, "make room"),
        ("InvalidCatalogName", StoreError, "createdb"),
        ("InvalidPassword", StoreError, "password"),
        ("InvalidAuthorizationSpecification", StoreError, "password"),
        ("InsufficientPrivilege", StoreError, "grant"),
        ("AdminShutdown", StoreError, "run it again"),
    ],
)
def test_postgresqls_states_have_words(name: str, kind: type[StoreError], hint: str) -> None:
    """Each by what the person at the machine has to do."""
    ours = translate(getattr(psycopg.errors, name)("so it says"), "postgresql://h/x", 2.5)
    assert type(ours) is kind
    assert hint in str(ours)


@pytest.mark.parametrize(
    "error",
    [kind("said") for kind in (sqlite3.Error, *sqlite3.Error.__subclasses__(), *sqlite3.DatabaseError.__subclasses__())]
    + [
        kind("said")
        for kind in (psycopg.Error, *psycopg.Error.__subclasses__(), *psycopg.DatabaseError.__subclasses__())
    ],
    ids=lambda error: f"{type(error).__module__}.{type(error).__name__}",
)
def test_every_exception_of_both_drivers_has_a_translation(error: Exception) -> None:
    """Whatever they raise, the caller sees a StoreError with the name of the database."""
    ours = translate(error, "the database", 1.0)
    assert isinstance(ours, StoreError)
    assert str(ours).startswith("the database: said")


def test_a_complaint_without_words_is_named_by_its_kind() -> None:
    """An empty message does not make an empty error."""
    assert "InterfaceError" in str(translate(sqlite3.InterfaceError(), "x", 1.0))


def test_s17_no_statement_is_put_together_from_text() -> None:
    """No f-string, no % and no format() in what is given to a database."""
    found = []
    for file in Path(dermai_feed.store.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr not in {
                "execute",
                "exec_driver_sql",
                "scalar",
                "scalars",
                "executemany",
                "executescript",
            }:
                continue
            for inner in (part for argument in node.args for part in ast.walk(argument)):
                formatted = isinstance(inner, ast.JoinedStr) or (
                    isinstance(inner, ast.BinOp) and isinstance(inner.op, ast.Mod)
                )
                if formatted or (isinstance(inner, ast.Attribute) and inner.attr == "format"):
                    found.append(f"{file.name}:{node.lineno}")
    assert found == []
