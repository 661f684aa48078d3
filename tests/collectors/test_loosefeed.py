"""Feeds that cannot be mended: what the tolerant parser saves of them (P-03, P-06)."""

from __future__ import annotations

import pytest

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Enclosure, Identifier, Image, Parsed, Publication

BROKEN = "<item><title>broken</b></title><link>http://x.example/broken</link></item>"  # mismatched tags: beyond repair
URL = "https://feeds.example/dir/feed.xml"


def read(items: str, *, kind: str = "rss", end: str = "</channel></rss>") -> Parsed:
    """RSS whose first item is beyond repair."""
    head = (
        '<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/" xmlns:prism="http://prismstandard.org/namespaces/1.2/basic/"'
        ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:yt="http://www.youtube.com/xml/schemas/2015"><channel><title>Head</title><language>en</language><ttl>60</ttl>'
    )
    return parse_here(kind, (head + BROKEN + items + end).encode(), "", URL, "src")


def test_p06_a_broken_entry_does_not_take_the_others_with_it() -> None:
    """Mismatched tags in one entry cost no other, and the document is not complete."""
    parsed = read("<item><title>good &amp; whole</title><link>/good</link><guid isPermaLink='false'>g</guid></item>")
    assert [entry.link for entry in parsed.entries] == ["http://x.example/broken", "https://feeds.example/good"]
    assert parsed.entries[1].title == "good & whole"
    assert parsed.entries[1].guid == "g"
    assert not parsed.complete
    assert "mismatched" in parsed.problems[0].what
    assert (parsed.title, parsed.floor) == ("Head", 3600.0)


def test_p06_the_tolerant_parser_reads_the_same_fields() -> None:
    """Text, dates, people, media and identifiers come out of a broken document too."""
    parsed = read(
        "<item><title>t</title><link>http://x.example/1</link><description>&lt;p&gt;s &lt;a href='http://y.example/'&gt;y&lt;/a&gt;&lt;/p&gt;</description>"
        "<pubDate>Mon, 02 Feb 2026 00:00:00 GMT</pubDate><author>a@b.org (Ada B)</author><category>one</category>"
        "<category>two</category><prism:doi>10.5555/x</prism:doi><prism:publicationName>J</prism:publicationName>"
        "<prism:startingPage>1</prism:startingPage><prism:endingPage>9</prism:endingPage><prism:volume>2</prism:volume>"
        "<media:content url='/p.jpg' medium='image' width='100' height='50'/>"
        "<enclosure url='/a.mp3' type='audio/mpeg' length='7'/><enclosure url='/i.png' type='image/png'/>"
        "<itunes:duration>61</itunes:duration><yt:videoId>abcdefghijk</yt:videoId>"
        "<atom:link rel='amphtml' href='http://x.example/amp'/><atom:link rel='related' href='http://r.example/'/>"
        "<source url='https://www.origin.example/feed'>Origin</source></item>"
    )
    entry = parsed.entries[1]
    assert entry.summary == "<p>s <a href='http://y.example/'>y</a></p>"
    assert entry.published == "Mon, 02 Feb 2026 00:00:00 GMT"
    assert entry.authors == ("Ada B",)
    assert entry.tags == ("one", "two")
    assert entry.identifiers == (
        Identifier(scheme="doi", value="10.5555/x"),
        Identifier(scheme="youtube", value="abcdefghijk"),
    )
    assert entry.publication == Publication(journal="J", volume="2", pages="1-9")
    assert entry.images == (Image(url="https://feeds.example/p.jpg", width=100, height=50),)
    assert entry.enclosures == (
        Enclosure(url="https://feeds.example/a.mp3", type="audio/mpeg", length=7, duration="61"),
    )
    assert entry.type == "video"
    assert entry.amp_link == "http://x.example/amp"
    assert entry.links == ("http://r.example/", "http://y.example/")
    assert (entry.provider_name, entry.provider_domain) == ("Origin", "origin.example")
    assert entry.language == "en"
    assert entry.updated is None
    assert entry.where == "entry 2"


@pytest.mark.parametrize("end", ["", "<item><title>half", "<item>"])
def test_p06_only_an_entry_that_nothing_closes_is_dropped(end: str) -> None:
    """Broken in the middle and cut at the end: what is complete stays, a half entry goes."""
    parsed = read("<item><title>whole</title></item>", end=end)
    assert [entry.title for entry in parsed.entries][1:] == ["whole"]


def test_p03_what_the_parser_raises_is_a_failure() -> None:
    """A document on which feedparser itself fails is a parse error of that document."""
    text = f"<rss><channel>{BROKEN}<item><width><title>x</width></item></channel></rss>"
    with pytest.raises(ParseFailed, match="parse_error"):
        parse_here("rss", text.encode(), "", URL, "s")


def test_p04_the_tolerant_parser_reaches_nothing_outside() -> None:
    """An entity that names a file stays a word, also in a document beyond repair."""
    text = f"<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><rss><channel>{BROKEN}<item><title>pw:&x;</title></item></channel></rss>"
    parsed = parse_here("rss", text.encode(), "", URL, "s")
    assert "root:" not in repr(parsed)
    assert parsed.entries[1].title.startswith("pw:")


def test_p07_a_broken_page_is_no_feed() -> None:
    """An HTML page with mismatched tags is not searched for entries."""
    with pytest.raises(ParseFailed, match="HTML page"):
        parse_here("rss", b"<html><body><p>item</b></body></html>", "", URL, "s")
    with pytest.raises(ParseFailed, match="no feed"):
        parse_here("rss", b"<a></b><channel ></channel></a>", "", URL, "s")
