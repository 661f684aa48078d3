"""Several workers on one database: each polls what it could lease, until nothing due is left.

A claim that a dead worker left stands until the next slot of its source (who works
alone asks again at once): others go on meanwhile, and no server is asked twice in one slot. One
thread of its own renews the leases of a poll that takes long.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from .. import schedule
from ..errors import StoreError
from ..model import Collected, Source, SourceState
from .parts import Parts

log = logging.getLogger(__name__)

SUSPECT_AFTER = 3  # crashed runs in which a source was in hand; then once a day, alone

Polled = tuple[Source, Collected, float]


def leased(
    parts: Parts, poll: Callable[[Source], Polled], states: dict[str, SourceState], claims: set[str], *,
    now: datetime, only: frozenset[str] = frozenset(),
) -> Iterator[Polled]:  # fmt: skip
    """The polls of every source that is due and that nobody else has in hand.

    `states` is brought up to what the leases found, and what was leased is added to `claims`.
    A folder is read by whoever keeps the corpus: a worker on another machine has another disk.
    """
    holder = parts.holder
    assert holder is not None
    sources = {s.id: s for s in parts.config.sources if not (parts.worker and s.kind == "folder")}
    if only:
        sources = {id_: source for id_, source in sources.items() if id_ in only}
    hosts = {id_: schedule.host_of(source.url) for id_, source in sources.items()}

    def claim(id_: str) -> datetime:
        return schedule.claim(sources[id_], now, parts.config.policy)

    def take(most: int, nervous: bool) -> tuple[str, ...]:
        paused = parts.store.sources.paused_hosts(now)

        def due(state: SourceState) -> bool:
            if state.source_id in claims or bool(state.crashes) is not nervous:
                return False
            source = sources[state.source_id]
            if only:
                return schedule.refreshable(source, state, now, paused)
            return schedule.due(source, set_aside(state), now, paused)

        return parts.store.leases.take(
            hosts, due, claim, holder=holder, seconds=parts.config.daemon.lease, most=most, now=now
        )

    with _renewing(parts, holder):
        # Those in whose hands a worker died are asked alone, after the others.
        for most, nervous in ((parts.config.fetch.total, False), (1, True)):
            while taken := take(most, nervous):
                claims.update(taken)
                states.update(parts.store.sources.states())
                yield from parts.map(poll, [sources[id_] for id_ in taken])
                parts.store.leases.leave({hosts[id_] for id_ in taken if hosts[id_]}, holder, parts.config.fetch.gap)


def recovered(state: SourceState) -> SourceState:
    """`state` with a claim that no run fulfilled taken back, so that a rerun asks again."""
    aside = set_aside(state)
    return replace(state, next_check=None) if state.crashes and aside is state else aside


def set_aside(state: SourceState) -> SourceState:
    """`state`, due a day after its last try when workers keep dying with it in hand."""
    if state.crashes < SUSPECT_AFTER or state.last_try is None:
        return state
    return replace(state, next_check=state.last_try + timedelta(days=1))


@contextmanager
def _renewing(parts: Parts, holder: str) -> Iterator[None]:
    over = threading.Event()

    def renew() -> None:
        while not over.wait(parts.config.daemon.lease / 3):
            try:
                parts.store.leases.renew(holder, parts.config.daemon.lease)
            except StoreError as error:  # the poll goes on; what it brings is stored or not
                log.warning("leases were not renewed", extra={"fields": {"why": str(error)}})

    thread = threading.Thread(target=renew, name="leases", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
