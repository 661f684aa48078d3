"""Look-ups: names that an import brought become items as soon as somebody can be asked.

Offline they wait and the next run completes them. A DOI that neither Crossref nor DataCite knows is
asked of doi.org, which leads to whoever registered it (https://citation.doi.org/docs.html).

A name that its registry does not know, or that is refused, is asked for again for a month, less and
less often, because registries learn of works days after they appear; then it stays and is told.
So does one that nobody could be asked about for two months.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from .. import imports, schedule
from ..collectors import Context
from ..collectors.lookup import SCHEMES, look_up
from ..errors import FetchFailed
from ..imports import itemize
from ..imports.reading import Reader
from ..imports.wire import Asked
from ..model import Entry, Identifier, Item, Problem, Request, Source
from ..normalize import identity
from ..store import PendingName
from ..triage.relevance import KEPT
from .parts import Parts

# After each failed try the next one: an hour, six, a day, then each week; the last after 5 weeks.
_AGAIN = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), *(timedelta(days=7) for _ in range(5)))
NEVER = datetime.max.replace(tzinfo=UTC)
_UNREACHED = timedelta(days=60)
_UNKNOWN = "is not known there"
DOI_ORG = "https://doi.org/"
_CSL = "application/vnd.citationstyles.csl+json, text/html;q=0.5"  # some agencies know nothing but their page
_PAGE = "text/html, application/xhtml+xml, */*;q=0.5"


@dataclass(slots=True)
class LookedUp:
    """What asking brought."""

    items: list[Item] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    waiting: int = 0
    problems: list[Problem] = field(default_factory=list)
    left: list[Problem] = field(default_factory=list)  # of those, the names that are asked for no more from now on
    requests: int = 0


def complete(parts: Parts, *, now: datetime, names: Iterable[PendingName] | None = None) -> LookedUp:
    """Ask for every name whose time has come at `now` (UTC), or for `names`, and store what they stand for."""
    due = list(parts.store.imports.pending(now) if names is None else names)
    done = LookedUp()
    if not due:
        return done
    by_source: dict[str, list[PendingName]] = {}
    for name in due:
        by_source.setdefault(name.source_id, []).append(name)
    for source_id, own in by_source.items():
        _complete(parts, source_id, own, now, done)
    done.waiting = len(parts.store.imports.pending())
    return done


def source_of(source_id: str, name: str = "") -> Source:
    """The source that imported items are of: none that is configured."""
    return Source(id=source_id, kind="import", name=name or source_id, url="")


def _complete(parts: Parts, source_id: str, names: list[PendingName], now: datetime, done: LookedUp) -> None:
    source = source_of(source_id)
    waiting = {name.name: name for name in names}
    for asked, entries, failure in _answers(parts, source, names, now, done):
        found = [name for name in asked if name.name in entries]
        items = [_item(entries[name.name], name, source, now, parts) for name in found]
        with parts.store.imports.begin() as taking:
            keys = {key for item in items for key in identity.lookup_keys(item)}
            assigned = identity.assign(items, taking.known(source.id, keys))
            fresh = [one.item for one in assigned if one.status != "twin"]
            saved = taking.put(fresh, now)
        done.items += fresh
        done.new += saved.new
        missing = [name for name in asked if name.name not in entries]
        later = [_later(waiting[name.name], failure or _UNKNOWN, failure.partition(":")[0], now) for name in missing]
        parts.store.imports.settle(found, later)
        for name in later:
            what = f"{name.name}: {name.why}"
            problem = Problem(where=name.where or name.name, what=what, hint=_hint(name, now))
            done.problems.append(problem)
            if name.next_try == NEVER and waiting[name.name].next_try != NEVER:
                done.left.append(problem)


def _hint(name: PendingName, now: datetime) -> str:
    if name.next_try is None or name.next_try <= now:
        return "it stays pending, the next run asks again"
    if name.next_try == NEVER:
        return "check it; it is asked for no more"
    return f"it stays pending and is asked for again from {name.next_try:%Y-%m-%d %H:%M} UTC on"


def _later(name: PendingName, why: str, failure: str, now: datetime) -> PendingName:
    tries = name.tries + 1
    if failure in schedule.OFFLINE:  # nobody could be asked: that is not the name's fault
        left = now - name.at > _UNREACHED
        return replace(name, why=why, next_try=NEVER if left else now)
    return replace(name, why=why, tries=tries, next_try=NEVER if tries > len(_AGAIN) else now + _AGAIN[tries - 1])


Answer = tuple[list[PendingName], dict[str, Item | Entry], str]


def _answers(parts: Parts, source: Source, names: list[PendingName], now: datetime, done: LookedUp) -> Iterator[Answer]:
    context = Context(fetch=parts.fetch, parse=parts.parse, now=now, base=parts.config.base)
    addresses = {s.kind: s.url for s in reversed(parts.config.sources) if s.url}
    by_name = {name.name: name for name in names}
    registered = [i for name in names if (i := _identifier(name.name)).scheme in SCHEMES]
    unknown: list[PendingName] = []
    offline = False
    for answered in look_up(registered, context, addresses=addresses, source_id=source.id):
        done.requests += answered.requests
        asked = [by_name[str(name)] for name in answered.asked]
        failure = f"{answered.failure}: {answered.failure_text}" if answered.failure else ""
        entries: dict[str, Item | Entry] = {str(name): entry for name, entry in answered.entries.items()}
        if not failure:
            unknown += [name for name in asked if name.name not in entries and name.name.startswith("doi:")]
            asked = [name for name in asked if name not in unknown]
        yield asked, entries, failure
        if offline := answered.failure in schedule.OFFLINE:
            break
    pages = [name for name in names if _identifier(name.name).scheme == "url"]
    if pages or (unknown and not offline):
        with TemporaryDirectory(prefix="dermai-feed-pages-") as scratch, Reader(parts.config.providers) as reader:
            for name in (*unknown, *pages):
                item, failure = _page(parts, reader, source, name, now, Path(scratch), done)
                yield [name], {name.name: item} if item else {}, failure


def _identifier(name: str) -> Identifier:
    scheme, _, value = name.partition(":")
    return Identifier(scheme=scheme, value=value)


def _page(
    parts: Parts, reader: Reader, source: Source, name: PendingName, now: datetime, scratch: Path, done: LookedUp
) -> tuple[Item | None, str]:
    """The page at an address, or what doi.org leads to for a DOI, as an item; or why there is none."""
    called = _identifier(name.name)
    registered = called.scheme == "doi"
    address = DOI_ORG + quote(called.value, safe="/:;()") if registered else called.value
    try:
        response = parts.fetch(Request(url=address, accept=_CSL if registered else _PAGE))
    except FetchFailed as failed:
        done.requests += failed.requests
        if registered and failed.failure in {"not_found", "gone"}:
            return None, ""
        return None, f"{failed.failure}: {failed.text}"
    done.requests += response.requests
    path = scratch / "page"
    path.write_bytes(response.body)
    kind = imports.detect(imports.Document(name="", body=response.body))
    if registered and response.body.lstrip()[:1] == b"{":
        kind = "csl-json"
    asked = Asked(
        path=str(path), name=address, source=source, now=now, url=response.url,
        kind="html" if kind in {"html", "text"} else kind if kind == "csl-json" else "",
    )  # fmt: skip
    items: list[Item] = []
    failure = ""
    for batch in reader(asked):
        items += batch.items
        failure = batch.failure or failure
    if not items:
        return None, failure or "holds nothing that could be an entry"
    (item, *_) = items
    if registered and not item.identifier("doi"):
        item = replace(item, identifiers=(*item.identifiers, called))
    return item, ""


def _item(found: Item | Entry, name: PendingName, source: Source, now: datetime, parts: Parts) -> Item:
    if isinstance(found, Item):
        made = found
    else:
        entry = replace(found, section=name.section, where=name.where or name.name)
        made = itemize.item(entry, kind="ids", source=source, now=now, rules=parts.config.providers)
    key = key_of(name.name)
    return replace(
        made, id=identity.item_id(source.id, key), key=key, aliases=(key,), imported=name.chosen,
        flags=(*made.flags, KEPT) if name.kept else made.flags,
    )  # fmt: skip


def key_of(name: str) -> str:
    """The key of the item that `name` becomes: known before anybody was asked, so that an undo reaches it."""
    return f"guid:{name}"
