"""Times of a calendar: which moments a cron expression names in a time zone.

Arithmetic only. Moments are found on the local calendar and turned to UTC one by one, so
that no change of clocks loses or doubles one (R-04): a time that the spring change skips
is taken as far behind the change as it was meant to be before it, a time that the autumn
change repeats is taken at its first passing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# The farthest apart that two moments of one expression can be: 29 February over a century that has none.
HORIZON = timedelta(days=8 * 366 + 1)

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_NICKNAMES = {
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()
    first: int = 0  # what the first word means


_FIELDS = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS, 1),
    _Field("day of the week", 0, 7, _DAYS),  # 0 and 7 are Sunday, as in crontab(5)
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Cron:
    """A cron expression, read: the values of each field. `parse` makes one."""

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]  # 0 is Sunday
    either: bool  # crontab(5): with both day fields restricted, a day needs to fit only one of them

    def last(self, now: datetime, zone: str) -> datetime | None:
        """The latest moment at or before `now` (aware), in UTC; None when there is none within HORIZON.

        `zone`: IANA name of the calendar.
        """
        here = ZoneInfo(zone)
        # A day more: the moment that a spring change pushes on may belong to the day before.
        day = now.astimezone(here).date() + timedelta(days=1)
        for back in range(HORIZON.days):
            moments = [m for m in self._moments(day - timedelta(days=back), here) if m <= now]
            if moments:
                return max(moments)
        return None

    def next(self, now: datetime, zone: str) -> datetime | None:
        """The earliest moment after `now` (aware), in UTC; None when there is none within HORIZON."""
        here = ZoneInfo(zone)
        day = now.astimezone(here).date() - timedelta(days=1)
        for ahead in range(HORIZON.days):
            moments = [m for m in self._moments(day + timedelta(days=ahead), here) if m > now]
            if moments:
                return min(moments)
        return None

    def _moments(self, day: date, here: ZoneInfo) -> list[datetime]:
        if not self._fits(day):
            return []
        # fold=0: the first of two equal times; in a gap, the offset from before it (PEP 495).
        return [
            datetime.combine(day, time(hour, minute), here).astimezone(UTC)
            for hour in self.hours
            for minute in self.minutes
        ]

    def _fits(self, day: date) -> bool:
        of_month, of_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return day.month in self.months and (of_month or of_week if self.either else of_month and of_week)


def parse(text: str) -> Cron:
    """The expression `text`: five fields as in crontab(5), or a nickname such as @weekly.

    Raises: ValueError naming the field that is wrong, or that the expression names no day at all.
    """
    words = _NICKNAMES.get(text.strip().lower(), text).split()
    if len(words) != len(_FIELDS):
        raise ValueError(f"{text[:60]!r} has {len(words)} fields; five are needed: minute hour day month weekday")
    minutes, hours, days, months, weekdays = map(_values, (word.lower() for word in words), _FIELDS)
    cron = Cron(
        text=" ".join(words), minutes=minutes, hours=hours, days=days, months=months,
        weekdays=frozenset(day % 7 for day in weekdays),
        either=not words[2].startswith("*") and not words[4].startswith("*"),
    )  # fmt: skip
    if not any(cron._fits(date(2024, 1, 1) + timedelta(days=n)) for n in range(366)):  # a leap year has every day
        raise ValueError(f"{text[:60]!r} names a day that no year has")
    return cron


def _values(word: str, field: _Field) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        parsed = re.fullmatch(r"(?:\*|(\w+)(?:-(\w+))?)(?:/(\d+))?", part)
        if parsed is None:
            raise ValueError(f"{part[:20]!r} is no {field.name}")
        first, last, step = parsed.groups()
        low = field.least if first is None else _number(first, field)
        # In `5/10` the range is open; without a step a single value is itself.
        high = _number(last, field) if last else (low if first is not None and step is None else field.most)
        if low > high:
            raise ValueError(f"{part[:20]!r} runs backwards in the {field.name}")
        if step is not None and int(step) == 0:
            raise ValueError(f"{part[:20]!r} has no step in the {field.name}")
        found.update(range(low, high + 1, int(step or 1)))
    return frozenset(found)


def _number(word: str, field: _Field) -> int:
    if word in field.words:
        return field.words.index(word) + field.first
    if word.isdecimal() and word.isascii() and field.least <= int(word) <= field.most:
        return int(word)
    raise ValueError(f"{word[:20]!r} is no {field.name}; {field.least} to {field.most}")
