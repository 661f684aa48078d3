"""Documents from disk or standard input, as `parse` and `normalize` take them.

A document is read in a child process within the usual limits. One layer of gzip, zlib or bare
deflate is taken off first, never to more than a fetched document may have.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..collectors import ChildParser
from ..collectors.guess import guess
from ..errors import ParseFailed
from ..fetch.failures import Refusal
from ..fetch.inflate import GzipBody
from ..model import Entry, FetchSettings, Parsed, ParseLimits, Problem
from ..normalize import dates

_LIMIT = FetchSettings().max_body  # bytes
_GZIP = b"\x1f\x8b"
_BEFORE_MARKUP = b"\xef\xbb\xbf\xfe\xff\0 \t\r\n"  # byte order marks, the zeros of UTF-16 and UTF-32, white space


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """One document: what it was read as, and what came out; `error` when nothing could."""

    file: str
    kind: str
    parsed: Parsed = field(default_factory=Parsed)
    error: str | None = None

    @property
    def source_id(self) -> str:
        """A name for what the document says, where no source has one."""
        return Path(self.file).stem if self.file != "-" else "stdin"


def read(files: Iterable[str], kind: str | None, base: str) -> Iterator[Document]:
    """The documents in `files` ("-" is standard input), read as `kind` or as what each looks like.

    `base` is the address that relative ones are resolved against. What was understood and holds
    nothing that could be an item has no entries and a Problem, and is no error.
    """
    with ChildParser(ParseLimits()) as parser:
        for file in files:
            name = Path(file).name.removesuffix(".gz") if file != "-" else "stdin"
            found = Document(file=file, kind=kind or "")
            try:
                body = unpacked(sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes())
                found = Document(file=file, kind=kind or guess(body, name))
                parsed = parser(found.kind, body, "", base or name, found.source_id)
                yield Document(file=file, kind=found.kind, parsed=parsed)
            except OSError as error:
                yield Document(file=file, kind=found.kind, error=error.strerror or str(error))
            except Refusal as refused:
                yield Document(file=file, kind=found.kind, error=f"{refused.failure}: {refused.what}")
            except ParseFailed as failed:
                if failed.failure != "no_records":
                    yield Document(file=file, kind=found.kind, error=f"{failed.failure}: {failed.text}")
                    continue
                nothing = Problem(where=file, what=failed.text, kind="file", hint="there is nothing to read in it")
                yield Document(file=file, kind=found.kind, parsed=Parsed(problems=(nothing,)))


def unpacked(body: bytes) -> bytes:
    """`body` without one layer of compression; as it is when it has none.

    Raises: Refusal `too_large`, `truncated` or `bad_coding`.
    """
    if body.startswith(_GZIP):
        gzip = GzipBody(_LIMIT)
        gzip.feed(body)
        return gzip.end()
    if not _is_text(body):
        for window in (zlib.MAX_WBITS, -zlib.MAX_WBITS):  # zlib's form, and deflate without a header
            inflate = zlib.decompressobj(window)
            try:
                text = inflate.decompress(body, _LIMIT)
            except zlib.error:
                continue
            if inflate.eof and not inflate.unused_data and _is_text(text):
                return text
    return body


def _is_text(body: bytes) -> bool:
    """Whether `body` begins as markup or JSON, in any encoding."""
    return body[:64].lstrip(_BEFORE_MARKUP)[:1] in (b"<", b"{", b"[")


def line(document: Document) -> dict[str, Any]:
    """`document` as `parse --json` prints it (docs/tools.md)."""
    return {
        "file": document.file,
        "kind": document.kind,
        "ok": document.error is None,
        "error": document.error,
        "complete": document.parsed.complete,
        "dropped": document.parsed.dropped,
        "problems": [f"{problem.where}: {problem.what}" for problem in document.parsed.problems],
        "entries": [_entry(entry) for entry in document.parsed.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.guid,
        "title": entry.title,
        "link": entry.link,
        "published": entry.published,
        "updated": entry.updated,
        "summary": entry.summary or entry.content,
        "authors": entry.authors,
        "identifiers": [str(identifier) for identifier in entry.identifiers],
        "enclosures": [enclosure.url for enclosure in entry.enclosures],
        "published_at": _moment(entry.published),
        "updated_at": _moment(entry.updated),
        "type": entry.type,
        "language": entry.language,
        "tags": entry.tags,
        "images": [image.url for image in entry.images],
    }


def _moment(text: str | None) -> str | None:
    """A date as written in UTC, as far as it goes: 2024, 2024-03, 2024-03-05, 2024-03-05T10:00:00Z."""
    found = dates.parse(text or "")
    if found is None:
        return None
    when, precision = found
    return f"{when:%Y-%m-%dT%H:%M:%S}Z"[: {"year": 4, "month": 7, "day": 10, "second": 20}[precision]]
