"""Text: what a source wrote becomes plain text that any store, file or terminal can hold.

Three steps, always in this order: `read` (HTML becomes the text a reader would see, N-03),
`repair` (mojibake, only where it can be proved, N-08; it needs the control characters that the
next step removes), `clean` (characters, N-07 and P-10). `cut` shortens at a word or grapheme
border. Everything here is total and linear: it takes any `str`, also one with lone surrogates,
and never raises.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import NamedTuple

from ftfy.badness import is_bad
from selectolax.lexbor import LexborHTMLParser

TITLE_LIMIT = 300  # characters (RELIABILITY 1.2)
EXCERPT_LIMIT = 600  # characters (RELIABILITY 1.2)
ELLIPSIS = "…"

# lexbor takes 0.2 s for 10,000 nested <div> and four times as long for twice as many (measured);
# an excerpt needs 600 characters, so what stands behind this many is not looked at.
_HTML_LIMIT = 40_000
_WORD_SEARCH = 60  # characters: how far back a cut looks for the end of a word

_WIDE_SPACES = {0x85: " ", 0x2028: " ", 0x2029: " "}
_REMOVED = (
    dict.fromkeys((*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0)))
    | dict.fromkeys((0x200B, 0x2060, 0xFEFF, 0x00AD))  # zero width; the soft hyphen is a hint for printers
    | dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A)))  # bidi controls
)
_CHARACTERS = _WIDE_SPACES | _REMOVED
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u200b-\u200d\u2028-\u202e\u2060\u2066-\u2069\ufeff]")
# Surrogates and noncharacters: U+FDD0..U+FDEF and the last two of each plane.
_IMPOSSIBLE = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(chr(p * 0x10000 + e) for p in range(1, 17) for e in (0xFFFE, 0xFFFF))
    + "]"
)
# Each ASCII character as `fold` keeps it: letters small, digits, all else a space.
_ASCII_FOLDED = bytes(ord(chr(b).lower()) if b < 0x80 and chr(b).isalnum() else 0x20 for b in range(0x100))
_JOINERS = re.compile("[\u200c\u200d]+")


class Repaired(NamedTuple):
    """A text after `repair`, and the names of the rules that changed it."""

    text: str
    rules: tuple[str, ...]


class Reading(NamedTuple):
    """What a piece of HTML says: its text, and the addresses it links to, in order."""

    text: str
    links: tuple[str, ...]


# --------------------------------------------------------------------------- mojibake

# One UTF-8 sequence of two to four bytes whose bytes were each read as a cp1252 character. Bytes that
# cp1252 leaves open stay C1 characters there ("sloppy" cp1252, WHATWG Encoding).
_CP1252 = {bytes([b]).decode("cp1252", "ignore") or chr(b): b for b in range(0x80, 0x100)}


def _class(low: int, high: int) -> str:
    return "[" + "".join(re.escape(c) for c, b in _CP1252.items() if low <= b <= high) + "]"


_TAIL = _class(0x80, 0xBF)
_MOJIBAKE = re.compile(f"{_class(0xC2, 0xDF)}{_TAIL}|{_class(0xE0, 0xEF)}{_TAIL}{{2}}|{_class(0xF0, 0xF4)}{_TAIL}{{3}}")
_ROUNDS = 3  # text that went through the wrong door three times has been seen, four times has not


def repair(text: str) -> Repaired:
    """`text` with UTF-8 that was read as cp1252 read rightly, where that can be proved (N-08).

    The proof has two halves: ftfy's measure of badness says that the text as a whole is
    mojibake, and each changed sequence is exactly the cp1252 reading of one valid UTF-8
    sequence, so that it round-trips and gets shorter. Anything else stays.
    """
    now = text
    for _ in range(_ROUNDS):
        if now.isascii() or not is_bad(now):
            break
        after = _MOJIBAKE.sub(_reread, now)
        if after == now:
            break
        now = after
    return Repaired(now, ("mojibake",) if now != text else ())


def _reread(match: re.Match[str]) -> str:
    try:
        return bytes(_CP1252[c] for c in match.group()).decode()
    except UnicodeDecodeError:  # an overlong form or a surrogate: not UTF-8 after all
        return match.group()


def looks_broken(text: str) -> bool:
    """True when `text` still looks like mojibake: it was left alone, and is flagged (N-08)."""
    # The ellipsis of a cut is ours; without it most English texts need not be looked at.
    return not text.removesuffix(ELLIPSIS).isascii() and bool(is_bad(text))


# --------------------------------------------------------------------------- HTML

_BLOCK = re.compile(
    r"<(?=/?(?:address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|figcaption|figure|footer|h[1-6]"
    r"|header|hr|img|legend|li|main|nav|ol|option|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
    r"|(?:jats:)?(?:p|title|sec))\b)",
    re.IGNORECASE,
)  # fmt: skip
# Nothing in these is text that a reader sees; xmp, noembed, noframes and plaintext show raw markup.
_UNSEEN = [
    "script", "style", "template", "noscript", "iframe", "object", "embed", "svg", "textarea", "select", "head",
    "xmp", "noembed", "noframes", "plaintext", "video", "audio", "canvas",
]  # fmt: skip
_DATA_URI = re.compile(r"data:[\w/+.;=-]{0,100}base64,[A-Za-z0-9+/=%\s]+")
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")


def read(markup: str) -> Reading:
    """The text and the links of `markup`; entities are decoded once, words are not glued.

    Text without tags is HTML too: `&amp;` becomes `&`, while `AT&T` and `p < 0.05` stay.
    """
    markup = markup if len(markup) <= _HTML_LIMIT else _DATA_URI.sub("data:", markup)[:_HTML_LIMIT]
    if "<" not in markup:
        return Reading(html.unescape(markup) if "&" in markup else markup, ())
    markup = _CDATA.sub(" ", markup).encode("utf-8", "replace").decode()
    tree = LexborHTMLParser("<body>" + _BLOCK.sub(" <", markup))  # without it, text may end up in the head
    tree.strip_tags(_UNSEEN)
    links = tuple(href for a in tree.css("a[href]") if (href := a.attributes.get("href")))
    return Reading(tree.body.text(deep=True) if tree.body else "", links)


def to_text(markup: str) -> str:
    """`markup` (HTML, or text with entities) as one line of clean text; mojibake is left alone."""
    return clean(read(markup).text)


# --------------------------------------------------------------------------- characters


def clean(text: str) -> str:
    """`text` as NFC on one line, without characters that hide, reorder or break (N-07, P-10).

    Removed: controls, lone surrogates, noncharacters, bidi controls, zero-width space, word joiner,
    byte-order mark, soft hyphen. Joiners (U+200C, U+200D) stay between letters or emoji, where
    Persian, Indic scripts and emoji families need them. White space becomes single spaces.
    """
    if text.isascii():
        if text.isprintable():  # nine texts of ten; a look at each character costs ten times as much
            return " ".join(text.split())
    else:
        text = _IMPOSSIBLE.sub("", text)
    if _UNWANTED.search(text):
        text = text.translate(_CHARACTERS)
        if "\u200c" in text or "\u200d" in text:
            text = _JOINERS.sub(_keep_joiner, text)
    return " ".join(unicodedata.normalize("NFC", text).split())


def storable(text: str) -> str:
    """`text` as it is, without what no database holds: NUL and lone surrogates. For values kept word for word."""
    return re.sub("[\0\ud800-\udfff]", "", text)


def _keep_joiner(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    if start and end < len(text) and _joinable(text[start - 1]) and _joinable(text[end]):
        return match.group()[0]
    return ""


def _joinable(character: str) -> bool:
    """A letter, a mark on one, or (part of) an emoji."""
    return unicodedata.category(character) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "So", "Sk"}


def fold(text: str) -> str:
    """`text` for comparing: compatibility forms, case and accents gone, letters and digits kept, single spaces."""
    if text.isascii():
        return b" ".join(text.encode().translate(_ASCII_FOLDED).split()).decode()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return " ".join(plain.translate(_FOLDED).split())


class _Folded(dict[int, str | None]):
    """What each character becomes in `fold`, found out once: itself, a space, or nothing (a mark)."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        kept = character if character.isalnum() else " "
        self[code] = None if unicodedata.combining(character) else kept
        return self[code]


