"""Groups and files: store.matching.save_grouping and store.stories."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.model import Edge, Grouping, Item, Provider, SourceState, Story, Work
from dermai_feed.store import DocumentRow, Store, open_store

Fill = Callable[..., None]
Tell = Callable[..., Story]


def group(
    store: Store, start: datetime, *stories: Story, oversized: tuple[str, ...] = (), snapshot: str = "w1"
) -> None:
    """Store these stories as the grouping of all their items."""
    ids = [id_ for story in stories for work in story.works for id_ in work.items]
    store.matching.save_grouping(ids, Grouping(stories=stories, oversized=oversized), snapshot, start)


def test_stories_come_back_equal(store: Store, matched: Fill, told: Tell, start: datetime) -> None:
    """All of them by age, one by id, several by ids, and by their items."""
    matched(4)
    first, second = told(("i001", "i003"), ("i002",), see_also=(("s-i004", 0.5),)), told(("i004",))
    group(store, start, second, first)
    assert store.stories.all() == (first, second)
    assert store.stories.story("s-i001") == first
    assert store.stories.stories(["s-i004", "nobody"]) == {"s-i004": second}
    assert store.stories.of_items(["i002", "i003", "i004", "i009"]) == {
        "i002": "s-i001", "i003": "s-i001", "i004": "s-i004",
    }  # fmt: skip
    assert store.stories.story("nobody") is None


def test_decision_5_a_merged_story_is_found_under_its_old_name(
    store: Store, matched: Fill, told: Tell, start: datetime
) -> None:
    """The older id stays, the younger becomes its alias and leads to it."""
    matched(2)
    group(store, start, told(("i001",)), told(("i002",)))
    group(store, start, told(("i001",), ("i002",)))
    assert [story.id for story in store.stories.all()] == ["s-i001"]
    assert (
        store.stories.story("s-i002")
        == store.stories.story("s-i001")
        == told(("i001",), ("i002",), aliases=("s-i002",))
    )


def test_decision_5_a_story_that_is_split_off_again_is_no_alias_any_more(
    store: Store, matched: Fill, told: Tell, start: datetime
) -> None:
    """After a split both ids are stories again, as if they had never been merged."""
    matched(2)
    apart = told(("i001",)), told(("i002",))
    group(store, start, *apart)
    group(store, start, told(("i001",), ("i002",)))
    group(store, start, *apart)
    assert store.stories.all() == apart
    assert store.stories.story("s-i002") == apart[1]


def test_aliases_follow_the_founding_item_through_merges_and_splits(
    store: Store, matched: Fill, told: Tell, start: datetime
) -> None:
    """3 joins 2, both join 1; then 2 and 3 leave together: the name of 3 leads to 2 again."""
    matched(3)
    group(store, start, *(told((f"i00{n}",)) for n in (1, 2, 3)))
    group(store, start, told(("i002",), ("i003",)))
    group(store, start, told(("i001",), ("i002",), ("i003",)))
    assert store.stories.all()[0].aliases == ("s-i002", "s-i003")
    group(store, start, told(("i001",)), told(("i002",), ("i003",)))
    assert store.stories.all() == (told(("i001",)), told(("i002",), ("i003",), aliases=("s-i003",)))
    found = store.stories.story("s-i003")
    assert found is not None
    assert found.id == "s-i002"


def test_promise_3_aliases_that_files_bring_along_are_kept(
    store: Store, matched: Fill, told: Tell, start: datetime
) -> None:
    """At a rebuild the groups come with the aliases written in the files."""
    matched(2)
    group(store, start, told(("i001", "i002"), aliases=("20261101000000-i002", "20261101000000-gone")))
    for alias in ("20261101000000-i002", "20261101000000-gone"):
        found = store.stories.story(alias)
        assert found is not None
        assert found.id == "s-i001"
    group(store, start, told(("i001",)), told(("i002",)))
    assert [story.aliases for story in store.stories.all()] == [("20261101000000-gone",), ("20261101000000-i002",)]


def test_a_new_grouping_that_is_the_old_one_changes_no_story(
    store: Store, matched: Fill, told: Tell, start: datetime
) -> None:
    """Promise 1: nothing waits for publishing, also when only the weights' snapshot is another."""
    matched(2)
    group(store, start, told(("i001", "i002")))
    for story in store.stories.pending():
        store.stories.mark_published(story)
    group(store, start, told(("i001", "i002")))
    group(store, start, told(("i001", "i002")), snapshot="w2")
    assert store.stories.pending() == ()


