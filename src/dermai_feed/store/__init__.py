"""The database: SQLAlchemy Core on SQLite or PostgreSQL, values in and values out.

One entry, `open_store`; the methods are sorted by noun::

    store.sources     states of sources, paused hosts
    store.items       items and aliases, verdicts, the queues of triage and of the ledger
    store.matching    block keys, edges, components; the queues of comparing and grouping
    store.stories     groups, what waits to be published, the files that were written
    store.decisions   the index of the decision log
    store.imports     files that were imported by hand, names that are still looked up
    store.runs        runs, digests, the heartbeat, every figure of `status`
    store.pages       pages of items that are to be read, robots.txt of hosts
    store.leases      which worker has which source in hand
    store.duties      what the daemon did last, the alerts that stand
    store.meta        the corpus' marker, the snapshot's number

Each public method is one transaction and never waits for anything but the database's own
lock (S-09). What it raises is `errors.StoreError` or a child of it, `errors.CorpusError`
where it says so. The database is a cache: files, ledger and decision log can rebuild it.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import TracebackType

from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ..errors import ConfigError
from ..model import Problem
from . import copies, tables
from .copies import check as check_backup
from .copies import restore_file
from .database import Backend, Database
from .decisions import Decisions
from .duties import Duties
from .imports import Imports
from .items import Items
from .leases import Leases
from .matching import Matching
from .meta import Meta
from .migrations import MIGRATIONS, migrate
from .pages import Outcome, Pages
from .runs import Runs
from .sources import Sources
from .sqlite import SQLITE, Sqlite
from .stories import Stories
from .values import (
    Alert,
    Answer,
    Counts,
    DecisionIndex,
    DigestRow,
    DocumentRow,
    Duty,
    Fetched,
    ImportedFile,
    PageTry,
    PendingName,
    RunRow,
    Saved,
)

__all__ = [
    "SCHEMA", "SQLITE", "Alert", "Answer", "Counts", "DecisionIndex", "DigestRow", "DocumentRow", "Duty", "Fetched",
    "ImportedFile", "Outcome", "PageTry", "PendingName", "RunRow", "Saved", "Store",
    "check_backup", "file_of", "open_store", "restore_file",
]  # fmt: skip

SCHEMA = len(MIGRATIONS)  # the version of the tables that this program reads and writes


class Store:
    """An open database; a context manager that closes it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.name = database.name  # path, or address without its password
        self.sources = Sources(database)
        self.items = Items(database)
        self.matching = Matching(database)
        self.stories = Stories(database)
        self.decisions = Decisions(database)
        self.imports = Imports(database)
        self.runs = Runs(database)
        self.pages = Pages(database)
        self.leases = Leases(database)
        self.duties = Duties(database)
        self.meta = Meta(database)

    def check(self) -> tuple[Problem, ...]:
        """What is wrong with the database as such: damage, broken references, miscounted stories (H6)."""
        hint = "put a backup in its place, or move it away and run `dermai-feed rebuild`"
        with self._database.read() as connection:
            backend = self._database.backend
            found = [*backend.unsound(connection), *backend.broken_references(connection)]
            story, member = tables.story.c, tables.member.c
            held = select(func.count()).where(member.story_id == story.id).scalar_subquery()
            for id_, said, counted in connection.execute(
                select(story.id, story.size, held).where(story.size != held).order_by(story.id)
            ):
                found.append(f"story {id_} says it holds {said} items and holds {counted}")
        return tuple(Problem(where=self.name, kind="file", what=what, hint=hint) for what in found)

    def back_up(self, path: Path) -> None:
        """Write a copy to `path`, a SQLite file whatever this is; see copies.back_up."""
        copies.back_up(self._database, path)

    def copy_to(self, other: Store, *, over: bool = False) -> dict[str, int]:
        """Copy everything into `other` and compare; table -> rows. See copies.copy."""
        return copies.copy(self._database, other._database, over=over)

    def vacuum(self) -> None:
        """Give the space of what was deleted back."""
        with self._database.translated():
            self._database.backend.vacuum()

    def size(self) -> int:
        """Bytes on disk."""
        with self._database.read() as connection:
            return self._database.backend.size(connection)

    def rows(self) -> dict[str, int]:
        """Table -> how many rows it has."""
        with self._database.read() as connection:
            return {
                table.name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for table in tables.METADATA.sorted_tables
            }

    def close(self) -> None:
        """Close the database; everything that was stored is safe already."""
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_store(url: str, *, busy: float = 10.0, readonly: bool = False, backups: Path | None = None) -> Store:
    """The store at `url`, made when there is none, brought to the present schema when it is older.

    `url`: "sqlite:///relative", "sqlite:////absolute" or "postgresql+psycopg://…". `busy`:
    seconds to wait for a lock. `readonly`: nothing is made, migrated or written. `backups`: the
    folder that takes a copy of a PostgreSQL database before it is migrated; SQLite's lies beside
    its file.
    Raises: ConfigError for an address that means nothing; StoreDamaged for a file that is
    not ours or not whole, untouched (S-12); StoreTooNew (S-13); StoreLocked; StoreError.
    """
    backend = _backend(url, busy, readonly)
    database = Database(backend)
    try:
        aside = None
        if backups is not None and not isinstance(backend, Sqlite):
            aside = partial(_copy_aside, database, backups)
        migrate(database, aside=aside)
        if isinstance(backend, Sqlite):
            backend.anchor()
    except BaseException:
        database.close()
        raise
    return Store(database)


def _copy_aside(database: Database, folder: Path, version: int) -> None:
    copies.back_up_older(database, version, folder / f"dermai-schema-{version}.sqlite")


def file_of(url: str) -> Path | None:
    """The file of the SQLite database at `url`; None for PostgreSQL, where there is none of ours."""
    address = make_url(url)
    return Path(address.database) if address.drivername == "sqlite" and address.database else None


def _backend(url: str, busy: float, readonly: bool) -> Backend:
    try:
        address = make_url(url)
    except ArgumentError:
        raise _unusable(url.split("@")[-1]) from None
    if address.drivername == "sqlite" and address.database and address.database != ":memory:":
        return Sqlite(Path(address.database), busy=busy, readonly=readonly)
    if address.drivername in {"postgresql", "postgresql+psycopg"}:
        try:
            from .postgres import Postgres
        except ImportError as error:
            raise _unusable(address.drivername, f"{error}: pip install 'dermai-feed[postgres]'") from error
        return Postgres(address, busy=busy, readonly=readonly)
    raise _unusable(address.render_as_string(hide_password=True))


def _unusable(
    what: str, hint: str = "sqlite:///state/dermai.sqlite or postgresql+psycopg://user@host/name"
) -> ConfigError:
    return ConfigError(
        [Problem(where="store.database", what=f"{what}: not a database address", kind="config", hint=hint)]
    )
