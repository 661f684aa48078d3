"""Single values about the database as a whole: `store.meta`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select

from ..codec import decode, encode
from . import tables
from .database import Database, upsert

_CORPUS, _SNAPSHOT, _DRAFTS = "corpus", "snapshot", "drafts"


class Meta:
    """To which corpus the database belongs, and by which weights it was matched."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def corpus_id(self) -> str | None:
        """The marker id of the corpus that this database belongs to (decision 15); None for a new one."""
        return self._get(_CORPUS)

    def set_corpus_id(self, marker: str) -> None:
        """Bind the database to the corpus with this marker id."""
        self._set(_CORPUS, marker)

    def snapshot(self) -> int:
        """The number of the matching weights' snapshot (decision 4); 0 before the first."""
        return int(self._get(_SNAPSHOT) or 0)

    def set_snapshot(self, number: int) -> None:
        """Write down the snapshot's number."""
        self._set(_SNAPSHOT, str(number))

    def drafts(self) -> dict[str, str] | None:
        """Path -> sha256 of what an editor had saved, of files that git may not have had from them; None before any."""
        text = self._get(_DRAFTS)
        return decode(dict[str, str], text) if text else None

    def set_drafts(self, drafts: Mapping[str, str]) -> None:
        """Replace what `drafts` gives."""
        self._set(_DRAFTS, encode(dict(drafts)))

    def _get(self, name: str) -> str | None:
        with self._database.read() as connection:
            return connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == name))

    def _set(self, name: str, value: str) -> None:
        with self._database.write() as connection:
            upsert(connection, tables.meta, [{"name": name, "value": value}])
