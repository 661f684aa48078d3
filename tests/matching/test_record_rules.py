"""Rules for the literature: what is one paper in many spellings, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dermai_feed.matching import compare
from dermai_feed.model import Identifier, Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]

TITLE = "Deep learning for the early recognition of melanoma in primary care"
WHO = "Zelinka, Petra; Roth, Anton; Valadares, Inês"
HERE: dict[str, Any] = {"journal": "Annals of Lesion Imaging", "volume": "12", "issue": "3", "pages": "869-875"}

ONE_PAPER: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("pages cut short", {}, {"pages": "869-75"}),
    ("a first page only", {}, {"pages": "869"}),
    ("initials", {}, {"authors": "Zelinka P; Roth A; Valadares I"}),
    ("journal abridged", {}, {"journal": "Ann Lesion Imaging"}),
    ("a subtitle", {}, {"title": f"{TITLE}: a multicentre study"}),
    ("brackets around a translated title", {}, {"title": f"[{TITLE}]."}),
    (
        "the title in its own language first",
        {},
        {"title": f"Maschinelles Lernen zur frühen Erkennung des Melanoms in der Hausarztpraxis: {TITLE}"},
    ),
    ("online first", {}, {"year": 2024, "pages": "", "issue": ""}),
    (
        "one DOI, other title",
        {"doi": "10.5555/ali.1"},
        {"doi": "10.5555/ali.1", "title": "Melanoma in primary care", "pages": "1"},
    ),
    (
        "a note that it has an erratum",
        {},
        {"title": f"{TITLE} [Erratum appears in Ann Lesion Imaging 2026; 13(1): 12 [added]]"},
    ),
)

TWO_PAPERS: tuple[tuple[str, dict[str, Any], dict[str, Any]], ...] = (
    ("Part I and II", {"title": f"{TITLE}. Part I"}, {"title": f"{TITLE}. Part II", "pages": "876-880"}),
    (
        "phases",
        {"title": f"{TITLE}: a phase 2 trial"},
        {"title": f"{TITLE}: a phase 3 trial", "volume": "14", "pages": "1-9"},
    ),
    ("adults and children", {"title": f"{TITLE} in adults"}, {"title": f"{TITLE} in children", "pages": "900-9"}),
    (
        "a guideline's next edition",
        {"title": "Guidelines of care for melanoma", "authors": ""},
        {"title": "Guidelines of care for melanoma", "authors": "", "year": 2029, "volume": "16", "pages": "1-40"},
    ),
    (
        "an annual report's next year",
        {"title": "Melanoma registry annual report 2024"},
        {"title": "Melanoma registry annual report 2025", "volume": "13"},
    ),
    (
        "a meeting's abstract",
        {"journal": "Skin Congress Proceedings", "volume": "3", "issue": "Suppl. 1", "pages": "S42"},
        {},
    ),
    ("an abstract in another journal", {"journal": "Acta Cutanea", "volume": "88", "issue": "", "pages": "23"}, {}),
    (
        "a note in a later issue, unmarked",
        {},
        {"issue": "8", "pages": "1107", "authors": "Zelinka P; Khan R; Moreau L; Adeyemi T"},
    ),
    ("other authors, other place", {}, {"authors": "Ito, Ken; Mora, Lia", "volume": "31", "pages": "4-9"}),
    ("two DOIs and two places", {"doi": "10.5555/ali.1"}, {"doi": "10.5555/ali.2", "volume": "14", "pages": "12-20"}),
)

NOTICES = (
    "Erratum: {}",
    "Correction to: {}",
    "Author Correction: {}",
    "Publisher Correction: {}",
    "Corrigendum: {}",
    "Retraction: {}",
    "Expression of concern: {}",
    "{} - Reply",
    "Reply to: {}",
    "Comment on: {}",
    "Authors' response: {}",
    "{} (vol 12, pg 869, 2025)",
)


def two(record: Make, one: dict[str, Any], other: dict[str, Any]) -> tuple[Item, Item]:
    """The paper twice, each with its differences."""
    made = []
    for id_, given in (("a", one), ("b", other)):
        fields = {"title": TITLE, "authors": WHO, **HERE, **given}
        made.append(record(fields.pop("title"), fields.pop("authors"), id=id_, **fields))
    return made[0], made[1]


@pytest.mark.parametrize(("what", "one", "other"), ONE_PAPER, ids=[row[0] for row in ONE_PAPER])
def test_one_paper_in_two_spellings_is_one_work(
    what: str, one: dict[str, Any], other: dict[str, Any], record: Make, weights: MatchWeights
) -> None:
    """Databases write one paper in many ways."""
    a, b = two(record, one, other)
    assert compare(a, b, weights).level == "work", what


@pytest.mark.parametrize(("what", "one", "other"), TWO_PAPERS, ids=[row[0] for row in TWO_PAPERS])
def test_two_papers_that_look_alike_are_two_works(
    what: str, one: dict[str, Any], other: dict[str, Any], record: Make, weights: MatchWeights
) -> None:
    """A missed duplicate is better than a false one."""
    a, b = two(record, one, other)
    assert compare(a, b, weights).level != "work", what


ISBN = (Identifier(scheme="isbn", value="9781000000000"),)
CHAPTERS = (
    ("The skin as an image", "Ito, Ken", {"journal": "Handbook of lesion imaging", "pages": "12-40"}),
    ("Networks that read dermoscopy", "Mora, Lia", {"journal": "Handbook of lesion imaging", "pages": "41-88"}),
    ("Handbook of lesion imaging", "Zelinka, Petra", {"journal": "", "pages": "xii, 412"}),
)


@pytest.mark.parametrize(("one", "other"), [(0, 1), (0, 2), (1, 2)])
def test_chapters_are_no_one_work_for_the_isbn_of_their_book(
    one: int, other: int, record: Make, weights: MatchWeights
) -> None:
    """An ISBN names a book: each of its chapters, and each paper of its proceedings, carries it."""
    made = [
        record(title, who, id=f"r{number}", identifiers=ISBN, volume="", **rest)
        for number, (title, who, rest) in enumerate(CHAPTERS)
    ]
    assert compare(made[one], made[other], weights).level != "work"


def test_a_book_is_one_work_under_its_two_isbns(record: Make, weights: MatchWeights) -> None:
    """In print and to be read on a screen: by title and author, as before."""
    title, who, rest = CHAPTERS[2]
    title += ": a practical guide for clinicians"
    other = (Identifier(scheme="isbn", value="9781000000017"),)
    a, b = (
        record(title, who, id=id_, identifiers=named, volume="", **rest) for id_, named in (("a", ISBN), ("b", other))
    )
    assert compare(a, b, weights).level == "work"


@pytest.mark.parametrize("form", NOTICES)
def test_a_notice_joins_its_subject_s_story_and_never_its_work(form: str, record: Make, weights: MatchWeights) -> None:
    """Corrections, retractions, comments and replies, as indexes title them."""
    a, b = two(record, {}, {"title": form.format(TITLE), "issue": "8", "pages": "1107"})
    edge = compare(a, b, weights)
    assert edge.level == "story"
    assert "and its subject" in edge.veto


def test_a_notice_is_found_under_a_title_that_was_typed_anew(record: Make, weights: MatchWeights) -> None:
    """A slip in the subject's name does not lose it."""
    a, b = two(record, {}, {"title": f"Erratum: {TITLE.replace('recognition', 'recogniton')}", "pages": "1107"})
    assert compare(a, b, weights).level == "story"


