"""Repair: text that should be XML made well-formed, where that loses nothing (P-04, P-05, P-06).

Everything that can reach outside or explode is taken away first: the DOCTYPE goes, and of the
entities that it declares only short plain ones are replaced by their text. Then the usual
mistakes are mended: junk before or after the document, bare ampersands and angle brackets,
HTML entity names, characters that XML forbids, undeclared prefixes. A document that was cut
off is closed after its last complete entry.
"""

from __future__ import annotations

import html.entities
import re
import xml.etree.ElementTree as ET
from typing import NamedTuple
from xml.parsers import expat

_LONGEST_ENTITY = 200  # characters: an abbreviation or a symbol, never a building block of a bomb (P-05)
_PROLOGUE = re.compile(r"(?>\s++|<\?.*?(?:\?>|\Z)|<!--.*?(?:-->|\Z))*+", re.DOTALL)
_ROOT = re.compile(r"<(?:[A-Za-z_][\w.\-]*:)?(?:rss|rdf|feed)[\s>]", re.IGNORECASE)
_START = re.compile(r"<\?xml[\s?]|" + _ROOT.pattern, re.IGNORECASE)
_ENTITY = re.compile(r"<!ENTITY\s+([A-Za-z_][\w.\-]*)\s+(?:\"([^\"%&<]*)\"|'([^'%&<]*)')\s*>")
# What must be left alone, or is a reference; unclosed sections run to the end, so that this stays linear.
_SECTIONS = r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)"
_REFERENCE = r"&(?:#(\d{1,9}|[xX][0-9A-Fa-f]{1,8});|([A-Za-z][\w.\-]{0,40});)?"
_MARKUP = re.compile(rf"{_SECTIONS}|{_REFERENCE}|<(?![A-Za-z_/!?:])", re.DOTALL)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, 2.2
_PREFIXED = re.compile(r"</?([A-Za-z_][\w.\-]*):[A-Za-z_]|\s([A-Za-z_][\w.\-]*):[A-Za-z_][\w.\-]*\s*=")
_BOUND = re.compile(r"xmlns:([A-Za-z_][\w.\-]*)\s*=")
_ELEMENT = re.compile(r"<[A-Za-z_][^<>\s/]*")
_TAG = re.compile(r"<[A-Za-z_][^<>]*>")
_UNQUOTED = re.compile(r"(\s[\w:.\-]+=)([^\s\"'<>]+)(?=[\s>])")
_ENTRY = re.compile(r"<(?:[\w.\-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_END = re.compile(r"</(?:[\w.\-]+:)?(?:item|entry|channel|rss|feed|rdf)\s*>", re.IGNORECASE)
_LAST_ENTRY = re.compile(r".*</((?:\w+:)?(?:item|entry))\s*>", re.DOTALL | re.IGNORECASE)
_KEPT = frozenset({"amp", "lt", "gt", "quot", "apos"})

# Names that are used without being declared, and what everybody means by them.
_USUAL = {
    "atom": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "prism": "http://prismstandard.org/namespaces/basic/2.0/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rss": "http://backend.userland.com/rss2",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "yt": "http://www.youtube.com/xml/schemas/2015",
}


class Repaired(NamedTuple):
    """A document as a tree, or, where none could be made, as mended text."""

    root: ET.Element | None
    text: str  # without declaration and DOCTYPE
    complaint: str = ""  # what was wrong with the original; "" when it was well-formed


def read(text: str) -> Repaired:
    """`text` as a tree of elements, repaired where that is needed.

    Args:
        text: a decoded document; what stands before its first element is dropped.
    """
    body, entities = _without_prologue(text.strip("\ufeff \t\r\n\x00"))
    complaint = ""
    if not _ROOT.match(body) and (start := _START.search(body)) is not None:
        complaint = "text before the document"
        body, entities = _without_prologue(body[start.start() :])
    if entities is not None:
        body = _references(body, entities)
    root = _tree(body)
    if isinstance(root, ET.Element):
        return Repaired(root, body, complaint)
    complaint = complaint or root.text
    # line ends as a parser sees them (XML 1.0, 2.11), so that its line numbers are ours
    body = _FORBIDDEN.sub("", body).replace("\r\n", "\n").replace("\r", "\n")
    mended = _bind(_references(body, entities or {}))
    for attempt in (mended, _TAG.sub(lambda tag: _UNQUOTED.sub(r'\1"\2"', tag[0]), mended)):
        root = _tree(attempt)
        closed = root if isinstance(root, ET.Element) else _closed(attempt, root)
        if closed is not None:
            return Repaired(closed, attempt, complaint)
    return Repaired(None, mended, complaint)


class _Error(NamedTuple):
    text: str
    line: int
    column: int  # in bytes of UTF-8
    junk: bool  # the document was closed, and something followed


def _tree(text: str) -> ET.Element | _Error:
    """The elements of `text`, or what keeps it from being well-formed."""
    try:
        return ET.fromstring(text)  # noqa: S314 - no DOCTYPE is left, which alone can name files and make bombs
    except ET.ParseError as error:
        words = expat.ErrorString(error.code)
        line, column = error.position
        return _Error(f"{words}, line {line}", line, column, words == expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT)


def _without_prologue(text: str) -> tuple[str, dict[str, str] | None]:
    """The document from its first element on, and the short plain entities of its DOCTYPE (None: it has none)."""
    text, entities = text[_end_of_prologue(text, 0) :], None
    while text[:9].upper() == "<!DOCTYPE":
        opening, closing = text.find("["), text.find(">")
        if 0 <= opening < closing:
            end = text.find("]", opening)
            closing = text.find(">", end) if end >= 0 else -1
        if closing < 0:
            return "", {}
        declared = _ENTITY.findall(text, 0, closing)
        entities = {name: a or b for name, a, b in declared if len(a or b) <= _LONGEST_ENTITY} | (entities or {})
        text = text[_end_of_prologue(text, closing + 1) :]
    return text, entities


def _end_of_prologue(text: str, start: int) -> int:
    """Where white space, comments and processing instructions end."""
    prologue = _PROLOGUE.match(text, start)
    assert prologue is not None  # it may be empty
    return prologue.end()


def _references(text: str, entities: dict[str, str]) -> str:
    """`text` with every `&` part of a reference that XML knows, and every `<` part of a tag."""

    def mend(match: re.Match[str]) -> str:
        found = match[0]
        if found == "<":
            return "&lt;"
        if found[0] == "<":
            return found
        number, name = match[1], match[2]
        if number:
            return found if _allowed(int(number[1:], 16) if number[0] in "xX" else int(number)) else ""
        if not name:
            return "&amp;"
        if name in _KEPT:
            return found
        if name in entities:
            return entities[name].replace("&", "&amp;").replace("<", "&lt;")
        if name + ";" in html.entities.html5:
            return "".join(f"&#{ord(character)};" for character in html.entities.html5[name + ";"])
        return "&amp;" + found[1:]

    return _MARKUP.sub(mend, text)


def _allowed(code: int) -> bool:
    """Whether XML 1.0 (2.2 Characters) allows a reference to this code point."""
    return code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _bind(text: str) -> str:
    """`text` with the prefixes that it uses and does not declare declared on its root."""
    prefixes = {tag or attribute for tag, attribute in _PREFIXED.findall(text)}
    missing = sorted(prefixes - set(_BOUND.findall(text)) - {"xml", "xmlns"})
    root = _ELEMENT.search(text)
    if not missing or len(missing) > 50 or root is None:
        return text
    declared = "".join(f' xmlns:{prefix}="{_USUAL.get(prefix, "urn:undeclared:" + prefix)}"' for prefix in missing)
    return text[: root.end()] + declared + text[root.end() :]


def _closed(text: str, error: _Error) -> ET.Element | None:
    """A document that broke off, closed after its last complete entry; one that ran on, cut at its end."""
    lines = text.split("\n")
    position = sum(len(line) + 1 for line in lines[: error.line - 1])
    # expat counts bytes in its columns, we count characters
    position += len(lines[error.line - 1].encode("utf-8", "replace")[: error.column].decode("utf-8", "ignore"))
    if error.junk:
        closed = text[:position]
    elif _ENTRY.search(text, position) or _END.search(text, position):
        return None  # damaged, and not cut: what follows must not be lost
    else:
        last, first = _LAST_ENTRY.match(text[:position]), _ENTRY.search(text)
        head = text[: last.end() if last else first.start() if first else max(text.rfind("<", 0, position), 0)]
        closed = head + "".join(f"</{name}>" for name in reversed(_open_elements(head)))
    root = _tree(closed)
    return root if isinstance(root, ET.Element) else None


def _open_elements(text: str) -> list[str]:
    """The names, with prefix, of the elements that are open where `text`, well-formed up to here, ends."""
    names: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = lambda name, _attributes: names.append(name)
    parser.EndElementHandler = lambda _name: names.pop()
    parser.Parse(text.encode("utf-8", "replace"), False)
    return names
