"""What a collector is: the types that the pipeline, the collectors and the child process share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from ..model import Collected, Fetch, Parsed, Source, SourceState

Parse = Callable[[str, bytes, str, str, str], Parsed]
"""(kind, body, content type, url, source id) -> Parsed; raises `errors.ParseFailed`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """What collecting works with."""

    fetch: Fetch
    parse: Parse
    now: datetime
    base: Path  # folder that relative paths of a source start from
    dois: tuple[str, ...] = ()  # of what the corpus tells, for the kind that asks what became of it


class Reader(Protocol):
    """One format of documents."""

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """Read one document: pure, in memory. Raises: ParseFailed."""
        ...


class Collector(Reader, Protocol):
    """One kind of source."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask `source` once. Raises: FetchFailed, ParseFailed; `collectors.collect` makes values of both."""
        ...
