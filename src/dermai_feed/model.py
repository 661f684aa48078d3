"""The nouns of the program: frozen values, and the type of network access.

Everything that one part hands to another is declared here, so that a reader who knows
this file knows what flows where. Nothing here does anything: no I/O, no clock, no library
beyond the standard one.

The order is the order of the flow::

    Source -> Request/Response -> Entry -> Collected -> Item -> Verdict -> Edge -> Grouping
           -> Story -> Document -> Report

All times are aware datetimes in UTC. All text is NFC once it is in an `Item`; an `Entry`
holds what the source said, word for word. Durations are seconds (float).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

# --------------------------------------------------------------------------- sources


class Health(StrEnum):
    """What an editor is told about a source."""

    NEW = "new"  # never asked yet
    OK = "ok"
    QUIET = "quiet"  # answers, but says nothing for longer than it used to
    MOVED = "moved"  # answers from another address; `sources apply` writes it down
    BLOCKED = "blocked"  # 401, 403, 429, a login or challenge page
    BROKEN = "broken"  # fails again and again
    GONE = "gone"  # 410, or 404 for weeks
    PAUSED = "paused"  # `enabled: false`


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One configured place to collect from; the configuration is its only truth."""

    id: str
    kind: str  # a key of collectors.COLLECTORS
    name: str
    url: str  # http(s) address; for kind `folder` a path, absolute or relative to the configuration
    enabled: bool = True
    reason: str = ""  # why it is disabled
    homepage: str = ""
    provider_domain: str = ""
    interval: float = 3600.0  # seconds between polls; hints and failures lengthen it
    enrich: bool = False  # read the pages of its items, once each
    needs_filter: bool = True  # False: everything it says is about the field already
    topics: tuple[str, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()  # sent to this origin only (F-09)
    options: Mapping[str, str] = field(default_factory=dict)  # kind-specific words
    where: str = ""  # "config/sources.yaml:12", for messages


@dataclass(frozen=True, kw_only=True, slots=True)
class Rhythm:
    """When a source used to say something new: arrivals by hour and weekday (UTC) that fade with their age."""

    since: datetime  # observed from
    until: datetime  # observed up to; the figures are as of this moment
    days: float = 0.0  # observed, faded like the arrivals
    hours: tuple[float, ...]  # 24 numbers of arrivals
    weekdays: tuple[float, ...]  # 7, Monday first


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceState:
    """What polling a source has taught us; replaced as a whole after each poll."""

    source_id: str
    health: Health = Health.NEW
    etag: str | None = None  # byte for byte, decoded as Latin-1 (F-13)
    last_modified: str | None = None
    body_hash: str | None = None  # sha256 of the last good body (F-16)
    next_check: datetime | None = None
    last_try: datetime | None = None
    last_success: datetime | None = None
    last_change: datetime | None = None  # last time something new came
    status: int | None = None  # HTTP status of the last answer
    failure: str | None = None  # class of the last failure, see errors.FetchFailed
    failure_text: str = ""
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    polls: int = 0  # successful ones; 0 means that the next is the first (backfill)
    not_modified_since: datetime | None = None  # only 304 since then (F-15)
    moved_to: str | None = None  # where a permanent redirect led
    moved_since: datetime | None = None
    cursor: str | None = None  # kind-specific place to go on from
    crashes: int = 0  # runs that died while this source was in hand
    why: str = ""  # why next_check is what it is
    note: str = ""  # what is odd about a source that does not fail: "nothing new for 40 days"
    empty: int = 0  # answers in a row without any entry
    asked: str = ""  # hash of the address that all this was learnt from: another address begins anew
    rhythm: Rhythm | None = None


# --------------------------------------------------------------------------- network


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One outbound GET."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    accept: str = ""
    headers: tuple[tuple[str, str], ...] = ()  # dropped on a change of origin
    trusted: bool = False  # True for configured addresses: may carry user information
    gap: float = 0.0  # seconds that the host is left alone afterwards, where its own rule is stricter than ours
    enough: int = 0  # bytes after which reading may stop and what came is the document; 0: all of it is wanted
    stay: bool = False  # a redirect to another host ends the fetch, see errors.FetchFailed.location


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """A 200 or a 304; everything else is an error (F-04)."""

    url: str  # where the body came from, after redirects
    status: Literal[200, 304]
    headers: Mapping[str, str]  # lower-case names, Latin-1 values
    body: bytes
    permanent_url: str | None = None  # end of an unbroken prefix of 301/308, when it differs
    elapsed: float = 0.0  # seconds
    requests: int = 1  # sent to get it: redirects and one retry included

    def header(self, name: str) -> str | None:
        """The header called `name` (any case), or None."""
        return self.headers.get(name.lower())


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchSettings:
    """Limits and manners of outbound requests; RELIABILITY.md 1.2 gives the defaults."""

    user_agent: str = "dermai_feed/0 (+https://example.org/contact)"
    deadline: float = 30.0  # seconds, DNS to last byte, all redirects
    connect: float = 10.0  # seconds
    idle: float = 15.0  # seconds between bytes
    max_wire: int = 10 * 1024 * 1024  # bytes
    max_body: int = 20 * 1024 * 1024  # bytes after expansion
    max_header: int = 64 * 1024  # bytes
    max_redirects: int = 5
    gap: float = 1.0  # seconds between requests to one host
    per_host: int = 1  # requests at once
    total: int = 8
    allow_hosts: tuple[str, ...] = ()  # exact "host:port" that may be private (H2)
    proxy: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class EnrichSettings:
    """How much reading of pages one run may do, for sources with `enrich`."""

    pages: int = 50  # of all hosts together
    per_host: int = 10
    age: float = 14 * 86_400.0  # seconds since an item was first seen; older ones are not read any more


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishRule:
    """A policy by which accepted stories are published without an editor; every condition must hold."""

    name: str  # stands in the log and in the file
    quality: int | None = None  # at least, as ranked
    trust: int | None = None  # at least
    origins: int = 1  # independent publishers, at least
    kinds: tuple[str, ...] = ()  # of the item that leads; empty: any
    sources: tuple[str, ...] = ()  # ids; the item that leads comes from one of them; empty: any


@dataclass(frozen=True, kw_only=True, slots=True)
class Robots:
    """What is known of one origin's robots.txt since `at`."""

    origin: str  # "https://news.example.org"
    at: datetime
    closed: str = ""  # why nothing may be read; "" when `text` decides
    text: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ParseLimits:
    """What one document may cost (RELIABILITY.md 1.2)."""

    wall: float = 10.0  # seconds
    cpu: float = 10.0  # seconds
    memory: int = 512 * 1024 * 1024  # bytes of address space
    entries: int = 2_000
    text: int = 200_000  # characters per field
    tags: int = 50
    images: int = 10


Fetch = Callable[[Request], Response]
"""The only way out: raises `errors.FetchFailed`, nothing else."""


# --------------------------------------------------------------------------- entries


@dataclass(frozen=True, kw_only=True, slots=True)
class Identifier:
    """A registered name of a work: scheme is doi, pmid, pmcid, arxiv, nct, fda, youtube, isbn."""

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Image:
    """A picture named by a source; never downloaded by default (F-32)."""

    url: str
    width: int | None = None
    height: int | None = None
    title: str | None = None
    cached: bool | None = None  # the seeds' `isCached`


@dataclass(frozen=True, kw_only=True, slots=True)
class Enclosure:
    """A media file of an entry: podcast audio, video."""

    url: str
    type: str = ""
    length: int | None = None  # bytes
    duration: str = ""  # as the source wrote it


@dataclass(frozen=True, kw_only=True, slots=True)
class Publication:
    """Where a paper appeared, as the source wrote it."""

    journal: str = ""
    volume: str = ""
    issue: str = ""
    pages: str = ""
    issn: str = ""
    types: tuple[str, ...] = ()  # publication types: review, trial, retraction notice …
    publisher: str = ""
    accession: str = ""  # the number that a database gave it: WOS:000285453800005
    abstract: str = ""  # of a citation export, in full where the item's excerpt is not all of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What a source said about one thing, word for word (decoded, not repaired)."""

    source_id: str
    title: str = ""
    guid: str | None = None
    link: str | None = None  # absolute where the document gave a base
    summary: str = ""  # may be HTML
    content: str = ""  # may be HTML
    published: str | None = None  # as written
    updated: str | None = None
    authors: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    language: str = ""
    type: str = "article"  # article, video, podcast: the seeds' `type`
    amp_link: str | None = None
    provider_name: str = ""  # a proposal only (N-09)
    provider_domain: str = ""
    identifiers: tuple[Identifier, ...] = ()
    links: tuple[str, ...] = ()  # further outgoing addresses that the entry names
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    publication: Publication | None = None
    section: str = ""  # heading under which a hand-out cites it
    listed_by: str | None = None  # guid of the entry in whose `related` list it stood
    front_matter: str | None = None  # the text between the fences, for files in the seed schema
    where: str = ""  # "000_50f7.txt:4" or "entry 17", for messages


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A word that a source defines or uses as a heading; it feeds triage's vocabulary."""

    text: str
    group: str  # "ai", "condition", "theme"
    where: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """Something wrong that did not stop the rest: named, and kept."""

    where: str  # source id, file:line, entry
    what: str
    kind: str = "entry"  # entry, feed, file, config
    hint: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """One document, read: entries, what went wrong beside them, what the publisher asks for."""

    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    dropped: int = 0  # entries beyond the limit (P-11)
    complete: bool = True  # False: the document broke off or was malformed (P-06)
    title: str = ""
    terms: tuple[Term, ...] = ()
    floor: float = 0.0  # seconds that ttl / sy:update* ask for between polls (F-18)
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    next_page: str = ""  # of an interface that answers in pages: how it names the page after this; "" after the last


@dataclass(frozen=True, kw_only=True, slots=True)
class Collected:
    """One poll of one source: what came and what the server said, or why nothing came.

    It states facts; `schedule.after` turns them into the next `SourceState`.
    """

    source_id: str
    entries: tuple[Entry, ...] = ()
    problems: tuple[Problem, ...] = ()
    terms: tuple[Term, ...] = ()
    dropped: int = 0
    not_modified: bool = False  # 304
    same_body: bool = False  # 200 with the bytes of last time: not parsed again (F-16)
    complete: bool = True  # False: validators must not be stored (P-06, F-14)
    failure: str | None = None  # an errors.FailureClass
    failure_text: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)  # of the answer, lower-case names
    body_hash: str | None = None
    permanent_url: str | None = None
    retry_after: float | None = None  # seconds
    floor: float = 0.0  # seconds between polls that the document asks for
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()
    cursor: str | None = None
    requests: int = 0


