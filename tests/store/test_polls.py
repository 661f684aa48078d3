"""store.items.save_poll: one poll, one transaction."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.model import Item, SourceState, Term, Verdict
from dermai_feed.store import Answer, Fetched, Store, open_store

STATE = SourceState(source_id="journal", etag='"1"')
Make = Callable[..., Item]


def test_new_items_are_stored_as_they_are(store: Store, item: Make, start: datetime) -> None:
    """What was saved comes back equal, field by field."""
    items = [item(1), item(2, title="Ünïcode “title” 😀", updated=start, flags=("no_link",))]
    saved = store.items.save_poll(STATE, items, (), start)
    assert saved.new == ("i001", "i002")
    assert (saved.updated, saved.unchanged, saved.stopped) == ((), 0, ())
    assert store.items.items_of(["i001", "i002", "nobody"]) == {one.id: one for one in items}


def test_each_item_of_a_poll_is_counted_once(store: Store, item: Make, start: datetime) -> None:
    """O-02: new, updated and unchanged add up to what was given."""
    store.items.save_poll(STATE, [item(1), item(2)], (), start)
    said = [item(1), item(2, content_hash="other"), item(3)]
    saved = store.items.save_poll(STATE, said, (), start)
    assert (saved.new, saved.updated, saved.unchanged) == (("i003",), ("i002",), 1)


def test_s01_of_twins_in_one_poll_the_first_wins_at_every_poll(store: Store, item: Make, start: datetime) -> None:
    """An id given twice is one item, and the second poll changes nothing."""
    twins = [item(1, title="first"), item(1, title="second", content_hash="other")]
    assert store.items.save_poll(STATE, twins, (), start).new == ("i001",)
    again = store.items.save_poll(STATE, twins, (), start)
    assert (again.updated, again.unchanged) == ((), 2)
    assert store.items.items_of(["i001"])["i001"].title == "first"


def test_decision_17_a_poll_without_news_touches_the_source_and_nothing_else(
    path: Path, item: Make, accept: Callable[..., Verdict], dump: Callable[[Path], Any], start: datetime
) -> None:
    """Promise 1: every table but source_state is the same after a second equal poll."""
    terms = (Term(text="deep learning", group="ai"),)
    with open_store(f"sqlite:///{path}") as store:
        store.items.save_poll(STATE, [item(1), item(2)], terms, start)
        store.items.save_verdicts([accept("i001"), accept("i002")], start)
    before = dump(path)
    with open_store(f"sqlite:///{path}") as store:
        later = start + timedelta(hours=1)
        store.items.save_poll(replace(STATE, polls=2), [item(2), item(1)], terms, later)
        store.items.save_verdicts([accept("i001"), accept("i002")], later)
    after = dump(path)
    assert before.pop("source_state") != after.pop("source_state")
    assert before == after


def test_a_changed_item_keeps_its_name_and_its_age(store: Store, item: Make, start: datetime) -> None:
    """id, key, source, first_seen, backfill, imported and its lister stay; the text is the new one."""
    first = item(1, backfill=True, imported=True, listed_by="i000")
    said = item(
        1, title="corrected", content_hash="other", first_seen=start + timedelta(days=9), key="guid:new",
        aliases=("guid:new",), source_id="journal",
    )  # fmt: skip
    store.items.save_poll(STATE, [first], (), start)
    store.items.save_poll(STATE, [said], (), start)
    expected = replace(first, title="corrected", content_hash="other", aliases=("guid:1", "guid:new"))
    assert store.items.items_of(["i001"]) == {"i001": expected}


@pytest.mark.parametrize("basis", ["entry", "updated", "identifier", "url", "text", "first_seen"])
def test_n06_a_date_of_the_same_basis_stays(store: Store, item: Make, start: datetime, basis: str) -> None:
    """Whatever the basis, a later poll on the same basis does not move the stored date."""
    store.items.save_poll(STATE, [item(1, basis=basis)], (), start)
    moved = item(1, basis=basis, published=start + timedelta(days=3), content_hash="other")
    store.items.save_poll(STATE, [moved], (), start)
    assert store.items.items_of(["i001"])["i001"].published == start


@pytest.mark.parametrize(
    ("before", "after", "moves"),
    [("first_seen", "entry", True), ("url", "entry", True), ("text", "identifier", True), ("entry", "updated", False),
     ("entry", "first_seen", False), ("identifier", "url", False)],
)  # fmt: skip
def test_n06_a_date_moves_only_to_a_better_basis(
    store: Store, item: Make, start: datetime, before: str, after: str, moves: bool
) -> None:
    """The source's own date is best, a date we made up is worst, and only better ones go in."""
    other = start - timedelta(days=3)
    store.items.save_poll(STATE, [item(1, basis=before, precision="day")], (), start)
    said = item(1, basis=after, published=other, content_hash="other")
    store.items.save_poll(STATE, [said], (), start)
    stored = store.items.items_of(["i001"])["i001"]
    expected = (other, after, "second") if moves else (start, before, "day")
    assert (stored.published, stored.basis, stored.precision) == expected


