"""Conflicts: fields that an editor and the machine both changed, and how an editor decides them.

The editor's value stands in the file in any case (decision 2). Keeping it is a decision that
names the machine's value as seen and not wanted; taking the machine's is the undo of the edit.
Better sources for published stories are among them, under `canonical`; there both are a pin.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ..errors import UsageError
from ..model import Clash, Decision
from ..publish import edits
from ..publish.elements import digest
from .decide import record
from .parts import Parts
from .proposals import FIELD, proposals
from .publish import field_words
from .resolve import resolve


@dataclass(frozen=True, kw_only=True, slots=True)
class Conflict:
    """A clash and the story whose file it is in."""

    story: str
    title: str
    clash: Clash


def conflicts(parts: Parts, target: str = "") -> tuple[Conflict, ...]:
    """Every clash that no editor has decided, by path and field; with `target` those of one story.

    A decision counts from the moment it is taken, though the file is the next run's.
    Raises: errors.UsageError for a target that is nothing.
    """
    found = parts.store.stories.clashes()
    only = resolve(parts, target).target if target else None
    if only is not None:
        found = tuple(pair for pair in found if pair[0] == only)
    stories = parts.store.stories.stories({story for story, _ in found})
    words = field_words(parts, stories.values())
    found = tuple(pair for pair in found if not _decided(words.get(pair[0], []), pair[1]))
    offered = proposals(parts, None if only is None else [only])
    found = tuple(sorted((*found, *((one.story, one.clash) for one in offered)), key=_place))
    titles: dict[str, str] = {}
    for id_ in {story for story, _ in found}:
        story = parts.store.stories.story(id_)
        work = next((w for w in story.works if w.id == story.lead), None) if story else None
        items = parts.store.items.items_of([work.canonical]) if work else {}
        titles[id_] = next((item.title for item in items.values()), "")
    return tuple(Conflict(story=story, title=titles[story], clash=clash) for story, clash in found)


def _place(pair: tuple[str, Clash]) -> tuple[str, str]:
    return pair[1].path, pair[1].field


def keep(parts: Parts, target: str, field: str, *, now: datetime, who: str, why: str = "") -> Decision:
    """Let the editor's value stand for good, until the machine finds yet another one. Raises: errors.UsageError."""
    conflict = _one(parts, target, field)
    if field == FIELD:
        return _pin(parts, conflict, False, now=now, who=who, why=why)
    one = _edits(parts, conflict)[0]
    value = {
        "field": ".".join(one.path), "key": one.key, "value": one.value, "raw": one.raw, "was": one.was,
        "was_raw": one.was_raw, "over": digest(conflict.clash.ours),
    }  # fmt: skip
    value = {name: v for name, v in value.items() if name == "value" or v not in ("", None)}
    return record(parts, "edit", (conflict.story,), now=now, who=who, value=value, why=why)


def take(parts: Parts, target: str, field: str, *, now: datetime, who: str, why: str = "") -> Decision:
    """Give the field back to the machine: its value goes in at the next run. Raises: errors.UsageError."""
    conflict = _one(parts, target, field)
    if field == FIELD:
        return _pin(parts, conflict, True, now=now, who=who, why=why)
    places = {one.place for one in _edits(parts, conflict)}
    said = [d for d in _words(parts, conflict.story) if (one := edits.said(d)) is not None and one.place in places]
    undone = {id_ for d in parts.store.decisions.all() if d.verb == "undo" for id_ in d.target}
    targets = tuple(d.id for d in said if d.id not in undone)
    return record(parts, "undo", targets, now=now, who=who, why=why)


def _pin(parts: Parts, conflict: Conflict, take: bool, *, now: datetime, who: str, why: str) -> Decision:
    """Settle which item speaks for a story: the one that does, or the better one."""
    (one,) = proposals(parts, [conflict.story])
    return record(parts, "pin", ((one.better if take else one.stays).id,), now=now, who=who, why=why)


def _one(parts: Parts, target: str, field: str) -> Conflict:
    found = [conflict for conflict in conflicts(parts, target) if conflict.clash.field == field]
    if not found:
        there = ", ".join(conflict.clash.field for conflict in conflicts(parts, target)) or "none"
        raise UsageError(f"{target}: no conflict in {field}; there are: {there}")
    return found[0]


def _decided(words: Iterable[Decision], clash: Clash) -> bool:
    """Whether `words` about the story hold the machine's value as refused, or the editor's as taken back."""
    words = tuple(words)
    found = _about(words, clash)
    if found:
        return any(one.over == digest(clash.ours) for one in found)
    field, _, element = clash.field.partition("[")
    every = [one for one in map(edits.said, words) if one is not None and ".".join(one.path) == field]
    return any(edits.named(one) == clash.field for one in every) if element else bool(every)


def _words(parts: Parts, story_id: str) -> list[Decision]:
    story = parts.store.stories.story(story_id)
    return field_words(parts, [story]).get(story_id, []) if story else []


def _edits(parts: Parts, conflict: Conflict) -> tuple[edits.Said, ...]:
    clash = conflict.clash
    if found := _about(_words(parts, conflict.story), clash):
        return found
    raise UsageError(f"{clash.path}: the log does not hold the edit of {clash.field} yet; any run takes it in")


def _about(words: Iterable[Decision], clash: Clash) -> tuple[edits.Said, ...]:
    """What of `words` is in force and about `clash`: one, or those of all elements of a list that clashes whole."""
    field, _, element = clash.field.partition("[")
    said = edits.about(edits.state(words), field)
    if element:
        found = [one for one in said if edits.named(one) == clash.field]
    else:
        found = [one for one in said if not one.key]
    return (found[0],) if found else () if element else said
