"""What the process that imports and the child that reads say to each other; frames as in `collectors.wire`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..model import Item, Problem, Source, Term
from .contract import Columns, Subscription, Wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A file to read; the child opens `path` itself, so that large bodies are held once."""

    path: str
    name: str
    kind: str = ""  # "" for what it is by its content
    url: str = ""
    source: Source
    now: datetime
    columns: Mapping[str, str] = field(default_factory=dict)
    allow_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Batch:
    """Some of what a file holds, in its order; `last` ends it, with `failure` when nothing could be made of it."""

    kind: str = ""
    items: tuple[Item, ...] = ()
    wanted: tuple[Wanted, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    columns: tuple[Columns, ...] = ()
    terms: tuple[Term, ...] = ()
    problems: tuple[Problem, ...] = ()
    last: bool = False
    failure: str = ""
