"""Cron expressions on a local calendar: each moment once, whatever the clocks do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from croniter import croniter
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed import cron

HELSINKI, NEW_YORK, LORD_HOWE = "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe"


def utc(text: str) -> datetime:
    """The moment written as `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "zone", "now", "last", "following"),
    [
        # Monday 07:00 in Berlin is 06:00 UTC in winter and 05:00 in summer.
        ("0 7 * * 1", "Europe/Berlin", "2026-11-18T12:00", "2026-11-16T06:00", "2026-11-23T06:00"),
        ("0 7 * * mon", "Europe/Berlin", "2026-07-15T12:00", "2026-07-13T05:00", "2026-07-20T05:00"),
        ("30 9 1 * *", "UTC", "2026-11-18T12:00", "2026-11-01T09:30", "2026-12-01T09:30"),
        ("0 0 29 feb *", "UTC", "2026-11-18T12:00", "2024-02-29T00:00", "2028-02-29T00:00"),
        ("*/20 8-9 * * 1-5", "UTC", "2026-11-20T09:30", "2026-11-20T09:20", "2026-11-20T09:40"),
        ("0 12 13 * fri", "UTC", "2026-11-18T12:00", "2026-11-13T12:00", "2026-11-20T12:00"),
        ("@weekly", "UTC", "2026-11-18T12:00", "2026-11-15T00:00", "2026-11-22T00:00"),
        ("0 0 * * 7", "UTC", "2026-11-18T12:00", "2026-11-15T00:00", "2026-11-22T00:00"),
    ],
)
def test_a_boundary_is_found_on_the_calendar_of_the_zone(
    expression: str, zone: str, now: str, last: str, following: str
) -> None:
    """crontab(5): names, ranges, steps, lists; Sunday is 0 and 7; two day fields mean either."""
    read = cron.parse(expression)
    assert read.last(utc(now), zone) == utc(last)
    assert read.next(utc(now), zone) == utc(following)


def test_a_moment_is_at_or_before_itself_and_the_next_is_after_it() -> None:
    """The boundary itself belongs to the past."""
    read, boundary = cron.parse("0 7 * * 1"), utc("2026-11-16T07:00")
    assert read.last(boundary, "UTC") == boundary
    assert read.next(boundary, "UTC") == boundary + timedelta(weeks=1)


@pytest.mark.parametrize(
    ("zone", "expression", "day", "moments"),
    [
        # 03:00 to 04:00 does not exist on 2027-03-28 in Helsinki; 03:30 is taken half an hour behind the gap.
        (HELSINKI, "30 3 * * *", "2027-03-28", ["2027-03-28T01:30"]),
        # 03:00 to 04:00 comes twice on 2027-10-31; the first passing counts.
        (HELSINKI, "30 3 * * *", "2027-10-31", ["2027-10-31T00:30"]),
        (NEW_YORK, "30 2 * * *", "2027-03-14", ["2027-03-14T07:30"]),
        (NEW_YORK, "30 1 * * *", "2027-11-07", ["2027-11-07T05:30"]),
        # Lord Howe moves by half an hour.
        (LORD_HOWE, "15 2 * * *", "2027-10-03", ["2027-10-02T15:45"]),
        (LORD_HOWE, "45 1 * * *", "2027-04-04", ["2027-04-03T14:45"]),
    ],
)
def test_r04_a_time_that_a_change_of_clocks_skips_or_repeats_comes_once(
    zone: str, expression: str, day: str, moments: list[str]
) -> None:
    """APScheduler's own CronTrigger documents such a job as never or twice."""
    read = cron.parse(expression)
    start = utc(day) - timedelta(hours=12)
    found = []
    moment = read.next(start, zone)
    while moment is not None and moment < start + timedelta(days=2):
        found.append(moment)
        moment = read.next(moment, zone)
    assert utc(moments[0]) in found
    assert len(found) == 2  # one a day, two days


@given(
    st.integers(0, 20 * 365 * 86_400).map(lambda seconds: utc("2020-01-01T00:00") + timedelta(seconds=seconds)),
    st.sampled_from(["0 7 * * 1", "30 3 * * *", "30 2 * * 0", "45 1 1 * *", "0 */5 * * *"]),
    st.sampled_from(["UTC", HELSINKI, NEW_YORK, LORD_HOWE, "Asia/Kathmandu"]),
)
def test_last_and_next_are_neighbours(now: datetime, expression: str, zone: str) -> None:
    """Nothing lies between the last boundary and the next."""
    read = cron.parse(expression)
    last, following = read.last(now, zone), read.next(now, zone)
    assert last is not None
    assert following is not None
    assert last <= now < following
    assert read.next(last, zone) == following
    assert read.last(following, zone) == following


def test_r04_a_year_of_boundaries_has_a_week_between_each_two_on_the_wall_clock() -> None:
    """52 Mondays, 07:00 each, over both changes of clocks."""
    read, moment = cron.parse("0 7 * * 1"), utc("2027-06-01T00:00")
    found = []
    for _ in range(52):
        following = read.next(moment, HELSINKI)
        assert following is not None
        found.append(moment := following)
    assert {(b - a) for a, b in pairwise(found)} == {
        timedelta(days=7), timedelta(days=7, hours=1), timedelta(days=6, hours=23),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 7 * *", "4 fields"), ("", "0 fields"), ("60 7 * * 1", "minute"), ("0 24 * * 1", "hour"),
        ("0 7 0 * *", "day of the month"), ("0 7 * 13 *", "month"), ("0 7 * * 8", "day of the week"),
        ("0 7 * * funday", "day of the week"), ("*/0 7 * * *", "step"), ("0 9-7 * * *", "backwards"),
        ("0 7 31 2 *", "no year has"), ("0 7 1,, * *", "day of the month"), ("-1 7 * * *", "minute"),
    ],
)  # fmt: skip
def test_an_expression_that_means_nothing_is_refused_with_the_field(expression: str, words: str) -> None:
    """The message goes to the line of the configuration."""
    with pytest.raises(ValueError, match=words):
        cron.parse(expression)


def test_the_thirtieth_of_february_by_weekday_is_still_a_weekday() -> None:
    """With both day fields one suffices."""
    assert cron.parse("0 7 31 2 1").last(utc("2027-01-01T00:00"), "UTC") == utc("2026-02-23T07:00")


def fields(least: int, most: int) -> st.SearchStrategy[str]:
    """One field of an expression: anything, a value, a range with a step, a list."""
    value = st.integers(least, most)
    # Two ends that differ: croniter takes 1-1 for anything.
    ends = st.lists(value, min_size=2, max_size=2, unique=True).map(sorted)
    span = st.tuples(ends, st.integers(1, 9)).map(lambda v: f"{v[0][0]}-{v[0][1]}/{v[1]}")
    return st.one_of(st.just("*"), value.map(str), span, st.lists(value.map(str), min_size=2, max_size=3).map(",".join))


@given(
    st.tuples(fields(0, 59), fields(0, 23), fields(1, 28), fields(1, 12), fields(0, 6)).map(" ".join),
    st.integers(0, 10**6).map(lambda minutes: datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=minutes)),
)
def test_another_reader_of_crontabs_names_the_same_moments(expression: str, now: datetime) -> None:
    """croniter's next and last, on a calendar without changes of clocks."""
    read = cron.parse(expression)
    assert read.next(now, "UTC") == croniter(expression, now).get_next(datetime)
    assert read.last(now, "UTC") == croniter(expression, now + timedelta(seconds=1)).get_prev(datetime)
