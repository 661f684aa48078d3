"""The digest as a value: one selection, from which every rendering is made.

An `Issue` is what `digests/2026-W47.json` holds; Markdown, web page and whatever follows
are pure functions of it (decision 7), so that they cannot tell different stories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from ..model import Counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An address worth following, with words that stand alone."""

    text: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """One story as the digest tells it."""

    story: str
    anchor: str
    title: str
    url: str
    sentences: str = ""  # from the source, whole sentences where it has them
    kind: str = "article"
    source: str = ""
    date: str = ""  # "2026-11-18", "2026-11", "2026"
    date_basis: str = ""  # said when the date is not the source's own
    origins: int = 1
    carriers: int = 1
    also: tuple[str, ...] = ()  # other sources by name
    links: tuple[Link, ...] = ()
    conditions: tuple[str, ...] = ()
    verdict: str = "accept"
    heat: int = 0
    change: str = ""  # why a story of an earlier issue is here again: "now peer reviewed"
    earlier: str = ""  # that issue: "2026-W38"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A heading with its picks; empty ones do not exist."""

    key: str
    title: str
    picks: tuple[Pick, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """A line for editors: what needs their eye, why, and the id to ask about."""

    text: str
    why: str = ""
    id: str = ""
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class NoteBox:
    """Notes of one kind under a heading."""

    title: str
    notes: tuple[Note, ...]
    more: int = 0  # further ones that are only counted


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What the issue rests on: items first seen within its window, and the sources that were asked."""

    counted: Counted = field(default_factory=Counted)
    sources_asked: int = 0
    sources_down: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """A week of the corpus, chosen once."""

    week: str  # ISO 8601: 2026-W47
    number: int
    edition: Literal["editors", "sent"] = "editors"
    since: datetime  # UTC, included
    until: datetime  # UTC, excluded
    zone: str = "UTC"
    degraded: str = ""  # why, in words; empty when all is well
    sections: tuple[Section, ...] = ()
    archive: int = 0  # stories added from the archive and not listed
    not_shown: int = 0  # accepted stories beyond the limits
    notes: tuple[NoteBox, ...] = ()
    coverage: Coverage = Coverage()
    config: str = ""  # hash of the configuration

    def told(self) -> frozenset[str]:
        """The ids of the stories that the issue tells for the first time."""
        return frozenset(pick.story for section in self.sections for pick in section.picks if not pick.change)

    def stories(self) -> frozenset[str]:
        """The ids of every story the issue tells."""
        return frozenset(pick.story for section in self.sections for pick in section.picks)
