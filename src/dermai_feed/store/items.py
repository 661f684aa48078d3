"""Items, what they are known by, and how they were judged: `store.items`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, func, select, update

from ..codec import decode
from ..model import Item, LedgerLine, LedgerText, Ruling, SourceState, Term, Verdict
from . import tables
from .database import Database, chunks, set_by_id
from .polls import insert_items, save, save_again
from .tables import storable
from .values import Answer, Saved
from .verdicts import line_text, put_rulings, put_verdicts, ruled

_ORDER = (tables.item.c.first_seen, tables.item.c.id)


class Items:
    """Everything ever seen, by id; the queue of triage and that of the ledger."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Versions handed out for judging: a verdict on what an item said before another
        # worker stored something newer must not pass for one on the newer text.
        self._judging: dict[str, int] = {}

    # ------------------------------------------------------------------ looking up

    def known(self, source_id: str, keys: Collection[str]) -> dict[str, str]:
        """Key -> item id, of those `keys` by which an item of the source has been known."""
        asked = {storable(key): key for key in keys}
        found: dict[str, str] = {}
        with self._database.read() as connection:
            c = tables.alias.c
            for chunk in chunks(asked):
                rows = connection.execute(select(c.key, c.item_id).where(c.source_id == source_id, c.key.in_(chunk)))
                found |= {asked[key]: item_id for key, item_id in rows}
        return found

    def known_by(self, keys: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Key -> the items of any source that have been known by it, of those `keys` that are known."""
        asked = {storable(key): key for key in keys}
        found: defaultdict[str, set[str]] = defaultdict(set)
        c = tables.alias.c
        with self._database.read() as connection:
            for chunk in chunks(asked):
                for key, item_id in connection.execute(select(c.key, c.item_id).where(c.key.in_(chunk))):
                    found[asked[key]].add(item_id)
        return {key: tuple(sorted(ids)) for key, ids in found.items()}

    def items_of(self, ids: Collection[str]) -> dict[str, Item]:
        """Item id -> item, of those `ids` that exist, by id."""
        return {id_: decode(Item, text) for id_, text in self.texts_of(ids).items()}

    def texts_of(self, ids: Collection[str]) -> dict[str, str]:
        """Item id -> item as JSON, of those `ids` that exist, by id: for whoever reads it elsewhere, or not at all."""
        with self._database.read() as connection:
            return _payloads(connection, ids)

    def ids(self) -> frozenset[str]:
        """The id of every item."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(tables.item.c.id)))

    def decided(self, decision: Literal["accept", "review", "reject"]) -> tuple[Item, ...]:
        """The items whose last verdict is `decision`, by (first_seen, id)."""
        return self._select(tables.item.c.decision == decision)

    def find(self, beginning: str) -> tuple[Item, ...]:
        """The item called `beginning`; when there is none, all items whose ids begin so."""
        if not beginning or storable(beginning) != beginning:
            return ()
        exact = self._select(tables.item.c.id == beginning)
        if exact:
            return exact
        # The last character there is: ids that begin so sort before it.
        return self._select((tables.item.c.id >= beginning) & (tables.item.c.id < beginning + "\U0010ffff"))

    def search(self, words: str, most: int = 50) -> tuple[Item, ...]:
        """Up to `most` items whose title holds `words` as they stand, in any case; newest first.

        No character of `words` means anything else than itself (S-17).
        """
        if not words or "\0" in words or not words.isprintable():
            return ()
        place = func.instr if self._database.backend.engine.dialect.name == "sqlite" else func.strpos
        with self._database.read() as connection:
            rows = connection.scalars(
                select(tables.item.c.payload)
                .where(place(tables.item.c.folded, words.casefold()) > 0)
                .order_by(tables.item.c.first_seen.desc(), tables.item.c.id)
                .limit(most)
            ).all()
        return tuple(decode(Item, row) for row in rows)

    def seen_between(self, since: datetime, until: datetime) -> tuple[Item, ...]:
        """Items first seen at or after `since` and before `until` (UTC), in that order."""
        return self._select((tables.item.c.first_seen >= since) & (tables.item.c.first_seen < until))

    def listed_by(self, ids: Collection[str]) -> dict[str, tuple[tuple[Item, Verdict, str], ...]]:
        """Item id -> what it lists as related: item, verdict and story id ("" without), by age.

        Listed items that have no verdict yet are left out.
        """
        found: defaultdict[str, list[tuple[Item, Verdict, str]]] = defaultdict(list)
        query = (
            select(
                tables.item.c.listed_by,
                tables.item.c.payload,
                tables.verdict.c.payload,
                tables.ruling.c.payload,
                tables.member.c.story_id,
            )
            .join(tables.verdict, tables.verdict.c.item_id == tables.item.c.id)
            .outerjoin(tables.ruling, tables.ruling.c.item_id == tables.item.c.id)
            .outerjoin(tables.member, tables.member.c.item_id == tables.item.c.id)
            .order_by(*_ORDER)
        )
        with self._database.read() as connection:
            for chunk in chunks(ids):
                rows = connection.execute(query.where(tables.item.c.listed_by.in_(chunk)))
                for lister, item, verdict, ruling, story in rows:
                    found[lister].append((decode(Item, item), ruled(decode(Verdict, verdict), ruling), story or ""))
        return {lister: tuple(listed) for lister, listed in found.items()}

    def versions(self, item_id: str) -> tuple[Item, ...]:
        """The earlier versions of an item that are kept, oldest first (S-03)."""
        c = tables.item_version.c
        with self._database.read() as connection:
            rows = connection.scalars(select(c.payload).where(c.item_id == item_id).order_by(c.version)).all()
        return tuple(decode(Item, row) for row in rows)

    def terms(self) -> tuple[Term, ...]:
        """Every word that a source defines, by source and in its order."""
        c = tables.term.c
        with self._database.read() as connection:
            rows = connection.scalars(select(c.payload).order_by(c.source_id, c.position)).all()
        return tuple(decode(Term, row) for row in rows)

    def _select(self, condition: ColumnElement[bool]) -> tuple[Item, ...]:
        with self._database.read() as connection:
            rows = connection.scalars(select(tables.item.c.payload).where(condition).order_by(*_ORDER)).all()
        return tuple(decode(Item, row) for row in rows)

    # ------------------------------------------------------------------ polls

    def save_poll(
        self, state: SourceState, items: Sequence[Item], terms: Sequence[Term], now: datetime,
        answer: Answer | None = None,
    ) -> Saved:  # fmt: skip
        """Store one poll, all of it or nothing (S-06): items, aliases, terms, the source's state.

        Validators become visible with the items they vouch for (F-14), and the crash counter
        goes back to 0. A known item with other content is the next version of itself: see
        `revision.revised` for what stays, and `Saved.stopped` for one that changes endlessly
        (S-03). No `terms` leave the source's terms as they are. `answer` goes into the books with
        the items it counts, so that a crash parts neither from the other. A poll without entries
        touches the row of the source and no other (decision 17).
        """
        return save(self._database, state, items, terms, now, answer)

    def save_again(
        self, source_id: str, items: Sequence[Item], terms: Sequence[Term], now: datetime, *, dry: bool = False
    ) -> Saved:
        """Store what `source_id` had said, read anew: as `save_poll`, but the source's state stays as it is.

        With `dry` nothing is stored, and the answer says what would have been.
        """
        return save_again(self._database, source_id, items, terms, now, dry=dry)

    # ------------------------------------------------------------------ verdicts

    def untriaged(self, most: int | None = None) -> tuple[Item, ...]:
        """Items without a verdict on what they say now, by (first_seen, id); the first `most` of them."""
        c = tables.item.c
        with self._database.read() as connection:
            query = select(c.id, c.version, c.payload).where(c.judged < c.version).order_by(*_ORDER)
            rows = connection.execute(query.limit(most)).all()
        self._judging |= {row.id: row.version for row in rows}
        return tuple(decode(Item, row.payload) for row in rows)

    def save_verdicts(self, verdicts: Iterable[Verdict], now: datetime) -> None:
        """Store one verdict per item, given at `now` (UTC); the last one of an item stands.

        A story that holds an item judged otherwise than before waits to be published.
        Raises: errors.StoreError naming an item that does not exist; nothing is stored then.
        """
        given = list(verdicts)
        with self._database.write() as connection:
            put_verdicts(connection, given, now, self._database.name, self._judging)
        for verdict in given:
            self._judging.pop(verdict.item_id, None)

    def verdicts(self, ids: Collection[str], *, by_rules: bool = False) -> dict[str, Verdict]:
        """Item id -> last verdict, of those `ids` that have one, by id.

        What editors say stands in it in place of what triage found, unless `by_rules`.
        """
        found: dict[str, Verdict] = {}
        c, ruling = tables.verdict.c, tables.ruling.c
        query = select(c.item_id, c.payload, ruling.payload).outerjoin(tables.ruling, ruling.item_id == c.item_id)
        with self._database.read() as connection:
            for chunk in chunks(ids):
                for item_id, payload, said in connection.execute(query.where(c.item_id.in_(chunk))):
                    found[item_id] = ruled(decode(Verdict, payload), None if by_rules else said)
        return dict(sorted(found.items()))

    def rule(self, rulings: Mapping[str, Ruling]) -> None:
        """Let `rulings` (item id -> ruling) be all that editors say in place of triage.

        It is computed from decisions and groups, so the whole of it is given each time; items
        of other rulings fall back to the rules' verdict. Stories that hold a changed one wait
        to be published. Ids that are no items are left aside.
        """
        with self._database.write() as connection:
            put_rulings(connection, rulings)

    # ------------------------------------------------------------------ the ledger

    def ledger_pending(self, most: int | None = None) -> tuple[LedgerText, ...]:
        """Lines that the ledger does not hold yet, by (first_seen, id): items with a current
        verdict of which the item, its aliases or the verdict are new."""
        c = tables.item.c
        query = (
            select(c.id, c.first_seen, c.line, c.payload, tables.verdict.c.payload.label("verdict"))
            .join(tables.verdict, tables.verdict.c.item_id == c.id)
            .where(c.line != c.ledgered, c.line != "")
            .order_by(*_ORDER)
        )
        with self._database.read() as connection:
            rows = connection.execute(query.limit(most)).all()
        return tuple(
            LedgerText(
                item=row.id, first_seen=row.first_seen, text=line_text(row.payload, row.verdict), sha256=row.line
            )
            for row in rows
        )

    def mark_ledgered(self, lines: Iterable[LedgerText]) -> None:
        """Remember that the ledger holds `lines`; what has changed since stays pending."""
        with self._database.write() as connection:
            set_by_id(connection, tables.item, [{"of": line.item, "ledgered": line.sha256} for line in lines])

    def restore(self, lines: Iterable[LedgerLine], now: datetime) -> int:
        """Store what a ledger says, in its order, and answer how many items are new.

        For `rebuild`: the last line of an item counts, an item that is there already stays
        as it is, and what was read from the ledger is not pending for it.
        """
        last = {line.item.id: line for line in lines}
        with self._database.write() as connection:
            present = set(_payloads(connection, last))
            fresh = [line for id_, line in last.items() if id_ not in present]
            insert_items(connection, [line.item for line in fresh])
            put_verdicts(connection, [line.verdict for line in fresh if line.verdict], now, self._database.name, {})
            c = tables.item.c
            for chunk in chunks([line.item.id for line in fresh]):
                connection.execute(update(tables.item).where(c.id.in_(chunk)).values(ledgered=c.line))
        return len(fresh)


def _payloads(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    c = tables.item.c
    found: dict[str, str] = {}
    for chunk in chunks(ids):
        found |= dict(connection.execute(select(c.id, c.payload).where(c.id.in_(chunk))).all())
    return dict(sorted(found.items()))
