"""How the tables come about: an array of steps, of which version N is the first N.

The schema version is the number of steps done. Add new steps at the end and never change an
old one; databases out there have run it. Each step is one transaction, and an existing
database is copied aside before the first of them (S-13).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from ..errors import StoreError, StoreTooNew
from ..failpoint import hit
from .database import Database

Step = Callable[[Connection], None]

# STRING is text that sorts by its bytes on both databases; CLUSTERED keeps the rows in the order
# of their primary key where the database can (on SQLite that halves a table of pairs).
_WORDS = {
    "sqlite": {"STRING": "TEXT", "CLUSTERED": "WITHOUT ROWID"},
    "postgresql": {"STRING": 'TEXT COLLATE "C"', "CLUSTERED": ""},
}

_FIRST = (
    "CREATE TABLE meta (name STRING NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE source_state (source_id STRING NOT NULL PRIMARY KEY, health TEXT NOT NULL, payload TEXT NOT NULL)",
    "CREATE TABLE host_pause (host STRING NOT NULL PRIMARY KEY, until STRING NOT NULL)",
    """CREATE TABLE term (
        source_id STRING NOT NULL, position INTEGER NOT NULL, payload TEXT NOT NULL,
        PRIMARY KEY (source_id, position))""",
    """CREATE TABLE item (
        id STRING NOT NULL PRIMARY KEY, source_id STRING NOT NULL, first_seen STRING NOT NULL,
        backfill BOOLEAN NOT NULL, listed_by STRING, folded TEXT NOT NULL, content_hash TEXT NOT NULL,
        version INTEGER NOT NULL, changes INTEGER NOT NULL, own_date STRING, decision STRING NOT NULL,
        judged INTEGER NOT NULL, matchable BOOLEAN NOT NULL, keyed INTEGER NOT NULL, matched INTEGER NOT NULL,
        line TEXT NOT NULL, ledgered TEXT NOT NULL, payload TEXT NOT NULL)""",
    "CREATE INDEX item_seen ON item (first_seen, id)",
    "CREATE INDEX item_listed_by ON item (listed_by) WHERE listed_by IS NOT NULL",
    # The queues: an index over nothing but what is pending, so that a long history costs nothing.
    "CREATE INDEX item_to_triage ON item (first_seen, id) WHERE judged < version",
    "CREATE INDEX item_to_match ON item (matchable, first_seen, id) WHERE keyed < version",
    "CREATE INDEX item_to_group ON item (first_seen, id) WHERE matched < keyed",
    "CREATE INDEX item_to_ledger ON item (first_seen, id) WHERE line <> ledgered",
    "CREATE INDEX item_decision ON item (decision)",
    """CREATE TABLE alias (
        source_id STRING NOT NULL, key STRING NOT NULL, item_id STRING NOT NULL REFERENCES item (id),
        PRIMARY KEY (source_id, key)) CLUSTERED""",
    """CREATE TABLE item_version (
        item_id STRING NOT NULL REFERENCES item (id), version INTEGER NOT NULL, until STRING NOT NULL,
        payload TEXT NOT NULL, PRIMARY KEY (item_id, version))""",
    """CREATE TABLE verdict (
        item_id STRING NOT NULL PRIMARY KEY REFERENCES item (id), at STRING NOT NULL, because TEXT NOT NULL,
        payload TEXT NOT NULL)""",
    """CREATE TABLE block_key (
        key STRING NOT NULL, item_id STRING NOT NULL REFERENCES item (id), PRIMARY KEY (key, item_id)) CLUSTERED""",
    "CREATE INDEX block_key_item ON block_key (item_id)",
    """CREATE TABLE edge (
        a STRING NOT NULL REFERENCES item (id), b STRING NOT NULL REFERENCES item (id), level TEXT,
        probability DOUBLE PRECISION NOT NULL, payload TEXT NOT NULL,
        PRIMARY KEY (a, b), CONSTRAINT edge_order CHECK (a < b))""",
    "CREATE INDEX edge_b ON edge (b)",
    """CREATE TABLE story (
        id STRING NOT NULL PRIMARY KEY, works INTEGER NOT NULL, size INTEGER NOT NULL, oversized BOOLEAN NOT NULL,
        snapshot TEXT NOT NULL, changed STRING NOT NULL, version INTEGER NOT NULL, published INTEGER NOT NULL,
        payload TEXT NOT NULL)""",
    "CREATE INDEX story_to_publish ON story (id) WHERE published < version",
    """CREATE TABLE member (
        item_id STRING NOT NULL PRIMARY KEY REFERENCES item (id), work_id STRING NOT NULL,
        story_id STRING NOT NULL REFERENCES story (id))""",
    "CREATE INDEX member_story ON member (story_id)",
    "CREATE TABLE story_alias (alias STRING NOT NULL PRIMARY KEY, item_id STRING NOT NULL REFERENCES item (id))",
    "CREATE INDEX story_alias_item ON story_alias (item_id)",
    """CREATE TABLE document (
        story_id STRING NOT NULL PRIMARY KEY, path TEXT NOT NULL, folded STRING NOT NULL, minted TEXT NOT NULL,
        sha256 TEXT NOT NULL)""",
    """CREATE TABLE decision (
        id STRING NOT NULL PRIMARY KEY, verb STRING NOT NULL, log_offset INTEGER NOT NULL, payload TEXT NOT NULL)""",
    "CREATE TABLE run (id STRING NOT NULL PRIMARY KEY, started STRING NOT NULL, finished STRING, payload TEXT)",
    "CREATE INDEX run_started ON run (started)",
    """CREATE TABLE digest (
        period STRING NOT NULL PRIMARY KEY, number INTEGER NOT NULL, sha256 TEXT NOT NULL, at STRING NOT NULL)""",
)

# What an editor decided is never changed or taken back in place (E-01); an undo is a new row.
_APPEND_ONLY = {
    "sqlite": (
        """CREATE TRIGGER decision_stays BEFORE UPDATE ON decision
        BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
        """CREATE TRIGGER decision_kept BEFORE DELETE ON decision
        BEGIN SELECT RAISE(ABORT, 'decisions are append-only'); END""",
    ),
    "postgresql": (
        """CREATE FUNCTION decisions_are_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'decisions are append-only'; END $$""",
        """CREATE TRIGGER decision_stays BEFORE UPDATE OR DELETE OR TRUNCATE ON decision
        FOR EACH STATEMENT EXECUTE FUNCTION decisions_are_append_only()""",
    ),
}


