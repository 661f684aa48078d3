"""JSON and JSON lines of items: the seed publisher's `api/news/*.json` pages, our own export, rows of any table.

The publisher's page is an object with `page`, `value` and `nextPage`; each value has the keys of
the seeds' front matter, a `sourceUrl` that is the address of the value itself, and fields such as
`updatedDateTime`, `tags` and `locale` beside them. Our own export is one `Item` a line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace

from ..codec import decode
from ..collectors import members, parts
from ..collectors.markup import size
from ..collectors.members import Members, word
from ..errors import ParseFailed
from ..model import Entry, Image, Item, Problem, Publication
from . import columns, csl
from .citation import Record, date, doi_in, names, nct_in, words
from .contract import Document, Found, Unreadable

_SEED_KEYS = frozenset({"webUrl", "publishedDateTime", "originalUrl"})
_ITEM_KEYS = frozenset({"source_id", "first_seen", "provider"})
_NO_NEWS = frozenset({"profile", "newsletter"})  # the publisher's pages about companies and its own mails
_LONGEST_LINE = 5_000_000  # characters


def read(document: Document) -> Iterator[Found]:
    """The items of a JSON document, or of one with a JSON object on each line. Raises: Unreadable."""
    text = document.text.lstrip("\ufeff")
    if _is_lines(text):
        yield from _lines(document, text)
        return
    try:
        value = members.load(text)
    except ParseFailed as failed:
        if not _is_mostly_lines(text):
            raise Unreadable(failed.text) from failed
        yield from _lines(document, text)
        return
    records = value if isinstance(value, list) else [value]
    if isinstance(value, dict):
        for key in ("value", "items", "results", "articles", "data", "entries"):
            if isinstance(inner := value.get(key), list):
                records = inner
                break
    for number, record in enumerate(records, 1):
        yield from _each(document, record, document.at(number))


def _is_lines(text: str) -> bool:
    first, _, rest = text.lstrip().partition("\n")
    if not first.rstrip().endswith("}") or not rest.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(first)
    except (ValueError, RecursionError):
        return False
    return True


def _is_mostly_lines(text: str) -> bool:
    """Whether what is no JSON as a whole has an object, whole or broken, on nearly every line."""
    lines = [line for line in text.split("\n") if line.strip()]
    return len(lines) > 1 and sum(line.startswith("{") for line in lines) * 10 >= len(lines) * 8


def _lines(document: Document, text: str) -> Iterator[Found]:
    number = 0
    for line_number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        number += 1
        where = document.at(number, line_number)
        if len(line) > _LONGEST_LINE:
            yield Problem(where=where, what=f"{len(line)} characters on one line", hint="the other lines were read")
            continue
        try:
            record = members.load(line)
        except ParseFailed as failed:
            yield Problem(where=where, what=failed.text, hint="the other lines were read")
            continue
        yield from _each(document, record, where)


def _each(document: Document, record: object, where: str) -> Iterator[Found]:
    if not isinstance(record, dict):
        yield Problem(where=where, what=f"is no object but {type(record).__name__}", hint="the others were read")
        return
    if word(record, "type") in _NO_NEWS:
        yield Problem(where=where, what=f"is a {word(record, 'type')}, which is no news", hint="the others were read")
        return
    try:
        yield from entries(record, source_id=document.source_id, where=where, given=document.columns)
    except ValueError as error:
        yield Problem(where=where, what=str(error), hint="the others were read")


def entries(record: Members, *, source_id: str, where: str, given: Mapping[str, str]) -> Iterator[Entry]:
    """What one object says, in whichever of the forms it has. Raises: ValueError when it has none."""
    if record.keys() >= _ITEM_KEYS and isinstance(record.get("provider"), dict) and "key" in record:
        yield of_item(_item(record), source_id=source_id, where=where)
    elif not _SEED_KEYS.isdisjoint(record) and isinstance(record.get("provider", {}), dict) and "journal" not in record:
        yield from _seed(record, source_id, where)
    else:
        entry = _row(record, given).entry(source_id=source_id, where=where, kind=_kind(record))
        if entry is None:
            said = ", ".join(list(record)[:12])
            raise ValueError(f"has neither title nor identifier nor address, of {said}")
        yield entry


def _kind(record: Members) -> str:
    return kind if (kind := word(record, "type")) in {"video", "podcast"} else "article"


# --------------------------------------------------------------------------- our own


def _item(record: Members) -> Item:
    return decode(Item, json.dumps(record))


def of_item(item: Item, *, source_id: str, where: str) -> Entry:
    """The entry that becomes `item` again."""
    return Entry(
        source_id=source_id,
        title=item.title if item.front_matter or item.listed_by else _escaped(item.title),
        guid=next((key.removeprefix("guid:") for key in item.aliases if key.startswith("guid:")), None) or item.key,
        link=item.url or item.original_url or None,
        summary=item.excerpt if item.front_matter or item.listed_by else _escaped(item.excerpt),
        published=_written(item),
        updated=item.updated.isoformat() if item.updated else None,
        authors=item.authors,
        tags=item.tags,
        language=item.language,
        type=item.type,
        amp_link=item.amp_url or None,
        provider_name=item.provider.name,
        provider_domain=item.provider.domain,
        identifiers=item.identifiers,
        links=item.links,
        images=item.images,
        enclosures=item.enclosures,
        publication=_escaped_abstract(item.publication),
        section=item.section,
        front_matter=item.front_matter,
        where=where,
    )


def _written(item: Item) -> str | None:
    if item.basis == "first_seen":
        return None
    form = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}.get(item.precision)
    return item.published.strftime(form) if form else item.published.isoformat()


def _escaped_abstract(publication: Publication | None) -> Publication | None:
    return publication and replace(publication, abstract=_escaped(publication.abstract))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


# --------------------------------------------------------------------------- the seeds' keys


def _seed(record: Members, source_id: str, where: str) -> Iterator[Entry]:
    entry = _seeded(record, source_id, where, None)
    if entry is None:
        raise ValueError("has neither title nor address")
    yield entry
    for number, other in enumerate(members.objects(record, "related"), 1):
        listed = _seeded(other, source_id, f"{where}, related {number}", entry.guid)
        if listed is not None and listed.link and listed.link != entry.link:
            yield listed


def _seeded(record: Members, source_id: str, where: str, listed_by: str | None) -> Entry | None:
    addresses = [url for key in ("webUrl", "originalUrl") if parts.is_http(url := word(record, key))]
    if not addresses and parts.is_http(url := word(record, "url")):
        addresses = [url]
    title = word(record, "title")
    if not title and not addresses:
        return None
    provider = members.one(record, "provider")
    return Entry(
        source_id=source_id,
        title=title,
        guid=addresses[0] if addresses else word(record, "id") or None,
        link=addresses[0] if addresses else None,
        summary=word(record, "excerpt"),
        content=word(record, "content").strip() or word(record, "featuredContent"),
        published=word(record, "publishedDateTime") or None,
        updated=word(record, "updatedDateTime") or None,
        authors=members.words(record, "authors"),
        tags=parts.unique((*members.words(record, "topics"), *members.words(record, "tags"))),
        language=word(record, "locale") or word(record, "language"),
        type=word(record, "type") or "article",
        amp_link=word(record, "ampWebUrl") or None,
        provider_name=word(provider, "name"),
        provider_domain=word(provider, "domain"),
        links=tuple(addresses[1:]),
        images=tuple(_image(image) for image in members.objects(record, "images") if word(image, "url")),
        listed_by=listed_by,
        where=where,
    )


def _image(image: Members) -> Image:
    cached = image.get("isCached")
    return Image(
        url=word(image, "url"), width=size(word(image, "width")), height=size(word(image, "height")),
        title=word(image, "title") or None, cached=cached if isinstance(cached, bool) else None,
    )  # fmt: skip


# --------------------------------------------------------------------------- rows


def _row(record: Members, given: Mapping[str, str]) -> Record:
    """A row of whoever's table, keys understood as headings are."""
    keys = [key for key in record if isinstance(key, str)]
    mapping = columns.by_heading(keys, {field: column for field, column in given.items() if column in keys})

    def every(field: str) -> list[str]:
        return [text for i in mapping.get(field, ()) for text in _texts(record[keys[i]])]

    def one(field: str) -> str:
        return next(iter(every(field)), "")

    authors = every("authors")
    addresses = every("url")
    identifiers = members.one(record, "identifiers") or members.one(record, "externalIds")
    doi = one("doi") or word(identifiers, "doi") or word(identifiers, "DOI")
    body = word(record, "body")
    return Record(
        title=one("title"),
        authors=names(authors[0]) if len(authors) == 1 else authors,
        journal=one("journal"),
        volume=one("volume"),
        issue=one("issue"),
        pages=one("pages"),
        date=date(one("date") or word(record, "publishedAt"), one("year")),
        abstract=one("abstract") or body,
        doi=doi_in(doi) or next((found for address in addresses if (found := doi_in(address))), ""),
        pmid=one("pmid"),
        pmcid=one("pmcid"),
        arxiv=one("arxiv"),
        nct=nct_in(one("nct")),
        serials=[*every("issn"), *every("isbn")],
        addresses=addresses,
        keywords=[w for text in every("keywords") for w in words(text)],
        types=every("type") or every("entrytype"),
        language=one("language"),
        accession=next((text for text in addresses if not parts.is_http(text)), "") or one("accession"),
        publisher=one("publisher"),
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for element in value for text in _texts(element)]
    if isinstance(value, dict):
        name = word(value, "name") or ", ".join(p for p in (word(value, "family"), word(value, "given")) if p)
        return [name] if name else []
    text = members.as_text(value)
    return [text] if text else []


def is_csl(document: Document) -> bool:
    """Whether a JSON document is CSL."""
    return csl.MARK.search(document.text, 0, 20_000) is not None
