"""What an item is: owns the nine kinds and the signs by which they are told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from ..model import Item

# Titles that journals give to notices about another text (COPE and ICMJE practice).
_NOTICE_TITLE = re.compile(
    r"(?:(?:author|publisher)['’]?s? )?correction\b(?: to\b|:| \()|errat(?:um|a)\b|corrigend(?:um|a)\b"
    r"|retract(?:ed|ion)\b(?= (?:article|note|notice|of)\b|:|\)|$)|\[?retracted\]?[:\s]"
    r"|expressions? of concern|withdrawn\b|notice of (?:retraction|withdrawal)",
    re.IGNORECASE,
)
_NOTICE_TYPES = ("erratum", "retraction", "correction", "concern", "corrigendum", "withdrawal")
# DOI prefixes whose registrant is a preprint server: arXiv, bioRxiv/medRxiv since 2019 and 2025,
# Research Square, SSRN, Preprints.org, TechRxiv, OSF, JMIR Preprints (Crossref and DataCite registrants).
_PREPRINT_DOI = re.compile(
    r"10\.(?:48550/|1101/20\d\d\.|64898/|21203/|2139/|20944/|36227/|31219/|31234/|2196/preprints)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Places:
    """Who publishes what: `TriageRules.hosts` arranged by host, so that one look-up per label answers."""

    by_host: Mapping[str, tuple[tuple[str, str], ...]]  # host -> (path, kind), as the rules order them

    @classmethod
    def of(cls, hosts: Mapping[str, tuple[str, ...]]) -> Places:
        """The places of `hosts`: kind -> hosts ("arxiv.org", with all below it) or host/path."""
        by_host: dict[str, tuple[tuple[str, str], ...]] = {}
        for kind, places in hosts.items():
            for place in places:
                host, _, path = place.partition("/")
                by_host[host] = (*by_host.get(host, ()), (path, kind))
        return cls(by_host)

    def kind(self, url: str, domain: str) -> str | None:
        """What is published at `url` (at `domain` where there is no link); None when nothing is known."""
        try:
            parts = urlsplit(url)
            host, path = parts.hostname or domain, parts.path.lstrip("/")
        except ValueError:  # "http://[": an address that nobody can open says nothing
            host, path = domain, ""
        labels = host.split(".")
        for n in range(len(labels) - 1):
            for start, kind in self.by_host.get(".".join(labels[n:]), ()):
                if path.startswith(start):
                    return kind
        return None


def kind_of(item: Item, places: Places) -> str:
    """One of article, paper, preprint, video, podcast, trial, regulatory, release, notice.

    Identifiers alone do not make a kind: a news report that names a DOI, a trial or a 510(k)
    number is still a report.
    """
    types = " ".join(item.publication.types).lower() if item.publication else ""
    if _NOTICE_TITLE.match(item.title.lstrip("[( ")) or any(word in types for word in _NOTICE_TYPES):
        return "notice"
    if item.type in ("video", "podcast"):
        return item.type
    if any(enclosure.type.startswith("audio/") for enclosure in item.enclosures):
        return "podcast"
    hosted = places.kind(item.url, item.provider.domain)
    doi = item.identifier("doi") or ""
    scholarly = item.publication is not None or hosted == "paper"
    if hosted == "preprint" or (scholarly and ("preprint" in types or _PREPRINT_DOI.match(doi))):
        return "preprint"
    if hosted is not None:
        return hosted
    if item.publication is not None or (item.provider.tier == "primary" and (doi or item.identifier("pmid"))):
        return "paper"
    return "release" if item.provider.tier == "institution" else "article"
