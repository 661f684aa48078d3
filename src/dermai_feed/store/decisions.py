"""The database's index of the decision log: `store.decisions` (decision 1).

The log in the corpus is the truth. It is read as a whole at every start and compared by id:
a merge of branches puts lines anywhere, so that a place in the file would prove nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sqlalchemy import Connection, select, update

from ..codec import decode, encode
from ..errors import CorpusError
from ..model import Constraint, Decision
from ..verbs import GROUPING, active, founding_item
from . import tables
from .database import Database, add_missing, chunks
from .matching import pair_constraints
from .values import DecisionIndex


class Decisions:
    """What editors decided, as far as the log was read."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[Decision, ...]:
        """Every decision, undone ones and undos too, in the order of their ids."""
        with self._database.read() as connection:
            rows = connection.scalars(select(tables.decision.c.payload).order_by(tables.decision.c.id)).all()
        return tuple(decode(Decision, row) for row in rows)

    def active(self) -> tuple[Decision, ...]:
        """The decisions in force, oldest first; see `verbs.active`."""
        return active(self.all())

    def constraints(self) -> tuple[Constraint, ...]:
        """What the decisions in force say about pairs of items; see `verbs.constraints`."""
        with self._database.read() as connection:
            return pair_constraints(connection)

    def index(self) -> DecisionIndex:
        """Which decisions are known, and how long the log was when the last of them was."""
        c = tables.decision.c
        with self._database.read() as connection:
            rows = connection.execute(select(c.id, c.log_offset)).all()
        return DecisionIndex(offset=max((row.log_offset for row in rows), default=0), ids=frozenset(r.id for r in rows))

    def add(self, decision: Decision, offset: int) -> None:
        """Index a decision that is in the log already; a known one changes nothing.

        `offset`: bytes of the log once it held the decision. What it speaks of waits to be
        published again, and to be grouped again when it is about pairs; an undo counts like
        what it takes back.
        """
        with self._database.write() as connection:
            if _known(connection, [decision.id]):
                return
            _add(connection, decision, offset)

    def replay(self, log: Iterable[Decision], offset: int) -> tuple[Decision, ...]:
        """Index what the log of `offset` bytes holds and the database does not; answers these decisions.

        Raises: CorpusError when the log has lost a decision that the database knows; nothing
        is changed then.
        """
        decisions = {decision.id: decision for decision in log}
        with self._database.write() as connection:
            known = set(connection.scalars(select(tables.decision.c.id)))
            if gone := sorted(known - decisions.keys()):
                raise CorpusError(
                    f"decisions.jsonl: {len(gone)} decision(s) known to the database are gone from it, "
                    f"{gone[0]} first; bring the lines back (git log -p decisions.jsonl), "
                    "or move the database away and run `dermai-feed rebuild`"
                )
            fresh = tuple(decisions[id_] for id_ in sorted(decisions.keys() - known))
            for decision in fresh:
                _add(connection, decision, offset)
        return fresh


def _known(connection: Connection, ids: Collection[str]) -> dict[str, Decision]:
    c = tables.decision.c
    found: dict[str, Decision] = {}
    for chunk in chunks(ids):
        rows = connection.execute(select(c.id, c.payload).where(c.id.in_(chunk)))
        found |= {id_: decode(Decision, payload) for id_, payload in rows}
    return found


def _add(connection: Connection, decision: Decision, offset: int) -> None:
    row = {"id": decision.id, "verb": decision.verb, "log_offset": offset, "payload": encode(decision)}
    add_missing(connection, tables.decision, [row])
    targets, pairs = _meant(connection, decision)
    items = _items(connection, targets)
    member, item, story = tables.member.c, tables.item.c, tables.story.c
    for chunk in chunks(items):
        holding = select(member.story_id).where(member.item_id.in_(chunk))
        connection.execute(update(tables.story).where(story.id.in_(holding)).values(version=story.version + 1))
        if pairs:
            connection.execute(update(tables.item).where(item.id.in_(chunk)).values(matched=0))


def _meant(connection: Connection, decision: Decision) -> tuple[set[str], bool]:
    """The targets that a decision changes something for, and whether it is about pairs of items."""
    targets: set[str] = set()
    pairs = False
    seen: set[str] = set()
    waiting = [decision]
    while waiting:
        one = waiting.pop()
        seen.add(one.id)
        if one.verb == "undo":
            waiting += _known(connection, set(one.target) - seen).values()
        else:
            targets.update(one.target)
            pairs = pairs or one.verb in GROUPING
    return targets, pairs


def _items(connection: Connection, targets: Collection[str]) -> set[str]:
    """The items that are meant by item, work and story ids, merged stories among them."""
    items = {founding_item(target) for target in targets}
    member, alias = tables.member.c, tables.story_alias.c
    for chunk in chunks(targets):
        items.update(connection.scalars(select(member.item_id).where(member.story_id.in_(chunk))))
        items.update(connection.scalars(select(member.item_id).where(member.work_id.in_(chunk))))
        items.update(connection.scalars(select(alias.item_id).where(alias.alias.in_(chunk))))
    return items
