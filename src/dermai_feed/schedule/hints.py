"""How often a server and a document want to be asked, at most (F-18): each hint is a floor, all are clamped.

Sources: RFC 9111 5.2.2 (Cache-Control) and 5.3 (Expires), RSS 2.0 (ttl, skipHours, skipDays),
RSS 1.0 module Syndication (sy:update*). The document's own come read already, in `Collected`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

from ..model import Collected
from .policy import Policy

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def wishes(got: Collected, *, validators: bool, policy: Policy) -> Iterator[tuple[str, float]]:
    """What is asked for, in words and in seconds; `validators` says whether the next request is conditional."""
    # An answer to a question for what is new transfers nothing twice; it needs no validators.
    if not validators and not got.not_modified and got.cursor is None:
        yield "no ETag and no Last-Modified", policy.no_validators
    if 0 < got.floor <= policy.ceiling * 7:  # a ttl of years is a mistake, not a wish
        yield "the feed's own ttl", got.floor
    if (age := _max_age(got)) is not None:
        yield "the server's cache headers", age


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


def skipped(moment: datetime, got: Collected) -> datetime:
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
