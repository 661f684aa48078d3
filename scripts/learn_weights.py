"""Learn config/matching.yaml from the labelled sets in DERMAI_SHARED (default ../shared).

    python scripts/learn_weights.py            # writes config/matching.yaml, prints what moved
    python scripts/learn_weights.py --check    # changes nothing, exit 1 when the file is not what would be learnt
    python scripts/learn_weights.py --cross-validate

Learns on the tuning halves only (data/README.md). The weights start from what an expert would
say (scripts/matching_prior.yaml) and move as far as the pairs ask for; see
`dermai_feed.evaluation.learning`. The words are counted in the tuning news and papers.
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from dermai_feed.config import weights_text
from dermai_feed.evaluation.labelled import Labelled, headlines_of, read_labelled
from dermai_feed.evaluation.learning import learn_weights, training_pairs
from dermai_feed.evaluation.matching import MatchingScores, cross_validate
from dermai_feed.matching import reweigh
from dermai_feed.rules import MatchWeights

ROOT = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DERMAI_SHARED", ROOT.parent / "shared"))
CONFIG = ROOT / "config" / "matching.yaml"
PRIOR = Path(__file__).with_name("matching_prior.yaml")
SETS = (
    "corpus/items", "matching/pairs_news", "matching/news_basil", "matching/news_emergent",
    "matching/cit_haematology", "matching/cit_stroke", "matching/cit_cytology_screening",
)  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--cross-validate", action="store_true")
    chosen = parser.parse_args()
    sets = labelled_sets()
    prior = with_words(read(PRIOR), sets)
    if chosen.cross_validate:
        for scores in cross_validate(sets, prior):
            show(scores)
        return 0
    text = weights_text(learn_weights([(s, training_pairs(s, prior)) for s in sets], prior))
    if chosen.check:
        same = CONFIG.is_file() and CONFIG.read_text(encoding="utf-8") == text
        print(
            "config/matching.yaml is as learnt"
            if same
            else "config/matching.yaml differs: run scripts/learn_weights.py"
        )
        return 0 if same else 1
    CONFIG.write_text(text, encoding="utf-8")
    print(f"wrote {CONFIG.relative_to(ROOT)}")
    return 0


def labelled_sets() -> list[Labelled]:
    """The tuning sets; news also without its texts, for the headline profile."""
    sets = [read_labelled(SHARED / "data" / f"{name}.jsonl") for name in SETS]
    bare = [headlines_of(s, f"{s.name}-headlines") for s in sets[:2]]
    sets[2] = replace(sets[2], items=tuple(replace(i, excerpt=i.excerpt[:350]) for i in sets[2].items))
    return sets + bare


def with_words(prior: MatchWeights, sets: list[Labelled]) -> MatchWeights:
    """The first snapshot's words: the corpus' tuning half, the news pairs and the general news."""
    items = [i for s in sets[:3] for i in s.items if s.shape != "corpus" or i.id in s.cluster]
    return reweigh(prior, items)


def read(path: Path) -> MatchWeights:
    return TypeAdapter(MatchWeights).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))


def show(scores: MatchingScores) -> None:
    print(
        f"{scores.name} ({scores.items} items)"
        + (f"  macro F1 {scores.macro_f1}" if scores.macro_f1 is not None else "")
    )
    for name, s in scores.scores.items():
        low, high = s.precision_interval, s.recall_interval
        print(
            f"  {name:26} P {s.precision:.4f} [{low[0]:.3f}-{low[1]:.3f}]  R {s.recall:.4f}"
            f" [{high[0]:.3f}-{high[1]:.3f}]  F1 {s.f1:.4f}  tp {s.right:.0f} fp {s.wrong:.0f} fn {s.missed:.0f}"
        )
    for m in scores.mistakes:
        if m.expected == "apart":
            print(f"    false merge ({m.got}): {m.titles[0][:70]} | {m.titles[1][:70]}")


if __name__ == "__main__":
    sys.exit(main())
