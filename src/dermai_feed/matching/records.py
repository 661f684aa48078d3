"""Comparisons of two records of the literature, field by field.

As in `news`, each is a function of two profiles that returns a readable value and a level.
Databases write one paper in many ways: journals abridged, pages cut short, names as initials,
titles with a subtitle, a translation in brackets or a word run together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from rapidfuzz.distance import Indel
from rapidfuzz.fuzz import ratio, token_sort_ratio

from .news import Finding, own_words
from .profile import LITERATURE_SCHEMES, Profile, Record

_NOISE = re.compile(r"\s*[\[(](?:[^\[\]()]{0,60})[\])]\.?$|[.\s]+$")


class Recorded(Protocol):
    """What most comparisons look at: a profile, or a sketch of one."""

    @property
    def ids(self) -> Mapping[str, frozenset[str]]: ...
    @property
    def cited(self) -> frozenset[str]: ...
    @property
    def title(self) -> str: ...
    @property
    def squeezed(self) -> str: ...
    @property
    def record(self) -> Record: ...


def identifier(a: Recorded, b: Recorded) -> Finding:
    """DOI, PMID, PMCID, arXiv: one in common decides, however the others differ."""
    conflict = ""
    for scheme in sorted(LITERATURE_SCHEMES & a.ids.keys() & b.ids.keys()):
        if both := a.ids[scheme] & b.ids[scheme]:
            return f"{scheme}:{min(both)}", "exact"
        conflict = conflict or f"{scheme}:{min(a.ids[scheme])} / {min(b.ids[scheme])}"
    return (conflict, "conflict") if conflict else ("", "missing")


def declared(a: Recorded, b: Recorded) -> Finding:
    """One names the other's identifier as a link: preprint and version of record, notice and subject."""
    for one, other in ((a, b), (b, a)):
        for scheme, values in other.ids.items():
            if named := [f"{scheme}:{v}" for v in values if f"{scheme}:{v}" in one.cited]:
                return min(named), "exact"
    return "", "missing"


def title(a: Recorded, b: Recorded) -> Finding:
    """Titles letter by letter, brackets and end marks aside; one may lack the subtitle."""
    if not a.squeezed or not b.squeezed:
        return "", "missing"
    if a.squeezed == b.squeezed:
        return "equal", "exact" if len(a.squeezed) >= 25 else "short"
    one, other = _NOISE.sub("", a.title), _NOISE.sub("", b.title)
    letters = max(ratio(one, other), token_sort_ratio(one, other))
    value = f"letters {letters:.0f} %"
    short, long = sorted((a.squeezed, b.squeezed), key=len)
    if len(short) >= 25 and (long.startswith(short) or long.endswith(short)):
        return value, "part"
    for least, level in ((96.0, "near"), (90.0, "high"), (80.0, "medium"), (60.0, "low")):
        if letters >= least:
            return value, level
    return value, "none"


def difference(a: Profile, b: Profile) -> Finding:
    """Words that only one title has, and figures that differ."""
    if not a.title_stems or not b.title_stems:
        return "", "missing"
    mine, theirs = own_words(a, b)
    value = f"{' '.join(sorted(mine)) or '-'} / {' '.join(sorted(theirs)) or '-'}"
    if a.squeezed == b.squeezed:
        return value, "none"
    if a.title_numbers != b.title_numbers and a.title_numbers and b.title_numbers:
        return value, "figures"
    if mine and theirs:
        return value, "both sides"
    return value, "one side" if mine or theirs else "none"


def authors(a: Recorded, b: Recorded) -> Finding:
    """Family names: first authors, then how many are in both."""
    x, y = a.record, b.record
    if not x.authors or not y.authors:
        return "", "missing"
    first = _alike(x.first_author, y.first_author)
    both = len(x.authors & y.authors) / min(len(x.authors), len(y.authors))
    value = f"{x.first_author} / {y.first_author}, {100 * both:.0f} % in common"
    if first and both >= 0.6:
        return value, "exact"
    if first or both >= 0.6:
        return value, "high"
    return value, "low" if both > 0 or x.first_author in y.authors or y.first_author in x.authors else "conflict"


