"""Tables: CSV in all its dialects, TSV, and spreadsheets (.xlsx).

RFC 4180 and what programs make of it: semicolons where the comma is a decimal point, a first
line `sep=;`, a byte order mark, line ends within quotes, quotes that are never closed. A line
that cannot be read costs that line. Spreadsheets are read by openpyxl, values only: formulas
are not computed, and nothing outside the file is looked at.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date as day
from datetime import datetime
from itertools import islice

from ..model import Problem
from . import columns
from .contract import Columns, Document, Found, Unreadable

_DELIMITERS = ",;\t|"
_SEP = re.compile(r"\Asep=(.)\n", re.IGNORECASE)
_LONGEST_CELL = 200_000  # characters; more is a quote that was not closed
_MOST_MENDED = 100  # rows; in a file with more, quotes mean nothing
_PROBE = 30  # rows that a guess looks at
_MOST_EXPANDED = 400 * 1024 * 1024  # bytes of a spreadsheet, unpacked
_MOST_CELLS = 500  # of one row

csv.field_size_limit(_LONGEST_CELL)

Row = tuple[int, list[str]]  # first line, cells


def read(document: Document) -> Iterator[Found]:
    """The rows of a CSV or TSV file. Raises: Unreadable when no column is understood."""
    yield from _rows(document, _csv(document), line=True)


def read_xlsx(document: Document) -> Iterator[Found]:
    """The rows of every sheet of a spreadsheet that has a column we understand. Raises: Unreadable."""
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(document.body)) as archive:
            size = sum(member.file_size for member in archive.infolist())
        too_large = size > _MOST_EXPANDED
        book = None if too_large else openpyxl.load_workbook(io.BytesIO(document.body), read_only=True, data_only=True)
    except Exception as error:  # openpyxl raises whatever its parts raise
        raise Unreadable(f"no spreadsheet that can be read: {type(error).__name__}: {error}") from error
    if book is None:
        raise Unreadable(f"would unpack to {size} bytes; at most {_MOST_EXPANDED} are read")
    refused: list[str] = []
    read_any = False
    for sheet in book.worksheets:
        place = Document(
            name=f"{document.name}[{sheet.title}]", body=b"", source_id=document.source_id, columns=document.columns
        )
        rows = (
            (number, [_cell(value) for value in row[:_MOST_CELLS]])
            for number, row in enumerate(sheet.iter_rows(values_only=True), 1)
        )
        try:
            for found in _rows(place, rows, line=True):
                read_any = True
                yield found
        except Unreadable as error:
            refused.append(f"{sheet.title}: {error}")
        except MemoryError:
            raise
        except Exception as error:  # rows are read when they are asked for, and openpyxl raises what its parts raise
            read_any = True
            what = f"the sheet cannot be read to its end: {type(error).__name__}: {error}"
            yield Problem(where=place.name, what=what, hint="open and save it again; what could be read was")
    if not read_any:
        raise Unreadable("; ".join(refused) or "no sheet holds a row")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat()
    if isinstance(value, day):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _rows(document: Document, rows: Iterable[Row | Problem], *, line: bool) -> Iterator[Found]:
    """Entries of `rows`, after the columns as they were understood."""
    probe: list[Row] = []
    held: list[Problem] = []
    source = iter(rows)
    for row in source:
        if isinstance(row, Problem):
            held.append(row)
        elif any(cell.strip() for cell in row[1]):
            probe.append(row)
        if len(probe) >= _PROBE:
            break
    if not probe:
        raise Unreadable("an empty table")
    start, mapping, heading = _understood(probe, document)
    names = [cell.strip() for cell in heading]
    taken = tuple(
        (field, names[index] or f"column {index + 1}") for field, indexes in mapping.items() for index in indexes
    )
    used = {index for indexes in mapping.values() for index in indexes}
    ignored = tuple(name for index, name in enumerate(names) if name and index not in used)
    yield Columns(taken=taken, ignored=ignored, where=document.name)
    yield from held
    number = 0
    for first, cells in _joined(probe[start:], source):
        if isinstance(cells, Problem):
            yield cells
            continue
        if not any(cell.strip() for cell in cells):
            continue
        number += 1
        where = document.at(number, first if line else None)
        entry = columns.record(cells, mapping).entry(source_id=document.source_id, where=where)
        yield entry or Problem(where=where, what="has neither title nor identifier nor address", hint="add one of them")


def _joined(probe: Sequence[Row], rest: Iterator[Row | Problem]) -> Iterator[tuple[int, list[str] | Problem]]:
    yield from probe
    for row in rest:
        yield (0, row) if isinstance(row, Problem) else row


def _understood(probe: Sequence[Row], document: Document) -> tuple[int, columns.Mapping_, list[str]]:
    """Where the data begin, the columns by field, and the heading. Raises: Unreadable."""
    best: tuple[int, int, columns.Mapping_] | None = None
    try:
        for index, (_, cells) in enumerate(probe[:10]):  # some exports put a few lines before the heading
            mapping = columns.by_heading(cells, document.columns if index == 0 else {})
            if columns.enough(mapping) and (best is None or len(mapping) > best[0]):
                best = (len(mapping), index, mapping)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    if best is not None and (best[0] > 1 or len(probe[best[1]][1]) == 1 or best[1] == 0):
        return best[1] + 1, best[2], probe[best[1]][1]
    mapping = columns.by_content([cells for _, cells in probe])
    if columns.enough(mapping):
        width = max(len(cells) for _, cells in probe)
        return 0, mapping, [f"column {n + 1}" for n in range(width)]
    said = ", ".join(repr(cell[:40]) for cell in probe[0][1][:20])
    raise Unreadable(f"no column is a title, an identifier or an address, of {said}; name them with --map title=COLUMN")


# --------------------------------------------------------------------------- CSV


def _csv(document: Document) -> Iterator[Row | Problem]:
    """The rows of a text, each with its first line; one that cannot be read as a Problem."""
    text = document.text
    delimiter = None
    offset = 0
    if given := _SEP.match(text):
        delimiter, text, offset = given[1], text[given.end() :], 1
    lines = [f"{line}\n" for line in text.split("\n")]
    delimiter = delimiter or guess_delimiter(lines)
    at = mended = 0
    while at < len(lines):
        start = at
        if mended > _MOST_MENDED:
            for row in csv.reader(islice(lines, start, None), delimiter=delimiter, quoting=csv.QUOTE_NONE):
                at += 1
                yield at + offset, [cell.strip('"') for cell in row]
            return
        reader = csv.reader(islice(lines, start, None), delimiter=delimiter, strict=True)
        try:
            for row in reader:
                yield at + 1 + offset, row
                at = start + reader.line_num
        except csv.Error as error:
            cells = _lenient(lines[at], delimiter)
            if cells is not None:
                yield at + 1 + offset, cells
            else:
                yield Problem(
                    where=f"{document.name}: line {at + 1 + offset}", what=f"cannot be read: {_words(error)}",
                    hint="mend the quotes; the other lines were read",
                )  # fmt: skip
            mended += 1
            at += 1  # whatever the open quote swallowed is read again, line by line
        else:
            return


def _words(error: Exception) -> str:
    said = str(error)
    return "a quote is opened and not closed" if "unexpected end" in said or "field larger" in said else said


def _lenient(line: str, delimiter: str) -> list[str] | None:
    """The cells of one line whose quotes follow no rule, None when its last quote is left open."""
    if line.count('"') % 2:
        return None
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=False))
    except (csv.Error, StopIteration):
        return None


def guess_delimiter(lines: Sequence[str]) -> str:
    """What sets the cells apart: the sign that gives the first rows the same number of cells, and many."""
    sample = lines[:200]
    best, score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            widths = [
                len(row) for row, _ in zip(csv.reader(sample, delimiter=delimiter), range(_PROBE), strict=False) if row
            ]
        except csv.Error:
            continue
        if not widths or widths[0] < 2:
            continue
        agreeing = sum(width == widths[0] for width in widths) / len(widths)
        known = len(columns.by_heading(next(csv.reader(sample[:1], delimiter=delimiter), []), {}))
        if (value := agreeing * (1 + known) + min(widths[0], 50) / 1000) > score:
            best, score = delimiter, value
    return best


def looks_like_table(text: str) -> bool:
    """Whether `text` begins with a heading of which at least two columns are known."""
    head = _SEP.sub("", text.lstrip("\ufeff"), count=1)[:20_000]
    lines = [f"{line}\n" for line in head.splitlines()[:20]]
    if not lines:
        return False
    heading = next(csv.reader(lines[:1], delimiter=guess_delimiter(lines)), [])
    return len(heading) > 1 and len(mapping := columns.by_heading(heading, {})) > 1 and columns.enough(mapping)
