"""Wrappers: addresses that stand for another address, and how the other is read out of them.

Three kinds, each read from the URL alone, nothing is asked: redirectors that carry their
target in the query, AMP caches that carry it in host and path (SCHEMA section 3), and AMP or
mobile editions of a page at its own publisher. A link of Google News names its target only in
its older form; the newer one is `opaque`: it stands for a page that it does not name.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from urllib.parse import parse_qs, unquote

# host (without "www."), path prefix, parameters that may hold the target, in order
_REDIRECTORS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("l.facebook.com", "/l.php", ("u",)),
    ("lm.facebook.com", "/l.php", ("u",)),
    ("l.instagram.com", "/", ("u",)),
    ("bing.com", "/news/apiclick.aspx", ("url",)),
    ("news.google.com", "/", ("url",)),
    ("scholar.google.com", "/scholar_url", ("url",)),
    ("youtube.com", "/redirect", ("q",)),
    ("out.reddit.com", "/", ("url",)),
    ("t.umblr.com", "/redirect", ("z",)),
    ("slack-redir.net", "/link", ("url",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("linkedin.com", "/redir/redirect", ("url",)),
    ("steamcommunity.com", "/linkfilter", ("url",)),
)
_GOOGLE_NEWS = re.compile(r"/(?:rss/|__i/rss/rd/)?(?:articles|read)/(?P<token>[A-Za-z0-9_-]{4,4000}={0,2})/?")
_BING_CLICK = "/news/apiclick.aspx"
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_AMP_CACHE_HOST = re.compile(r"(?P<host>[a-z0-9-]+)\.cdn\.ampproject\.org|cdn\.ampproject\.org")
# /c/ a document, /v/ in a viewer, /wp/ and /i/ likewise; /s/ says that the origin is https (amp.dev, AMP cache URLs)
_AMP_CACHE_PATH = re.compile(r"/(?:c|v|wp|i|ii/w\d+)/(?P<s>s/)?(?P<rest>[^/]+\..*)")
_AMP_VIEWER_PATH = re.compile(r"/amp/(?P<s>s/)?(?P<rest>[^/]+\..*)")
_AMP_QUERY = re.compile(
    r"(?:^|&)(?:_?amp(?:=(?:1|true|yes)?)?|output(?:type)?=amp|view=amp|amp-content=amp|template=amphtml|usqp=[^&]*|amp_[a-z_]+=[^&]*)(?=&|$)",
    re.IGNORECASE,
)
_AMP_FILE = re.compile(r"(?<=[^/])\.amp(?=\.html?$|$)")
_EDITIONS = re.compile(r"(?:amp|m|mobile)\.(?=[^.]+\.)|(?<=\.)(?:m|amp)\.(?=[^.]+\.[^.]+$)")
_AMP_SEGMENTS = frozenset({"amp", "amphtml", "google-amp"})
_AMP_OWN_HOSTS = ("ampproject.org", "amp.dev")
_SCIENCE_X = ("medicalxpress.com", "phys.org", "techxplore.com", "sciencex.com")  # they write .amp for .html


def target(host: str, path: str, query: str) -> str | None:
    """The address that a redirector or AMP cache stands for, not yet checked; None when it is neither.

    `host` is lower-case; `path` and `query` are percent-encoded, as in a URL.
    """
    bare = host.removeprefix("www.")
    if _AMP_CACHE_HOST.fullmatch(host) and (found := _AMP_CACHE_PATH.fullmatch(path)):
        return _origin(found, query)
    if _GOOGLE.fullmatch(host):
        if found := _AMP_VIEWER_PATH.fullmatch(path):
            return _origin(found, query)
        return _parameter(query, ("url", "q")) if path == "/url" else None
    if bare in {"bing.com", "amp.bing.com"} and (found := _AMP_VIEWER_PATH.fullmatch(path)):
        return _origin(found, query)
    if bare.endswith(".safelinks.protection.outlook.com"):
        return _parameter(query, ("url",))
    if host == "news.google.com" and (found := _GOOGLE_NEWS.fullmatch(path)):
        return _in_token(found["token"])
    for name, prefix, parameters in _REDIRECTORS:
        if bare == name and path.startswith(prefix):
            return _parameter(query, parameters)
    return None


def opaque(host: str, path: str) -> bool:
    """True for an aggregator's link, whose target (where `target` finds none) is known to the aggregator alone."""
    if host == "news.google.com":
        return _GOOGLE_NEWS.fullmatch(path) is not None
    return host.removeprefix("www.") == "bing.com" and path.lower() == _BING_CLICK


