"""Words weigh what they say in the corpus, by a numbered snapshot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from dermai_feed.matching import words
from dermai_feed.model import Item
from dermai_feed.rules import MatchWeights


def test_a_word_of_every_document_weighs_next_to_nothing(weights: MatchWeights) -> None:
    """-log2 of the share, a tenth per bit: all documents 0.02, one of 32 a half, unknown 1."""
    known = replace(weights, documents=1024, words={"skin": 1024, "mole": 32, "rare": 1})
    assert words.weight("skin", known) == pytest.approx(0.02)
    assert words.weight("mole", known) == pytest.approx(0.5)
    assert words.weight("rare", known) == pytest.approx(1.0)
    assert words.weight("uhler", known) == 1.0


def test_a_snapshot_does_not_depend_on_the_order_of_items(weights: MatchWeights, news: Callable[..., Item]) -> None:
    """Shuffled items give the same words, and the number rises by one."""
    items = [news(f"Skin cancer story {n} about mole{n % 3}", id=f"i{n}") for n in range(30)]
    shuffled = items[:]
    Random(1).shuffle(shuffled)
    one, other = words.reweigh(weights, items), words.reweigh(weights, shuffled)
    assert one == other
    assert one.number == weights.number + 1


def test_a_large_corpus_outweighs_the_shipped_words(weights: MatchWeights, news: Callable[..., Item]) -> None:
    """A word that all of 2,000 new titles have becomes common although the shipped snapshot never saw it."""
    items = [news("Zebrafish study", id=f"i{n}") for n in range(2000)]
    assert words.weight("zebrafish", weights) == 1.0
    assert words.weight("zebrafish", words.reweigh(weights, items)) < 0.1


def test_without_a_background_the_items_alone_count(weights: MatchWeights, news: Callable[..., Item]) -> None:
    """From an empty snapshot the shares are those of the items."""
    empty = replace(weights, documents=0, words={})
    counted = words.reweigh(empty, [news("Zebrafish study", id=f"i{n}") for n in range(4)])
    assert counted.documents == 4
    assert counted.words["zebrafish"] == 4
