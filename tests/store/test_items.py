"""store.items: looking up, verdicts, the ledger's queue."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

import pytest

from dermai_feed.codec import decode, encode
from dermai_feed.errors import StoreError
from dermai_feed.model import Grouping, Item, LedgerLine, LedgerText, SourceState, Story, Verdict
from dermai_feed.store import Store, open_store

STATE = SourceState(source_id="journal")
Make = Callable[..., Item]
Accept = Callable[..., Verdict]


def test_items_of_takes_any_number_of_ids(store: Store, item: Make, start: datetime) -> None:
    """More ids than one statement may have parameters are no trouble."""
    store.items.save_poll(STATE, [item(n) for n in range(1, 1001)], (), start)
    asked = [f"i{n:03}" for n in range(1, 40_001)]
    assert len(store.items.items_of(asked)) == 1000


def test_untriaged_are_those_without_a_verdict_on_their_present_text(
    store: Store, item: Make, accept: Accept, start: datetime
) -> None:
    """New items and changed ones wait, oldest first; judged ones do not."""
    store.items.save_poll(STATE, [item(3), item(1), item(2)], (), start)
    assert [one.id for one in store.items.untriaged()] == ["i001", "i002", "i003"]
    store.items.save_verdicts([accept("i001"), accept("i002"), accept("i003")], start)
    assert store.items.untriaged() == ()
    store.items.save_poll(STATE, [item(2, content_hash="other")], (), start)
    assert [one.id for one in store.items.untriaged()] == ["i002"]


def test_a_verdict_on_an_older_text_does_not_pass_for_one_on_the_newer(
    url: str, item: Make, accept: Accept, start: datetime
) -> None:
    """Decision 15: another worker's poll between judging and saving leaves the item waiting."""
    with open_store(url) as here, open_store(url) as there:
        here.items.save_poll(STATE, [item(1)], (), start)
        judged = here.items.untriaged()
        there.items.save_poll(STATE, [item(1, content_hash="newer")], (), start)
        here.items.save_verdicts([accept(one.id) for one in judged], start)
        assert [one.content_hash for one in here.items.untriaged()] == ["newer"]
        assert here.items.ledger_pending() == ()
        here.items.save_verdicts([accept("i001")], start)
        assert here.items.untriaged() == ()


def test_verdicts_come_back_equal_and_the_last_one_stands(
    store: Store, item: Make, accept: Accept, start: datetime
) -> None:
    """A second verdict replaces the first; items without one are left out."""
    store.items.save_poll(STATE, [item(1), item(2)], (), start)
    first, second = accept("i001"), accept("i001", decision="reject", because="no AI term", rules="r2")
    store.items.save_verdicts([first, second], start)
    assert store.items.verdicts(["i001", "i002"]) == {"i001": second}
    store.items.save_verdicts([first], start)
    assert store.items.verdicts(["i001"]) == {"i001": first}


def test_a_verdict_on_nothing_is_refused_by_name_and_the_others_are_not_stored(
    store: Store, item: Make, accept: Accept, start: datetime
) -> None:
    """One transaction: an unknown item stops all verdicts of the call."""
    store.items.save_poll(STATE, [item(1)], (), start)
    with pytest.raises(StoreError, match="no item i999"):
        store.items.save_verdicts([accept("i001"), accept("i999")], start)
    assert store.items.verdicts(["i001"]) == {}


def test_decided_lists_items_by_their_last_verdict(store: Store, item: Make, accept: Accept, start: datetime) -> None:
    """Held items are found as held, and as nothing else."""
    store.items.save_poll(STATE, [item(1), item(2), item(3)], (), start)
    store.items.save_verdicts([accept("i001"), accept("i002", decision="review")], start)
    assert [one.id for one in store.items.decided("review")] == ["i002"]
    assert [one.id for one in store.items.decided("accept")] == ["i001"]
    assert store.items.decided("reject") == ()


def test_another_verdict_on_a_member_lets_its_story_wait_for_publishing(
    store: Store, matched: Callable[..., None], told: Callable[..., Story], accept: Accept, start: datetime
) -> None:
    """The story of a member judged otherwise is written again; an equal verdict changes nothing."""
    matched(2, stories=(told(("i001",)), told(("i002",))))
    for story in store.stories.pending():
        store.stories.mark_published(story)
    store.items.save_verdicts([accept("i001"), accept("i002")], start)
    assert store.stories.pending() == ()
    store.items.save_verdicts([accept("i001", score=0.5)], start)
    assert [story.id for story in store.stories.pending()] == ["s-i001"]


