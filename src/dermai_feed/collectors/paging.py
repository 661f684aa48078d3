"""Interfaces that answer in pages: what is asked next, how far one poll goes, what a failure costs.

A source is read in windows of days, each from its first page to its last. The place reached is
the cursor, one line of JSON that is stored in one transaction with what came before it, so that
a crash loses nothing and a long backlog is taken in several polls. Windows overlap, because
interfaces show records days after the date that they bear; identity makes one of what comes twice.

A failure of a page after others is no failure of the poll: what came is kept and the cursor
stays at that page (F-29). A later poll begins a window anew when its page is no longer known.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Self
from urllib.parse import quote, urlsplit, urlunsplit

from ..errors import FetchFailed, ParseFailed
from ..model import Collected, Entry, Parsed, Problem, Request, Response, Source, SourceState
from . import members, options
from .contract import Context

# A page after the first that is told to wait and not how long (F-12, as the schedule does it).
_PAUSE_WITHOUT_WORDS = 3600.0
# What a server answers that no longer knows a page: the question is at fault, not its manners.
_FORGOTTEN = frozenset({400, 404, 410, 422})
_PAGED = frozenset({"days", "pages"})  # options of every kind that answers in pages
_MOST_DAYS, _MOST_PAGES = 3660, 100
_PATIENCE = 2  # polls that failed at a page which is not whole; the third takes it as it is
_RATE = re.compile(r"([1-9]\d{0,5}) (\d{1,4})s?")
_LONGEST_GAP = 60.0  # seconds


@dataclass(frozen=True, kw_only=True, slots=True)
class Habits:
    """How a kind of interface is asked.

    `days` is how far back the first window goes, `overlap` how many days the next begin earlier,
    `pages` how many are asked in one poll; sources change `days` and `pages` by options of these
    names. `options` are the kind's own. With `empty_status` a server says that nothing was found.
    `window` is the most days that are asked for at once, 0 for any number; it is longer than
    `overlap`. `gap` is how many seconds the host wants between requests, `accept` the media type.
    """

    days: int
    overlap: int
    pages: int = 10
    options: frozenset[str] = frozenset()
    required: frozenset[str] = frozenset()
    empty_status: int | None = None
    window: int = 0
    gap: float = 0.0
    accept: str = "application/json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where reading has come to: a page of a window of days; `done` when the window was read to its end.

    `page` is how the interface names the page, "" for the first.
    """

    query: str  # hash of what is asked; another question begins anew
    since: date
    until: date
    page: str = ""
    done: bool = False

    def written(self) -> str:
        """This place as a cursor."""
        return json.dumps(
            {
                "query": self.query,
                "since": self.since.isoformat(),
                "until": self.until.isoformat(),
                "page": None if self.done else self.page,
            }
        )

    @classmethod
    def read(cls, cursor: str | None) -> Self | None:
        """The place that `cursor` names, None when it names none."""
        try:
            said = members.load(cursor or "")
            held = members.members(said)
            return cls(
                query=members.word(held, "query"),
                since=date.fromisoformat(members.word(held, "since")),
                until=date.fromisoformat(members.word(held, "until")),
                page=members.word(held, "page"),
                done=held.get("page") is None,
            )
        except (ParseFailed, TypeError, ValueError):
            return None

    def following(self, today: date, habits: Habits) -> Place:
        """The first page of the window after this one, up to `today` at most."""
        # A clock that was set back must not leave days out.
        since = min(self.until, today) - timedelta(days=habits.overlap)
        return replace(self, since=since, until=_end(since, today, habits), page="", done=False)


Address = Callable[[Source, Place], str]
"""The address of a page."""

Follow = Callable[[Place, Parsed], str]
"""How the page after the one that was read at a place is named; "" when there is none."""


def _as_named(_place: Place, parsed: Parsed) -> str:
    return parsed.next_page


