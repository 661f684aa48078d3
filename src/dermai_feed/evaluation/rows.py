"""A row of labelled data as an `Item`: owns the shapes of the corpus, the pairs and the citation sets.

The rows are other people's exports, so nothing is taken for granted: a field may be missing,
null or of another name. The item is built plainly (no repair, no canonical address), so that
a score tells of the part that is scored and not of the normaliser.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import urlsplit

from ..model import Basis, Identifier, Image, Item, Precision, Provider, Publication
from ..normalize import people

EXCERPT = 600  # characters of an item's excerpt (model.Item)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # of a row that says no date at all
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ARXIV = re.compile(r"arxiv\.org/(?:abs|pdf)/(\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})", re.IGNORECASE)
_PMID = re.compile(r"(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/(\d{1,8})\b")
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")


def item_from_row(row: Mapping[str, object]) -> Item:
    """The item that `row` describes: a line of corpus/items.jsonl, or of a file in matching/.

    Read are `id`, `title`, `excerpt` (else `abstract`, else `body`; 600 characters), `webUrl`
    or `url` (else `sourceUrl`, `originalUrl`), `images`, `provider` or `source`, `publishedDateTime` (else `year`),
    `doi`, `pmid`, `authors`, `journal`, `volume`, `number` or `issue`, `pages`, `topics`, `type`. What else the
    row says is its labels, and is not read. A row without an id gets one from its text.
    """
    url = _text(row, "webUrl", "url", "sourceUrl", "originalUrl")
    url = url if "://" in url else ""  # databases put their accession number there
    published, basis, precision = _published(row)
    title = _text(row, "title")
    excerpt = _text(row, "excerpt", "abstract", "body")
    ident = _text(row, "id") or sha256(f"{title}\n{url}\n{excerpt}".encode()).hexdigest()[:16]
    kind = _text(row, "type")
    return Item(
        id=ident,
        source_id="evaluation",
        key=ident,
        aliases=(ident,),
        title=title,
        excerpt=excerpt[:EXCERPT],
        url=url,
        original_url=url,
        amp_url=_text(row, "ampWebUrl", "ampUrl"),
        cdn_amp_url=_text(row, "cdnAmpWebUrl", "cdnAmpUrl"),
        type=kind if kind in ("article", "video", "podcast") else "article",
        published=published,
        basis=basis,
        precision=precision,
        first_seen=published,
        language=_text(row, "language"),
        provider=_provider(row, url),
        authors=_people(row.get("authors") or row.get("author")),
        identifiers=_identifiers(row, url),
        images=_images(row.get("images")),
        publication=_publication(row, kind),
        tags=_list(row.get("topics")),
        section=_text(row, "section"),
    )


def _text(row: Mapping[str, object], *names: str) -> str:
    """The first of the fields `names` that holds something, as text."""
    for name in names:
        value = row.get(name)
        if value is not None and str(value).strip():
            return str(value).strip()
    return ""


def _list(value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in re.split(r"\s+and\s+|;", value) if part.strip())
    return tuple(str(part).strip() for part in value if part) if isinstance(value, list | tuple) else ()


def _people(value: object) -> tuple[str, ...]:
    """Names from "Kim, J and Han, SS", "Kim, J; Han, SS", "Kim J, Han SS" or a list."""
    found = _list(value)
    return people.authors(found) if len(found) == 1 else found


def _images(value: object) -> tuple[Image, ...]:
    listed = value if isinstance(value, list | tuple) else ()
    return tuple(Image(url=str(i["url"])) for i in listed if isinstance(i, Mapping) and i.get("url"))


def _published(row: Mapping[str, object]) -> tuple[datetime, Basis, Precision]:
    written = _text(row, "publishedDateTime", "published", "date")
    try:
        when = datetime.fromisoformat(written.replace(" ", "T", 1))
    except ValueError:
        year = _YEAR.search(written) or _YEAR.search(_text(row, "year"))
        if year is None:
            return _EPOCH, "first_seen", "year"
        return datetime(int(year[1]), 1, 1, tzinfo=UTC), "entry", "year"
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return when, "entry", "second" if len(written) > len("2020-01-31") else "day"


def _provider(row: Mapping[str, object], url: str) -> Provider:
    said = row.get("provider")
    name, domain = "", ""
    if isinstance(said, Mapping):
        name, domain = str(said.get("name") or ""), str(said.get("domain") or "")
    elif isinstance(said, str):
        name = said
    name = name or _text(row, "source")
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    domain = domain or host.removeprefix("www.")
    return Provider(name=name or domain, domain=domain)


def _identifiers(row: Mapping[str, object], url: str) -> tuple[Identifier, ...]:
    found: dict[str, str] = {}
    doi = _DOI.search(_text(row, "doi")) or (_DOI.search(url) if "doi.org/" in url else None)
    if doi:
        found["doi"] = doi[0].lower()
    for scheme, pattern in (("arxiv", _ARXIV), ("pmid", _PMID)):
        match = pattern.search(url)
        if match:
            found[scheme] = match[1]
    pmid = _text(row, "pmid")
    if pmid.isdecimal():
        found["pmid"] = pmid
    return tuple(Identifier(scheme=scheme, value=value) for scheme, value in found.items())


def _publication(row: Mapping[str, object], kind: str) -> Publication | None:
    parts = Publication(
        journal=_text(row, "journal", "booktitle", "container_title"),
        volume=_text(row, "volume"),
        issue=_text(row, "number", "issue"),
        pages=_text(row, "pages"),
        types=_list(row.get("publication_types")),
    )
    return parts if kind == "paper" or parts != Publication() else None
