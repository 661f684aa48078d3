"""The shipped vocabulary: its size, its breadth, its soundness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from pydantic import TypeAdapter, ValidationError

from dermai_feed.model import Item
from dermai_feed.rules import TriageRules, Words
from dermai_feed.triage import Triage
from dermai_feed.triage.lexicon import fold, words

# Headings of ICD-10 chapter XII, of its skin neoplasms, and of MeSH "Skin Diseases" that a sample of a
# few hundred items does not hold: each is a disease that the vocabulary must know.
HEADINGS = """
Impetigo; Cellulitis; Erysipelas; Pemphigus; Pemphigoid; Dermatitis herpetiformis; Prurigo nodularis; Lichen planus;
Pityriasis rosea; Urticaria; Erythema nodosum; Erythema multiforme; Sunburn; Actinic keratosis; Radiodermatitis;
Alopecia areata; Hirsutism; Acne vulgaris; Rosacea; Hidradenitis suppurativa; Vitiligo; Melasma; Keloid scar;
Granuloma annulare; Pyoderma gangrenosum; Discoid lupus erythematosus; Morphea; Merkel cell carcinoma;
Dermatofibrosarcoma protuberans; Mycosis fungoides; Sézary syndrome; Bowen's disease; Lentigo maligna;
Xeroderma pigmentosum; Ichthyosis; Epidermolysis bullosa; Darier disease; Hailey-Hailey disease; Incontinentia pigmenti;
Pseudoxanthoma elasticum; Molluscum contagiosum; Scabies; Pediculosis; Tinea capitis; Onychomycosis; Sporotrichosis;
Chromoblastomycosis; Buruli ulcer; Yaws; Leprosy; Cutaneous leishmaniasis; Hyperhidrosis; Stevens-Johnson syndrome;
Toxic epidermal necrolysis; Dermatomyositis; Seborrhoeic dermatitis; Seborrheic keratoses; Porokeratosis;
Keratosis pilaris; Acanthosis nigricans; Sweet syndrome; Livedo reticularis; Leukocytoclastic vasculitis;
Necrobiosis lipoidica; Lichen sclerosus; Palmoplantar pustulosis; Trichotillomania; Paronychia; Pilomatrixoma;
Sebaceous carcinoma; Extramammary Paget disease; Port-wine stain; Pyogenic granuloma; Xanthelasma; Dandruff
"""


@pytest.mark.parametrize("heading", [h.strip() for h in HEADINGS.replace("\n", " ").split(";")])
def test_a_disease_of_the_terminologies_is_known_as_a_condition(
    heading: str, triage: Triage, make: Callable[..., Item]
) -> None:
    """With a word of AI beside it, it is accepted, and told as a condition."""
    verdict = triage(make(f"Deep learning and {heading}"))
    assert verdict.decision == "accept", verdict.because
    assert verdict.conditions


def test_the_vocabulary_has_more_than_400_terms_of_dermatology_and_200_of_ai(rules: TriageRules) -> None:
    """Broad enough for diseases that no sample holds."""
    dermatology = {term for entry in (*rules.conditions, *rules.dermatology) for term in entry.terms}
    assert len(dermatology) > 400
    assert len({term for entry in rules.ai for term in entry.terms}) > 200


def test_every_condition_and_every_borderline_subject_has_a_name(rules: TriageRules) -> None:
    """A nameless condition could not be told, a nameless border not be given as the reason."""
    assert all(entry.name for entry in (*rules.conditions, *rules.borderline, *rules.themes, *rules.topics))
    assert all(entry.name for entries in rules.evidence.values() for entry in entries)


def test_no_group_says_a_term_twice(rules: TriageRules) -> None:
    """Two weights for one word would leave it open which of them counts."""
    groups = {
        "dermatology": (*rules.conditions, *rules.dermatology),
        "ai": rules.ai,
        "against": rules.against,
        "borderline": rules.borderline,
    }
    for name, entries in groups.items():
        keys = Counter(
            (" ".join(map(fold, words(term.rstrip("*")).raws)), term.endswith("*"), term.startswith("="))
            for entry in entries
            for term in entry.terms
        )
        assert [key for key, count in keys.items() if count > 1] == [], name


def test_the_topics_are_those_of_the_seeds_site(rules: TriageRules) -> None:
    """SCHEMA.md 7 lists them; no other topic can be written."""
    assert {entry.name for entry in rules.topics} == {
        "AI", "AI in Healthcare", "Machine Learning", "AI in Robotics", "AI Ethics", "AI in Autos", "Computer Vision",
        "AI Hardware", "Google AI", "Natural Language Processing", "AI in Finance", "Meta AI",
        "IBM AI", "AWS AI", "Microsoft AI",
    }  # fmt: skip
    assert rules.topics[0].name == "AI in Healthcare"


GOOD = {
    "accept": 0.5,
    "review": 0.3,
    "fields": {"title": 1, "excerpt": 0.8},
    "conditions": [],
    "dermatology": [{"weight": 0.4, "terms": ["skin"]}],
    "ai": [{"weight": 0.9, "terms": ["AI"]}],
}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"accept": 0.2}, "review"),
        ({"accept": 1.2}, "thresholds"),
        ({"review": 0}, "thresholds"),
        ({"fields": {"title": 1}}, "title and excerpt"),
        ({"ai": [{"weight": 1.5, "terms": ["AI"]}]}, "1.5 is not between 0 and 1"),
        ({"ai": [{"name": "nets", "weight": 0.5, "terms": []}]}, "nets"),
        ({"ai": [{"name": "nets", "weight": 0.5, "terms": ["net", "—"]}]}, "without a letter"),
        ({"ia": []}, "ia"),
        ({"ai": [{"wieght": 0.5, "terms": ["AI"]}]}, "wieght"),
    ],
)
def test_a_mistake_in_the_rules_is_refused_by_name(change: dict[str, object], complaint: str) -> None:
    """Thresholds, weights, terms and keys are checked as they are read."""
    TypeAdapter(TriageRules).validate_python(GOOD)
    with pytest.raises(ValidationError, match=complaint):
        TypeAdapter(TriageRules).validate_python({**GOOD, **change})


def test_n12_a_pattern_in_the_vocabulary_is_only_words() -> None:
    """N-12: `(a+)+$` is the word "a", so nothing that a configuration says can hang the reader."""
    rules = TypeAdapter(TriageRules).validate_python({**GOOD, "dermatology": [{"weight": 0.4, "terms": ["(a+)+$"]}]})
    assert rules.dermatology == (Words(weight=0.4, terms=("(a+)+$",)),)
    assert words("(a+)+$").raws == ["a"]
    Triage(rules)
