"""CSL-JSON (see `imports.csl`): for Pandoc, Zotero, citation processors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from .record import Record, listed

ACCESSION = "Accession Number: "  # as Zotero writes fields that CSL has no place for
_TYPES = {
    "conference paper": "paper-conference", "book chapter": "chapter", "book": "book", "thesis": "thesis",
    "report": "report", "web page": "webpage", "newspaper article": "article-newspaper",
    "magazine article": "article-magazine", "blog post": "post-weblog", "preprint": "article", "dataset": "dataset",
    "patent": "patent", "video": "motion_picture",
}  # fmt: skip


def write(records: Iterable[Record]) -> Iterator[str]:
    """A list with one object for each record, one a line."""
    before = "[\n"
    for record in records:
        yield before + json.dumps({key: value for key, value in _fields(record) if value}, ensure_ascii=False)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


def _fields(record: Record) -> Iterator[tuple[str, object]]:
    item, publication = record.item, record.publication
    kind, others = _type(record)
    yield "id", item.id
    yield "citation-key", item.id  # and by this key a list of CSL items is told from any other JSON
    yield "type", kind
    yield "title", item.title
    yield "author", [_person(author) for author in item.authors]
    yield "container-title", publication.journal or ("" if item.publication else item.provider.name)
    yield "volume", publication.volume
    yield "issue", publication.issue
    yield "page", publication.pages
    yield "issued", {"date-parts": [[int(part) for part in record.date.split("-")]]} if record.date else None
    yield "DOI", record.identifier("doi")
    yield "PMID", record.identifier("pmid")
    yield "PMCID", record.identifier("pmcid")
    yield "ISSN", publication.issn
    yield "ISBN", record.identifier("isbn")
    arxiv, nct, accession = record.identifier("arxiv"), record.identifier("nct"), publication.accession
    notes = (f"arXiv:{arxiv}" if arxiv else "", nct, f"{ACCESSION}{accession}" if accession else "")
    yield "note", "\n".join(filter(None, notes))
    yield "abstract", record.abstract
    yield "keyword", listed(item.tags, "[,;]")
    yield "publisher", publication.publisher
    yield "language", item.language
    yield "genre", "; ".join(others)
    yield "URL", record.address


def _type(record: Record) -> tuple[str, tuple[str, ...]]:
    types = record.publication.types
    if record.is_video:
        return "motion_picture", types
    if record.item.type == "podcast":
        return "song", types
    for kind in types:
        if kind in _TYPES:
            return _TYPES[kind], tuple(other for other in types if other != kind)
    if record.is_paper:
        return "article-journal", types
    return ("document" if record.item.publication else "webpage"), types


def _person(name: str) -> dict[str, str]:
    family, comma, given = name.partition(",")
    if comma and family.strip() and given.strip() and "," not in given:
        return {"family": family.strip(), "given": given.strip()}
    return {"literal": name}
