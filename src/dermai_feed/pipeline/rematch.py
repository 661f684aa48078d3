"""Rematch: what other weights would join and split, before anything is changed (decision 4).

The weights are a numbered snapshot. `preview` groups the whole corpus by other weights in
memory and compares; `apply` makes them the next snapshot and lets every item be matched
again. Editors' decisions are inputs to both.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Literal

from .. import matching
from ..config import weights_text
from ..errors import UsageError
from ..model import Grouping, Item, Story
from ..rules import MatchWeights, Scale
from .match import match, roles
from .parts import Parts

Level = Literal["work", "story"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """Groups that would become one, or one that would fall apart; each group by an item's title."""

    verb: Literal["join", "split"]
    level: Level
    groups: tuple[str, ...]  # titles, one of each group
    items: tuple[str, ...]  # item ids, one of each group, for `why`


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """What a snapshot would do to the corpus as it is."""

    snapshot: str  # the name that the weights would have
    before: tuple[int, int]  # works, stories
    after: tuple[int, int]
    changes: tuple[Change, ...]


def changed(weights: MatchWeights, settings: Mapping[str, str]) -> MatchWeights:
    """`weights` with every `key: value` of `settings`, as the next snapshot.

    A key is a field (`window_days`) or a scale's (`stories.merge`, `copies.bits.title.exact`).
    Raises: errors.UsageError for a key that does not exist or a value that is no number.
    """
    for key, text in settings.items():
        try:
            number = float(text)
        except ValueError:
            raise UsageError(f"--set {key}={text}: not a number") from None
        name, _, rest = key.partition(".")
        now = getattr(weights, name, None) if name in {f.name for f in fields(MatchWeights)} else None
        if isinstance(now, Scale) and rest:
            weights = replace(weights, **{name: _scale(now, rest, number, key)})  # type: ignore[arg-type]
        elif isinstance(now, int | float) and not rest and name != "number":
            weights = replace(weights, **{name: type(now)(number)})  # type: ignore[arg-type]
        else:
            raise UsageError(f"--set {key}: no such weight; config/matching.yaml has all of them")
    return replace(weights, number=weights.number + 1) if settings else weights


def _scale(scale: Scale, rest: str, number: float, key: str) -> Scale:
    if rest == "prior":
        return replace(scale, prior=number)
    if rest == "merge":
        return replace(scale, merge=number)
    kind, _, place = rest.partition(".")
    comparison, _, level = place.partition(".")
    if kind != "bits" or level not in scale.bits.get(comparison, {}):
        raise UsageError(f"--set {key}: no such weight; config/matching.yaml has all of them")
    return replace(scale, bits={**scale.bits, comparison: {**scale.bits[comparison], level: number}})


def counted(parts: Parts, weights: MatchWeights) -> MatchWeights:
    """`weights` with the words counted anew in the corpus, as the next snapshot."""
    return matching.reweigh(weights, _items(parts).values())


def preview(parts: Parts, weights: MatchWeights) -> Preview:
    """What `weights` would join and split; nothing is changed."""
    items = _items(parts)
    stories = parts.store.stories.all()
    pairs = matching.candidates(tuple(items.values()), weights)
    found = (matching.tie(items[a], items[b], weights) for a, b in pairs)
    grouping = matching.group(
        items, [edge for edge in found if edge is not None], parts.store.decisions.constraints(),
        weights=weights, roles=roles(parts, items.values()),
    )  # fmt: skip
    levels: tuple[Level, ...] = ("work", "story")
    changes = [
        change
        for level in levels
        for change in _changes(_partition(stories, level), _partition(grouping.stories, level), level, items)
    ]
    return Preview(
        snapshot=matching.snapshot(weights),
        before=(sum(len(story.works) for story in stories), len(stories)),
        after=_size(grouping),
        changes=tuple(changes),
    )


def apply(parts: Parts, weights: MatchWeights, *, now: datetime) -> int:
    """Make `weights` the snapshot in force, write them down, match everything again; how many items."""
    path = parts.config.files.matching
    path.write_text(weights_text(weights), encoding="utf-8")
    parts.store.meta.set_snapshot(weights.number)
    parts.store.matching.start_over()
    changed_parts = replace(parts, config=replace(parts.config, matching=weights))
    return match(changed_parts, now=now).matched


def _items(parts: Parts) -> dict[str, Item]:
    ids = [id_ for story in parts.store.stories.all() for work in story.works for id_ in work.items]
    return parts.store.items.items_of(ids)


def _size(grouping: Grouping) -> tuple[int, int]:
    return sum(len(story.works) for story in grouping.stories), len(grouping.stories)


def _partition(stories: Iterable[Story], level: str) -> dict[str, str]:
    """Item id -> the id of its work or story."""
    return {
        id_: work.id if level == "work" else story.id for story in stories for work in story.works for id_ in work.items
    }


def _changes(
    before: Mapping[str, str], after: Mapping[str, str], level: Level, items: Mapping[str, Item]
) -> list[Change]:
    def told(verb: Literal["join", "split"], ids: tuple[str, ...]) -> Change:
        return Change(verb=verb, level=level, groups=tuple(items[id_].title for id_ in ids), items=ids)

    return [told("join", ids) for ids in _mixed(after, before)] + [told("split", ids) for ids in _mixed(before, after)]


def _mixed(whole: Mapping[str, str], parts: Mapping[str, str]) -> list[tuple[str, ...]]:
    """The groups of `whole` that hold items of several groups of `parts`: one item of each, by age."""
    inside: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for id_ in sorted(whole):
        if id_ in parts:
            inside[whole[id_]].setdefault(parts[id_], id_)
    return [tuple(found.values()) for _, found in sorted(inside.items()) if len(found) > 1]
