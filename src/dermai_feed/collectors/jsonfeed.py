"""JSON Feed 1.0 and 1.1 (jsonfeed.org), read without trusting any type (P-14).

Standard library only. A member of the wrong type counts as missing; a broken item costs that
item. `NaN` and `Infinity`, which Python's reader would let pass, are missing values too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

from ..errors import ParseFailed
from ..model import Enclosure, Entry, Image, Parsed
from . import parts
from .each import read_each
from .markup import named_in, plain, resolve

Members = Mapping[str, object]


def parse(text: str, *, url: str, source_id: str, default_type: str) -> Parsed:
    """The JSON Feed in `text`.

    Raises: ParseFailed("parse_error") for broken JSON, ParseFailed("not_a_feed") for other JSON.
    """
    try:
        document: object = json.loads(text, parse_constant=lambda _name: None)
    except RecursionError as error:
        raise ParseFailed("parse_error", "the JSON is nested too deeply") from error
    except ValueError as error:  # JSONDecodeError, and numbers of more than 4,300 digits
        raise ParseFailed("parse_error", f"broken JSON: {error}") from error
    if not isinstance(document, dict) or "jsonfeed.org/version/" not in _word(document, "version"):
        raise ParseFailed("not_a_feed", "JSON without a version of jsonfeed.org")
    items = document.get("items")
    if not isinstance(items, list):
        raise ParseFailed("not_a_feed", "a JSON Feed without its list of items")
    language, everybody = _word(document, "language"), _authors(document)

    def read(item: object, number: int) -> Entry:
        if not isinstance(item, dict):
            raise TypeError(f"not an object but {type(item).__name__}")
        return _entry(item, number, url, source_id, default_type, language, everybody)

    entries, problems = read_each(items, read, source_id)
    return Parsed(entries=entries, problems=problems, title=_word(document, "title"))


def _entry(
    item: Members,
    number: int,
    url: str,
    source_id: str,
    default_type: str,
    language: str,
    everybody: tuple[str, ...],
) -> Entry:
    page, external = resolve(url, _word(item, "url")), resolve(url, _word(item, "external_url"))
    guid = _word(item, "id") or None
    link = page or external or (guid if parts.is_http(guid) else None)
    content = _word(item, "content_html") or plain(_word(item, "content_text"))
    enclosures = tuple(
        Enclosure(
            url=resolve(url, _word(attachment, "url")),
            type=_word(attachment, "mime_type").lower(),
            length=parts.length(_word(attachment, "size_in_bytes")),
            duration=_word(attachment, "duration_in_seconds"),
        )
        for attachment in _objects(item, "attachments")
        if _word(attachment, "url")
    )
    named_links, named_images = named_in(content, link or url)
    pictures = [Image(url=resolve(url, text)) for key in ("image", "banner_image") if (text := _word(item, key))]
    others = [external] if external and external != link else []
    return Entry(
        source_id=source_id,
        title=_word(item, "title"),
        guid=guid,
        link=link,
        summary=plain(_word(item, "summary")),
        content=content,
        published=_word(item, "date_published") or None,
        updated=_word(item, "date_modified") or None,
        authors=_authors(item) or everybody,
        tags=parts.unique(text for tag in _list(item, "tags") if (text := _as_text(tag))),
        language=_word(item, "language") or language,
        type=parts.kind_of(default_type, youtube=False, enclosures=enclosures),
        links=parts.unique(address for address in (*others, *named_links) if address != link),
        images=parts.pictures((*pictures, *named_images)),
        enclosures=enclosures,
        where=f"entry {number}",
    )


def _authors(members: Members) -> tuple[str, ...]:
    """Version 1.1 has a list, version 1.0 one object."""
    author = members.get("author")
    people = [*_objects(members, "authors"), *([author] if isinstance(author, dict) else [])]
    return parts.unique(name for person in people if (name := _word(person, "name")))


def _objects(members: Members, key: str) -> list[Members]:
    return [value for value in _list(members, key) if isinstance(value, dict)]


def _list(members: Members, key: str) -> Sequence[object]:
    value = members.get(key)
    return value if isinstance(value, list) else ()


def _word(members: Members, key: str) -> str:
    return _as_text(members.get(key))


def _as_text(value: object) -> str:
    """A string, or a number as one: ids and sizes are often numbers. Lone surrogates become U+FFFD."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    if isinstance(value, float) and not math.isfinite(value):  # 1e999
        return ""
    return str(value).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").strip()
