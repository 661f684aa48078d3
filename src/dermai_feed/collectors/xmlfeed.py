"""RSS 0.9x-2.0, RSS 1.0 (RDF) and Atom, read from a tree of elements (P-13).

One function per field, each a short list of the places where publishers put it. What is read
here is what the source said: dates stay text, HTML stays HTML, guids are not resolved.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import ParseFailed
from ..model import Enclosure, Entry, Identifier, Image, Parsed, Publication
from . import hints, parts
from .each import read_each
from .elements import Children, attribute, base_of, children, every_text, first_text, keyword, listed_texts, text_of
from .markup import inner, named_in, plain, resolve, size
from .vocabulary import namer

_ROOTS = frozenset({"rss", "feed", "rdf:rdf", "rdf", "channel", "entry", "item"})
_ENTRIES = frozenset({"item", "entry"})
_SUMMARIES = ("description", "summary", "dc:description", "dcterms:abstract", "abstract", "itunes:summary",
              "media:description", "googleplay:description", "itunes:subtitle")  # fmt: skip
_CONTENTS = ("content:encoded", "content", "xhtml:body", "xhtml:div", "fullitem")
_PUBLISHED = ("pubdate", "published", "issued", "dcterms:issued", "dc:date", "prism:publicationdate",
              "prism:coverdate", "dcterms:created", "created")  # fmt: skip
_UPDATED = ("updated", "modified", "dcterms:modified", "prism:modificationdate")
_HTML_TYPES = frozenset({"", "html", "text/html", "xhtml", "application/xhtml+xml"})
_PLAIN_TYPES = frozenset({"text", "text/plain", "plain"})


def parse(root: ET.Element, *, url: str, source_id: str, default_type: str) -> Parsed:
    """The feed under `root`.

    Args:
        root: the document's element.
        url: where it came from; relative addresses are resolved against it (and xml:base).
        source_id: of the source, for the entries.
        default_type: the seeds' `type` of an entry whose media say nothing else.

    Raises: ParseFailed("not_a_feed") for any other kind of XML.
    """
    name = namer(root.tag)
    nodes = [element for element in root.iter() if name(element.tag) in _ENTRIES]
    if name(root.tag) not in _ROOTS and not (
        nodes and any(name(element.tag) in {"rss", "feed", "rdf:rdf"} for element in root.iter())
    ):
        raise ParseFailed("not_a_feed", f"the root element is <{name(root.tag)}>, not a feed's")
    channel = next((child for child in root if name(child.tag) == "channel"), root)
    if name(root.tag).startswith("rdf") and channel is root and not nodes:
        raise ParseFailed("not_a_feed", "RDF without a channel or items is not a feed")
    head = children(channel, name)
    base = base_of(channel, base_of(root, url)) if channel is not root else base_of(root, url)
    language = first_text(head, "language", "dc:language") or attribute(root, "lang", name)
    reader = _Reader(
        name=name,
        url=url,
        base=base,
        source_id=source_id,
        default_type=default_type,
        language=language,
        # RFC 4287, 4.2.1: the feed's authors are those of entries without any; an RSS editor is not
        authors=_authors(head, name) if name(root.tag) == "feed" else (),
    )
    entries, problems = read_each(nodes, reader.entry, source_id)
    return Parsed(
        entries=entries,
        problems=problems,
        title=first_text(head, "title"),
        floor=hints.floor(
            first_text(head, "ttl"), first_text(head, "sy:updateperiod"), first_text(head, "sy:updatefrequency")
        ),
        skip_hours=hints.hours(listed_texts(head, "skiphours")),
        skip_days=hints.days(listed_texts(head, "skipdays")),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reader:
    """Reads the entries of one document."""

    name: Callable[[str], str]  # usual names of tags and attributes
    url: str
    base: str
    source_id: str
    default_type: str
    language: str
    authors: tuple[str, ...]  # of the feed

    def entry(self, node: ET.Element, number: int) -> Entry:
        """What `node` says."""
        base = base_of(node, self.base)
        words = children(node, self.name)
        media = _with_groups(words, self.name)
        guid = _guid(node, words, self.name)
        enclosures = _enclosures(words, media, base)
        summary, content = _texts(words, media, self.name)
        link, others = _links(words, base, guid)
        # without an xml:base, relative addresses in HTML are meant as on the entry's own page
        page = link if base == self.url and parts.is_http(link) else base
        named_links, named_images = named_in(content or summary, page or base)
        video = first_text(words, "yt:videoid")
        source_name, source_domain = _origin(words, self.name)
        return Entry(
            source_id=self.source_id,
            title=_title(words, media),
            guid=guid,
            link=link,
            summary=summary,
            content=content,
            published=first_text(words, *_PUBLISHED) or None,
            updated=first_text(words, *_UPDATED) or None,
            authors=_authors(words, self.name) or self.authors,
            tags=_tags(words),
            language=attribute(node, "lang", self.name)
            or first_text(words, "dc:language", "language")
            or self.language,
            type=parts.kind_of(self.default_type, youtube=bool(video), enclosures=enclosures),
            amp_link=_rel(words, "amphtml", base),
            provider_name=source_name,
            provider_domain=source_domain,
            identifiers=_identifiers(words, video),
            links=parts.unique(address for address in (*others, *named_links) if address != link),
            images=parts.pictures((*_images(words, media, base, self.name), *named_images)),
            enclosures=enclosures,
            publication=_publication(words),
            where=f"entry {number}",
        )


# --------------------------------------------------------------------------- fields


def _title(words: Children, media: Children) -> str:
    for key, found in (("title", words), ("dc:title", words), ("media:title", media), ("itunes:title", words)):
        for element in found.get(key, ()):
            if title := inner(element):
                return title
    return ""


def _guid(node: ET.Element, words: Children, name: Callable[[str], str]) -> str | None:
    about = next((value for key, value in node.items() if name(key) == "rdf:about"), "")
    return first_text(words, "guid", "id") or about.strip() or None


def _texts(words: Children, media: Children, name: Callable[[str], str]) -> tuple[str, str]:
    """Summary and content. A second description is the content; an entry with content alone has no summary."""
    found = [text for key in _SUMMARIES for element in words.get(key, ()) if (text := _html(element, name))]
    found += [text for element in media.get("media:description", ()) if (text := _html(element, name))]
    contents = [text for key in _CONTENTS for element in words.get(key, ()) if (text := _html(element, name))]
    summary = found[0] if found else ""
    own = [text for element in words.get("description", ()) if (text := _html(element, name))]
    return summary, max(contents or own[1:], key=len, default="")


def _html(element: ET.Element, name: Callable[[str], str]) -> str:
    """The text of a text construct as HTML; media types that are not text give nothing."""
    kind = keyword(element, "type")
    if element.get("src") or element.get("mode", "") == "base64":
        return ""
    if name(element.tag) == "content" and "/" in kind and not kind.startswith("text/") and not kind.endswith("xml"):
        return ""
    text = inner(element)
    return plain(text) if kind in _PLAIN_TYPES and len(element) == 0 else text


def _links(words: Children, base: str, guid: str | None) -> tuple[str | None, list[str]]:
    """The entry's own address and the further ones that it points to."""
    alternates: list[tuple[bool, str]] = []
    others: list[str] = []
    own = ""  # some writers call the entry's page "self", which is the entry as a document (RFC 4287, 4.2.7.2)
    for element in words.get("link", ()):
        here = base_of(element, base)
        href = element.get("href") or element.get("{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource", "")
        address = resolve(here, href or text_of(element))
        rel = keyword(element, "rel", "alternate")
        if address and rel == "alternate":
            alternates.append((keyword(element, "type") in _HTML_TYPES, address))
        elif address and rel in {"related", "via"}:
            others.append(address)
        elif address and rel == "self" and keyword(element, "type") in _HTML_TYPES:
            own = own or address
    # A redirecting proxy's link says less than the publisher's own address beside it.
    original = first_text(words, "feedburner:origlink")
    pages = [address for is_page, address in alternates if is_page] or [address for _, address in alternates]
    others += [resolve(base, text) for text in every_text(words, "prism:url")]
    if parts.is_http(original):
        return original, [*pages, *others]
    if pages:
        return pages[0], others
    return (guid if parts.is_http(guid) and not _is_only_an_id(words) else own or None), others


