"""Pages: one web page as an entry (kind `page`, and what enriches the entries of other sources).

`url` is the page's address. It is one item for good, and an update when it says something else.

Read from the page: its canonical address and AMP edition, Open Graph (ogp.me), JSON-LD, the
`citation_*` names that scholarly indexes ask publishers for (scholar.google.com/intl/en/scholar/
inclusion.html) with Dublin Core and PRISM beside them, and the works that its text links to: DOI,
PubMed, ClinicalTrials.gov, FDA. All of it is what a page says, never an order: a `meta refresh` is
not followed, a picture not fetched. Reading happens in the parsing child, which can be stopped:
the HTML parser takes time that grows with the square of the nesting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ..errors import ParseFailed
from ..model import Collected, Entry, Identifier, Image, Parsed, Publication, Source, SourceState
from . import jsonld, options, parts, sniff, works
from .contract import Context
from .encoding import declared_in_page, decode
from .feed import FeedCollector
from .markup import resolve, size

ACCEPT = "text/html, application/xhtml+xml;q=0.9, */*;q=0.1"
_LONGEST = 3_000_000  # characters; what follows is neither head nor text of an article
_MOST_LINKS = 40
_MOST_METAS = 1_000
_MOST_TEXT = 200_000  # characters that are searched for names of works
# Where a page speaks of other things than its subject.
_ASIDE = frozenset({"nav", "footer", "aside", "form", "select"})
_ASIDE_NAME = re.compile(
    r"(?:^|[-_ ])(?:related|recommend\w*|sidebar|footer|nav\w*|menu|breadcrumbs?|comments?|promo\w*|share|social)"
    r"(?:$|[-_ ])",
    re.IGNORECASE,
)
_TEXTS = ("article", "main", "[role=main]", "body")  # where the text stands, the best first
_XML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:rss|feed|rdf:RDF|urlset|sitemapindex)\b", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class PageCollector:
    """Collects one page as one entry."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the page once, conditionally where `state` allows it. Raises: FetchFailed."""
        options.check(source, ())
        return FeedCollector("article", accept=ACCEPT).collect(source, state, context)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """The page in `body` as one entry.

        Raises: ParseFailed: login and challenge for pages that stand before another, not_a_feed for
            what is no page.
        """
        page = open_page(body, content_type, url)
        return Parsed(entries=(entry(page, source_id),), title=page.title)


