"""Works and stories: order-free, obedient to editors, and not to be chained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dermai_feed.matching import compare, founding, group, work_id
from dermai_feed.model import Comparison, Constraint, Edge, Grouping, Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]
IDS = "abcdefgh"


def edge(a: str, b: str, level: str | None, weight: float = 5.0, veto: str = "") -> Edge:
    """An edge as `compare` would give it."""
    a, b = sorted((a, b))
    probability = 1 / (1 + 2**-weight)
    return Edge(a=a, b=b, level=level, weight=weight, probability=probability, veto=veto)  # type: ignore[arg-type]


def apart(ids: str) -> list[Edge]:
    """An edge "compared, and found apart" between any two, so that nothing is compared anew."""
    return [edge(a, b, None, -9.0) for a, b in combinations(ids, 2)]


def known(*edges: Edge, ids: str = IDS) -> list[Edge]:
    """These edges, and all other pairs apart."""
    return list({(e.a, e.b): e for e in (*apart(ids), *edges)}.values())


def word(verb: str, a: str, b: str, decision: str = "01", level: str = "story") -> Constraint:
    """An editor's word."""
    return Constraint(verb=verb, a=a, b=b, decision=decision, level=level)  # type: ignore[arg-type]


def stories(grouping: Grouping) -> set[frozenset[str]]:
    """The stories as sets of item ids."""
    return {frozenset(i for w in s.works for i in w.items) for s in grouping.stories}


def works(grouping: Grouping) -> set[frozenset[str]]:
    """The works as sets of item ids."""
    return {frozenset(w.items) for s in grouping.stories for w in s.works}


def together(grouping: Grouping, *ids: str) -> bool:
    """Whether the items are in one story."""
    return any(set(ids) <= s for s in stories(grouping))


@pytest.fixture(scope="module")
def eight(news: Make) -> dict[str, Item]:
    """Eight items a…h, a day apart, unlike one another."""
    return {i: news(f"Item {i * 5}", id=i, day=n, site=f"{i}.example") for n, i in enumerate(IDS)}


def test_works_and_stories_are_two_levels(eight: dict[str, Item], weights: MatchWeights) -> None:
    """Work edges make works, story edges join works, related edges join nothing."""
    found = group(
        eight, known(edge("a", "b", "work"), edge("b", "c", "story"), edge("c", "d", "related", 0.5)), weights=weights
    )
    assert {frozenset("ab"), frozenset("c"), frozenset("d")} <= works(found)
    assert {frozenset("abc"), frozenset("d")} <= stories(found)


def test_every_item_is_in_one_work_of_one_story(eight: dict[str, Item], weights: MatchWeights) -> None:
    """Nothing is lost and nothing is counted twice."""
    found = group(eight, known(edge("a", "b", "work"), edge("a", "h", "story")), weights=weights)
    assert sorted(i for s in found.stories for w in s.works for i in w.items) == list(IDS)


def test_a_related_neighbour_is_seen_from_both_sides(eight: dict[str, Item], weights: MatchWeights) -> None:
    """see_also names the other story, with the probability, symmetrically."""
    found = group(eight, known(edge("a", "b", "story"), edge("b", "c", "related", 0.0)), weights=weights)
    by_item = {i: s for s in found.stories for w in s.works for i in w.items}
    assert by_item["a"].see_also == ((by_item["c"].id, 0.5),)
    assert by_item["c"].see_also == ((by_item["a"].id, 0.5),)


def test_e04_ids_follow_from_the_founding_item(eight: dict[str, Item], weights: MatchWeights) -> None:
    """The oldest member names the story and the work; a later member does not change the id (decision 5)."""
    two = group(eight, known(edge("b", "c", "story")), weights=weights)
    three = group(eight, known(edge("b", "c", "story"), edge("c", "d", "story")), weights=weights)
    of_b = next(s for s in two.stories if any("b" in w.items for w in s.works))
    assert of_b.id == founding([eight["b"]]) == "20260303090000-b"
    assert of_b.id in {s.id for s in three.stories}
    assert {w.id for w in of_b.works} == {work_id([eight["b"]]), work_id([eight["c"]])}


