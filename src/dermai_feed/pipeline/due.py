"""Due: when the first source wants to be asked, and whether a run that died left something."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from .. import schedule
from ..model import Source, SourceState
from . import workers
from .parts import Parts


def next_poll(parts: Parts, *, now: datetime) -> datetime | None:
    """When the first enabled source is due: `now` when one is already, None when there is none.

    A folder is read at every run; here it is due when its interval is over, so that the daemon
    does not run for it alone at each tick.
    """
    states, paused = parts.store.sources.states(), parts.store.sources.paused_hosts(now)
    moments = [
        _moment(source, states.get(source.id, SourceState(source_id=source.id)), now, paused, alone=not parts.holder)
        for source in parts.config.sources
        if source.enabled and not (parts.worker and source.kind == "folder")
    ]
    return min(moments, default=None)


def follow_clock(parts: Parts, *, now: datetime) -> tuple[str, ...]:
    """Bring due times that a clock wrote which has been set back since to this side of it (R-07); the sources' ids.

    Each is asked when its plain interval is over from `now`, or earlier where it was due
    earlier: never before its time, and nobody waits for the clock to catch up.
    """
    sources = {source.id: source for source in parts.config.sources if source.enabled}
    slack, corrected = timedelta(minutes=1), []
    for id_, state in parts.store.sources.states().items():
        if id_ in sources and state.last_try is not None and state.last_try > now + slack:
            due = schedule.claim(sources[id_], now, parts.config.policy)
            due = due if state.next_check is None else min(due, state.next_check)
            corrected.append(replace(state, last_try=now, next_check=due, why="the clock was set back"))
    if corrected:
        parts.store.sources.correct(corrected)
    return tuple(state.source_id for state in corrected)


def _moment(
    source: Source, state: SourceState, now: datetime, paused: Mapping[str, datetime], *, alone: bool
) -> datetime:
    if source.kind == "folder":
        if state.last_try is None or state.last_try > now:
            return now
        return state.last_try + timedelta(seconds=source.interval)
    recovered = workers.recovered(state) if alone else workers.set_aside(state)
    if schedule.due(source, recovered, now, paused):
        return now
    return max([now, *filter(None, (recovered.next_check, paused.get(schedule.host_of(source.url))))])


def is_pending(parts: Parts) -> bool:
    """Whether something waits for triage, matching, publishing or the ledger."""
    counts = parts.store.runs.counts()
    return bool(counts.to_triage or counts.to_match or counts.to_group or counts.to_publish or counts.to_ledger)
