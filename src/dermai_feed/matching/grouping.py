"""Grouping: works and stories out of items, edges and what editors said.

Two passes of one algorithm, items into works and works into stories: edges from the strongest
to the weakest, each joining the two groups at its ends unless something forbids it. What
forbids: an editor's `different`, a veto between any two members (complete link), an average
link that is too weak (a chain), the size cap. The order of edges is total, so the result
depends on the sets of items, edges and constraints alone, and when a path of edges runs into a
`different`, it is the path's weakest edges that give way. Identifiers come last: they join
whole stories, and are no argument for or against the texts on either side.

`related` edges never join anything; they become `Story.see_also`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from ..model import Constraint, Edge, Grouping, Item, Role, Story, Work
from ..rules import MatchWeights
from .canonical import canonical, founding, work_id
from .profile import profile
from .scoring import compare
from .vetoes import of_story, one_series

Pair = tuple[str, str]
_NEIGHBOURS = 12  # see_also entries kept per story, the strongest


def group(
    items: Mapping[str, Item], edges: Iterable[Edge], constraints: Iterable[Constraint] = (), *, weights: MatchWeights,
    roles: Mapping[str, Role] | None = None, pinned: frozenset[str] = frozenset(),
) -> Grouping:  # fmt: skip
    """The works and stories over `items`.

    `edges` and `constraints` whose ends are not both in `items` are left aside. `roles` says
    what an item is (`role_of`); an item it does not name is coverage. `pinned` are the ids that
    editors pinned. The order of all arguments is of no consequence.
    """
    known = {(e.a, e.b): e for e in edges if e.a in items and e.b in items}
    rule = _Rule.of(constraints, items)
    links = _Links(items, known, weights)

    works, stories, allowed = _Groups(items), _Groups(items), _Groups(items)
    for a, b in sorted(rule.same_story):
        stories.join(a, b)
        allowed.join(a, b)
    ranked = _strongest(known, "work", "story")
    for edge in ranked:
        if not _crosses(allowed.members(edge.a), allowed.members(edge.b), rule.different):
            allowed.join(edge.a, edge.b)

    for a, b in sorted(rule.same_work):
        works.join(a, b)
    for edge in ranked:
        left, right = works.members(edge.a), works.members(edge.b)
        if edge.level != "work" or left is right or allowed.members(edge.a) is not allowed.members(edge.b):
            continue
        if not _crosses(left, right, rule.not_one_work) and links.allow(left, right, edge, "work"):
            works.join(edge.a, edge.b)
            stories.join(edge.a, edge.b)

    oversized: set[str] = set()
    for edge in sorted(ranked, key=_named):
        left, right = stories.members(edge.a), stories.members(edge.b)
        if left is right or allowed.members(edge.a) is not allowed.members(edge.b):
            continue
        if not links.allow(left, right, edge, "story"):
            continue
        if works.count(left) + works.count(right) > weights.story_cap:
            oversized |= {min(left), min(right)}
            continue
        stories.join(edge.a, edge.b)

    named = {m: founding(items[i] for i in members) for members in stories.all() for m in members}
    neighbours = _neighbours(known, rule, named)
    return Grouping(
        stories=tuple(
            sorted(
                (_story(members, items, works, roles or {}, pinned, neighbours) for members in stories.all()),
                key=lambda s: s.id,
            )
        ),
        oversized=tuple(sorted({named[m] for m in oversized})),
    )


def _strongest(known: Mapping[Pair, Edge], *levels: str) -> list[Edge]:
    """Edges of these levels, work before story, then by weight; ties by the ends' ids."""
    chosen = [e for e in known.values() if e.level in levels]
    return sorted(chosen, key=lambda e: (e.level != "work", -e.weight, e.a, e.b))


def _crosses(left: list[str], right: list[str], pairs: set[Pair]) -> bool:
    return bool(pairs) and any(_pair(x, y) in pairs for x in left for y in right)


