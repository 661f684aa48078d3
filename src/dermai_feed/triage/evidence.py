"""Evidence labels: owns what an item says of its own study, device and regulator, with the words.

Every item gets the same labels, so that a reader can rely on them: a value with the words it
was read from (a quotation of title or excerpt), or "not stated" (FIELD.md, moonshot 21). The
words of all labels but `n` are the vocabulary's; a value is the first of its list that is
found, so a list runs from the most telling word to the least.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..model import Item, Label
from ..rules import TriageRules
from .lexicon import Hit, words

NOT_STATED = "not stated"

# "1,024 dermoscopic images", "n = 684", "Sixty-three children": a number, at most three words, and what is
# counted. "125 million patients" are a country's, not a study's, but "2.1 million images" are a data set's.
# The number is bounded and no part can match in two ways, so the search is linear.
_NUMBER = r"(?<![\d.,-])(\d{1,3}(?:[, \u00a0\u202f]\d{3}){1,3}|\d{1,9})(?![\d.,]*[%\d])"
# "300 questions that patients had sent": a word of this kind ends what the number counts.
_BETWEEN = "that|which|who|whom|whose|from|to|in|by|for|with|and|or|of|on|at|per|were|was|are|is|as|than|about"
_TENS = {word: 10 * n for n, word in enumerate(
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), 2
)}  # fmt: skip
_UNITS = {word: n for n, word in enumerate(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), 1)}
# Below twenty a number in words is more often of examples than of a study.
_WORDED = rf"(?<![\w-])((?:{'|'.join(_TENS)})(?:-(?:{'|'.join(_UNITS)}))?)(?!-)"
_GREAT = r"(?<![\d.,-])(\d{1,3}(?:\.\d{1,2})?) (?:thousand|million)"
_SCALES = {"thousand": 1_000, "million": 1_000_000}
_COUNT = re.compile(
    rf"(?:{_NUMBER}|{_WORDED})"
    + rf"[ \u00a0-](?!million|billion|thousand)(?:(?!(?:{_BETWEEN}) )[a-z][a-z-]{{1,19}} ){{0,3}}?"
    r"(patients|participants|subjects|individuals|volunteers|children|adults|images|photos|photographs|pictures"
    r"|lesions|slides|biopsies|samples|requests|consultations|dermatologists|clinicians|readers|studies|articles)\b",
    re.IGNORECASE,
)
_HEAP = re.compile(
    _GREAT + r" (?:[a-z][a-z-]{1,19} ){0,3}?(images|photos|photographs|pictures|lesions|slides|samples)\b",
    re.IGNORECASE,
)
_SAMPLE = re.compile(r"\bn ?= ?" + _NUMBER, re.IGNORECASE)
_FIGURE, _TEN = re.compile(r"\d+"), re.compile("|".join(_TENS), re.IGNORECASE)  # where `_COUNT` may begin
# People count before pictures, pictures before who or what was compared with them.
_COUNTED = (
    ("patients", "participants", "subjects", "individuals", "volunteers", "children", "adults"),
    (
        "images",
        "photos",
        "photographs",
        "pictures",
        "lesions",
        "slides",
        "biopsies",
        "samples",
        "requests",
        "consultations",
    ),
    ("dermatologists", "clinicians", "readers", "studies", "articles"),
)
_NEGATIONS = frozenset({"not", "no", "without", "never", "lack", "lacks", "lacked", "lacking", "pending", "awaiting"})
_NEGATION_REACH = 4  # words before a term
_NEGATABLE = ("validation", "regulator", "skin tone")


def labels_of(item: Item, found: Iterable[tuple[str, Hit]], rules: TriageRules) -> tuple[Label, ...]:
    """One label for each of `rules.evidence`, in its order, and `n`.

    `found` are pairs of field name and hit; the quotation of a hit is the item's own text.
    """
    hits = [(item.title if where == "title" else item.excerpt, hit) for where, hit in found]
    labels = [_label(name, [entry.name for entry in entries], hits) for name, entries in rules.evidence.items()]
    return (*labels, _count(item))


def _label(name: str, values: list[str], hits: list[tuple[str, Hit]]) -> Label:
    group = f"evidence:{name}"
    said = [(sense.subject, text, hit) for text, hit in hits for sense in hit.senses if sense.group == group]
    denied: Label | None = None
    for value, text, hit in sorted(said, key=lambda one: values.index(one[0])):
        if any(_inside(hit, other) for _, where, other in said if where == text):
            continue  # the "FDA" of "cleared by the FDA" says nothing of its own
        refusal = _negation(text, hit) if name in _NEGATABLE else ""
        if not refusal:
            return Label(name=name, value=value, span=hit.said)
        denied = denied or Label(name=name, value=f"not {value}", span=refusal)
    return denied or Label(name=name, value=NOT_STATED)


def _inside(hit: Hit, other: Hit) -> bool:
    return other.start <= hit.start and hit.end <= other.end and hit.end - hit.start < other.end - other.start


def _negation(text: str, hit: Hit) -> str:
    """The words from a negation shortly before `hit` to its end; empty when there is none."""
    clause = max(text.rfind(mark, 0, hit.start) for mark in ".,;:!?") + 1
    read = words(text[clause : hit.start])
    for raw, (start, _) in list(zip(read.raws, read.spans, strict=True))[-_NEGATION_REACH:]:
        if raw.lower() in _NEGATIONS:
            return text[clause + start : hit.end]
    return ""


def _count(item: Item) -> Label:
    """`n`: how many people, else pictures, else readers or studies; the largest number said."""
    found: list[tuple[int, int, Label]] = []
    for text in (item.title, item.excerpt):
        small = text.lower()
        for match in _counts(text, small):
            what = match[3].lower()
            rank = next(n for n, kinds in enumerate(_COUNTED) if what in kinds)
            number = int(re.sub(r"\D", "", match[1])) if match[1] else _in_words(match[2])
            found.append(_counted(rank, number, match, what))
        if any(scale in small for scale in _SCALES):
            found += (_counted(1, _heap(match), match, match[2].lower()) for match in _HEAP.finditer(text))
        for match in _SAMPLE.finditer(text) if "=" in text else ():
            found.append(_counted(len(_COUNTED), int(re.sub(r"\D", "", match[1])), match, ""))
    return min(found, key=lambda one: one[:2])[2] if found else Label(name="n", value=NOT_STATED)


def _counts(text: str, small: str) -> Iterator[re.Match[str]]:
    """What `_COUNT` finds, tried at figures and tens only: at every letter it takes ten times as long."""
    starts = [figure.start() for figure in _FIGURE.finditer(text)]
    if any(word in small for word in _TENS):
        starts = sorted((*starts, *(word.start() for word in _TEN.finditer(text))))
    end = 0
    for start in starts:
        if start >= end and (match := _COUNT.match(text, start)):
            yield match
            end = match.end()


def _in_words(said: str) -> int:
    """63 of "sixty-three"."""
    tens, _, units = said.lower().partition("-")
    return _TENS[tens] + _UNITS.get(units, 0)


def _heap(match: re.Match[str]) -> int:
    """2,100,000 of "2.1 million images"."""
    return round(float(match[1]) * next(n for word, n in _SCALES.items() if f" {word}" in match[0].lower()))


def _counted(rank: int, number: int, match: re.Match[str], what: str) -> tuple[int, int, Label]:
    """What is sorted by (the kind, then the larger number), and the label."""
    return rank, -number, Label(name="n", value=f"{number} {what}".rstrip(), span=match[0])
