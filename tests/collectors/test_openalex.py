"""OpenAlex: what is asked and what a work becomes."""

from __future__ import annotations

from datetime import timedelta

from dermai_feed.collectors import parse_here

URL = "https://api.openalex.org/works"


def test_the_question_names_words_filters_and_days(interface):
    """Filters joined by commas, only the members that are read, and the first cursor."""
    options = {"term": '"skin cancer" AND "deep learning"', "filter": "type:article"}
    works = interface("openalex", URL, options, lambda _url, _query: {"meta": {}, "results": []})
    assert works.poll().failure is None
    (asked,) = works.asked
    assert asked["filter"] == (
        'title_and_abstract.search:"skin cancer" AND "deep learning",type:article,'
        "from_publication_date:2026-10-22,to_publication_date:2026-11-21,is_paratext:false"
    )
    assert (asked["cursor"], asked["per_page"]) == ("*", "100")
    assert {"id", "doi", "title", "abstract_inverted_index"} <= set(asked["select"].split(","))


def test_cursors_lead_to_the_empty_page_at_the_end(interface, saved):
    """The last page is empty and still has a cursor; it is not followed."""
    answers = {"*": saved("openalex.json"), "cursor-two": {"meta": {"next_cursor": "cursor-three"}, "results": []}}
    works = interface("openalex", URL, {}, lambda _url, query: answers[query["cursor"]])
    assert len(works.poll().entries) == 2
    works.now += timedelta(days=1)
    works.poll()
    assert [query["cursor"] for query in works.asked] == ["*", "cursor-two", "*", "cursor-two"]
    assert "from_publication_date:2026-10-22,to_publication_date:2026-11-22" in works.asked[2]["filter"]


def test_a_work_becomes_an_entry(saved):
    """Abstract in order, authors with names, identifiers, places of other versions, and that it was retracted."""
    parsed = parse_here("openalex", saved("openalex.json"), "", URL, "src")
    first = parsed.entries[0]
    assert first.guid == "https://openalex.org/W9000000001"
    assert first.title == "Naevi counted by <i>machine</i>"
    assert first.link == "https://doi.org/10.9999/JXD.2026.1"
    assert first.summary == "No melanoma &amp; melanoma"
    assert first.published == "2026-11-12"
    assert first.authors == ("Aino Aalto", "B. C. Bergman")
    assert {i.scheme for i in first.identifiers} == {"doi", "pmid", "pmcid"}
    assert first.identifiers[-1].value == "PMC9000001"
    assert first.links == ("https://arxiv.org/abs/2610.00001",)
    assert first.publication.types == ("article", "Retracted Publication")
    assert (first.publication.journal, first.publication.volume, first.publication.issue, first.publication.pages) == (
        "Journal of Example Dermatology", "12", "3", "145",
    )  # fmt: skip
    assert parsed.next_page == "cursor-two"


def test_the_first_of_january_is_its_year(saved):
    """OpenAlex writes 1 January for works of which it knows the year; no day is made up of that."""
    other = parse_here("openalex", saved("openalex.json"), "", URL, "src").entries[1]
    assert (other.published, other.title) == ("2026", "A work known by its year")
    assert other.link == "https://openalex.org/W9000000003"
    assert (other.summary, other.identifiers, other.publication.types) == ("", (), ("preprint",))


def test_p12_a_work_without_id_costs_itself(saved):
    """The problem names it; the two others are read."""
    parsed = parse_here("openalex", saved("openalex.json"), "", URL, "src")
    assert [problem.what for problem in parsed.problems] == ["cannot be read: ValueError: a work without id"]


def test_p11_an_abstract_has_an_end():
    """An inverted index with a million places is cut, not built."""
    body = b'{"results": [{"id": "W1", "abstract_inverted_index": {"skin": [' + b"7," * 99_999 + b"7]}}]}"
    (entry,) = parse_here("openalex", body, "", URL, "src").entries
    assert entry.summary.count("skin") == 20_000
