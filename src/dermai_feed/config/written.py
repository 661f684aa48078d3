"""What may be written in `dermai-feed.yaml` and `sources.yaml`: the keys, their meaning and bounds.

Defaults are those of the values they end in (`model.FetchSettings`, `model.ParseLimits`,
`schedule.Policy`; RELIABILITY 1.2), so that no number stands twice. The descriptions go into
the JSON Schemas that editors complete from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..cron import parse as parse_cron
from ..model import EnrichSettings, FetchSettings, ParseLimits, Source
from ..schedule import Policy
from .quantities import DURATION, SIZE, Within

VERSION = 1
DEFAULT_CONTACT = "https://example.org/contact"

_FETCH = FetchSettings()
_PARSE = ParseLimits()
_ENRICH = EnrichSettings()
_POLICY = Policy()

# A source is asked at least once a month: a feed is never dropped for being slow.
Interval: TypeAlias = Annotated[float, Within(DURATION, "1m", "30d")]
Pause: TypeAlias = Annotated[float, Within(DURATION, "1m", "30d")]
Patience: TypeAlias = Annotated[float, Within(DURATION, "1h", "1000d")]
Wait: TypeAlias = Annotated[float, Within(DURATION, "50ms", "10m")]


class _Section(BaseModel):
    """A mapping of the file; a key that is not listed is a mistake (C-02)."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class FilesSection(_Section):
    """Where the other files lie; relative to this file, `~` is the home folder."""

    corpus: str = "../corpus"
    """The folder that everything worth keeping is written to; created when it is missing."""
    state: str = "../state"
    """The folder of the cache and the lock; may be deleted, `rebuild` makes it again."""
    sources: str = "sources.yaml"
    """What is collected from."""
    providers: str = "providers.yaml"
    """Known publishers, and how addresses are cleaned."""
    triage: str = "triage.yaml"
    """The words that decide what is about dermatology and AI."""
    matching: str = "matching.yaml"
    """The weights that decide what is the same work or story."""


class StoreSection(_Section):
    """The database."""

    database: str = "sqlite"
    """`sqlite` (a file in the state folder), sqlite:///FILE, or postgresql://USER:${NAME}@HOST/DATABASE."""
    busy: Wait = 10.0
    """How long to wait for a database that another process has locked."""


class FetchSection(_Section):
    """How the network is used."""

    contact: str = DEFAULT_CONTACT
    """A web or mail address at which a publisher reaches you; part of the User-Agent."""
    deadline: Wait = _FETCH.deadline
    """For one fetch as a whole, from the name look-up to the last byte, redirects included."""
    connect: Wait = _FETCH.connect
    """Until a connection stands."""
    idle: Wait = _FETCH.idle
    """Between two bytes."""
    max_wire: Annotated[int, Within(SIZE, "1KiB", "1GiB")] = _FETCH.max_wire
    """Most bytes of a body as they come."""
    max_body: Annotated[int, Within(SIZE, "1KiB", "1GiB")] = _FETCH.max_body
    """Most bytes of a body after expansion."""
    max_header: Annotated[int, Within(SIZE, "1KiB", "1MiB")] = _FETCH.max_header
    """Most bytes of the header block of an answer."""
    max_redirects: Annotated[int, Field(ge=0, le=20)] = _FETCH.max_redirects
    """Most redirects that are followed."""
    gap: Annotated[float, Within(DURATION, "0s", "10m")] = _FETCH.gap
    """Between two requests to one host."""
    per_host: Annotated[int, Field(ge=1, le=16)] = _FETCH.per_host
    """Requests at once to one host."""
    total: Annotated[int, Field(ge=1, le=64)] = _FETCH.total
    """Requests at once in all."""
    allow_hosts: tuple[str, ...] = _FETCH.allow_hosts
    """Exact `host:port` pairs that may be private addresses; nothing else may."""
    proxy: str | None = _FETCH.proxy
    """http://HOST:PORT of a proxy; the environment's proxy settings are not read."""


