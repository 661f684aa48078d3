"""One-off imports: files that are in, names that are still looked up, items taken back: `store.imports`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, delete, select, update

from ..codec import decode, encode
from ..failpoint import hit
from ..model import Item, Story, Term, Verdict
from . import tables
from .database import Database, add_missing, chunks, upsert
from .polls import put_items, put_terms
from .tables import storable
from .values import ImportedFile, PendingName, Saved
from .verdicts import put_verdicts

NOTHING_NEW = "none"  # in the place of a decision's id


class Taking:
    """One file on its way in: everything between `begin` and the end of the block is one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def known(self, source_id: str, keys: Collection[str]) -> dict[str, str]:
        """Key -> item id, of those `keys` by which an item of the source is known, this file's own among them."""
        asked = {storable(key): key for key in keys}
        found: dict[str, str] = {}
        c = tables.alias.c
        for chunk in chunks(asked):
            query = select(c.key, c.item_id).where(c.source_id == source_id, c.key.in_(chunk))
            found |= {asked[key]: item_id for key, item_id in self._connection.execute(query)}
        return found

    def put(self, items: Sequence[Item], now: datetime) -> Saved:
        """Store items, new ones and new versions of known ones."""
        return put_items(self._connection, items, now)

    def judge(self, judged: Sequence[tuple[Item, Verdict]], now: datetime) -> None:
        """Store verdicts on items of this file that are new, as they were put."""
        known = {item.id: item for item, _ in judged}
        put_verdicts(self._connection, [verdict for _, verdict in judged], now, "import", {}, known)

    def withdrawn(self, item_ids: Collection[str]) -> frozenset[str]:
        """Those of `item_ids` whose imports were all undone."""
        c = tables.withdrawn_item.c
        found: set[str] = set()
        for chunk in chunks(item_ids):
            found.update(self._connection.scalars(select(c.item_id).where(c.item_id.in_(chunk))))
        return frozenset(found)

    def put_terms(self, source_id: str, terms: Sequence[Term]) -> None:
        """Add words that the file defines to those of its source."""
        c = tables.term.c
        query = select(c.payload).where(c.source_id == source_id).order_by(c.position)
        known = [decode(Term, payload) for payload in self._connection.scalars(query)]
        fresh = [term for term in terms if term not in known]
        if fresh:
            put_terms(self._connection, source_id, (*known, *fresh))

    def want(self, names: Iterable[PendingName]) -> None:
        """Let names be looked up; one that waits already goes on waiting."""
        add_missing(self._connection, tables.pending_name, [_pending_row(name) for name in names])

    def finish(self, file: ImportedFile) -> None:
        """Note that the file is in."""
        upsert(self._connection, tables.import_file, [_file_row(file)])
        hit("store.before_commit")


