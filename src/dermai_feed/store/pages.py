"""Pages of items: which are still to be read, how often that was tried, and the robots.txt of hosts.

A page is read once. What a try came to is kept, so that a page that was read, or must not be
read, is never asked for again, and one that could not be had is tried three times at most (F-31).
A try is written down before its request goes out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, or_, select, update

from ..codec import decode, encode
from ..model import Item, Robots
from . import tables
from .database import Database, chunks, upsert
from .polls import enrich_item
from .values import PageTry

MOST_TRIES = 3

Outcome = Literal["trying", "read", "forbidden", "failed"]


class Pages:
    """Tries to read the pages of items; robots.txt files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, sources: Collection[str], *, since: datetime, now: datetime, most: int) -> tuple[Item, ...]:
        """Up to `most` accepted or held items of `sources` whose page is to be read, the newest first.

        First seen at or after `since`, never read, tried fewer than three times, the next try due at `now`.
        """
        if not sources or most < 1:
            return ()
        i, p = tables.item.c, tables.page_try.c
        query = (
            select(i.payload)
            .outerjoin(tables.page_try, p.item_id == i.id)
            .where(
                i.source_id.in_(sorted(sources)), i.decision.in_(("accept", "review")), i.first_seen >= since,
                or_(p.item_id.is_(None), (p.outcome == "trying") & (p.tries < MOST_TRIES) & (p.next_try <= now)),
            )
            .order_by(i.first_seen.desc(), i.id)
        )  # fmt: skip
        found: list[Item] = []
        with self._database.read() as connection:
            for payload in connection.scalars(query):
                item = decode(Item, payload)
                if item.url and item.page is None and item.front_matter is None:
                    found.append(item)
                if len(found) == most:
                    break
        return tuple(found)

    def claim(self, items: Iterable[Item], *, now: datetime, again: Mapping[int, datetime]) -> tuple[Item, ...]:
        """Those of `items` that nobody claimed meanwhile, each with one more try written down.

        `again` maps the number of a try to when the next may follow if nothing comes of it.
        """
        c = tables.page_try.c
        taken = []
        with self._database.write() as connection:
            for item in items:
                row = connection.execute(select(c.tries, c.outcome, c.next_try).where(c.item_id == item.id)).first()
                if row is not None and (row.outcome != "trying" or row.tries >= MOST_TRIES or row.next_try > now):
                    continue
                tries = row.tries + 1 if row else 1
                values = {"item_id": item.id, "tries": tries, "next_try": again[tries], "at": now}
                upsert(connection, tables.page_try, [values | {"outcome": "trying", "why": "was not finished"}])
                taken.append(item)
        return tuple(taken)

    def read(self, item: Item, now: datetime) -> bool:
        """Store `item` with its page (`Item.page`): a new version, to be judged and matched again.

        False when the item has changed since it was claimed: then nothing but the try is stored, to follow soon.
        """
        with self._database.write() as connection:
            done = enrich_item(connection, item, now)
            values = (
                {"outcome": "read", "why": "", "at": now} if done else {"next_try": now, "why": "changed meanwhile"}
            )
            connection.execute(update(tables.page_try).where(tables.page_try.c.item_id == item.id).values(**values))
        return done

    def failed(self, item_id: str, outcome: Outcome, why: str, now: datetime) -> None:
        """Remember what the last try came to; "trying" leaves the item in the queue while tries are left."""
        with self._database.write() as connection:
            statement = update(tables.page_try).where(tables.page_try.c.item_id == item_id)
            connection.execute(statement.values(outcome=outcome, why=why[:300], at=now))

    def tried(self, item_id: str) -> PageTry | None:
        """What became of the page of an item, None when it was never asked for."""
        c = tables.page_try.c
        with self._database.read() as connection:
            row = connection.execute(select(c.tries, c.outcome, c.why, c.next_try).where(c.item_id == item_id)).first()
        return PageTry(tries=row.tries, outcome=row.outcome, why=row.why, next_try=row.next_try) if row else None

    # ------------------------------------------------------------------ robots.txt

    def robots(self, origins: Collection[str]) -> dict[str, Robots]:
        """Origin -> the robots.txt that was last read there, of those that were read."""
        found: dict[str, Robots] = {}
        c = tables.robots.c
        with self._database.read() as connection:
            for chunk in chunks(sorted(origins)):
                for payload in connection.scalars(select(c.payload).where(c.origin.in_(chunk))):
                    read = decode(Robots, payload)
                    found[read.origin] = read
        return found

    def save_robots(self, files: Sequence[Robots], *, oldest: datetime) -> None:
        """Remember `files`, and forget those read before `oldest`."""
        with self._database.write() as connection:
            rows = [{"origin": file.origin, "at": file.at, "payload": encode(file)} for file in files]
            upsert(connection, tables.robots, rows)
            connection.execute(delete(tables.robots).where(tables.robots.c.at < oldest))
