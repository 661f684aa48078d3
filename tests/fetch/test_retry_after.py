"""Reading Retry-After (F-12)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.fetch import retry_after

DATE = "Sun, 06 Nov 1994 08:49:37 GMT"  # the example of RFC 9110 5.6.7
HOUR, WEEK = 3600.0, 604_800.0


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("3600", 3600.0),
        ("2", 2.0),
        (" 120 ", 120.0),
        ("Sun, 06 Nov 1994 09:49:37 GMT", 3600.0),
        ("Sunday, 06-Nov-94 09:49:37 GMT", 3600.0),
        ("Sun Nov  6 09:49:37 1994", 3600.0),
        ("604800", WEEK),
        ("604801", WEEK),
        ("9" * 5000, WEEK),
        ("Fri, 31 Dec 9999 23:59:59 GMT", WEEK),
        ("0", HOUR),
        ("-5", HOUR),
        ("1.5", HOUR),
        ("soon", HOUR),
        ("", HOUR),
        ("٣", HOUR),  # a digit, but not one of HTTP's
        ("60, 60", HOUR),
        (DATE, HOUR),
        ("Sun, 06 Nov 1994 08:49:36 GMT", HOUR),
        ("Tue, 31 Mar 1992 04:04:00 GMT", HOUR),
        ("Sun, 99 Nov 1994 08:49:37 GMT", HOUR),
    ],
)
def test_f12_every_form(value: str | None, seconds: float | None) -> None:
    """Seconds and three kinds of date count from the Date header; what cannot be meant is an hour, the most a week."""
    assert retry_after.seconds(value, DATE) == seconds


@pytest.mark.parametrize("date", [None, "", "today"])
def test_f12_a_date_needs_a_date(date: str | None) -> None:
    """Without a usable Date header a date form says nothing, and seconds say the same."""
    assert retry_after.seconds("Sun, 06 Nov 2094 08:49:37 GMT", date) == HOUR
    assert retry_after.seconds("60", date) == 60.0


@given(st.text(), st.none() | st.text())
@settings(deadline=None, max_examples=200)
def test_f12_any_text_gives_a_pause(value: str, date: str | None) -> None:
    """Whatever the headers say, the pause is longer than nothing and at most a week."""
    pause = retry_after.seconds(value, date)
    assert pause is not None
    assert 0 < pause <= WEEK