# --------------------------------------------------------------------------- items


@dataclass(frozen=True, kw_only=True, slots=True)
class Provider:
    """Who publishes at a registrable domain (N-09: joined on domain, never on name)."""

    name: str
    domain: str
    family: str = ""  # publishers that share texts count as one origin
    tier: Literal["primary", "institution", "trade", "news", "aggregator", "unknown"] = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Repair:
    """A value that was changed on the way in: what it was, what it is, which rule did it."""

    field: str
    was: str
    now: str
    rule: str


Basis = Literal["entry", "page", "updated", "identifier", "url", "text", "first_seen"]
Precision = Literal["second", "day", "month", "year"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """What an item's own page said when it was read, made comparable; it is read once (F-31)."""

    url: str  # where it was, after redirects
    at: datetime
    canonical: str = ""
    amp_url: str = ""
    title: str = ""
    excerpt: str = ""
    published: datetime | None = None
    precision: Precision = "second"
    site: str = ""  # how the site calls itself
    language: str = ""
    authors: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    identifiers: tuple[Identifier, ...] = ()  # that the page gives itself
    links: tuple[str, ...] = ()  # works that its text links to
    publication: Publication | None = None
    took: tuple[str, ...] = ()  # fields of the item that are the page's


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """An entry made comparable: the unit of triage and matching."""

    id: str
    source_id: str
    key: str  # the identity it was first known by, see normalize.identity
    aliases: tuple[str, ...] = ()  # every identity it has been known by, `key` included
    title: str
    title_affix: str = ""  # publisher's boiler-plate taken off the title: " - Medical Xpress"
    excerpt: str = ""  # text, at most 600 characters
    url: str = ""  # canonical; empty when the source gave none
    original_url: str = ""  # as received
    amp_url: str = ""
    cdn_amp_url: str = ""
    type: str = "article"
    published: datetime  # for people; see basis
    basis: Basis = "entry"
    precision: Precision = "second"
    updated: datetime | None = None
    first_seen: datetime  # our clock; it decides
    backfill: bool = False  # older than 21 days when first seen, or from a source's first poll
    language: str = ""
    provider: Provider
    authors: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    links: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    publication: Publication | None = None
    tags: tuple[str, ...] = ()
    section: str = ""
    origin: str = ""  # of an import: the file and record that it came from
    listed_by: str | None = None  # item id
    front_matter: str | None = None  # a seed's own text; kept for writing it back
    imported: bool = False  # came from a seed or a one-off import: held rather than dropped
    repairs: tuple[Repair, ...] = ()
    flags: tuple[str, ...] = ()  # no_link, wrapper, date_inferred, malformed, look_alike_host …
    content_hash: str = ""  # over what the source said; a change of it is a new version
    normalizer: int = 0  # version of the rules that made this item
    page: Page | None = None  # what enriched it; `content_hash` leaves it aside

    def identifier(self, scheme: str) -> str | None:
        """The first identifier of `scheme`, or None."""
        return next((i.value for i in self.identifiers if i.scheme == scheme), None)


# --------------------------------------------------------------------------- verdicts


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """One term that spoke for or against an item."""

    group: str  # derm, ai, against, borderline, rule
    term: str
    field: str  # title, excerpt, journal, source, …
    weight: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """An evidence label with the words it was read from; value "not stated" has no span."""

    name: str
    value: str
    span: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """Triage's answer for one item, with everything that led to it."""

    item_id: str
    decision: Literal["accept", "review", "reject"]
    score: float  # 0…1
    reasons: tuple[Reason, ...] = ()
    because: str = ""  # one sentence
    kind: str = "article"  # article, paper, preprint, video, podcast, trial, regulatory, release, notice
    topics: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    themes: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()
    rules: str = ""  # hash of the vocabulary and thresholds that were used


# --------------------------------------------------------------------------- matching

Level = Literal["work", "story", "related"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """One way in which two items were compared."""

    name: str
    value: str  # readable: "0.93", "doi:10.1/x = doi:10.1/x"
    level: str  # exact, high, medium, low, conflict, missing
    weight: float  # bits (log2 of the Bayes factor)


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Two items (a < b) and how strongly they belong together."""

    a: str
    b: str
    level: Level | None  # None: compared, and found apart
    weight: float  # bits
    probability: float
    comparisons: tuple[Comparison, ...] = ()
    veto: str = ""  # the rule that forbade a merge
    snapshot: str = ""  # hash of the weights that were used


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """An editor's word about two items, taken from the decision log."""

    verb: Literal["same", "different", "related"]
    a: str
    b: str
    decision: str  # ULID
    level: Level = "story"  # for `same` and `different`: one story, or one work


Role = Literal["paper", "preprint", "release", "coverage", "republication", "regulatory", "video", "podcast", "notice"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """The same text or publication; `items` sorted, canonical among them."""

    id: str
    canonical: str
    items: tuple[str, ...]
    role: Role = "coverage"


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """Works about one event or study; `id` sorts by age and never changes."""

    id: str
    lead: str  # work id
    works: tuple[Work, ...]
    aliases: tuple[str, ...] = ()  # ids of stories merged into it
    see_also: tuple[tuple[str, float], ...] = ()  # neighbouring story ids with probability


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouping:
    """Works and stories over a set of items."""

    stories: tuple[Story, ...] = ()
    oversized: tuple[str, ...] = ()  # story ids stopped by the size guard; they go to review


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """A sum whose terms are kept."""

    total: int
    terms: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Ranking:
    """Three separate sums: how good, how much told, how far to be believed."""

    quality: Score
    heat: Score
    trust: Score


# --------------------------------------------------------------------------- decisions


Verb = Literal[
    "same", "different", "related", "pin", "accept", "publish", "unpublish", "reject",
    "hold", "edit", "rate", "promote", "drop", "import", "undo",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """One line of corpus/decisions.jsonl: what an editor said, on which version, and why."""

    id: str  # ULID
    at: datetime
    who: str
    verb: Verb
    target: tuple[str, ...]  # story, item or decision ids
    value: Mapping[str, object] = field(default_factory=dict)
    seen: str = ""  # hash of the version the editor looked at
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruling:
    """What editors say of an item in place of triage; the rules' own verdict stays beside it."""

    decision: Literal["accept", "review", "reject"]
    because: str  # who, when, why
    by: str  # ULID


@dataclass(frozen=True, kw_only=True, slots=True)
class Rating:
    """An editor's marks for a story, 1 (least) to 7 (most); None is no mark."""

    relevance: float | None = None
    newsworthiness: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerLine:
    """One line of corpus/ledger/YYYY-MM.jsonl: an item ever seen, with its verdict."""

    item: Item
    verdict: Verdict | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LedgerText:
    """A `LedgerLine` as it is written: its JSON, and what has to be known of it without reading that."""

    item: str  # id
    first_seen: datetime
    text: str
    sha256: str


# --------------------------------------------------------------------------- publishing


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """A story with all that is needed to write it down."""

    story: Story
    items: Mapping[str, Item]  # item id -> item, for every member
    verdicts: Mapping[str, Verdict]
    ranking: Ranking
    listed: tuple[tuple[Item, Verdict, str], ...] = ()  # what a seed lists as related: item, verdict, where it ended
    held: bool = False
    qualities: Mapping[str, int] = field(default_factory=dict)  # work id -> its quality if it stood alone
    rejected: bool = False  # by an editor


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """A file to be: path relative to the corpus, and its text."""

    path: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Clash:
    """A field that an editor and the machine both changed; the editor's value stands."""

    path: str
    field: str
    theirs: str
    ours: str
    base: str = ""  # what the machine had written before the editor came, where that is known


# --------------------------------------------------------------------------- reports


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceReport:
    """One source in one run; fetched = new + updated + unchanged + rejected + failed."""

    source_id: str
    outcome: Literal["new", "unchanged", "failed", "not due", "dry"]
    fetched: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)  # entries without identity, by reason
    failure: str | None = None
    failure_text: str = ""
    next_check: datetime | None = None
    health: Health = Health.OK
    seconds: float = 0.0
    requests: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Counted:
    """Items of a window, or all of them, each counted once by what became of it."""

    items: int = 0
    accepted: int = 0
    held: int = 0
    rejected: tuple[tuple[str, int], ...] = ()  # reason, items; most first
    works: int = 0  # that hold at least one of them
    stories: int = 0
    duplicates: int = 0  # of the items: those that did not found their work
    backfill: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """One run; every source and every item is counted once (O-02)."""

    run: str
    started: datetime
    seconds: float = 0.0
    sources: tuple[SourceReport, ...] = ()
    accepted: int = 0
    held: int = 0
    rejected: Mapping[str, int] = field(default_factory=dict)  # items by reason
    works: int = 0
    stories: int = 0
    duplicates: int = 0  # items that joined a work already known
    written: tuple[str, ...] = ()
    unchanged_files: int = 0
    clashes: tuple[Clash, ...] = ()
    problems: tuple[Problem, ...] = ()
    digest: str | None = None
    degraded: str = ""  # why the digest is marked, empty when it is not
    pages: Mapping[str, int] = field(default_factory=dict)  # read, forbidden, failed: of sources with `enrich`
    exit_code: int = 0
