"""Sentences: what an item says, taken out of its text whole and word for word.

No model writes text here. A sentence is a piece of the item's own excerpt; what the source
cut off is left out where whole sentences remain, and marked where they do not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

MOST = 3  # sentences of an item
ROOM = 420  # characters of them together: three lines of a page, four of a phone
WHY_WORDS = 30  # FIELD §5: a line that says why it matters has at most 30 words
_WHY_LEAST = 7  # words; shorter sentences say too little to stand alone
_ALIKE = 0.6  # share of words in common from which two sentences say the same

_END = re.compile(r"(?<=[.!?])[\"”’)]?\s+(?=[\"“‘(]?[^\W_a-z])")
_CUT = re.compile(r"\s*(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s*$")
_GAP = re.compile(r"\s+(?:\.\.\.|…|\[…\]|\[\.\.\.\])\s+")  # of a search engine's snippet (SCHEMA §4)
# A full stop after these ends no sentence.
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Z]|Dr|Drs|Prof|Mr|Mrs|Ms|St|vs|e\.g|i\.e|cf|al|Fig|No|Nos|approx|ca|etc|Inc|Ltd|Corp|Co|U\.S|U\.K)\.$"
)
# Headings of structured abstracts; the sentence begins after them.
_HEADING = re.compile(
    r"^(?:abstract|background|introduction|objectives?|aims?|purpose|methods?|materials and methods|results?|findings|"
    r"conclusions?|interpretation|importance|significance)\s*[:.—–-]\s*",
    re.IGNORECASE,
)
# Directions to the reader of another page, not news.
_DIRECTION = re.compile(
    r"^(?:more information|read more|click|source|credit|photo|image|doi\b|journal information|provided by|"
    r"subscribe|sign up|follow us|copyright|©|continue reading|the post\b|view\b|download)",
    re.IGNORECASE,
)
# A publisher's words about itself, as releases end: "About Acme Acme is a leading …".
_ABOUT_ITSELF = re.compile(r"^About (\w[\w.’'&-]*(?: \w[\w.’'&-]*){0,4}?):? \1\b")
# What a sentence that says why it matters speaks of: consequences for patients and practice,
# safety and fairness, what is first or now allowed, and limits …
_CONSEQUENCES = re.compile(
    r"\b(could|may|might|should|must|risks?|harm\w*|safe\w*|unsafe|delay\w*|miss(?:ed|es)?|wrong\w*|error\w*|bias\w*|"
    r"fair\w*|worse|fewer|darker|skin of colou?r|underrepresented|first|clear(?:ed|ance)|approv\w+|authori[sz]\w+|"
    r"recall(?:ed|s)|withdr\w+|waiting|cost\w*|unnecessary|surviv\w+|externally|prospective\w*|limit\w*|"
    r"replace\w*|outperform\w*|cannot|in charge)\b",
    re.IGNORECASE,
)
# … and for whom. "Somebody has to see all these patients" names them and says nothing.
_CONCERNED = re.compile(
    r"\b(need(?:s|ed)?|patients?|clinics?|clinicians?|dermatologists?|doctors?|hospitals?|access|biops(?:y|ies)|"
    r"diagnos\w+|detect\w*|lower|only|not|without|before|however)\b",
    re.IGNORECASE,
)
# A sentence that begins so leans on the one before it.
_LEANS = re.compile(
    r"^[\"“‘(]?(?:it|its|they|their|them|this|that|these|those|he|she|his|her|there|such|also|and|but|so|then|thus|"
    r"however|moreover|furthermore|in addition|additionally|both|the former|the latter|meanwhile|instead)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+(?:[.,'’%-][^\W_]+)*")


def split(text: str) -> tuple[tuple[str, ...], bool]:
    """The whole sentences of `text`, and whether something after or between them was cut off by its source."""
    found: list[str] = []
    pieces = _GAP.split(" ".join(text.split()))
    broken = len(pieces) > 1
    for n, piece in enumerate(pieces):
        last = n == len(pieces) - 1
        cut = not last or bool(_CUT.search(piece))
        parts = _parts(_CUT.sub("", piece).strip())
        if cut and parts and not _ends(parts[-1]):
            parts, broken = parts[:-1], True
        if n and parts and not parts[0][:1].isupper():
            parts = parts[1:]
        found += parts
    return tuple(found), broken


def _parts(text: str) -> list[str]:
    parts: list[str] = []
    at = 0
    for match in _END.finditer(text):
        # A closing quotation mark belongs to the sentence that it closes.
        head = text[at : match.start()] + match[0].strip()
        if _ABBREVIATION.search(head):
            continue
        parts.append(head.strip())
        at = match.end()
    if rest := text[at:].strip():
        parts.append(rest)
    return parts


def _ends(sentence: str) -> bool:
    return sentence.rstrip('"”’)')[-1:] in {".", "!", "?"} and not _ABBREVIATION.search(sentence)


def told(text: str, title: str = "", *, most: int = MOST, room: int = ROOM) -> tuple[str, ...]:
    """One to `most` sentences of `text` within `room` characters; the first always, cut between words if it must be.

    Directions to readers and repeats of `title` are left out. A text without one whole
    sentence gives its words with an ellipsis.
    """
    whole, cut = split(text)
    fit = [sentence for sentence in map(_bare, whole) if sentence and _is_news(sentence, title)]
    if not fit:
        words = _bare(_CUT.sub("", " ".join(text.split())))
        if whole or not words or not _is_news(words, title):
            return ()
        return (_shortened(words, room, cut=cut or bool(_CUT.search(text))),)
    chosen: list[str] = []
    for sentence in fit[:most]:
        if chosen and len(" ".join([*chosen, sentence])) > room:
            break
        chosen.append(sentence)
    chosen[0] = _shortened(chosen[0], room, cut=False)
    return tuple(chosen)


def _bare(sentence: str) -> str:
    return _HEADING.sub("", sentence).strip()


def _is_news(sentence: str, title: str) -> bool:
    return not (_DIRECTION.match(sentence) or _ABOUT_ITSELF.match(sentence)) and not (
        title and alike(sentence, title) > 0.9
    )


def _shortened(text: str, room: int, *, cut: bool) -> str:
    """`text` within `room` characters, ended between two words and not inside a number such as 1 200."""
    if len(text) > room:
        end = text.rfind(" ", 0, room)
        while end > 0 and text[end - 1].isdigit() and text[end + 1 : end + 2] in "0123456789%":
            end = text.rfind(" ", 0, end)
        text, cut = text[: end if end > 0 else room].rstrip(" ,;:"), True
    # A colon leads to something that is not here: a list, a link, a picture.
    return f"{text} …" if cut and text else text.removesuffix(":")


def alike(a: str, b: str) -> float:
    """How much two sentences say the same: shared words over the words of the shorter, 0…1."""
    left, right = (set(_WORD.findall(text.casefold())) for text in (a, b))
    return len(left & right) / min(len(left), len(right)) if left and right else 0.0


def why(texts: Iterable[tuple[str, str]], shown: Sequence[str]) -> tuple[str, str] | None:
    """The sentence that best says why it matters, with the key of the text it stands in; None when none does.

    `texts` are pairs of key and text, the nearest to the source first; `shown` is what the
    reader has already read. At most `WHY_WORDS` words, standing on its own, about
    consequences (a word of `_CONSEQUENCES` and one more cue at least). Taken word for word, so
    that every number and name in it is the item's (FIELD §3, 17).
    """
    best: tuple[int, str, str] | None = None
    for key, text in texts:
        for sentence in map(_bare, split(text)[0]):
            words = len(sentence.split())
            if not _WHY_LEAST <= words <= WHY_WORDS or not _ends(sentence) or _leans(sentence):
                continue
            if not _is_news(sentence, "") or any(alike(sentence, other) >= _ALIKE for other in shown):
                continue
            said = {cue.casefold() for cue in _CONSEQUENCES.findall(sentence)}
            cues = len(said) + len({cue.casefold() for cue in _CONCERNED.findall(sentence)})
            if said and cues >= 2 and (best is None or cues > best[0]):
                best = cues, key, sentence
    return None if best is None else (best[1], best[2])


def _leans(sentence: str) -> bool:
    """Whether it can be understood only after the sentence before it: "… all these patients"."""
    return _LEANS.match(sentence) is not None or re.search(r"\bthese\b", sentence) is not None


def grounded(line: str, text: str) -> bool:
    """Whether every number and every name of `line` occurs in `text`."""
    said = set(_WORD.findall(text))
    words = _WORD.findall(line)
    return all(word in said for n, word in enumerate(words) if word[0].isdigit() or (n and word[0].isupper()))
