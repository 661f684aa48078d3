"""Replacing stories: the transaction behind `store.matching.save_grouping`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from ..codec import decode, encode
from ..failpoint import hit
from ..model import Grouping, Story
from . import tables
from .database import add_missing, chunks, upsert


def replace_groups(
    connection: Connection, touched: frozenset[str], grouping: Grouping, snapshot: str, now: datetime
) -> None:
    """See `Matching.save_grouping`."""
    new = {story.id: story for story in grouping.stories}
    homes = {id_: story.id for story in new.values() for id_ in members(story)}
    old = _old_stories(connection, touched, new)
    _refuse_beyond(touched, homes, old)
    news = _items_with_news(connection, touched)
    ages = _ages(connection, {*homes, *(id_ for row in old.values() for id_ in members(decode(Story, row.payload)))})

    _remember_merged(connection, new, old, ages)
    aliases = _aliases(connection, homes)
    for story in new.values():
        known = replace(story, aliases=tuple(sorted(aliases[story.id])))
        fresh = not news.isdisjoint(members(story))
        _put_story(connection, known, old.get(story.id), story.id in grouping.oversized, snapshot, now, fresh)
    _put_members(connection, touched, new)
    gone = [id_ for id_ in old if id_ not in new]
    for chunk in chunks(gone):
        connection.execute(delete(tables.story).where(tables.story.c.id.in_(chunk)))
    c = tables.item.c
    for chunk in chunks(touched):
        connection.execute(update(tables.item).where(c.id.in_(chunk), c.matched < c.keyed).values(matched=c.keyed))
    hit("cluster.before_commit")


def members(story: Story) -> tuple[str, ...]:
    """The ids of the items of a story."""
    return tuple(id_ for work in story.works for id_ in work.items)


def _old_stories(connection: Connection, touched: Collection[str], new: Iterable[str]) -> dict[str, Row[Any]]:
    ids = set(new)
    member, story = tables.member.c, tables.story.c
    for chunk in chunks(touched):
        ids.update(connection.scalars(select(member.story_id).where(member.item_id.in_(chunk))))
    found: dict[str, Row[Any]] = {}
    for chunk in chunks(ids):
        columns = (story.id, story.payload, story.oversized, story.snapshot)
        found |= {row.id: row for row in connection.execute(select(*columns).where(story.id.in_(chunk)))}
    return found


def _refuse_beyond(touched: frozenset[str], homes: Mapping[str, str], old: Mapping[str, Row[Any]]) -> None:
    for id_, home in homes.items():
        if id_ not in touched:
            raise ValueError(f"story {home} holds item {id_}, which is not among the touched ones")
    for row in old.values():
        for id_ in members(decode(Story, row.payload)):
            if id_ not in touched:
                raise ValueError(f"stored story {row.id} holds item {id_}, which is not among the touched ones")


def _items_with_news(connection: Connection, touched: Collection[str]) -> set[str]:
    c = tables.item.c
    found: set[str] = set()
    for chunk in chunks(touched):
        found.update(connection.scalars(select(c.id).where(c.id.in_(chunk), c.matched < c.keyed)))
    return found


def _ages(connection: Connection, ids: Collection[str]) -> dict[str, tuple[datetime, str]]:
    c = tables.item.c
    ages: dict[str, tuple[datetime, str]] = {}
    for chunk in chunks(ids):
        rows = connection.execute(select(c.id, c.first_seen).where(c.id.in_(chunk)))
        ages |= {id_: (first_seen, id_) for id_, first_seen in rows}
    return ages


def _remember_merged(
    connection: Connection, new: Mapping[str, Story], old: Mapping[str, Row[Any]],
    ages: Mapping[str, tuple[datetime, str]],
) -> None:  # fmt: skip
    """An alias leads to the founding item of the story it named: wherever that is, is the story now."""
    rows = []
    for row in old.values():
        if row.id not in new:
            founder = min(members(decode(Story, row.payload)), key=ages.__getitem__)
            rows.append({"alias": row.id, "item_id": founder})
    for story in new.values():
        # Aliases that a file brings along (`dermai.aliases`, at a rebuild).
        founder = min(members(story), key=ages.__getitem__)
        rows += [
            {"alias": alias, "item_id": next((id_ for id_ in members(story) if alias.endswith(id_)), founder)}
            for alias in story.aliases
        ]
    add_missing(connection, tables.story_alias, rows)
    for chunk in chunks(new):
        connection.execute(delete(tables.story_alias).where(tables.story_alias.c.alias.in_(chunk)))


def _aliases(connection: Connection, homes: Mapping[str, str]) -> dict[str, set[str]]:
    c = tables.story_alias.c
    found: defaultdict[str, set[str]] = defaultdict(set)
    for chunk in chunks(homes):
        for alias, item_id in connection.execute(select(c.alias, c.item_id).where(c.item_id.in_(chunk))):
            found[homes[item_id]].add(alias)
    return found


def _put_story(
    connection: Connection, story: Story, before: Row[Any] | None, oversized: bool, snapshot: str, now: datetime,
    fresh: bool,
) -> None:  # fmt: skip
    payload = encode(story)
    row = {
        "works": len(story.works), "size": len(members(story)), "oversized": oversized, "snapshot": snapshot,
        "payload": payload,
    }  # fmt: skip
    c = tables.story.c
    if before is None:
        first = {"id": story.id, "version": 1, "published": 0, "changed": now}
        connection.execute(insert(tables.story), [first | row])
    elif (before.payload, before.oversized) != (payload, oversized) or fresh:
        again = row | {"version": c.version + 1, "changed": now}
        connection.execute(update(tables.story).where(c.id == story.id).values(**again))
    elif before.snapshot != snapshot:
        connection.execute(update(tables.story).where(c.id == story.id).values(snapshot=snapshot))


def _put_members(connection: Connection, touched: Collection[str], new: Mapping[str, Story]) -> None:
    c = tables.member.c
    before: dict[str, tuple[str, str]] = {}
    for chunk in chunks(touched):
        rows = connection.execute(select(c.item_id, c.work_id, c.story_id).where(c.item_id.in_(chunk)))
        before |= {item_id: (work_id, story_id) for item_id, work_id, story_id in rows}
    after = {id_: (work.id, story.id) for story in new.values() for work in story.works for id_ in work.items}
    upsert(
        connection,
        tables.member,
        [
            {"item_id": id_, "work_id": work, "story_id": story}
            for id_, (work, story) in sorted(after.items())
            if before.get(id_) != (work, story)
        ],
    )
    for chunk in chunks(before.keys() - after.keys()):
        connection.execute(delete(tables.member).where(c.item_id.in_(chunk)))
