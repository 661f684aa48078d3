"""Storing verdicts within a transaction, and what follows from a changed one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from ..codec import decode, encode
from ..errors import StoreError
from ..model import Item, Ruling, Verdict
from . import tables
from .database import chunks, set_by_id, upsert


def line_text(item: str, verdict: str) -> str:
    """The `LedgerLine` of an item and its verdict, put together from the JSON that is stored of them."""
    return f'{{"item":{item},"verdict":{verdict}}}'


def line_hash(item: str, verdict: str) -> str:
    """The sha256 of `line_text`."""
    return hashlib.sha256(line_text(item, verdict).encode()).hexdigest()


def put_verdicts(
    connection: Connection, verdicts: Sequence[Verdict], now: datetime, name: str, versions: Mapping[str, int],
    known: Mapping[str, Item] | None = None,
) -> None:  # fmt: skip
    """Store `verdicts` (the last one of an item stands); see `Items.save_verdicts`.

    `versions`: item id -> version that was judged, where that may not be the current one.
    `name` is the database's, for the message of the StoreError about a missing item. `known`:
    items as this transaction stored them, which need not be read again.
    """

    def imported(row: Row[Any]) -> bool:
        return (known[row.id] if known and row.id in known else decode(Item, row.payload)).imported

    by_item = {verdict.item_id: verdict for verdict in verdicts}
    c = tables.item.c
    rows: dict[str, Row[Any]] = {}
    for chunk in chunks(by_item):
        ruled = tables.ruling.c.decision.label("ruled")
        query = select(c.id, c.payload, c.version, c.keyed, tables.verdict.c.payload.label("verdict"), ruled)
        query = query.outerjoin(tables.verdict, tables.verdict.c.item_id == c.id)
        query = query.outerjoin(tables.ruling, tables.ruling.c.item_id == c.id).where(c.id.in_(chunk))
        rows |= {row.id: row for row in connection.execute(query)}
    changed, progress = [], []
    for item_id, verdict in by_item.items():
        if (row := rows.get(item_id)) is None:
            raise StoreError(f"{name}: no item {item_id}, so no verdict on it; save the item first")
        text = encode(verdict)
        judged = versions.get(item_id, row.version)
        decision = row.ruled or verdict.decision
        progress.append(
            {
                "of": item_id,
                "judged": judged,
                "decision": decision,
                "matchable": {decision, verdict.decision} != {"reject"} or row.keyed > 0 or imported(row),
                "line": line_hash(row.payload, text) if judged == row.version else "",
            }
        )
        if text != row.verdict:
            changed.append({"item_id": item_id, "at": now, "because": verdict.because, "payload": text})
    set_by_id(connection, tables.item, progress)
    upsert(connection, tables.verdict, changed)
    touch_stories(connection, [row["item_id"] for row in changed])


def put_rulings(connection: Connection, rulings: Mapping[str, Ruling]) -> None:
    """Let `rulings` (item id -> ruling) be all that editors say in place of triage; see `Items.rule`."""
    c, item, verdict = tables.ruling.c, tables.item.c, tables.verdict.c
    before = dict(connection.execute(select(c.item_id, c.payload)).all())
    after = {id_: encode(ruling) for id_, ruling in rulings.items()}
    changed = sorted(id_ for id_ in before.keys() | after.keys() if before.get(id_) != after.get(id_))
    for chunk in chunks(changed):
        connection.execute(delete(tables.ruling).where(c.item_id.in_(chunk)))
        rows = connection.execute(
            select(item.id, item.payload, item.keyed, verdict.payload.label("verdict"))
            .outerjoin(tables.verdict, verdict.item_id == item.id)
            .where(item.id.in_(chunk))
        ).all()
        given, standing = [], []
        for row in rows:
            own = decode(Verdict, row.verdict).decision if row.verdict else ""
            if ruling := rulings.get(row.id):
                given.append(
                    {
                        "item_id": row.id, "decision": ruling.decision, "because": ruling.because,
                        "payload": after[row.id],
                    }
                )  # fmt: skip
            decision = ruling.decision if ruling and own else own
            # What an editor rejects still takes part, so that its copies are known for what they are (E-06).
            takes_part = not {decision, own} <= {"", "reject"} or row.keyed > 0 or decode(Item, row.payload).imported
            standing.append({"of": row.id, "decision": decision, "matchable": takes_part})
        upsert(connection, tables.ruling, given)
        set_by_id(connection, tables.item, standing)
    touch_stories(connection, changed)


def ruled(verdict: Verdict, ruling: str | None) -> Verdict:
    """`verdict` as it counts: with what editors say in its place, as their `ruling` was stored."""
    if ruling is None:
        return verdict
    said = decode(Ruling, ruling)
    return replace(verdict, decision=said.decision, because=said.because)


def touch_stories(connection: Connection, item_ids: Sequence[object]) -> None:
    """Let the stories that hold any of these items wait to be published."""
    member, story = tables.member.c, tables.story.c
    for chunk in chunks(item_ids):
        holding = select(member.story_id).where(member.item_id.in_(chunk))
        connection.execute(update(tables.story).where(story.id.in_(holding)).values(version=story.version + 1))
