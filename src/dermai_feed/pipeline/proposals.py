"""Proposals: better sources for stories whose published or edited files keep the one that they have (decision 10).

Computed anew from the store, so that a proposal is there as long as it holds: until an editor
pins one of the two, or the better item leaves the story. It stands among the conflicts, where
it is kept out or taken; readers of an earlier issue are told under "Updates".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .. import matching
from ..model import Clash, Item, Telling
from ..publish.picking import lead_of, source
from ..publish.windows import Week
from .match import roles
from .parts import Parts
from .publish import tell
from .words import items_of, pinned

FIELD = "canonical"  # what a proposal is called among the conflicts
_PRIMARY = frozenset({"primary", "institution"})  # journals, regulators, institutions: what readers are told of


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A story, the item that speaks for it, and one of a strictly better class that could."""

    story: str
    path: str
    stays: Item
    better: Item

    @property
    def clash(self) -> Clash:
        """The proposal as one of the conflicts: what stands, and what is offered."""
        stays = _named(self.stays)
        return Clash(path=self.path, field=FIELD, base=stays, theirs=stays, ours=_named(self.better))


def proposals(parts: Parts, only: Collection[str] | None = None) -> tuple[Proposal, ...]:
    """Every proposal that no editor has decided, by path; with `only` those of these stories."""
    rows = parts.store.stories.documents() if only is None else parts.store.stories.documents_of(only)
    paths = {row.story_id: row.path for row in rows if row.touched}
    stories = parts.store.stories.stories(paths.keys())
    several = [story for story in stories.values() if len(items_of(story)) > 1]
    pins = frozenset(pinned(parts.store.decisions.active()))
    found = []
    for telling in tell(parts, several):
        lead = lead_of(telling)
        if telling.rejected or lead.id in pins:
            continue
        better = _better(parts, telling, lead, telling.items)
        if better is not None:
            found.append(Proposal(story=telling.story.id, path=paths[telling.story.id], stays=lead, better=better))
    return tuple(sorted(found, key=lambda one: (one.path, one.story)))


def improved(parts: Parts, tellings: Iterable[Telling], window: Week) -> Mapping[str, str]:
    """Story id -> the primary source that came in `window` to a story with a settled lead, taken by now or not."""
    several = {telling.story.id: telling for telling in tellings if len(telling.items) > 1}
    found: dict[str, str] = {}
    for row in parts.store.stories.documents_of(several.keys()):
        telling = several[row.story_id]
        new = {id_ for id_, item in telling.items.items() if window.since <= item.first_seen < window.until}
        old = [item for item in telling.items.values() if item.first_seen < window.since]
        if not row.touched or not new or not old:
            continue
        lead = lead_of(telling)
        stood = lead if lead.id not in new else telling.items[matching.canonical(old, roles=roles(parts, old))]
        better = _better(parts, telling, stood, new)
        if better is not None and better.provider.tier in _PRIMARY:
            found[row.story_id] = better.id
    return found


def _better(parts: Parts, telling: Telling, lead: Item, among: Collection[str]) -> Item | None:
    """The best accepted item of `among` that is of a strictly better class than `lead`."""
    verdicts = telling.verdicts
    accepted = [telling.items[id_] for id_ in among if id_ in verdicts and verdicts[id_].decision == "accept"]
    id_ = matching.better(accepted, lead, roles(parts, [*accepted, lead]))
    return None if id_ is None else telling.items[id_]


def _named(item: Item) -> str:
    return f"{item.url or item.original_url} ({source(item)})"
