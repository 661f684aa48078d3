"""The digest as a value: one selection, from which every rendering is made.

An `Issue` is what `digests/2026-W47.json` holds; Markdown, web page, mail and feeds are pure
functions of it (decision 7), so that they cannot tell different stories.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from ..model import Counted

EditionName = Literal["editors", "sent"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """An address worth following, with words that stand alone."""

    text: str
    url: str
    role: str = ""  # "press release", "report"


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """An evidence label that the item states, with its own words."""

    name: str
    value: str
    quote: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Why:
    """Why a story matters: an editor's line, or a sentence of the item that is named."""

    text: str
    by: Literal["editor", "source"] = "source"
    source: str = ""
    item: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A work of a story on its timeline: paper, release, coverage."""

    date: str
    role: str
    source: str
    title: str
    url: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pick:
    """One story as the digest tells it."""

    story: str
    anchor: str
    item: str = ""  # whose words these are
    title: str
    url: str
    sentences: tuple[str, ...] = ()  # of the source, word for word; or the editor's excerpt
    why: Why | None = None
    kind: str = "article"
    mark: str = ""  # "systematic review", "randomised controlled trial": what stands out among papers
    source: str = ""
    date: str = ""  # "2026-11-18", "2026-11", "2026"
    date_basis: str = ""  # said when the date is not the source's own
    origins: int = 1
    carriers: int = 1
    also: tuple[Link, ...] = ()  # other origins by name, with what they published
    copies: tuple[str, ...] = ()  # who carries a text of another
    links: tuple[Link, ...] = ()  # the primary source first
    stated: tuple[Stated, ...] = ()
    not_stated: tuple[str, ...] = ()  # names of labels; for studies and devices only
    timeline: tuple[Step, ...] = ()
    conditions: tuple[str, ...] = ()
    verdict: str = "accept"
    heat: int = 0
    terms: tuple[tuple[str, int], ...] = ()  # of heat: why it stands where it stands
    change: str = ""  # why a story of an earlier issue is here again: "now peer reviewed"
    earlier: str = ""  # that issue: "2026-W38"


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """A heading with its picks; empty ones do not exist."""

    key: str
    title: str
    picks: tuple[Pick, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Erratum:
    """What an earlier issue said that does not hold any more; that issue itself never changes."""

    story: str
    issue: str
    what: str  # "title changed", "withdrawn by an editor"
    was: str
    now: str = ""
    why: str = ""


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
class Bar:
    """One row of a chart and of its table."""

    label: str
    count: int
    here: bool = False  # this week's, or this issue's


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """A picture as its numbers: what it shows is said, drawn and tabled from the same rows."""

    key: str
    title: str
    unit: str  # what is counted: "stories", "items"
    says: str  # the text alternative: what one sees in it
    bars: tuple[Bar, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Coverage:
    """What the issue rests on: items first seen within its window, and the sources that were asked.

    `fetched` = `new` + `updated` + `unchanged` + `refused`: entries of the runs that began
    within the window, up to the run `run`.
    """

    counted: Counted = field(default_factory=Counted)
    fetched: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0  # entries without identity
    run: str = ""
    published: int = 0  # stories of the issue that an editor has let out
    sources_asked: int = 0
    sources_down: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Issue:
    """A week of the corpus, chosen once."""

    week: str  # ISO 8601: 2026-W47; of named days 2026-11-01_2026-11-15
    number: int  # 0: not one of the weekly ones
    name: str = "Dermatology AI"  # of the digest itself
    home: str = ""  # web address below which digests are found; empty when there is none
    edition: EditionName = "editors"
    since: datetime  # UTC, included
    until: datetime  # UTC, excluded
    zone: str = "UTC"
    draft: bool = False
    degraded: str = ""  # why, in words; empty when all is well
    approved: str = ""  # id of the decision that let the edition out
    sections: tuple[Section, ...] = ()
    errata: tuple[Erratum, ...] = ()
    archive: int = 0  # stories added from the archive and not listed
    not_shown: int = 0  # accepted stories beyond the limits
    omitted: tuple[str, ...] = ()  # their ids: they had their week
    charts: tuple[Chart, ...] = ()
    notes: tuple[NoteBox, ...] = ()
    coverage: Coverage = Coverage()
    config: str = ""  # hash of the configuration
    templates: str = ""  # hash of the templates it was rendered by
    renderings: tuple[tuple[str, str], ...] = ()  # format, sha256 of the text as it was written

    @property
    def title(self) -> str:
        """What a reader calls it."""
        return (
            f"{self.name}, week {self.week}" if "-W" in self.week else f"{self.name}, {self.week.replace('_', ' to ')}"
        )

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day of the window on the editors' calendar."""
        zone = ZoneInfo(self.zone)
        return self.since.astimezone(zone).date(), (self.until - timedelta(seconds=1)).astimezone(zone).date()

    @property
    def picks(self) -> tuple[Pick, ...]:
        """Every story in the order of the page."""
        return tuple(pick for section in self.sections for pick in section.picks)

    def told(self) -> frozenset[str]:
        """The ids of the stories that the issue tells for the first time."""
        return frozenset(pick.story for pick in self.picks if not pick.change)

    def stories(self) -> frozenset[str]:
        """The ids of every story the issue tells."""
        return frozenset(pick.story for pick in self.picks)
