"""Dermatology and AI: what is accepted, held and left out by the shipped vocabulary."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from dermai_feed.model import Item, Provider, Publication, Reason, Term
from dermai_feed.rules import TriageRules, Words
from dermai_feed.triage import Triage, explain

ON_TOPIC = """
Dermatologist-level reading of skin cancer with deep neural networks
FDA clears first AI-powered handheld device for skin cancer detection in primary care
ChatGPT passes the dermatology specialty certificate examination
Large language models give unsafe advice on isotretinoin, dermatologists warn
Deep learning grades hidradenitis suppurativa from clinical photographs
Region-based convolutional neural network for onychomycosis
Machine learning predicts response to biologics in atopic dermatitis
Artificial intelligence for repigmentation scoring in vitiligo
Automated SALT scoring of alopecia areata by deep learning
Federated learning for dermatology image classification across hospitals
Health service recommends AI for triaging suspected skin cancer in teledermatology
AI dermatopathology: whole-slide images of basal cell carcinoma read by a network
Neural network spots leprosy lesions on phone photographs in Brazil
Vision transformers for melasma severity
AI tool recognises scabies in refugee camps
Machine-learning model predicts Stevens-Johnson syndrome
Generative AI can hallucinate rosacea treatment advice
Epidermolysis bullosa: transfer learning finds genotype from skin images
Computer-aided diagnosis of cutaneous leishmaniasis with YOLO
Künstliche Intelligenz erkennt Hautkrebs besser als Ärzte
L'intelligence artificielle au service de la dermatologie
Inteligencia artificial para detectar el melanoma
Hidden bias: skin cancer algorithms fail on darker skin, study of AI tools finds
Smartphone apps with AI for melanoma: are they safe?
Deep learning-based PASI estimation
Reflectance confocal microscopy of lentigo maligna read by a convolutional network
Ambient AI documentation in a dermatology clinic
Random forest model of bullous pemphigoid relapse
Radiomics for Merkel cell carcinoma
AI-based teledermatology platform for urticaria
Self-supervised learning on total body photography for melanocytic lesions
AI skincare advisor analyses acne from a selfie
Support vector machine separates pemphigus from pemphigoid on immunofluorescence
Predicting sentinel lymph node metastasis in melanoma with machine learning
Transformer-based model segments pyoderma gangrenosum
Deep neural networks tell tinea from eczema
Skin lesion classification with EfficientNet
Deep learning for eczema and psoriasis skin detection
Facial recognition software grades rosacea with AI
"""

BORDERLINE = {
    "Deep learning measures burn depth from photographs": "burns",
    "Machine learning predicts healing of chronic wounds": "wounds",
    "AI app monitors diabetic foot ulcers at home": "wounds",
    "AI predicts pressure ulcers in intensive care": "wounds",
    "AI algorithm flags psoriatic arthritis in health records": "psoriatic arthritis",
    "Search engine firm extends its skin tone scale to make AI fairer": "skin tone",
    "AI-designed treatment for hair loss enters trial": "hair",
    "AI counts hair density before a hair transplant": "hair",
    "Beauty brand launches AI-powered moisturizer advisor": "cosmetics",
}

OFF_TOPIC = """
Electronic skin lets robots feel with help of AI
AI-powered e-skin senses touch like a human hand
Machine learning reads sweat through skin-like sensors
Skin-like computing chip analyses health data with brain-mimicking AI
AI chip feels like skin
Robots with artificial skin pass AI benchmark
Soft robot with sensitive skin learns to grasp using neural networks
Driverless cars are worse at detecting pedestrians with dark skin, AI study says
Machine learning finds signs of Parkinson's disease in skin cells
Alzheimer's drug found with AI in skin fibroblasts
Face recognition misidentifies people, AI researchers say
Face recognition framework based on skin tone and deep learning
AI reads mammograms as well as two radiologists
Deep learning for liver lesion segmentation in CT
COVID-19: AI reads chest X-rays
AI for colonoscopy polyp detection
Complete hydatidiform mole: a deep learning approach on ultrasound
Naked mole-rats speak in dialects, AI translation shows
Human skin detection in RGB images with a neural network
Neural network for the neutron skin of lead
Skin conductance and machine learning detect stress
AI start-up burns through cash
Deep learning for uveal melanoma on fundus images
Lumpy skin disease in cattle detected with deep learning
The AI race has only scratched the surface
AI beauty contest judged by robots
Artificial intelligence plans hospital beds
"""

NOT_AI = """
Dupilumab improves atopic dermatitis in phase 3 trial
New biologic approved for plaque psoriasis
Guidelines for the management of hand eczema
Melanoma immunotherapy: five-year survival
A therapeutic algorithm for bullous pemphigoid
Clinical features and a disease model of cutaneous lupus
Attention to nail psoriasis in primary care
"""


def lines(table: str) -> list[str]:
    return table.strip().splitlines()


@pytest.mark.parametrize("title", lines(ON_TOPIC))
def test_dermatology_with_ai_is_accepted_on_its_title_alone(
    title: str, triage: Triage, make: Callable[..., Item]
) -> None:
    """A disease, tool or score of dermatology and a word of AI in the title: accepted, with both named."""
    verdict = triage(make(title))
    assert verdict.decision == "accept", explain(verdict)
    assert {"derm", "ai"} <= {reason.group for reason in verdict.reasons if reason.field == "title"}


@pytest.mark.parametrize(("title", "subject"), BORDERLINE.items())
def test_subjects_beside_dermatology_go_to_an_editor_with_the_reason(
    title: str, subject: str, triage: Triage, make: Callable[..., Item]
) -> None:
    """Burns, wounds, hair, psoriatic arthritis, skin-tone scales and cosmetics are held, and the sentence says why."""
    verdict = triage(make(title))
    assert verdict.decision == "review", explain(verdict)
    assert f"borderline subject, {subject}" in verdict.because


@pytest.mark.parametrize("title", lines(OFF_TOPIC))
def test_what_only_looks_like_dermatology_stays_out(title: str, triage: Triage, make: Callable[..., Item]) -> None:
    """Skins of machines, other lesions, moles, faces and cars are rejected, for want of dermatology."""
    verdict = triage(make(title))
    assert verdict.decision == "reject", explain(verdict)
    assert "dermatology" in verdict.because


def test_a_phrase_of_no_weight_only_keeps_its_inner_word_from_counting(make: Callable[..., Item]) -> None:
    """ "under the skin" is neither for nor against, and gives no reason."""
    quiet = small(against=(Words(name="other senses", weight=0.0, terms=("under the skin",)),))
    verdict = Triage(quiet)(make("AI under the skin"))
    assert {reason.term for reason in verdict.reasons} == {"AI"}


@pytest.mark.parametrize("title", lines(NOT_AI))
def test_dermatology_without_ai_stays_out(title: str, triage: Triage, make: Callable[..., Item]) -> None:
    """A physician's algorithm, a disease model and attention are no AI."""
    verdict = triage(make(title))
    assert verdict.decision == "reject", explain(verdict)
    assert "AI" in verdict.because