@pytest.mark.parametrize("news", ["members", "canonical", "see_also", "oversized", "text"])
def test_a_story_waits_for_publishing_when_anything_of_it_changed(
    store: Store, matched: Fill, told: Tell, item: Callable[..., Item], start: datetime, news: str
) -> None:
    """Another member, canonical item, neighbour or size, or another text of a member."""
    matched(3)
    before = told(("i001", "i002"))
    group(store, start, before, told(("i003",)))
    for story in store.stories.pending():
        store.stories.mark_published(story)
    after, oversized = before, ()
    if news == "members":
        after = told(("i001", "i002"), ("i003",))
    elif news == "canonical":
        after = replace(before, works=(replace(before.works[0], canonical="i002"),))
    elif news == "see_also":
        after = replace(before, see_also=(("s-i003", 0.4),))
    elif news == "oversized":
        oversized = (before.id,)
    else:
        store.items.save_poll(SourceState(source_id="journal"), [item(2, content_hash="new")], (), start)
        store.matching.save_keys_and_edges({"i002": ()}, ())
    touched = ["i001", "i002"] + (["i003"] if news == "members" else [])
    store.matching.save_grouping(touched, Grouping(stories=(after,), oversized=oversized), "w1", start)
    assert [story.id for story in store.stories.pending()] == ["s-i001"]
    assert store.stories.oversized() == oversized


def test_a_grouping_may_not_tear_a_story(store: Store, matched: Fill, told: Tell, start: datetime) -> None:
    """Touching half of a stored story, or telling one with untouched items, is refused and changes nothing."""
    matched(3)
    whole = told(("i001", "i002"))
    group(store, start, whole)
    with pytest.raises(ValueError, match="stored story s-i001 holds item i002"):
        store.matching.save_grouping(["i001"], Grouping(stories=(told(("i001",)),)), "w1", start)
    with pytest.raises(ValueError, match="story s-i003 holds item i002"):
        store.matching.save_grouping(["i003"], Grouping(stories=(told(("i003", "i002")),)), "w1", start)
    assert store.stories.all() == (whole,)


def test_an_item_that_no_story_tells_any_more_is_in_none(
    store: Store, matched: Fill, told: Tell, start: datetime
) -> None:
    """A touched item without a story leaves its old one; a story without items is gone."""
    matched(2)
    group(store, start, told(("i001", "i002")))
    store.matching.save_grouping(["i001", "i002"], Grouping(stories=(told(("i001",)),)), "w1", start)
    assert store.stories.of_items(["i001", "i002"]) == {"i001": "s-i001"}
    store.matching.save_grouping(["i001"], Grouping(), "w1", start)
    assert store.stories.all() == ()
    assert store.check() == ()


def alone(number: int) -> Work:
    """The work of one item."""
    return Work(id=f"w{number}", canonical=f"i{number}", items=(f"i{number}",))


@st.composite
def partitions(draw: st.DrawFn) -> list[list[int]]:
    """A way of dividing items 1…6 into stories."""
    homes = [draw(st.integers(0, number)) for number in range(6)]
    stories: dict[int, list[int]] = {}
    for number, home in enumerate(homes, 1):
        stories.setdefault(home, []).append(number)
    return list(stories.values())


@settings(deadline=None, max_examples=25)
@given(steps=st.lists(partitions(), min_size=1, max_size=5))
def test_e04_after_any_merges_and_splits_every_name_leads_to_its_founder(
    tmp_path_factory: pytest.TempPathFactory, steps: list[list[list[int]]]
) -> None:
    """Whatever happens to the groups, each id ever given leads to the story that holds its founding item."""
    now = datetime.fromisoformat("2026-11-16T06:00:00Z")
    items = [
        Item(id=f"i{n}", source_id="journal", key=f"k{n}", title="t", published=now, first_seen=now, content_hash="h",
             provider=Provider(name="J", domain="j.example"))
        for n in range(1, 7)
    ]  # fmt: skip
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('groups')}/x.sqlite") as store:
        store.items.save_poll(SourceState(source_id="journal"), items, (), now)
        store.matching.save_keys_and_edges({one.id: () for one in items}, ())
        named: set[int] = set()
        for partition in steps:
            stories = [
                Story(id=f"s{members[0]}", lead=f"w{members[0]}", works=tuple(map(alone, members)))
                for members in partition
            ]
            group(store, now, *stories)
            named |= {members[0] for members in partition}
            holds = {n: f"s{members[0]}" for members in partition for n in members}
            for founder in named:
                found = store.stories.story(f"s{founder}")
                assert found is not None
                assert found.id == holds[founder]
            for story in store.stories.all():
                expected = {f"s{n}" for n in named if holds[n] == story.id} - {story.id}
                assert set(story.aliases) == expected
            assert store.check() == ()


# --------------------------------------------------------------------------- neighbours


