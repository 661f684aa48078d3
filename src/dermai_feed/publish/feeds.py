"""RSS 2.0 and JSON Feed 1.1 of digests and of published stories: pure, from one list of entries.

Ids are permanent: a story's id, `urn:dermai-feed:digest:2026-W47` for an issue. Nothing depends
on the time of day, so an unchanged corpus writes no file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from .issue import Issue
from .templating import BUILT_IN, Templates

DIGESTS, STORIES = 30, 200  # newest that a feed holds

_ATOM, _CONTENT = "http://www.w3.org/2005/Atom", "http://purl.org/rss/1.0/modules/content/"
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, production 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Channel:
    """A feed: what it is and where it lies."""

    title: str
    about: str
    home: str = ""  # address of what it belongs to, with a slash at its end; empty when there is none
    path: str  # of the feed below home, without extension


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedEntry:
    """One thing that a feed tells."""

    id: str
    title: str
    at: datetime
    url: str = ""  # of our page about it
    source: str = ""  # of what it is about
    text: str = ""
    html: str = ""
    tags: tuple[str, ...] = ()
    author: str = ""


def issue_entry(issue: Issue, templates: Templates = BUILT_IN) -> FeedEntry:
    """An issue as one entry, told in full."""
    return FeedEntry(
        id=f"urn:dermai-feed:digest:{issue.week}",
        title=issue.title,
        at=issue.until,
        url=f"{issue.home}digests/{issue.week}.html" if issue.home else "",
        html=templates.render("entry.html.j2", issue),
    )


def newest(entries: Iterable[FeedEntry], most: int) -> tuple[FeedEntry, ...]:
    """The `most` newest entries, newest first; equal moments in the order of their ids."""
    return tuple(sorted(sorted(entries, key=lambda e: e.id), key=lambda e: e.at, reverse=True)[:most])


def rss(channel: Channel, entries: Sequence[FeedEntry]) -> str:
    """The feed as RSS 2.0 (rssboard.org/rss-specification)."""
    ET.register_namespace("atom", _ATOM)
    ET.register_namespace("content", _CONTENT)
    root = ET.Element("rss", version="2.0")
    top = ET.SubElement(root, "channel")
    for tag, text in (
        ("title", channel.title), ("link", channel.home or "https://example.org/"), ("description", channel.about),
        ("language", "en"), ("generator", "dermai-feed"), ("docs", "https://www.rssboard.org/rss-specification"),
    ):  # fmt: skip
        ET.SubElement(top, tag).text = _xml(text)
    if channel.home:
        address = f"{channel.home}{channel.path}.xml"
        ET.SubElement(top, f"{{{_ATOM}}}link", href=address, rel="self", type="application/rss+xml")
    for entry in entries:
        item = ET.SubElement(top, "item")
        ET.SubElement(item, "title").text = _xml(entry.title)
        if link := entry.url or entry.source:
            ET.SubElement(item, "link").text = _xml(link)
        if entry.text:
            # A reader takes a description for HTML: text is escaped once more.
            ET.SubElement(item, "description").text = _xml(_as_html(entry.text))
        for tag in entry.tags:
            ET.SubElement(item, "category").text = _xml(tag)
        ET.SubElement(item, "guid", isPermaLink="false").text = _xml(entry.id)
        ET.SubElement(item, "pubDate").text = format_datetime(entry.at.astimezone(UTC))
        if entry.html:
            ET.SubElement(item, f"{{{_CONTENT}}}encoded").text = _xml(entry.html)
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def json_feed(channel: Channel, entries: Sequence[FeedEntry]) -> str:
    """The feed as JSON Feed 1.1 (jsonfeed.org/version/1.1)."""
    found: dict[str, object] = {"version": "https://jsonfeed.org/version/1.1", "title": channel.title}
    if channel.home:
        found |= {"home_page_url": channel.home, "feed_url": f"{channel.home}{channel.path}.json"}
    found |= {"description": channel.about, "language": "en", "items": [_json(entry) for entry in entries]}
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"


def _json(entry: FeedEntry) -> dict[str, object]:
    found: dict[str, object] = {
        "id": entry.id, "url": entry.url, "external_url": entry.source, "title": entry.title,
        "content_html": entry.html, "content_text": "" if entry.html else entry.text or entry.title,
        "date_published": f"{entry.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", "tags": list(entry.tags),
        "authors": [{"name": entry.author}] if entry.author else [],
    }  # fmt: skip
    return {key: value for key, value in found.items() if value}


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)


def _as_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
