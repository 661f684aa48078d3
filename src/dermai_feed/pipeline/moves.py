"""Moves: what permanent redirects propose for the list of sources (F-10, decision 14). Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..config.addresses import folded
from ..model import Health, Source, SourceState


@dataclass(frozen=True, kw_only=True, slots=True)
class Move:
    """A change of one source's block, and why."""

    source_id: str
    changes: Mapping[str, str | bool | None]
    why: str


def proposed(sources: Sequence[Source], states: Mapping[str, SourceState]) -> tuple[Move, ...]:
    """What to change for the sources that have moved for good.

    A source that moves onto the address of another is that other: it is disabled, not doubled.
    """
    moves = []
    taken = {folded(source.url): source.id for source in sources if source.enabled and source.kind != "folder"}
    for source in sources:
        state = states.get(source.id)
        if not source.enabled or state is None or state.health is not Health.MOVED or not state.moved_to:
            continue
        since = f"seen since {state.moved_since:%Y-%m-%d}" if state.moved_since else "seen twice"
        other = taken.get(folded(state.moved_to), source.id)
        changes: dict[str, str | bool | None]
        if other == source.id:
            changes, why = {"url": state.moved_to}, f"moved for good, {since}"
            taken[folded(state.moved_to)] = source.id
        else:
            changes = {"enabled": False, "reason": f"moved to the address of {other}"}
            why = f"moved to what {other} asks already, {since}"
        moves.append(Move(source_id=source.id, changes=changes, why=why))
    return tuple(moves)
