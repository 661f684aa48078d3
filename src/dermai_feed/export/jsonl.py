"""JSON lines: one `Item` a line, with everything that is known of it (see `imports.jsonitems`)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..codec import encode
from .record import Record


def write(records: Iterable[Record]) -> Iterator[str]:
    """One line for each record."""
    for record in records:
        yield f"{encode(record.item)}\n"
