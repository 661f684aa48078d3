"""ClinicalTrials.gov: trials by the day of their last change, from API v2 (kind `clinicaltrials`).

`url` is https://clinicaltrials.gov/api/v2/studies (https://clinicaltrials.gov/data-api/api). Options:

    term       query.term, in the registry's own syntax ("artificial intelligence" OR "deep learning")
    condition  query.cond, such as skin OR melanoma
    filter     a further filter.advanced, such as AREA[StudyType]INTERVENTIONAL
    days, pages  as `paging` says

At least `term` or `condition` should be given: the registry changes hundreds of trials a day. No
key and no published limit; robots.txt asks for one second between requests, which is the default gap.

A trial is one item for good. Its status leads the text, so that a trial that starts, stops or
ends makes a new version of the item, which is news; a change that the text does not show is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial

from ..model import Collected, Entry, Identifier, Parsed, Publication, Source, SourceState
from . import members, paging
from .contract import Context
from .each import read_each
from .markup import plain
from .members import Members, flag, objects, one, word, words

_HABITS = paging.Habits(days=30, overlap=2, options=frozenset({"term", "condition", "filter"}))
_PAGE_SIZE = "100"
# Pieces (https://clinicaltrials.gov/data-api/about-api/study-data-structure): whole studies with results are megabytes.
_FIELDS = (
    "NCTId", "BriefTitle", "OfficialTitle", "OverallStatus", "WhyStopped", "HasResults", "StudyFirstPostDate",
    "LastUpdatePostDate", "LeadSponsorName", "BriefSummary", "Condition", "Keyword", "StudyType", "Phase",
    "EnrollmentCount", "InterventionName", "ReferencePMID", "ReferenceType",
)  # fmt: skip
_STATUS = {"ACTIVE_NOT_RECRUITING": "active, not recruiting", "UNKNOWN": "unknown (not confirmed for two years)"}
_PHASES = {"EARLY_PHASE1": "early phase 1", "PHASE1": "phase 1", "PHASE2": "phase 2", "PHASE3": "phase 3",
           "PHASE4": "phase 4"}  # fmt: skip
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!<>~|])")  # the registry's texts are Markdown
_OWN_REPORTS = frozenset({"RESULT", "DERIVED"})  # BACKGROUND references are other people's work


@dataclass(frozen=True, slots=True)
class ClinicalTrialsCollector:
    """Collects the trials that were registered or changed since the last poll."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Ask for the trials changed since the last poll, page by page. Raises: FetchFailed (see `paging.poll`)."""
        return paging.poll(source, state, context, habits=_HABITS, address=_address)

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One page of studies, or one study; an empty page may have others after it.

        Raises: ParseFailed with the server's own words for anything else.
        """
        document = members.answer(body, content_type)
        found = [document] if "protocolSection" in document else members.records(document, "studies")
        entries, problems = read_each(found, partial(_entry, source_id=source_id), source_id)
        return Parsed(entries=entries, problems=problems, next_page=word(document, "nextPageToken"))


def _address(source: Source, place: paging.Place) -> str:
    changed = f"AREA[LastUpdatePostDate]RANGE[{place.since},{place.until}]"
    further = source.options.get("filter", "")
    return paging.with_query(
        source.url,
        {
            "query.term": source.options.get("term", ""),
            "query.cond": source.options.get("condition", ""),
            "filter.advanced": f"({further}) AND {changed}" if further else changed,
            "fields": ",".join(_FIELDS),
            "sort": "LastUpdatePostDate:asc",
            "pageSize": _PAGE_SIZE,
            "pageToken": place.page,
        },
    )


def _entry(record: object, number: int, *, source_id: str) -> Entry:
    study = members.members(record)
    protocol = one(study, "protocolSection")
    names, status = one(protocol, "identificationModule"), one(protocol, "statusModule")
    nct = word(names, "nctId")
    if not nct:
        raise ValueError("a study without NCT number")
    conditions = one(protocol, "conditionsModule")
    sponsor = word(one(protocol, "sponsorCollaboratorsModule", "leadSponsor"), "name")
    text = _ESCAPED.sub(r"\1", word(one(protocol, "descriptionModule"), "briefSummary"))
    return Entry(
        source_id=source_id,
        guid=nct,
        title=word(names, "briefTitle") or word(names, "officialTitle"),
        link=f"https://clinicaltrials.gov/study/{nct}",
        summary=f"<p>{plain(_standing(study, protocol))}</p><p>{plain(text)}</p>",
        published=word(one(status, "studyFirstPostDateStruct"), "date") or None,
        updated=word(one(status, "lastUpdatePostDateStruct"), "date") or None,
        authors=(sponsor,) if sponsor else (),
        tags=words(conditions, "conditions") + words(conditions, "keywords"),
        identifiers=(Identifier(scheme="nct", value=nct),),
        links=tuple(
            f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/"
            for reference in objects(one(protocol, "referencesModule"), "references")
            if word(reference, "type") in _OWN_REPORTS and (pmid := word(reference, "pmid"))
        ),
        publication=Publication(types=("Trial registration", *_phases(protocol))),
        where=f"entry {number}",
    )


def _phases(protocol: Members) -> tuple[str, ...]:
    return tuple(_PHASES[phase] for phase in words(one(protocol, "designModule"), "phases") if phase in _PHASES)


def _standing(study: Members, protocol: Members) -> str:
    """How the trial stands, in a few sentences: the part of an entry that changes."""
    status, design = one(protocol, "statusModule"), one(protocol, "designModule")
    code = word(status, "overallStatus")
    standing = _STATUS.get(code, code.replace("_", " ").lower())
    reason = word(status, "whyStopped")
    interventions = [
        name
        for arm in objects(one(protocol, "armsInterventionsModule"), "interventions")
        if (name := word(arm, "name"))
    ]
    enrolled = word(one(design, "enrollmentInfo"), "count")
    about = [
        *_phases(protocol),
        word(design, "studyType").replace("_", " ").lower(),
        f"{enrolled} participants" if enrolled else "",
    ]
    sentences = [
        f"Status: {standing}" if standing else "",
        f"Stopped because: {reason.rstrip('.')}" if reason else "",
        "Results are posted" if flag(study, "hasResults") else "",
        ", ".join(part for part in about if part),
        f"Studied: {', '.join(interventions[:5])}" if interventions else "",
    ]
    return " ".join(f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences if sentence)
