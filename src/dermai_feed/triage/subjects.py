"""What an item is about: owns topics (the seeds' vocabulary), conditions and themes."""

from __future__ import annotations

from collections.abc import Iterable

from ..rules import TriageRules
from .lexicon import Hit
from .relevance import Relevance

MAIN_TOPIC = "AI"  # every item of the seeds' site has it (SCHEMA.md 7)
MAX_TOPICS = 3  # the seeds' site gives one to three (SCHEMA.md 7)

_TOLD_IN = ("title", "excerpt", "section")  # a journal's or provider's name is not what an item is about


def topics_of(found: Iterable[tuple[str, Hit]], relevance: Relevance, rules: TriageRules) -> tuple[str, ...]:
    """At most three topics: the special ones in the order of `rules.topics`, and "AI" last.

    The first topic of the rules is health care's; what is about dermatology is about it.
    """
    named = {subject for _, subject in _subjects(found, "topic")}
    if rules.topics and relevance.dermatology >= rules.review:
        named.add(rules.topics[0].name)
    main = (MAIN_TOPIC,) if relevance.ai >= rules.review else ()
    special = [entry.name for entry in rules.topics if entry.name in named and entry.name != MAIN_TOPIC]
    return (*special[: MAX_TOPICS - len(main)], *main)


def conditions_of(found: Iterable[tuple[str, Hit]]) -> tuple[str, ...]:
    """The diseases that an item names, in the order in which it first names them."""
    return tuple(dict.fromkeys(subject for where, subject in _subjects(found, "derm") if where in _TOLD_IN))


def themes_of(found: Iterable[tuple[str, Hit]]) -> tuple[str, ...]:
    """The themes that an item touches, in the order in which it first does."""
    return tuple(dict.fromkeys(subject for _, subject in _subjects(found, "theme")))


def _subjects(found: Iterable[tuple[str, Hit]], group: str) -> Iterable[tuple[str, str]]:
    return (
        (where, sense.subject) for where, hit in found for sense in hit.senses if sense.group == group and sense.subject
    )
