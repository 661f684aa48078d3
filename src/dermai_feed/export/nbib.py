"""PubMed's tagged format, for programs that read nothing else (see `imports.medline`)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from .record import Record, one_line

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WIDTH = 88  # of a line, as PubMed breaks them


def write(records: Iterable[Record]) -> Iterator[str]:
    """One piece of text for each record."""
    for record in records:
        yield "".join(_line(tag, one_line(value)) for tag, value in _fields(record) if value) + "\n"


def _line(tag: str, value: str) -> str:
    lines = textwrap.wrap(value, _WIDTH - 6, break_long_words=False, break_on_hyphens=False) or [""]
    return f"{tag:<4}- " + "\n      ".join(lines) + "\n"


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    item, publication = record.item, record.publication
    yield "PMID", record.identifier("pmid")
    yield "OWN", "dermai-feed"
    yield "TI", item.title
    for author in item.authors:
        yield "FAU", author
    yield "JT", publication.journal or ("" if item.publication else item.provider.name)
    yield "VI", publication.volume
    yield "IP", publication.issue
    yield "PG", publication.pages
    yield "DP", _date(record.date)
    yield "LID", f"{doi} [doi]" if (doi := record.identifier("doi")) else ""
    yield "PMC", record.identifier("pmcid")
    yield "SI", f"ClinicalTrials.gov/{nct}" if (nct := record.identifier("nct")) else ""
    yield "GN", f"arXiv:{arxiv}" if (arxiv := record.identifier("arxiv")) else ""
    yield "IS", f"{publication.issn} (Linking)" if publication.issn else ""  # readers expect one of MEDLINE's kinds
    yield "ISBN", record.identifier("isbn")
    yield "AB", record.abstract
    for tag in item.tags:
        yield "OT", tag
    yield "LA", item.language
    for kind in publication.types:
        yield "PT", kind
    yield "PB", publication.publisher
    yield "OID", publication.accession
    yield "URL", record.address


def _date(date: str) -> str:
    year, month, day = (*date.split("-"), "", "")[:3]
    return " ".join(part for part in (year, _MONTHS[int(month) - 1] if month else "", day.lstrip("0")) if part)