# --------------------------------------------------------------------------- finding


def test_find_takes_an_id_or_the_beginning_of_ids(store: Store, item: Make, start: datetime) -> None:
    """An exact id wins over longer ones that begin so."""
    items = [item(1, id="abc"), item(2, id="abcd"), item(3, id="abd"), item(4, id="b")]
    store.items.save_poll(STATE, items, (), start)
    assert [one.id for one in store.items.find("abc")] == ["abc"]
    assert [one.id for one in store.items.find("ab")] == ["abc", "abcd", "abd"]
    assert [one.id for one in store.items.find("abcd")] == ["abcd"]


@pytest.mark.parametrize("text", ["", "%", "_", "a%", "x", "nul\0", "\ud800", "a" * 10_000, "'; DROP TABLE item; --"])
def test_find_takes_every_character_as_itself(store: Store, item: Make, start: datetime, text: str) -> None:
    """Wildcards and quotes are no wildcards and quotes; nothing begins so, nothing is found."""
    store.items.save_poll(STATE, [item(1, id="abc")], (), start)
    assert store.items.find(text) == ()


TITLES = {
    1: "Accuracy of 100%_\\ reached", 2: 'He said "deep" learning', 3: "NEAR( the limit *", 4: "ÉCZÉMA et IA",
    5: "Robert'); DROP TABLE item; --", 6: "Straße und Haut", 7: "plain",
}  # fmt: skip


@pytest.mark.parametrize(
    ("words", "found"),
    [("100%_\\", [1]), ("%", [1]), ("_", [1]), ('"', [2]), ("near(", [3]), ("*", [3]), ("éczéma", [4]), ("ia", [4]),
     ("'); drop", [5]), ("STRASSE", [6]), ("Plain", [7]), ("x" * 10_000, []), ("", []), ("\0", []), ("\ud800", [])],
)  # fmt: skip
def test_s17_search_text_is_data(store: Store, item: Make, start: datetime, words: str, found: list[int]) -> None:
    """Every character stands for itself, in any case and script, and the tables stay."""
    store.items.save_poll(STATE, [item(n, title=title) for n, title in TITLES.items()], (), start)
    assert sorted(one.id for one in store.items.search(words)) == [f"i{n:03}" for n in found]
    assert len(store.items.ids()) == len(TITLES)


def test_search_answers_the_newest_first_and_no_more_than_asked(store: Store, item: Make, start: datetime) -> None:
    """Of ten hits three are wanted: the three seen last."""
    store.items.save_poll(STATE, [item(n) for n in range(10)], (), start)
    assert [one.id for one in store.items.search("study", most=3)] == ["i009", "i008", "i007"]


def test_seen_between_takes_the_beginning_and_leaves_the_end(store: Store, item: Make, start: datetime) -> None:
    """Windows join without a gap and without a double."""
    store.items.save_poll(STATE, [item(n) for n in range(4)], (), start)
    seen = store.items.seen_between(start + timedelta(minutes=1), start + timedelta(minutes=3))
    assert [one.id for one in seen] == ["i001", "i002"]


def test_listed_by_tells_what_a_file_lists_how_it_was_judged_and_where_it_went(
    store: Store, item: Make, accept: Accept, told: Callable[..., Story], start: datetime
) -> None:
    """Listed items come with verdict and story; one without a story has ""; unjudged ones wait."""
    listed = [item(n, listed_by="i001") for n in (2, 3, 4)]
    store.items.save_poll(STATE, [item(1), *listed], (), start)
    verdicts = [accept("i002"), accept("i003", decision="reject")]
    store.items.save_verdicts(verdicts, start)
    store.matching.save_grouping(["i001", "i002"], Grouping(stories=(told(("i001", "i002")),)), "w", start)
    expected = ((listed[0], verdicts[0], "s-i001"), (listed[1], verdicts[1], ""))
    assert store.items.listed_by(["i001", "i002"]) == {"i001": expected}


# --------------------------------------------------------------------------- the ledger


def read(lines: Iterable[LedgerText]) -> tuple[LedgerLine, ...]:
    """`lines` as whoever reads the ledger sees them; each is the JSON of the line, to the byte, under its hash."""
    found = tuple(decode(LedgerLine, line.text) for line in lines)
    assert [(encode(one), one.item.id, one.item.first_seen) for one in found] == [
        (line.text, line.item, line.first_seen) for line in lines
    ]
    assert [sha256(line.text.encode()).hexdigest() for line in lines] == [line.sha256 for line in lines]
    return found


