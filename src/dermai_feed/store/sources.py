"""What polling has taught us about sources and hosts: `store.sources`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, Update, select, update

from ..codec import decode, encode
from ..model import SourceState
from . import tables
from .database import Database, upsert


class Sources:
    """States of sources, and hosts that asked for a pause."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def states(self) -> dict[str, SourceState]:
        """Source id -> state, of every source that was ever claimed."""
        with self._database.read() as connection:
            rows = connection.execute(select(tables.source_state.c.source_id, tables.source_state.c.payload)).all()
        return {source_id: decode(SourceState, payload) for source_id, payload in rows}

    def begin_poll(self, source_id: str, next_check: datetime, now: datetime) -> None:
        """Write down, before the request goes out, that `source_id` is in hand at `now` (UTC).

        `next_check` is when it is due again if this run dies: no restart asks more often
        (F-17). Until `save_poll` the poll counts as a crashed one (X-24).
        """
        with self._database.write() as connection:
            state = _state(connection, source_id)
            claimed = replace(state, next_check=next_check, last_try=now, crashes=state.crashes + 1)
            put_state(connection, claimed)

    def asked_by_hand(self, source_id: str, now: datetime) -> None:
        """Write down that `source_id` is asked at `now` (UTC) outside its turn; the turn itself stays (F-17)."""
        with self._database.write() as connection:
            state = _state(connection, source_id)
            row = {"payload": encode(replace(state, last_try=now))}
            if connection.execute(_update(source_id).values(**row)).rowcount == 0:
                put_state(connection, replace(state, last_try=now))

    def give_back(self, source_ids: Collection[str]) -> None:
        """Take back the claim of polls that were cancelled in good order: they are due again, and no crash."""
        with self._database.write() as connection:
            for source_id in sorted(source_ids):
                state = _state(connection, source_id)
                put_state(connection, replace(state, next_check=None, crashes=max(0, state.crashes - 1)))

    def correct(self, states: Collection[SourceState]) -> None:
        """Replace `states`, whose times another clock wrote (R-07)."""
        with self._database.write() as connection:
            for state in states:
                put_state(connection, state)

    def pause_host(self, host: str, until: datetime) -> None:
        """Leave `host` alone until `until` (UTC); an earlier end does not shorten a pause (F-12)."""
        with self._database.write() as connection:
            known = connection.scalar(select(tables.host_pause.c.until).where(tables.host_pause.c.host == host))
            if known is None or known < until:
                upsert(connection, tables.host_pause, [{"host": host, "until": until}])

    def paused_hosts(self, now: datetime) -> dict[str, datetime]:
        """Host -> end of its pause (UTC), of the hosts that are paused at `now`."""
        with self._database.read() as connection:
            pauses = tables.host_pause.c
            rows = connection.execute(select(pauses.host, pauses.until).where(pauses.until > now))
            return dict(rows.all())


def _state(connection: Connection, source_id: str) -> SourceState:
    row = connection.scalar(select(tables.source_state.c.payload).where(tables.source_state.c.source_id == source_id))
    return SourceState(source_id=source_id) if row is None else decode(SourceState, row)


def _update(source_id: str) -> Update:
    return update(tables.source_state).where(tables.source_state.c.source_id == source_id)


def put_state(connection: Connection, state: SourceState) -> None:
    """Replace the state of a source within a transaction; nobody has it in hand any more."""
    row = {
        "source_id": state.source_id, "health": state.health.value, "payload": encode(state),
        "next_check": state.next_check, "holder": None, "until": None,
    }  # fmt: skip
    upsert(connection, tables.source_state, [row])
