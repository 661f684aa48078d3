"""What an importer is: the values that importers find, and the type that they have in common.

An importer reads the bytes of one file and yields what it finds, in the order of the file. It
never raises for a record: what is wrong with one is a `Problem` that names it, and the next is
read. `Unreadable` is for a file of which nothing can be made.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeAlias

from ..collectors.encoding import Decoded, decode
from ..model import Entry, Identifier, Problem, Term

# What zipfile raises for an archive, or a member of one, whose bytes are wrong somewhere.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, KeyError, OSError, NotImplementedError, EOFError, RuntimeError,
    OverflowError, ValueError,
)  # fmt: skip


def utf16(body: bytes) -> str:
    """The codec of UTF-16 without a mark: of text in a Latin script every second byte is NUL; "" for what is none."""
    head = body[:4096]
    if head.count(0) * 3 < len(head) or head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return ""
    left, right = head[::2].count(0), head[1::2].count(0)
    return "utf-16-le" if left * 20 < right else "utf-16-be" if right * 20 < left else ""


@dataclass(frozen=True, kw_only=True)
class Document:
    """One file as it came, or one member of an archive."""

    name: str  # for messages: "library.ris", "export.zip/library.ris"
    body: bytes
    source_id: str = "import"  # for the entries
    columns: Mapping[str, str] = field(default_factory=dict)  # of a table: our field -> its column (--map)
    url: str = ""  # where a page came from, "" for a file
    allow_hosts: tuple[str, ...] = ()  # "host:port" that may be private (H2)

    @cached_property
    def decoded(self) -> Decoded:
        """The text, and what was wrong with its encoding. NUL stands for nothing in any format read here."""
        found = Decoded(self.body.decode(codec, "replace")) if (codec := utf16(self.body)) else decode(self.body)
        return Decoded(found.text.replace("\0", ""), found.complaint) if "\0" in found.text else found

    @cached_property
    def text(self) -> str:
        """The text without byte order mark, every line ended by a newline alone."""
        text = self.decoded.text
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def at(self, record: int | str, line: int | None = None) -> str:
        """How a message names a record: "library.ris: record 12 (line 345)"."""
        place = f"{self.name}: record {record}"
        return f"{place} (line {line})" if line is not None else place


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscription:
    """A feed that a list of feeds names: a source to be."""

    url: str
    title: str = ""
    homepage: str = ""
    topics: tuple[str, ...] = ()  # the folders around it, the outermost first
    kind: str = "rss"
    where: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A registered name without anything beside it: a collector is asked what it stands for."""

    identifier: Identifier
    where: str = ""
    section: str = ""  # heading it stands under


@dataclass(frozen=True, kw_only=True, slots=True)
class Columns:
    """How the columns of a table were understood, to be shown before it is used."""

    taken: tuple[tuple[str, str], ...]  # our field, its column
    ignored: tuple[str, ...] = ()
    where: str = ""


Found: TypeAlias = Entry | Subscription | Wanted | Columns | Problem | Term


class Unreadable(ValueError):
    """Nothing can be made of the file; the message says what came instead, or what is missing."""


class Importer(Protocol):
    """One kind of file."""

    def __call__(self, document: Document, /) -> Iterator[Found]:
        """What `document` holds, in its order. Raises: Unreadable."""
        ...
