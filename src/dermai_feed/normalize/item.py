"""The item: one entry made comparable, from text, addresses, dates, names and identifiers.

`normalize` is a function of its arguments alone (N-11) and total: any text in, an item out.
What it changes beyond white space, composition and entities leaves a `Repair`.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ..model import (
    Basis,
    Enclosure,
    Entry,
    Identifier,
    Image,
    Item,
    Precision,
    Provider,
    Publication,
    Repair,
    Source,
)
from ..rules import ProviderRules
from . import dates, identifiers, identity, people, providers, registries, text, titles, urls

VERSION = 2  # of these rules; a higher number asks for normalising again

BACKFILL = timedelta(days=21)  # decision 8: older when first seen = from the archive
_IMPORTS = frozenset({"folder", "import"})  # kinds of source that a person filled by hand
_TYPES = frozenset({"article", "video", "podcast"})
_MAX_SIDE = 20_000  # pixels (N-10)
_MAX_TAGS, _TAG_LENGTH = 50, 100  # RELIABILITY 1.2
_MAX_IMAGES = 10  # RELIABILITY 1.2
MAX_LINKS = 30  # outgoing addresses kept, and twice as many looked at; what follows is navigation
_READ_FOR_EXCERPT = 4_000  # characters: the excerpt, and what may be taken off around it
_ABSTRACT_LIMIT = 20_000  # characters: the longest abstracts of PubMed are shorter
_WAS_LENGTH = 600  # characters of an old value that a repair keeps
_SHARING = re.compile(
    r"https://(?:www\.)?(?:(?:facebook\.com/(?:sharer|dialog)|(?:twitter|x)\.com/(?:intent|share)|linkedin\.com/share"
    r"|pinterest\.com/pin/create|reddit\.com/submit|t\.me/share|wa\.me|feeds\.feedburner\.com)(?:[/?.]|$))"
)
_NOTICE = re.compile(
    r"\W*(?:(?:author |publisher )?correction|corrigend|errat|retract|expression of concern|withdrawal|comment"
    r"|re:|reply|replies|response to)",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}")
_PREPRINT_DAY = re.compile(r"10\.(?:1101|64898)/(\d{4})\.(\d{2})\.(\d{2})\.")  # bioRxiv and medRxiv: day of posting


class _Text(NamedTuple):
    """One field on its way: its value, and the rules that changed it beyond reading."""

    value: str
    rules: tuple[str, ...] = ()


class _Dated(NamedTuple):
    when: datetime
    basis: Basis
    precision: Precision
    refused: str = ""  # what the source wrote, when it could not be used


def normalize(entry: Entry, *, source: Source, first_seen: datetime, first_poll: bool, rules: ProviderRules) -> Item:
    """`entry` of `source` as an `Item`; never raises, whatever the text.

    `first_seen` (UTC) is our clock and stands in for a missing date; `first_poll` says that the
    source was never read before, so that all it holds is backfill. A source's option "tracking"
    names further query parameters to drop. An entry with front matter, or listed by one, keeps
    its title, excerpt, provider and images but for documented repairs; a feed's are read as HTML.

    `id`, `key`, `aliases` and `listed_by` are what the entry says by itself; `identity.assign`
    makes them final.
    """
    entry = replace(entry, title=entry.title[:20_000])
    verbatim = entry.front_matter is not None or entry.listed_by is not None
    tracking = tuple(re.split(r"[\s,]+", source.options.get("tracking", "").strip()))
    received = identity.address_of(entry)
    url = urls.canonical(received, rules, tracking)
    body = text.read(entry.content or entry.summary)
    summary = text.read(entry.summary) if entry.content else body

    linked = (*entry.links, *summary.links, *body.links)[: 2 * MAX_LINKS]
    outgoing = [address for link in linked if (address := _outgoing(link, rules, tracking))]
    proper = _provider(url, entry, source, rules)
    title, affix = _title(entry, verbatim, providers.names(proper.value, entry.provider_name, source.name))
    excerpt = _excerpt(entry, verbatim, summary.text, body.text, title.value)
    found = _identifiers(entry, received, proper.value, title.value, f"{title.value}\n{body.text}", outgoing)
    dated = _published(entry, url, found.own, body.text, first_seen)
    updated = dates.parse(entry.updated or "")
    shown = title.value or titles.stand_in(excerpt.value, url)

    repairs = [
        *_repairs("title", entry.title, title._replace(value=shown)),
        *_repairs("excerpt", entry.summary or entry.content, excerpt),
        *proper.repairs,
    ]
    if dated.refused:
        repairs.append(_repair("published", dated.refused, f"{dated.when:%Y-%m-%dT%H:%M:%SZ}", "date"))
    flags = [
        name
        for name, applies in (
            ("no_link", not url),
            ("wrapper", urls.is_wrapper(received) if not url else urls.is_hidden(url)),
            ("title_inferred", not title.value),
            ("date_inferred", dated.basis == "first_seen"),
            ("mojibake", text.looks_broken(title.value) or text.looks_broken(excerpt.value)),
            ("look_alike_host", "xn--" in url and urls.mixed_scripts(url)),
        )
        if applies
    ]
    amp_url = urls.received(entry.amp_link or "")
    item = Item(
        id="",
        source_id=source.id,
        key="",
        title=shown,
        title_affix=affix,
        excerpt=excerpt.value,
        url=url,
        original_url=urls.received(received),
        amp_url=amp_url,
        cdn_amp_url=urls.amp_cache(amp_url),
        type=entry.type if entry.type in _TYPES else "article",
        published=dated.when,
        basis=dated.basis,
        precision=dated.precision,
        updated=updated[0] if updated and dates.plausible(updated[0], first_seen) else None,
        first_seen=first_seen,
        backfill=first_poll or is_old(dated.when, dated.precision, first_seen),
        language=language_of(entry.language),
        provider=proper.value,
        authors=people.authors(entry.authors, told_apart=(entry.guid or "").startswith(identity.RECORD)),
        identifiers=found.own,
        links=_links(outgoing, found, url),
        images=tuple(tidy_images(entry.images)),
        enclosures=tuple(_enclosures(entry.enclosures)),
        publication=publication_of(entry.publication, shown, excerpt.value),
        tags=tuple(
            dict.fromkeys(tag for t in entry.tags[:_MAX_TAGS] if (tag := text.cut(text.to_text(t), _TAG_LENGTH)))
        ),
        section=text.to_text(entry.section),
        listed_by=identity.guid_key(entry.listed_by) if entry.listed_by else None,
        front_matter=None if entry.front_matter is None else text.storable(entry.front_matter),
        imported=source.kind in _IMPORTS,
        repairs=tuple(repairs),
        flags=tuple(flags),
        normalizer=VERSION,
    )
    generic = frozenset(key for address in (source.homepage, source.url) if (key := urls.key(address)))
    aliases = identity.keys(item, entry, generic=generic)
    return replace(
        item, id=identity.item_id(source.id, aliases[0]), key=aliases[0], aliases=aliases,
        content_hash=content_hash(item),
    )  # fmt: skip


# --------------------------------------------------------------------------- words


def _cleaned(raw: str, *, markup: bool) -> _Text:
    """`raw` repaired, read and cleaned; `markup` says whether tags and entities are to be read."""
    repaired = text.repair(text.read(raw).text if markup else raw)
    return _Text(text.clean(repaired.text), repaired.rules)


def _title(entry: Entry, verbatim: bool, names: frozenset[str]) -> tuple[_Text, str]:
    """The title ("" when there is none), and the affix taken off it."""
    title = _cleaned(entry.title, markup=not verbatim)
    stripped = titles.Stripped(title.value, "") if verbatim else titles.strip_title(title.value, names)
    shortened = text.cut(stripped.text, text.TITLE_LIMIT)
    rules = [*title.rules]
    if not verbatim and "<" in entry.title and text.clean(html.unescape(entry.title)) != title.value:
        rules.append("tags")
    if stripped.affix:
        rules.append("title_affix")
    if shortened != stripped.text:
        rules.append("cut")
    return _Text(shortened, tuple(rules)), stripped.affix


def _excerpt(entry: Entry, verbatim: bool, summary: str, body: str, title: str) -> _Text:
    """The excerpt; reading it as HTML is no repair, taking a dateline off it is."""
    if verbatim:
        kept = _cleaned(entry.summary, markup=False)
        shortened = text.cut(kept.value, text.EXCERPT_LIMIT)
        return _Text(shortened, (*kept.rules, "cut") if shortened != kept.value else kept.rules)
    chosen = text.repair(titles.choose_excerpt(summary, body, title)[:_READ_FOR_EXCERPT])
    stripped = titles.strip_excerpt(text.clean(chosen.text))
    rules = (*chosen.rules, "excerpt_affix") if stripped.affix else chosen.rules
    return _Text(text.cut(stripped.text, text.EXCERPT_LIMIT), rules)


def _repairs(field: str, was: str, now: _Text) -> list[Repair]:
    return [_repair(field, was, now.value, "+".join(now.rules))] if now.rules else []


def _repair(field: str, was: str, now: str, rule: str) -> Repair:
    return Repair(field=field, was=text.cut(text.storable(was), _WAS_LENGTH), now=now, rule=rule)


def language_of(tag: str) -> str:
    """A language tag as RFC 5646 writes it, in lower case; "" for what is none."""
    tag = text.clean(tag)
    return tag.replace("_", "-").lower() if _LANGUAGE.fullmatch(tag) else ""


def publication_of(given: Publication | None, title: str, excerpt: str = "") -> Publication | None:
    """`given` as text within its limits; `title` and `excerpt` are those of the item."""
    if given is None:
        return None
    journal = text.to_text(given.journal)
    abstract = text.cut(_cleaned(given.abstract, markup=True).value, _ABSTRACT_LIMIT) if given.abstract else ""
    return Publication(
        # Taylor & Francis put the article's title where the journal's name belongs (API_FACTS).
        journal="" if text.fold(journal) == text.fold(title) else text.cut(journal, text.TITLE_LIMIT),
        volume=text.to_text(given.volume)[:_TAG_LENGTH],
        issue=text.to_text(given.issue)[:_TAG_LENGTH],
        pages=text.to_text(given.pages)[:_TAG_LENGTH],
        issn=text.to_text(given.issn)[:_TAG_LENGTH],
        types=tuple(kind for t in given.types[:_MAX_TAGS] if (kind := text.to_text(t)[:_TAG_LENGTH])),
        publisher=text.to_text(given.publisher)[:_TAG_LENGTH],
        accession=text.to_text(given.accession)[:_TAG_LENGTH],
        abstract="" if abstract == excerpt else abstract,
    )


# --------------------------------------------------------------------------- who, and which work


class _Named(NamedTuple):
    value: Provider
    repairs: tuple[Repair, ...] = ()


def _provider(url: str, entry: Entry, source: Source, rules: ProviderRules) -> _Named:
    """The provider by the domain of the address (N-09), with the file's name where a file names one."""
    given = urls.public_host(entry.provider_domain)
    if entry.front_matter is not None or entry.listed_by is not None:
        return _named_by_file(url, given, text.clean(text.repair(entry.provider_name).text), rules)
    place = url
    if not place and (domain := given or urls.public_host(source.provider_domain)):
        place = f"https://{domain}/"
    by_address = providers.provider_of(place, rules, entry.provider_name)
    if by_address.tier == "aggregator" and given and not urls.host_of(url).endswith(given):
        # An aggregator that names the publisher: Google News' <source url>.
        return _Named(providers.provider_of(f"https://{given}/", rules))
    return _Named(by_address)


