"""Triage scored on labelled items: owns the labels' meaning, the folds, the measures, the list of errors.

What is told is out of fold: the items are cut into folds by story, so that copies of one text
never stand on both sides; the thresholds and how much of the vocabulary is used are chosen on
the other folds alone, and the fold is judged by that choice. The vocabulary itself is not
learnt: its words come from terminologies (config/triage.yaml), so there is nothing to choose
but how far down its weights to go.

Accepted is the positive answer and "derm-ai" the positive label. "derm-ai-borderline" is right
when accepted or held for review; it is counted apart and is neither a hit nor an error of
`precision` and `recall`. `strict_precision` counts it as an error when accepted.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Literal, get_args

from ..errors import UsageError
from ..model import Item, Verdict
from ..rules import TriageRules, Words
from ..triage import Triage
from .rows import item_from_row

Relevance = Literal["derm-ai", "derm-ai-borderline", "ai-not-derm", "derm-not-ai", "neither"]
Family = Literal["news", "papers"]

_LEVELS = (0.05, 0.95)  # of a 90 % interval
# What is chosen from, in the folds: the threshold of acceptance, and the lightest word that is used.
_ACCEPT = (0.4, 0.45, 0.5, 0.55, 0.6, 0.7)
_LIGHTEST = (0.0, 0.2, 0.4)
_REASONS_TOLD = 6
_COUNTED = ("hits", "false", "doubtful", "missed", "lost")

Measured = Callable[[Counter[str]], float | None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Label:
    """What a reader said of an item; items of one `story` stay in one fold."""

    relevance: Relevance
    story: str
    family: Family


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """A share (0…1) with its 90 % bootstrap interval; all None when there is nothing to divide by."""

    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """The measures over one kind of items."""

    items: int
    precision: Measure
    strict_precision: Measure
    recall: Measure
    f1: Measure
    kept: Measure  # share of "derm-ai" that an editor gets to see: accepted or held
    decisions: Mapping[str, Mapping[str, int]]  # label -> decision -> items


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """What a fold was judged by: chosen on the other folds."""

    fold: int
    items: int
    accept: float
    lightest: float  # words that weigh less were left out


@dataclass(frozen=True, kw_only=True, slots=True)
class Confusion:
    """An item that was judged otherwise than its label says, and why."""

    id: str
    title: str
    family: Family
    label: Relevance
    decision: str
    score: float
    because: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TriageScores:
    """How good triage is, out of fold; `rules` is the hash of the rules that were varied."""

    rules: str
    folds: int
    seed: int
    everything: Slice
    news: Slice
    papers: Slice
    choices: tuple[Choice, ...]
    confusions: tuple[Confusion, ...]


def read_labelled(lines: Iterable[str], *, where: str = "") -> tuple[tuple[Item, ...], Mapping[str, Label]]:
    """Items and labels of a JSON Lines file in the corpus' shape; rows without a label are left out.

    `where` names the file in messages. A row's story is its `story`; without one, rows of one
    title are one. Raises: errors.UsageError naming the line that is no JSON object, says an
    unknown relevance, or repeats an id.
    """
    items: list[Item] = []
    labels: dict[str, Label] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{where or 'line'}:{number}"
        try:
            row = json.loads(line)
        except ValueError as error:
            raise UsageError(f"{place}: not JSON ({error}); one object per line is wanted") from error
        if not isinstance(row, dict):
            raise UsageError(f"{place}: not a JSON object; one object per line is wanted")
        relevance = row.get("relevance")
        if relevance is None:
            continue
        if relevance not in get_args(Relevance):
            raise UsageError(f"{place}: relevance {relevance!r} is none of {', '.join(get_args(Relevance))}")
        item = item_from_row(row)
        if item.id in labels:
            raise UsageError(f"{place}: id {item.id!r} stands there twice")
        paper = "paper" in (row.get("kind"), row.get("type"))
        story = str(row.get("story") or "title:" + " ".join(item.title.casefold().split()))
        items.append(item)
        labels[item.id] = Label(relevance=relevance, story=story, family="papers" if paper else "news")
    return tuple(items), labels


def evaluate_triage(
    items: Sequence[Item], labels: Mapping[str, Label], rules: TriageRules,
    *, folds: int = 5, seed: int = 0, draws: int = 1000,
) -> TriageScores:  # fmt: skip
    """Scores of `rules` on `items`, out of fold; `seed` cuts the folds and draws the intervals.

    `draws` is the number of bootstrap samples (of stories). Raises: errors.UsageError when
    there are fewer stories than folds.
    """
    stories = {labels[item.id].story for item in items}
    if folds < 2 or len(stories) < folds:
        raise UsageError(f"{folds} folds need at least two and as many stories; {len(stories)} stories are labelled")
    fold_of = _cut(items, labels, folds, seed)
    verdicts = {setting: _judge(items, _with(rules, *setting)) for setting in _settings(rules)}
    choices: list[Choice] = []
    judged: dict[str, Verdict] = {}
    for fold in range(folds):
        inside = [item.id for item in items if fold_of[labels[item.id].story] == fold]
        outside = [item.id for item in items if fold_of[labels[item.id].story] != fold]
        accept, lightest = best = _best(verdicts, outside, labels)
        judged.update({ident: verdicts[best][ident] for ident in inside})
        choices.append(Choice(fold=fold, items=len(inside), accept=accept, lightest=lightest))
    news = [item.id for item in items if labels[item.id].family == "news"]
    papers = [item.id for item in items if labels[item.id].family == "papers"]
    return TriageScores(
        rules=Triage(rules).hash,
        folds=folds,
        seed=seed,
        everything=_slice([*news, *papers], judged, labels, seed, draws),
        news=_slice(news, judged, labels, seed, draws),
        papers=_slice(papers, judged, labels, seed, draws),
        choices=tuple(choices),
        confusions=tuple(_confusions(items, judged, labels)),
    )


def is_right(label: Relevance, decision: str) -> bool:
    """Whether `decision` is what a reader's `label` asks for; only acceptance is wrong for what is off topic."""
    if label == "derm-ai":
        return decision == "accept"
    if label == "derm-ai-borderline":
        return decision != "reject"
    return decision != "accept"


