"""Dates: the forms that sources really write, read strictly (N-04), and judged (N-05).

Known forms only; nothing is completed from today's date; a missing or unknown zone is UTC;
an offset beyond ±14 h is no date. What is missing stays missing and is told by the precision:
a year alone is that year's first instant with precision "year". RELIABILITY.md, Appendix B,
is the table of what must come out.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from ..model import Precision

EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # N-05: before the web had news there is no date of a news item
FUTURE = timedelta(hours=48)  # N-05: how far a date may lie after first_seen
_LONGEST = 80  # characters: a longer string is no date
_MAX_OFFSET = timedelta(hours=14)  # Line Islands, UTC+14

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
_ZONES = {
    # RFC 822 section 5, and the European, Japanese, Korean and Australian names that have one meaning only.
    "": 0, "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10, "bst": 1, "cet": 1, "west": 1, "cest": 2, "eet": 2, "eest": 3, "msk": 3,
    "jst": 9, "kst": 9, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip

_TIME = r"(?P<h>\d{1,2}):(?P<mi>\d{2})(?::(?P<s>\d{2})(?:[.,]\d{1,9})?)?\s*(?P<ap>[ap]\.?m\.?)?"
_ZONE = r"(?P<z>Z|[A-Za-z]{1,5}|(?:GMT|UTC)?\s?[+-]\d{1,2}:?\d{2}|(?:GMT|UTC)?[+-]\d{2})?(?:\s*\([^)]*\))?"
_WEEKDAY = r"(?:[^\W\d_]{2,10}\.?,?\s+)?"
_MONTH = r"(?P<mon>[A-Za-z]{3,9})\.?"
_FULL = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # ISO 8601 / RFC 3339; the compact form is GDELT's and openFDA's, the slashes are E-utilities'
        rf"(?P<y>\d{{4}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}})(?:(?:T|\s+){_TIME}\s*{_ZONE})?",
        r"(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:T(?P<h>\d{2})(?P<mi>\d{2})(?P<s>\d{2})?(?P<z>Z)?)?",
        rf"(?P<y>\d{{4}})/(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})(?:\s+{_TIME}\s*{_ZONE})?",
        # RFC 822 / 2822 with its usual deviations: no weekday, full month, two-digit year, no time
        rf"{_WEEKDAY}(?P<d>\d{{1,2}})[\s-]+{_MONTH},?[\s-]+(?P<y>\d{{4}}|\d{{2}})(?:,?\s+{_TIME}\s*{_ZONE})?",
        # asctime, with or without a zone before the year
        rf"{_WEEKDAY}{_MONTH}\s+(?P<d>\d{{1,2}})\s+{_TIME}\s*{_ZONE}\s*(?P<y>\d{{4}})",
        # Nov 15, 2022 and Tuesday, November 15, 2022 10:30 AM EST
        rf"{_WEEKDAY}{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<y>\d{{4}})(?:,?\s+(?:(?:at|-)\s+)?{_TIME}\s*{_ZONE})?",
        # PubMed: 2024 Jan 5
        rf"(?P<y>\d{{4}})\s+{_MONTH}\s+(?P<d>\d{{1,2}})",
    )
)
_TO_MONTH = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?P<y>\d{4})-(?P<m>\d{2})",
        rf"{_MONTH},?\s+(?P<y>\d{{4}})",
        # MedlineDate ranges: 2024 Jan-Feb, 2000 Dec 15-31, 2023 Dec-2024 Jan: where they begin
        rf"(?P<y>\d{{4}})\s+{_MONTH}(?:\s+\d{{1,2}})?(?:\s*[-/–]\s*(?:\d{{4}}\s+)?[A-Za-z0-9]{{1,9}}\.?(?:\s+\d{{1,2}})?)?",
    )
)
# 2024; 2024 Spring, Winter 2024, 2023-2024 (MedlineDate): a season is no month
_TO_YEAR = re.compile(
    r"(?:(?:spring|summer|autumn|fall|winter)\s+)?(?P<y>\d{4})(?:\s*[-/–]\s*\d{4}|\s+(?:spring|summer|autumn|fall|winter)"
    r"(?:\s*[-/–]\s*(?:\d{4}\s+)?(?:spring|summer|autumn|fall|winter))?)?",
    re.IGNORECASE,
)
_UNIX = re.compile(r"\d{9,10}")  # seconds; thirteen digits are milliseconds or an id: no date


def parse(text: str) -> tuple[datetime, Precision] | None:
    """The moment (UTC) that `text` names, and how exactly it names it; None when it is no known form.

    A day, month or year alone is its first instant. Never raises, never looks at a clock.
    """
    text = text.strip()
    if not text or len(text) > _LONGEST:
        return None
    if _UNIX.fullmatch(text):
        return datetime.fromtimestamp(int(text), UTC), "second"
    for pattern in _FULL:
        if (found := pattern.fullmatch(text)) and (when := _moment(found)):
            return when, "second" if found.groupdict().get("h") else "day"
    for pattern in _TO_MONTH:
        if (found := pattern.fullmatch(text)) and (month := _month(found)):
            return _calendar(int(found["y"]), month, 1, "month")
    if found := _TO_YEAR.fullmatch(text):
        return _calendar(int(found["y"]), 1, 1, "year")
    return None


def _calendar(year: int, month: int, day: int, precision: Precision) -> tuple[datetime, Precision] | None:
    try:
        return datetime(year, month, day, tzinfo=UTC), precision
    except ValueError:
        return None


def _month(found: re.Match[str]) -> int | None:
    parts = found.groupdict()
    return int(parts["m"]) if parts.get("m") else _MONTHS.get((parts.get("mon") or "").lower())


def _moment(found: re.Match[str]) -> datetime | None:
    part = found.groupdict()
    month, offset = _month(found), _offset(part.get("z") or "")
    if month is None or offset is None:
        return None
    year = int(part["y"])
    if len(part["y"]) == 2:
        year += 2000 if year < 50 else 1900  # RFC 2822 section 4.3
    hour, second = int(part.get("h") or 0), int(part.get("s") or 0)
    if half := part.get("ap"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    try:
        # A leap second (…:60) is the last second of its minute: there is no such datetime.
        return datetime(
            year, month, int(part["d"]), hour, int(part.get("mi") or 0), 59 if second == 60 else second,
            tzinfo=timezone(offset),
        ).astimezone(UTC)  # fmt: skip
    except (ValueError, OverflowError):
        return None


def _offset(zone: str) -> timedelta | None:
    """The offset that `zone` names: zero for none and for names nobody knows, None for an absurd one."""
    found = re.fullmatch(r"(?:GMT|UTC)?\s?([+-])(\d{1,2}):?(\d{2})?", zone, re.IGNORECASE)
    if not found:
        return timedelta(hours=_ZONES.get(zone.lower(), 0))
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    if offset > _MAX_OFFSET or int(found[3] or 0) > 59:
        return None
    return -offset if found[1] == "-" else offset


def plausible(when: datetime, first_seen: datetime) -> bool:
    """True when an item first seen at `first_seen` may have been published at `when` (N-05)."""
    return EARLIEST <= when <= first_seen + FUTURE


def latest(when: datetime, precision: Precision) -> datetime:
    """The last instant that a date of that precision can mean; `when` is its first."""
    if precision == "day":
        return when + timedelta(days=1)
    if precision == "month":
        return (when.replace(day=1) + timedelta(days=32)).replace(day=1)
    return when.replace(year=when.year + 1) if precision == "year" and when.year < 9999 else when


# --------------------------------------------------------------------------- where no date is given

_IN_PATH = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})(?:[/-](\d{1,2}))?(?=[/_.-]|$)")
_IN_TEXT = re.compile(
    r"\b(?:publication date|published online|available online)\s*:?\s*"
    r"((?:\d{1,2}\s+)?[A-Z][a-z]{2,8}\.?\s+(?:\d{1,2},?\s+)?\d{4}|\d{4}-\d{2}-\d{2})\b",
    re.IGNORECASE,
)


def in_path(path: str) -> tuple[datetime, Precision] | None:
    """The date in the path of a URL: /2021/04/08/, /2021-04-08-title, /2020/03/, /news/2022-10-ai."""
    found = _IN_PATH.search(path)
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2]), found[3]
    if day and (exact := _calendar(year, month, int(day), "day")):
        return exact
    return _calendar(year, month, 1, "month")


def in_text(text: str) -> tuple[datetime, Precision] | None:
    """The date that a sentence like "Publication date: February 2022" states (ScienceDirect's feeds)."""
    found = _IN_TEXT.search(text[:500])
    return parse(found[1]) if found else None
