"""OAI-PMH 2.0: records of repositories, as Dublin Core or in arXiv's own two formats.

http://www.openarchives.org/OAI/openarchivesprotocol.html; arXiv's formats are described at
https://info.arxiv.org/help/oa/index.html. A record in another format costs that record.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import ParseFailed
from ..model import Entry, Identifier, Parsed, Problem, Publication
from . import parts, repair, sniff, works
from .each import read_each
from .elements import children, every_text, first_text, text_of
from .encoding import decode
from .markup import plain
from .members import quoted

_RECORD = re.compile(r"<((?:[\w.\-]+:)?record)[\s>].*?</\1\s*>", re.DOTALL)
_LISTS = ("listrecords", "getrecord")


@dataclass(frozen=True, slots=True)
class OaiReader:
    """Reads answers of repositories that speak OAI-PMH."""

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of records.

        Raises: ParseFailed, with the repository's own words for an error; no_records for the
            answer to another question (Identify, ListSets, ListIdentifiers).
        """
        text = decode(body, content_type).text
        document = repair.read(text)
        root = document.root
        if root is None or _local(root.tag) != "oai-pmh":
            if "<OAI-PMH" not in text:
                raise sniff.not_a_feed(text, f"the server says: {quoted(text)}")
            root = None
        records = list(_records(root, text))
        if root is not None and not records:
            return _nothing(root, source_id)
        entries, problems = read_each(records, lambda record, _number: _entry(record, source_id), source_id)
        token = first_text(_words(root, "resumptiontoken"), "resumptiontoken") if root is not None else ""
        if document.complaint:
            problems = (*problems, Problem(where=source_id, what=f"malformed: {document.complaint}", kind="feed"))
        return Parsed(entries=entries, problems=problems, complete=not document.complaint, next_page=token)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _words(element: ET.Element, *names: str) -> dict[str, list[ET.Element]]:
    """The elements below `element` that have one of `names`."""
    words: dict[str, list[ET.Element]] = {}
    for found in element.iter():
        if _local(found.tag) in names:
            words.setdefault(_local(found.tag), []).append(found)
    return words


def _records(root: ET.Element | None, text: str) -> Iterator[ET.Element]:
    """The records of a document, of a damaged one those that are whole."""
    if root is not None:
        for listed in (place for places in _words(root, *_LISTS).values() for place in places):
            yield from (child for child in listed if _local(child.tag) == "record")
        return
    for found in _RECORD.finditer(text):
        record = repair.read(found[0]).root
        if record is not None:
            yield record


def _nothing(root: ET.Element, source_id: str) -> Parsed:
    """An answer without records. Raises: ParseFailed unless it says that nothing matches."""
    for error in _words(root, "error").get("error", ()):
        if error.get("code") == "noRecordsMatch":
            return Parsed()
        raise ParseFailed("not_a_feed", f"the repository says: {error.get('code')}: {quoted(text_of(error))}")
    asked = next((_local(child.tag) for child in root if _local(child.tag) not in {"responsedate", "request"}), "")
    if asked in _LISTS:
        return Parsed(complete=False, problems=(Problem(where=source_id, what="an empty list", kind="feed"),))
    raise ParseFailed("no_records", f"an answer to {asked or 'nothing'!r} of OAI-PMH, no records")


def _entry(record: ET.Element, source_id: str) -> Entry:
    """A record as an entry. Raises: ValueError when it was deleted, or for a format that is not known."""
    words = children(record, _local)
    header = children(words["header"][0], _local) if "header" in words else {}
    name, stamp = first_text(header, "identifier"), first_text(header, "datestamp")
    if "header" in words and words["header"][0].get("status") == "deleted":
        raise ValueError(f"{name} was deleted by its repository")
    held = next((child for place in words.get("metadata", ()) for child in place), None)
    if held is None:
        raise ValueError(f"{name or 'a record'} has no metadata")
    inside = children(held, _local)
    match _local(held.tag):
        case "arxiv" | "arxivraw":
            return _arxiv(inside, name, source_id)
        case "dc" | "oai_dc" | "qdc" | "qualifieddc":
            return _dublin_core(inside, name, stamp, source_id)
        case other:
            raise ValueError(f"{name} is written as {other!r}; Dublin Core and arXiv's formats are read")


def _arxiv(words: dict[str, list[ET.Element]], name: str, source_id: str) -> Entry:
    number = works.arxiv_id(first_text(words, "id")) or first_text(words, "id")
    if not number:
        raise ValueError(f"{name} has no arXiv identifier")
    versions = [date for version in words.get("version", ()) if (date := first_text(children(version, _local), "date"))]
    people = [children(person, _local) for place in words.get("authors", ()) for person in place]
    names = [
        " ".join(part for key in ("forenames", "keyname", "suffix") if (part := first_text(person, key)))
        for person in people
    ]
    names = names or re.split(r",\s+(?:and\s+)?|\s+and\s+", first_text(words, "authors"))
    doi = works.doi(first_text(words, "doi"))
    journal = first_text(words, "journal-ref")
    return Entry(
        source_id=source_id,
        title=plain(" ".join(first_text(words, "title").split())),
        guid=f"arXiv:{number}",
        link=f"https://arxiv.org/abs/{number}",
        summary=plain(first_text(words, "abstract")),
        published=first_text(words, "created") or (versions[0] if versions else None),
        updated=first_text(words, "updated") or (versions[-1] if len(versions) > 1 else None),
        authors=parts.unique(name_ for name_ in names if name_),
        tags=tuple(first_text(words, "categories").split()),
        identifiers=(Identifier(scheme="arxiv", value=number),),
        links=(works.doi_address(doi),) if doi else (),
        publication=Publication(journal=journal or "arXiv", types=("preprint",)),
        where=f"arXiv:{number}",
    )


def _dublin_core(words: dict[str, list[ET.Element]], name: str, stamp: str, source_id: str) -> Entry:
    named = every_text(words, "identifier")
    dates = every_text(words, "date", "issued", "created")
    found = parts.identifiers((*named, name))
    page = next((text for text in named if parts.is_http(text)), "")
    doi = next((works.doi_address(one.value) for one in found if one.scheme == "doi"), "")
    return Entry(
        source_id=source_id,
        title=plain(first_text(words, "title")),
        guid=name or page or None,
        link=page or doi or None,
        summary=plain(max(every_text(words, "description", "abstract"), key=len, default="")),
        published=dates[0] if dates else None,
        updated=stamp or None,
        authors=parts.unique(every_text(words, "creator")),
        tags=parts.unique(every_text(words, "subject")),
        language=first_text(words, "language"),
        provider_name=first_text(words, "publisher"),
        identifiers=found,
        links=parts.unique(text for text in every_text(words, "relation") if parts.is_http(text)),
        publication=Publication(journal=first_text(words, "source"), types=parts.unique(every_text(words, "type"))),
        where=name,
    )
