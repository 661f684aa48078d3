"""ClinicalTrials.gov: what is asked and what a study becomes."""

from __future__ import annotations

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.model import Entry, Source
from dermai_feed.normalize import normalize
from dermai_feed.rules import ProviderRules

URL = "https://clinicaltrials.gov/api/v2/studies"


def study(**status):
    return {
        "protocolSection": {
            "identificationModule": {"nctId": "NCT09990003", "briefTitle": "A trial"},
            "statusModule": {"lastUpdatePostDateStruct": {"date": "2026-11-19"}, **status},
        }
    }


def read(saved_answer) -> tuple[Entry, ...]:
    return parse_here("clinicaltrials", saved_answer, "", URL, "src").entries


def test_the_question_names_words_days_and_fields(interface):
    """Term, condition, a further filter and the days of change; oldest first, 100 a page."""
    options = {"term": "deep learning", "condition": "skin OR melanoma", "filter": "AREA[Phase]PHASE3"}
    trials = interface("clinicaltrials", URL, options, lambda _url, _query: {"studies": []})
    assert trials.poll().failure is None
    (asked,) = trials.asked
    fields = asked.pop("fields").split(",")
    assert {"NCTId", "BriefTitle", "OverallStatus", "LastUpdatePostDate", "BriefSummary"} <= set(fields)
    assert asked == {
        "query.term": "deep learning",
        "query.cond": "skin OR melanoma",
        "filter.advanced": "(AREA[Phase]PHASE3) AND AREA[LastUpdatePostDate]RANGE[2026-10-22,2026-11-21]",
        "sort": "LastUpdatePostDate:asc",
        "pageSize": "100",
    }


def test_an_empty_page_may_have_others_after_it(interface):
    """An empty page with a token is followed; one without is the end."""
    answers = {"": {"studies": [], "nextPageToken": "two"}, "two": {"studies": [study()]}}
    trials = interface("clinicaltrials", URL, {}, lambda _url, query: answers[query.get("pageToken", "")])
    assert [entry.guid for entry in trials.poll().entries] == ["NCT09990003"]


def test_a_study_becomes_an_entry(saved):
    """Number, address, dates, sponsor, conditions, phases, and the papers that report it."""
    first = read(saved("clinicaltrials.json"))[0]
    assert (first.guid, first.title) == ("NCT09990001", "Smartphone Triage of Pigmented Lesions")
    assert first.link == "https://clinicaltrials.gov/study/NCT09990001"
    assert (first.published, first.updated) == ("2025-02-03", "2026-11-19")
    assert first.authors == ("Example University Hospital",)
    assert first.tags == ("Melanoma", "deep learning")
    assert [str(i) for i in first.identifiers] == ["nct:NCT09990001"]
    assert first.links == ("https://pubmed.ncbi.nlm.nih.gov/90000001/",)
    assert first.publication.types == ("Trial registration", "phase 1", "phase 2")


def test_the_status_leads_the_text(saved):
    """How the trial stands comes before what it is about; Markdown escapes are gone, `<` is text."""
    first, second = read(saved("clinicaltrials.json"))
    assert first.summary == (
        "<p>Status: terminated. Stopped because: Slow recruitment. Results are posted. "
        "Phase 1, phase 2, interventional, 40 participants. Studied: Skin app.</p>"
        "<p>Lesions &lt; 6 mm are photographed.\n\n* benign\n* not benign</p>"
    )
    assert second.summary.startswith("<p>Status: active, not recruiting. Observational.</p>")
    assert second.title == "Observation of Moles by Machine"  # the official title, where there is no brief one


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ({"overallStatus": "RECRUITING"}, {"overallStatus": "COMPLETED"}, True),
        ({"overallStatus": "RECRUITING"}, {"overallStatus": "SUSPENDED", "whyStopped": "Funding"}, True),
        ({"overallStatus": "RECRUITING"}, {"overallStatus": "RECRUITING"}, False),
    ],
)
def test_a_status_change_is_news(interface, before, after, news):
    """The same trial with another status is the same item in a new version; another date alone is none."""

    def item(status, changed):
        answer = {"studies": [study(**status, lastUpdatePostDateStruct={"date": changed})]}
        trials = interface("clinicaltrials", URL, {}, lambda _url, _query: answer)
        (entry,) = trials.poll().entries
        source = Source(id="src", kind="clinicaltrials", name="Src", url=URL)
        return normalize(entry, source=source, first_seen=trials.now, first_poll=False, rules=ProviderRules())

    one, other = item(before, "2026-11-18"), item(after, "2026-11-19")
    assert one.id == other.id
    assert (one.content_hash != other.content_hash) is news


def test_p12_a_study_that_is_none_costs_itself(saved):
    """A list element that is no object is a problem; the token of the next page is kept."""
    parsed = parse_here("clinicaltrials", saved("clinicaltrials.json"), "", URL, "src")
    assert (len(parsed.entries), parsed.next_page) == (2, "page-two")
    assert [problem.where for problem in parsed.problems] == ["src: entry 2"]
    nameless = parse_here("clinicaltrials", b'{"studies": [{"protocolSection": {}}]}', "", URL, "src")
    assert nameless.problems[0].what == "cannot be read: ValueError: a study without NCT number"