def _make(connection: Connection, statements: Sequence[str]) -> None:
    words = _WORDS[connection.dialect.name]
    for statement in statements:
        connection.exec_driver_sql(re.sub(r"\b(?:STRING|CLUSTERED)\b", lambda word: words[word[0]], statement))


def _first(connection: Connection) -> None:
    _make(connection, _FIRST)
    for statement in _APPEND_ONLY[connection.dialect.name]:
        connection.exec_driver_sql(statement)


_OPERATION = (
    # Due times as a column, and who has a source in hand until when: several workers share this table.
    "ALTER TABLE source_state ADD COLUMN next_check STRING",
    "ALTER TABLE source_state ADD COLUMN holder TEXT",
    "ALTER TABLE source_state ADD COLUMN until STRING",
    "CREATE INDEX source_state_due ON source_state (next_check)",
    "CREATE TABLE host_lease (host STRING NOT NULL PRIMARY KEY, holder TEXT NOT NULL, until STRING NOT NULL)",
    "CREATE TABLE duty (name STRING NOT NULL PRIMARY KEY, at STRING NOT NULL, note TEXT NOT NULL)",
    "CREATE TABLE alert (name STRING NOT NULL PRIMARY KEY, what TEXT NOT NULL, since STRING NOT NULL)",
)


def _operation(connection: Connection) -> None:
    _make(connection, _OPERATION)
    for source_id, payload in connection.exec_driver_sql("SELECT source_id, payload FROM source_state").all():
        if said := json.loads(payload).get("next_check"):
            moment = datetime.fromisoformat(said).astimezone(UTC)
            written = moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
            statement = text("UPDATE source_state SET next_check = :moment WHERE source_id = :source")
            connection.execute(statement, {"moment": written, "source": source_id})


_EDITORS = (
    """CREATE TABLE ruling (
        item_id STRING NOT NULL PRIMARY KEY REFERENCES item (id), decision STRING NOT NULL, because TEXT NOT NULL,
        payload TEXT NOT NULL)""",
    """CREATE TABLE clash (
        story_id STRING NOT NULL, field STRING NOT NULL, payload TEXT NOT NULL,
        PRIMARY KEY (story_id, field)) CLUSTERED""",
    "CREATE INDEX alias_key ON alias (key)",
    "ALTER TABLE document ADD COLUMN text TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE document ADD COLUMN settled TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE document ADD COLUMN touched BOOLEAN NOT NULL DEFAULT FALSE",
)


