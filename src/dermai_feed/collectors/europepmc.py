"""Europe PMC's search (europepmc.org/RestfulWebService), version 6.9 of its answer.

`url` is the endpoint ".../rest/search". Options: `term`, required, a query in Europe PMC's own
language. Asked for are the records that were first indexed within the window (field FIRST_IDATE,
which answers show as `firstIndexDate`), as `core` records, 100 a page, from one `cursorMark` to
the next. Windows overlap by three days. No key is needed and no rate is published; the gap of
the fetcher, a second, is a tenth of what third parties report to be allowed.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from ..model import Collected, Entry, Identifier, Parsed, Publication, Source, SourceState
from . import members, paging, parts, works
from .contract import Context
from .each import read_each
from .members import Members, word

_ROWS = 100  # records a page; a `core` record has 10 to 20 kB
_FIRST = "*"
_HABITS = paging.Habits(days=30, overlap=3, options=frozenset({"term"}), required=frozenset({"term"}))
# Some titles are escaped a second time: "&lt;i&gt;ATM&lt;/i&gt;".
_ESCAPED_TAG = re.compile(r"&lt;/?[A-Za-z]\w{0,9}&gt;")
# Which of the related records are other texts about the same work.
_UNRELATED = frozenset({"cites", "cited by"})


@dataclass(frozen=True, slots=True)
class EuropePmcCollector:
    """Collects what Europe PMC has newly indexed."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the records indexed since the last poll. Raises: see `paging.poll`."""
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of results. Raises: ParseFailed, with the server's own words for an error document."""
        document = members.answer(body, content_type)
        found = members.records(members.one(document, "resultList") or document, "result")
        entries, problems = read_each(found, lambda record, number: _entry(record, number, source_id), source_id)
        request = members.one(document, "request")
        here, following = word(request, "cursorMark"), word(document, "nextCursorMark")
        promised = members.count(document, "hitCount") > 0 and here in {"", _FIRST}
        last = len(found) < (members.count(request, "pageSize") or 1)
        return Parsed(
            entries=entries,
            problems=problems,
            complete=bool(found) or not promised,
            next_page="" if last else following,
        )


def _address(source: Source, place: paging.Place) -> str:
    window = f"FIRST_IDATE:[{place.since} TO {place.until}]"
    return paging.with_query(
        source.url,
        {
            "query": f"({source.options['term']}) AND ({window})",
            "resultType": "core",
            "format": "json",
            "pageSize": str(_ROWS),
            "cursorMark": place.page or _FIRST,
        },
    )


def _entry(record: object, number: int, source_id: str) -> Entry:
    """A record as an entry. Raises: TypeError, ValueError when it is none."""
    held = members.members(record)
    collection, name = word(held, "source"), word(held, "id")
    if not collection or not name:
        raise ValueError("no source and id")
    doi = word(held, "doi")
    journal = members.one(held, "journalInfo")
    link = works.doi_address(doi) or f"https://europepmc.org/article/{collection}/{name}"
    publisher = word(members.one(held, "bookOrReportDetails"), "publisher")  # of a preprint: its server
    return Entry(
        source_id=source_id,
        title=_unescaped(word(held, "title")),
        guid=f"{collection}:{name}",
        link=link,
        summary=_unescaped(word(held, "abstractText")),
        published=word(held, "firstPublicationDate") or word(held, "electronicPublicationDate") or None,
        updated=word(held, "dateOfRevision") or None,
        authors=_authors(held),
        tags=parts.unique((*_keywords(held), *_headings(held))),
        language=word(held, "language"),
        identifiers=tuple(
            Identifier(scheme=scheme, value=value)
            for scheme, value in (("doi", doi), ("pmid", word(held, "pmid")), ("pmcid", word(held, "pmcid")))
            if value
        ),
        links=parts.unique(address for address in _related(held) if address != link),
        publication=Publication(
            journal=word(members.one(journal, "journal"), "title") or word(held, "journalTitle") or publisher,
            volume=word(journal, "volume") or word(held, "journalVolume"),
            issue=word(journal, "issue") or word(held, "issue"),
            pages=word(held, "pageInfo"),
            types=_types(held),
        ),
        where=f"{collection}:{name} (record {number})",
    )


def _unescaped(text: str) -> str:
    return html.unescape(text) if _ESCAPED_TAG.search(text) else text


def _authors(held: Members) -> tuple[str, ...]:
    people = members.objects(members.one(held, "authorList"), "author")
    names = [word(person, "fullName") or word(person, "collectiveName") for person in people]
    if not any(names):
        names = word(held, "authorString").removesuffix(".").split(", ")
    return parts.unique(name for name in names if name)


def _types(held: Members) -> tuple[str, ...]:
    """Publication types: a list in `core` answers, one string in `lite` ones."""
    listed = members.words(members.one(held, "pubTypeList"), "pubType")
    return parts.unique(listed or [kind.strip() for kind in word(held, "pubType").split(";") if kind.strip()])


def _keywords(held: Members) -> tuple[str, ...]:
    return members.words(members.one(held, "keywordList"), "keyword")


def _headings(held: Members) -> list[str]:
    headings = members.objects(members.one(held, "meshHeadingList"), "meshHeading")
    return [name for heading in headings if (name := word(heading, "descriptorName"))]


def _related(held: Members) -> list[str]:
    """Addresses of the record's preprint or published version, comments, errata and retractions."""
    addresses = []
    for other in members.objects(members.one(held, "commentCorrectionList"), "commentCorrection"):
        collection, name = word(other, "source"), word(other, "id")
        if word(other, "type").lower() in _UNRELATED:
            continue
        addresses.append(works.doi_address(word(other, "reference")))
        if collection == "MED":
            addresses.append(works.pubmed_address(name))
        elif collection and name:
            addresses.append(f"https://europepmc.org/article/{collection}/{name}")
    return [address for address in addresses if address]