def _in_token(token: str) -> str | None:
    """The address inside an older token of Google News: base64 of a message whose field 4 is the address.

    Field 1 comes first (08 13), then the mark of field 4 (22), a length, the address; seen in the code of many
    programs that decode it. Tokens since 2024 hold a reference (AU_yqL…) in that place.
    """
    try:
        message = base64.urlsafe_b64decode(token.rstrip("=") + "=" * (-len(token.rstrip("=")) % 4))
    except (binascii.Error, ValueError):
        return None
    if message[:1] != b"\x08" or message[2:3] != b"\x22" or len(message) < 5:
        return None
    length, at = message[3], 4
    if length >= 0x80:  # a varint of two bytes
        length, at = (length & 0x7F) | (message[4] << 7), 5
    address = message[at : at + length].decode("latin-1")
    return address if address[:8].lower().startswith(("http://", "https://")) else None


def _origin(found: re.Match[str], query: str) -> str:
    rest = unquote(found["rest"]) if "%3A" in found["rest"].split("/", 1)[0].upper() else found["rest"]
    return f"http{'s' if found['s'] else ''}://{rest}" + (f"?{query}" if query else "")


def _parameter(query: str, names: tuple[str, ...]) -> str | None:
    try:
        given = parse_qs(query, max_num_fields=50)
    except ValueError:
        return None
    for name in names:
        for value in given.get(name, ()):
            if value[:8].lower().startswith(("http://", "https://")):
                return value
    return None


def plain_host(host: str) -> str:
    """`host` without its mobile or AMP label: amp.ft.com is www.ft.com, en.m.wikipedia.org is en.wikipedia.org."""
    found = _EDITIONS.search(host)
    if not found or host.endswith(_AMP_OWN_HOSTS):
        return host
    rest = host[: found.start()] + host[found.end() :]
    return f"www.{rest}" if found.start() == 0 and rest.count(".") == 1 else rest


def plain_path(host: str, path: str) -> str:
    """`path` without what makes it the AMP edition of a page (SCHEMA section 3 gives the shapes).

    A segment like "amp" goes when what remains still looks like one article, so /products/amp stays.
    """
    if "amp" not in path.lower() or host.endswith(_AMP_OWN_HOSTS):
        return path
    if _AMP_FILE.search(path):
        science_x = host.removeprefix("www.") in _SCIENCE_X and path.endswith(".amp")
        return _AMP_FILE.sub("", path) + (".html" if science_x else "")
    segments = path.split("/")
    kept = [segment for segment in segments if segment.lower() not in _AMP_SEGMENTS]
    return "/".join(kept) if len(kept) < len(segments) and _one_article(kept) else path


def _one_article(segments: Sequence[str]) -> bool:
    """True when a path ends like that of an article: in a slug or a number, or below two other segments."""
    named = [segment for segment in segments if segment]
    return len(named) > 2 or bool(named and len(named[-1]) > 5 and any(c.isdigit() or c in "-_." for c in named[-1]))


def plain_query(query: str) -> str:
    """`query` without the parameters that ask for the AMP edition."""
    return _AMP_QUERY.sub("", query).lstrip("&") if "amp" in query.lower() or "usqp" in query else query


def amp_cache(amp_url: str) -> str:
    """The address of `amp_url` in Google's AMP cache, by the rule that the seeds follow (SCHEMA section 3).

    Empty when `amp_url` is no http(s) address.
    """
    found = re.fullmatch(r"(https?)://([^/?#]+)([^#]*)(?:#.*)?", amp_url, re.IGNORECASE | re.DOTALL)
    if not found:
        return ""
    scheme, host, rest = found[1].lower(), found[2], found[3]
    label = host.replace("-", "--").replace(".", "-")
    return f"https://{label}.cdn.ampproject.org/c/{'s/' if scheme == 'https' else ''}{host}{rest}"
