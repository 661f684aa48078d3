"""Listing pages: the articles that a page lists (kind `listing`), for sites without a feed.

`url` is the page. Options:

    select   a CSS selector of the links, or of what encloses one each: ".news-list h3 a"
    include  words of which an address must hold one, separated by blanks: "/news/ /press/"
    exclude  words of which it must hold none

Without `select` links are taken that look like articles: on the same site, outside navigation, with
a text of several words and an address that ends in a slug, a number or a date. Each link is an entry;
what was seen before is known by its address, so only new ones are new. A date stands beside a link
as `<time>`, or else is not told; `enrich` reads it from the page.

The selector goes to the parser in the address's fragment, `#css(…)`: like any fragment it names a part of
the document (RFC 3986 3.5), and parsing stays a function of document and address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urldefrag, urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode, SelectolaxError

from ..model import Collected, Entry, Parsed, Source, SourceState
from . import options, parts
from .contract import Context
from .feed import FeedCollector
from .markup import resolve
from .page import ACCEPT, Page, is_aside, open_page

_SELECTED = re.compile(r"#css\((.*)\)$", re.DOTALL)
_LONGEST_SELECTOR = 300  # characters
_MOST_LINKS = 500
_LEAST_WORDS = 4  # of a headline; fewer are a section, a topic, "Read more"
_NO_ARTICLES = re.compile(
    r"/(?:tags?|topics?|categor(?:y|ies)|authors?|people|search|page|login|sign-?in|account|subscribe|contact|about(?:-us)?"
    r"|privacy(?:-policy)?|terms|cookies?|careers|jobs|events?|newsletters?|rss|feeds?)(?:/|$)"
    r"|\.(?:jpe?g|png|gif|svg|webp|pdf|zip|mp[34]|xml|ics|css|js)$",
    re.IGNORECASE,
)
_ARTICLE_PATH = re.compile(r"/(?:[^/]*\d{4,}[^/]*|[^/]+-[^/]+-[^/]+)/?$|/20\d\d/\d{1,2}/")


@dataclass(frozen=True, slots=True)
class ListingCollector:
    """Collects the articles that a page links to."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the page once, conditionally where `state` allows it.

        Raises: FetchFailed; "bad_url" for a selector that cannot be read.
        """
        options.check(source, {"select", "include", "exclude"})
        fragment = _fragment(source)

        def parse(kind: str, body: bytes, content_type: str, url: str, source_id: str) -> Parsed:
            return context.parse(kind, body, content_type, urldefrag(url).url + fragment, source_id)

        got = FeedCollector("article", accept=ACCEPT).collect(source, state, replace(context, parse=parse))
        return replace(got, entries=tuple(entry for entry in got.entries if _wanted(entry, source)))

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """The links of the page in `body`, those that the fragment of `url` selects or that look like articles.

        Raises: ParseFailed, see `page.open_page`.
        """
        selected = _SELECTED.search(url)
        page = open_page(body, content_type, urldefrag(url).url)
        found: dict[str, Entry] = {}
        for node in _selected(page, unquote(selected[1])) if selected else _like_articles(page):
            link = resolve(page.base, node.attributes.get("href") or "")
            entry = _entry(node, urldefrag(link).url, source_id)
            known = found.get(entry.link or "")
            if parts.is_http(link) and (known is None or len(known.title) < len(entry.title)):
                found[entry.link or ""] = entry
            if len(found) >= _MOST_LINKS:
                break
        return Parsed(entries=tuple(found.values()), title=page.title)


def _fragment(source: Source) -> str:
    selector = source.options.get("select", "").strip()
    if not selector:
        return ""
    try:
        LexborHTMLParser("<p>").css(selector[: _LONGEST_SELECTOR + 1])
    except (SelectolaxError, ValueError):
        raise options.wrong(source, "select", f"is no CSS selector: {selector[:80]!r}") from None
    if len(selector) > _LONGEST_SELECTOR:
        raise options.wrong(source, "select", f"is longer than {_LONGEST_SELECTOR} characters")
    return f"#css({quote(selector)})"


def _wanted(entry: Entry, source: Source) -> bool:
    address = entry.link or ""
    include, exclude = (source.options.get(name, "").split() for name in ("include", "exclude"))
    return (not include or any(word in address for word in include)) and not any(word in address for word in exclude)


def _selected(page: Page, selector: str) -> list[LexborNode]:
    """The links that `selector` names, or the first link inside each thing that it names."""
    links = []
    for node in page.tree.css(selector):
        link = node if node.attributes.get("href") else node.css_first("a[href]")
        if link is not None and link.attributes.get("href"):
            links.append(link)
    return links


def _like_articles(page: Page) -> list[LexborNode]:
    home = parts.host(page.url)
    links = []
    for node in page.tree.css("a[href]"):
        address = resolve(page.base, node.attributes.get("href") or "")
        if not _same_site(parts.host(address), home) or len(_words(node)) < _LEAST_WORDS:
            continue
        path = urlsplit(address).path
        if _ARTICLE_PATH.search(path) and not _NO_ARTICLES.search(path) and not is_aside(node):
            links.append(node)
    return links


def _same_site(host: str, home: str) -> bool:
    return bool(host) and (host == home or host.endswith(f".{home}") or home.endswith(f".{host}"))


def _words(node: LexborNode) -> list[str]:
    return [word for word in node.text(separator=" ").split() if any(map(str.isalnum, word))]


def _entry(node: LexborNode, link: str, source_id: str) -> Entry:
    heading = node.css_first("h1, h2, h3, h4, h5")
    title = " ".join((heading or node).text(separator=" ").split()) or (node.attributes.get("title") or "").strip()
    return Entry(
        source_id=source_id, title=title, guid=link, link=link, published=_date_near(node) or None,
        where=f"link {link[:100]}",
    )  # fmt: skip


def _date_near(node: LexborNode) -> str:
    """The `<time>` in the smallest thing around the link that holds one, and no other link's."""
    place: LexborNode | None = node
    for _ in range(4):
        if place is None or place.tag in {"body", "main", "ul", "ol"}:
            return ""
        times = place.css("time")
        if times:
            return (times[0].attributes.get("datetime") or times[0].text()).strip() if len(times) == 1 else ""
        place = place.parent
    return ""
