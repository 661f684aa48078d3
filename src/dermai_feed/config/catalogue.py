"""The catalogue of sources: from the blocks of `sources.yaml` to `Source` values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path

from ..model import Source
from . import addresses
from .positions import Place, Yaml
from .quantities import DURATION
from .schemas import unknown
from .settings import Settings, absolute
from .written import SourceBlock

# RFC 9110 5.6.2: what a header may be called.
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# Ours to set, or the connection's: a source that changed them would break the promises of
# F-13 (validators) and F-22 (an honest name).
_OUR_HEADERS = frozenset(
    {
        "accept-encoding", "connection", "content-length", "host", "if-modified-since", "if-none-match", "referer",
        "te", "transfer-encoding", "upgrade", "user-agent",
    }
)  # fmt: skip
_SECRET_HEADER = re.compile(r"authorization|cookie|key|token|secret|password", re.IGNORECASE)
_DOMAIN = re.compile(r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9]")


def read_sources(
    blocks: Mapping[int, SourceBlock],
    file: Yaml,
    settings: Settings,
    *,
    corpus: Path,
    kinds: Collection[str],
    interval: float,
    floor: float,
) -> tuple[Source, ...]:
    """`blocks` (by their place in the list of `file`) as sources, checked alone and against each other.

    `corpus` is where the program writes; `kinds` is what enabled sources may be, empty for
    anything; `interval` the default and `floor` the least pause between polls, in seconds.
    """
    reading = _Reading(file, settings, corpus, kinds)
    sources = []
    for n, block in blocks.items():
        place = ("sources", n)
        reading.id(place, block)
        reading.kind(place, block)
        reading.url(place, block)
        reading.plain(place, block)
        if block.enabled and block.interval is not None and block.interval < floor and block.kind != "folder":
            what = f"is shorter than schedule.floor, so {DURATION.format(floor)} counts"
            settings.findings.warn(file, (*place, "interval"), what)
        if block.enrich and block.kind == "folder":
            settings.findings.wrong(file, (*place, "enrich"), "a folder has no pages", "remove it")
        sources.append(
            Source(
                **block.model_dump(exclude={"interval", "headers"}),
                interval=interval if block.interval is None else block.interval,
                headers=reading.headers(place, block),
                where=file.where(place),
            )
        )
    return tuple(sources)


class _Reading:
    """The sources of one file, with what was seen so far."""

    def __init__(self, file: Yaml, settings: Settings, corpus: Path, kinds: Collection[str]) -> None:
        self.file = file
        self.settings = settings
        self.corpus = corpus
        self.kinds = kinds
        self.ids: dict[str, str] = {}
        self.asked: dict[str, str] = {}

    def wrong(self, place: Place, what: str, hint: str = "") -> None:
        self.settings.findings.wrong(self.file, place, what, hint)

    def id(self, place: Place, block: SourceBlock) -> None:
        where = self.file.where((*place, "id"))
        if (first := self.ids.setdefault(block.id, where)) != where:
            self.wrong((*place, "id"), f"{block.id!r} is the id of another source", f"the first is in {first}")

    def kind(self, place: Place, block: SourceBlock) -> None:
        # A disabled source may be of a kind that only a later version knows.
        if block.enabled and self.kinds and block.kind not in self.kinds:
            self.wrong((*place, "kind"), *unknown(block.kind, self.kinds, "kind"))

    def url(self, place: Place, block: SourceBlock) -> None:
        place = (*place, "url")
        if not block.url:
            if block.enabled:
                self.wrong(place, "is empty", "write the address, or `enabled: false`")
            return
        what, hint = self._folder(block) if block.kind == "folder" else addresses.fault(block.url)
        if what:
            self.wrong(place, what, hint)
        elif block.enabled:
            where = self.file.where(place)
            same = block.url if block.kind == "folder" else addresses.folded(block.url)
            same += f" {sorted(block.options.items())}"  # an interface has one address for every question
            if (first := self.asked.setdefault(same, where)) != where:
                self.wrong(place, "the address of another source", f"the first is in {first}; remove or disable one")

    def _folder(self, block: SourceBlock) -> tuple[str, str]:
        if re.match(r"[a-z]+:", block.url):
            return "is an address", "kind folder takes a plain path, relative to the settings file"
        try:
            path = absolute(self.settings.base, block.url)
        except RuntimeError:
            return f"{block.url!r}: there is no such home folder", "write the path in full"
        if block.enabled and not path.is_dir():
            return f"there is no folder {path}", "make it, correct the path, or write `enabled: false`"
        if block.enabled and path.is_relative_to(self.corpus):
            return "is where the program writes", "collect from a folder outside the corpus"
        return "", ""

    def plain(self, place: Place, block: SourceBlock) -> None:
        if block.homepage and (fault := addresses.fault(block.homepage))[0]:
            self.wrong((*place, "homepage"), *fault)
        if block.provider_domain and not _DOMAIN.fullmatch(block.provider_domain):
            self.wrong((*place, "provider_domain"), f"{block.provider_domain!r} is no domain", "write news.example.org")
        for key in ("name", "reason"):
            if "\n" in getattr(block, key):
                self.wrong((*place, key), "goes over several lines", "write it in one")

    def headers(self, place: Place, block: SourceBlock) -> tuple[tuple[str, str], ...]:
        """The headers with their secrets; a message names the header and never its value (C-05)."""
        filled = []
        for name, text in block.headers.items():
            here = (*place, "headers", name)
            if not _HEADER_NAME.fullmatch(name):
                self.wrong(here, "is no name for a header", "letters, digits and hyphens")
            elif name.lower() in _OUR_HEADERS:
                self.wrong(here, "is set by the program", "remove it")
            elif _SECRET_HEADER.search(name) and not addresses.refers(text):
                self.wrong(here, "holds a secret", "write ${NAME} and set that environment variable")
            if "\n" in text or not text.isascii():
                self.wrong(here, "is not plain ASCII on one line")
            value, faults = addresses.filled(text, self.settings.environ)
            for what in faults if block.enabled else ():
                self.wrong(here, what, "set it where the program starts, or write `enabled: false`")
            filled.append((name, value))
        return tuple(filled)