@dataclass(slots=True)
class _Poll:
    """What one poll has gathered so far."""

    source: Source
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    dropped: int = 0
    complete: bool = True
    requests: int = 0
    read: int = 0  # pages that held records, or said that there are none
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    floor: float = 0.0

    def problem(self, what: str, hint: str) -> None:
        self.problems.append(Problem(where=self.source.id, what=what, kind="feed", hint=hint))

    def collected(self, place: Place) -> Collected:
        # A record that changes while it is paged through comes twice: as it came last, it counts.
        by_guid = {entry.guid or str(n): entry for n, entry in enumerate(self.entries)}
        return Collected(
            source_id=self.source.id, entries=tuple(by_guid.values()), problems=tuple(self.problems),
            dropped=self.dropped, complete=self.complete, status=self.status, headers=self.headers,
            requests=self.requests, floor=self.floor, cursor=place.written(),
        )  # fmt: skip


def poll(
    source: Source, state: SourceState, context: Context, *, habits: Habits, address: Address,
    follow: Follow = _as_named,
) -> Collected:  # fmt: skip
    """Ask `source` for what is new, page by page, from where `state.cursor` says.

    A page that broke off, or that is empty where records were promised (`Parsed.complete`), is
    asked a second time at once; then the cursor stays at it. When the same page began three
    polls like that, what it holds is taken for all.

    Raises: FetchFailed when the first page cannot be had, or for an option that cannot be
        followed (bad_url). A first page that cannot be parsed is a failure in the result.
    """
    days, most = _options(source, habits)
    today = context.now.date()
    place = _start(source, state, today, days, habits)
    poll_ = _Poll(source)
    asked: set[Place] = set()
    doubted: set[Place] = set()
    while len(asked) < most:
        asked.add(place)
        try:
            response = _ask(context, source, address(source, place), habits, poll_.headers)
        except FetchFailed as failed:
            poll_.requests += failed.requests
            if len(asked) == 1 and place.page and failed.status in _FORGOTTEN:
                poll_.problem(
                    f"page {place.page!r} is no longer known ({failed.text})",
                    "its days are asked again from the first page",
                )
                place = replace(place, page="")
                asked.clear()  # the page may come again, from the first one on
                continue
            if not poll_.read:
                raise
            _stop(poll_, place, failed.failure, failed.text, failed.status, failed.retry_after)
            break
        if response is None:  # nothing was found
            poll_.requests += 1
            poll_.read += 1
            poll_.status = habits.empty_status
            page = ""
        else:
            poll_.requests += response.requests
            content_type = response.header("content-type") or ""
            try:
                parsed = context.parse(source.kind, response.body, content_type, response.url, source.id)
            except ParseFailed as failed:
                if poll_.read:
                    _stop(poll_, place, failed.failure, failed.text)
                    break
                return Collected(
                    source_id=source.id, failure=failed.failure, failure_text=failed.text, status=response.status,
                    headers=response.headers, requests=poll_.requests,
                )  # fmt: skip
            poll_.status, poll_.headers = response.status, response.headers
            if not parsed.complete and place not in doubted:
                doubted.add(place)
                continue
            first = not poll_.read
            page = follow(place, parsed)
            poll_.read += bool(parsed.entries or not page)
            poll_.entries += parsed.entries
            poll_.problems += parsed.problems
            poll_.dropped += parsed.dropped
            poll_.complete = poll_.complete and parsed.complete
            if not parsed.complete and not (first and state.failures >= _PATIENCE):
                return _broken_off(poll_, place, parsed, first=first)
        place = _after(poll_, place, page, asked)
        if place.done:
            if place.until >= today:
                break
            place = place.following(today, habits)
    return poll_.collected(place)


def _broken_off(poll_: _Poll, place: Place, parsed: Parsed, *, first: bool) -> Collected:
    """What came up to a page that is not whole: a failure when that page was the first of the poll."""
    what = f"the page for {place.since} to {place.until} broke off after {len(parsed.entries)} records"
    if first:
        return replace(poll_.collected(place), failure="truncated", failure_text=what)
    _stop(poll_, place, "truncated", what)
    return poll_.collected(place)


