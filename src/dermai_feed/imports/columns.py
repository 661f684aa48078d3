"""Which column of a table is what: by its heading, else by what stands in it.

Headings are those of PubMed, Scopus, Web of Science, Embase, IEEE Xplore, Springer, Zotero,
Dimensions, ClinicalTrials.gov and of our own export. The guess is shown before it is used,
and `--map FIELD=COLUMN` overrides it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from .citation import Record, date, doi_in, names, nct_in, words

FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": (
        "title", "article title", "item title", "document title", "study title", "brief title", "paper title",
        "titel", "titre", "headline",
    ),
    "authors": (
        "authors", "author", "author full names", "author names", "creator", "creators", "autoren", "auteurs",
        "authors raw", "author s", "first author",
    ),
    "journal": (
        "journal", "journal book", "source title", "publication title", "publication", "journal name",
        "container title", "secondary title", "journal title", "full journal name", "source", "periodical", "venue",
        "zeitschrift", "revue",
    ),
    "volume": ("volume", "journal volume", "vol"),
    "issue": ("issue", "journal issue", "number", "issue number"),
    "pages": ("pages", "page", "page range", "pagination", "article number", "art no"),
    "first_page": ("page start", "start page", "first page", "beginning page"),
    "last_page": ("page end", "end page", "last page", "ending page"),
    "date": (
        "date", "publication date", "published", "published date", "pubdate", "date published", "publisheddatetime",
        "online date", "publication date online", "first posted", "created", "datum", "posted", "time",
    ),
    "year": ("year", "publication year", "pub year", "jahr", "py"),
    "abstract": (
        "abstract", "excerpt", "summary", "abstract note", "abstract text", "brief summary", "description",
        "zusammenfassung", "resume",
    ),
    "doi": ("doi", "item doi", "doi link", "digital object identifier", "doi url"),
    "pmid": ("pmid", "pubmed id", "pubmedid", "medline pmid", "pubmed"),
    "pmcid": ("pmcid", "pmc", "pmc id"),
    "arxiv": ("arxiv", "arxiv id"),
    "nct": ("nct number", "nct id", "nctid", "nct"),
    "url": (
        "url", "link", "web url", "weburl", "study url", "article url", "originalurl", "source url", "address",
        "permalink", "urls", "pdf link", "website", "page url", "lien",
    ),
    "keywords": (
        "keywords", "author keywords", "manual tags", "automatic tags", "tags", "index keywords", "topics",
        "mesh terms", "subjects", "conditions", "keyword", "emtree terms",
    ),
    "issn": ("issn", "issn isbn", "print issn", "eissn", "e issn", "online issn"),
    "isbn": ("isbn", "isbns"),
    "language": ("language", "language of original document", "lang", "sprache"),
    "type": ("document type", "item type", "content type", "publication type", "type", "category", "study type"),
    "publisher": ("publisher", "provider", "provider name", "sponsor"),
    "citation": ("citation", "short details", "full citation"),
    "accession": (
        "ut unique wos id", "accession number", "eid", "key", "id", "unique id", "embase accession id", "guid",
    ),
}  # fmt: skip
_MANY = frozenset({"url", "keywords", "issn", "isbn"})  # several columns may say it
# "Nature. 2021 Dec 21;1(2):10-11. doi: …", as PubMed writes it.
_CITATION = re.compile(
    r"(?P<date>\d{4}(?: [A-Z][a-z]{2}(?: \d{1,2})?)?);(?P<volume>[\w.-]{1,15})"
    r"(?:\((?P<issue>[^()]{1,20})\))?(?::(?P<pages>[\w.-]{1,25}?))?(?=[.;\s]|$)"
)
_DOI = re.compile(r"\s*(?:doi:\s*|https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/\S+\s*", re.IGNORECASE)
_URL = re.compile(r"\s*https?://\S+\s*", re.IGNORECASE)
_PMID = re.compile(r"\s*\d{7,8}\s*")
_NCT = re.compile(r"\s*NCT\d{8}\s*", re.IGNORECASE)
_DATE = re.compile(r"\s*(?:\d{4}[-/]\d\d?[-/]\d\d?(?:[T ].*)?|\d{4}|\d{1,2} \w{3,9} \d{4})\s*")

_GUARDED = re.compile(r"'+[=+\-@]")

Mapping_ = dict[str, list[int]]


def plain(heading: str) -> str:
    """A heading without case, signs and byte order mark: "Journal/Book" -> "journal book"."""
    return " ".join(re.findall(r"[^\W_]+", heading.replace("\ufeff", "").casefold()))


def by_heading(headings: Sequence[str], given: Mapping[str, str]) -> Mapping_:
    """Field -> its columns. `given` (field -> heading, or the column's number from 1) goes first.

    Raises: ValueError naming a heading or field of `given` that there is not.
    """
    found: Mapping_ = {}
    names_ = [plain(heading) for heading in headings]
    for field, column in given.items():
        if field not in FIELDS:
            raise ValueError(f"--map {field}={column}: no such field; there are {', '.join(FIELDS)}")
        if plain(column) in names_:
            found[field] = [names_.index(plain(column))]
        elif column.isdecimal() and 1 <= int(column) <= len(headings):
            found[field] = [int(column) - 1]
        else:
            said = ", ".join(repr(heading) for heading in headings[:40])
            raise ValueError(f"--map {field}={column}: no such column; there are {said}")
    taken = {index for indexes in found.values() for index in indexes}
    for field, synonyms in FIELDS.items():
        if field in given:
            continue
        for synonym in synonyms:
            for index, name in enumerate(names_):
                if name == synonym and index not in taken and (field in _MANY or field not in found):
                    found.setdefault(field, []).append(index)
                    taken.add(index)
    return found


def by_content(rows: Sequence[Sequence[str]]) -> Mapping_:
    """Field -> its column, from the first rows of a table without headings."""
    found: Mapping_ = {}
    width = max((len(row) for row in rows), default=0)
    for index in range(width):
        cells = [row[index] for row in rows if index < len(row) and row[index].strip()]
        if not cells:
            continue
        for field, pattern in (("doi", _DOI), ("url", _URL), ("nct", _NCT), ("pmid", _PMID), ("date", _DATE)):
            if field not in found and all(pattern.fullmatch(cell) for cell in cells):
                found[field] = [index]
                break
        else:
            mean = sum(map(len, cells)) / len(cells)
            if 20 <= mean <= 300 and "title" not in found and sum(" " in cell for cell in cells) * 2 > len(cells):
                found["title"] = [index]
    return found


def enough(mapping: Mapping_) -> bool:
    """Whether a row understood so can become a record."""
    return not mapping.keys().isdisjoint({"title", "doi", "pmid", "pmcid", "arxiv", "nct", "url"})


def record(row: Sequence[str], mapping: Mapping_) -> Record:
    """The record that `row` is."""

    def every(field: str) -> list[str]:
        return [text for i in mapping.get(field, ()) if i < len(row) and (text := _unguarded(row[i].strip()))]

    def one(field: str) -> str:
        return next(iter(every(field)), "")

    first, last = one("first_page"), one("last_page")
    addresses = every("url")
    cited = found.groupdict("") if (found := _CITATION.search(one("citation"))) else {}
    dated = (one("year"), one("date")) if one("year") else (one("date"),)
    return Record(
        title=one("title"),
        authors=names(one("authors")),
        journal=one("journal"),
        volume=one("volume") or cited.get("volume", ""),
        issue=one("issue") or cited.get("issue", ""),
        pages=one("pages")
        or (f"{first}-{last}" if first and last and first != last else first)
        or cited.get("pages", ""),
        date=date(*dated, cited.get("date", "")),
        abstract=one("abstract"),
        doi=doi_in(one("doi")) or next((doi for address in addresses if (doi := doi_in(address))), ""),
        pmid=one("pmid").removesuffix(".0"),  # a spreadsheet's number
        pmcid=one("pmcid"),
        arxiv=one("arxiv"),
        nct=nct_in(one("nct")),
        serials=[*every("issn"), *every("isbn")],
        addresses=addresses,
        keywords=[word for text in every("keywords") for word in words(text)],
        types=[part.strip() for part in re.split(r"[;|]", one("type"))],
        language=one("language"),
        accession=one("accession"),
        publisher=one("publisher"),
    )


def _unguarded(cell: str) -> str:
    """`cell` without the apostrophe that keeps a spreadsheet from computing it (see `export.table`)."""
    return cell[1:] if _GUARDED.match(cell) else cell
