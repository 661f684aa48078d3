"""Identity: when two entries of one source are the same thing (S-01, S-02).

A feed's guid is not enough: guids repeat, change with the software, carry session ids. So an
item has several keys, strongest first, and is known by each of them:

    doi: pmid: arxiv: …   an identifier of its own
    url:                  its address in the comparable form of `urls.key`
    guid:                 as given
    guid-path:            a guid that is an address, without scheme and host
    title-day:            folded title and day of publication
    title:                the folded title, of an entry that has nothing else (a hand-out's podcasts)
    all:                  every key together, of an entry whose every key is another's too

An item found by one key takes the others on as aliases, so that the next change finds it too.
Within a document, entries that share a key are one thing, unless they bear other guids and
other titles: then the key tells nothing there and is not used. The title alone joins nothing
within a document, and no known item that is itself in the document. Nothing here depends on
the order of a document, but for which of several twins is kept.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from ..model import Entry, Identifier, Item, Problem
from . import registries, text, urls

RECORD = "record:"  # a guid that begins so is our own, made of what a citation record says
TITLE_DAYS = 2  # S-02: how far the dates of one article may lie apart when only its title is the same
_TITLE_LENGTH = 16  # folded characters: "Correction" and "Weekly digest" are the names of many articles
_LONG_KEY = 300  # characters; longer ones are hashed, an index has its limits


@dataclass(frozen=True, kw_only=True, slots=True)
class Assigned:
    """An item with its final identity; a "twin" repeats another item of the same document and is dropped."""

    item: Item
    status: Literal["new", "known", "twin"]


def item_id(source_id: str, key: str) -> str:
    """The id of the item of `source_id` that was first known by `key`: "i" and 12 base32 characters, for ever."""
    digest = hashlib.sha256(f"{source_id}\n{key}".encode("utf-8", "replace")).digest()
    return "i" + base64.b32encode(digest[:10]).decode("ascii")[:12].lower()


# --------------------------------------------------------------------------- keys


def keys(item: Item, entry: Entry, *, generic: frozenset[str] = frozenset()) -> tuple[str, ...]:
    """Every key of `item`, strongest first; never empty.

    `generic` holds addresses (in the form of `urls.key`) that many entries share, such as the
    source's home page; they identify nothing.
    """
    found = [str(identifier) for identifier in item.identifiers if identifier.scheme != "isbn"]
    address = urls.key(item.url)
    if urls.specific(item.url) and address not in generic:
        found.append(f"url:{address}")
    guid = text.clean(entry.guid or "")
    if guid:
        found.append(f"guid:{guid}")
        if path := _guid_path(guid):
            found.append(f"guid-path:{path}")
    folded = text.fold(item.title)
    if not found:
        # Nothing but words, as in a hand-out: no date either, it would be today's and change.
        found.append(f"title:{folded or text.fold(item.excerpt)}")
    elif len(folded) >= _TITLE_LENGTH and not item.identifiers:
        # Notices in journals share titles and days ("Issue Information"); their identifiers tell them apart.
        found.append(f"title-day:{folded}|{item.published:%Y-%m-%d}")
    return tuple(dict.fromkeys(_short(key) for key in found))


def _guid_path(guid: str) -> str:
    if not guid[:8].lower().startswith(("http://", "https://")):
        return ""
    path = guid.partition("://")[2].partition("/")[2].strip("/")
    return path if len(path) > 2 else ""


def _short(key: str) -> str:
    if len(key) <= _LONG_KEY:
        return key
    kind, _, rest = key.partition(":")
    day = rest[-11:] if kind == "title-day" else ""
    return f"{kind}:sha256-{hashlib.sha256(rest.removesuffix(day).encode('utf-8', 'replace')).hexdigest()}{day}"


def guid_key(guid: str) -> str:
    """The key of an entry's guid, by which another entry may refer to it (`listed_by`)."""
    return _short(f"guid:{text.clean(guid)}")


def lookup_keys(item: Item) -> tuple[str, ...]:
    """Every key to look up for `item`: its own, its title on the days around, and the key of what lists it."""
    found = [*item.aliases, *(near for key in item.aliases if _weak(key) for near in _near(key)), _together(item)]
    if item.listed_by:
        found.append(item.listed_by)
    return tuple(dict.fromkeys(found))


def _together(item: Item) -> str:
    """The key of an item whose every key is another's too: all of them and the title, together."""
    marks = " ".join((*(key for key in item.aliases if not _weak(key)), text.fold(item.title)))
    return f"all:{hashlib.sha256(marks.encode('utf-8', 'replace')).hexdigest()}"


