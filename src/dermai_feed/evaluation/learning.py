"""Learning weights: logistic regression over the levels of comparisons, pulled towards what is there.

The weights of a scale are bits that add up, so they are the coefficients of a logistic
regression whose inputs say which level each comparison found. Labelled pairs are few, so each
coefficient has a normal prior around its present value: data move what they speak of, and
leave the rest as an expert wrote it (maximum a posteriori, Newton's method).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import exp, log, log2

from ..matching import candidates, reweigh, vetoes
from ..matching.batch import as_scope
from ..matching.profile import profile
from ..matching.scoring import findings, without_text
from ..rules import MatchWeights, Scale
from .labelled import Answer, Labelled

Term = tuple[str, str]  # comparison, level
Step = tuple[str, ...]  # levels that share a weight

# Comparisons whose levels are kinds and not steps from "surely" to "surely not".
UNORDERED = frozenset({"url", "provider", "identifier"})

_NAT = log(2.0)  # one bit in nats
_ROUNDS = 40  # of Newton's method; ten are usual


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One labelled pair: the level each comparison found, and whether the answer is yes."""

    levels: Mapping[str, str]
    yes: bool


def learn(scale: Scale, examples: Iterable[Example], *, spread: float = 1.0) -> Scale:
    """`scale` with weights learnt from `examples`.

    `spread` is the prior's standard deviation in bits: how far a weight moves without much
    evidence. A level is learnt when it has a weight already (0 counts); what is not named stays
    unnamed, and so weighs nothing. Where levels are steps of one ladder (`UNORDERED` names the
    comparisons where they are not), a higher step never weighs less than a lower one: steps
    that came out in the wrong order share one weight. The order of examples is of no consequence.
    """
    counted: Counter[tuple[frozenset[Term], bool]] = Counter()
    for e in examples:
        counted[frozenset(t for t in e.levels.items() if t[1] in scale.bits.get(t[0], {})), e.yes] += 1
    ladders: dict[str, list[Step]] = {name: [(level,) for level in levels] for name, levels in scale.bits.items()}
    while True:
        learnt = _fit(scale, ladders, counted, spread)
        shared = [name for name, steps in ladders.items() if _share(name, steps, learnt)]
        if not shared:
            return learnt


def _share(name: str, steps: list[Step], learnt: Scale) -> bool:
    """Make one step of the first two that are in the wrong order; False when all are right."""
    if name in UNORDERED:
        return False
    for n in range(len(steps) - 1):
        if learnt.bits[name][steps[n][0]] < learnt.bits[name][steps[n + 1][0]]:
            steps[n : n + 2] = [steps[n] + steps[n + 1]]
            return True
    return False


def _fit(
    scale: Scale, ladders: Mapping[str, Sequence[Step]], counted: Mapping[tuple[frozenset[Term], bool], int],
    spread: float,
) -> Scale:  # fmt: skip
    """The weights that are likeliest, with the levels of one step sharing a weight."""
    steps = [(name, step) for name, ladder in ladders.items() for step in ladder]
    place = {(name, level): n for n, (name, step) in enumerate(steps, 1) for level in step}
    prior = [scale.prior * _NAT]
    prior += [_NAT * sum(scale.bits[name][level] for level in step) / len(step) for name, step in steps]
    stiff = 1.0 / (spread * _NAT) ** 2
    # How many pairs are a yes depends on how they were sampled, so the start of the sum moves more freely.
    stiffness = [stiff / 9.0] + [stiff * len(step) for _, step in steps]
    pooled: Counter[tuple[tuple[int, ...], bool]] = Counter()
    for (terms, yes), count in counted.items():
        pooled[(0, *sorted(place[t] for t in terms)), yes] += count
    data = sorted(pooled.items())
    at = list(prior)
    for _ in range(_ROUNDS):
        move = _newton(at, prior, stiffness, data)
        longest = max(map(abs, move))
        damp = min(1.0, 2.0 / longest) if longest else 1.0
        at = [x - damp * m for x, m in zip(at, move, strict=True)]
        if longest < 1e-6:
            break
    learnt: dict[str, dict[str, float]] = {name: {} for name in scale.bits}
    for (name, step), value in zip(steps, at[1:], strict=True):
        learnt[name].update({level: round(value / _NAT, 2) for level in step})
    ordered = {name: {level: learnt[name][level] for level in levels} for name, levels in scale.bits.items()}
    return replace(scale, prior=round(at[0] / _NAT, 2), bits=ordered)


def _newton(
    at: Sequence[float], prior: Sequence[float], stiffness: Sequence[float],
    data: Sequence[tuple[tuple[tuple[int, ...], bool], int]],
) -> list[float]:  # fmt: skip
    """One Newton step of the penalised log-loss."""
    n = len(at)
    gradient = [k * (x - p) for x, p, k in zip(at, prior, stiffness, strict=True)]
    hessian = [[stiffness[i] if i == j else 0.0 for j in range(n)] for i in range(n)]
    for (inputs, yes), count in data:
        total = max(-40.0, min(40.0, sum(at[i] for i in inputs)))
        p = 1.0 / (1.0 + exp(-total))
        error, curve = count * (p - yes), count * p * (1.0 - p)
        for i in inputs:
            gradient[i] += error
            row = hessian[i]
            for j in inputs:
                row[j] += curve
    return _solve(hessian, gradient)


