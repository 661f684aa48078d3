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
from urllib.parse import quote, urlsplit, urlunsplit

from ..errors import FetchFailed
from ..model import Collected, Entry, Identifier, Parsed, Problem, Publication, Source, SourceState
from . import members, paging
from .contract import Context
from .each import read_each
from .markup import plain
from .members import Members, count, one, word, words

_HABITS = paging.Habits(days=90, overlap=45, options=frozenset({"term"}), empty_status=404)
_DATES = {"510k.json": "decision_date", "pma.json": "decision_date", "recall.json": "event_date_posted"}
_PAGE_SIZE = 100
_MOST_SKIPPED = 25_000  # https://open.fda.gov/apis/query-parameters/
_PLACES = "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs"
# Codes of PMA decisions in the words of https://open.fda.gov/apis/device/pma/searchable-fields/; others stay codes.
_DECISIONS = {
    "APPR": "approved",
    "OK30": "30-day notice accepted",
    "APWD": "withdrawn after approval",
    "DENY": "denied",
}
_PRODUCT = 120  # characters of a recalled product's description that make a title


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
        """One page of records. Raises: ParseFailed with the server's own words for anything else."""
        document = members.answer(body, content_type)
        if word(one(document, "error"), "code") == "NOT_FOUND":
            return Parsed()

        def read(record: object, number: int) -> Entry:
            return _entry(members.members(record), f"entry {number}", url, source_id)

        found = members.records(document, "results")
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


def _entry(record: Members, where: str, url: str, source_id: str) -> Entry:
    if word(record, "product_res_number") or word(record, "cfres_id"):
        return _recall(record, where, url, source_id)
    if word(record, "pma_number"):
        return _approval(record, where, source_id)
    if word(record, "k_number"):
        return _clearance(record, where, source_id)
    raise ValueError("neither a 510(k), nor a PMA, nor a recall")


def _clearance(record: Members, where: str, source_id: str) -> Entry:
    """A 510(k) clearance, or a De Novo grant, which stands in the same endpoint."""
    id_, applicant = word(record, "k_number"), word(record, "applicant")
    novel = id_.upper().startswith("DEN")
    kind, page = ("De Novo", "denovo") if novel else ("510(k)", "pmn")
    return Entry(
        source_id=source_id,
        guid=id_,
        title=f"FDA {kind} {id_}: {word(record, 'device_name')}{_by(applicant)}",
        link=f"{_PLACES}/cfpmn/{page}.cfm?ID={id_}",
        summary=_said(
            ("Decision", word(record, "decision_description") or word(record, "decision_code")),
            *_device(record),
        ),
        published=word(record, "decision_date") or None,
        authors=(applicant,) if applicant else (),
        identifiers=(Identifier(scheme="fda", value=id_),),
        publication=Publication(types=(kind,)),
        where=where,
    )


def _approval(record: Members, where: str, source_id: str) -> Entry:
    """A premarket approval, or a supplement to one: a decision of its own, not the approval again."""
    pma, supplement, applicant = (
        word(record, "pma_number"),
        word(record, "supplement_number"),
        word(record, "applicant"),
    )
    id_ = f"{pma}{supplement}"
    decision = word(record, "decision_code")
    name = word(record, "trade_name") or word(record, "generic_name")
    return Entry(
        source_id=source_id,
        guid=id_,
        title=f"FDA PMA {id_}: {name}{_by(applicant)}",
        link=f"{_PLACES}/cfpma/pma.cfm?id={id_}",
        summary=_said(
            ("Decision", _DECISIONS.get(decision, decision)),
            ("Supplement", word(record, "supplement_type")),
            ("Reason", word(record, "supplement_reason")),
            ("Order", word(record, "ao_statement")),
            *_device(record),
        ),
        published=word(record, "decision_date") or None,
        authors=(applicant,) if applicant else (),
        # The number of the approval would make one item of it and all its supplements.
        identifiers=() if supplement else (Identifier(scheme="fda", value=pma),),
        links=(f"{_PLACES}/cfpma/pma.cfm?id={pma}",) if supplement else (),
        publication=Publication(types=("PMA",)),
        where=where,
    )


def _recall(record: Members, where: str, url: str, source_id: str) -> Entry:
    """A recall. The submissions of the recalled device are links: the recall is not that clearance."""
    id_, firm = word(record, "product_res_number") or word(record, "cfres_id"), word(record, "recalling_firm")
    product = " ".join(word(record, "product_description").split())
    shown = product if len(product) <= _PRODUCT else f"{product[:_PRODUCT].rsplit(' ', 1)[0]}…"
    page = word(record, "cfres_id")
    return Entry(
        source_id=source_id,
        guid=id_,
        title=f"FDA recall {id_}: {shown}{_by(firm)}",
        link=f"{_PLACES}/cfres/res.cfm?id={page}" if page else _asking(url, id_),
        summary=_said(
            ("Status", word(record, "recall_status")),
            ("Reason", word(record, "reason_for_recall")),
            ("Action", word(record, "action")),
            ("Cause", word(record, "root_cause_description")),
            ("Product", product),
            *_device(record),
        ),
        published=word(record, "event_date_posted") or word(record, "event_date_initiated") or None,
        updated=word(record, "event_date_terminated") or None,
        authors=(firm,) if firm else (),
        links=(
            *(f"{_PLACES}/cfpmn/pmn.cfm?ID={number}" for number in words(record, "k_numbers")),
            *(f"{_PLACES}/cfpma/pma.cfm?id={number}" for number in words(record, "pma_numbers")),
        ),
        publication=Publication(types=("Recall",)),
        where=where,
    )


def _by(firm: str) -> str:
    return f" ({firm})" if firm else ""


def _device(record: Members) -> tuple[tuple[str, str], ...]:
    """What kind of device it is, in the FDA's words."""
    official = one(record, "openfda")
    return (
        ("Device", word(official, "device_name") or word(record, "generic_name")),
        (
            "Specialty",
            word(official, "medical_specialty_description") or word(record, "advisory_committee_description"),
        ),
        ("Product code", word(record, "product_code")),
    )


def _said(*pairs: tuple[str, str]) -> str:
    """Names and values as sentences, without those that have no value."""
    return plain(" ".join(f"{name}: {value.rstrip('.')}." for name, value in pairs if value))


def _asking(url: str, id_: str) -> str:
    """The address that answers with this one recall, for records that have no page of their own."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, f"search=product_res_number:{quote(id_)}", ""))
