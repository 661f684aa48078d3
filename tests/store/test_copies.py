"""Backups, restoring, moving between databases: whole, checked, or refused."""

from __future__ import annotations

import shutil
import sqlite3
import stat
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.codec import encode
from dermai_feed.errors import StoreDamaged, StoreError, StoreTooNew
from dermai_feed.model import Decision, Report
from dermai_feed.store import Store, check_backup, copies, open_store, restore_file
from dermai_feed.store.migrations import MIGRATIONS

Everything = Callable[[Store], Any]


@pytest.fixture
def everything() -> Everything:
    """What a store holds, by its own methods."""

    def read(store: Store) -> Any:
        ids = sorted(store.items.ids())
        return (
            store.items.items_of(ids), store.items.verdicts(ids), store.sources.states(), store.stories.all(),
            store.decisions.all(), store.decisions.index(), store.runs.counts(), store.runs.totals(),
            store.runs.last_runs(9), store.duties.last(), store.meta.corpus_id(), store.matching.ungrouped(),
        )  # fmt: skip

    return read


@pytest.fixture
def full(store: Store, matched: Any, told: Any, edge: Any, start: datetime) -> Store:
    """A store with a little of everything, hostile text among it."""
    matched(3, (edge("i001", "i002"),), (told(("i001", "i002")), told(("i003",))))
    store.meta.set_corpus_id("corpus-1 'quoted' \u2028 漢字")
    store.runs.start(start)
    store.duties.done("digest", start, "2026-W46")
    store.decisions.add(Decision(id="01J" + "0" * 23, at=start, who="ed", verb="same", target=("i001", "i002")), 10)
    return store


def test_s14_a_backup_holds_what_the_store_holds(full: Store, everything: Everything, tmp_path: Path) -> None:
    """A SQLite file, checked, not for everybody to read (S-19)."""
    copy = tmp_path / "copies" / "one.sqlite"
    full.back_up(copy)
    assert check_backup(copy) == len(MIGRATIONS)
    assert stat.S_IMODE(copy.stat().st_mode) & ~0o640 == 0
    with open_store(f"sqlite:///{copy}") as opened:
        assert everything(opened) == everything(full)
        assert opened.check() == ()


def test_s14_a_backup_never_takes_the_place_of_a_file(full: Store, tmp_path: Path) -> None:
    """Whatever it is."""
    there = tmp_path / "thesis.txt"
    there.write_text("ours", encoding="utf-8")
    with pytest.raises(StoreError, match="there is a file already"):
        full.back_up(there)
    assert there.read_text(encoding="utf-8") == "ours"


def test_a_backup_without_space_is_refused_before_it_begins(
    full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With both figures; nothing lies there then."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(StoreError, match="1 are free"):
        full.back_up(tmp_path / "one.sqlite")
    assert not (tmp_path / "one.sqlite").exists()


def test_a_database_moves_to_the_other_kind_and_back(full: Store, everything: Everything, tmp_path: Path) -> None:
    """Compared row for row; what comes back is what left."""
    with open_store(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        counts = full.copy_to(other)
        assert everything(other) == everything(full)
    assert counts["item"] == 3
    assert counts["decision"] == 1
    full.runs.start(datetime.fromisoformat("2026-11-17T00:00:00Z"))
    with open_store(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        if not full.name.startswith("/"):  # SQLite is restored as a file
            other.copy_to(full, over=True)
            assert everything(full) == everything(other)
            assert full.check() == ()


def test_a_database_that_holds_something_is_not_copied_into(full: Store, matched: Any, tmp_path: Path) -> None:
    """And stays as it is."""
    with open_store(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        other.meta.set_corpus_id("another")
        with pytest.raises(StoreError, match="holds data already"):
            full.copy_to(other)
        assert other.meta.corpus_id() == "another"
        assert other.items.ids() == frozenset()


def test_a_copy_that_reads_otherwise_is_undone(full: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that changes a value must not go unnoticed."""
    genuine = copies._hash
    hashes = iter(range(99))
    monkeypatch.setattr(copies, "_hash", lambda *of: (genuine(*of)[0], str(next(hashes))))
    with open_store(f"sqlite:///{tmp_path / 'other.sqlite'}") as other:
        with pytest.raises(StoreError, match="does not read as it was written"):
            full.copy_to(other)
        assert other.items.ids() == frozenset()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (lambda path: path.write_bytes(b"a" * 4096), "not a database"),
        (lambda path: path.write_bytes(path.read_bytes()[:-5000]), "malformed|cut off"),
        (lambda path: path.write_bytes(b""), "no database yet"),
        (lambda path: path.unlink(), "no such file"),
    ],
    ids=["something else", "cut", "empty", "gone"],
)
def test_s14_what_is_no_whole_backup_is_refused_and_the_database_stays(
    full: Store, tmp_path: Path, damage: Any, words: str
) -> None:
    """Verified before anything is touched."""
    copy, place = tmp_path / "one.sqlite", tmp_path / "there.sqlite"
    full.back_up(copy)
    damage(copy)
    place.write_bytes(b"the old one")
    with pytest.raises(StoreError, match=words):
        restore_file(copy, place)
    assert place.read_bytes() == b"the old one"


def test_s13_a_backup_of_a_later_version_is_refused(full: Store, tmp_path: Path) -> None:
    """With both numbers."""
    copy = tmp_path / "one.sqlite"
    full.back_up(copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreTooNew, match="schema 99"):
        check_backup(copy)


def test_s14_a_backup_with_a_broken_reference_is_none(full: Store, tmp_path: Path) -> None:
    """A file that opens is not yet a sound one."""
    copy = tmp_path / "one.sqlite"
    full.back_up(copy)
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("DELETE FROM item WHERE id = 'i001'")
        connection.commit()
    with pytest.raises(StoreDamaged, match="missing item"):
        check_backup(copy)


def test_s14_restoring_keeps_the_old_file_and_forgets_its_log(
    full: Store, everything: Everything, tmp_path: Path
) -> None:
    """The log of the old database must not be read into the new one."""
    copy, place = tmp_path / "one.sqlite", tmp_path / "state" / "dermai.sqlite"
    full.back_up(copy)
    assert restore_file(copy, place) is None
    with open_store(f"sqlite:///{place}") as later:
        later.meta.set_corpus_id("later")
        unclosed = place.with_name(place.name + "-wal").read_bytes()
    place.with_name(place.name + "-wal").write_bytes(unclosed)
    aside = restore_file(copy, place)
    assert aside is not None
    assert aside.exists()
    with open_store(f"sqlite:///{place}") as opened:
        assert everything(opened) == everything(full)


def test_vacuum_gives_space_back_and_changes_nothing(full: Store, everything: Everything, start: datetime) -> None:
    """What was deleted leaves holes."""
    report = encode(Report(run="x", started=start, degraded="y" * 5000))
    for _ in range(300):
        full.runs.finish(full.runs.start(start), report)
    full.runs.prune(start.replace(year=2027))
    before, size = everything(full), full.size()
    full.vacuum()
    assert everything(full) == before
    assert full.size() > 0
    if full.name.startswith("/"):
        assert Path(full.name).stat().st_size < size
