"""Numbers, dates, instalments, names, markets and notices are read from a text."""

from __future__ import annotations

import pytest

from dermai_feed.matching import facts, notices


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("38 million records", {"38000000"}),
        ("38m records", {"38000000"}),
        ("sold for $2 billion", {"2000000000"}),
        ("accuracy of 95.4%", {"95.4%"}),
        ("accuracy of 95.40 percent", {"95.4%"}),
        ("31,000 women", {"31000"}),
        ("in 2025, 7 doctors", set()),
    ],
)
def test_quantities_have_one_form(text: str, found: set[str]) -> None:
    """Units and separators do not make a number another one; years and lone digits are none."""
    assert facts.numbers(text) == found


def test_may_is_a_month_only_beside_a_year() -> None:
    """The verb "may" in a headline does not make it an instalment of May."""
    assert facts.months("ai may help doctors") == set()
    assert facts.months("feature update may 2026") == {5}
    assert facts.months("august and sept. updates") == {8, 9}


def test_a_range_of_years_names_both() -> None:
    """ "2019-2027" is about 2019 and 2027."""
    assert facts.years("market 2019-2027") == {2019, 2027}
    assert facts.years("costs $2020") == set()


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("deep learning for moles. part ii", {"2"}),
        ("deep learning for moles: part 2", {"2"}),
        ("release wave 2 overview", {"2"}),
        ("toolkit version 3.1 is out", {"3.1"}),
        ("skin lesions iii", {"3"}),
        ("skin lesions", set()),
    ],
)
def test_parts_and_versions_have_one_form(title: str, found: set[str]) -> None:
    """Roman and Arabic parts are the same; a plain title has none."""
    assert facts.ordinals(title) == found


def test_names_are_capitalised_words_inside_sentences() -> None:
    """The first word of a sentence proves nothing; acronyms and inner capitals do."""
    found = facts.names("Researchers at Stanford trained FotoFinder. The mRNA vaccine came later. Doctors agreed.")
    assert {"stanford", "fotofind", "mrna"} <= found
    assert not {"research", "doctor", "the"} & found


def test_a_market_report_is_about_what_stands_round_the_word_market() -> None:
    """Fillers like "global" and "AI" leave the subject that tells two reports apart."""

    def subject(title: str) -> frozenset[str]:
        return facts.market(title, ("market",))

    assert subject("global ai in agriculture market size 2025") == {"agriculture"}
    assert subject("the market for ai in healthcare, 2019-2024") == {"healthcare"}
    assert subject("ml market size worth $96.7 billion") == {"the whole field"}
    assert facts.market("doctors and machines", ("doctor", "machin")) == frozenset()


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("author correction: deep learning for melanoma", "correction"),
        ("erratum: deep learning for melanoma", "correction"),
        ('corrigendum to "deep learning for melanoma"', "correction"),
        ("deep learning for melanoma (vol 360, pg 542, 2009)", "correction"),
        ("retraction: deep learning for melanoma", "retraction"),
        ("notice of retraction of deep learning for melanoma", "retraction"),
        ("comment on deep learning for melanoma", "comment"),
        ("skin cancer after ruxolitinib. reply", "reply"),
        ("thrombomodulin in syndromes authors reply", "reply"),
        ("retracted: deep learning for melanoma", ""),
        ("correctness of deep learning for melanoma", ""),
        ("immune response to melanoma", ""),
        ("corrective lenses", ""),
    ],
)
def test_notices_are_told_from_their_titles(title: str, kind: str) -> None:
    """Corrections, retractions, comments and replies are notices; a retracted paper itself is not."""
    assert notices.notice(title) == kind


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (("Published Erratum",), "correction"),
        (("Retraction of Publication",), "retraction"),
        (("Comment",), "comment"),
        (("Retracted Publication", "Journal Article"), ""),
    ],
)
def test_notices_are_told_from_their_publication_types(types: tuple[str, ...], kind: str) -> None:
    """PubMed's types name a notice where the title does not."""
    assert notices.notice("deep learning for melanoma", types) == kind


@pytest.mark.parametrize(
    "title",
    [
        "author correction: deep learning for melanoma",
        "retraction of: deep learning for melanoma",
        "deep learning for melanoma (vol 360, pg 542, 2009)",
        "deep learning for melanoma. reply",
    ],
)
def test_a_notice_names_its_subject(title: str) -> None:
    """Without the words that make it a notice, the subject's title remains."""
    assert notices.subject(title) == "deep learning for melanoma"
