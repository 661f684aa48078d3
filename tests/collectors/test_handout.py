"""Hand-outs: references, media, sections and words taken from Markdown written for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.collectors.references import Citation, cited
from dermai_feed.collectors.references import parse as parse_reference
from dermai_feed.model import Entry, Identifier, Parsed, Publication, Term

DATA = Path(__file__).resolve().parent.parent / "data" / "feeds" / "folder"
SEEDS = Path(__file__).resolve().parent.parent.parent / "seeds"


def parse(text: str, name: str = "h.md") -> Parsed:
    return parse_here("folder", text.encode(), "text/plain", name, "seeds")


def scheme(entry: Entry, name: str) -> str | None:
    return next((identifier.value for identifier in entry.identifiers if identifier.scheme == name), None)


# ---------------------------------------------------------------- the hand-out that ships with the program


@pytest.fixture(scope="module")
def shipped() -> Parsed:
    """The one file in seeds/ that has no front matter."""
    (path,) = [path for path in sorted(SEEDS.glob("*.txt")) if not path.read_bytes().startswith(b"---")]
    return parse_here("folder", path.read_bytes(), "text/plain", path.name, "seeds")


def test_the_seed_hand_out_is_read_whole(shipped: Parsed) -> None:
    """Ten references, five videos, six podcast episodes, and nothing that it could not read."""
    kinds = [entry.type for entry in shipped.entries]
    assert (kinds.count("article"), kinds.count("video"), kinds.count("podcast")) == (10, 5, 6)
    assert shipped.problems == ()
    assert len({entry.guid for entry in shipped.entries}) == 21


def test_the_seed_hand_out_gives_its_words(shipped: Parsed) -> None:
    """Seven glossary terms, four conditions, two themes; page tops and general headings are none."""
    groups = {
        group: [term.text for term in shipped.terms if term.group == group] for group in ("ai", "condition", "theme")
    }
    assert groups["ai"] == [
        "Artificial Intelligence (AI)",
        "Machine learning",
        "Supervised learning",
        "Overfitting",
        "Neural network",
        "Deep learning",
        "Convolutional neural network",
    ]
    assert groups["condition"] == ["Skin Cancer", "Acne", "Psoriasis", "Eczema"]
    assert sorted(groups["theme"]) == ["future", "training"]


def test_the_seed_references_carry_their_identifiers(shipped: Parsed) -> None:
    """DOI and PMID on all ten, a PMCID on the first, fourth, sixth and seventh, and the DOI as address."""
    references = shipped.entries[:10]
    assert all(scheme(entry, "doi") and scheme(entry, "pmid") for entry in references)
    assert [n for n, entry in enumerate(references, 1) if scheme(entry, "pmcid")] == [1, 4, 6, 7]
    assert all(entry.link == f"https://doi.org/{scheme(entry, 'doi')}" for entry in references)
    assert all(entry.published and entry.publication and entry.authors for entry in references)


def test_the_seed_references_stand_under_the_headings_that_cite_them(shipped: Parsed) -> None:
    """Each reference has the section in which the text cites it; one is cited nowhere."""
    assert {entry.authors[0].rpartition(" ")[0]: entry.section for entry in shipped.entries[:10]} == {
        "Du-Harpur": "",
        "Karimzadhigh": "Skin Cancer",
        "Chou": "Psoriasis",
        "Choy": "Psoriasis",
        "Frederickson": "Acne",
        "Li": "Acne",
        "Hammad": "Eczema",
        "Huang": "Eczema",
        "Gracey": "Moving forward: How can dermatology residents be trained in AI use?",
        "Thang": "Future",
    }


def test_the_seed_media_have_no_address(shipped: Parsed) -> None:
    """A link to # is none; shows are named without their platform."""
    media = shipped.entries[10:]
    assert all(entry.link is None for entry in media)
    assert [entry.provider_name for entry in media if entry.type == "podcast"] == [
        "The Future of Dermatology",
        "The Future of Dermatology",
        "The JCMS Dermatology Podcast with Dr Kirk Barber",
        "European Academy of Dermatology and Venereology",
        "Skinfluence with Dr. David Portela",
        "NEJM Group",
    ]
    assert ("AI Scribe for dermatologists", "Canadian Dermatology Association") in {
        (entry.title, entry.provider_name) for entry in media
    }


# ---------------------------------------------------------------- another hand-out, of another make


@pytest.fixture(scope="module")
def other() -> Parsed:
    """A hand-out of our own: bars for tabs, bullets for numbers, other sections."""
    return parse((DATA / "handout.md").read_text(), "handout.md")


