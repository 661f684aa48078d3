"""Bing News: the RSS feed of a search (kind `bingnews`).

`url` is https://www.bing.com/news/search, or a whole address with its query. Options:

    term    what is searched for; not with a query in `url`
    market  language and country of the edition, "en-US" (the default), "de-DE" …

There is no official documentation; parameters and shape are taken from programs that use the
feed. No real answer could be had while this was written, so a source of this kind is shipped disabled.

The publisher's address is the parameter `url` of an entry's link; what that names is the link of
the entry. `<News:Source>` names the publisher, "… on MSN" where MSN shows its text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlsplit

from ..model import Collected, Entry, Parsed, Source, SourceState
from . import options, paging, parts
from .contract import Context
from .feed import FeedCollector

_FEED = FeedCollector("article")
_MARKET = re.compile(r"[a-z]{2}-[A-Z]{2}")
_BY_WAY_OF = " on MSN"


@dataclass(frozen=True, slots=True)
class BingNewsCollector:
    """Collects what a search of Bing News lists."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the search's feed. Raises: FetchFailed."""
        return _FEED.collect(replace(source, url=_address(source)), state, context)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """The feed in `body`, each entry as its publisher's. Raises: ParseFailed."""
        parsed = _FEED.parse(body, content_type=content_type, url=url, source_id=source_id)
        return replace(parsed, entries=tuple(map(_unwrapped, parsed.entries)))


def _address(source: Source) -> str:
    options.check(source, {"term", "market"}, () if "?" in source.url else {"term"})
    if "?" in source.url:
        return source.url
    market = source.options.get("market", "en-US")
    if not _MARKET.fullmatch(market):
        raise options.wrong(source, "market", 'is no market; write language and country, such as "en-US"')
    return paging.with_query(source.url, {"q": source.options["term"], "format": "rss", "mkt": market})


def _unwrapped(entry: Entry) -> Entry:
    link = _target(entry.link or "")
    # Bing's picture has no size and is a copy on Bing's own host; the namespace's other words are Bing's.
    return replace(
        entry, link=link or entry.link, provider_name=entry.provider_name.removesuffix(_BY_WAY_OF),
        provider_domain=parts.host(link), images=(), links=(),
    )  # fmt: skip


def _target(link: str) -> str:
    """The publisher's address in a link of Bing's, "" when there is none."""
    try:
        found = parse_qs(urlsplit(link).query, max_num_fields=50).get("url", [""])[0]
    except ValueError:
        return ""
    return found if parts.host(link).endswith("bing.com") and parts.is_http(found) else ""