def test_s02_a_new_guid_is_one_more_alias(store: Store, item: Make, start: datetime) -> None:
    """The item is found by either guid afterwards, and is not a new version."""
    store.items.save_poll(STATE, [item(1)], (), start)
    saved = store.items.save_poll(STATE, [item(1, aliases=("guid:1", "guid:other"))], (), start)
    assert saved.unchanged == 1
    assert store.items.known("journal", ["guid:1", "guid:other", "guid:2"]) == {"guid:1": "i001", "guid:other": "i001"}
    assert store.items.items_of(["i001"])["i001"].aliases == ("guid:1", "guid:other")
    assert store.items.versions("i001") == ()


def test_s02_a_guid_that_changes_at_every_poll_adds_a_limited_number_of_aliases(
    store: Store, item: Make, start: datetime
) -> None:
    """After 24 identities no more are kept, and a poll changes no row any longer."""
    for number in range(40):
        store.items.save_poll(STATE, [item(1, aliases=("guid:1", f"random:{number}"))], (), start)
    assert len(store.items.items_of(["i001"])["i001"].aliases) == 24


def test_a_key_keeps_the_item_it_was_first_given_to(store: Store, item: Make, start: datetime) -> None:
    """A second item that claims the key of a first does not take it over."""
    store.items.save_poll(STATE, [item(1), item(2, aliases=("guid:2", "guid:1"))], (), start)
    assert store.items.known("journal", ["guid:1"]) == {"guid:1": "i001"}


def test_keys_are_known_within_their_source_only(store: Store, item: Make, start: datetime) -> None:
    """Two feeds may use the same guid for different things."""
    store.items.save_poll(STATE, [item(1)], (), start)
    assert store.items.known("another", ["guid:1"]) == {}


@pytest.mark.parametrize(
    "key", ["x" * 100_000, "nul \0 inside", "lone \ud800 surrogate", "ключ 'quoted' -- %s", "é" * 499]
)
def test_s15_any_key_can_be_looked_up(store: Store, item: Make, start: datetime, key: str) -> None:
    """Keys that one of the databases could not index are found all the same."""
    aliases = ("guid:1", key) if "\ud800" not in key else ("guid:1",)
    store.items.save_poll(STATE, [item(1, aliases=aliases)], (), start)
    assert store.items.known("journal", [key]) == ({key: "i001"} if key in aliases else {})


def test_s03_a_changed_item_is_one_record_with_its_last_five_versions(
    store: Store, item: Make, start: datetime
) -> None:
    """40 polls that say something else each time: 1 record, 5 versions, at most 24 changes, a warning."""
    undated = {"basis": "first_seen"}
    changes, stopped = 0, 0
    for number in range(40):
        said = item(1, title=f"title {number}", content_hash=f"hash {number}", **undated)
        saved = store.items.save_poll(STATE, [said], (), start + timedelta(minutes=number))
        changes += len(saved.updated)
        stopped += len(saved.stopped)
        assert len(saved.new) + len(saved.updated) + saved.unchanged == 1
    assert (changes, stopped) == (24, 15)
    assert store.items.ids() == {"i001"}
    assert store.items.items_of(["i001"])["i001"].title == "title 24"
    assert [old.title for old in store.items.versions("i001")] == [f"title {n}" for n in range(19, 24)]


