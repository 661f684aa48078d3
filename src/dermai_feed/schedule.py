"""When a source is asked again: arithmetic over what it said, nothing else.

`due` answers before a poll, `claim` is what is written down before the request goes out
(F-17: a crash or a restart never asks twice), `after` turns the facts of a poll into the
next `SourceState`. Due times are columns of the store, never timers.

Jitter is drawn from the source's name and its number of polls, not from a random number:
spread enough to keep a hundred sources apart, and the same in every rerun.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from .model import Collected, Health, Source, SourceState

HOUR = 3600.0
DAY = 24 * HOUR

# A server that says nothing useful about when to come back is left alone for an hour (F-12).
PAUSE_WITHOUT_WORDS = HOUR
MOST_RETRY_AFTER = 7 * DAY  # RELIABILITY 1.2
REFRESH_AFTER = 300.0  # seconds between two requests that a person asks for (F-17)
MISSED_FOR_GOOD = 30 * DAY  # a source is never dropped: a gone one is tried this often
BLOCKING = frozenset({"rate_limited", "challenge", "login"})
# These say that we are offline rather than that the source is at fault (F-19).
OFFLINE = frozenset({"dns", "refused"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How patient we are, in seconds; RELIABILITY 1.2 gives the defaults."""

    floor: float = 15 * 60.0
    ceiling: float = DAY
    no_validators: float = DAY  # publishers ask for this when they answer neither ETag nor Last-Modified
    broken_after: float = 14 * DAY  # of failing; then weekly (F-19)
    quiet_after: float = 60 * DAY  # without anything new (O-05)
    moved_after: float = DAY  # a permanent redirect is believed when seen twice this far apart (F-10)


def host_of(url: str) -> str:
    """The host of `url`, lower-case; empty for a path."""
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def due(source: Source, state: SourceState, now: datetime, paused: Mapping[str, datetime]) -> bool:
    """Whether `source` may be asked at `now`; `paused` maps hosts to the end of their pause (UTC)."""
    if not source.enabled:
        return False
    if (until := paused.get(host_of(source.url))) is not None and now < until:
        return False
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


def after(source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy) -> SourceState:
    """The state of `source` after the poll `got` that ended at `now`."""
    state = replace(state, last_try=now, status=got.status, crashes=0)
    if source.kind == "folder":
        return _folder(state, got, now)
    return _failed(source, state, got, now, policy) if got.failure else _answered(source, state, got, now, policy)


def _folder(state: SourceState, got: Collected, now: datetime) -> SourceState:
    # Reading a folder costs nobody anything: it is due at every run, so that a file dropped
    # in is seen at once.
    if got.failure:
        return replace(
            state, next_check=now, failure=got.failure, failure_text=got.failure_text, failures=state.failures + 1,
            failing_since=state.failing_since or now, health=Health.BROKEN, why="a folder is read at every run",
        )  # fmt: skip
    return replace(
        state, next_check=now, health=Health.OK, failure=None, failure_text="", failures=0, failing_since=None,
        last_success=now, polls=state.polls + 1, body_hash=got.body_hash, why="a folder is read at every run",
        last_change=state.last_change if got.same_body else now,
    )  # fmt: skip


def _answered(source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy) -> SourceState:
    if got.not_modified:
        # A 304 may bring newer validators (RFC 9111 4.3.4); it never clears the memory of the old.
        etag = got.headers.get("etag") or state.etag
        modified = got.headers.get("last-modified") or state.last_modified
        body_hash, silent_since = state.body_hash, state.not_modified_since or now
    elif got.complete:
        etag, modified = got.headers.get("etag"), got.headers.get("last-modified")
        body_hash, silent_since = got.body_hash, None
    else:
        etag = modified = body_hash = silent_since = None  # never vouch for half a document (F-14)
    changed = bool(got.entries) or state.last_change is None
    last_change = now if changed and not (got.not_modified or got.same_body) else state.last_change
    moved_to, moved_since = _move(state, got, now)
    wait, why = _wait(source, got, bool(etag or modified), policy)
    moment = _skip(now + timedelta(seconds=_jittered(wait, state)), got)
    return replace(
        state, etag=etag, last_modified=modified, body_hash=body_hash, not_modified_since=silent_since,
        last_success=now, last_change=last_change, polls=state.polls + 1, cursor=got.cursor or state.cursor,
        failure=None, failure_text="", failures=0, failing_since=None, moved_to=moved_to, moved_since=moved_since,
        health=_health(moved_to, moved_since, last_change, now, policy), next_check=moment, why=why,
    )  # fmt: skip


def _move(state: SourceState, got: Collected, now: datetime) -> tuple[str | None, datetime | None]:
    if got.permanent_url is None:
        return None, None
    if got.permanent_url == state.moved_to:
        return state.moved_to, state.moved_since
    return got.permanent_url, now


def _health(
    moved_to: str | None, moved_since: datetime | None, last_change: datetime | None, now: datetime, policy: Policy
) -> Health:
    if moved_to and moved_since and (now - moved_since).total_seconds() >= policy.moved_after:
        return Health.MOVED
    if last_change and (now - last_change).total_seconds() > policy.quiet_after:
        return Health.QUIET
    return Health.OK