def _solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """x with matrix·x = right, for a positive definite matrix (Cholesky)."""
    n = len(right)
    lower = [[0.0] * n for _ in range(n)]
    for i in range(n):
        for j in range(i + 1):
            rest = matrix[i][j] - sum(a * b for a, b in zip(lower[i][:j], lower[j][:j], strict=True))
            lower[i][j] = rest**0.5 if i == j else rest / lower[j][j]
    y = [0.0] * n
    for i in range(n):
        y[i] = (right[i] - sum(lower[i][k] * y[k] for k in range(i))) / lower[i][i]
    x = [0.0] * n
    for i in reversed(range(n)):
        x[i] = (y[i] - sum(lower[k][i] * x[k] for k in range(i + 1, n))) / lower[i][i]
    return x


def total_bits(scale: Scale, example: Example) -> float:
    """The sum of an example's weights under `scale`."""
    return scale.prior + sum(scale.bits.get(n, {}).get(level, 0.0) for n, level in example.levels.items())


def threshold(scale: Scale, examples: Sequence[Example], *, precision: float, least: float = 0.5) -> float:
    """The probability from which on yes is right in at least `precision` of `examples`.

    Of all such thresholds the one with the highest recall, laid in the middle of the gap to the
    next pair below; never under `least`.
    """
    sums = sorted(((total_bits(scale, e), e.yes) for e in examples), reverse=True)
    right = wrong = 0
    best: float | None = None
    for n, (bits, yes) in enumerate(sums):
        right, wrong = (right + 1, wrong) if yes else (right, wrong + 1)
        last_of_ties = n + 1 == len(sums) or sums[n + 1][0] < bits
        if last_of_ties and right and right / (right + wrong) >= precision:
            best = (bits + sums[n + 1][0]) / 2 if n + 1 < len(sums) else bits
    if best is None:
        best = sums[0][0] + 1.0 if sums else log2(least / (1 - least))
    found = float(1.0 / (1.0 + 2.0 ** -max(-30.0, min(30.0, best))))
    return round(max(least, min(0.999, found)), 3)


# --------------------------------------------------------------------------- from labelled sets


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainingPair:
    """A labelled candidate pair as a scale would see it."""

    scale: str  # which scale decides about stories here: "stories", "headlines", "citations"
    levels: Mapping[str, str]
    answer: Answer
    ends: tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How one scale is learnt: its prior's spread, and the precision its threshold has to reach."""

    spread: float  # bits
    precision: float  # on the training pairs
    least: float  # no threshold under this probability


# Chosen by cross-validation on the tuning data; the spread matters little between 0.5 and 2.
RECIPES: Mapping[str, Recipe] = {
    "citations": Recipe(spread=1.0, precision=1.0, least=0.8),
    "copies": Recipe(spread=1.0, precision=0.985, least=0.95),
    "stories": Recipe(spread=2.5, precision=0.98, least=0.6),
    "headlines": Recipe(spread=2.0, precision=0.95, least=0.6),
}


def training_pairs(data: Labelled, weights: MatchWeights) -> tuple[TrainingPair, ...]:
    """The labelled pairs of a set that blocking finds and no veto, identifier or address decides."""
    items = {i.id: as_scope(i, data.scope) for i in data.items}
    seen = reweigh(weights, items.values())
    found = []
    for a, b in candidates(tuple(items.values()), seen):
        answer = data.answer(a, b)
        one, other = profile(items[a], seen), profile(items[b], seen)
        if answer is None or one.literature != other.literature:
            continue
        levels = {name: level for name, (_, level) in findings(one, other).items()}
        records = one.literature and other.literature
        decided = levels["identifier"] == "exact" or levels.get("url") == "exact"
        if decided or (vetoes.of_work(one, other) if records else vetoes.of_story(one, other)):
            continue
        scale = "citations" if records else "headlines" if without_text(one, other) else "stories"
        found.append(TrainingPair(scale=scale, levels=levels, answer=answer, ends=(a, b)))
    return tuple(found)


def learn_weights(
    training: Sequence[tuple[Labelled, Sequence[TrainingPair]]], weights: MatchWeights, *, leave: int | None = None,
    folds: int = 5,
) -> MatchWeights:  # fmt: skip
    """`weights` with every scale learnt from `training`, thresholds too.

    With `leave`, pairs with an end in that fold are not looked at. A scale without examples
    stays as it is; `coverage` always does, for no labelled set joins news and papers.
    """
    examples: dict[str, list[Example]] = {name: [] for name in RECIPES}
    for data, pairs in training:
        for p in pairs:
            if leave is not None and leave in {data.fold(end, folds) for end in p.ends}:
                continue
            if p.scale == "citations":
                if data.shape == "citations":
                    examples["citations"].append(Example(levels=p.levels, yes=p.answer == "work"))
                continue
            examples[p.scale].append(Example(levels=p.levels, yes=p.answer != "apart"))
            if p.answer != "same" and p.scale == "stories":
                examples["copies"].append(Example(levels=p.levels, yes=p.answer == "work"))
    scales: dict[str, Scale] = {}
    for name, recipe in RECIPES.items():
        scale: Scale = getattr(weights, name)
        if examples[name]:
            scale = learn(scale, examples[name], spread=recipe.spread)
            least = threshold(scale, examples[name], precision=recipe.precision, least=recipe.least)
            scale = replace(scale, merge=least)
        scales[name] = scale
    return replace(
        weights, citations=scales["citations"], copies=scales["copies"], stories=scales["stories"],
        headlines=scales["headlines"],
    )  # fmt: skip
