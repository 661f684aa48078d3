"""Bookmarks as browsers, Pocket and Pinboard export them: the Netscape bookmark file (`<DT><A HREF=…>`)."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ..collectors import parts
from ..collectors.markup import plain
from ..model import Entry, Problem
from ..normalize import urls
from .citation import squeezed
from .contract import Document, Found, Unreadable

MARK = re.compile(r"<!DOCTYPE NETSCAPE-Bookmark-file-1|<DL><p>\s*<DT>|<title>Pocket Export</title>", re.IGNORECASE)
_TOKEN = re.compile(r"<H3[^<>]*>(.*?)</H3>|<A\s([^<>]*)>(.*?)</A>|<DD>([^<]*)|(</DL>)", re.IGNORECASE | re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w\-]{1,40})\s*=\s*\"([^\"]*)\"")


def read(document: Document) -> Iterator[Found]:
    """The bookmarks of a file; folders and tags become tags. Raises: Unreadable when there is none."""
    folders: list[str] = []
    waiting: Entry | None = None
    number = 0
    for token in _TOKEN.finditer(document.text):
        folder, attributes, words, description, closing = token.groups()
        if description is not None and waiting is not None:
            waiting = _described(waiting, description)
            continue
        if waiting is not None:
            yield waiting
            waiting = None
        if folder is not None:
            folders.append(squeezed(html.unescape(re.sub(r"<[^<>]*>", "", folder))))
        elif closing:
            folders = folders[:-1]
        elif attributes is not None:
            number += 1
            where = document.at(number)
            found = {name.lower(): html.unescape(value) for name, value in _ATTRIBUTE.findall(attributes)}
            address = found.get("href", "").strip()
            if address.lower().startswith(("place:", "javascript:", "about:", "data:", "chrome:")):
                continue  # a query or a script of the browser's, no page
            if not urls.clean(address):
                shown = address.encode("unicode_escape").decode()[:100]
                yield Problem(where=where, what=f"{shown!r} is no http(s) address of a public host", hint="skipped")
                continue
            tags = [tag.strip() for tag in found.get("tags", "").split(",")]
            waiting = Entry(
                source_id=document.source_id,
                title=plain(squeezed(html.unescape(re.sub(r"<[^<>]*>", "", words)))),
                guid=address,
                link=address,
                updated=_added(found.get("add_date") or found.get("time_added") or ""),
                tags=parts.unique(tag for tag in (*tags, *folders[-3:]) if tag),
                where=where,
            )
    if waiting is not None:
        yield waiting
    if not number:
        raise Unreadable("no bookmark is in it")


def _described(entry: Entry, words: str) -> Entry:
    return replace(entry, summary=plain(squeezed(html.unescape(words))))


def _added(seconds: str) -> str | None:
    if not (seconds.isdecimal() and len(seconds) <= 16):
        return None
    number = int(seconds)
    while number > 32_503_680_000:  # milli- or microseconds: beyond the year 3000 as seconds
        number //= 1000
    return datetime.fromtimestamp(number, UTC).isoformat()
