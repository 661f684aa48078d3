"""Stories and the files they are written to: `store.stories`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, delete, func, literal, select, update

from ..codec import decode, encode
from ..model import Clash, Story
from . import tables
from .database import Database, chunks, upsert
from .values import DocumentRow


class Stories:
    """What belongs together, what waits to be published, and which file tells it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        # Versions handed out for writing: an editor's decision that comes while a file is
        # being written must not pass for published.
        self._writing: dict[str, int] = {}

    # ------------------------------------------------------------------ stories

    def all(self) -> tuple[Story, ...]:
        """Every story, oldest first."""
        with self._database.read() as connection:
            rows = connection.scalars(select(tables.story.c.payload).order_by(tables.story.c.id)).all()
        return tuple(decode(Story, row) for row in rows)

    def story(self, story_id: str) -> Story | None:
        """The story called `story_id`, or the one that it was merged into; None when there is none."""
        c = tables.story.c
        with self._database.read() as connection:
            row = connection.scalar(select(c.payload).where(c.id == story_id))
            if row is None:
                row = connection.scalar(
                    select(c.payload)
                    .join(tables.member, tables.member.c.story_id == c.id)
                    .join(tables.story_alias, tables.story_alias.c.item_id == tables.member.c.item_id)
                    .where(tables.story_alias.c.alias == story_id)
                )
        return None if row is None else decode(Story, row)

    def stories(self, ids: Collection[str]) -> dict[str, Story]:
        """Story id -> story, of those `ids` that exist; aliases are not followed."""
        c = tables.story.c
        found: dict[str, Story] = {}
        with self._database.read() as connection:
            for chunk in chunks(ids):
                rows = connection.execute(select(c.id, c.payload).where(c.id.in_(chunk)))
                found |= {story_id: decode(Story, payload) for story_id, payload in rows}
        return found

    def of_items(self, item_ids: Collection[str]) -> dict[str, str]:
        """Item id -> id of the story that holds it, of those that are in one."""
        c = tables.member.c
        found: dict[str, str] = {}
        with self._database.read() as connection:
            for chunk in chunks(item_ids):
                rows = connection.execute(select(c.item_id, c.story_id).where(c.item_id.in_(chunk)))
                found |= dict(rows.all())
        return found

    def oversized(self) -> tuple[str, ...]:
        """Ids of the stories that the size guard stopped; they wait for an editor."""
        c = tables.story.c
        with self._database.read() as connection:
            return tuple(connection.scalars(select(c.id).where(c.oversized.is_(True)).order_by(c.id)).all())

    def related(self, ids: Collection[str]) -> dict[str, tuple[tuple[str, float], ...]]:
        """Story id -> neighbouring stories with probability, most probable first.

        Two stories are neighbours when an edge of level `related` ties an item of one to an
        item of the other; its best probability counts. If A is a neighbour of B, so is B of A.
        """
        best: defaultdict[str, dict[str, float]] = defaultdict(dict)
        with self._database.read() as connection:
            for chunk in chunks(ids):
                for here, there, probability in _neighbours(connection, chunk):
                    best[here][there] = max(probability, best[here].get(there, 0.0))
        return {
            here: tuple(sorted(others.items(), key=lambda other: (-other[1], other[0])))
            for here, others in best.items()
        }

    # ------------------------------------------------------------------ publishing

    def pending(self) -> tuple[Story, ...]:
        """The stories whose file may not say what is stored, oldest first."""
        c = tables.story.c
        with self._database.read() as connection:
            query = select(c.id, c.version, c.payload).where(c.published < c.version).order_by(c.id)
            rows = connection.execute(query).all()
        self._writing |= {row.id: row.version for row in rows}
        return tuple(decode(Story, row.payload) for row in rows)

    def mark_pending(self, ids: Collection[str]) -> None:
        """Let these stories be written again: something their files depend on has changed."""
        c = tables.story.c
        with self._database.write() as connection:
            for chunk in chunks(ids):
                connection.execute(update(tables.story).where(c.id.in_(chunk)).values(version=c.version + 1))

    def mark_published(self, story: Story) -> None:
        """Note that nothing is left to write for a story; one that changed since `pending` stays pending."""
        with self._database.write() as connection:
            self._mark(connection, story)
        self._writing.pop(story.id, None)

    def save_document(
        self, story: Story, path: str, sha256: str, *, text: str = "", touched: bool = False, minted: str = "",
        settled: str | None = None, clashes: Sequence[Clash] = (),
    ) -> None:  # fmt: skip
        """Note in one transaction that `path` tells a story in `text`, whose bytes have this sha256.

        `touched`: it is published, or somebody edited it. `settled` is the last decision that
        went into it, by default the last one known. `clashes` are all of the file. The path of the first time, or
        `minted`, is the minted one, for life.
        """
        with self._database.write() as connection:
            c = tables.document.c
            known = connection.scalar(select(c.minted).where(c.story_id == story.id))
            last = connection.scalar(select(func.max(tables.decision.c.id))) if settled is None else settled
            row = {
                "story_id": story.id, "path": path, "folded": path.casefold(), "minted": known or minted or path,
                "sha256": sha256, "text": _storable(text), "settled": last or "", "touched": touched,
            }  # fmt: skip
            upsert(connection, tables.document, [row])
            put_clashes(connection, story.id, clashes)
            self._mark(connection, story)
        self._writing.pop(story.id, None)

    def follow(self, story_id: str, path: str) -> None:
        """Note that somebody moved the file of a story to `path`; whatever waits to be written still does."""
        c = tables.document.c
        with self._database.write() as connection:
            place = {"path": path, "folded": path.casefold()}
            connection.execute(update(tables.document).where(c.story_id == story_id).values(**place))

    def save_place(self, story: Story, path: str) -> None:
        """Note that nothing is left to write for a story, and where its file lies; an empty `path` for none."""
        with self._database.write() as connection:
            c = tables.document.c
            if path:
                place = {"path": path, "folded": path.casefold()}
                connection.execute(update(tables.document).where(c.story_id == story.id).values(**place))
            self._mark(connection, story)
        self._writing.pop(story.id, None)

    def _mark(self, connection: Connection, story: Story) -> None:
        c = tables.story.c
        version = self._writing.get(story.id, c.version)
        connection.execute(update(tables.story).where(c.id == story.id).values(published=version))

    # ------------------------------------------------------------------ files

    def documents(self) -> tuple[DocumentRow, ...]:
        """Every file as last written, without its text; merged stories keep theirs until `forget_document`."""
        return self._documents(tables.document.c.sha256 != "")

    def documents_of(self, story_ids: Collection[str]) -> tuple[DocumentRow, ...]:
        """The files of these stories as last written, without their texts, by story."""
        found: list[DocumentRow] = []
        for chunk in chunks(story_ids):
            c = tables.document.c
            found += self._documents(c.story_id.in_(chunk) & (c.sha256 != ""))
        return tuple(sorted(found, key=lambda row: row.story_id))

    def document(self, story_id: str) -> DocumentRow | None:
        """The file of a story as last written, or None; with an empty `sha256` when there is none any more."""
        return next(iter(self._documents(tables.document.c.story_id == story_id, text=True)), None)

    def forget_document(self, story_id: str) -> None:
        """Note that the file of a story exists no more; what it held and where stays known, for an undo."""
        with self._database.write() as connection:
            c = tables.document.c
            connection.execute(update(tables.document).where(c.story_id == story_id).values(sha256=""))
            put_clashes(connection, story_id, ())

    def forgotten(self) -> tuple[DocumentRow, ...]:
        """The files that there were once, without their texts."""
        return self._documents(tables.document.c.sha256 == "")

    def names(self) -> frozenset[str]:
        """The id of every story, and those that it had before."""
        with self._database.read() as connection:
            own = connection.scalars(select(tables.story.c.id)).all()
            return frozenset((*own, *connection.scalars(select(tables.story_alias.c.alias))))

    def clashes(self) -> tuple[tuple[str, Clash], ...]:
        """Story id and clash, of every field that an editor and the machine both changed, by path and field."""
        c = tables.clash.c
        with self._database.read() as connection:
            rows = connection.execute(select(c.story_id, c.payload)).all()
        found = [(story_id, decode(Clash, payload)) for story_id, payload in rows]
        return tuple(sorted(found, key=lambda pair: (pair[1].path, pair[1].field)))

    def orphans(self) -> tuple[DocumentRow, ...]:
        """Files of stories that are no more, and are part of no other: all their items were taken back."""
        c = tables.document.c
        known = select(tables.story.c.id).union(select(tables.story_alias.c.alias))
        return self._documents(c.story_id.not_in(known))

    def paths(self) -> frozenset[str]:
        """The path of every file, case-folded: some disks know no case (decision 13)."""
        with self._database.read() as connection:
            return frozenset(connection.scalars(select(tables.document.c.folded)))

    def _documents(self, condition: ColumnElement[bool], *, text: bool = False) -> tuple[DocumentRow, ...]:
        c = tables.document.c
        held = c.text if text else literal("").label("text")
        query = select(c.story_id, c.path, c.minted, c.sha256, held, c.settled, c.touched).where(condition)
        with self._database.read() as connection:
            rows = connection.execute(query.order_by(c.story_id)).all()
        return tuple(
            DocumentRow(
                story_id=row.story_id, path=row.path, minted=row.minted, sha256=row.sha256, text=row.text,
                settled=row.settled, touched=bool(row.touched),
            )
            for row in rows
        )  # fmt: skip