def test_decision_6_neighbours_are_symmetric_and_the_best_pair_counts(
    store: Store, matched: Fill, told: Tell, edge: Callable[..., Edge], start: datetime
) -> None:
    """Two related pairs between two stories are one link with the higher probability, from both sides."""
    edges = (
        edge("i001", "i003", level="related", probability=0.4), edge("i002", "i003", level="related", probability=0.6),
        edge("i002", "i004", level="related", probability=0.9), edge("i001", "i002", level="related", probability=0.8),
        edge("i003", "i004", level="story"),
    )  # fmt: skip
    matched(4, edges, (told(("i001", "i002")), told(("i003",)), told(("i004",))))
    found = store.stories.related(["s-i001", "s-i003", "s-i004"])
    assert found == {
        "s-i001": (("s-i004", 0.9), ("s-i003", 0.6)),
        "s-i003": (("s-i001", 0.6),),
        "s-i004": (("s-i001", 0.9),),
    }


# --------------------------------------------------------------------------- publishing


def test_pending_stories_are_published_once(store: Store, matched: Fill, told: Tell) -> None:
    """New stories wait, oldest first, until they are marked."""
    matched(2, (), (told(("i002",)), told(("i001",))))
    waiting = store.stories.pending()
    assert [story.id for story in waiting] == ["s-i001", "s-i002"]
    store.stories.mark_published(waiting[0])
    assert [story.id for story in store.stories.pending()] == ["s-i002"]
    store.stories.mark_pending(["s-i001", "nobody"])
    assert [story.id for story in store.stories.pending()] == ["s-i001", "s-i002"]


@pytest.mark.parametrize("how", ["mark", "document"])
def test_a_story_that_changes_while_it_is_written_stays_pending(
    url: str, store: Store, matched: Fill, told: Tell, how: str
) -> None:
    """What comes between reading the queue and marking, from another process, is not lost."""
    matched(1, (), (told(("i001",)),))
    (story,) = store.stories.pending()
    with open_store(url) as other:
        other.stories.mark_pending([story.id])
    if how == "mark":
        store.stories.mark_published(story)
    else:
        store.stories.save_document(story, "news/a.md", "hash")
    assert store.stories.pending() == (story,)
    store.stories.mark_published(story)
    assert store.stories.pending() == ()


def test_a_document_keeps_the_path_it_was_minted_with(store: Store, matched: Fill, told: Tell) -> None:
    """After an editor's rename the row says where the file is and what it was called first (decision 13)."""
    story = told(("i001",))
    matched(1, (), (story,))
    assert store.stories.document(story.id) is None
    store.stories.save_document(story, "news/2026-11-16-a.md", "one")
    store.stories.save_document(story, "news/Renamed.md", "two")
    row = DocumentRow(story_id=story.id, path="news/Renamed.md", minted="news/2026-11-16-a.md", sha256="two")
    assert store.stories.document(story.id) == row
    assert store.stories.documents() == (row,)
    assert store.stories.paths() == {"news/renamed.md"}
    assert store.stories.pending() == ()


def test_a_merged_storys_file_is_known_until_it_is_forgotten(
    store: Store, matched: Fill, told: Tell, start: datetime
) -> None:
    """The publisher sees whose file is left over, and takes its row away."""
    matched(2, (), (told(("i001",)), told(("i002",))))
    for story in store.stories.all():
        store.stories.save_document(story, f"news/{story.id}.md", "hash")
    group(store, start, told(("i001",), ("i002",)))
    assert [row.story_id for row in store.stories.documents()] == ["s-i001", "s-i002"]
    store.stories.forget_document("s-i002")
    assert [row.story_id for row in store.stories.documents()] == ["s-i001"]


MERGE = """
import sys
from datetime import UTC, datetime
from dermai_feed.model import Grouping, Story, Work
from dermai_feed.store import open_store
works = tuple(Work(id=f"w-{i}", canonical=i, items=(i,)) for i in ("i001", "i002"))
with open_store(sys.argv[1]) as store:
    story = Story(id="s-i001", lead="w-i001", works=works)
    store.matching.save_grouping(["i001", "i002"], Grouping(stories=(story,)), "w1", datetime(2026, 11, 21, tzinfo=UTC))
"""


def test_s06_a_kill_leaves_the_old_groups_or_the_new_ones(url: str, store: Store, matched: Fill, told: Tell) -> None:
    """After kill -9 just before the commit the two stories are as before; the rerun merges them."""
    matched(2, (), (told(("i001",)), told(("i002",))))
    environ = os.environ | {"DERMAI_FAILPOINT": "cluster.before_commit=kill"}
    assert subprocess.run([sys.executable, "-c", MERGE, url], env=environ, check=False).returncode == -9
    assert [story.id for story in store.stories.all()] == ["s-i001", "s-i002"]
    assert store.check() == ()
    subprocess.run([sys.executable, "-c", MERGE, url], check=True)
    assert [story.id for story in store.stories.all()] == ["s-i001"]
