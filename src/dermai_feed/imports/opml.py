"""OPML: lists of feeds, folders as topics (opml.org/spec2.opml).

Read with suspicion (I-01, I-02): a DOCTYPE is refused, because lists of feeds have none; outlines
deeper than 20 or beyond 5,000 are skipped and counted; of the attributes only address, title and
home page are looked at, so that no filter command, cookie or proxy setting comes in.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ..collectors import repair
from ..model import Problem
from ..normalize import urls
from .citation import squeezed
from .contract import Document, Found, Subscription, Unreadable

MARK = re.compile(r"<opml\b", re.IGNORECASE)
LARGEST = 5 * 1024 * 1024  # bytes (I-01)
_AGAIN = "stands in the list already"
_MOST_DEPTH, _MOST_FEEDS = 20, 5_000  # I-01
_KINDS = {"rss": "rss", "atom": "atom", "link": "rss", "include": "rss", "podcast": "podcast", "": "rss"}


def read(document: Document) -> Iterator[Found]:
    """The feeds of an OPML file. Raises: Unreadable for a DOCTYPE, a size or a form that it does not have."""
    if len(document.body) > LARGEST:
        raise Unreadable(f"{len(document.body)} bytes; a list of feeds has at most {LARGEST}")
    text = document.text
    if re.search(r"<!DOCTYPE", text[:100_000], re.IGNORECASE):
        raise Unreadable("declares a DOCTYPE, which a list of feeds has not; refused, nothing of it was read")
    document_read = repair.read(text)
    if document_read.root is None:
        raise Unreadable(f"no XML that can be read: {document_read.complaint}")
    if document_read.root.tag.rpartition("}")[2].lower() != "opml":
        raise Unreadable(f"begins with <{document_read.root.tag}>, not with <opml>")
    if document_read.complaint:
        yield Problem(where=document.name, what=f"malformed: {document_read.complaint}", hint="what could be read was")
    body = document_read.root.find("body")
    if body is None:
        raise Unreadable("has no <body>, and so no feeds")
    yield from _walk(body, document)


def _walk(body: ET.Element, document: Document) -> Iterator[Found]:
    seen: set[str] = set()
    deep = beyond = number = 0
    waiting: list[tuple[ET.Element, tuple[str, ...]]] = [(child, ()) for child in reversed(body)]
    while waiting:
        outline, folders = waiting.pop()
        if outline.tag.rpartition("}")[2].lower() != "outline":
            continue
        if len(folders) >= _MOST_DEPTH:
            deep += 1
            continue
        number += 1
        attributes = {name.lower(): value.strip() for name, value in outline.items()}
        title = squeezed(attributes.get("title") or attributes.get("text", ""))[:300]
        address = attributes.get("xmlurl", "")
        if "xmlurl" in attributes:
            where = f"{document.name}: outline {number}"
            if problem := _refused(address, seen, document.allow_hosts):
                kind = "note" if problem.endswith(_AGAIN) else "entry"
                yield Problem(where=where, what=problem, kind=kind, hint="the other feeds were read")
            elif len(seen) >= _MOST_FEEDS:
                beyond += 1
            else:
                seen.add(_key(address))
                kind = _KINDS.get(attributes.get("type", "").lower(), "rss")
                yield Subscription(
                    url=address,
                    title=title,
                    homepage=page if urls.clean(page := attributes.get("htmlurl", "")) else "",
                    topics=folders,
                    kind=kind,
                    where=where,
                )
        inner = (*folders, title) if "xmlurl" not in attributes else folders
        waiting += [(child, inner) for child in reversed(outline)]
    if deep:
        yield Problem(
            where=document.name, what=f"{deep} outlines are nested deeper than {_MOST_DEPTH} and were skipped"
        )
    if beyond:
        yield Problem(where=document.name, what=f"{beyond} feeds beyond the {_MOST_FEEDS}th were skipped")


def _refused(address: str, seen: set[str], allow_hosts: tuple[str, ...]) -> str:
    """Why a feed's address cannot be a source, "" when it can."""
    if not address:
        return "an outline without the address of a feed"
    shown = address.encode("unicode_escape").decode()[:100]
    if not address.isprintable() or " " in address:
        return f"{shown!r} holds characters that no address has"
    if not address.lower().startswith(("http://", "https://")):
        return f"{shown!r} is no http(s) address"
    if "@" in _host(address):
        hidden = re.sub(r"//[^/@]*@", "//…@", shown)
        return f"{hidden!r} holds a user name or password; write it in the configuration as a header of the source"
    if not urls.clean(address) and _host(address) not in allow_hosts:
        return f"{shown!r} is no address of a public host"
    if _key(address) in seen:
        return f"{shown!r} {_AGAIN}"
    return ""


def _host(address: str) -> str:
    return re.split(r"[/?#]", address.partition("://")[2])[0].lower()


def _key(address: str) -> str:
    scheme, _, rest = address.partition("://")
    return urls.key(address) or f"{scheme.lower()}://{_host(address)}{rest[len(_host(address)) :]}"