def test_s03_the_feeds_own_newer_date_lets_changes_go_on(store: Store, item: Make, start: datetime) -> None:
    """A feed that says when it changed an entry is followed for ever."""
    for number in range(40):
        said = item(1, content_hash=f"hash {number}", updated=start + timedelta(minutes=number))
        assert store.items.save_poll(STATE, [said], (), start).stopped == ()


def test_newer_rules_make_a_new_version_that_is_not_the_sources_change(
    store: Store, item: Make, start: datetime
) -> None:
    """Another normaliser version is stored, also when the source has changed too often (S-03)."""
    for number in range(30):
        store.items.save_poll(STATE, [item(1, content_hash=f"hash {number}", basis="first_seen")], (), start)
    last = item(1, content_hash="hash 24", basis="first_seen", normalizer=2, title="read better")
    assert store.items.save_poll(STATE, [last], (), start).updated == ("i001",)
    assert store.items.items_of(["i001"])["i001"].title == "read better"


def test_s04_gone_from_the_feed_is_not_deleted(store: Store, item: Make, start: datetime) -> None:
    """Items stay when a later poll does not name them."""
    store.items.save_poll(STATE, [item(1), item(2)], (), start)
    store.items.save_poll(STATE, [], (), start)
    assert store.items.ids() == {"i001", "i002"}


def test_s05_a_rejected_item_does_not_come_back_under_another_guid(
    store: Store, item: Make, accept: Callable[..., Verdict], start: datetime
) -> None:
    """Its record and its aliases outlive the rejection: the new guid leads to it, verdict and all."""
    store.items.save_poll(STATE, [item(1)], (), start)
    store.items.save_verdicts([accept("i001", decision="reject")], start)
    saved = store.items.save_poll(STATE, [item(1, key="guid:x", aliases=("guid:x",))], (), start)
    assert saved.new == ()
    assert store.items.known("journal", ["guid:x"]) == {"guid:x": "i001"}
    assert store.items.verdicts(["i001"])["i001"].decision == "reject"
    assert store.items.untriaged() == ()


def test_terms_are_kept_per_source_in_their_order(store: Store, start: datetime) -> None:
    """A poll with terms replaces those of its source; one without leaves them."""
    first = (Term(text="machine learning", group="ai"), Term(text="acne", group="condition", where="seed:3"))
    store.items.save_poll(STATE, (), first, start)
    store.items.save_poll(SourceState(source_id="another"), (), (Term(text="eczema", group="condition"),), start)
    store.items.save_poll(STATE, (), (), start)
    assert store.items.terms() == (Term(text="eczema", group="condition"), *first)
    store.items.save_poll(STATE, (), first[1:], start)
    assert store.items.terms() == (Term(text="eczema", group="condition"), first[1])


# --------------------------------------------------------------------------- all or nothing

POLL = """
import sys
from datetime import UTC, datetime
from dermai_feed.model import Item, Provider, SourceState
from dermai_feed.store import open_store
now = datetime(2026, 11, 21, tzinfo=UTC)
items = [
    Item(id=f"i{n}", source_id="journal", key=f"k{n}", aliases=(f"k{n}",), title="t", published=now, first_seen=now,
         provider=Provider(name="J", domain="j.example"), content_hash="h")
    for n in range(3)
]
with open_store(sys.argv[1]) as store:
    store.items.save_poll(SourceState(source_id="journal", etag="new"), items, (), now)
"""


@pytest.mark.parametrize(
    "point", ["store.before_begin", "store.after_entries", "store.before_commit", "store.after_commit"]
)
def test_f14_s06_a_kill_leaves_entries_and_validators_together_or_neither(url: str, point: str) -> None:
    """After kill -9 at any fail point the ETag is there exactly when the items are, and a rerun completes."""
    with open_store(url):
        pass
    environ = os.environ | {"DERMAI_FAILPOINT": f"{point}=kill"}
    killed = subprocess.run([sys.executable, "-c", POLL, url], env=environ, check=False)
    assert killed.returncode == -9
    with open_store(url) as store:
        there = point == "store.after_commit"
        assert len(store.items.ids()) == (3 if there else 0)
        assert len(store.items.known("journal", ["k0", "k1", "k2"])) == (3 if there else 0)
        assert ("journal" in store.sources.states()) is there
        assert store.check() == ()
    subprocess.run([sys.executable, "-c", POLL, url], check=True)
    with open_store(url) as store:
        assert len(store.items.ids()) == 3
        assert store.sources.states()["journal"].etag == "new"


