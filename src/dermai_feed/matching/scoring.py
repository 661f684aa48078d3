"""Scoring: two items compared, the bits added up, the level decided.

Identifiers decide first. Otherwise the sum of the comparisons' weights is the log-odds of a
yes, and since no single text comparison weighs enough, at least two have to agree. A veto
stands above the sum, an equal identifier or address above the veto.

=====================  ==========================================
two records            `citations` says one work; a declared relation or a notice joins their story
two pieces of news     `copies` says one work, `stories` (or `headlines`, without texts) one story
a record and news      `coverage` says one story, never one work
=====================  ==========================================
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

from rapidfuzz.distance import Indel

from ..codec import to_python
from ..model import Comparison, Edge, Item, Level
from ..rules import MatchWeights, Scale
from . import coverage, news, notices, records, vetoes
from .profile import Profile, profile
from .sketch import Sketch, cosine
from .wording import words

_CERTAIN = 12.0  # bits that an identifier, an address or a declared relation is worth at least
_DECLARED = 10.0  # bits of one story, where a record or a text names the other
_ONE_TEXT = 6.0  # bits of equal words, see `_one_text`
_LONG = 25  # runs of five words, from which on an excerpt is no formula
_RELATED = 0.45  # cosine of two records from which on the one is worth showing beside the other
_COARSE = 0.006  # by which the cosine of two sketches may lie below `news.topic`, which rounds to two places
_SLIP = 1e-6  # bits by which a sum may differ with the order of its terms
_ALIKE = 2.0  # bits of two records that are one work by rule or by sum

_REISSUE = re.compile(r"(?:clarification|refile|re-?transmission|corrected|update \d+|wrapup \d+)\b")

P = TypeVar("P", bound=records.Recorded)
Comparisons = Mapping[str, Callable[[Profile, Profile], news.Finding]]
Findings = Mapping[str, news.Finding]


def compare(a: Item, b: Item, weights: MatchWeights) -> Edge:
    """How strongly two items belong together, with every comparison behind it.

    Symmetric: the edge's ends are ordered by id. `level` is "work", "story", "related" or None;
    `veto` names the rule that forbade more than the level says. Weights are bits.

    Raises: ValueError when both are one item.
    """
    if a.id == b.id:
        raise ValueError(f"item {a.id} cannot be compared with itself")
    return judge(profile(a, weights), profile(b, weights), weights)


def judge(a: Profile, b: Profile, weights: MatchWeights, found: Findings | None = None) -> Edge:
    """`compare` for profiles at hand; `found` are their findings where these are known."""
    one, other = (a, b) if a.item.id < b.item.id else (b, a)
    found = findings(one, other) if found is None else found
    if one.literature and other.literature:
        return _records(one, other, found, weights)
    if one.literature or other.literature:
        return _coverage(one, other, found, weights)
    return _news(one, other, found, weights)


def tie(a: Item, b: Item, weights: MatchWeights) -> Edge | None:
    """The edge between two items, if it says more than that they are apart; quicker than `compare`."""
    return link(profile(a, weights), profile(b, weights), weights)


def ties(pairs: Iterable[tuple[str, str]], items: Mapping[str, Item], weights: MatchWeights) -> Iterator[Edge]:
    """`tie` for many pairs of ids: each item is made ready once."""
    ready: dict[str, Profile] = {}
    most = tops(weights.citations)
    for pair in pairs:
        for id_ in pair:
            if id_ not in ready:
                ready[id_] = profile(items[id_], weights)
        if (edge := link(ready[pair[0]], ready[pair[1]], weights, most)) is not None:
            yield edge


def link(a: Profile, b: Profile, weights: MatchWeights, most: Mapping[str, float] | None = None) -> Edge | None:
    """`tie` for profiles at hand; `most` is what `tops` says of the weights of citations, where it is known."""
    if not (a.literature or b.literature) and _own_series(a, b) and not _one_place(a, b):
        return None
    if a.literature and b.literature and _unlike_records(a, b, weights.citations, most or tops(weights.citations)):
        return None
    edge = judge(a, b, weights)
    return edge if edge.level is not None else None


# What two records are compared by, the quick ones first: those that a sketch is enough for, and all.
_SKETCHED = {
    "year": records.year, "pages": records.pages, "volume": records.volume, "authors": records.authors,
    "journal": records.journal, "title": records.title,
}  # fmt: skip
_QUICK = {**_SKETCHED, "abstract": records.abstract}


def tops(scale: Scale) -> Mapping[str, float]:
    """The bits that each comparison of two records can bring at best."""
    return {name: max(0.0, *scale.bits.get(name, {}).values()) for name in (*_QUICK, "difference")}


def strangers(a: Sketch, b: Sketch, scale: Scale, most: Mapping[str, float]) -> bool:
    """Whether `link` is sure to find nothing between two records; False where their profiles have to be asked."""
    if not (a.literature and b.literature) or a.notice or b.notice or cosine(a, b) >= _RELATED - _COARSE:
        return False
    return _apart(a, b, _SKETCHED, scale, most)


def _unlike_records(a: Profile, b: Profile, scale: Scale, most: Mapping[str, float]) -> bool:
    """Whether `_records` is sure to find two records apart."""
    if a.notice or b.notice or float(news.topic(a, b)[0]) >= _RELATED:
        return False
    return _apart(a, b, _QUICK, scale, most)


def _apart(
    a: P, b: P, comparisons: Mapping[str, Callable[[P, P], news.Finding]], scale: Scale, most: Mapping[str, float]
) -> bool:  # fmt: skip
    """Whether two records that are not notices are sure to be no work: told from as few comparisons as will do.

    A sum that the best levels of all that is left cannot lift to `scale.merge` is no work, and
    neither a relation, a version nor a translation is possible. Of a hundred pairs that share a key
    some ninety end here, after two or three of ten comparisons.
    """
    told = records.identifier(a, b)[1]
    if told == "exact" or records.declared(a, b)[1] == "exact":
        return False
    best = _SLIP + scale.prior + scale.bits.get("identifier", {}).get(told, 0.0) + sum(most.values())
    levels: dict[str, str] = {}
    for name, compared in comparisons.items():
        if probability(best) < scale.merge and _no_version(a, b, levels):
            return True
        levels[name] = compared(a, b)[1]
        best += scale.bits.get(name, {}).get(levels[name], 0.0) - most[name]
    return probability(best) < scale.merge and _no_version(a, b, levels)


def _no_version(a: records.Recorded, b: records.Recorded, levels: Mapping[str, str]) -> bool:
    """Whether the `levels` found so far rule out what `_versions` and `_translations` look for."""
    apart = levels.get("authors", "exact") in {"low", "conflict", "missing"}
    no_version = a.record.preprint == b.record.preprint or apart
    elsewhere = "conflict" in {levels.get("authors"), levels.get("journal")}
    other_year = levels.get("year", "exact") not in {"exact", "near", "missing"}
    titles = levels.get("title", "exact") in {"medium", "low", "none", "missing", "short"}
    return titles or (no_version and (elsewhere or other_year))


def _own_series(a: Profile, b: Profile) -> bool:
    """Two instalments of one publisher's series: they are neither one story nor of use as a link."""
    return bool(a.domain) and a.domain == b.domain and bool(vetoes.one_series(a, b))