def _editors(connection: Connection) -> None:
    """What editors say in place of triage, clashes with them, and what their files held last."""
    _make(connection, _EDITORS)


_PAGES = (
    """CREATE TABLE page_try (
        item_id STRING NOT NULL PRIMARY KEY REFERENCES item (id), tries INTEGER NOT NULL, next_try STRING NOT NULL,
        outcome TEXT NOT NULL, why TEXT NOT NULL, at STRING NOT NULL)""",
    "CREATE TABLE robots (origin STRING NOT NULL PRIMARY KEY, at STRING NOT NULL, payload TEXT NOT NULL)",
)


def _pages(connection: Connection) -> None:
    _make(connection, _PAGES)


_IMPORTS = (
    """CREATE TABLE import_file (
        sha256 STRING NOT NULL, source_id STRING NOT NULL, at STRING NOT NULL, decision STRING NOT NULL,
        payload TEXT NOT NULL, PRIMARY KEY (sha256, source_id))""",
    """CREATE TABLE pending_name (
        name STRING NOT NULL, source_id STRING NOT NULL, at STRING NOT NULL, next_try STRING, payload TEXT NOT NULL,
        PRIMARY KEY (name, source_id))""",
    "CREATE TABLE withdrawn_item (item_id STRING NOT NULL PRIMARY KEY REFERENCES item (id))",
)


def _imports(connection: Connection) -> None:
    """One-off imports: which files are in, which names still have to be looked up, what was taken back."""
    _make(connection, _IMPORTS)


_POLLS = (
    """CREATE TABLE poll (
        source_id STRING NOT NULL, at STRING NOT NULL, fetched INTEGER NOT NULL, new INTEGER NOT NULL,
        updated INTEGER NOT NULL, unchanged INTEGER NOT NULL, refused INTEGER NOT NULL,
        PRIMARY KEY (source_id, at))""",
)


def _polls(connection: Connection) -> None:
    """What each poll brought; of the runs before, their reports tell it."""
    _make(connection, _POLLS)
    books: dict[tuple[str, str], list[int]] = {}
    for started, payload in connection.execute(text("SELECT started, payload FROM run WHERE payload IS NOT NULL")):
        for told in json.loads(payload or "{}").get("sources", ()):
            figures = [told.get(name, 0) for name in ("fetched", "new", "updated", "unchanged")]
            figures.append(sum(told.get("rejected", {}).values()))
            if figures[0]:
                before = books.get((told["source_id"], started), [0] * 5)
                books[told["source_id"], started] = [a + b for a, b in zip(before, figures, strict=True)]
    for (source_id, at), (fetched, new, updated, unchanged, refused) in books.items():
        row = {"s": source_id, "a": at, "f": fetched, "n": new, "u": updated, "k": unchanged, "r": refused}
        connection.execute(text("INSERT INTO poll VALUES (:s, :a, :f, :n, :u, :k, :r)"), row)


MIGRATIONS: tuple[Step, ...] = (_first, _operation, _editors, _pages, _imports, _polls)


def migrate(database: Database, steps: Sequence[Step] = MIGRATIONS, aside: Callable[[int], None] | None = None) -> None:
    """Bring the schema of `database` to version len(steps).

    `aside` copies the database, given its version, before anything is changed; the backend does it without.
    Raises: StoreTooNew when it is beyond that; StoreError when it is opened for reading only
    and behind, and when a step breaks a reference: nothing of that step stays then.
    """
    with database.read() as connection:
        before = database.backend.version(connection)
    if before > len(steps):
        raise StoreTooNew(
            f"{database.name}: written by a later version (schema {before}, this program knows {len(steps)}); "
            "update dermai-feed, or use another database"
        )
    if before == len(steps):
        return
    if database.backend.readonly:
        raise StoreError(
            f"{database.name}: written by an older version (schema {before}); `dermai-feed run` updates it"
        )
    if before:
        with database.translated():
            (aside or database.backend.backup)(before)
    while _one_step(database, steps):
        pass


def _one_step(database: Database, steps: Sequence[Step]) -> bool:
    # The version is read again under the writer's lock: two programs may open a new database
    # at the same moment, and the second finds the work done.
    with database.write() as connection:
        version = database.backend.version(connection)
        if version >= len(steps):
            return False
        steps[version](connection)
        if broken := database.backend.broken_references(connection):
            raise StoreError(f"{database.name}: migration {version + 1} breaks references ({broken[0]}); undone")
        database.backend.set_version(connection, version + 1)
        hit("migrate.step")
    return True
