"""One at a time on PostgreSQL: advisory locks that die with the connection of their holder."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Literal

import psycopg
from sqlalchemy.engine import make_url

from .failures import translate

Name = Literal["run", "daemon"]

_KEYS: dict[Name, int] = {"run": 0x6465726E, "daemon": 0x6465726F}  # beside postgres.LOCK
_LOOK = 0.2  # seconds between two tries

# The objid of pg_locks is unsigned, hashtext is not.
_HOLDER = """
SELECT a.application_name, a.client_addr::text, a.backend_start
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.granted AND l.classid = %s
  AND l.objid::bigint = (hashtext(current_schema())::bigint & 4294967295)
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


class AdvisoryLock:
    """The lock called `name` of the database at `url`; `who` tells others who holds it.

    Raises, from every method: errors.StoreError when the server cannot be reached.
    """

    def __init__(self, url: str, name: Name, *, who: str) -> None:
        self._url = make_url(url)
        self._key = _KEYS[name]
        self._who = who
        self._connection: psycopg.Connection[Any] | None = None

    def acquire(self, wait: float, pause: Callable[[float], None] = time.sleep) -> bool:
        """Take the lock, for up to `wait` seconds; whether it is ours now."""
        end = time.monotonic() + wait
        try:
            connection = self._connection or self._connect()
            self._connection = connection
            while not self._try(connection):
                if time.monotonic() >= end:
                    self.release()
                    return False
                pause(_LOOK)
        except psycopg.Error as error:
            self._connection = None
            raise translate(error, self._shown, wait) from error
        return True

    def holder(self) -> str | None:
        """Who holds it and since when, in words; None when nobody does."""
        try:
            with self._connect() as connection:
                row = connection.execute(_HOLDER, (self._key,)).fetchone()
        except psycopg.Error as error:
            raise translate(error, self._shown, 0.0) from error
        if row is None:
            return None
        name, address, since = row
        return f"{name or 'another process'}{f' from {address}' if address else ''}, connected {since:%Y-%m-%d %H:%M}"

    def kept(self) -> bool:
        """Whether it is still ours: a server that was restarted has forgotten it."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("SELECT 1")
        except psycopg.Error:
            self._connection = None
            return False
        return True

    def release(self) -> None:
        """Give it back."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _shown(self) -> str:
        return self._url.render_as_string(hide_password=True)

    def _connect(self) -> psycopg.Connection[Any]:
        url = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        # A holder whose machine vanished is noticed within a minute and not after two hours.
        return psycopg.connect(
            url, autocommit=True, application_name=self._who[:63], connect_timeout=10, keepalives_idle=30,
            keepalives_interval=10, keepalives_count=3,
        )  # fmt: skip

    def _try(self, connection: psycopg.Connection[Any]) -> bool:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(current_schema()))", (self._key,)).fetchone()
        return bool(row and row[0])
