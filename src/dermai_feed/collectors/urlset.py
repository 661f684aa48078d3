"""Sitemaps and news sitemaps as documents: the pages that a site lists (https://www.sitemaps.org/protocol.html).

A news sitemap gives title, date and name of the publication (developers.google.com/search/docs,
"News sitemaps"); a plain one only addresses and the day of their last change.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..errors import ParseFailed
from ..model import Entry, Image, Parsed, Problem
from . import parts, repair, sniff
from .each import read_each
from .elements import children, every_text, first_text
from .encoding import decode
from .markup import resolve

_URL = re.compile(r"<((?:[\w.\-]+:)?url)\s*>.*?</\1\s*>", re.DOTALL | re.IGNORECASE)
_TOLD = 3  # sitemaps of an index that a message names


@dataclass(frozen=True, slots=True)
class SitemapReader:
    """Reads sitemaps."""

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """The pages of a sitemap, of a damaged one those that are whole.

        Raises: ParseFailed: not_a_feed for what is no sitemap; no_records for an index of sitemaps.
        """
        text = decode(body, content_type).text
        document = repair.read(text)
        root = document.root
        name = _local(root.tag) if root is not None else ""
        if name == "sitemapindex" and root is not None:
            listed = [text_ for place in root for text_ in every_text(children(place, _local), "loc")]
            raise ParseFailed(
                "no_records", f"an index of {len(listed)} sitemaps; read those: {' '.join(listed[:_TOLD])}"
            )
        if name != "urlset" and "<urlset" not in text:
            raise sniff.not_a_feed(text, "neither a sitemap nor an index of them")
        nodes = list(_pages(root if name == "urlset" else None, text))
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
    if not address:
        raise ValueError("a page without its address")
    news = children(words["news:news"][0], name) if "news:news" in words else {}
    publication = children(news["news:publication"][0], name) if "news:publication" in news else {}
    pictures = [children(place, name) for place in words.get("image:image", ())]
    return Entry(
        source_id=source_id,
        title=first_text(news, "news:title"),
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
