"""Encodings: the bytes of a document as text, and whether we had to guess (P-09).

Order of belief: byte order mark, then bytes that *are* valid UTF-8, then the encoding that
the document declares, then the one that HTTP declares, then windows-1252. Real publishers
mislabel UTF-8 as ISO-8859-1 or us-ascii far more often than text in another encoding happens
to be valid UTF-8, hence the second place.

The result holds no lone surrogate, so that it can always be written as UTF-8 and JSON.
"""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_BOMS = (
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16-LE, whose mark it starts with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
)
# The first characters of an XML or JSON document without a mark: XML 1.0 appendix F, RFC 4627 section 3.
_BARE = (
    (re.compile(rb"\0\0\0[<{\s]"), "utf-32-be"),
    (re.compile(rb"[<{\s]\0\0\0"), "utf-32-le"),
    (re.compile(rb"\0[<{\s]\0[^\0]"), "utf-16-be"),
    (re.compile(rb"[<{\s]\0[^\0]\0"), "utf-16-le"),
)
_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:\-]{1,40})[\"']")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9._:\-]{1,40})", re.IGNORECASE)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:\-]{1,40})", re.IGNORECASE)

# Labels that mean more than they say (WHATWG Encoding Standard, "Names and labels").
_WIDER = {"iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "gb2312": "gb18030", "gbk": "gb18030"}
# Encodings whose bytes are all below 0x80 and so look like UTF-8. UTF-7 is one too, and is never
# believed: it makes markup out of harmless text.
_SHIFTING = frozenset({"iso2022_jp", "iso2022_jp_1", "iso2022_jp_2", "iso2022_kr", "hz"})
_REFUSED = frozenset({"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "rot13"})


class Decoded(NamedTuple):
    """A document as text, and what was wrong with its encoding ("" when nothing was)."""

    text: str
    complaint: str = ""


def decode(body: bytes, content_type: str = "") -> Decoded:
    """`body` as text.

    Args:
        body: the document as it came, after removal of any transfer or content coding.
        content_type: the HTTP header's value; only its charset is used.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return _marked(body[len(mark) :], name)
    for pattern, name in _BARE:
        if pattern.match(body):
            return _marked(body, name)
    declared = _DECLARED.search(body[:1024])
    charset = _CHARSET.search(content_type)
    labels = [label for label in (declared and declared[1].decode("ascii"), charset and charset[1]) if label]
    known = [found for label in labels if (found := _codec(label))]
    shifting = [name for name in known if name in _SHIFTING and (b"\x1b" in body or b"~{" in body)]
    for name in shifting:
        if (shifted := _strict(body, name)) is not None:
            return Decoded(shifted)
    if (valid := _utf8(body)) is not None:
        unknown = [label for label in labels if _codec(label) is None]
        return Decoded(valid, f"unknown encoding {unknown[0]!r}, read as UTF-8" if unknown else "")
    for name in known:
        if name != "utf-8" and (text := _strict(body, name)) is not None:
            return Decoded(text)
    return _guess(body, labels)


def declared_in_page(body: bytes, content_type: str) -> str:
    """`content_type`, with the charset that an HTML page declares in its head where the header names none.

    WHATWG HTML, "Determining the character encoding": the first 1,024 bytes; many pages need more.
    """
    if _CHARSET.search(content_type):
        return content_type
    declared = _META_CHARSET.search(body[:8192])
    return f"text/html; charset={declared[1].decode('ascii')}" if declared else content_type


def _marked(body: bytes, name: str) -> Decoded:
    """Bytes whose first characters say how they are written."""
    try:
        return Decoded(_without_bom(body.decode(name)))
    except UnicodeDecodeError as error:
        return Decoded(
            _without_bom(body.decode(name, "replace")),
            f"invalid {name} at byte {error.start}; unreadable bytes became U+FFFD",
        )


def _without_bom(text: str) -> str:
    return text.lstrip("\ufeff")  # some writers put two


def _codec(label: str) -> str | None:
    """Python's name for an encoding label, widened as browsers do; None when it is no text encoding."""
    try:
        info = codecs.lookup(label)
    except LookupError:
        return None
    name = _WIDER.get(info.name, info.name)
    return name if name not in _REFUSED and name.partition("_")[0] not in {"base64", "hex", "bz2", "zlib"} else None


def _strict(body: bytes, name: str) -> str | None:
    try:
        return body.decode(name)
    except UnicodeDecodeError:
        # Five bytes are undefined in Python's cp1252 and control characters in everybody else's.
        return body.decode("latin-1") if name == "cp1252" else None
    except LookupError:  # a codec, but not from bytes to text
        return None


def _utf8(body: bytes) -> str | None:
    """Valid UTF-8, with the surrogate pairs of CESU-8 joined and lone ones replaced."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        pass
    try:
        text = body.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _guess(body: bytes, labels: list[str]) -> Decoded:
    """Bytes that are not what anybody said: damaged UTF-8, or a Western European code page."""
    text = body.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    intact = sum(1 for byte in body if byte >= 0xC2) - damaged  # lead bytes of sequences that were read
    said = f"declared {', '.join(dict.fromkeys(map(str.lower, labels)))}" if labels else "declared nothing"
    if intact > damaged:
        return Decoded(text, f"{said}, read as UTF-8; {damaged} unreadable byte sequences became U+FFFD")
    western = _strict(body, "cp1252")
    assert western is not None  # latin-1 reads anything
    return Decoded(western, f"{said}, but the bytes are not; read as windows-1252")
