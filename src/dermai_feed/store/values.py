"""What the store hands out beside the nouns of `model`: small frozen rows and counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..model import Report


@dataclass(frozen=True, kw_only=True, slots=True)
class Saved:
    """What became of the items of one poll; each is in exactly one of the first three."""

    new: tuple[str, ...] = ()  # item ids
    updated: tuple[str, ...] = ()  # item ids
    unchanged: int = 0
    stopped: tuple[str, ...] = ()  # of the unchanged: ids that changed too often to be followed (S-03)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """How many entries one poll fetched, and how many of them did not come to be items of their own."""

    fetched: int
    twins: int = 0  # of another entry beside them
    refused: int = 0  # without identity, beyond the limit, before --since


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """Entries of all polls of a window: fetched = new + updated + unchanged + refused."""

    fetched: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportedFile:
    """One file of a one-off import and what became of its records."""

    sha256: str
    source_id: str
    name: str
    kind: str
    at: datetime
    items: tuple[str, ...] = ()  # ids of every item that it holds, known ones too
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    wanted: tuple[str, ...] = ()  # names to be looked up: "doi:10.1/x"
    rejected: int = 0  # records that could not be read
    left_out: tuple[str, ...] = ()  # item ids of records that a person said no to
    decision: str = ""  # ULID; empty until the import is decided, "none" when it brought nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingName:
    """A name that an import brought and no collector has told yet what it stands for."""

    name: str  # "doi:10.1/x"
    source_id: str
    at: datetime
    where: str = ""
    section: str = ""
    chosen: bool = True
    kept: bool = False  # skips triage
    tries: int = 0
    next_try: datetime | None = None
    why: str = ""  # of the last try


@dataclass(frozen=True, kw_only=True, slots=True)
class DocumentRow:
    """The file of a story as it was last written."""

    story_id: str
    path: str  # where it lies now, relative to the corpus
    minted: str  # the path it was given once; differs after an editor's rename
    sha256: str  # of the text last written
    text: str = ""  # that text; empty when it is not known, as after a rebuild
    settled: str = ""  # the last decision that the file knows of
    touched: bool = False  # published, or edited by somebody


@dataclass(frozen=True, kw_only=True, slots=True)
class PageTry:
    """What trying to read an item's page came to."""

    tries: int
    outcome: str  # trying, read, forbidden, failed
    why: str
    next_try: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRow:
    """One run; `finished` and `report` are None while it runs, and for ever when it died."""

    id: str
    started: datetime
    finished: datetime | None = None
    report: Report | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestRow:
    """One frozen issue: which window it covers, its number, and the sha256 of its JSON."""

    window: str  # "2026-W47"
    number: int
    sha256: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """What is stored, and what waits for which step: the figures behind `status` and the metrics."""

    items: Mapping[str, int] = field(default_factory=dict)  # by decision; "" has no verdict yet
    works: int = 0
    stories: int = 0
    sources: Mapping[str, int] = field(default_factory=dict)  # by health
    to_triage: int = 0  # items without a verdict on what they say now
    to_match: int = 0  # items that wait to be compared
    to_group: int = 0  # items that an edge or a decision touched
    to_publish: int = 0  # stories
    to_ledger: int = 0  # lines


@dataclass(frozen=True, kw_only=True, slots=True)
class DecisionIndex:
    """How far the database has read the decision log."""

    offset: int  # bytes
    ids: frozenset[str]  # decision ids


@dataclass(frozen=True, kw_only=True, slots=True)
class Duty:
    """When something that comes round was done last."""

    at: datetime
    note: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alert:
    """Something that people were told about and that still stands."""

    what: str
    since: datetime
