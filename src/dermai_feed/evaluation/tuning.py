"""The tuning sets and where learning starts: what both `evaluate all` and scripts/learn_weights.py take.

Learning starts from what an expert wrote (`matching_prior.yaml` beside this file) and never from
weights that were learnt before: those have seen every fold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import TypeAdapter

from ..matching import reweigh
from ..rules import MatchWeights
from .labelled import Labelled, headlines_of, read_labelled

NEWS = ("corpus/items", "matching/pairs_news", "matching/news_basil", "matching/news_emergent")
CITATIONS = ("matching/cit_haematology", "matching/cit_stroke", "matching/cit_cytology_screening")
_EXCERPT = 350  # characters of an article of news_basil: what a feed gives of it


def tuning_sets(data: Path) -> list[Labelled]:
    """The tuning sets under `data` (data/README.md), the news ones also without their texts.

    Raises: OSError where one is missing; ValueError naming the line that is not JSON.
    """
    sets = {name: read_labelled(data / f"{name}.jsonl") for name in (*NEWS, *CITATIONS)}
    basil = sets["matching/news_basil"]
    shortened = tuple(replace(i, excerpt=i.excerpt[:_EXCERPT]) for i in basil.items)
    sets["matching/news_basil"] = replace(basil, items=shortened)
    return [*sets.values(), *(headlines_of(sets[n], f"{sets[n].name}-headlines") for n in NEWS[:2])]


def expert_weights(sets: Sequence[Labelled]) -> MatchWeights:
    """What an expert would say each level is worth, with the words counted in the tuning news of `sets`."""
    text = files(__package__).joinpath("matching_prior.yaml").read_text(encoding="utf-8")
    weights = TypeAdapter(MatchWeights).validate_python(yaml.safe_load(text))
    items = [i for s in sets[:3] for i in s.items if s.shape != "corpus" or i.id in s.cluster]
    return reweigh(weights, items)
