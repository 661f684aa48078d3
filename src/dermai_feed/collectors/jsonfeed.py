"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read without trusting any type (P-14).

A member of the wrong type counts as missing; a broken item costs that item.
"""

from __future__ import annotations

from ..errors import ParseFailed
from ..model import Enclosure, Entry, Image, Parsed, Problem
from . import parts
from .each import read_each
from .markup import named_in, plain, resolve
from .members import Members, as_text, complaint, load, many, members, objects, word

_ITEM = frozenset({"content_html", "content_text", "date_published"})
_ERRORS = frozenset({"error", "errors", "message", "detail"})


def parse(text: str, *, url: str, source_id: str, default_type: str) -> Parsed:
    """The JSON Feed in `text`.

    Raises: ParseFailed("parse_error") for broken JSON, ParseFailed("not_a_feed") for other JSON.
    """
    document = load(text)
    if not isinstance(document, dict):
        raise ParseFailed("not_a_feed", f"JSON that is no JSON Feed but a {type(document).__name__}")
    items = document.get("items")
    versioned = "jsonfeed.org/version/" in word(document, "version")
    if not versioned and not _looks_like_one(document):
        said = f"; the server says: {complaint(document)}" if document.keys() & _ERRORS else ""
        raise ParseFailed("not_a_feed", f"JSON without a version of jsonfeed.org{said}")
    if not isinstance(items, list):
        raise ParseFailed("not_a_feed", "a JSON Feed without its list of items")
    language, everybody = word(document, "language"), _authors(document)

    def read(item: object, number: int) -> Entry:
        return _entry(members(item), number, url, source_id, default_type, language, everybody)

    entries, problems = read_each(items, read, source_id)
    if not versioned:
        problems = (*problems, Problem(where=source_id, what="a JSON Feed without its version", kind="feed"))
    return Parsed(entries=entries, problems=problems, title=word(document, "title"))


def _looks_like_one(document: Members) -> bool:
    """Whether every item has what only items of a JSON Feed have: its name and its text or date."""
    items = objects(document, "items")
    return bool(items) and all(item.keys() & {"id", "url"} and item.keys() & _ITEM for item in items)


def _entry(
    item: Members,
    number: int,
    url: str,
    source_id: str,
    default_type: str,
    language: str,
    everybody: tuple[str, ...],
) -> Entry:
    page, external = resolve(url, word(item, "url")), resolve(url, word(item, "external_url"))
    guid = word(item, "id") or None
    link = page or external or (guid if parts.is_http(guid) else None)
    content = word(item, "content_html") or plain(word(item, "content_text"))
    enclosures = tuple(
        Enclosure(
            url=resolve(url, word(attachment, "url")),
            type=word(attachment, "mime_type").lower(),
            length=parts.length(word(attachment, "size_in_bytes")),
            duration=word(attachment, "duration_in_seconds"),
        )
        for attachment in objects(item, "attachments")
        if word(attachment, "url")
    )
    named_links, named_images = named_in(content, link or url)
    pictures = [Image(url=resolve(url, text)) for key in ("image", "banner_image") if (text := word(item, key))]
    others = [external] if external and external != link else []
    return Entry(
        source_id=source_id,
        title=word(item, "title"),
        guid=guid,
        link=link,
        summary=plain(word(item, "summary")),
        content=content,
        published=word(item, "date_published") or None,
        updated=word(item, "date_modified") or None,
        authors=_authors(item) or everybody,
        tags=parts.unique(text for tag in many(item, "tags") if (text := as_text(tag))),
        language=word(item, "language") or language,
        type=parts.kind_of(default_type, youtube=False, enclosures=enclosures),
        links=parts.unique(address for address in (*others, *named_links) if address != link),
        images=parts.pictures((*pictures, *named_images)),
        enclosures=enclosures,
        where=f"entry {number}",
    )


def _authors(record: Members) -> tuple[str, ...]:
    """Version 1.1 has a list, version 1.0 one object."""
    author = record.get("author")
    people = [*objects(record, "authors"), *([author] if isinstance(author, dict) else [])]
    return parts.unique(name for person in people if (name := word(person, "name")))
