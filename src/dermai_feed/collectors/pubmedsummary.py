"""Summaries of PubMed records, as esummary.fcgi answers them: XML of both versions, and JSON.

They hold the title, authors, journal, dates and names of a work, and no abstract. Summaries of
other databases come in the same shape (NBK25499, ESummary); what has no journal is none of a text.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping

from ..errors import ParseFailed
from ..model import Entry, Identifier, Parsed, Publication
from . import members, parts, repair, works
from .each import read_each
from .elements import text_of
from .members import Members, word

# How the databases call the names; "pmcid" of PubMed's summaries is "pmc-id: PMC123;".
_SCHEMES = {"doi": "doi", "pubmed": "pmid", "pmid": "pmid", "pmc": "pmcid", "pmcid": "pmcid"}
_PMCID = re.compile(r"PMC\d{1,9}")


def of_json(answer: Members, source_id: str) -> Parsed:
    """The summaries in `answer`. Raises: ParseFailed, no_records for the answer of a search or of another database."""
    if "esearchresult" in answer:
        search = members.one(answer, "esearchresult")
        if error := word(search, "ERROR"):
            raise ParseFailed("not_a_feed", f"NCBI refuses the question: {members.quoted(error)}")
        found, listed = word(search, "count") or "0", members.words(search, "idlist")
        raise ParseFailed("no_records", f"a search result: {found} records found, {len(listed)} of their numbers")
    result = members.one(answer, "result")
    uids = members.words(result, "uids")
    if not uids:
        raise ParseFailed("not_a_feed", f"NCBI says: {members.complaint(answer)}")
    return _parsed([{**members.one(result, uid), "uid": uid} for uid in uids], source_id)


def of_xml(text: str, source_id: str) -> Parsed:
    """The summaries in the XML document `text`. Raises: ParseFailed, as `of_json` does."""
    document = repair.read(text)
    if document.root is None:
        raise ParseFailed("parse_error", f"summaries that are no XML: {document.complaint}")
    records = [_of_items(summary) for summary in document.root.iter("DocSum")]
    records += [_of_elements(summary) for summary in document.root.iter("DocumentSummary")]
    return _parsed(records, source_id, complete=not document.complaint)


def _parsed(records: list[Members], source_id: str, *, complete: bool = True) -> Parsed:
    texts = [record for record in records if word(record, "fulljournalname") or word(record, "source")]
    if records and not texts:
        raise ParseFailed("no_records", f"{len(records)} summaries of a database that holds no texts")
    entries, problems = read_each(texts, lambda record, number: _entry(record, number, source_id), source_id)
    return Parsed(entries=entries, problems=problems, complete=complete)


def _of_items(summary: ET.Element) -> Members:
    """A summary of version 1, whose values are `Item`s with names, as JSON would have it."""
    record: dict[str, object] = {"uid": (summary.findtext("Id") or "").strip()}
    for item in summary.iterfind("Item"):
        name = item.get("Name", "").lower()
        inside = item.findall("Item")
        if name == "articleids":
            record[name] = [{"idtype": one.get("Name", ""), "value": text_of(one)} for one in inside]
        elif name == "authorlist":
            record["authors"] = [{"name": text_of(one)} for one in inside]
        elif inside:
            record[name] = [text_of(one) for one in inside]
        else:
            record[name] = text_of(item)
    return record


def _of_elements(summary: ET.Element) -> Members:
    """A summary of version 2, whose values are elements, as JSON would have it."""
    record: dict[str, object] = {"uid": summary.get("uid", "")}
    for element in summary:
        name, inside = element.tag.lower(), list(element)
        if inside and all(len(child) for child in inside):
            record[name] = [{part.tag.lower(): text_of(part) for part in child} for child in inside]
        else:
            record[name] = [text_of(child) for child in inside] if inside else text_of(element)
    return record


def _entry(record: Members, number: int, source_id: str) -> Entry:
    kinds = {word(ident, "idtype").lower(): word(ident, "value") for ident in members.objects(record, "articleids")}
    named = {_SCHEMES[kind]: value for kind, value in kinds.items() if kind in _SCHEMES and value != "0"}
    if "pmcid" in named:
        found = _PMCID.search(named["pmcid"])
        named["pmcid"] = found[0] if found else ""
    named.setdefault("doi", word(record, "doi"))
    # PubMed Central's summaries have its own numbers, and say under "pmid" which record of PubMed it is.
    central = "pmcid" in kinds and "pubmed" not in kinds
    uid = word(record, "uid")
    pmid = named.get("pmid") or ("" if central else uid)
    link = works.pubmed_address(pmid) or works.doi_address(named["doi"])
    if error := word(record, "error"):
        raise ValueError(f"NCBI says: {error}")
    return Entry(
        source_id=source_id,
        title=word(record, "title"),
        guid=f"pubmed:{pmid}" if works.pubmed_address(pmid) else uid,
        link=link or None,
        published=word(record, "epubdate") or word(record, "pubdate") or None,
        authors=parts.unique(name for person in members.objects(record, "authors") if (name := word(person, "name"))),
        language=next(iter(members.words(record, "lang") or members.words(record, "langlist")), ""),
        identifiers=_identifiers(named | {"pmid": pmid}),
        publication=Publication(
            journal=word(record, "fulljournalname") or word(record, "source"),
            volume=word(record, "volume"),
            issue=word(record, "issue"),
            pages=word(record, "pages"),
            types=members.words(record, "pubtype") or members.words(record, "pubtypelist"),
        ),
        where=f"summary {uid} (record {number})",
    )


def _identifiers(named: Mapping[str, str]) -> tuple[Identifier, ...]:
    return tuple(Identifier(scheme=scheme, value=value) for scheme, value in named.items() if value)