def _is_only_an_id(words: Children) -> bool:
    """Whether the guid says that it is no address (RSS 2.0, isPermaLink)."""
    return any(
        value.strip().lower() == "false"
        for element in words.get("guid", ())
        for key, value in element.items()
        if key.lower() == "ispermalink"
    )


def _rel(words: Children, rel: str, base: str) -> str | None:
    found = (e.get("href", "") for e in words.get("link", ()) if keyword(e, "rel") == rel)
    return next((resolve(base, address) for address in found if address.strip()), None)


def _authors(words: Children, name: Callable[[str], str]) -> tuple[str, ...]:
    """Named authors; the podcast's own author only when the entry names nobody else."""
    names: list[str] = []
    for element in words.get("author", ()):
        inside = children(element, name)
        names.append(first_text(inside, "name", "email") if inside else parts.author(text_of(element)))
    names += [parts.author(text) for text in every_text(words, "dc:creator", "dc:author")]
    names = names if any(names) else every_text(words, "itunes:author", "googleplay:author")
    return parts.unique(name for name in names if name)


def _tags(words: Children) -> tuple[str, ...]:
    tags = [
        tag
        for element in words.get("category", ())
        if (tag := (element.get("term", "") or text_of(element) or element.get("label", "")).strip())
    ]
    tags += every_text(words, "dc:subject", "prism:keyword")
    for text in every_text(words, "itunes:keywords", "media:keywords", "keywords"):
        tags += [word for part in text.split(",") if (word := part.strip())]
    return parts.unique(tags)


