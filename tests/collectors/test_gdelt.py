"""GDELT: what is asked of the article list and what an article becomes."""

from __future__ import annotations

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed

URL = "https://api.gdeltproject.org/api/v2/doc/doc"


def article(number, seen):
    return {"url": f"https://news.example/{number}", "title": f"A{number}", "seendate": seen}


def test_the_question_names_words_and_moments(interface, saved):
    """A list of articles, oldest first, and five seconds between requests, as GDELT asks."""
    news = interface("gdelt", URL, {"term": '"skin cancer" sourcelang:english'}, lambda _u, _q: saved("gdelt.json"))
    assert len(news.poll().entries) == 2
    assert news.asked == [
        {
            "query": '"skin cancer" sourcelang:english', "mode": "artlist", "format": "json", "maxrecords": "250",
            "sort": "dateasc", "startdatetime": "20261114000000", "enddatetime": "20261121235959",
        }
    ]  # fmt: skip
    assert [request.gap for request in news.requests] == [5.0]


def test_a_full_list_is_followed_from_its_last_moment(interface):
    """GDELT has no pages: 250 articles mean that there are more, and those of that moment come once."""
    full = [article(n, f"202611{15 + n // 100}T120000Z") for n in range(250)]
    rest = [full[-1], article(250, "20261118T000000Z")]
    answers = {"20261114000000": full, "20261117120000": rest}
    news = interface("gdelt", URL, {"term": "x"}, lambda _url, query: {"articles": answers[query["startdatetime"]]})
    got = news.poll()
    assert (got.failure, len(got.entries), got.problems) == (None, 251, ())


def test_a_moment_with_more_than_a_list_ends_the_window(interface):
    """250 articles of one moment lead nowhere: that is told, and the next poll asks for later days."""
    full = [article(n, "20261115T120000Z") for n in range(250)]
    news = interface("gdelt", URL, {"term": "x"}, lambda _url, _query: {"articles": full})
    got = news.poll()
    assert (len(got.entries), len(news.requests)) == (250, 2)
    assert "follows itself" in got.problems[0].what


def test_an_article_becomes_an_entry(saved):
    """When GDELT saw it is an update and no publication; languages get their codes, unknown ones none."""
    first, second = parse_here("gdelt", saved("gdelt.json"), "", URL, "src").entries
    assert first.guid == first.link == "https://news.example.org/2026/11/mole-app"
    assert (first.title, first.language) == ("App that reads moles goes on trial", "en")
    assert (first.published, first.updated) == (None, "20261120T211500Z")
    assert first.provider_domain == "news.example.org"
    assert [image.url for image in first.images] == ["https://news.example.org/mole.jpg"]
    assert (second.language, second.images, second.publication) == ("", (), None)


def test_p12_an_article_without_address_costs_itself(saved):
    """No http address, no article."""
    parsed = parse_here("gdelt", saved("gdelt.json"), "", URL, "src")
    assert [problem.what for problem in parsed.problems] == ["cannot be read: ValueError: an article without address"]


def test_nothing_found_is_an_empty_object():
    """`{}` is no error."""
    assert parse_here("gdelt", b"{}", "", URL, "src").entries == ()


@pytest.mark.parametrize(
    "said", ["Please limit requests to one every 5 seconds.", "Your query was too short or too long.\n"]
)
def test_errors_are_plain_text(said):
    """What GDELT says with status 200 is the failure's text."""
    with pytest.raises(ParseFailed) as failed:
        parse_here("gdelt", said.encode(), "text/html", URL, "src")
    assert failed.value.failure == "not_a_feed"
    assert said.strip() in failed.value.text
