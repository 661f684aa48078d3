"""Dermatology and AI: owns the two sums of an item, their reasons, and the decision.

Each side is the probability that at least one of its terms means what it seems to, taken as
independent: 1 - (1 - w1)(1 - w2)…, where w is a term's weight times that of its field. A term
counts once per field. Terms that speak against take their share off dermatology and its
borders; what they call into question is a bare "skin" or "lesion", so a title that names a
disease keeps most of its weight. The score is the weaker side, so one number is compared with
two thresholds.

Borderline subjects (burns, wounds, hair, psoriatic arthritis, skin-tone scales: next to
dermatology, and an editor's decision) can lift an item to review, never to acceptance.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Literal

from ..model import Item, Reason
from ..rules import TriageRules
from .lexicon import Hit

Decision = Literal["accept", "review", "reject"]

Subjects = Mapping[tuple[str, str], str]  # (group, term as told) -> what it is a word for

KEPT = "kept"  # the flag of an item whose import skips triage (`import --keep-all`)
_JUST_BELOW = 0.01  # a borderline subject ends that much short of acceptance
_DISEASE_KEEPS = 0.6  # share of dermatology that is left at least when the title names a disease of the skin
_ONLY_IN_PASSING = 0.5  # share of dermatology left in a text whose title names a borderline subject only


@dataclass(frozen=True, slots=True)
class Relevance:
    """The two sides of an item (0…1), what led to them, and what they mean."""

    dermatology: float
    ai: float
    score: float
    decision: Decision
    because: str
    reasons: tuple[Reason, ...]


def relevance(found: Iterable[tuple[str, Hit]], rules: TriageRules) -> Relevance:
    """What the terms `found`, pairs of field name and hit, decide under `rules`, before any exception."""
    reasons, subjects = _reasons(found, rules)
    derm, edge, ai = (_side(_of(reasons, group)) for group in ("derm", "borderline", "ai"))
    against = prod(1 - reason.weight for reason in _of(reasons, "against"))
    if any(reason.field == "title" and ("derm", reason.term) in subjects for reason in _of(reasons, "derm")):
        against = max(against, _DISEASE_KEEPS)  # "skin" may be a robot's, eczema may not
    in_title = {reason.group for reason in reasons if reason.field == "title"}
    if "borderline" in in_title and "derm" not in in_title:
        derm *= _ONLY_IN_PASSING
    derm, edge = round(derm * against, 3), edge * against
    on_the_edge = derm < rules.accept and edge > derm
    side = min(edge, rules.accept - _JUST_BELOW) if on_the_edge else derm
    score = round(min(side, ai), 3)
    if score >= rules.accept:
        return Relevance(
            derm, ai, score, "accept", f"dermatology: {_first(reasons, 'derm')}; AI: {_first(reasons, 'ai')}", reasons
        )
    wanting = _wanting(reasons, subjects if on_the_edge and side >= rules.review else {}, side, rules)
    if not _of(reasons, "ai"):
        wanting.append("no AI term")
    elif ai < rules.accept:
        wanting.append(f"too little AI: {_first(reasons, 'ai')}")
    return Relevance(derm, ai, score, "review" if score >= rules.review else "reject", "; ".join(wanting), reasons)


def exceptions(found: Relevance, item: Item, *, trusted_topic: bool, unreadable: bool) -> tuple[Decision, str]:
    """The decision after what an item is, beside what it says: nothing on the topic is dropped unseen.

    `trusted_topic`: the source's own query is the filter. `unreadable`: the title is in a
    script that the vocabulary has no words in. An item that an editor brought (`imported`,
    and not merely named in another one's list) is held where a collected one would be dropped.
    """
    if KEPT in item.flags:
        return "accept", f"kept by the import that brought it ({found.because})"
    if item.imported and not item.url and not item.listed_by:
        return "review", f"no link: held for an editor ({found.because})"
    if found.decision != "reject":
        return found.decision, found.because
    if unreadable:
        return "review", "the title is in a script that the vocabulary does not cover"
    if trusted_topic:
        return "review", f"the source's own query is on the topic, but: {found.because}"
    if item.imported and not item.listed_by:
        return "review", f"brought by an editor, but: {found.because}"
    return "reject", found.because


def _reasons(found: Iterable[tuple[str, Hit]], rules: TriageRules) -> tuple[tuple[Reason, ...], Subjects]:
    """The terms, heaviest first, each once per field; and what those that have a subject are words for."""
    best: dict[tuple[str, str, str], float] = {}
    subjects: dict[tuple[str, str], str] = {}
    told: dict[tuple[str, str, str], str] = {}
    for where, hit in found:
        for sense in hit.senses:
            weight = round(sense.weight * rules.fields.get(where, 0.0), 3)
            if not weight:  # a phrase that only keeps its inner word from counting
                continue
            key = (sense.group, hit.term, where)
            best[key] = max(best.get(key, 0.0), weight)
            # The vocabulary's word, or the text's own where that gives only a beginning.
            name = told.setdefault(key, hit.said.lower() if hit.term.endswith("*") else hit.term)
            if sense.subject:
                subjects[sense.group, name] = sense.subject
    ordered = sorted(best.items(), key=lambda entry: (-entry[1], entry[0]))
    reasons = tuple(Reason(group=key[0], term=told[key], field=key[2], weight=weight) for key, weight in ordered)
    return reasons, subjects


def _wanting(reasons: tuple[Reason, ...], subjects: Subjects, side: float, rules: TriageRules) -> list[str]:
    """What keeps the side of dermatology from acceptance; `subjects` of terms that make it borderline."""
    edge = next((reason for reason in _of(reasons, "borderline") if ("borderline", reason.term) in subjects), None)
    against = _first(reasons, "against")
    if side >= rules.accept:
        return []
    if edge is not None:
        said = [f"borderline subject, {subjects['borderline', edge.term]}: {_quoted(edge)}"]
    elif _of(reasons, "derm") or _of(reasons, "borderline"):
        said = [f"too little dermatology: {_first(reasons, 'derm') or _first(reasons, 'borderline')}"]
    else:
        said = ["no dermatology term"]
    return [*said, f"against it: {against}"] if against else said


def _of(reasons: Iterable[Reason], group: str) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if reason.group == group)


def _side(reasons: Iterable[Reason]) -> float:
    return round(1 - prod(1 - reason.weight for reason in reasons), 3)


def _first(reasons: tuple[Reason, ...], group: str) -> str:
    heaviest = next(iter(_of(reasons, group)), None)
    return _quoted(heaviest) if heaviest else ""


def _quoted(reason: Reason) -> str:
    return f'"{reason.term}" in the {reason.field}'
