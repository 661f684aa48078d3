"""Single comparisons answer with the level that their words promise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from dermai_feed.matching import coverage, news, records
from dermai_feed.matching.profile import Profile, profile
from dermai_feed.model import Identifier, Image, Item, Provider
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]


@pytest.fixture(scope="module")
def of(weights: MatchWeights) -> Callable[[Item], Profile]:
    """The profile under the shipped weights."""
    return lambda item: profile(item, weights)


Of = Callable[[Item], Profile]


def test_video_ids_are_identifiers_and_other_studies_a_conflict(news_item: Make, of: Of) -> None:
    """One video in two feeds is one thing; articles that name different trials contradict each other."""
    tube = (Identifier(scheme="youtube", value="abc"),)
    assert (
        news.identifier(of(news_item("A", id="a", identifiers=tube)), of(news_item("B", id="b", identifiers=tube)))[1]
        == "exact"
    )
    one = of(news_item("A", id="a", identifiers=(Identifier(scheme="nct", value="NCT01"),)))
    two = of(news_item("B", id="b", identifiers=(Identifier(scheme="nct", value="NCT02"),)))
    assert news.identifier(one, two)[1] == "conflict"
    assert news.identifier(one, of(news_item("C", id="c")))[1] == "missing"


def test_addresses_are_linked_or_share_a_slug(news_item: Make, of: Of) -> None:
    """A link to the other page, or the same words in the address under another date and host."""
    page = news_item("Robots judge moles in Northfield", id="a", site="a.example")
    assert news.url(of(page), of(news_item("B", id="b", links=(page.url,))))[1] == "linked"
    moved = news_item("Robots judge moles in Northfield", id="c", site="c.example", day=40)
    assert news.url(of(page), of(moved))[1] == "slug"
    assert news.url(of(page), of(replace(moved, url="")))[1] == "missing"
    assert news.url(of(page), of(news_item("Sunshine", id="d", site="a.example")))[1] == "site"


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Network spots early melanoma", "Network spots early melanoma", "exact"),
        ("Skin cancer", "Skin cancer", "short"),
        ("Network spots early melanoma in trial", "Network spots early melanomas in trial", "near"),
        ("Network spots early melanoma", "Wristband warns roofers of sunshine", "none"),
        ("Network spots early melanoma", "", "missing"),
    ],
)
def test_titles_are_compared_by_letters_and_by_weight(
    news_item: Make, of: Of, one: str, other: str, level: str
) -> None:
    """Equal, near, unlike; an equal title of common words is no evidence to speak of."""
    assert news.title(of(news_item(one, id="a")), of(news_item(other, id="b")))[1] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Network spots melanoma", "Network spots melanoma", "none"),
        ("Network spots melanoma", "Network spots melanoma in Northfield", "one side"),
        ("Network spots melanoma in Northfield", "Network spots melanoma in Zwolle", "both sides"),
        ("Health care network spots melanoma", "Healthcare network spots melanoma", "none"),
    ],
)
def test_own_words_of_both_sides_are_a_substitution(news_item: Make, of: Of, one: str, other: str, level: str) -> None:
    """Joined words are not own words."""
    assert news.difference(of(news_item(one, id="a")), of(news_item(other, id="b")))[1] == level


def test_time_is_counted_where_both_have_a_day(news_item: Make, of: Of) -> None:
    """An item without a date of its own, or dated by year, has no gap in days."""
    a, b = news_item("A", id="a"), news_item("B", id="b", day=5)
    assert news.time(of(a), of(b)) == ("5.0 days", "a week")
    assert news.time(of(a), of(replace(b, basis="first_seen")))[1] == "missing"
    assert news.time(of(a), of(replace(b, precision="year")))[1] == "missing"


def test_families_of_publishers_share_texts(news_item: Make, of: Of) -> None:
    """Two sites of one family are neither the same nor strangers."""

    def at(domain: str, family: str = "") -> Profile:
        return of(replace(news_item("A", id=domain), provider=Provider(name=domain, domain=domain, family=family)))

    assert news.provider(at("a.example", "x"), at("b.example", "x"))[1] == "family"
    assert news.provider(at("a.example"), at("a.example"))[1] == "same"
    assert news.provider(at("a.example"), at("b.example"))[1] == "different"


def test_emblems_are_no_pictures_in_common(news_item: Make, of: Of) -> None:
    """The size in an address makes no other picture; a logo is on every page."""

    def with_picture(ident: str, url: str) -> Profile:
        return of(news_item("A", id=ident, images=(Image(url=url),)))

    a = with_picture("a", "https://cdn.example/moles-17.jpg?w=600&h=400")
    assert news.picture(a, with_picture("b", "http://cdn.example/moles-17.jpg?w=1200"))[1] == "exact"
    assert news.picture(a, with_picture("c", "https://cdn.example/logo.png"))[1] == "missing"


def test_numbers_agree_or_contradict(news_item: Make, of: Of) -> None:
    """Quantities of both items; different ones in both titles are a conflict."""
    a = of(news_item("38 million records exposed", "Some 47 agencies were hit.", id="a"))
    assert news.numbers(a, of(news_item("38m records leak", "It hit 47 agencies.", id="b")))[1] == "high"
    assert news.numbers(a, of(news_item("12 million records exposed", id="c")))[1] == "conflict"


def test_a_paper_is_recognised_by_what_an_article_names(news_item: Make, record: Make, of: Of) -> None:
    """Its address, its journal in full, its authors; another paper's identifier is a conflict."""
    paper = record("T", "Zelinka, P.; Roth, A.", id="p", journal="Annals of Lesion Imaging", doi="10.5555/x",
                   url="https://journal.example/x")  # fmt: skip
    told = news_item("A", "In Annals of Lesion Imaging, Petra Zelinka writes about moles.", id="a")
    assert coverage.journal(of(told), of(paper))[1] == "exact"
    assert coverage.author(of(paper), of(told))[1] == "exact"
    assert coverage.url(of(paper), of(replace(told, links=(paper.url,))))[1] == "exact"
    assert coverage.url(of(replace(told, url=paper.url)), of(paper))[1] == "exact"
    other = replace(told, identifiers=(Identifier(scheme="doi", value="10.5555/y"),))
    assert coverage.identifier(of(paper), of(other))[1] == "conflict"
    bare = news_item("A", id="b")
    assert coverage.journal(of(bare), of(paper))[1] == "none"
    assert coverage.author(of(bare), of(paper))[1] == "missing"
    assert coverage.journal(of(bare), of(record("T", id="q", journal="")))[1] == "missing"


