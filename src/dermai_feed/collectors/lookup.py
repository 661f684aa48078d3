"""Look-ups: what registered names stand for, asked of the interfaces that collectors read.

DOIs of Crossref, and of DataCite those that Crossref does not know; PMIDs of PubMed, PMCIDs of
Europe PMC, arXiv ids (and the DOIs that arXiv registers for them) of arXiv, NCT numbers of
ClinicalTrials.gov; forms of the questions by their own documentation (see the collectors). Many
names go into one question. A name that the answer does not hold is unknown there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from urllib.parse import urljoin

from ..errors import FetchFailed, ParseFailed
from ..model import Entry, Identifier, Request
from . import paging
from .contract import Context

# Scheme -> kind of collector, its address where no source of that kind is configured, names in one question.
# DataCite: https://support.datacite.org/docs/api-queries; 25 records make a page of its answers unless asked otherwise.
_PLACES: Mapping[str, tuple[str, str, int]] = {
    "doi": ("crossref", "https://api.crossref.org/works", 40),
    "datacite": ("datacite", "https://api.datacite.org/dois", 40),
    "pmid": ("pubmed", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils/efetch.fcgi", 100),
    "pmcid": ("europepmc", "https://www.ebi.ac.uk/europepmc/webservices/rest/search", 40),
    "arxiv": ("arxiv", "https://export.arxiv.org/api/query", 50),
    "nct": ("clinicaltrials", "https://clinicaltrials.gov/api/v2/studies", 50),
}
SCHEMES = frozenset(_PLACES) - {"datacite"}
_ARXIV = re.compile(r"10\.48550/arxiv\.(.+)", re.IGNORECASE)  # info.arxiv.org/help/doi.html
_GAPS = {"arxiv": 3.0}  # seconds between requests that arXiv asks for
_ACCEPT = {"pmid": "application/xml, text/xml", "arxiv": "application/atom+xml"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """What became of one question: an entry for each name that is known, and why there is none for others."""

    asked: tuple[Identifier, ...]
    entries: Mapping[Identifier, Entry]
    failure: str = ""  # an errors.FailureClass, when the question had no answer
    failure_text: str = ""
    requests: int = 0


def look_up(
    names: Iterable[Identifier], context: Context, *, addresses: Mapping[str, str], source_id: str
) -> Iterator[Answered]:
    """Ask what `names` stand for, one question after the other.

    Args:
        names: identifiers of the schemes in SCHEMES, in their one spelling (`registries.checked`).
        context: network and parser.
        addresses: kind of collector -> address of its interface, where a source names one.
        source_id: for the entries.

    Never raises for an answer: it is in the result.
    """
    by_scheme: dict[str, list[Identifier]] = {}
    for name in dict.fromkeys(names):
        by_scheme.setdefault("arxiv" if _ARXIV.fullmatch(name.value) else name.scheme, []).append(name)
    for scheme, wanted in sorted(by_scheme.items()):
        if scheme != "doi":
            yield from _in_turn(scheme, wanted, addresses, context, source_id)
            continue
        elsewhere: list[Identifier] = []
        for answered in _in_turn("doi", wanted, addresses, context, source_id):
            unknown = () if answered.failure else [name for name in answered.asked if name not in answered.entries]
            elsewhere += unknown
            yield replace(answered, asked=tuple(name for name in answered.asked if name not in unknown))
        yield from _in_turn("datacite", elsewhere, addresses, context, source_id)


def _in_turn(
    scheme: str, wanted: Iterable[Identifier], addresses: Mapping[str, str], context: Context, source_id: str
) -> Iterator[Answered]:
    """Ask one place, as many names at a time as it takes. What refuses many may refuse for one of them: halved."""
    kind, address, most = _PLACES[scheme]
    rest = iter(wanted)
    while asked := tuple(islice(rest, most)):
        waiting = [asked]
        while waiting:
            some = waiting.pop()
            answered = _ask(scheme, kind, addresses.get(kind) or address, some, context, source_id)
            if answered.failure == "http_4xx" and len(some) > 1:
                waiting += [some[len(some) // 2 :], some[: len(some) // 2]]
                answered = replace(answered, asked=(), failure="", failure_text="")
            yield answered


def _ask(
    scheme: str, kind: str, address: str, asked: Sequence[Identifier], context: Context, source_id: str
) -> Answered:
    values = {name: _value(scheme, name) for name in asked}
    question = _question(scheme, address, list(values.values()))
    request = Request(
        url=question, accept=_ACCEPT.get(scheme, "application/json"), trusted=True, gap=_GAPS.get(scheme, 0.0)
    )
    try:
        response = context.fetch(request)
    except FetchFailed as failed:
        if failed.failure in {"not_found", "gone"}:  # an interface's way to say that it knows none of them
            return Answered(asked=tuple(asked), entries={}, requests=failed.requests)
        return Answered(
            asked=tuple(asked), entries={}, failure=failed.failure, failure_text=failed.text, requests=failed.requests
        )
    try:
        parsed = context.parse(kind, response.body, response.header("content-type") or "", response.url, source_id)
    except ParseFailed as failed:
        return Answered(
            asked=tuple(asked), entries={}, failure=failed.failure, failure_text=failed.text, requests=response.requests
        )
    found: dict[Identifier, Entry] = {}
    for entry in parsed.entries:
        named = {(name.scheme, name.value.lower()) for name in entry.identifiers}
        for name, value in values.items():
            if name not in found and not named.isdisjoint({(name.scheme, name.value.lower()), (scheme, value.lower())}):
                found[name] = replace(entry, where=str(name))
    return Answered(asked=tuple(asked), entries=found, requests=response.requests)


def _value(scheme: str, name: Identifier) -> str:
    """How the place for `scheme` calls `name`."""
    registered = _ARXIV.fullmatch(name.value) if scheme == "arxiv" else None
    return registered[1] if registered else name.value


def _question(scheme: str, address: str, values: Sequence[str]) -> str:
    match scheme:
        case "doi":
            # A comma would end the name in Crossref's filter; no registered DOI that we know has one.
            return paging.with_query(
                address, {"filter": ",".join(f"doi:{value}" for value in values), "rows": str(len(values))}
            )
        case "datacite":
            quoted = " OR ".join('"' + re.sub(r'(["\\\\])', r"\\\1", value) + '"' for value in values)
            return paging.with_query(address, {"query": f"doi:({quoted})", "page[size]": str(len(values))})
        case "pmid":
            words = {"db": "pubmed", "id": ",".join(values), "retmode": "xml", "tool": "dermai_feed"}
            return paging.with_query(urljoin(address, "efetch.fcgi"), words)
        case "pmcid":
            query = " OR ".join(f"PMCID:{value}" for value in values)
            words = {"query": query, "resultType": "core", "format": "json", "pageSize": str(len(values))}
            return paging.with_query(address, words)
        case "arxiv":
            return paging.with_query(address, {"id_list": ",".join(values), "max_results": str(len(values))})
        case _:
            return paging.with_query(address, {"filter.ids": ",".join(values), "pageSize": str(len(values))})