def small(**more: object) -> TriageRules:
    """Rules in which every figure is plain to see."""
    plain: dict[str, object] = {
        "accept": 0.5,
        "review": 0.3,
        "fields": {"title": 1.0, "excerpt": 0.5, "journal": 0.5},
        "conditions": (Words(name="psoriasis", weight=0.8, terms=("psoriasis",)),),
        "dermatology": (Words(weight=0.4, terms=("skin",)),),
        "ai": (Words(weight=0.9, terms=("AI",)), Words(weight=0.4, terms=("software",))),
        "against": (Words(name="robots", weight=0.5, terms=("robot",)),),
        "borderline": (Words(name="wounds", weight=0.9, terms=("wound",)),),
    }
    return TriageRules(**{**plain, **more})  # type: ignore[arg-type]


def test_each_side_is_the_chance_that_one_of_its_terms_is_right(make: Callable[..., Item]) -> None:
    """skin in title (0.4) and excerpt (0.4 x 0.5): 1 - 0.6 x 0.8 = 0.52, the weaker side, hence the score."""
    verdict = Triage(small())(make("AI for skin", "skin, skin and skin"))
    assert verdict.score == pytest.approx(0.52)
    assert verdict.decision == "accept"
    assert verdict.reasons == (
        Reason(group="ai", term="AI", field="title", weight=0.9),
        Reason(group="derm", term="skin", field="title", weight=0.4),
        Reason(group="derm", term="skin", field="excerpt", weight=0.2),
    )


