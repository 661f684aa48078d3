"""Sitemaps: which are read, which addresses count as new, and gzip files."""

from __future__ import annotations

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Image

URL = "https://news.example.org/sitemap.xml"


def urlset(*pages):
    rows = "".join(f"<url><loc>{address}</loc><lastmod>{day}</lastmod></url>" for address, day in pages)
    return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def test_a_news_entry_has_title_date_and_picture(saved):
    """The news extension gives what a feed would; CDATA is markup, an entity is none."""
    first, second, plain, *_ = parse_here("sitemap", saved("newsmap.xml"), "", URL, "src").entries
    assert (first.title, second.title) == ("Networks read dermoscopy &amp; histology", "Second <b>story</b>")
    assert (first.published, first.updated) == ("2026-11-20T09:12:00+00:00", "2026-11-20T11:00:00+00:00")
    assert (first.provider_name, first.language, first.tags) == ("Invented News", "en", ("AI", "dermatology"))
    assert first.images == (Image(url="https://news.example.org/i/1.jpg", title="A mole"),)
    assert first.guid == first.link == "https://news.example.org/2026/11/20/skin-ai"
    assert (plain.title, plain.published, plain.updated) == ("", None, "2026-11-18")


def test_p12_an_entry_without_an_address_costs_itself(saved):
    """What is no web address is named, the others are read."""
    parsed = parse_here("sitemap", saved("newsmap.xml"), "", URL, "src")
    assert len(parsed.entries) == 5
    assert [problem.where for problem in parsed.problems] == ["src: entry 6"]


def test_what_is_old_or_without_a_date_is_no_news(interface, saved):
    """Within the window only; undated pages are counted, so that their absence is no riddle."""
    site = interface("sitemap", URL, {}, lambda _u, _q: saved("newsmap.xml"))
    got = site.poll()
    assert [entry.link.rpartition("/")[2] for entry in got.entries] == ["skin-ai", "second-story", "plain-page"]
    assert "1 addresses without a date were left out" in [problem.what for problem in got.problems]


def test_words_choose_among_addresses(interface, saved):
    """One of `include`, none of `exclude`."""
    site = interface(
        "sitemap", URL, {"include": "/2026/ /research/", "exclude": "second"}, lambda _u, _q: saved("newsmap.xml")
    )
    assert [entry.link.rpartition("/")[2] for entry in site.poll().entries] == ["skin-ai", "plain-page"]


def test_of_an_index_those_that_changed_are_read_the_latest_first(interface, saved):
    """Old sitemaps are not asked for, undated ones last; the site's secrets stay with the site (F-09)."""
    answers = {
        URL: saved("newsmap_index.xml"),
        "https://news.example.org/sitemap-news.xml": urlset(("https://news.example.org/a", "2026-11-20")),
        "https://news.example.org/sitemap-october.xml.gz": gzip.compress(
            urlset(("https://news.example.org/b", "2026-11-15")).encode()
        ),
        "https://static.example.net/undated.xml": urlset(("https://news.example.org/c", "2026-11-19")),
    }
    site = interface("sitemap", URL, {}, lambda url, _q: answers[url])
    site.source = replace(site.source, headers=(("X-Key", "secret"),))
    got = site.poll()
    assert (got.failure, [entry.link[-1] for entry in got.entries]) == (None, ["a", "b", "c"])
    assert [request.url for request in site.requests] == list(answers)
    assert [(bool(request.headers), request.trusted) for request in site.requests] == [(True, True)] * 3 + [
        (False, False)
    ]


def test_a_poll_goes_on_at_the_sitemap_that_failed(interface, saved, refuse):
    """What came before is kept; the next poll asks that sitemap and those after it, and none before it."""
    news = "https://news.example.org/sitemap-news.xml"
    broken = {"https://news.example.org/sitemap-october.xml.gz": refuse(503, "http_5xx")}
    page = {news: "a"}

    def answer(url, _query):
        if url == URL:
            return saved("newsmap_index.xml")
        return broken.pop(url, None) or urlset((f"https://news.example.org/{page.get(url, 'b')}", "2026-11-20"))

    site = interface("sitemap", URL, {}, answer)
    assert [entry.link[-1] for entry in site.poll().entries] == ["a"]
    asked = len(site.requests)
    site.now += timedelta(hours=1)
    assert [entry.link[-1] for entry in site.poll().entries] == ["b"]
    assert [request.url.rpartition("/")[2] for request in site.requests[asked:]] == [
        "sitemap-october.xml.gz", "undated.xml",
    ]  # fmt: skip


def test_later_polls_ask_for_later_days(interface):
    """An address that changed before the last poll's window is not brought again."""
    pages = [("https://news.example.org/a", "2026-11-18")]
    site = interface("sitemap", URL, {}, lambda _u, _q: urlset(*pages))
    assert len(site.poll().entries) == 1
    pages.append(("https://news.example.org/b", "2026-11-22"))
    site.now += timedelta(days=1)
    assert [entry.link[-1] for entry in site.poll().entries] == ["b"]


@pytest.mark.parametrize(
    ("body", "failure", "words"),
    [
        (b"\x1f\x8bnot gzip", "parse_error", "damaged gzip"),
        (gzip.compress(b"<urlset/>", mtime=0)[:-6], "parse_error", "breaks off"),
        (gzip.compress(b" " * (51 * 1024 * 1024), mtime=0), "parse_error", "expands to more than"),
        (b"<rss/>", "not_a_feed", "neither a sitemap"),
        (b"<!doctype html><html><p>hello", "not_a_feed", "HTML page"),
        (b"", "not_a_feed", "empty"),
    ],
)
def test_f02_what_is_no_sitemap_is_named(body, failure, words):
    """A bomb is refused at its limit; a page says that it is one."""
    with pytest.raises(ParseFailed) as failed:
        parse_here("sitemap", body, "", URL, "src")
    assert failed.value.failure == failure
    assert words in failed.value.text


@pytest.mark.shared
def test_the_captured_sitemaps_are_read(shared):
    """The shape sample has two news and one plain page, the captured one days only."""
    for folder, least in (("news_sitemap", 3), ("sitemap", 50)):
        for file in (shared / "data" / "feeds" / "real" / folder).iterdir():
            parsed = parse_here("sitemap", file.read_bytes(), "", URL, "src")
            assert len(parsed.entries) >= least, file.name
            assert parsed.problems == ()
