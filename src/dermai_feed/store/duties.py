"""What the daemon did last, and of what people were told: `store.duties`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select

from . import tables
from .database import Database, upsert
from .values import Alert, Duty


class Duties:
    """The digest, backups, retention: when each was done last; the alerts that stand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def last(self) -> dict[str, Duty]:
        """Name -> when it was done last, and what there is to say about it."""
        c = tables.duty.c
        with self._database.read() as connection:
            rows = connection.execute(select(c.name, c.at, c.note)).all()
        return {row.name: Duty(at=row.at, note=row.note) for row in rows}

    def done(self, name: str, at: datetime, note: str = "") -> None:
        """Note that `name` was done at `at` (UTC)."""
        with self._database.write() as connection:
            upsert(connection, tables.duty, [{"name": name, "at": at, "note": note}])

    def alerts(self) -> dict[str, Alert]:
        """Name -> what stands, of everything that people were told and that is not over."""
        c = tables.alert.c
        with self._database.read() as connection:
            rows = connection.execute(select(c.name, c.what, c.since)).all()
        return {row.name: Alert(what=row.what, since=row.since) for row in rows}

    def set_alerts(self, standing: Mapping[str, Alert]) -> None:
        """From now on exactly these stand."""
        rows = [{"name": name, "what": one.what, "since": one.since} for name, one in sorted(standing.items())]
        with self._database.write() as connection:
            connection.execute(delete(tables.alert))
            upsert(connection, tables.alert, rows)
