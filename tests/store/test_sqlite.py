"""SQLite: settings, locks, full disks, damaged files, permissions."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.codec import encode
from dermai_feed.errors import ConfigError, StoreDamaged, StoreError, StoreLocked
from dermai_feed.model import Decision, Grouping, Item, LedgerLine, LedgerText, Report, Ruling, SourceState
from dermai_feed.store import DigestRow, Store, open_store

STATE = SourceState(source_id="journal")
Make = Callable[..., Item]


@pytest.fixture
def url(path: Path) -> str:
    """This module is about SQLite alone."""
    return f"sqlite:///{path}"


@contextmanager
def raw(path: Path, **more: Any) -> Iterator[sqlite3.Connection]:
    """Another program's connection to the file."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False, **more)) as connection:
        yield connection


# --------------------------------------------------------------------------- set-up


def test_s07_every_connection_is_set_up(store: Store) -> None:
    """WAL, FULL, 10 s, foreign keys, no trusted schema: for readers and writers, in other threads too."""
    found: list[list[object]] = []

    def look() -> None:
        for transaction in (store._database.read, store._database.write):
            with transaction() as connection:
                names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "trusted_schema")
                found.append([connection.exec_driver_sql("PRAGMA " + name).scalar_one() for name in names])

    look()
    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [["wal", 2, 10_000, 1, 0]] * 8


def test_the_busy_time_is_a_setting(url: str) -> None:
    """It is given in seconds."""
    with open_store(url, busy=0.25) as store, store._database.read() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 250


COUNTER = """
import sys
from dermai_feed.store import open_store
with open_store(sys.argv[1]) as store:
    for _ in range(200):
        with store._database.write() as connection:
            query = "SELECT value FROM meta WHERE name = 'counter'"
            value = int(connection.exec_driver_sql(query).scalar_one())
            connection.exec_driver_sql("UPDATE meta SET value = " + str(value + 1) + " WHERE name = 'counter'")
"""


def test_s08_four_processes_that_read_and_then_write_lose_nothing(url: str, store: Store, path: Path) -> None:
    """4 × 200 transactions: no error, and the sum is 800."""
    with raw(path) as connection:
        connection.execute("INSERT INTO meta VALUES ('counter', '0')")
    workers = [subprocess.Popen([sys.executable, "-c", COUNTER, url]) for _ in range(4)]
    assert [worker.wait() for worker in workers] == [0, 0, 0, 0]
    with raw(path) as connection:
        assert connection.execute("SELECT value FROM meta WHERE name = 'counter'").fetchone() == ("800",)


def test_several_programs_may_make_the_database_at_the_same_moment(url: str) -> None:
    """Six start at once in an empty folder; all of them work with the same tables."""
    code = "import sys; from dermai_feed.store import open_store; open_store(sys.argv[1]).close()"
    workers = [subprocess.Popen([sys.executable, "-c", code, url]) for _ in range(6)]
    assert [worker.wait() for worker in workers] == [0] * 6
    with open_store(url) as store:
        assert store.check() == ()


# --------------------------------------------------------------------------- locks