class Imports:
    """What came by hand."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------------ files

    @contextmanager
    def begin(self) -> Iterator[Taking]:
        """Take in one file: all of it is stored at the end of the block, or, on any exception, nothing."""
        with self._database.write() as connection:
            yield Taking(connection)

    def file(self, sha256: str, source_id: str) -> ImportedFile | None:
        """The file of these bytes as it was imported into a source, or None."""
        c = tables.import_file.c
        with self._database.read() as connection:
            payload = connection.scalar(select(c.payload).where(c.sha256 == sha256, c.source_id == source_id))
        return None if payload is None else decode(ImportedFile, payload)

    def undecided(self) -> tuple[ImportedFile, ...]:
        """Files that are in and that no decision names yet, in the order in which they came."""
        c = tables.import_file.c
        with self._database.read() as connection:
            rows = connection.scalars(select(c.payload).where(c.decision == "").order_by(c.at, c.sha256)).all()
        return tuple(decode(ImportedFile, row) for row in rows)

    def decide(self, files: Iterable[ImportedFile], decision: str) -> None:
        """Note which decision names these files."""
        with self._database.write() as connection:
            upsert(connection, tables.import_file, [_file_row(replace(file, decision=decision)) for file in files])

    def adopt(self, files: Iterable[ImportedFile], names: Iterable[PendingName]) -> None:
        """After a rebuild: know files and `names` that the decision log names and this database does not."""
        with self._database.write() as connection:
            c = tables.import_file.c
            for file in files:
                query = select(c.sha256).where(c.sha256 == file.sha256, c.source_id == file.source_id)
                if connection.scalar(query) is None:
                    add_missing(connection, tables.import_file, [_file_row(file)])
            add_missing(connection, tables.pending_name, [_pending_row(name) for name in names])

    # ------------------------------------------------------------------ names

    def pending(self, now: datetime | None = None) -> tuple[PendingName, ...]:
        """Names that wait to be looked up, oldest first; with `now`, those whose time has come."""
        c = tables.pending_name.c
        query = select(c.payload).order_by(c.at, c.name)
        if now is not None:
            query = query.where((c.next_try.is_(None)) | (c.next_try <= now))
        with self._database.read() as connection:
            rows = connection.scalars(query).all()
        return tuple(decode(PendingName, row) for row in rows)

    def settle(self, found: Iterable[PendingName], later: Iterable[PendingName]) -> None:
        """Forget names that were `found`; others are to be tried again `later`."""
        with self._database.write() as connection:
            c = tables.pending_name.c
            for name in found:
                connection.execute(
                    delete(tables.pending_name).where(c.name == name.name, c.source_id == name.source_id)
                )
            upsert(connection, tables.pending_name, [_pending_row(name) for name in later])

    # ------------------------------------------------------------------ taking back

    def withdrawn(self) -> frozenset[str]:
        """Ids of the items whose imports were all undone."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(tables.withdrawn_item.c.item_id)))

    def withdraw(self, item_ids: Collection[str], decisions: Collection[str]) -> tuple[str, ...]:
        """Take items out of every group, and forget the files of the undone `decisions`, in one transaction.

        The items stay, for `why` and for taking them in again. Their neighbours wait to be
        grouped anew. Returns: ids of the stories that held nothing else and are gone.
        """
        with self._database.write() as connection:
            present = _present(connection, item_ids)
            add_missing(connection, tables.withdrawn_item, [{"item_id": id_} for id_ in sorted(present)])
            gone = _leave_groups(connection, present)
            file = tables.import_file.c
            for chunk in chunks([*decisions, NOTHING_NEW]):
                connection.execute(delete(tables.import_file).where(file.decision.in_(chunk)))
        return gone

    def readmit(self, item_ids: Collection[str]) -> None:
        """Take items in again that were withdrawn: they wait for triage and matching like new ones."""
        item, out = tables.item.c, tables.withdrawn_item.c
        with self._database.write() as connection:
            for chunk in chunks(item_ids):
                connection.execute(delete(tables.withdrawn_item).where(out.item_id.in_(chunk)))
                connection.execute(update(tables.item).where(item.id.in_(chunk)).values(judged=0, line=""))

    def homes(self, item_ids: Collection[str]) -> dict[str, tuple[str, str]]:
        """Item id -> (work id, story id), of those that are in one."""
        c = tables.member.c
        found: dict[str, tuple[str, str]] = {}
        with self._database.read() as connection:
            for chunk in chunks(item_ids):
                rows = connection.execute(select(c.item_id, c.work_id, c.story_id).where(c.item_id.in_(chunk)))
                found |= {item_id: (work_id, story_id) for item_id, work_id, story_id in rows}
        return found

    def mates(self, work_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Work id -> its items, sorted."""
        c = tables.member.c
        found: dict[str, list[str]] = {}
        with self._database.read() as connection:
            for chunk in chunks(work_ids):
                rows = connection.execute(select(c.work_id, c.item_id).where(c.work_id.in_(chunk)).order_by(c.item_id))
                for work_id, item_id in rows:
                    found.setdefault(work_id, []).append(item_id)
        return {work_id: tuple(items) for work_id, items in found.items()}


def _file_row(file: ImportedFile) -> dict[str, object]:
    return {
        "sha256": file.sha256, "source_id": file.source_id, "at": file.at, "decision": file.decision,
        "payload": encode(file),
    }  # fmt: skip


def _pending_row(name: PendingName) -> dict[str, object]:
    return {
        "name": storable(name.name), "source_id": name.source_id, "at": name.at, "next_try": name.next_try,
        "payload": encode(name),
    }  # fmt: skip


def _present(connection: Connection, ids: Collection[str]) -> set[str]:
    c = tables.item.c
    found: set[str] = set()
    for chunk in chunks(ids):
        found.update(connection.scalars(select(c.id).where(c.id.in_(chunk))))
    return found


def _leave_groups(connection: Connection, ids: Collection[str]) -> tuple[str, ...]:
    """Take items out of blocks, edges and stories; the rest of those stories waits to be grouped."""
    member, item, edge = tables.member.c, tables.item.c, tables.edge.c
    touched: set[str] = set()
    for chunk in chunks(ids):
        touched.update(connection.scalars(select(member.story_id).where(member.item_id.in_(chunk))))
        connection.execute(delete(tables.member).where(member.item_id.in_(chunk)))
        connection.execute(delete(tables.block_key).where(tables.block_key.c.item_id.in_(chunk)))
        connection.execute(delete(tables.edge).where(edge.a.in_(chunk)))
        connection.execute(delete(tables.edge).where(edge.b.in_(chunk)))
        connection.execute(
            update(tables.item).where(item.id.in_(chunk)).values(matchable=False, keyed=0, matched=0)
        )  # fmt: skip
    gone, left = [], []
    story = tables.story.c
    for chunk in chunks(sorted(touched)):
        for row in connection.execute(select(story.id, story.payload).where(story.id.in_(chunk))).all():
            kept = _without(decode(Story, row.payload), ids)
            if kept is None:
                gone.append(row.id)
                connection.execute(delete(tables.story).where(story.id == row.id))
                continue
            items = [id_ for work in kept.works for id_ in work.items]
            left += items
            values = {"payload": encode(kept), "works": len(kept.works), "size": len(items)}
            connection.execute(update(tables.story).where(story.id == row.id).values(**values))
    for chunk in chunks(left):  # these are grouped anew
        connection.execute(update(tables.item).where(item.id.in_(chunk)).values(matched=0))
    return tuple(gone)


def _without(story: Story, ids: Collection[str]) -> Story | None:
    """`story` without these items, None when it holds no other."""
    left = ((work, tuple(id_ for id_ in work.items if id_ not in ids)) for work in story.works)
    works = [
        replace(work, items=items, canonical=work.canonical if work.canonical in items else items[0])
        for work, items in left
        if items
    ]
    if not works:
        return None
    lead = story.lead if any(work.id == story.lead for work in works) else works[0].id
    return replace(story, works=tuple(works), lead=lead)
