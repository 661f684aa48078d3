"""EndNote: its XML export, and the "tagged" or "refer" format (.enw).

XML: `<xml><records><record>`, every text inside `<style>` elements that mean nothing here
(support.alfasoft.com/hc/en-us/articles/360005304418). Refer: a percent sign, a letter, a blank.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ..collectors.elements import text_of
from ..model import Problem
from . import xmlrecords
from .citation import Record, date, doi_in, nct_in, words
from .contract import Document, Found, Unreadable

MARK = re.compile(r"<records>\s*<record>|<record>\s*<(?:database|source-app|ref-type|rec-number)", re.IGNORECASE)
REFER = re.compile(r"^%0 \S", re.MULTILINE)


def read(document: Document) -> Iterator[Found]:
    """The records of an EndNote XML file. Raises: Unreadable when there is none."""
    yield from xmlrecords.entities(document)
    found = False
    for where, record in xmlrecords.each(document, "record"):
        found = True
        if isinstance(record, Problem):
            yield record
            continue
        entry = _record(record).entry(source_id=document.source_id, where=where)
        yield entry or Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")
    if not found:
        raise Unreadable("there is no <record> in it")


def _record(record: ET.Element) -> Record:
    def one(*paths: str) -> str:
        return next((text for path in paths for e in record.iterfind(path) if (text := text_of(e))), "")

    def many(path: str) -> list[str]:
        return [text for element in record.iterfind(path) if (text := text_of(element))]

    kind = record.find("ref-type")
    remote = one("remote-database-name")
    accession = one("accession-num")
    addresses = [*many("urls/related-urls/url"), *many("urls/web-urls/url"), *many("urls/pdf-urls/url")]
    declared = one("electronic-resource-num")
    return Record(
        title=one("titles/title"),
        authors=many("contributors/authors/author") or many("contributors/secondary-authors/author"),
        journal=one(
            "periodical/full-title", "titles/secondary-title", "periodical/abbr-1", "alt-periodical/full-title"
        ),
        volume=one("volume"),
        issue=one("number", "issue"),
        pages=one("pages"),
        date=_date(one("dates/year"), one("dates/pub-dates/date")),
        abstract=one("abstract"),
        doi=doi_in(declared) or next((doi for text in addresses if (doi := doi_in(text))), ""),
        pmid=accession if accession.isdecimal() and re.search(r"pubmed|medline|nlm", remote, re.IGNORECASE) else "",
        pmcid=one("custom2") if one("custom2").upper().startswith("PMC") else "",
        nct=nct_in(f"{accession} {one('label')}"),
        serials=[one("isbn"), one("issn")],
        addresses=addresses,
        keywords=[
            word
            for text in many("keywords/keyword")
            for word in (words(text) if ";" in text or "\n" in text else [text])
        ],
        types=[(kind.get("name", "") if kind is not None else "").lower(), one("work-type")],
        notes=[*many("notes"), *many("custom1"), *many("custom2"), *many("custom3"), *many("label")],
        language=one("language"),
        accession=accession,
        publisher=one("publisher"),
    )


def _date(year: str, day: str) -> str:
    """The year, with what `day` ("Mar 5", "2018/03/05") adds to it."""
    return date(year, day if re.search(r"\d{4}", day) else f"{day} {year}" if day else "")


def read_refer(document: Document) -> Iterator[Found]:
    """The records of a refer file. Raises: Unreadable when there is none."""
    number, line = 0, 1
    for piece in re.split(r"(?m)^(?=%0 )", document.text):
        here, line = line, line + piece.count("\n")
        if not piece.startswith("%0 "):
            continue
        number += 1
        where = document.at(number, here)
        fields: dict[str, list[str]] = {}
        tag = ""
        for raw in piece.split("\n"):
            match = re.match(r"%([0-9A-Z@!&*()+>~$<=?\[\]^]) ?(.*)", raw)
            if match:
                tag = match[1]
                fields.setdefault(tag, []).append(match[2].strip())
            elif raw.strip() and tag:
                fields[tag][-1] += f"{chr(10) if tag == 'K' else ' '}{raw.strip()}"
        entry = _refer(fields).entry(source_id=document.source_id, where=where)
        yield entry or Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")
    if not number:
        raise Unreadable("no record begins: the refer format has a line `%0 Journal Article` before each")


def _refer(fields: dict[str, list[str]]) -> Record:
    def first(tag: str) -> str:
        return next((value for value in fields.get(tag, ()) if value), "")

    return Record(
        title=first("T"),
        authors=fields.get("A") or fields.get("E", []),
        journal=first("J") or first("B"),
        volume=first("V"),
        issue=first("N"),
        pages=first("P"),
        date=_date(first("D"), first("8")),
        abstract=first("X"),
        doi=doi_in(first("R")) or next((doi for text in fields.get("U", ()) if (doi := doi_in(text))), ""),
        pmcid=first("2") if first("2").upper().startswith("PMC") else "",
        pmid=first("M")
        if first("M").isdecimal() and re.search(r"pubmed|medline|nlm", first("W"), re.IGNORECASE)
        else "",
        serials=[first("@")],
        addresses=fields.get("U", []),
        keywords=[word for text in fields.get("K", ()) for word in words(text)],
        types=[first("0").lower(), first("9")],
        notes=fields.get("Z", []) + fields.get("M", []),
        language=first("G"),
        accession=first("M"),
        publisher=first("I"),
    )
