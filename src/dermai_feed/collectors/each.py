"""One bad entry costs one entry (P-12): the only place where an entry's failure is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from ..model import Entry, Problem

T = TypeVar("T")


def read_each(
    nodes: Iterable[T], read: Callable[[T, int], Entry], source_id: str
) -> tuple[tuple[Entry, ...], tuple[Problem, ...]]:
    """The entries that `read` makes of `nodes`, and a Problem for each of which it makes none.

    Args:
        nodes: what the document holds, in its order.
        read: makes an entry of a node and its number, counted from 1.
        source_id: for the messages.

    Raises: MemoryError; whoever is out of memory must stop.
    """
    entries: list[Entry] = []
    problems: list[Problem] = []
    for number, node in enumerate(nodes, 1):
        try:
            entries.append(read(node, number))
        except MemoryError:
            raise
        except Exception as error:
            what = f"cannot be read: {type(error).__name__}: {error}"
            problems.append(
                Problem(where=f"{source_id}: entry {number}", what=what, hint="the other entries were read")
            )
    return tuple(entries), tuple(problems)