def _one_place(a: Profile, b: Profile) -> bool:
    """An identifier or address of both, own or spoken of, which stands above any veto."""
    if a.addresses & b.addresses or a.cited & b.cited:
        return True
    return any(a.ids[scheme] & b.ids[scheme] for scheme in a.ids.keys() & b.ids.keys())


def findings(a: Profile, b: Profile) -> Findings:
    """Every comparison that applies to two profiles, by name; a function of the word weights alone."""
    table: Comparisons = news.COMPARISONS
    if a.literature and b.literature:
        table = records.COMPARISONS
    elif a.literature or b.literature:
        table = coverage.COMPARISONS
    return {name: function(a, b) for name, function in table.items()}


def bits(found: Findings, scale: Scale) -> float:
    """The prior and the weights of all levels found."""
    return scale.prior + sum(scale.bits.get(name, {}).get(level, 0.0) for name, (_, level) in found.items())


def probability(weight: float) -> float:
    """The probability of which `weight` bits are the log-odds."""
    return float(1.0 / (1.0 + 2.0 ** -max(-60.0, min(60.0, weight))))


def without_text(a: Profile, b: Profile) -> bool:
    """True where two pieces of news have their headlines and nothing else to compare."""
    return len(a.runs) < 4 and len(b.runs) < 4


def _news(a: Profile, b: Profile, found: Findings, weights: MatchWeights) -> Edge:
    certain = found["identifier"][1] == "exact" or found["url"][1] == "exact"
    story = weights.headlines if without_text(a, b) else weights.stories
    work_bits, story_bits = bits(found, weights.copies), bits(found, story)
    one_text = _one_text(a, b, found, weights)
    near = one_text or _within(a, b, weights.window_days)
    if certain:
        return _edge(a, b, found, weights.copies, "work", max(work_bits, _CERTAIN), weights)
    apart = vetoes.of_story(a, b)
    not_one = apart or vetoes.of_work(a, b)
    if not not_one and one_text:
        return _edge(a, b, found, weights.copies, "work", max(work_bits, _ONE_TEXT), weights)
    if not not_one and near and probability(work_bits) >= weights.copies.merge:
        return _edge(a, b, found, weights.copies, "work", work_bits, weights)
    if found["identifier"][1] == "cited" and not (a.roundup or b.roundup):
        return _edge(a, b, found, story, "story", max(story_bits, _DECLARED), weights, not_one)
    enough = signals(found) >= (1 if story is weights.headlines else 2)
    near = near or found["url"][1] == "linked"
    late = not near and a.domain != b.domain and _within(a, b, weights.late_days) and _texts_agree(found)
    least = max(weights.late, story.merge) if late else story.merge
    if enough and not apart and (near or late) and probability(story_bits) >= least:
        return _edge(a, b, found, story, "story", story_bits, weights, not_one)
    level: Level | None = "related" if probability(story_bits) >= weights.related else None
    if apart and _own_series(a, b):
        level = None
    return _edge(a, b, found, story, level, story_bits, weights, not_one or ("" if near else _late(a, b, weights)))


