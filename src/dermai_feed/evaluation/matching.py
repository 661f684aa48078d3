"""Matching scored: works and stories against labels, with the errors and why they were made.

Figures are those of the field: pairwise precision and recall, BCubed (per item, averaged), and
the record convention of the literature on citation de-duplication, where each predicted
cluster keeps one record: of n records that hold g works, n - g are rightly removed and g - 1
wrongly. Intervals are 90 %, from 1,000 resamplings of whole stories or clusters.

`evaluate_matching` scores the weights as they are. `cross_validate` learns weights and
thresholds anew for each fold from what lies outside it, and scores the fold with them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random

from ..matching import candidates, compare, explain, group, reweigh
from ..matching.batch import as_scope
from ..matching.profile import profile
from ..matching.scoring import findings, judge
from ..model import Grouping
from ..rules import MatchWeights
from .labelled import Labelled, Pair, pairs_within
from .learning import learn_weights, training_pairs

_DRAWS = 1000
_SEED = 20261121


@dataclass(frozen=True, kw_only=True, slots=True)
class Score:
    """Precision, recall and F1 with what they were counted from; intervals are 90 %."""

    precision: float
    recall: float
    f1: float
    right: float  # true positives (BCubed: items)
    wrong: float  # false positives
    missed: float  # false negatives
    precision_interval: tuple[float, float] = (0.0, 1.0)
    recall_interval: tuple[float, float] = (0.0, 1.0)


@dataclass(frozen=True, kw_only=True, slots=True)
class Mistake:
    """One pair that was answered wrongly."""

    a: str
    b: str
    titles: tuple[str, str]
    expected: str
    got: str
    why: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchingScores:
    """One labelled set's figures by name ("work pairs", "story bcubed", "records", …), and its mistakes."""

    name: str
    items: int
    scores: Mapping[str, Score]
    macro_f1: float | None = None  # over duplicate, related and different; pairs only
    mistakes: tuple[Mistake, ...] = ()


@dataclass(frozen=True, slots=True)
class _Partition:
    """Who is with whom: item id -> work id, item id -> story id."""

    work: Mapping[str, str]
    story: Mapping[str, str]

    @staticmethod
    def of(grouping: Grouping) -> _Partition:
        works = {i: w.id for s in grouping.stories for w in s.works for i in w.items}
        return _Partition(works, {i: s.id for s in grouping.stories for w in s.works for i in w.items})

    def answer(self, a: str, b: str) -> str:
        return "work" if self.work[a] == self.work[b] else "story" if self.story[a] == self.story[b] else "apart"


def evaluate_matching(data: Labelled, weights: MatchWeights) -> MatchingScores:
    """The scores of `weights` on one labelled set."""
    return _scores(data, [weights])


def cross_validate(
    sets: Sequence[Labelled], weights: MatchWeights, *, folds: int = 5, only: frozenset[str] = frozenset()
) -> tuple[MatchingScores, ...]:
    """Scores of every set out of fold: each story or cluster by weights that have not seen it.

    All sets are learnt from together, as the shipped weights are. `only` names the sets to
    score; all when it is empty.
    """
    training = [(s, training_pairs(s, weights)) for s in sets]
    learnt = [learn_weights(training, weights, leave=f, folds=folds) for f in range(folds)]
    return tuple(
        _scores(s, learnt) for s in sets if not only or s.name in only
    )  # fmt: skip


def _partitions(data: Labelled, weights: Sequence[MatchWeights]) -> list[_Partition]:
    """What each of `weights` makes of the set; all have the same words, so that findings are made once."""
    items = {item.id: as_scope(item, data.scope) for item in data.items}
    profiles = {id_: profile(item, weights[0]) for id_, item in items.items()}
    pairs = candidates(tuple(items.values()), weights[0])
    found = {(a, b): findings(profiles[a], profiles[b]) for a, b in pairs}
    partitions = []
    for each in weights:
        edges = [judge(profiles[a], profiles[b], each, found[a, b]) for a, b in pairs]
        kept = [edge for edge in edges if edge.level is not None]
        partitions.append(_Partition.of(group(items, kept, weights=each)))
    return partitions


