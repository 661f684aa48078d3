"""When a source says something new, and when asking it is worth a request."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed import schedule
from dermai_feed.model import Collected, Entry, Health, Rhythm, Source, SourceState
from dermai_feed.schedule import Policy, rhythm

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOURLY, DAILY = 3600.0, 86400.0
FEED = Source(id="feed", kind="rss", name="Feed", url="https://news.example/feed")
ANSWER = Collected(
    source_id="feed", entries=(Entry(source_id="feed"),), headers={"etag": '"1"'}, status=200, body_hash="h"
)


def learnt(arrivals: list[datetime], weeks: int, every: timedelta = HOUR) -> tuple[Rhythm, datetime]:
    """What polls `every` so often learn from `arrivals` in `weeks` weeks from MONDAY on, and when they end."""
    known: Rhythm | None = None
    now, left = MONDAY, sorted(arrivals)
    while now <= MONDAY + weeks * 7 * DAY:
        fresh = [moment for moment in left if moment <= now]
        left = left[len(fresh) :]
        known = rhythm.observed(known, fresh, now)
        now += every
    assert known is not None
    return known, now - every


def wait(known: Rhythm | None, now: datetime, worth: float = 90.0) -> timedelta:
    """How long until asking is worth a request, between an hour and a day."""
    return timedelta(seconds=rhythm.wait(known, now, worth=worth, least=HOURLY, most=DAILY))


def test_a_source_is_asked_at_its_interval_until_a_week_of_it_is_known() -> None:
    """Nobody knows before whether it sleeps at weekends."""
    known = rhythm.observed(None, [], MONDAY)
    assert wait(None, MONDAY) == wait(known, MONDAY) == HOUR
    almost = rhythm.observed(known, [], MONDAY + 7 * DAY - HOUR)
    assert wait(almost, MONDAY + 7 * DAY - HOUR) == HOUR
    week = rhythm.observed(almost, [], MONDAY + 7 * DAY)
    assert wait(week, MONDAY + 7 * DAY) > HOUR


def test_what_the_first_poll_brings_says_nothing_about_the_rhythm() -> None:
    """It had gathered before anybody counted."""
    assert sum(rhythm.observed(None, [MONDAY] * 50, MONDAY).hours) == 0


def test_a_busy_source_is_asked_every_hour_and_a_sleepy_one_rarely() -> None:
    """Ten items a day against one in a fortnight."""
    busy, now = learnt([MONDAY + n * 2.4 * HOUR for n in range(280)], 4)
    sleepy, _ = learnt([MONDAY + 10.4 * DAY, MONDAY + 24.4 * DAY], 4)
    assert wait(busy, now) == HOUR
    assert wait(sleepy, now) > 3 * HOUR


def test_an_even_stream_is_asked_after_the_square_root_of_its_rate() -> None:
    """sqrt(2 worth / rate): four times the items are asked for twice as often."""
    even = Rhythm(since=MONDAY, until=MONDAY + 30 * DAY, days=1e6, hours=(1e6 / 24,) * 24, weekdays=(1e6 / 7,) * 7)
    one = wait(even, MONDAY, worth=43200.0)
    assert one.total_seconds() == pytest.approx(DAILY, rel=0.01)  # an item a day, half a day of waiting
    four = replace(even, hours=tuple(4 * n for n in even.hours), weekdays=tuple(4 * n for n in even.weekdays))
    assert wait(four, MONDAY, worth=43200.0) / one == pytest.approx(0.5, rel=0.01)


def test_a_source_that_speaks_at_nine_is_asked_when_it_has_spoken() -> None:
    """The poll that follows the evening's lies after the hour in which it publishes, not in the night."""
    known, _ = learnt([MONDAY + n * DAY + 9 * HOUR for n in range(42)], 6)
    evening = MONDAY + 42 * DAY + 20 * HOUR
    night = [(evening + n * HOUR, evening + n * HOUR + wait(known, evening + n * HOUR)) for n in range(8)]
    assert all(asked - now > 2 * HOUR for now, asked in night)
    assert wait(known, MONDAY + 42 * DAY + 8.9 * HOUR) < 2 * HOUR


def test_a_source_that_rests_at_weekends_is_left_alone_at_weekends() -> None:
    """Saturdays are asked for less often than Tuesdays."""
    working = [MONDAY + d * DAY + h * HOUR for d in range(56) if d % 7 < 5 for h in (9, 13, 16)]
    known, _ = learnt(working, 8)
    saturday, tuesday = MONDAY + 61 * DAY + 12 * HOUR, MONDAY + 57 * DAY + 12 * HOUR
    assert wait(known, saturday) > 1.5 * wait(known, tuesday)


def test_old_habits_fade() -> None:
    """A source that was busy in spring and is silent since is asked less in autumn."""
    known, now = learnt([MONDAY + n * 2 * HOUR for n in range(12 * 14)], 2)
    later = rhythm.observed(known, [], now + 200 * DAY)
    assert sum(later.hours) < sum(known.hours) / 8
    assert wait(later, now + 200 * DAY, worth=3600.0) > wait(known, now, worth=3600.0)


