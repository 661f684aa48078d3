"""store.decisions: the index of the decision log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from dermai_feed.errors import CorpusError
from dermai_feed.model import Constraint, Decision, Story
from dermai_feed.store import Store


@pytest.fixture
def say(start: datetime) -> Callable[..., Decision]:
    """Makes decision number n."""

    def make(number: int, verb: str, *target: str, **more: Any) -> Decision:
        return Decision(id=f"01J{number:023}", at=start, who="ed", verb=verb, target=target, **more)

    return make


Say = Callable[..., Decision]


def settle(store: Store) -> None:
    """Mark everything published and grouped."""
    for story in store.stories.pending():
        store.stories.mark_published(story)


def test_decisions_come_back_equal_and_in_order(store: Store, say: Say) -> None:
    """With values of any JSON kind, whatever the order in which they came."""
    second = say(2, "rate", "s-1", value={"relevance": 6, "note": "Größe", "list": [1, None]}, seen="h", why="because")
    first = say(1, "accept", "s-1")
    store.decisions.add(second, 200)
    store.decisions.add(first, 100)
    assert store.decisions.all() == (first, second)
    assert store.decisions.index().ids == {first.id, second.id}
    assert store.decisions.index().offset == 200


def test_a_new_store_has_read_nothing(store: Store) -> None:
    """The index of an empty store is at the beginning of the log."""
    assert store.decisions.index().offset == 0
    assert store.decisions.index().ids == frozenset()


def test_replay_indexes_what_is_new_and_only_that(store: Store, say: Say) -> None:
    """A second replay of the same log finds nothing to do."""
    log = [say(1, "accept", "a"), say(2, "reject", "b")]
    store.decisions.add(log[0], 10)
    assert store.decisions.replay(log, 20) == (log[1],)
    assert store.decisions.replay(log, 20) == ()
    assert store.decisions.all() == tuple(log)


def test_replay_finds_lines_that_a_merge_of_branches_put_in_the_middle(store: Store, say: Say) -> None:
    """What counts is which ids are known, not where in the file they are."""
    store.decisions.replay([say(1, "accept", "a"), say(3, "accept", "c")], 20)
    assert store.decisions.replay([say(n, "accept", "x") for n in (3, 1, 2)], 30) == (say(2, "accept", "x"),)


def test_decision_1_a_line_that_vanished_from_the_log_stops_the_run(store: Store, say: Say) -> None:
    """The error names the decision, and nothing new is indexed."""
    store.decisions.replay([say(1, "accept", "a"), say(2, "accept", "b")], 20)
    with pytest.raises(CorpusError, match=say(1, "accept").id):
        store.decisions.replay([say(2, "accept", "b"), say(3, "accept", "c")], 20)
    assert store.decisions.index().ids == {say(1, "accept").id, say(2, "accept").id}


@pytest.mark.parametrize("statement", ["DELETE FROM decision", "UPDATE decision SET payload = ''"])
def test_e01_no_statement_changes_or_removes_a_decision(url: str, store: Store, say: Say, statement: str) -> None:
    """The database itself refuses, whoever asks."""
    store.decisions.add(say(1, "accept", "a"), 10)
    engine = create_engine(url)
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()
    assert store.decisions.all() == (say(1, "accept", "a"),)


def test_a_known_decision_changes_nothing(store: Store, matched: Any, told: Callable[..., Story], say: Say) -> None:
    """Adding it twice does not let anything wait again."""
    matched(1, (), (told(("i001",)),))
    store.decisions.add(say(1, "accept", "s-i001"), 10)
    settle(store)
    store.decisions.add(say(1, "accept", "s-i001"), 10)
    assert store.stories.pending() == ()


@pytest.mark.parametrize(
    "target", ["i002", "s-i001", "w-i002", "s-i002", "20261116060200-i002", "w20261116060200-i002"]
)
@pytest.mark.parametrize("verb", ["publish", "same", "pin"])
def test_a_decision_lets_the_stories_it_speaks_of_wait(
    store: Store, matched: Any, told: Callable[..., Story], say: Say, start: datetime, target: str, verb: str
) -> None:
    """By item, story, work, merged story, or the id of a group by its founder; other stories stay as they are."""
    from dermai_feed.model import Grouping

    matched(3, (), (told(("i001",)), told(("i002",)), told(("i003",))))
    merged = Grouping(stories=(told(("i001",), ("i002",)),))
    store.matching.save_grouping(["i001", "i002"], merged, "w1", start)
    settle(store)
    store.decisions.add(say(1, verb, target), 10)
    assert [story.id for story in store.stories.pending()] == ["s-i001"]
    assert ("i002" in store.matching.ungrouped()) is (verb in {"same", "pin"})
    assert "i003" not in store.matching.ungrouped()


@pytest.mark.parametrize("depth", [1, 2])
def test_an_undo_counts_like_what_it_takes_back(
    store: Store, matched: Any, told: Callable[..., Story], say: Say, depth: int
) -> None:
    """An undo of `same`, and an undo of that undo, let its items be grouped and published again."""
    matched(2, (), (told(("i001",)), told(("i002",))))
    store.decisions.add(say(1, "same", "i001", "i002"), 10)
    for number in range(2, depth + 2):
        for id_ in store.matching.ungrouped():
            from dermai_feed.model import Grouping

            store.matching.save_grouping([id_], Grouping(stories=(told((id_,)),)), "w1", say(1, "same").at)
        settle(store)
        assert store.matching.ungrouped() == ()
        store.decisions.add(say(number, "undo", say(number - 1, "same").id), 10)
    assert store.matching.ungrouped() == ("i001", "i002")
    assert [story.id for story in store.stories.pending()] == ["s-i001", "s-i002"]


def test_constraints_are_those_in_force(store: Store, say: Say) -> None:
    """Undone words are gone; ids of stories mean their founding items."""
    store.decisions.add(say(1, "same", "20261116060100-i001", "i002"), 1)
    store.decisions.add(say(2, "different", "i003", "i002", value={"level": "work"}), 2)
    store.decisions.add(say(3, "related", "i005", "i004"), 3)
    store.decisions.add(say(4, "undo", say(3, "related").id), 4)
    assert store.decisions.constraints() == (
        Constraint(verb="same", a="i001", b="i002", decision=say(1, "same").id),
        Constraint(verb="different", a="i002", b="i003", decision=say(2, "same").id, level="work"),
    )
