"""The tables as SQLAlchemy sees them; `migrations` makes them, a test compares the two.

A value of the model is kept as its JSON text in `payload`; beside it stand only the columns
that are searched. Progress is kept in counters: an item has a `version` that grows with its
content, and `judged`, `keyed` and `matched` say which version triage, comparing and grouping
have seen. What lags behind is what is pending, so every step can be killed and run again.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Integer, MetaData, Table, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator

# PostgreSQL indexes at most 2,704 bytes per entry; a key of 500 characters fits in any script.
LONGEST_KEY = 500
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(key: str) -> str:
    """`key` as it is indexed: itself, or its digest where a database could not hold it.

    PostgreSQL refuses NUL, lone surrogates and long index entries; SQLite takes them all.
    Both get the same text (S-15).
    """
    plain = len(key) <= LONGEST_KEY and _UNSTORABLE.search(key) is None
    return key if plain else "sha256:" + hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


class UtcTime(TypeDecorator[datetime]):
    """An aware time as text of fixed width in UTC.

    Text sorts like the times, holds every year from 1 to 9999 on both databases, and never
    comes back without its zone, as SQLite's own dates do.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value.isoformat()} has no time zone: the store takes aware times only")
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromisoformat(value)


class Key(TypeDecorator[str]):
    """Text from outside that is looked up by equality; see `storable`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else storable(value)


METADATA = MetaData()


def _table(name: str, *columns: Column[Any] | CheckConstraint) -> Table:
    return Table(name, METADATA, *columns)


def _item_key(name: str = "item_id", **more: Any) -> Column[str]:
    return Column(name, Text, ForeignKey("item.id"), nullable=False, **more)


meta = _table("meta", Column("name", Text, primary_key=True), Column("value", Text, nullable=False))

source_state = _table(
    "source_state",
    Column("source_id", Text, primary_key=True),
    Column("health", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("next_check", UtcTime),  # when it is due; empty: at once
    Column("holder", Text),  # the worker that has it in hand
    Column("until", UtcTime),  # by the database's clock: then it is free again, whatever became of the worker
)
host_pause = _table("host_pause", Column("host", Text, primary_key=True), Column("until", UtcTime, nullable=False))
# Whose turn it is at a host, by the database's clock; without a holder it is the gap after a turn.
host_lease = _table(
    "host_lease",
    Column("host", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("until", UtcTime, nullable=False),
)
term = _table(
    "term",
    Column("source_id", Text, primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("payload", Text, nullable=False),
)

item = _table(
    "item",
    Column("id", Text, primary_key=True),
    Column("source_id", Text, nullable=False),
    Column("first_seen", UtcTime, nullable=False),
    Column("backfill", Boolean, nullable=False),
    Column("listed_by", Text),  # item id
    Column("folded", Text, nullable=False),  # the title, case-folded, for searching
    Column("content_hash", Text, nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, …: grows with the content
    Column("changes", Integer, nullable=False),  # since the feed last moved its own date (S-03)
    Column("own_date", UtcTime),  # the latest date that the feed itself gave
    Column("decision", Text, nullable=False),  # of the last verdict; empty: none yet
    Column("judged", Integer, nullable=False),  # version that the verdict is about
    Column("matchable", Boolean, nullable=False),  # accepted, held, imported, or matched before
    Column("keyed", Integer, nullable=False),  # version that keys and edges are from
    Column("matched", Integer, nullable=False),  # version that the grouping knows
    Column("line", Text, nullable=False),  # sha256 of the ledger line; empty until there is a current verdict
    Column("ledgered", Text, nullable=False),  # sha256 of the line that the ledger holds
    Column("payload", Text, nullable=False),
)
alias = _table(
    "alias",
    Column("source_id", Text, primary_key=True),
    Column("key", Key, primary_key=True),
    _item_key(),
)
item_version = _table(
    "item_version",
    _item_key(primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("until", UtcTime, nullable=False),
    Column("payload", Text, nullable=False),
)
verdict = _table(
    "verdict",
    _item_key(primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("because", Text, nullable=False),
    Column("payload", Text, nullable=False),
)

ruling = _table(
    "ruling",
    _item_key(primary_key=True),
    Column("decision", Text, nullable=False),
    Column("because", Text, nullable=False),
    Column("payload", Text, nullable=False),
)

block_key = _table("block_key", Column("key", Key, primary_key=True), _item_key(primary_key=True))
edge = _table(
    "edge",
    _item_key("a", primary_key=True),
    _item_key("b", primary_key=True),
    Column("level", Text),
    Column("probability", Float, nullable=False),
    Column("payload", Text, nullable=False),
    CheckConstraint("a < b", name="edge_order"),
)

story = _table(
    "story",
    Column("id", Text, primary_key=True),
    Column("works", Integer, nullable=False),
    Column("size", Integer, nullable=False),
    Column("oversized", Boolean, nullable=False),
    Column("snapshot", Text, nullable=False),
    Column("changed", UtcTime, nullable=False),
    Column("version", Integer, nullable=False),  # 1, 2, …: grows with everything its file depends on
    Column("published", Integer, nullable=False),  # version that was last written
    Column("payload", Text, nullable=False),
)
member = _table(
    "member",
    _item_key(primary_key=True),
    Column("work_id", Text, nullable=False),
    Column("story_id", Text, ForeignKey("story.id"), nullable=False),
)
# A merged story is found through its founding item, wherever that item is now: no row has to
# be pointed anew when stories merge again or split.
story_alias = _table("story_alias", Column("alias", Text, primary_key=True), _item_key())
document = _table(
    "document",
    Column("story_id", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("folded", Text, nullable=False),  # the path, case-folded: some disks know no case
    Column("minted", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("text", Text, nullable=False),  # as last written; empty when it is not known
    Column("settled", Text, nullable=False),  # the last decision that the file knows of
    Column("touched", Boolean, nullable=False),  # published, or edited by somebody
)
clash = _table(
    "clash",
    Column("story_id", Text, primary_key=True),
    Column("field", Text, primary_key=True),
    Column("payload", Text, nullable=False),
)

decision = _table(
    "decision",
    Column("id", Text, primary_key=True),
    Column("verb", Text, nullable=False),
    Column("log_offset", Integer, nullable=False),
    Column("payload", Text, nullable=False),
)
run = _table(
    "run",
    Column("id", Text, primary_key=True),
    Column("started", UtcTime, nullable=False),
    Column("finished", UtcTime),
    Column("payload", Text),
)
digest = _table(
    "digest",
    Column("period", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
# What the daemon did last of each of its duties: the digest, backups, retention.
duty = _table(
    "duty",
    Column("name", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("note", Text, nullable=False),
)
alert = _table(
    "alert",
    Column("name", Text, primary_key=True),
    Column("what", Text, nullable=False),
    Column("since", UtcTime, nullable=False),
)
# The pages of items: what trying to read them came to. An item without a row was never tried.
page_try = _table(
    "page_try",
    _item_key(primary_key=True),
    Column("tries", Integer, nullable=False),
    Column("next_try", UtcTime, nullable=False),
    Column("outcome", Text, nullable=False),  # trying, read, forbidden, failed
    Column("why", Text, nullable=False),
    Column("at", UtcTime, nullable=False),
)
robots = _table(
    "robots",
    Column("origin", Key, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("payload", Text, nullable=False),
)

import_file = _table(
    "import_file",
    Column("sha256", Text, primary_key=True),
    Column("source_id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("decision", Text, nullable=False),  # of the import; empty: not decided yet, "none": it brought nothing
    Column("payload", Text, nullable=False),
)
pending_name = _table(
    "pending_name",
    Column("name", Text, primary_key=True),  # "doi:10.1/x", "url:https://…"
    Column("source_id", Text, primary_key=True),
    Column("at", UtcTime, nullable=False),
    Column("next_try", UtcTime),
    Column("payload", Text, nullable=False),
)
# What one poll brought, for the figures of a digest's foot; written with the items, only where there were entries.
poll = _table(
    "poll",
    Column("source_id", Text, primary_key=True),
    Column("at", UtcTime, primary_key=True),
    Column("fetched", Integer, nullable=False),
    Column("new", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("refused", Integer, nullable=False),
)
withdrawn_item = _table("withdrawn_item", _item_key(primary_key=True))
