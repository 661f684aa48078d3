"""Schema versions: making, migrating, refusing (S-13)."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, MetaData, Table, create_engine, inspect, text

from dermai_feed.errors import StoreError, StoreTooNew
from dermai_feed.store import open_store
from dermai_feed.store.database import Backend, Database
from dermai_feed.store.migrations import MIGRATIONS, migrate
from dermai_feed.store.sqlite import APPLICATION_ID, Sqlite
from dermai_feed.store.tables import METADATA

VERSION_1 = Path(__file__).parent.parent / "data" / "store" / "v1.sql"


def add_colour(connection: Connection) -> None:
    """A step that a later version might bring."""
    connection.execute(text("ALTER TABLE story ADD COLUMN colour TEXT"))
    connection.execute(text("UPDATE story SET colour = 'blue'"))


def break_a_reference(connection: Connection) -> None:
    """A step with a mistake in it."""
    connection.execute(text("PRAGMA defer_foreign_keys = ON"))
    connection.execute(text("DELETE FROM item"))


@contextmanager
def opened(url: str) -> Iterator[Database]:
    """The database at `url` as it is, without the migrations of `open_store`."""
    from sqlalchemy.engine import make_url

    backend: Backend
    if url.startswith("sqlite"):
        backend = Sqlite(Path(make_url(url).database or ""), busy=1.0, readonly=False)
    else:
        from dermai_feed.store.postgres import Postgres

        backend = Postgres(make_url(url), busy=1.0, readonly=False)
    database = Database(backend)
    try:
        yield database
    finally:
        database.close()


def tables_at(url: str) -> dict[str, Table]:
    """The tables as the database itself describes them."""
    engine = create_engine(url)
    found = MetaData()
    found.reflect(engine)
    engine.dispose()
    return dict(found.tables)


def test_the_migrations_make_the_tables_that_the_queries_expect(url: str) -> None:
    """Same tables, columns, NULLs, primary keys and references, on both databases."""
    open_store(url).close()
    there = tables_at(url)
    assert there.keys() == METADATA.tables.keys()
    for name, expected in METADATA.tables.items():
        found = there[name]
        assert [c.name for c in found.columns] == [c.name for c in expected.columns], name
        for column in expected.columns:
            assert found.columns[column.name].nullable == column.nullable, f"{name}.{column.name}"
        assert [c.name for c in found.primary_key] == [c.name for c in expected.primary_key], name
        assert {(k.parent.name, k.target_fullname) for k in found.foreign_keys} == {
            (k.parent.name, k.target_fullname) for k in expected.foreign_keys
        }, name


def test_every_queue_has_an_index_over_what_is_pending(url: str) -> None:
    """A long history costs the queues nothing."""
    open_store(url).close()
    engine = create_engine(url)
    names = {index["name"] for table in ("item", "story") for index in inspect(engine).get_indexes(table)}
    engine.dispose()
    assert {"item_to_triage", "item_to_match", "item_to_group", "item_to_ledger", "story_to_publish"} <= names


@pytest.mark.parametrize(
    ("query", "index"),
    [("SELECT payload FROM item WHERE judged < version ORDER BY first_seen, id", "item_to_triage"),
     ("SELECT payload FROM item WHERE keyed < version AND matchable IS 1 ORDER BY first_seen, id", "item_to_match"),
     ("SELECT id FROM item WHERE matched < keyed ORDER BY first_seen, id", "item_to_group"),
     ("SELECT payload FROM item WHERE line != ledgered AND line != '' ORDER BY first_seen, id", "item_to_ledger"),
     ("SELECT payload FROM story WHERE published < version ORDER BY id", "story_to_publish"),
     ("SELECT key FROM block_key WHERE item_id = 'x'", "block_key_item"),
     ("DELETE FROM edge WHERE b IN ('x')", "edge_b")],
)  # fmt: skip
def test_sqlite_answers_the_queues_from_their_indexes(path: Path, query: str, index: str) -> None:
    """The plan of each queue's query names its index, and nothing is sorted."""
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        plan = " ".join(row[3] for row in connection.execute("EXPLAIN QUERY PLAN " + query))
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_s13_a_new_file_is_marked_as_ours(path: Path) -> None:
    """application_id and user_version are in the header."""
    open_store(f"sqlite:///{path}").close()
    header = path.read_bytes()[:100]
    assert int.from_bytes(header[68:72], "big") == APPLICATION_ID
    assert int.from_bytes(header[60:64], "big") == len(MIGRATIONS)


