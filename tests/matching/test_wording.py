"""Text is folded, cut and freed of boiler-plate before it is compared."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.matching import wording


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Caroline Uhlerâ€™s research", "caroline uhler's research"),
        ("Skin &amp; Hair", "skin & hair"),
        ("“Deep” learning – at last", '"deep" learning - at last'),
        ("Naïve  Bayes\nin  Zürich", "naive bayes in zurich"),
        ("<b>Bold</b> claim", "bold claim"),
        ("p < 0.05 and q > 2", "p < 0.05 and q > 2"),
    ],
)
def test_case_accents_quotes_markup_and_mojibake_do_not_survive_folding(written: str, folded: str) -> None:
    """Two ways of writing one text fold to one text."""
    assert wording.fold(written) == folded


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=200))
def test_n11_folding_and_cutting_are_total(text: str) -> None:
    """Any text folds, and can be cut into words, stems and fragments."""
    folded = wording.fold(text)
    assert isinstance(wording.content(wording.words(folded)), tuple)
    assert isinstance(wording.title_core(folded, "x"), str)
    assert all(part for part in wording.fragments(wording.excerpt_core(folded)))


@pytest.mark.parametrize(
    ("title", "provider", "core"),
    [
        ("ai finds melanoma earlier than doctors - derm today", "dermtoday", "ai finds melanoma earlier than doctors"),
        ("ai finds melanoma earlier than doctors | stat", "stat", "ai finds melanoma earlier than doctors"),
        ("watch: ai finds melanoma earlier than doctors", "", "ai finds melanoma earlier than doctors"),
        ("update 1-ai finds melanoma earlier than doctors", "", "ai finds melanoma earlier than doctors"),
        ("ai finds melanoma earlier than doctors (update)", "", "ai finds melanoma earlier than doctors"),
        ("ai finds melanoma earlier than doctors (image)", "", "ai finds melanoma earlier than doctors"),
        ("retracted: ai finds melanoma earlier than doctors", "", "ai finds melanoma earlier than doctors"),
        ("ai finds melanoma. [review] [20 refs]", "", "ai finds melanoma."),
        ("ai finds melanoma [erratum appears in blood 2008;1:2]", "", "ai finds melanoma"),
        ("skin cancer - 2025", "", "skin cancer - 2025"),
    ],
)  # fmt: skip
def test_boiler_plate_of_publishers_is_no_part_of_a_title(title: str, provider: str, core: str) -> None:
    """Lead-ins, "(image)" and the publisher's name go; a short title keeps its second half."""
    assert wording.title_core(title, provider) == core


@pytest.mark.parametrize(
    ("excerpt", "core"),
    [
        ("new york, dec. 3, 2019 /prnewswire/ -- the firm said", "the firm said"),
        ("gatineau, qc / accesswire / may 10, 2021 / provance is thrilled", "provance is thrilled"),
        ("lockport, n.y. (ap) - a district", "a district"),
        ("gatineau, qc /  / may 10, 2021 / provance is thrilled", "provance is thrilled"),
        ("a district has begun", "a district has begun"),
        ("output of a model (http://model.example) on skin", "output of a model (http://model.example) on skin"),
    ],
)
def test_agencies_datelines_are_no_part_of_an_excerpt(excerpt: str, core: str) -> None:
    """The place, date and agency before a wire text are dropped."""
    assert wording.excerpt_core(excerpt) == core


def test_runs_of_words_do_not_cross_an_ellipsis() -> None:
    """What a search engine joined with "..." was never one sentence."""
    parts = wording.fragments("one two three ... four five six")
    assert wording.shingles(parts, 3) == {("one", "two", "three"), ("four", "five", "six")}


def test_words_of_one_family_share_a_stem() -> None:
    """Plural, participle and adverb of a word count as that word."""
    assert wording.stem("cancers") == wording.stem("cancer")
    assert wording.stem("detecting") == wording.stem("detected") == wording.stem("detects")
    assert wording.stem("diagnosis") != wording.stem("dialysis")


def test_everyday_terms_of_the_field_have_one_spelling() -> None:
    """ "Artificial intelligence (AI)" is "AI" to a comparison."""
    assert (
        wording.level_terms("artificial intelligence (ai) and machine learning in health care")
        == "ai and ml in healthcare"
    )
