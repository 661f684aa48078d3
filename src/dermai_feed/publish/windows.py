"""The window of an issue: a calendar week in an editor's zone, or days that an editor names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class Week:
    """What an issue covers, half open (D-03): a week from Monday 00:00 to Monday 00:00, or named days."""

    name: str  # 2026-W47; of days 2026-11-01_2026-11-15, the last one included
    since: datetime
    until: datetime
    zone: str

    @property
    def weekly(self) -> bool:
        """Whether it is a calendar week: only those are numbered."""
        return "-W" in self.name


def week_of(moment: datetime, zone: str) -> Week:
    """The ISO week that holds `moment` (UTC) on the calendar of `zone` (an IANA name).

    The bounds are local midnights turned to UTC, so a week with a change of clocks has 167
    or 169 hours.
    """
    local = moment.astimezone(ZoneInfo(zone)).date()
    year, number, weekday = local.isocalendar()
    monday = local - timedelta(days=weekday - 1)
    since, until = _midnight(monday, zone), _midnight(monday + timedelta(days=7), zone)
    return Week(name=f"{year}-W{number:02}", since=since, until=until, zone=zone)


def week_named(name: str, zone: str) -> Week:
    """The calendar week called `name` (2026-W47). Raises: ValueError when there is none of that name."""
    # Thursday noon is in its ISO week on every calendar of the world.
    return week_of(datetime.strptime(f"{name}-4 12", "%G-W%V-%u %H").replace(tzinfo=UTC), zone)


def week_before(week: Week) -> Week:
    """The calendar week before `week`."""
    return week_of(week.since - timedelta(hours=12), week.zone)


def today(now: datetime, zone: str) -> date:
    """The day that it is at `now` (UTC) on the calendar of `zone`."""
    return now.astimezone(ZoneInfo(zone)).date()


def days(first: date, last: date, zone: str) -> Week:
    """From the beginning of `first` to the end of `last` on the calendar of `zone`."""
    name = f"{first}_{last}"
    return Week(name=name, since=_midnight(first, zone), until=_midnight(last + timedelta(days=1), zone), zone=zone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