class ParseSection(_Section):
    """What reading one document may cost; it happens in a child process."""

    wall: Wait = _PARSE.wall
    """Time on the clock."""
    cpu: Annotated[float, Within(DURATION, "1s", "10m")] = _PARSE.cpu
    """Time of the processor."""
    memory: Annotated[int, Within(SIZE, "64MiB", "64GiB")] = _PARSE.memory
    """Address space."""
    entries: Annotated[int, Field(ge=1, le=1_000_000)] = _PARSE.entries
    """Most entries; further ones are counted and dropped."""
    text: Annotated[int, Field(ge=100, le=100_000_000)] = _PARSE.text
    """Most characters of one field."""
    tags: Annotated[int, Field(ge=0, le=10_000)] = _PARSE.tags
    """Most categories of one entry."""
    images: Annotated[int, Field(ge=0, le=10_000)] = _PARSE.images
    """Most pictures of one entry."""


class EnrichSection(_Section):
    """How much reading of pages one run does, for the sources with `enrich: true`."""

    pages: Annotated[int, Field(ge=1, le=10_000)] = _ENRICH.pages
    """Most pages, of all hosts together."""
    per_host: Annotated[int, Field(ge=1, le=1_000)] = _ENRICH.per_host
    """Most pages of one host."""
    age: Patience = _ENRICH.age
    """Items that were first seen longer ago are not read any more."""


class ScheduleSection(_Section):
    """When a source is asked again."""

    interval: Interval = 3600.0
    """Between two polls of a source that names no interval of its own."""
    floor: Pause = _POLICY.floor
    """Never more often than this, whatever a source says."""
    ceiling: Pause = _POLICY.ceiling
    """Hints of a server never lengthen the pause beyond this."""
    no_validators: Pause = _POLICY.no_validators
    """Between two polls of a server that sends neither ETag nor Last-Modified."""
    broken_after: Patience = _POLICY.broken_after
    """A source that fails for so long is asked once a week."""
    quiet_after: Patience = _POLICY.quiet_after
    """A source whose rhythm is not known is reported as quiet when it says nothing new for so long."""
    moved_after: Patience = _POLICY.moved_after
    """A permanent redirect is believed when it was seen twice, so far apart."""
    worth: Annotated[float, Within(DURATION, "0s", "1d")] = _POLICY.worth
    """How long one new item may be expected to wait before it is worth a request; 0s asks at the interval."""


def _cron(text: str) -> str:
    return parse_cron(text).text


def _listen(text: str) -> str:
    found = re.fullmatch(r"([^\s:/@\[\]]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", text)
    if text and (not found or not 0 < int(found[2]) < 65536):
        raise ValueError(f"{text[:60]!r} is no host and port; write 127.0.0.1:9108")
    return text


def _mail(text: str) -> str:
    if not re.fullmatch(r"[^\s@()<>/:,;\"]+@[^\s@()<>/:,;\"]+", text):
        raise ValueError(f"{text[:60]!r} is no mail address; write NAME@HOST")
    return text


def _sender(text: str) -> str:
    return _mail(text) if text else text


def _home(text: str) -> str:
    if text and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", text):
        raise ValueError(f"{text[:60]!r} is no web address; write https://example.org/dermatology-ai/")
    return text and text.rstrip("/") + "/"


def _recipient(text: str) -> str:
    if not re.fullmatch(r"([^<>@\r\n\0]* <[^\s@<>,]+@[^\s@<>,]+>|[^\s@<>,]+@[^\s@<>,]+)", text):
        raise ValueError(f"{text[:60]!r} is no mail address; write NAME@HOST, or Name <NAME@HOST>")
    return text


def _list_id(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+", text):
        raise ValueError(f"{text[:60]!r} is no list identifier; write dermatology-ai.example.org")
    return text


def _rule_name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9](-?[a-z0-9]+)*", text) or len(text) > 64:
        raise ValueError(f"{text[:80]!r} is no name: lower-case letters, digits and single hyphens, at most 64")
    return text


Kind: TypeAlias = Literal[
    "article", "paper", "preprint", "video", "podcast", "trial", "regulatory", "release", "notice"
]  # fmt: skip


