"""Discovery: from the address of a site to what of it can be collected from.

In this order, and each is asked and read before it is offered: the address itself; what the page
declares (`link rel="alternate"`, links that say RSS); where feeds usually lie; the sitemaps that
robots.txt names; and the page's own list of articles. Everything goes through the one way out,
so that addresses that lead to private hosts are refused here as anywhere (F-05, F-06).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urljoin, urlsplit

from .. import robots
from ..collectors import Parse
from ..collectors.feed import ACCEPT
from ..errors import FetchFailed, ParseFailed
from ..model import Fetch, Parsed, Request, Response
from ..normalize import dates
from ..sites import channel_in

_MOST = 12  # documents that one discovery asks for
_ENOUGH = 3  # feeds found: there is something to choose from
_LISTED = 3  # links that make a page a list of articles
_DECLARED = (
    'link[rel~="alternate"][type*="rss"], link[rel~="alternate"][type*="atom"], link[rel~="alternate"][type*="json"]'
)
_LINKED = ", ".join(
    f'a[href$="{end}"]' for end in (".rss", "rss.xml", "atom.xml", "feed.xml", "feed.json", "/rss", "/feed", "/feed/")
)
# WordPress, Drupal, Blogger, Hugo and Jekyll, Ghost, JSON Feed; the commonest first.
_USUAL = ("feed/", "rss.xml", "feed.xml", "rss", "atom.xml", "index.xml", "feed.json", "feeds/posts/default")
_SITEMAPS = ("news-sitemap.xml", "sitemap-news.xml", "sitemap.xml")


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """Something that can be collected from, as it answered."""

    kind: str
    url: str
    title: str = ""
    entries: int = 0
    newest: datetime | None = None
    how: str = ""  # where it was found


@dataclass(frozen=True, kw_only=True, slots=True)
class Discovery:
    """What there is at an address: the best first; and what did not answer."""

    found: tuple[Found, ...] = ()
    failed: tuple[str, ...] = ()
    homepage: str = ""


class _Search:
    """One discovery under way."""

    def __init__(self, fetch: Fetch, parse: Parse) -> None:
        self._fetch = fetch
        self._parse = parse
        self._asked: set[str] = set()
        self.found: list[Found] = []
        self.failed: list[str] = []

    def ask(self, url: str, accept: str = ACCEPT) -> Response | None:
        """The document at `url`; None when it was asked for already, or cannot be had."""
        if url in self._asked or len(self._asked) >= _MOST:
            return None
        self._asked.add(url)
        try:
            return self._fetch(Request(url=url, accept=accept, trusted=len(self._asked) == 1))
        except FetchFailed as failed:
            self.failed.append(failed.text)
            return None

    def read(self, kind: str, response: Response, fragment: str = "") -> Parsed | None:
        """What `response` holds as `kind`, None when it is something else."""
        content_type = response.header("content-type") or ""
        try:
            return self._parse(kind, response.body, content_type, response.url + fragment, "discovery")
        except ParseFailed:
            return None

    def offer(self, response: Response, how: str, *, kinds: Sequence[str] = ("rss",)) -> bool:
        """Whether `response` can be collected from as one of `kinds`; then it is found."""
        for kind in kinds:
            parsed = self.read(kind, response)
            if parsed is None or (kind == "listing" and len(parsed.entries) < _LISTED):
                continue
            if kind == "sitemap" and not parsed.next_page and not any(e.published or e.updated for e in parsed.entries):
                continue
            if any(known.url == response.url for known in self.found):
                return True
            self.found.append(
                Found(
                    kind=_kind(kind, response, parsed), url=response.url, title=" ".join(parsed.title.split()),
                    entries=len(parsed.entries), newest=_newest(parsed), how=how,
                )
            )  # fmt: skip
            return True
        return False


def discover(address: str, *, fetch: Fetch, parse: Parse) -> Discovery:
    """What can be collected from at `address`, an http(s) address; nothing is stored."""
    search = _Search(fetch, parse)
    page = search.ask(address)
    if page is None:
        return Discovery(failed=tuple(search.failed))
    if search.offer(page, "the address itself", kinds=("rss", "sitemap")):
        return Discovery(found=tuple(search.found), homepage=_home(page.url))
    if (channel := _channel(page)) and (feed := search.ask(channel)) and search.offer(feed, "the channel's feed"):
        return Discovery(found=tuple(search.found), failed=tuple(search.failed), homepage=page.url)
    for url, how in _places(page, search):
        if len(search.found) >= _ENOUGH:
            break
        if response := search.ask(url):
            search.offer(response, how)
    failed = tuple(search.failed)  # where nothing was promised, nothing failed
    if not search.found:
        for url in _sitemaps(page, search):
            if (response := search.ask(url)) and search.offer(response, "a sitemap", kinds=("sitemap",)):
                break
    search.offer(page, "the articles that the page links to", kinds=("listing",))
    return Discovery(found=tuple(search.found), failed=failed, homepage=page.url)


def _channel(page: Response) -> str:
    host = urlsplit(page.url).hostname or ""
    found = channel_in(page.body) if host.removeprefix("www.") == "youtube.com" else None
    return found.url if found else ""


def _places(page: Response, search: _Search) -> Iterator[tuple[str, str]]:
    """Where feeds may lie: declared, linked, and the usual paths below the page and at its root."""
    for selector, how in ((_DECLARED, "declared by the page"), (_LINKED, "linked by the page")):
        parsed = search.read("listing", page, f"#css({quote(selector)})")
        yield from ((entry.link, how) for entry in (parsed.entries if parsed else ()) if entry.link)
    if search.found:
        return
    folder = page.url.partition("?")[0].partition("#")[0].rstrip("/") + "/"
    for base in dict.fromkeys((folder, urljoin(page.url, "/"))):
        for path in _USUAL:
            if search.found:
                return
            yield urljoin(base, path), "a usual place"


def _sitemaps(page: Response, search: _Search) -> Iterator[str]:
    """The sitemaps that robots.txt names, those for news first, and the usual names."""
    named: list[str] = []
    if response := search.ask(urljoin(page.url, "/robots.txt"), "text/plain, */*;q=0.1"):
        named = robots.sitemaps(response.body)
    yield from sorted(named, key=lambda url: "news" not in url)[:3]
    yield from (urljoin(page.url, f"/{name}") for name in _SITEMAPS)


def _kind(asked: str, response: Response, parsed: Parsed) -> str:
    """The kind that says most: what was asked for, or for a feed its format, or that it is a podcast."""
    if asked != "rss":
        return asked
    if (urlsplit(response.url).hostname or "").removeprefix("www.") == "youtube.com":
        return "youtube"
    media = [entry.type for entry in parsed.entries]
    if media and 2 * media.count("podcast") > len(media):
        return "podcast"
    head = response.body[:2_000].lstrip()
    if head.startswith((b"{", b"[")):
        return "jsonfeed"
    return "atom" if b"<feed" in head else "rss"


def _newest(parsed: Parsed) -> datetime | None:
    said = (dates.parse(text) for entry in parsed.entries for text in (entry.published, entry.updated) if text)
    return max((found[0] for found in said if found), default=None)


def _home(url: str) -> str:
    return urljoin(url, "/")
