"""PostgreSQL: one schema of one database, shared by several processes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
from sqlalchemy import Connection, create_engine, delete, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from ..errors import StoreError
from .failures import damaged, translate
from .tables import METADATA

LOCK = 0x6465726D  # "derm": the first half of our advisory lock's key
IDLE = 60.0  # seconds in a transaction without a statement; ours take milliseconds (S-09)


class Postgres:
    """The tables in the current schema of a PostgreSQL database."""

    errors: tuple[type[Exception], ...] = (SQLAlchemyError, psycopg.Error)

    def __init__(self, url: URL, *, busy: float, readonly: bool) -> None:
        self.name = url.render_as_string(hide_password=True)
        self.busy = busy
        self.readonly = readonly
        # A pooled connection is tried before it is used: the server may have been restarted.
        self.engine = create_engine(url.set(drivername="postgresql+psycopg"), pool_pre_ping=True)
        event.listen(self.engine, "connect", self._set_up)
        try:
            with self.engine.begin() as connection:
                self._examine(connection)
        except self.errors as error:
            raise translate(error, self.name, busy) from error
        finally:
            self.engine.dispose()  # the pool starts empty, also where this connection was refused

    def _set_up(self, connection: psycopg.Connection[Any], _record: Any) -> None:
        settings = {
            "client_encoding": "UTF8",
            "default_transaction_read_only": "on" if self.readonly else "off",
            # Milliseconds. 0 would mean without limit.
            "lock_timeout": str(max(1, int(self.busy * 1000))),
            "statement_timeout": str(int(max(10 * self.busy, IDLE) * 1000)),
            "idle_in_transaction_session_timeout": str(int(IDLE * 1000)),
        }
        with connection.cursor() as cursor:
            for setting in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", setting)
        connection.commit()

    def _examine(self, connection: Connection) -> None:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise StoreError(f"{self.name}: encoded in {encoding}; create it with ENCODING 'UTF8'")
        names = "SELECT count(*), count(*) FILTER (WHERE table_name = 'meta') FROM information_schema.tables"
        tables, ours = connection.exec_driver_sql(names + " WHERE table_schema = current_schema()").one()
        if tables and not ours:
            raise damaged(self.name, "its schema holds the tables of another program")
        if self.readonly and not tables:
            raise StoreError(f"{self.name}: no tables yet; `dermai-feed run` makes them")

    def begin(self, connection: Connection, *, write: bool) -> None:
        """Readers see one state; writers come one at a time, as on SQLite.

        The lock is taken before anything is read, and READ COMMITTED then shows all that
        earlier writers left.
        """
        if write:
            locked = "SELECT pg_advisory_xact_lock(%(lock)s, hashtext(current_schema()))"
            connection.exec_driver_sql(locked, {"lock": LOCK})
        else:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

    def share(self, connection: Connection) -> None:
        """READ COMMITTED, without the writers' lock: whoever locks a row sees its last state."""

    def clock(self, connection: Connection) -> datetime:
        """The server's time, going on within a transaction."""
        moment: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        return moment.astimezone(UTC)

    def version(self, connection: Connection) -> int:
        """The number kept in the table `meta`; 0 without it."""
        if connection.exec_driver_sql("SELECT to_regclass('meta')").scalar_one() is None:
            return 0
        return int(connection.exec_driver_sql("SELECT value FROM meta WHERE name = 'schema'").scalar_one())

    def set_version(self, connection: Connection, version: int) -> None:
        """Write the number into `meta`."""
        connection.exec_driver_sql(
            "INSERT INTO meta (name, value) VALUES ('schema', %(version)s)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            {"version": str(version)},
        )

    def broken_references(self, connection: Connection) -> list[str]:
        """Foreign keys that were never checked; the others always hold."""
        names = (
            "SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
        )
        return [f"constraint {name} was never validated" for name in connection.exec_driver_sql(names).scalars()]

    def unsound(self, connection: Connection) -> list[str]:
        """Indexes that the server itself calls invalid."""
        names = "SELECT indexrelid::regclass::text FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid"
        mine = " WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace"
        return [f"index {name} is invalid" for name in connection.exec_driver_sql(names + mine).scalars()]

    def backup(self, version: int) -> None:
        """Refuse: where a copy goes is known to who opens the store."""
        raise StoreError(
            f"{self.name}: written by an older version (schema {version}); it is brought up to date where a copy "
            "can be made first: start `dermai-feed run`, whose `backup.folder` takes it"
        )

    def clear(self, connection: Connection) -> None:
        """Every table, children first; the decisions' guard steps aside for this transaction."""
        connection.exec_driver_sql("ALTER TABLE decision DISABLE TRIGGER USER")
        for table in reversed(METADATA.sorted_tables):
            connection.execute(delete(table).where(table.c.name != "schema") if table.name == "meta" else delete(table))
        connection.exec_driver_sql("ALTER TABLE decision ENABLE TRIGGER USER")

    def vacuum(self) -> None:
        """VACUUM ANALYZE of our tables; it takes no lock that anybody would notice."""
        with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("SET statement_timeout = 0")
            for table in METADATA.sorted_tables:
                name = connection.dialect.identifier_preparer.quote(table.name)
                connection.exec_driver_sql("VACUUM (ANALYZE) " + name)

    def size(self, connection: Connection) -> int:
        """Our tables with their indexes."""
        sizes = "SELECT coalesce(sum(pg_total_relation_size(c.oid)), 0)::bigint FROM pg_class c"
        ours = " WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace"
        return int(connection.exec_driver_sql(sizes + ours).scalar_one())

    def close(self, *, damaged: bool) -> None:  # noqa: ARG002
        """Close every connection."""
        self.engine.dispose()
