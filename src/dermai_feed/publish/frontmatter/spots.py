"""Where a key stood that an editor took out of a file: an undo puts it back there, byte for byte."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from .nodes import Node, Scalar, Table
from .page import Page
from .schema import Path, Value


@dataclass(frozen=True, slots=True)
class Spot:
    """A gap between two keys of a mapping, and the lines that were in it."""

    after: tuple[str, ...]  # the keys above it, from the top of the mapping
    near: str  # the last of these that was still there; empty for the top
    skip: int  # characters of blank lines and comments between that and the lines
    text: str  # the key with its value, and what blank lines and comments went with it


class Raw(NamedTuple):
    """How a value, or an element of a list, was written in a file before, and where."""

    path: Path
    value: Value
    text: str  # what stood after the colon, or the lines of the element
    spot: Spot | None = None


def spot_of(before: Page, page: Page, path: Path) -> Spot | None:
    """Where the key at `path` of `before` stood, which is gone from `page`; None when that cannot be told."""
    was, now = _Lines.of(before, path), _Lines.of(page, path)
    if was is None or now is None or path[-1] not in was.names:
        return None
    index, kept = was.names.index(path[-1]), set(now.names)
    after = tuple(was.names[:index])
    near = next((name for name in reversed(after) if name in kept), "")
    first = was.names.index(near) + 1 if near else 0
    last = next((n - 1 for n in range(index + 1, len(was.names)) if was.names[n] in kept), len(was.names) - 1)
    # Keys that stood together and are all gone share what is left of the gaps between them.
    gaps = [was.above(n) for n in range(first, last + 1)] + [was.below(last)]
    every, gap = "".join(gaps), now.gap(near)
    low, high = sum(map(len, gaps[: index - first])), sum(map(len, gaps[: index - first + 1]))
    start, end = _missing(every, gap)
    above = every[max(start, low) : high] if start < high <= end else ""
    below = every[max(start, high) : end] if index == last and end > high else ""
    skip = min(start, high) + max(0, high - max(start, end))
    return Spot(after, near, skip, above + was.lines(index) + below)


def _missing(every: str, left: str) -> tuple[int, int]:
    """Which characters of `every` are not in `left`, which has its first and last lines; none otherwise."""
    heads = every.splitlines(keepends=True)
    for count in range(len(heads), -1, -1):
        head = "".join(heads[:count])
        rest = left[len(head) :]
        if left.startswith(head) and len(left) <= len(every) and every.endswith(rest):
            return len(head), len(every) - len(rest)
    return 0, 0


class _Lines:
    """One mapping of a page by its lines."""

    def __init__(self, page: Page, table: Table, top: int) -> None:
        self.text = page.text
        self.names = [name.text for name, _ in table.entries]
        self.bounds = [(_line_start(page, name), _line_end(page, node)) for name, node in table.entries]
        self.top = top  # where its first line begins
        after = (_line_start(page, name) for name, _ in page.root.entries)
        last = self.bounds[-1][1] if self.bounds else top
        self.end = page.end if table is page.root else min((at for at in after if at >= last), default=page.end)

    @classmethod
    def of(cls, page: Page, path: Path) -> _Lines | None:
        """The mapping that holds the last key of `path`, if it is written line by line."""
        if len(path) == 1:
            return cls(page, page.root, page.start)
        found = next(((name, node) for name, node in page.root.entries if name.text == path[0]), None)
        if found is None or not isinstance(found[1], Table) or found[1].flow:
            return None
        return cls(page, found[1], _line_end(page, found[0]))

    def lines(self, index: int) -> str:
        start, end = self.bounds[index]
        return self.text[start:end]

    def above(self, index: int) -> str:
        """What stands between an entry and the one before it, or the top."""
        return self.text[self.bounds[index - 1][1] if index else self.top : self.bounds[index][0]]

    def below(self, index: int) -> str:
        """What stands between an entry and the one after it, or the end."""
        return self.text[
            self.bounds[index][1] : self.bounds[index + 1][0] if index + 1 < len(self.bounds) else self.end
        ]

    def gap(self, name: str) -> str:
        """What stands between the entry `name`, or the top, and the next one."""
        if name:
            return self.below(self.names.index(name))
        return self.text[self.top : self.bounds[0][0] if self.bounds else self.end]


def _line_start(page: Page, key: Scalar) -> int:
    return page.text.rfind("\n", 0, key.start + page.start) + 1


def _line_end(page: Page, node: Node) -> int:
    return page.text.index("\n", node.end + page.start) + 1