def test_the_weaker_side_decides(make: Callable[..., Item]) -> None:
    """Psoriasis 0.8 with software 0.4 is 0.4: held; the sentence says which side is weak."""
    verdict = Triage(small())(make("Psoriasis software"))
    assert (verdict.score, verdict.decision) == (0.4, "review")
    assert verdict.because == 'too little AI: "software" in the title'


def test_what_speaks_against_takes_its_share_off(make: Callable[..., Item]) -> None:
    """dermis 0.8 x (1 - 0.5) = 0.4: what was accepted is held when a robot appears."""
    triage = Triage(small(dermatology=(Words(weight=0.8, terms=("dermis",)),)))
    assert triage(make("AI dermis")).decision == "accept"
    verdict = triage(make("AI robot dermis"))
    assert (verdict.score, verdict.decision) == (0.4, "review")
    assert verdict.because == 'too little dermatology: "dermis" in the title; against it: "robot" in the title'


def test_a_disease_in_the_title_keeps_most_of_its_weight(make: Callable[..., Item]) -> None:
    """A robot's dermis is none, a robot's psoriasis is psoriasis: 0.8 x 0.6 in the title, 0.4 x 0.5 in the excerpt."""
    triage = Triage(small())
    assert triage(make("AI robot psoriasis")).score == pytest.approx(0.48)
    assert triage(make("AI robot", "psoriasis")).score == pytest.approx(0.2)


def test_a_borderline_subject_never_lifts_beyond_review(make: Callable[..., Item]) -> None:
    """Wounds weigh 0.9, and still end just below acceptance."""
    verdict = Triage(small())(make("AI for a wound"))
    assert verdict.decision == "review"
    assert 0.3 <= verdict.score < 0.5


def test_dermatology_in_the_text_does_not_make_a_borderline_title_accepted(make: Callable[..., Item]) -> None:
    """Psoriasis in the excerpt alone: 0.8 x 0.5 + wound in the title is held; without the wound it is held too,
    for too little dermatology, and with psoriasis in the title beside the wound it is accepted."""
    triage = Triage(small(fields={"title": 1.0, "excerpt": 0.9}))
    assert triage(make("AI for a plaque", "psoriasis")).decision == "accept"
    assert triage(make("AI for a wound", "psoriasis")).decision == "review"
    assert triage(make("AI for a wound in psoriasis", "psoriasis")).decision == "accept"


def test_every_field_counts_by_its_own_weight_and_unknown_ones_not_at_all(make: Callable[..., Item]) -> None:
    """A journal's name speaks (x 0.5), a tag does not where the rules give tags no weight."""
    item = make("AI", publication=Publication(journal="Skin Journal"), tags=("psoriasis",))
    verdict = Triage(small())(item)
    assert Reason(group="derm", term="skin", field="journal", weight=0.2) in verdict.reasons
    assert not [reason for reason in verdict.reasons if reason.field == "tags"]


def test_the_providers_name_is_read_and_its_domain(triage: Triage, make: Callable[..., Item]) -> None:
    """A specialist publisher speaks for an item, but not alone."""
    item = make("AI arrives", provider=Provider(name="Dermatology Times", domain="dermatologytimes.com"))
    verdict = triage(item)
    assert ("derm", "provider") in {(reason.group, reason.field) for reason in verdict.reasons}
    assert verdict.decision == "review"


def test_an_empty_item_is_rejected_for_want_of_both(triage: Triage, make: Callable[..., Item]) -> None:
    """Nothing said, nothing found, and the sentence says so."""
    verdict = triage(make(""))
    assert (verdict.decision, verdict.score) == ("reject", 0.0)
    assert verdict.because == "no dermatology term; no AI term"


def test_a_trusted_source_is_not_rejected_and_not_accepted_blindly(triage: Triage, make: Callable[..., Item]) -> None:
    """needs_filter false: the floor is review, the score and the reasons are as for any other."""
    item = make("Quarterly figures of a software house")
    plain, trusted = triage(item), triage(item, trusted_topic=True)
    assert (plain.decision, trusted.decision) == ("reject", "review")
    assert (trusted.score, trusted.reasons) == (plain.score, plain.reasons)
    assert "source's own query" in trusted.because
    accepted = triage(make("AI for psoriasis"), trusted_topic=True)
    assert accepted.decision == "accept"


