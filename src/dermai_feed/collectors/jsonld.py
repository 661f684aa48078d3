"""JSON-LD in pages: what schema.org's words say of the article (json-ld.org, schema.org/Article).

The scripts of a page are data that anybody may have written: broken ones are left out, nesting
and number of nodes are bounded, and a member of the wrong type counts as missing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..model import Image
from .markup import size
from .members import Members, as_text, many, one, word

_LONGEST = 500_000  # characters of one script
_MOST_NODES = 500
_DEEPEST = 8
_WRAPPING = re.compile(r"^\s*(?:<!--|//<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\]\]>|\]\]>)\s*$")
_CONTAINERS = ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement", "item", "hasPart")
# The types that can be the subject of a page, the best first (schema.org, "Article" and its kinds).
_SUBJECTS = (
    "medicalscholarlyarticle", "scholarlyarticle", "newsarticle", "reportagenewsarticle", "analysisnewsarticle",
    "opinionnewsarticle", "backgroundnewsarticle", "blogposting", "techarticle", "report", "article",
    "videoobject", "podcastepisode", "webpage", "medicalwebpage",
)  # fmt: skip
_LAST = len(_SUBJECTS)
_WHOLE_PAGE = _SUBJECTS.index("webpage")  # from here on, a description of the page and not of its text


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """What a page's JSON-LD says of its subject; empty where it says nothing."""

    title: str = ""
    description: str = ""
    published: str = ""
    modified: str = ""
    language: str = ""
    url: str = ""
    site: str = ""
    authors: tuple[str, ...] = ()
    images: tuple[Image, ...] = ()
    identifiers: tuple[str, ...] = ()  # as written: "doi:10.1/x", "https://doi.org/10.1/x"


def subject(scripts: Iterable[str]) -> Subject:
    """What `scripts` (the texts of a page's ld+json) say; the best of several articles, each gap filled by the next."""
    found = sorted(
        ((rank, n, node) for n, node in enumerate(_nodes(scripts)) if (rank := _rank(node)) < _LAST),
        key=lambda three: three[:2],
    )
    best = Subject()
    for rank, _, node in found:
        if best == Subject():
            best = _read(node)
        elif rank >= _WHOLE_PAGE:  # fills gaps; a second article on the page is another article
            best = _filled(best, _read(node))
    return best


def _nodes(scripts: Iterable[str]) -> Iterator[Members]:
    left = _MOST_NODES
    for script in scripts:
        try:
            document: object = json.loads(_WRAPPING.sub("", script[:_LONGEST]), strict=False)
        except (ValueError, RecursionError):
            continue
        waiting: list[tuple[object, int]] = [(document, 0)]
        while waiting and left:
            value, depth = waiting.pop(0)
            if depth > _DEEPEST:
                continue
            if isinstance(value, list):
                waiting += [(each, depth + 1) for each in value[:_MOST_NODES]]
            elif isinstance(value, dict):
                left -= 1
                yield value
                waiting += [
                    (value[name], depth + 1) for name in _CONTAINERS if isinstance(value.get(name), dict | list)
                ]


def _rank(node: Members) -> int:
    types = [as_text(kind).rpartition("/")[2].lower() for kind in (*many(node, "@type"), node.get("@type"))]
    return min((_SUBJECTS.index(kind) for kind in types if kind in _SUBJECTS), default=_LAST)


def _read(node: Members) -> Subject:
    return Subject(
        title=word(node, "headline") or word(node, "name"),
        description=word(node, "description") or word(node, "abstract"),
        published=word(node, "datePublished") or word(node, "uploadDate"),
        modified=word(node, "dateModified"),
        language=word(node, "inLanguage"),
        url=word(node, "url") or _address(node.get("mainEntityOfPage")),
        site=word(one(node, "publisher"), "name") or word(one(node, "isPartOf"), "name"),
        authors=tuple(dict.fromkeys(name for each in _each(node.get("author")) if (name := _named(each)))),
        images=tuple(image for each in _each(node.get("image")) if (image := _image(each)).url),
        identifiers=tuple(
            text
            for name in ("identifier", "sameAs", "@id")
            for each in _each(node.get(name))
            if (text := as_text(each) or _valued(each))
        ),
    )


def _filled(best: Subject, more: Subject) -> Subject:
    """`best` with its empty fields taken from `more`; identifiers are the best's alone."""
    return Subject(
        title=best.title or more.title,
        description=best.description or more.description,
        published=best.published or more.published,
        modified=best.modified or more.modified,
        language=best.language or more.language,
        url=best.url or more.url,
        site=best.site or more.site,
        authors=best.authors or more.authors,
        images=best.images or more.images,
        identifiers=best.identifiers,
    )


def _each(value: object) -> list[object]:
    return value[:50] if isinstance(value, list) else [] if value is None else [value]


def _named(value: object) -> str:
    return word(value, "name") if isinstance(value, dict) else as_text(value)


def _address(value: object) -> str:
    return word(value, "@id") if isinstance(value, dict) else as_text(value)


def _valued(value: object) -> str:
    """ "doi:10.1/x" of {"@type": "PropertyValue", "propertyID": "doi", "value": "10.1/x"}."""
    if not isinstance(value, dict):
        return ""
    name, text = word(value, "propertyID").rpartition("/")[2].lower(), word(value, "value")
    return f"{name}:{text}" if name in {"doi", "pmid", "pmcid"} and ":" not in text else text


def _image(value: object) -> Image:
    if not isinstance(value, dict):
        return Image(url=as_text(value))
    return Image(
        url=word(value, "url") or word(value, "contentUrl"),
        width=size(word(value, "width") or word(one(value, "width"), "value")),
        height=size(word(value, "height") or word(one(value, "height"), "value")),
    )