class RuleBlock(_Section):
    """A rule that publishes; every condition that is given must hold."""

    name: Annotated[str, AfterValidator(_rule_name)]
    """Stands in the decision log and in the file that it publishes."""
    quality: Annotated[int, Field(ge=0, le=100)] | None = None
    """At least so much quality, as ranked; see docs/ranking.md."""
    trust: Annotated[int, Field(ge=0, le=100)] | None = None
    """At least so much trust."""
    origins: Annotated[int, Field(ge=1, le=30)] = 1
    """Told by at least so many publishers independently."""
    kinds: tuple[Kind, ...] = ()
    """The item that leads the story is one of these; empty: any."""
    sources: tuple[str, ...] = ()
    """The item that leads the story comes from one of these sources, by id; empty: any."""


class PublishSection(_Section):
    """How the corpus is written."""

    rules: tuple[RuleBlock, ...] = ()
    """Accepted stories to which one of these applies are published; none: only editors publish."""
    commit: bool = False
    """true: what a run wrote is committed, where the corpus is in a git repository."""


class DigestSection(_Section):
    """The weekly digest."""

    zone: str = "UTC"
    """IANA name, such as Europe/Berlin; a week runs from Monday 00:00 to Monday 00:00 there."""
    cron: Annotated[str, AfterValidator(_cron)] = "0 7 * * 1"
    """When the daemon closes the issue of the week that ended last: minute hour day month weekday, in `zone`."""
    name: Annotated[str, Field(min_length=1, max_length=80)] = "Dermatology AI"
    """What it is called: in its title, in feeds and on the site."""
    home: Annotated[str, AfterValidator(_home)] = ""
    """Web address of the site, such as https://example.org/dermatology-ai/; empty when it lies nowhere."""
    templates: str = "templates"
    """Folder of templates that take the place of built-in ones; it need not exist."""
    to: tuple[Annotated[str, AfterValidator(_recipient)], ...] = ()
    """Recipients of the mail: addresses, with or without a name."""
    list_id: Annotated[str, AfterValidator(_list_id)] = ""
    """The list's identifier for mail programs (RFC 2919), such as dermatology-ai.example.org."""
    pictures: bool = True
    """Charts as pictures in the mail, where the extra `plots` is installed; tables otherwise."""
    approval: Literal["editor", "daemon"] = "editor"
    """Who lets an issue out: an editor, by `approve`; or the daemon, all of it, when it closes the week."""
    dry_run: bool = True
    """`digest --send` says what it would send and to whom, and sends nothing; false: it and the daemon send."""


class DaemonSection(_Section):
    """What runs by itself: `dermai-feed daemon`."""

    tick: Annotated[float, Within(DURATION, "100ms", "10m")] = 60.0
    """How often it looks at what is due."""
    preview: Annotated[float, Within(DURATION, "1m", "30d")] = 21_600.0
    """How often at most the issue of the week under way is chosen anew, for editors to read."""
    lease: Annotated[float, Within(DURATION, "1s", "1h")] = 120.0
    """With several workers: how long the sources of one that was killed stay untouched."""
    listen: Annotated[str, AfterValidator(_listen)] = ""
    """HOST:PORT at which /metrics (Prometheus) and /healthz answer; empty for none."""
    textfile: str = ""
    """A .prom file that the same metrics are written to, for node_exporter; empty for none."""


class BackupSection(_Section):
    """Copies of the database, made while everything goes on."""

    folder: str = "../backups"
    """Where they lie; relative to this file."""
    every: Annotated[float, Within(DURATION, "1h", "90d")] = 86_400.0
    """How often the daemon makes one."""
    keep: Annotated[int, Field(ge=1, le=10_000)] = 7
    """The newest ones that are kept."""


class RetentionSection(_Section):
    """What is let go after a while; never items, decisions or the ledger."""

    runs: Annotated[float, Within(DURATION, "1d", "10000d")] = 15_552_000.0
    """For how long the record of a run is kept."""
    bodies: Annotated[float, Within(DURATION, "0s", "10000d")] = 2_592_000.0
    """For how long the documents that sources answered are kept, for `replay`."""
    bodies_most: Annotated[int, Within(SIZE, "0B", "10000GiB")] = 1024**3
    """Most bytes of them, compressed, in the state folder; 0B keeps none."""


