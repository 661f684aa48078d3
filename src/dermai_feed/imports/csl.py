"""CSL-JSON, as Zotero, Mendeley, Pandoc and Manubot write it (docs.citationstyles.org, "Items and fields")."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..collectors import members
from ..collectors.members import Members, word
from ..errors import ParseFailed
from ..model import Problem
from .citation import Record, date, doi_in, nct_in, words
from .contract import Document, Found, Unreadable

MARK = re.compile(
    r"\"(?:container-title|date-parts|citation-key|container-title-short|collection-title)\"\s*:"
    r"|\"type\"\s*:\s*\"(?:article-\w+|paper-conference|post-weblog|motion_picture|webpage|chapter|document)\""
)
_TYPES = {
    "article-journal": "", "paper-conference": "conference paper", "chapter": "book chapter",
    "article-newspaper": "newspaper article", "article-magazine": "magazine article", "webpage": "web page",
    "post-weblog": "blog post", "post": "web page", "article": "preprint", "document": "", "motion_picture": "video",
}  # fmt: skip
_KINDS = {"motion_picture": "video", "broadcast": "video", "song": "podcast"}
_ACCESSION = re.compile(r"^Accession Number:[ \t]*(\S.*)$", re.MULTILINE | re.IGNORECASE)  # Zotero's "extra"
_LIST_KEYS = ("items", "references", "data")


def read(document: Document) -> Iterator[Found]:
    """The items of a CSL-JSON file: a list, one item, or an object with a list. Raises: Unreadable."""
    for number, record in enumerate(listed(document), 1):
        where = document.at(number)
        if not isinstance(record, dict):
            yield Problem(where=where, what=f"is no object but {type(record).__name__}", hint="the others were read")
            continue
        entry = _record(record).entry(
            source_id=document.source_id, where=where, kind=_KINDS.get(word(record, "type"), "article")
        )
        yield entry or Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")


def listed(document: Document) -> Sequence[object]:
    """The records of a JSON document. Raises: Unreadable."""
    try:
        value = members.load(document.text)
    except ParseFailed as failed:
        raise Unreadable(failed.text) from failed
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        for key in _LIST_KEYS:
            if isinstance(inner := value.get(key), list):
                return inner
        return [value]
    raise Unreadable("neither a list nor an object")


def _record(held: Members) -> Record:
    custom = word(held, "note")
    return Record(
        title=word(held, "title"),
        authors=_people(held, "author") or _people(held, "editor"),
        journal=word(held, "container-title")
        or next(iter(members.words(held, "container-title")), "")
        or word(held, "container-title-short"),
        volume=word(held, "volume"),
        issue=word(held, "issue") or word(held, "number"),
        pages=word(held, "page") or word(held, "number-of-pages"),
        date=next((found for key in ("issued", "published", "event-date") if (found := _date(held, key))), ""),
        abstract=word(held, "abstract"),
        doi=doi_in(word(held, "DOI") or word(held, "doi")) or doi_in(word(held, "URL")),
        pmid=word(held, "PMID"),
        pmcid=word(held, "PMCID"),
        nct=nct_in(custom),
        serials=[*members.words(held, "ISSN"), word(held, "ISSN"), *members.words(held, "ISBN"), word(held, "ISBN")],
        addresses=[word(held, "URL")],
        keywords=words(word(held, "keyword")) or list(members.words(held, "keyword")),
        types=[_TYPES.get(word(held, "type"), word(held, "type")), *word(held, "genre").split(";")],
        notes=[custom],
        language=word(held, "language"),
        publisher=word(held, "publisher"),
        accession=numbered[1].strip() if (numbered := _ACCESSION.search(custom)) else "",
    )


def _people(held: Members, key: str) -> list[str]:
    people = []
    for person in members.objects(held, key):
        family = " ".join(p for p in (word(person, "non-dropping-particle"), word(person, "family")) if p)
        given = " ".join(p for p in (word(person, "given"), word(person, "dropping-particle")) if p)
        name = word(person, "literal") or (f"{family}, {given}" if family and given else family or given)
        if suffix := word(person, "suffix"):
            name = f"{name}, {suffix}"
        people.append(name)
    return [name for name in people if name]


def _date(held: Members, key: str) -> str:
    said = members.one(held, key)
    rows = members.many(said, "date-parts")
    first = rows[0] if rows and isinstance(rows[0], list) else []
    numbers = [text for number in first[:3] if (text := members.as_text(number))]
    if numbers and re.fullmatch(r"\d{4}", numbers[0]):
        return date("-".join((numbers[0], *(number.zfill(2) for number in numbers[1:]))))
    return date(word(said, "raw") or word(said, "literal") or word(held, key))