def _pair(a: str, b: str) -> Pair:
    return (a, b) if a < b else (b, a)


# --------------------------------------------------------------------------- what editors said


@dataclass(frozen=True, slots=True)
class _Rule:
    """Constraints that contradict one another no longer: the latest decision stands."""

    same_work: set[Pair] = field(default_factory=set)
    same_story: set[Pair] = field(default_factory=set)
    different: set[Pair] = field(default_factory=set)  # never one story, hence never one work
    not_one_work: set[Pair] = field(default_factory=set)
    related: set[Pair] = field(default_factory=set)

    @staticmethod
    def of(constraints: Iterable[Constraint], items: Mapping[str, Item]) -> _Rule:
        """Read from the latest to the oldest; an older word that contradicts a later one is dropped."""
        rule = _Rule()
        stories, works = _Groups(items), _Groups(items)
        mine = [c for c in constraints if c.a in items and c.b in items and c.a != c.b]
        for c in sorted(mine, key=lambda c: (c.decision, c.verb, *_pair(c.a, c.b)), reverse=True):
            pair = _pair(c.a, c.b)
            if c.verb == "same":
                if _crosses(stories.members(c.a), stories.members(c.b), rule.different):
                    continue
                stories.join(c.a, c.b)
                rule.same_story.add(pair)
                if c.level == "work" and not _crosses(works.members(c.a), works.members(c.b), rule.not_one_work):
                    works.join(c.a, c.b)
                    rule.same_work.add(pair)
            elif c.verb == "different" and c.level == "work":
                if works.members(c.a) is not works.members(c.b):
                    rule.not_one_work.add(pair)
            elif stories.members(c.a) is not stories.members(c.b):
                rule.different.add(pair)
                if c.verb == "related":
                    rule.related.add(pair)
        return rule


# --------------------------------------------------------------------------- groups and the guard against chains


