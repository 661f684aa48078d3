"""Enrich: read the pages of items whose sources ask for it (`enrich: true`), each once.

The step has a queue and a state of its own, so it can be killed and run again: a try is written
down before its request goes out, what it came to after. Pages are asked for host by host, one at
a time, through the same way out as everything else (F-06), and only as far as the host's robots.txt
lets programs read (F-30). Pages are read by the parsing child; what they say is data (F-31).
Pictures are never asked for (F-32).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

from .. import robots
from ..collectors import page as pages
from ..errors import FetchFailed, ParseFailed
from ..model import Entry, Fetch, Item, Request, Response, Robots
from ..normalize import read_page, with_page
from ..store import Outcome
from .gate import Gate
from .parts import Parts

log = logging.getLogger(__name__)

_AGAIN = {1: timedelta(hours=1), 2: timedelta(days=1), 3: timedelta(days=3650)}  # after that try; three are all
_HOPS = 3  # other hosts that an address may lead to; each has its own robots.txt
# What another try could change; the rest is an answer.
_PASSING = frozenset(
    {"dns", "refused", "timeout", "reset", "protocol", "truncated", "rate_limited", "http_5xx", "tls_error"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrichReport:
    """What one round of reading pages came to."""

    read: int = 0
    forbidden: int = 0  # by robots.txt
    failed: int = 0


class _Got(NamedTuple):
    """One page: what it says, or what became of asking for it."""

    item: Item
    entry: Entry | None
    outcome: Outcome = "read"
    why: str = ""


@dataclass(slots=True)
class _Visit:
    """One host: its pages, asked for one after the other by one worker."""

    fetch: Fetch
    parts: Parts
    now: datetime
    known: dict[str, Robots]  # by origin
    asked: dict[str, Robots] = field(default_factory=dict)  # read in this visit

    def __call__(self, items: Iterable[Item]) -> list[_Got]:
        """What became of the pages of `items`."""
        return [self._page(item) for item in items]

    def _page(self, item: Item) -> _Got:
        try:
            response = self._ask(item.url)
        except _Forbidden as forbidden:
            # Rules stand; a file that could not be had may be there another time.
            return _Got(item, None, "trying" if forbidden.passing else "forbidden", str(forbidden))
        except FetchFailed as failed:
            outcome: Outcome = "trying" if failed.failure in _PASSING else "failed"
            return _Got(item, None, outcome, f"{failed.failure}: {failed.text}")
        content_type = response.header("content-type") or ""
        try:
            parsed = self.parts.parse("page", response.body, content_type, response.url, item.source_id)
        except ParseFailed as failed:
            return _Got(item, None, "failed", f"{failed.failure}: {failed.text}")
        return _Got(item, parsed.entries[0] if parsed.entries else None)

    def _ask(self, url: str) -> Response:
        """The page at `url`, or where it leads. Raises: _Forbidden, FetchFailed."""
        for _ in range(_HOPS):
            rules = self._rules(robots.origin_of(url))
            if why := robots.forbidden(rules, url):
                raise _Forbidden(why, passing=bool(rules.closed))
            try:
                return self.fetch(Request(url=url, accept=pages.ACCEPT, stay=True, gap=robots.delay(rules)))
            except FetchFailed as failed:
                if not failed.location:
                    raise
                url = failed.location
        raise FetchFailed("redirects", f"leads over more than {_HOPS} hosts", url=url, requests=0)

    def _rules(self, origin: str) -> Robots:
        """The robots.txt of `origin`: as it was read within the day, else read now."""
        if (rules := self.asked.get(origin)) is not None:
            return rules
        if (rules := self.known.get(origin)) is None or not robots.fresh(rules, self.now):
            request = Request(url=f"{origin}/robots.txt", accept="text/plain, */*;q=0.1", enough=robots.READ)
            try:
                rules = robots.read(origin, self.fetch(request).body, self.now)
            except FetchFailed as failed:
                rules = robots.without(origin, failed, self.now)
            self.asked[origin] = rules
        return rules


class _Forbidden(Exception):
    """robots.txt says no, or could not be asked (`passing`)."""

    def __init__(self, why: str, *, passing: bool) -> None:
        super().__init__(why)
        self.passing = passing


def enrich(parts: Parts, *, now: datetime, only: frozenset[str] = frozenset()) -> EnrichReport:
    """Read the pages that wait at `now` (UTC), within the limits of the configuration; `only` those of these sources.

    Never raises for what a host does; errors.StoreError when the store cannot be used.
    """
    wanted = {source.id for source in parts.config.sources if source.enabled and source.enrich}
    wanted = wanted & only if only else wanted
    limits = parts.config.enrich
    waiting = parts.store.pages.waiting(wanted, since=now - timedelta(seconds=limits.age), now=now, most=limits.pages)
    hosts: defaultdict[str, list[Item]] = defaultdict(list)
    paused = parts.store.sources.paused_hosts(now)
    for item in waiting:
        host = urlsplit(item.url).netloc
        if host not in paused and len(hosts[host]) < limits.per_host:
            hosts[host].append(item)
    chosen = [item for items in hosts.values() for item in items]
    if not chosen:
        return EnrichReport()
    again = {number: now + pause for number, pause in _AGAIN.items()}
    claimed = {item.id for item in parts.store.pages.claim(chosen, now=now, again=again)}
    gate = Gate(parts.fetch)
    known = parts.store.pages.robots({robots.origin_of(item.url) for item in chosen})
    visits = {host: _Visit(gate, parts, now, known) for host in hosts}

    def visit(host: str) -> tuple[str, list[_Got]]:
        return host, visits[host](item for item in hosts[host] if item.id in claimed)

    counts: defaultdict[str, int] = defaultdict(int)
    for done, (host, found) in enumerate(parts.map(visit, list(hosts)), 1):
        parts.progress("enrich", done, len(hosts))
        if visits[host].asked:
            parts.store.pages.save_robots(list(visits[host].asked.values()), oldest=now - robots.KEPT)
        for got in found:
            counts[_keep(parts, got, now)] += 1
    log.info("enriched", extra={"fields": {"hosts": len(hosts), **counts}})
    return EnrichReport(read=counts["read"], forbidden=counts["forbidden"], failed=counts["failed"] + counts["trying"])


def _keep(parts: Parts, got: _Got, now: datetime) -> Outcome:
    if got.entry is None:
        outcome: Outcome = got.outcome if got.outcome != "read" else "failed"
        parts.store.pages.failed(got.item.id, outcome, got.why, now)
        return outcome
    page = read_page(got.entry, at=now, rules=parts.config.providers)
    parts.store.pages.read(with_page(got.item, page, parts.config.providers), now)
    return "read"
