"""RIS (Research Information Systems, 1984; the tags of EndNote, Zotero, Mendeley, Scopus, Embase, Cochrane …).

Each line is a tag, two blanks, a hyphen, a blank and a value; `TY` begins a record and `ER` ends
it. Seen in the wild and read: no `ER`, lines that go on without a tag, one blank instead of
two, tags in small letters, prefaces before the first record, every kind of line end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Problem
from .citation import Record, date, doi_in, nct_in, words
from .contract import Document, Found, Unreadable

_LINE = re.compile(r"\s{0,3}([A-Za-z][A-Za-z0-9])(?:\s{1,3}-(?:\s|$)|\s{2}-)\s?(.*)")
MARK = re.compile(r"^\s{0,3}\ufeff?TY {1,3}- ?\S", re.MULTILINE | re.IGNORECASE)

# Type of reference -> publication type; an article in a journal is what everything is.
_TYPES = {
    "JOUR": "", "JFULL": "", "EJOUR": "", "ABST": "abstract",
    "INPR": "", "CONF": "conference paper", "CPAPER": "conference paper", "CHAP": "book chapter",
    "BOOK": "book", "EBOOK": "book", "EDBOOK": "book", "THES": "thesis", "RPRT": "report", "NEWS": "newspaper article",
    "MGZN": "magazine article", "ELEC": "web page", "BLOG": "blog post", "UNPB": "preprint", "VIDEO": "video",
    "SOUND": "audio", "DATA": "dataset", "PAT": "patent", "GEN": "", "CLIN": "clinical trial",
}  # fmt: skip
_INDEXED_BY_PMID = re.compile(r"pubmed|medline|\bnlm\b", re.IGNORECASE)
_MOST_LINES = 20_000  # of one record


def read(document: Document) -> Iterator[Found]:
    """The records of a RIS file. Raises: Unreadable when there is no TY line."""
    number = 0
    for number, (line, fields) in enumerate(_records(document.text), 1):
        where = document.at(number, line)
        try:
            record = _record(fields)
            entry = record.entry(source_id=document.source_id, where=where, kind=_kind(fields))
        except ValueError as error:
            yield Problem(where=where, what=f"cannot be read: {error}", hint="the other records were read")
            continue
        if entry is None:
            yield Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")
        else:
            yield entry
    if not number:
        raise Unreadable("no record begins: RIS has a line `TY  - JOUR` before each")


Fields = dict[str, list[str]]


def _records(text: str) -> Iterator[tuple[int, Fields]]:
    """Each record's first line number, and its values by tag in upper case."""
    fields: Fields | None = None
    start, lines, tag = 0, 0, ""
    for number, raw in enumerate(_lines(text), 1):
        match = _LINE.match(raw)
        if match and (name := match[1].upper()) == "TY":
            if fields:
                yield start, fields  # no ER before it
            fields, start, lines, tag = {"TY": [match[2].strip()]}, number, 0, "TY"
        elif fields is None:
            continue  # a preface, or what stands between records
        elif match and name == "ER":
            yield start, fields
            fields = None
        elif (lines := lines + 1) > _MOST_LINES:
            continue
        elif match:
            tag = name
            fields.setdefault(tag, []).append(match[2].strip())
        elif raw.strip() and tag == "KW" and not raw[:1].isspace():
            fields[tag].append(raw.strip())  # EndNote: one keyword a line, the tag before the first alone
        elif raw.strip() and fields.get(tag):
            fields[tag][-1] = f"{fields[tag][-1]} {raw.strip()}".strip()
    if fields:
        yield start, fields


def _lines(text: str) -> Iterator[str]:
    """The lines of `text`, one after the other: a list of a million would cost more than the text.

    Not by str.splitlines: abstracts hold U+2028.
    """
    start = 0
    while (end := text.find("\n", start)) >= 0:
        yield text[start:end]
        start = end + 1
    yield text[start:]


def _kind(fields: Fields) -> str:
    return {"VIDEO": "video", "SOUND": "podcast"}.get(fields["TY"][0].upper(), "article")


def _record(fields: Fields) -> Record:
    def first(*tags: str) -> str:
        return next((value for tag in tags for value in fields.get(tag, ()) if value), "")

    def every(*tags: str) -> list[str]:
        return [value for tag in tags for value in fields.get(tag, ()) if value]

    code = fields["TY"][0].upper()
    whole = code in {"BOOK", "EBOOK", "EDBOOK"}
    title = first("TI", "T1", "CT") or (first("BT") if whole else "")
    notes = every("N1", "C1", "C2", "C6", "C7", "M1", "M2", "M3", "U1", "U2", "AN", "ID")
    accession = first("AN")
    base = " ".join(every("DB", "DP", "N1"))
    start, end = first("SP"), first("EP")
    addresses = every("UR", "L2", "LK", "L1", "L3")
    declared = first("DO", "DI")
    return Record(
        title=title or (first("T2") if whole else ""),
        authors=every("AU", "A1") or every("A2", "ED"),
        journal=first("JF", "JO", "T2", "JA", "J1", "J2", "BT") if not whole else "",
        volume=first("VL"),
        issue=first("IS", "CP"),
        pages=start if not end or end == start or "-" in start else f"{start}-{_whole(start, end)}",
        date=date(first("DA"), first("Y1"), first("PY"), *(v for v in every("C1") if "date" in v.lower()))
        if not first("PY")
        else date(first("PY"), first("DA"), first("Y1")),
        abstract="\n".join(every("AB")) or first("N2"),
        doi=doi_in(declared) or next((doi for text in addresses if (doi := doi_in(text))), ""),
        pmid=accession if accession.isdecimal() and len(accession) <= 8 and _INDEXED_BY_PMID.search(base) else "",
        nct=nct_in(f"{accession} {first('ID')}"),
        serials=every("SN"),
        addresses=addresses,
        keywords=[word for text in every("KW") for word in words(text)] if len(every("KW")) == 1 else every("KW"),
        types=[_TYPES.get(code, code.lower()), *(text for text in every("M3") if len(text) < 60 and not doi_in(text))],
        notes=notes,
        language=first("LA"),
        accession=accession or first("ID"),
        publisher=first("PB"),
    )


def _whole(start: str, end: str) -> str:
    """The last page in full: "1023" and "31" are 1023-1031."""
    return (
        start[: len(start) - len(end)] + end if start.isdecimal() and end.isdecimal() and len(end) < len(start) else end
    )