def _origin(words: Children, name: Callable[[str], str]) -> tuple[str, str]:
    """Name and host of the publisher that an aggregator took the entry from."""
    for element in words.get("source", ()):
        inside = children(element, name)
        address = element.get("url", "") or next(
            (e.get("href", "") for e in inside.get("link", ()) if e.get("rel", "alternate") == "alternate"), ""
        )
        title = first_text(inside, "title") if inside else text_of(element)
        if title or address:
            return title, parts.host(address)
    return first_text(words, "bing:source"), ""


def _identifiers(words: Children, video: str) -> tuple[Identifier, ...]:
    named = parts.identifiers(every_text(words, "prism:doi", "dc:identifier", "dcterms:identifier", "arxiv:doi"))
    return (*named, Identifier(scheme="youtube", value=video)) if video else named


def _publication(words: Children) -> Publication | None:
    first, last = first_text(words, "prism:startingpage"), first_text(words, "prism:endingpage")
    publication = Publication(
        journal=first_text(words, "prism:publicationname", "arxiv:journal_ref"),
        volume=first_text(words, "prism:volume"),
        issue=first_text(words, "prism:number", "prism:issueidentifier"),
        pages=first_text(words, "prism:pagerange") or "-".join(page for page in (first, last) if page),
        types=parts.unique(every_text(words, "dc:type", "prism:section", "prism:genre", "prism:contenttype")),
    )
    return publication if publication != Publication() else None


# --------------------------------------------------------------------------- media


def _with_groups(words: Children, name: Callable[[str], str]) -> dict[str, list[ET.Element]]:
    """The media elements of an entry: its own, and those inside media:group and media:content."""
    media: dict[str, list[ET.Element]] = {}
    waiting = [element for key in ("media:group", "media:content") for element in words.get(key, ())]
    for key, found in words.items():
        if key.startswith("media:"):
            media[key] = list(found)
    while waiting:
        for child in waiting.pop(0):
            key = name(child.tag)
            if key.startswith("media:"):
                media.setdefault(key, []).append(child)
                waiting.append(child)
    return media


def _medium(element: ET.Element) -> str:
    """image, audio, video or "" for a media:content."""
    stated = element.get("medium", "").strip().lower() or element.get("type", "").partition("/")[0].strip().lower()
    if stated in {"image", "audio", "video"}:
        return stated
    path = element.get("url", "").partition("?")[0].lower()
    return "image" if path.endswith((".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif")) else ""


def _images(words: Children, media: Children, base: str, name: Callable[[str], str]) -> list[Image]:
    images = [
        Image(
            url=resolve(base, element.get("url", "")),
            width=size(element.get("width")),
            height=size(element.get("height")),
        )
        for key in ("media:content", "media:thumbnail")
        for element in media.get(key, ())
        if key == "media:thumbnail" or _medium(element) == "image"
    ]
    images += [
        Image(url=resolve(base, element.get("url", "")))
        for element in words.get("enclosure", ())
        if keyword(element, "type").startswith("image/")
    ]
    for element in (*words.get("itunes:image", ()), *words.get("googleplay:image", ()), *words.get("image", ())):
        inside = children(element, name)
        address = (
            element.get("href")
            or element.get("url")
            or first_text(inside, "url")
            or ("" if inside else text_of(element))
        )
        images.append(
            Image(
                url=resolve(base, address),
                width=size(first_text(inside, "width")),
                height=size(first_text(inside, "height")),
                title=first_text(inside, "title") or None,
            )
        )
    images += [Image(url=resolve(base, text)) for text in every_text(words, "bing:image")]
    return [image for image in images if image.url]


def _enclosures(words: Children, media: Children, base: str) -> tuple[Enclosure, ...]:
    """Sound and film; pictures are `images`."""
    duration = first_text(words, "itunes:duration")
    named = [(e, e.get("url", ""), e.get("length")) for e in words.get("enclosure", ())]
    named += [
        (e, e.get("href", ""), e.get("length")) for e in words.get("link", ()) if keyword(e, "rel") == "enclosure"
    ]
    named += [
        (e, e.get("url", ""), e.get("fileSize"))
        for e in media.get("media:content", ())
        if _medium(e) in {"audio", "video"}
    ]
    found = {
        address: Enclosure(
            url=address,
            type=keyword(element, "type") or keyword(element, "medium"),
            length=parts.length(length),
            duration=duration or element.get("duration", ""),
        )
        for element, written, length in reversed(named)
        if (address := resolve(base, written)) and not element.get("type", "").lower().startswith("image/")
    }
    return tuple(reversed(found.values()))