def writes(store: Store, item: Make, now: datetime) -> dict[str, Callable[[], object]]:
    """One call of every method that writes."""
    verdict_line = LedgerLine(item=item(1), verdict=None)
    story = next(iter(store.stories.all()))
    decision = Decision(id="01J" + "0" * 23, at=now, who="ed", verb="same", target=("i001", "i002"))
    run = store.runs.last_runs(1)[0]
    return {
        "sources.begin_poll": lambda: store.sources.begin_poll("journal", now, now),
        "sources.correct": lambda: store.sources.correct([STATE]),
        "sources.give_back": lambda: store.sources.give_back(["journal"]),
        "leases.take": lambda: store.leases.take(
            {"journal": "a.example"}, lambda _: True, lambda _: now, holder="w", seconds=9.0, most=1, now=now
        ),
        "leases.renew": lambda: store.leases.renew("w", 9.0),
        "leases.leave": lambda: store.leases.leave(["a.example"], "w", 1.0),
        "imports.begin": lambda: store.imports.begin().__enter__(),
        "imports.decide": lambda: store.imports.decide((), "d"),
        "imports.adopt": lambda: store.imports.adopt((), ()),
        "imports.settle": lambda: store.imports.settle((), ()),
        "imports.withdraw": lambda: store.imports.withdraw((), ()),
        "imports.readmit": lambda: store.imports.readmit(()),
        "duties.done": lambda: store.duties.done("backup", now),
        "duties.set_alerts": lambda: store.duties.set_alerts({}),
        "runs.prune": lambda: store.runs.prune(now),
        "pages.claim": lambda: store.pages.claim([item(1)], now=now, again={1: now}),
        "pages.read": lambda: store.pages.read(item(1), now),
        "pages.failed": lambda: store.pages.failed("i001", "failed", "gone", now),
        "pages.save_robots": lambda: store.pages.save_robots((), oldest=now),
        "sources.pause_host": lambda: store.sources.pause_host("a.example", now),
        "items.save_poll": lambda: store.items.save_poll(STATE, [item(9)], (), now),
        "items.save_again": lambda: store.items.save_again("s", [item(9)], (), now),
        "sources.asked_by_hand": lambda: store.sources.asked_by_hand("s", now),
        "items.save_verdicts": lambda: store.items.save_verdicts((), now),
        "items.mark_ledgered": lambda: store.items.mark_ledgered(
            [LedgerText(item="i001", first_seen=now, text="{}", sha256="0")]
        ),
        "items.restore": lambda: store.items.restore([replace(verdict_line, item=item(8))], now),
        "items.rule": lambda: store.items.rule({"i001": Ruling(decision="accept", because="x", by="01J")}),
        "matching.start_over": lambda: store.matching.start_over(),
        "matching.save_keys_and_edges": lambda: store.matching.save_keys_and_edges({"i001": ("new",)}, ()),
        "matching.save_grouping": lambda: store.matching.save_grouping(
            ["i001"], Grouping(stories=(replace(story, see_also=(("s", 0.5),)),)), "w2", now
        ),
        "stories.mark_pending": lambda: store.stories.mark_pending([story.id]),
        "stories.mark_published": lambda: store.stories.mark_published(story),
        "stories.save_document": lambda: store.stories.save_document(story, "news/a.md", "hash"),
        "stories.follow": lambda: store.stories.follow("s", "news/c.md"),
        "stories.save_place": lambda: store.stories.save_place(story, "news/b.md"),
        "stories.forget_document": lambda: store.stories.forget_document("s"),
        "decisions.add": lambda: store.decisions.add(decision, 1),
        "decisions.replay": lambda: store.decisions.replay([decision], 1),
        "runs.start": lambda: store.runs.start(now),
        "runs.finish": lambda: store.runs.finish(run.id, encode(Report(run=run.id, started=now))),
        "runs.restore": lambda: store.runs.restore(Report(run="20260101T000000Z", started=now)),
        "runs.beat": lambda: store.runs.beat(now),
        "runs.save_digest": lambda: store.runs.save_digest(DigestRow(window="w", number=1, sha256="", at=now)),
        "meta.set_corpus_id": lambda: store.meta.set_corpus_id("x"),
        "meta.set_snapshot": lambda: store.meta.set_snapshot(2),
        "meta.set_drafts": lambda: store.meta.set_drafts({"news/a.md": "hash"}),
    }


