"""Pages and listings: what is read of a page, and which links are articles."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed import codec
from dermai_feed.collectors import ChildParser, parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Identifier, Image, ParseLimits, Publication

URL = "https://news.example.org/2026/11/network-reads-moles?utm_source=feed"


def page(body, content_type="text/html", url=URL):
    (entry,) = parse_here("page", body if isinstance(body, bytes) else body.encode(), content_type, url, "src").entries
    return entry


def outcome(kind, body):
    """What was read, or how reading failed."""
    try:
        return parse_here(kind, body, "", URL, "src")
    except ParseFailed as failed:
        return failed


def ld(value):
    return f'<html><script type="application/ld+json">{value if isinstance(value, str) else json.dumps(value)}</script>'


# --------------------------------------------------------------------------- pages


def test_a_news_page(saved):
    """Open Graph and JSON-LD complete each other; addresses are absolute."""
    entry = page(saved("page.html"))
    assert entry.title == "Network reads moles as well as doctors"
    assert entry.link == "https://news.example.org/2026/11/network-reads-moles"
    assert entry.guid == URL
    assert entry.amp_link == "https://news.example.org/amp/2026/11/network-reads-moles?x=1"
    assert entry.summary == "A study of 900 patients & three clinics."
    assert (entry.published, entry.updated) == ("2026-11-20T07:30:00+00:00", "2026-11-20T09:00:00Z")
    assert (entry.authors, entry.provider_name, entry.language) == (("Ann Invented",), "Invented News", "en-GB")
    assert entry.images == (
        Image(url="https://img.example.org/mole.jpg", width=1200, height=630),
        Image(url="https://img.example.org/second.jpg", width=800, height=600),
    )
    assert entry.identifiers == ()  # it is no paper, whatever it links to


def test_works_that_a_text_links_to_or_names(saved):
    """DOI, trial and clearance of the text; those of navigation and of related articles are not its subject."""
    assert page(saved("page.html")).links == (
        "https://doi.org/10.9999/IJD.1?utm_source=x",
        "https://clinicaltrials.gov/study/NCT00000001",
        "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/pmn.cfm?ID=K999999",
        "https://www.nature.com/articles/s41598-021-87064-7",
        "https://doi.org/10.9999/ijd.1",
        "https://clinicaltrials.gov/study/NCT00000002",
    )


def test_a_papers_page_names_itself_and_not_its_references(saved):
    """Citation names are the work's own; the links of such a page are its reference list."""
    entry = page(saved("page_paper.html"))
    assert entry.title == "Deep learning of moles"
    assert entry.identifiers == (
        Identifier(scheme="doi", value="10.9999/ijd.7"),
        Identifier(scheme="pmid", value="99990007"),
    )
    assert entry.authors == ("Invented, Ann", "Another, Bo")
    assert entry.publication == Publication(journal="Invented Journal of Dermatology", volume="12", pages="101-109")
    assert (entry.published, entry.links) == ("2026/11/03", ())


@pytest.mark.parametrize(
    ("script", "field", "value"),
    [
        ({"@type": "NewsArticle", "headline": "H"}, "title", "H"),
        ([{"@type": "WebPage", "name": "W"}, {"@type": "Article", "headline": "A"}], "title", "A"),
        ({"@type": "WebPage", "mainEntity": {"@type": "http://schema.org/Article", "headline": "M"}}, "title", "M"),
        ({"@type": "Article", "image": ["https://i.example/1.jpg"]}, "images", (Image(url="https://i.example/1.jpg"),)),
        ({"@type": "Article", "author": "A, B"}, "authors", ("A, B",)),
        ({"@type": "Article", "headline": 5, "author": [None, {"name": ["x"]}], "image": {"url": {}}}, "images", ()),
        ('<!-- {"@type": "Article", "headline": "in a comment"} -->', "title", "in a comment"),
        ('{"@type": "Article", "headline": "a\nline"}', "title", "a\nline"),
        ('{"@type": "Article", "headline": "cut off', "title", ""),
        ("[" * 100_000, "title", ""),
        ({"@type": "Organization", "name": "No article"}, "title", ""),
    ],
)
def test_json_ld_in_all_its_forms(script, field, value):
    """Lists, graphs, nested subjects; broken scripts and members of other types count as missing."""
    assert getattr(page(ld(script)), field) == value


def test_encodings_that_only_the_page_tells():
    """A charset in a meta element is believed where the header has none."""
    body = '<html><meta charset="windows-1251"><title>Меланома</title>'.encode("windows-1251")
    assert page(body).title == "Меланома"
    assert page("<title>Größe</title>".encode("latin-1"), "text/html; charset=iso-8859-1").title == "Größe"


