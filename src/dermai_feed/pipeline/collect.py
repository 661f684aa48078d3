"""Collect: ask the sources that are due, make their entries comparable, triage what is new.

Worker threads fetch and parse, nothing else; this thread alone touches the store. Each
source is one transaction: its items, aliases, validators and due time together, or none of
them (S-06). What a source does wrong stays its own (F-29).
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Literal

from .. import collectors, ledger, schedule
from ..errors import DermaiError
from ..model import (
    Collected,
    Entry,
    Health,
    Item,
    Problem,
    Source,
    SourceReport,
    SourceState,
)
from ..normalize import identity, normalize, with_page
from ..store import Answer
from ..triage import Triage
from . import workers
from .documents import dois_to_ask, keeper
from .enrich import EnrichReport, enrich
from .gate import Gate
from .parts import Parts

log = logging.getLogger(__name__)

BATCH = 500  # verdicts that are one transaction
LEDGER_BATCH = 1_000  # lines written at once; each time the end of the file is read


@dataclass(frozen=True, kw_only=True, slots=True)
class CollectReport:
    """What one round of polling brought."""

    sources: tuple[SourceReport, ...]
    problems: tuple[Problem, ...] = ()
    offline: bool = False
    pages: EnrichReport = field(default_factory=EnrichReport)


def collect(
    parts: Parts, *, now: datetime, since: datetime | None = None, only: frozenset[str] = frozenset()
) -> CollectReport:
    """Poll every source that is due at `now` (UTC) and store what it says.

    `since` leaves out entries dated earlier; `only` restricts the round to these source ids,
    due or not (but see schedule.refreshable). Never raises for what a source does;
    errors.StoreError when the store cannot be used.
    """
    sources = {source.id: source for source in parts.config.sources}
    states = {id_: SourceState(source_id=id_) for id_ in sources} | parts.store.sources.states()
    states |= {id_: schedule.current(source, states[id_]) for id_, source in sources.items()}
    paused = parts.store.sources.paused_hosts(now)
    if only:
        due = [sources[id_] for id_ in sources if id_ in only]
        due = [source for source in due if schedule.refreshable(source, states[source.id], now, paused)]
    else:
        due = [s for s in sources.values() if schedule.due(s, workers.recovered(states[s.id]), now, paused)]
    gate = Gate(parts.fetch)
    kept = keeper(parts)
    context = collectors.Context(
        fetch=gate, parse=kept.parse, now=now, base=parts.config.base, dois=dois_to_ask(parts, due)
    )
    reports: dict[str, SourceReport] = {}
    problems: list[Problem] = []
    unreached: list[tuple[Source, Collected, float]] = []
    got_all: dict[str, Collected] = {}
    claims: set[str] = set()

    def poll(source: Source) -> tuple[Source, Collected, float]:
        started = time.monotonic()
        got = collectors.collect(source, states[source.id], context)
        return source, got, time.monotonic() - started

    def keep(source: Source, got: Collected, seconds: float) -> None:
        problems.extend(kept.keep(source.id, now))
        try:
            report, found = _keep(parts, source, states[source.id], got, seconds, now, since)
        except DermaiError:
            raise  # the store or the disk, and so every source's
        except Exception as error:  # a bug of ours must not stop the other sources (F-29)
            log.exception("storing %s failed", source.id)
            broken = Collected(
                source_id=source.id, failure="internal_error", failure_text=f"{type(error).__name__}: {error}",
                requests=got.requests,
            )  # fmt: skip
            report, found = _keep(parts, source, states[source.id], broken, seconds, now, since)
        reports[source.id] = report
        problems.extend(found)
        fields = {
            "source": source.id, "outcome": report.outcome, "fetched": report.fetched, "new": report.new,
            "updated": report.updated, "unchanged": report.unchanged,
            "rejected": sum(report.rejected.values()), "failure": report.failure or "none",
            "requests": report.requests, "seconds": report.seconds,
        }  # fmt: skip
        log.info("collected", extra={"fields": fields})

    def claim(source: Source) -> None:
        claims.add(source.id)
        parts.store.sources.begin_poll(source.id, schedule.claim(source, now, parts.config.policy), now)

    def claimed_alone() -> Iterator[tuple[Source, Collected, float]]:
        calm = [source for source in due if not states[source.id].crashes]
        # A source that was in hand when a run died is asked alone, the least suspect first.
        nervous = sorted((s for s in due if states[s.id].crashes), key=lambda s: (states[s.id].crashes, s.id))
        for source in calm:
            claim(source)
        return chain(parts.map(poll, calm), map(poll, _claimed(nervous, claim)))

    polls = claimed_alone() if parts.holder is None else workers.leased(parts, poll, states, claims, now=now, only=only)
    try:
        for done, (source, got, seconds) in enumerate(polls, 1):
            parts.progress("collect", done, max(done, len(due)))
            got_all[source.id] = got
            if got.failure in schedule.OFFLINE:
                unreached.append((source, got, seconds))  # whose fault it is shows when all have answered
            else:
                keep(source, got, seconds)
    except BaseException:
        if parts.cancelled():  # in good order: nobody's crash, and due again (decision 15)
            parts.store.sources.give_back(claims - reports.keys())
        raise
    offline = gate.offline or schedule.offline(got_all, sources)
    for source, got, seconds in unreached:
        if offline:
            reports[source.id] = _not_reached(parts, source, states[source.id], got, seconds, now)
        else:
            keep(source, got, seconds)
    for source in sources.values():
        if source.enabled and source.id not in reports:
            state = states[source.id]
            reports[source.id] = SourceReport(
                source_id=source.id, outcome="not due", next_check=state.next_check, health=state.health
            )
    problems.extend(kept.prune(now))
    pages = EnrichReport()
    if not parts.worker:
        triage_pending(parts, now)
        if not offline:
            pages = enrich(parts, now=now, only=only)
        if pages.read:
            triage_pending(parts, now)  # on what their pages added
    return CollectReport(
        sources=tuple(reports[id_] for id_ in sources if id_ in reports), problems=tuple(problems), offline=offline,
        pages=pages,
    )  # fmt: skip


def _claimed(sources: Iterable[Source], claim: Callable[[Source], None]) -> Iterator[Source]:
    for source in sources:
        claim(source)
        yield source


def _keep(
    parts: Parts, source: Source, before: SourceState, got: Collected, seconds: float, now: datetime,
    since: datetime | None,
) -> tuple[SourceReport, tuple[Problem, ...]]:  # fmt: skip
    taken = _take_in(parts, source, before, got, now, since)
    state = schedule.after(source, before, got, now, parts.config.policy, arrivals=taken.arrivals)
    if (pause := schedule.host_pause(source, got, now)) is not None:
        parts.store.sources.pause_host(*pause)
    rejected = taken.rejected + Counter({"beyond the limit": got.dropped} if got.dropped else {})
    answer = Answer(fetched=len(got.entries) + got.dropped, twins=taken.twins, refused=rejected.total())
    saved = parts.store.items.save_poll(state, taken.items, got.terms, now, answer)
    problems = got.problems + taken.problems + tuple(map(_restless, saved.stopped))
    return (
        SourceReport(
            source_id=source.id,
            outcome=_outcome(got, bool(saved.new or saved.updated)),
            fetched=answer.fetched,
            new=len(saved.new),
            updated=len(saved.updated),
            unchanged=saved.unchanged + taken.twins,
            rejected=dict(rejected),
            failure=got.failure,
            failure_text=got.failure_text,
            next_check=state.next_check,
            health=state.health,
            seconds=round(seconds, 3),
            requests=got.requests,
        ),
        problems,
    )


def _restless(item_id: str) -> Problem:
    return Problem(
        where=item_id, what="says something else at every poll, so its changes are no longer followed (S-03)",
        hint="they are again when the feed gives it a later date",
    )  # fmt: skip


def _outcome(got: Collected, news: bool) -> Literal["new", "unchanged", "failed"]:
    if got.failure:
        return "failed"
    return "new" if news else "unchanged"


@dataclass(slots=True)
class _Taken:
    items: list[Item] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()
    rejected: Counter[str] = field(default_factory=Counter)
    twins: int = 0
    arrivals: list[datetime] = field(default_factory=list)  # when what is new had come, for the source's rhythm


def _take_in(
    parts: Parts, source: Source, state: SourceState, got: Collected, now: datetime, since: datetime | None
) -> _Taken:
    taken = _Taken()
    entries, taken.problems = identity.disambiguate(got.entries, keep_linkless=source.kind == "folder")
    no_identity = len(taken.problems)
    if no_identity:
        taken.rejected["no_link"] = no_identity
    taken.twins = len(got.entries) - len(entries) - no_identity
    items = [_normalized(entry, source, state, now, parts) for entry in entries]
    if since is not None:
        late = [item for item in items if item.published >= since or item.basis == "first_seen"]
        if len(items) > len(late):
            taken.rejected["before --since"] = len(items) - len(late)
        items = late
    keys = {key for item in items for key in identity.lookup_keys(item)}
    for assigned in identity.assign(items, parts.store.items.known(source.id, keys)):
        if assigned.status == "twin":
            taken.twins += 1
        else:
            taken.items.append(assigned.item)
            if assigned.status == "new":
                taken.arrivals.append(_arrived(assigned.item, state, now))
    if source.enrich:
        taken.items = with_pages(parts, taken.items)
    return taken


def with_pages(parts: Parts, items: list[Item]) -> list[Item]:
    """`items` as their source says them now, with what their pages said when they were read."""
    known = parts.store.items.items_of([item.id for item in items])
    pages = {id_: item.page for id_, item in known.items() if item.page is not None}
    return [with_page(item, pages[item.id], parts.config.providers) if item.id in pages else item for item in items]


def _arrived(item: Item, state: SourceState, now: datetime) -> datetime:
    """When `item` had come: its own date where that lies between the last good poll and this one, else `now`."""
    dated = item.basis == "entry" and item.precision == "second"
    since = state.last_success
    return item.published if dated and since is not None and since < item.published <= now else now


def _normalized(entry: Entry, source: Source, state: SourceState, now: datetime, parts: Parts) -> Item:
    # Who asks what became of known papers has no archive: a retraction is news at the first poll too.
    first_poll = state.polls == 0 and source.kind != "updates"
    return normalize(entry, source=source, first_seen=now, first_poll=first_poll, rules=parts.config.providers)


def _not_reached(
    parts: Parts, source: Source, state: SourceState, got: Collected, seconds: float, now: datetime
) -> SourceReport:
    """Being offline is nobody's failure: no counter moves, the source is due again soon (F-19)."""
    again = now + timedelta(seconds=parts.config.policy.floor)
    parts.store.items.save_poll(replace(state, last_try=now, next_check=again, crashes=0, why="offline"), (), (), now)
    return SourceReport(
        source_id=source.id, outcome="failed", failure=got.failure, failure_text=got.failure_text,
        next_check=again, health=state.health or Health.NEW, seconds=round(seconds, 3), requests=got.requests,
    )  # fmt: skip


def triage_pending(parts: Parts, now: datetime) -> None:
    """Give every item without a verdict one, and write both into the ledger; a batch of them is held at once."""
    if pending := parts.store.items.untriaged(BATCH):
        triage = Triage(parts.config.triage, parts.store.items.terms())
        trusted = {source.id for source in parts.config.sources if not source.needs_filter}
        while pending:
            batch = [triage(item, trusted_topic=item.source_id in trusted) for item in pending]
            parts.store.items.save_verdicts(batch, now)
            pending = parts.store.items.untriaged(BATCH)
    write_ledger(parts)


def write_ledger(parts: Parts) -> None:
    """Bring the ledger up to date with the store: file first, mark after (decision 3)."""
    while lines := parts.store.items.ledger_pending(LEDGER_BATCH):
        ledger.append(parts.corpus / "ledger", lines)
        parts.store.items.mark_ledgered(lines)