def _cut(items: Sequence[Item], labels: Mapping[str, Label], folds: int, seed: int) -> Mapping[str, int]:
    """Story -> fold: every fold gets its share of on-topic news, on-topic papers, and the rest of each."""
    kinds: dict[str, tuple[str, bool]] = {}
    for item in items:
        label = labels[item.id]
        family, wanted = kinds.get(label.story, (label.family, False))
        kinds[label.story] = (family, wanted or label.relevance == "derm-ai")
    shuffled = sorted(kinds, key=lambda story: (kinds[story], sha256(f"{seed}\n{story}".encode()).digest()))
    return {story: n % folds for n, story in enumerate(shuffled)}


def _settings(rules: TriageRules) -> list[tuple[float, float]]:
    """The settings to choose from; those nearest to the rules as they are come first and win a tie."""
    every = {(accept, lightest) for accept in (*_ACCEPT, rules.accept) for lightest in _LIGHTEST}
    return sorted(every, key=lambda setting: (abs(setting[0] - rules.accept) + setting[1], setting))


def _with(rules: TriageRules, accept: float, lightest: float) -> TriageRules:
    def heavy(many: tuple[Words, ...]) -> tuple[Words, ...]:
        return tuple(words for words in many if words.weight == 0 or words.weight >= lightest)

    return replace(
        rules,
        accept=accept,
        review=min(rules.review, accept),
        conditions=heavy(rules.conditions),
        dermatology=heavy(rules.dermatology),
        ai=heavy(rules.ai),
    )


def _judge(items: Sequence[Item], rules: TriageRules) -> Mapping[str, Verdict]:
    triage = Triage(rules)
    return {item.id: triage(item) for item in items}


