"""Markup inside entries: child elements as HTML text, and the addresses that HTML names.

Nothing here cleans HTML; making text of it is the business of normalising.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import urljoin
from xml.sax.saxutils import escape, quoteattr

from ..model import Image

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
# No `<` inside a tag: each character is looked at once, whatever is left unclosed.
_TAG = re.compile(r"<(a|img)\s([^<>]{1,4000})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w\-]{1,40})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_LOOKS_LIKE_HTML = re.compile(r"</[A-Za-z]\w{0,20}>|<(?:br|img|hr|p)\b|&#?\w{1,30};", re.IGNORECASE)
_TINY = 2  # pixels: a counting pixel, not a picture
_LARGEST = 100_000  # pixels; beyond it a size is a mistake


def inner(element: ET.Element) -> str:
    """The text of `element`, or its children as markup when it has any (type="xhtml").

    A single enclosing `div` is dropped: RFC 4287 section 3.1.1.3 says that it is not content.
    """
    if len(element) == 0:
        return (element.text or "").strip()
    if len(element) == 1 and not (element.text or "").strip() and element[0].tag == "{http://www.w3.org/1999/xhtml}div":
        element = element[0]
    return "".join(_pieces(element)).strip()


def _pieces(element: ET.Element) -> Iterator[str]:
    """The inside of `element`; not recursive, because documents are nested as deep as they like."""
    yield escape(element.text or "")
    open_elements = [(element, iter(element))]
    while open_elements:
        parent, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
            if open_elements:
                yield f"</{_local(parent.tag)}>"
                yield escape(parent.tail or "")
            continue
        attributes = "".join(f" {_local(name)}={quoteattr(value)}" for name, value in child.items())
        yield f"<{_local(child.tag)}{attributes}>"
        yield escape(child.text or "")
        open_elements.append((child, iter(child)))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def plain(text: str) -> str:
    """Text that its format calls plain, as HTML; unless it evidently is HTML after all."""
    return text if _LOOKS_LIKE_HTML.search(text) else html.escape(text, quote=False)


def resolve(base: str, address: str) -> str:
    """`address` made absolute with `base`; one that has a scheme, or cannot be joined, stays as it is."""
    address = address.strip()
    if not base or not address or _SCHEME.match(address):
        return address
    try:
        return urljoin(base, address)
    except ValueError:
        return address


def size(text: str | None) -> int | None:
    """A width or height in pixels, None for what is not a sensible one ("100%", "-1", "1e9")."""
    digits = (text or "").strip().removesuffix("px")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 6):
        return None
    return int(digits) if 0 < int(digits) <= _LARGEST else None


def named_in(text: str, base: str) -> tuple[list[str], list[Image]]:
    """The addresses that the HTML `text` links to, and the pictures it shows, in order.

    Only http and https addresses; pictures that declare themselves a pixel wide or high are counters.
    """
    links: list[str] = []
    images: list[Image] = []
    for tag, inside in _TAG.findall(text):
        attributes = {name.lower(): html.unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(inside)}
        address = resolve(base, attributes.get("href" if tag in "aA" else "src", ""))
        if not address.lower().startswith(("http://", "https://")):
            continue
        if tag in "aA":
            links.append(address)
            continue
        width, height = size(attributes.get("width")), size(attributes.get("height"))
        if (width or _TINY + 1) > _TINY and (height or _TINY + 1) > _TINY:
            images.append(Image(url=address, width=width, height=height))
    return links, images