def _near(key: str) -> list[str]:
    """The title-day keys of the days around that of `key`, from its own day outwards."""
    title, _, day = key.rpartition("|")
    own = datetime.fromisoformat(day)
    around = sorted(range(-TITLE_DAYS, TITLE_DAYS + 1), key=abs)
    return [f"{title}|{own + timedelta(days=offset):%Y-%m-%d}" for offset in around]


# --------------------------------------------------------------------------- one document


def disambiguate(
    entries: Sequence[Entry], *, keep_linkless: bool = False
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """The entries of one document, each with a guid of its own (S-01); and one problem for each without identity.

    A guid that repeats is told apart by the link, then by the title. Exact twins (guid, link, title
    and identifiers) are dropped, the first stays; one with front matter goes before one only listed.
    An entry without an http(s) address is rejected as "no_link" (N-01) unless `keep_linkless`.
    """
    problems: list[Problem] = []
    kept: dict[tuple[str, str, str, tuple[Identifier, ...]], Entry] = {}
    for entry in entries:
        if not address_of(entry) and not keep_linkless:
            problems.append(_no_link(entry))
            continue
        marks = (text.clean(entry.guid or ""), entry.link or "", text.fold(entry.title[:1_000]), entry.identifiers)
        if marks not in kept or (entry.front_matter is not None and kept[marks].front_matter is None):
            kept[marks] = entry  # in the place of the first
    guids = Counter(guid for guid, *_ in kept if guid)
    links = Counter((guid, link) for guid, link, *_ in kept)
    told_apart = []
    for (guid, link, title, _), entry in kept.items():
        if guids[guid] > 1 and not _permalink(guid, link):
            # Blanks between, so that a DOI or an address in the guid still ends where it did.
            more = urls.key(link) if links[guid, link] == 1 else f"{urls.key(link)} {title}"
            entry = replace(entry, guid=f"{guid} {more}", link=entry.link or address_of(entry))
        told_apart.append(entry)
    return tuple(told_apart), tuple(problems)


def _permalink(guid: str, link: str) -> bool:
    """True when a guid is the address of its entry: then the title tells nothing more."""
    return urls.specific(guid) and urls.key(guid) == urls.key(link or guid)


def address_of(entry: Entry) -> str:
    """The address of `entry`, safe to store: its link, a guid that is one, a media file, or that of an identifier.

    Podcasts often have no link but a file, and records of papers nothing but a DOI. "" when there is none.
    """
    candidates = [entry.link or "", entry.guid or "", *(enclosure.url for enclosure in entry.enclosures)]
    for candidate in candidates:
        if cleaned := urls.clean(candidate):
            return candidate if candidate == entry.link else cleaned
    for declared in entry.identifiers:
        identifier = registries.checked(declared.scheme, declared.value)
        if identifier and (address := registries.address(identifier)):
            return address
    return ""


def _no_link(entry: Entry) -> Problem:
    said = repr(text.cut(entry.title or entry.guid or "", 60))
    if entry.link:
        what = f"no_link: {said} links to {text.cut(entry.link, 100)!r}, which is no http(s) address of a public host"
    else:
        what = f"no_link: {said} has no link, and its guid is no address"
    where = f"{entry.source_id}: {entry.where}" if entry.where else entry.source_id
    return Problem(where=where, what=what, hint="not stored; ask the publisher for links")


# --------------------------------------------------------------------------- against what is known


@dataclass(frozen=True, kw_only=True, slots=True)
class _Thing:
    """Entries of one document that are one article: which of them is kept, and the keys of all."""

    kept: int  # index
    keys: tuple[str, ...]  # the kept one's first; none is held by another thing
    titles: frozenset[str]  # of all, folded


def assign(items: Sequence[Item], known: Mapping[str, str]) -> tuple[Assigned, ...]:
    """The final identity of each of the `items` of one document, in their order.

    `known` maps the keys of this source's stored items to their ids; every key of `lookup_keys`
    must have been looked up. Of several entries that are one thing the first is kept, one with
    front matter before others; its aliases are the keys of all of them that are not another
    item's. A stored item is found once: by the thing that has its strongest key.
    """
    things = _things(items)
    found = _found(things, known)
    holders = {id_: thing.titles for thing, id_ in zip(things, found, strict=True) if id_}
    assigned: dict[int, Assigned] = {}
    parents: dict[str, str] = {}
    for thing, id_ in zip(things, found, strict=True):
        final = id_ or _new_id(thing, items[thing.kept].source_id, holders, known)
        if final is None:
            continue
        aliases = tuple(key for key in thing.keys if known.get(key, final) == final)
        parents.update((key, final) for key in aliases if key.startswith("guid:"))
        item = replace(items[thing.kept], id=final, key=(aliases or thing.keys)[0], aliases=aliases)
        assigned[thing.kept] = Assigned(item=item, status="known" if id_ else "new")
    return tuple(
        _listed(assigned[i], parents, known) if i in assigned else Assigned(item=item, status="twin")
        for i, item in enumerate(items)
    )


def _new_id(
    thing: _Thing, source_id: str, holders: Mapping[str, frozenset[str]], known: Mapping[str, str]
) -> str | None:
    """The id of a thing that is no stored item; None when it repeats one that another thing answers to.

    It does when it has no key of its own, or bears a title of that other thing.
    """
    own = [key for key in thing.keys if key not in known]
    claimed = {known[key] for key in thing.keys if key in known and not _weak(key)}
    if not own or any(holders.get(id_, frozenset()) & thing.titles for id_ in claimed):
        return None
    return item_id(source_id, own[0])


def _listed(assigned: Assigned, parents: Mapping[str, str], known: Mapping[str, str]) -> Assigned:
    """`assigned` with the key of what lists it turned into an item id, or into None where nobody knows it."""
    key = assigned.item.listed_by
    if not key:
        return assigned
    return replace(assigned, item=replace(assigned.item, listed_by=parents.get(key) or known.get(key)))


def _found(things: Sequence[_Thing], known: Mapping[str, str]) -> list[str | None]:
    """The stored item of each thing, or None: strongest keys first, then titles, each stored item once."""
    strong, titled = [], []
    for number, thing in enumerate(things):
        for key in thing.keys:
            if not _weak(key):
                strong.append((_rank(key), key, number))
            else:
                titled += [(distance, near, number) for distance, near in enumerate(_near(key))]
    ids: dict[int, str] = {}
    taken: set[str] = set()
    for claims in (strong, titled):
        for _, key, number in sorted(claims):
            if key in known and number not in ids and known[key] not in taken:
                ids[number] = known[key]
                taken.add(known[key])
        # Whatever a document still holds is not what a new entry of like title continues.
        taken.update(known[key] for _, key, _ in claims if key in known)
    return [ids.get(number) for number in range(len(things))]


# How much a key says: what is not named here is an identifier and says most, 0.
_RANKS = {"url": 1, "guid": 2, "guid-path": 3, "title": 4, "all": 4, "title-day": 5}
_WEAKEST = 5


def _rank(key: str) -> int:
    return _RANKS.get(key.partition(":")[0], 0)


def _weak(key: str) -> bool:
    return _rank(key) == _WEAKEST


def _things(items: Sequence[Item]) -> list[_Thing]:
    """The different things among the `items` of a document, in the order of those kept.

    Connected components over the keys that tell something (see `_telling`), but the title.
    """
    titles = [text.fold(item.title) for item in items]
    telling = _telling(items, titles)
    root = list(range(len(items)))

    def find(i: int) -> int:
        while root[i] != i:
            root[i] = root[root[i]]
            i = root[i]
        return i

    first: dict[str, int] = {}
    for i, keys_ in enumerate(telling):
        for key in keys_:
            if not _weak(key):
                root[find(i)] = find(first.setdefault(key, i))
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(len(items)):
        groups[find(i)].append(i)
    titled = Counter(key for members in groups.values() for key in {k for i in members for k in telling[i] if _weak(k)})
    things = []
    for members in groups.values():
        kept = min(members, key=lambda i: (items[i].front_matter is None, i))
        all_keys = dict.fromkeys(key for i in (kept, *members) for key in telling[i])
        own = tuple(key for key in all_keys if not _weak(key) or titled[key] == 1)
        things.append(_Thing(kept=kept, keys=own, titles=frozenset(titles[i] for i in members)))
    return sorted(things, key=lambda thing: thing.kept)


def _telling(items: Sequence[Item], titles: Sequence[str]) -> list[tuple[str, ...]]:
    """The keys of each item without those that items with other guids and other titles share.

    An item that is left with its title alone is known by all its keys together instead. Some two
    holders of a key differ in both exactly when its holders have several guids and several titles;
    an item without guid differs from nobody.
    """
    guids = [next((key for key in item.aliases if key.startswith("guid:")), "") for item in items]
    holders: dict[str, list[int]] = defaultdict(list)
    for i, item in enumerate(items):
        for key in item.aliases:
            holders[key].append(i)
    silent = set()
    for key, having in holders.items():
        named = [i for i in having if guids[i]]
        if len({guids[i] for i in named}) > 1 and len({titles[i] for i in named}) > 1:
            silent.add(key)
    result = []
    for item in items:
        left = tuple(key for key in item.aliases if key not in silent)
        result.append(left if any(not _weak(key) for key in left) else (_together(item), *left))
    return result
