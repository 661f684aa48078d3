"""Preview: what an import would do, record by record, without storing anything.

The records are read, judged and compared with what is stored and with one another exactly as an
import would do it; only grouping, which depends on all of a component, is left to the import.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .. import matching
from ..imports import Columns, Subscription
from ..imports.reading import Reader
from ..imports.walk import Piece
from ..model import Edge, Item, Problem, Verdict
from ..normalize import identity
from ..normalize.text import fold
from ..store import PendingName
from ..triage import Triage
from ..triage.relevance import KEPT
from .imports import Wish, ask, declined, exit_code
from .match import edges_of
from .parts import Parts
from .subscriptions import plan

COMPARED = 2_000  # records that are compared with one another at once

_ORDER = {"work": 3, "story": 2, "related": 1, None: 0}


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """One record: what would become of it and why."""

    origin: str
    item: str
    title: str
    outcome: str  # "new work", "duplicate of …", "same story as …", "related to …", "held", "rejected", "unchanged" …
    why: str = ""
    other: str = ""  # item id that it was compared with
    probability: float = 0.0
    unsure: bool = False


@dataclass(slots=True)
class Preview:
    """An import that was not done."""

    records: list[Foreseen] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    feeds: list[str] = field(default_factory=list)
    columns: list[Columns] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 8 when something cannot be read."""
        return exit_code(self.problems)


def preview(
    parts: Parts, pieces: Iterable[Piece | Problem], names: Sequence[PendingName], wish: Wish, *, now: datetime
) -> Preview:
    """What importing `pieces` and `names` would do at `now` (UTC). Nothing is stored or asked over the network."""
    seen = Preview(names=[name.name for name in names])
    triage = Triage(parts.config.triage, parts.store.items.terms())
    feeds: list[Subscription] = []
    earlier: dict[str, Item] = {}
    with Reader(parts.config.providers) as reader:
        for piece in pieces:
            if isinstance(piece, Problem):
                seen.problems.append(piece)
                continue
            waiting: list[Item] = []
            for batch in reader(ask(piece, wish, now, parts)):
                seen.problems += batch.problems
                seen.columns += batch.columns
                seen.names += [str(wanted.identifier) for wanted in batch.wanted]
                feeds += batch.subscriptions
                waiting += batch.items
                if batch.failure:
                    seen.problems.append(Problem(where=piece.name, what=batch.failure, kind="file"))
                if len(waiting) >= COMPARED:
                    _foresee(parts, waiting, triage, wish, earlier, seen)
                    waiting = []
            _foresee(parts, waiting, triage, wish, earlier, seen)
    added, known = plan(feeds, parts.config.sources)
    seen.feeds = [f"{source.id}: new, {source.url}" for source in added] + [f"{id_}: known already" for id_ in known]
    return seen


def _foresee(
    parts: Parts, items: list[Item], triage: Triage, wish: Wish, earlier: dict[str, Item], seen: Preview
) -> None:
    if not items:
        return
    keys = {key for item in items for key in identity.lookup_keys(item)}
    known = parts.store.items.known(wish.source.id, keys)
    fresh: dict[str, Item] = {}
    verdicts: dict[str, Verdict] = {}
    rows: list[tuple[Item, str]] = []
    stored = parts.store.items.items_of(list(known.values()))
    withdrawn = parts.store.imports.withdrawn() if known else frozenset()
    out = frozenset() if wish.keep_all else declined(parts)
    for assigned in identity.assign(items, known):
        item = replace(assigned.item, flags=(*assigned.item.flags, KEPT)) if wish.keep_all else assigned.item
        if assigned.status == "twin" or item.id in earlier:
            rows.append((item, "twin"))
        elif item.id in out:
            rows.append((item, "declined"))
        elif assigned.status == "known" and item.id not in withdrawn:
            same = item.id in stored and stored[item.id].content_hash == item.content_hash
            rows.append((item, "unchanged" if same else "updated"))
        else:
            fresh[item.id] = item
            earlier[item.id] = item
            verdicts[item.id] = triage(item)
            rows.append((item, "new"))
    compared = [item for item in fresh.values() if item.imported or verdicts[item.id].decision != "reject"]
    best = _best(edges_of(parts, compared))
    others = parts.store.items.items_of({_other(edge, id_) for id_, edge in best.items()} - fresh.keys()) | earlier
    for item, status in rows:
        if status == "new":
            seen.records.append(_foreseen(item, verdicts[item.id], best.get(item.id), others))
        else:
            words = {
                "twin": ("repeats an earlier record", "the same record stands in the files before it"),
                "declined": ("left out", "a person said no to it in an earlier import; --keep-all takes it in"),
                "unchanged": ("unchanged", "imported already, with the same content"),
                "updated": ("updated", "imported already, with other content"),
            }[status]
            seen.records.append(
                Foreseen(origin=item.origin, item=item.id, title=item.title, outcome=words[0], why=words[1])
            )


def _best(edges: Iterable[Edge]) -> dict[str, Edge]:
    """Item id -> the edge that says most about it; a vetoed one only where there is no other."""
    best: dict[str, Edge] = {}
    for edge in edges:
        if edge.level is None and not edge.veto:
            continue
        for id_ in (edge.a, edge.b):
            known = best.get(id_)
            if known is None or _says(edge) > _says(known):
                best[id_] = edge
    return best


def _says(edge: Edge) -> tuple[int, float]:
    return _ORDER[edge.level], edge.probability


def _other(edge: Edge, id_: str) -> str:
    return edge.b if edge.a == id_ else edge.a


def _explained(edge: Edge) -> list[str]:
    """The verdict, then what decided: an identifier or address that both have, a veto, the weightiest comparisons."""
    verdict, *lines = matching.explain(edge)
    certain = [line for line in lines if line.startswith(("identifier: exact", "url: exact", "not more than that"))]
    return [verdict, *certain, *[line for line in lines if line not in certain][:2]]


def _foreseen(item: Item, verdict: Verdict, edge: Edge | None, others: dict[str, Item]) -> Foreseen:
    made = Foreseen(origin=item.origin, item=item.id, title=item.title, outcome="new work", why=verdict.because)
    if verdict.decision == "reject" and edge is None:
        return replace(made, outcome="rejected")
    held = verdict.decision == "review"
    if edge is not None and (other := others.get(_other(edge, item.id))) is not None:
        relation = {"work": "duplicate of", "story": "same story as", "related": "related to", None: "kept apart from"}
        why = f"{other.title!r} ({other.origin or other.source_id}): " + "; ".join(_explained(edge))
        return replace(
            made, outcome=f"{relation[edge.level]} {other.id}", why=why,
            other=other.id, probability=edge.probability,
            # What looks alike and is not joined, or a story that a little less would not be: a person knows better.
            unsure=held or edge.level is None or (edge.level == "story" and edge.probability < 0.99)
            or (edge.level != "work" and fold(item.title) == fold(other.title)),
        )  # fmt: skip
    return replace(made, outcome="held" if held else "new work", unsure=held)
