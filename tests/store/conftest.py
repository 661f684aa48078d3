"""Fixtures of the store's tests: one suite, both databases.

PostgreSQL takes part when DERMAI_TEST_POSTGRES holds the address of a database in which
schemas may be made; each test has a schema of its own there, as it has a file of its own on SQLite.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.model import Edge, Grouping, Item, Provider, SourceState, Story, Verdict, Work
from dermai_feed.store import Store, open_store

START = datetime(2026, 11, 16, 6, 0, tzinfo=UTC)


@pytest.fixture
def start() -> datetime:
    """The moment at which the tests' stories begin."""
    return START


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the SQLite file of the test goes."""
    return tmp_path / "dermai.sqlite"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, path: Path) -> Iterator[str]:
    """The address of an empty database, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{path}"
        return
    server = os.environ.get("DERMAI_TEST_POSTGRES")
    if not server:
        pytest.skip("no PostgreSQL: set DERMAI_TEST_POSTGRES to the address of a database for tests")
    psycopg = pytest.importorskip("psycopg")
    schema = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    yield f"{server}{'&' if '?' in server else '?'}options=-csearch_path%3D{schema}"
    with psycopg.connect(server.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA {schema} CASCADE")


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    """An open, empty store."""
    with open_store(url) as opened:
        yield opened


@pytest.fixture
def item() -> Callable[..., Item]:
    """Makes item number n: first seen n minutes after the start, with any field changed."""

    def make(number: int, **changes: Any) -> Item:
        key = f"guid:{number}"
        fields: dict[str, Any] = {
            "id": f"i{number:03}", "source_id": "journal", "key": key, "aliases": (key,),
            "title": f"Melanoma study {number}", "published": START, "first_seen": START + timedelta(minutes=number),
            "provider": Provider(name="Journal", domain="journal.example"), "content_hash": f"hash-{number}",
        }  # fmt: skip
        return Item(**(fields | changes))

    return make


@pytest.fixture
def accept() -> Callable[..., Verdict]:
    """Makes an accepting verdict on an item id, with any field changed."""

    def make(item_id: str, **changes: Any) -> Verdict:
        return Verdict(**({"item_id": item_id, "decision": "accept", "score": 0.9, "because": "both"} | changes))

    return make


@pytest.fixture
def edge() -> Callable[..., Edge]:
    """Makes an edge of level `story` between two item ids, with any field changed."""

    def make(a: str, b: str, **changes: Any) -> Edge:
        return Edge(**({"a": a, "b": b, "level": "story", "weight": 9.0, "probability": 0.99} | changes))

    return make


@pytest.fixture
def told() -> Callable[..., Story]:
    """Makes a story of works, each given as the tuple of its items; ids follow from the first item."""

    def make(*works: tuple[str, ...], **changes: Any) -> Story:
        made = tuple(Work(id=f"w-{items[0]}", canonical=items[0], items=items) for items in works)
        return Story(**({"id": f"s-{works[0][0]}", "lead": made[0].id, "works": made} | changes))

    return make


@pytest.fixture
def matched(store: Store, item: Callable[..., Item], accept: Callable[..., Verdict]) -> Callable[..., None]:
    """Stores items 1…n, accepts them, gives them their keys and these edges, and groups them as told."""

    def fill(count: int, edges: tuple[Edge, ...] = (), stories: tuple[Story, ...] = ()) -> None:
        items = [item(number) for number in range(1, count + 1)]
        store.items.save_poll(SourceState(source_id="journal"), items, (), START)
        store.items.save_verdicts([accept(one.id) for one in items], START)
        store.matching.save_keys_and_edges({one.id: (f"k:{one.id}",) for one in items}, edges)
        for story in stories:
            ids = [id_ for work in story.works for id_ in work.items]
            store.matching.save_grouping(ids, Grouping(stories=(story,)), "weights-1", START)

    return fill


@pytest.fixture
def dump() -> Callable[[Path], dict[str, list[tuple[Any, ...]]]]:
    """Reads every table of a SQLite file: name -> rows, sorted."""

    def read(path: Path) -> dict[str, list[tuple[Any, ...]]]:
        with closing(sqlite3.connect(path)) as connection:
            names = [n for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for name in names}

    return read
