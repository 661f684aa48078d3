"""YAML with positions: a file as plain text values, and the line on which each stands.

Nothing is guessed (C-04, W-15): every scalar stays the text that was written, whatever
YAML 1.1 would make of it (`no`, `12:30`, `010`); the schema of the file decides later what
it means. What YAML allows and a configuration does not need is refused by name: repeated
keys (the last would win silently), aliases (four lines of them fill the memory, W-16), tags
(some construct objects), several documents in one file.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from ..errors import ConfigError
from ..model import Problem

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"
Place: TypeAlias = tuple[str | int, ...]

MOST_DEPTH = 50  # W-16; ours need five
_PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}"
    for name in ("str", "int", "float", "bool", "null", "timestamp", "value", "merge", "seq", "map")
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Yaml:
    """One file: its values as text, lists and mappings, and where each of them stands."""

    name: str  # as messages call the file
    value: dict[str, Plain]
    lines: Mapping[Place, int]  # 1-based; of a mapping's entry the line of its key
    problems: tuple[Problem, ...] = ()

    def at(self, place: Place) -> Plain:
        """The value at `place`."""
        value: Plain = self.value
        for part in place:
            value = value[part]  # type: ignore[index]  # a place of this file fits its value
        return value

    def where(self, place: Place) -> str:
        """`config/sources.yaml:12` for the value at `place`, or for what holds it."""
        while place and place not in self.lines:
            place = place[:-1]
        return f"{self.name}:{self.lines.get(place, 1)}"


def read(name: str, content: bytes) -> Yaml:
    """The file `name` with the bytes `content` as values with positions.

    Mistakes that leave the rest readable are in `problems`.
    Raises: ConfigError when it is not UTF-8, not YAML or not a mapping.
    """
    text = decode(name, content)
    root = compose(name, text)
    if root is None:
        return Yaml(name=name, value={}, lines={(): 1})
    reader = _Reader(name)
    value = reader.take(root, ())
    if not isinstance(value, dict):
        raise ConfigError([problem(f"{name}:1", "must be a mapping of keys to values", 'start with "key: value"')])
    return Yaml(name=name, value=value, lines=reader.lines, problems=tuple(reader.problems))


def problem(where: str, what: str, hint: str = "") -> Problem:
    """A mistake in the configuration."""
    return Problem(where=where, what=what, kind="config", hint=hint)


def decode(name: str, content: bytes) -> str:
    """`content` as text without a byte order mark. Raises: ConfigError when it is not UTF-8."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = content[: wrong.start].count(b"\n") + 1
        byte = content[wrong.start]
        raise ConfigError([problem(f"{name}:{line}", f"byte 0x{byte:02x} is not UTF-8", "save it as UTF-8")]) from wrong


def compose(name: str, text: str) -> yaml.Node | None:
    """The node tree of `text`, None when it is empty. Raises: ConfigError when it is not YAML."""
    try:
        _check_depth(name, text)
        return yaml.compose(text, Loader=yaml.CSafeLoader)
    except yaml.reader.ReaderError as wrong:
        line = text[: wrong.position].count("\n") + 1
        raise ConfigError([problem(f"{name}:{line}", "a control character", "remove it")]) from wrong
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        line = min(mark.line + 1, text.count("\n") + 1) if mark else 1
        raise ConfigError([problem(f"{name}:{line}", f"not YAML: {wrong.problem}", _advice(text, line))]) from wrong


def _check_depth(name: str, text: str) -> None:
    # Composing recurses in C without a limit: 100,000 brackets end the whole process. Events do not recurse.
    depth = 0
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MOST_DEPTH and event.start_mark:
            line = event.start_mark.line + 1
            raise ConfigError([problem(f"{name}:{line}", "nested too deeply", f"at most {MOST_DEPTH} levels")])


def _advice(text: str, line: int) -> str:
    lines = text.splitlines()
    if line <= len(lines) and "\t" in lines[line - 1]:
        return "indent with spaces: the line holds a tab"
    return "look at the indentation, and quote text that holds ': ' or ' #'"


class _Reader:
    """Turns nodes into values, notes their lines, and collects what is not for a configuration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def take(self, node: yaml.Node, place: Place) -> Plain:
        line = self.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self._seen:
            return self._refuse(line, place, "an alias (*name)", "write the value out again")
        self._seen.add(id(node))
        if node.tag not in _PLAIN_TAGS:
            return self._refuse(line, place, f"the tag {node.tag!r}", "remove it")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.take(child, (*place, n)) for n, child in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(node, place, line)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Plain]:
        value: dict[str, Plain] = {}
        for key, child in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                self._refuse(line, place, "a list or mapping as a key", "keys are plain words")
            elif key.value in value:
                first = self.lines[(*place, key.value)]
                self._refuse(line, (*place, key.value), "the key a second time", f"the first is in line {first}")
            else:
                self.lines[(*place, key.value)] = line
                value[key.value] = self.take(child, (*place, key.value))
        return value

    def _scalar(self, node: yaml.ScalarNode, place: Place, line: int) -> str:
        text = str(node.value)
        if not text and not node.style:
            return self._refuse(line, place, "no value", 'write one ("" or [] for none), or remove the key')
        if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
            return self._refuse(line, place, "a control character", "remove it")
        return text

    def _refuse(self, line: int, place: Place, what: str, hint: str) -> str:
        self.problems.append(problem(f"{self.name}:{line}", f"{dotted(place)}: {what}", hint))
        return ""


def dotted(place: Place) -> str:
    """`sources.3.interval` for a place."""
    return ".".join(str(part) for part in place) or "(top)"
