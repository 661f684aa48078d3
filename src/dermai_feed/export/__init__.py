"""Exports: the mirror of imports. `EXPORTERS` is the registry; each format is a function from records to text.

Pure: values in, pieces of text out. What a format has no place for goes where `imports` looks for it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from . import bibtex, csl, jsonl, nbib, opml, ris, table
from .record import Record

__all__ = ["EXPORTERS", "Exporter", "Record", "opml"]

Exporter = Callable[[Iterable[Record]], Iterator[str]]

EXPORTERS: Mapping[str, Exporter] = MappingProxyType(
    {
        "ris": ris.write,
        "bibtex": bibtex.write,
        "nbib": nbib.write,
        "csl-json": csl.write,
        "csv": table.write,
        "jsonl": jsonl.write,
    }
)