def test_an_imported_item_without_a_link_is_held_whatever_it_says(triage: Triage, make: Callable[..., Item]) -> None:
    """ "no link: held for an editor": on the topic or not, never silently dropped, never published by itself."""
    on = triage(make("AI Scribe for dermatologists", url="", type="video", imported=True))
    off = triage(make("Board minutes", url="", imported=True))
    assert (on.decision, off.decision) == ("review", "review")
    assert on.because.startswith("no link: held for an editor")
    assert off.because.startswith("no link: held for an editor")
    assert triage(make("Board minutes", url="")).decision == "reject"


def test_an_imported_item_off_topic_is_held_but_not_what_it_merely_lists(
    triage: Triage, make: Callable[..., Item]
) -> None:
    """An editor brought the file; what stands in its `related` list is judged like any other item."""
    held = triage(make("Predicting breast cancer risk from scans with AI", imported=True))
    assert held.decision == "review"
    assert "no dermatology term" in held.because
    listed = triage(make("Predicting breast cancer risk from scans with AI", imported=True, listed_by="i0"))
    assert listed.decision == "reject"
    assert "no dermatology term" in listed.because


@pytest.mark.parametrize(
    ("title", "held"),
    [
        ("人工智能识别皮肤癌", True),
        ("Искусственный интеллект находит меланому", True),
        ("الذكاء الاصطناعي وسرطان الجلد", True),
        ("Сделано в GPT: AI news", False),
        ("12345 — !", False),
        ("Świat sztuki", False),
    ],
)
def test_a_title_in_a_script_without_vocabulary_is_held(
    title: str, held: bool, triage: Triage, make: Callable[..., Item]
) -> None:
    """What cannot be read is not rejected for what it does not say; what was read is judged."""
    assert (triage(make(title)).decision == "review") is held


def test_terms_of_a_hand_out_join_the_vocabulary(make: Callable[..., Item]) -> None:
    """A glossary's word is AI, a heading a condition; the words in brackets are a term of their own."""
    terms = [
        Term(text="Gradient forest (GDF)", group="ai", where="hand-out:1"),
        Term(text="Lichen fictus", group="condition", where="hand-out:2"),
    ]
    bare, taught = Triage(small()), Triage(small(), terms)
    item = make("Gradient forest for lichen fictus")
    assert bare(item).decision == "reject"
    verdict = taught(item)
    assert verdict.decision == "accept"
    assert verdict.conditions == ("lichen fictus",)
    assert taught(make("GDF for psoriasis")).decision == "accept"


def test_a_hand_out_does_not_change_what_the_rules_weigh(make: Callable[..., Item]) -> None:
    """ "Skin" as a heading stays as weak as the rules have it; a whole sentence is no term."""
    terms = [
        Term(text="Skin", group="condition"),
        Term(text="How can residents be trained in AI use?", group="ai"),
        Term(text="?", group="ai"),
        Term(text="How can residents be trained", group="unknown"),
    ]
    item = make("How can residents be trained in AI use? Skin")
    assert Triage(small(), terms)(item).score == Triage(small())(item).score == pytest.approx(0.4)


def test_the_hash_follows_rules_and_terms_and_nothing_else() -> None:
    """Another weight, word or hand-out is another hash; the order and place of terms is not."""
    one, two = Term(text="forest", group="ai", where="a:1"), Term(text="tree", group="ai", where="a:2")
    base = Triage(small()).hash
    assert base == Triage(small()).hash
    assert Triage(small(review=0.31)).hash != base
    assert Triage(small(), [one]).hash != base
    assert Triage(small(), [one, two]).hash == Triage(small(), [two, replace(one, where="b:9"), one]).hash


def test_a_verdict_carries_the_hash_of_its_rules(triage: Triage, make: Callable[..., Item]) -> None:
    """So that stale verdicts can be found."""
    assert triage(make("x")).rules == triage.hash
    assert triage(make("x", id="i9")).item_id == "i9"


def test_explain_tells_the_decision_each_term_and_each_label(triage: Triage, make: Callable[..., Item]) -> None:
    """The lines name the decision, every reason with field and weight, subjects, labels and the rules."""
    verdict = triage(make("Deep learning for psoriasis", "An external validation in 120 patients."))
    text = "\n".join(explain(verdict))
    for part in (
        "accept (", '"deep learning" in the title', '"psoriasis" in the title', "conditions: psoriasis",
        'validation: external ("external validation")', "regulator: not stated", triage.hash,
    ):  # fmt: skip
        assert part in text
    assert all(reason.term in text for reason in verdict.reasons)
    assert all(f"{label.name}: {label.value}" in text for label in verdict.labels)
