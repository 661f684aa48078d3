"""JSON Feed (P-13, P-14): read word for word, and without trusting any type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Enclosure, Image, Parsed

FEEDS = Path(__file__).resolve().parent.parent / "data" / "feeds"
URL = "https://feeds.example/feed.json"


def read(document: object) -> Parsed:
    """`document` as JSON, read as a source of kind jsonfeed."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return parse_here("jsonfeed", body, "application/feed+json", URL, "s")


def with_items(*items: object) -> dict[str, object]:
    return {"version": "https://jsonfeed.org/version/1", "items": list(items)}


def test_p13_json_feed_says_word_for_word_what_the_source_said() -> None:
    """Every member of a JSON Feed 1.1 item arrives."""
    parsed = read((FEEDS / "feed.json").read_bytes())
    first, second = parsed.entries
    assert parsed.title == "Skin and Silicon"
    assert parsed.problems == ()
    assert first.guid == first.link == "https://skin.example/1"
    assert first.title == "What a triage app misses"
    assert first.content == '<p>It misses <a href="/2">nails</a>.</p>'
    assert first.summary == "Nails &amp; hair"  # plain text, as HTML
    assert (first.published, first.updated) == ("2026-06-01T12:00:00-04:00", "2026-06-02T12:00:00-04:00")
    assert first.authors == ("Inês Prado",)
    assert first.tags == ("triage", "apps", "7")
    assert first.language == "pt"
    assert first.images == (Image(url="https://skin.example/1.png"),)
    assert first.links == ("https://journal.example/9", "https://skin.example/2")
    assert second.guid == "42"
    assert second.link is None
    assert second.content == "if p &lt; 0.05 &amp; n &gt; 3"
    assert second.authors == ("Skin and Silicon",)
    assert second.language == "en"
    assert second.type == "podcast"
    assert second.enclosures == (
        Enclosure(url="https://feeds.example/42.mp3", type="audio/mpeg", length=1000, duration="61"),
    )


def test_p13_version_1_0_has_one_author_and_an_address_for_an_id() -> None:
    """JSON Feed 1.0: `author` is an object; an id that is an address serves as one."""
    (entry,) = read(with_items({"id": "https://x.example/1", "author": {"name": "Ada"}})).entries
    assert entry.authors == ("Ada",)
    assert entry.link == "https://x.example/1"


def test_p12_a_broken_item_costs_that_item() -> None:
    """What is no object is named; the others are read."""
    parsed = read(with_items("text", {"id": "1"}, None, {"id": "2"}))
    assert [entry.guid for entry in parsed.entries] == ["1", "2"]
    assert [problem.where for problem in parsed.problems] == ["s: entry 1", "s: entry 3"]


def test_p14_members_of_the_wrong_type_are_missing() -> None:
    """No type is trusted: an object for a title, a list for a link, true for a date."""
    item = {
        "id": True,
        "url": [],
        "title": {"a": 1},
        "content_text": ["x"],
        "date_published": {},
        "authors": "nobody",
        "tags": "t",
        "attachments": [1, {"url": 3.5}, {"mime_type": "x"}],
        "image": {},
        "language": None,
    }
    (entry,) = read(with_items(item)).entries
    assert (entry.guid, entry.link, entry.title, entry.content, entry.published) == (None, None, "", "", None)
    assert (entry.authors, entry.tags, entry.images) == ((), (), ())
    assert [enclosure.url for enclosure in entry.enclosures] == ["https://feeds.example/3.5"]


@pytest.mark.parametrize(
    ("body", "failure"),
    [
        (b"[" * 100_000, "parse_error"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "parse_error"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": ' + b"1" * 5_000 + b"}", "parse_error"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": {}}', "not_a_feed"),
        (b'{"version": 1, "items": []}', "not_a_feed"),
        (b'[{"version": "https://jsonfeed.org/version/1"}]', "not_a_feed"),
    ],
    ids=["deep", "cut", "long number", "items no list", "other version", "list"],
)
def test_p14_hostile_json_is_a_failure(body: bytes, failure: str) -> None:
    """Deep, cut and foreign JSON fail with a class and nothing else."""
    with pytest.raises(ParseFailed) as caught:
        read(body)
    assert caught.value.failure == failure


def test_p14_no_number_that_json_does_not_know_is_stored() -> None:
    """NaN, Infinity and 1e999 are missing values; of a repeated key the last counts."""
    body = (
        b'{"version": "https://jsonfeed.org/version/1", "items": '
        b'[{"id": NaN, "title": Infinity, "url": 1e999, "summary": "a", "summary": "b"}]}'
    )
    (entry,) = read(body).entries
    assert (entry.guid, entry.title, entry.link, entry.summary) == (None, "", None, "b")


def test_p10_lone_surrogates_are_replaced() -> None:
    """JSON can escape half a character; a store cannot hold it."""
    (entry,) = read(
        rb'{"version": "https://jsonfeed.org/version/1", "items": [{"title": "x\ud800y \ud83e\uddec"}]}'
    ).entries
    assert entry.title == "x\ufffdy \U0001f9ec"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "url", "name", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)
MEMBERS = [
    "id",
    "url",
    "external_url",
    "title",
    "content_html",
    "content_text",
    "summary",
    "image",
    "banner_image",
    "date_published",
    "date_modified",
    "author",
    "authors",
    "tags",
    "language",
    "attachments",
]


@settings(deadline=None, max_examples=150)
@given(st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_p14_any_item_is_read(item: dict[str, object]) -> None:
    """Whatever an item's members hold, it becomes one entry of text that UTF-8 can write."""
    parsed = read(with_items(item))
    assert len(parsed.entries) == 1
    assert repr(parsed.entries[0]).encode()
