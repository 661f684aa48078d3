"""store.matching: the queue of comparing, block keys, edges, components."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.errors import StoreError
from dermai_feed.model import Decision, Edge, Grouping, Item, SourceState, Story, Verdict
from dermai_feed.store import Store, open_store

STATE = SourceState(source_id="journal")
Make = Callable[..., Item]
Accept = Callable[..., Verdict]
MakeEdge = Callable[..., Edge]


def same(a: str, b: str, number: int = 1, verb: str = "same", **more: object) -> Decision:
    """A decision about two items."""
    return Decision(
        id=f"01J{number:023}", at=datetime.fromisoformat("2026-11-20T00:00:00Z"), who="ed", verb=verb,
        target=(a, b), **more,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("decision", "imported", "waits"),
    [("accept", False, True), ("review", False, True), ("reject", False, False), ("reject", True, True)],
)
def test_unmatched_are_accepted_held_and_imported_items(
    store: Store, item: Make, accept: Accept, start: datetime, decision: str, imported: bool, waits: bool
) -> None:
    """What triage rejects is not compared, unless a person brought it in."""
    store.items.save_poll(STATE, [item(1, imported=imported)], (), start)
    store.items.save_verdicts([accept("i001", decision=decision)], start)
    assert bool(store.matching.unmatched()) is waits


def test_unmatched_come_by_age_and_leave_when_they_have_keys(
    store: Store, item: Make, accept: Accept, start: datetime
) -> None:
    """The order is (first_seen, id), and keys without edges are enough."""
    store.items.save_poll(STATE, [item(3), item(1), item(2)], (), start)
    store.items.save_verdicts([accept(f"i00{n}") for n in (1, 2, 3)], start)
    assert [one.id for one in store.matching.unmatched()] == ["i001", "i002", "i003"]
    store.matching.save_keys_and_edges({"i002": (), "i001": ("k",)}, ())
    assert [one.id for one in store.matching.unmatched()] == ["i003"]
    assert store.matching.ungrouped() == ("i001", "i002")


def test_decision_11_a_matched_item_stays_in_matching_when_a_new_text_is_rejected(
    store: Store, matched: Callable[..., None], item: Make, accept: Accept, start: datetime
) -> None:
    """New content is compared again whatever triage says of it: nothing leaves a story silently."""
    matched(1)
    store.items.save_poll(STATE, [item(1, content_hash="other")], (), start)
    store.items.save_verdicts([accept("i001", decision="reject")], start)
    assert [one.id for one in store.matching.unmatched()] == ["i001"]


def test_keys_of_an_older_text_do_not_pass_for_those_of_the_newer(
    url: str, item: Make, accept: Accept, start: datetime
) -> None:
    """Decision 15: a poll by another worker between comparing and saving leaves the item waiting."""
    with open_store(url) as here, open_store(url) as there:
        here.items.save_poll(STATE, [item(1)], (), start)
        here.items.save_verdicts([accept("i001")], start)
        assert [one.id for one in here.matching.unmatched()] == ["i001"]
        there.items.save_poll(STATE, [item(1, content_hash="newer")], (), start)
        here.matching.save_keys_and_edges({"i001": ("old",)}, ())
        assert [one.content_hash for one in here.matching.unmatched()] == ["newer"]


def test_sharing_answers_who_has_a_key(store: Store, matched: Callable[..., None]) -> None:
    """Every item with the key, nobody for an unknown one."""
    matched(3)
    store.matching.save_keys_and_edges({"i001": ("a", "b"), "i002": ("a",), "i003": ("c",)}, ())
    found = store.matching.sharing(["a", "b", "unknown"], cap=10)
    assert found == {"a": ("i001", "i002"), "b": ("i001",)}


def test_blocks_beyond_the_cap_are_left_out(store: Store, matched: Callable[..., None]) -> None:
    """Two items share each key: with a cap of 1 none answers."""
    matched(2)
    keys = ("id:doi:10.1/x", "url:https://a.example/", "title:melanoma", "idle")
    store.matching.save_keys_and_edges({"i001": keys, "i002": keys}, ())
    assert store.matching.sharing(keys, cap=1) == {}
    assert set(store.matching.sharing(keys, cap=2)) == set(keys)


def test_the_ends_of_a_block_are_its_first_and_last_items(store: Store, matched: Callable[..., None]) -> None:
    """In the order they were seen, each once; all of a block that is shorter than both ends."""
    matched(5)
    store.matching.save_keys_and_edges({f"i00{n}": ("k",) for n in (4, 2, 5, 1, 3)}, ())
    assert store.matching.ends(["k"], 1) == {"k": ("i001", "i005")}
    assert store.matching.ends(["k", "unknown"], 3) == {"k": ("i001", "i002", "i003", "i004", "i005"), "unknown": ()}


def test_the_size_of_a_block_is_how_many_items_have_its_key(store: Store, matched: Callable[..., None]) -> None:
    """Keys that no item has are left out."""
    matched(2)
    keys = ("id:doi:10.1/x", "url:https://a.example/", "title:melanoma", "idle")
    store.matching.save_keys_and_edges({"i001": keys, "i002": (*keys[:3], "k")}, ())
    found = store.matching.sizes([*keys, "k", "unknown"])
    assert found == {**dict.fromkeys(keys[:3], 2), "idle": 1, "k": 1}


@pytest.mark.parametrize("key", ["id:doi:" + "x" * 9_000, "k\0", "id:doi:\ud800"])
def test_s15_block_keys_may_be_any_text(store: Store, matched: Callable[..., None], key: str) -> None:
    """Long and odd keys block like others."""
    matched(2)
    store.matching.save_keys_and_edges({"i001": (key,), "i002": (key,)}, ())
    assert store.matching.sharing([key], cap=1) == {}
    assert store.matching.sharing([key], cap=2) == {key: ("i001", "i002")}
    assert store.matching.ends([key], 1) == {key: ("i001", "i002")}


def test_new_keys_replace_old_keys_and_old_edges(store: Store, matched: Callable[..., None], edge: MakeEdge) -> None:
    """Edges of other items stay; those of the item, at either end, go with the text they were about."""
    matched(4, (edge("i001", "i002"), edge("i002", "i003"), edge("i003", "i004")))
    store.matching.save_keys_and_edges({"i002": ("new",)}, [edge("i002", "i004")])
    assert store.matching.sharing(["k:i002", "new"], cap=9) == {"new": ("i002",)}
    ends = [(one.a, one.b) for one in store.matching.edges_of(["i001", "i002", "i003", "i004"])]
    assert ends == [("i002", "i004"), ("i003", "i004")]


def test_edges_come_back_equal(store: Store, matched: Callable[..., None], edge: MakeEdge) -> None:
    """With comparisons, veto and snapshot, at whichever end they are asked for."""
    kept = edge("i001", "i002", level=None, veto="numbers", weight=-3.25, probability=0.1, snapshot="w7")
    matched(2, (kept,))
    assert store.matching.edges_of(["i001"]) == store.matching.edges_of(["i002"]) == (kept,)


def test_an_edge_has_its_ends_in_order(store: Store, matched: Callable[..., None], edge: MakeEdge) -> None:
    """One pair cannot be stored twice under two names; nothing of the call is stored."""
    matched(2)
    with pytest.raises(StoreError):
        store.matching.save_keys_and_edges({"i001": ("new",)}, [edge("i002", "i001")])
    assert store.matching.sharing(["new"], cap=9) == {}


def test_a_component_follows_joining_edges_and_no_others(
    store: Store, matched: Callable[..., None], edge: MakeEdge
) -> None:
    """work and story join; related, vetoed and unknown pairs do not, but are told where both ends are inside."""
    inside = (
        edge("i001", "i002", level="work"), edge("i002", "i003"), edge("i001", "i003", level=None, veto="numbers"),
    )  # fmt: skip
    outside = (edge("i003", "i004", level="related"), edge("i004", "i005"), edge("i001", "i006", level=None, veto="x"))
    matched(6, inside + outside)
    for id_ in ("i001", "i002", "i003"):
        ids, edges = store.matching.component([id_])
        assert ids == ("i001", "i002", "i003")
        assert edges == tuple(sorted(inside, key=lambda one: (one.a, one.b)))
    assert store.matching.component(["i006"]) == (("i006",), ())


def test_a_component_holds_those_who_share_a_story_now(
    store: Store, matched: Callable[..., None], edge: MakeEdge, told: Callable[..., Story]
) -> None:
    """Without the edge that once joined them they are still regrouped together."""
    matched(2, (edge("i001", "i002"),), (told(("i001", "i002")),))
    store.matching.save_keys_and_edges({"i001": ("new",)}, ())
    assert store.matching.component(["i001"]) == (("i001", "i002"), ())


def test_e03_a_component_follows_an_editors_same(store: Store, matched: Callable[..., None]) -> None:
    """What an editor joins is regrouped together, and so is what is named beside it; different joins nothing."""
    matched(4)
    store.decisions.add(same("i001", "i002"), 0)
    store.decisions.add(same("i002", "i003", 2, "different"), 0)
    store.decisions.add(same("i003", "i004", 3, "related"), 0)
    assert store.matching.component(["i002"])[0] == ("i001", "i002")
    assert store.matching.component(["i003"])[0] == ("i003", "i004")


def test_an_editors_same_with_an_item_that_is_not_matched_waits_for_it(
    store: Store, matched: Callable[..., None], item: Make, start: datetime
) -> None:
    """Rejected and unknown items do not enter a component."""
    matched(1)
    store.items.save_poll(STATE, [item(2)], (), start)
    store.decisions.add(same("i001", "i002"), 0)
    store.decisions.add(same("i001", "i999", 2), 0)
    assert store.matching.component(["i001"])[0] == ("i001",)


def test_an_undone_same_joins_nothing(store: Store, matched: Callable[..., None], start: datetime) -> None:
    """The undo is in force from the moment it is indexed."""
    matched(2)
    joined = same("i001", "i002")
    store.decisions.add(joined, 0)
    undo = Decision(id=f"01J{2:023}", at=start, who="ed", verb="undo", target=(joined.id,))
    store.decisions.add(undo, 0)
    assert store.matching.component(["i001"])[0] == ("i001",)


@settings(deadline=None, max_examples=25)
@given(pairs=st.sets(st.tuples(st.integers(1, 9), st.integers(1, 9)).filter(lambda p: p[0] < p[1]), max_size=12))
def test_components_are_those_of_a_plain_search(
    tmp_path_factory: pytest.TempPathFactory, pairs: set[tuple[int, int]]
) -> None:
    """On random graphs every item's component is what a search over the pairs reaches."""
    now = datetime.fromisoformat("2026-11-16T06:00:00Z")
    with open_store(f"sqlite:///{tmp_path_factory.mktemp('graph')}/x.sqlite") as store:
        _fill(store, pairs, now)
        for number in range(1, 10):
            reached = {number}
            while more := {x for pair in pairs if reached & set(pair) for x in pair} - reached:
                reached |= more
            ids, edges = store.matching.component([f"i{number}"])
            assert set(ids) == {f"i{n}" for n in reached}
            assert {(e.a, e.b) for e in edges} == {(f"i{a}", f"i{b}") for a, b in pairs if a in reached}