def test_a_clock_that_was_set_back_starts_the_learning_anew() -> None:
    """What it had taught lies in a future that has not been."""
    known, now = learnt([MONDAY + DAY], 2)
    again = rhythm.observed(known, [now], now - 30 * DAY)
    assert (again.since, sum(again.hours)) == (now - 30 * DAY, 0)


counts = st.floats(0, 1e5)


@given(
    st.lists(counts, min_size=24, max_size=24), st.lists(counts, min_size=7, max_size=7), st.floats(0, 100),
    st.integers(0, 7 * 86400), st.floats(0, 1e6), st.floats(60, 40 * DAILY), st.floats(60, 40 * DAILY),
)  # fmt: skip
def test_f18_whatever_was_learnt_the_wait_keeps_its_bounds(
    hours: list[float], weekdays: list[float], days: float, second: int, worth: float, least: float, most: float
) -> None:
    """Never under the interval, never over the ceiling or the longer interval."""
    known = Rhythm(since=MONDAY - 30 * DAY, until=MONDAY, days=days, hours=tuple(hours), weekdays=tuple(weekdays))
    seconds = rhythm.wait(known, MONDAY + timedelta(seconds=second), worth=worth, least=least, most=most)
    assert least <= seconds <= max(least, most)


@given(st.lists(st.integers(0, 40 * 86400), max_size=60))
def test_faded_arrivals_are_never_more_than_there_were(seconds: list[int]) -> None:
    """The sum over hours equals that over weekdays and stays below the count."""
    known, _ = learnt([MONDAY + timedelta(seconds=s) for s in seconds], 6, DAY)
    assert sum(known.hours) == pytest.approx(sum(known.weekdays), abs=0.1)
    assert sum(known.hours) <= len(seconds) + 0.1


# --------------------------------------------------------------------------- what after makes of it


def test_f18_a_rhythm_lengthens_the_interval_and_says_so() -> None:
    """A sleepy source is asked rarely, with the reason; worth 0 asks at the interval again."""
    known, now = learnt([MONDAY + 3.4 * DAY], 3)
    state = SourceState(source_id="feed", polls=9, rhythm=known, last_change=MONDAY + 3 * DAY)
    after = schedule.after(FEED, state, ANSWER, now, Policy(), arrivals=())
    assert after.next_check is not None
    assert after.why == "its rhythm"
    assert 3 * HOUR < after.next_check - now <= 1.1 * DAY
    plain = schedule.after(FEED, state, ANSWER, now, Policy(worth=0.0), arrivals=())
    assert plain.next_check is not None
    assert plain.next_check - now <= 1.1 * HOUR


def test_o05_a_source_is_quiet_after_four_times_its_usual_gap() -> None:
    """Something every other day for a month; five silent days are nothing, a fortnight is told with both figures."""
    known, now = learnt([MONDAY + n * 2 * DAY + HOUR for n in range(14)], 4)
    last = MONDAY + 26 * DAY + HOUR
    state = SourceState(source_id="feed", polls=9, health=Health.OK, last_change=last, rhythm=known)
    soon = schedule.after(FEED, state, ANSWER, now, Policy(), arrivals=())
    assert soon.health is Health.OK
    late = schedule.after(FEED, soon, ANSWER, last + 15 * DAY, Policy(), arrivals=())
    assert late.health is Health.QUIET
    assert late.note == "nothing new for 15 days; before, something came every 2 days"
    assert schedule.told(late) == (last, late.note)
    again = schedule.after(FEED, late, ANSWER, last + 16 * DAY, Policy(), arrivals=[last + 15.5 * DAY])
    assert (again.health, again.note) == (Health.OK, "")


def test_a_source_that_speaks_twice_a_year_is_not_quiet_after_two_months() -> None:
    """Four times its usual gap is longer."""
    known = Rhythm(
        since=MONDAY - 400 * DAY, until=MONDAY, days=80, hours=(1.0,) + (0.0,) * 23, weekdays=(1.0,) + (0.0,) * 6
    )
    state = SourceState(source_id="feed", polls=9, last_change=MONDAY - 70 * DAY, rhythm=known)
    assert schedule.after(FEED, state, ANSWER, MONDAY, Policy(), arrivals=()).health is Health.OK


def test_o05_three_answers_without_an_entry_are_told() -> None:
    """An empty feed is no failure (P-08), but somebody should look."""
    state, empty = SourceState(source_id="feed"), replace(ANSWER, entries=())
    healths = []
    for n in range(4):
        state = schedule.after(FEED, state, replace(empty, body_hash=str(n)), MONDAY + n * HOUR, Policy(), arrivals=())
        healths.append(state.health)
    assert healths == [Health.OK, Health.OK, Health.QUIET, Health.QUIET]
    assert state.note == "4 answers in a row without any entry"
    full = schedule.after(FEED, state, ANSWER, MONDAY + 9 * HOUR, Policy(), arrivals=[MONDAY])
    assert (full.health, full.empty, full.note) == (Health.OK, 0, "")