CONSTRAINTS = st.lists(
    st.builds(
        word,
        st.sampled_from(["same", "different", "related"]),
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.sampled_from(["01", "02", "03"]),
        st.sampled_from(["work", "story"]),
    ),
    max_size=4,
)
EDGES = st.dictionaries(
    st.sampled_from(list(combinations(IDS, 2))),
    st.tuples(st.sampled_from(["work", "story", "related"]), st.integers(min_value=-2, max_value=9)),
    max_size=12,
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=EDGES, said=CONSTRAINTS, seed=st.integers(0, 99))
def test_e12_the_order_of_items_edges_and_constraints_is_of_no_consequence(
    eight: dict[str, Item],
    weights: MatchWeights,
    pairs: dict[tuple[str, str], tuple[str, int]],
    said: list[Constraint],
    seed: int,
) -> None:
    """Shuffled arguments give the same groups, canonicals and ids."""
    edges = known(*(edge(a, b, level, float(w)) for (a, b), (level, w) in pairs.items()))
    once = group(eight, edges, said, weights=weights)
    draw = Random(seed)
    items = list(eight.items())
    again = [draw.sample(x, len(x)) for x in (items, edges, said)]
    assert group(dict(again[0]), again[1], again[2], weights=weights) == once  # type: ignore[arg-type]


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=EDGES, said=CONSTRAINTS)
def test_e03_a_split_stays_split_and_a_join_stays_joined(
    eight: dict[str, Item], weights: MatchWeights, pairs: dict[tuple[str, str], tuple[str, int]], said: list[Constraint]
) -> None:
    """Whatever the edges say, the latest word about two items holds, alone or against the path."""
    edges = known(*(edge(a, b, level, float(w)) for (a, b), (level, w) in pairs.items()))
    last = word("different", "a", "b", "99")
    assert not together(group(eight, edges, [*said, last], weights=weights), "a", "b")
    last = word("same", "a", "b", "99")
    assert together(group(eight, edges, [*said, last], weights=weights), "a", "b")


def test_e03_a_split_gives_way_at_the_weakest_edge(eight: dict[str, Item], weights: MatchWeights) -> None:
    """On the path a-b-c-d with a and d different, the weakest edge is the one that is cut."""
    path = known(
        edge("a", "b", "story", 7.0), edge("b", "c", "story", 3.0), edge("c", "d", "story", 8.0),
        edge("a", "c", "story", 2.5), edge("b", "d", "story", 2.5), edge("a", "d", "story", 2.0),
    )  # fmt: skip
    assert together(group(eight, path, weights=weights), "a", "b", "c", "d")
    found = group(eight, path, [word("different", "a", "d")], weights=weights)
    assert {frozenset("ab"), frozenset("cd")} <= stories(found)


def test_a_join_can_be_of_works(eight: dict[str, Item], weights: MatchWeights) -> None:
    """`same` with level work makes one work; with level story one story of two works."""
    one = group(eight, known(), [word("same", "a", "b", level="work")], weights=weights)
    two = group(eight, known(), [word("same", "a", "b")], weights=weights)
    assert frozenset("ab") in works(one)
    assert frozenset("ab") in stories(two)
    assert frozenset("ab") not in works(two)


def test_a_split_can_be_of_works_only(eight: dict[str, Item], weights: MatchWeights) -> None:
    """`different` with level work takes a copy out of its work and leaves it in the story."""
    found = group(eight, known(edge("a", "b", "work")), [word("different", "a", "b", level="work")], weights=weights)
    assert frozenset("ab") in stories(found)
    assert frozenset("ab") not in works(found)


def test_related_is_a_link_and_not_a_merge(eight: dict[str, Item], weights: MatchWeights) -> None:
    """An editor's `related` splits a story and links the halves with certainty."""
    found = group(eight, known(edge("a", "b", "story")), [word("related", "a", "b")], weights=weights)
    assert not together(found, "a", "b")
    by_item = {i: s for s in found.stories for w in s.works for i in w.items}
    assert by_item["a"].see_also == ((by_item["b"].id, 1.0),)


def test_a_different_pair_is_no_neighbour_either(eight: dict[str, Item], weights: MatchWeights) -> None:
    """What an editor told apart is not offered as see-also."""
    found = group(eight, known(edge("a", "b", "story")), [word("different", "a", "b")], weights=weights)
    assert all(not s.see_also for s in found.stories)


def test_a_veto_between_any_two_members_stops_a_work(eight: dict[str, Item], weights: MatchWeights) -> None:
    """Complete link: b is like a and like c, but a and c are vetoed, so the weaker edge gives way."""
    vetoed = edge("a", "c", None, 2.0, "other years")
    found = group(eight, known(edge("a", "b", "work", 7.0), edge("b", "c", "work", 6.0), vetoed), weights=weights)
    assert frozenset("ab") in works(found)
    assert frozenset("abc") not in works(found)


def test_a_single_bridge_does_not_chain_two_stories(eight: dict[str, Item], weights: MatchWeights) -> None:
    """Two tight stories with one moderate edge between them, and all other pairs apart, stay two."""
    tight = [edge(x, y, "story", 6.0) for trio in ("abc", "def") for x, y in combinations(trio, 2)]
    found = group(eight, known(*tight, edge("c", "d", "story", 3.0)), weights=weights)
    assert {frozenset("abc"), frozenset("def")} <= stories(found)


