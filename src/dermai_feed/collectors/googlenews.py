"""Google News: the RSS feed of a search (kind `googlenews`).

`url` is https://news.google.com/rss/search, or a whole address with its query. Options:

    term     what is searched for: "phrase", a OR b, site:…, -word; not with a query in `url`
    edition  country and language of the edition, "US:en" (the default), "DE:de" …
    days     how far back the first poll asks, 7; later ones ask for the days since the last and one more

There is no official documentation; parameters and shape are taken from programs that use the
feed. No real answer could be had while this was written, so a source of this kind is shipped disabled.

An entry's link leads to Google. The publisher's address stands inside it only in links of the
older form (`normalize.wrappers` reads it); where it does not, the item has no address of its own and
keeps Google's as the one received. The publisher is told by `<source url="…">`, whose name ends
the title; the description is a list of links and no summary.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ..model import Collected, Entry, Parsed, Source, SourceState
from . import options, paging
from .contract import Context
from .feed import FeedCollector

_FEED = FeedCollector("article")
_EDITION = re.compile(r"([A-Z]{2}):([a-z]{2}(?:-[A-Za-z]{2,4}|-\d{3})?)")
_DAYS, _MOST_DAYS = 7, 100


@dataclass(frozen=True, slots=True)
class GoogleNewsCollector:
    """Collects what a search of Google News lists."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the news of the days since the last poll. Raises: FetchFailed."""
        address = _address(source, state, context)
        if address != source.url:  # its days change, and validators belong to one address (F-13)
            state = replace(state, etag=None, last_modified=None)
        return _FEED.collect(replace(source, url=address), state, context)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """The feed in `body`, each entry as its publisher's. Raises: ParseFailed."""
        parsed = _FEED.parse(body, content_type=content_type, url=url, source_id=source_id)
        return replace(parsed, entries=tuple(map(_unwrapped, parsed.entries)))


def _address(source: Source, state: SourceState, context: Context) -> str:
    options.check(source, {"term", "edition", "days"}, () if "?" in source.url else {"term"})
    days = options.number(source, "days", _DAYS, _MOST_DAYS)
    if "?" in source.url:
        return source.url
    found = _EDITION.fullmatch(source.options.get("edition", "US:en"))
    if found is None:
        raise options.wrong(source, "edition", 'is no edition; write country and language, such as "US:en"')
    if state.last_success is not None and state.polls:
        days = min((context.now - state.last_success).days + 2, _MOST_DAYS)
    country, language = found.groups()
    words = {"q": f"{source.options['term']} when:{days}d", "hl": f"{language}-{country}", "gl": country}
    return paging.with_query(source.url, words | {"ceid": f"{country}:{language}"})


def _unwrapped(entry: Entry) -> Entry:
    title = entry.title
    if entry.provider_name:
        title = title.removesuffix(f" - {entry.provider_name}") or title
    return replace(entry, title=title, summary="", content="", links=(), images=())
