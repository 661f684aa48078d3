"""The rule sets as frozen values: what `config/` says and the pure parts work by.

pydantic reads them from YAML (see `config`), so a field's name here is its key there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from .model import Provider

_STRICT: Mapping[str, str] = {"extra": "forbid"}


# --------------------------------------------------------------------------- providers (config/providers.yaml)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderRules:
    """Known publishers by registrable domain, and how addresses are cleaned."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    providers: tuple[Provider, ...] = ()
    tracking: tuple[str, ...] = ()  # query parameters to drop; `utm_*` matches a prefix
    tracking_by_domain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# --------------------------------------------------------------------------- triage (config/triage.yaml)


# --------------------------------------------------------------------------- matching (config/matching.yaml)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scale:
    """One question ("one work?", "one story?") and how much each answer to a comparison weighs.

    Weights are bits: log2 of how much likelier a level is for a yes than for a no, learnt
    together, so that they may be added up. `prior` is the sum's start.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    prior: float
    merge: float  # probability from which on the answer is yes
    bits: Mapping[str, Mapping[str, float]]  # comparison -> level -> bits; a level that is not named weighs 0


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchWeights:
    """A numbered snapshot of everything that matching weighs by (DESIGN decision 4)."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    number: int
    citations: Scale  # two records of the literature: one work?
    copies: Scale  # two pieces of news: one text?
    stories: Scale  # two pieces of news: one event or study?
    headlines: Scale  # two headlines without a text: one event?
    coverage: Scale  # a piece of news and a record of the literature: one story?
    related: float = 0.2  # probability of one story from which on two items are linked as related
    window_days: float = 14.0  # between two items joined by their texts alone (decision 12)
    block_cap: int = 60  # items that share a key before the key is skipped for newcomers
    story_cap: int = 30  # works in one story (decision 12)
    documents: int = 0  # how many documents `words` was counted in
    words: Mapping[str, int] = field(default_factory=dict)  # stem -> documents that have it

    def __hash__(self) -> int:
        return hash((self.number, self.documents, len(self.words), self.citations.prior, self.stories.prior))
