"""Semantic Scholar: papers by their day of publication, from the bulk search (kind `semanticscholar`).

`url` is https://api.semanticscholar.org/graph/v1/paper/search/bulk
(https://api.semanticscholar.org/api-docs/). Options:

    term    what is searched in title and abstract: + and, | or, - not, "phrase" (must be given)
    fields_of_study  such as Medicine,Computer Science
    days, pages  as `paging` says; the first window is 30 days, three pages of 1,000 a poll

The key goes under `headers` as x-api-key: ${NAME}. Without one all callers share a limit and 429
is common; with one it is a request a second, which is the program's default gap.

Windows go by the date of publication and overlap by 30 days, as papers are indexed after it.
Abstracts are missing where the publisher's licence forbids them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from ..errors import ParseFailed
from ..model import Collected, Entry, Identifier, Parsed, Publication, Source, SourceState
from . import members, paging, parts
from .contract import Context
from .each import read_each
from .markup import plain
from .members import Members, objects, one, word, words

_HABITS = paging.Habits(
    days=30, overlap=30, pages=3, options=frozenset({"term", "fields_of_study"}), required=frozenset({"term"})
)
_FIELDS = "title,abstract,url,venue,year,publicationDate,publicationTypes,journal,authors,externalIds"
_ENDS = ("citingPaper", "citedPaper")
_CITED = "cited as"  # no member of theirs
_PAGE = "https://www.semanticscholar.org/paper/"
_LISTS = ("data", "recommendedPapers")
_SCHEMES = {"DOI": "doi", "PubMed": "pmid", "PubMedCentral": "pmcid", "ArXiv": "arxiv"}


@dataclass(frozen=True, slots=True)
class SemanticScholarCollector:
    """Collects papers of the last month that were not known at the poll before."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the papers of the window, page by page. Raises: FetchFailed (see `paging.poll`)."""
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of papers, one paper, a batch of them, or those that a paper cites, is cited by, or resembles.

        Raises: ParseFailed with the server's own words for anything else; no_records for people.
        """
        document = members.value(body, content_type)
        found = _papers(document)
        if found and all(isinstance(record, dict) and "authorId" in record for record in found):
            raise ParseFailed("no_records", f"Semantic Scholar lists {len(found)} authors, no papers")
        entries, problems = read_each(found, partial(_entry, source_id=source_id), source_id)
        return Parsed(
            entries=entries, problems=problems, next_page=word(document, "token") if isinstance(document, dict) else ""
        )


def _papers(document: object) -> Sequence[object]:
    """The papers of an answer of any of the interface's routes."""
    if isinstance(document, list):
        return [record for record in document if record is not None]  # a batch has null for an id it does not know
    answer = members.members(document)
    if "paperId" in answer:
        return [answer]
    found = members.records(answer, next((key for key in _LISTS if key in answer), _LISTS[0]))
    return [_unwrapped(record) for record in found]


def _unwrapped(record: object) -> object:
    """The paper at the other end of a citation; one that the index does not hold is known by its DOI or title."""
    paper = next((record[key] for key in _ENDS if key in record), None) if isinstance(record, dict) else None
    if not isinstance(paper, dict):
        return record
    return {**paper, _CITED: word(one(paper, "externalIds"), "DOI") or word(paper, "title")}


def _address(source: Source, place: paging.Place) -> str:
    return paging.with_query(
        source.url,
        {
            "query": source.options["term"],
            "fieldsOfStudy": source.options.get("fields_of_study", ""),
            "publicationDateOrYear": f"{place.since}:{place.until}",
            "fields": _FIELDS,
            "token": place.page,
        },
    )


def _entry(record: object, number: int, *, source_id: str) -> Entry:
    paper = members.members(record)
    ids, journal = one(paper, "externalIds"), one(paper, "journal")
    guid = word(paper, "paperId") or word(paper, _CITED)
    if not guid:
        raise ValueError("a paper without paperId")
    return Entry(
        source_id=source_id,
        guid=guid,
        title=word(paper, "title"),
        link=_link(ids)
        or word(paper, "url")
        or (f"{_PAGE}{word(paper, 'paperId')}" if word(paper, "paperId") else None),
        summary=plain(word(paper, "abstract")),
        published=word(paper, "publicationDate") or word(paper, "year") or None,
        authors=parts.unique(name for person in objects(paper, "authors") if (name := word(person, "name"))),
        identifiers=tuple(
            Identifier(scheme=scheme, value=f"PMC{value}" if scheme == "pmcid" and value.isdigit() else value)
            for key, scheme in _SCHEMES.items()
            if (value := word(ids, key))
        ),
        publication=Publication(
            journal=word(journal, "name") or word(paper, "venue"),
            volume=word(journal, "volume"),
            pages="".join(word(journal, "pages").split()),
            types=words(paper, "publicationTypes"),
        ),
        where=f"entry {number}",
    )


def _link(ids: Members) -> str:
    """The paper's own address: this index only lists it."""
    doi, arxiv = word(ids, "DOI"), word(ids, "ArXiv")
    return f"https://doi.org/{doi}" if doi else f"https://arxiv.org/abs/{arxiv}" if arxiv else ""