def _alike(one: str, other: str) -> bool:
    """Two family names that differ by transliteration, a particle or a slip."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= 4 and (short in long or Indel.normalized_similarity(one, other) >= 0.8)


def journal(a: Recorded, b: Recorded) -> Finding:
    """Journals: equal, one the other's abbreviation, or different."""
    x, y = a.record.journal, b.record.journal
    if not x or not y:
        return "", "missing"
    if x == y:
        return x, "exact"
    value = f"{x[:40]} / {y[:40]}"
    if abbreviates(x, y) or abbreviates(y, x):
        return value, "high"
    return value, "low" if ratio(x, y) >= 75 else "conflict"


_SMALL = frozenset(["the", "of", "and", "in", "for", "a", "an", "on", "de", "la", "le", "der", "und", "et"])


def abbreviates(short: str, long: str) -> bool:
    """True when each word of `short` opens a word of `long`, in order: "mol immunol", or its acronym.

    Further words of `long` may follow: databases add a place, a society or the translated title.
    """
    words = [w for w in long.split() if w not in _SMALL]
    mine = [w for w in short.split() if w not in _SMALL]
    if len(mine) == 1 and len(mine[0]) >= 3 and "".join(w[0] for w in words) == mine[0]:
        return True
    at = 0
    for word in mine:
        while at < len(words) and not _opens(word, words[at]):
            at += 1
        if at == len(words):
            return False
        at += 1
    return bool(mine) and (len(mine) > 1 or words[0].startswith(mine[0]))


def _opens(short: str, long: str) -> bool:
    """ "immunol" opens "immunology"; "natl" opens "national" (a contraction keeps its first letters)."""
    if long.startswith(short):
        return True
    rest = iter(long)
    return len(short) >= 3 and long[:2] == short[:2] and all(c in rest for c in short)


def volume(a: Recorded, b: Recorded) -> Finding:
    """Volumes, and issues where both are given."""
    x, y = a.record, b.record
    if not x.volume or not y.volume:
        return "", "missing"
    value = f"{x.volume}({x.issue}) / {y.volume}({y.issue})"
    if x.volume != y.volume:
        return value, "conflict"
    if x.issue and y.issue and x.issue != y.issue:
        return value, "issue differs"
    return value, "exact" if x.issue and y.issue else "high"


def pages(a: Recorded, b: Recorded) -> Finding:
    """First pages; "e123" and "123" are one page."""
    x, y = a.record, b.record
    if not x.first_page or not y.first_page:
        return "", "missing"
    value = f"{x.first_page}-{x.last_page} / {y.first_page}-{y.last_page}"
    if x.first_page == y.first_page:
        weak = x.first_page in {"1", "0"} or (x.last_page and y.last_page and x.last_page != y.last_page)
        return value, "high" if weak else "exact"
    if x.first_page.lstrip("aes") == y.first_page.lstrip("aes") or (x.last_page and x.last_page == y.last_page):
        return value, "high"
    return value, "conflict"


def year(a: Recorded, b: Recorded) -> Finding:
    """Years: equal, next to each other (online first, print later), or further apart."""
    x, y = a.record.year, b.record.year
    if x is None or y is None:
        return "", "missing"
    apart = abs(x - y)
    return f"{x} / {y}", "exact" if apart == 0 else "near" if apart == 1 else "low" if apart == 2 else "conflict"


def abstract(a: Profile, b: Profile) -> Finding:
    """Abstracts: how much of the shorter one stands, in runs of five words, in the other."""
    least = min(len(a.runs), len(b.runs))
    if least < 15:
        return "", "missing"
    share = len(a.runs & b.runs) / least
    for bound, level in ((0.8, "exact"), (0.5, "high"), (0.2, "medium"), (0.05, "low")):
        if share >= bound:
            return f"{100 * share:.0f} %", level
    return f"{100 * share:.0f} %", "conflict"


COMPARISONS = {
    "identifier": identifier,
    "declared": declared,
    "title": title,
    "difference": difference,
    "authors": authors,
    "journal": journal,
    "volume": volume,
    "pages": pages,
    "year": year,
    "abstract": abstract,
}
