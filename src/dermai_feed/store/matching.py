"""Block keys, edges and components, the two queues of matching: `store.matching`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from ..codec import decode, encode
from ..model import Constraint, Decision, Edge, Grouping, Item
from ..verbs import PAIR_VERBS, constraints
from . import tables
from .database import Database, chunks, set_by_id, upsert
from .groups import replace_groups
from .tables import storable

_UNMATCHED = (
    tables.item.c.keyed < tables.item.c.version, tables.item.c.matchable.is_(True),
    tables.item.c.id.not_in(select(tables.withdrawn_item.c.item_id)),
)  # fmt: skip
JOINING = ("work", "story")  # levels of edges that put items into one component


class Matching:
    """What was compared with what, and which items wait for it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Versions handed out for matching; see Items._judging.
        self._comparing: dict[str, int] = {}

    # ------------------------------------------------------------------ comparing

    def waiting(self) -> int:
        """How many items `unmatched` would name."""
        with self._database.read() as connection:
            return connection.scalar(select(func.count()).select_from(tables.item).where(*_UNMATCHED)) or 0

    def unmatched(self, most: int | None = None) -> tuple[Item, ...]:
        """Items whose present content was not compared with any other, by (first_seen, id); the first `most` of them.

        That is: accepted, held or imported ones, and those that have been matched before
        whatever triage says of them now (decision 11).
        """
        return tuple(decode(Item, text) for text in self.unmatched_texts(most).values())

    def unmatched_texts(self, most: int | None = None) -> dict[str, str]:
        """Item id -> item as JSON, of what `unmatched` would name, in its order."""
        c = tables.item.c
        query = select(c.id, c.version, c.payload).where(*_UNMATCHED).order_by(c.first_seen, c.id)
        with self._database.read() as connection:
            rows = connection.execute(query.limit(most)).all()
        self._comparing |= {row.id: row.version for row in rows}
        return {row.id: row.payload for row in rows}

    def sharing(self, keys: Collection[str], cap: int) -> dict[str, tuple[str, ...]]:
        """Key -> ids of the stored items that have it, by (first_seen, id), of those `keys` that any item has.

        Blocks of more than `cap` items are left out.
        """
        asked = {storable(key): key for key in keys}
        found: defaultdict[str, list[str]] = defaultdict(list)
        key, item = tables.block_key.c, tables.item.c
        with self._database.read() as connection:
            for chunk in chunks(asked):
                sizes = select(key.key).where(key.key.in_(chunk)).group_by(key.key).having(func.count() <= cap)
                wanted = connection.scalars(sizes).all()
                rows = (
                    select(key.key, key.item_id)
                    .join(tables.item, item.id == key.item_id)
                    .where(key.key.in_(wanted))
                    .order_by(item.first_seen, item.id)
                )
                for stored, item_id in connection.execute(rows):
                    found[asked[stored]].append(item_id)
        return {key: tuple(items) for key, items in found.items()}

    def sizes(self, keys: Collection[str]) -> dict[str, int]:
        """Key -> how many items have it, of those `keys` that any item has."""
        asked = {storable(key): key for key in keys}
        found: dict[str, int] = {}
        c = tables.block_key.c
        with self._database.read() as connection:
            for chunk in chunks(asked):
                counted = select(c.key, func.count()).where(c.key.in_(chunk)).group_by(c.key)
                found |= {asked[key]: count for key, count in connection.execute(counted)}
        return found

    def ends(self, keys: Collection[str], count: int) -> dict[str, tuple[str, ...]]:
        """Key -> the first and the last `count` ids of its block, by (first_seen, id)."""
        key, item = tables.block_key.c, tables.item.c
        found: dict[str, tuple[str, ...]] = {}
        with self._database.read() as connection:
            for each in sorted(keys):
                rows = (
                    select(key.item_id)
                    .join(tables.item, item.id == key.item_id)
                    .where(key.key == storable(each))
                    .limit(count)
                )
                first = connection.scalars(rows.order_by(item.first_seen, item.id)).all()
                last = connection.scalars(rows.order_by(item.first_seen.desc(), item.id.desc())).all()
                found[each] = tuple(dict.fromkeys((*first, *reversed(last))))
        return found

    def save_keys_and_edges(self, keys: Mapping[str, Collection[str]], edges: Iterable[Edge]) -> None:
        """Store the block keys of items (id -> keys) and the edges found by them, in one transaction.

        Keys and edges that these items had before go: both belonged to older content or
        weights. The items then wait to be grouped.
        """
        with self._database.write() as connection:
            for chunk in chunks(keys):
                edge = tables.edge.c
                connection.execute(delete(tables.block_key).where(tables.block_key.c.item_id.in_(chunk)))
                # Two statements: one with OR would not use the index on either side.
                connection.execute(delete(tables.edge).where(edge.a.in_(chunk)))
                connection.execute(delete(tables.edge).where(edge.b.in_(chunk)))
            rows = [
                {"key": key, "item_id": id_} for id_, own in keys.items() for key in sorted({storable(k) for k in own})
            ]
            if rows:
                connection.execute(insert(tables.block_key), rows)
            upsert(connection, tables.edge, [_edge_row(edge) for edge in edges])
            self._mark_keyed(connection, list(keys))
        for id_ in keys:
            self._comparing.pop(id_, None)

    def _mark_keyed(self, connection: Connection, ids: Sequence[str]) -> None:
        c = tables.item.c
        versions: dict[str, int] = {}
        for chunk in chunks(ids):
            found = connection.execute(select(c.id, c.version).where(c.id.in_(chunk)))
            versions |= dict(found.all())
        # `matched` goes back so that an item is grouped anew also where its text is the old one.
        rows = [
            {"of": id_, "keyed": self._comparing.get(id_, version), "matched": 0, "matchable": True}
            for id_, version in versions.items()
        ]
        set_by_id(connection, tables.item, rows)

    def edges_of(self, ids: Collection[str]) -> tuple[Edge, ...]:
        """Every edge that has at least one end in `ids`, sorted by (a, b)."""
        with self._database.read() as connection:
            found = _edges(connection, ids)
        return tuple(found[pair] for pair in sorted(found))

    def uncertain(self, least: float, below: float, *, most: int) -> tuple[Edge, ...]:
        """Up to `most` edges with a probability from `least` to below `below`, the least sure first."""
        c = tables.edge.c
        query = select(c.payload).where(c.probability >= least, c.probability < below)
        with self._database.read() as connection:
            rows = connection.scalars(query.order_by(c.probability, c.a, c.b).limit(most)).all()
        return tuple(decode(Edge, row) for row in rows)

    # ------------------------------------------------------------------ grouping

    def start_over(self) -> None:
        """Let every item be compared and grouped again, by other weights; groups stay until then."""
        c = tables.item.c
        with self._database.write() as connection:
            connection.execute(update(tables.item).where(c.keyed > 0).values(keyed=0, matched=0))

    def ungrouped(self) -> tuple[str, ...]:
        """Ids of the items whose group may not be what edges and decisions say, by (first_seen, id)."""
        c = tables.item.c
        with self._database.read() as connection:
            query = select(c.id).where(c.matched < c.keyed).order_by(c.first_seen, c.id)
            return tuple(connection.scalars(query).all())

    def component(self, item_ids: Collection[str]) -> tuple[tuple[str, ...], tuple[Edge, ...]]:
        """All items that may influence the groups of `item_ids`, sorted, and the edges among them.

        Reached over edges that join (work, story), over editors' `same` and `related`, and over the
        stories that are stored now, so that what leaves a story is seen to leave. The edges
        are of every level and hold the vetoed ones.
        """
        with self._database.read() as connection:
            joined = _joined(connection)
            reached: set[str] = set()
            edges: dict[tuple[str, str], Edge] = {}
            frontier = set(item_ids)
            while frontier:
                reached |= frontier
                found = _edges(connection, frontier)
                edges |= found
                near = {id_ for edge in found.values() if edge.level in JOINING for id_ in (edge.a, edge.b)}
                near |= _mates(connection, frontier)
                near |= _compared(connection, {other for id_ in frontier for other in joined.get(id_, ())})
                frontier = near - reached
        inside = {pair: edge for pair, edge in edges.items() if reached.issuperset(pair)}
        return tuple(sorted(reached)), tuple(inside[pair] for pair in sorted(inside))

    def save_grouping(self, touched: Collection[str], grouping: Grouping, snapshot: str, now: datetime) -> None:
        """Replace the stories of the items `touched` by `grouping`, in one transaction.

        `touched` is a whole component and `grouping` covers it. `snapshot` is the hash of the
        weights, `now` (UTC) the time of a change. Ids of stories that were merged stay
        findable as aliases, and one that exists again stops being an alias (decision 5).
        Stories that changed, or whose items did, wait to be published.
        Raises: ValueError when a story, stored or new, reaches beyond `touched`: part of it
        would be lost.
        """
        with self._database.write() as connection:
            replace_groups(connection, frozenset(touched), grouping, snapshot, now)


