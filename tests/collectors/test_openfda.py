"""openFDA: what is asked of each endpoint and what its records become."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dermai_feed.collectors import parse_here

URL = "https://api.fda.gov/device/510k.json"


def entries(saved_answer, url=URL):
    return {entry.guid: entry for entry in parse_here("openfda", saved_answer, "", url, "src").entries}


@pytest.mark.parametrize(
    ("endpoint", "term", "search", "sort"),
    [
        ("510k", "", "decision_date:[20260823 TO 20261121]", "decision_date:asc"),
        ("510k", "k_number:DEN*", "(k_number:DEN*) AND decision_date:[20260823 TO 20261121]", "decision_date:asc"),
        ("pma", "product_code:QZF", "(product_code:QZF) AND decision_date:[20260823 TO 20261121]", "decision_date:asc"),
        ("recall", "", "event_date_posted:[20260823 TO 20261121]", "event_date_posted:asc"),
    ],
)
def test_each_endpoint_has_its_date(interface, endpoint, term, search, sort):
    """Decisions go by decision_date, recalls by the day they were posted."""
    records = interface(
        "openfda", f"https://api.fda.gov/device/{endpoint}.json", {"term": term}, lambda _url, _query: {"results": []}
    )
    assert records.poll().failure is None
    assert records.asked == [{"search": search, "sort": sort, "limit": "100"}]


def test_pages_are_asked_by_skip(interface):
    """250 records are three pages; the next window overlaps by 45 days, as decisions show late."""

    def answer(_url, query):
        skip = int(query.get("skip", "0"))
        found = [{"k_number": f"K26{n:04d}", "device_name": "D"} for n in range(skip, min(skip + 100, 250))]
        return {"meta": {"results": {"skip": skip, "limit": 100, "total": 250}}, "results": found}

    records = interface("openfda", URL, {}, answer)
    assert len(records.poll().entries) == 250
    records.now += timedelta(days=1)
    records.poll()
    assert [query.get("skip") for query in records.asked[:4]] == [None, "100", "200", None]
    assert records.asked[3]["search"] == "decision_date:[20261007 TO 20261122]"


def test_404_says_that_nothing_matches(interface, refuse):
    """A status 404 is an empty answer: no failure, no problem, and the next poll asks for the days after."""
    records = interface("openfda", URL, {}, lambda _url, _query: refuse(404, "not_found"))
    got = records.poll()
    assert (got.failure, got.entries, got.problems, got.requests) == (None, (), (), 1)
    assert '"page": null' in got.cursor


def test_any_other_status_is_a_failure(interface, refuse):
    """400 is a question that openFDA does not understand."""
    records = interface("openfda", URL, {"term": "(("}, lambda _url, _query: refuse(400))
    assert (records.poll().failure, records.state.cursor) == ("http_4xx", None)


def test_not_found_in_the_body_says_the_same():
    """The words of a 404 that came with another status are no error either; other errors are."""
    body = b'{"error": {"code": "NOT_FOUND", "message": "No matches found!"}}'
    assert parse_here("openfda", body, "", URL, "src").entries == ()


def test_an_address_that_is_no_endpoint_is_named(interface):
    """Another endpoint's records would not be understood: nothing is asked."""
    records = interface("openfda", "https://api.fda.gov/drug/label.json", {}, lambda _url, _query: {})
    got = records.poll()
    assert (got.failure, records.requests) == ("bad_url", [])
    assert "there are 510k.json, pma.json, recall.json" in got.failure_text


def test_more_than_openfda_pages_is_told():
    """Behind 25,000 records there is no page; the problem says what to do."""
    body = (
        b'{"meta": {"results": {"skip": 25000, "limit": 100, "total": 30000}}, '
        b'"results": [{"k_number": "K260001", "device_name": "D"}]}'
    )
    parsed = parse_here("openfda", body, "", URL, "src")
    assert (len(parsed.entries), parsed.next_page) == (1, "")
    assert parsed.problems[0].hint == "narrow options.term, or lessen options.days"


def test_a_clearance_and_a_de_novo_grant(saved):
    """Both are in one endpoint; each has its own page, its number and the FDA's words. Both forms of date pass."""
    found = entries(saved("openfda.json"))
    cleared, granted = found["K269001"], found["DEN260001"]
    assert cleared.title == "FDA 510(k) K269001: Example Lesion Analyzer (Example Devices Inc.)"
    assert cleared.link == "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/pmn.cfm?ID=K269001"
    assert cleared.summary == (
        "Decision: Substantially Equivalent. Device: Software-aided adjunctive diagnostic device for skin lesions. "
        "Specialty: General, Plastic Surgery. Product code: QZF."
    )
    assert ([str(i) for i in cleared.identifiers], cleared.published) == (["fda:K269001"], "20261015")
    assert granted.title == "FDA De Novo DEN260001: Example Skin Scope (Scope Ltd)"
    assert granted.link == "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/denovo.cfm?ID=DEN260001"
    assert (granted.published, granted.publication.types) == ("2026-10-20", ("De Novo",))


def test_a_supplement_is_not_its_approval(saved):
    """The approval is identified by its number; a supplement only links to it."""
    found = entries(saved("openfda.json"))
    approval, supplement = found["P260001"], found["P260001S001"]
    assert [str(i) for i in approval.identifiers] == ["fda:P260001"]
    assert approval.summary.startswith("Decision: approved. Device: Patch.")
    assert supplement.identifiers == ()
    assert supplement.links == (approval.link,)
    assert "Supplement: 30-Day Notice. Reason: Process change. Order: A new sterilizer." in supplement.summary


def test_a_recall_links_to_the_clearance_and_is_not_it(saved):
    """The status leads the text, the title is cut at a word, and the K number is no identifier of the recall."""
    recall = entries(saved("openfda.json"))["Z-0101-2026"]
    assert recall.title == (
        "FDA recall Z-0101-2026: Example Lesion Analyzer, software versions 1.0 to 1.4, used with the handheld camera "
        "and the tablet that is delivered… (Example Devices Inc.)"
    )
    assert recall.link == "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfres/res.cfm?id=209001"
    assert recall.identifiers == ()
    assert recall.links == ("https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/pmn.cfm?ID=K269001",)
    assert recall.summary.startswith("Status: Open, Classified. Reason: Scores may be shown for the wrong lesion.")
    assert recall.published == "2026-10-23"


def test_a_recall_without_a_page_leads_to_the_question(saved):
    """Some recalls have no number of their own page: the interface answers with them."""
    body = saved("openfda.json").replace(b'"cfres_id": "209001", ', b"")
    recall = entries(body, "https://api.fda.gov/device/recall.json?search=x&limit=100")["Z-0101-2026"]
    assert recall.link == "https://api.fda.gov/device/recall.json?search=product_res_number:Z-0101-2026"


def test_p12_a_record_of_another_endpoint_costs_itself(saved):
    """A record of no known kind is a problem; the five others are read and paging goes on."""
    parsed = parse_here("openfda", saved("openfda.json"), "", URL, "src")
    assert (len(parsed.entries), parsed.next_page) == (5, "6")
    assert [problem.what for problem in parsed.problems] == [
        "cannot be read: ValueError: a record of no kind that is known: establishment_type, fei_number"
    ]