def reads(store: Store, now: datetime) -> dict[str, Callable[[], object]]:
    """One call of every method that only reads."""
    return {
        "sources.states": lambda: store.sources.states(),
        "pages.waiting": lambda: store.pages.waiting(["s"], since=now, now=now, most=1),
        "pages.tried": lambda: store.pages.tried("i001"),
        "pages.robots": lambda: store.pages.robots(["https://a.example"]),
        "sources.paused_hosts": lambda: store.sources.paused_hosts(now),
        "imports.file": lambda: store.imports.file("sha", "import"),
        "imports.undecided": lambda: store.imports.undecided(),
        "imports.pending": lambda: store.imports.pending(now),
        "imports.withdrawn": lambda: store.imports.withdrawn(),
        "imports.homes": lambda: store.imports.homes(["i001"]),
        "imports.mates": lambda: store.imports.mates(["w"]),
        "stories.orphans": lambda: store.stories.orphans(),
        "stories.forgotten": lambda: store.stories.forgotten(),
        "stories.names": lambda: store.stories.names(),
        "meta.drafts": lambda: store.meta.drafts(),
        "leases.holders": lambda: store.leases.holders(),
        "duties.last": lambda: store.duties.last(),
        "duties.alerts": lambda: store.duties.alerts(),
        "runs.ended_before": lambda: store.runs.ended_before(now),
        "runs.between": lambda: store.runs.between(now, now),
        "items.known": lambda: store.items.known("journal", ["guid:1"]),
        "items.known_by": lambda: store.items.known_by(["guid:1"]),
        "items.items_of": lambda: store.items.items_of(["i001"]),
        "items.ids": lambda: store.items.ids(),
        "items.decided": lambda: store.items.decided("accept"),
        "items.find": lambda: store.items.find("i"),
        "items.search": lambda: store.items.search("x"),
        "items.seen_between": lambda: store.items.seen_between(now, now),
        "items.listed_by": lambda: store.items.listed_by(["i001"]),
        "items.versions": lambda: store.items.versions("i001"),
        "items.terms": lambda: store.items.terms(),
        "items.untriaged": lambda: store.items.untriaged(),
        "items.verdicts": lambda: store.items.verdicts(["i001"]),
        "items.ledger_pending": lambda: store.items.ledger_pending(),
        "items.texts_of": lambda: store.items.texts_of(["i001"]),
        "matching.unmatched_texts": lambda: store.matching.unmatched_texts(),
        "matching.unmatched": lambda: store.matching.unmatched(),
        "matching.waiting": lambda: store.matching.waiting(),
        "matching.uncertain": lambda: store.matching.uncertain(0.1, 0.9, most=9),
        "matching.sharing": lambda: store.matching.sharing(["k"], 9),
        "matching.sizes": lambda: store.matching.sizes(["k"]),
        "matching.ends": lambda: store.matching.ends(["k"], 9),
        "matching.edges_of": lambda: store.matching.edges_of(["i001"]),
        "matching.ungrouped": lambda: store.matching.ungrouped(),
        "matching.component": lambda: store.matching.component(["i001"]),
        "stories.all": lambda: store.stories.all(),
        "stories.story": lambda: store.stories.story("s-i001"),
        "stories.stories": lambda: store.stories.stories(["s-i001"]),
        "stories.of_items": lambda: store.stories.of_items(["i001"]),
        "stories.oversized": lambda: store.stories.oversized(),
        "stories.related": lambda: store.stories.related(["s-i001"]),
        "stories.pending": lambda: store.stories.pending(),
        "stories.documents": lambda: store.stories.documents(),
        "stories.document": lambda: store.stories.document("s-i001"),
        "stories.documents_of": lambda: store.stories.documents_of(["s-i001"]),
        "stories.clashes": lambda: store.stories.clashes(),
        "stories.paths": lambda: store.stories.paths(),
        "decisions.active": lambda: store.decisions.active(),
        "decisions.all": lambda: store.decisions.all(),
        "decisions.constraints": lambda: store.decisions.constraints(),
        "decisions.index": lambda: store.decisions.index(),
        "runs.last_runs": lambda: store.runs.last_runs(1),
        "runs.heartbeat": lambda: store.runs.heartbeat(),
        "runs.digests": lambda: store.runs.digests(),
        "runs.counts": lambda: store.runs.counts(),
        "runs.fetched": lambda: store.runs.fetched(now, now),
        "runs.totals": lambda: store.runs.totals(),
        "runs.coverage": lambda: store.runs.coverage(now, now),
        "meta.corpus_id": lambda: store.meta.corpus_id(),
        "meta.snapshot": lambda: store.meta.snapshot(),
    }


@pytest.fixture
def filled(url: str, matched: Any, told: Any, store: Store, start: datetime) -> str:
    """The address of a store that holds a little of everything."""
    matched(2, (), (told(("i001",)), told(("i002",))))
    store.runs.start(start)
    return url


def test_the_tables_of_this_module_name_every_method(store: Store, filled: str, item: Make, start: datetime) -> None:
    """A method that is added to the store must be added to the tests under lock."""
    nouns = {name: part for name, part in vars(store).items() if not name.startswith("_") and name != "name"}
    methods = {f"{noun}.{method}" for noun, part in nouns.items() for method in dir(part) if not method.startswith("_")}
    assert methods == writes(store, item, start).keys() | reads(store, start).keys()


