"""Changing `sources.yaml` without touching what people wrote around it (decision 14).

Only the bytes of the value in question are replaced; comments, order, quotes, blank lines
and line ends stay. Every edit is read back: when the result is not exactly the file with
that one change, nothing is returned and the person is asked to make the change by hand.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import yaml

from ..errors import ConfigError, UsageError
from .positions import Plain, compose, read
from .schemas import closest

Value: TypeAlias = str | bool
"""What a key of a source may be set to."""

_FILE = "sources.yaml"

# Text that YAML, whichever version, reads back as itself without quotes.
_SAFE = re.compile(r"[A-Za-z/][A-Za-z0-9 ._/,()+=;%&?~@-]*(:[A-Za-z0-9._/,()+=;%&?~@-]+)*")
_TYPED = re.compile(r"(?i)true|false|yes|no|on|off|y|n|null|nan|inf")


def set_source(text: str, source_id: str, changes: Mapping[str, Value | None]) -> str:
    """`text` (of sources.yaml) with `changes` made to the source `source_id`.

    A key that is there gets the new value, one that is not is added below the last one, and
    None takes the key away with its value.
    Raises: errors.ConfigError when `text` is not YAML; errors.UsageError when there is no such
    source, or when the file is written in a way that this cannot change safely.
    """
    wanted = read(_FILE, text.encode()).value
    sources = _sources(wanted)
    index = _index(sources, source_id)
    bom, body = _split_bom(text)
    for key, value in changes.items():
        body = _set(body, _block(body, index), key, value)
        sources[index].pop(key, None)
        if value is not None:
            sources[index][key] = _plain(value)
    return _checked(bom + body, wanted, source_id)


def append_source(text: str, block: Mapping[str, Value | tuple[str, ...] | Mapping[str, str]]) -> str:
    """`text` (of sources.yaml) with the source `block` after the last one, set apart by a blank line.

    Raises: as `set_source`; errors.UsageError too when the id is taken.
    """
    wanted = read(_FILE, text.encode()).value
    sources = _sources(wanted)
    if any(source.get("id") == block["id"] for source in sources):
        raise UsageError(f"there is a source {block['id']!r} already; choose another id")
    bom, body = _split_bom(text)
    newline = _newline(body)
    start, end, indent = _room(body)
    lines = [line for key, value in block.items() for line in _lines(key, value)]
    written = f"{indent}- {lines[0]}{newline}" + "".join(f"{indent}  {line}{newline}" for line in lines[1:])
    head = body[:start].rstrip(" ")
    if head and not head.endswith("\n"):
        head += newline
    if "sources" not in wanted:
        head += f"sources:{newline}"
    gap = newline if sources else ""
    wanted["sources"] = [*sources, {key: _plain(value) for key, value in block.items()}]
    return _checked(f"{bom}{head}{gap}{written}{body[end:]}", wanted, str(block["id"]))


# --------------------------------------------------------------------------- reading


def _split_bom(text: str) -> tuple[str, str]:
    return ("\ufeff", text[1:]) if text.startswith("\ufeff") else ("", text)


def _newline(body: str) -> str:
    return "\r\n" if "\r\n" in body else "\n"


def _sources(file: dict[str, Plain]) -> list[dict[str, Plain]]:
    found = file.get("sources")
    return [source for source in found if isinstance(source, dict)] if isinstance(found, list) else []


def _index(sources: list[dict[str, Plain]], source_id: str) -> int:
    ids = [str(source.get("id")) for source in sources]
    if source_id not in ids:
        raise UsageError(f"there is no source {source_id!r}; {closest(source_id, ids)}")
    return ids.index(source_id)


@dataclass(frozen=True, slots=True)
class _Pair:
    """One `key: value` of a source and the characters that it covers."""

    key: str
    start: int
    value_start: int
    end: int
    column: int


@dataclass(frozen=True, slots=True)
class _Block:
    """One source as it stands in the text."""

    pairs: tuple[_Pair, ...]
    flow: bool


def _list(body: str) -> yaml.SequenceNode | None:
    root = compose(_FILE, body)
    if isinstance(root, yaml.MappingNode):
        for key, value in root.value:
            if key.value == "sources" and isinstance(value, yaml.SequenceNode):
                return value
    return None


def _block(body: str, index: int) -> _Block:
    listed = _list(body)
    assert listed is not None
    node = [child for child in listed.value if isinstance(child, yaml.MappingNode)][index]
    pairs = tuple(
        _Pair(key.value, key.start_mark.index, value.start_mark.index, _end(body, value), key.start_mark.column)
        for key, value in node.value
    )
    return _Block(pairs, bool(node.flow_style))


def _end(body: str, node: yaml.Node) -> int:
    """Where the text of `node` ends: libyaml's own mark lies behind the comments that follow a block."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last = node.value[-1]
        return _end(body, last[1] if isinstance(last, tuple) else last)
    start, end = node.start_mark.index, node.end_mark.index
    return start + len(body[start:end].rstrip())


