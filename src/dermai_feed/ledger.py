"""The ledger on disk: everything ever seen, with its verdict (decision 3).

One file per month of first sight, one `LedgerLine` per line, append-only. A changed verdict
or text is a further line, and the last line of an item counts. Matching, `why` and `rebuild`
need nothing else, so the database may be lost and bodies may be pruned.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from . import journal
from .codec import decode
from .errors import StoreError
from .model import LedgerLine, LedgerText, Problem

# How much of the end of a file is looked through for lines that a run wrote and then died
# before it could say so: several runs' worth, read in a millisecond.
TAIL = 4 * 1024 * 1024


def append(folder: Path, entries: Iterable[LedgerText]) -> None:
    """Append `entries` to the files of their months under `folder`, and fsync.

    An entry that is already the last word on its item at the end of the file is left out:
    a run that died between this and its note in the database leaves the same bytes as one
    that did not (promise 2). `folder` is made when missing.
    Raises: StoreError naming the file; months before it are written.
    """
    months: defaultdict[str, list[LedgerText]] = defaultdict(list)
    for entry in entries:
        months[f"{entry.first_seen:%Y-%m}"].append(entry)
    try:
        if not folder.is_dir():
            folder.mkdir()
            journal.sync_folder(folder.parent)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}; make {folder.parent} writable") from error
    for month, ours in sorted(months.items()):
        _append(folder / f"{month}.jsonl", ours)


def _append(path: Path, entries: Sequence[LedgerText]) -> None:
    written = [(entry.item.encode(), entry.text) for entry in entries]
    ours = {id_ for id_, _ in written}

    def missing(tail: bytes) -> list[str]:
        last = {id_: raw for raw in tail.splitlines() if (id_ := _item_of(raw)) in ours}
        return [line for id_, line in written if last.get(id_) != line.encode()]

    journal.append(path, missing, tail=TAIL + 2 * sum(len(line.encode()) + 1 for _, line in written))


# How each of our lines begins. Reading all of them as JSON took a fifth of the time of a large import.
_OURS = re.compile(rb'\{"item":\{"id":"([^"\\]+)"')


def _item_of(raw: bytes) -> bytes:
    """The id of the item that a line is about; empty for what is no line of ours, `read` names it."""
    return found[1] if (found := _OURS.match(raw)) else b""


def read(folder: Path) -> Iterator[LedgerLine | Problem]:
    """Every line under `folder`, oldest month first, in order; a line that cannot be read as a Problem.

    Raises: StoreError when a file cannot be read at all.
    """
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]-[0-9][0-9].jsonl")):
        for line in journal.lines(path):
            yield line if isinstance(line, Problem) else _entry(path, line)


def _entry(path: Path, line: journal.Line) -> LedgerLine | Problem:
    try:
        return decode(LedgerLine, line.text)
    except ValueError as error:
        if not line.whole:
            return journal.torn(path, line.number)
        return journal.unreadable(path, line.number, str(error).replace("\n", " ")[:200])
