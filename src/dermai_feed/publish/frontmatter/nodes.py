"""YAML as a tree that knows where in the text each value stands.

Built from libyaml's events, so that no type is ever guessed (W-15), no tag acted on and
every limit holds while reading, not afterwards (W-16: depth 50, 1,000 nodes by aliases).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias, Union

import yaml

from ...errors import DermaiError

MAX_DEPTH = 50
MAX_ALIASED = 1_000  # nodes that aliases stand for


class PageError(DermaiError):
    """A file that cannot be read, or not be changed safely; it is left alone (W-06).

    `line` and `column` count from 1; 0 when the fault has no place.
    """

    exit_code = 6

    def __init__(self, line: int, column: int, what: str, path: str = "") -> None:
        self.line = line
        self.column = column
        self.what = what
        self.path = path
        place = ":".join(str(part) for part in (path, line, column) if part)
        super().__init__(f"{place}: {what}" if place else what)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One piece of text; `style` is empty for plain ones, else the character that opens it."""

    start: int
    end: int
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A sequence; `column` counts from 0."""

    start: int
    end: int
    column: int
    flow: bool
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with its entries in the order of the text; `column` counts from 0."""

    start: int
    end: int
    column: int
    flow: bool
    entries: tuple[tuple[Scalar, Node], ...]


@dataclass(frozen=True, slots=True)
class Alias:
    """`*name`: another node once more."""

    start: int
    end: int
    target: Scalar | Listing | Table


Node: TypeAlias = Union["Scalar", "Listing", "Table", "Alias"]


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet."""

    event: Any
    children: list[Node]
    size: int = 1


def compose(text: str) -> Node | None:
    """The tree of one YAML document, with offsets in characters of `text`; None when it is empty.

    Raises: PageError with lines and columns counted in `text`.
    """
    try:
        return _Composer(text).run()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if mark is not None and error.context_mark is not None and mark.index >= len(text.rstrip()):
            mark = error.context_mark  # something was opened and never closed: where, helps more
        line, column = (mark.line, mark.column) if mark else (0, 0)
        raise _at(line, column, _words(text, line, column, error)) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        what = f"character U+{ord(text[error.position]):04X} is not allowed in YAML; remove it"
        raise _at(before.count("\n"), len(before) - before.rfind("\n") - 1, what) from error


def _at(line: int, column: int, what: str) -> PageError:
    return PageError(line + 1, column + 1, what)


def _words(text: str, line: int, column: int, error: yaml.MarkedYAMLError) -> str:
    lines = text.split("\n")
    if line < len(lines) and "\t" in lines[line][: column + 1]:
        return "a tab cannot indent YAML; use spaces"
    return f"not YAML: {error.problem or error.context}"


class _Composer:
    """Puts events together; its stack is a list, so depth costs no recursion."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Scalar | Listing | Table, int]] = {}
        self.aliased = 0
        self.root: Node | None = None
        self.documents = 0

    def run(self) -> Node | None:
        next_event = yaml.CSafeLoader(self.text).get_event
        while (event := next_event()) is not None:
            self._take(event)
        return self.root

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):  # first: nine of ten events are scalars
            self._refuse_tag(event)
            self._add(self._scalar(event), 1, event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._refuse_tag(event)
            if len(self.stack) >= MAX_DEPTH:
                raise _mark(event, f"nested deeper than {MAX_DEPTH} levels")
            self.stack.append(_Open(event, []))
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise _mark(event, "a second YAML document; the front matter must be one")

    def _scalar(self, event: Any) -> Scalar:
        start, end = event.start_mark.index, event.end_mark.index
        if event.style in {"|", ">"}:  # libyaml ends these where the next thing begins
            end = start + len(self.text[start:end].rstrip())
        return Scalar(start, end, event.value, event.style or "")

    @staticmethod
    def _refuse_tag(event: Any) -> None:
        if event.tag is not None and event.tag != "!":
            raise _mark(event, f"the YAML tag {event.tag} is not read here; remove it")

    def _close(self, event: Any) -> None:
        done = self.stack.pop()
        start, children = done.event.start_mark, done.children
        flow = bool(done.event.flow_style)
        end = event.end_mark.index if flow or not children else children[-1].end
        node: Listing | Table
        if isinstance(done.event, yaml.SequenceStartEvent):
            node = Listing(start.index, end, start.column, flow, tuple(children))
        else:
            node = Table(start.index, end, start.column, flow, self._entries(done))
        self._add(node, done.size, done.event.anchor)

    def _entries(self, done: _Open) -> tuple[tuple[Scalar, Node], ...]:
        entries: dict[str, tuple[Scalar, Node]] = {}
        pairs = iter(done.children)
        for key, value in zip(pairs, pairs, strict=True):
            if not isinstance(key, Scalar):
                raise self._place(key.start, "a key must be plain text")
            if key.text in entries:
                raise self._place(key.start, f"the key {key.text!r} is there twice; keep one of them")
            entries[key.text] = (key, value)
        return tuple(entries.values())

    def _alias(self, event: Any) -> None:
        known = self.anchors.get(event.anchor)
        if known is None:
            raise _mark(event, f"*{event.anchor} refers to itself or to nothing")
        target, size = known
        self.aliased += size
        if self.aliased > MAX_ALIASED:
            raise _mark(event, f"aliases stand for more than {MAX_ALIASED:,} values")
        self._add(Alias(event.start_mark.index, event.end_mark.index, target), size, None)

    def _add(self, node: Node, size: int, anchor: str | None) -> None:
        if anchor is not None and not isinstance(node, Alias):
            self.anchors[anchor] = (node, size)
        if self.stack:
            self.stack[-1].children.append(node)
            self.stack[-1].size += size
        else:
            self.root = node

    def _place(self, index: int, what: str) -> PageError:
        before = self.text[:index]
        return _at(before.count("\n"), len(before) - before.rfind("\n") - 1, what)


def _mark(event: Any, what: str) -> PageError:
    return _at(event.start_mark.line, event.start_mark.column, what)