def test_an_identifier_bridges_two_stories(eight: dict[str, Item], weights: MatchWeights) -> None:
    """A declared relation outweighs the guard against chains."""
    tight = [edge(x, y, "story", 6.0) for trio in ("abc", "def") for x, y in combinations(trio, 2)]
    named = Comparison(name="identifier", value="doi:10.5555/x", level="cited", weight=6.0)
    bridge = replace(edge("c", "d", "story", 10.0), comparisons=(named,))
    found = group(eight, known(*tight, bridge), weights=weights)
    assert together(found, *"abcdef")


def test_pairs_that_were_never_compared_are_compared_by_the_guard(
    news: Make, weights: MatchWeights
) -> None:  # fmt: skip
    """The guard sees a veto although blocking never brought the two together."""
    items = {
        "a": news("Skin market report 2024", id="a", site="a.example"),
        "b": news("Skin market report", id="b", site="b.example"),
        "c": news("Skin market report 2025", id="c", site="c.example"),
    }
    assert compare(items["a"], items["c"], weights).veto
    found = group(items, [edge("a", "b", "work", 7.0), edge("b", "c", "work", 6.0)], weights=weights)
    assert frozenset("abc") not in works(found)


def test_a_story_veto_between_any_two_members_stops_a_story(news: Make, weights: MatchWeights) -> None:
    """Two market reports on other markets do not meet in one story through a third item."""
    items = {
        "a": news("Wound care market to reach $29 billion", id="a", site="a.example"),
        "b": news("Two reports by Plainview", id="b", site="b.example"),
        "c": news("Acne drugs market to reach $8 billion", id="c", site="c.example"),
        "d": news("Plainview sees growth", id="d", site="d.example"),
    }
    vetoed = compare(items["a"], items["c"], weights)
    assert "other markets" in vetoed.veto
    strong = [edge(x, y, "story", 7.0) for x, y in ("ab", "bc", "ad", "bd", "cd")]
    found = group(items, [*strong, vetoed], weights=weights)
    assert not together(found, "a", "c")


def test_e13_a_story_has_a_size_cap(news: Make, weights: MatchWeights) -> None:
    """Forty works that all hang together become a full story and a rest, and the story is reported."""
    items = {f"i{n:02}": news(f"Work {n}", id=f"i{n:02}", day=n / 10, site=f"s{n}.example") for n in range(40)}
    edges = [edge(a, b, "story", 5.0) for a, b in combinations(items, 2)]
    found = group(items, edges, weights=weights)
    assert max(len(s.works) for s in found.stories) == weights.story_cap == 30
    assert found.oversized
    assert set(found.oversized) <= {s.id for s in found.stories}


def test_carriers_do_not_count_towards_the_cap(news: Make, weights: MatchWeights) -> None:
    """Forty copies of one text are one work (decision 12)."""
    items = {f"i{n:02}": news("Work", id=f"i{n:02}", day=n / 10, site=f"s{n}.example") for n in range(40)}
    edges = [edge(a, b, "work", 8.0) for a, b in combinations(items, 2)]
    found = group(items, edges, weights=weights)
    assert len(works(found)) == 1
    assert not found.oversized


def test_edges_and_words_about_strangers_are_left_aside(eight: dict[str, Item], weights: MatchWeights) -> None:
    """A component may be regrouped without the items that some of its edges lead to."""
    two = {i: eight[i] for i in "ab"}
    found = group(two, known(edge("b", "c", "work")), [word("same", "a", "z")], weights=weights)
    assert stories(found) == {frozenset("a"), frozenset("b")}


def test_roles_and_pins_are_written_down(eight: dict[str, Item], weights: MatchWeights) -> None:
    """A work has its canonical's role; the pinned item leads."""
    edges = known(edge("a", "b", "work"), edge("b", "c", "story"))
    found = group(eight, edges, weights=weights, roles={"b": "release", "c": "paper"}, pinned=frozenset("b"))
    story = next(s for s in found.stories if len(s.works) == 2)
    lead = next(w for w in story.works if w.id == story.lead)
    assert (lead.canonical, lead.role) == ("b", "release")
    assert {w.role for w in story.works} == {"release", "paper"}


def test_a_lower_threshold_never_undoes_a_split(eight: dict[str, Item], weights: MatchWeights) -> None:
    """E-03 at nine thresholds: the constraint does not look at probabilities."""
    for n in range(1, 10):
        lower = replace(weights, related=n / 10)
        found = group(eight, known(edge("a", "b", "work", 9.0)), [word("different", "a", "b")], weights=lower)
        assert not together(found, "a", "b")
