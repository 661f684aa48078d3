"""A source at a moment as the bytes of its feed: RSS, Atom, JSON Feed, podcast, video channel."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from email.utils import format_datetime
from html import escape

from .script import Feed, Post

NEWEST = 12  # a feed shows so many posts, as most do

_RSS = (
    '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd">'
)
_ATOM = (
    '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:yt="http://www.youtube.com/xml/schemas/2015" '
    'xmlns:media="http://search.yahoo.com/mrss/">'
)
_XML = '<?xml version="1.0" encoding="UTF-8"?>'


def said(feed: Feed, now: datetime) -> tuple[Post, ...]:
    """What the feed shows at `now`, newest first."""
    return tuple(reversed([post for post in feed.posts if post.at <= now]))[:NEWEST]


def render(feed: Feed, now: datetime) -> tuple[str, bytes]:
    """Content type and body of `feed` at `now`; equal as long as nothing new was said."""
    content_type, write = _WRITERS[feed.kind]
    return content_type, write(feed, said(feed, now)).encode()


def page(feed: Feed, post: Post) -> str:
    """The address of a post as the feed gives it, tracking included."""
    mark = "&" if "?" in post.path else "?"
    return f"{feed.home}{post.path}" + (f"{mark}{feed.tracking}" if feed.tracking else "")


def _title(feed: Feed, post: Post) -> str:
    return f"{feed.prefix}{post.title}{feed.suffix}"


def _element(name: str, text: str, attributes: str = "") -> str:
    return f"<{name}{attributes}>{escape(text, quote=False)}</{name}>"


def _rss(feed: Feed, posts: Iterable[Post]) -> str:
    head = [_element("title", feed.name), _element("link", feed.home), _element("description", f"News of {feed.name}")]
    return "\n".join([_XML, _RSS, "<channel>", *head, *(_item(feed, post) for post in posts), "</channel>", "</rss>\n"])


def _item(feed: Feed, post: Post) -> str:
    parts = [
        _element("title", _title(feed, post)),
        _element("link", page(feed, post)),
        _element("guid", f"{feed.domain}:{post.id}", ' isPermaLink="false"'),
        _element("pubDate", format_datetime(post.at, usegmt=True)),
        _element("description", f"<p>{escape(post.text, quote=False)}</p>"),
        *(_element("dc:creator", name) for name in post.by),
    ]
    if feed.papers:
        parts += [
            _element("dc:identifier", f"doi:{post.doi}"), _element("prism:doi", post.doi),
            _element("prism:publicationName", feed.name),
        ]  # fmt: skip
    if feed.amp:
        amp = page(feed, post).partition("?")[0].removesuffix(".html") + ".amp"
        parts.append(f'<atom:link rel="amphtml" href="{escape(amp)}"/>')
    if post.audio:
        parts.append(f'<enclosure url="{escape(feed.home + post.audio)}" type="audio/mpeg" length="24117248"/>')
        parts.append(_element("itunes:duration", post.duration))
    return "\n".join(["<item>", *parts, "</item>"])


def _atom(feed: Feed, posts: Iterable[Post]) -> str:
    shown = list(posts)
    updated = shown[0].at.isoformat() if shown else "2026-01-01T00:00:00+00:00"
    head = [
        _element("id", f"tag:{feed.domain},2026:feed"), _element("title", feed.name), _element("updated", updated),
        f'<link rel="alternate" href="{escape(feed.home)}/"/>', f"<author>{_element('name', feed.name)}</author>",
    ]  # fmt: skip
    return "\n".join([_XML, _ATOM, *head, *(_entry(feed, post) for post in shown), "</feed>\n"])


def _entry(feed: Feed, post: Post) -> str:
    parts = [
        _element("id", f"yt:video:{post.video}" if post.video else f"tag:{feed.domain},2026:{post.id}"),
        _element("title", _title(feed, post)),
        f'<link rel="alternate" href="{escape(page(feed, post))}"/>',
        _element("published", post.at.isoformat()),
        _element("updated", post.at.isoformat()),
    ]
    if post.video:
        picture = f"{feed.home}/thumbnails/{post.video}.jpg"
        parts += [
            _element("yt:videoId", post.video), "<media:group>", _element("media:title", post.title),
            f'<media:thumbnail url="{escape(picture)}" width="480" height="360"/>',
            _element("media:description", post.text), "</media:group>",
        ]  # fmt: skip
    else:
        parts.append(_element("summary", f"<p>{escape(post.text, quote=False)}</p>", ' type="html"'))
    return "\n".join(["<entry>", *parts, "</entry>"])


def _json_feed(feed: Feed, posts: Iterable[Post]) -> str:
    items = [
        {
            "id": f"{feed.domain}/{post.id}", "url": page(feed, post), "title": _title(feed, post),
            "content_text": post.text, "date_published": post.at.isoformat(),
        }
        for post in posts
    ]  # fmt: skip
    head = {"version": "https://jsonfeed.org/version/1.1", "title": feed.name, "home_page_url": f"{feed.home}/"}
    return json.dumps(head | {"items": items}, indent=1, ensure_ascii=False) + "\n"


_WRITERS: Mapping[str, tuple[str, Callable[[Feed, Iterable[Post]], str]]] = {
    "rss": ("application/rss+xml; charset=utf-8", _rss),
    "podcast": ("application/rss+xml; charset=utf-8", _rss),
    "atom": ("application/atom+xml; charset=utf-8", _atom),
    "youtube": ("text/xml; charset=utf-8", _atom),
    "jsonfeed": ("application/feed+json", _json_feed),
}
