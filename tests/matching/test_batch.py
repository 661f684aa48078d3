"""A set matched in memory, at once or in any order."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from time import process_time

import pytest

from dermai_feed.matching import ENDS, candidates, compare, group, match_items
from dermai_feed.model import Grouping, Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]

WORDS = "mole lamp north river glass paper stone cloud tiger maple ocean bread train clock piano wheel".split()  # noqa: SIM905


@pytest.fixture(scope="module")
def corpus(news: Make) -> list[Item]:
    """Forty events, each told three times: an article, its copy, an own wording; ids in no order."""
    items = []
    draw = Random(7)
    for n in range(40):
        topic = draw.sample(WORDS, 4)
        town, number = f"Zor{'aeiou'[n % 5]}{WORDS[n % 16]}ville", 100 + 37 * n
        title = f"{town} clinic tests {topic[0]} {topic[1]} software on {number} patients"
        text = (
            f"Doctors in {town} have tested a program called {topic[2]}{n} on {number} patients with {topic[3]} spots. "
            f"It took {n + 3} minutes for each of them, says {WORDS[n % 16].title()}ova{n}, who led the trial."
        )
        own = f"In {town}, {number} patients were judged by {topic[2]}{n}, {WORDS[n % 16].title()}ova{n} reports."
        items += [
            news(title, text, id=f"i{(n * 29) % 97:02}a", day=3.0 * n, site="a.example"),
            news(f"{title} | Copy", text, id=f"i{(n * 29) % 97:02}b", day=3.0 * n + 0.2, site="copy.example"),
            news(f"{topic[2]}{n} software judges spots of {number} patients in {town}", own,
                 id=f"i{(n * 29) % 97:02}c", day=3.0 * n + 1, site="c.example"),
        ]  # fmt: skip
    return items


def shape(grouping: Grouping) -> list[tuple[str, tuple[str, ...], tuple[str, ...]]]:
    """Story ids, canonicals and members."""
    return [
        (s.id, tuple(w.canonical for w in s.works), tuple(i for w in s.works for i in w.items))
        for s in grouping.stories
    ]


def test_events_are_stories_and_copies_are_works(corpus: list[Item], weights: MatchWeights) -> None:
    """No two events are merged; copies are one work; most own wordings join their story."""
    found, _ = match_items(corpus, weights)
    for story in found.stories:
        assert len({i[:3] for w in story.works for i in w.items}) == 1
    works = {frozenset(w.items) for s in found.stories for w in s.works}
    assert sum(frozenset({f"{n}a", f"{n}b"}) in works for n in {i.id[:3] for i in corpus}) == 40
    assert sum(len(s.works) == 2 for s in found.stories) >= 36


def test_e12_a_shuffled_set_gives_the_same_stories(corpus: list[Item], weights: MatchWeights) -> None:
    """Groups, canonicals, ids and related lists do not depend on the order of items."""
    once = match_items(corpus, weights)
    shuffled = corpus[:]
    Random(3).shuffle(shuffled)
    assert match_items(shuffled, weights) == once


def test_e12_one_by_one_gives_what_all_at_once_gives(corpus: list[Item], weights: MatchWeights) -> None:
    """Each arrival is compared with those before it, and its component regrouped: the same in the end."""
    items = sorted(corpus[:60], key=lambda i: (i.first_seen, i.id))
    whole, _ = match_items(items, weights, learn_words=False)
    known: dict[str, Item] = {}
    edges = []
    for item in items:
        earlier = {other for pair in candidates([*known.values(), item], weights) if item.id in pair for other in pair}
        known[item.id] = item
        edges += [compare(known[o], item, weights) for o in sorted(earlier - {item.id})]
    assert shape(group(known, edges, weights=weights)) == shape(whole)


def test_related_lists_are_symmetric_and_never_hold_the_own_story(corpus: list[Item], weights: MatchWeights) -> None:
    """Each link stands on both sides with one weight; no list holds its own item or one twice."""
    found, related = match_items(corpus, weights)
    story = {i: s.id for s in found.stories for w in s.works for i in w.items}
    for item, near in related.items():
        assert len({n for n, _ in near}) == len(near)
        for other, weight in near:
            assert story[other] != story[item]
            assert (item, weight) in related[other]


def test_ids_have_to_be_unique(corpus: list[Item], weights: MatchWeights) -> None:
    """Two rows with one id are refused, by name."""
    with pytest.raises(ValueError, match=corpus[0].id):
        match_items([corpus[0], corpus[0]], weights)


def test_a_key_that_too_many_share_is_skipped(news: Make, weights: MatchWeights) -> None:
    """E-13: of 200 items with one title and no text, each meets at most the first 61 (the cap and one)."""
    items = [news("Weekly digest", id=f"i{n:03}", day=n * 20, site=f"s{n}.example", url="") for n in range(200)]
    assert len(candidates(items, weights)) <= 61 * 200


def test_an_address_finds_its_work_however_many_have_it(news: Make, weights: MatchWeights) -> None:
    """A hundred items at one address are one work, and the last of them met a few of the others only."""
    items = [news(f"{n} title", id=f"i{n:03}", day=n * 20, url="https://x.example/one/page") for n in range(100)]
    met = [pair for pair in candidates(items, weights) if "i099" in pair]
    assert 1 <= len(met) <= 2 * ENDS
    grouping, _ = match_items(items, weights)
    assert [len(work.items) for story in grouping.stories for work in story.works] == [100]


def test_p11_the_last_of_many_copies_costs_what_the_hundredth_did(news: Make, weights: MatchWeights) -> None:
    """One wire text on 150 sites is one work; comparisons grow with the number of copies, not with its square."""
    text = " ".join(WORDS) + " and a passage that is the same on every site that prints it this morning"
    items = [
        news("A wire text on the early detection of melanoma", text, id=f"i{n:03}", site=f"s{n}.example", url="")
        for n in range(150)
    ]
    assert len(candidates(items, weights)) < 61 * 60 // 2 + 90 * 4 * ENDS
    grouping, _ = match_items(items, weights)
    assert [len(work.items) for story in grouping.stories for work in story.works] == [150]


def test_p11_numbered_entries_of_one_template_stay_apart(news: Make, weights: MatchWeights) -> None:
    """ "Skin story 1" is no part of "Skin story 112": a figure is not found inside another."""
    items = [news(f"Skin AI story {n}", "Deep learning for skin lesions.", id=f"i{n:03}") for n in range(120)]
    grouping, related = match_items(items, weights)
    assert len(grouping.stories) == 120
    assert related == {}


def test_the_scope_decides_what_items_are(news: Make, weights: MatchWeights) -> None:
    """Bare rows with title and author are records when the caller says so."""
    title = "Deep learning for the early detection of melanoma in primary care"
    a = news(title, id="a", authors=("Roth, A.",), url="", site="x.example")
    b = news(title + ".", id="b", authors=("Roth A",), url="", site="x.example", day=200)
    as_records, _ = match_items([a, b], weights, "citations")
    assert len(as_records.stories) == 1


def test_e13_fifty_weekly_digests_are_no_black_hole(news: Make, weights: MatchWeights) -> None:
    """Items that share only a generic title stay apart."""
    items = [
        news("Weekly digest", f"Issue {n}: {WORDS[n % 16]}.", id=f"i{n}", day=7 * n, url=f"https://news.example/w/{n}")
        for n in range(50)
    ]
    found, _ = match_items(items, weights)
    assert max(len(s.works) for s in found.stories) <= weights.story_cap
    assert len(found.stories) == 50


def test_hundreds_of_items_take_seconds(news: Make, weights: MatchWeights) -> None:
    """Adding an item costs by its candidates; the bound is generous for slow machines."""
    draw = Random(5)
    items = [
        news(" ".join(draw.sample(WORDS, 5)) + f" {n}", " ".join(draw.choices(WORDS, k=30)), id=f"i{n}", day=n)
        for n in range(400)
    ]
    start = process_time()
    match_items(items, weights)
    assert process_time() - start < 24
