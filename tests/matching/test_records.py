"""Records of the literature: one paper in two databases, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dermai_feed.matching import compare
from dermai_feed.matching.profile import address, family_name, is_literature
from dermai_feed.matching.records import abbreviates
from dermai_feed.model import Identifier, Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]

TITLE = "Deep learning for the early detection of melanoma in primary care: a multicentre study"
AUTHORS = "Zelinka, Petra; Roth, A.; Valadares, Inês"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"title": TITLE}, {"title": TITLE.upper() + "."}),
        ({"authors": AUTHORS}, {"authors": "Zelinka P; Roth A; Valadares I"}),
        ({"journal": "Molecular Immunology"}, {"journal": "Mol Immunol."}),
        ({"pages": "869-75"}, {"pages": "869-875"}),
        ({"title": TITLE}, {"title": TITLE + " [German]"}),
        ({"title": TITLE}, {"title": "Deep learning for the early detection of melanoma in primary care"}),
        ({"issue": "3"}, {"issue": ""}),
        ({"year": 2025}, {"year": 2024}),
    ],
)
def test_one_paper_in_two_databases_is_one_work(weights: MatchWeights, record: Make, one: dict, other: dict) -> None:  # type: ignore[type-arg]
    """Case, initials, abbreviations, cut pages, brackets, a lost subtitle, a year's delay: the same paper."""
    base = {"title": TITLE, "authors": AUTHORS, "journal": "Lesion", "volume": "12", "issue": "3", "pages": "869-875"}
    a = record(id="a", **{**base, **one})
    b = record(id="b", **{**base, **other})
    assert compare(a, b, weights).level == "work"


def test_one_doi_is_one_work_whatever_the_rest_says(weights: MatchWeights, record: Make) -> None:
    """Identifiers decide first."""
    a = record(TITLE, AUTHORS, id="a", doi="10.5555/x.1", volume="1")
    b = record("Melanoma und Maschinen", "Roth, A.", id="b", doi="10.5555/X.1", volume="2", year=2023)
    edge = compare(a, b, weights)
    assert edge.level == "work"
    assert edge.probability > 0.99


@pytest.mark.parametrize(
    ("other", "because"),
    [
        ({"title": TITLE.replace("early", "late")}, "early / late"),
        ({"title": f"{TITLE}. Part II"}, ""),
        ({"volume": "30", "pages": "S12", "journal": "Abstracts of a Meeting"}, "other volume and other pages"),
        ({"pages": "S12"}, "meeting"),
        ({"authors": "Nobody, Else", "pages": "4-9"}, "no author in common"),
        ({"title": f"Erratum: {TITLE}", "pages": "1001"}, "correction and its subject"),
        ({"title": ""}, "no title"),
    ],
)
def test_what_looks_like_one_paper_is_kept_apart(
    weights: MatchWeights, record: Make, other: dict, because: str  # type: ignore[type-arg]
) -> None:  # fmt: skip
    """Opposite words, parts, meeting abstracts, other authors, notices and titleless records are no duplicates."""
    title = f"{TITLE}. Part I" if "Part II" in str(other.get("title")) else TITLE
    base = {"title": title, "authors": AUTHORS, "journal": "Lesion", "volume": "12", "issue": "3", "pages": "869-875"}
    edge = compare(record(id="a", **base), record(id="b", **{**base, **other}), weights)
    assert edge.level != "work"
    assert because in edge.veto


def test_a_notice_joins_its_subjects_story(weights: MatchWeights, record: Make) -> None:
    """A correction that names the title, or a retraction that links to the DOI, is one story with the paper."""
    paper = record(TITLE, AUTHORS, id="p", doi="10.5555/x.1", volume="12", pages="869")
    erratum = record(f"Author Correction: {TITLE}", AUTHORS, id="e", year=2026, volume="13", pages="1")
    link = ("https://doi.org/10.5555/x.1",)
    retraction = record("Retraction notice", "Editors", id="r", year=2026, links=link)
    assert compare(paper, erratum, weights).level == "story"
    assert compare(paper, retraction, weights).level == "story"
    assert compare(erratum, retraction, weights).level not in {"work", "story"}


def test_two_records_of_one_notice_are_one_work(weights: MatchWeights, record: Make) -> None:
    """Notices are compared by what they are about."""
    a = record(f"Erratum: {TITLE}", AUTHORS, id="a", volume="13", pages="616")
    b = record(f"{TITLE} (vol 12, pg 869, 2025)", AUTHORS, id="b", volume="13", pages="616-616")
    assert compare(a, b, weights).level == "work"


