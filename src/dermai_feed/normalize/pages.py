"""Enriching: what an item's own page adds to what its source said.

The source comes first: a page fills gaps, makes a date exact, gives a picture its size. The page's
canonical address is taken when it is plainly that of the same article: sites whose every page names
the home page, or a section, as canonical would make one work of all their stories. Identifiers
that the page gives itself are the item's only where the page is about the item's title. Works
that the page links to become links: they tie a story to its paper.

Pure and total, as `normalize` is. The content hash stays that of what the source said, so that
the next poll finds nothing changed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from ..model import Entry, Identifier, Image, Item, Page, Precision, Provider
from ..rules import ProviderRules
from . import dates, identifiers, people, providers, registries, text, titles, urls
from .item import MAX_LINKS, is_old, language_of, publication_of, tidy_images

_SHORT = 60  # characters: an excerpt that says next to nothing
_SITE_NAME = 60  # characters; a longer one is a slogan
_MOST_AUTHORS = 50
_SAME_TITLE = 0.6  # share of the shorter title's words that the other has
_WORD = re.compile(r"[a-z0-9]{3,}")
_COARSE: Sequence[Precision] = ("second", "day", "month", "year")
_SECTIONS = frozenset({"news", "article", "articles", "story", "stories", "blog", "index", "html", "php", "amp"})


def read_page(entry: Entry, *, at: datetime, rules: ProviderRules) -> Page:
    """What a page says (`entry`, as the kind `page` reads it), made comparable. `at` is when it was read (UTC)."""
    title = titles.strip_title(text.to_text(entry.title), frozenset({_squeezed(entry.provider_name)})).text
    parsed = dates.parse(entry.published or "")
    dated = parsed if parsed and dates.plausible(parsed[0], at) else None
    works = [known for link in entry.links for known in identifiers.of_url(link)]
    site = text.to_text(entry.provider_name)
    return Page(
        url=urls.clean(entry.guid or ""),
        at=at,
        canonical=urls.canonical(entry.link or "", rules),
        amp_url=urls.received(entry.amp_link or ""),
        title=text.cut(title, text.TITLE_LIMIT),
        excerpt=text.cut(
            titles.choose_excerpt(text.clean(text.read(entry.summary).text), "", title), text.EXCERPT_LIMIT
        ),
        published=dated[0] if dated else None,
        precision=dated[1] if dated else "second",
        site=site if len(site) <= _SITE_NAME and "|" not in site else "",
        language=language_of(entry.language),
        authors=people.authors(entry.authors[:_MOST_AUTHORS]),
        images=tuple(tidy_images(entry.images)),
        identifiers=identifiers.find(declared=entry.identifiers).own,
        links=tuple(dict.fromkeys(address for work in works if (address := registries.address(work)))),
        publication=publication_of(entry.publication, title),
    )


def with_page(item: Item, page: Page, rules: ProviderRules) -> Item:
    """`item`, as its source said it, with what `page` adds; `Item.page` tells which fields came from there."""
    item = replace(item, page=None)
    own = _about(item, page)
    moved = replace(item, url=_address(item, page))
    rich = replace(
        moved,
        title=page.title if page.title and "title_inferred" in item.flags else item.title,
        excerpt=page.excerpt if len(item.excerpt) < _SHORT and len(page.excerpt) > len(item.excerpt) else item.excerpt,
        amp_url=item.amp_url or page.amp_url,
        cdn_amp_url=item.cdn_amp_url or urls.amp_cache(page.amp_url),
        authors=item.authors or page.authors,
        language=item.language or page.language,
        images=_images(item.images, page.images),
        provider=_provider(item, page, moved.url, rules),
        identifiers=_own_identifiers(item, page) if own else item.identifiers,
        publication=item.publication or (page.publication if own else None),
    )
    rich = _dated(rich, page)
    mentioned = page.links if own else (*page.links, *map(registries.address, page.identifiers))
    elsewhere = (page.canonical,) if page.canonical != rich.url and urls.specific(page.canonical) else ()
    rich = replace(rich, links=_links(rich, (*mentioned, *elsewhere, *item.links)))
    rich = replace(
        rich,
        flags=tuple(
            flag
            for flag in item.flags
            if not (flag == "title_inferred" and rich.title != item.title)
            and not (flag == "date_inferred" and rich.basis == "page")
        ),
        aliases=tuple(dict.fromkeys((*item.aliases, *_further_keys(item, rich)))),
    )
    took = tuple(
        name
        for name in (
            "title", "excerpt", "url", "amp_url", "published", "authors", "language", "images", "provider",
            "identifiers", "publication", "links",
        )
        if getattr(rich, name) != getattr(item, name)
    )  # fmt: skip
    return replace(rich, page=replace(page, took=took))


# --------------------------------------------------------------------------- whose page it is


def _about(item: Item, page: Page) -> bool:
    """Whether the page names itself as the item's: their titles share most words."""
    mine, its = _words(item.title), _words(page.title)
    return bool(mine and its) and len(mine & its) >= _SAME_TITLE * min(len(mine), len(its))


