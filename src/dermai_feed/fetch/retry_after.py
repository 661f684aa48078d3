"""Reading Retry-After (RFC 9110 10.2.3): both forms, relative to the server's own clock (F-12). Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

UNUSABLE = 3_600.0  # seconds: F-12, what a value that cannot be meant stands for
LONGEST = 7 * 86_400.0  # seconds: RELIABILITY.md 1.2


def seconds(value: str | None, date: str | None) -> float | None:
    """Seconds that the header `value` asks for, given the answer's `date` header; None without one.

    Garbled, zero, negative and past values are one hour, more than seven days are seven. A
    date is usable only with a Date header beside it: our clock may differ from the server's.
    """
    if value is None:
        return None
    text = value.strip()
    # float(), because int() refuses texts of thousands of digits
    wish = float(text) if text.isascii() and text.isdigit() else _between(date, text)
    return min(wish, LONGEST) if wish > 0 else UNUSABLE


def _between(start: str | None, end: str) -> float:
    """Seconds from the HTTP date `start` to `end`; 0 when one of them is none."""
    first, last = _http_date(start), _http_date(end)
    return (last - first).total_seconds() if first and last else 0.0


def _http_date(text: str | None) -> datetime | None:
    """IMF-fixdate, RFC 850 or asctime (RFC 9110 5.6.7), all of which mean UTC."""
    try:
        moment = parsedate_to_datetime(text or "")
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
