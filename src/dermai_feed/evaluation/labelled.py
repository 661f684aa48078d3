"""Labelled sets: items with what is known about which of them belong together.

Four shapes of rows are read, told apart by their fields: pairs (`pair_id`, `label`, `a`, `b`),
a corpus in halves (`split`, `story`, `dup_group`), clusters of citations (`gold_cluster` with
`journal`) and clusters of news (`gold_cluster`). Pure: rows in, a set out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from pathlib import Path
from typing import Literal
from zlib import crc32

from ..matching import Scope
from ..model import Item
from .rows import item_from_row

Pair = tuple[str, str]
Answer = Literal["work", "story", "same", "apart"]  # "same": of one cluster, work or story is not said
Row = Mapping[str, object]
Shape = Literal["pairs", "corpus", "citations", "clusters"]

_LABELS: Mapping[str, Answer] = {"duplicate": "work", "related": "story", "different": "apart"}
_VISIBLE = ("url", "text")  # bases of duplicates that can be seen in the fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """Items, and for some or all of them which belong together."""

    name: str
    shape: Shape
    scope: Scope
    items: tuple[Item, ...]
    pairs: Mapping[Pair, Answer] = field(default_factory=dict)  # shape "pairs" only
    cluster: Mapping[str, str] = field(default_factory=dict)  # item id -> story, or work for citations
    copies: Mapping[str, str] = field(default_factory=dict)  # item id -> its group of copies
    basis: Mapping[str, str] = field(default_factory=dict)  # item id -> how its copies can be known
    family: Mapping[str, str] = field(default_factory=dict)  # item id -> what must stay in one fold
    kind: Mapping[str, str] = field(default_factory=dict)  # item id -> "news" or "papers", for a corpus

    def answer(self, a: str, b: str) -> Answer | None:
        """What is known about two items; None when nothing is."""
        if self.pairs:
            return self.pairs.get((a, b) if a < b else (b, a))
        if a not in self.cluster or b not in self.cluster:
            return None
        if self.shape == "citations":
            return "work" if self.cluster[a] == self.cluster[b] else "apart"
        if a in self.copies and self.copies[a] == self.copies.get(b):
            return "work"
        if self.cluster[a] != self.cluster[b]:
            return "apart"
        return "same" if self.shape == "clusters" else "story"

    def fold(self, item: str, folds: int) -> int:
        """The fold of an item, the same for all of its family."""
        return crc32(f"{self.name}|{self.family.get(item, item)}".encode()) % folds

    def visible(self, a: str, b: str) -> bool:
        """Whether two copies can be recognised by their fields (address or text)."""
        return all(self.basis.get(i, "").startswith(_VISIBLE) for i in (a, b))


def labelled(rows: Sequence[Row], name: str) -> Labelled:
    """The set that `rows` hold; a row whose id occurred before is left out.

    Raises: ValueError when the rows have none of the four shapes.
    """
    first = rows[0] if rows else {}
    if "pair_id" in first and "label" in first:
        return _pairs(rows, name)
    if "split" in first:
        return _corpus(rows, name)
    if "gold_cluster" in first:
        return _clusters(rows, name, citations="journal" in first)
    raise ValueError(f"{name}: rows have neither pair_id and label, nor split, nor gold_cluster: not a labelled set")


def read_labelled(path: Path) -> Labelled:
    """The labelled set in a file of JSON lines, named after the file.

    Raises: OSError; ValueError naming the line that is not JSON.
    """
    rows: list[Row] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                rows.append(json.loads(line))
            except ValueError as error:
                raise ValueError(f"{path}:{number}: not JSON: {error}") from error
    return labelled(rows, path.stem)


def headlines_of(data: Labelled, name: str) -> Labelled:
    """The same set without its texts: what a source of bare headlines would have given."""
    return replace(data, name=name, items=tuple(replace(i, excerpt="") for i in data.items))


def _pairs(rows: Sequence[Row], name: str) -> Labelled:
    items: dict[str, Item] = {}
    answers: dict[Pair, Answer] = {}
    for row in rows:
        two = []
        for side in ("a", "b"):
            value = row[side]
            assert isinstance(value, Mapping)
            item = item_from_row(value)
            items.setdefault(item.id, item)
            two.append(item.id)
        a, b = sorted(two)
        answers[a, b] = _LABELS[str(row["label"])]
    family = {i: i for i in items}
    for (a, b), answer in sorted(answers.items()):
        if answer != "apart":
            old, new = sorted((family[a], family[b]), reverse=True)
            family = {i: new if f == old else f for i, f in family.items()}
    return Labelled(
        name=name, shape="pairs", scope="news", items=tuple(items.values()), pairs=answers, family=family
    )  # fmt: skip


def _corpus(rows: Sequence[Row], name: str) -> Labelled:
    known = {str(r["id"]): r for r in rows if r["split"] == "tuning"}
    story = {i: str(r.get("story") or i) for i, r in known.items()}
    return Labelled(
        name=name,
        shape="corpus",
        scope="auto",
        items=_distinct(rows),
        cluster=story,
        copies={i: str(r["dup_group"]) for i, r in known.items() if r.get("dup_group")},
        basis={i: str(r.get("dup_basis") or "") for i, r in known.items()},
        family=story,
        kind={i: "papers" if r["kind"] == "paper" else "news" for i, r in known.items()},
    )


def _clusters(rows: Sequence[Row], name: str, *, citations: bool) -> Labelled:
    cluster = {str(r["id"]): str(r["gold_cluster"]) for r in rows}
    return Labelled(
        name=name,
        shape="citations" if citations else "clusters",
        scope="citations" if citations else "news",
        items=_distinct(rows),
        cluster=cluster,
        family=cluster,
    )


def _distinct(rows: Iterable[Row]) -> tuple[Item, ...]:
    items: dict[str, Item] = {}
    for row in rows:
        item = item_from_row(row)
        items.setdefault(item.id, item)
    return tuple(items.values())


def pairs_within(groups: Mapping[str, str]) -> frozenset[Pair]:
    """Every pair of ids in one group."""
    members: dict[str, list[str]] = {}
    for i, g in sorted(groups.items()):
        members.setdefault(g, []).append(i)
    return frozenset(pair for ids in members.values() for pair in combinations(ids, 2))