def _best(
    verdicts: Mapping[tuple[float, float], Mapping[str, Verdict]], ids: Sequence[str], labels: Mapping[str, Label]
) -> tuple[float, float]:
    """The setting with the best F1 over `ids`."""

    def f1(setting: tuple[float, float]) -> float:
        counts = sum((_count(verdicts[setting][ident], labels[ident]) for ident in ids), start=Counter[str]())
        return _f1(counts) or 0.0

    return max(verdicts, key=f1)


def _count(verdict: Verdict, label: Label) -> Counter[str]:
    accepted, wanted = verdict.decision == "accept", label.relevance == "derm-ai"
    borderline = label.relevance == "derm-ai-borderline"
    return Counter(
        hits=int(accepted and wanted),
        false=int(accepted and not wanted and not borderline),
        doubtful=int(accepted and borderline),
        missed=int(wanted and not accepted),
        lost=int(wanted and verdict.decision == "reject"),
    )


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _precision(c: Counter[str]) -> float | None:
    return _share(c["hits"], c["hits"] + c["false"])


def _strict(c: Counter[str]) -> float | None:
    return _share(c["hits"], c["hits"] + c["false"] + c["doubtful"])


def _recall(c: Counter[str]) -> float | None:
    return _share(c["hits"], c["hits"] + c["missed"])


def _f1(c: Counter[str]) -> float | None:
    return _share(2 * c["hits"], 2 * c["hits"] + c["false"] + c["missed"])


def _kept(c: Counter[str]) -> float | None:
    return _share(c["hits"] + c["missed"] - c["lost"], c["hits"] + c["missed"])


def _slice(
    ids: Sequence[str], judged: Mapping[str, Verdict], labels: Mapping[str, Label], seed: int, draws: int
) -> Slice:
    per_story: dict[str, Counter[str]] = {}
    decisions: dict[str, Counter[str]] = {}
    for ident in ids:
        label, verdict = labels[ident], judged[ident]
        per_story.setdefault(label.story, Counter()).update(_count(verdict, label))
        decisions.setdefault(label.relevance, Counter())[verdict.decision] += 1
    sums = _resampled(list(per_story.values()), seed, draws)
    total = sum(per_story.values(), start=Counter[str]())

    def measure(function: Measured) -> Measure:
        drawn = sorted(value for value in map(function, sums) if value is not None)
        low, high = (drawn[min(int(level * len(drawn)), len(drawn) - 1)] if drawn else None for level in _LEVELS)
        return Measure(value=function(total), low=low, high=high)

    return Slice(
        items=len(ids),
        precision=measure(_precision),
        strict_precision=measure(_strict),
        recall=measure(_recall),
        f1=measure(_f1),
        kept=measure(_kept),
        decisions={label: dict(sorted(counts.items())) for label, counts in sorted(decisions.items())},
    )


def _resampled(stories: Sequence[Counter[str]], seed: int, draws: int) -> list[Counter[str]]:
    """The sums of `draws` samples of as many stories, drawn with replacement."""
    rng = random.Random(seed)  # noqa: S311 - statistics, not secrets
    plain = [tuple(story[name] for name in _COUNTED) for story in stories]
    return [
        Counter(dict(zip(_COUNTED, map(sum, zip(*rng.choices(plain, k=len(plain)), strict=True)), strict=True)))
        for _ in range(draws if plain else 0)
    ]


def _confusions(
    items: Sequence[Item], judged: Mapping[str, Verdict], labels: Mapping[str, Label]
) -> Iterable[Confusion]:
    for item in items:
        label, verdict = labels[item.id], judged[item.id]
        if not is_right(label.relevance, verdict.decision):
            yield Confusion(
                id=item.id,
                title=item.title,
                family=label.family,
                label=label.relevance,
                decision=verdict.decision,
                score=verdict.score,
                because=verdict.because,
                reasons=tuple(
                    f"{reason.group} {reason.term!r} in {reason.field}: {reason.weight:.2f}"
                    for reason in verdict.reasons[:_REASONS_TOLD]
                ),
            )