def _named_by_file(url: str, given: str, name: str, rules: ProviderRules) -> _Named:
    """A file's own provider: its domain stands, its name only when the registry has no other for that domain."""
    proper = providers.provider_of(f"https://{given}/" if given else url, rules, name)
    if given:
        proper = replace(proper, domain=given)
    registered = providers.known(given or urls.host_of(url), rules)
    if not name or text.fold(name) == text.fold(proper.name):
        return _Named(replace(proper, name=name or proper.name))
    if registered is None:
        return _Named(replace(proper, name=name))
    return _Named(proper, (_repair("provider.name", name, proper.name, "provider_registry"),))


def _identifiers(
    entry: Entry, received: str, provider: Provider, title: str, words: str, outgoing: Sequence[str]
) -> identifiers.Found:
    """The entry's own identifiers and those it mentions.

    A journal's or registry's entry that has none of its own and names exactly one DOI names its own
    (Pensoft: "DOI: …" in the description), unless it is a notice or reply, which names its subject's.
    """
    found = identifiers.find(
        link=received, guid=entry.guid or "", declared=entry.identifiers, text=words, links=outgoing
    )
    if found.own or provider.tier != "primary" or _NOTICE.match(title):
        return found
    dois = {identifier for identifier in identifiers.in_text(words) if identifier.scheme == "doi"}
    return (
        identifiers.Found(tuple(dois), tuple(i for i in found.mentioned if i not in dois)) if len(dois) == 1 else found
    )


