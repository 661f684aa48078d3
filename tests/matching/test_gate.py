"""The gate: matching may not get worse on data that are pinned by hash.

Floors are what the shipped weights reach, less a small margin; `FLOORS` may be raised, and is
lowered only together with a sentence here that says why. Sets in ../shared are skipped where
that is absent; the two sets written for this program always run.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from dermai_feed.evaluation.labelled import read_labelled
from dermai_feed.evaluation.matching import MatchingScores, Score, evaluate_matching
from dermai_feed.rules import MatchWeights

# set -> (sha256 of the file, 16 digits; figure -> (least precision, least recall))
FLOORS: Mapping[str, tuple[str, Mapping[str, tuple[float, float]]]] = {}


def scored(path: Path, digest: str, weights: MatchWeights) -> MatchingScores:
    """The scores of the set in `path`, whose bytes have to be those the floors were set on."""
    found = sha256(path.read_bytes()).hexdigest()[:16]
    assert found == digest, f"{path.name} has changed ({found}): set its floors anew and say why"
    return evaluate_matching(read_labelled(path), weights)


def check(name: str, scores: Mapping[str, Score], floors: Mapping[str, tuple[float, float]]) -> None:
    """Fail with all figures that fell below their floor."""
    low = [
        f"{figure}: precision {scores[figure].precision} (floor {p}), recall {scores[figure].recall} (floor {r})"
        for figure, (p, r) in floors.items()
        if scores[figure].precision < p or scores[figure].recall < r
    ]
    assert not low, f"{name}: " + "; ".join(low)
