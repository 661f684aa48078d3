"""Storing verdicts within a transaction, and what follows from a changed one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from ..codec import decode, encode
from ..errors import StoreError
from ..model import Item, LedgerLine, Verdict
from . import tables
from .database import chunks, set_by_id, upsert


def line_hash(line: LedgerLine) -> str:
    """The sha256 of a ledger line as it is written."""
    return hashlib.sha256(encode(line).encode()).hexdigest()


def put_verdicts(
    connection: Connection, verdicts: Sequence[Verdict], now: datetime, name: str, versions: Mapping[str, int]
) -> None:
    """Store `verdicts` (the last one of an item stands); see `Items.save_verdicts`.

    `versions`: item id -> version that was judged, where that may not be the current one.
    `name` is the database's, for the message of the StoreError about a missing item.
    """
    by_item = {verdict.item_id: verdict for verdict in verdicts}
    c = tables.item.c
    rows: dict[str, Row[Any]] = {}
    for chunk in chunks(by_item):
        query = select(c.id, c.payload, c.version, c.keyed, tables.verdict.c.payload.label("verdict"))
        query = query.outerjoin(tables.verdict, tables.verdict.c.item_id == c.id).where(c.id.in_(chunk))
        rows |= {row.id: row for row in connection.execute(query)}
    changed, progress = [], []
    for item_id, verdict in by_item.items():
        if (row := rows.get(item_id)) is None:
            raise StoreError(f"{name}: no item {item_id}, so no verdict on it; save the item first")
        item, text = decode(Item, row.payload), encode(verdict)
        judged = versions.get(item_id, row.version)
        progress.append(
            {
                "of": item_id,
                "judged": judged,
                "decision": verdict.decision,
                "matchable": item.imported or verdict.decision != "reject" or row.keyed > 0,
                "line": line_hash(LedgerLine(item=item, verdict=verdict)) if judged == row.version else "",
            }
        )
        if text != row.verdict:
            changed.append({"item_id": item_id, "at": now, "because": verdict.because, "payload": text})
    set_by_id(connection, tables.item, progress)
    upsert(connection, tables.verdict, changed)
    touch_stories(connection, [row["item_id"] for row in changed])


def touch_stories(connection: Connection, item_ids: Sequence[object]) -> None:
    """Let the stories that hold any of these items wait to be published."""
    member, story = tables.member.c, tables.story.c
    for chunk in chunks(item_ids):
        holding = select(member.story_id).where(member.item_id.in_(chunk))
        connection.execute(update(tables.story).where(story.id.in_(holding)).values(version=story.version + 1))
