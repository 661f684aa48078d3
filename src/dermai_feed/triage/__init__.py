"""Triage: `Item` -> `Verdict`, with the reason for everything it says.

Is an item about dermatology *and* AI (`relevance`)? What is it (`kinds`), what about
(`subjects`), and what does it say of its evidence (`evidence`)? All from one reading of its
words (`lexicon`) by the vocabulary in `config/triage.yaml` and the terms that hand-outs define.
Pure: no clock, no disk, no network; the same item and rules give the same verdict.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from hashlib import sha256

from ..model import Item, Term, Verdict
from ..rules import TriageRules
from .evidence import labels_of
from .kinds import Places, kind_of
from .lexicon import Hit, Lexicon, words
from .relevance import exceptions, relevance
from .subjects import conditions_of, themes_of, topics_of
from .vocabulary import is_unreadable, label_terms, relevance_terms

__all__ = ["Triage", "explain"]

_METHOD = 1  # version of what this package does with the rules; a change makes every verdict stale


class Triage:
    """The rules and the terms of hand-outs, made ready to judge items.

    `rules` is `config/triage.yaml`; `terms` are words that a source defines or uses as a
    heading. `hash` names both and the method: a verdict with another hash is stale.

    Raises: ValueError naming a term that cannot be searched for (see `lexicon.Lexicon`).
    """

    def __init__(self, rules: TriageRules, terms: Iterable[Term] = ()) -> None:
        known = sorted({(term.group, term.text) for term in terms})
        self._rules = rules
        self._relevance = Lexicon(relevance_terms(rules, known))
        self._labels = Lexicon(label_terms(rules, known))
        self._places = Places.of(rules.hosts)
        written = json.dumps([_METHOD, asdict(rules), known], sort_keys=True, ensure_ascii=False)
        self.hash = sha256(written.encode()).hexdigest()[:16]

    def __call__(self, item: Item, *, trusted_topic: bool = False) -> Verdict:
        """The verdict on `item`. Total: any item gets one.

        `trusted_topic` says that the source's own query is the filter (`needs_filter: false`):
        the item is scored and explained as any other, but not rejected.
        """
        spoken: list[tuple[str, Hit]] = []
        labelled: list[tuple[str, Hit]] = []
        for where, text in _fields(item):
            read = words(text)
            spoken.extend((where, hit) for hit in self._relevance.find(read))
            if where in ("title", "excerpt"):
                labelled.extend((where, hit) for hit in self._labels.find_all(read))
        found = relevance(spoken, self._rules)
        decision, because = exceptions(
            found, item, trusted_topic=trusted_topic, unreadable=not found.reasons and is_unreadable(item.title)
        )
        return Verdict(
            item_id=item.id,
            decision=decision,
            score=found.score,
            reasons=found.reasons,
            because=because,
            kind=kind_of(item, self._places),
            topics=topics_of(labelled, found, self._rules),
            conditions=conditions_of(spoken),
            themes=themes_of(labelled),
            labels=labels_of(item, labelled, self._rules),
            rules=self.hash,
        )


def explain(verdict: Verdict) -> tuple[str, ...]:
    """`verdict` as lines for a person: the decision, each term with its weight, what else was read."""
    lines = [f"{verdict.decision} ({verdict.score:.2f}): {verdict.because}"]
    lines += [f'  {r.group:<10} {r.weight:5.2f}  "{r.term}" in the {r.field}' for r in verdict.reasons]
    lines.append(f"kind: {verdict.kind}")
    for name, values in (("topics", verdict.topics), ("conditions", verdict.conditions), ("themes", verdict.themes)):
        if values:
            lines.append(f"{name}: {', '.join(values)}")
    lines += [f"{la.name}: {la.value}" + (f' ("{la.span}")' if la.span else "") for la in verdict.labels]
    lines.append(f"rules: {verdict.rules}")
    return tuple(lines)


def _fields(item: Item) -> tuple[tuple[str, str], ...]:
    """What is read of an item, by the names of `TriageRules.fields`."""
    return (
        ("title", item.title),
        ("excerpt", item.excerpt),
        ("journal", item.publication.journal if item.publication else ""),
        ("tags", " · ".join(item.tags)),
        ("section", item.section),
        ("provider", f"{item.provider.name} · {item.provider.domain}"),
    )
