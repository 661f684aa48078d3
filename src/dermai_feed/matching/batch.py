"""Matching a whole set at once, in memory and without a database.

The same keys, comparisons and grouping as the pipeline's; only the join on keys is done here.
A newcomer meets whom `blocking.partners` names of those that were seen earlier (first seen, then
id), which is what the pipeline, taking items in that order, does as well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Literal

from ..model import Constraint, Edge, Grouping, Item, Role
from ..rules import MatchWeights
from .blocking import keys_of, partners
from .grouping import group
from .profile import Profile, build
from .scoring import link
from .words import Lexicon, reweigh

Scope = Literal["auto", "citations", "news"]
Related = Mapping[str, tuple[tuple[str, float], ...]]  # item id -> (item id, probability), best first, symmetric


def candidates(items: Iterable[Item], weights: MatchWeights) -> tuple[tuple[str, str], ...]:
    """The pairs of ids that share a key, each once, ordered.

    Profiles are made for their keys and let go, and a key is kept as its hash, so that fifty
    thousand records take some hundred megabytes.
    """
    lexicon = Lexicon(weights)
    blocks: dict[int, str | list[str]] = {}  # the one id that has a key, or all of them
    pairs: set[tuple[str, str]] = set()
    for item in sorted(items, key=lambda i: (i.first_seen, i.id)):
        for key in keys_of(build(item, lexicon), weights):
            known = blocks.setdefault(hash(key), item.id)
            if known is item.id:
                continue
            block = [known] if isinstance(known, str) else known
            met = partners(key, block, crowded=len(block) > weights.block_cap)
            pairs.update((item.id, other) if item.id < other else (other, item.id) for other in met)
            block.append(item.id)
            blocks[hash(key)] = block
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
    edges = _edges(kept, weights)
    grouping = group(kept, edges, constraints, weights=weights, roles=roles)
    return grouping, related_items(grouping, edges)


def _edges(items: Mapping[str, Item], weights: MatchWeights) -> list[Edge]:
    """What ties the candidates among `items`; a profile is kept until its last pair."""
    pairs, lexicon = candidates(items.values(), weights), Lexicon(weights)
    left = Counter(id_ for pair in pairs for id_ in pair)
    profiles: dict[str, Profile] = {}
    edges = []
    for a, b in pairs:
        for id_ in (a, b):
            if id_ not in profiles:
                profiles[id_] = build(items[id_], lexicon)
        if (edge := link(profiles[a], profiles[b], weights)) is not None:
            edges.append(edge)
        for id_ in (a, b):
            left[id_] -= 1
            if not left[id_]:
                del profiles[id_]
    return edges


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