def test_s13_a_newer_version_is_refused_and_untouched(path: Path) -> None:
    """X-22: exit 2, both numbers in the words, the bytes as before."""
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = path.read_bytes()
    with pytest.raises(StoreTooNew, match=rf"schema 99, this program knows {len(MIGRATIONS)}") as refused:
        open_store(f"sqlite:///{path}")
    assert refused.value.exit_code == 2
    assert path.read_bytes() == before


def test_s13_a_newer_schema_is_refused_on_both_databases(url: str) -> None:
    """X-22: whoever comes back to an older program is told so."""
    with opened(url) as database:
        migrate(database, (*MIGRATIONS, add_colour))
        with pytest.raises(StoreTooNew):
            migrate(database)


def test_s13_a_database_of_version_1_opens_with_all_it_holds(path: Path) -> None:
    """X-22: a database written by schema version 1 gives back what was stored then."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(VERSION_1.read_text(encoding="utf-8"))
    with open_store(f"sqlite:///{path}") as store:
        assert store.check() == ()
        assert {item.id: item.title for item in store.items.find("a1")} == {"a1": "Melanoma triage by AI"}
        assert store.items.known("journal", ["guid:a1", "https://j.example/a1"]).keys() == {
            "guid:a1",
            "https://j.example/a1",
        }
        assert store.items.verdicts(["a1", "a2"])["a2"].decision == "reject"
        assert store.sources.states()["journal"].etag == '"v1"'
        assert [story.id for story in store.stories.pending()] == ["20261101080000-a1"]
        assert [d.verb for d in store.decisions.all()] == ["accept"]
        assert store.meta.corpus_id() == "corpus-of-v1"


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_s13_a_migration_keeps_the_data_and_a_copy_of_the_file(path: Path, matched: Any, store: Any, told: Any) -> None:
    """The backup is the database before the step, whole, and as private as the file."""
    matched(1, (), (told(("i001",)),))
    store.close()
    with opened(f"sqlite:///{path}") as database:
        migrate(database, (*MIGRATIONS, add_colour))
        with database.read() as connection:
            assert connection.exec_driver_sql("SELECT id, colour FROM story").all() == [("s-i001", "blue")]
            assert connection.exec_driver_sql("PRAGMA user_version").scalar_one() == len(MIGRATIONS) + 1
    copy = path.with_name(f"{path.name}.v{len(MIGRATIONS)}.bak")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o640
    with open_store(f"sqlite:///{copy}") as kept:
        assert kept.check() == ()
        assert [story.id for story in kept.stories.all()] == ["s-i001"]


def test_s13_a_backup_is_made_again_where_an_earlier_attempt_left_one(path: Path) -> None:
    """A half-made copy and an old one are replaced."""
    open_store(f"sqlite:///{path}").close()
    copy = path.with_name(f"{path.name}.v{len(MIGRATIONS)}.bak")
    for leftover in (copy, copy.with_name(copy.name + ".tmp")):
        leftover.write_text("left over")
    with opened(f"sqlite:///{path}") as database:
        migrate(database, (*MIGRATIONS, add_colour))
    open_store(f"sqlite:///{copy}").close()
    assert not copy.with_name(copy.name + ".tmp").exists()


def test_a_new_database_needs_no_backup(path: Path) -> None:
    """There is nothing to keep."""
    open_store(f"sqlite:///{path}").close()
    assert list(path.parent.glob("*.bak")) == []


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_s13_a_step_that_breaks_references_is_undone(path: Path, matched: Any, store: Any, told: Any) -> None:
    """The error names the step; tables, rows and version are those from before."""
    matched(1, (), (told(("i001",)),))
    store.close()
    refused = pytest.raises(StoreError, match=rf"migration {len(MIGRATIONS) + 1} breaks references")
    with opened(f"sqlite:///{path}") as database, refused:
        migrate(database, (*MIGRATIONS, break_a_reference))
    with open_store(f"sqlite:///{path}") as again:
        assert again.check() == ()
        assert again.items.ids() == {"i001"}


KILLED = "import sys; from dermai_feed.store import open_store; open_store(sys.argv[1]).close()"


def test_s13_a_kill_within_a_step_leaves_the_schema_of_before(url: str) -> None:
    """X-04: killed -9 just before the commit of the first step the database is empty, and the next start makes it."""
    environ = os.environ | {"DERMAI_FAILPOINT": "migrate.step=kill"}
    assert subprocess.run([sys.executable, "-c", KILLED, url], env=environ, check=False).returncode == -9
    assert tables_at(url) == {}
    with open_store(url) as store:
        assert store.check() == ()


def test_migrating_twice_does_nothing_the_second_time(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database of the present version runs no step."""
    open_store(url).close()
    monkeypatch.setenv("DERMAI_FAILPOINT", "migrate.step=raise")
    open_store(url).close()