def test_the_ledger_waits_for_items_with_a_current_verdict(
    store: Store, item: Make, accept: Accept, start: datetime
) -> None:
    """Unjudged items are not written; judged ones are, by age; marked ones are not again."""
    items = [item(2), item(1), item(3)]
    store.items.save_poll(STATE, items, (), start)
    store.items.save_verdicts([accept("i001"), accept("i002")], start)
    lines = store.items.ledger_pending()
    assert read(lines) == (
        LedgerLine(item=item(1), verdict=accept("i001")),
        LedgerLine(item=item(2), verdict=accept("i002")),
    )
    store.items.mark_ledgered(lines)
    assert store.items.ledger_pending() == ()


@pytest.mark.parametrize("news", ["verdict", "text", "alias"])
def test_the_ledger_gets_a_further_line_for_every_kind_of_news(
    store: Store, item: Make, accept: Accept, start: datetime, news: str
) -> None:
    """Another verdict, another text or another identity of an item is one more line."""
    store.items.save_poll(STATE, [item(1), item(2)], (), start)
    store.items.save_verdicts([accept("i001"), accept("i002")], start)
    store.items.mark_ledgered(store.items.ledger_pending())
    said, verdict = item(1), accept("i001")
    if news == "verdict":
        verdict = accept("i001", decision="reject")
    elif news == "text":
        said = item(1, title="corrected", content_hash="other")
    else:
        said = item(1, aliases=("guid:1", "guid:x"))
    store.items.save_poll(STATE, [said], (), start)
    store.items.save_verdicts([verdict], start)
    assert read(store.items.ledger_pending()) == (LedgerLine(item=said, verdict=verdict),)


def test_a_line_that_changed_after_it_was_read_stays_pending(
    store: Store, item: Make, accept: Accept, start: datetime
) -> None:
    """Marking what was written does not mark what came since."""
    store.items.save_poll(STATE, [item(1)], (), start)
    store.items.save_verdicts([accept("i001")], start)
    lines = store.items.ledger_pending()
    store.items.save_verdicts([accept("i001", decision="review")], start)
    store.items.mark_ledgered(lines)
    assert [line.verdict for line in read(store.items.ledger_pending())] == [accept("i001", decision="review")]


def test_promise_3_a_ledger_restores_items_verdicts_and_identities(
    url: str, item: Make, accept: Accept, start: datetime
) -> None:
    """After `restore` nothing is new, nothing waits for triage or the ledger, and rejections are known."""
    rejected = accept("i002", decision="reject", because="no AI term")
    lines = [
        LedgerLine(item=item(1), verdict=accept("i001", decision="review")),
        LedgerLine(item=item(2, aliases=("guid:2", "old:2")), verdict=rejected),
        LedgerLine(item=item(1, title="later"), verdict=accept("i001")),
        LedgerLine(item=item(3), verdict=None),
    ]
    with open_store(url) as store:
        assert store.items.restore(lines, start) == 3
        assert store.items.restore(lines, start) == 0
        assert store.items.items_of(["i001"])["i001"].title == "later"
        assert store.items.verdicts(["i001", "i002", "i003"]) == {"i001": accept("i001"), "i002": rejected}
        assert store.items.ledger_pending() == ()
        assert [one.id for one in store.items.untriaged()] == ["i003"]
        assert store.items.known("journal", ["old:2"]) == {"old:2": "i002"}
        assert [one.id for one in store.matching.unmatched()] == ["i001"]
        saved = store.items.save_poll(STATE, [item(1, title="later"), item(2), item(3)], (), start)
        assert (saved.new, saved.updated, saved.unchanged) == ((), (), 3)


def test_an_alias_learnt_before_the_verdict_is_in_the_ledgers_line(
    store: Store, item: Make, accept: Accept, start: datetime
) -> None:
    """An item that is still to be judged may learn a name; its line appears with the verdict."""
    store.items.save_poll(STATE, [item(1)], (), start)
    known = item(1, aliases=("guid:1", "b"))
    store.items.save_poll(STATE, [known], (), start)
    assert store.items.ledger_pending() == ()
    store.items.save_verdicts([accept("i001")], start)
    assert read(store.items.ledger_pending()) == (LedgerLine(item=replace(known), verdict=accept("i001")),)
