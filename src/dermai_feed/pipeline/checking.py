"""Checking: ask sources now and say what came, without storing any of it."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from .. import collectors, schedule
from ..model import Collected, Item, Parsed, Source, SourceState
from ..normalize import identity, normalize
from ..triage import Triage
from .documents import dois_to_ask
from .parts import Parts

FEEDS = frozenset({"rss", "atom", "jsonfeed", "podcast", "youtube"})
OLD = timedelta(days=180)  # without anything new: somebody should look whether it is still the right address
ENOUGH = 10  # entries from which a share means something
_FORMATS = (
    ("JSON Feed", re.compile(rb"\A\s*[{\[]")), ("Atom", re.compile(rb"<(?:\w+:)?feed\b")),
    ("RDF", re.compile(rb"<(?:\w+:)?RDF\b", re.IGNORECASE)), ("RSS", re.compile(rb"<rss\b", re.IGNORECASE)),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """One source, asked now: what came, and what its owner or ours could change."""

    source_id: str
    asked: bool  # False: it was asked a moment ago, or its host wants a pause
    reachable: bool = False
    status: int | None = None
    kind: str  # as configured
    found: str = ""  # the format that came: Atom, RDF …
    entries: int = 0
    rejected: int = 0  # entries without link and title
    newest: datetime | None = None
    relevant: int = 0  # entries that triage would accept or hold
    hints: tuple[str, ...] = ()  # about how often to ask
    advice: tuple[str, ...] = ()  # what to change
    failure: str | None = None
    failure_text: str = ""
    requests: int = 0


def check(parts: Parts, sources: Sequence[Source], *, now: datetime) -> Iterator[Checked]:
    """Ask each of `sources` once, if it may be asked at `now` (F-17, F-12), and say what came.

    That it was asked is remembered, so that nobody asks again within five minutes; nothing
    else is stored. Interfaces are asked for one page.
    """
    states, paused = parts.store.sources.states(), parts.store.sources.paused_hosts(now)
    triage = Triage(parts.config.triage, parts.store.items.terms())
    bodies = _Seen(parts.parse)
    dois = dois_to_ask(parts, sources)
    context = collectors.Context(fetch=parts.fetch, parse=bodies, now=now, base=parts.config.base, dois=dois)

    def poll(source: Source) -> tuple[Source, Collected | None]:
        state = schedule.current(source, states.get(source.id, SourceState(source_id=source.id)))
        if not schedule.refreshable(source, state, now, paused):
            return source, None
        # In full: what is there now is the question, not what is new since the last poll.
        plain = replace(state, etag=None, last_modified=None, body_hash=None)
        one_page = source if source.kind in FEEDS else replace(source, options={**source.options, "pages": "1"})
        return source, collectors.collect(one_page, plain, context)

    for source in sources:
        state = states.get(source.id, SourceState(source_id=source.id))
        if schedule.refreshable(source, schedule.current(source, state), now, paused):
            parts.store.sources.asked_by_hand(source.id, now)
    for source, got in parts.map(poll, sources):
        if got is None:
            yield _refused(source, states.get(source.id), paused.get(schedule.host_of(source.url)))
            continue
        if (pause := schedule.host_pause(source, got, now)) is not None:
            parts.store.sources.pause_host(*pause)
        yield _checked(parts, source, got, bodies.formats.get(source.id, ""), triage, now)


class _Seen:
    """A `Parse` that remembers what the first document of each source looked like."""

    def __init__(self, parse: collectors.Parse) -> None:
        self._parse = parse
        self._lock = threading.Lock()
        self.formats: dict[str, str] = {}

    def __call__(self, kind: str, body: bytes, content_type: str, url: str, source_id: str) -> Parsed:
        head = body[:2_000]
        found = next((name for name, mark in _FORMATS if mark.search(head)), "")
        with self._lock:
            self.formats.setdefault(source_id, found)
        return self._parse(kind, body, content_type, url, source_id)


def _refused(source: Source, state: SourceState | None, until: datetime | None) -> Checked:
    if until is not None:
        why = f"its host wants to be left alone until {until:%Y-%m-%d %H:%M}"
    else:
        last = state.last_try if state else None
        why = f"asked at {last:%H:%M:%S} already; once in five minutes is enough" if last else "not now"
    return Checked(source_id=source.id, asked=False, kind=source.kind, advice=(why,))


def _checked(parts: Parts, source: Source, got: Collected, found: str, triage: Triage, now: datetime) -> Checked:
    entries, rejected = identity.disambiguate(got.entries, keep_linkless=source.kind == "folder")
    items = [
        normalize(entry, source=source, first_seen=now, first_poll=False, rules=parts.config.providers)
        for entry in entries
    ]
    relevant = sum(triage(item, trusted_topic=False).decision != "reject" for item in items)
    dated = [item.published for item in items if item.basis != "first_seen"]
    checked = Checked(
        source_id=source.id, asked=True, reachable=got.failure is None, status=got.status, kind=source.kind,
        found=found if source.kind in FEEDS else "", entries=len(got.entries) + got.dropped, rejected=len(rejected),
        newest=max(dated, default=None), relevant=relevant, hints=tuple(_hints(got)),
        failure=got.failure, failure_text=got.failure_text, requests=got.requests,
    )  # fmt: skip
    return replace(checked, advice=tuple(_advice(checked, source, got, items, now)))


def _hints(got: Collected) -> Iterator[str]:
    if got.failure:
        return
    if "etag" in got.headers:
        yield "ETag"
    if "last-modified" in got.headers:
        yield "Last-Modified"
    if control := got.headers.get("cache-control"):
        yield control[:60]
    if expires := got.headers.get("expires"):
        yield f"Expires {expires[:40]}"
    if got.floor:
        yield f"asks for {got.floor / 3600:g} h between polls"
    if got.skip_hours:
        yield f"skips {len(got.skip_hours)} hours a day"
    if got.skip_days:
        yield f"skips {', '.join(got.skip_days)}"


def _advice(checked: Checked, source: Source, got: Collected, items: Sequence[Item], now: datetime) -> Iterator[str]:
    if checked.failure in {"not_found", "gone", "not_a_feed"} and source.kind in FEEDS:
        parts = urlsplit(source.url)
        home = source.homepage or f"{parts.scheme}://{parts.netloc}/"
        yield f"look for its feed: dermai-feed sources add {home}"
    if got.permanent_url:
        yield f"moved for good to {got.permanent_url}; once seen a day apart, `sources apply` writes it down"
    if checked.failure:
        return
    conditional = {"etag", "last-modified"} & got.headers.keys()
    if source.kind in FEEDS and not conditional:
        yield "no ETag and no Last-Modified, so it is asked once a day: tell the publisher"
    if not got.complete:
        yield "malformed; what could be read was: tell the publisher"
    if not checked.entries:
        yield "no entries: is it the right address?"
    elif checked.rejected == checked.entries:
        yield "no entry has a link or a title: is it the right kind?"
    if checked.newest and now - checked.newest > OLD:
        yield f"nothing since {checked.newest:%Y-%m-%d}: pause it, or look for its successor"
    if source.kind == "rss" and Counter(item.type for item in items)["podcast"] > len(items) / 2:
        yield "its entries are audio: kind: podcast"
    if got.floor > source.interval:
        yield f"it asks for {got.floor / 3600:g} h: interval: {got.floor / 3600:g}h"
    yield from _about_relevance(checked, source)


def _about_relevance(checked: Checked, source: Source) -> Iterator[str]:
    kept = checked.entries - checked.rejected
    if kept < ENOUGH:
        return
    if checked.relevant == 0:
        yield f"none of {kept} entries is about dermatology and AI: is there a narrower feed or search?"
    elif not source.needs_filter and checked.relevant < kept / 2:
        yield f"only {checked.relevant} of {kept} entries are relevant: needs_filter: true"
    elif source.needs_filter and checked.relevant == kept:
        yield "all entries are relevant: needs_filter: false would trust it"