def test_s10_every_write_under_a_lock_is_refused_by_name_and_leaves_nothing(
    filled: str, path: Path, item: Make, start: datetime, dump: Callable[[Path], Any]
) -> None:
    """X-10: another process holds the lock for ever: "locked by" and the path, exit 5, and no row of any call."""
    before = dump(path)
    with open_store(filled, busy=0.01) as store, raw(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        for name, call in writes(store, item, start).items():
            with pytest.raises(StoreLocked, match="locked by another process") as refused:
                call()
            assert str(path) in str(refused.value), name
            assert refused.value.exit_code == 5
        for call in reads(store, start).values():
            call()  # with WAL a reader waits for nobody
        other.execute("ROLLBACK")
        assert dump(path) == before
        for call in writes(store, item, start).values():
            call()


def test_s10_a_lock_that_is_released_in_time_is_waited_for(url: str, store: Store, path: Path, start: datetime) -> None:
    """X-10: a write that finds the database locked goes on as soon as the holder is done."""
    released = threading.Event()
    with raw(path) as other:
        other.execute("BEGIN EXCLUSIVE")

        def release() -> None:
            released.set()
            other.execute("COMMIT")

        timer = threading.Timer(0.3, release)
        timer.start()
        store.sources.begin_poll("journal", start, start)
        timer.join()
    assert released.is_set()
    assert set(store.sources.states()) == {"journal"}


def test_s10_opening_under_a_lock_works_and_making_the_tables_waits(path: Path, url: str) -> None:
    """An existing store is opened; a new one cannot be made while the file is held."""
    path.touch()
    with raw(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreLocked):
            open_store(url, busy=0.01)
        other.execute("ROLLBACK")
    with open_store(url), raw(path) as other:
        other.execute("BEGIN EXCLUSIVE")
        with open_store(url, busy=0.01) as second:
            assert second.sources.states() == {}
        other.execute("ROLLBACK")


# --------------------------------------------------------------------------- full disk

FULL = """
import resource, sys
from datetime import UTC, datetime
from dermai_feed.errors import StoreError
from dermai_feed.model import Item, Provider, SourceState
from dermai_feed.store import open_store
now = datetime(2026, 11, 21, tzinfo=UTC)
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
provider = Provider(name="J", domain="j.example")
with open_store(sys.argv[1]) as store:
    for batch in range(10):
        items = [
            Item(id=f"i{batch}-{n}", source_id=f"s{batch}", key=f"k{n}", aliases=(f"k{n}",), title="t" * 300,
                 excerpt="e" * 500, published=now, first_seen=now, provider=provider, content_hash="h")
            for n in range(50)
        ]
        try:
            store.items.save_poll(SourceState(source_id=f"s{batch}", etag="1"), items, (), now)
        except StoreError as error:
            print(error)
            sys.exit(error.exit_code)
"""


def test_s11_a_full_disk_stops_cleanly_and_the_next_run_completes(url: str, path: Path) -> None:
    """X-08: exit 5 with the path; earlier polls are whole, the failed one is absent; with space all is there."""
    stopped = subprocess.run([sys.executable, "-c", FULL, url, "800000"], capture_output=True, text=True, check=False)
    assert stopped.returncode == 5
    assert str(path) in stopped.stdout
    assert "disk" in stopped.stdout
    with open_store(url) as store:
        assert store.check() == ()
        polled = len(store.sources.states())
        assert 0 < polled < 10
        assert len(store.items.ids()) == 50 * polled
    subprocess.run([sys.executable, "-c", FULL, url, "0"], check=True)
    with open_store(url) as store:
        assert len(store.items.ids()) == 500
        assert len(store.sources.states()) == 10


def test_s11_making_the_database_on_a_full_disk_is_an_error_that_can_be_tried_again(url: str, path: Path) -> None:
    """Whatever a disk without space leaves behind, the next start makes the database of it."""
    for limit in (1, 4096, 20_000):
        stopped = subprocess.run(
            [sys.executable, "-c", FULL, url, str(limit)], capture_output=True, text=True, check=False
        )
        assert stopped.returncode != 0
        assert str(path) in stopped.stdout + stopped.stderr
    with open_store(url) as store:
        assert store.check() == ()


# --------------------------------------------------------------------------- damage


def make_text(path: Path) -> None:
    path.write_text("this is a letter, not a database\n" * 100)


def make_cut(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(3 * 4096)


def make_cut_within_a_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 1000)


def make_empty_with_a_log(path: Path) -> None:
    path.write_bytes(b"")
    path.with_name(path.name + "-wal").write_bytes(b"\x37\x7f\x06\x82" * 100)


def make_foreign(path: Path) -> None:
    with raw(path) as connection:
        connection.execute("PRAGMA application_id = 42")


def make_unmarked(path: Path) -> None:
    path.unlink()
    with raw(path) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")


def make_garbled_header(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(b"\0" * 100 + data[100:])


DAMAGES = [
    make_text,
    make_cut,
    make_cut_within_a_page,
    make_empty_with_a_log,
    make_foreign,
    make_unmarked,
    make_garbled_header,
]


def hashes(path: Path) -> dict[str, str]:
    """Name -> sha256 of the database file and what lies beside it, but for SQLite's shared memory."""
    files = [file for file in path.parent.iterdir() if not file.name.endswith("-shm")]
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.stat().st_size}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("readonly", [False, True])
def test_s12_a_damaged_or_foreign_file_is_refused_and_untouched(
    filled: str, store: Store, path: Path, damage: Callable[[Path], None], readonly: bool
) -> None:
    """Exit 5, the path, the way out, and the same bytes as before."""
    store.close()
    for leftover in ("-wal", "-shm"):
        path.with_name(path.name + leftover).unlink(missing_ok=True)
    damage(path)
    before = hashes(path)
    with pytest.raises(StoreDamaged) as refused:
        open_store(filled, readonly=readonly)
    assert refused.value.exit_code == 5
    assert str(path) in str(refused.value)
    assert "rebuild" in str(refused.value)
    assert hashes(path) == before


def test_s12_a_file_overwritten_while_open_stays_as_it_was_left(
    url: str, path: Path, item: Make, start: datetime
) -> None:
    """The open store notices, and neither it nor the next one writes into the strange bytes."""
    with open_store(url) as store:
        store.items.save_poll(STATE, [item(n) for n in range(200)], (), start)
    store = open_store(url)
    store.sources.begin_poll("journal", start, start)  # waits in the log to be copied into the file
    strange = b"overwritten by another program\n" * (path.stat().st_size // 31)
    path.write_bytes(strange)
    with pytest.raises(StoreDamaged):
        store.items.items_of([f"i{n:03}" for n in range(200)])
    store.close()
    assert path.read_bytes() == strange
    with pytest.raises(StoreDamaged):
        open_store(url)
    assert path.read_bytes() == strange


def test_check_finds_a_broken_page_a_broken_reference_and_a_miscount(filled: str, store: Store, path: Path) -> None:
    """H6: each is named; a sound database has no problems."""
    assert store.check() == ()
    with raw(path) as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("DELETE FROM verdict")
        connection.execute("DELETE FROM item WHERE id = 'i002'")
        connection.execute("UPDATE story SET size = 7 WHERE id = 's-i001'")
    found = [problem.what for problem in store.check()]
    assert any("points to a missing item" in what for what in found)
    assert "story s-i001 says it holds 7 items and holds 1" in found
    assert all(problem.where == str(path) for problem in store.check())


def test_check_tells_what_sqlite_itself_finds(filled: str, store: Store, path: Path) -> None:
    """An index that lacks a row is reported by the integrity check."""
    with raw(path) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'published < version', 'published > version')"
            " WHERE name = 'story_to_publish'"
        )
    store.close()
    with open_store(filled) as again:
        assert any("story_to_publish" in problem.what for problem in again.check())


