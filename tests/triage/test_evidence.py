"""Evidence labels: each with the words it was read from, or "not stated"."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.model import Item
from dermai_feed.triage import Triage

NAMES = ("study design", "validation", "skin tone", "device", "regulator", "n")


@pytest.mark.parametrize(
    ("name", "text", "value", "span"),
    [
        ("study design", "A review and meta-analysis of AI", "systematic review and meta-analysis", "meta-analysis"),
        ("study design", "An umbrella review of systematic reviews", "umbrella review", "umbrella review"),
        ("study design", "A retrospective, multicentre study", "retrospective study", "retrospective"),
        ("study design", "patients were randomly assigned to AI", "randomised controlled trial", "randomly assigned"),
        ("study design", "A scoping review", "scoping review", "scoping review"),
        ("study design", "AI is here", "not stated", ""),
        ("validation", "External validation in 3 hospitals", "external", "External validation"),
        ("validation", "Five-fold cross-validation and an external test set", "external", "external test set"),
        ("validation", "accuracy on a held-out test set", "internal", "held-out test set"),
        ("validation", "was prospectively validated", "prospective", "prospectively validated"),
        ("validation", "without external validation", "not external", "without external validation"),
        ("validation", "no external validation, only cross-validation", "internal", "cross-validation"),
        ("skin tone", "Fitzpatrick skin types I to VI", "Fitzpatrick types reported", "Fitzpatrick skin types"),
        ("skin tone", "less accurate in darker skin", "skin tone discussed", "darker skin"),
        ("device", "a smartphone app for moles", "smartphone app", "smartphone app"),
        ("device", "a hand-held scanner", "handheld device", "hand-held scanner"),
        ("regulator", "FDA clears AI device", "FDA cleared or authorised", "FDA clears"),
        ("regulator", "received De Novo classification", "FDA cleared or authorised", "De Novo classification"),
        ("regulator", "The CE-marked app", "CE marked", "CE-marked"),
        ("regulator", "is not FDA approved", "not FDA cleared or authorised", "not FDA approved"),
        ("regulator", "not yet cleared by the FDA", "not FDA cleared or authorised", "not yet cleared by the FDA"),
        ("regulator", "It is not cheap. FDA approved it", "FDA cleared or authorised", "FDA approved"),
        ("regulator", "talks with the FDA", "regulator mentioned", "FDA"),
        ("n", "tested on 1,024 dermoscopic images", "1024 images", "1,024 dermoscopic images"),
        ("n", "in 12 345 patients and 80,000 images", "12345 patients", "12 345 patients"),
        ("n", "157 dermatologists and 100 images", "100 images", "100 images"),
        ("n", "684 patients, 30 controls, then 900 adult patients", "900 patients", "900 adult patients"),
        ("n", "a cohort (n = 318)", "318", "n = 318"),
        ("n", "Sixty-three children were seen", "63 children", "Sixty-three children"),
        ("n", "in forty adult patients", "40 patients", "forty adult patients"),
        ("n", "some twenty-odd patients", "not stated", ""),
        ("n", "640 teledermatology requests", "640 requests", "640 teledermatology requests"),
        ("n", "trained on 2.1 million dermoscopic images", "2100000 images", "2.1 million dermoscopic images"),
        ("n", "12 thousand photographs of moles", "12000 photographs", "12 thousand photographs"),
        ("n", "affects 125 million patients", "not stated", ""),
        ("n", "with 93% of patients", "not stated", ""),
        ("n", "a 3.5 patients ratio", "not stated", ""),
        ("n", "COVID-19 patients", "not stated", ""),
    ],
)  # fmt: skip
def test_a_label_has_the_words_it_was_read_from(
    name: str, text: str, value: str, span: str, triage: Triage, make: Callable[..., Item]
) -> None:
    """The value is the most telling that is said; a negation shortly before it is part of it."""
    label = next(label for label in triage(make("AI and psoriasis", text)).labels if label.name == name)
    assert (label.value, label.span) == (value, span)


def test_every_item_has_the_same_labels(triage: Triage, make: Callable[..., Item]) -> None:
    """Also one that says nothing: a reader can rely on the list."""
    labels = triage(make("")).labels
    assert tuple(label.name for label in labels) == NAMES
    assert {(label.value, label.span) for label in labels} == {("not stated", "")}


def test_the_title_is_read_for_labels_too(triage: Triage, make: Callable[..., Item]) -> None:
    """A title often says the design."""
    labels = {label.name: label.value for label in triage(make("AI in acne: a scoping review of 40 studies")).labels}
    assert (labels["study design"], labels["n"]) == ("scoping review", "40 studies")


@settings(deadline=None, max_examples=120)
@given(
    text=st.lists(
        st.sampled_from(["not", "FDA", "approved", "1,024", "n = 5", "images", "patients", "no", ".", "external",
                         "validation", "Fitzpatrick", "—", "skin"]),
        max_size=25,
    ).map(" ".join),
)  # fmt: skip
def test_every_span_is_a_quotation(text: str, triage: Triage, make: Callable[..., Item]) -> None:
    """A label never quotes what the item does not say, and has no span only when nothing was stated."""
    for label in triage(make("AI and skin", text)).labels:
        assert label.span in text
        assert (label.value == "not stated") is (label.span == "")


def test_n12_a_hostile_excerpt_costs_no_more_than_a_plain_one(triage: Triage, make: Callable[..., Item]) -> None:
    """N-12: text made to confuse the counter (numbers upon numbers) is read to its end."""
    text = "1,111 " * 2_000 + "a-" * 5_000 + "n = " * 2_000 + "x 12 " + "aa " * 5_000
    assert triage(make("AI", text)).labels[-1].value == "not stated"
