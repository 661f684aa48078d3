"""One record of openFDA as an entry, whichever endpoint it comes from.

Collected are decisions on devices and recalls; files may hold any (https://open.fda.gov/apis/):
enforcement reports, drug approvals, labels, reports of events, classes of devices. A record is
told by the member that only its endpoint has.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import quote, urlsplit, urlunsplit

from ..model import Entry, Identifier, Publication
from .markup import plain
from .members import Members, objects, one, word, words

_PLACES = "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs"
# Codes of PMA decisions in the words of https://open.fda.gov/apis/device/pma/searchable-fields/; others stay codes.
_DECISIONS = {
    "APPR": "approved",
    "OK30": "30-day notice accepted",
    "APWD": "withdrawn after approval",
    "DENY": "denied",
}
_PRODUCT = 120  # characters of a recalled product's description that make a title


def entry(record: Members, where: str, url: str, source_id: str) -> Entry:
    """The entry of `record`. Raises: ValueError for a record of a kind that is not known."""
    if word(record, "product_res_number") or word(record, "cfres_id"):
        return _recall(record, where, url, source_id)
    if word(record, "pma_number"):
        return _approval(record, where, source_id)
    if word(record, "k_number"):
        return _clearance(record, where, source_id)
    for key, read in _OTHERS.items():
        if word(record, key):
            return read(record, where, url, source_id)
    raise ValueError(f"a record of no kind that is known: {', '.join(sorted(record))[:120]}")


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
    product, shown = _product(record)
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


def _asking(url: str, id_: str, name: str = "product_res_number") -> str:
    """The address that answers with this one record, for those that have no page of their own."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, f"search={name}:{quote(id_)}", ""))


def _product(record: Members) -> tuple[str, str]:
    """A recalled product's description, and as much of it as makes a title."""
    product = " ".join(word(record, "product_description").split())
    return product, product if len(product) <= _PRODUCT else f"{product[:_PRODUCT].rsplit(' ', 1)[0]}…"


# --------------------------------------------------------------------------- other endpoints


def _enforcement(record: Members, where: str, url: str, source_id: str) -> Entry:
    """A weekly enforcement report: a recall as its class was decided."""
    id_, firm = word(record, "recall_number"), word(record, "recalling_firm")
    product, shown = _product(record)
    return Entry(
        source_id=source_id, guid=id_, title=f"FDA recall {id_}: {shown}{_by(firm)}",
        link=_asking(url, id_, "recall_number"),
        summary=_said(
            ("Class", word(record, "classification")), ("Status", word(record, "status")),
            ("Reason", word(record, "reason_for_recall")), ("Product", product),
        ),
        published=word(record, "report_date") or word(record, "recall_initiation_date") or None,
        updated=word(record, "termination_date") or None,
        authors=(firm,) if firm else (), publication=Publication(types=("Recall",)), where=where,
    )  # fmt: skip


def _drug(record: Members, where: str, url: str, source_id: str) -> Entry:
    """A drug's application, dated by its last approved submission."""
    id_, sponsor = word(record, "application_number"), word(record, "sponsor_name")
    products = objects(record, "products")
    names = dict.fromkeys(name for product in products if (name := word(product, "brand_name")))
    approved = [
        date
        for submission in objects(record, "submissions")
        if word(submission, "submission_status") == "AP" and (date := word(submission, "submission_status_date"))
    ]
    forms = dict.fromkeys(form for product in products if (form := word(product, "dosage_form")))
    return Entry(
        source_id=source_id, guid=id_, title=f"FDA drug {id_}: {', '.join(names)}{_by(sponsor)}",
        link=_asking(url, id_, "application_number"),
        summary=_said(("Form", ", ".join(forms)), ("Generic name", _official(record, "generic_name"))),
        published=min(approved, default=None), updated=max(approved, default=None),
        authors=(sponsor,) if sponsor else (), publication=Publication(types=("Drug approval",)), where=where,
    )  # fmt: skip


def _label(record: Members, where: str, _url: str, source_id: str) -> Entry:
    """A drug's label, whose `set_id` all its versions share."""
    id_, firm = word(record, "set_id"), _official(record, "manufacturer_name")
    name = _official(record, "brand_name") or _official(record, "generic_name")
    return Entry(
        source_id=source_id, guid=id_, title=f"FDA label: {name or id_}{_by(firm)}",
        link=f"https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid={quote(id_)}",
        summary=plain(" ".join(words(record, "indications_and_usage"))),
        updated=word(record, "effective_time") or None,
        authors=(firm,) if firm else (), publication=Publication(types=("Drug label",)), where=where,
    )  # fmt: skip


def _event(record: Members, where: str, url: str, source_id: str) -> Entry:
    """A report of an adverse event, of a device (MAUDE) or a drug (FAERS)."""
    device, drug = word(record, "report_number"), word(record, "safetyreportid")
    about = [word(one_, "brand_name") or word(one_, "generic_name") for one_ in objects(record, "device")]
    about += [word(one_, "medicinalproduct") for one_ in objects(one(record, "patient"), "drug")]
    reactions = [word(one_, "reactionmeddrapt") for one_ in objects(one(record, "patient"), "reaction")]
    texts = [word(one_, "text") for one_ in objects(record, "mdr_text")]
    return Entry(
        source_id=source_id, guid=device or drug,
        title=f"FDA event report {device or drug}: {', '.join(dict.fromkeys(filter(None, about)))}",
        link=_asking(url, device or drug, "report_number" if device else "safetyreportid"),
        summary=_said(
            ("Event", word(record, "event_type")), ("Reactions", ", ".join(filter(None, reactions))),
            ("Report", " ".join(filter(None, texts))),
        ),
        published=word(record, "date_received") or word(record, "receivedate") or None,
        publication=Publication(types=("Event report",)), where=where,
    )  # fmt: skip


def _class(record: Members, where: str, url: str, source_id: str) -> Entry:
    """A class of devices, or a marketed device of one (UDI, registration)."""
    code, name = word(record, "product_code"), word(record, "device_name") or word(record, "brand_name")
    return Entry(
        source_id=source_id, guid=code, title=f"FDA product code {code}: {name}",
        link=_asking(url, code, "product_code"),
        summary=_said(
            ("Class", word(record, "device_class")), ("Regulation", word(record, "regulation_number")),
            ("Definition", word(record, "definition")), *_device(record),
        ),
        publication=Publication(types=("Device class",)), where=where,
    )  # fmt: skip


def _official(record: Members, key: str) -> str:
    """A name in the part that openFDA adds: the first of a list."""
    return next(iter(words(one(record, "openfda"), key)), "")


_OTHERS: Mapping[str, Callable[[Members, str, str, str], Entry]] = {
    "recall_number": _enforcement, "application_number": _drug, "set_id": _label, "report_number": _event,
    "safetyreportid": _event, "product_code": _class,
}  # fmt: skip
