"""GDELT: news of the world by words, from the DOC 2.0 article list (kind `gdelt`).

`url` is https://api.gdeltproject.org/api/v2/doc/doc
(https://blog.gdeltproject.org/gdelt-doc-2-0-api-debuts/). Options:

    term    GDELT's query: "phrase", (a OR b), sourcelang:english, domain:… (must be given)
    days, pages  as `paging` says; the first window is 7 days (GDELT keeps three months), four lists a poll

GDELT allows one request every five seconds and lists at most 250 articles; after a full list the
next begins where it ended. Errors come as plain text with status 200. No real answer could
be had while this was written: its shape is taken from programs that use it, so a source of this
kind is shipped disabled.

`seendate` is when GDELT saw the page and not when it was published: it counts as an update.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from ..model import Collected, Entry, Image, Parsed, Source, SourceState
from . import members, paging, parts
from .contract import Context
from .each import read_each
from .members import word

_HABITS = paging.Habits(days=7, overlap=1, pages=4, gap=5.0, options=frozenset({"term"}), required=frozenset({"term"}))
_PAGE_SIZE = 250
# GDELT names languages in English; the codes are those of ISO 639-1.
_LANGUAGES = {
    "english": "en", "german": "de", "french": "fr", "spanish": "es", "italian": "it", "portuguese": "pt",
    "dutch": "nl", "polish": "pl", "russian": "ru", "turkish": "tr", "arabic": "ar", "chinese": "zh",
    "japanese": "ja", "korean": "ko",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GdeltCollector:
    """Collects the articles that GDELT saw since the last poll."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the articles of the window, oldest first. Raises: FetchFailed (see `paging.poll`)."""
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One list of articles; `{}` is an empty one. Raises: ParseFailed with GDELT's own words."""
        document = members.answer(body, content_type)
        found = members.records(document, "articles") if document else ()
        entries, problems = read_each(found, partial(_entry, source_id=source_id), source_id)
        seen = "".join(filter(str.isdigit, max((entry.updated or "" for entry in entries), default="")))
        full = len(found) >= _PAGE_SIZE and len(seen) == len("YYYYMMDDHHMMSS")
        return Parsed(entries=entries, problems=problems, next_page=seen if full else "")


def _address(source: Source, place: paging.Place) -> str:
    return paging.with_query(
        source.url,
        {
            "query": source.options["term"],
            "mode": "artlist",
            "format": "json",
            "maxrecords": str(_PAGE_SIZE),
            "sort": "dateasc",
            # There are no pages: after a full one the articles from its last moment on are asked for.
            "startdatetime": place.page or f"{place.since:%Y%m%d}000000",
            "enddatetime": f"{place.until:%Y%m%d}235959",
        },
    )


def _entry(record: object, number: int, *, source_id: str) -> Entry:
    article = members.members(record)
    url, image = word(article, "url"), word(article, "socialimage")
    if not parts.is_http(url):
        raise ValueError("an article without address")
    return Entry(
        source_id=source_id,
        guid=url,
        title=word(article, "title"),
        link=url,
        updated=word(article, "seendate") or None,
        language=_LANGUAGES.get(word(article, "language").lower(), ""),
        provider_domain=word(article, "domain"),
        images=(Image(url=image),) if parts.is_http(image) else (),
        where=f"entry {number}",
    )
