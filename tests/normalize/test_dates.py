"""Dates: RELIABILITY appendix B, the forms of PubMed and others, and what is plausible."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.normalize import dates

NOON = datetime(2020, 3, 31, 4, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "Tue, 31 Mar 2020 04:04:00 GMT",
        "Tue, 31 Mar 2020 04:04:00 XYZ",
        "2020-03-31T04:04:00",
        "Mon, 31 Mar 2020 04:04:00 GMT",
        "31 Mar 20 04:04:00 GMT",
        "1585627440",
        "2020-03-31T04:04:00Z",
        "2020-03-31T06:04:00+02:00",
        "2020-03-31 04:04:00 UTC",
        "2020-03-31T04:04:00.123456Z",
        "2020-03-30T23:04:00-0500",
        "20200331T040400Z",
        "Tue, 31 March 2020 04:04 +0000",
        "Tue Mar 31 04:04:00 2020",
        "Tue Mar 31 04:04:00 GMT 2020",
        "Mar 31, 2020 4:04 AM",
        "Tuesday, March 31, 2020 at 04:04 GMT",
        "Tue, 31 Mar 2020 04:04:00 GMT (comment)",
        "31-Mar-2020 04:04:00 GMT",
        "  Tue, 31 Mar 2020 04:04:00 GMT\n",
        "Tue, 31 Mar 2020 13:04:00 KST",
        "Mon, 30 Mar 2020 21:04:00 PDT",
        "Tue, 31 Mar 2020 06:04:00 GMT+0200",
        "mer, 31 Mar 2020 05:04:00 +0100",
    ],
)
def test_n04_forms_of_one_moment(written: str) -> None:
    """Every known form of 31 March 2020, 04:04 UTC is that moment; a missing or unknown zone is UTC."""
    assert dates.parse(written) == (NOON, "second")


@pytest.mark.parametrize(
    ("written", "iso", "precision"),
    [
        ("Sat, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59", "second"),
        ("Tue, 31 Mar 2020 04:04:00 PST", "2020-03-31T12:04:00", "second"),
        ("Mon, 31 Mar 86 12:00:00 GMT", "1986-03-31T12:00:00", "second"),
        ("Mar 31, 2020 12:30 PM", "2020-03-31T12:30:00", "second"),
        ("Mar 31, 2020 12:30 a.m.", "2020-03-31T00:30:00", "second"),
        ("2020-03-31", "2020-03-31T00:00:00", "day"),
        ("20171130", "2017-11-30T00:00:00", "day"),
        ("2026/11/05", "2026-11-05T00:00:00", "day"),
        ("2024 Jan 5", "2024-01-05T00:00:00", "day"),
        ("Nov 15, 2022", "2022-11-15T00:00:00", "day"),
        ("November 15th, 2022", "2022-11-15T00:00:00", "day"),
        ("15 November 2022", "2022-11-15T00:00:00", "day"),
        ("2024 Jan", "2024-01-01T00:00:00", "month"),
        ("2020-09", "2020-09-01T00:00:00", "month"),
        ("February 2022", "2022-02-01T00:00:00", "month"),
        ("2024 Jan-Feb", "2024-01-01T00:00:00", "month"),
        ("2023 Dec-2024 Jan", "2023-12-01T00:00:00", "month"),
        ("2000 Dec 15-31", "2000-12-01T00:00:00", "month"),
        ("2024", "2024-01-01T00:00:00", "year"),
        ("2024 Spring", "2024-01-01T00:00:00", "year"),
        ("Winter 2024", "2024-01-01T00:00:00", "year"),
        ("2023-2024", "2023-01-01T00:00:00", "year"),
        ("2024 Fall-Winter", "2024-01-01T00:00:00", "year"),
    ],
)
def test_n04_what_is_not_said_is_not_completed(written: str, iso: str, precision: str) -> None:
    """A day, month, season or year alone is the first instant of what is sure, and the precision says so."""
    assert dates.parse(written) == (datetime.fromisoformat(iso).replace(tzinfo=UTC), precision)


@pytest.mark.parametrize(
    "written",
    [
        "10000-01-01T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "-0001-11-30T00:00:00Z",
        "Sun, 30 Feb 2020 10:00:00 GMT",
        "Tue, 31 Mar 2020 25:61:61 GMT",
        "Tue, 31 Mar 2020 04:04:00 +9999",
        "Tue, 31 Mar 2020 04:04:00 +1401",
        "1585627440000",
        "2020-W14-2",
        "03/04/2020 05:06",
        "mar., 31 mars 2020 04:04:00 +0200",
        "2020년 3월 31일",
        "yesterday",
        "",
        "   ",
        "<b>31 Mar 2020</b>",
        "9" * 5000,
        "NaN",
        "0001-01-01T00:00:00+14:00",
        "0000",
        "2024-13",
        "2024 Foo",
        "Mar 31, 2020 13:30 PM",
        "2020-02-30",
        "2 hours ago",
        "Tue, 31 Mar 2020 04:04:00 +0260",
    ],
)
def test_n04_what_is_no_known_form_is_no_date(written: str) -> None:
    """Other languages, words, ambiguous, impossible and absurd dates are missing, never guessed."""
    assert dates.parse(written) is None


@settings(deadline=None, max_examples=200)
@given(
    text=st.text(max_size=30)
    | st.from_regex(r"[A-Z][a-z]{2}, [0-9]{1,2} [A-Z][a-z]{2} [0-9]{2,4} [0-9:]{5,8} [+-][0-9]{4}", fullmatch=True)
    | st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[Z+-][0-9:]{0,5}", fullmatch=True)
)
def test_n04_any_text_gives_a_moment_in_utc_or_none(text: str) -> None:
    """Parsing is total, and what it gives is aware and in UTC."""
    parsed = dates.parse(text)
    assert parsed is None or parsed[0].utcoffset() == timedelta(0)


def test_n05_plausible_range() -> None:
    """From 1995 to 48 hours after we first saw it; a second beyond either end is missing."""
    seen = datetime(2026, 11, 21, tzinfo=UTC)
    assert dates.plausible(datetime(1995, 1, 1, tzinfo=UTC), seen)
    assert not dates.plausible(datetime(1994, 12, 31, 23, 59, 59, tzinfo=UTC), seen)
    assert dates.plausible(seen + timedelta(hours=48), seen)
    assert not dates.plausible(seen + timedelta(hours=48, seconds=1), seen)


def test_latest_instant_of_an_imprecise_date() -> None:
    """The end of the day, month or year that a date names; an exact one is its own end."""
    first = datetime(2026, 12, 1, tzinfo=UTC)
    assert dates.latest(first, "second") == first
    assert dates.latest(first, "day") == datetime(2026, 12, 2, tzinfo=UTC)
    assert dates.latest(first, "month") == datetime(2027, 1, 1, tzinfo=UTC)
    assert dates.latest(datetime(2026, 1, 1, tzinfo=UTC), "year") == datetime(2027, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/2021/04/08/ai-melanoma", (2021, 4, 8, "day")),
        ("/news/2022-10-ai-reveals-body-defense-skin.html", (2022, 10, 1, "month")),
        ("/posts/2021-04-08-title", (2021, 4, 8, "day")),
        ("/2020/03/ai-melanoma", (2020, 3, 1, "month")),
        ("/2020/03/45/x", (2020, 3, 1, "month")),
        ("/2021/caroline-uhler-disease-0406", None),
        ("/articles/s41598-021-87064-7", None),
        ("/2024-100-ways", None),
        ("/2010-20-years", None),
    ],
)
def test_date_in_a_path(path: str, expected: tuple[int, int, int, str] | None) -> None:
    """Dated paths of blogs and news sites are read; other numbers are not dates."""
    want = None if expected is None else (datetime(*expected[:3], tzinfo=UTC), expected[3])
    assert dates.in_path(path) == want


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Publication date: February 2022 Source: Computers in Biology", (2022, 2, 1, "month")),
        ("Publication date: Available online 5 March 2021", (2021, 3, 5, "day")),
        ("Published online: 2021-03-05", (2021, 3, 5, "day")),
        ("The trial began in March 2021", None),
        ("Publication date: Smarch 2021", None),
    ],
)
def test_date_in_text(words: str, expected: tuple[int, int, int, str] | None) -> None:
    """Only a sentence that says it is the publication date is believed."""
    want = None if expected is None else (datetime(*expected[:3], tzinfo=UTC), expected[3])
    assert dates.in_text(words) == want