@pytest.mark.parametrize("years", [0, 1, 3])
def test_a_preprint_and_its_version_of_record_are_one_work(years: int, record: Make, weights: MatchWeights) -> None:
    """By title and authors, within three years."""
    a, b = two(
        record,
        {"journal": "medRxiv", "volume": "", "issue": "", "pages": "", "doi": "10.1101/2025.01.02"},
        {"year": 2025 + years, "doi": "10.5555/ali.1"},
    )
    assert compare(a, b, weights).level == "work"


def test_a_preprint_of_long_ago_is_another_work(record: Make, weights: MatchWeights) -> None:
    """Five years on it is a sequel."""
    a, b = two(
        record,
        {"journal": "medRxiv", "volume": "", "issue": "", "pages": "", "doi": "10.1101/2020.01.02", "year": 2020},
        {"year": 2025, "doi": "10.5555/ali.1"},
    )
    assert compare(a, b, weights).level != "work"


def test_a_title_in_two_languages_needs_one_journal_and_year(record: Make, weights: MatchWeights) -> None:
    """A translation printed elsewhere years later is another record."""
    german = f"Maschinelles Lernen zur frühen Erkennung des Melanoms in der Hausarztpraxis: {TITLE}"
    a, b = two(record, {}, {"title": german, "journal": "Der Hautarzt", "year": 2029, "volume": "70", "pages": "1-9"})
    assert compare(a, b, weights).level != "work"


def test_citations_of_a_title_and_a_year_are_no_headlines(weights: MatchWeights, record: Make) -> None:
    """Two references on one subject are two papers; as headlines of one day they would be one event."""
    known = {"journal": "", "imported": True, "excerpt": ""}
    one = record("An algorithm for the care of skin lesions", id="a", year=2020, **known)
    other = record("Skin lesions and their segmentation", id="b", year=2020, **known)
    assert compare(one, other, weights).level not in {"work", "story"}
    again = record("An algorithm for the care of skin lesions.", id="c", year=2020, **known)
    assert compare(one, again, weights).level != "story"
