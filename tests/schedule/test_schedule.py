"""When sources are asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dermai_feed import schedule
from dermai_feed.model import Collected, Entry, Health, Source, SourceState
from dermai_feed.schedule import Policy

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = Policy()
FEED = Source(id="feed", kind="rss", name="Feed", url="https://news.example/feed")
STATE = SourceState(source_id="feed")
DATED = {"etag": '"v1"', "date": "Sat, 21 Nov 2026 12:00:00 GMT"}


def answer(**words: object) -> Collected:
    """A good poll with a validator, changed by `words`."""
    return replace(
        Collected(source_id="feed", entries=(Entry(source_id="feed"),), headers=DATED, status=200, body_hash="h"),
        **words,
    )


def wait_after(got: Collected, state: SourceState = STATE, source: Source = FEED) -> timedelta:
    """How long the source is left alone after `got`."""
    moment = schedule.after(source, state, got, NOW, POLICY).next_check
    assert moment is not None
    return moment - NOW


def about(wait: timedelta, wish: timedelta) -> bool:
    """Whether `wait` is `wish` with its jitter: up to a tenth longer, never shorter."""
    return wish <= wait <= wish * 1.1 + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("headers", "wish"),
    [
        pytest.param({}, HOUR, id="nothing said: the source's own interval"),
        pytest.param({"cache-control": "max-age=7200"}, 2 * HOUR, id="max-age lengthens"),
        pytest.param({"cache-control": "max-age=60"}, HOUR, id="max-age never shortens"),
        pytest.param({"cache-control": "max-age=31536000"}, DAY, id="a year is capped at a day"),
        pytest.param({"cache-control": "max-age=forever"}, HOUR, id="nonsense is ignored"),
        pytest.param({"cache-control": "no-cache, max-age=7200"}, HOUR, id="no-cache cancels max-age"),
        pytest.param({"expires": "Sat, 21 Nov 2026 15:00:00 GMT"}, 3 * HOUR, id="Expires counts from Date"),
        pytest.param({"expires": "0"}, HOUR, id="Expires 0 says nothing"),
    ],
)
def test_f18_publisher_hints_lengthen_the_interval_within_reason(headers: dict[str, str], wish: timedelta) -> None:
    """Hints are floors: the longest of interval and hints, at most a day."""
    assert about(wait_after(answer(headers=DATED | headers)), wish)


def test_f18_the_feeds_own_ttl_is_a_floor_and_an_absurd_one_is_ignored() -> None:
    """A ttl of three hours is kept, one of ten years is a mistake."""
    assert about(wait_after(answer(floor=3 * 3600.0)), 3 * HOUR)
    assert about(wait_after(answer(floor=10 * 365 * 86400.0)), HOUR)


def test_f18_hours_and_days_to_skip_are_skipped_unless_they_cover_everything() -> None:
    """skipHours moves the poll to the next allowed hour, skipDays to the next allowed day."""
    state = schedule.after(FEED, STATE, answer(skip_hours=(13, 14)), NOW, POLICY)
    assert state.next_check == datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
    state = schedule.after(FEED, STATE, answer(skip_days=("Saturday", "Sunday")), NOW, POLICY)
    assert state.next_check == datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert about(wait_after(answer(skip_hours=tuple(range(24)))), HOUR)


def test_a_feed_without_validators_is_asked_once_a_day() -> None:
    """Publishers ask for this: every poll of such a feed transfers the whole document."""
    assert about(wait_after(answer(headers={})), DAY)


def test_an_interface_that_is_asked_for_what_is_new_keeps_its_own_interval() -> None:
    """It sends no validators, and no document twice either."""
    assert about(wait_after(answer(headers={}, cursor="{}")), HOUR)


def test_f17_the_claim_written_before_the_request_is_a_whole_interval_away() -> None:
    """A crash right after the claim cannot make the source due again at once."""
    assert schedule.claim(FEED, NOW, POLICY) == NOW + HOUR
    assert schedule.claim(replace(FEED, interval=60), NOW, POLICY) == NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("words", "pauses", "answer_"),
    [
        pytest.param({"last_try": NOW - timedelta(minutes=4)}, {}, False, id="asked four minutes ago"),
        pytest.param({"last_try": NOW - timedelta(minutes=5)}, {}, True, id="asked five minutes ago"),
        pytest.param({"last_try": NOW, "crashes": 1}, {}, True, id="the run that asked died"),
        pytest.param({"last_try": NOW + HOUR}, {}, True, id="the clock was set back"),
        pytest.param({}, {"news.example": NOW + HOUR}, False, id="the host wants a pause"),
        pytest.param({}, {"news.example": NOW}, True, id="the pause is over"),
    ],
)
def test_f17_a_person_may_ask_before_time_but_not_at_once(
    words: dict[str, Any], pauses: dict[str, datetime], answer_: bool
) -> None:
    """Refreshing by hand is refused within five minutes of the last request; a folder is read whenever it is named."""
    state = replace(STATE, next_check=NOW + DAY, **words)
    assert schedule.refreshable(FEED, state, NOW, pauses) is answer_
    assert schedule.refreshable(replace(FEED, kind="folder", url="../seeds"), state, NOW, {})


def test_f19_failures_double_the_interval_up_to_a_day() -> None:
    """1, 2, 4, 8, 16, 24, 24 hours, each with at most a tenth of jitter; success resets."""
    state, waits = STATE, []
    for _ in range(7):
        state = schedule.after(FEED, state, answer(failure="http_5xx", status=500, entries=()), NOW, POLICY)
        assert state.next_check is not None
        waits.append(state.next_check - NOW)
    for wait, hours in zip(waits, [1, 2, 4, 8, 16, 24, 24], strict=True):
        assert about(wait, hours * HOUR)
    state = schedule.after(FEED, state, answer(), NOW, POLICY)
    assert (state.failures, state.failure, state.failing_since) == (0, None, None)


def test_f19_a_source_that_fails_for_weeks_is_flagged_and_tried_weekly() -> None:
    """Never retired in silence."""
    since = NOW - timedelta(days=15)
    state = replace(STATE, failures=20, failing_since=since)
    after = schedule.after(FEED, state, answer(failure="timeout", status=None), NOW, POLICY)
    assert after.health is Health.BROKEN
    assert after.next_check is not None
    assert about(after.next_check - NOW, timedelta(days=7))
    assert schedule.after(FEED, state, answer(failure="not_found"), NOW, POLICY).health is Health.GONE


def test_f11_a_source_that_says_gone_is_tried_twice_in_ten_days() -> None:
    """410 stops polling but for one probe after a week, and then one a month."""
    state, requests = STATE, 0
    for hour in range(240):
        now = NOW + hour * HOUR
        if schedule.due(FEED, state, now, {}):
            requests += 1
            state = schedule.after(FEED, state, answer(failure="gone", status=410), now, POLICY)
    assert requests == 2
    assert state.health is Health.GONE


@pytest.mark.parametrize(
    ("asked", "wish"),
    [
        pytest.param(7200.0, 2 * HOUR, id="two hours asked"),
        pytest.param(30.0, HOUR, id="shorter than the interval: the interval"),
        pytest.param(None, HOUR, id="nothing asked: an hour"),
        pytest.param(99 * 86400.0, timedelta(days=7), id="at most a week"),
    ],
)
def test_f12_a_pause_that_a_server_asks_for_is_kept(asked: float | None, wish: timedelta) -> None:
    """Retry-After decides within bounds, and never shortens the interval."""
    got = answer(failure="rate_limited", status=429, retry_after=asked)
    assert about(wait_after(got), wish)


@pytest.mark.parametrize("asked", [7200.0, None])
@pytest.mark.parametrize(("failure", "status"), [("rate_limited", 429), ("http_5xx", 503)])
def test_f12_a_pause_ends_when_the_server_said(failure: str, status: int, asked: float | None) -> None:
    """To the second, whatever the jitter; an hour when it did not say (F-12 allows 5 s)."""
    got = answer(failure=failure, status=status, retry_after=asked)
    assert wait_after(got, source=replace(FEED, interval=1800.0)) == timedelta(seconds=asked or 3600)


def test_f19_a_503_that_stays_backs_off_beyond_the_pause_it_asks_for() -> None:
    """Retry-After is the least, not the most: the eighth failure waits for a day, and the source is broken."""
    got = answer(failure="http_5xx", status=503, retry_after=7200.0)
    state = schedule.after(FEED, replace(STATE, failures=7, failing_since=NOW - DAY), got, NOW, POLICY)
    assert state.next_check is not None
    assert about(state.next_check - NOW, DAY)
    assert state.health is Health.BROKEN


def test_f12_a_429_pauses_the_whole_host() -> None:
    """Another feed of the same host is not due until the pause ends; one elsewhere is."""
    got = answer(failure="rate_limited", status=429, retry_after=7200.0)
    pause = schedule.host_pause(FEED, got, NOW)
    assert pause == ("news.example", NOW + 2 * HOUR)
    sister = replace(FEED, id="sister", url="https://news.example/other")
    stranger = replace(FEED, id="stranger", url="https://elsewhere.example/feed")
    fresh = SourceState(source_id="x")
    assert not schedule.due(sister, fresh, NOW + HOUR, dict([pause]))
    assert schedule.due(sister, fresh, NOW + 2 * HOUR, dict([pause]))
    assert schedule.due(stranger, fresh, NOW, dict([pause]))
    assert schedule.host_pause(FEED, answer(), NOW) is None


def test_f10_a_permanent_move_is_believed_when_seen_again_a_day_later() -> None:
    """One poll is not enough, a day and a second poll are; a source that moves back is not moved."""
    moved = answer(permanent_url="https://new.example/feed")
    state = schedule.after(FEED, STATE, moved, NOW, POLICY)
    assert (state.health, state.moved_to) == (Health.OK, "https://new.example/feed")
    state = schedule.after(FEED, state, moved, NOW + timedelta(hours=25), POLICY)
    assert (state.health, state.moved_since) == (Health.MOVED, NOW)
    state = schedule.after(FEED, state, answer(), NOW + timedelta(hours=50), POLICY)
    assert (state.health, state.moved_to) == (Health.OK, None)


def test_f14_half_a_document_leaves_no_validator_behind() -> None:
    """Else the server would answer 304 to a feed of which we hold half."""
    held = replace(STATE, etag='"old"', body_hash="old")
    state = schedule.after(FEED, held, answer(complete=False), NOW, POLICY)
    assert (state.etag, state.last_modified, state.body_hash) == (None, None, None)


def test_f15_a_304_may_renew_validators_and_keeps_what_it_does_not_name() -> None:
    """RFC 9111 4.3.4; the time since when nothing but 304 came is remembered from the first."""
    held = replace(STATE, etag='"v1"', last_modified="Sat, 21 Nov 2026 08:00:00 GMT", body_hash="h")
    got = answer(not_modified=True, entries=(), headers={"last-modified": "Sat, 21 Nov 2026 09:00:00 GMT"}, status=304)
    state = schedule.after(FEED, held, got, NOW, POLICY)
    assert (state.etag, state.last_modified) == ('"v1"', "Sat, 21 Nov 2026 09:00:00 GMT")
    assert (state.body_hash, state.not_modified_since) == ("h", NOW)
    later = schedule.after(FEED, state, got, NOW + DAY, POLICY)
    assert later.not_modified_since == NOW


def test_a_source_that_says_nothing_new_for_two_months_is_quiet() -> None:
    """Feeds die quietly (O-05)."""
    held = replace(STATE, last_change=NOW - timedelta(days=61), polls=5)
    state = schedule.after(FEED, held, answer(not_modified=True, entries=()), NOW, POLICY)
    assert state.health is Health.QUIET


@pytest.mark.parametrize(
    ("failure", "status", "health"),
    [("challenge", 403, Health.BLOCKED), ("login", 200, Health.BLOCKED), ("http_4xx", 403, Health.BLOCKED)],
)
def test_a_source_that_shuts_us_out_is_blocked(failure: str, status: int, health: Health) -> None:
    """An editor must know the difference between shut out and broken."""
    assert schedule.after(FEED, STATE, answer(failure=failure, status=status), NOW, POLICY).health is health


def test_three_failures_in_a_row_make_a_source_broken() -> None:
    """One failure is weather."""
    state = STATE
    for expected in (Health.NEW, Health.NEW, Health.BROKEN):
        state = schedule.after(FEED, state, answer(failure="timeout"), NOW, POLICY)
        assert state.health is expected


def test_a_disabled_source_is_never_due() -> None:
    """`enabled: false` is the pause of decision 14."""
    assert not schedule.due(replace(FEED, enabled=False), STATE, NOW, {})


@pytest.mark.parametrize("back", [HOUR, DAY, timedelta(days=365)])
def test_r07_a_clock_set_back_does_not_keep_a_source_waiting(back: timedelta) -> None:
    """X-12: times written by a clock that has since been set back are not waited for."""
    polled = schedule.after(FEED, STATE, answer(), NOW, POLICY)
    assert not schedule.due(FEED, polled, NOW + timedelta(minutes=5), {})
    assert schedule.due(FEED, polled, NOW - back, {})


def test_r07_a_due_time_beyond_any_pause_is_not_believed() -> None:
    """Nothing waits longer than the longest pause there is, a month."""
    assert schedule.due(FEED, replace(STATE, next_check=NOW + timedelta(days=365)), NOW, {})
    assert not schedule.due(FEED, replace(STATE, next_check=NOW + timedelta(days=30)), NOW, {})


def test_a_folder_is_due_at_every_run_and_says_when_it_is_missing() -> None:
    """Dropping a file into a folder needs no waiting; a missing folder is a broken source."""
    folder = replace(FEED, kind="folder", url="../seeds")
    assert schedule.claim(folder, NOW, POLICY) == NOW
    good = schedule.after(folder, STATE, answer(), NOW, POLICY)
    assert (good.next_check, good.health, good.last_change) == (NOW, Health.OK, NOW)
    same = schedule.after(folder, good, answer(same_body=True), NOW + DAY, POLICY)
    assert same.last_change == NOW
    bad = schedule.after(folder, good, answer(failure="not_found", failure_text="no such folder"), NOW, POLICY)
    assert (bad.health, bad.failure_text, bad.next_check) == (Health.BROKEN, "no such folder", NOW)


def test_f19_nothing_but_unreachable_hosts_means_offline() -> None:
    """Three hosts at least; a folder does not count; one answer of any kind disproves it."""
    sources = {f"s{n}": replace(FEED, id=f"s{n}", url=f"https://h{n}.example/f") for n in range(3)}
    sources["seeds"] = replace(FEED, id="seeds", kind="folder", url="../seeds")
    down = {id_: answer(source_id=id_, failure="dns") for id_ in ("s0", "s1", "s2")}
    fine = {"seeds": answer(source_id="seeds")}
    assert schedule.offline(down | fine, sources)
    assert not schedule.offline(down | {"s2": answer(source_id="s2", failure="http_5xx")}, sources)
    assert not schedule.offline({"s0": down["s0"], "s1": down["s1"]}, sources)


def test_jitter_is_the_same_in_every_rerun_and_never_shortens() -> None:
    """It comes from the name and the number of polls, not from a random number."""
    waits = {wait_after(answer(), replace(STATE, source_id=f"s{n}")) for n in range(40)}
    assert len(waits) > 20
    assert all(about(wait, HOUR) for wait in waits)
    assert wait_after(answer()) == wait_after(answer())


def test_f13_a_corrected_address_is_asked_anew_and_never_with_the_validators_of_the_old() -> None:
    """Validators come from a 200 of that address; failures and the weekly wait were another document's too."""
    good = schedule.after(FEED, STATE, answer(), NOW, POLICY)
    state = schedule.after(FEED, good, answer(failure="gone", status=410, entries=()), NOW + HOUR, POLICY)
    assert schedule.current(FEED, state) == state
    corrected = replace(FEED, url="https://news.example/new")
    fresh = schedule.current(corrected, state)
    assert (fresh.etag, fresh.body_hash, fresh.failure, fresh.health) == (None, None, None, Health.OK)
    assert (fresh.polls, fresh.rhythm) == (state.polls, state.rhythm)
    assert not schedule.due(FEED, state, NOW + 2 * HOUR, {})
    assert not schedule.due(corrected, state, NOW + HOUR + timedelta(minutes=4), {})
    assert schedule.due(corrected, state, NOW + HOUR + timedelta(minutes=5), {})
    assert schedule.current(corrected, replace(STATE, etag='"1"')).etag == '"1"'  # of a database before this was kept