def _fill(store: Store, pairs: set[tuple[int, int]], now: datetime) -> None:
    from dermai_feed.model import Provider

    items = [
        Item(id=f"i{n}", source_id="journal", key=f"k{n}", title="t", published=now, content_hash="h",
             provider=Provider(name="J", domain="j.example"), first_seen=now + timedelta(minutes=n))
        for n in range(1, 10)
    ]  # fmt: skip
    store.items.save_poll(STATE, items, (), now)
    edges = [Edge(a=f"i{a}", b=f"i{b}", level="story", weight=1.0, probability=0.9) for a, b in sorted(pairs)]
    store.matching.save_keys_and_edges({one.id: () for one in items}, edges)


def test_everything_compared_is_grouped_once(
    store: Store, matched: Callable[..., None], told: Callable[..., Story], start: datetime
) -> None:
    """Grouping takes the touched items out of the queue, and only them."""
    matched(3)
    assert store.matching.ungrouped() == ("i001", "i002", "i003")
    store.matching.save_grouping(["i001", "i003"], Grouping(stories=(told(("i001", "i003")),)), "w", start)
    assert store.matching.ungrouped() == ("i002",)


def test_unsure_edges_come_with_the_least_sure_first(
    store: Store, matched: Callable[..., None], edge: Callable[..., Edge]
) -> None:
    """From the lower bound to below the upper one, and no more than asked for."""
    edges = [
        edge("i001", "i002", probability=0.99), edge("i001", "i003", probability=0.8),
        edge("i002", "i003", probability=0.5), edge("i003", "i004", probability=0.4),
    ]  # fmt: skip
    matched(4, tuple(edges))
    assert store.matching.uncertain(0.5, 0.99, most=9) == (edges[2], edges[1])
    assert store.matching.uncertain(0.5, 0.99, most=1) == (edges[2],)
