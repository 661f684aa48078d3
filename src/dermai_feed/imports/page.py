"""Web pages: what a page says of itself in its head, or what it refers to.

Read in this order: Highwire's `citation_*` (scholar.google.com/intl/en/scholar/inclusion.html), JSON-LD
(schema.org Article and its kinds), Open Graph (ogp.me), Dublin Core, then the plain title. A page that says nothing of
the kind is a list of references or links.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ..collectors import members, parts, sniff
from ..collectors.members import Members, word
from ..errors import ParseFailed
from ..model import Entry, Image
from . import references
from .citation import Record, date, doi_in, names, squeezed, words
from .contract import Document, Found, Unreadable

_BLOCKS = frozenset({
    "p", "div", "li", "h1", "h2", "h3", "h4", "h5", "h6", "tr", "table", "ul", "ol", "dl", "dt", "dd", "blockquote",
    "section", "article", "br", "hr",
})  # fmt: skip
_SKIPPED = frozenset({
    "script", "style", "noscript", "template", "svg", "iframe", "nav", "footer", "form", "button", "select",
})  # fmt: skip
_SAVED_FROM = re.compile(r"saved from url=\(\d+\)(\S+)")
_MOST_TEXT = 5_000_000  # characters


def read(document: Document) -> Iterator[Found]:
    """The page as a work when it is an article or came by its address; else what it refers to. Raises: Unreadable."""
    text = document.text
    if document.url:
        head = text[:65_536]
        if failed := _barred(head):
            raise Unreadable(failed)
    tree = LexborHTMLParser(text[:_MOST_TEXT])
    entry = described(tree, text, document)
    if entry is not None:
        yield entry
        return
    yield from read_references(document)


def read_references(document: Document) -> Iterator[Found]:
    """What a page refers to, whatever it is itself. Raises: Unreadable."""
    plain = as_text(LexborHTMLParser(document.text[:_MOST_TEXT]), document.url)
    yield from references.read(replace(document, body=plain.encode("utf-8", "replace")))


def _barred(head: str) -> str:
    failed = sniff.not_a_feed(head, "")
    return (
        failed.text
        if failed.failure in {"challenge", "login"} and not re.search(r"citation_title|og:type", head)
        else ""
    )


# --------------------------------------------------------------------------- the page itself


def described(tree: LexborHTMLParser, text: str, document: Document) -> Entry | None:
    """The article that a page says it is, None when it says nothing of the kind and came as a file."""
    meta: dict[str, list[str]] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        key = (attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or "").strip().lower()
        if key and (value := (attributes.get("content") or "").strip()):
            meta.setdefault(key, []).append(value[:20_000])
    linked = next((found for value in _json_ld(tree) if (found := _article(value))), {})
    is_article = (
        "citation_title" in meta or bool(linked) or first(meta, "og:type").lower().startswith("article")
        or "article:published_time" in meta or "dc.identifier" in meta or "parsely-pub-date" in meta
    )  # fmt: skip
    if not is_article and not document.url:
        return None
    title = (
        first(meta, "citation_title", "dc.title")
        or word(linked, "headline")
        or first(meta, "og:title", "twitter:title")
    )
    title = title or _node_text(tree.css_first("h1")) or _node_text(tree.css_first("title"))
    saved = _SAVED_FROM.search(text[:3_000])
    base = document.url or (saved[1] if saved else "")
    canonical = tree.css_first("link[rel=canonical]")
    address = (canonical.attributes.get("href") or "" if canonical else "") or first(
        meta, "og:url", "citation_public_url"
    )
    address = urljoin(base, address.strip()) if address else base or word(linked, "url")
    if not title and not parts.is_http(address):
        return None
    record = Record(
        title=squeezed(title),
        authors=_authors(meta, linked),
        journal=first(meta, "citation_journal_title", "citation_conference_title", "prism.publicationname"),
        volume=first(meta, "citation_volume", "prism.volume"),
        issue=first(meta, "citation_issue", "prism.number"),
        pages="-".join(p for p in (first(meta, "citation_firstpage"), first(meta, "citation_lastpage")) if p),
        date=_published(meta, linked),
        abstract=first(
            meta, "citation_abstract", "dc.description", "og:description", "description", "twitter:description"
        )
        or word(linked, "description"),
        doi=doi_in(first(meta, "citation_doi", "dc.identifier", "prism.doi", "doi", "bepress_citation_doi")),
        pmid=first(meta, "citation_pmid"),
        arxiv=first(meta, "citation_arxiv_id"),
        serials=meta.get("citation_issn", []),
        addresses=[address] if parts.is_http(address) else [],
        keywords=[
            w
            for key in ("citation_keywords", "news_keywords", "keywords", "article:tag")
            for v in meta.get(key, [])
            for w in words(v)
        ],
        language=first(meta, "citation_language", "og:locale") or _language(tree),
        publisher=first(meta, "og:site_name", "citation_publisher") or word(members.one(linked, "publisher"), "name"),
    )
    kind = "video" if first(meta, "og:type").startswith("video") else "article"
    entry = record.entry(source_id=document.source_id, where=document.name, kind=kind)
    if entry is None:
        return None
    image = urljoin(base, first(meta, "og:image", "twitter:image")) if first(meta, "og:image", "twitter:image") else ""
    amp = tree.css_first("link[rel=amphtml]")
    scholarly = "citation_title" in meta or "citation_journal_title" in meta
    return replace(
        entry,
        guid=entry.link or entry.guid,
        images=(Image(url=image),) if parts.is_http(image) else (),
        amp_link=(amp.attributes.get("href") or None) if amp else None,
        publication=entry.publication if scholarly else None,
    )


def first(meta: dict[str, list[str]], *keys: str) -> str:
    """The first value that any of the `keys` has."""
    return next((value for key in keys for value in meta.get(key, ()) if value), "")


def _node_text(node: LexborNode | None) -> str:
    return squeezed(node.text(deep=True, separator=" ")) if node is not None else ""


def _language(tree: LexborHTMLParser) -> str:
    root = tree.css_first("html")
    return (root.attributes.get("lang") or "") if root is not None else ""


def _json_ld(tree: LexborHTMLParser) -> Iterator[Members]:
    for script in tree.css('script[type="application/ld+json"]')[:20]:
        try:
            value = members.load(script.text(deep=True))
        except ParseFailed:
            continue
        waiting = [value]
        while waiting:
            one = waiting.pop(0)
            if isinstance(one, list):
                waiting += one[:50]
            elif isinstance(one, dict):
                yield one
                waiting += list(members.many(one, "@graph"))[:50]


def _article(held: Members) -> Members:
    kinds = [word(held, "@type"), *members.words(held, "@type")]
    return held if any("Article" in kind or "Posting" in kind or kind == "Report" for kind in kinds) else {}


def _authors(meta: dict[str, list[str]], linked: Members) -> list[str]:
    listed = meta.get("citation_author") or meta.get("dc.creator") or meta.get("citation_authors")
    if listed:
        return names(listed[0]) if len(listed) == 1 else listed
    people = [word(person, "name") for person in (*members.objects(linked, "author"), members.one(linked, "author"))]
    people = [person for person in people if person] or [a for a in meta.get("author", []) if not parts.is_http(a)]
    return people or [a for a in meta.get("article:author", []) if not parts.is_http(a)]


def _published(meta: dict[str, list[str]], linked: Members) -> str:
    written = first(
        meta, "citation_publication_date", "citation_online_date", "article:published_time", "parsely-pub-date",
        "dc.date", "dc.date.issued", "dcterms.created", "citation_date", "date", "pubdate", "datepublished",
    ) or word(linked, "datePublished")  # fmt: skip
    return date(written) or written


# --------------------------------------------------------------------------- as text


def as_text(tree: LexborHTMLParser, base: str = "") -> str:
    """A page as plain text: a paragraph a line, links and headings as Markdown writes them."""
    pieces: list[str] = []
    number: list[int] = []
    # Not recursive: pages are nested as deep as they like.
    waiting: list[tuple[LexborNode | None, str]] = [(tree.body or tree.root, "")]
    while waiting:
        node, after = waiting.pop()
        if node is None:
            pieces.append(after)
            continue
        tag = node.tag or ""
        if tag in _SKIPPED or tag.startswith("_"):
            continue
        if tag == "-text":
            pieces.append(re.sub(r"\s+", " ", node.text_content or ""))
            continue
        opening = closing = ""
        if tag in _BLOCKS:
            opening = closing = "\n\n"
        if re.fullmatch(r"h[1-6]", tag):
            opening += "#" * int(tag[1]) + " "
        elif tag == "ol":
            number.append(0)
        elif tag == "li":
            if node.parent is not None and node.parent.tag == "ol" and number:
                number[-1] += 1
                opening += f"{number[-1]}. "
            else:
                opening += "- "
        elif tag == "a" and parts.is_http(href := urljoin(base, (node.attributes.get("href") or "").strip())):
            opening, closing = "[", f"]({href.replace('(', '%28').replace(')', '%29').replace(' ', '%20')})"
        elif tag in {"i", "em", "cite"}:
            opening = closing = "*"
        pieces.append(opening)
        waiting.append((None, closing))
        waiting += [(child, "") for child in reversed(list(node.iter(include_text=True)))]
    text = "".join(pieces)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip()
