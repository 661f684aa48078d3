"""Changing single fields of a file in place; every byte outside their spans stays (W-03, W-05).

Comments, key order, quoting, blank lines, CRLF, a missing last line end and `secured`
survive because they are never read and written again, only stepped over. A comment in what
goes stays behind on a line of its own: where a key was, at the end of a list. The result is
read once more and compared with what was wanted before anybody may write it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from . import comments, schema
from .emitting import after_colon, element, entry, in_style, plain_or_quoted
from .nodes import Listing, Node, PageError, Scalar, Table
from .page import Page, read, value_of
from .schema import Fields, Path, Value
from .spots import Raw, Spot

Changes = Mapping[Path, Value | None]
Raws: TypeAlias = Sequence[Raw]
"""How values and elements were written in a file before; see `raw_of`."""


@dataclass(frozen=True, slots=True, order=True)
class _Edit:
    """Characters `start` to `end` of the file become `text`."""

    start: int
    end: int
    top: bool  # of two insertions at one place the deeper one comes first
    text: str


def splice(page: Page, changes: Changes, raws: Raws = ()) -> str:
    """The text of `page` after `changes`: a new value for a path, or None to remove its key.

    A path is a key at the top or a key of `provider` or `dermai`. A missing key goes where
    the seeds have it, with the blank line that its block wants. Of a changed list the
    elements that stay keep their own text. A value, or a new element, that `raws` knows is
    written as it stands there.

    Raises: PageError when the file is written in a way that cannot be changed without
    changing something else (an anchor that other values use, for instance).
    """
    settled = {path: None if new is None else schema.settled(new, path[-1]) for path, new in changes.items()}
    wanted = {path: value for path, value in settled.items() if _current(page.fields, path) != value}
    if not wanted:
        return page.text
    try:
        return _checked(page, _spliced(page, wanted, raws, within=True), wanted)
    except PageError:  # written in a way that can be replaced as a whole only
        return _checked(page, _spliced(page, wanted, raws, within=False), wanted)


def _spliced(page: Page, wanted: Changes, raws: Raws, *, within: bool) -> str:
    """The text of `page` with `wanted`; `within` also looks for what stays inside of elements and mappings."""
    top, nested = _sorted_out(page, wanted)
    source = _Source(page, raws, within=within)
    edits = source.edits(page.root, top, schema.TOP, ())
    for key, inner in nested.items():
        table = _child(page.root, key)
        assert isinstance(table, Table)
        edits += source.edits(table, inner, schema.NESTED[key], (key,))
    edits = source.keeping_comments(edits)
    return _applied(page.text, edits)


def _applied(text: str, edits: Sequence[_Edit], start: int = 0) -> str:
    """`text`, which begins at `start` of its file, after `edits`."""
    for edit in sorted(edits, reverse=True):  # from the end, so that the places before stay true
        text = text[: edit.start - start] + edit.text + text[edit.end - start :]
    return text


def applied(fields: Fields, changes: Changes) -> dict[str, Value]:
    """`fields` after `changes`, as values; a mapping that loses its last key goes with it."""
    result = dict(fields)
    for path, value in changes.items():
        if len(path) == 1:
            _put(result, path[0], value)
            continue
        held = result.get(path[0], {})
        inner = dict(held) if isinstance(held, Mapping) else {}
        _put(inner, path[1], value)
        _put(result, path[0], inner or None)
    return result


def raw_of(page: Page, path: Path, index: int | None = None) -> str:
    """How the value at `path` is written: what stands after its colon; with `index` the lines of that element.

    Empty where there is no such value, or it is written inside brackets.
    """
    table: Table = page.root
    for key in path[:-1]:
        inner = _child(table, key)
        if not isinstance(inner, Table) or inner.flow:
            return ""
        table = inner
    found = next(((name, node) for name, node in table.entries if name.text == path[-1]), None)
    if found is None:
        return ""
    name, node = found
    if index is None:
        colon = page.text.index(":", name.end + page.start) + 1
        return page.text[colon : max(colon, node.end + page.start)]
    if not isinstance(node, Listing) or node.flow or index >= len(node.items):
        return ""
    start, end = _Source(page).bounds(node)[index]
    return page.text[start:end]


def _put(into: dict[str, Value], key: str, value: Value | None) -> None:
    if value is None:
        into.pop(key, None)
    else:
        into[key] = value


def _current(fields: Fields, path: Path) -> Value | None:
    value: Value | None = fields
    for key in path:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _child(table: Table, key: str) -> Node | None:
    return next((node for name, node in table.entries if name.text == key), None)


def _sorted_out(page: Page, changes: Changes) -> tuple[dict[str, Value | None], dict[str, dict[str, Value | None]]]:
    """The changes of whole keys, and those inside a mapping that can take them line by line."""
    after = applied(page.fields, changes)
    top: dict[str, Value | None] = {}
    nested: dict[str, dict[str, Value | None]] = {}
    for path, value in changes.items():
        key = path[0]
        node = _child(page.root, key)
        inner = after.get(key)
        if len(path) == 1 or not isinstance(node, Table) or node.flow or inner is None:
            if isinstance(inner, Mapping) and key in schema.NESTED:
                inner = {name: inner[name] for name in schema.ordered(inner, schema.NESTED[key])}
            top[key] = inner
        else:
            nested.setdefault(key, {})[path[1]] = value
    return top, {key: inner for key, inner in nested.items() if key not in top}


def _checked(page: Page, text: str, changes: Changes) -> str:
    try:
        result = read(text, page.path)
    except PageError as error:
        raise _unsafe(page, changes) from error
    if result.fields != applied(page.fields, changes):
        raise _unsafe(page, changes)
    return text


def _unsafe(page: Page, changes: Changes) -> PageError:
    keys = ", ".join(sorted(".".join(path) for path in changes))
    what = f"cannot change {keys} without touching more than that; write these keys as the other files do"
    return PageError(0, 0, what, page.path)


def _is_one(old: Value, new: Value) -> bool:
    """Whether two mappings are about one thing, by what tells elements apart."""
    if not isinstance(old, Mapping) or not isinstance(new, Mapping):
        return False
    name = next((name for name in schema.IDENTIFYING if name in new), None)
    return name is not None and old.get(name) == new[name]


def _is_block(key: str, order: tuple[str, ...]) -> bool:
    return order is schema.TOP and key in schema.BLOCKS


class _Source:
    """The text of one page, and where its lines and entries begin and end."""

    def __init__(self, page: Page, raws: Raws = (), *, within: bool = True) -> None:
        self.raws = raws
        self.within = within
        self.root = page.root
        self.end = page.end
        self.text = page.text
        self.offset = page.start
        self.newline = page.newline

    def edits(
        self, table: Table, changes: Mapping[str, Value | None], order: tuple[str, ...], prefix: Path
    ) -> list[_Edit]:
        """What makes `table`, which stands at `prefix`, hold `changes`."""
        found: list[_Edit] = []
        top = order is schema.TOP
        added: dict[int, str] = {}
        nodes = {key.text: (key, node) for key, node in table.entries}
        spots = self._spots(table, changes, prefix)
        for name in sorted(spots, key=lambda name: len(spots[name].after)):
            place, line = self._put_back(table, spots[name]), spots[name].text
            added[place] = added.get(place, "") + line
        for name in schema.ordered(changes, order):
            value = changes[name]
            if name in spots:
                continue
            if name in nodes:
                found.append(self._replaced(*nodes[name], value, table.column, order, (*prefix, name)))
            elif value is not None:
                place = self._place(table, name, order)
                first = place == table.start + self.offset
                blank = "" if first or not _is_block(name, order) else "\n"
                raw = self._raw((*prefix, name), value)
                line = self._lines(blank + entry(name, value, table.column))
                if raw is not None:
                    start = self._lines(f"{blank}{' ' * table.column}{plain_or_quoted(name)}:")
                    line = f"{start}{raw}{self.newline}"
                added[place] = added.get(place, "") + line
        return found + [_Edit(place, place, top, text) for place, text in added.items()]

    def _spots(self, table: Table, changes: Mapping[str, Value | None], prefix: Path) -> dict[str, Spot]:
        """The places of those new keys that were in the file before, with this value."""
        there = {key.text for key, _ in table.entries}
        found = {
            raw.path[-1]: raw.spot for raw in self.raws
            if raw.spot is not None and raw.path[:-1] == prefix and raw.path[-1] in changes
            and raw.value == changes[raw.path[-1]]
        }  # fmt: skip
        return {name: spot for name, spot in found.items() if name not in there}

    def _put_back(self, table: Table, spot: Spot) -> int:
        """Where a key goes that stood in this mapping before: in its gap, below those that are back already."""
        bounds = {
            key.text: (self._line_start(key.start + self.offset), self._line_end(node.end + self.offset))
            for key, node in table.entries
        }
        above = [bounds[key] for key in spot.after if key in bounds]
        place = above[-1][1] if above else self._top(table)
        if not spot.near or spot.near in bounds:
            start = bounds[spot.near][1] if spot.near else self._top(table)
            at = start + spot.skip + sum(end - low for low, end in above if low >= start)
            limit = min((low for low, _ in bounds.values() if low >= place), default=self.end)
            if place <= at <= limit and self.text[at - 1] == "\n":
                return at
        return place

    def _top(self, table: Table) -> int:
        """Where the first line of `table` begins, what stands above its first key included."""
        parent = next((key for key, node in self.root.entries if node is table), None)
        return self.offset if parent is None else self._line_end(parent.end + self.offset)

    def keeping_comments(self, edits: list[_Edit]) -> list[_Edit]:
        """`edits`, and those that leave what they would lose of comments behind."""
        places = comments.spans(self.text, self.root, self.offset, self.end)
        if not places:
            return edits
        kept = list(edits)
        for edit in edits:
            if lost := comments.lost(self.text, places, edit.start, edit.end, edit.text):
                line = self.text[self._line_start(edit.start) : edit.start]
                whole = edit.text if edit.text.strip() else self.text[edit.start : edit.end].lstrip("\r\n")
                indent = line if not line.strip() else ""
                indent = indent or whole[: len(whole) - len(whole.lstrip(" "))]
                said = "".join(f"{indent}{comment}{self.newline}" for comment in lost)
                at = edit.end if self.text[edit.end - 1] == "\n" else self._line_end(edit.end)
                kept.append(_Edit(at, at, True, said))
        return kept

    def _raw(self, path: Path, value: Value) -> str | None:
        return next((raw.text for raw in self.raws if raw.text and raw.path == path and raw.value == value), None)

    def _replaced(
        self, key: Scalar, node: Node, value: Value | None, column: int, order: tuple[str, ...], path: Path
    ) -> _Edit:
        if value is None:
            start = self._line_start(key.start + self.offset)
            if _is_block(key.text, order):
                start = self._before_blank_lines(start)
            return _Edit(start, self._line_end(node.end + self.offset), False, "")
        colon = self.text.index(":", key.end + self.offset) + 1
        if (raw := self._raw(path, value)) is not None:
            return _Edit(colon, max(colon, node.end + self.offset), False, raw)
        if isinstance(node, Scalar) and not isinstance(value, (tuple, Mapping)) and node.end > node.start:
            start, end = node.start + self.offset, node.end + self.offset
            old = value_of(node, key.text, path[-2] if len(path) > 1 else "")
            assert not isinstance(old, (tuple, Mapping))
            text = in_style(self.text[start:end], key.text, old, value, column)
            return _Edit(start, end, False, self._lines(text))
        if isinstance(node, Listing) and isinstance(value, tuple) and value and not node.flow:
            return self._relisted(node, value, key.text, path)
        if isinstance(node, Table):
            within = path[-2] if len(path) > 1 else ""
            edits = self._rekeyed(node, value_of(node, key.text, within), value, path)
            if edits:
                start, end = self._line_start(node.start + self.offset), self._line_end(node.end + self.offset)
                return _Edit(start, end, False, _applied(self.text[start:end], edits, start))
        end = max(colon, node.end + self.offset)
        return _Edit(colon, end, False, self._lines(after_colon(key.text, value, column)))

    def _relisted(self, node: Listing, value: tuple[Value, ...], key: str, path: Path) -> _Edit:
        """The lines of a list: those of elements that stay, and new ones."""
        bounds = self.bounds(node)
        old = [
            (value_of(item, "", key), item, start, end) for item, (start, end) in zip(node.items, bounds, strict=True)
        ]
        lines: dict[int, str] = {}
        for place, wanted in enumerate(value):
            if (kept := next((one for one in old if one[0] == wanted), None)) is not None:
                old.remove(kept)
                lines[place] = self.text[kept[2] : kept[3]]
        for place, wanted in enumerate(value):
            if place in lines:
                continue
            raw = self._raw(path, wanted)
            near = next((one for one in old if raw is None and _is_one(one[0], wanted)), None)
            text = None if near is None else self._within(near[1], near[0], wanted, path, near[2], near[3])
            if near is not None and text is not None:
                old.remove(near)
                raw = text
            lines[place] = self._lines(element(wanted, node.column)) if raw is None else raw
        return _Edit(bounds[0][0], bounds[-1][1], False, "".join(lines[place] for place in sorted(lines)))

    def _within(self, node: Node, old: Value, value: Value, path: Path, start: int, end: int) -> str | None:
        """The lines of an element after a change of some of its keys; None where it must be written anew."""
        edits = self._rekeyed(node, old, value, path)
        if edits is None or any(edit.start < node.start + self.offset for edit in edits):
            return None
        return _applied(self.text[start:end], edits, start)

    def _rekeyed(self, node: Node, old: Value, value: Value, path: Path) -> list[_Edit] | None:
        """What makes the mapping `node`, which says `old`, say `value`; None where that is another mapping."""
        if not self.within or not isinstance(node, Table) or node.flow or not node.entries:
            return None
        if not isinstance(old, Mapping) or not isinstance(value, Mapping) or node.entries[0][0].text not in value:
            return None
        changes = {name: value.get(name) for name in [*value, *old] if value.get(name) != old.get(name)}
        return self.edits(node, changes, tuple(value), path)

    def bounds(self, node: Listing) -> list[tuple[int, int]]:
        """Where the lines of each element begin and end; comments above an element belong to it."""
        start = self._line_start(node.start + self.offset)
        bounds = []
        for item in node.items:
            end = self._line_end(item.end + self.offset)
            bounds.append((start, end))
            start = end
        return bounds

    def _place(self, table: Table, name: str, order: tuple[str, ...]) -> int:
        """Where a new key goes: after the last entry that stands before it in the schema."""
        rank = schema.rank(name, order)
        before = [node for key, node in table.entries if schema.rank(key.text, order) < rank]
        if before:
            return self._line_end(max(node.end for node in before) + self.offset)
        return self._line_start(table.start + self.offset)

    def _lines(self, text: str) -> str:
        return text.replace("\n", self.newline)

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        return self.text.index("\n", index) + 1

    def _before_blank_lines(self, start: int) -> int:
        while start > self.offset:
            above = self._line_start(start - 1)
            if self.text[above:start].strip():
                break
            start = above
        return start
