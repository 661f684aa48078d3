"""Retriage: what other words would let in, put out or move, before anything is changed.

Verdicts that were given stand (decision 11): the vocabulary in force judges what is new.
`preview` judges everything that was ever seen once more, in memory, and compares.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ..model import Verdict
from ..triage import Triage
from .parts import Parts

BATCH = 1000  # items in memory at once


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """An item that would be judged otherwise."""

    verb: Literal["enter", "leave", "move"]  # into the accepted ones, out of them, or between the others
    item: str
    title: str
    before: str
    after: str
    because: str


def preview(parts: Parts) -> tuple[Move, ...]:
    """What the vocabulary in force would change among the items of the store; nothing is changed."""
    triage = Triage(parts.config.triage, parts.store.items.terms())
    trusted = {source.id for source in parts.config.sources if not source.needs_filter}
    ids = sorted(parts.store.items.ids())
    moves: list[Move] = []
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        items, verdicts = parts.store.items.items_of(batch), parts.store.items.verdicts(batch)
        for id_ in batch:
            if (before := verdicts.get(id_)) is not None:
                after = triage(items[id_], trusted_topic=items[id_].source_id in trusted)
                if after.decision != before.decision:
                    moves.append(_move(before, after, items[id_].title))
    return tuple(sorted(moves, key=lambda move: (move.verb, move.title, move.item)))


def _move(before: Verdict, after: Verdict, title: str) -> Move:
    verb: Literal["enter", "leave", "move"] = "move"
    if after.decision == "accept":
        verb = "enter"
    elif before.decision == "accept":
        verb = "leave"
    return Move(
        verb=verb, item=before.item_id, title=title, before=before.decision, after=after.decision,
        because=after.because,
    )  # fmt: skip