def test_a_304_never_clears_a_failure() -> None:
    """The failure stands, and the next request is unconditional; only a document clears it."""
    held = SourceState(source_id="feed", polls=3, etag='"v1"', last_modified="yesterday", health=Health.OK)
    bad = replace(ANSWER, failure="not_a_feed", failure_text="a page came", entries=(), headers={})
    failing = schedule.after(FEED, held, bad, MONDAY, Policy())
    assert failing.etag == '"v1"'  # the last good document's, not that of the page
    same = replace(ANSWER, not_modified=True, entries=(), status=304)
    still = schedule.after(FEED, failing, same, MONDAY + 2 * HOUR, Policy())
    assert (still.failure, still.failure_text, still.failures, still.failing_since) == (
        "not_a_feed",
        "a page came",
        1,
        MONDAY,
    )
    assert (still.etag, still.last_modified) == (None, None)
    assert still.next_check is not None
    assert still.next_check - (MONDAY + 2 * HOUR) <= 1.1 * HOUR
    good = schedule.after(FEED, still, ANSWER, MONDAY + 4 * HOUR, Policy())
    assert (good.failure, good.failures, good.etag) == (None, 0, '"1"')


@pytest.mark.parametrize(
    ("failure", "status", "first"),
    [
        ("http_5xx", 500, 1), ("timeout", None, 1), ("dns", None, 1), ("refused", None, 1), ("not_found", 404, 1),
        ("not_a_feed", 200, 1), ("parse_error", 200, 1), ("http_4xx", 403, 6), ("challenge", 403, 6),
        ("login", 200, 6), ("tls_error", None, 6), ("blocked_address", None, 6), ("redirects", 302, 6),
        ("too_large", 200, 12), ("parse_timeout", 200, 24), ("parse_memory", 200, 24), ("gone", 410, 7 * 24),
    ],
)  # fmt: skip
def test_f19_each_kind_of_failure_has_its_own_patience(failure: str, status: int | None, first: int) -> None:
    """What waiting mends is tried after the interval, what a person must mend later; never more than a day at first."""
    got = replace(ANSWER, failure=failure, status=status, entries=())
    state = schedule.after(FEED, SourceState(source_id="feed"), got, MONDAY, Policy())
    assert state.next_check is not None
    assert first * HOUR <= state.next_check - MONDAY <= first * 1.1 * HOUR + timedelta(seconds=1)


@pytest.mark.parametrize(
    "failure", ["http_5xx", "timeout", "not_found", "http_4xx", "not_a_feed", "gone", "rate_limited"]
)
def test_f19_a_source_is_never_dropped_and_recovers_by_itself(failure: str) -> None:
    """Two years of one failure: gaps grow to a month and no further, and the first document makes all well."""
    state, now, gaps = SourceState(source_id="feed", health=Health.OK), MONDAY, []
    got = replace(ANSWER, failure=failure, status=None, entries=())
    while now < MONDAY + 730 * DAY:
        state = schedule.after(FEED, state, got, now, Policy())
        assert state.next_check is not None
        gaps.append(state.next_check - now)
        now = state.next_check
    assert 30 * DAY <= max(gaps) <= 33 * DAY
    assert len(gaps) < 80
    assert state.failing_since == MONDAY
    assert state.health in {Health.BROKEN, Health.GONE, Health.BLOCKED}
    well = schedule.after(FEED, state, ANSWER, now, Policy(), arrivals=[now])
    assert (well.health, well.failure, well.failing_since) == (Health.OK, None, None)
    assert well.next_check is not None
    assert well.next_check - now <= 1.1 * DAY


def test_what_an_editor_is_told_names_the_date_and_the_reason() -> None:
    """For each health its own."""
    words = {"health": Health.MOVED, "moved_to": "https://new.example/f", "moved_since": MONDAY}
    since, why = schedule.told(SourceState(source_id="x", **words))  # type: ignore[arg-type]
    assert since == MONDAY
    assert "https://new.example/f" in why
    failing = SourceState(
        source_id="x", health=Health.BROKEN, failure="dns", failure_text="no name", failing_since=MONDAY
    )
    assert schedule.told(failing) == (MONDAY, "no name")
    assert schedule.told(SourceState(source_id="x", health=Health.OK)) == (None, "")


def test_who_asks_for_retractions_is_not_quiet_when_there_are_none() -> None:
    """Months without a retraction are good news."""
    asking = replace(FEED, kind="updates", interval=7 * DAILY)
    state, now = SourceState(source_id="feed"), MONDAY
    for _ in range(20):
        none = replace(ANSWER, entries=(), cursor="{}", headers={}, body_hash=None)
        state = schedule.after(asking, state, none, now, Policy(), arrivals=())
        now += 7.5 * DAY
    assert state.health is Health.OK