def test_a_preprint_is_a_version_of_its_paper(weights: MatchWeights, record: Make) -> None:
    """By declared relation, else by title and authors within a year or two."""
    paper = record(TITLE, AUTHORS, id="p", doi="10.5555/x.1", volume="12", pages="869", year=2026)
    preprint = record(TITLE, AUTHORS, id="q", doi="10.1101/2025.01.02.3", journal="medRxiv", year=2025)
    assert compare(paper, preprint, weights).level == "work"
    renamed = replace(preprint, title="Mole networks", links=("https://doi.org/10.5555/x.1",))
    assert compare(paper, renamed, weights).level == "work"
    stranger = replace(preprint, title="Networks that read a skin biopsy", authors=("Someone Else",))
    assert compare(paper, stranger, weights).level not in {"work", "story"}


def test_papers_of_one_subject_are_related(weights: MatchWeights, record: Make) -> None:
    """Much the same words in title and abstract, other authors: a link, not a merge."""
    text = "We trained a convolutional network to detect melanoma on dermoscopic images of lesions in primary care."
    a = record(
        "Convolutional network detects melanoma on dermoscopic images", "Roth, A.", id="a", excerpt=text, volume="1"
    )
    b = record(
        "Detecting melanoma on dermoscopic images with a convolutional network", "Li, B.", id="b", excerpt=text[:70],
        volume="9", year=2021,
    )  # fmt: skip
    assert compare(a, b, weights).level == "related"


@pytest.mark.parametrize(
    ("written", "family"),
    [
        ("Ozcan, Aydogan", "ozcan"),
        ("Ozcan A", "ozcan"),
        ("Ozcan AB", "ozcan"),
        ("A. Ozcan", "ozcan"),
        ("Aydogan Ozcan", "ozcan"),
        ("Özcan, A", "ozcan"),
        ("Di, Stefano L", "distefano"),
        ("Di Stefano, L", "distefano"),
        ("de Jorge E", "dejorge"),
        ("Yip", "yip"),
        ("", ""),
    ],
)
def test_family_names_are_found_in_every_notation(written: str, family: str) -> None:
    """Comma, initials before or after, particles: one family name."""
    assert family_name(written) == family


@pytest.mark.parametrize(
    ("short", "long", "yes"),
    [
        ("mol immunol", "molecular immunology", True),
        ("proc natl acad sci", "proceedings of the national academy of sciences", True),
        ("jama", "journal of american medical association", True),
        ("lancet", "lancet oncology", True),
        ("stroke", "canadian journal of neurological sciences", False),
        ("br j dermatol", "british journal of haematology", False),
    ],
)
def test_a_journals_abbreviation_is_recognised(short: str, long: str, yes: bool) -> None:
    """Each word opens a word of the full name, in order."""
    assert abbreviates(short, long) is yes


@pytest.mark.parametrize(
    ("url", "yes"),
    [
        ("https://doi.org/10.5555/x.1", True),
        ("https://pubmed.ncbi.nlm.nih.gov/37700403/", True),
        ("https://arxiv.org/abs/1702.08434v2", True),
        ("https://journal.example/articles/x.1234-5", True),
        ("https://news.example/2026/a-story", False),
    ],
)
def test_a_page_that_names_a_doi_is_not_the_paper(news: Make, url: str, yes: bool) -> None:
    """Literature lives at an address made from its identifier; an article merely speaks of one."""
    item = news("A title", id="a", url=url, identifiers=(Identifier(scheme="doi", value="10.5555/x.1234-5"),))
    assert is_literature(item) is yes


def test_versions_of_an_arxiv_paper_are_one_work(weights: MatchWeights, news: Make) -> None:
    """http or https, abs or pdf, any version: the identifier in the address decides."""
    a = news("A study", id="a", url="http://arxiv.org/abs/1802.03752v1")
    b = news("A study, revised and renamed", id="b", url="https://arxiv.org/pdf/1802.03752v3", day=300)
    assert compare(a, b, weights).level == "work"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://www.site.example/a/b/?utm_source=x&id=3", "https://site.example/a/b?id=3"),
        ("https://m.site.example/a.amp", "https://site.example/a"),
        ("https://site.example/a/amp#top", "https://site.example/a"),
        ("https://site.example/a/index.html", "https://site.example/a"),
    ],
)
def test_addresses_of_one_page_compare_equal(one: str, other: str) -> None:
    """Scheme, www, tracking, AMP and fragments do not make another page; other parameters do."""
    assert address(one) == address(other)
    assert address(other + ("&page=2" if "?" in other else "?page=2")) != address(other)