def _texts_agree(found: Findings) -> bool:
    """Whether the likeness is in the texts: weeks later a title alone may be any other event's."""
    return found["topic"][1] in {"exact", "high"} or found["excerpt"][1] in {"whole", "exact", "high", "medium"}


# Which levels of which comparisons are a signal that two items tell one event, by the kind of signal.
# Time and provider are none: much is published on one day, and by one publisher.
_SIGNALS: Mapping[str, Mapping[str, frozenset[str]]] = {
    "title": {
        "title": frozenset({"exact", "near", "short", "high", "medium", "low"}),
    },
    "told": {"told": frozenset({"exact", "high", "medium", "fair"})},
    "words": {
        "topic": frozenset({"exact", "high", "medium", "fair"}),
        "surprise": frozenset({"exact", "high", "medium", "fair"}),
        "phrases": frozenset({"exact", "high", "medium", "fair"}),
    },
    "excerpt": {
        "excerpt": frozenset({"whole", "exact", "high", "medium", "low"}),
        "lead": frozenset({"exact", "high", "medium"}),
    },
    "names": {"names": frozenset({"exact", "high", "medium"}), "entities": frozenset({"exact", "high"})},
    "numbers": {"numbers": frozenset({"high", "medium"})},
    "picture": {"picture": frozenset({"exact"})},
    "links": {"url": frozenset({"linked", "slug"}), "identifier": frozenset({"cited"})},
}


def signals(found: Findings) -> int:
    """How many kinds of signal agree that two pieces of news tell one event.

    Two have to where there are texts (the design's rule: never by one likeness alone), one where
    there are headlines only.
    """
    return sum(any(found[name][1] in levels for name, levels in kind.items()) for kind in _SIGNALS.values())


def _within(a: Profile, b: Profile, days: float) -> bool:
    gap = news.gap_days(a, b)
    return gap is None or gap <= days


def _late(a: Profile, b: Profile, weights: MatchWeights) -> str:
    gap = news.gap_days(a, b) or 0.0
    rule = f"texts alone join within {weights.window_days:.0f}"
    if gap <= weights.late_days:
        rule += f", until {weights.late_days:.0f} from a probability of {weights.late:g} on"
    return f"{gap:.0f} days apart, {rule}"


def _one_text(a: Profile, b: Profile, found: Findings, weights: MatchWeights) -> bool:
    """The same words, which is as good as an identifier.

    Title and excerpt agree, or on two sites a telling title does, or one site announces a market
    report again with the same excerpt: these hold at any distance in time. Within the window also
    a long excerpt on two sites that agrees from its first word on, and an agency's text, issued
    again under a title that only says so.
    """
    titles, excerpts, opening = found["title"][1], found["excerpt"][1], found["lead"][1]
    one_site = a.domain == b.domain
    if excerpts in {"whole", "exact"} and titles in {"exact", "near"} and not found["difference"][1].startswith("both"):
        return True
    if excerpts == "whole" and one_site and found["market"][1] == "exact":
        return True
    if titles == "exact" and not one_site and sum(a.title_weights.values()) >= 2.5 and len(a.title_stems) >= 5:
        return True
    if not _within(a, b, weights.window_days):
        return False
    if excerpts == "whole" and opening == "exact" and not one_site and len(a.runs & b.runs) >= _LONG:
        return True
    again = _REISSUE.match(a.title_whole) or _REISSUE.match(b.title_whole)
    return bool(again) and opening in {"exact", "high"}