def test_another_hand_out_gives_its_works(other: Parsed) -> None:
    """Three references with the sections, descriptions and further addresses of their citations."""
    brandt, oneil, berg = [entry for entry in other.entries if entry.type == "article"]
    assert brandt.title == "Cameras for rosacea: Is redness enough?"
    assert brandt.identifiers == (Identifier(scheme="doi", value="10.5555/sii(22)7.11"),)
    assert brandt.published == "2021 Dec 3"  # print says a year only
    assert brandt.section == "Rosacea"
    assert brandt.summary == "Start with this review of cameras and redness:"
    assert oneil.title == "Counting hairs with a phone. A randomised trial"
    assert oneil.published == "2024 Mar-Apr"
    assert oneil.authors == ("O'Neil S", "Park J")
    assert oneil.link == "https://pubmed.ncbi.nlm.nih.gov/99000102/"
    assert oneil.links == ("https://papers.example/oneil",)
    assert oneil.publication == Publication(journal="Hair Res", volume="3", issue="Suppl 1", pages="S1–S9")
    assert oneil.section == "Alopecia Areata"
    assert berg.publication == Publication(journal="Nurse Educ Today", volume="9", issue="2", pages="77")
    assert berg.link == "https://nurses.example/77"
    assert berg.section == "Residency education"
    assert brandt.where == "handout.md:42"


def test_another_hand_out_gives_its_media(other: Parsed) -> None:
    """A real address is kept; an episode without one is known by its title for ever."""
    media = [
        (entry.type, entry.title, entry.link, entry.provider_name) for entry in other.entries if entry.type != "article"
    ]
    assert media == [
        ("video", "Redness in one minute", "https://video.example/redness", ""),
        ("podcast", "Counting hairs", "https://pod.example/hairs", "Skin Deep Radio"),
        ("podcast", "Episode 4: Looking at nails", None, "Skin Deep Radio"),
    ]
    assert other.entries[-1].guid == "podcast:Episode 4: Looking at nails"


def test_another_hand_out_gives_its_words(other: Parsed) -> None:
    """Its glossary, the conditions of its headings and its theme."""
    assert [(term.text, term.group) for term in other.terms] == [
        ("Store-and-forward", "ai"),
        ("Sensitivity", "ai"),
        ("Rosacea", "condition"),
        ("Alopecia Areata", "condition"),
        ("training", "theme"),
    ]
    assert other.terms[0] == Term(text="Store-and-forward", group="ai", where="handout.md:5")
    assert other.title == "Teledermatology for nurses"


def test_what_a_hand_out_leaves_unclear_is_named(other: Parsed) -> None:
    """A reference that cannot be read and a citation without one are problems with their lines."""
    assert [(problem.where, problem.kind) for problem in other.problems] == [
        ("handout.md:46", "file"),
        ("handout.md:26", "file"),
    ]
    assert "Missing 2019" in other.problems[1].what


# ---------------------------------------------------------------- rules, one by one


def test_page_tops_are_noise_and_a_theme_begins_a_section_after_one() -> None:
    """After a repeated title the section goes on, unless the paragraph has a theme of its own."""
    text = (
        "# Top\n## Vitiligo\nRead:\n\n**One et al., 2020**\n\n# Top\nOn it goes:\n\n**Two, 2020**\n\n"
        "# Top\nWhat the future holds:\n\n**Three & Co, 2020**\n\n## References\n"
        + "".join(f"{n}. {name} A. Title {n}. *J*. 2020;1:{n}.\n" for n, name in enumerate(("One", "Two", "Three"), 1))
    )
    parsed = parse(text)
    assert [entry.section for entry in parsed.entries] == ["Vitiligo", "Vitiligo", "Future"]
    assert [(term.text, term.group) for term in parsed.terms] == [("Vitiligo", "condition"), ("future", "theme")]


@pytest.mark.parametrize(
    "heading", ["References", "Further reading", "Introduction", "Five words are too many here", "Other resources:"]
)
def test_headings_about_the_document_are_no_conditions(heading: str) -> None:
    """Parts of a document and whole sentences do not enter the vocabulary."""
    parsed = parse(
        f"# T\n## {heading}\nx\n\n**One et al., 2020**\n\n## List\n1. One A. T. *J*. 2020;1:1. doi: 10.5555/1\n"
    )
    assert parsed.terms == ()
    assert len(parsed.entries) == 1


