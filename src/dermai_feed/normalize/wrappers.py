"""Wrappers: addresses that stand for another address, and how the other is read out of them.

Three kinds, each read from the URL alone, nothing is asked: redirectors that carry their
target (`redirectors`), AMP caches that carry it in host and path (SCHEMA section 3), and AMP or
mobile editions of a page at its own publisher. A link of Google News names its target only in
its older form; the newer one is `opaque`: it stands for a page that it does not name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import unquote

from . import redirectors

opaque = redirectors.opaque

_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com?\.)?[a-z]{2,3}")
_AMP_CACHE_HOST = re.compile(r"(?:[a-z0-9-]+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)")
# /c/ a document, /v/ in a viewer, /wp/ and /i/ likewise; /s/ says that the origin is https (amp.dev, AMP cache URLs)
_AMP_CACHE_PATH = re.compile(r"/(?:c|v|wp|i|ii/w\d+)/(?P<s>s/)?(?P<rest>[^/]+\..*)")
_AMP_VIEWER_PATH = re.compile(r"/amp/(?P<s>s/)?(?P<rest>[^/]+\..*)")
_AMP_QUERY = re.compile(
    r"(?:^|&)(?:_?amp(?:=(?:1|true|yes)?)?|output(?:type)?=amp|view=amp|amp-content=amp|template=amphtml|usqp=[^&]*|amp_[a-z_]+=[^&]*)(?=&|$)",
    re.IGNORECASE,
)
_AMP_FILE = re.compile(r"(?<=[^/])\.amp(?=\.html?$|$)")
_EDITIONS = re.compile(r"^(?:amp|m|mobile|wap)\.(?=[^.]+\.)|(?<=\.)(?:m|amp)\.(?=[^.]+\.[^.]+$)")
_AMP_SEGMENTS = frozenset({"amp", "amphtml", "google-amp"})
_AMP_OWN_HOSTS = ("ampproject.org", "amp.dev")
_SCIENCE_X = ("medicalxpress.com", "phys.org", "techxplore.com", "sciencex.com")  # they write .amp for .html


def target(host: str, path: str, query: str) -> str | None:
    """The address that a redirector or AMP cache stands for, not yet checked; None when it is neither.

    `host` is lower-case; `path` and `query` are percent-encoded, as in a URL.
    """
    if _AMP_CACHE_HOST.fullmatch(host) and (found := _AMP_CACHE_PATH.fullmatch(path)):
        return _origin(found, query)
    is_viewer = _GOOGLE.fullmatch(host) or host in {"www.bing.com", "bing.com", "amp.bing.com"}
    if is_viewer and (found := _AMP_VIEWER_PATH.fullmatch(path)):
        return _origin(found, query)
    return redirectors.target(host, path, query)


def _origin(found: re.Match[str], query: str) -> str:
    """The page that an AMP cache or viewer holds; what marks it as AMP goes, whatever else the path is."""
    rest = unquote(found["rest"]) if "%3A" in found["rest"].split("/", 1)[0].upper() else found["rest"]
    host, *segments = rest.split("/")
    kept = [segment for segment in segments if segment.lower() not in _AMP_SEGMENTS]
    return f"http{'s' if found['s'] else ''}://{'/'.join((host, *kept))}" + (f"?{query}" if query else "")


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
