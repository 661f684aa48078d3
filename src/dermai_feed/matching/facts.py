"""Facts: what a text states that another text of the same event must not contradict.

Numbers with their units, months and years, versions, parts of a series, proper names, the
market a report is about, and the words that make a text a notice about another one. Pure
functions of text; each returns a frozen set or a word, empty when the text states nothing.
"""

from __future__ import annotations

import re

from .wording import STOP, stem

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = re.compile(r"\b(" + "|".join(MONTHS) + r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?")
_MAY_OF_A_YEAR = re.compile(r"\bmay(?= (?:\d{1,2},? )?\d{4}\b)|\b(?:in|for|of) may\b(?! be\b)|: may\b|\bmay (?:issue|update|edition)")
_YEAR = re.compile(r"(?<![\d.,$€£#-])(?:19|20)\d\d(?![\d,%]|\.\d)")
_NUMBER = re.compile(
    r"(?P<money>[$€£]|usd |us\$ ?)?(?<![\w.])(?P<n>\d{1,3}(?:,\d{3})+|\d+(?:\.\d+)?)(?P<unit> ?(?:%|percent|per cent|"
    r"million|billion|thousand|mn|bn|m|b|k)\b|%)?"
)
_SCALE = {"million": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9, "b": 1e9, "thousand": 1e3, "k": 1e3}


def numbers(folded: str) -> frozenset[str]:
    """The quantities that `folded` names, in one form: "38m" and "38 million" are "38000000".

    Years and lone digits are left out (they are calendar and lists); percentages keep their sign.
    """
    found = set()
    for m in _NUMBER.finditer(folded):
        value, unit = m["n"].replace(",", ""), (m["unit"] or "").strip()
        if unit in _SCALE:
            found.add(f"{float(value) * _SCALE[unit]:.0f}")
        elif unit:
            found.add(f"{float(value):g}%")
        elif m["money"] or len(value) > 1 and not _YEAR.fullmatch(value):
            found.add(f"{float(value):g}")
    return frozenset(found)


def months(folded: str) -> frozenset[int]:
    """The months that `folded` names, 1…12; "may" only where it cannot be the verb."""
    found = set()
    for m in _MONTH.finditer(folded):
        if m[1] == "may" and not _MAY_OF_A_YEAR.search(folded):
            continue
        found.add(next(i for i, name in enumerate(MONTHS, 1) if name.startswith(m[1][:3])))
    return frozenset(found)


def years(folded: str) -> frozenset[int]:
    """The years that `folded` names."""
    return frozenset(int(y) for y in _YEAR.findall(folded))


_VERSION = re.compile(r"\b(?:version|release|v|wave|phase|update|week|day|issue|vol|volume|episode|ep|no|q)\.? ?#?(\d+(?:\.\d+)*)\b")
_PART = re.compile(
    r"\b(?:part|section|chapter|paper|study|report|volume|series|step|stage|phase|type|grade|class|group|case|table|figure)"
    r"s?[ -](\d{1,3}|[ivx]{1,4}|[a-d]|one|two|three|four|five)\b"
)
_TRAILING = re.compile(r"(?:^|[\s:.,;(-])(\d{1,2}|i{1,3}|iv|vi{0,3}|ix)[.)\]]?$")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10"}
_SPELT = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5"}


def ordinals(folded: str) -> frozenset[str]:
    """Versions, parts and instalments that a title names: "part ii" and "part 2" are "2"."""
    found = {m[1] for m in _VERSION.finditer(folded)}
    found |= {_ROMAN.get(m[1], _SPELT.get(m[1], m[1])) for m in _PART.finditer(folded)}
    if last := _TRAILING.search(folded):
        found.add(_ROMAN.get(last[1], last[1]))
    return frozenset(found)


_NAME = re.compile(r"[^\W\d_][\w'’&.-]*")
_SENTENCE = re.compile(r"(?<=[.!?:;\"])\s+|\s+-\s+|\.\.\.|…")


def names(plain_text: str) -> frozenset[str]:
    """Proper names in running text, as stems: capitalised words that do not open a sentence, and acronyms.

    `plain_text` keeps its case. Words of a headline in title case are no evidence, so this is
    meant for excerpts; acronyms and words like "mRNA" or "FotoFinder" count anywhere.
    """
    found = set()
    for sentence in _SENTENCE.split(plain_text):
        for n, m in enumerate(_NAME.finditer(sentence)):
            word = m.group().rstrip(".'’-").removesuffix("'s").removesuffix("’s")
            inner = any(c.isupper() for c in word[1:])
            if len(word) > 1 and (inner or n > 0 and word[0].isupper()):
                low = word.casefold().replace("'", "").replace("’", "")
                if low not in STOP and low not in MONTHS:
                    found.add(stem(low))
    return frozenset(found)


_MARKET = re.compile(r"^(.{3,100}?)\s+(?:industry\s+|software\s+)?market\b")
_MARKET_FILLER = frozenset(stem(w) for w in "global world worldwide analysis industry size insight report study europe".split()) | {
    "artificial", "intelligence", "intellig", "ai", "nlp", "ml",
}  # fmt: skip
_PARENTHESIS = re.compile(r"\([^()]{0,30}\)")


def market(title: str, stems: tuple[str, ...]) -> frozenset[str]:
    """What a market report is about: the words before "market" in a folded title, fillers aside.

    Such reports are written from one template, so the subject alone tells them apart. `stems`
    are the content words of the title; a title without "market" gives the empty set.
    """
    if "market" not in stems:
        return frozenset()
    m = _MARKET.search(_PARENTHESIS.sub(" ", title))
    if not m:
        return frozenset()
    head = m[1].split(":")[-1]
    tokens = [stem(t) for t in re.findall(r"[a-z]+", head) if t not in STOP]
    return frozenset(t for t in tokens if t not in _MARKET_FILLER) or frozenset({"artificial intelligence"})


_NOTICES = (
    ("retraction", re.compile(r"^(?:retract(?:ion|ed)\b(?! (?:of the|force))|notice of retraction|expression of concern|withdraw(?:al|n)\s*(?:[:\-]|of\b|notice))")),
    ("correction", re.compile(r"^(?:(?:author(?:'s)?|publisher(?:'s)?) )?(?:correct(?:ion|ed|ions)(?: and republication)?\s*(?:to\b|for\b|[:\-.\[(]|$)|erratum|errata|corrigend(?:um|a)|addendum)")),
    ("comment", re.compile(r"^(?:comments? (?:on|to|re)\b|commentary(?: on\b|:| to\b)|letter to the editor|in response to\b|editorial comment)|\[(?:comment|letter)\]\s*$|[:.-] (?:a )?comment(?:ary)?\s*$")),
    ("reply", re.compile(r"^(?:(?:author'?s'? )?(?:reply|response|rebuttal)\s*(?:to\b|[:\-]|$|from\b)|the authors? (?:reply|respond))|[:.-] (?:authors?'? )?(?:reply|response)\s*$|\[(?:reply|response)\]\s*$")),
)  # fmt: skip


def notice(folded_title: str, publication_types: tuple[str, ...] = ()) -> str:
    """Which kind of notice about another work a title or publication type announces, or "".

    Kinds: retraction, correction, comment, reply. The publication types are PubMed's
    ("Published Erratum", "Retraction of Publication", "Comment"). "Retracted Publication" marks
    the subject and not the notice, and is left aside.
    """
    for kind, pattern in _NOTICES:
        if pattern.search(folded_title):
            return kind
    for given in publication_types:
        low = given.casefold()
        if "retraction of" in low or "retraction notice" in low or "expression of concern" in low:
            return "retraction"
        if "erratum" in low or low.startswith("correct"):
            return "correction"
        if low == "comment":
            return "comment"
    return ""


_NOTICE_LEAD = re.compile(
    r"^(?:notice of )?(?:(?:author(?:'s)?|publisher(?:'s)?) )?(?:retract(?:ion|ed)|correct(?:ion|ed)s?|errat(?:um|a)|corrigend(?:um|a)|addendum|"
    r"expression of concern|comments?|commentary|letter|reply|response|withdraw(?:al|n))(?:\s*(?:article|notice))?\s*(?:to|on|for|of|from)?\s*[:\-.\"']?\s*(?:the )?(?:article|paper)?\s*[:\"']?\s*"
)


def notice_subject(folded_title: str) -> str:
    """What remains of a notice's title when the words that make it one are taken off."""
    return _NOTICE_LEAD.sub("", folded_title, count=1).strip(" \"'.")
