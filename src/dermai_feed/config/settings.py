"""The settings file beyond its form: paths, secrets, names of hosts and zones.

Each function takes a section as it was written and gives the value that a part of the
program takes; what is wrong goes into `findings`, by the line of the file.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from .. import __version__
from ..model import FetchSettings, PublishRule
from . import addresses
from .findings import Findings
from .positions import Place, Yaml
from .schemas import unknown
from .values import Digest, Publishing
from .written import DEFAULT_CONTACT, DigestSection, FetchSection, FilesSection, PublishSection, StoreSection


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings file while it is checked: its name and lines, its folder, the environment, what is wrong."""

    file: Yaml
    base: Path
    environ: Mapping[str, str]
    findings: Findings

    def wrong(self, place: Place, what: str, hint: str = "") -> None:
        """A mistake at `place`."""
        self.findings.wrong(self.file, place, what, hint)

    def filled(self, place: Place, text: str) -> str:
        """`text` with its references to the environment replaced; a password in plain text is a mistake (C-05)."""
        if addresses.holds_password(text):
            self.wrong(place, "holds a password", "write ${NAME} for it and set that environment variable")
        value, faults = addresses.filled(text, self.environ)
        for what in faults:
            self.wrong(place, what, "set it where the program starts")
        return value


def absolute(base: Path, text: str) -> Path:
    """`text` from `base`, `~` expanded, links and `..` resolved so that folders may be compared.

    Raises: RuntimeError when there is no such home folder.
    """
    return Path(base, Path(text).expanduser()).resolve()


def paths(section: FilesSection, settings: Settings) -> dict[str, Path]:
    """Every path of `files`, absolute (C-06), by its key."""
    found = {}
    for key, text in section.model_dump().items():
        if not text.strip():
            settings.wrong(("files", key), "is empty", "write a path, relative to this file")
        try:
            found[key] = absolute(settings.base, text)
        except RuntimeError:
            settings.wrong(("files", key), f"{text!r}: there is no such home folder", "write the path in full")
            found[key] = absolute(settings.base, f"unknown-{key}")
    return found


def check_apart(corpus: Path, state: Path, settings: Settings) -> None:
    """Output and cache are two folders, neither inside the other."""
    if corpus.is_relative_to(state) or state.is_relative_to(corpus):
        hint = "the state may be deleted at any time, the corpus never"
        settings.wrong(("files", "corpus"), "lies in the state folder, or the state folder in it", hint)
    for key, folder in (("corpus", corpus), ("state", state)):
        if folder.exists() and not folder.is_dir():
            settings.wrong(("files", key), f"{folder} is not a folder", "name a folder")


def database(section: StoreSection, state: Path, settings: Settings) -> str:
    """The URL of the database."""
    place = ("store", "database")
    if section.database == "sqlite":
        return f"sqlite:///{state / 'dermai.sqlite'}"
    if file := re.fullmatch(r"sqlite:///([^?#]+)", section.database):  # relative to the configuration, as all paths
        return f"sqlite:///{absolute(settings.base, file[1])}"
    if not re.match(r"postgresql(\+psycopg)?://", section.database):
        hint = "write `sqlite`, sqlite:///FILE, or postgresql://USER:${NAME}@HOST/DATABASE"
        settings.wrong(place, "is neither sqlite nor a postgresql address", hint)
    return re.sub(r"^postgresql://", "postgresql+psycopg://", settings.filled(place, section.database))


def fetch_settings(section: FetchSection, settings: Settings) -> FetchSettings:
    """How the network is used, with the name that requests carry (F-22)."""
    for n, pair in enumerate(section.allow_hosts):
        found = re.fullmatch(r"([^\s:/@\[\]]+|\[[0-9a-fA-F:.]+\]):(\d{1,5})", pair)
        if not found or not 0 < int(found[2]) < 65536:
            settings.wrong(("fetch", "allow_hosts", n), f"{pair!r} is no host and port", "write 127.0.0.1:8099")
    proxy = section.proxy
    if proxy is not None:
        if not re.match(r"https?://[^\s/]", proxy):
            settings.wrong(("fetch", "proxy"), "is not the address of a proxy", "write http://HOST:PORT")
        proxy = settings.filled(("fetch", "proxy"), proxy)
    limits = section.model_dump(exclude={"contact", "proxy"})
    user_agent = f"dermai_feed/{__version__} (+{_contact(section.contact, settings)})"
    return FetchSettings(user_agent=user_agent, proxy=proxy, **limits)


def _contact(contact: str, settings: Settings) -> str:
    place = ("fetch", "contact")
    if contact == DEFAULT_CONTACT:
        what = f"is still {DEFAULT_CONTACT}: write an address at which publishers reach you"
        settings.findings.warn(settings.file, place, what)
    if re.fullmatch(r"[^\s@()<>/:]+@[^\s@()<>/:]+", contact):
        return f"mailto:{contact}"
    # It stands in the comment of a header: brackets would end that, other scripts cannot be sent.
    if addresses.fault(contact)[0] or re.search(r"[()]", contact) or not contact.isascii():
        settings.wrong(place, f"{contact[:60]!r} is no web or mail address", "write https://… or NAME@HOST")
    return contact


def publishing(section: PublishSection, sources: Collection[str], settings: Settings) -> Publishing:
    """How the corpus is written; `sources` are the ids that a rule may name."""
    names: set[str] = set()
    for n, rule in enumerate(section.rules):
        place: Place = ("publish", "rules", n)
        if rule.name in names:
            settings.wrong((*place, "name"), f"{rule.name} a second time", "the log tells rules apart by their names")
        names.add(rule.name)
        written = settings.file.at(place)
        if isinstance(written, Mapping) and set(written) <= {"name"}:
            settings.wrong(place, f"{rule.name} has no condition", "it would publish whatever triage lets in")
        for m, id_ in enumerate(rule.sources):
            if id_ not in sources:
                settings.wrong((*place, "sources", m), *unknown(id_, sources, "source"))
    rules = tuple(PublishRule(**rule.model_dump()) for rule in section.rules)
    return Publishing(rules=rules, commit=section.commit)


def digest_settings(section: DigestSection, base: Path) -> Digest:
    """How the digest is cut, called, styled and sent; a folder of templates counts where it exists."""
    folder = absolute(base, section.templates) if section.templates.strip() else None
    values = section.model_dump(exclude={"templates"})
    return Digest(templates=folder if folder and folder.is_dir() else None, **values)


def check_zone(name: str, settings: Settings) -> None:
    """Whether there is a time zone called `name`."""
    try:
        zoneinfo.ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        settings.wrong(("digest", "zone"), *unknown(name, zoneinfo.available_timezones(), "time zone"))
