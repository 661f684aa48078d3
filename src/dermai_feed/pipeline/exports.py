"""Export: the works of the corpus as records, in the order in which they were first seen."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Literal

from ..export import Record
from ..export.record import of_work
from ..model import Item, Story
from .parts import Parts

BATCH = 500  # stories whose items are held at once

Each = Literal["work", "item"]


def records(parts: Parts, *, each: Each = "work", everything: bool = False) -> Iterator[Record]:
    """The accepted works, or every item of them; `everything` adds what is held or rejected.

    A work is told by its canonical item, completed from its copies. Held at once are the items
    of a few hundred stories.
    """
    told: set[str] = set()
    stories = iter(parts.store.stories.all())
    while batch := list(islice(stories, BATCH)):
        yield from _of_stories(parts, batch, each, everything, told)
    if everything:
        rest = sorted(parts.store.items.ids() - told)
        for start in range(0, len(rest), BATCH):
            ids = rest[start : start + BATCH]
            verdicts = parts.store.items.verdicts(ids)
            for item in sorted(parts.store.items.items_of(ids).values(), key=_age):
                yield Record(item=item, verdict=verdicts.get(item.id))


def _age(item: Item) -> tuple[float, str]:
    return item.first_seen.timestamp(), item.id


def _of_stories(parts: Parts, stories: list[Story], each: Each, everything: bool, told: set[str]) -> Iterator[Record]:
    ids = {id_ for story in stories for work in story.works for id_ in work.items}
    items, verdicts = parts.store.items.items_of(ids), parts.store.items.verdicts(ids)
    accepted = {id_ for id_, verdict in verdicts.items() if verdict.decision == "accept"}
    for story in stories:
        for work in story.works:
            if not everything and accepted.isdisjoint(work.items):
                continue
            members = sorted((items[id_] for id_ in work.items), key=_age)
            told.update(work.items)
            if each == "item":
                for item in members:
                    if everything or item.id in accepted:
                        yield Record(item=item, verdict=verdicts.get(item.id), story=story.id)
            else:
                yield of_work(items[work.canonical], members, verdicts.get(work.canonical), story.id)
