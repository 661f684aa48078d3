"""What is to be done now: the daemon's head, without hands.

`decide` takes what the store knows and the time, and answers with the steps that are due
and the moment at which to look again. It asks nothing and changes nothing, so that a year
of it is a loop. Whatever happened meanwhile (sleep, a crash, a clock that jumped) is to it
only another pair of values: what was missed is caught up once, because the store says what
was done last and not what was missed (R-03 to R-07).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TypeAlias

from ..cron import Cron
from ..publish.select import Week, week_before, week_named, week_of

# No clock that shows less can be right: a machine without a battery starts in 1970.
BUILT = datetime(2026, 1, 1, tzinfo=UTC)
RETRY = timedelta(minutes=1)
RETENTION_EVERY = timedelta(days=1)
# Weeks that are made up for at most after a long absence; a corpus asleep for longer starts anew.
MOST_MISSED = 520


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """Collect what is due, match, publish."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """Choose the issue of the week under way, for editors to read."""

    week: Week


@dataclass(frozen=True, kw_only=True, slots=True)
class Close:
    """Choose the issue of a week that is over, once and for all; a missed one becomes a draft (decision 16)."""

    week: Week
    draft: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Mend:
    """Choose the issue of a closed week again: it rested on too little, and sources were asked since."""

    week: Week


@dataclass(frozen=True, kw_only=True, slots=True)
class Send:
    """Mail the editions that are let out and were not sent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Adopt:
    """Begin: the weeks up to this one are nobody's to close."""

    week: Week


@dataclass(frozen=True, kw_only=True, slots=True)
class BackUp:
    """Copy the database."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Retain:
    """Let go what is old."""


Step: TypeAlias = Round | Preview | Close | Mend | Send | Adopt | BackUp | Retain


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """What people decided: when the digest is due, and how often the rest."""

    cron: Cron
    zone: str
    preview: timedelta
    backup: timedelta
    worker: bool = False  # only collects; the rest is another's
    mail: bool = False  # editions are sent by themselves


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the store knows."""

    next_poll: datetime | None = None  # when the first source is due; None: never
    pending: bool = False  # a run that died left something to match or publish
    closed: str = ""  # the last week that was closed, "2026-W47"; empty: none yet
    degraded: datetime | None = None  # when that week's issue was last chosen, and rested on too little
    letter: datetime | None = None  # when an edition that waits to be sent may be tried
    news: datetime | None = None  # when a round last changed the corpus
    previewed: datetime | None = None
    backed_up: datetime | None = None
    retained: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What to do now, in this order, and when to look again if nothing else happens."""

    steps: tuple[Step, ...] = ()
    wake: datetime
    digest: datetime | None = None  # the next boundary
    trouble: str = ""  # why nothing is done although something may be due


def decide(rhythm: Rhythm, standing: Standing, now: datetime) -> Plan:
    """The steps that are due at `now` (UTC)."""
    if now < BUILT:
        return Plan(wake=now + RETRY, trouble=f"the clock shows {now:%Y-%m-%d}, before this program was written")
    steps: list[Step] = []
    if standing.pending or (standing.next_poll is not None and standing.next_poll <= now):
        steps.append(Round())
    wake = [standing.next_poll] if standing.next_poll is not None else []
    if rhythm.worker:
        return Plan(steps=tuple(steps), wake=min([moment for moment in wake if moment > now], default=now + RETRY))
    boundary = rhythm.cron.next(now, rhythm.zone)
    closing = tuple(_closing(rhythm, standing, now))
    steps += closing
    if steps and not closing and _is_to_mend(rhythm, standing, now):
        steps.append(Mend(week=week_named(standing.closed, rhythm.zone)))
    if rhythm.mail and any(isinstance(step, Close | Mend) for step in steps):
        steps.append(Send())  # the configuration may let out what was just chosen
    elif rhythm.mail and standing.letter is not None:
        if standing.letter <= now:
            steps.append(Send())
        wake.append(standing.letter)
    current, after = week_of(now, rhythm.zone), _after(standing.news, standing.previewed, rhythm.preview, now)
    if after is not None and not closing and current.name > standing.closed:
        if after <= now:
            steps.append(Preview(week=current))
        wake.append(after)
    for last, every, step in (
        (standing.backed_up, rhythm.backup, BackUp()), (standing.retained, RETENTION_EVERY, Retain()),
    ):  # fmt: skip
        due = _next(last, every, now)
        if due <= now:
            steps.append(step)
        wake.append(due if due > now else now + every)
    if boundary is not None:
        wake.append(boundary)
    return Plan(
        steps=tuple(steps), digest=boundary,
        wake=min((moment for moment in wake if moment > now), default=now + RETRY),
    )  # fmt: skip


def _is_to_mend(rhythm: Rhythm, standing: Standing, now: datetime) -> bool:
    return bool(standing.closed and standing.degraded and _next(standing.degraded, rhythm.preview, now) <= now)


def _closing(rhythm: Rhythm, standing: Standing, now: datetime) -> Iterator[Step]:
    """The weeks to close: all that ended before the last boundary, the newest for good, the others as drafts."""
    boundary = rhythm.cron.last(now, rhythm.zone)
    if boundary is None:
        return
    due = week_before(week_of(boundary, rhythm.zone))
    if not standing.closed:
        yield Adopt(week=due)
        return
    # Names sort like the weeks do, so a clock that went back finds nothing to close a second time.
    missed = list(takewhile(lambda week: week.name > standing.closed, _backwards(due)))
    for week in reversed(missed):
        yield Close(week=week, draft=week.name != due.name)


def _backwards(week: Week) -> Iterator[Week]:
    for _ in range(MOST_MISSED):
        yield week
        week = week_before(week)


def _next(last: datetime | None, every: timedelta, now: datetime) -> datetime:
    """When something is due that was done at `last`; a time further ahead than that was another clock's."""
    if last is None or last > now + every:
        return now
    return last + every


def _after(news: datetime | None, done: datetime | None, every: timedelta, now: datetime) -> datetime | None:
    """When something is due that follows news, at most once in `every`; None without news since."""
    if news is None or (done is not None and news <= done <= now):
        return None
    return _next(done, every, now)
