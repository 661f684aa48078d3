"""Markdown with front matter: the seed schema and its variants, and the posts of Jekyll and Hugo.

A file in the seed schema is read as a seed is (`collectors.seedfile`). Any other front matter is a
post: `title`, `date` (or that of the file's name), `link`, `excerpt` or the first paragraph, and
`tags`; its own address where it has one. What it cites in its text are works of their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath

from ..collectors import parts, seedfile
from ..collectors.markup import plain
from ..collectors.plainyaml import Block, PlainYamlError
from ..collectors.plainyaml import read as read_yaml
from ..model import Entry, Problem
from . import references
from .citation import squeezed
from .contract import Document, Found, Unreadable

_FENCE = re.compile(r"\A---[ \t]*\r?\n")
_TOML = re.compile(r"\A\+\+\+[ \t]*\r?\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)
_SEED = re.compile(r"^(?:webUrl|originalUrl|sourceUrl|publishedDateTime|ampWebUrl)[ \t]*:", re.MULTILINE)
_NAMED = re.compile(r"(\d{4}-\d\d-\d\d)-")
_HEADING = re.compile(r"^#\s+(.+?)\s*#*\s*$", re.MULTILINE)
_LINKS = ("link", "external_url", "externalUrl", "canonical_url", "canonicalUrl", "canonical", "url", "source_url")


def has_front_matter(text: str) -> bool:
    """Whether `text` begins with a fence that is closed, or with one that only front matter has."""
    return bool(_FENCE.match(text) and (_CLOSING.search(text, 4) or _SEED.search(text[:5_000])))


def read(document: Document) -> Iterator[Found]:
    """The entry of a file with front matter, and what it lists or cites. Raises: Unreadable."""
    text = document.decoded.text.lstrip("\ufeff")  # with its own line ends: they are written back
    if "\n" not in text:
        text = text.replace("\r", "\n")  # of an old Macintosh: nothing below knows such lines
    opening = _FENCE.match(text)
    if opening is None:
        what = "TOML front matter (+++) is not read; write it as YAML (---)" if _TOML.match(text) else "no front matter"
        raise Unreadable(what)
    closing = _CLOSING.search(text, opening.end())
    head = text[opening.end() : closing.start()] if closing else text
    if closing is None or _SEED.search(head):
        parsed = seedfile.parse(text, name=document.name, source_id=document.source_id)
        yield from parsed.problems
        yield from parsed.entries
        return
    try:
        fields = read_yaml(head)
    except PlainYamlError as error:
        raise Unreadable(f"line {error.line + 1}: {error.what}") from error
    if not isinstance(fields, Block):
        raise Unreadable("line 2: the front matter is not a list of `key: value` lines")
    body = text[closing.end() :]
    yield from _post(fields, body, document)
    first = text.count("\n", 0, closing.end()) + 1
    yield from references.cited(body, document, first_line=first)


def _post(fields: Block, body: str, document: Document) -> Iterator[Found]:
    title = squeezed(fields.text("title")) or (found[1] if (found := _HEADING.search(body)) else "")
    link = next((url for key in _LINKS if parts.is_http(url := fields.text(key).strip())), None)
    if not title and not link:
        yield Problem(
            where=f"{document.name}:2", what="the front matter names neither a title nor an address", kind="file"
        )
        return
    name = PurePosixPath(document.name).name
    dated = _NAMED.match(name)
    authors = (
        *fields.texts("authors"),
        *fields.texts("author"),
        fields.text("author"),
        fields.block("author").text("name"),
    )
    tags = (*fields.texts("tags"), *fields.texts("categories"), *fields.texts("topics"), *fields.texts("keywords"))
    tags += tuple(part.strip() for key in ("tags", "categories") for part in re.split(r"[,\s]+", fields.text(key)))
    yield Entry(
        source_id=document.source_id,
        title=plain(title),
        guid=link or f"file:{re.sub(r'[.](?:md|markdown|mdown|txt)$', '', name)}",
        link=link,
        summary=plain(fields.text("excerpt") or fields.text("description") or fields.text("summary") or _first(body)),
        published=fields.text("date") or fields.text("publishDate") or (dated[1] if dated else None),
        updated=fields.text("last_modified_at") or fields.text("lastmod") or None,
        authors=parts.unique(author.strip() for author in authors if author.strip()),
        tags=parts.unique(tag for tag in tags if tag),
        language=fields.text("lang") or fields.text("language"),
        links=parts.unique(references.addresses(body)),
        where=f"{document.name}:1",
    )


def _first(body: str) -> str:
    """The first paragraph of text, without Markdown's signs."""
    for paragraph in re.split(r"\n\s*\n", body):
        stripped = paragraph.strip()
        if stripped and not stripped.startswith(("#", "!", "<", "{%", "|", "```", "- ", "* ", ">")):
            return squeezed(re.sub(r"\[([^\[\]]*)\]\([^()]*\)|[*_`]{1,3}", r"\1", stripped))
    return ""
