"""The rule sets as frozen values: what `config/` says and the pure parts work by.

pydantic reads them from YAML (see `config`), so a field's name here is its key there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from .model import Provider

_STRICT: Mapping[str, str] = {"extra": "forbid"}


# --------------------------------------------------------------------------- providers (config/providers.yaml)


@dataclass(frozen=True, kw_only=True)
class ProviderRules:
    """Known publishers by registrable domain, and how addresses are cleaned."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    providers: tuple[Provider, ...] = ()
    doi_prefixes: Mapping[str, str] = field(default_factory=dict)  # "10.1038": the domain its registrant publishes at
    tracking: tuple[str, ...] = ()  # query parameters to drop; `utm_*` matches a prefix
    tracking_by_domain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def by_domain(self) -> Mapping[str, Provider]:
        """The providers by their domains; of two with one domain the first."""
        return {provider.domain: provider for provider in reversed(self.providers)}


# --------------------------------------------------------------------------- triage (config/triage.yaml)


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """Terms that mean one thing.

    A term matches whole words, in any inflection of its last letters that English plurals
    have. `derma*` matches every word that begins so; a term with two capitals in a row
    (`AI`, `BCC`) matches in capitals only; `=moles` matches with this ending only.
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    name: str = ""  # what is told: the condition, the theme, the reason; empty: the term itself
    weight: float = 0.0  # 0…1: how surely one of these words in a title says what its group says
    terms: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise ValueError(f"{self.name or self.terms[:1]}: weight {self.weight} is not between 0 and 1")
        if not self.terms or not all(any(c.isalnum() for c in term) for term in self.terms):
            raise ValueError(f"{self.name or 'terms'}: {list(self.terms)} is empty or holds a term without a letter")


@dataclass(frozen=True, kw_only=True, slots=True)
class TriageRules:
    """The vocabulary of dermatology and of AI, what speaks against them, and the thresholds.

    The vocabulary holds words, never patterns, so that no entry of it can make the reader
    hang (N-12).
    """

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    accept: float  # 0…1: the weaker of both sides must reach it
    review: float  # 0…1: from here on an editor is asked
    fields: Mapping[str, float]  # how much a word counts in title, excerpt, journal, tags, section, provider
    conditions: tuple[Words, ...]  # dermatology, by disease
    dermatology: tuple[Words, ...]  # dermatology, everything else
    ai: tuple[Words, ...]
    against: tuple[Words, ...] = ()  # phrases whose skin, mole or lesion is not the dermatologist's
    borderline: tuple[Words, ...] = ()  # beside dermatology: an editor decides
    themes: tuple[Words, ...] = ()
    topics: tuple[Words, ...] = ()  # the seeds' vocabulary (SCHEMA.md 7)
    evidence: Mapping[str, tuple[Words, ...]] = field(default_factory=dict)  # label -> its values
    hosts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # kind -> registrable domains or hosts

    def __post_init__(self) -> None:
        if not 0 < self.review <= self.accept <= 1:
            raise ValueError(f"thresholds: need 0 < review ({self.review}) <= accept ({self.accept}) <= 1")
        if not {"title", "excerpt"} <= set(self.fields):
            raise ValueError(f"fields: {sorted(self.fields)} must hold title and excerpt")


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
    late_days: float = 45.0  # a digest or an interview may follow so much later, where the texts are near certain:
    late: float = 0.8  # the probability that they have to reach then
    block_cap: int = 60  # items that share a key before the key is skipped for newcomers
    story_cap: int = 30  # works in one story (decision 12)
    documents: int = 0  # how many documents `words` was counted in
    words: Mapping[str, int] = field(default_factory=dict)  # stem -> documents that have it

    def __hash__(self) -> int:
        return hash((self.number, self.documents, len(self.words), self.citations.prior, self.stories.prior))
