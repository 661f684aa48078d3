"""Files in the seed schema: YAML between two fences becomes an entry, and one for each that it lists.

Two generations of the schema exist: `webUrl`, `ampWebUrl`, `originalUrl`, and the older
`sourceUrl`, `ampUrl`. Videos have an `originalUrl` and `featuredContent` instead of a `webUrl`.
The text between the fences is kept as it is, for writing the file back.
"""

from __future__ import annotations

import re

from ..model import Entry, Identifier, Image, Parsed, Problem
from . import parts
from .markup import size
from .plainyaml import Block, PlainYamlError, read

_FENCE = re.compile(r"---[ \t]*\r?\n")
_CLOSING = re.compile(r"^(?:---|\.\.\.)[ \t]*\r?$", re.MULTILINE)
_EMBEDDED = re.compile(r"\bsrc\s*=\s*[\"']([^\"']{1,2000})[\"']", re.IGNORECASE)
_YOUTUBE = re.compile(r"youtube(?:-nocookie)?\.com/embed/([\w\-]{11})\b")


def has_front_matter(text: str) -> bool:
    """Whether `text` starts with a fence."""
    return _FENCE.match(text) is not None


def parse(text: str, *, name: str, source_id: str) -> Parsed:
    """The entries of the file `name`, whose front matter may be broken: then that is the one problem.

    Args:
        text: the whole file, without byte order mark.
        name: the file's name, for messages and `where`.
        source_id: for the entries.
    """
    opening = _FENCE.match(text)
    assert opening is not None  # has_front_matter was asked
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        return _broken(name, 1, "the front matter has no closing ---")
    front_matter = text[opening.end() : closing.start()]
    try:
        fields = read(front_matter)
    except PlainYamlError as error:
        return _broken(name, error.line + 1, error.what)
    if not isinstance(fields, Block):
        return _broken(name, 2, "the front matter is not a list of `key: value` lines")
    entry = _entry(fields, name=name, line=1, source_id=source_id, listed_by=None, front_matter=front_matter)
    if not entry.title and not entry.link:
        return _broken(name, 2, "the front matter names neither a title nor an address (webUrl, originalUrl)")
    entries = [entry]
    problems: list[Problem] = []
    for related in fields.blocks("related"):
        line = related.line + 1  # the fence is a line too
        other = _entry(related, name=name, line=line, source_id=source_id, listed_by=entry.guid, front_matter=None)
        if not other.link:
            problems.append(_problem(name, line, "this related entry has no webUrl"))
        elif other.link != entry.link:  # some files list themselves
            entries.append(other)
    return Parsed(entries=tuple(entries), problems=tuple(problems), title=entry.title)


def _broken(name: str, line: int, what: str) -> Parsed:
    return Parsed(problems=(_problem(name, line, what),))


def _problem(name: str, line: int, what: str) -> Problem:
    return Problem(where=f"{name}:{line}", what=what, kind="file", hint="mend the file; the others were read")


def _entry(
    fields: Block, *, name: str, line: int, source_id: str, listed_by: str | None, front_matter: str | None
) -> Entry:
    addresses = [url for key in ("webUrl", "originalUrl", "sourceUrl") if (url := fields.text(key).strip())]
    link = addresses[0] if addresses else None
    featured = fields.text("featuredContent")
    embedded = _EMBEDDED.findall(featured)
    videos = [match[1] for address in embedded if (match := _YOUTUBE.search(address))]
    provider = fields.block("provider")
    return Entry(
        source_id=source_id,
        title=fields.text("title"),
        guid=link,  # the address, so that a renamed file is the same entry
        link=link,
        summary=fields.text("excerpt"),
        content=featured,
        published=fields.text("publishedDateTime") or None,
        tags=fields.texts("topics"),
        type=fields.text("type") or "article",
        amp_link=fields.text("ampWebUrl") or fields.text("ampUrl") or None,
        provider_name=provider.text("name"),
        provider_domain=provider.text("domain"),
        identifiers=tuple(Identifier(scheme="youtube", value=video) for video in videos),
        links=parts.unique(address for address in (*addresses, *embedded) if address != link),
        images=tuple(_image(image) for image in fields.blocks("images") if image.text("url")),
        listed_by=listed_by,
        front_matter=front_matter,
        where=f"{name}:{line}",
    )


def _image(image: Block) -> Image:
    cached = image.text("isCached").lower()
    return Image(
        url=image.text("url"),
        width=size(image.text("width")),
        height=size(image.text("height")),
        title=image.text("title") or None,
        cached={"true": True, "false": False}.get(cached),
    )
