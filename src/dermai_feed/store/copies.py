"""Copies of a whole database: backups, moving from one kind to the other, and back.

A copy is read in one state of the database and written in one transaction, and compared
before that ends: row for row, by a hash over both. A backup is a SQLite file whatever it
was made of, so that one kind of file can be checked, kept and restored everywhere.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, MetaData, Table, func, insert, select

from ..errors import StoreDamaged, StoreError, StoreTooNew
from .database import Database, rows_of
from .migrations import MIGRATIONS, migrate
from .sqlite import MODE, Sqlite
from .tables import METADATA

BATCH = 500  # rows of one INSERT


def copy(source: Database, target: Database, *, over: bool = False) -> dict[str, int]:
    """Copy every row of `source` into `target`; table -> rows. All of it, or nothing.

    `over`: what `target` holds is deleted in the same transaction.
    Raises: errors.StoreError when `target` holds something, or when what was written reads
    otherwise than what was read.
    """
    with source.read() as reading, target.write() as writing:
        if over:
            target.backend.clear(writing)
        return _copy(reading, writing, METADATA.sorted_tables, target.name)


def _copy(reading: Connection, writing: Connection, tables: Sequence[Table], name: str) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in tables:
        if writing.execute(rows_of(table).limit(1)).first() is not None:
            raise StoreError(f"{name}: holds data already (table {table.name}); name an empty database")
        rows = reading.execute(rows_of(table).execution_options(yield_per=BATCH))
        for batch in rows.mappings().partitions(BATCH):
            writing.execute(insert(table), [dict(row) for row in batch])
    for table in tables:
        read, written = _hash(reading, table), _hash(writing, table)
        if read != written:
            raise StoreError(
                f"{name}: table {table.name} does not read as it was written "
                f"({read[0]} and {written[0]} rows); nothing was copied"
            )
        counts[table.name] = read[0]
    return counts


def _hash(connection: Connection, table: Table) -> tuple[int, str]:
    digest, count = hashlib.sha256(), 0
    for row in connection.execute(rows_of(table).execution_options(yield_per=BATCH)):
        digest.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
        count += 1
    return count, digest.hexdigest()


def back_up(database: Database, path: Path) -> None:
    """Write a copy to `path`, which does not exist, and check it; whole, or not at all.

    Raises: errors.StoreError when there is something, no space, or when the copy is not sound.
    """
    if path.exists():
        raise StoreError(f"{path}: there is a file already; name another")
    _check_room(database, path)
    with database.translated():
        if isinstance(database.backend, Sqlite):
            database.backend.copy_to(path)
        else:
            with _filling(path, database.backend.busy) as target:
                migrate(target)
                copy(database, target)
    try:
        check(path)
    except StoreError:
        path.unlink(missing_ok=True)  # what cannot be restored must not look like a backup
        raise


def back_up_older(database: Database, version: int, path: Path) -> None:
    """Write what `database` holds in the schema `version`, before it is migrated, to the SQLite file `path`.

    Compared row for row and checked; whole, or not at all. A copy that lies there already is
    of a migration that broke off, and is made anew.
    Raises: errors.StoreError when the copy cannot be made.
    """
    _check_room(database, path)
    with _filling(path, database.backend.busy) as target:
        migrate(target, MIGRATIONS[:version])
        with database.read() as reading, target.write() as writing:
            found = MetaData()  # as they are there; the program's own tables are those of its own version
            found.reflect(reading)
            _copy(reading, writing, found.sorted_tables, target.name)
    check(path)


@contextmanager
def _filling(path: Path, busy: float) -> Iterator[Database]:
    """A new SQLite database beside `path`, which is written there whole when all went well."""
    beside = path.with_name(path.name + ".filling")
    _remove(beside)
    backend = Sqlite(beside, busy=busy, readonly=False)
    try:
        with closing(Database(backend)) as target:
            yield target
            backend.copy_to(path)
    finally:
        _remove(beside)


def _check_room(database: Database, path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path.parent}: {error.strerror}; make room for a copy, or change `backup.folder`") from error
    with database.read() as connection:
        needed = database.backend.size(connection)
    free = shutil.disk_usage(path.parent).free
    if free < needed:
        raise StoreError(f"{path}: {needed} bytes are needed and {free} are free; make room, or change `backup.folder`")


def check(path: Path) -> int:
    """The schema version of the backup at `path`, opened and read through.

    Raises: errors.StoreDamaged for what is no whole database of ours; errors.StoreTooNew.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no such file; name a backup")
    with closing(Database(Sqlite(path, busy=1.0, readonly=True))) as database, database.read() as connection:
        version = database.backend.version(connection)
        if version > len(MIGRATIONS):
            raise StoreTooNew(
                f"{path}: written by a later version (schema {version}, this program knows {len(MIGRATIONS)}); "
                "update dermai-feed"
            )
        wrong = [*database.backend.unsound(connection), *database.backend.broken_references(connection)]
        if version == 0 or wrong:
            raise StoreDamaged(f"{path}: {wrong[0] if wrong else 'no tables'}; it cannot be restored")
        connection.execute(select(func.count()).select_from(METADATA.tables["item"])).scalar_one()
    return version


def restore_file(backup: Path, path: Path) -> Path | None:
    """Put a checked `backup` in the place of the SQLite file `path`; where the old one went, if there was one.

    At every moment `path` is the old database or the new one.
    """
    check(backup)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".restore.tmp")
    shutil.copyfile(backup, fresh)
    fresh.chmod(MODE)
    handle = os.open(fresh, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)
    aside = None
    if path.exists():
        aside = path.with_name(path.name + ".before-restore")
        _remove(aside)
        for suffix in ("-wal", "-shm"):  # a log of the old file would be read into the new one
            with suppress(FileNotFoundError):
                path.with_name(path.name + suffix).replace(aside.with_name(aside.name + suffix))
        os.link(path, aside)
    fresh.replace(path)
    return aside


def _remove(path: Path) -> None:
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
