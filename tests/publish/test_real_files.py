"""Every real file of the seed schema: read and written back to the byte, and changed in one field only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import pytest
import yaml

from dermai_feed.publish.frontmatter import Value, read, splice
from dermai_feed.publish.frontmatter.splicing import applied
from dermai_feed.publish.merge import create, merge

Span: TypeAlias = tuple[int, int]
KEYS = frozenset(
    {
        "category", "title", "excerpt", "publishedDateTime", "originalUrl", "webUrl", "ampWebUrl",
        "cdnAmpWebUrl", "type", "quality", "heat", "published", "featuredContent",
        "provider.name", "provider.domain", "provider.images", "topics", "images", "related",
    }
)  # fmt: skip
"""Every key that a machine may change; `secured` nobody may."""


def files(shared: Path) -> Iterator[str]:
    """The text of each stored file."""
    for path in sorted((shared / "data" / "schema_files").iterdir()):
        yield path.read_bytes().decode()


def spans(text: str) -> dict[str, Span]:
    """Where each key and its value stand, whole lines, by PyYAML's marks and not by our reader."""
    start = text.index("---\n") + 4
    node = yaml.compose(text[start : text.index("\n---\n", start) + 1], yaml.SafeLoader)
    assert isinstance(node, yaml.MappingNode)
    return dict(_spans(text, start, node, ""))


def _spans(text: str, start: int, node: yaml.MappingNode, prefix: str) -> Iterator[tuple[str, Span]]:
    for key, value in node.value:
        first = start + key.start_mark.index - key.start_mark.column
        last = _last(value)
        yield prefix + key.value, (first, text.index("\n", start + last) + 1)
        if isinstance(value, yaml.MappingNode) and not prefix:
            yield from _spans(text, start, value, f"{key.value}.")


def _last(node: yaml.Node) -> int:
    """The end of the last scalar of `node`; where a block ends, PyYAML counts the blank lines behind it."""
    if isinstance(node, yaml.ScalarNode):
        return int(node.end_mark.index)
    children = [child for pair in node.value for child in pair] if isinstance(node, yaml.MappingNode) else node.value
    return max(map(_last, children))


def other(key: str, value: Value | None) -> Iterator[Value]:
    """What a machine may make of `value`."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield value + 7
    elif isinstance(value, str):
        yield "2026-11-18T09:00:00Z" if key == "publishedDateTime" else f'A "changed" value: {key} #1'
    elif isinstance(value, tuple):
        more: Value = (
            "Another topic" if key == "topics" else {"title": "New", "url": "https://new.example/1", "width": 9}
        )
        yield (*value, more)
        yield (more, *value[1:])
        yield (more, *value)
        if len(value) > 1:
            yield value[1:]
            yield tuple(reversed(value))
        if isinstance(value[0], dict):
            yield ({**value[0], "title": "Another"}, *value[1:])


@pytest.mark.shared
def test_every_real_file_is_written_back_to_the_byte(shared: Path) -> None:
    """Parsed and written without a change, and with every value set to what it is."""
    count = 0
    for text in files(shared):
        page = read(text)
        assert splice(page, {}) == text
        assert splice(page, {(key,): value for key, value in page.fields.items() if key != "provider"}) == text
        count += 1
    assert count > 200


@pytest.mark.shared
def test_w03_a_change_of_one_field_touches_the_lines_of_that_field_only(shared: Path) -> None:
    """Each key of each file, each kind of change; a value on one line is one line of the diff."""
    met = set()
    for text in files(shared):
        page, places = read(text), spans(text)
        for key, (start, end) in places.items():
            if key not in KEYS:
                continue
            met.add(key)
            path = tuple(key.split("."))
            value = page.fields[path[0]]
            if len(path) == 2:
                assert isinstance(value, dict)
                value = value[path[1]]
            for changed in other(key, value):
                after = splice(page, {path: changed})
                assert after != text
                assert after.startswith(text[:start]), (key, page.path)
                assert after.endswith(text[end:]), (key, page.path)
                if not isinstance(changed, tuple) and text.count("\n", start, end) == 1:
                    assert after.count("\n") == text.count("\n")
    assert met == KEYS


@pytest.mark.shared
def test_w03_a_merged_change_touches_its_own_lines_and_the_line_of_the_base(shared: Path) -> None:
    """A file of ours, made from each real one: a new title is its line and that of `dermai.written`, no more."""
    for text in files(shared):
        page = read(text)
        ours = {**page.fields, "dermai": {"id": "s1", "path": "news/x.md"}}
        made = create(ours, text.split("---\n")[1])
        merged = merge(read(made), applied(ours, {("title",): "Another title"})).text
        pairs = list(zip(made.splitlines(), merged.splitlines(), strict=True))
        starts = [old.split(":")[0] for old, new in pairs if old != new]
        assert starts == ["title", "  written"]
        assert merge(read(merged), ours).text == made
