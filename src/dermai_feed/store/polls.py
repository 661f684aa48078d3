"""Storing one poll: the transaction behind `store.items.save_poll`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ..codec import decode, encode
from ..failpoint import hit
from ..model import Item, Report, SourceState, Term
from . import revision, tables
from .database import Database, add_missing, chunks
from .sources import put_state
from .values import Answer, Fetched, Saved
from .verdicts import line_hash


@dataclass(slots=True)
class _Tally:
    new: list[Item]
    updated: list[str]
    stopped: list[str]
    unchanged: int = 0


def save(
    database: Database, state: SourceState, items: Sequence[Item], terms: Sequence[Term], now: datetime,
    answer: Answer | None,
) -> Saved:  # fmt: skip
    """One poll in one transaction; see `Items.save_poll`."""
    hit("store.before_begin")
    with database.write() as connection:
        saved = put_items(connection, items, now)
        put_terms(connection, state.source_id, terms)
        if answer and answer.fetched:
            fetched = Fetched(
                fetched=answer.fetched, new=len(saved.new), updated=len(saved.updated),
                unchanged=saved.unchanged + answer.twins, refused=answer.refused,
            )  # fmt: skip
            count(connection, state.source_id, now, fetched)
        hit("store.after_entries")
        put_state(connection, replace(state, crashes=0))
        hit("store.before_commit")
    hit("store.after_commit")
    return saved


def count(connection: Connection, source_id: str, at: datetime, fetched: Fetched) -> None:
    """Add what `source_id` answered at `at` (UTC) to the books, within a transaction."""
    c = tables.poll.c
    here = (c.source_id == source_id) & (c.at == at)
    figures = asdict(fetched)
    if (row := connection.execute(select(tables.poll).where(here)).mappings().first()) is None:
        connection.execute(insert(tables.poll), [{"source_id": source_id, "at": at, **figures}])
    else:
        more = {name: row[name] + figure for name, figure in figures.items()}
        connection.execute(update(tables.poll).where(here).values(**more))


def count_report(connection: Connection, at: datetime, report: Report) -> None:
    """Add what the sources of a run's report answered, within a transaction."""
    for told in report.sources:
        if told.fetched:
            figures = Fetched(
                fetched=told.fetched, new=told.new, updated=told.updated, unchanged=told.unchanged,
                refused=sum(told.rejected.values()),
            )  # fmt: skip
            count(connection, told.source_id, at, figures)


def save_again(
    database: Database, source_id: str, items: Sequence[Item], terms: Sequence[Term], now: datetime, *, dry: bool
) -> Saved:
    """What a source had said, read anew, in one transaction; see `Items.save_again`."""
    with database.write() as connection:
        step = connection.begin_nested()
        saved = put_items(connection, items, now)
        put_terms(connection, source_id, terms)
        (step.rollback if dry else step.commit)()
    return saved


def put_items(connection: Connection, items: Sequence[Item], now: datetime) -> Saved:
    """Store `items`, new ones and new versions of known ones, within a transaction."""
    first = {item.id: item for item in reversed(items)}  # of identical twins the first wins (S-01)
    tally = _Tally(new=[], updated=[], stopped=[], unchanged=len(items) - len(first))
    stored = _stored(connection, list(first))
    for id_ in dict.fromkeys(item.id for item in items):
        if (row := stored.get(id_)) is None:
            tally.new.append(first[id_])
        else:
            _revise(connection, row, first[id_], now, tally)
    insert_items(connection, tally.new)
    return Saved(
        new=tuple(item.id for item in tally.new), updated=tuple(tally.updated), unchanged=tally.unchanged,
        stopped=tuple(tally.stopped),
    )  # fmt: skip


def _stored(connection: Connection, ids: Sequence[str]) -> dict[str, Row[Any]]:
    c = tables.item.c
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(ids):
        query = select(c.id, c.payload, c.version, c.changes, c.own_date, c.line).where(c.id.in_(chunk))
        found |= {row.id: row for row in connection.execute(query)}
    return found


def insert_items(connection: Connection, items: Sequence[Item]) -> None:
    """Insert items that are not there yet, with their aliases."""
    if not items:
        return
    connection.execute(insert(tables.item), [_row(item) for item in items])
    _add_aliases(connection, items)


