"""What the spine works with: the edges and rule sets that `app` wires together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, TypeVar

from ..collectors import Parse
from ..config import Config
from ..model import Fetch
from ..store import Store

A = TypeVar("A")
B = TypeVar("B")


class Map(Protocol):
    """How work is spread: the builtin `map`, or `ThreadPoolExecutor(n).map`.

    If things hang strangely while debugging, pass the builtin: everything then runs here.
    """

    def __call__(self, function: Callable[[A], B], values: Iterable[A], /) -> Iterator[B]: ...


class Progress(Protocol):
    """Told about long work as it goes on; the command line draws it, tests pass `silent`."""

    def __call__(self, step: str, done: int, total: int, /) -> None: ...


def silent(_step: str, _done: int, _total: int, /) -> None:
    """A `Progress` that draws nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parts:
    """Everything a step may touch: configuration, database, network, disk."""

    config: Config
    store: Store
    fetch: Fetch
    parse: Parse
    corpus: Path
    map: Map
    progress: Progress = silent
    cancelled: Callable[[], bool] = lambda: False  # whether a signal asked us to end
    holder: str | None = None  # our name among several workers of one database; None: we are alone
    worker: bool = False  # one of several that only collect; the corpus is kept by another
    clock: Callable[[], datetime] | None = None  # only for the length of pauses, never for dates
