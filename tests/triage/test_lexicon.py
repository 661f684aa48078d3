"""The reader of texts: words, folding, longest term, linear cost."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.triage.lexicon import Hit, Lexicon, Sense, fold, words


def lexicon(*terms: str) -> Lexicon:
    return Lexicon({term: (Sense("g", "", 1.0),) for term in terms})


def found(lex: Lexicon, text: str) -> list[str]:
    return [hit.term for hit in lex.find(words(text))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Lesions", "lesion"),
        ("biopsies", "biopsy"),
        ("keratoses", "keratosis"),
        ("analyses", "analysis"),
        ("rashes", "rash"),
        ("patches", "patch"),
        ("verrucae", "verruca"),
        ("haemangioma", "hemangioma"),
        ("tumours", "tumor"),
        ("colour", "color"),
        ("naevus", "nevus"),
        ("oedema", "edema"),
        ("seborrhoeic", "seborrheic"),
        ("Sézary", "sezary"),
        ("Künstliche", "kunstliche"),
        ("MELANOMA", "melanoma"),
        ("ageing", "aging"),
        ("randomisation", "randomization"),
    ],
)
def test_forms_of_one_word_are_compared_as_one(one: str, other: str) -> None:
    """Case, accents, plural and spelling variants make no difference."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("skin", "skit"), ("nevus", "nev"), ("psoriasis", "psoriasi"), ("as", "a")])
def test_other_words_stay_other_words(one: str, other: str) -> None:
    """Folding takes off plural endings, not the ends of Latin nouns or of short words."""
    assert fold(one) != fold(other)


def test_a_possessive_ending_and_the_points_of_ai_are_no_words() -> None:
    """ "Kaposi's" is "Kaposi", "A.I." is "AI", and places point into the text as it is."""
    text = "A.I. reads Kaposi’s sarcoma"
    read = words(text)
    assert read.raws == ["AI", "reads", "Kaposi", "sarcoma"]
    assert [text[start:end] for start, end in read.spans] == ["A.I.", "reads", "Kaposi’s", "sarcoma"]


def test_the_longest_term_wins_and_hides_what_is_in_it() -> None:
    """ "electronic skin" is not also "skin", and "skin cancer screening" not also "skin cancer"."""
    lex = lexicon("skin", "electronic skin", "skin cancer", "skin cancer screening")
    assert found(lex, "An electronic skin. Skin cancer; skin-cancer screening; skin!") == [
        "electronic skin",
        "skin cancer",
        "skin cancer screening",
        "skin",
    ]


def test_find_all_also_tells_what_lies_in_another_term() -> None:
    """What only labels an item is not hidden by a longer label."""
    text = "dermoscopic image"
    lex = lexicon("dermoscop*", "dermoscopic image", "image")
    assert {hit.term for hit in lex.find_all(words(text))} == {"dermoscop*", "dermoscopic image", "image"}


@pytest.mark.parametrize(
    ("term", "text", "fits"),
    [
        ("AI", "AI reads skin", True),
        ("AI", "A.I. reads skin", True),
        ("AI", "the AIs", True),
        ("AI", "Ai Weiwei paints", False),
        ("AI", "the ai in bonsai", False),
        ("CNN", "two CNNs", True),
        ("gpt 4", "GPT-4 answers", True),
        ("dermatolog*", "Dermatologische Klinik", True),
        ("dermatolog*", "dermatome", False),
        ("hautkrebs*", "Hautkrebs", True),
        ("hautkrebs*", "Hautkrebsscreening", True),
        ("skin malignanc*", "skin malignancies", True),
        ("skin malignanc*", "skin malice", False),
        ("mole", "molecule", False),
        ("bald", "Baldwin", False),
    ],
)
def test_a_term_matches_whole_words_in_the_case_it_asks_for(term: str, text: str, fits: bool) -> None:
    """Acronyms match in capitals only, a star matches any ending, nothing matches inside a word."""
    assert found(lexicon(term), text) == ([term] if fits else [])


def test_a_hit_quotes_the_text_word_for_word() -> None:
    """`said` and the places are the text's own."""
    text = "New: Skin  Lesions, seen"
    hit = next(iter(lexicon("skin lesion").find(words(text))))
    assert hit == Hit("skin lesion", "Skin  Lesions", (Sense("g", "", 1.0),), 5, 18)
    assert text[hit.start : hit.end] == hit.said


def test_a_star_behind_three_letters_is_refused_by_name() -> None:
    """Such a term would match half the dictionary."""
    with pytest.raises(ValueError, match=r"'der\*'.*4 letters"):
        lexicon("der*")


def test_n12_the_number_of_steps_grows_with_the_text_and_not_with_its_repetition() -> None:
    """N-12: terms that begin alike, and a text that almost matches all the time, cost no more than its words.

    Counted in comparisons of words (their number of slices asked for), not in seconds.
    """
    terms = [" ".join(["a"] * n + ["b"]) for n in range(1, 8)]
    lex = lexicon(*terms)

    class Counting(list):  # type: ignore[type-arg]
        asked = 0

        def __getitem__(self, index: object) -> object:
            Counting.asked += 1
            return super().__getitem__(index)  # type: ignore[index]

    def steps(length: int) -> int:
        text = "a " * length
        Counting.asked = 0
        read = words(text)
        assert not list(lex.find(replace(read, folded=Counting(read.folded))))
        return Counting.asked

    assert steps(4000) <= 4.2 * steps(1000)


@settings(deadline=None, max_examples=150)
@given(st.lists(st.sampled_from(["skin", "cancer", "electronic", "AI", "moles", "x", "—", ".", "é"]), max_size=30))
def test_hits_never_overlap_and_always_quote(parts: list[str]) -> None:
    """Whatever the text: hits run left to right, apart, and each is the text at its place."""
    text = " ".join(parts)
    hits = list(lexicon("skin", "skin cancer", "electronic skin", "AI", "mole").find(words(text)))
    assert all(before.end <= after.start for before, after in pairwise(hits))
    assert all(text[hit.start : hit.end] == hit.said for hit in hits)


@settings(deadline=None, max_examples=150)
@given(st.text(max_size=60))
def test_any_text_can_be_read(text: str) -> None:
    """Reading is total, and every word stands where it says."""
    read = words(text)
    assert all(read.folded)
    assert len(read.raws) == len(read.folded) == len(read.spans)
    assert all(0 <= start < end <= len(text) for start, end in read.spans)


def test_a_plural_can_be_asked_for() -> None:
    """`=moles` is the plural alone; the singular is another term's, in whatever case."""
    lex = lexicon("=moles", "mole")
    assert found(lex, "Moles and a mole") == ["=moles", "mole"]
    assert found(lexicon("=moles"), "a mole in the ministry") == []