def test_an_old_database_is_not_migrated_by_a_reader(path: Path) -> None:
    """Opened for reading only, a database without the present tables is refused in words."""
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 0")
    with pytest.raises(StoreError, match="older"):
        open_store(f"sqlite:///{path}", readonly=True)


# --------------------------------------------------------------------------- PostgreSQL


HOSTILE = '{"source_id":"x","note":"it\'s \\\\ 漢字"}'


def older(url: str, version: int) -> None:
    """Make at `url` what a program with schema `version` left: a source, an item, a decision, hostile text."""
    with opened(url) as database:
        migrate(database, MIGRATIONS[:version])
        found = MetaData()
        with database.read() as connection:
            found.reflect(connection)
        with database.write() as connection:
            for name, special in (("source_state", {"payload": HOSTILE}), ("item", {}), ("decision", {})):
                table = found.tables[name]
                values = {
                    column.name: special.get(column.name, _plain(column)) for column in table.columns
                    if not column.nullable
                }  # fmt: skip
                connection.execute(table.insert().values(values))


def _plain(column: Any) -> Any:
    if column.name == "payload":
        return "{}"
    if column.type.python_type is bool:
        return True
    return 7 if column.type.python_type is int else "x"


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("version", range(1, len(MIGRATIONS)))
def test_s13_postgresql_is_copied_before_it_is_migrated_and_the_copy_can_be_restored(
    url: str, version: int, tmp_path: Path
) -> None:
    """A SQLite file of the old schema, compared row for row; without a place for it nothing is changed."""
    older(url, version)
    before = {name: table.columns.keys() for name, table in tables_at(url).items()}
    with pytest.raises(StoreError, match=r"a copy can be made first.*backup\.folder"):
        open_store(url)
    assert {name: table.columns.keys() for name, table in tables_at(url).items()} == before
    with open_store(url, backups=tmp_path / "backups") as store:
        assert store.items.ids() == {"x"}
    (copy,) = (tmp_path / "backups").iterdir()
    assert copy.name == f"dermai-schema-{version}.sqlite"
    with closing(sqlite3.connect(copy)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (version,)
        assert connection.execute("SELECT payload FROM source_state").fetchone() == (HOSTILE,)
        assert connection.execute("SELECT count(*) FROM decision").fetchone() == (1,)


@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_s13_a_copy_that_cannot_be_made_leaves_postgresql_as_it_was(url: str, tmp_path: Path) -> None:
    """The folder is a file: the reason is named, and the next start with room goes on."""
    older(url, 1)
    (tmp_path / "backups").write_text("in the way", encoding="utf-8")
    with pytest.raises(StoreError, match=r"backups: .*backup\.folder"):
        open_store(url, backups=tmp_path / "backups")
    with opened(url) as database, database.read() as connection:
        assert database.backend.version(connection) == 1
    open_store(url, backups=tmp_path / "elsewhere").close()
