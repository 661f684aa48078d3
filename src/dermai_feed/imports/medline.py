"""MEDLINE's tagged format (PubMed's .nbib, Ovid's "Medline" and ERIC's kind of it), and ISI's (Web of Science).

PubMed: a tag of up to four letters filled up with blanks, a hyphen, a blank, the value; a line
that begins with six blanks goes on with the value before; a blank line ends the record
(nlm.nih.gov/bsd/mms/medlineelements.html). ISI: two characters and a blank; three blanks go on,
`ER` ends the record (Web of Science Core Collection Field Tags).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..collectors import parts
from ..model import Problem
from .citation import Record, date, doi_in, nct_in, words
from .contract import Document, Found, Unreadable

_LINE = re.compile(r"([A-Z]{2,4}[A-Z0-9]?)\s{0,3}- ?(.*)")
NBIB = re.compile(r"^(?:PMID ?- ?\d|OWN ?- ?\S|STAT- ?\S)", re.MULTILINE)
ISI = re.compile(r"\A\s*\ufeff?FN (?:Clarivate|Thomson|ISI|Web)|^PT [JBSPC]\r?$", re.MULTILINE)
_ISI_LINE = re.compile(r"([A-Z][A-Z0-9])(?: (.*)|$)")
_MOST_LINES = 20_000  # of one record
_TYPES = {"J": "", "B": "book", "S": "conference paper", "C": "conference paper", "P": "patent"}

Fields = dict[str, list[str]]


def read(document: Document) -> Iterator[Found]:
    """The records of a .nbib file. Raises: Unreadable when there is none."""
    yield from _each(document, _records(document.text), _nbib, "PubMed's format has a line `PMID- 12345678` in each")


def read_isi(document: Document) -> Iterator[Found]:
    """The records of a plain-text export of Web of Science. Raises: Unreadable when there is none."""
    yield from _each(document, _isi_records(document.text), _isi, "ISI's format has a line `PT J` before each")


def _each(document: Document, records: Iterator[tuple[int, Fields]], make: object, missing: str) -> Iterator[Found]:
    number = 0
    assert callable(make)
    for number, (line, fields) in enumerate(records, 1):
        where = document.at(number, line)
        try:
            record: Record = make(fields)
            entry = record.entry(source_id=document.source_id, where=where)
        except ValueError as error:
            yield Problem(where=where, what=f"cannot be read: {error}", hint="the other records were read")
            continue
        if entry is None:
            yield Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")
        else:
            yield entry
    if not number:
        raise Unreadable(f"no record begins: {missing}")


def _records(text: str) -> Iterator[tuple[int, Fields]]:
    """Each record's first line and its values by tag. A second PMID or TI begins another record as well."""
    fields: Fields = {}
    start, lines, tag = 0, 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        match = _LINE.match(line)
        if match:
            again = match[1] in {"PMID", "OWN", "TI"} and match[1] in fields
            if fields and (again or (match[1] == "PMID" and "TI" in fields)):
                yield start, fields
                fields = {}
            if not fields:
                start, lines = number, 0
            tag = match[1]
            fields.setdefault(tag, []).append(match[2].strip())
        elif not line.strip():
            if fields.keys() - {"OWN", "STAT"}:
                yield start, fields
                fields = {}
        elif fields and line[:1] in " \t" and (lines := lines + 1) <= _MOST_LINES:
            fields[tag][-1] = f"{fields[tag][-1]} {line.strip()}"
    if fields:
        yield start, fields


def _nbib(fields: Fields) -> Record:
    def first(*tags: str) -> str:
        return next((value for tag in tags for value in fields.get(tag, ()) if value), "")

    numbered = [*fields.get("LID", ()), *fields.get("AID", ())]
    named = [value.rpartition(" [") for value in numbered]
    dois = [head for head, _, kind in named if kind.startswith("doi")] + [v for v in numbered if "[" not in v]
    # PHST tells when PubMed got the record; DEP is the day of the electronic publication.
    electronic = next((v for v in fields.get("DEP", ()) if v), "")
    serials = [
        value.split(" ")[0].removeprefix("ISSN-")
        for value in (*fields.get("IS", ()), *fields.get("ISSN", ()), *fields.get("ISBN", ()))
    ]
    return Record(
        title=first("TI", "BTI", "TT").strip(),
        authors=[*(fields.get("FAU") or fields.get("AU", [])), *fields.get("CN", [])],
        journal=first("JT", "TA", "SO" if "JT" not in fields and "VI" not in fields else "JT"),
        volume=first("VI"),
        issue=first("IP"),
        pages=first("PG"),
        date=date(first("DP"), electronic) if first("DP") else date(electronic, first("EDAT"), first("CRDT")),
        abstract=first("AB"),
        doi=next((doi for value in dois if (doi := doi_in(value))), ""),
        pmid=first("PMID"),
        pmcid=first("PMC"),
        nct=nct_in(" ".join(fields.get("SI", ()))),
        serials=serials,
        addresses=[value for value in (*numbered, *fields.get("URL", ())) if parts.is_http(value)],
        keywords=[*(v.strip("*") for v in fields.get("OT", ())), *(v.strip("*") for v in fields.get("MH", ()))],
        types=[*fields.get("PT", ())],
        notes=fields.get("GN", []),
        language=first("LA"),
        accession=first("OID"),
        publisher=first("PB"),
    )


# --------------------------------------------------------------------------- ISI


def _isi_records(text: str) -> Iterator[tuple[int, Fields]]:
    fields: Fields | None = None
    start, lines, tag = 0, 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        match = _ISI_LINE.match(line)
        if match and match[1] == "PT":
            if fields:
                yield start, fields
            fields, start, lines, tag = {"PT": [(match[2] or "").strip()]}, number, 0, "PT"
        elif fields is None:
            continue
        elif match and match[1] in {"ER", "EF"}:
            yield start, fields
            fields = None
        elif (lines := lines + 1) > _MOST_LINES:
            continue
        elif match:
            tag = match[1]
            fields.setdefault(tag, []).append((match[2] or "").strip())
        elif line.strip() and tag in fields:
            if tag in {"AU", "AF", "BE", "C1"}:  # one line, one name
                fields[tag].append(line.strip())
            else:
                fields[tag][-1] = f"{fields[tag][-1]} {line.strip()}"
    if fields:
        yield start, fields


def _isi(fields: Fields) -> Record:
    def first(*tags: str) -> str:
        return next((value for tag in tags for value in fields.get(tag, ()) if value), "")

    start, end = first("BP"), first("EP")
    return Record(
        title=first("TI"),
        authors=fields.get("AF") or fields.get("AU") or fields.get("CA") or fields.get("BE", []),
        journal=first("SO", "JI", "J9"),
        volume=first("VL"),
        issue=first("IS"),
        pages=f"{start}-{end}" if start and end and start != end else start or first("AR"),
        date=date(f"{first('PD')} {first('PY')}".strip(), first("EA")),
        abstract=first("AB"),
        doi=doi_in(first("DI", "D2")),
        pmid=first("PM"),
        serials=[first("SN"), first("EI"), first("BN")],
        keywords=[word for tag in ("DE", "ID") for word in words(first(tag).replace("\n", " "))],
        types=[_TYPES.get(first("PT"), ""), first("DT")],
        language=first("LA"),
        accession=first("UT"),
        publisher=first("PU"),
    )
