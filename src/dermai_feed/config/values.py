"""The configuration as one frozen value; parts of it are handed down, never the whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ..deliver import Smtp
from ..model import EnrichSettings, FetchSettings, ParseLimits, PublishRule, Source
from ..rules import MatchWeights, ProviderRules, TriageRules
from ..schedule import Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """The other files of the configuration, absolute."""

    sources: Path
    providers: Path
    triage: Path
    matching: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Publishing:
    """How the corpus is written."""

    rules: tuple[PublishRule, ...] = ()  # none: only editors publish
    commit: bool = False  # to git, after each run


@dataclass(frozen=True, kw_only=True, slots=True)
class Digest:
    """How the weekly digest is cut, called, styled and sent."""

    zone: str = "UTC"  # IANA name; a week runs from Monday 00:00 to Monday 00:00 there (D-03)
    cron: str = "0 7 * * 1"  # when the daemon closes the issue of the week that ended last, in `zone`
    name: str = "Dermatology AI"
    home: str = ""  # web address with a slash at its end, below which site, digests and feeds are found
    templates: Path | None = None  # a folder whose files take the place of built-in ones
    to: tuple[str, ...] = ()  # recipients of the mail
    list_id: str = ""
    pictures: bool = True
    approval: Literal["editor", "daemon"] = "editor"  # who lets an issue out (decision 7)
    dry_run: bool = True  # `--send` says what it would do and sends nothing


@dataclass(frozen=True, kw_only=True, slots=True)
class Daemon:
    """How `dermai-feed daemon` works; times in seconds."""

    tick: float = 60.0
    preview: float = 21_600.0
    lease: float = 120.0
    listen: str = ""  # HOST:PORT, empty for none
    textfile: Path | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Backup:
    """Copies of the database."""

    folder: Path
    every: float = 86_400.0  # seconds
    keep: int = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """What is let go after how many seconds."""

    runs: float = 15_552_000.0
    bodies: float = 2_592_000.0
    bodies_most: int = 1024**3  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Alerts:
    """Who is told of changes for the worse."""

    mail: tuple[str, ...] = ()
    webhook: str = field(default="", repr=False)  # may hold a key
    disk: int = 1024**3  # bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything that people decided before the program started."""

    path: Path  # the configuration file, absolute
    files: Files
    corpus: Path  # absolute; written relative to the configuration file (C-06)
    state: Path  # absolute; the cache, safe to delete
    database: str = field(repr=False)  # URL for the store; may hold a password (C-05)
    busy: float  # seconds to wait for a locked database
    fetch: FetchSettings = field(repr=False)  # its proxy may hold a password
    parse: ParseLimits
    enrich: EnrichSettings
    policy: Policy
    publishing: Publishing
    digest: Digest
    daemon: Daemon
    backup: Backup
    retention: Retention
    alerts: Alerts
    smtp: Smtp
    sources: tuple[Source, ...] = field(repr=False)  # their headers may hold keys
    providers: ProviderRules = field(repr=False)
    triage: TriageRules = field(repr=False)
    matching: MatchWeights = field(repr=False)
    hash: str  # sha256 over all that decides results: not paths, not secrets, not comments
    warnings: tuple[str, ...] = ()

    @property
    def base(self) -> Path:
        """The folder that relative paths of a source start from."""
        return self.path.parent
