"""Comparisons of two pieces of news: each looks at one thing and answers with a level.

A comparison is a function of two profiles that returns a readable value and a level; what a
level weighs is in `MatchWeights`. "missing" means that one side says nothing about it.
"""

from __future__ import annotations

import re

from rapidfuzz.distance import Indel
from rapidfuzz.fuzz import ratio, token_sort_ratio

from .profile import Profile

Finding = tuple[str, str]  # value, level

_UNKNOWN = 0.95  # weight of a word that no more than one document in 700 has


def shared_weight(a: Profile, b: Profile) -> float:
    """The share, by word weight, of the words of both titles that are in both; 0…1."""
    both = a.title_weights.keys() & b.title_weights.keys()
    common = sum(a.title_weights[s] for s in both)
    union = sum(a.title_weights.values()) + sum(b.title_weights.values()) - common
    return common / union if union else 0.0


def likeness(a: Profile, b: Profile) -> float:
    """How alike two titles are letter by letter, 0…100, in the given or in sorted word order."""
    return max(ratio(a.title, b.title), token_sort_ratio(a.title, b.title))


def own_words(a: Profile, b: Profile) -> tuple[frozenset[str], frozenset[str]]:
    """The title words that each side has for itself.

    Words that are joined on the other side ("health care", "healthcare") or spelt alike
    (three letters of four) do not count as own.
    """
    left = a.title_weights.keys() - b.title_weights.keys()
    right = b.title_weights.keys() - a.title_weights.keys()
    mine = frozenset(s for s in left if not _within(s, b) and not _spelt_alike(s, right))
    theirs = frozenset(s for s in right if not _within(s, a) and not _spelt_alike(s, left))
    return mine, theirs


def _within(word: str, p: Profile) -> bool:
    """Joined to another word of the title; a figure only where it is not part of a longer one."""
    if word.isdigit():
        return re.search(rf"(?<!\d){word}(?!\d)", p.title) is not None
    return word in p.squeezed


def _spelt_alike(word: str, others: frozenset[str] | set[str]) -> bool:
    return not word.isdigit() and any(Indel.normalized_similarity(word, o) >= 0.75 for o in others)


def identifier(a: Profile, b: Profile) -> Finding:
    """Registered names: the same video or record, or the same paper spoken of."""
    for scheme in sorted(a.ids.keys() & b.ids.keys()):
        if both := a.ids[scheme] & b.ids[scheme]:
            return f"both are {scheme}:{min(both)}", "exact"
    if both := a.cited & b.cited:
        return f"both name {min(both)}", "cited"
    return ("", "missing") if not (a.cited and b.cited) else ("name different papers or trials", "conflict")


def url(a: Profile, b: Profile) -> Finding:
    """Addresses: equal, one linking to the other, equal but for date and host, or two pages of one site."""
    if both := a.addresses & b.addresses:
        return f"{min(both)}", "exact"
    if a.addresses & b.outgoing or b.addresses & a.outgoing:
        return "one links to the other", "linked"
    if not a.addresses or not b.addresses:
        return "", "missing"
    if len(a.slug) >= 4 and len(a.slug & b.slug) >= 0.8 * len(a.slug | b.slug):
        return "-".join(sorted(a.slug & b.slug)), "slug"
    return ("two pages of one site", "site") if a.domain == b.domain else ("different sites", "different")


def title(a: Profile, b: Profile) -> Finding:
    """Titles: letters first, then the weight of the words they share."""
    if not a.title_stems or not b.title_stems:
        return "", "missing"
    if a.squeezed == b.squeezed:
        return "equal", "exact" if sum(a.title_weights.values()) >= 1.5 else "short"
    letters, shared = likeness(a, b), shared_weight(a, b)
    value = f"letters {letters:.0f} %, words {100 * shared:.0f} %"
    if letters >= 92 or shared >= 0.85:
        return value, "near"
    if letters >= 80 or shared >= 0.6:
        return value, "high"
    for least, level in ((0.4, "medium"), (0.25, "low"), (0.12, "faint")):
        if shared >= least:
            return value, level
    return value, "none"