# --------------------------------------------------------------------------- permissions and places


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_s19_no_file_of_the_database_is_open_to_others(url: str, path: Path, start: datetime, umask: int) -> None:
    """0640 at most, whatever the umask, for the log files too."""
    before = os.umask(umask)
    try:
        with open_store(url) as store:
            store.sources.begin_poll("journal", start, start)
            for file in path.parent.iterdir():
                assert stat.S_IMODE(file.stat().st_mode) & ~0o640 == 0, file.name
    finally:
        os.umask(before)


def test_s19_a_file_that_was_open_to_others_is_closed_to_them(url: str, path: Path) -> None:
    """An existing 0666 becomes 0640, and a stricter 0600 stays."""
    open_store(url).close()
    for before, after in ((0o666, 0o640), (0o600, 0o600)):
        path.chmod(before)
        open_store(url).close()
        assert stat.S_IMODE(path.stat().st_mode) == after


def test_s19_a_missing_folder_is_named(tmp_path: Path) -> None:
    """Nothing is made in its place."""
    with pytest.raises(StoreError, match="nowhere: no such folder") as refused:
        open_store(f"sqlite:///{tmp_path}/nowhere/dermai.sqlite")
    assert refused.value.exit_code == 5
    assert list(tmp_path.iterdir()) == []