class AlertsSection(_Section):
    """Who is told when a source breaks, a digest is degraded or a disk fills up: once per change."""

    mail: tuple[Annotated[str, AfterValidator(_mail)], ...] = ()
    """Addresses; the server is that of `smtp`."""
    webhook: str = ""
    """An http(s) address that gets the change as JSON; a key in it as ${NAME}."""
    disk: Annotated[int, Within(SIZE, "1MiB", "10000GiB")] = 1024**3
    """Less free space than this is reported."""


class SmtpSection(_Section):
    """The server that takes our mail."""

    host: str = ""
    """Its name; empty: no mail is sent."""
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    """`none` only for a server on this machine."""
    user: str = ""
    """Empty: the server asks for no name."""
    password: str = ""
    """As ${NAME}: the environment variable NAME."""
    sender: Annotated[str, AfterValidator(_sender)] = ""
    """The address that mail comes from."""


class SettingsFile(_Section):
    """The settings of dermai-feed."""

    version: Annotated[int, Field(ge=1)] = VERSION
    """Of this file's form; a later version of the program may raise it."""
    files: FilesSection = FilesSection()
    store: StoreSection = StoreSection()
    fetch: FetchSection = FetchSection()
    parse: ParseSection = ParseSection()
    enrich: EnrichSection = EnrichSection()
    schedule: ScheduleSection = ScheduleSection()
    publish: PublishSection = PublishSection()
    digest: DigestSection = DigestSection()
    daemon: DaemonSection = DaemonSection()
    backup: BackupSection = BackupSection()
    retention: RetentionSection = RetentionSection()
    alerts: AlertsSection = AlertsSection()
    smtp: SmtpSection = SmtpSection()


_DEFAULT = Source(id="", kind="", name="", url="")


def _id(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9](-?[a-z0-9]+)*", text) or len(text) > 64:
        raise ValueError(f"{text[:80]!r} is no id: lower-case letters, digits and single hyphens, at most 64")
    return text


def _name(text: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text


class SourceBlock(_Section):
    """One source."""

    id: Annotated[str, AfterValidator(_id), Field(json_schema_extra={"pattern": "^[a-z0-9](-?[a-z0-9]+)*$"})]
    """Names the source for good: in commands, reports and the ledger. Do not change it."""
    kind: Annotated[str, AfterValidator(_name)]
    """rss, atom, jsonfeed, podcast, youtube, folder, or an interface such as pubmed: how it is asked and read."""
    name: Annotated[str, AfterValidator(_name)]
    """For people."""
    url: str
    """What is asked; for kind folder a path. Empty only while the source is disabled."""
    enabled: bool = _DEFAULT.enabled
    """false: kept, not asked."""
    reason: str = _DEFAULT.reason
    """Why it is disabled."""
    homepage: str = _DEFAULT.homepage
    """For people."""
    provider_domain: str = _DEFAULT.provider_domain
    """The publisher's domain, for entries that do not tell."""
    interval: Interval | None = None
    """Between two polls; schedule.interval when it is not given."""
    needs_filter: bool = _DEFAULT.needs_filter
    """false: everything it says is about the field already."""
    enrich: bool = _DEFAULT.enrich
    """true: read the page of each item once, as far as robots.txt allows; see docs/enrichment.md."""
    topics: tuple[str, ...] = _DEFAULT.topics
    """Topics that everything it says is about."""
    headers: Mapping[str, str] = {}
    """Sent to this origin only. Secrets as ${NAME}: the environment variable NAME."""
    options: Mapping[str, str] = {}
    """Words that its kind understands, such as `tracking`."""


class SourcesFile(_Section):
    """What is collected from."""

    version: Annotated[int, Field(ge=1)] = VERSION
    """Of this file's form."""
    sources: tuple[SourceBlock, ...] = ()
    """In the order of reports."""
