"""References as people write them: the numbered list's lines, and the citations in the text.

The form is that of the National Library of Medicine ("Citing Medicine", chapter 1; the
"Vancouver style"): authors, title, journal, date;volume(issue):pages, identifiers. Everything
is taken as written; making dates and names comparable is the business of normalising.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..model import Entry, Identifier, Publication
from . import parts

_DOI = re.compile(r"(?:\bdoi:\s*|https?://(?:dx\.)?doi\.org/)(10\.\d{4,9}/[^\s\"<>]+)", re.IGNORECASE)
_PMID = re.compile(r"\bPMID:\s*(\d{1,9})\b", re.IGNORECASE)
_PMCID = re.compile(r"\bPMCID:\s*(PMC\d{1,9})\b", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://[^\s<>\"\])]+")
_DATE = r"(?:19|20)\d\d(?:\s(?:[A-Z][a-z]{2,8})(?:[-–/][A-Z][a-z]{2,8})?\.?(?:\s\d{1,2}(?!\d))?)?"
_EPUB = re.compile(rf"\bEpub\s({_DATE})")
_AUTHORS = re.compile(r"\s*([^.?!]{2,4000}?)\.\s+(?=\S)")
_ITALIC = re.compile(r"(?P<title>.+?)\s*(?<!\w)[*_](?P<journal>[^*_]{2,200})[*_]\.?\s*(?P<rest>.*)", re.DOTALL)
_UPRIGHT = re.compile(rf"(?P<title>.+?[.?!])\s+(?P<journal>[^.?!]{{2,200}})\.\s+(?P<rest>{_DATE}.*)", re.DOTALL)
_IMPRINT = re.compile(
    rf"(?P<date>{_DATE})\s*(?:;\s*(?P<volume>[\w\s.\-]{{1,30}}?)\s*(?:\((?P<issue>[^()]{{1,40}})\))?)?"
    r"\s*(?::\s*(?P<pages>[\w\-–—, ]{1,40}))?\s*(?=[.;]|$)"
)
_LETTER = r"[^\W\d_]"
_CITED = re.compile(
    rf"(?P<name>{_LETTER}[\w'’\-]*(?:\s{_LETTER}[\w'’\-]*){{0,3}}?)(?:,?\s+et\s+al\.?|\s*(?:&|\band\b)\s+[^,()]{{2,60}})?"
    r",?\s+\(?(?P<year>(?:19|20)\d\d)[a-z]?\)?"
)


class Citation(NamedTuple):
    """A work named in the text by its first author and year."""

    name: str  # case-folded
    year: str


def cited(text: str) -> Citation | None:
    """The work that `text` as a whole names ("Chou et al., 2025"), or None."""
    match = _CITED.fullmatch(text.strip()) if len(text) <= 120 else None
    return Citation(match["name"].casefold(), match["year"]) if match else None


class Reference(NamedTuple):
    """A work of a reference list, and how the text may cite it: by the year in print or the electronic one's."""

    entry: Entry
    citations: tuple[Citation, ...]


def looks_like_one(text: str) -> bool:
    """Whether a numbered line is a reference wherever it stands."""
    return bool(_DOI.search(text) or _PMID.search(text))


def parse(text: str, *, source_id: str, where: str) -> Reference | None:
    """The work that one line of a reference list describes, None when its parts cannot be told.

    Args:
        text: the line without its number; italics may be marked by `*` or `_`.
        source_id: for the entry.
        where: "file:line", for messages.
    """
    line = " ".join(text.split())
    authors = _AUTHORS.match(line)
    if authors is None:
        return None
    rest = line[authors.end() :]
    match = _ITALIC.match(rest) or _UPRIGHT.match(rest)
    imprint = _IMPRINT.match(match["rest"]) if match else None
    if match is None or imprint is None:
        return None
    identifiers = _identifiers(line)
    named = {identifier.scheme: identifier.value for identifier in identifiers}
    epub = _EPUB.search(line)
    published = imprint["date"]
    names = _names(authors[1])
    family, _, initials = names[0].rpartition(" ") if names else ("", "", "")
    years = parts.unique(date[:4] for date in (published, epub[1] if epub else published))
    if epub and len(published) == 4:  # the print edition names a year only, the electronic one the day
        published = epub[1]
    entry = Entry(
        source_id=source_id,
        title=match["title"].strip().removesuffix("."),
        guid=(link := _link(named, line)) or f"reference:{match['title'].strip()}",
        link=link,
        published=published,
        authors=names,
        identifiers=identifiers,
        publication=Publication(
            journal=match["journal"].strip().removesuffix("."),
            volume=(imprint["volume"] or "").strip(),
            issue=imprint["issue"] or "",
            pages=(imprint["pages"] or "").strip(),
        ),
        where=where,
    )
    return Reference(entry, tuple(Citation((family or initials).casefold(), year) for year in years))


def _names(text: str) -> tuple[str, ...]:
    """ "Du-Harpur X, Watt FM, et al" -> its named authors."""
    names = (re.sub(r"^and\s+|\s+et al$", "", name.strip()) for name in re.split(r"[,;]\s*", text))
    return parts.unique(name for name in names if name and name != "et al")


def _identifiers(line: str) -> tuple[Identifier, ...]:
    found = (
        (scheme, match[1])
        for pattern, scheme in ((_DOI, "doi"), (_PMID, "pmid"), (_PMCID, "pmcid"))
        if (match := pattern.search(line))
    )
    # the full stop or bracket that ends the sentence does not belong to the identifier
    return tuple(Identifier(scheme=scheme, value=_unpunctuated(value)) for scheme, value in found)


def _unpunctuated(value: str) -> str:
    value = value.rstrip(".,;:*_")
    while value.endswith(")") and value.count(")") > value.count("("):
        value = value[:-1].rstrip(".,;:")
    return value


def _link(named: dict[str, str], line: str) -> str | None:
    if "doi" in named:
        return f"https://doi.org/{named['doi']}"
    if "pmid" in named:
        return f"https://pubmed.ncbi.nlm.nih.gov/{named['pmid']}/"
    address = _ADDRESS.search(line)
    return address[0].rstrip(".,;") if address else None
