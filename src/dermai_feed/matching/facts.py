"""Facts: what a text states that another text of the same event must not contradict.

Numbers with their units, months and years, versions, parts of a series, proper names, the
market a report is about. Pure functions of text; each returns a frozen set, empty when the
text states nothing.
"""

from __future__ import annotations

import re

from .wording import STOP, stem, words

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_MONTH = re.compile(r"\b(" + "|".join(MONTHS) + r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?")
_MAY_OF_A_YEAR = re.compile(
    r"\bmay(?= (?:\d{1,2},? )?\d{4}\b)|\b(?:in|for|of) may\b(?! be\b)|: may\b|\bmay (?:issue|update|edition)"
)
_YEAR = re.compile(r"(?<![\d.,$€£#])(?<![a-z]-)(?:19|20)\d\d(?![\d%]|[.,]\d)")
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
        elif m["money"] or (len(value) > 1 and not _YEAR.fullmatch(value)):
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


_VERSION = re.compile(
    r"\b(?:version|release|v|wave|phase|update|week|day|issue|vol|volume|episode|ep|no|q)\.? ?#?(\d+(?:\.\d+)*)\b"
)
_PART = re.compile(
    r"\b(?:part|section|chapter|paper|study|report|volume|series|step|stage|phase|type|grade|class|group|case|table|figure)"
    r"s?[ -](\d{1,3}|[ivx]{1,4}|[a-d]|one|two|three|four|five)\b"
)
_TRAILING = re.compile(r"(?:^|[\s:.,;(-])(\d{1,2}|i{1,3}|iv|vi{0,3}|ix)[.)\]]?$")
_ROMAN = {
    "i": "1",
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
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
            if len(word) > 1 and (inner or (n > 0 and word[0].isupper())):
                low = word.casefold().replace("'", "").replace("’", "")
                if low not in STOP and low not in MONTHS:
                    found.add(stem(low))
    return frozenset(found)


# A run of capitalised words, of which small ones may stand in between: "Monk Skin Tone", "University of Queensland".
_ENTITY = re.compile(r"[A-Z][\w'&.-]*(?:\s+(?:(?:of|for|and|the|de|von|van)\s+){0,2}[A-Z][\w'&.-]*)+")


def entities(plain_text: str) -> frozenset[tuple[str, ...]]:
    """Names of two words and more in running text, each as its words in order, folded.

    People, institutions, products, studies. A first word that only opens its sentence is left
    off where the rest is still a name of two words. `plain_text` keeps its case; of a headline
    in title case everything would be a name, so this is meant for excerpts.
    """
    found = set()
    for sentence in _SENTENCE.split(plain_text):
        for m in _ENTITY.finditer(sentence):
            told = tuple(w for w in words(m.group().casefold()))
            if m.start() == 0 and told and (told[0] in STOP or len(told) > 2):
                told = told[1:]
            told = tuple(w for w in told if w not in STOP)
            if len(told) > 1 and not all(w in MONTHS or w.isdigit() for w in told):
                found.add(told[:5])
    return frozenset(found)


# What releases say that somebody does, right after who.
_DOES = re.compile(
    r"^(?P<who>(?:[\w'&.-]+ ){1,4}?)(?:achieves|joins|launches|announces|receives|earns|wins|names|appoints|raises"
    r"|unveils|partners|expands|introduces|completes|secures|becomes|named|signs|opens|hires|acquires|closes|lands|debuts"
    r"|selects|selected|recognized|gets|releases)\b"
)


def actor(title: str) -> frozenset[str]:
    """Who does it, by a folded title that opens as releases do ("amperity achieves …"), as stems."""
    m = _DOES.match(title)
    return frozenset(stem(w) for w in words(m["who"]) if w not in STOP) if m else frozenset()


_LISTED = (
    "predictions|trends|ways|tips|things|reasons|facts|questions|takeaways|lessons|startups|companies|stocks|tools|apps"
    "|products|gadgets|books|podcasts|stories|headlines|highlights|innovations|examples|experts|mistakes|myths|steps"
)
_LISTING = re.compile(
    rf"\b(?:top|best|\d{{1,3}}|five|six|seven|eight|nine|ten|twelve|twenty) (?:[\w'-]+ ){{0,4}}?(?:{_LISTED})\b"
    rf"|\b(?:{_LISTED}) (?:for|of|to watch in|in) (?:the )?(?:\d{{4}}|week|month|year|day)\b"
    r"|\b(?:year|week|month) in review\b|\bthis week in\b|\b(?:weekly|monthly|daily|morning|news|research) "
    r"(?:round-?up|digest|wrap|briefing|recap|brief)\b|^(?:top|best) \d+\b|\bround-?up\b"
)


def listing(title: str) -> bool:
    """Whether a folded title announces a list: "5 predictions for 2020", "top 10 …", "weekly roundup"."""
    return _LISTING.search(title) is not None


_MARKET = re.compile(r"\bmarkets?\b(?:\s+(?:for|in|of)\s+([a-z ]{3,80}))?")
# Words that report writers put around the subject, and those that every report of this field is about.
_MARKET_FILLER = frozenset(
    stem(w)
    for w in re.findall(
        r"\w+",
        """a ai ml dl nlp global world worldwide analysis industry size insights report study europe the market markets
        research growth trends forecast outlook technology technologies software solutions future current
        opportunities share demand key players top status period during""",
    )
)
_PARENTHESIS = re.compile(r"\([^()]{0,30}\)")


def market(title: str, stems: tuple[str, ...]) -> frozenset[str]:
    """What a market report is about: the words before "market" and after "market for", fillers aside.

    Such reports are written from one template, so the subject alone tells them apart. `title`
    is folded and `stems` are its content words; a title without "market" gives the empty set.
    """
    if "market" not in stems:
        return frozenset()
    title = _PARENTHESIS.sub(" ", title)
    m = _MARKET.search(title)
    if m is None:
        return frozenset()
    before = re.split(r"[:;|]", title[: m.start()])[-1]
    told = re.findall(r"[a-z]+", before) + re.findall(r"[a-z]+", m[1] or "")
    subject = {stem(t) for t in told if t not in STOP} - _MARKET_FILLER
    return frozenset(subject) or frozenset({"the whole field"})
