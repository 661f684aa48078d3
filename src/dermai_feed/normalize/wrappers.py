"""Wrappers: addresses that stand for another address, and how the other is read out of them.

Three kinds, each read from the URL alone, nothing is asked: redirectors that carry their
target in the query, AMP caches that carry it in host and path (SCHEMA section 3), and AMP or
mobile editions of a page at its own publisher. Wrappers whose target is not in the URL
(news.google.com/rss/articles/CBMi…) stay what they are.
"""

from __future__ import annotations

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
    for name, prefix, parameters in _REDIRECTORS:
        if bare == name and path.startswith(prefix):
            return _parameter(query, parameters)
    return None


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
