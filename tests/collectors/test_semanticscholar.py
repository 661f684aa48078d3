"""Semantic Scholar: what is asked of the bulk search and what a paper becomes."""

from __future__ import annotations

from dermai_feed.collectors import parse_here

URL = "https://api.semanticscholar.org/graph/v1/paper/search/bulk"


def test_the_question_names_words_days_and_fields(interface, saved):
    """The token of a page asks for the next, with everything else unchanged; null ends."""
    answers = {"": saved("semanticscholar.json"), "TOKENTWO": {"total": 3, "token": None, "data": []}}
    options = {"term": '(melanoma | naevus) + "deep learning"', "fields_of_study": "Medicine,Computer Science"}
    papers = interface("semanticscholar", URL, options, lambda _url, query: answers[query.get("token", "")])
    assert len(papers.poll().entries) == 2
    first, second = papers.asked
    assert first["query"] == '(melanoma | naevus) + "deep learning"'
    assert first["fieldsOfStudy"] == "Medicine,Computer Science"
    assert first["publicationDateOrYear"] == "2026-10-22:2026-11-21"
    assert {"title", "abstract", "externalIds", "publicationDate"} <= set(first["fields"].split(","))
    assert second == {**first, "token": "TOKENTWO"}


def test_a_paper_becomes_an_entry(saved):
    """Its own DOI is the address, its ids are identifiers, pages lose their blanks."""
    parsed = parse_here("semanticscholar", saved("semanticscholar.json"), "", URL, "src")
    first = parsed.entries[0]
    assert (first.guid[:4], first.title, first.link) == (
        "aaaa", "Naevi counted by machine", "https://doi.org/10.9999/jxd.2026.1",
    )  # fmt: skip
    assert first.summary == "Lesions &lt; 6 mm."
    assert first.published == "2026-11-12"
    assert first.authors == ("Aino Aalto", "B. C. Bergman")
    assert [str(i) for i in first.identifiers] == ["doi:10.9999/jxd.2026.1", "pmid:90000001", "pmcid:PMC9000001"]
    assert (first.publication.journal, first.publication.volume, first.publication.pages, first.publication.types) == (
        "Journal of Example Dermatology", "12", "145-149", ("JournalArticle", "Review"),
    )  # fmt: skip
    assert parsed.next_page == "TOKENTWO"


def test_a_paper_that_only_arxiv_has(saved):
    """Without a DOI the address is arXiv's, without a date it is the year, without a journal the venue."""
    other = parse_here("semanticscholar", saved("semanticscholar.json"), "", URL, "src").entries[1]
    assert (other.link, other.published, other.publication.journal) == (
        "https://arxiv.org/abs/2611.00001", "2026", "arXiv.org",
    )  # fmt: skip
    bare = parse_here("semanticscholar", b'{"data": [{"paperId": "p1"}]}', "", URL, "src").entries[0]
    assert (bare.link, bare.published) == ("https://www.semanticscholar.org/paper/p1", None)


def test_p12_a_paper_without_id_costs_itself(saved):
    """The problem names it; the two others are read."""
    parsed = parse_here("semanticscholar", saved("semanticscholar.json"), "", URL, "src")
    assert [problem.where for problem in parsed.problems] == ["src: entry 2"]
