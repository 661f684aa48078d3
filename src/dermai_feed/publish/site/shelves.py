"""Shelves: the lists by which stories are found: week, condition, kind, source."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..templating import KINDS
from .story import SiteStory

PER_PAGE = 100  # stories of one page of a shelf


@dataclass(frozen=True, kw_only=True, slots=True)
class Shelf:
    """Stories that have something in common, newest first."""

    way: str  # weeks, conditions, kinds, sources
    name: str  # as people read it
    slug: str
    stories: tuple[SiteStory, ...]

    def path(self, page: int = 1) -> str:
        """The path of one of its pages, from 1."""
        return f"{self.way}/{self.slug}.html" if page == 1 else f"{self.way}/{self.slug}-{page}.html"

    @property
    def pages(self) -> int:
        """How many pages it takes."""
        return -(-len(self.stories) // PER_PAGE)


WAYS: Mapping[str, tuple[str, Callable[[SiteStory], Iterable[str]]]] = {
    "weeks": ("Weeks", lambda story: (story.week,)),
    "conditions": ("Conditions", lambda story: story.pick.conditions),
    "kinds": ("Kinds", lambda story: (KINDS.get(story.pick.kind, story.pick.kind),)),
    "sources": ("Sources", lambda story: (story.pick.source,)),
}


def shelves(stories: Sequence[SiteStory]) -> dict[str, tuple[Shelf, ...]]:
    """Way -> its shelves: weeks newest first, the others with most stories first. `stories` are newest first."""
    found = {}
    for way, (_, names) in WAYS.items():
        holding: defaultdict[str, list[SiteStory]] = defaultdict(list)
        for story in stories:
            for name in dict.fromkeys(names(story)):
                if name:
                    holding[name].append(story)
        ordered = sorted(holding, key=lambda name: (-len(holding[name]), name.casefold(), name))
        if way == "weeks":
            ordered = sorted(holding, reverse=True)
        taken: set[str] = set()
        found[way] = tuple(
            Shelf(way=way, name=name, slug=_slug(name, taken), stories=tuple(holding[name])) for name in ordered
        )
    return found


def _slug(name: str, taken: set[str]) -> str:
    """`name` as a file's name, unlike any in `taken`, to which it is added; "index" is the list's own."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:80] or "x"
    # A page of numbers after a hyphen is the further page of a shelf.
    number, unique = 1, slug
    while unique in taken or unique == "index" or (re.search(r"-\d+$", unique) is not None and number > 1):
        number += 1
        unique = f"{slug}-{'x' * number}"
    taken.add(unique)
    return unique