def test_bold_words_are_a_video_only_where_the_reader_is_told_to_watch() -> None:
    """Emphasis alone is no video, and neither is a work that is cited."""
    text = (
        "# T\nThis is important:\n\n**Wash your hands**\n\n"
        "Watch this video:\n\n**How to wash**\n\n- **Video: [Drying](#) (with Ada B)**\n"
    )
    parsed = parse(text)
    assert [(entry.type, entry.title, entry.provider_name) for entry in parsed.entries] == [
        ("video", "How to wash", ""),
        ("video", "Drying", "Ada B"),
    ]


def test_a_list_is_of_podcasts_only_where_it_says_so() -> None:
    """Nested lists are common; only those that speak of podcasts have episodes."""
    text = "# T\nThings to buy:\n\n- Soap\n  - green\n\nOur podcasts:\n\n- Radio Skin\n  - a. One\n"
    assert [(entry.title, entry.provider_name) for entry in parse(text).entries] == [("One", "Radio Skin")]


@pytest.mark.parametrize(
    ("line", "title", "journal", "imprint"),
    [
        (
            "Du X. What is AI? Uses. *Br J*. 2020 Sep;183(3):423–430.",
            "What is AI? Uses",
            "Br J",
            ("2020 Sep", "183", "3", "423–430"),
        ),
        (
            "Du X. T. _Front Med (Lausanne)_. 2023 Oct 6;10:1255704.",
            "T",
            "Front Med (Lausanne)",
            ("2023 Oct 6", "10", "", "1255704"),
        ),
        ("Du X, Li Y. T. *Derm*. 2025 Nov 21:1–23.", "T", "Derm", ("2025 Nov 21", "", "", "1–23")),
        ("Du X. T. *Derm*. 2025.", "T", "Derm", ("2025", "", "", "")),
        ("Du X. A title. Some Journal. 2021;5(2):1.", "A title", "Some Journal", ("2021", "5", "2", "1")),
        ("Du X. Is it? Some Journal. 2021 Spring;5:1.", "Is it?", "Some Journal", ("2021 Spring", "5", "", "1")),
    ],
)
def test_references_are_taken_apart(line: str, title: str, journal: str, imprint: tuple[str, str, str, str]) -> None:
    """Title, journal, date, volume, issue and pages, as written."""
    found = parse_reference(line, source_id="s", where="h.md:1")
    assert found is not None
    publication = found.entry.publication
    assert publication is not None
    assert (found.entry.title, publication.journal) == (title, journal)
    assert (found.entry.published, publication.volume, publication.issue, publication.pages) == imprint


@pytest.mark.parametrize(
    "line",
    ["", "No full stop at all", "Du X. Title without a journal", "Du X. T. *J*. In press.", "See above. And below."],
)
def test_what_is_no_reference_is_not_made_one(line: str) -> None:
    """Without authors, journal and year nothing is guessed."""
    assert parse_reference(line, source_id="s", where="h.md:1") is None


def test_identifiers_end_where_the_sentence_does() -> None:
    """Full stops and brackets of the sentence are not part of a DOI; brackets of the DOI are."""
    line = "A B. T. *J*. 2020;1:1 (doi: 10.5555/a(b)c). PMID: 7; PMCID: PMC8."
    found = parse_reference(line, source_id="s", where="h.md:1")
    assert found is not None
    assert [str(identifier) for identifier in found.entry.identifiers] == ["doi:10.5555/a(b)c", "pmid:7", "pmcid:PMC8"]


def test_a_reference_without_any_address_is_known_by_its_title() -> None:
    """No identifier and no address: held by title, with nothing invented."""
    found = parse_reference("A B. A quiet paper. *J*. 2020;1:1.", source_id="s", where="h.md:1")
    assert found is not None
    assert (found.entry.link, found.entry.guid) == (None, "reference:A quiet paper.")


@pytest.mark.parametrize(
    ("text", "name", "year"),
    [
        ("Chou et al., 2025", "chou", "2025"),
        ("Brandt & Ito, 2022", "brandt", "2022"),
        ("O'Neil et al. 2024a", "o'neil", "2024"),
        ("van der Berg and Kim (2021)", "van der berg", "2021"),
        ("Du-Harpur, 2020", "du-harpur", "2020"),
        ("Pławiak, 2023", "pławiak", "2023"),
    ],
)
def test_citations_are_a_name_and_a_year(text: str, name: str, year: str) -> None:
    """The usual ways to cite name the first author and the year."""
    assert cited(text) == Citation(name, year)


@pytest.mark.parametrize(
    "text", ["The Role of AI in Psoriasis Care", "2025", "Watch this video, please", "x" * 500 + ", 2020", "AI 2.0"]
)
def test_other_bold_text_is_no_citation(text: str) -> None:
    """A title is not taken for a name."""
    assert cited(text) is None
