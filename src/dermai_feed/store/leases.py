"""Who has which source in hand: `store.leases`, for several workers on one database.

A worker takes due sources for a while, and their hosts with them: no two workers ask one
host at the same time, and after a turn its gap runs for all of them (F-21). What a worker
that was killed had in hand is free again when its time is over. Time is the database's own
clock, so that the clocks of the machines need not agree.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, or_, select, update

from ..codec import decode, encode
from ..model import SourceState
from . import tables
from .database import Database, add_missing

Due = Callable[[SourceState], bool]


class Leases:
    """Sources and hosts that are in the hands of workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def take(
        self, hosts: Mapping[str, str], due: Due, claim: Callable[[str], datetime], *, holder: str, seconds: float,
        most: int, now: datetime,
    ) -> tuple[str, ...]:  # fmt: skip
        """Take up to `most` sources for `seconds`; their ids, the longest due first.

        `hosts`: source id -> its host, empty for none; only these are looked at. `due` says of
        a state whether the source is, `claim` when it is due again if this worker dies: written
        down with the lease, before any request (F-17). `now` is the moment of the poll (UTC).
        """
        c = tables.source_state.c
        self._make_rows(hosts)
        with self._database.shared() as connection:
            clock = self._database.backend.clock(connection)
            free = or_(c.until.is_(None), c.until <= clock)
            rows = connection.execute(select(c.source_id, c.payload, c.next_check).where(free)).all()
            waiting = [row for row in rows if row.source_id in hosts and due(decode(SourceState, row.payload))]
            waiting.sort(key=lambda row: (row.next_check is not None, row.next_check or now, row.source_id))
            taken: list[str] = []
            until = clock + timedelta(seconds=seconds)
            for row in waiting:
                if len(taken) >= most:
                    break
                # Somebody else may have taken it since it was read: then it is not there, or not due any more.
                locked = select(c.payload).where(c.source_id == row.source_id, free).with_for_update(skip_locked=True)
                payload = connection.scalar(locked)
                if payload is None or not due(state := decode(SourceState, payload)):
                    continue
                host = hosts[row.source_id]
                if host and not _take_host(connection, host, holder, clock, until):
                    continue
                claimed = replace(state, next_check=claim(row.source_id), last_try=now, crashes=state.crashes + 1)
                values = {"payload": encode(claimed), "next_check": claimed.next_check, "holder": holder}
                connection.execute(
                    update(tables.source_state).where(c.source_id == row.source_id).values(until=until, **values)
                )
                taken.append(row.source_id)
        return tuple(taken)

    def _make_rows(self, hosts: Mapping[str, str]) -> None:
        """A row to lock for every source and host; by itself, so that nobody who holds a lock waits for it."""
        with self._database.shared() as connection:
            known = set(connection.scalars(select(tables.source_state.c.source_id)))
            states = [SourceState(source_id=id_) for id_ in sorted(hosts) if id_ not in known]
            rows = [
                {"source_id": state.source_id, "health": state.health.value, "payload": encode(state)}
                for state in states
            ]
            add_missing(connection, tables.source_state, rows)
            named = set(connection.scalars(select(tables.host_lease.c.host)))
            long_ago = datetime(2000, 1, 1, tzinfo=UTC)
            free = [
                {"host": host, "holder": "", "until": long_ago} for host in sorted(set(hosts.values()) - named - {""})
            ]
            add_missing(connection, tables.host_lease, free)

    def renew(self, holder: str, seconds: float) -> None:
        """Keep everything that `holder` has in hand for `seconds` from now."""
        for table in (tables.source_state, tables.host_lease):  # one by one: no lock of one is held for the other
            with self._database.shared() as connection:
                until = self._database.backend.clock(connection) + timedelta(seconds=seconds)
                connection.execute(update(table).where(table.c.holder == holder).values(until=until))

    def leave(self, hosts: Collection[str], holder: str, gap: float) -> None:
        """End the turns of `holder` at `hosts`; the next one begins after `gap` seconds, whoever takes it."""
        c = tables.host_lease.c
        with self._database.shared() as connection:
            until = self._database.backend.clock(connection) + timedelta(seconds=gap)
            for host in sorted(hosts):
                connection.execute(
                    update(tables.host_lease).where(c.host == host, c.holder == holder).values(holder="", until=until)
                )

    def holders(self) -> dict[str, int]:
        """Worker -> how many sources it has in hand now."""
        c = tables.source_state.c
        with self._database.read() as connection:
            clock = self._database.backend.clock(connection)
            held = connection.scalars(select(c.holder).where(c.holder.is_not(None), c.until > clock)).all()
        return {str(holder): held.count(holder) for holder in sorted(set(held), key=str)}


def _take_host(connection: Connection, host: str, holder: str, clock: datetime, until: datetime) -> bool:
    # Skipped when somebody has it locked just now: two workers that want two hosts must not wait for one another.
    c = tables.host_lease.c
    free = or_(c.until <= clock, c.holder == holder)
    locked = select(c.host).where(c.host == host, free).with_for_update(skip_locked=True)
    if connection.scalar(locked) is None:
        return False
    connection.execute(update(tables.host_lease).where(c.host == host).values(holder=holder, until=until))
    return True
