"""OpenAlex: works by their day of publication (kind `openalex`).

`url` is https://api.openalex.org/works (https://developers.openalex.org). Options:

    term    words in title and abstract, with AND, OR, NOT and quotes (filter title_and_abstract.search)
    filter  further filters in OpenAlex's own form, joined by commas, such as primary_topic.id:T11234
    days, pages  as `paging` says; the first window is 30 days

A comma ends a filter there, so `term` must not hold one. The key stands in the query by OpenAlex's
documentation (api_key); this program keeps secrets out of addresses, which are logged, so it asks
without: $0.01 a day is free then, ten pages of a search at $1 for 1,000, hence five pages a poll.

When a work was added is for subscribers only (from_created_date), so windows go by the date of
publication and overlap by 30 days: what OpenAlex indexes later than that is not seen. 1 January
often stands for a year alone (API_FACTS 7), so that day is taken as its year.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import islice

from ..errors import FetchFailed
from ..model import Collected, Entry, Identifier, Parsed, Publication, Source, SourceState
from . import members, paging, parts
from .contract import Context
from .each import read_each
from .markup import plain
from .members import Members, flag, objects, one, word

_HABITS = paging.Habits(days=30, overlap=30, pages=5, options=frozenset({"term", "filter"}))
_PAGE_SIZE = "100"  # the most that the documentation recommends
_FIELDS = (
    "id,doi,title,display_name,publication_date,publication_year,ids,language,primary_location,locations,type,"
    "authorships,biblio,is_retracted,abstract_inverted_index"
)
_WORDS = 20_000  # of an abstract; beyond it is no abstract
_WORK = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:works/)?)?W\d{1,15}", re.IGNORECASE)
_VERSION_HOSTS = ("doi.org", "arxiv.org")  # other places of a work that name another version of it


@dataclass(frozen=True, slots=True)
class OpenAlexCollector:
    """Collects works of the last month that were not known at the poll before."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the works of the window, page by page. Raises: FetchFailed (see `paging.poll`)."""
        if "," in source.options.get("term", ""):
            raise FetchFailed("bad_url", f"{source.where}: options.term of {source.id} has a comma", requests=0)
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of works, or one work. Raises: ParseFailed with the server's own words for anything else."""
        document = members.answer(body, content_type)
        single = "results" not in document and (_is_work(document) or word(document, "doi"))
        found = [document] if single else members.records(document, "results")
        entries, problems = read_each(found, partial(_entry, source_id=source_id), source_id)
        # After the last page there is one that is empty, with a cursor of its own.
        following = word(one(document, "meta"), "next_cursor") if found else ""
        return Parsed(entries=entries, problems=problems, next_page=following)


def _address(source: Source, place: paging.Place) -> str:
    term = source.options.get("term", "")
    filters = (
        f"title_and_abstract.search:{term}" if term else "",
        source.options.get("filter", ""),
        f"from_publication_date:{place.since}",
        f"to_publication_date:{place.until}",
        "is_paratext:false",
    )
    return paging.with_query(
        source.url,
        {
            "filter": ",".join(part for part in filters if part),
            "select": _FIELDS,
            "per_page": _PAGE_SIZE,
            "cursor": place.page or "*",
        },
    )


def _entry(record: object, number: int, *, source_id: str) -> Entry:
    work = members.members(record)
    doi = word(work, "doi")
    guid = word(work, "id") or doi  # of a few selected fields, `id` need not be one
    if not guid:
        raise ValueError("a work without id")
    if guid != doi and not _is_work(work):
        raise ValueError(f"not a work but {guid[:80]!r}")
    place, biblio = one(work, "primary_location"), one(work, "biblio")
    landing = word(place, "landing_page_url")
    pages = [page for key in ("first_page", "last_page") if (page := word(biblio, key))]
    date = word(work, "publication_date")
    return Entry(
        source_id=source_id,
        guid=guid,
        title=word(work, "title") or word(work, "display_name"),
        link=landing or doi or guid,
        summary=plain(_abstract(one(work, "abstract_inverted_index"))),
        published=(date[:4] if date.endswith("-01-01") else date) or word(work, "publication_year") or None,
        authors=parts.unique(
            name for person in objects(work, "authorships") if (name := word(one(person, "author"), "display_name"))
        ),
        language=word(work, "language"),
        identifiers=_identifiers(doi, one(work, "ids")),
        links=parts.unique(
            address
            for other in objects(work, "locations")
            if (address := word(other, "landing_page_url")) not in (landing, doi)
            and parts.host(address).endswith(_VERSION_HOSTS)
        ),
        publication=Publication(
            journal=word(one(place, "source"), "display_name"),
            volume=word(biblio, "volume"),
            issue=word(biblio, "issue"),
            pages="-".join(parts.unique(pages)),
            types=tuple(
                kind for kind in (word(work, "type"), "Retracted Publication" * flag(work, "is_retracted")) if kind
            ),
        ),
        where=f"entry {number}",
    )


def _is_work(record: Members) -> bool:
    """Whether the id is a work's: W123, or its address; authors have A, sources S."""
    return bool(
        re.fullmatch(r"(?:https?://(?:api\.)?openalex\.org/(?:works/)?)?W\d{1,15}", word(record, "id"), re.IGNORECASE)
    )


def _identifiers(doi: str, ids: Members) -> tuple[Identifier, ...]:
    """The work's identifiers, which OpenAlex writes as addresses."""
    pmcid = word(ids, "pmcid").rstrip("/").rpartition("/")[2]
    given = (
        ("doi", doi or word(ids, "doi")),
        ("pmid", word(ids, "pmid")),
        ("pmcid", f"PMC{pmcid}" if pmcid.isdigit() else pmcid),
    )
    return tuple(Identifier(scheme=scheme, value=value) for scheme, value in given if value)


def _abstract(index: Members) -> str:
    """The text of an inverted index: each word with the places where it stands."""
    standing = (
        (at, text)
        for text in index
        for at in members.many(index, text)
        if isinstance(at, int) and not isinstance(at, bool)
    )
    return " ".join(members.as_text(text) for _, text in sorted(islice(standing, _WORDS)))
