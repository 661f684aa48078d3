"""The words of feed formats: namespaces and what they are for.

Publishers spell one namespace in many ways (wrong case, missing slash, another version), so a
namespace is recognised by what is peculiar to it. What belongs to RSS or Atom itself has no prefix.
"""

from __future__ import annotations

import re
from collections.abc import Callable

# Looked for in the lower-cased namespace, in this order; sources: the specifications of RSS 1.0
# modules, Atom (RFC 4287), Media RSS 1.5, Dublin Core, PRISM 1.2-3.0, iTunes, YouTube, arXiv API.
_MARKS = (
    ("purl.org/rss/1.0/modules/content", "content"),
    ("purl.org/rss/1.0/modules/syndication", "sy"),
    ("purl.org/rss/1.0/modules/prism", "prism"),
    ("purl.org/rss/1.0/modules/", "other"),
    ("purl.org/rss/1.0", ""),
    ("www.w3.org/2005/atom", ""),
    ("purl.org/atom/ns", ""),
    ("backend.userland.com", ""),
    ("blogs.law.harvard.edu/tech/rss", ""),
    ("my.netscape.com/rdf", ""),
    ("22-rdf-syntax-ns", "rdf"),
    ("purl.org/dc/elements", "dc"),
    ("purl.org/dc/terms", "dcterms"),
    ("search.yahoo.com/mrss", "media"),
    ("itunes.com/dtds/podcast", "itunes"),
    ("google.com/schemas/play-podcasts", "googleplay"),
    ("prism", "prism"),
    ("youtube.com/xml/schemas", "yt"),
    ("arxiv.org/schemas/atom", "arxiv"),
    ("rssnamespace.org/feedburner", "feedburner"),
    ("www.w3.org/1999/xhtml", "xhtml"),
    ("www.w3.org/xml/1998/namespace", "xml"),
    ("bing.com/", "bing"),  # the namespace is the query's own address
)
_TAG = re.compile(r"\{([^}]*)\}(.*)", re.DOTALL)


def namer(root_tag: str) -> Callable[[str], str]:
    """A function from a tag in Clark notation to its usual name: `{…mrss/}Content` -> "media:content".

    Args:
        root_tag: the tag of the root element; a namespace that is known for nothing else but
            is the root's own counts as RSS or Atom itself.
    """
    own = _split(root_tag)[0]
    names: dict[str, str] = {}

    def name(tag: str) -> str:
        known = names.get(tag)
        if known is None:
            namespace, local = _split(tag)
            prefix = _prefix(namespace)
            if prefix is None:
                prefix = "" if namespace == own else "other"
            known = names[tag] = f"{prefix}:{local.lower()}" if prefix else local.lower()
        return known

    return name


def _split(tag: str) -> tuple[str, str]:
    match = _TAG.fullmatch(tag)
    return (match[1], match[2]) if match else ("", tag)


def _prefix(namespace: str) -> str | None:
    """The usual prefix, "" for RSS, Atom and no namespace, None for one that we do not know."""
    if not namespace:
        return ""
    lowered = namespace.lower()
    return next((prefix for mark, prefix in _MARKS if mark in lowered), None)