def test_f31_addresses_that_are_no_web_addresses_are_not_taken():
    """javascript:, data: and nothing at all leave the page's own address and no picture."""
    entry = page(
        '<link rel="canonical" href="javascript:alert(1)"><meta property="og:url" content="data:text/html,x">'
        '<meta property="og:image" content="javascript:alert(1)"><p>x'
    )
    assert (entry.link, entry.images) == (URL, ())


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"", "not_a_feed"),
        (b"%PDF-1.7 text", "not_a_feed"),
        (b'{"a": 1}', "not_a_feed"),
        (b'<?xml version="1.0"?><rss version="2.0"/>', "not_a_feed"),
        (b"<html><title>Just a moment...</title>", "challenge"),
        (b"<html><form><input type=password>", "login"),
    ],
)
def test_what_is_no_page_is_named(body, failure):
    """A feed, a document, a wall in front of the page."""
    with pytest.raises(ParseFailed) as failed:
        page(body)
    assert failed.value.failure == failure


def test_p02_a_page_nested_without_end_is_stopped():
    """The HTML parser's time grows with the square of the nesting: the child is ended at its limit."""
    with ChildParser(ParseLimits(wall=1.0)) as parser, pytest.raises(ParseFailed) as failed:
        parser("page", b"<div>" * 60_000, "text/html", URL, "src")
    assert failed.value.failure == "parse_timeout"


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_p15_a_damaged_page_gives_an_entry_or_a_failure(root, data):
    """Cut anywhere, with pieces put in: storable, and no exception that nobody foresaw."""
    body = bytearray((root / "tests" / "data" / "feeds" / "page.html").read_bytes())
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        piece = data.draw(st.sampled_from([b"\x00", b"\xff", b"<", b"</script>", b"<base href=//x>", b"{}", b"&#0;"]))
        body[at : at + data.draw(st.integers(0, 12))] = piece
    for kind in ("page", "listing"):
        got = outcome(kind, bytes(body[: data.draw(st.integers(0, len(body)))]))
        if isinstance(got, ParseFailed):
            assert got.failure in {"not_a_feed", "login", "challenge"}
        else:
            codec.encode(got)


def test_a_page_is_one_item_that_is_asked_conditionally(interface, saved):
    """As a feed is: validators are sent, the same bytes are not read twice."""
    site = interface("page", URL, {}, lambda _u, _q: saved("page.html"))
    got = site.poll()
    assert len(got.entries) == 1
    assert site.requests[0].accept.startswith("text/html")


# --------------------------------------------------------------------------- listings


def listed(body, url="https://vendor.example.org/press"):
    return parse_here("listing", body, "text/html", url, "src").entries


def test_links_that_look_like_articles(saved):
    """On this site, in the text, with words and a slug or number; each once, under its longest title."""
    first, second = listed(saved("listing.html"))
    assert (first.title, first.link) == (
        "Mole reader gets its CE mark", "https://vendor.example.org/press/ce-mark-for-mole-reader",
    )  # fmt: skip
    assert (first.guid, first.published) == (first.link, "2026-11-19T08:00:00Z")
    assert second.title == "Trial with 900 patients has begun"
    assert second.link == "https://vendor.example.org/press/2026/trial-with-900-patients/"
    assert second.published is None


def test_a_selector_decides_alone(interface, saved):
    """What it names is taken, whatever it looks like; words in the address choose further."""
    site = interface(
        "listing", "https://vendor.example.org/press", {"select": "div.card"}, lambda _u, _q: saved("listing.html")
    )
    assert [entry.link.rpartition("/")[2] for entry in site.poll().entries] == [
        "a-story-about-us-all", "skin-cancer-and-more", "2025-annual-report.pdf", "ce-mark-for-mole-reader",
    ]  # fmt: skip
    assert site.requests[0].url == "https://vendor.example.org/press"  # the selector is for the parser alone
    options = {"select": "main a", "include": "/press/", "exclude": ".pdf older"}
    site = interface("listing", "https://vendor.example.org/press", options, lambda _u, _q: saved("listing.html"))
    assert [entry.link.rstrip("/").rpartition("/")[2] for entry in site.poll().entries] == [
        "ce-mark-for-mole-reader", "trial-with-900-patients",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"select": "a[["}, "is no CSS selector"),
        ({"select": "a" * 301}, "is longer than"),
        ({"css": "a"}, "is no option"),
    ],
)
def test_a_selector_that_means_nothing_is_named_before_anything_is_asked(interface, options, words):
    """With file and line."""
    site = interface("listing", URL, options, lambda _u, _q: b"")
    got = site.poll()
    assert (got.failure, site.requests) == ("bad_url", [])
    assert words in got.failure_text