def _scores(data: Labelled, weights: Sequence[MatchWeights]) -> MatchingScores:
    """Figures and mistakes; an item of fold f is judged by the f-th weights, all with the words of the first."""
    seen = reweigh(weights[0], (as_scope(item, data.scope) for item in data.items))
    weights = [replace(w, number=seen.number, documents=seen.documents, words=seen.words) for w in weights]
    found = _partitions(data, weights)
    fold = {i.id: data.fold(i.id, len(weights)) for i in data.items}
    of = {i: found[f] for i, f in fold.items()}
    scores: dict[str, Score] = {}
    macro: float | None = None
    if data.shape == "pairs":
        counts, macro = _of_pairs(data, of)
        scores = {name: _score(c) for name, c in counts.items()}
    elif data.shape == "citations":
        scores["records"] = _score(_records(data, of))
        scores["work pairs"] = _score(_cluster_pairs(data, of, "work", data.cluster.keys()))
        scores["work bcubed"] = _bcubed(data, of, "work")
    else:
        for kind in sorted(set(data.kind.values())) or [""]:
            ids = {i for i in data.cluster if data.kind.get(i, "") == kind}
            prefix = f"{kind} " if kind else ""
            scores[f"{prefix}story pairs"] = _score(_cluster_pairs(data, of, "story", ids))
            if data.copies:
                scores[f"{prefix}copies, url or text"] = _score(_copies(data, of, ids, visible=True))
                scores[f"{prefix}copies, all"] = _score(_copies(data, of, ids, visible=False))
        if not data.kind:
            scores["story bcubed"] = _bcubed(data, of, "story")
    return MatchingScores(
        name=data.name,
        items=len(data.items),
        scores=scores,
        macro_f1=macro,
        mistakes=_mistakes(data, of, {i: weights[f] for i, f in fold.items()}),
    )


# --------------------------------------------------------------------------- counting, by family


@dataclass(slots=True)
class _Count:
    """True positives, false positives and false negatives, kept by family for resampling."""

    by_family: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0.0, 0.0, 0.0]))

    def add(self, family: str, *, right: float = 0.0, wrong: float = 0.0, missed: float = 0.0) -> None:
        line = self.by_family[family]
        line[0] += right
        line[1] += wrong
        line[2] += missed


def _rates(right: float, wrong: float, missed: float) -> tuple[float, float]:
    precision = right / (right + wrong) if right + wrong else 1.0
    return precision, right / (right + missed) if right + missed else 1.0


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _score(count: _Count) -> Score:
    lines = [count.by_family[f] for f in sorted(count.by_family)]
    right, wrong, missed = (sum(line[n] for line in lines) for n in range(3))
    precision, recall = _rates(right, wrong, missed)
    low_high = _intervals(lines)
    return Score(
        precision=round(precision, 4), recall=round(recall, 4), f1=round(_f1(precision, recall), 4), right=right,
        wrong=wrong, missed=missed, precision_interval=low_high[0], recall_interval=low_high[1],
    )  # fmt: skip


def _intervals(
    lines: Sequence[Sequence[float]], rates: Callable[[float, float, float], tuple[float, float]] = _rates
) -> tuple[tuple[float, float], tuple[float, float]]:
    """90 % intervals of precision and recall over resampled families; `rates` turns three sums into the two."""
    if not lines:
        return (0.0, 1.0), (0.0, 1.0)
    draw = Random(_SEED)  # noqa: S311 - resampling, not secrecy
    drawn = []
    for _ in range(_DRAWS):
        sample = draw.choices(lines, k=len(lines))
        drawn.append(rates(*(sum(line[n] for line in sample) for n in range(3))))
    low, high = int(0.05 * _DRAWS), int(0.95 * _DRAWS) - 1
    first, second = (sorted(d[n] for d in drawn) for n in (0, 1))
    return (round(first[low], 4), round(first[high], 4)), (round(second[low], 4), round(second[high], 4))


Partitions = Mapping[str, _Partition]


def _of_pairs(data: Labelled, of: Partitions) -> tuple[Mapping[str, _Count], float]:
    duplicate, same = _Count(), _Count()
    cells: Counter[tuple[str, str]] = Counter()
    for (a, b), truth in data.pairs.items():
        got = of[a].answer(a, b)
        cells[truth, got] += 1
        family = data.family[a]
        for count, positive in ((duplicate, {"work"}), (same, {"work", "story"})):
            yes, said = truth in positive, got in positive
            count.add(family, right=yes and said, wrong=said and not yes, missed=yes and not said)
    f1 = []
    for label in ("work", "story", "apart"):
        right = cells[label, label]
        wrong = sum(n for (_, got), n in cells.items() if got == label) - right
        missed = sum(n for (truth, _), n in cells.items() if truth == label) - right
        f1.append(_f1(*_rates(right, wrong, missed)))
    return {"duplicate": duplicate, "same story": same}, round(sum(f1) / 3, 4)


def _predicted(of: Partitions, level: str, ids: Iterable[str]) -> frozenset[Pair]:
    """Pairs that are put together by the partition that judges their first item."""
    found: set[Pair] = set()
    ids = sorted(ids)
    for partition in {id(p): p for p in of.values()}.values():
        groups = partition.work if level == "work" else partition.story
        within = pairs_within({i: groups[i] for i in ids})
        found |= {pair for pair in within if of[pair[0]] is partition}
    return frozenset(found)


