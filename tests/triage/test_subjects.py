"""What an item is about: topics, conditions, themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dermai_feed.model import Item, Publication, Term
from dermai_feed.rules import TriageRules
from dermai_feed.triage import Triage


@pytest.mark.parametrize(
    ("title", "topics"),
    [
        ("AI finds melanoma", ("AI in Healthcare", "AI")),
        ("Deep learning for psoriasis", ("AI in Healthcare", "Machine Learning", "AI")),
        ("ChatGPT and acne", ("AI in Healthcare", "Natural Language Processing", "AI")),
        ("AI bias against dark skin in dermatology", ("AI in Healthcare", "AI Ethics", "AI")),
        ("AI and Google for robots", ("AI in Robotics", "Google AI", "AI")),
        ("Psoriasis therapy", ("AI in Healthcare",)),
        ("A garden in spring", ()),
        ("Melanoma metaphors: AI", ("AI in Healthcare", "AI")),
    ],
)
def test_topics_are_the_seeds_own_the_special_first_and_ai_last(
    title: str, topics: tuple[str, ...], triage: Triage, make: Callable[..., Item]
) -> None:
    """SCHEMA.md 7: one to three of a fixed vocabulary; "meta" in a word is no company."""
    assert triage(make(title)).topics == topics


def test_never_more_than_three_topics_and_only_known_ones(
    rules: TriageRules, triage: Triage, make: Callable[..., Item]
) -> None:
    """However many an item touches (N-10: topics from the vocabulary)."""
    everything = " ".join(term.rstrip("*") for entry in rules.topics for term in entry.terms)
    topics = triage(make("AI and melanoma", everything)).topics
    assert len(topics) == 3
    assert set(topics) <= {entry.name for entry in rules.topics}


def test_conditions_come_in_the_order_of_the_text_each_once(triage: Triage, make: Callable[..., Item]) -> None:
    """Title before excerpt; a journal's name is not what an item is about."""
    item = make(
        "AI tells eczema from psoriasis",
        "Psoriatic plaques, eczemas and basal cell carcinomas were shown.",
        publication=Publication(journal="Acne Today"),
    )
    assert triage(item).conditions == ("eczema", "psoriasis", "basal cell carcinoma")


@pytest.mark.parametrize(
    ("text", "theme"),
    [
        ("AI triages skin cancer referrals", "triage"),
        ("AI in teledermatology", "teledermatology"),
        ("AI fails in dark skin", "bias and skin tone"),
        ("FDA clears AI for melanoma", "regulation"),
        ("Large language models answer acne questions", "generative AI and language models"),
        ("AI designs a drug candidate: drug discovery for eczema", "drug discovery"),
        ("AI in dermatology residency training", "education"),
        ("AI reads dermoscopic images", "imaging"),
        ("AI in dermatopathology", "pathology"),
        ("AI scores psoriasis severity", "severity scoring"),
        ("AI predicts response to therapy", "treatment response and prognosis"),
        ("Explainable AI for melanoma", "explainability and trust"),
        ("Start-up raises funding for skin AI", "business"),
    ],
)
def test_themes_are_told(text: str, theme: str, triage: Triage, make: Callable[..., Item]) -> None:
    """The themes that editors sort by."""
    assert theme in triage(make(text)).themes


def test_a_heading_of_a_hand_out_is_a_theme(rules: TriageRules, make: Callable[..., Item]) -> None:
    """A theme that a hand-out names is found in later items."""
    taught = Triage(rules, [Term(text="Patch-test reading", group="theme")])
    assert "patch-test reading" in taught(make("AI for patch test reading")).themes
