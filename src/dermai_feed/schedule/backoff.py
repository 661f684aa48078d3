"""How long a failing source is left alone: by what kind of failure it is, and for how long it has lasted.

interval x 2^n up to a day, daily for two weeks, then weekly, after three months monthly:
nothing is ever dropped (F-19). What waiting cannot mend starts later; what costs us much to
try starts with a day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from ..model import Collected, Health, Source, SourceState
from .policy import DAY, HOUR, MISSED_FOR_GOOD, Policy

# A server that says nothing useful about when to come back is left alone for an hour (F-12).
PAUSE_WITHOUT_WORDS = HOUR
MOST_RETRY_AFTER = 7 * DAY  # RELIABILITY 1.2
WEEKLY = 7 * DAY
MONTHLY_AFTER = 90 * DAY  # of failing without a break
BROKEN_AFTER_FAILURES = 3  # one failure is weather

# The first pause after each class of failure, where it is longer than the interval: seconds.
_FIRST: Mapping[str, float] = {
    # Somebody has to let us in, or to correct an address: it will not be mended within the hour.
    "http_4xx": 6 * HOUR, "challenge": 6 * HOUR, "login": 6 * HOUR, "tls_error": 6 * HOUR,
    "blocked_address": 6 * HOUR, "bad_url": 6 * HOUR, "redirects": 6 * HOUR,
    # Each try costs the publisher a whole document, and us the attempt to read it.
    "too_large": 12 * HOUR, "bad_coding": 12 * HOUR, "parse_timeout": DAY, "parse_memory": DAY,
}  # fmt: skip
_SHUTS_OUT = frozenset({"challenge", "login"})
_KEEPS_OUT = frozenset({401, 402, 403, 407, 451})  # RFC 9110 15.5, RFC 7725


@dataclass(frozen=True, kw_only=True, slots=True)
class Pause:
    """How long to leave a source alone (seconds), why, and what it is called meanwhile."""

    wait: float
    why: str
    health: Health


def pause(source: Source, state: SourceState, got: Collected, now: datetime, policy: Policy) -> Pause:
    """The pause after the failed poll `got` that ended at `now`.

    `state` is the one before that poll; a pause that the server asks for comes on top, see
    `asked_pause`.
    """
    failures = state.failures + 1
    lasting = (now - (state.failing_since or now)).total_seconds()
    if got.failure == "gone":
        first = failures == 1 or state.failure != "gone"
        wait, why = (WEEKLY, "gone: one more try in a week") if first else (MISSED_FOR_GOOD, "gone: monthly")
        return Pause(wait=wait, why=why, health=Health.GONE)
    health = _health(state, got, failures, lasting, policy)
    if lasting >= MONTHLY_AFTER:
        return Pause(wait=MISSED_FOR_GOOD, why="failing for months: monthly", health=health)
    if lasting >= policy.broken_after:
        return Pause(wait=WEEKLY, why="failing for weeks: weekly", health=health)
    interval = max(policy.floor, source.interval)
    first_wait = max(interval, _FIRST.get(got.failure or "", 0.0))
    # 2**n beyond 10 steps is past any ceiling; the cap keeps the number small.
    wait = min(first_wait * 2 ** min(failures - 1, 10), max(policy.ceiling, interval))
    why = (
        "its interval, after a 429"
        if got.failure == "rate_limited" and failures == 1
        else f"failure {failures} in a row"
    )
    return Pause(wait=wait, why=why, health=health)


def _health(state: SourceState, got: Collected, failures: int, lasting: float, policy: Policy) -> Health:
    if got.failure in _SHUTS_OUT or got.failure == "rate_limited" or got.status in _KEEPS_OUT:
        return Health.BLOCKED  # however long it lasts: an editor can ask to be let in
    if lasting >= policy.broken_after:
        return Health.GONE if got.failure == "not_found" else Health.BROKEN
    return Health.BROKEN if failures >= BROKEN_AFTER_FAILURES else state.health


def asked_pause(got: Collected) -> float | None:
    """Seconds for which the server wants to be left alone; None when it did not say so (F-12)."""
    if got.retry_after is not None:
        return min(got.retry_after, MOST_RETRY_AFTER)
    return PAUSE_WITHOUT_WORDS if got.failure == "rate_limited" or got.status == 503 else None
