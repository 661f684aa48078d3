"""Wording: text folded, cut into words and shingles, and freed of what publishers add to it.

Everything here is a pure function of text. Matching compares what is left when case,
accents, quotes, dashes and boiler-plate are gone; the item itself is never changed.
"""

from __future__ import annotations

import html
import re
import unicodedata
from functools import lru_cache

# Function words and the verbs of headlines: they say nothing about which work or event is meant.
STOP = frozenset(
    re.findall(
        r"\w+",
        """a about above after again against all also am an and any are as at be because been before being below
        between both but by can could did do does doing down during each few for from further had has have
        having he her here hers him his how i if in into is it its itself just may me might more most my no
        nor not now of off on once only or other our out over own per s same she should so some such t than
        that the their them then there these they this those through to too under until up upon us very via
        was we were what when where which while who whom why will with would you your using use used new
        says said say der die das und von des zur im bei mit""",
    )
)

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_QUOTES = str.maketrans({"‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "−": "-"})
_MOJIBAKE = re.compile("â€|Ã[\x80-\xbf©±¶¼]|Â[\xa0-\xbf]")
_TAG = re.compile(r"</?[A-Za-z!][^<>]{0,200}>")


def plain(text: str) -> str:
    """`text` with entities decoded, tags and typographic quotes gone, doubly encoded UTF-8 set right."""
    if "&" in text:
        text = html.unescape(text)
    if "<" in text:
        text = _TAG.sub(" ", text)
    if text.isascii():
        return " ".join(text.split())
    if _MOJIBAKE.search(text):
        try:
            text = text.encode("cp1252").decode("utf-8")
        except UnicodeError:
            text = text.replace("â€™", "'").replace("â€œ", '"').replace("â€\x9d", '"')
    return " ".join(text.translate(_QUOTES).split())


def fold(text: str) -> str:
    """`text` without case, accents and typographic variants, single spaces."""
    text = plain(text)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return text.casefold()


# Different ways to write what every text of this field says, each after a word that it cannot be without.
_ALIKE = (
    ("intelligence", re.compile(r"\bartificial[ -]intelligence(?: ?\(ai\))?"), "ai"),
    ("learning", re.compile(r"\bmachine[ -]learning(?: ?\(ml\))?"), "ml"),
    ("learning", re.compile(r"\bdeep[ -]learning(?: ?\(dl\))?"), "dl"),
    ("health", re.compile(r"\bhealth[ -]care\b"), "healthcare"),
    ("united states", re.compile(r"\bunited states\b"), "us"),
    ("u.s.", re.compile(r"\bu\.s\.a?\.?"), "us"),
    ("face ", re.compile(r"\bface (?=recognition)"), "facial "),
)


def level_terms(folded: str) -> str:
    """`folded` with the field's everyday terms in one spelling ("artificial intelligence (AI)" is "ai")."""
    for hint, pattern, term in _ALIKE:
        if hint in folded:
            folded = pattern.sub(term, folded)
    return folded


def words(folded: str) -> tuple[str, ...]:
    """The words and numbers of folded text, in order; "u.s." is one word, "'s" none."""
    if "." in folded:
        folded = _ABBREVIATION.sub(lambda m: m.group().replace(".", ""), folded)
    if "'" in folded:
        folded = folded.replace("'s ", " ").replace("'", "")
    return tuple(_WORD.findall(folded))


_ABBREVIATION = re.compile(r"\b(?:[a-z]\.){2,}")
_SUFFIXES = ("ically", "ments", "ation", "ment", "ings", "ing", "ied", "ies", "ers", "ed", "er", "es", "ly", "s")


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """`word` without its commonest English endings, never shorter than four letters.

    A rough stem is enough: it only has to bring "diagnoses", "diagnosing" and "diagnosed" together.
    """
    if not word.isalpha() or len(word) < 4:
        return word
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 4 and not word.endswith("ss"):
            return word[: -len(suffix)]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def content(tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The stems of the words that are not function words, in order, repeats kept."""
    return tuple(stem(t) for t in tokens if t not in STOP and (len(t) > 1 or t.isdigit()))


# --------------------------------------------------------------------------- boiler-plate

# What agencies and sites put before a headline. Each stands before a colon or a dash.
_LEAD = re.compile(
    r"^(?:(?:re-?transmission|watch|video|listen|podcast|photos?|update[sd]?(?: ?\d+)?|updated?|exclusive|breaking|"
    r"analysis|feature|factbox|opinion|press release|clarification|corrected|refile|wrapup \d+|health ?(?:beat|watch)|"
    r"healthday|newswise|science daily|research|study|"
    r"retracted(?: article)?|withdrawn(?: article)?)\s*(?:[:|]|-(?=\w)|\s-\s)\s*)+",
)
_TAIL = re.compile(
    r"\s*[\(\[](?:image|images|picture|photo|photos|video|update|updated|audio|with video|w/video|review|"
    r"letter|abstract|in process citation|[a-z]+ transl[a-z]*)[\)\]]\s*$"
)
# "[Erratum appears in Blood 2008 …]", "[see comment]", "[Review] [20 refs]": databases' notes on the subject itself.
_ABOUT_ITSELF = re.compile(
    r"\s*[\[(](?:erratum|corrections?|corrected|retraction in|comment|summary|reprint|see comment|published erratum|"
    r"republished|original in|in (?:chinese|french|german|spanish))\b.*$|\s*[\[(]\d+ refs?[\])]\.?\s*$"
)
_SEPARATOR = re.compile(r"\s+(?:-|\||::|·|»|–)\s+")


def title_core(folded: str, provider: str = "") -> str:
    """A folded title without agencies' lead-ins, "(image)" and the publisher's own name.

    The part after the last " - " or " | " goes when it is the publisher (`provider`: folded
    names, space separated) or is short beside what it follows.
    """
    core = _TAIL.sub("", _ABOUT_ITSELF.sub("", folded)).rstrip()
    led = _LEAD.sub("", core)
    if len(led) >= 20:
        core = led
    parts = _SEPARATOR.split(core)
    if len(parts) > 1:
        tail = parts[-1]
        squeezed = re.sub(r"[^a-z0-9]", "", tail)
        own = bool(squeezed) and squeezed in re.sub(r"[^a-z0-9 ]", "", provider).split()
        short = len(tail.split()) <= 3 and len(core) - len(tail) >= 30 and not any(c.isdigit() for c in tail)
        if own or short:
            core = core[: core.rfind(tail)].rstrip(" -|:·»–")
    return core


# "GATINEAU, QC / ACCESSWIRE / May 10, 2021 / ", "NEW YORK, Dec. 3, 2019 /PRNewswire/ -- ", "LOCKPORT, N.Y. (AP) - "
_DATELINE = re.compile(
    r"^.{0,90}?(?:/ ?(?:accesswire|prnewswire|pr newswire|ein presswire|cnw|(?<=/ )) ?/"
    r"(?: ?[a-z]+\.? \d{1,2}, \d{4} ?/)?"
    r"|\((?:ap|afp|reuters|cnn|healthday news|business wire|globe newswire|americanewshour|heraldkeepers"
    r"|[^()]{0,40} via comtex)\)|--\(business wire\)|newswise)\s*(?:-{1,2}\s*)?"
)
_ELLIPSIS = re.compile(r"\s*(?:\.\s?\.\s?\.|…)\s*")


def excerpt_core(folded: str) -> str:
    """A folded excerpt without the agency's dateline."""
    return _DATELINE.sub("", folded, count=1)


def fragments(folded: str) -> tuple[tuple[str, ...], ...]:
    """The words of an excerpt, cut where the source left something out ("…")."""
    return tuple(w for part in _ELLIPSIS.split(folded) if (w := words(part)))


def shingles(parts: tuple[tuple[str, ...], ...], size: int) -> frozenset[tuple[str, ...]]:
    """Every run of `size` words within one part."""
    return frozenset(p[i : i + size] for p in parts for i in range(len(p) - size + 1))
