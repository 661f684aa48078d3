"""RSS 2.0 and JSON Feed 1.1."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import feedparser
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed.publish.feeds import Channel, FeedEntry, json_feed, newest, rss

AT = datetime(2026, 11, 18, 8, tzinfo=UTC)
CHANNEL = Channel(title="Skin & AI", about="Stories", home="https://site.example/skin/", path="feed")
ENTRY = FeedEntry(
    id="20261118000000-i1", title="A <b>bold</b> claim & more", at=AT, url="https://site.example/skin/stories/1.html",
    source="https://news.example/a?b=1&c=2", text="One. Two < three.", tags=("AI",), author="News",
)  # fmt: skip


def test_rss_is_read_as_it_was_meant() -> None:
    """By feedparser: title, text, permanent id, date, address."""
    read = feedparser.parse(rss(CHANNEL, [ENTRY]).encode())
    assert not read.bozo
    (entry,) = read.entries
    assert (read.version, read.feed.title) == ("rss20", "Skin & AI")
    assert (entry.id, entry.guidislink) == ("20261118000000-i1", False)
    assert entry.link == "https://site.example/skin/stories/1.html"
    assert entry.published_parsed[:6] == (2026, 11, 18, 8, 0, 0)
    assert entry.summary == "One. Two &lt; three."
    assert [tag.term for tag in entry.tags] == ["AI"]


def test_json_feed_has_what_its_specification_asks_for() -> None:
    """Version, title, items with id and content; the source as external_url."""
    read = json.loads(json_feed(CHANNEL, [ENTRY]))
    assert read["version"] == "https://jsonfeed.org/version/1.1"
    assert read["feed_url"] == "https://site.example/skin/feed.json"
    assert read["items"] == [
        {
            "id": "20261118000000-i1", "url": "https://site.example/skin/stories/1.html",
            "external_url": "https://news.example/a?b=1&c=2", "title": "A <b>bold</b> claim & more",
            "content_text": "One. Two < three.", "date_published": "2026-11-18T08:00:00Z", "tags": ["AI"],
            "authors": [{"name": "News"}],
        }
    ]  # fmt: skip


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_makes_a_feed_that_can_be_read(title: str, text: str) -> None:
    """Characters that XML does not have are left out."""
    entry = FeedEntry(id="x", title=title, at=AT, text=text, html=text)
    ET.fromstring(rss(CHANNEL, [entry]).encode("utf-8", "surrogatepass"))
    assert json.loads(json_feed(CHANNEL, [entry]))["items"][0]["id"] == "x"


def test_the_newest_entries_are_kept_in_one_order() -> None:
    """However they come."""
    entries = [FeedEntry(id=f"e{n}", title="t", at=AT.replace(hour=n % 3)) for n in range(9)]
    kept = [entry.id for entry in newest(entries, 4)]
    assert kept == [entry.id for entry in newest(reversed(entries), 4)] == ["e2", "e5", "e8", "e1"]