def test_s19_a_folder_in_the_place_of_the_file_is_named(tmp_path: Path) -> None:
    """It is not a file, so it is not opened."""
    with pytest.raises(StoreError, match="not a file"):
        open_store(f"sqlite:///{tmp_path}")


AS_NOBODY = """
import os, sys
from dermai_feed.errors import StoreError
from dermai_feed.store import open_store
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    open_store(sys.argv[1])
except StoreError as error:
    print(error)
    sys.exit(error.exit_code)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("there", [False, True])
def test_s19_a_place_that_may_not_be_written_is_named(url: str, path: Path, there: bool) -> None:
    """Exit 5 with the path for a read-only folder, and for a file of somebody else."""
    if there:
        open_store(url).close()
        path.chmod(0o600)
    for folder in (path.parent, *path.parent.parents):
        if str(folder).startswith(str(path.parent.parent.parent)):
            folder.chmod(0o755)
    done = subprocess.run([sys.executable, "-c", AS_NOBODY, url], capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    assert str(path) in done.stdout


@pytest.mark.parametrize("name", ["with space.sqlite", "per%cent?.sqlite", "hash#tag.sqlite", "ünï.sqlite"])
def test_any_file_name_works(tmp_path: Path, start: datetime, name: str) -> None:
    """Characters that mean something in an address mean themselves in a path."""
    from sqlalchemy.engine import URL

    address = URL.create("sqlite", database=str(tmp_path / name)).render_as_string()
    with open_store(address) as store:
        store.meta.set_snapshot(5)
    assert (tmp_path / name).exists()
    with open_store(address) as store:
        assert store.meta.snapshot() == 5


@pytest.mark.parametrize(
    "address",
    ["", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/x", "no address", "postgresql+asyncpg://u:secret@h/x"],
)
def test_an_address_that_means_nothing_is_a_mistake_of_the_configuration(address: str) -> None:
    """Exit 2; a password is not repeated."""
    with pytest.raises(ConfigError, match="not a database address") as refused:
        open_store(address)
    assert refused.value.exit_code == 2
    assert "secret" not in str(refused.value)


# --------------------------------------------------------------------------- reading only


def test_a_store_opened_for_reading_writes_nothing(filled: str, store: Store, path: Path, start: datetime) -> None:
    """Reads answer, writes are refused, the bytes stay."""
    store.close()
    before = hashes(path)
    with open_store(filled, readonly=True) as reader:
        assert reader.items.ids() == {"i001", "i002"}
        with pytest.raises(StoreError, match="readonly"):
            reader.sources.begin_poll("journal", start, start)
    assert hashes(path) == before


def test_reading_what_is_not_there_makes_nothing(url: str, path: Path) -> None:
    """Neither a file nor tables."""
    with pytest.raises(StoreError, match="no database yet"):
        open_store(url, readonly=True)
    assert not path.exists()


# --------------------------------------------------------------------------- the log file


def test_s18_the_log_is_moved_into_the_file_at_the_end(url: str, path: Path, item: Make, start: datetime) -> None:
    """After closing, the file alone holds everything, so that a copy by hand is whole."""
    with open_store(url) as store:
        store.items.save_poll(STATE, [item(n) for n in range(500)], (), start)
        assert path.with_name(path.name + "-wal").stat().st_size > 0
    log = path.with_name(path.name + "-wal")
    assert not log.exists() or log.stat().st_size == 0
    copy = path.with_name("copy.sqlite")
    copy.write_bytes(path.read_bytes())
    with open_store(f"sqlite:///{copy}") as store:
        assert len(store.items.ids()) == 500


def test_s09_a_slow_worker_does_not_hold_the_database(url: str, start: datetime, item: Make) -> None:
    """Between its calls a store keeps no transaction open: another one writes at once."""
    with open_store(url) as slow, open_store(url, busy=0.25) as quick:
        slow.sources.begin_poll("slow", start, start)
        slow.sources.states()
        slow.items.untriaged()
        for number in range(20):
            quick.items.save_poll(STATE, [item(number)], (), start + timedelta(seconds=number))
        slow.items.save_poll(SourceState(source_id="slow"), (), (), start)
        assert len(slow.items.ids()) == 20
