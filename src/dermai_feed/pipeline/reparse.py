"""Replay: read what sources had answered again, without the network, after a parser was mended.

Each document is read by the collector of today; of each item the newest document that holds
it speaks. What differs from the store is its next version, what is not there yet is new and
first seen now, and what says the same changes nothing: a second replay finds nothing to do.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ..bodies import Body
from ..errors import ParseFailed
from ..model import Item, Problem, Source, Term
from ..normalize import identity, normalize
from .checking import FEEDS
from .collect import with_pages
from .documents import bodies
from .parts import Parts

_COMPARED = (
    "title", "excerpt", "url", "amp_url", "type", "published", "updated", "authors", "identifiers", "links", "images",
    "enclosures", "publication", "tags", "language",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One field of one item that reads otherwise now."""

    item_id: str
    field: str
    was: str
    now: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """One source, read again."""

    source_id: str
    documents: int
    entries: int = 0
    new: tuple[str, ...] = ()  # item ids
    updated: tuple[str, ...] = ()
    unchanged: int = 0
    changes: tuple[Change, ...] = ()
    titles: dict[str, str] = field(default_factory=dict)  # of the new items
    failures: dict[str, int] = field(default_factory=dict)  # documents that cannot be read, by class
    problems: tuple[Problem, ...] = ()


def replay(
    parts: Parts, *, now: datetime, only: Collection[str] = (), since: datetime | None = None, dry: bool = False
) -> Iterator[Replayed]:
    """Read again what was kept of all sources, or of `only`, from `since` (UTC) on; with `dry` nothing is stored.

    Yields one source after the other, each stored in one transaction.
    Raises: errors.StoreError.
    """
    kept = bodies(parts)
    documents: defaultdict[str, list[Body]] = defaultdict(list)
    for body in kept.listed(sources=only, since=since):
        documents[body.source_id].append(body)
    by_id = {source.id: source for source in parts.config.sources}
    for done, id_ in enumerate(sorted(documents), 1):
        parts.progress("replay", done, len(documents))
        if (source := by_id.get(id_)) is None:
            what = "is no source any more; what it had said was not read again"
            yield Replayed(source_id=id_, documents=len(documents[id_]), problems=(Problem(where=id_, what=what),))
            continue
        yield _source(parts, source, documents[id_], now, dry=dry)


@dataclass(slots=True)
class _Reading:
    """One source on its way: the newest first, so that the first word on an item is the last that was said."""

    items: dict[str, Item] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)  # key -> item id, of the items above
    terms: tuple[Term, ...] = ()
    entries: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)


def _source(parts: Parts, source: Source, documents: Sequence[Body], now: datetime, *, dry: bool) -> Replayed:
    reading = _Reading()
    seen: set[str] = set()
    for body in reversed(documents):
        if body.sha256 not in seen:
            seen.add(body.sha256)
            _document(parts, source, body, reading, now)
    stored = parts.store.items.items_of(reading.items)
    items = list(reading.items.values())
    said = with_pages(parts, items) if source.enrich else items
    saved = parts.store.items.save_again(source.id, said, reading.terms, now, dry=dry)
    after = {item.id: item for item in said} if dry else parts.store.items.items_of(saved.updated)
    return Replayed(
        source_id=source.id, documents=len(seen), entries=reading.entries, new=saved.new, updated=saved.updated,
        unchanged=saved.unchanged, titles={id_: reading.items[id_].title for id_ in saved.new},
        changes=tuple(change for id_ in saved.updated for change in _changes(stored[id_], after[id_])),
        failures=dict(reading.failures), problems=tuple(reading.problems),
    )  # fmt: skip


def _document(parts: Parts, source: Source, body: Body, reading: _Reading, now: datetime) -> None:
    data = bodies(parts).read(body)
    if data is None:
        what = f"the document of {body.at:%Y-%m-%d %H:%M} is lost or damaged"
        reading.problems.append(Problem(where=source.id, what=what, hint="the others were read"))
        return
    try:
        # A feed is read as what its source is called now, everything else as what it was asked for.
        kind = source.kind if {source.kind, body.kind} <= FEEDS else body.kind
        parsed = parts.parse(kind, data, body.content_type, body.url, source.id)
    except ParseFailed as failed:
        reading.failures[failed.failure] += 1
        return
    entries, _ = identity.disambiguate(parsed.entries)
    reading.entries += len(parsed.entries)
    reading.terms = reading.terms or parsed.terms
    items = [
        normalize(entry, source=source, first_seen=now, first_poll=False, rules=parts.config.providers)
        for entry in entries
    ]
    keys = {key for item in items for key in identity.lookup_keys(item)}
    known = dict(parts.store.items.known(source.id, keys)) | {
        k: reading.aliases[k] for k in keys & reading.aliases.keys()
    }
    for assigned in identity.assign(items, known):
        if assigned.status == "twin" or assigned.item.id in reading.items:
            continue
        reading.items[assigned.item.id] = assigned.item
        reading.aliases |= dict.fromkeys((assigned.item.key, *assigned.item.aliases), assigned.item.id)


def _changes(was: Item, now: Item) -> Iterator[Change]:
    for name in _COMPARED:
        before, after = getattr(was, name), getattr(now, name)
        if before != after:
            yield Change(item_id=was.id, field=name, was=_shown(before), now=_shown(after))


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(part) for part in value)
    return f"{value:%Y-%m-%dT%H:%M:%SZ}" if isinstance(value, datetime) else str(value)
