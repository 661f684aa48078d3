"""Parts of an entry that every format spells in its own way: identifiers, authors, media."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import urlsplit

from ..model import Enclosure, Identifier, Image

T = TypeVar("T")

_SCHEMES = (
    (re.compile(r"(?:doi:\s*|info:doi/|urn:doi:|https?://(?:dx\.)?doi\.org/)?(10\.\d{4,9}/\S+)", re.IGNORECASE), "doi"),
    (re.compile(r"(?:pmid|pubmed)[:\s]\s*(\d{1,9})", re.IGNORECASE), "pmid"),
    (re.compile(r"(?:pmc|pmcid)[:\s]\s*(PMC\d{1,9})", re.IGNORECASE), "pmcid"),
    (re.compile(r"arxiv:\s*(\S+)", re.IGNORECASE), "arxiv"),
    (re.compile(r"(?:urn:)?isbn:\s*([\dXx\-]{10,17})", re.IGNORECASE), "isbn"),
)
# RSS 2.0 wants "mail@example.org (Name)"; half of the web writes "Name <mail@example.org>".
_MAIL_NAME = re.compile(r"[^\s@()<>]{1,200}@[^\s@()<>]{1,200}\s*\(([^()]{1,200})\)")
_NAME_MAIL = re.compile(r"([^<>@]{1,200}?)\s*[<(][^\s@()<>]{1,200}@[^\s@()<>]{1,200}[>)]")


def identifier(text: str) -> Identifier | None:
    """The registered name that `text` is as a whole ("doi:10.1/x", "pmid:123"), or None."""
    stripped = text.strip()
    if len(stripped) > 300:
        return None
    for pattern, scheme in _SCHEMES:
        if match := pattern.fullmatch(stripped):
            return Identifier(scheme=scheme, value=match[1])
    return None


def identifiers(texts: Iterable[str]) -> tuple[Identifier, ...]:
    """The registered names among `texts`, each once."""
    return unique(found for text in texts if (found := identifier(text)) is not None)


def author(text: str) -> str:
    """The name in an author's line, without the mail address that stands beside it."""
    stripped = text.strip()
    if len(stripped) > 600:
        return stripped
    match = _MAIL_NAME.fullmatch(stripped) or _NAME_MAIL.fullmatch(stripped)
    return match[1].strip() if match else stripped


def length(text: str | None) -> int | None:
    """A number of bytes, None for what is not one."""
    digits = (text or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and 0 < len(digits) <= 15 else None


def host(address: str) -> str:
    """The host of `address`, lower-case, without a leading "www."; "" when it has none."""
    try:
        return (urlsplit(address).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def is_http(address: str | None) -> bool:
    """Whether `address` is an absolute http or https address."""
    return (address or "").lower().startswith(("http://", "https://"))


def kind_of(default: str, *, youtube: bool, enclosures: Iterable[Enclosure]) -> str:
    """The seeds' `type` of an entry: what its media say, else what its source is for."""
    media = {enclosure.type.partition("/")[0].lower() for enclosure in enclosures}
    if youtube or (default == "article" and "video" in media):
        return "video"
    return "podcast" if default == "article" and "audio" in media else default


def pictures(images: Iterable[Image]) -> tuple[Image, ...]:
    """`images`, each address once, the first one with its sizes winning."""
    by_url: dict[str, Image] = {}
    for image in images:
        known = by_url.get(image.url)
        if image.url and (known is None or (known.width is None and image.width is not None)):
            by_url[image.url] = image
    return tuple(by_url.values())


def unique(values: Iterable[T]) -> tuple[T, ...]:
    """`values` in order, each once."""
    return tuple(dict.fromkeys(values))
