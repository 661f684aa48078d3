"""RIS, as EndNote, Zotero and Mendeley read it (see `imports.ris`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .record import Record, listed, one_line

_TYPES = {
    "conference paper": "CONF", "book chapter": "CHAP", "book": "BOOK", "thesis": "THES", "report": "RPRT",
    "web page": "ELEC", "newspaper article": "NEWS", "magazine article": "MGZN", "blog post": "BLOG",
    "preprint": "UNPB", "abstract": "ABST", "dataset": "DATA", "patent": "PAT",
}  # fmt: skip


def write(records: Iterable[Record]) -> Iterator[str]:
    """One piece of text for each record."""
    for record in records:
        yield "".join(f"{tag}  - {one_line(value)}\r\n" for tag, value in _fields(record) if value) + "ER  - \r\n\r\n"


def _type(record: Record) -> tuple[str, tuple[str, ...]]:
    """The code of the reference's type, and the types that it does not say."""
    types = record.publication.types
    if record.is_video:
        return "VIDEO", types
    if record.item.type == "podcast":
        return "SOUND", types
    for kind in types:
        if kind in _TYPES:
            return _TYPES[kind], tuple(other for other in types if other != kind)
    if record.is_paper:
        return "JOUR", types
    return ("GEN" if record.item.publication else "ELEC"), types


def _fields(record: Record) -> Iterator[tuple[str, str]]:
    item, publication = record.item, record.publication
    code, others = _type(record)
    yield "TY", code
    yield "TI", item.title
    for author in item.authors:
        yield "AU", author
    yield "JF" if code != "ELEC" else "T2", publication.journal or (item.provider.name if code == "ELEC" else "")
    yield "VL", publication.volume
    yield "IS", publication.issue
    start, _, end = publication.pages.partition("-")
    # "1844-59" stays in one field: in two it would be read as 1844 to 1859, which nobody wrote.
    plain = start.isalnum() and end.isalnum() and start != end and len(start) <= len(end)
    yield "SP", start if plain else publication.pages
    yield "EP", end if plain else ""
    year, month, day = (*record.date.split("-"), "", "")[:3]
    yield "PY", year
    yield "DA", f"{year}/{month}/{day}/" if month else ""
    yield "DO", record.identifier("doi")
    pmid = record.identifier("pmid")
    if pmid and not publication.accession:
        yield "AN", pmid
        yield "DB", "PubMed"
    else:
        yield "AN", publication.accession
        yield "N1", f"PMID: {pmid}" if pmid else ""
    yield "C2", record.identifier("pmcid")
    yield "ID", record.identifier("nct")
    yield "N1", f"arXiv:{arxiv}" if (arxiv := record.identifier("arxiv")) else ""
    yield "SN", publication.issn
    yield "SN", record.identifier("isbn")
    yield "AB", record.abstract
    for tag in item.tags:
        yield "KW", tag if len(item.tags) > 1 else listed(item.tags, "[,;]")
    yield "PB", publication.publisher
    yield "LA", item.language
    for kind in others:
        yield "M3", kind
    yield "UR", record.address
