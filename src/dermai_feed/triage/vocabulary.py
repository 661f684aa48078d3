"""The vocabulary as the two lexicons read it: rules and hand-outs' terms in one table each.

Two tables, because what decides relevance must not be hidden by what only labels: "skin
cancer screening" is a disease to the one and a theme to the other.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from ..rules import TriageRules, Words
from .lexicon import Sense, words

# What a word of a hand-out's glossary or headings weighs where the rules do not know it: in a title
# it decides its side, in an excerpt a glossary's word needs another one beside it.
_HANDOUT_AI = 0.6
_HANDOUT_CONDITION = 0.8
_HANDOUT_WORDS = 5  # a longer heading is a sentence, not a term

_PARENTHESIS = re.compile(r"\(([^()]*)\)")
_COVERED = ("LATIN", "DIGIT", "GREEK")  # beginnings of Unicode names of characters that the vocabulary uses


def relevance_terms(rules: TriageRules, known: Iterable[tuple[str, str]]) -> Mapping[str, tuple[Sense, ...]]:
    """Term -> senses for dermatology, AI, against and borderline.

    `known` are pairs (group, text) from hand-outs; a word that the rules know keeps the rules' sense.
    """
    table: dict[str, list[Sense]] = {}
    for group, many in (
        ("derm", rules.conditions), ("derm", rules.dermatology), ("ai", rules.ai),
        ("against", rules.against), ("borderline", rules.borderline),
    ):  # fmt: skip
        for entry in many:
            for term in entry.terms:
                table.setdefault(term, []).append(Sense(group, entry.name, entry.weight))
    seen = {_key(term) for term in table}
    for group, text in known:
        if group not in ("ai", "condition"):
            continue
        for term in _terms_in(text):
            if _key(term) not in seen:
                seen.add(_key(term))
                ai = group == "ai"
                table[term] = [Sense("ai", "", _HANDOUT_AI) if ai else Sense("derm", term.lower(), _HANDOUT_CONDITION)]
    return {term: tuple(senses) for term, senses in table.items()}


def label_terms(rules: TriageRules, known: Iterable[tuple[str, str]]) -> Mapping[str, tuple[Sense, ...]]:
    """Term -> senses for themes, topics and evidence labels (group `evidence:<label>`)."""
    groups: list[tuple[str, Words]] = [("theme", entry) for entry in rules.themes]
    groups += [("topic", entry) for entry in rules.topics]
    groups += [(f"evidence:{label}", entry) for label, entries in rules.evidence.items() for entry in entries]
    table: dict[str, list[Sense]] = {}
    for group, entry in groups:
        for term in entry.terms:
            table.setdefault(term, []).append(Sense(group, entry.name, entry.weight))
    for group, text in known:
        if group == "theme":
            for term in _terms_in(text):
                table.setdefault(term, [Sense("theme", term.lower(), 0.0)])
    return {term: tuple(senses) for term, senses in table.items()}


def is_unreadable(title: str) -> bool:
    """Whether more than half of the letters of `title` are of scripts that no term is written in."""
    letters = [c for c in title if c.isalpha()]
    foreign = sum(not c.isascii() and not unicodedata.name(c, "").startswith(_COVERED) for c in letters)
    return bool(letters) and foreign * 2 > len(letters)


def _terms_in(text: str) -> tuple[str, ...]:
    """The terms that a heading is: two for "Machine Learning (ML)", none for a sentence or a number."""
    inside = _PARENTHESIS.findall(text)
    candidates = [_PARENTHESIS.sub(" ", text), *inside]
    return tuple(
        term
        for term in (" ".join(c.replace("*", " ").split()) for c in candidates)
        if len(term) > 1 and any(c.isalpha() for c in term) and len(words(term).raws) <= _HANDOUT_WORDS
    )


def _key(term: str) -> tuple[str, ...]:
    return tuple(words(term.rstrip("*")).folded)