def difference(a: Profile, b: Profile) -> Finding:
    """Words that only one title has: one side only is a cut or an addition, both sides a substitution."""
    mine, theirs = own_words(a, b)
    value = f"{' '.join(sorted(mine)) or '-'} / {' '.join(sorted(theirs)) or '-'}"
    if not mine and not theirs:
        return value, "none"
    lighter = min(sum(a.title_weights[s] for s in mine), sum(b.title_weights[s] for s in theirs))
    if lighter == 0:
        return value, "one side"
    return value, "both sides, light" if lighter < 0.9 else "both sides"


def excerpt(a: Profile, b: Profile) -> Finding:
    """Excerpts: how much of the shorter one stands, in runs of five words, in the other."""
    least = min(len(a.runs), len(b.runs))
    if least < 4:
        return "", "missing"
    both = len(a.runs & b.runs)
    value = f"{both} of {least} runs of five words"
    if both >= 0.9 * least and both >= 20:
        return value, "whole"
    if both >= 0.75 * least and both >= 8:
        return value, "exact"
    if (both >= 0.35 * least and both >= 6) or both >= 18:
        return value, "high"
    if both >= 4:
        return value, "medium"
    return value, "low" if both else "none"


def lead(a: Profile, b: Profile) -> Finding:
    """How many words the two excerpts begin with in common: one text opens in one way."""
    if not a.lead or not b.lead:
        return "", "missing"
    both = 0
    for x, y in zip(a.lead, b.lead, strict=False):
        if x != y:
            break
        both += 1
    for least, level in ((9, "exact"), (6, "high"), (4, "medium")):
        if both >= least:
            return f"{both} words", level
    return f"{both} words", "none"


def market(a: Profile, b: Profile) -> Finding:
    """Reports about one market."""
    if a.market and a.market == b.market:
        return " ".join(sorted(a.market)), "exact"
    return "", "missing"


def topic(a: Profile, b: Profile) -> Finding:
    """All words of title and excerpt by weight: the cosine of the two vectors."""
    small, large = (a.vector, b.vector) if len(a.vector) <= len(b.vector) else (b.vector, a.vector)
    cosine = sum(v * large[s] for s, v in small.items() if s in large)
    for least, level in (
        (0.6, "exact"),
        (0.45, "high"),
        (0.33, "medium"),
        (0.24, "fair"),
        (0.16, "low"),
        (0.08, "faint"),
    ):
        if cosine >= least:
            return f"{cosine:.2f}", level
    return f"{cosine:.2f}", "none"


def told(a: Profile, b: Profile) -> Finding:
    """How much of each title, by weight, the other item says anywhere: the mean of both directions."""
    if not a.title_weights or not b.title_weights:
        return "", "missing"
    share = 0.0
    for one, other in ((a, b), (b, a)):
        whole = sum(one.title_weights.values())
        share += sum(w for s, w in one.title_weights.items() if s in other.weigh) / whole / 2 if whole else 0.0
    value = f"{100 * share:.0f} % of the titles"
    for least, level in (
        (0.85, "exact"),
        (0.7, "high"),
        (0.55, "medium"),
        (0.4, "fair"),
        (0.25, "low"),
        (0.12, "faint"),
    ):
        if share >= least:
            return value, level
    return value, "none"


def surprise(a: Profile, b: Profile) -> Finding:
    """The weight of all words in common: a few rare ones say more than many common ones."""
    small, large = (a.weigh, b.weigh) if len(a.weigh) <= len(b.weigh) else (b.weigh, a.weigh)
    common = [s for s in small if s in large]
    total = sum(small[s] ** 2 for s in common)
    value = f"{total:.1f} in {len(common)} words"
    for least, level in ((6.0, "exact"), (4.2, "high"), (3.0, "medium"), (2.0, "fair"), (1.2, "low"), (0.6, "faint")):
        if total >= least:
            return value, level
    return value, "none"