def _cluster_pairs(data: Labelled, of: Partitions, level: str, ids: Iterable[str]) -> _Count:
    ids = set(ids)
    gold = pairs_within({i: data.cluster[i] for i in ids})
    return _compared(data, gold, _predicted(of, level, ids))


def _copies(data: Labelled, of: Partitions, ids: Iterable[str], *, visible: bool) -> _Count:
    """Copies; with `visible` only those that the fields show count as missed, any copy as right."""
    ids = set(ids)
    gold = pairs_within({i: g for i, g in data.copies.items() if i in ids})
    predicted = _predicted(of, "work", ids)
    if not visible:
        return _compared(data, gold, predicted)
    seen = frozenset(p for p in gold if data.visible(*p))
    return _compared(data, seen, predicted - (gold - seen))


def _compared(data: Labelled, gold: frozenset[Pair], predicted: frozenset[Pair]) -> _Count:
    count = _Count()
    for a, b in gold | predicted:
        yes, said = (a, b) in gold, (a, b) in predicted
        count.add(data.family[a], right=yes and said, wrong=said and not yes, missed=yes and not said)
    return count


def _records(data: Labelled, of: Partitions) -> _Count:
    """The record convention, summed over gold clusters (removed, left) and predicted ones (wrongly removed)."""
    count = _Count()
    members: dict[str, list[str]] = defaultdict(list)
    for i, c in data.cluster.items():
        members[c].append(i)
    for cluster, ids in members.items():
        parts = len({of[ids[0]].work[i] for i in ids})
        count.add(cluster, right=len(ids) - parts, missed=parts - 1)
    for partition in {id(p): p for p in of.values()}.values():
        held: dict[str, list[str]] = defaultdict(list)
        for i in sorted(data.cluster):
            held[partition.work[i]].append(i)
        for ids in held.values():
            works = {data.cluster[i] for i in ids}
            if len(works) > 1 and of[ids[0]] is partition:
                count.add(data.cluster[ids[0]], wrong=len(works) - 1)
    return count


def _bcubed(data: Labelled, of: Partitions, level: str) -> Score:
    """Per item: the share of its predicted group that is right, the share of its cluster that is there."""
    sizes = Counter(data.cluster.values())
    by_partition: dict[int, tuple[Mapping[str, str], Counter[str], Counter[tuple[str, str]]]] = {}
    for p in of.values():
        if id(p) not in by_partition:
            groups = p.work if level == "work" else p.story
            cells = Counter((data.cluster[i], groups[i]) for i in data.cluster)
            by_partition[id(p)] = (groups, Counter(groups[i] for i in data.cluster), cells)
    families: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])  # sums of precision and recall, items
    for i, cluster in data.cluster.items():
        groups, predicted, cells = by_partition[id(of[i])]
        both = cells[cluster, groups[i]]
        line = families[data.family[i]]
        line[0] += both / predicted[groups[i]]
        line[1] += both / sizes[cluster]
        line[2] += 1
    lines = [families[f] for f in sorted(families)]
    precision, recall = _means(*(sum(line[n] for line in lines) for n in range(3)))
    intervals = _intervals(lines, _means)
    return Score(
        precision=round(precision, 4), recall=round(recall, 4), f1=round(_f1(precision, recall), 4),
        right=float(len(data.cluster)), wrong=0.0, missed=0.0,
        precision_interval=intervals[0], recall_interval=intervals[1],
    )  # fmt: skip


def _means(precision: float, recall: float, items: float) -> tuple[float, float]:
    return (precision / items, recall / items) if items else (1.0, 1.0)


# --------------------------------------------------------------------------- mistakes


def _mistakes(data: Labelled, of: Partitions, weights: Mapping[str, MatchWeights]) -> tuple[Mistake, ...]:
    """Pairs answered wrongly, false merges first, with what the comparison of the two says."""
    items = {i.id: as_scope(i, data.scope) for i in data.items}
    ids = set(data.cluster) or {i for pair in data.pairs for i in pair}
    if data.pairs:
        asked: Iterable[Pair] = data.pairs
    else:
        asked = pairs_within(data.cluster) | _predicted(of, "story", ids) | _predicted(of, "work", ids)
    found = []
    for a, b in sorted(asked):
        truth, got = data.answer(a, b), of[a].answer(a, b)
        if truth is None or got == truth or (truth == "same" and got != "apart"):
            continue
        if data.shape == "citations" and got == "story" and truth == "apart":
            continue  # a paper and its notice: two works, as labelled
        why = explain(compare(items[a], items[b], weights[a]))
        found.append(
            Mistake(a=a, b=b, titles=(items[a].title, items[b].title), expected=truth, got=got, why=why)
        )  # fmt: skip
    rank = {"apart": 0, "story": 1, "same": 1, "work": 2}
    return tuple(sorted(found, key=lambda m: (rank[m.expected], m.a, m.b)))
