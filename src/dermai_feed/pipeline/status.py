"""Status: where the program stands, in figures that equal the digest's foot and the database's."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from .. import __version__, cron, schedule
from ..model import Health, Item, SourceState, Verdict
from ..store import RunRow
from . import alerts, duties, lookups
from .parts import Parts


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceLine:
    """One source: what it is, and what the last polls of it said (O-01)."""

    id: str
    name: str
    kind: str
    url: str
    enabled: bool
    reason: str
    health: Health
    last_try: datetime | None
    last_success: datetime | None
    last_change: datetime | None
    status: int | None
    failure: str | None
    failure_text: str
    failures: int
    next_check: datetime | None
    why: str
    moved_to: str | None
    since: datetime | None  # of its health, where that is not good
    told: str  # what an editor is told of it; empty when all is well


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """One screen of facts."""

    version: str
    config: str
    items: Mapping[str, int]  # by decision; accepted + held + rejected + waiting
    works: int
    stories: int
    queues: Mapping[str, int]  # what waits for triage, matching, publishing, the ledger
    sources: tuple[SourceLine, ...]
    names: int = 0  # of imports, that are still looked up
    unknown: tuple[str, ...] = ()  # names that nobody knew and that are asked for no more
    runs: tuple[RunRow, ...] = ()  # newest first
    disk_free: int = 0  # bytes, where the corpus lies
    health: Mapping[str, int] = field(default_factory=dict)
    store_bytes: int = 0
    heartbeat: datetime | None = None  # when a daemon last looked
    workers: Mapping[str, int] = field(default_factory=dict)  # how many sources each has in hand
    closed: str = ""  # the last week that was closed
    degraded: str = ""  # why its issue rests on too little
    next_digest: datetime | None = None  # when a daemon closes the next week
    backed_up: datetime | None = None
    alerts: Mapping[str, str] = field(default_factory=dict)  # what stands, by what it is about


def status(parts: Parts, *, now: datetime, runs: int = 3) -> Status:
    """What `dermai-feed status` shows at `now` (UTC); `runs`: how many of the last runs."""
    counts, totals = parts.store.runs.counts(), parts.store.runs.totals()
    lines, last = source_lines(parts), parts.store.duties.last()
    asked = parts.store.imports.pending()
    health = Counter(line.health.value for line in lines)
    return Status(
        version=__version__,
        config=parts.config.hash[:12],
        items={
            "accepted": totals.accepted,
            "held": totals.held,
            "rejected": sum(number for _, number in totals.rejected),
            "waiting": counts.to_triage,
        },
        works=totals.works,
        stories=totals.stories,
        queues={
            "triage": counts.to_triage,
            "matching": counts.to_match,
            "publishing": counts.to_publish,
            "the ledger": counts.to_ledger,
        },
        sources=lines,
        names=sum(name.next_try != lookups.NEVER for name in asked),
        unknown=tuple(name.name for name in asked if name.next_try == lookups.NEVER),
        runs=parts.store.runs.last_runs(runs),
        disk_free=shutil.disk_usage(parts.corpus).free,
        health=dict(sorted(health.items())),
        store_bytes=parts.store.size(),
        heartbeat=parts.store.runs.heartbeat(),
        workers=parts.store.leases.holders(),
        closed=last[duties.DIGEST].note if duties.DIGEST in last else "",
        degraded=last[duties.DEGRADED].note if duties.DEGRADED in last else "",
        next_digest=cron.parse(parts.config.digest.cron).next(now, parts.config.digest.zone),
        backed_up=last[duties.BACKUP].at if duties.BACKUP in last else None,
        alerts={name: what for name, (what, _) in sorted(alerts.standing(parts).items())},
    )


def source_lines(parts: Parts) -> tuple[SourceLine, ...]:
    """Every configured source in the order of the configuration."""
    states = parts.store.sources.states()
    lines = []
    for source in parts.config.sources:
        state = schedule.current(source, states.get(source.id, SourceState(source_id=source.id)))
        since, told = schedule.told(state)
        lines.append(
            SourceLine(
                id=source.id,
                name=source.name,
                kind=source.kind,
                url=source.url,
                enabled=source.enabled,
                reason=source.reason,
                health=state.health if source.enabled else Health.PAUSED,
                last_try=state.last_try,
                last_success=state.last_success,
                last_change=state.last_change,
                status=state.status,
                failure=state.failure,
                failure_text=state.failure_text,
                failures=state.failures,
                next_check=state.next_check if source.enabled else None,
                why=state.why,
                moved_to=state.moved_to,
                since=since,
                told=told,
            )
        )
    return tuple(lines)


def held(parts: Parts) -> tuple[tuple[Item, Verdict], ...]:
    """Every item that waits for an editor, the most relevant first."""
    items = {item.id: item for item in parts.store.items.decided("review")}
    verdicts = parts.store.items.verdicts(items.keys())
    order = sorted(items.values(), key=lambda item: (-verdicts[item.id].score, item.id))
    return tuple((item, verdicts[item.id]) for item in order)