def phrases(a: Profile, b: Profile) -> Finding:
    """Pairs of neighbouring words in common, by weight."""
    common = a.phrases & b.phrases
    total = sum(min(1.0, (a.weigh[x] + a.weigh[y]) / 2 + 0.2) for x, y in common)
    value = ", ".join(sorted(f"{x} {y}" for x, y in common)[:6])
    for least, level in ((5.0, "exact"), (3.0, "high"), (1.8, "medium"), (0.9, "fair"), (0.3, "low")):
        if total >= least:
            return value, level
    return value, "none"


def names(a: Profile, b: Profile) -> Finding:
    """Proper names in both, by weight; a word that the snapshot does not know, in both titles, is as good as one."""
    unknown = {s for s in a.title_weights.keys() & b.title_weights.keys() if a.title_weights[s] >= _UNKNOWN}
    if not unknown and not (a.names and b.names):
        return "", "missing"
    both = {n for n in a.names | b.names if n in a.weigh and n in b.weigh} | unknown
    weight = sum(a.weigh[n] for n in both)
    value = ", ".join(sorted(both)) or "none in common"
    for least, level in ((3.0, "exact"), (1.8, "high"), (0.9, "medium"), (0.3, "low")):
        if weight >= least:
            return value, level
    return value, "none"


def entities(a: Profile, b: Profile) -> Finding:
    """Names of two words and more that one text shows and the other has, anywhere and in any case, by weight.

    People, institutions, products, studies: "Monk Skin Tone" says more than its words.
    """
    if (not a.entities and not b.entities) or a.domain == b.domain:
        return "", "missing"  # a publisher names itself and its products in everything
    both = {e for e in a.entities if f" {' '.join(e)} " in b.said} | {
        e for e in b.entities if f" {' '.join(e)} " in a.said
    }
    whole = {e for e in both if not any(e != f and " ".join(e) in " ".join(f) for f in both)}
    weight = sum(max(a.lexicon.weight(w) for w in e) for e in whole)
    value = ", ".join(sorted(" ".join(e) for e in whole)) or "none in common"
    for least, level in ((1.6, "exact"), (0.8, "high"), (0.4, "medium")):
        if weight >= least:
            return value, level
    return value, "low" if both else "none"


def numbers(a: Profile, b: Profile) -> Finding:
    """Quantities in both; different ones in both titles speak against."""
    if both := a.numbers & b.numbers:
        return ", ".join(sorted(both)), "high" if len(both) > 1 else "medium"
    if a.title_numbers and b.title_numbers:
        return f"{min(a.title_numbers)} / {min(b.title_numbers)}", "conflict"
    return ("different", "different") if a.numbers and b.numbers else ("", "missing")


def provider(a: Profile, b: Profile) -> Finding:
    """Who publishes: the same site, sites that share texts, or others."""
    if a.domain == b.domain:
        return a.domain, "same" if a.domain else "missing"
    return (a.family, "family") if a.family == b.family else (f"{a.domain} / {b.domain}", "different")


def gap_days(a: Profile, b: Profile) -> float | None:
    """Days between two publications; None when one of them is undated."""
    return None if a.day is None or b.day is None else abs(a.day - b.day)


def time(a: Profile, b: Profile) -> Finding:
    """Days between the two publications."""
    gap = gap_days(a, b)
    if gap is None:
        return "", "missing"
    for most, level in (
        (0.6, "hours"),
        (1.6, "a day"),
        (4.0, "days"),
        (8.0, "a week"),
        (14.0, "a fortnight"),
        (60.0, "two months"),
    ):
        if gap <= most:
            return f"{gap:.1f} days", level
    return f"{gap:.0f} days", "far"


def picture(a: Profile, b: Profile) -> Finding:
    """The same picture address under both."""
    if not a.pictures or not b.pictures:
        return "", "missing"
    both = a.pictures & b.pictures
    return (min(both), "exact") if both else ("different", "none")


COMPARISONS = {
    "identifier": identifier,
    "url": url,
    "title": title,
    "difference": difference,
    "excerpt": excerpt,
    "lead": lead,
    "topic": topic,
    "told": told,
    "surprise": surprise,
    "phrases": phrases,
    "names": names,
    "entities": entities,
    "numbers": numbers,
    "provider": provider,
    "time": time,
    "picture": picture,
    "market": market,
}
