"""Word weights: how much a word says in this corpus, from the corpus itself.

Where every title says "AI" and "skin cancer", those words tell two works apart as little as
"the" does. A word's weight is its surprise, -log2 of the share of documents that have it, from
0 (in all of them) to 1 (in one of a thousand or none). The shares are a numbered snapshot
inside `MatchWeights` and do not drift (DESIGN decision 4).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from math import log2

from ..model import Item
from ..rules import MatchWeights
from .wording import content, excerpt_core, fold, level_terms, words

_FULL = 10.0  # bits of surprise that count as 1: one document of about a thousand
_BACKGROUND = 250.0  # documents that an old snapshot is worth beside a new count
_REMEMBERED = 100_000  # words whose weights are kept at hand
_RARE = 3  # words of fewer documents are not listed: they are rare whatever the count


class Lexicon:
    """The word weights of a snapshot, apart from its other weights.

    Equal when the counts are, so that what is worked out from words can be kept while other
    weights change.
    """

    __slots__ = ("_documents", "_known", "_words")

    def __init__(self, weights: MatchWeights) -> None:
        self._documents = weights.documents
        self._words = weights.words
        self._known: dict[str, float] = {}

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Lexicon) or self._documents != other._documents:
            return False
        return self._words is other._words or self._words == other._words

    def __hash__(self) -> int:
        return hash((self._documents, len(self._words)))

    def weight(self, word: str) -> float:
        """What `word` (a stem) says, 0…1; a word the snapshot does not list says 1."""
        known = self._known.get(word)
        if known is None:
            known = self._weight(word)
            if len(self._known) < _REMEMBERED:
                self._known[word] = known
        return known

    def _weight(self, word: str) -> float:
        seen = self._words.get(word)
        if not seen or not self._documents:
            return 1.0
        return min(1.0, max(0.02, -log2(min(1.0, seen / self._documents)) / _FULL))


@lru_cache(maxsize=4)
def lexicon_of(weights: MatchWeights) -> Lexicon:
    """The one lexicon of a snapshot, so that what it remembers is remembered once."""
    return Lexicon(weights)


def weight(word: str, weights: MatchWeights) -> float:
    """What `word` (a stem) says under `weights`, 0…1."""
    return lexicon_of(weights).weight(word)


def vocabulary(item: Item) -> frozenset[str]:
    """The stems of an item's title and excerpt, each once."""
    return frozenset(
        content(words(level_terms(fold(item.title))) + words(level_terms(excerpt_core(fold(item.excerpt)))))
    )


def reweigh(weights: MatchWeights, items: Iterable[Item]) -> MatchWeights:
    """A further snapshot, its words counted in `items` with the present one as background.

    The order of `items` is of no consequence. With few items the present shares prevail (they
    are worth 250 documents); with many, the corpus itself. The number rises by one.
    """
    count: Counter[str] = Counter()
    total = 0
    for item in items:
        count.update(vocabulary(item))
        total += 1
    scale = _BACKGROUND / weights.documents if weights.documents else 0.0
    for word, seen in weights.words.items():
        count[word] += round(seen * scale)
    documents = total + (round(_BACKGROUND) if weights.documents else 0)
    listed = {word: seen for word, seen in sorted(count.items()) if seen >= _RARE}
    return replace(weights, number=weights.number + 1, documents=documents, words=listed)
