"""How often a publisher wants to be asked: ttl, sy:update*, skipHours, skipDays (F-18).

Sources: RSS 2.0 (ttl, skipHours, skipDays), RSS 1.0 module Syndication (updatePeriod and
updateFrequency). What is absurd is nothing; acting on the rest is the schedule's business.
"""

from __future__ import annotations

from collections.abc import Iterable

_PERIODS = {"hourly": 3600.0, "daily": 86400.0, "weekly": 604800.0, "monthly": 2592000.0, "yearly": 31536000.0}
_LONGEST = 366 * 86400.0  # seconds
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def floor(ttl: str, period: str, frequency: str) -> float:
    """Seconds between polls that a feed asks for: the longer of its two hints, 0.0 without one.

    Args:
        ttl: minutes, as written.
        period: hourly, daily, weekly, monthly or yearly, as written.
        frequency: how many times in a period, as written; 1 when it is missing.
    """
    minutes = _number(ttl)
    asked = [minutes * 60.0 if minutes else 0.0]
    if (length := _PERIODS.get(period.strip().lower())) is not None:
        times = 1 if not frequency.strip() else _number(frequency)
        asked.append(length / times if times else 0.0)
    return max((seconds for seconds in asked if seconds <= _LONGEST), default=0.0)


def _number(text: str) -> int:
    """A count of up to eight digits, 0 for anything else."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 8 else 0


def hours(texts: Iterable[str]) -> tuple[int, ...]:
    """The hours (UTC, 0-23) in which not to ask; 24 is midnight, as RSS 0.91 wrote it."""
    numbers = {
        int(text) % 24 for text in texts if text.isascii() and text.isdigit() and len(text) <= 2 and int(text) <= 24
    }
    return tuple(sorted(numbers))


def days(texts: Iterable[str]) -> tuple[str, ...]:
    """The days (English, lower-case) on which not to ask, Monday first."""
    named = {text.strip().lower() for text in texts}
    return tuple(day for day in _DAYS if day in named)