class _Groups:
    """A partition of ids that only ever grows together."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._of = {i: [i] for i in sorted(ids)}

    def members(self, i: str) -> list[str]:
        """The group of `i`; one list object per group."""
        return self._of[i]

    def join(self, a: str, b: str) -> None:
        """Make the groups of `a` and `b` one."""
        left, right = self._of[a], self._of[b]
        if left is right:
            return
        merged = sorted(left + right)
        for i in merged:
            self._of[i] = merged

    def all(self) -> list[list[str]]:
        """Every group once, in the order of its smallest id."""
        return [members for i, members in self._of.items() if members[0] == i]

    def count(self, ids: Iterable[str]) -> int:
        """How many groups `ids` belong to."""
        return len({id(self._of[i]) for i in ids})


class _Links:
    """The guard against chains: two groups join only when they belong together as wholes.

    Pairs that blocking never compared are compared here, so the answer does not depend on which
    keys they happen to share.
    """

    def __init__(self, items: Mapping[str, Item], known: Mapping[Pair, Edge], weights: MatchWeights) -> None:
        self._items = items
        self._edges = dict(known)
        self._weights = weights

    def allow(self, left: list[str], right: list[str], edge: Edge, level: str) -> bool:
        """Whether `edge` may join its two groups into one work or one story."""
        if level == "work":
            return not any(e.veto for e in self._between(left, right, edge))
        if len(left) == len(right) == 1 or _named(edge):
            return True
        between = self._between(left, right, edge)
        votes = [self._vote(e) for e in between]
        return None not in votes and sum(v for v in votes if v is not None) >= _BELONG * len(votes)

    def _vote(self, edge: Edge) -> float | None:
        """How far a pair speaks for one story: fully when it would join by itself, else by its probability.

        None where a rule forbids the story for good, and not only the work or this one edge.
        """
        if edge.level in {"work", "story"}:
            return 1.0
        a, b = (profile(self._items[i], self._weights) for i in (edge.a, edge.b))
        if not edge.veto or a.literature or b.literature:
            return edge.probability
        if one_series(a, b):
            return None
        return _AGAINST if of_story(a, b) else edge.probability

    def _between(self, left: list[str], right: list[str], edge: Edge) -> list[Edge]:
        """The pairs between two groups; of a large group a sample that depends on its members alone."""
        ends = {edge.a, edge.b}
        return [self._edge(x, y) for x in _sample(left, ends) for y in _sample(right, ends)]

    def _edge(self, x: str, y: str) -> Edge:
        pair = _pair(x, y)
        if pair not in self._edges:
            self._edges[pair] = compare(self._items[pair[0]], self._items[pair[1]], self._weights)
        return self._edges[pair]


_SAMPLE = 12  # members of a large group that speak for it


def _sample(members: list[str], ends: set[str]) -> list[str]:
    """At most twelve of `members`, evenly from the list, and those of `ends` that are among them.

    Five hundred copies of one wire text need no 125,000 comparisons to be told apart from a
    series; a story has 30 works at most, so the sample is of copies in practice.
    """
    if len(members) <= _SAMPLE:
        return members
    every = [members[n * len(members) // _SAMPLE] for n in range(_SAMPLE)]
    return sorted({*every, *ends.intersection(members)})


def _named(edge: Edge) -> bool:
    """True for an edge from an identifier, an address or a declared relation, and not from texts."""
    return any((c.name, c.level) in _NAMES for c in edge.comparisons)


_BELONG = 0.35  # mean vote between two groups from which on they are one story
_NAMES = frozenset({("identifier", "exact"), ("identifier", "cited"), ("url", "exact"), ("declared", "exact")})


_AGAINST = -0.5  # vote of a pair that a rule keeps apart: one of two outweighs the other, one of many does not


# --------------------------------------------------------------------------- writing it down


def _story(
    members: list[str], items: Mapping[str, Item], works: _Groups, roles: Mapping[str, Role], pinned: frozenset[str],
    neighbours: Mapping[str, tuple[tuple[str, float], ...]],
) -> Story:  # fmt: skip
    own = {id(works.members(m)): works.members(m) for m in members}
    written = sorted((_work(ids, items, roles, pinned) for ids in own.values()), key=lambda w: w.id)
    lead = canonical([items[w.canonical] for w in written], pinned, roles)
    story_id = founding(items[m] for m in members)
    return Story(
        id=story_id,
        lead=next(w.id for w in written if w.canonical == lead),
        works=tuple(written),
        see_also=neighbours.get(story_id, ()),
    )


def _work(ids: list[str], items: Mapping[str, Item], roles: Mapping[str, Role], pinned: frozenset[str]) -> Work:
    best = canonical([items[i] for i in ids], pinned, roles)
    return Work(id=work_id(items[i] for i in ids), canonical=best, items=tuple(ids), role=roles.get(best, "coverage"))


def _neighbours(
    known: Mapping[Pair, Edge], rule: _Rule, named: Mapping[str, str]
) -> Mapping[str, tuple[tuple[str, float], ...]]:
    """Story id -> neighbouring story ids with the strongest probability between them, best first."""
    between: dict[Pair, float] = defaultdict(float)
    refused = rule.different - rule.related
    for (a, b), edge in known.items():
        if edge.level is not None and named[a] != named[b] and (a, b) not in refused:
            pair = _pair(named[a], named[b])
            between[pair] = max(between[pair], edge.probability)
    for a, b in rule.related:
        between[_pair(named[a], named[b])] = 1.0
    by_story: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (a, b), p in between.items():
        by_story[a].append((b, p))
        by_story[b].append((a, p))
    strongest: Callable[[tuple[str, float]], tuple[float, str]] = lambda n: (-n[1], n[0])  # noqa: E731
    return {story: tuple(sorted(found, key=strongest)[:_NEIGHBOURS]) for story, found in by_story.items()}