def _records(a: Profile, b: Profile, found: Findings, weights: MatchWeights) -> Edge:
    weight = bits(found, weights.citations)
    veto = vetoes.of_work(a, b)
    certain = found["identifier"][1] == "exact"
    relation = found["declared"][1] == "exact"
    if a.notice != b.notice and (certain or relation or _announces(a, b)):
        return _edge(a, b, found, weights.citations, "story", max(weight, _DECLARED), weights, veto)
    # A paper that names another by its DOI is a version of it when that is a preprint, or bears its title and authors.
    named = found["title"][1] == "exact" and found["authors"][1] == "exact"
    version = relation and (a.record.preprint or b.record.preprint or named)
    if (certain or version) and not a.notice and not b.notice:
        return _edge(a, b, found, weights.citations, "work", max(weight, _CERTAIN), weights)
    if not veto and (
        probability(weight) >= weights.citations.merge or _versions(a, b, found) or _translations(a, b, found)
    ):
        return _edge(a, b, found, weights.citations, "work", max(weight, _ALIKE), weights)
    cosine, _ = news.topic(a, b)
    if float(cosine) >= _RELATED:
        return _edge(a, b, found, weights.citations, "related", weight, weights, veto)
    return _edge(a, b, found, weights.citations, None, weight, weights, veto)


def _versions(a: Profile, b: Profile, found: Findings) -> bool:
    """A preprint and its version of record: title and authors agree, and no more than three years lie between."""
    if a.record.preprint == b.record.preprint:
        return False
    years = abs(a.record.year - b.record.year) if a.record.year and b.record.year else 0
    titles, names = found["title"][1], found["authors"][1]
    return years <= 3 and (
        (titles in {"exact", "near", "part"} and names in {"exact", "high"}) or (titles == "high" and names == "exact")
    )


# Function words of the languages in which journals print beside English, none of them English.
_FOREIGN = frozenset(
    re.findall(
        r"\w+",
        """der die das und von fur mit bei einer eines einem zur zum dem den des im nach
        le la les des du et dans chez avec pour une aux sur el los las del con por para una en y e o os da do das dos
        em na no il lo gli della delle nei nella di""",
    )
) - {"die", "do", "no", "en", "dos", "o", "e"}


def _translations(a: Profile, b: Profile, found: Findings) -> bool:
    """One article under two records, of which one has the title in its own language before the English one."""
    if found["title"][1] not in {"part", "exact", "near"} or {found["authors"][1], found["journal"][1]} & {"conflict"}:
        return False
    if found["year"][1] not in {"exact", "near", "missing"}:
        return False
    short, long = sorted((a, b), key=lambda p: len(p.squeezed))
    before = long.title[: max(0, len(long.title) - len(short.title))]
    if len(short.title_stems) < 4 or not long.squeezed.endswith(short.squeezed) or len(before) < 15:
        return False
    told = words(before)
    return any(w in _FOREIGN for w in told) and not any(w in {"of", "the", "and", "for", "with", "to"} for w in told)


_SUBJECT_ALIKE = 0.93  # of the letters, for a notice's title may be typed anew


def _announces(a: Profile, b: Profile) -> bool:
    """One is a notice whose title names the other."""
    for one, other in ((a, b), (b, a)):
        if not one.notice or other.notice or not other.squeezed:
            continue
        subject = "".join(c for c in notices.subject(one.title_whole) if c.isalnum())
        told, of = subject[: len(other.squeezed[:120])], other.squeezed[:120]
        if len(subject) >= 20 and Indel.normalized_similarity(told, of) >= _SUBJECT_ALIKE:
            return True
    return False


def _coverage(a: Profile, b: Profile, found: Findings, weights: MatchWeights) -> Edge:
    weight = bits(found, weights.coverage)
    named = found["identifier"][1] == "exact" or found["url"][1] == "exact"
    if named and not (a.roundup or b.roundup):
        return _edge(a, b, found, weights.coverage, "story", max(weight, _DECLARED), weights)
    if probability(weight) >= weights.coverage.merge:
        return _edge(a, b, found, weights.coverage, "story", weight, weights)
    level: Level | None = "related" if probability(weight) >= weights.related else None
    return _edge(a, b, found, weights.coverage, level, weight, weights)


def _edge(
    a: Profile, b: Profile, found: Findings, scale: Scale, level: Level | None, weight: float, weights: MatchWeights,
    veto: str = "",
) -> Edge:  # fmt: skip
    return Edge(
        a=a.item.id,
        b=b.item.id,
        level=level,
        weight=round(weight, 3),
        probability=round(probability(weight), 4),
        comparisons=tuple(
            Comparison(name=name, value=value, level=at, weight=round(scale.bits.get(name, {}).get(at, 0.0), 2))
            for name, (value, at) in found.items()
        ),
        veto=veto,
        snapshot=snapshot(weights),
    )


@lru_cache(maxsize=64)
def snapshot(weights: MatchWeights) -> str:
    """The name of a snapshot: its number and eight characters of its content's hash."""
    text = json.dumps(to_python(weights), sort_keys=True, ensure_ascii=False)
    return f"{weights.number}-{sha256(text.encode()).hexdigest()[:8]}"
