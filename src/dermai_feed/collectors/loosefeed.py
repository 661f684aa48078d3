"""Feeds that no repair makes well-formed, read by feedparser's tolerant parser.

feedparser gets bytes in memory and nothing else: a string or path would make it open files
and addresses (P-01). Its sanitiser is off, because normalising makes text of HTML; its parsed
dates are not used, because it completes them from today's date.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

import feedparser

from ..errors import ParseFailed
from ..model import Enclosure, Entry, Identifier, Image, Parsed, Publication
from . import hints, parts
from .each import read_each
from .markup import named_in, resolve, size

_FEED_WORDS = re.compile(r"<(?:[\w.\-]+:)?(?:rss|rdf|feed|channel|item|entry)[\s>]", re.IGNORECASE)
_OPENED = re.compile(r"<(?:[\w.\-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_CLOSED = re.compile(r"</(?:[\w.\-]+:)?(?:item|entry|channel|rss|feed|rdf)\s*>", re.IGNORECASE)

Words = Mapping[str, object]


def parse(text: str, *, url: str, source_id: str, default_type: str) -> Parsed:
    """The feed in `text`, as far as it can be read; never `complete`.

    The last entry is dropped when it is cut, that is, when nothing closes it.
    Raises: ParseFailed("not_a_feed") when there is nothing of a feed in it,
        ParseFailed("parse_error") when feedparser gives up.
    """
    if not _FEED_WORDS.search(text):
        raise ParseFailed("not_a_feed", "no element of a feed in it")
    try:
        document = feedparser.parse(
            io.BytesIO(text.encode("utf-8", "replace")),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # feedparser raises what its parsers happen to raise (P-03)
        raise ParseFailed("parse_error", f"{type(error).__name__}: {error}") from error
    found = _sequence(document, "entries")
    head = _mapping(document, "feed")
    if not found and not _word(document, "version"):
        raise ParseFailed("not_a_feed", "no feed in it")
    if found and _is_cut(text):
        found = found[:-1]
    language = _word(head, "language")
    entries, problems = read_each(
        found, lambda words, number: _entry(words, number, url, source_id, default_type, language), source_id
    )
    return Parsed(
        entries=entries,
        problems=problems,
        complete=False,
        title=_word(head, "title"),
        floor=hints.floor(_word(head, "ttl"), _word(head, "sy_updateperiod"), _word(head, "sy_updatefrequency")),
    )


def _is_cut(text: str) -> bool:
    """Whether an entry is opened after which nothing is closed."""
    opened = max((match.end() for match in _OPENED.finditer(text)), default=None)
    return opened is not None and _CLOSED.search(text, opened) is None


def _entry(words: Words, number: int, url: str, source_id: str, default_type: str, language: str) -> Entry:
    contents = [_word(content, "value") for content in _sequence(words, "content")]
    content = max(contents, key=len, default="")
    summary = _word(words, "summary")
    links = _sequence(words, "links")
    guid = _word(words, "id") or None
    original = _word(words, "feedburner_origlink")
    link = original if parts.is_http(original) else resolve(url, _word(words, "link"))
    named_links, named_images = named_in(content or summary, url)
    related = [resolve(url, _word(e, "href")) for e in links if _word(e, "rel") in {"related", "via"}]
    media = [*_sequence(words, "media_content"), *_sequence(words, "media_thumbnail")]
    enclosures = tuple(
        Enclosure(
            url=resolve(url, _word(e, "href")),
            type=_word(e, "type"),
            length=parts.length(_word(e, "length")),
            duration=_word(words, "itunes_duration"),
        )
        for e in links
        if _word(e, "rel") == "enclosure" and _word(e, "href") and not _word(e, "type").startswith("image/")
    )
    video = _word(words, "yt_videoid")
    named = parts.identifiers(_word(words, key) for key in ("prism_doi", "dc_identifier", "arxiv_doi"))
    source = _mapping(words, "source")
    return Entry(
        source_id=source_id,
        title=_word(words, "title"),
        guid=guid,
        link=link or None,
        summary=summary,
        content=content,
        published=_word(words, "published") or _word(words, "created") or None,
        updated=_word(words, "updated") or None,
        authors=parts.unique(
            parts.author(name) for e in _sequence(words, "authors") if (name := _word(e, "name") or _word(e, "email"))
        ),
        tags=parts.unique(term for e in _sequence(words, "tags") if (term := _word(e, "term"))),
        language=language,
        type=parts.kind_of(default_type, youtube=bool(video), enclosures=enclosures),
        amp_link=next((resolve(url, _word(e, "href")) for e in links if _word(e, "rel") == "amphtml"), None),
        provider_name=_word(source, "title"),
        provider_domain=parts.host(_word(source, "href")),
        identifiers=(*named, Identifier(scheme="youtube", value=video)) if video else named,
        links=parts.unique(address for address in (*related, *named_links) if address != link),
        images=parts.pictures(
            (
                *(
                    Image(
                        url=resolve(url, _word(e, "url")),
                        width=size(_word(e, "width")),
                        height=size(_word(e, "height")),
                    )
                    for e in media
                    if _word(e, "medium") in {"", "image"} and _word(e, "type").partition("/")[0] in {"", "image"}
                ),
                *named_images,
            )
        ),
        enclosures=enclosures,
        publication=_publication(words),
        where=f"entry {number}",
    )


def _publication(words: Words) -> Publication | None:
    pages = [page for key in ("prism_startingpage", "prism_endingpage") if (page := _word(words, key))]
    publication = Publication(
        journal=_word(words, "prism_publicationname"),
        volume=_word(words, "prism_volume"),
        issue=_word(words, "prism_number"),
        pages="-".join(pages),
    )
    return publication if publication != Publication() else None


# feedparser's dictionaries answer for keys that they do not have (with a warning), so they are
# only ever asked as plain dictionaries.


def _word(words: Words, key: str) -> str:
    value = dict.get(words, key) if isinstance(words, dict) else None
    return value.strip() if isinstance(value, str) else ""


def _mapping(words: Words, key: str) -> Words:
    value = dict.get(words, key) if isinstance(words, dict) else None
    return value if isinstance(value, dict) else {}


def _sequence(words: Words, key: str) -> Sequence[Words]:
    value = dict.get(words, key) if isinstance(words, dict) else None
    return [element for element in value if isinstance(element, dict)] if isinstance(value, list) else []
