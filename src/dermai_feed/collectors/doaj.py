"""DOAJ: articles as its search interface answers them, and as its dumps hold them (https://doaj.org/api/docs)."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ParseFailed
from ..model import Entry, Identifier, Parsed, Publication
from . import members, parts, works
from .each import read_each
from .markup import plain
from .members import Members, objects, one, word, words


@dataclass(frozen=True, slots=True)
class DoajReader:
    """Reads answers and dumps of the Directory of Open Access Journals."""

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """A page of articles, one article, or articles line by line.

        Raises: ParseFailed with the server's own words for anything else; no_records for journals.
        """
        document = members.value(body, content_type)
        if isinstance(document, dict):
            found = [document] if "bibjson" in document else members.records(document, "results")
        else:
            assert isinstance(document, list)
            found = document
        if found and all(isinstance(record, dict) and not _is_article(record) for record in found):
            raise ParseFailed("no_records", f"DOAJ lists {len(found)} journals, no articles")
        entries, problems = read_each(found, lambda record, number: _entry(record, number, source_id), source_id)
        return Parsed(entries=entries, problems=problems)


def _is_article(record: Members) -> bool:
    """Whether a record is an article's: only those say in which journal they are."""
    return "journal" in one(record, "bibjson")


def _entry(record: object, number: int, source_id: str) -> Entry:
    """An article as an entry. Raises: TypeError, ValueError when it is none."""
    held = members.members(record)
    article = one(held, "bibjson")
    journal = one(article, "journal")
    doi = next(
        (
            name
            for ident in objects(article, "identifier")
            if word(ident, "type").lower() == "doi" and (name := works.doi(word(ident, "id")))
        ),
        "",
    )
    guid = word(held, "id") or doi
    if not guid or not _is_article(held):
        raise ValueError("no article of a journal")
    page = next((address for link in objects(article, "link") if (address := word(link, "url"))), "")
    pages = [page_ for key in ("start_page", "end_page") if (page_ := word(article, key))]
    return Entry(
        source_id=source_id,
        title=word(article, "title"),
        guid=guid,
        link=works.doi_address(doi) or page or f"https://doaj.org/article/{guid}",
        summary=plain(word(article, "abstract")),
        published=_date(word(article, "year"), word(article, "month")) or word(held, "created_date") or None,
        updated=word(held, "last_updated") or None,
        authors=parts.unique(name for person in objects(article, "author") if (name := word(person, "name"))),
        tags=parts.unique((*words(article, "keywords"), *(word(one_, "term") for one_ in objects(article, "subject")))),
        language=next(iter(words(journal, "language")), "").lower(),
        provider_name=word(journal, "publisher"),
        identifiers=(Identifier(scheme="doi", value=doi),) if doi else (),
        links=(page,) if doi and parts.is_http(page) else (),
        publication=Publication(
            journal=word(journal, "title"),
            volume=word(journal, "volume"),
            issue=word(journal, "number"),
            pages="-".join(parts.unique(pages)),
        ),
        where=f"{guid} (record {number})",
    )


def _date(year: str, month: str) -> str:
    """Year and month as far as they are given; months are numbers or names ("May")."""
    if not (year.isdecimal() and len(year) == 4):
        return ""
    if month.isdecimal() and 1 <= int(month[:3]) <= 12:
        return f"{year}-{int(month):02}"
    return f"{year} {month}" if month.isalpha() else year
