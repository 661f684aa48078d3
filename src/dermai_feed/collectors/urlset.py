"""What a sitemap lists: pages, with news and pictures of the extensions (https://www.sitemaps.org/protocol.html).

A news sitemap gives title, date and name of the publication (developers.google.com/search/docs,
"News sitemaps"); a plain one only addresses and the day of their last change.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator

from ..model import Entry, Image, Parsed, Problem
from . import members, parts, repair, sniff
from .each import read_each
from .elements import children, first_text
from .markup import plain, resolve

_URL = re.compile(r"<((?:[\w.\-]+:)?url)\s*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)


def pages(document: repair.Repaired, *, url: str, source_id: str) -> Parsed:
    """The pages of a sitemap, of a damaged one those that are whole. Raises: ParseFailed for what is no sitemap."""
    root, text = document.root, document.text
    whole = root is not None and _local(root.tag) == "urlset"
    if not whole and "<urlset" not in text:
        raise sniff.not_a_feed(text, "neither a sitemap nor an index of them")
    nodes = list(_pages(root if whole else None, text))
    entries, problems = read_each(nodes, lambda node, number: _entry(node, number, url, source_id), source_id)
    if document.complaint:
        problems = (*problems, Problem(where=source_id, what=f"malformed: {document.complaint}", kind="feed"))
    return Parsed(entries=entries, problems=problems, complete=not document.complaint)


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _namer() -> Callable[[str], str]:
    """Names with what their namespace is for: news, image, or nothing."""

    def name(tag: str) -> str:
        space, _, local = tag.rpartition("}")
        kind = next((part for part in ("news", "image", "video") if f"sitemap-{part}" in space or part in space), "")
        return f"{kind}:{local.lower()}" if kind else local.lower()

    return name


def _pages(root: ET.Element | None, text: str) -> Iterator[ET.Element]:
    if root is not None:
        yield from (child for child in root if _local(child.tag) == "url")
        return
    for found in _URL.finditer(text):
        page = repair.read(found[0]).root
        if page is not None:
            yield page


def _entry(node: ET.Element, number: int, url: str, source_id: str) -> Entry:
    """A page as an entry. Raises: ValueError when it has no address."""
    name = _namer()
    words = children(node, name)
    address = resolve(url, first_text(words, "loc"))
    if not parts.is_http(address):
        raise ValueError(f"a page without its address, but {members.quoted(address)!r}")
    news = children(words["news:news"][0], name) if "news:news" in words else {}
    publication = children(news["news:publication"][0], name) if "news:publication" in news else {}
    pictures = [children(place, name) for place in words.get("image:image", ())]
    return Entry(
        source_id=source_id,
        title=plain(first_text(news, "news:title")),
        guid=address,
        link=address,
        published=first_text(news, "news:publication_date") or None,
        updated=first_text(words, "lastmod") or None,
        tags=parts.unique(word for part in first_text(news, "news:keywords").split(",") if (word := part.strip())),
        language=first_text(publication, "news:language"),
        provider_name=first_text(publication, "news:name"),
        images=parts.pictures(
            Image(url=resolve(address, place), title=first_text(picture, "image:title") or None)
            for picture in pictures
            if (place := first_text(picture, "image:loc"))
        ),
        where=f"page {number}",
    )