def test_an_exception_within_a_poll_stores_nothing(
    store: Store, item: Make, start: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is raised half-way comes out as it is, and no row of the poll stays."""
    monkeypatch.setenv("DERMAI_FAILPOINT", "store.after_entries=raise:ZeroDivisionError")
    with pytest.raises(ZeroDivisionError):
        store.items.save_poll(STATE, [item(1)], (), start)
    monkeypatch.delenv("DERMAI_FAILPOINT")
    assert store.items.ids() == frozenset()
    assert store.sources.states() == {}


def test_times_before_1970_and_after_2038_come_back_equal(store: Store, item: Make, start: datetime) -> None:
    """S-15: the whole range of dates is stored, in UTC."""
    far = SourceState(source_id="far", next_check=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    old = item(1, first_seen=datetime(1, 1, 1, tzinfo=UTC), published=datetime(1, 1, 1, tzinfo=UTC))
    store.items.save_poll(far, [old], (), start)
    assert store.sources.states()["far"] == far
    assert store.items.items_of(["i001"])["i001"] == old


def test_a_time_without_a_zone_is_refused(store: Store, item: Make, start: datetime) -> None:
    """A naive time would mean another moment on another machine."""
    with pytest.raises(ValueError, match="no time zone"):
        store.sources.pause_host("a.example", start.replace(tzinfo=None))


def test_what_is_read_again_leaves_the_state_of_its_source_alone(store: Store, item: Make, start: datetime) -> None:
    """Items and versions as by a poll; validators and the next check are the network's business."""
    store.items.save_poll(replace(STATE, next_check=start + timedelta(hours=1)), [item(1)], (), start)
    before = store.sources.states()
    again = [item(1, title="mended", content_hash="other"), item(2)]
    shown = store.items.save_again("journal", again, (), start, dry=True)
    assert (shown.new, shown.updated) == (("i002",), ("i001",))
    assert store.items.items_of(["i001", "i002"]) == {"i001": item(1)}
    assert store.items.save_again("journal", again, (), start) == shown
    assert store.items.items_of(["i001"])["i001"].title == "mended"
    assert store.items.save_again("journal", again, (), start).unchanged == 2
    assert store.sources.states() == before


def test_f17_a_check_by_hand_is_remembered_and_leaves_the_turn(store: Store, start: datetime) -> None:
    """For a source that was polled before, and for one that never was."""
    store.items.save_poll(replace(STATE, next_check=start + timedelta(hours=1)), [], (), start)
    for id_ in ("journal", "never"):
        store.sources.asked_by_hand(id_, start + timedelta(minutes=3))
    states = store.sources.states()
    assert states["journal"] == replace(
        STATE, next_check=start + timedelta(hours=1), last_try=start + timedelta(minutes=3)
    )
    assert states["never"] == SourceState(source_id="never", last_try=start + timedelta(minutes=3))


def test_promise_8_what_a_poll_brought_is_counted_with_its_items(store: Store, item: Make, start: datetime) -> None:
    """fetched = new + updated + unchanged + refused, per window; two polls in one second add up."""
    state, answer = SourceState(source_id="s"), Answer(fetched=5, twins=1, refused=2)
    store.items.save_poll(state, [item(1), item(2)], (), start, answer)
    store.items.save_poll(state, [item(1)], (), start, Answer(fetched=1))
    store.items.save_poll(state, (), (), start + timedelta(hours=1), Answer(fetched=0))
    week = store.runs.fetched(start, start + timedelta(days=7))
    assert week == Fetched(fetched=6, new=2, updated=0, unchanged=2, refused=2)
    assert store.runs.fetched(start + timedelta(seconds=1), start + timedelta(days=7)) == Fetched()