def _after(poll_: _Poll, place: Place, page: str, asked: set[Place]) -> Place:
    """The place after `place` when the interface names `page` as the next."""
    following = replace(place, page=page)
    if page and following not in asked:
        return following
    if page:
        poll_.problem(f"page {page!r} follows itself", "the days were taken as read to their end")
    return replace(place, page="", done=True)


def _stop(
    poll_: _Poll, place: Place, failure: str, text: str, status: int | None = None, retry_after: float | None = None
) -> None:
    """Note the page that ended the poll after others came, and the pause that the server wants."""
    page = f"page {place.page!r}" if place.page else "the first page"
    poll_.problem(
        f"{page} of {place.since} to {place.until}: {failure}: {text}", "what came before it is kept; it is asked again"
    )
    if retry_after is not None or failure == "rate_limited" or status == 503:
        poll_.floor = _PAUSE_WITHOUT_WORDS if retry_after is None else retry_after


def _ask(
    context: Context, source: Source, url: str, habits: Habits, last: Mapping[str, str]
) -> Response | None:  # fmt: skip
    """The page at `url`, None when the server says by its status that it holds nothing. Raises: FetchFailed."""
    home = _origin(url) == _origin(source.url)  # a page may lie elsewhere: secrets stay at home (F-09)
    request = Request(
        url=url, accept=habits.accept, headers=source.headers if home else (), trusted=home,
        gap=max(habits.gap, _gap(last)),
    )  # fmt: skip
    try:
        return context.fetch(request)
    except FetchFailed as failed:
        if habits.empty_status is None or failed.status != habits.empty_status:
            raise
        return None


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme.lower(), parts.netloc.lower()


def _gap(headers: Mapping[str, str]) -> float:
    """Seconds between requests that the headers of the last answer allow, as Crossref writes it: 5 in "1s"."""
    limit, interval = headers.get("x-rate-limit-limit", ""), headers.get("x-rate-limit-interval", "")
    found = _RATE.fullmatch(f"{limit.strip()} {interval.strip()}")
    return min(int(found[2]) / int(found[1]), _LONGEST_GAP) if found else 0.0


def _start(source: Source, state: SourceState, today: date, days: int, habits: Habits) -> Place:
    """Where the poll begins: at the cursor's page, at the window after it, or with a first window."""
    query = _hash(source)
    place = Place.read(state.cursor)
    if place is None or place.query != query:
        since = today - timedelta(days=days)
        return Place(query=query, since=since, until=_end(since, today, habits))
    return place.following(today, habits) if place.done else place


def begins(source: Source, state: SourceState, today: date, habits: Habits) -> date:
    """The first day that the poll after `state` asks for. Raises: FetchFailed for options that mean nothing."""
    days, _ = _options(source, habits)
    return _start(source, state, today, days, habits).since


def _end(since: date, today: date, habits: Habits) -> date:
    """The last day of the window that begins at `since`."""
    return min(today, since + timedelta(days=habits.window)) if habits.window else today


def _hash(source: Source) -> str:
    asked = sorted((key, value) for key, value in source.options.items() if key not in _PAGED | options.COMMON)
    return hashlib.sha256(json.dumps([source.url, asked]).encode()).hexdigest()[:12]


def _options(source: Source, habits: Habits) -> tuple[int, int]:
    """The days of the first window and the pages of a poll. Raises: FetchFailed for options that mean nothing."""
    options.check(source, habits.options | _PAGED, habits.required)
    return (
        options.number(source, "days", habits.days, _MOST_DAYS),
        options.number(source, "pages", habits.pages, _MOST_PAGES),
    )


def with_query(url: str, words: Mapping[str, str] | Iterable[tuple[str, str]]) -> str:
    """`url` with the query parameters `words` after those that it has."""
    pairs = words.items() if isinstance(words, Mapping) else words
    asked = "&".join(f"{quote(key, safe='.')}={quote(value, safe=':,*')}" for key, value in pairs if value)
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(part for part in (parts.query, asked) if part)))
