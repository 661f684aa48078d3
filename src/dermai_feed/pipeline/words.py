"""Words: what editors' decisions say of each story today, and the verdicts that follow from it.

Decisions are kept by the founding item of what they spoke of, and so reach the story that
holds this item now, under whatever name it was called then and however it was grouped since.
Of several words of one kind the latest stands. Everything here is computed anew from the
decisions in force, so that an undo needs no code of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ..model import Decision, Rating, Ruling, Story, Telling
from ..verbs import STANDING, founding_item, latest, ratings
from .parts import Parts

_DONE = {"accept": "accepted", "review": "held", "reject": "rejected"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The decisions in force, by founding item and kind."""

    standing: Mapping[str, Decision] = field(default_factory=dict)
    rated: Mapping[str, Rating] = field(default_factory=dict)

    @classmethod
    def of(cls, decisions: Iterable[Decision]) -> Words:
        """What `decisions`, in force and in order, say."""
        decisions = tuple(decisions)
        return cls(
            standing=latest(decisions, STANDING),
            rated=ratings(decisions),
        )


def last(words: Mapping[str, Decision], items: Iterable[str]) -> Decision | None:
    """The latest of `words` about any of `items`."""
    found = (words[id_] for id_ in items if id_ in words)
    return max(found, key=lambda decision: decision.id, default=None)


def rating(words: Words, items: Iterable[str]) -> Rating | None:
    """What editors rated a story of `items`; where two rated stories became one, the higher marks."""
    found = [words.rated[id_] for id_ in sorted(items) if id_ in words.rated]
    if not found:
        return None
    relevance = [one.relevance for one in found if one.relevance is not None]
    newsworthiness = [one.newsworthiness for one in found if one.newsworthiness is not None]
    return Rating(relevance=max(relevance, default=None), newsworthiness=max(newsworthiness, default=None))


def settle(parts: Parts) -> None:
    """Bring verdicts up to the decisions in force: accepted, held and rejected by an editor.

    A word about a story counts for every item that it holds, those that come later included
    (E-06). `accept` lets in what triage held, and the item that leads; a listed item that
    triage rejected stays rejected.
    """
    standing = Words.of(parts.store.decisions.active()).standing
    homes = parts.store.stories.of_items(standing.keys())
    stories = parts.store.stories.stories(set(homes.values()))
    rulings = {id_: _ruling(decision) for id_, decision in standing.items() if id_ not in homes}
    members = {id_ for story in stories.values() for id_ in items_of(story)}
    verdicts = parts.store.items.verdicts(members, by_rules=True)
    for story in stories.values():
        decision = last(standing, items_of(story))
        assert decision is not None
        named = {id_ for id_ in items_of(story) if standing.get(id_) is decision} | {lead(story)}
        for id_ in items_of(story):
            by_rules = verdicts[id_].decision if id_ in verdicts else "review"
            if decision.verb != "accept" or by_rules == "review" or (by_rules == "reject" and id_ in named):
                rulings[id_] = _ruling(decision)
    parts.store.items.rule(rulings)


def _ruling(decision: Decision) -> Ruling:
    said = STANDING[decision.verb]
    why = f": {decision.why}" if decision.why else ""
    because = f"{_DONE[said]} by an editor: {decision.who}, {decision.at:%Y-%m-%d}{why}"
    return Ruling(decision=said, because=because, by=decision.id)


def items_of(story: Story) -> tuple[str, ...]:
    """The ids of the items of `story`."""
    return tuple(id_ for work in story.works for id_ in work.items)


def lead(story: Story) -> str:
    """The id of the item that speaks for `story`."""
    return next(work.canonical for work in story.works if work.id == story.lead)


def pinned(decisions: Iterable[Decision]) -> tuple[str, ...]:
    """The items that editors pinned, the latest first."""
    found = [target for decision in decisions if decision.verb == "pin" for target in decision.target]
    return tuple(dict.fromkeys(reversed(found)))


def said_of(telling: Telling, words: Words) -> Telling:
    """`telling` with what editors decide of it."""
    standing = last(words.standing, telling.items)
    return replace(telling, rejected=standing is not None and standing.verb == "reject")


def by_story(stories: Iterable[Story], decisions: Iterable[Decision]) -> dict[str, list[Decision]]:
    """Story id -> the decisions about any item of it, oldest first."""
    homes = {id_: story.id for story in stories for id_ in items_of(story)}
    found: defaultdict[str, list[Decision]] = defaultdict(list)
    for decision in decisions:
        for id_ in dict.fromkeys(homes.get(founding_item(target), "") for target in decision.target):
            if id_:
                found[id_].append(decision)
    return dict(found)
