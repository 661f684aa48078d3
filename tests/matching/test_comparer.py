"""The comparer says what comparing two profiles says, whatever it has seen before, and asks few profiles for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import combinations, product
from random import Random

import pytest

from dermai_feed import codec, matching
from dermai_feed.matching import comparer, scoring
from dermai_feed.matching.profile import build
from dermai_feed.matching.sketch import cosine, sketch
from dermai_feed.matching.words import Lexicon
from dermai_feed.model import Edge, Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]

# Seven hundred words that nobody uses, so that two texts have few in common.
WORDS = ["".join(part) for part in product(("ba", "ke", "lin", "mor", "san", "ti", "ver", "zhu", "do"), repeat=3)]


@pytest.fixture(scope="module")
def shelf(record: Make, news: Make) -> list[Item]:
    """Thirty-six records, each third one with a copy in another database's hand, some notices, and news about a few."""
    dice, items = Random(20260301), []
    for n in range(36):
        said = dice.sample(WORDS, 7)
        title = f"{said[0]} {said[1]} with {said[2]} and {said[3]}: a {said[4]} of {said[5]} in {said[6]}".capitalize()
        text = ". ".join(" ".join(dice.choices(WORDS, k=11)) for _ in range(9))
        names = "; ".join(f"{dice.choice(WORDS).capitalize()}, {chr(65 + n % 26)}." for _ in range(3))
        place = {"volume": str(n % 9 + 1), "issue": str(n % 4 + 1), "pages": f"{10 * n + 7}-{10 * n + 15}"}
        year = 2015 + n % 8
        doi = f"10.5555/a.{n}" if n % 2 else None
        items.append(record(title, names, id=f"r{n:02}", year=year, excerpt=text, doi=doi, **place))
        if n % 3 == 0:
            items.append(record(f"{title}.", names.upper(), id=f"c{n:02}", year=year, excerpt=text, **place))
        if n % 10 == 0:
            items.append(record(f"Correction: {title}", names, id=f"n{n:02}", year=year + 1))
            items.append(news(f"Study of {said[0]} and {said[3]} is out", text, id=f"s{n:02}", day=float(n)))
    return items


def texts(items: list[Item]) -> dict[str, str]:
    return {item.id: codec.encode(item) for item in items}


def pairs_of(items: list[Item]) -> list[tuple[str, str]]:
    return sorted(combinations(sorted(item.id for item in items), 2))


def read(text: str) -> Item:
    return codec.decode(Item, text)


def expected(items: list[Item], weights: MatchWeights) -> list[Edge]:
    """By the profiles alone."""
    return list(matching.ties(pairs_of(items), {item.id: item for item in items}, weights))


def test_the_comparer_finds_the_ties_that_profiles_find(shelf: list[Item], weights: MatchWeights) -> None:
    """All pairs of the shelf, works, notices, related ones and news among them."""
    found = matching.Comparer(weights, read).ties(pairs_of(shelf), texts(shelf))
    assert found == expected(shelf, weights)
    assert {edge.level for edge in found} >= {"work", "story"}


def test_keys_are_those_of_each_item_alone(shelf: list[Item], weights: MatchWeights) -> None:
    """In one batch or in many."""
    alone = {item.id: matching.keys(item, weights) for item in shelf}
    at_work = matching.Comparer(weights, read)
    assert at_work.keys(texts(shelf)) == alone
    assert at_work.keys(texts(shelf[:5])) == {item.id: alone[item.id] for item in shelf[:5]}


def test_what_was_seen_before_is_of_no_consequence(
    shelf: list[Item], weights: MatchWeights, record: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where sketches and profiles had to be let go, and where an item has another text by now."""
    monkeypatch.setattr(comparer, "_SKETCHES", 7)
    monkeypatch.setattr(comparer, "_PROFILES", 3)
    at_work = matching.Comparer(weights, read)
    other = record("Quite another paper about wound dressings", "Nobody, N.", id="r03", year=1999)
    at_work.keys(texts([other, *shelf[:20]]))
    at_work.ties(pairs_of([other, *shelf[10:30]]), texts([*shelf[10:30], other]))
    assert at_work.ties(pairs_of(shelf), texts(shelf)) == expected(shelf, weights)


def test_strangers_are_told_without_their_profiles(shelf: list[Item], weights: MatchWeights) -> None:
    """Nine of ten pairs of records end at their sketches, and a sketched item is not read again."""
    records = [item for item in shelf if item.id[0] in "rc"]
    read_again: list[str] = []
    at_work = matching.Comparer(weights, lambda text: (read_again.append(text), read(text))[1])
    at_work.keys(texts(records))
    before = len(read_again)
    assert before == len(records)
    at_work.ties(pairs_of(records), texts(records))
    assert len(read_again) == before
    lexicon, most = Lexicon(weights), scoring.tops(weights.citations)
    sketches = {item.id: sketch(build(item, lexicon)) for item in records}
    all_ = pairs_of(records)
    told = [pair for pair in all_ if scoring.strangers(*(sketches[id_] for id_ in pair), weights.citations, most)]
    assert len(told) >= 0.9 * len(all_)


def test_two_sketches_have_at_least_the_cosine_of_their_profiles(shelf: list[Item], weights: MatchWeights) -> None:
    """Within the precision of a float of 32 bits, so that nothing is called a stranger that is near."""
    built = partial(build, lexicon=Lexicon(weights))
    for a, b in combinations([built(item) for item in shelf if item.id[0] == "r"][:30], 2):
        exact = sum(share * b.vector.get(stem, 0.0) for stem, share in a.vector.items())
        assert cosine(sketch(a), sketch(b)) == pytest.approx(exact, abs=1e-6) or cosine(sketch(a), sketch(b)) > exact