# --------------------------------------------------------------------------- when


def _published(entry: Entry, url: str, own: Sequence[Identifier], words: str, first_seen: datetime) -> _Dated:
    """The date from the best place that has a plausible one; the others are asked in the order of `Basis`."""
    places: tuple[tuple[Basis, Callable[[], tuple[datetime, Precision] | None]], ...] = (
        ("entry", lambda: dates.parse(entry.published or "")),
        ("updated", lambda: dates.parse(entry.updated or "")),
        ("identifier", lambda: _identifier_date(own)),
        ("url", lambda: dates.in_path(urls.path_of(url))),
        ("text", lambda: dates.in_text(words)),
    )
    refused = text.clean((entry.published or "")[:_TAG_LENGTH])
    for basis, read in places:
        if (parsed := read()) and dates.plausible(parsed[0], first_seen):
            return _Dated(parsed[0], basis, parsed[1], "" if basis == "entry" else refused)
    return _Dated(first_seen, "first_seen", "second", refused)


def _identifier_date(own: Sequence[Identifier]) -> tuple[datetime, Precision] | None:
    """The date inside an identifier: arXiv 2101.… is January 2021, medRxiv 10.1101/2020.04.05.… that day."""
    for identifier in own:
        if identifier.scheme == "doi" and (day := _PREPRINT_DAY.match(identifier.value)):
            return dates.parse(f"{day[1]}-{day[2]}-{day[3]}")
        if identifier.scheme == "arxiv" and identifier.value[:4].isdigit():
            return dates.parse(f"20{identifier.value[:2]}-{identifier.value[2:4]}")
    return None


