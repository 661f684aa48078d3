"""openFDA: the FDA's decisions on devices, and recalls, by their date (kind `openfda`).

`url` names the endpoint (https://open.fda.gov/apis/device/), which decides what is collected:

    https://api.fda.gov/device/510k.json    510(k) clearances, and De Novo grants (k_number DEN…)
    https://api.fda.gov/device/pma.json     premarket approvals and their supplements
    https://api.fda.gov/device/recall.json  recalls

De Novo grants have no endpoint of their own: `term: "k_number:DEN*"` asks for them alone. Options:

    term    in openFDA's search syntax, such as device_name:(skin OR melanoma)
    days, pages  as `paging` says; the first window is 90 days, a page 100 records

No key is needed: 240 requests a minute and 1,000 a day come without. By its documentation a key
stands in the query, where this program puts no secret. A status 404 says that nothing matches.
Decisions show weeks after their date, so that windows overlap by 45 days.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..errors import FetchFailed, ParseFailed
from ..model import Collected, Entry, Parsed, Problem, Source, SourceState
from . import members, openfdarecord, paging
from .contract import Context
from .each import read_each
from .members import count, one, word

_HABITS = paging.Habits(days=90, overlap=45, options=frozenset({"term"}), empty_status=404)
_DATES = {"510k.json": "decision_date", "pma.json": "decision_date", "recall.json": "event_date_posted"}
_PAGE_SIZE = 100
_MOST_SKIPPED = 25_000  # https://open.fda.gov/apis/query-parameters/


@dataclass(frozen=True, slots=True)
class OpenFdaCollector:
    """Collects decisions or recalls since the last poll."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the records of the window, page by page. Raises: FetchFailed (see `paging.poll`)."""
        if _endpoint(source.url) not in _DATES:
            raise FetchFailed(
                "bad_url",
                f"{source.where}: {source.url} is no endpoint of the kind openfda; there are {', '.join(_DATES)}",
                requests=0,
            )
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:
        """One page of records of any endpoint. Raises: ParseFailed with the server's own words for anything else."""
        document = members.answer(body, content_type)
        if word(one(document, "error"), "code") == "NOT_FOUND":
            return Parsed()

        def read(record: object, number: int) -> Entry:
            return openfdarecord.entry(members.members(record), f"entry {number}", url, source_id)

        found = members.records(document, "results")
        if found and all(isinstance(record, dict) and record.keys() == {"term", "count"} for record in found):
            raise ParseFailed("no_records", f"openFDA counted: {len(found)} values with their numbers, no records")
        entries, problems = read_each(found, read, source_id)
        results = one(document, "meta", "results")
        behind = count(results, "skip") + len(found)
        more = bool(found) and behind < count(results, "total")
        if more and behind > _MOST_SKIPPED:
            return Parsed(entries=entries, problems=(*problems, _too_many(source_id)))
        return Parsed(entries=entries, problems=problems, next_page=str(behind) if more else "")


def _too_many(source_id: str) -> Problem:
    return Problem(
        where=source_id, what=f"more than {_MOST_SKIPPED} records match, which is as far as openFDA pages",
        kind="feed", hint="narrow options.term, or lessen options.days",
    )  # fmt: skip


def _endpoint(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _address(source: Source, place: paging.Place) -> str:
    date = _DATES[_endpoint(source.url)]
    term = source.options.get("term", "")
    decided = f"{date}:[{place.since:%Y%m%d} TO {place.until:%Y%m%d}]"
    return paging.with_query(
        source.url,
        {
            "search": f"({term}) AND {decided}" if term else decided,
            "sort": f"{date}:asc",
            "limit": str(_PAGE_SIZE),
            "skip": place.page,
        },
    )
