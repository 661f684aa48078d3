"""CSV for spreadsheets: UTF-8 with a byte order mark, which Excel needs, and no cell that is a formula.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line end would be computed by a spreadsheet
(OWASP, "CSV Injection"); an apostrophe before it makes it text, and `imports.table` takes it off.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

from .record import Record

COLUMNS = (
    "Title", "Authors", "Journal", "Volume", "Issue", "Pages", "Date", "DOI", "PMID", "PMCID", "arXiv", "NCT number",
    "ISSN", "ISBN", "Abstract", "Keywords", "Language", "Type", "Provider", "URL", "Decision", "Story", "Id",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def write(records: Iterable[Record]) -> Iterator[str]:
    """The heading, then one line for each record."""
    yield "\ufeff" + _line(COLUMNS)
    for record in records:
        yield _line(map(safe, _cells(record)))


def safe(cell: str) -> str:
    """`cell` as text that no spreadsheet computes."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cells(record: Record) -> tuple[str, ...]:
    item, publication = record.item, record.publication
    return (
        item.title, _list(item.authors), publication.journal, publication.volume, publication.issue,
        publication.pages, record.date, record.identifier("doi"), record.identifier("pmid"),
        record.identifier("pmcid"), record.identifier("arxiv"), record.identifier("nct"), publication.issn,
        record.identifier("isbn"), item.excerpt, _list(item.tags), item.language, "; ".join(publication.types),
        item.provider.name, record.address, record.verdict.decision if record.verdict else "", record.story, item.id,
    )  # fmt: skip


def _list(values: tuple[str, ...]) -> str:
    """Set apart by semicolons; one alone ends with one, so that its commas are not taken for a list's."""
    return "; ".join(values) + (";" if len(values) == 1 and "," in values[0] else "")