_FOLDED = _Folded()


# --------------------------------------------------------------------------- length


def cut(text: str, limit: int) -> str:
    """`text`, or its beginning with an ellipsis: at most `limit` characters, no word or grapheme split.

    A text without white space near the border (CJK, a long address) is cut between graphemes.
    """
    if len(text) <= limit:
        return text
    end = limit - len(ELLIPSIS)
    space = text.rfind(" ", end - _WORD_SEARCH, end + 1)
    if space > 0:
        end = space
    else:
        while end > 0 and not _border(text, end):
            end -= 1
    return text[:end].rstrip(" ,;:–—-") + ELLIPSIS


def _border(text: str, at: int) -> bool:
    """True when no grapheme spans the place before character `at` (UAX 29, without Hangul jamo and Indic conjuncts)."""
    after, before = text[at], text[at - 1]
    if unicodedata.category(after) in {"Mn", "Mc", "Me"} or "\U0001f3fb" <= after <= "\U0001f3ff":
        return False  # a mark or a skin tone belongs to what stands before it
    if "\u200d" in (after, before) or after == "\u200c":
        return False
    if _regional(after) and _regional(before):
        run = at
        while run and _regional(text[run - 1]):
            run -= 1
        return (at - run) % 2 == 0  # flags are pairs
    return True


def _regional(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
