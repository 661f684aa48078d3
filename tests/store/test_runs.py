"""store.runs and store.meta: runs, digests, heartbeat, figures, marks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from dermai_feed.codec import encode
from dermai_feed.model import Counted, Grouping, Health, Report, SourceState, Story, Verdict
from dermai_feed.store import Counts, DigestRow, RunRow, Store


def test_a_run_is_remembered_with_its_report(store: Store, start: datetime) -> None:
    """The end is the start plus the seconds it took."""
    id_ = store.runs.start(start)
    report = Report(run=id_, started=start, seconds=90.0, written=("news/a.md",), rejected={"no AI term": 3})
    store.runs.finish(id_, encode(report))
    end = start + timedelta(seconds=90)
    assert store.runs.last_runs(5) == (RunRow(id=id_, started=start, finished=end, report=report),)


def test_a_run_that_died_has_no_end(store: Store, start: datetime) -> None:
    """It stays in the list, without a report."""
    id_ = store.runs.start(start)
    assert store.runs.last_runs(1) == (RunRow(id=id_, started=start),)


def test_runs_started_at_one_moment_have_ids_of_their_own(store: Store, start: datetime) -> None:
    """A clock that stands still is no trouble; ids sort by start."""
    ids = [store.runs.start(start) for _ in range(3)] + [store.runs.start(start + timedelta(seconds=1))]
    assert len(set(ids)) == 4
    assert ids == sorted(ids)
    assert [row.id for row in store.runs.last_runs(3)] == [ids[3], ids[2], ids[1]]


def test_the_end_of_a_run_can_be_told(store: Store, start: datetime) -> None:
    """A clock that is moved by a test says when it ended."""
    id_ = store.runs.start(start)
    end = start + timedelta(hours=2)
    store.runs.finish(id_, encode(Report(run=id_, started=start)), end)
    assert store.runs.last_runs(1)[0].finished == end


def test_r10_the_heartbeat_is_the_last_one(store: Store, start: datetime) -> None:
    """No beat is no time; a later beat replaces an earlier one."""
    assert store.runs.heartbeat() is None
    for minutes in (0, 1):
        store.runs.beat(start + timedelta(minutes=minutes))
    assert store.runs.heartbeat() == start + timedelta(minutes=1)


def test_digests_are_one_per_window(store: Store, start: datetime) -> None:
    """Saving a window again replaces its row; windows come in order."""
    rows = [DigestRow(window=f"2026-W{week}", number=n, sha256="a", at=start) for n, week in enumerate((46, 47), 1)]
    for row in reversed(rows):
        store.runs.save_digest(row)
    later = DigestRow(window="2026-W47", number=2, sha256="b", at=start)
    store.runs.save_digest(later)
    assert store.runs.digests() == (rows[0], later)


def fill(store: Store, item: Any, accept: Callable[..., Verdict], told: Callable[..., Story], start: datetime) -> None:
    """Eight items: three accepted in two works of one story, one held alone, three rejected, one unjudged."""
    items = [item(n, backfill=n in {2, 5}) for n in range(1, 9)]
    store.items.save_poll(SourceState(source_id="journal", health=Health.OK), items, (), start)
    store.sources.begin_poll("another", start, start)
    store.items.save_verdicts(
        [accept(f"i00{n}") for n in (1, 2, 3)]
        + [accept("i004", decision="review")]
        + [
            accept(f"i00{n}", decision="reject", because=why)
            for n, why in ((5, "no skin"), (6, "no AI"), (7, "no skin"))
        ],
        start,
    )
    store.matching.save_keys_and_edges({f"i00{n}": () for n in (1, 2, 3)}, ())
    story = told(("i001", "i003"), ("i002",))
    store.matching.save_grouping(["i001", "i002", "i003"], Grouping(stories=(story,)), "w", start)


def test_promise_8_counts_say_what_is_stored_and_what_waits(
    store: Store, item: Any, accept: Any, told: Any, start: datetime
) -> None:
    """Each item is in one class, and each queue is as long as the list that it is the length of."""
    assert store.runs.counts() == Counts()
    fill(store, item, accept, told, start)
    counts = store.runs.counts()
    assert counts == Counts(
        items={"accept": 3, "review": 1, "reject": 3, "": 1}, works=2, stories=1, sources={"ok": 1, "new": 1},
        to_triage=1, to_match=1, to_group=0, to_publish=1, to_ledger=7,
    )  # fmt: skip
    assert counts.to_triage == len(store.items.untriaged())
    assert counts.to_match == len(store.matching.unmatched())
    assert counts.to_publish == len(store.stories.pending())
    assert counts.to_ledger == len(store.items.ledger_pending())


def test_totals_count_every_item_once_by_what_became_of_it(
    store: Store, item: Any, accept: Any, told: Any, start: datetime
) -> None:
    """Item 3 joined the work that item 1 founded: one duplicate."""
    assert store.runs.totals() == Counted()
    fill(store, item, accept, told, start)
    assert store.runs.totals() == Counted(
        items=8,
        accepted=3,
        held=1,
        rejected=(("no skin", 2), ("no AI", 1)),
        works=2,
        stories=1,
        duplicates=1,
        backfill=2,
    )


def test_coverage_counts_the_items_of_its_window(
    store: Store, item: Any, accept: Any, told: Any, start: datetime
) -> None:
    """In the window of items 3 to 5 item 3 is a duplicate of one that is outside."""
    fill(store, item, accept, told, start)
    window = store.runs.coverage(start + timedelta(minutes=3), start + timedelta(minutes=6))
    assert window == Counted(
        items=3, accepted=1, held=1, rejected=(("no skin", 1),), works=1, stories=1, duplicates=1, backfill=1
    )


def test_decision_15_a_database_belongs_to_one_corpus(store: Store) -> None:
    """A new one belongs to none until it is told."""
    assert store.meta.corpus_id() is None
    store.meta.set_corpus_id("corpus-1")
    assert store.meta.corpus_id() == "corpus-1"


def test_decision_4_the_snapshot_of_the_weights_is_numbered(store: Store) -> None:
    """0 before the first one."""
    assert store.meta.snapshot() == 0
    store.meta.set_snapshot(3)
    assert store.meta.snapshot() == 3