def _wait(source: Source, got: Collected, validators: bool, policy: Policy) -> tuple[float, str]:
    """Seconds until the next poll and the reason: the longest of interval and hints (F-18)."""
    wishes = {"its interval": max(policy.floor, source.interval)}
    # An answer to a question for what is new transfers nothing twice; it needs no validators.
    if not validators and not got.not_modified and got.cursor is None:
        wishes["no ETag and no Last-Modified"] = policy.no_validators
    if 0 < got.floor <= policy.ceiling * 7:  # a ttl of years is a mistake, not a wish
        wishes["the feed's own ttl"] = got.floor
    if (age := _max_age(got)) is not None:
        wishes["the server's cache headers"] = age
    why, wait = max(wishes.items(), key=lambda wish: wish[1])
    return (wait, why) if wait <= policy.ceiling else (max(policy.ceiling, source.interval), f"{why}, capped")


def _max_age(got: Collected) -> float | None:
    control = got.headers.get("cache-control", "").lower()
    if re.search(r"\bno-(cache|store)\b", control):
        return None
    if found := re.search(r"\bmax-age\s*=\s*\"?(\d{1,12})\b", control):
        return float(found[1])
    expires, date = _http_date(got.headers.get("expires")), _http_date(got.headers.get("date"))
    if expires and date and expires > date:
        return (expires - date).total_seconds()
    return None


def _http_date(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else None


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _skip(moment: datetime, got: Collected) -> datetime:
    """`moment` moved past the hours and days (UTC) that the feed asks to skip (RSS 2.0 skipHours, skipDays)."""
    days = {day.lower() for day in got.skip_days} & set(_DAYS)
    hours = {hour % 24 for hour in got.skip_hours}
    if len(days) == 7 or len(hours) == 24:
        return moment  # whoever skips everything skips nothing
    for _ in range(24 * 7):
        if _DAYS[moment.weekday()] not in days and moment.hour not in hours:
            break
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment


def _failed(source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy) -> SourceState:
    failures, since = state.failures + 1, state.failing_since or now
    interval = max(policy.floor, source.interval)
    lasting = (now - since).total_seconds()
    if got.failure == "gone":
        health = Health.GONE
        wait, why = (7 * DAY, "gone: one more try in a week") if failures == 1 else (MISSED_FOR_GOOD, "gone")
    elif got.failure == "rate_limited":
        health, wait, why = Health.BLOCKED, interval, "its interval, after a 429"
    else:
        # 2**n beyond 10 steps is past any ceiling; the cap keeps the number small.
        wait = min(interval * 2 ** min(failures - 1, 10), max(policy.ceiling, interval))
        why, health = f"failure {failures} in a row", state.health
        if lasting >= policy.broken_after:
            wait, why = 7 * DAY, "failing for weeks: weekly"
        if got.failure in BLOCKING or got.status in {401, 403}:
            health = Health.BLOCKED  # however long it lasts: an editor can ask to be let in
        elif lasting >= policy.broken_after:
            health = Health.GONE if got.failure == "not_found" else Health.BROKEN
        elif failures >= 3:
            health = Health.BROKEN
    moment = now + timedelta(seconds=_jittered(wait, state))
    if (asked := _pause(got)) is not None and now + timedelta(seconds=asked) > moment:
        moment, why = now + timedelta(seconds=asked), "the server asked for a pause"
    return replace(
        state, failure=got.failure, failure_text=got.failure_text, failures=failures, failing_since=since,
        health=health, next_check=moment, why=why,
    )  # fmt: skip


def _pause(got: Collected) -> float | None:
    """Seconds for which the server wants to be left alone; None when it did not say so (F-12)."""
    if got.retry_after is not None:
        return min(got.retry_after, MOST_RETRY_AFTER)
    return PAUSE_WITHOUT_WORDS if got.failure == "rate_limited" or got.status == 503 else None


def _jittered(wait: float, state: SourceState) -> float:
    """`wait` lengthened by up to 10 %: never shortened, so that no floor is undercut."""
    seed = hashlib.sha256(f"{state.source_id}/{state.polls}/{state.failures}".encode()).digest()
    return wait * (1 + 0.1 * seed[0] / 255)


def host_pause(source: Source, got: Collected, now: datetime) -> tuple[str, datetime] | None:
    """After a 429 nobody asks that host until the time it named (F-12); None otherwise."""
    if got.failure != "rate_limited" or (asked := _pause(got)) is None:
        return None
    return host_of(source.url), now + timedelta(seconds=asked)


def offline(polls: Mapping[str, Collected], sources: Mapping[str, Source]) -> bool:
    """Whether the whole run met nothing but unreachable hosts, on three of them at least (F-19).

    `polls` maps source ids to polls over the network; folders are not counted.
    """
    asked = {id_: got for id_, got in polls.items() if sources[id_].kind != "folder"}
    hosts = {host_of(sources[id_].url) for id_ in asked}
    return len(hosts) >= 3 and all(got.failure in OFFLINE for got in asked.values())
