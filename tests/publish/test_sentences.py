"""Sentences are taken whole and word for word."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed.publish.sentences import ROOM, WHY_WORDS, grounded, split, told, why

FLAT = st.text(st.sampled_from('aBc. 12,%?!"”…:()\u00a0-'), max_size=700)


def flat(text: str) -> str:
    """`text` on one line."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("excerpt", "said"),
    [
        pytest.param("One. Two.", "One. Two.", id="whole sentences"),
        pytest.param("One. Two. Three. Four.", "One. Two. Three.", id="three at most"),
        pytest.param("It works. The model then ...", "It works.", id="a cut sentence is left out"),
        pytest.param("The model then ...", "The model then …", id="the only sentence stays, marked"),
        pytest.param(
            "Accuracy was 0.91 in 1,200 patients. Good.", "Accuracy was 0.91 in 1,200 patients. Good.", id="0.91"
        ),
        pytest.param("Dr. Smith et al. say so. Good. A ...", "Dr. Smith et al. say so. Good.", id="abbreviations"),
        pytest.param("It explains how models work:", "It explains how models work", id="a colon that leads nowhere"),
        pytest.param("AIM: Melanoma kills. RESULTS: Found.", "Melanoma kills. Found.", id="headings of an abstract"),
        pytest.param("It works. More information: doi: 10.5555/1", "It works.", id="directions to readers"),
        pytest.param("A find. ... began earlier. A third one.", "A find. A third one.", id="gaps of a search engine"),
        pytest.param('She said "It works." Then she left.', 'She said "It works." Then she left.', id="a quotation"),
        pytest.param("", "", id="nothing"),
    ],
)  # fmt: skip
def test_sentences_are_whole(excerpt: str, said: str) -> None:
    """Never cut inside a word or a number."""
    assert " ".join(told(excerpt)) == said


def test_a_repeat_of_the_title_is_left_out() -> None:
    """A reader has read it."""
    assert told("AI finds melanoma early. The study had 300 patients.", "AI finds melanoma early") == (
        "The study had 300 patients.",
    )


def test_a_long_sentence_is_cut_between_words_and_outside_numbers() -> None:
    """With an ellipsis, so that a reader knows."""
    (text,) = told("word " * 200)
    assert text.endswith("word …")
    assert len(text) <= ROOM + 2
    (text,) = told(("a" * (ROOM - 12)) + " of 1 200 300 patients and more words to come")
    assert text.endswith("of …")


@given(FLAT)
def test_what_is_told_stands_in_the_text(text: str) -> None:
    """Word for word, but for the ellipsis of a cut."""
    for sentence in told(text):
        assert sentence.removesuffix(" …") in flat(text)


@given(FLAT)
def test_a_cut_falls_between_two_words(text: str) -> None:
    """What follows an ellipsis in the source begins with a blank."""
    for sentence in told(text):
        if sentence.endswith(" …") and len(sentence) > ROOM - 40:
            rest = flat(text).split(sentence.removesuffix(" …"), 1)[1]
            assert not re.match(r"[^\W_]", rest)


@given(FLAT)
def test_whole_sentences_stand_in_the_text_in_their_order(text: str) -> None:
    """Nothing is turned round or put together."""
    at = 0
    for sentence in split(text)[0]:
        at = flat(text).index(sentence, at)


LINE = "Clinics without dermatologists could miss fewer melanomas in patients with darker skin."


@pytest.mark.parametrize(
    "text", ["About Acme Acme is a leading skin-health company.", "About Acme Health: Acme Health makes lamps."]
)
def test_what_a_company_says_of_itself_is_not_told(text: str) -> None:
    """Releases end so; a text that is nothing else has no sentence."""
    assert told(text) == ()
    assert told(f"Lamps were tested. {text}") == ("Lamps were tested.",)


def test_why_it_matters_is_the_sentence_that_speaks_of_consequences() -> None:
    """It names the text that it is from."""
    assert why([("i1", f"A network was built. {LINE}")], []) == ("i1", LINE)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "The network has 152 layers and was trained on eight graphics cards for nine days.", id="no consequence"
        ),
        pytest.param(
            "It could miss fewer melanomas in patients with darker skin, clinics hope.", id="leans on another"
        ),
        pytest.param(
            "“Somebody has to see all the patients in the clinic,” says the dermatologist, who was not involved.",
            id="people, and no consequence",
        ),
        pytest.param(
            "A delay of the diagnosis could harm these patients more than others, dermatologists say.",
            id="leans on another in the middle",
        ),
        pytest.param(LINE.removesuffix(".") + " " + "and so on " * 10 + ".", id="too long"),
        pytest.param("Patients could die.", id="too short"),
        pytest.param(LINE.removesuffix("skin.") + "...", id="cut off"),
    ],
)
def test_where_no_sentence_fits_there_is_none(text: str) -> None:
    """Otherwise absent: nothing is softened or completed."""
    assert why([("i1", text)], []) is None


def test_why_it_matters_repeats_nothing() -> None:
    """What the reader has read says nothing more."""
    assert why([("i1", LINE)], [LINE]) is None


@given(st.lists(FLAT, max_size=3))
def test_why_it_matters_is_grounded(texts: list[str]) -> None:
    """At most thirty words, all of them the item's, every number and name among them."""
    found = why([(str(n), text) for n, text in enumerate(texts)], [])
    if found is not None:
        assert found[1] in flat(texts[int(found[0])])
        assert len(found[1].split()) <= WHY_WORDS
        assert grounded(found[1], texts[int(found[0])])


@pytest.mark.parametrize(
    ("line", "holds"),
    [("The test by Northgate had 1,200 patients.", True), ("The test had 1,300 patients.", False),
     ("The test by Southgate was large.", False)],
)  # fmt: skip
def test_a_number_or_name_that_is_not_the_items_is_noticed(line: str, holds: bool) -> None:
    """A fabricated number or name is what mails must never hold (FIELD §3, 17)."""
    assert grounded(line, "The test of Northgate had 1,200 patients in all.") is holds
