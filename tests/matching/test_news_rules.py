"""Rules for news, each with what it is about and what it must leave alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from dermai_feed.matching import compare, match_items
from dermai_feed.model import Item
from dermai_feed.rules import MatchWeights

Make = Callable[..., Item]

STUDY = (
    "A neural network that reads ordinary phone photographs found 91.5% of early melanomas in a trial with 1,240 "
    "patients at Northfield University Hospital, its developers write in the Annals of Lesion Imaging."
)
RETOLD = (
    "Petra Zelinka and her team at Northfield University Hospital let software judge phone photographs of 1,240 "
    "patients. It recognised 91.5% of the early melanomas, reports the Annals of Lesion Imaging."
)

# One text under two titles or two addresses: (title and fields of the one, of the other)
ONE_WORK: tuple[tuple[str, str, dict[str, Any], str, dict[str, Any]], ...] = (
    (
        "publisher's name",
        "Phone network finds melanoma in Northfield trial",
        {},
        "Phone network finds melanoma in Northfield trial - Medical Example",
        {"site": "medical-example.com"},
    ),
    (
        "(Update)",
        "Phone network finds melanoma in Northfield trial",
        {},
        "Phone network finds melanoma in Northfield trial (Update)",
        {"site": "b.example"},
    ),
    (
        "WATCH:",
        "Phone network finds melanoma in Northfield trial",
        {},
        "WATCH: Phone network finds melanoma in Northfield trial",
        {"site": "b.example"},
    ),
    (
        "an AMP page",
        "Phone network finds melanoma in Northfield trial",
        {"url": "https://a.example/2026/phone-network"},
        "Phone network finds melanoma",
        {"url": "https://a.example/2026/phone-network/amp"},
    ),
    (
        "tracking",
        "Phone network finds melanoma",
        {"url": "https://a.example/p?id=7"},
        "Melanoma found by phone",
        {"url": "https://www.a.example/p?utm_source=x&id=7"},
    ),
    (
        "retitled, same address",
        "Phone network finds melanoma",
        {"url": "https://a.example/p/77"},
        "How a telephone learned to see cancer",
        {"url": "https://a.example/p/77"},
    ),
    (
        "a picture page",
        "Phone network finds melanoma in Northfield trial",
        {},
        "Phone network finds melanoma in Northfield trial (IMAGE)",
        {"url": "https://news.example/multimedia/9"},
    ),
    (
        "mangled quotes",
        "Phone network 'sees' what doctors don't in Northfield melanoma trial",
        {},
        "Phone network â€˜seesâ€™ what doctors donâ€™t in Northfield melanoma trial",
        {"site": "b.example"},
    ),
    (
        "dashes",
        "Phone network – a melanoma finder – passes Northfield trial",
        {},
        "Phone network - a melanoma finder - passes Northfield trial",
        {"site": "b.example"},
    ),
)


@pytest.mark.parametrize(("what", "one", "first", "other", "second"), ONE_WORK, ids=[row[0] for row in ONE_WORK])
def test_one_text_is_one_work(
    what: str, one: str, first: dict[str, Any], other: str, second: dict[str, Any], news: Make, weights: MatchWeights
) -> None:
    """Whatever a publisher puts around it."""
    a, b = news(one, STUDY, id="a", **first), news(other, STUDY, id="b", day=0.2, **second)
    assert compare(a, b, weights).level == "work", what


@pytest.mark.parametrize(
    "opening",
    [
        "NORTHFIELD, March 3, 2026 /PRNewswire/ -- ",
        "Newswise — ",
        "LOCKPORT, N.Y. (AP) - ",
        "MONDAY, March 2, 2026 (HealthDay News) -- ",
    ],
)
def test_a_dateline_is_no_part_of_the_text(opening: str, news: Make, weights: MatchWeights) -> None:
    """A release and its reprint differ in nothing else."""
    a = news("Phone network finds melanoma in Northfield trial", opening + STUDY, id="a", site="wire.example")
    b = news("Phone network finds melanoma in Northfield trial", STUDY, id="b", site="reprint.example")
    edge = compare(a, b, weights)
    assert edge.level == "work"
    assert next(c.level for c in edge.comparisons if c.name == "excerpt") in {"whole", "exact"}


# Two titles from one template: never one story, whatever stands below them.
SERIES = (
    ("market reports, year", "AI in Dermatology Market Report 2026", "AI in Dermatology Market Report 2027"),
    (
        "market reports, subject",
        "Artificial Intelligence in Radiology Market to reach $2bn",
        "Artificial Intelligence in Dermatology Market to reach $2bn",
    ),
    (
        "months",
        "What's new: Lesion Suite August 2026 feature update",
        "What's new: Lesion Suite September 2026 feature update",
    ),
    ("months of one publisher", "May 2026 updates for modern controls in Lesion Suite", "June 2026 controls update"),
    ("conference days", "AAD 2026 annual meeting coverage: day 1", "AAD 2026 annual meeting coverage: day 2"),
    (
        "sessions of a conference",
        "Skin Summit 2026: Burn care in the field",
        "Skin Summit 2026: Cloud platforms for hospitals",
    ),
    ("episodes", "The Skin Podcast: Episode 12", "The Skin Podcast: Episode 13"),
    ("podcast subjects", "Derm Podcast: Teledermatology in rural Norway", "Derm Podcast: Robots at the biopsy bench"),
    ("versions", "Lesion Suite 4.1 released with better maps", "Lesion Suite 4.2 released with better maps"),
    ("counts", "7 things to know about skin AI", "10 things to know about skin AI"),
    ("weeks", "Skin AI weekly: week 31", "Skin AI weekly: week 32"),
)


@pytest.mark.parametrize(("what", "one", "other"), SERIES, ids=[row[0] for row in SERIES])
@pytest.mark.parametrize("excerpt", ["", "All that is new for dermatologists who work with artificial intelligence."])
def test_instalments_of_a_series_are_never_one_story(
    what: str, one: str, other: str, excerpt: str, news: Make, weights: MatchWeights
) -> None:
    """Not even where the text below is the same, and with the reason given."""
    edge = compare(news(one, excerpt, id="a"), news(other, excerpt, id="b", day=3), weights)
    assert edge.level not in {"work", "story"}, what
    assert edge.veto


def test_an_instalment_s_own_copy_is_one_work(news: Make, weights: MatchWeights) -> None:
    """The veto is about the difference, not about the template."""
    title = "What's new: Lesion Suite August 2026 feature update"
    edge = compare(news(title, STUDY, id="a"), news(title, STUDY, id="b", site="b.example"), weights)
    assert edge.level == "work"


def test_a_heading_without_a_year_is_part_of_the_sentence(news: Make, weights: MatchWeights) -> None:
    """ "Skin cancer: …" is no series: two accounts of one study stay one story."""
    a = news("Skin cancer: phone network finds early melanoma", STUDY, id="a")
    b = news("Skin cancer: software beats the naked eye at Northfield", RETOLD, id="b", site="b.example", day=1)
    assert compare(a, b, weights).level == "story"


def test_lists_by_two_writers_are_two_articles(news: Make, weights: MatchWeights) -> None:
    """ "5 predictions" here and "predictions from six experts" there have a year in common, and no event."""
    a = news("5 predictions for 2027: the digital transformation of dermatology", "Hospitals will buy.", id="a")
    b = news("2027 predictions for dermatology from six experts", "Hospitals will wait.", id="b", site="b.example")
    edge = compare(a, b, weights)
    assert edge.level not in {"work", "story"}
    assert edge.veto == "lists, each its own"


def test_members_of_a_programme_are_not_one_another(news: Make, weights: MatchWeights) -> None:
    """Two firms send out the release that their sponsor wrote for both."""
    text = "The competency recognises partners that have shown technical proficiency and customer success."
    a = news("Zelinkasoft Achieves Northcloud Retail Competency", f"{text} Founded in Porto.", id="a", site="a.example")
    b = news("Valadares Labs Achieves Northcloud Retail Competency", "Based in Oslo.", id="b", site="b.example", day=2)
    assert compare(a, b, weights).level not in {"work", "story"}


def test_a_later_turn_is_another_text(news: Make, weights: MatchWeights) -> None:
    """ "Raises" and "slashes": the same paragraphs around another piece of news are one story and two works."""
    text = (
        "In an updated filing, Dermatec Holdings, the imaging subsidiary of the insurer, changed what it hopes to get "
    )
    a = news("Imaging subsidiary of insurer raises IPO expectations", f"{text} from its listing.", id="a")
    b = news(
        "Imaging subsidiary of insurer slashes IPO expectations again",
        f"{text} once more.",
        id="b",
        site="b.example",
        day=6,
    )
    edge = compare(a, b, weights)
    assert edge.level != "work"
    assert "slash" in edge.veto


def test_a_study_told_again_weeks_later_is_found(news: Make, weights: MatchWeights) -> None:
    """A journal digest follows a release by four weeks; words this rare need no date."""
    a = news("Phone network finds early melanoma at Northfield", STUDY, id="a")
    b = news(
        "Software recognises early melanoma on phone photographs, Northfield trial shows",
        RETOLD,
        id="b",
        site="b.example",
        day=29,
    )
    assert compare(a, b, weights).level == "story"
    grouping, _ = match_items([a, b], weights, "news", learn_words=False)
    assert len(grouping.stories) == 1


def test_after_six_weeks_texts_alone_join_nothing(news: Make, weights: MatchWeights) -> None:
    """The same two, three months apart: related, and the reason says how long the window is."""
    a = news("Phone network finds early melanoma at Northfield", STUDY, id="a")
    b = news(
        "Software recognises early melanoma on phone photographs, Northfield trial shows",
        RETOLD,
        id="b",
        site="b.example",
        day=90,
    )
    edge = compare(a, b, weights)
    assert edge.level not in {"work", "story"}
    assert "90 days apart" in edge.veto


def test_one_publisher_does_not_tell_a_study_again_weeks_later(news: Make, weights: MatchWeights) -> None:
    """A series explains the likeness better."""
    a = news("Phone network finds early melanoma at Northfield", STUDY, id="a")
    b = news("Software recognises early melanoma on phone photographs, Northfield trial shows", RETOLD, id="b", day=29)
    assert compare(a, b, weights).level not in {"work", "story"}


def test_figures_are_whole_figures(news: Make, weights: MatchWeights) -> None:
    """ "1" is not found in "112"."""
    edge = compare(news("Skin story 1", STUDY, id="a"), news("Skin story 112", STUDY, id="b"), weights)
    assert edge.level is None


def test_two_institutions_with_their_own_figures_are_two_studies(news: Make, weights: MatchWeights) -> None:
    """Titles of one claim a day apart; the same study told by a second paper shares a figure or the institution."""
    lund = (
        "Software judged 3,000 photographs of moles as well as a panel of dermatologists, researchers at Lund "
        "University Hospital report after a trial of two years in southern Sweden."
    )
    rotterdam = (
        "In a study of 812 patients by Erasmus Medical College, an algorithm recognised skin cancer more often than "
        "family doctors who looked at the same spots without any help."
    )
    first = news("AI spots melanoma as well as dermatologists", lund, site="a.example")
    second = news("AI spots melanoma better than family doctors", rotterdam, day=1, site="b.example")
    edge = compare(first, second, weights)
    assert edge.level not in {"work", "story"}
    assert "other institutions" in edge.veto
    again = news("AI spots melanoma better than family doctors", rotterdam.replace("812", "3,000"), site="b.example")
    assert "other institutions" not in compare(first, again, weights).veto
    at_lund = news("AI spots melanoma like a doctor", rotterdam.replace("Erasmus Medical", "Lund"), site="b.example")
    assert "other institutions" not in compare(first, at_lund, weights).veto
