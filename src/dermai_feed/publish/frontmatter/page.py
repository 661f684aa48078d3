"""Reading a file: the front matter as fields, and where each of them stands in the text.

Nothing is repaired and nothing guessed. What cannot be read for certain raises `PageError`,
because a reader that shrugs makes a writer that erases (M-19, W-06).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import frontmatter
from frontmatter.default_handlers import YAMLHandler

from . import schema
from .emitting import block
from .nodes import Alias, Listing, Node, PageError, Scalar, Table, compose
from .schema import Fields, Value

MAX_BYTES = 256 * 1024  # W-06, W-16

_OPENING = re.compile(r"\ufeff?---[ \t]*\r?\n")
_CLOSING = re.compile(r"^---[ \t]*\r?$", re.MULTILINE)
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |\r?$)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A file in the seed schema, read: `text` is the whole of it, byte for byte."""

    path: str  # relative to the corpus, for messages; empty when it has none
    text: str
    fields: Fields
    root: Table  # offsets count from `start`
    start: int  # of the front matter in `text`, in characters
    end: int  # of the front matter: where the closing fence begins
    faults: tuple[tuple[str, str], ...] = ()  # key, what is wrong: read, but not to be written

    @property
    def body(self) -> str:
        """Everything after the closing fence and its line end."""
        return _split(self.text)[1]

    @property
    def newline(self) -> str:
        """The line end that most lines have."""
        pairs = self.text.count("\r\n")
        return "\r\n" if 2 * pairs > self.text.count("\n") else "\n"

    @property
    def bom(self) -> bool:
        """Whether the file begins with a byte order mark, which stays."""
        return self.text.startswith("\ufeff")

    @property
    def published(self) -> bool:
        """Whether an editor let it out; everything but a clear yes is no (W-14)."""
        return self.fields.get("published") is True

    @property
    def at(self) -> datetime | None:
        """`publishedDateTime` in UTC, or None when it is missing or no date."""
        value = self.fields.get("publishedDateTime", "")
        try:
            return schema.instant(value) if isinstance(value, str) else None
        except (ValueError, OverflowError):
            return None

    @property
    def own(self) -> Fields:
        """The `dermai` block, empty when there is none."""
        value = self.fields.get("dermai")
        return value if isinstance(value, dict) else {}

    @property
    def story(self) -> str:
        """The id of the story that the file tells, empty in a file that we never wrote."""
        value = self.own.get("id", "")
        return value if isinstance(value, str) else ""

    @property
    def urls(self) -> tuple[str, ...]:
        """The addresses by which a file without id is known (W-10): webUrl, originalUrl."""
        found = (self.fields.get(key) for key in ("webUrl", "originalUrl"))
        return tuple(dict.fromkeys(url for url in found if isinstance(url, str) and url))


class NewsHandler(YAMLHandler):
    """The seed schema for python-frontmatter, which by itself keeps no byte of it (M-18, M-19)."""

    def split(self, text: str) -> tuple[str, str]:
        """Front matter and body; the body keeps its blank lines. Raises: PageError."""
        return _split(text)

    def load(self, fm: str, **_: object) -> dict[str, Value]:
        """The fields of a front matter. Raises: PageError."""
        return dict(_fields(_table(fm)))

    def export(self, metadata: dict[str, Any], **_: object) -> str:
        """The fields as the seeds write them, without fences."""
        return block(metadata)

    def format(self, post: Any, **_: object) -> str:
        """The whole file: fence, fields, fence, a blank line, body."""
        return f"---\n{self.export(post.metadata)}---\n\n{post.content}"


def emit(fields: Fields) -> str:
    """A new file with `fields` in the seeds' layout (SCHEMA §1): order, quoting, blank lines, no body (W-13)."""
    post = frontmatter.Post("", NewsHandler())
    # Not as keyword arguments: a key may be called anything.
    post.metadata.update({key: schema.settled(value, key) for key, value in fields.items()})
    return frontmatter.dumps(post)


def read(source: str | bytes, path: str = "") -> Page:
    """The file `source`, of which `path` is the name for messages.

    Raises: PageError with line and column for everything that W-06 and W-16 name: no or
    unclosed front matter, merge markers, tabs, keys there twice, a front matter that is no
    mapping, bytes that are not UTF-8, more than 256 kB, tags, depth, aliases.
    """
    try:
        text = _decode(source)
        start, end = _fences(text)
        _refuse_conflict(text)
        root = _table(text[start:end])
        fields = _fields(root)
    except PageError as error:
        raise PageError(error.line, error.column, error.what, path) from error
    return Page(
        path=path, text=text, fields=fields, root=root, start=start, end=end, faults=schema.faults(fields)
    )  # fmt: skip


def fenced(front_matter: str) -> str:
    """A file without body around the text between its fences, as the seeds end one."""
    end = "\r\n" if "\r\n" in front_matter else "\n"
    last = "" if front_matter.endswith("\n") else end
    return f"---{end}{front_matter}{last}---{end}{end}"


def _decode(source: str | bytes) -> str:
    size = len(source) if isinstance(source, bytes) else len(source.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise PageError(0, 0, f"{size:,} bytes; a story file has at most {MAX_BYTES:,}")
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        column = error.start - (source.rfind(b"\n", 0, error.start) + 1) + 1
        raise PageError(line, column, "not UTF-8; save it as UTF-8") from error


def _fences(text: str) -> tuple[int, int]:
    opening = _OPENING.match(text)
    if opening is None:
        raise PageError(1, 1, "no front matter: the first line must be ---")
    closing = _CLOSING.search(text, opening.end())
    if closing is None:
        raise PageError(text.count("\n") + 1, 1, "the front matter is not closed: a line with --- is missing")
    return opening.end(), closing.start()


def _split(text: str) -> tuple[str, str]:
    start, end = _fences(text)
    after = text.find("\n", end)
    return text[start:end], text[after + 1 :] if after >= 0 else ""


def _refuse_conflict(text: str) -> None:
    marker = _CONFLICT.search(text)
    if marker is not None:
        line = text.count("\n", 0, marker.start()) + 1
        raise PageError(line, 1, "a merge conflict is not resolved: choose a side and remove the markers")


def _table(front_matter: str) -> Table:
    """The tree of `front_matter`; lines count from the fence above it."""
    try:
        root = compose(front_matter)
    except PageError as error:
        raise PageError(error.line + 1, error.column, error.what) from error
    if root is None:
        raise PageError(2, 1, "the front matter is empty")
    if not isinstance(root, Table) or root.flow:
        raise PageError(2, 1, "the front matter must be keys with values, one per line")
    return root


def _fields(root: Table) -> Fields:
    return {key.text: value_of(node, key.text) for key, node in root.entries}


def value_of(node: Node, key: str, within: str = "") -> Value:
    """The value of `node`: text, or what the schema makes of plain text under `key`."""
    if isinstance(node, Alias):
        return value_of(node.target, key, within)
    if isinstance(node, Scalar):
        return schema.typed(key, node.text, within=within)
    if isinstance(node, Listing):
        return tuple(value_of(item, "", key) for item in node.items)
    inner = schema.around(key, within)
    return {name.text: value_of(child, name.text, inner) for name, child in node.entries}
