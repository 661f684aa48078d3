"""BibTeX in UTF-8 (see `imports.bibtex`): for BibLaTeX, JabRef, Zotero."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from .record import Record, listed, one_line

_ENTRIES = {
    "conference paper": "inproceedings", "book chapter": "incollection", "book": "book", "thesis": "phdthesis",
    "report": "techreport", "web page": "online", "dataset": "dataset", "patent": "patent", "preprint": "unpublished",
}  # fmt: skip
# What TeX would take for something else. A tilde or caret in text has no single sign.
_SPECIAL = re.compile(r"[\\{}%&#$_~^]")
_ESCAPED = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
_PAGES = re.compile(r"\w+-\w+")
_LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=`)(?=`)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def write(records: Iterable[Record]) -> Iterator[str]:
    """One entry for each record, every key once."""
    taken: set[str] = set()
    for record in records:
        kind, others = _kind(record)
        lines = [f"  {name} = {value}" for name, value in _fields(record, kind, others) if value]
        yield f"@{kind}{{{_key(record, taken)},\n" + ",\n".join(lines) + "\n}\n\n"


def _kind(record: Record) -> tuple[str, tuple[str, ...]]:
    types = record.publication.types
    for kind in types:
        if kind in _ENTRIES:
            return _ENTRIES[kind], tuple(other for other in types if other != kind)
    if record.is_paper:
        return "article", types
    return ("misc" if record.item.publication else "online"), types


def _key(record: Record, taken: set[str]) -> str:
    """Author, year and the first long word of the title: "esteva2017dermatologist", with a letter when it is taken."""
    author = record.item.authors[0].split(",")[0] if record.item.authors else record.item.provider.name
    long = next((word for word in _ascii(record.item.title).split() if len(word) > 4), "")
    base = "".join(_ascii(author).split()) + record.date[:4] + long or record.item.id
    key, number = base, 1
    while key in taken:
        number += 1
        key = f"{base}-{number}"
    taken.add(key)
    return key


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9 ]", "", plain)


def _text(value: str) -> str:
    written = _SPECIAL.sub(lambda found: _ESCAPED.get(found[0], f"\\{found[0]}"), one_line(value))
    # Two of these in a row are one sign to TeX: a dash, a quotation mark.
    return f"{{{_LIGATURE.sub(r'{}', written)}}}" if written else ""


def _verbatim(value: str) -> str:
    """An address or identifier: braces would end the field, the rest stands as it is."""
    return f"{{{value.replace('{', '%7B').replace('}', '%7D')}}}" if value else ""


def _fields(record: Record, kind: str, others: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    item, publication = record.item, record.publication
    # Braces keep the capitals that a style would make small.
    yield "title", f"{{{_text(item.title)}}}"
    yield "author", " and ".join(_person(author) for author in item.authors).join("{}") if item.authors else ""
    name = {"inproceedings": "booktitle", "incollection": "booktitle", "online": "organization"}.get(kind, "journal")
    yield name, _text(publication.journal or ("" if item.publication else item.provider.name))
    yield "volume", _text(publication.volume)
    yield "number", _text(publication.issue)
    yield (
        "pages",
        f"{{{publication.pages.replace('-', '--')}}}"
        if _PAGES.fullmatch(publication.pages)
        else _text(publication.pages),
    )
    year, month, day = (*record.date.split("-"), "", "")[:3]
    yield "year", _text(year)
    yield "month", (_MONTHS[int(month) - 1] + (f' # "~{day.lstrip("0")}"' if day else "")) if month else ""
    yield "doi", _verbatim(record.identifier("doi"))
    yield "pmid", _verbatim(record.identifier("pmid"))
    yield "pmcid", _verbatim(record.identifier("pmcid"))
    if arxiv := record.identifier("arxiv"):
        yield "eprint", _verbatim(arxiv)
        yield "archiveprefix", "{arXiv}"
    yield "nct", _verbatim(record.identifier("nct"))
    yield "issn", _text(publication.issn)
    yield "isbn", _text(record.identifier("isbn"))
    yield "abstract", _text(record.abstract)
    yield "keywords", _text(listed(item.tags, "[,;]"))
    yield "publisher", _text(publication.publisher)
    yield "unique-id", _text(publication.accession)
    yield "language", _text(item.language)
    yield "type", _text("; ".join(others))
    yield "url", _verbatim(record.address)


def _person(name: str) -> str:
    written = _text(name)[1:-1]
    # "The ISIC Consortium and Friends" is one name; so is one that looks like several.
    return f"{{{written}}}" if re.search(r"\sand\s", written) else written