def _edge_row(edge: Edge) -> dict[str, object]:
    return {
        "a": edge.a, "b": edge.b, "level": edge.level, "probability": edge.probability, "payload": encode(edge),
    }  # fmt: skip


def _edges(connection: Connection, ids: Collection[str]) -> dict[tuple[str, str], Edge]:
    found: dict[tuple[str, str], Edge] = {}
    c = tables.edge.c
    for chunk in chunks(ids):
        for column in (c.a, c.b):
            for a, b, payload in connection.execute(select(c.a, c.b, c.payload).where(column.in_(chunk))):
                if (a, b) not in found:
                    found[a, b] = decode(Edge, payload)
    return found


def _joined(connection: Connection) -> dict[str, set[str]]:
    """Item id -> items that an editor wants in the same group, or named beside it: both sides are grouped anew."""
    joined: defaultdict[str, set[str]] = defaultdict(set)
    for word in pair_constraints(connection):
        if word.verb in {"same", "related"}:
            joined[word.a].add(word.b)
            joined[word.b].add(word.a)
    return joined


def pair_constraints(connection: Connection) -> tuple[Constraint, ...]:
    """What editors' decisions in force say about pairs of items, oldest first."""
    c = tables.decision.c
    rows = connection.scalars(select(c.payload).where(c.verb.in_((*PAIR_VERBS, "undo"))).order_by(c.id))
    return constraints(decode(Decision, row) for row in rows)


def _mates(connection: Connection, ids: Collection[str]) -> set[str]:
    mates: set[str] = set()
    c = tables.member.c
    for chunk in chunks(ids):
        homes = select(c.story_id).where(c.item_id.in_(chunk))
        mates.update(connection.scalars(select(c.item_id).where(c.story_id.in_(homes))))
    return mates


def _compared(connection: Connection, ids: Collection[str]) -> set[str]:
    """Those of `ids` that take part in matching; an editor may name others, or none of ours."""
    c = tables.item.c
    found: set[str] = set()
    for chunk in chunks(ids):
        found.update(connection.scalars(select(c.id).where(c.id.in_(chunk), c.keyed > 0)))
    return found