def _words(said: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.fold(said)))


def _squeezed(name: str) -> str:
    return text.fold(name).removeprefix("the ").replace(" ", "")


def _address(item: Item, page: Page) -> str:
    """The page's canonical address where it is plainly of the same article of the same site, else the item's."""
    canonical = page.canonical
    if not canonical or not item.url or urls.key(canonical) == urls.key(item.url) or not urls.specific(canonical):
        return item.url
    here, there = (providers.registrable(urls.host_of(url)) for url in (item.url, canonical))
    if here != there:
        return item.url
    mine, its = _tokens(item.url), _tokens(canonical)
    if mine & its and 2 * len(mine & its) >= min(len(mine), len(its)):
        return canonical
    return canonical if len(_words(item.title) & its) >= 3 else item.url  # ?p=123, told by its slug


def _tokens(url: str) -> frozenset[str]:
    """What tells the article in an address: the words and numbers of its last segments and of its query."""
    segments = [segment for segment in urls.path_of(url).lower().split("/") if segment]
    return frozenset(_WORD.findall(" ".join((*segments[-2:], urls.query_of(url).lower())))) - _SECTIONS


def _further_keys(item: Item, rich: Item) -> tuple[str, ...]:
    return (f"url:{urls.key(rich.url)}",) if rich.url != item.url else ()


# --------------------------------------------------------------------------- fields


def _provider(item: Item, page: Page, url: str, rules: ProviderRules) -> Provider:
    """The registry's name for the address; where it has none, a name that the site itself gives replaces the domain."""
    known = providers.known(urls.host_of(url), rules)
    if known or not page.site or item.provider.name != item.provider.domain or not item.provider.domain:
        return item.provider
    return replace(item.provider, name=page.site)


def _own_identifiers(item: Item, page: Page) -> tuple[Identifier, ...]:
    """The item's, and those of the page in schemes that the item has none of."""
    schemes = {identifier.scheme for identifier in item.identifiers}
    further = (identifier for identifier in page.identifiers if identifier.scheme not in schemes)
    return identifiers.find(declared=(*item.identifiers, *further)).own


def _images(own: Sequence[Image], its: Sequence[Image]) -> tuple[Image, ...]:
    """The item's picture with the page's sizes; the page's where the item has none, or none with a size."""
    if not own:
        return tuple(its[:1])
    sizes = {image.url: image for image in its if image.width and image.height}
    sized = [
        replace(image, width=sizes[image.url].width, height=sizes[image.url].height)
        if image.url in sizes and not image.width
        else image
        for image in own
    ]
    if sized[0].width is None and sizes:
        best = next(iter(sizes.values()))
        return (best, *(image for image in sized if image.url != best.url))
    return tuple(sized)


def _links(rich: Item, addresses: Sequence[str]) -> tuple[str, ...]:
    """`addresses`, each once, without the item's own."""
    selves = {urls.key(address) for address in (rich.url, *map(registries.address, rich.identifiers))}
    return tuple(dict.fromkeys(each for each in addresses if each and urls.key(each) not in selves))[:MAX_LINKS]


def _dated(item: Item, page: Page) -> Item:
    """`item` with the page's date where its source gave none, or a coarser one that the page's lies in."""
    if page.published is None:
        return item
    finer = _COARSE.index(page.precision) < _COARSE.index(item.precision)
    within = item.published <= page.published <= dates.latest(item.published, item.precision)
    if item.basis == "entry" and not (finer and within):
        return item
    if item.basis == "updated" and page.published > item.published and page.precision == "second":
        return item  # "published" after the last change is a page that was made anew
    dated = replace(item, published=page.published, basis="page", precision=page.precision)
    return replace(dated, backfill=item.backfill or is_old(page.published, page.precision, item.first_seen))