def is_old(when: datetime, precision: Precision, first_seen: datetime) -> bool:
    """True when every instant that the date can mean lies more than 21 days before `first_seen`."""
    return first_seen - dates.latest(when, precision) > BACKFILL


# --------------------------------------------------------------------------- addresses beside the entry's own


def _outgoing(link: str, rules: ProviderRules, tracking: Sequence[str]) -> str:
    address = urls.canonical(link, rules, tracking)
    return "" if _SHARING.match(address) else address


def _links(outgoing: Sequence[str], found: identifiers.Found, own: str) -> tuple[str, ...]:
    """Addresses that the entry points to, works it mentions first; never its own."""
    selves = {urls.key(address) for address in (own, *map(registries.address, found.own))}
    addresses = (a for a in (*map(registries.address, found.mentioned), *outgoing) if urls.key(a) not in selves)
    return tuple(dict.fromkeys(address for address in addresses if address))[:MAX_LINKS]


def tidy_images(given: Sequence[Image]) -> list[Image]:
    """Images with an address that may be stored; a side that is no side is unknown (N-10)."""
    return [
        Image(
            url=address,
            width=_side(image.width),
            height=_side(image.height),
            title=text.to_text(image.title) if image.title else None,
            cached=image.cached,
        )
        for image in given[:_MAX_IMAGES]
        if (address := urls.received(image.url))
    ]


def _side(pixels: int | None) -> int | None:
    return pixels if pixels is not None and 1 <= pixels <= _MAX_SIDE else None


def _enclosures(given: Sequence[Enclosure]) -> list[Enclosure]:
    return [
        Enclosure(
            url=address,
            type=text.clean(enclosure.type).lower()[:_TAG_LENGTH],
            length=enclosure.length if enclosure.length and enclosure.length > 0 else None,
            duration=text.clean(enclosure.duration)[:_TAG_LENGTH],
        )
        for enclosure in given[:_MAX_IMAGES]
        if (address := urls.received(enclosure.url))
    ]


# --------------------------------------------------------------------------- versions


def content_hash(item: Item) -> str:
    """sha256 over what the source said, in comparable form; another hash is a new version (S-03).

    Left out, because feeds change them without changing the article: the guid, how the address
    is spelled, when it was published or updated (a stored date stays, N-06; only whether there
    is one counts), the query of picture and media addresses (signatures). Left out as ours: ids,
    first_seen, provider, flags.
    """
    said = (
        item.title, item.title_affix, item.excerpt, urls.key(item.url), item.amp_url.partition("?")[0], item.type,
        item.basis, item.precision, item.language, item.authors, [str(i) for i in item.identifiers], item.links,
        [(i.url.partition("?")[0], i.width, i.height, i.title) for i in item.images],
        [(e.url.partition("?")[0], e.type) for e in item.enclosures],
        None if item.publication is None else (
            item.publication.journal, item.publication.volume, item.publication.issue, item.publication.pages,
            item.publication.types, *([item.publication.issn] if item.publication.issn else []),
            *((item.publication.publisher, item.publication.accession, item.publication.abstract)
              if item.publication.publisher or item.publication.accession or item.publication.abstract else ()),
        ),
        item.tags, item.section, item.front_matter,
    )  # fmt: skip
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()
