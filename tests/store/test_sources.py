"""store.sources: claims, states, pauses."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from dermai_feed.model import Health, SourceState
from dermai_feed.store import Store, open_store


def test_a_new_store_knows_no_source(store: Store) -> None:
    """Nothing was polled, so there are no states."""
    assert store.sources.states() == {}


def test_f17_a_claim_is_stored_before_the_request(url: str, start: datetime) -> None:
    """next_check and last_try survive a program that dies right after the claim."""
    due = start + timedelta(hours=1)
    with open_store(url) as store:
        store.sources.begin_poll("journal", due, start)
    with open_store(url) as store:
        state = store.sources.states()["journal"]
    assert (state.next_check, state.last_try) == (due, start)


def test_x24_crashes_count_claims_that_no_poll_fulfilled(store: Store, start: datetime) -> None:
    """Each claim adds a crash, and the poll that ends well takes them all back."""
    for _ in range(3):
        store.sources.begin_poll("journal", start, start)
    assert store.sources.states()["journal"].crashes == 3
    store.items.save_poll(replace(store.sources.states()["journal"], health=Health.OK), (), (), start)
    assert store.sources.states()["journal"].crashes == 0


def test_a_claim_keeps_what_is_known_about_the_source(store: Store, start: datetime) -> None:
    """Validators and counters stay through a claim; F-13: the ETag byte for byte."""
    etag = 'W/"\xe9\xff odd"'
    before = SourceState(source_id="journal", etag=etag, polls=7, health=Health.QUIET, next_check=start)
    store.items.save_poll(before, (), (), start)
    later = start + timedelta(hours=2)
    store.sources.begin_poll("journal", later, start)
    expected = replace(before, next_check=later, last_try=start, crashes=1)
    assert store.sources.states()["journal"] == expected


def test_f12_a_host_is_paused_until_the_end_and_not_longer(store: Store, start: datetime) -> None:
    """At its end a pause is over."""
    end = start + timedelta(hours=1)
    store.sources.pause_host("news.example", end)
    assert store.sources.paused_hosts(end - timedelta(microseconds=1)) == {"news.example": end}
    assert store.sources.paused_hosts(end) == {}


def test_f12_an_earlier_end_does_not_shorten_a_pause(store: Store, start: datetime) -> None:
    """Of two pauses of one host the longer counts, in either order."""
    short, long = start + timedelta(minutes=5), start + timedelta(days=7)
    store.sources.pause_host("a.example", long)
    store.sources.pause_host("a.example", short)
    store.sources.pause_host("b.example", short)
    store.sources.pause_host("b.example", long)
    assert store.sources.paused_hosts(start) == {"a.example": long, "b.example": long}
