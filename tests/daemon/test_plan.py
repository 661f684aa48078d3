"""What the daemon decides: a function of what was done last and of the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed import cron
from dermai_feed.daemon.plan import (
    Adopt,
    BackUp,
    Close,
    Mend,
    Plan,
    Preview,
    Retain,
    Rhythm,
    Round,
    Send,
    Standing,
    decide,
)

NOW = datetime(2027, 11, 17, 12, 0, tzinfo=UTC)  # a Wednesday of 2027-W46
RHYTHM = Rhythm(
    cron=cron.parse("0 7 * * 1"), zone="Europe/Helsinki", preview=timedelta(hours=6), backup=timedelta(days=1)
)
IDLE = Standing(
    next_poll=NOW + timedelta(hours=1), closed="2027-W45", backed_up=NOW - timedelta(hours=2),
    retained=NOW - timedelta(hours=3),
)  # fmt: skip


def closed(plan: Plan) -> list[tuple[str, bool]]:
    """Week and draft of every closing."""
    return [(step.week.name, step.draft) for step in plan.steps if isinstance(step, Close)]


def test_nothing_due_is_nothing_done_until_the_first_thing_is() -> None:
    """And that moment is named."""
    assert decide(RHYTHM, IDLE, NOW) == Plan(
        wake=NOW + timedelta(hours=1), digest=datetime(2027, 11, 22, 5, tzinfo=UTC)
    )


def test_a_round_is_made_when_a_source_is_due_or_a_run_has_died() -> None:
    """What waits in the store is taken up without a poll."""
    assert decide(RHYTHM, replace(IDLE, next_poll=NOW), NOW).steps == (Round(),)
    assert decide(RHYTHM, replace(IDLE, pending=True), NOW).steps == (Round(),)
    assert decide(RHYTHM, replace(IDLE, next_poll=None), NOW).steps == ()


def test_r03_the_week_that_ended_is_closed_at_its_boundary_and_not_before() -> None:
    """Monday 07:00 in Helsinki is 05:00 UTC in winter."""
    monday = datetime(2027, 11, 22, 5, tzinfo=UTC)
    assert closed(decide(RHYTHM, IDLE, monday - timedelta(seconds=1))) == []
    assert closed(decide(RHYTHM, IDLE, monday)) == [("2027-W46", False)]
    assert closed(decide(RHYTHM, replace(IDLE, closed="2027-W46"), monday)) == []


def test_r06_missed_weeks_become_drafts_all_of_them_and_the_last_is_sent() -> None:
    """Decision 16: after three weeks of sleep two drafts and one issue, oldest first."""
    later = NOW + timedelta(weeks=3)
    assert closed(decide(RHYTHM, IDLE, later)) == [("2027-W46", True), ("2027-W47", True), ("2027-W48", False)]


def test_the_first_start_closes_no_week_of_before() -> None:
    """There is nothing of that time in the corpus."""
    (adopted,) = [step for step in decide(RHYTHM, replace(IDLE, closed=""), NOW).steps if isinstance(step, Adopt)]
    assert adopted.week.name == "2027-W45"


def test_r07_a_clock_that_goes_back_closes_nothing_twice() -> None:
    """X-12: by a day, a month, a year."""
    for days in (1, 31, 366):
        plan = decide(RHYTHM, IDLE, NOW - timedelta(days=days))
        assert closed(plan) == []
        assert not any(isinstance(step, Preview) for step in plan.steps)


def test_r07_a_clock_from_before_this_program_does_nothing_and_looks_again_in_a_minute() -> None:
    """1970: no poll, no digest, no backup."""
    dead = datetime(1970, 1, 1, tzinfo=UTC)
    plan = decide(RHYTHM, replace(IDLE, next_poll=dead), dead)
    assert plan.steps == ()
    assert plan.wake == dead + timedelta(minutes=1)
    assert "1970" in plan.trouble


def test_backups_and_retention_come_round() -> None:
    """Each by its own last time; never done is due, and so is a time that another clock wrote."""
    assert decide(RHYTHM, replace(IDLE, backed_up=NOW - timedelta(days=1)), NOW).steps == (BackUp(),)
    assert decide(RHYTHM, replace(IDLE, retained=None), NOW).steps == (Retain(),)
    assert decide(RHYTHM, replace(IDLE, backed_up=NOW + timedelta(hours=3)), NOW).steps == ()
    assert decide(RHYTHM, replace(IDLE, backed_up=NOW + timedelta(days=400)), NOW).steps == (BackUp(),)


def test_a_preview_follows_news_but_not_too_often() -> None:
    """Not for a week that is closed already, and not beside a closing."""
    news = replace(IDLE, news=NOW - timedelta(hours=1), previewed=NOW - timedelta(hours=5))
    assert decide(RHYTHM, news, NOW).steps == ()
    assert decide(RHYTHM, news, NOW).wake == NOW + timedelta(hours=1)
    (preview,) = decide(RHYTHM, news, NOW + timedelta(minutes=60)).steps[1:]
    assert isinstance(preview, Preview)
    assert preview.week.name == "2027-W46"
    assert decide(RHYTHM, replace(news, previewed=NOW), NOW).steps == ()
    assert decide(RHYTHM, replace(news, closed="2027-W46", previewed=None), NOW).steps == ()


def test_a_worker_collects_and_leaves_the_rest_to_another() -> None:
    """Decision 15: match, publish, digest, backups belong to the one that keeps the corpus."""
    worker = replace(RHYTHM, worker=True)
    nothing = Standing(next_poll=NOW)
    assert decide(worker, nothing, NOW).steps == (Round(),)
    assert decide(worker, nothing, NOW + timedelta(weeks=5)).steps == (Round(),)


def test_an_edition_is_tried_when_it_may_be_and_right_after_a_closing_that_may_let_one_out() -> None:
    """Where sending is on; the moment to look again is known."""
    mailing = replace(RHYTHM, mail=True)
    waits = replace(IDLE, letter=NOW + timedelta(minutes=20))
    assert decide(mailing, waits, NOW).steps == ()
    assert decide(mailing, waits, NOW).wake == NOW + timedelta(minutes=20)
    assert decide(mailing, waits, NOW + timedelta(minutes=20)).steps == (Send(),)
    monday = datetime(2027, 11, 22, 5, tzinfo=UTC)
    kinds = [type(step) for step in decide(mailing, replace(IDLE, backed_up=monday, retained=monday), monday).steps]
    assert kinds == [Round, Close, Send]
    assert Send() not in decide(RHYTHM, waits, monday).steps


def test_a_degraded_issue_is_chosen_again_after_a_round_but_not_too_often() -> None:
    """And not without one: nothing that it rests on has changed."""
    degraded = replace(IDLE, degraded=NOW - timedelta(hours=6))
    assert decide(RHYTHM, degraded, NOW).steps == ()
    (_, mend) = decide(RHYTHM, replace(degraded, next_poll=NOW), NOW).steps
    assert isinstance(mend, Mend)
    assert mend.week.name == "2027-W45"
    assert decide(RHYTHM, replace(degraded, next_poll=NOW, degraded=NOW - timedelta(hours=5)), NOW).steps == (Round(),)


moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda minutes: NOW - timedelta(days=400) + timedelta(minutes=minutes))
standings = st.builds(
    Standing,
    next_poll=st.none() | moments, pending=st.just(False), closed=st.sampled_from(["2027-W20", "2027-W45", "2028-W09"]),
    news=st.none() | moments, previewed=st.none() | moments, backed_up=moments, retained=moments,
    degraded=st.none() | moments, letter=st.none() | moments,
)  # fmt: skip


@given(standings, moments, st.floats(0, 1))
def test_between_a_look_with_nothing_to_do_and_the_next_there_is_nothing_to_do(
    standing: Standing, now: datetime, share: float
) -> None:
    """So a loop that only looks at those moments sees all that one a minute would see."""
    rhythm = replace(RHYTHM, mail=True)
    plan = decide(rhythm, standing, now)
    assert plan.wake > now
    if not plan.steps:
        between = now + (plan.wake - now) * share
        assert between == plan.wake or decide(rhythm, standing, between).steps == ()


@given(moments, st.lists(st.integers(-40, 90), min_size=1, max_size=40))
def test_whatever_the_clock_does_no_week_is_closed_twice_and_none_is_left_out(now: datetime, days: list[int]) -> None:
    """X-12: jumps in both directions: the closed weeks are a row without a gap."""
    standing = replace(IDLE, closed="")
    names: list[str] = []
    for step in days:
        now += timedelta(days=step, hours=5)
        for decided in decide(RHYTHM, standing, now).steps:
            if isinstance(decided, Close | Adopt):
                names.append(decided.week.name)
                standing = replace(standing, closed=decided.week.name)
    assert names == sorted(set(names))
    mondays = [datetime.fromisocalendar(int(name[:4]), int(name[6:]), 1) for name in names]
    assert all(b - a == timedelta(weeks=1) for a, b in pairwise(mondays))


@pytest.mark.parametrize("zone", ["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe"])
def test_r04_a_year_of_minutes_around_the_changes_closes_each_week_once(zone: str) -> None:
    """Minute by minute through the days of the changes, hour by hour through the rest."""
    rhythm = replace(RHYTHM, zone=zone, cron=cron.parse("30 2 * * 0"))
    standing, now, names = replace(IDLE, closed="2027-W07"), datetime(2027, 3, 1, tzinfo=UTC), []
    while now < datetime(2028, 3, 1, tzinfo=UTC):
        for step in decide(rhythm, replace(standing, backed_up=now, retained=now), now).steps:
            if isinstance(step, Close):
                assert not step.draft
                names.append(step.week.name)
                standing = replace(standing, closed=step.week.name)
        change = now.month in {3, 4, 10, 11} and now.isoweekday() >= 6
        now += timedelta(minutes=20) if change else timedelta(hours=3)
    assert len(names) == len(set(names)) == 52