# --------------------------------------------------------------------------- writing


def _set(body: str, block: _Block, key: str, value: Value | None) -> str:
    for n, pair in enumerate(block.pairs):
        if pair.key == key:
            if value is None:
                start, end = _taken_away(body, block, n)
                return body[:start] + body[end:]
            return body[: pair.value_start] + _written(value) + body[pair.end :]
    if value is None:
        return body
    last = block.pairs[-1]
    if block.flow:
        return f"{body[: last.end]}, {key}: {_written(value)}{body[last.end :]}"
    at = _line_end(body, last.end)
    newline = _newline(body)
    before = body[:at] if body[:at].endswith("\n") else body[:at] + newline
    return f"{before}{' ' * last.column}{key}: {_written(value)}{newline}{body[at:]}"


def _taken_away(body: str, block: _Block, n: int) -> tuple[int, int]:
    """The characters that go when the n-th pair goes: its lines, or its part of a `{…}`."""
    pair = block.pairs[n]
    if n == 0:  # it shares its line with the dash
        raise UsageError(f"{pair.key} is the first key of its source and stays; make the change in the file by hand")
    if block.flow:
        return block.pairs[n - 1].end, pair.end
    return body.rindex("\n", 0, pair.start) + 1, _line_end(body, pair.end)


def _line_end(body: str, at: int) -> int:
    found = body.find("\n", at)
    return len(body) if found < 0 else found + 1


def _room(body: str) -> tuple[int, int, str]:
    """What a further source replaces (nothing, or an empty list), and how far its dash is indented."""
    listed = _list(body)
    if listed is None:
        return len(body), len(body), "  "
    if not listed.value:
        return listed.start_mark.index, _line_end(body, listed.end_mark.index), "  "
    if listed.flow_style:
        raise UsageError("the sources are written as [ … ]; write one `- id: …` a line to have more added")
    at = _line_end(body, _end(body, listed))
    return at, at, " " * listed.start_mark.column


def _lines(key: str, value: Value | tuple[str, ...] | Mapping[str, str]) -> list[str]:
    """A key of a source with its value; a mapping has a line for each of its own."""
    if isinstance(value, Mapping):
        return [f"{key}:", *(f"  {name}: {_written(text)}" for name, text in value.items())]
    return [f"{key}: {_written(value)}"]


def _written(value: Value | tuple[str, ...]) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_written(part) for part in value)}]"
    plain = _SAFE.fullmatch(value) and not _TYPED.fullmatch(value) and value == value.strip() and ", " not in value
    # Before a closing brace a question mark starts a key for PyYAML's own parser, though not for libyaml.
    if plain and not value.endswith("?"):
        return value
    return json.dumps(value, ensure_ascii=False)


def _plain(value: Value | tuple[str, ...] | Mapping[str, str]) -> Plain:
    if isinstance(value, Mapping):
        return {name: _plain(text) for name, text in value.items()}
    if isinstance(value, bool):
        return "true" if value else "false"
    return list(value) if isinstance(value, tuple) else value


def _checked(text: str, wanted: dict[str, Plain], source_id: str) -> str:
    """`text`, when it reads as `wanted` and nothing else. Raises: errors.UsageError."""
    try:
        good = read(_FILE, text.encode()).value == wanted
    except ConfigError:
        good = False
    if not good:
        raise UsageError(f"source {source_id!r} is written in a way that cannot be changed safely; edit it by hand")
    return text
