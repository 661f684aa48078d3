"""The state of a source after a poll, and what an editor is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ..model import Collected, Health, Source, SourceState
from . import backoff, hints, rhythm
from .policy import DAY, Policy, jittered
from .turns import address_of

QUIET_TIMES = 4  # times its usual gap without anything new make a source quiet (O-05)
QUIET_AT_LEAST = 14 * DAY  # nobody wants to be told of a long weekend
EMPTY_TIMES = 3  # answers in a row without any entry (O-05)
# A server may answer 304 for ever; the collector then asks once in full (F-15), and not a day late.
STUCK_AFTER = timedelta(days=14)


def after(
    source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy, *,
    arrivals: Sequence[datetime] | None = None,
) -> SourceState:  # fmt: skip
    """The state of `source` after the poll `got` that ended at `now`.

    `arrivals` are the times (UTC) at which what was new had come; None where nobody told the
    new from the known, and every entry may be new.
    """
    state = replace(state, last_try=now, status=got.status, crashes=0, asked=address_of(source))
    if source.kind == "folder":
        return _folder(state, got, now)
    if got.failure:
        return _failed(source, state, got, now, policy)
    if got.not_modified and state.failure:
        return _still_failing(source, state, now, policy)
    return _answered(source, state, got, now, policy, arrivals)


def told(state: SourceState) -> tuple[datetime | None, str]:
    """Since when a source is in its health, and why, in words for an editor; (None, "") when all is well."""
    match state.health:
        case Health.MOVED:
            return state.moved_since, f"answers from {state.moved_to}; `dermai-feed sources apply` writes it down"
        case Health.QUIET:
            return state.last_change, state.note
        case _ if state.failure:
            return state.failing_since, state.failure_text
        case _:
            return None, state.note


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


def _answered(
    source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy,
    arrivals: Sequence[datetime] | None,
) -> SourceState:  # fmt: skip
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
    changed = bool(got.entries if arrivals is None else arrivals) or state.last_change is None
    # Nothing new about known papers is what everybody hopes for, and no silence (kind `updates`).
    changed = changed or source.kind == "updates"
    last_change = now if changed and not (got.not_modified or got.same_body) else state.last_change
    if got.not_modified or got.same_body:
        empty = state.empty + 1 if state.empty else 0
    else:
        empty = 0 if got.entries or got.cursor is not None else state.empty + 1
    learnt = rhythm.observed(state.rhythm, arrivals or (), now)
    moved_to, moved_since = _move(state, got, now)
    state = replace(
        state, etag=etag, last_modified=modified, body_hash=body_hash, not_modified_since=silent_since,
        last_success=now, last_change=last_change, polls=state.polls + 1, cursor=got.cursor or state.cursor,
        failure=None, failure_text="", failures=0, failing_since=None, moved_to=moved_to, moved_since=moved_since,
        empty=empty, rhythm=learnt,
    )  # fmt: skip
    health, note = _health(state, now, policy)
    wait, why = _wait(source, state, got, now, policy)
    moment = now + timedelta(seconds=jittered(wait, replace(state, polls=state.polls - 1)))
    if silent_since is not None and now < silent_since + STUCK_AFTER < moment:
        moment = max(silent_since + STUCK_AFTER, now + timedelta(seconds=max(policy.floor, source.interval)))
    return replace(state, health=health, note=note, next_check=hints.skipped(moment, got), why=why)


def _wait(source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy) -> tuple[float, str]:
    """Seconds until the next poll and the reason: the longest of interval, rhythm and hints (F-18)."""
    interval = max(policy.floor, source.interval)
    most = max(policy.ceiling, interval)
    wishes = {"its interval": interval}
    wishes["its rhythm"] = rhythm.wait(state.rhythm, now, worth=policy.worth, least=interval, most=most)
    wishes |= dict(hints.wishes(got, validators=bool(state.etag or state.last_modified), policy=policy))
    why, wait = max(wishes.items(), key=lambda wish: wish[1])
    return (wait, why) if wait <= most else (most, f"{why}, capped")


def _move(state: SourceState, got: Collected, now: datetime) -> tuple[str | None, datetime | None]:
    if got.permanent_url is None:
        return None, None
    if got.permanent_url == state.moved_to:
        return state.moved_to, state.moved_since
    return got.permanent_url, now


def _health(state: SourceState, now: datetime, policy: Policy) -> tuple[Health, str]:
    if state.moved_to and state.moved_since and (now - state.moved_since).total_seconds() >= policy.moved_after:
        return Health.MOVED, ""
    if state.empty >= EMPTY_TIMES:
        return Health.QUIET, f"{state.empty} answers in a row without any entry"
    if state.last_change:
        silent = (now - state.last_change).total_seconds()
        gap = rhythm.usual_gap(state.rhythm, state.last_change)
        patience = policy.quiet_after if gap is None else max(QUIET_TIMES * gap, QUIET_AT_LEAST)
        if silent > patience:
            used = "" if gap is None else f"; before, something came every {_length(gap)}"
            return Health.QUIET, f"nothing new for {_length(silent)}{used}"
    return Health.OK, ""


def _length(seconds: float) -> str:
    """Seconds as people say it: "6 hours", "3 days"."""
    count, unit = (seconds / DAY, "day") if seconds >= 1.5 * DAY else (seconds / 3600, "hour")
    return f"{max(1, round(count))} {unit}{'s' if round(count) > 1 else ''}"


def _failed(source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy) -> SourceState:
    pause = backoff.pause(source, state, got, now, policy)
    moment, why = now + timedelta(seconds=jittered(pause.wait, state)), pause.why
    if (asked := backoff.asked_pause(got)) is not None and now + timedelta(seconds=asked) > moment:
        moment, why = now + timedelta(seconds=asked), "the server asked for a pause"
    return replace(
        state, failure=got.failure, failure_text=got.failure_text, failures=state.failures + 1,
        failing_since=state.failing_since or now, health=pause.health, next_check=moment, why=why,
    )  # fmt: skip


def _still_failing(source: Source, state: SourceState, now: datetime, policy: Policy) -> SourceState:
    """A 304 after a failure: the server lives, but whether its document can be read again is not shown by that.

    The next request is unconditional; only a document clears a failure.
    """
    wait = jittered(max(policy.floor, source.interval), state)
    return replace(
        state, etag=None, last_modified=None, not_modified_since=None, next_check=now + timedelta(seconds=wait),
        why="not modified, which clears no failure: asked in full next time",
    )  # fmt: skip
