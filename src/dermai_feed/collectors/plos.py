"""PLOS: articles as the search interface answers them (https://api.plos.org/solr/search-fields/)."""

from __future__ import annotations

from dataclasses import dataclass

from ..model import Entry, Identifier, Parsed, Publication
from . import members, parts, works
from .each import read_each
from .markup import plain
from .members import Members, word, words


@dataclass(frozen=True, slots=True)
class PlosReader:
    """Reads answers of PLOS."""

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of articles. Raises: ParseFailed with the server's own words for anything else."""
        response = members.one(members.answer(body, content_type), "response")
        found = members.records(response, "docs")
        entries, problems = read_each(found, lambda record, number: _entry(record, number, source_id), source_id)
        behind = members.count(response, "start") + len(found)
        more = bool(found) and behind < members.count(response, "numFound")
        return Parsed(entries=entries, problems=problems, next_page=str(behind) if more else "")


def _entry(record: object, number: int, source_id: str) -> Entry:
    """An article as an entry. Raises: TypeError, ValueError when it is none."""
    article = members.members(record)
    doi = works.doi(word(article, "id"))
    if not doi:
        raise ValueError(f"no DOI but {word(article, 'id')[:80]!r}")
    return Entry(
        source_id=source_id,
        title=_text(article, "title_display") or _text(article, "title"),
        guid=doi,
        link=works.doi_address(doi),
        summary=plain(_text(article, "abstract") or _text(article, "abstract_primary_display")),
        published=word(article, "publication_date") or None,
        authors=parts.unique(words(article, "author_display") or words(article, "author")),
        tags=parts.unique(words(article, "subject_level_1")),
        language=word(article, "article_language"),
        identifiers=(Identifier(scheme="doi", value=doi),),
        publication=Publication(
            journal=word(article, "journal") or word(article, "cross_published_journal_name"),
            volume=word(article, "volume"),
            issue=word(article, "issue"),
            pages=word(article, "elocation_id"),
            types=tuple(kind for kind in (word(article, "article_type"),) if kind),
        ),
        where=f"doi:{doi} (record {number})",
    )


def _text(article: Members, key: str) -> str:
    """A member that is a text, or a list of texts of which most are empty."""
    return word(article, key) or " ".join(words(article, key))
