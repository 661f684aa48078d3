"""What the process that matches and the child that compares say to each other; frames as in `collectors.wire`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..model import Edge


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Items, as the JSON that the store holds, and what is wanted of them: their keys, or the ties of pairs of ids."""

    items: Mapping[str, str]  # item id -> Item as JSON
    keys: bool = False
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """Item id -> block keys, and the edges among the pairs that are more than apart."""

    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)
    edges: tuple[Edge, ...] = ()
