"""Google News and Bing News: what a search asks, and that an entry is its publisher's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.model import Response, Source
from dermai_feed.normalize import normalize
from dermai_feed.rules import ProviderRules

GOOGLE = "https://news.google.com/rss/search"
BING = "https://www.bing.com/news/search"


def items(kind, body, now):
    parsed = parse_here(kind, body, "application/xml", GOOGLE, "src")
    source = Source(id="src", kind=kind, name="Search", url=GOOGLE)
    return [
        normalize(entry, source=source, first_seen=now, first_poll=False, rules=ProviderRules())
        for entry in parsed.entries
    ]


# --------------------------------------------------------------------------- Google


def test_google_is_asked_for_the_days_since_the_last_poll(interface, saved):
    """The first poll asks for a week, later ones for the days since and one more; language goes with the edition."""
    options = {"term": '"skin cancer" AI', "edition": "DE:de"}
    news = interface("googlenews", GOOGLE, options, lambda _u, _q: saved("googlenews.xml"))
    assert len(news.poll().entries) == 2
    assert news.asked == [{"q": '"skin cancer" AI when:7d', "hl": "de-DE", "gl": "DE", "ceid": "DE:de"}]
    news.state = replace(news.state, polls=1, last_success=news.now - timedelta(days=3), etag='"of other days"')
    news.poll()
    assert news.asked[1]["q"] == '"skin cancer" AI when:5d'
    assert news.requests[1].etag is None  # it belongs to another address (F-13)


def test_a_whole_address_is_asked_as_it_stands(interface, saved):
    """A query in the configuration is not touched, and its validators are used."""
    news = interface("googlenews", f"{GOOGLE}?q=x&hl=en-US", {}, lambda _u, _q: saved("googlenews.xml"))
    news.state = replace(news.state, etag='"e"')
    assert len(news.poll().entries) == 2
    assert (news.requests[0].url, news.requests[0].etag) == (f"{GOOGLE}?q=x&hl=en-US", '"e"')


def test_a_google_entry_is_its_publishers(saved):
    """Its name leaves the title once, dashes inside stay; Google's list of links is no summary."""
    first, second = parse_here("googlenews", saved("googlenews.xml"), "", GOOGLE, "src").entries
    assert (first.title, first.provider_name) == ("AI reads moles - and misses some", "The Invented Post")
    assert first.provider_domain == "post.example.com"
    assert (first.summary, first.content, first.links, first.images) == ("", "", (), ())
    assert second.published == "Thu, 19 Nov 2026 10:00:00 GMT"


def test_a_google_link_is_never_the_address_of_an_item(interface, saved):
    """The older link names its page; the newer names nothing: the item has none, says so, and keeps what it got."""
    now = interface("googlenews", GOOGLE, {}, lambda _u, _q: "").now
    opaque, named = items("googlenews", saved("googlenews.xml"), now)
    assert opaque.url == ""
    assert opaque.original_url.startswith("https://news.google.com/rss/articles/")
    assert "wrapper" in opaque.flags
    assert opaque.provider.domain == "example.com"
    assert named.url == "https://older.example.org/2026/11/skin-ai-in-clinics"
    assert "wrapper" not in named.flags


# --------------------------------------------------------------------------- Bing


def test_bing_is_asked_for_a_feed_of_a_market(interface, saved):
    """Words and market go into the query, with the form of the answer."""
    news = interface("bingnews", BING, {"term": "skin ai", "market": "en-GB"}, lambda _u, _q: saved("bingnews.xml"))
    assert len(news.poll().entries) == 2
    assert news.asked == [{"q": "skin ai", "format": "rss", "mkt": "en-GB"}]


def test_a_bing_entry_is_its_publishers(interface, saved):
    """The parameter url is the address; "on MSN" is no part of a publisher's name; Bing's picture is not kept."""
    first, second = parse_here("bingnews", saved("bingnews.xml"), "", BING, "src").entries
    assert first.link == "https://news.example.org/2026/11/skin-ai?id=5"
    assert (first.provider_name, first.provider_domain, first.images) == ("Invented Times", "news.example.org", ())
    assert first.summary == "Three clinics try software that reads moles."
    assert second.link is not None
    now = interface("bingnews", BING, {}, lambda _u, _q: "").now
    unwrapped, opaque = items("bingnews", saved("bingnews.xml"), now)
    assert unwrapped.url == "https://news.example.org/2026/11/skin-ai?id=5"
    assert (opaque.url, "wrapper" in opaque.flags) == ("", True)


# --------------------------------------------------------------------------- both


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("googlenews", {}, "options.term of src is missing"),
        ("googlenews", {"term": "x", "edition": "english"}, "options.edition of src is no edition"),
        ("googlenews", {"term": "x", "days": "0"}, "options.days of src is '0'"),
        ("googlenews", {"term": "x", "market": "en-US"}, "options.market of src is no option of the kind googlenews"),
        ("bingnews", {"term": "x", "market": "us"}, "options.market of src is no market"),
        ("bingnews", {"term": " "}, "options.term of src is missing"),
    ],
)
def test_an_option_that_means_nothing_is_named_before_anything_is_asked(interface, kind, options, words):
    """With file and line, as a failure of this source alone."""
    news = interface(kind, GOOGLE, options, lambda _u, _q: "")
    got = news.poll()
    assert (got.failure, news.requests) == ("bad_url", [])
    assert got.failure_text.startswith("sources.yaml:1: ")
    assert words in got.failure_text


@pytest.mark.parametrize("kind", ["googlenews", "bingnews"])
def test_p07_a_page_instead_of_the_feed_is_named(interface, kind):
    """A consent page, as both send in some countries, is a failure and no empty search."""
    page = Response(url=GOOGLE, status=200, headers={}, body=b"<!doctype html><html><title>Before you continue</title>")
    news = interface(kind, GOOGLE, {"term": "x"}, lambda _u, _q: page)
    assert news.poll().failure == "not_a_feed"


@pytest.mark.shared
@pytest.mark.parametrize(("kind", "folder"), [("googlenews", "google_news_rss"), ("bingnews", "bing_news_rss")])
def test_the_shape_samples_are_read(shared, interface, kind, folder):
    """Every entry has its publisher's name, and none a wrapper for an address."""
    now = interface(kind, GOOGLE, {}, lambda _u, _q: "").now
    for file in (shared / "data" / "feeds" / "real" / folder).iterdir():
        parsed = parse_here(kind, file.read_bytes(), "", GOOGLE, "src")
        assert parsed.entries
        for entry, item in zip(parsed.entries, items(kind, file.read_bytes(), now), strict=True):
            assert entry.provider_name
            assert not entry.title.endswith(entry.provider_name)
            assert "google.com" not in item.url
            assert "bing.com" not in item.url
