"""Titles and excerpts: what belongs to the publisher and what to the story."""

from __future__ import annotations

import pytest

from dermai_feed.normalize import titles

NAMES = frozenset({"medicalxpress", "stat", "nytimes", "newyorktimes", "statnewscom"})


@pytest.mark.parametrize(
    ("title", "bare", "affix"),
    [
        ("AI spots melanoma - Medical Xpress", "AI spots melanoma", " - Medical Xpress"),
        ("AI spots melanoma | STAT", "AI spots melanoma", " | STAT"),
        ("AI spots melanoma – statnews.com", "AI spots melanoma", " – statnews.com"),
        ("AI spots melanoma - The New York Times", "AI spots melanoma", " - The New York Times"),
        ("Skin cancer - a review - Medical Xpress", "Skin cancer - a review", " - Medical Xpress"),
        ("AI spots melanoma (Update) | STAT", "AI spots melanoma", " (Update) | STAT"),
        ("AI spots melanoma [Updated]", "AI spots melanoma", " [Updated]"),
        ("WATCH: AI spots melanoma", "AI spots melanoma", "WATCH: "),
        ("Newswise — AI spots melanoma", "AI spots melanoma", "Newswise — "),
        ("[PDF] AI spots melanoma", "AI spots melanoma", "[PDF] "),
        ("UPDATE 1-AI spots melanoma", "UPDATE 1-AI spots melanoma", ""),
        ("UPDATE 1 - AI spots melanoma | STAT", "AI spots melanoma", "UPDATE 1 - … | STAT"),
        ("AI in skin cancer - a review", "AI in skin cancer - a review", ""),
        ("AI spots melanoma - Other Site", "AI spots melanoma - Other Site", ""),
        ("New AI system diagnoses skin diseases (image)", "New AI system diagnoses skin diseases (image)", ""),
        ("State-of-the-art: STAT", "State-of-the-art: STAT", ""),
        ("| STAT", "| STAT", ""),
        ("STAT", "STAT", ""),
    ],
)
def test_title_without_its_publisher(title: str, bare: str, affix: str) -> None:
    """A known name behind a separator, a news marker before the title go; the rest, "(image)" included, stays."""
    assert titles.strip_title(title, NAMES) == (bare, affix)


@pytest.mark.parametrize(
    ("excerpt", "bare"),
    [
        ("SAN DIEGO--(BUSINESS WIRE)--Acme today said", "Acme today said"),
        ("BOSTON, April 8, 2021 (GLOBE NEWSWIRE) -- Acme today said", "Acme today said"),
        ("NEW YORK, Oct. 12, 2022 /PRNewswire/ -- Acme today said", "Acme today said"),
        ("LONDON (Reuters) - An algorithm", "An algorithm"),
        ("(HealthDay)—An algorithm", "An algorithm"),
        ("Newswise — DALLAS – Aug. 3, 2021 – Using AI", "Aug. 3, 2021 – Using AI"),
        ("Newswise — Using AI, researchers", "Using AI, researchers"),
        ("An algorithm. The post AI spots melanoma appeared first on Derm News.", "An algorithm."),
        ("Reuters reported - yesterday - that", "Reuters reported - yesterday - that"),
        ("BOSTON (AP) -- ", "BOSTON (AP) --"),
        ("The postman appeared first on the scene", "The postman appeared first on the scene"),
    ],
)
def test_excerpt_without_dateline_and_footer(excerpt: str, bare: str) -> None:
    """A wire's dateline and a generator's footer are the publisher's; without them nothing is left out of the story."""
    stripped = titles.strip_excerpt(excerpt)
    assert stripped.text.strip() == bare
    assert bool(stripped.affix) == (bare != excerpt.strip())


@pytest.mark.parametrize(
    ("summary", "content", "chosen"),
    [
        ("A summary that says what it is about.", "The whole text.", "A summary that says what it is about."),
        (
            "TAXON, EarlyView.",
            "An abstract of the paper that is longer than that.",
            "An abstract of the paper that is longer than that.",
        ),
        ("English", "", ""),
        ("NA", "The text.", "The text."),
        ("The title!", "", ""),
        ("", "The text.", "The text."),
        ("Short.", "Also short.", "Short."),
    ],
)
def test_choice_of_excerpt(summary: str, content: str, chosen: str) -> None:
    """The summary, unless it says nothing or next to nothing and the content says more."""
    assert titles.choose_excerpt(summary, content, "The Title") == chosen


@pytest.mark.parametrize(
    ("excerpt", "url", "title"),
    [
        ("Deep learning for skin lesions.", "https://a.example/x", "Deep learning for skin lesions."),
        (
            "one two three four five six seven eight nine ten eleven twelve thirteen, fourteen, fifteen",
            "",
            "one two three four five six seven eight nine ten eleven twelve thirteen, fourteen…",
        ),
        ("", "https://a.example/2020/ai-spots_melanoma.html", "ai spots melanoma"),
        ("", "https://a.example/", "a.example"),
        ("", "", "Untitled"),
    ],
)
def test_n07_stand_in_for_a_missing_title(excerpt: str, url: str, title: str) -> None:
    """The excerpt's first words, else the address's last segment, else the host: a title is never empty."""
    assert titles.stand_in(excerpt, url) == title