def _row(item: Item) -> dict[str, object]:
    return _said(item) | {
        "id": item.id, "source_id": item.source_id, "first_seen": item.first_seen, "backfill": item.backfill,
        "version": 1, "changes": 0, "own_date": revision.own_date(item), "decision": "", "judged": 0,
        "matchable": item.imported, "keyed": 0, "matched": 0, "line": "", "ledgered": "",
    }  # fmt: skip


def _said(item: Item) -> dict[str, object]:
    """The columns that follow what an item says."""
    return {
        "listed_by": item.listed_by, "folded": item.title.replace("\0", "").casefold(),
        "content_hash": item.content_hash, "payload": encode(item),
    }  # fmt: skip


def _add_aliases(connection: Connection, items: Sequence[Item]) -> None:
    # A key that another item of the source has keeps its owner: identity is decided once (S-02).
    rows = [
        {"source_id": item.source_id, "key": key, "item_id": item.id}
        for item in items
        for key in sorted({tables.storable(key) for key in (item.key, *item.aliases)})
    ]
    add_missing(connection, tables.alias, rows)


def _revise(connection: Connection, row: Row[Any], said: Item, now: datetime, tally: _Tally) -> None:
    stored = decode(Item, row.payload)
    if not revision.is_change(stored, said):
        tally.unchanged += 1
        _learn_aliases(connection, row, stored, said)
        return
    date = revision.own_date(said)
    moved = date is not None and (row.own_date is None or date > row.own_date)
    ours = stored.content_hash == said.content_hash  # only our rules have changed, not the source
    if row.changes >= revision.MOST_CHANGES and not moved and not ours:
        tally.unchanged += 1
        tally.stopped.append(stored.id)
        return
    item = revision.revised(stored, said)
    values = _said(item) | {
        "version": row.version + 1,
        "changes": 0 if moved else row.changes + (not ours),
        "own_date": date if moved else row.own_date,
        "line": "",  # until it is judged again
    }
    connection.execute(update(tables.item).where(tables.item.c.id == stored.id).values(**values))
    _keep_version(connection, row, now)
    _add_aliases(connection, [item])
    tally.updated.append(stored.id)


def enrich_item(connection: Connection, item: Item, now: datetime) -> bool:
    """Store `item`, which its page enriched, as the next version; False when its source says something else by now."""
    row = _stored(connection, [item.id]).get(item.id)
    if row is None or (stored := decode(Item, row.payload)).content_hash != item.content_hash:
        return False
    item = replace(item, aliases=revision.joined_aliases(stored, item))
    values = _said(item) | {"backfill": item.backfill, "version": row.version + 1, "line": ""}
    connection.execute(update(tables.item).where(tables.item.c.id == item.id).values(**values))
    _keep_version(connection, row, now)
    _add_aliases(connection, [item])
    return True


def _learn_aliases(connection: Connection, row: Row[Any], stored: Item, said: Item) -> None:
    aliases = revision.joined_aliases(stored, said)
    if aliases == stored.aliases:
        return
    item = replace(stored, aliases=aliases)
    values = {"payload": encode(item)}
    if row.line:  # the verdict stands, and the ledger must learn the new name
        query = select(tables.verdict.c.payload).where(tables.verdict.c.item_id == stored.id)
        values["line"] = line_hash(values["payload"], connection.execute(query).scalar_one())
    connection.execute(update(tables.item).where(tables.item.c.id == stored.id).values(**values))
    _add_aliases(connection, [item])


def _keep_version(connection: Connection, row: Row[Any], now: datetime) -> None:
    c = tables.item_version.c
    before = {"item_id": row.id, "version": row.version, "until": now, "payload": row.payload}
    connection.execute(insert(tables.item_version), [before])
    oldest = row.version - revision.VERSIONS_KEPT
    connection.execute(delete(tables.item_version).where(c.item_id == row.id, c.version <= oldest))


def put_terms(connection: Connection, source_id: str, terms: Sequence[Term]) -> None:
    """Let `terms` be the words of a source, within a transaction; none leave them as they are."""
    if not terms:
        return
    c = tables.term.c
    payloads = [encode(term) for term in dict.fromkeys(terms)]
    known = connection.scalars(select(c.payload).where(c.source_id == source_id).order_by(c.position)).all()
    if payloads == list(known):
        return
    connection.execute(delete(tables.term).where(c.source_id == source_id))
    rows = [{"source_id": source_id, "position": n, "payload": payload} for n, payload in enumerate(payloads)]
    connection.execute(insert(tables.term), rows)
