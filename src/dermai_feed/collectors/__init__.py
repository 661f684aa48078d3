"""Collectors: one kind of source each. `COLLECTORS` is the registry, `collect` asks one source.

`collect()` asks, through `Context.fetch`; `parse()` is pure, bytes in and entries out, and runs
in a child process where it can be stopped (`ChildParser`) or right here (`parse_here`).
`READERS` are all that can be read, whether or not anything asks for it.
Adding a kind: one module, one line in `COLLECTORS`, one saved response in `tests/data`.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from ..errors import FetchFailed, ParseFailed
from ..model import Collected, Parsed, ParseLimits, Source, SourceState
from .arxiv import ArxivCollector
from .bingnews import BingNewsCollector
from .biorxiv import BiorxivCollector
from .childparser import ChildParser
from .clinicaltrials import ClinicalTrialsCollector
from .contract import Collector, Context, Parse, Reader
from .crossref import CrossrefCollector
from .datacite import DataciteReader
from .doaj import DoajReader
from .europepmc import EuropePmcCollector
from .feed import FeedCollector
from .folder import FolderCollector
from .gdelt import GdeltCollector
from .googlenews import GoogleNewsCollector
from .limits import cut
from .listing import ListingCollector
from .oai import OaiReader
from .openalex import OpenAlexCollector
from .openfda import OpenFdaCollector
from .page import PageCollector
from .plos import PlosReader
from .pubmed import PubmedCollector
from .semanticscholar import SemanticScholarCollector
from .sitemap import SitemapCollector
from .updates import UpdatesCollector

__all__ = [
    "COLLECTORS", "READERS", "ChildParser", "Collector", "Context", "Parse", "Reader", "collect", "parse_here",
    "parse_within",
]  # fmt: skip

log = logging.getLogger(__name__)

COLLECTORS: Mapping[str, Collector] = {
    "rss": FeedCollector("article"),
    "atom": FeedCollector("article"),
    "jsonfeed": FeedCollector("article"),
    "podcast": FeedCollector("podcast"),
    "youtube": FeedCollector("video"),
    "folder": FolderCollector(),
    "biorxiv": BiorxivCollector(),
    "clinicaltrials": ClinicalTrialsCollector(),
    "openalex": OpenAlexCollector(),
    "semanticscholar": SemanticScholarCollector(),
    "openfda": OpenFdaCollector(),
    "gdelt": GdeltCollector(),
    "pubmed": PubmedCollector(),
    "europepmc": EuropePmcCollector(),
    "crossref": CrossrefCollector(),
    "arxiv": ArxivCollector(),
    "googlenews": GoogleNewsCollector(),
    "bingnews": BingNewsCollector(),
    "sitemap": SitemapCollector(),
    "listing": ListingCollector(),
    "page": PageCollector(),
    "updates": UpdatesCollector(),
}

# Formats that are read wherever they come from, and that nothing asks for by itself.
READERS: Mapping[str, Reader] = {
    "datacite": DataciteReader(),
    "doaj": DoajReader(),
    "oai": OaiReader(),
    "plos": PlosReader(),
    **COLLECTORS,
}


def collect(source: Source, state: SourceState, context: Context) -> Collected:
    """Ask `source` once. Never raises: whatever happens is in the result (F-29).

    Args:
        source: what to ask; its `kind` is a key of COLLECTORS.
        state: what earlier polls taught us; validators and the last good body's hash are used.
        context: network, parser, clock and base folder.
    """
    try:
        return _collector(source.kind).collect(source, state, context)
    except FetchFailed as failed:
        if failed.failure == "internal_error":
            log.exception("fetching %s failed", source.id)
        return Collected(
            source_id=source.id,
            failure=failed.failure,
            failure_text=failed.text,
            status=failed.status,
            retry_after=failed.retry_after,
            requests=failed.requests,
        )
    except ParseFailed as failed:
        return Collected(source_id=source.id, failure=failed.failure, failure_text=failed.text)
    except Exception as error:  # a bug of ours must not stop the other sources
        log.exception("collecting %s failed", source.id)
        return Collected(source_id=source.id, failure="internal_error", failure_text=f"{type(error).__name__}: {error}")


def _collector(kind: str) -> Collector:
    collector = COLLECTORS.get(kind)
    if collector is None:
        raise ParseFailed(
            "internal_error", f"no collector for the kind {kind!r}; there are {', '.join(sorted(COLLECTORS))}"
        )
    return collector


def parse_within(limits: ParseLimits, kind: str, body: bytes, content_type: str, url: str, source_id: str) -> Parsed:
    """One document read by the reader for `kind` and cut to `limits`. Raises: ParseFailed."""
    reader = READERS.get(kind)
    if reader is None:
        raise ParseFailed("internal_error", f"no reader for the kind {kind!r}; there are {', '.join(sorted(READERS))}")
    parsed = reader.parse(body, content_type=content_type, url=url, source_id=source_id)
    return cut(parsed, limits)


def parse_here(kind: str, body: bytes, content_type: str, url: str, source_id: str) -> Parsed:
    """A `Parse` without a child process, for tests and for files of our own. Raises: ParseFailed."""
    return parse_within(ParseLimits(), kind, body, content_type, url, source_id)