# --------------------------------------------------------------------------- a page, opened


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A page, parsed: its tree, its address, the base of its links, and its metas by name."""

    tree: LexborHTMLParser
    url: str
    base: str
    metas: Mapping[str, tuple[str, ...]]  # lower-case name or property -> contents

    def meta(self, *names: str) -> str:
        """The first content that is not empty, in the order of `names`."""
        return next((value for name in names for value in self.metas.get(name, ()) if value), "")

    def every(self, *names: str) -> tuple[str, ...]:
        """All contents that are not empty, in the order of `names`."""
        return tuple(value for name in names for value in self.metas.get(name, ()) if value)

    def link(self, rel: str) -> str:
        """The absolute address of the first `link` with that `rel`, "" without one."""
        for node in self.tree.css("link[rel][href]")[:_MOST_METAS]:
            if rel in (node.attributes.get("rel") or "").lower().split():
                return resolve(self.base, node.attributes.get("href") or "")
        return ""

    @property
    def title(self) -> str:
        """What the page calls itself in its `title`."""
        node = self.tree.css_first("title")
        return " ".join(node.text().split()) if node else ""


def open_page(body: bytes, content_type: str, url: str) -> Page:
    """The page in `body`. Raises: ParseFailed, see `PageCollector.parse`."""
    text = decode(body, declared_in_page(body, content_type)).text
    if not text.strip("\ufeff \t\r\n\x00"):
        raise ParseFailed("not_a_feed", "the document is empty")
    if _XML.match(text.lstrip("\ufeff")):
        raise ParseFailed("not_a_feed", "a feed or sitemap came instead of a page; use the kind for it")
    if sniff.is_json(text) or "<" not in text or "\0" in text[:1_000]:
        raise ParseFailed("not_a_feed", "something else than a web page came")
    if (wall := sniff.not_a_feed(text, "")).failure in {"login", "challenge"} and len(text) < 200_000:
        raise ParseFailed(wall.failure, wall.text.replace("the feed", "the page"))
    tree = LexborHTMLParser(text[:_LONGEST])
    base = tree.css_first("base[href]")
    metas: dict[str, list[str]] = {}
    for node in tree.css("meta")[:_MOST_METAS]:
        given = node.attributes
        content = (given.get("content") or "").strip()
        for key in ("property", "name", "itemprop"):
            if (name := (given.get(key) or "").strip().lower()) and content:
                metas.setdefault(name, []).append(content)
    return Page(
        tree=tree, url=url, base=resolve(url, (base.attributes.get("href") or "") if base else "") or url,
        metas={name: tuple(values) for name, values in metas.items()},
    )  # fmt: skip


# --------------------------------------------------------------------------- what it says


def entry(page: Page, source_id: str) -> Entry:
    """What `page` says of its subject."""
    said = jsonld.subject(node.text() for node in page.tree.css('script[type="application/ld+json"]')[:50])
    heading = page.tree.css_first("h1")
    title = (
        page.meta("citation_title") or page.meta("og:title") or said.title or page.meta("twitter:title", "dc.title")
        or (" ".join(heading.text().split()) if heading else "") or page.title
    )  # fmt: skip
    canonical = page.link("canonical")
    link = canonical if parts.is_http(canonical) else resolve(page.base, page.meta("og:url") or said.url)
    return Entry(
        source_id=source_id,
        title=title,
        guid=page.url,
        link=link if parts.is_http(link) else page.url,
        summary=page.meta("og:description") or said.description
        or page.meta("description", "twitter:description", "dc.description", "citation_abstract"),
        published=(
            page.meta("article:published_time", "og:article:published_time") or said.published
            or page.meta(
                "citation_online_date", "citation_publication_date", "citation_date", "dc.date", "dcterms.date",
                "prism.publicationdate", "parsely-pub-date", "sailthru.date", "date", "datepublished",
            )
            or _time(page)
        ) or None,
        updated=page.meta("article:modified_time", "og:updated_time") or said.modified or None,
        authors=parts.unique(
            page.every("citation_author") or said.authors
            or tuple(name for name in page.every("author", "article:author", "dc.creator") if not parts.is_http(name))
        ),
        tags=parts.unique(page.every("article:tag", "citation_keywords")),
        language=said.language or _language(page),
        amp_link=page.link("amphtml") or None,
        provider_name=page.meta("og:site_name") or said.site or page.meta("application-name"),
        identifiers=_identifiers(page, said),
        links=_works(page),
        images=_images(page, said),
        publication=_publication(page),
        where=page.url,
    )  # fmt: skip


def _time(page: Page) -> str:
    node = page.tree.css_first("article time[datetime], main time[datetime], time[datetime][pubdate]")
    return (node.attributes.get("datetime") or "").strip() if node else ""


def _language(page: Page) -> str:
    node = page.tree.css_first("html[lang]")
    return ((node.attributes.get("lang") or "") if node else "") or page.meta("og:locale", "citation_language")


def _images(page: Page, said: jsonld.Subject) -> tuple[Image, ...]:
    """The picture that the page gives to those who link to it, with its size where one is told."""
    address = resolve(
        page.base, page.meta("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src")
    )
    told = [image for image in said.images if parts.is_http(resolve(page.base, image.url))]
    images = [Image(url=resolve(page.base, image.url), width=image.width, height=image.height) for image in told]
    if parts.is_http(address):
        twin = next((image for image in images if image.url == address), None)
        images.insert(
            0,
            Image(
                url=address,
                width=size(page.meta("og:image:width")) or (twin.width if twin else None),
                height=size(page.meta("og:image:height")) or (twin.height if twin else None),
            ),
        )
    return parts.pictures(images)


def _identifiers(page: Page, said: jsonld.Subject) -> tuple[Identifier, ...]:
    """The names of the work that the page is about; only a page with citation names is a work's own page."""
    if not page.meta("citation_title", "citation_journal_title", "citation_doi"):
        return ()
    named = [("doi", text) for text in page.every("citation_doi", "prism.doi", "bepress_citation_doi")]
    named += [("pmid", text) for text in page.every("citation_pmid")]
    named += [("arxiv", text) for text in page.every("citation_arxiv_id")]
    written = (*page.every("dc.identifier", "dcterms.identifier", "publication_doi"), *said.identifiers)
    return parts.unique(
        (
            *(Identifier(scheme=scheme, value=text.removeprefix("doi:").strip()) for scheme, text in named),
            *parts.identifiers(written),
        )
    )


def _publication(page: Page) -> Publication | None:
    first, last = page.meta("citation_firstpage"), page.meta("citation_lastpage")
    found = Publication(
        journal=page.meta("citation_journal_title", "prism.publicationname"),
        volume=page.meta("citation_volume"),
        issue=page.meta("citation_issue"),
        pages="-".join(part for part in (first, last) if part),
        types=parts.unique(page.every("citation_article_type", "dc.type")[:5]),
    )
    return found if found.journal else None


def _works(page: Page) -> tuple[str, ...]:
    """The addresses of works that the text of the page links to; a paper's own page has its references there: none."""
    if page.meta("citation_title"):
        return ()
    for place in _TEXTS:
        text = page.tree.css_first(place)
        if text is None:
            continue
        linked = _linked(page, page.tree.css(f"{place} a[href]"))
        said = works.said_in(text.text(separator=" ")[:_MOST_TEXT])
        if linked or said:
            return parts.unique((*linked, *said))[:_MOST_LINKS]
    return ()


def _linked(page: Page, nodes: Iterable[LexborNode]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for node in nodes:
        address = resolve(page.base, node.attributes.get("href") or "")
        if parts.is_http(address) and works.names_a_work(address) and not is_aside(node):
            found[address] = None
        if len(found) >= _MOST_LINKS:
            break
    return tuple(found)


def is_aside(node: LexborNode) -> bool:
    """Whether `node` stands where a page speaks of other things: navigation, related articles, comments."""
    place, in_header = node.parent, False
    for _ in range(30):
        if place is None or place.tag in {"body", "html"}:
            return in_header
        if place.tag in {"article", "main"}:
            return False  # a header in there is the article's own
        given = place.attributes
        if place.tag in _ASIDE or _ASIDE_NAME.search(f"{given.get('class') or ''} {given.get('id') or ''}"[:300]):
            return True
        in_header = in_header or place.tag == "header"
        place = place.parent
    return in_header
