"""Whose turn it is: before a poll, and for a whole round of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from ..model import Collected, Health, Source, SourceState
from .backoff import asked_pause
from .policy import MISSED_FOR_GOOD, Policy

REFRESH_AFTER = 300.0  # seconds between two requests that a person asks for (F-17)
# These say that we are offline rather than that the source is at fault (F-19).
OFFLINE = frozenset({"dns", "refused"})


def host_of(url: str) -> str:
    """The host of `url`, lower-case; empty for a path."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def address_of(source: Source) -> str:
    """What `SourceState.asked` holds for `source`: a hash, because an address may hold a key."""
    return hashlib.sha256(source.url.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def current(source: Source, state: SourceState) -> SourceState:
    """`state` as far as it is about the address that `source` has now.

    When somebody has corrected the address, validators, failures and the next check were another
    document's: it is asked anew, at once but for the five minutes of `refreshable`. What it
    said, its rhythm, and that it has been polled before (backfill) stay.
    """
    if not state.asked or state.asked == address_of(source):
        return state
    soon = None if state.last_try is None else state.last_try + timedelta(seconds=REFRESH_AFTER)
    return replace(
        state, etag=None, last_modified=None, body_hash=None, not_modified_since=None, next_check=soon,
        failure=None, failure_text="", failures=0, failing_since=None, moved_to=None, moved_since=None,
        health=Health.OK if state.polls else Health.NEW, status=None, why="its address was changed", note="", empty=0,
    )  # fmt: skip


def due(source: Source, state: SourceState, now: datetime, paused: Mapping[str, datetime]) -> bool:
    """Whether `source` may be asked at `now`; `paused` maps hosts to the end of their pause (UTC)."""
    if not source.enabled:
        return False
    if (until := paused.get(host_of(source.url))) is not None and now < until:
        return False
    state = current(source, state)
    return state.next_check is None or now >= state.next_check or _clock_went_back(state, now)


def refreshable(source: Source, state: SourceState, now: datetime, paused: Mapping[str, datetime]) -> bool:
    """Whether `source` may be asked at `now` although it is not due, because a person wants it.

    Not within five minutes of the last request (F-17), unless the run that made it died, and
    not while its host is paused; a folder always.
    """
    if source.kind == "folder":
        return True
    if (until := paused.get(host_of(source.url))) is not None and now < until:
        return False
    if state.last_try is None or state.crashes:
        return True
    return not timedelta(0) <= now - state.last_try < timedelta(seconds=REFRESH_AFTER)


def _clock_went_back(state: SourceState, now: datetime) -> bool:
    """Whether the stored times lie in a future that this clock has never seen (R-07).

    A poll in the future, or a wait longer than any we ever set, was written by a clock that
    has since been set back; without this the source would wait for it to catch up.
    """
    slack = timedelta(minutes=1)
    longest = timedelta(seconds=MISSED_FOR_GOOD * 1.1)
    ahead = state.last_try is not None and state.last_try > now + slack
    return ahead or (state.next_check is not None and state.next_check > now + longest + slack)


def claim(source: Source, now: datetime, policy: Policy) -> datetime:
    """What next_check becomes before the request: one plain interval from now (F-17)."""
    return now + timedelta(seconds=0 if source.kind == "folder" else max(policy.floor, source.interval))


def host_pause(source: Source, got: Collected, now: datetime) -> tuple[str, datetime] | None:
    """After a 429 nobody asks that host until the time it named (F-12); None otherwise."""
    if got.failure != "rate_limited" or (asked := asked_pause(got)) is None:
        return None
    return host_of(source.url), now + timedelta(seconds=asked)


def offline(polls: Mapping[str, Collected], sources: Mapping[str, Source]) -> bool:
    """Whether the whole run met nothing but unreachable hosts, on three of them at least (F-19).

    `polls` maps source ids to polls over the network; folders are not counted.
    """
    asked = {id_: got for id_, got in polls.items() if sources[id_].kind != "folder"}
    hosts = {host_of(sources[id_].url) for id_ in asked}
    return len(hosts) >= 3 and all(got.failure in OFFLINE for got in asked.values())
