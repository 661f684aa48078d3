"""Transactions: the only way to the tables, the same on SQLite and PostgreSQL.

Everything in which the two differ is behind `Backend`, of which there are two: `sqlite` and
`postgres`. A write transaction takes the writer's lock when it begins, not when it first
writes: a reader that becomes a writer half-way would fail on SQLite without waiting (M-21)
and overwrite what it had not seen on PostgreSQL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection, Engine, Select, Table, bindparam, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, StatementError

from ..errors import StoreDamaged
from .failures import translate

T = TypeVar("T")

# Values in one IN (…) list; SQLite takes 32,766 parameters, PostgreSQL 65,535.
CHUNK = 900


class Backend(Protocol):
    """What a kind of database does its own way."""

    name: str  # path, or address without its password: for messages
    busy: float  # seconds to wait for a lock
    engine: Engine
    errors: tuple[type[Exception], ...]  # what it raises
    readonly: bool

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Open a transaction that sees one state of the database; a writer is alone."""

    def share(self, connection: Connection) -> None:
        """Open a transaction of one among several writers: rows are theirs once locked, no table is."""

    def clock(self, connection: Connection) -> datetime:
        """The database's own time (UTC), the same for all who work with it."""

    def version(self, connection: Connection) -> int:
        """The schema version; 0 for a database without tables."""

    def set_version(self, connection: Connection, version: int) -> None:
        """Write the schema version down."""

    def broken_references(self, connection: Connection) -> list[str]:
        """Rows that point to nothing, in words."""

    def unsound(self, connection: Connection) -> list[str]:
        """Everything else that is wrong with the database as such, in words."""

    def backup(self, version: int) -> None:
        """Copy the database aside before it is migrated from `version`, where that is ours to do."""

    def clear(self, connection: Connection) -> None:
        """Delete every row but the schema's number, within a transaction by the only writer."""

    def vacuum(self) -> None:
        """Give the space of deleted rows back, and renew what the query planner knows."""

    def size(self, connection: Connection) -> int:
        """Bytes on disk."""

    def close(self, *, damaged: bool) -> None:
        """Close every connection; a damaged file is not written to any more."""


class Database:
    """One open database: read and write transactions, with errors in words of ours."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.name = backend.name
        self._damaged = False

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the database from beginning to end.

        Raises: errors.StoreError and its children, never the database's own exceptions.
        """
        with self._transaction(write=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction by the only writer; all of it is stored, or, on any exception, nothing.

        Raises: errors.StoreLocked when another writer does not end within the busy time;
        errors.StoreError and its children.
        """
        with self._transaction(write=True) as connection:
            yield connection

    @contextmanager
    def shared(self) -> Iterator[Connection]:
        """A transaction beside other writers, for rows that it locks one by one (SELECT … FOR UPDATE).

        On SQLite it is `write`: that database has one writer.
        """
        with self.translated(), self.backend.engine.begin() as connection:
            self.backend.share(connection)
            yield connection

    @contextmanager
    def _transaction(self, *, write: bool) -> Iterator[Connection]:
        with self.translated(), self.backend.engine.begin() as connection:
            self.backend.begin(connection, write=write)
            yield connection

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Within it, what the database raises becomes an error of ours."""
        try:
            yield
        except self.backend.errors as error:
            if isinstance(error, StatementError) and not isinstance(error, DBAPIError) and error.orig is not None:
                raise error.orig from error  # a value that we refuse ourselves, wrapped by SQLAlchemy
            ours = translate(error, self.name, self.backend.busy)
            self._damaged = self._damaged or isinstance(ours, StoreDamaged)
            raise ours from error

    def close(self) -> None:
        """Close every connection; whatever was committed is stored already."""
        self.backend.close(damaged=self._damaged)


def rows_of(table: Table) -> Select[Any]:
    """Every row of `table`, in the order of its primary key; the schema's number is no row of ours."""
    query = select(table).order_by(*table.primary_key)
    return query.where(table.c.name != "schema") if table.name == "meta" else query


def upsert(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`; where the primary key is there already, set the other columns."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.name for column in table.primary_key]
    others = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others), list(rows))


def add_missing(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert `rows`; one whose primary key is there already changes nothing."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), list(rows))


def set_by_id(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Set the columns named by `rows` where `table.id` is the row's `of`; all rows name the same ones."""
    if rows:
        connection.execute(update(table).where(table.c.id == bindparam("of")), list(rows))


def _insert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def chunks(values: Collection[T]) -> Iterator[list[T]]:
    """`values` in lists that fit into one statement's parameters."""
    rest = iter(values)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
