"""Write a RIS file of made-up citations, as large as is wanted: to measure `dermai-feed import` with.

    python scripts/make_citations.py COUNT [--on-topic 0.5] [--copies 0.1] > big.ris

Of COUNT records `--on-topic` are about artificial intelligence in dermatology, the others about
other medicine; `--copies` are a second database's record of an earlier one: other spelling, no DOI.
The same arguments write the same bytes.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace

METHODS = (
    "Deep learning", "A convolutional neural network", "Machine learning", "Artificial intelligence",
    "A vision transformer", "Large language models", "Self-supervised learning", "Federated learning",
    "A foundation model", "Explainable AI", "Transfer learning", "A random forest model", "Generative AI",
)  # fmt: skip
TASKS = (
    "classifies", "detects", "grades", "segments", "triages", "predicts the outcome of", "monitors", "quantifies",
    "helps to diagnose", "tells apart from benign lesions", "predicts recurrence of", "estimates the severity of",
)  # fmt: skip
SKIN = (
    "melanoma", "psoriasis", "acne vulgaris", "atopic dermatitis", "basal cell carcinoma", "vitiligo", "rosacea",
    "alopecia areata", "actinic keratosis", "cutaneous squamous cell carcinoma", "onychomycosis", "hidradenitis",
    "bullous pemphigoid", "Merkel cell carcinoma", "pigmented skin lesions", "diabetic foot ulcers", "keloids",
    "cutaneous lymphoma", "lichen planus", "pressure injuries", "monkeypox rash", "scabies", "wounds", "naevi",
)  # fmt: skip
OTHER = (
    "heart failure", "stroke", "asthma", "chronic kidney disease", "sepsis", "hip fracture", "type 2 diabetes",
    "Parkinson disease", "breast cancer", "preterm birth", "influenza", "hypertension", "glaucoma", "anaemia",
    "schizophrenia", "epilepsy", "ulcerative colitis", "osteoporosis", "malaria", "tuberculosis", "COPD", "gout",
)  # fmt: skip
DOINGS = (
    "Outcomes of surgery for", "Drug therapy of", "Epidemiology of", "Nursing care in", "A cohort study of",
    "Genetic risk of", "Rehabilitation after", "Costs of", "Guidelines for", "Prevention of", "Biomarkers of",
)  # fmt: skip
MATTER = (
    "dermoscopy images", "smartphone photographs", "whole-slide histopathology", "electronic health records",
    "reflectance confocal microscopy", "total body photography", "clinical notes", "teledermatology consultations",
    "optical coherence tomography", "hyperspectral imaging", "Raman spectra", "ultrasound", "serum proteomics",
)  # fmt: skip
PLACES = (
    "a tertiary centre in Lyon", "primary care in Kenya", "South Korea", "Brazil", "rural Queensland", "Taiwan",
    "a military hospital", "Denmark", "an Iranian registry", "Catalonia", "the Veterans Health Administration",
    "two Chinese provinces", "a safety-net hospital", "Bavaria", "Chile", "Malaysia", "Scotland", "Nigeria",
)  # fmt: skip
DESIGNS = (
    "a retrospective study", "a prospective trial", "a multicentre validation", "a systematic review", "a pilot study",
    "a reader study", "a diagnostic accuracy study", "protocol of a randomised trial", "a cross-sectional survey",
)  # fmt: skip
JOURNALS = (
    ("J Am Acad Dermatol", "0190-9622"), ("Br J Dermatol", "0007-0963"), ("JAMA Dermatol", "2168-6068"),
    ("Dermatology", "1018-8665"), ("Sci Rep", "2045-2322"), ("PLoS One", "1932-6203"), ("Lancet", "0140-6736"),
    ("BMJ Open", "2044-6055"), ("Cancers (Basel)", "2072-6694"), ("Comput Biol Med", "0010-4825"),
)  # fmt: skip
SYLLABLES = ("ba", "ke", "lin", "mor", "san", "ti", "ver", "wan", "zhu", "ra", "do", "fel", "gri", "hal", "nor", "pe")


FORMS = (
    "{doing} {what}{basis}: {rare} in {design}",
    "{property} {noun} and {doing} {what} in {place}",
    "{doing} {what} by {noun} of {rare}",
    "Do {noun} and {other} matter when {doing} {what}? {rare} {verb} {place}",
    "{what}: {property} {other} and {rare} {verb} {design}",
    "{doing} {what}: the {property} {noun} of {rare} {verb} {other}",
    "The {other} of {what}. {doing} {noun}{basis} and {rare}",
)
VERBS = (
    "improved", "reached", "lacked", "showed", "refused", "changed", "predicted", "exceeded", "kept", "lost",
    "reported", "needed", "avoided", "preceded", "followed", "outweighed", "confirmed", "concealed",
    "repeated", "delayed",
)  # fmt: skip
NOUNS = (
    "margin", "biopsy", "follow-up", "sensitivity", "threshold", "questionnaire", "registry", "protocol", "referral",
    "consensus", "calibration", "subgroup", "exposure", "relapse", "adherence", "comorbidity", "infection", "survival",
    "waiting time", "mortality", "dose", "pigmentation", "ulceration", "inflammation", "fibrosis", "readmission",
    "cost", "workload", "agreement", "uncertainty", "specificity", "recruitment", "vaccination", "obesity", "genotype",
)  # fmt: skip
PROPERTIES = (
    "early", "late", "severe", "mild", "unexpected", "seasonal", "familial", "persistent", "recurrent", "occult",
    "bilateral", "chronic", "acute", "regional", "national", "unmet", "self-reported", "blinded", "paediatric", "rare",
)  # fmt: skip


def rare(chance: random.Random) -> str:
    """A word that few texts have, such as there are thousands: a drug, a gene, a device, a method."""
    ending = chance.choice(("mab", "tinib", "ol", "in", "ase", "net", "scope", "itis", "", "-2", "-17", "oma", "gram"))
    return "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4))) + ending


def sentence(chance: random.Random) -> str:
    """A sentence of an abstract."""
    if chance.random() < 0.5:
        first, second, third = (chance.choice(NOUNS) for _ in range(3))
        return (
            f"With {rare(chance)} and {rare(chance)}, {first} {chance.choice(VERBS)} {chance.randint(2, 900)} of the "
            f"{chance.choice(PROPERTIES)} {second} that {rare(chance)} {chance.choice(VERBS)} for {third}."
        )
    words = (chance.choice(PROPERTIES), chance.choice(NOUNS), chance.choice(VERBS), chance.choice(PROPERTIES))
    ending = f"{chance.choice(NOUNS)} in {chance.randint(2, 99)}.{chance.randint(0, 9)}%"
    return (
        f"{chance.choice(('The', 'A', 'Their', 'This'))} {' '.join(words)} {ending} (P = .{chance.randint(10, 999)})."
    )


@dataclass(frozen=True, slots=True)
class Citation:
    """One record."""

    number: int
    title: str
    authors: tuple[str, ...]
    journal: tuple[str, str]
    year: int
    volume: int
    page: int
    abstract: str
    keywords: tuple[str, ...]
    doi: str


def name(chance: random.Random) -> str:
    """A surname and initials."""
    surname = "".join(chance.choice(SYLLABLES) for _ in range(chance.randint(2, 4))).capitalize()
    return f"{surname}, {chance.choice('ABCDEFGHJKLMNPRSTVW')}. {chance.choice('ABCDEFGHJKLMNPRSTVW')}."


def citation(number: int, on_topic: bool, chance: random.Random) -> Citation:
    """Record `number`, with chances from `chance`."""
    place, design, matter = chance.choice(PLACES), chance.choice(DESIGNS), chance.choice(MATTER)
    what = chance.choice(SKIN if on_topic else OTHER)
    doing = f"{chance.choice(METHODS)} {chance.choice(TASKS)}" if on_topic else chance.choice(DOINGS)
    cases, share, year = chance.randint(30, 40_000), chance.randint(61, 98), chance.randint(1995, 2026)
    basis = f" from {matter}" if on_topic else ""
    told = " ".join(sentence(chance) for _ in range(chance.randint(3, 6)))
    abstract = (
        f"BACKGROUND: {doing} {what}. {sentence(chance)} "
        f"We looked at {rare(chance)}{basis} in {place}. {told} RESULTS: Of {cases} patients seen until "
        f"{year - 1}, {share}.{chance.randint(0, 9)}% {chance.choice(VERBS)} the {chance.choice(NOUNS)}. "
        f"{sentence(chance)} {sentence(chance)}"
    )
    return Citation(
        number=number,
        title=chance.choice(FORMS).format(
            doing=doing,
            what=what,
            basis=basis,
            place=place,
            design=design,
            noun=chance.choice(NOUNS),
            property=chance.choice(PROPERTIES),
            other=chance.choice(NOUNS),
            rare=rare(chance),
            verb=chance.choice(VERBS),
        ),
        authors=tuple(name(chance) for _ in range(chance.randint(1, 9))),
        journal=chance.choice(JOURNALS),
        year=year,
        volume=chance.randint(1, 190),
        page=chance.randint(1, 3_000),
        abstract=abstract,
        keywords=tuple(dict.fromkeys((what, matter, chance.choice(SKIN if on_topic else OTHER), "humans"))),
        doi=f"10.{chance.randint(1000, 9999)}/made.{number}",
    )


def copied(first: Citation, number: int) -> Citation:
    """`first` as another database has it."""
    authors = tuple(author.replace(".", "") for author in first.authors)
    return replace(
        first, number=number, title=f"{first.title.upper()}.", authors=authors, doi="", keywords=(),
        abstract=first.abstract.replace("BACKGROUND: ", "Objective. "),
    )  # fmt: skip


def citations(count: int, on_topic: float, copies: float) -> Iterator[Citation]:
    """`count` records, the shares of those on topic and of copies as asked."""
    chance = random.Random(count)
    recent: list[Citation] = []
    for number in range(1, count + 1):
        if recent and chance.random() < copies:
            yield copied(recent.pop(chance.randrange(len(recent))), number)
            continue
        made = citation(number, chance.random() < on_topic, chance)
        recent = [*recent[-2_000:], made]
        yield made


def ris(record: Citation) -> str:
    """`record` as EndNote writes it."""
    journal, issn = record.journal
    lines = [
        ("TY", "JOUR"), *(("AU", author) for author in record.authors), ("TI", record.title), ("JO", journal),
        ("PY", str(record.year)), ("VL", str(record.volume)), ("SP", str(record.page)), ("EP", str(record.page + 9)),
        ("SN", issn), ("DO", record.doi), ("KW", "\r\n".join(record.keywords)), ("AB", record.abstract),
        ("AN", f"L{record.number:09}"), ("LA", "English"), ("ER", ""),
    ]  # fmt: skip
    return "".join(f"{tag}  - {value}\r\n" for tag, value in lines if value or tag == "ER") + "\r\n"


def main() -> None:
    """Write the file to standard output."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("count", type=int)
    parser.add_argument("--on-topic", type=float, default=0.5, help="share of records about the field")
    parser.add_argument("--copies", type=float, default=0.1, help="share of records of another database")
    wanted = parser.parse_args()
    for record in citations(wanted.count, wanted.on_topic, wanted.copies):
        sys.stdout.write(ris(record))


if __name__ == "__main__":
    main()
