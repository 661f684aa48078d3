"""Rules about the code of the collectors that its types cannot say (P-01, P-12, W-16)."""

from __future__ import annotations

import ast
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import pytest

from dermai_feed.collectors import xmlfeed
from dermai_feed.collectors.each import read_each
from dermai_feed.model import Entry


@cache
def calls(root: Path) -> tuple[tuple[str, ast.Call], ...]:
    """Every call of a module's function in the program, as "module.function"."""
    return tuple(
        (f"{node.func.value.id}.{node.func.attr}", node)
        for path in sorted((root / "src").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    )


def test_p01_feedparser_gets_bytes_in_memory(root: Path) -> None:
    """feedparser is called in one place, with bytes wrapped so that it opens no file and no address."""
    (call,) = [node for name, node in calls(root) if name == "feedparser.parse"]
    assert isinstance(call.args[0], ast.Call)
    assert ast.unparse(call.args[0].func) == "io.BytesIO"


def test_w16_no_loader_that_builds_objects_is_used(root: Path) -> None:
    """yaml.load, full_load and unsafe_load appear nowhere in the program, nor does pickle."""
    forbidden = {"yaml.load", "yaml.full_load", "yaml.unsafe_load", "yaml.load_all", "pickle.loads", "pickle.load"}
    assert forbidden.isdisjoint(name for name, _ in calls(root))


def test_p12_one_bad_entry_costs_one_entry() -> None:
    """An entry on which the reader itself fails is named; those before and after it are read."""
    root = ET.fromstring("<rss><channel><item/><item><title/></item><item/></channel></rss>")
    title = root[0][1][0]
    title.text = 5  # type: ignore[assignment]  # what no document can say
    parsed = xmlfeed.parse(root, url="", source_id="src", default_type="article")
    assert [entry.where for entry in parsed.entries] == ["entry 1", "entry 3"]
    assert [problem.where for problem in parsed.problems] == ["src: entry 2"]


def test_p02_want_of_memory_is_not_one_bad_entry() -> None:
    """Who has no memory left must stop, not go on with the next entry."""

    def read(_node: int, _number: int) -> Entry:
        raise MemoryError

    with pytest.raises(MemoryError):
        read_each([1, 2], read, "src")