def test_papers_and_articles_are_compared_by_year_where_there_is_no_day(news_item: Make, record: Make, of: Of) -> None:
    """A paper of 2026 and an article of 2026 may belong together; one of 2019 may not."""
    article = of(news_item("A", id="a"))
    assert coverage.time(article, of(record("T", id="p", year=2026)))[1] == "two months"
    assert coverage.time(article, of(record("T", id="p", year=2019)))[1] == "far"
    dated = replace(record("T", id="p"), precision="second", published=datetime(2026, 3, 4, tzinfo=UTC))
    assert coverage.time(article, of(dated))[1] == "days"
    assert coverage.time(article, of(replace(record("T", id="p"), basis="first_seen")))[1] == "missing"


@pytest.mark.parametrize(
    ("field", "one", "other", "level"),
    [
        ("volume", {"volume": "12", "issue": "3"}, {"volume": "Vol. 12", "issue": "03"}, "exact"),
        ("volume", {"volume": "12", "issue": "3"}, {"volume": "12"}, "high"),
        ("volume", {"volume": "12", "issue": "3"}, {"volume": "12", "issue": "4"}, "issue differs"),
        ("volume", {"volume": "12"}, {"volume": "Ph.D."}, "conflict"),
        ("volume", {"volume": "12"}, {"volume": "in press"}, "missing"),
        ("pages", {"pages": "869-75"}, {"pages": "869-875"}, "exact"),
        ("pages", {"pages": "1-9"}, {"pages": "1-12"}, "high"),
        ("pages", {"pages": "e102"}, {"pages": "102"}, "high"),
        ("pages", {"pages": "869-875"}, {"pages": "t-75"}, "missing"),
        ("pages", {"pages": "869"}, {"pages": "12"}, "conflict"),
        ("year", {"year": 2024}, {"year": 2025}, "near"),
        ("year", {"year": 2023}, {"year": 2025}, "low"),
        ("year", {"year": 2020}, {"year": 2025}, "conflict"),
        ("journal", {"journal": "Annals of Lesions"}, {"journal": "Annals of Lesion"}, "high"),
        ("journal", {"journal": "Jurnal of Lesion Imaging"}, {"journal": "Journal of Lesion Imaging"}, "low"),
        ("journal", {"journal": "Stroke"}, {"journal": "Lancet"}, "conflict"),
        ("authors", {"authors": "Roth, A.; Li, B."}, {"authors": "Li, B.; Roth, A."}, "high"),
        ("authors", {"authors": "Roth, A.; Li, B.; Ma, C."}, {"authors": "Ma, C.; Wu, D.; Xu, E."}, "low"),
        ("authors", {"authors": "Soderlund, A."}, {"authors": "Söderlund-Strand, A."}, "exact"),
    ],
)  # fmt: skip
def test_bibliographic_fields_are_compared_as_databases_write_them(
    record: Make, of: Of, field: str, one: dict[str, object], other: dict[str, object], level: str
) -> None:
    """Issues with zeros, cut pages, electronic pages, transliterations."""
    a, b = of(record("T", id="a", **one)), of(record("T", id="b", **other))
    if field == "authors" and level == "exact":
        assert records.authors(a, b)[1] in {"exact", "high"}
    else:
        assert records.COMPARISONS[field](a, b)[1] == level


@pytest.mark.parametrize(("words", "level"), [(1.0, "exact"), (0.65, "high"), (0.35, "medium"), (0.0, "conflict")])
def test_abstracts_are_compared_by_runs_of_words(record: Make, of: Of, words: float, level: str) -> None:
    """How much of the shorter abstract stands in the other."""
    text = [f"word{n}" for n in range(120)]
    shared = int(len(text) * words)
    other = text[:shared] + [f"other{n}" for n in range(len(text) - shared)]
    a, b = record("T", id="a", excerpt=" ".join(text)), record("T", id="b", excerpt=" ".join(other))
    assert records.abstract(of(a), of(b))[1] == level
    assert records.abstract(of(a), of(record("T", id="c")))[1] == "missing"
