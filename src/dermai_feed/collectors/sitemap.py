"""Sitemaps: the addresses that a site lists, newest days only (kind `sitemap`).

`url` is a sitemap or an index of sitemaps, plain or gzipped (sitemaps.org/protocol.html), with or
without the news extension (developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap).
Options:

    include  words of which an address must hold one, separated by blanks: "/news/ /research/"
    exclude  words of which it must hold none
    days, pages  as `paging` says; the first window is 7 days, ten sitemaps a poll

Of an index those sitemaps are read that changed in the window, or that do not say. What bears no
date is no news: it is left out and counted. A news entry has title, date and language; one without
the extension has an address and a day, and a title only once its page was read (`enrich`).
No real news sitemap could be had while this was written, so a source of this kind is shipped disabled.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
import zlib
from dataclasses import dataclass, replace
from datetime import date, timedelta

from ..errors import ParseFailed
from ..model import Collected, Entry, Parsed, Problem, Source, SourceState
from . import paging, parts, repair, urlset
from .contract import Context
from .elements import text_of
from .encoding import decode
from .markup import resolve

_HABITS = paging.Habits(
    days=7, overlap=1, pages=10, options=frozenset({"include", "exclude"}),
    accept="application/xml, text/xml, */*;q=0.1",
)  # fmt: skip
_GZIP_MARK = b"\x1f\x8b"
_MOST_BYTES = 50 * 1024 * 1024  # sitemaps.org: "no larger than 50MB", uncompressed
_MOST_SITEMAPS = 1_000  # of an index; the protocol allows 50,000
_HOUR_ZONE = timedelta(days=1)  # a day somewhere is another day elsewhere


@dataclass(frozen=True, slots=True)
class SitemapCollector:
    """Collects the addresses of a sitemap that are new since the last poll."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Read the sitemap, or those of an index that changed. Raises: FetchFailed (see `paging.poll`)."""
        since = paging.begins(source, state, context.now.date(), _HABITS) - _HOUR_ZONE
        got = paging.poll(source, state, context, habits=_HABITS, address=_address, follow=_follow)
        wanted = [entry for entry in got.entries if _wanted(entry, source)]
        new = tuple(entry for entry in wanted if (day := _day(entry)) is not None and day >= since)
        undated = sum(_day(entry) is None for entry in wanted)
        problems = got.problems
        if undated:
            what = f"{undated} addresses without a date were left out"
            hint = "only what bears a date can be told to be new; watch such pages with the kinds listing or page"
            problems = (*problems, Problem(where=source.id, what=what, kind="feed", hint=hint))
        return replace(got, entries=new, problems=problems)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """A sitemap, or an index whose sitemaps `next_page` lists. Raises: ParseFailed."""
        document = repair.read(decode(_expanded(body), content_type).text)
        root = document.root
        if root is None or _local(root) != "sitemapindex":
            return urlset.pages(document, url=url, source_id=source_id)
        listed = [(resolve(url, _text(node, "loc")), _text(node, "lastmod")[:10]) for node in root]
        found = [[address, day] for address, day in listed if parts.is_http(address)]
        return Parsed(
            title=f"an index of {len(found)} sitemaps", next_page=json.dumps(_newest(found)) if found else "",
            complete=not document.complaint,
        )  # fmt: skip


# --------------------------------------------------------------------------- what is asked


def _address(source: Source, place: paging.Place) -> str:
    return _listed(place.page)[0][0] if place.page else source.url


def _follow(place: paging.Place, parsed: Parsed) -> str:
    """The sitemaps that are still to be read, the next one first."""
    if place.page:
        left = _listed(place.page)[1:]
    else:
        since = (place.since - _HOUR_ZONE).isoformat()
        left = [[address, day] for address, day in _listed(parsed.next_page) if not day or day >= since]
    return json.dumps(left) if left else ""


def _listed(page: str) -> list[list[str]]:
    found: list[list[str]] = json.loads(page) if page else []
    return found


def _newest(found: list[list[str]]) -> list[list[str]]:
    """The latest first, those without a day last; stable, so that a second reading gives the same pages."""
    return sorted(found, key=lambda pair: pair[1], reverse=True)[:_MOST_SITEMAPS]


def _wanted(entry: Entry, source: Source) -> bool:
    address = entry.link or ""
    include, exclude = (source.options.get(name, "").split() for name in ("include", "exclude"))
    return (not include or any(word in address for word in include)) and not any(word in address for word in exclude)


def _day(entry: Entry) -> date | None:
    """The later of the days of publication and change."""
    days = []
    for text in (entry.published, entry.updated):
        try:
            days.append(date.fromisoformat((text or "")[:10]))
        except ValueError:
            continue
    return max(days, default=None)


# --------------------------------------------------------------------------- what is answered


def _expanded(body: bytes) -> bytes:
    """`body`, decompressed when it is a gzip file and not only sent as one. Raises: ParseFailed."""
    if not body.startswith(_GZIP_MARK):
        return body
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        expanded = stream.decompress(body, _MOST_BYTES)
    except zlib.error as error:
        raise ParseFailed("parse_error", f"a damaged gzip file: {error}") from error
    if stream.unconsumed_tail or not stream.eof:
        what = f"expands to more than {_MOST_BYTES} bytes" if stream.unconsumed_tail else "breaks off"
        raise ParseFailed("parse_error", f"a gzip file that {what}")
    return expanded


def _local(node: ET.Element) -> str:
    return node.tag.rpartition("}")[2].lower() if isinstance(node.tag, str) else ""


def _text(node: ET.Element, name: str) -> str:
    return next((text_of(child) for child in node if _local(child) == name), "")
