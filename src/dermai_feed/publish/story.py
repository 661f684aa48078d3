"""A story as the fields of a file in the seed schema (SCHEMA, decision 6).

A story led by an imported file keeps that file's own values, numbers and list of related
items; a story of ours is written from its canonical item. Deterministic: equal tellings
give equal fields, whatever the time of day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from ..model import Image, Item, Repair, Telling, Work
from . import own
from .frontmatter import Fields, Page, PageError, Value, fenced, read, stamp
from .frontmatter.schema import TYPES

MAIN_TOPIC = "AI"  # in every real file (SCHEMA §7)
SIDES = range(1, 20_001)  # pixels (N-10)


def render(
    telling: Telling, existing: Page | None = None, *, path: str = "", published_by: Mapping[str, Value] | None = None
) -> Fields:
    """The fields of the file that tells `telling`, without the merge base.

    `published_by` is the rule that published it, where one did.

    `path` is where the file was minted; an `existing` page remembers that itself, and its
    word holds, also after an editor moved the file.
    """
    minted = existing.own.get("path", "") if existing is not None else ""
    lead = own.lead_work(telling)
    item = telling.items[lead.canonical]
    page = _imported(item)
    fields = _from_item(telling, item) if page is None else _from_page(telling, item, page)
    block = own.block(telling, minted if isinstance(minted, str) and minted else path)
    return {**fields, "dermai": {**block, "published_by": published_by} if published_by else block}


def _imported(item: Item) -> Page | None:
    """The file that `item` was imported from, or None when there is none or it cannot be read."""
    if item.front_matter is None:
        return None
    try:
        return read(fenced(item.front_matter))
    except PageError:
        return None


# --------------------------------------------------------------------------- imported files


def _from_page(telling: Telling, item: Item, page: Page) -> dict[str, Value]:
    """The file's own fields with the repairs, and works of the story that its list does not know."""
    fields = {key: value for key, value in page.fields.items() if key != "dermai"}
    fields = _repaired(fields, item.repairs)
    entries = _sequence(fields.get("related"))
    listed = tuple(_listed_entry(telling, entry) for entry in entries)
    known = {url for entry in entries if isinstance(entry, Mapping) for url in _addresses(entry)}
    known |= {url for entry, _, _ in telling.listed for url in (entry.url, entry.original_url)}
    related = listed + _related(telling, known - {""})
    return {**fields, "related": related} if related else fields


def _listed_entry(telling: Telling, entry: Value) -> Value:
    if not isinstance(entry, Mapping):
        return entry
    addresses = _addresses(entry)
    found = (item for item, _, _ in telling.listed if addresses & {item.url, item.original_url})
    item = next(found, None)
    return entry if item is None else _repaired(entry, item.repairs)


def _addresses(entry: Mapping[str, Value]) -> set[str]:
    return {url for key in ("webUrl", "originalUrl") if isinstance(url := entry.get(key), str) and url}


def _repaired(fields: Mapping[str, Value], repairs: Iterable[Repair]) -> dict[str, Value]:
    """`fields` with mojibake in the texts and the provider's name put right; nothing else of it is touched.

    A repair goes in where the value is still the one that it was made for, blanks aside. One
    that also cut the text stays out: an imported file keeps all of its words.
    """
    result = dict(fields)
    for repair in repairs:
        provider = result.get("provider")
        rules = set(repair.rule.split("+"))
        if repair.field == "provider.name" and isinstance(provider, Mapping):
            if _is(provider.get("name"), repair.was):
                result["provider"] = {**provider, "name": repair.now}
        elif "mojibake" in rules and "cut" not in rules and _is(result.get(repair.field), repair.was):
            result[repair.field] = repair.now
    return result


def _is(value: Value | None, was: str) -> bool:
    return isinstance(value, str) and value.split() == was.split()


# --------------------------------------------------------------------------- items


def _from_item(telling: Telling, item: Item) -> dict[str, Value]:
    verdict = telling.verdicts.get(item.id)
    fields = _told(item, web=item.type != "video", original=item.original_url or item.url)
    fields |= {"quality": telling.ranking.quality.total, "heat": telling.ranking.heat.total, "published": False}
    fields["provider"] = {"name": item.provider.name or item.provider.domain, "domain": item.provider.domain}
    topics = tuple(dict.fromkeys(verdict.topics)) if verdict else ()
    fields["topics"] = topics if MAIN_TOPIC in topics else (*topics, MAIN_TOPIC)
    for key, value in (("images", _images(item)), ("related", _related(telling, set()))):
        if value:
            fields[key] = value
    return {"category": "news", **fields}


def _told(item: Item, *, web: bool, original: str = "") -> dict[str, Value]:
    """What a file and an entry of `related` say alike, in the order of both."""
    amp = _address(item.amp_url) and _address(item.cdn_amp_url)  # always both or neither (SCHEMA §1)
    found: dict[str, Value] = {
        "title": item.title,
        "excerpt": item.excerpt,
        "publishedDateTime": stamp(item.published),
        "originalUrl": _address(original),
        "webUrl": _address(item.url) if web else "",  # absent exactly for videos (SCHEMA §1)
        "ampWebUrl": item.amp_url if amp else "",
        "cdnAmpWebUrl": item.cdn_amp_url if amp else "",
        "type": item.type if item.type in TYPES else "article",
    }
    return {key: value for key, value in found.items() if value or key in {"title", "excerpt"}}


def _address(url: str) -> str:
    """`url` when it is an absolute web address, else nothing (N-10)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in {"http", "https"} and parts.netloc else ""


def _images(item: Item) -> tuple[Value, ...]:
    """At most one image, the first that is valid: an invalid one goes, its story stays (N-10)."""
    return tuple(_image(image) for image in item.images if _valid(image))[:1]


def _valid(image: Image) -> bool:
    sides = (image.width, image.height)
    return bool(_address(image.url)) and all(side is None or side in SIDES for side in sides)


def _image(image: Image) -> dict[str, Value]:
    found = {
        "url": image.url, "width": image.width, "height": image.height,
        "isCached": image.cached or None, "title": image.title or None,
    }  # fmt: skip
    return {key: value for key, value in found.items() if value is not None}


# --------------------------------------------------------------------------- related


def _related(telling: Telling, known: set[str]) -> tuple[Value, ...]:
    """One entry for each other work of the story that has no address in `known`, best first (decision 6)."""
    others = [
        work
        for work in telling.story.works
        if work.id != telling.story.lead and not known & _work_addresses(telling, work)
    ]
    others.sort(key=lambda work: (-(_quality(telling, work) or 0), work.id))
    return tuple(_entry(telling, work) for work in others)


def _work_addresses(telling: Telling, work: Work) -> set[str]:
    items = (telling.items[id_] for id_ in work.items)
    return {url for item in items for url in (item.url, item.original_url) if url}


def _entry(telling: Telling, work: Work) -> dict[str, Value]:
    item = telling.items[work.canonical]
    found = _told(item, web=True)
    found["provider"] = {"name": item.provider.name or item.provider.domain, "domain": item.provider.domain}
    quality = _quality(telling, work)
    if quality is not None:
        found["quality"] = quality
    images = _images(item)
    return {**found, "images": images} if images else found


def _quality(telling: Telling, work: Work) -> int | None:
    """The work's own quality: as its imported file says, else as the ranking gave it."""
    page = _imported(telling.items[work.canonical])
    value = page.fields.get("quality") if page is not None else telling.qualities.get(work.id)
    return value if isinstance(value, int) else None


def _sequence(value: Value | None) -> tuple[Value, ...]:
    return value if isinstance(value, tuple) else ()
