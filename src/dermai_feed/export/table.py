"""CSV for spreadsheets: UTF-8 with a byte order mark, which Excel needs, and no cell that is a formula.

A cell that begins with `=`, `+`, `-`, `@`, a tab or a line end would be computed by a spreadsheet
(OWASP, "CSV Injection"); an apostrophe before it makes it text, and `imports.table` takes it off.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from .record import Record, listed

COLUMNS = (
    "Title", "Authors", "Journal", "Volume", "Issue", "Pages", "Date", "DOI", "PMID", "PMCID", "arXiv", "NCT number",
    "ISSN", "ISBN", "Abstract", "Keywords", "Language", "Type", "Publisher", "Accession number", "Provider", "URL",
    "Decision", "Story", "Id",
)  # fmt: skip
_FORMULA = re.compile(r"'*[=+\-@\t\r\n]")  # with what the reader would take for a guard


def write(records: Iterable[Record]) -> Iterator[str]:
    """The heading, then one line for each record."""
    yield "\ufeff" + _line(COLUMNS)
    for record in records:
        yield _line(map(safe, _cells(record)))


def safe(cell: str) -> str:
    """`cell` as text that no spreadsheet computes."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _cells(record: Record) -> tuple[str, ...]:
    item, publication = record.item, record.publication
    return (
        item.title, listed(item.authors, r",|&|\band\b|;"), publication.journal, publication.volume, publication.issue,
        publication.pages, _moment(record), record.identifier("doi"), record.identifier("pmid"),
        record.identifier("pmcid"), record.identifier("arxiv"), record.identifier("nct"), publication.issn,
        record.identifier("isbn"), record.abstract, listed(item.tags, "[,;]"), item.language,
        "; ".join(publication.types), publication.publisher, publication.accession,
        item.provider.name, record.address, record.verdict.decision if record.verdict else "", record.story, item.id,
    )  # fmt: skip


def _moment(record: Record) -> str:
    """The date, with the time of day where it is known."""
    item = record.item
    return f"{item.published:%Y-%m-%dT%H:%M:%SZ}" if record.date and item.precision == "second" else record.date
