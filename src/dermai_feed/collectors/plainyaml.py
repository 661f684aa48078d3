"""YAML in which every scalar is the text that was written (W-15), read safely (W-16).

Built on the events of libyaml's parser instead of a loader: nothing is constructed, so no tag
can run anything, `no`, `12:30` and `2020-02-30` stay text, nesting is bounded before it costs
anything, and every mapping knows its line.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import yaml

MAX_DEPTH = 50  # W-16
MAX_REPEATED = 1_000  # nodes that aliases may add, all together (W-16)

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same parser in C, where PyYAML was built with it


class PlainYamlError(ValueError):
    """What is wrong with the YAML, and in which line (from 1)."""

    def __init__(self, what: str, line: int) -> None:
        super().__init__(what)
        self.what = what
        self.line = line


@dataclass(slots=True)
class Block:
    """A mapping: keys as written, with the line (from 1) in which it starts."""

    line: int
    values: dict[str, Node] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """The scalar under `key`, "" when it is missing or no scalar."""
        value = self.values.get(key, "")
        return value if isinstance(value, str) else ""

    def blocks(self, key: str) -> list[Block]:
        """The mappings in the list under `key`."""
        value = self.values.get(key)
        return [element for element in value if isinstance(element, Block)] if isinstance(value, list) else []

    def block(self, key: str) -> Block:
        """The mapping under `key`, an empty one when there is none."""
        value = self.values.get(key)
        return value if isinstance(value, Block) else Block(self.line)

    def texts(self, key: str) -> tuple[str, ...]:
        """The scalars in the list under `key`."""
        value = self.values.get(key)
        return tuple(element for element in value if isinstance(element, str)) if isinstance(value, list) else ()


Node = str | list["Node"] | Block


def read(text: str) -> Node:
    """The one document in `text`; a plain empty value is "".

    Raises: PlainYamlError for anything that is not plain YAML: syntax, tags, a key twice, a key
        that is no text, too deep, too many aliases, more than one document.
    """
    try:
        return _Composer(yaml.parse(text, Loader=_LOADER)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise PlainYamlError(" ".join(filter(None, (error.context, error.problem))), _line(mark)) from error
    except yaml.reader.ReaderError as error:
        where = text.find(chr(error.character)) if isinstance(error.character, int) else 0
        what = f"the character U+{ord(text[where]):04X} is not allowed; take it out"
        raise PlainYamlError(what, text.count("\n", 0, where) + 1) from error


class _Mark(Protocol):
    """A place in the text: PyYAML has two unrelated classes for it, in Python and in C."""

    line: int  # from 0


def _line(mark: _Mark | None) -> int:
    return mark.line + 1 if mark is not None else 1


class _Composer:
    """Makes nodes of events."""

    def __init__(self, events: Iterator[yaml.Event]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Node, int]] = {}  # with the number of nodes
        self._repeated = 0
        self._count = 0

    def document(self) -> Node:
        next(self._events)  # the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return ""
        node = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        if not isinstance(end := next(self._events), yaml.StreamEndEvent):
            raise PlainYamlError("more than one YAML document", _line(end.start_mark))
        return node

    def _node(self, event: yaml.Event, depth: int) -> Node:
        line = _line(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event.anchor or "", line)
        assert isinstance(event, yaml.NodeEvent)
        if depth > MAX_DEPTH:
            raise PlainYamlError(f"nested deeper than {MAX_DEPTH} levels", line)
        if getattr(event, "tag", None) is not None:
            raise PlainYamlError(f"the tag {event.tag} is not allowed; leave it out", line)  # type: ignore[attr-defined]
        before = self._count
        self._count += 1
        node: Node
        if isinstance(event, yaml.ScalarEvent):
            node = str(event.value)
        elif isinstance(event, yaml.SequenceStartEvent):
            node = []
            while not isinstance(element := next(self._events), yaml.SequenceEndEvent):
                node.append(self._node(element, depth + 1))
        else:
            node = self._mapping(line, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node, self._count - before
        return node

    def _alias(self, anchor: str, line: int) -> Node:
        """The node that `anchor` names. An anchor is known only after its node: there are no circles."""
        if anchor not in self._anchors:
            raise PlainYamlError(f"*{anchor} stands for nothing that was named before it", line)
        node, size = self._anchors[anchor]
        self._repeated += size
        self._count += size
        if self._repeated > MAX_REPEATED:
            raise PlainYamlError(f"aliases repeat more than {MAX_REPEATED} nodes", line)
        return node

    def _mapping(self, line: int, depth: int) -> Block:
        block = Block(line)
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            here = _line(event.start_mark)
            key = self._node(event, depth + 1)
            if not isinstance(key, str):
                raise PlainYamlError("a key that is not text", here)
            if key in block.values:
                raise PlainYamlError(f"the key {key!r} stands here for the second time; keep one", here)
            block.values[key] = self._node(next(self._events), depth + 1)
        return block
