"""Documents: what sources answer is kept for a while, and what is known is asked about again."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from datetime import datetime

from ..bodies import Bodies, Packed, pack
from ..collectors import Parse
from ..model import Parsed, Problem, Source
from .parts import Parts


def bodies(parts: Parts) -> Bodies:
    """The bodies of this configuration, in its state folder."""
    retention = parts.config.retention
    return Bodies(parts.config.state / "bodies", keep=retention.bodies, most=retention.bodies_most)


class Keeper:
    """A `Parse` that packs each document before it is read, and keeps them when the main thread says so.

    Documents are kept whether they could be read or not: a parser is mended by the ones that could not.
    """

    def __init__(self, parse: Parse, bodies: Bodies) -> None:
        self._parse = parse
        self._bodies = bodies
        self._lock = threading.Lock()
        self._waiting: dict[str, list[Packed]] = {}
        self._added = self._new_day = False

    def parse(self, kind: str, body: bytes, content_type: str, url: str, source_id: str) -> Parsed:
        """`Parse`, called by worker threads."""
        if self._bodies.wanted and kind != "folder":  # files are there already
            packed = pack(kind, body, content_type, url)
            with self._lock:
                self._waiting.setdefault(source_id, []).append(packed)
        return self._parse(kind, body, content_type, url, source_id)

    def keep(self, source_id: str, now: datetime) -> tuple[Problem, ...]:
        """Write down what `source_id` has answered; a full disk costs the copy and not the poll."""
        with self._lock:
            packed = self._waiting.pop(source_id, [])
        try:
            self._new_day = self._new_day or (bool(packed) and self._bodies.is_first_of(now))
            self._bodies.add(source_id, packed, now)
        except OSError as error:
            return (_not_kept(source_id, error),)
        self._added = self._added or bool(packed)
        return ()

    def prune(self, now: datetime) -> tuple[Problem, ...]:
        """After a round: let go what is too much, and once a day what is too old."""
        try:
            if self._new_day or not self._bodies.wanted or (self._added and self._bodies.too_many):
                self._bodies.prune(now)
        except OSError as error:
            return (_not_kept("bodies", error),)
        return ()


def keeper(parts: Parts) -> Keeper:
    """The keeper of one round of polling."""
    return Keeper(parts.parse, bodies(parts))


def dois_to_ask(parts: Parts, due: Iterable[Source]) -> tuple[str, ...]:
    """The DOIs of everything accepted, where one of the sources that are `due` asks what became of it."""
    if not any(source.kind == "updates" for source in due):
        return ()
    named = (identifier for item in parts.store.items.decided("accept") for identifier in item.identifiers)
    return tuple(sorted({identifier.value for identifier in named if identifier.scheme == "doi"}))


def _not_kept(where: str, error: OSError) -> Problem:
    return Problem(
        where=where, kind="feed", what=f"its document could not be kept: {error}",
        hint="make room in the state folder, or set retention.bodies_most to 0B; items are not concerned",
    )  # fmt: skip