def put_clashes(connection: Connection, story_id: str, clashes: Sequence[Clash]) -> None:
    """Let `clashes` be all that the file of a story has."""
    c = tables.clash.c
    before = dict(connection.execute(select(c.field, c.payload).where(c.story_id == story_id)).all())
    after = {clash.field: encode(clash) for clash in clashes}
    if before != after:
        connection.execute(delete(tables.clash).where(c.story_id == story_id))
        rows = [{"story_id": story_id, "field": field, "payload": payload} for field, payload in after.items()]
        upsert(connection, tables.clash, rows)


def _storable(text: str) -> str:
    """`text`, or nothing where a database could not hold it: then only its hash is known."""
    return "" if "\0" in text or any("\ud800" <= c <= "\udfff" for c in text) else text


def _neighbours(connection: Connection, ids: Collection[str]) -> list[tuple[str, str, float]]:
    here, there, edge = tables.member.alias("here"), tables.member.alias("there"), tables.edge.c
    found: list[tuple[str, str, float]] = []
    for near, far in ((edge.a, edge.b), (edge.b, edge.a)):
        query = (
            select(here.c.story_id, there.c.story_id, func.max(edge.probability))
            .select_from(tables.edge)
            .join(here, here.c.item_id == near)
            .join(there, there.c.item_id == far)
            .where(edge.level == "related", here.c.story_id.in_(ids), here.c.story_id != there.c.story_id)
            .group_by(here.c.story_id, there.c.story_id)
        )
        found += [(a, b, probability) for a, b, probability in connection.execute(query)]
    return found
