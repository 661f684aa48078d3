"""Matching a whole set at once, in memory and without a database.

The same keys, comparisons and grouping as the pipeline's; only the join on keys is done here.
A newcomer meets whom `blocking.partners` names of those that were seen earlier (first seen, then
id), which is what the pipeline, taking items in that order, does as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from ..model import Constraint, Edge, Grouping, Item, Role
from ..rules import MatchWeights
from .blocking import keys_of, partners
from .grouping import group
from .profile import Profile, build, profile
from .scoring import link
from .words import Lexicon, reweigh

Scope = Literal["auto", "citations", "news"]
Related = Mapping[str, tuple[tuple[str, float], ...]]  # item id -> (item id, probability), best first, symmetric


def candidates(items: Sequence[Item], weights: MatchWeights) -> tuple[tuple[str, str], ...]:
    """The pairs of ids that share a key, each once, ordered."""
    return _candidates([profile(item, weights) for item in items], weights)


def _candidates(profiles: Iterable[Profile], weights: MatchWeights) -> tuple[tuple[str, str], ...]:
    blocks: dict[str, list[str]] = defaultdict(list)
    pairs: set[tuple[str, str]] = set()
    for p in sorted(profiles, key=lambda p: (p.item.first_seen, p.item.id)):
        for key in keys_of(p, weights):
            block = blocks[key]
            met = partners(key, block, crowded=len(block) > weights.block_cap)
            pairs.update((p.item.id, other) if p.item.id < other else (other, p.item.id) for other in met)
            block.append(p.item.id)
    return tuple(sorted(pairs))


def match_items(
    items: Iterable[Item], weights: MatchWeights, level: Scope = "auto", *, constraints: Iterable[Constraint] = (),
    roles: Mapping[str, Role] | None = None, learn_words: bool = True,
) -> tuple[Grouping, Related]:  # fmt: skip
    """Works, stories and related items of a set.

    `level` says what the set holds: "citations" and "news" treat every item as the one or the
    other, "auto" looks at each item. With `learn_words` the word weights are first counted in
    the set itself (`words.reweigh`), as a corpus of its own.

    Raises: ValueError when two items have one id.
    """
    kept: dict[str, Item] = {}
    for item in items:
        if item.id in kept:
            raise ValueError(f"item id {item.id!r} occurs twice: ids have to be unique")
        kept[item.id] = as_scope(item, level)
    if learn_words:
        weights = reweigh(weights, kept.values())
    lexicon = Lexicon(weights)
    profiles = {id_: build(item, lexicon) for id_, item in kept.items()}
    edges = [
        edge
        for a, b in _candidates(profiles.values(), weights)
        if (edge := link(profiles[a], profiles[b], weights)) is not None
    ]
    grouping = group(kept, edges, constraints, weights=weights, roles=roles)
    return grouping, related_items(grouping, edges)


def as_scope(item: Item, level: Scope) -> Item:
    """`item`, marked as a citation or as news where `level` says what the set holds."""
    if level == "auto":
        return item
    return replace(item, type="paper" if level == "citations" else "news")


def related_items(grouping: Grouping, edges: Iterable[Edge]) -> Related:
    """For each item its neighbours outside its story, with the probability of each link."""
    story = {i: s.id for s in grouping.stories for w in s.works for i in w.items}
    found: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for e in edges:
        if e.level is not None and story[e.a] != story[e.b]:
            found[e.a].append((e.b, e.probability))
            found[e.b].append((e.a, e.probability))
    return {i: tuple(sorted(near, key=lambda n: (-n[1], n[0]))) for i, near in sorted(found.items())}
