"""Zotero RDF: bibo, z:, dcterms, prism and bib descriptions (zotero.org's "Zotero RDF" translator).

Its CSV is a table like others (`table`), its BibTeX, RIS and CSL-JSON are read as such.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ..collectors import repair
from ..collectors.elements import text_of
from ..model import Problem
from . import xmlrecords
from .citation import Record, date, doi_in
from .contract import Document, Found, Unreadable

MARK = re.compile(
    r"xmlns:z=\"http://www\.zotero\.org/namespaces/export#\"|<bib:(?:Article|Book|Document|Memo)\b|<z:itemType>"
)
_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ITEMS = frozenset({
    "Article", "Book", "BookSection", "Document", "Report", "Thesis", "Recording", "Image", "Manuscript", "Letter",
    "Data", "Patent", "Motion_Picture",
})  # fmt: skip
_NO_ITEMS = frozenset({"attachment", "note"})
_TYPES = {
    "journalArticle": "", "conferencePaper": "conference paper", "bookSection": "book chapter",
    "webpage": "web page", "blogPost": "blog post", "newspaperArticle": "newspaper article",
    "magazineArticle": "magazine article", "videoRecording": "video",
}  # fmt: skip


def read(document: Document) -> Iterator[Found]:
    """The items of a Zotero RDF file. Raises: Unreadable."""
    yield from xmlrecords.entities(document)
    found = repair.read(document.text)
    if found.root is None:
        raise Unreadable(f"no XML that can be read: {found.complaint}")
    if found.complaint:
        yield Problem(where=document.name, what=f"malformed: {found.complaint}", hint="what could be read was")
    about = {key: element for element in found.root if (key := element.get(f"{_RDF}about"))}
    number = 0
    for element in found.root:
        kind = _one(element, "itemType")
        local = element.tag.rpartition("}")[2]
        if kind in _NO_ITEMS or local in {"Attachment", "Memo", "Collection"} or not (kind or local in _ITEMS):
            continue
        number += 1
        where = document.at(number)
        entry = _record(element, kind, about).entry(source_id=document.source_id, where=where)
        yield entry or Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")
    if not number:
        raise Unreadable("no item is in it")


def _children(element: ET.Element, name: str) -> Iterator[ET.Element]:
    return (child for child in element if child.tag.rpartition("}")[2] == name)


def _one(element: ET.Element, name: str) -> str:
    """The text of the first child `name`, or the resource that it points to."""
    for child in _children(element, name):
        if text := text_of(child) or child.get(f"{_RDF}resource", ""):
            return text
    return ""


def _container(element: ET.Element, about: dict[str, ET.Element]) -> ET.Element:
    for child in _children(element, "isPartOf"):
        if (target := child.get(f"{_RDF}resource")) and target in about:
            return about[target]
        if len(child):
            return child[0]
    return ET.Element("none")


def _record(element: ET.Element, kind: str, about: dict[str, ET.Element]) -> Record:
    container = _container(element, about)
    named = [text_of(child) for child in _children(element, "identifier")]
    named += [text_of(child) for child in _children(container, "identifier")]
    uris = [
        text_of(node)
        for child in _children(element, "identifier")
        for node in child.iter()
        if node.tag.rpartition("}")[2] == "value"
    ]
    own = element.get(f"{_RDF}about", "")
    notes = [_one(element, "description")]
    addresses = [text for text in (*uris, own) if text.startswith(("http://", "https://"))]
    return Record(
        title=_one(element, "title"),
        authors=_people(element, "authors") or _people(element, "editors"),
        journal=_one(container, "title") or _one(element, "publicationTitle"),
        volume=_one(container, "volume") or _one(element, "volume"),
        issue=_one(container, "number") or _one(element, "number"),
        pages=_one(element, "pages"),
        date=date(_one(element, "date")),
        abstract=_one(element, "abstract"),
        doi=next((doi for text in named if (doi := doi_in(text))), "")
        or next((doi for a in addresses if (doi := doi_in(a))), ""),
        serials=[text.partition(" ")[2] for text in named if text.startswith(("ISSN", "ISBN"))],
        addresses=addresses,
        keywords=[text_of(child) for child in _children(element, "subject") if text_of(child)],
        types=[_TYPES.get(kind, kind)],
        notes=notes,
        language=_one(element, "language"),
        publisher=_one(element, "publisher"),
    )


def _people(element: ET.Element, role: str) -> list[str]:
    people = []
    for group in _children(element, role):
        for person in group.iter():
            if person.tag.rpartition("}")[2] == "Person":
                surname, given = _one(person, "surname"), _one(person, "givenName") or _one(person, "givenname")
                people.append(f"{surname}, {given}" if surname and given else surname or given)
    return [person for person in people if person]
