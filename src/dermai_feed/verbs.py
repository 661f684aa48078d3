"""What the verbs of the decision log mean together: which decisions are in force, and what
they say about pairs of items. Pure, and below both the log and the store, which ask the same.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from itertools import combinations
from typing import Literal, get_args

from .model import Constraint, Decision, Level, Rating, Verb

PairVerb = Literal["same", "different", "related"]
PAIR_VERBS: tuple[PairVerb, ...] = get_args(PairVerb)

GROUPING = frozenset({*PAIR_VERBS, "pin"})  # what items must be grouped anew for
STANDING: Mapping[Verb, Literal["accept", "review", "reject"]] = {
    "accept": "accept", "hold": "review", "reject": "reject",
}  # fmt: skip

# A story or work is called after its founding item: "20261121050000-ITEM", "w20261121050000-ITEM" (decision 5).
_GROUP = re.compile(r"w?\d{14}-(.+)", re.DOTALL)


def founding_item(target: str) -> str:
    """The item that `target` (an item, work or story id) is or was founded by."""
    group = _GROUP.fullmatch(target)
    return group[1] if group else target


def active(decisions: Iterable[Decision]) -> tuple[Decision, ...]:
    """The decisions in force, oldest first: those that no undo in force takes back.

    An undo that is undone counts for nothing, so what it took back is in force again. An
    undo reaches only decisions before it. Undos themselves are not part of the answer.
    """
    undone: set[str] = set()
    kept: list[Decision] = []
    for decision in sorted(decisions, key=lambda decision: decision.id, reverse=True):
        if decision.id in undone:
            continue
        if decision.verb == "undo":
            undone.update(decision.target)
        else:
            kept.append(decision)
    return tuple(reversed(kept))


def constraints(decisions: Iterable[Decision]) -> tuple[Constraint, ...]:
    """What the decisions in force say about pairs of items, oldest first.

    Of two words about the same pair the later stands. `value: {"level": "work"}` makes
    `same` and `different` speak of works. With more than two targets `different` keeps each
    pair apart; `same` and `related` tie each to the first.
    """
    latest: dict[tuple[str, str], Constraint] = {}
    for decision in active(decisions):
        if decision.verb not in PAIR_VERBS:
            continue
        items = list(dict.fromkeys(founding_item(target) for target in decision.target))
        pairs = combinations(items, 2) if decision.verb == "different" else ((items[0], b) for b in items[1:])
        level: Level = "work" if decision.value.get("level") == "work" else "story"
        for pair in pairs:
            a, b = sorted(pair)
            latest.pop((a, b), None)
            latest[a, b] = Constraint(verb=decision.verb, a=a, b=b, decision=decision.id, level=level)
    return tuple(latest.values())


def latest(decisions: Iterable[Decision], verbs: Collection[str]) -> dict[str, Decision]:
    """Founding item of a target -> the last decision in force about it, of those with one of `verbs`.

    `decisions` are in force and in order. A story is meant by whatever name it was called, so
    its founding item is the one that answers for all of them.
    """
    return {
        founding_item(target): decision
        for decision in decisions
        if decision.verb in verbs
        for target in decision.target
    }


def ratings(decisions: Iterable[Decision]) -> dict[str, Rating]:
    """Founding item -> the mean of what editors rated; of one editor the last mark of each kind counts."""
    marks: dict[str, dict[tuple[str, str], float]] = {}
    for decision in decisions:
        if decision.verb != "rate":
            continue
        for target in decision.target:
            own = marks.setdefault(founding_item(target), {})
            for kind in ("relevance", "newsworthiness"):
                value = decision.value.get(kind)
                if isinstance(value, int | float) and not isinstance(value, bool) and 1 <= value <= 7:
                    own[kind, decision.who] = value
    return {
        item: Rating(relevance=_mean(own, "relevance"), newsworthiness=_mean(own, "newsworthiness"))
        for item, own in marks.items()
    }


def _mean(marks: Mapping[tuple[str, str], float], kind: str) -> float | None:
    given = [value for (of, _), value in marks.items() if of == kind]
    return sum(given) / len(given) if given else None
