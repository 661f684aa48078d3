"""Titles and excerpts: what publishers put around the words of a story, and what stands in for a missing title.

A site's name behind a title and a dateline before an excerpt are the same on all stories of
one publisher and different on each copy of one story: matching must not see them. What was
taken off stays in `title_affix` and in the item's repairs.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

from . import text, urls

_FALLBACK_WORDS = 14  # of the excerpt, where there is no title
_SEPARATOR = re.compile(r"\s+[-–—|·•:»/]+\s+|\s*[|»]\s*")
_NAME_LENGTH = 60  # characters of a publisher's name
_UPDATE = re.compile(r"\s*[(\[](?:updated?|corrected|breaking)[)\]]$", re.IGNORECASE)
_PREFIX = re.compile(
    r"(?:(?:WATCH|VIDEO|LISTEN|READ|BREAKING|UPDATED?|EXCLUSIVE|Watch|Video|Listen|Breaking|Updated?|Exclusive)\s*[:|]"
    r"|UPDATE \d+\s*-|Newswise\s*[—–-]+|\[(?:PDF|HTML|BOOK|DOC|CITATION)\])\s+"
)
_PLACE = r"[A-Z][\w.'’,/ &()-]{0,80}?"
_DATELINE = re.compile(
    # SAN DIEGO--(BUSINESS WIRE)--; BOSTON, April 8, 2021 (GLOBE NEWSWIRE) --; NEW YORK, Oct. 12, 2022 /PRNewswire/ --
    rf"(?:{_PLACE}[\s,-]*)?(?:\((?:BUSINESS WIRE|GLOBE NEWSWIRE|MARKETWIRED?|ACCESSWIRE|Reuters|AP|AFP|dpa|ANI|IANS"
    r"|PTI|Xinhua|UPI|HealthDay(?: News)?)\)|/PRNewswire(?:-[A-Za-z ]{1,20})?/)\s*[-–—]+\s*"
    rf"|Newswise\s*[—–-]+\s*(?:{_PLACE}\s*[—–]\s*)?",
    re.UNICODE,
)
# WordPress writes it below each summary.
_FOOTER = re.compile(r"\s*The post .{1,400}? (?:first appeared on|appeared first on) .{1,120}$", re.DOTALL)
_EMPTY_EXCERPTS = frozenset(
    {"na", "n a", "none", "null", "placeholder", "english", "no abstract", "no abstract available", "abstract"}
)  # SCHEMA section 4, API_FACTS


class Stripped(NamedTuple):
    """A text without its affixes, and what was taken off ("" when nothing was)."""

    text: str
    affix: str


def strip_title(title: str, names: frozenset[str]) -> Stripped:
    """`title` without its publisher's boiler-plate.

    `names` are the publisher's folded names without spaces, as `providers.names` gives them: a
    suffix goes only when it is one of them, so "AI in skin cancer - a review" stays whole. The
    "(image)" of a picture page stays: it says what the page is.
    """
    before, behind = "", ""
    rest = title
    if found := _PREFIX.match(rest):
        before, rest = found[0], rest[found.end() :]
    while True:
        found = _signature(rest, names) or _UPDATE.search(rest)
        if not found or not found.start():
            break
        behind, rest = rest[found.start() :] + behind, rest[: found.start()]
    if not rest.strip() or not (before or behind):
        return Stripped(title, "")
    return Stripped(rest.strip(), f"{before}…{behind}" if before and behind else before or behind)


def _signature(title: str, names: frozenset[str]) -> re.Match[str] | None:
    """The separator before a name of `names` at the end of `title`, or None."""
    for found in _SEPARATOR.finditer(title, max(0, len(title) - _NAME_LENGTH)):
        if text.fold(title[found.end() :]).removeprefix("the ").replace(" ", "") in names:
            return found
    return None


def strip_excerpt(excerpt: str) -> Stripped:
    """`excerpt` without a wire's dateline or a feed generator's footer."""
    found = _DATELINE.match(excerpt[:200])
    head = excerpt[: found.end()] if found else ""
    rest = excerpt[len(head) :]
    foot = _FOOTER.search(rest)
    tail = rest[foot.start() :] if foot else ""
    rest = rest[: len(rest) - len(tail)]
    if not rest.strip():
        return Stripped(excerpt, "")
    return Stripped(rest.strip(), f"{head}…{tail}" if head and tail else head or tail)


def choose_excerpt(summary: str, content: str, title: str) -> str:
    """The better of two texts as an excerpt; "" when neither says more than the title.

    A summary of a few words ("TAXON, EarlyView.", "English") gives way to the content.
    """
    heading = text.fold(title)
    given = [t for t in (summary, content) if (f := text.fold(t[:1_000])) and f not in _EMPTY_EXCERPTS and f != heading]
    if len(given) == 2 and len(summary.strip()) < 40 < len(content.strip()):
        return content
    return given[0] if given else ""


def stand_in(excerpt: str, url: str) -> str:
    """A title for an entry that has none: the excerpt's first words, else the address's last segment (N-07)."""
    words = excerpt.split()
    if words:
        first = " ".join(words[:_FALLBACK_WORDS])
        return (
            text.cut(first, text.TITLE_LIMIT) if len(words) <= _FALLBACK_WORDS else first.rstrip(" ,;:") + text.ELLIPSIS
        )
    segment = next((s for s in reversed(urls.path_of(url).split("/")) if s), "")
    words = re.split(r"[\s_+-]+", text.clean(unquote(re.sub(r"\.[a-z]{2,5}$", "", segment))))
    return text.cut(" ".join(w for w in words if w) or urls.host_of(url) or "Untitled", text.TITLE_LIMIT)
