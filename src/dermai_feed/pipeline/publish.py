"""Publish: one front-matter file per story, merged with what editors made of it.

The page of a story is computed from the store, merged field by field with the page on
disk, and written only when a byte would change. A file that somebody saves in between is
read and merged again (W-07); one that cannot be read is left alone and named (W-06).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .. import decisions, ranking
from ..errors import CorpusError
from ..model import Clash, Decision, Item, Problem, Story, Telling, Verdict
from ..publish import files, frontmatter, merge, paths, story
from .parts import Parts

RETRIES = 5  # an editor who saves faster than this five times in a row is left to finish


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishReport:
    """What one round of writing did."""

    written: tuple[str, ...] = ()
    unchanged: int = 0
    clashes: tuple[Clash, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Tally:
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    clashes: list[Clash] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def tell(parts: Parts, stories: Iterable[Story]) -> tuple[Telling, ...]:
    """Each of `stories` with its items, verdicts and ranking, ready to be written or chosen."""
    stories = tuple(stories)
    ids = {id_ for s in stories for work in s.works for id_ in work.items}
    items, verdicts = parts.store.items.items_of(ids), parts.store.items.verdicts(ids)
    listed = parts.store.items.listed_by(ids)
    return tuple(_telling(parts, s, items, verdicts, listed) for s in stories)


def _telling(
    parts: Parts, story: Story, items: Mapping[str, Item], verdicts: Mapping[str, Verdict],
    listed: Mapping[str, Sequence[tuple[Item, Verdict, str]]],
) -> Telling:  # fmt: skip
    members = {id_: items[id_] for work in story.works for id_ in work.items}
    own = {id_: verdicts[id_] for id_ in members if id_ in verdicts}
    return Telling(
        story=story,
        items=members,
        verdicts=own,
        ranking=ranking.rank(story, members, own),
        listed=tuple(entry for id_ in sorted(members) for entry in listed.get(id_, ())),
        held=not any(verdict.decision == "accept" for verdict in own.values()),
    )
