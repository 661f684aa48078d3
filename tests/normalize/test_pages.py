"""Enriching: what a page adds to an item, and what it must not change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.collectors import parse_here
from dermai_feed.model import Entry, Identifier, Image, Item
from dermai_feed.normalize import read_page, with_page, wrappers
from dermai_feed.rules import ProviderRules

AT = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
URL = "https://news.example.org/2026/11/network-reads-moles"
Normal = Callable[..., Item]


def enriched(item: Item, rules: ProviderRules, **said: Any) -> Item:
    """`item` with the page that says so."""
    entry = Entry(source_id="src", guid=said.pop("guid", item.url or URL), **said)
    return with_page(item, read_page(entry, at=AT, rules=rules), rules)


@pytest.fixture
def bare(normal: Normal) -> Item:
    """An item of a feed that says little."""
    return normal(title="Network reads moles as well as doctors", link=f"{URL}?utm_source=feed", guid="g1")


# --------------------------------------------------------------------------- a page as it is


def test_a_page_fills_what_the_feed_left_out(bare: Item, rules: ProviderRules, root: Path) -> None:
    """Excerpt, date to the second, authors, language, AMP edition, picture with size, site name, works."""
    body = (root / "tests" / "data" / "feeds" / "page.html").read_bytes()
    (entry,) = parse_here("page", body, "text/html", URL, "src").entries
    item = with_page(bare, read_page(entry, at=AT, rules=rules), rules)
    assert item.title == bare.title
    assert item.excerpt == "A study of 900 patients & three clinics."
    assert (item.published, item.basis) == (datetime(2026, 11, 20, 7, 30, tzinfo=UTC), "page")
    assert (item.authors, item.language) == (("Ann Invented",), "en-gb")
    assert item.amp_url == "https://news.example.org/amp/2026/11/network-reads-moles?x=1"
    assert item.cdn_amp_url == (
        "https://news-example-org.cdn.ampproject.org/c/s/news.example.org/amp/2026/11/network-reads-moles?x=1"
    )
    assert item.images == (Image(url="https://img.example.org/mole.jpg", width=1200, height=630),)
    assert (item.provider.name, item.provider.domain) == ("Invented News", "example.org")
    assert set(item.links) == {
        "https://doi.org/10.9999/ijd.1", "https://clinicaltrials.gov/study/NCT00000001",
        "https://clinicaltrials.gov/study/NCT00000002", "https://doi.org/10.1038/s41598-021-87064-7",
        "https://www.accessdata.fda.gov/scripts/cdrh/cfdocs/cfpmn/pmn.cfm?ID=K999999",
    }  # fmt: skip
    assert item.identifiers == ()
    assert item.page is not None
    assert set(item.page.took) == {
        "excerpt", "published", "authors", "language", "amp_url", "images", "provider", "links",
    }  # fmt: skip
    assert "date_inferred" not in item.flags
    assert item.content_hash == bare.content_hash  # the next poll finds nothing changed


def test_what_the_source_said_stays(normal: Normal, rules: ProviderRules) -> None:
    """Title, a real excerpt, a date with its time, authors and picture are the feed's."""
    item = normal(
        title="Network reads moles", link=URL,
        summary="A summary that is long enough to stand by itself, in two lines.",
        published="2026-11-20T08:00:00Z", authors=("Feed Author",),
        images=(Image(url="https://img.example.org/feed.jpg", width=100, height=100),),
    )  # fmt: skip
    rich = enriched(
        item, rules, title="Other words",
        summary="Something else altogether that is much longer than what the feed says",
        published="2026-11-19T08:00:00Z", authors=("Page Author",),
        images=(Image(url="https://img.example.org/p.jpg"),),
    )  # fmt: skip
    same = ("title", "excerpt", "published", "basis", "authors", "images", "url", "links", "identifiers")
    assert [getattr(rich, name) for name in same] == [getattr(item, name) for name in same]
    assert rich.page is not None
    assert rich.page.took == ()


def test_n06_a_day_becomes_a_moment_within_that_day_only(normal: Normal, rules: ProviderRules) -> None:
    """A page's time makes a date exact; a page of another day does not move it."""
    item = normal(title="Network reads moles", link=URL, published="2026-11-20")
    assert enriched(item, rules, published="2026-11-20T16:10:00Z").published.hour == 16
    assert enriched(item, rules, published="2026-11-18T16:10:00Z").published == item.published


def test_decision_8_a_page_from_long_ago_is_from_the_archive(bare: Item, rules: ProviderRules) -> None:
    """A feed without dates shows an old article: it is no news once its page was read."""
    assert not bare.backfill
    assert enriched(bare, rules, published="2024-01-05T00:00:00Z").backfill


# --------------------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("link", "canonical", "taken"),
    [
        (URL, "https://www.news.example.org/health/2026/network-reads-moles", True),
        ("https://news.example.org/?p=4711", "https://news.example.org/2026/11/network-reads-moles-doctors", True),
        ("https://m.news.example.org/story-4711.html", "https://news.example.org/ai/story-4711", True),
        (URL, "https://news.example.org/", False),  # every page names the home page
        (URL, "https://news.example.org/news", False),  # or its section
        (URL, "https://news.example.org/2026/11/something-else-entirely", False),
        (URL, "https://other.example.com/2026/11/network-reads-moles", False),
        (URL, "https://10.0.0.1/2026/11/network-reads-moles", False),
        (URL, "javascript:alert(1)", False),
    ],
)
def test_a_canonical_address_is_believed_where_it_is_plainly_the_same_article(
    normal: Normal, rules: ProviderRules, link: str, canonical: str, taken: bool
) -> None:
    """On the same site and of the same slug or number; then it is one more name of the item."""
    item = normal(title="Network reads moles as well as doctors", link=link)
    rich = enriched(item, rules, link=canonical)
    assert (rich.url != item.url) is taken
    assert set(item.aliases) <= set(rich.aliases)
    if taken:
        assert f"url:{rich.url.removeprefix('https://').removeprefix('www.')}" in rich.aliases


def test_a_copy_that_names_its_original_links_to_it(bare: Item, rules: ProviderRules) -> None:
    """The canonical of a republished text is at its publisher's: evidence for matching, not our address."""
    rich = enriched(bare, rules, link="https://wire.example.com/2026/network-reads-moles")
    assert rich.url == bare.url
    assert "https://wire.example.com/2026/network-reads-moles" in rich.links


# --------------------------------------------------------------------------- identifiers


def test_a_papers_page_gives_its_names_to_the_item_of_that_title(
    normal: Normal, rules: ProviderRules, root: Path
) -> None:
    """`citation_doi` is the item's own where the titles agree, and a work that it speaks of where they do not."""
    body = (root / "tests" / "data" / "feeds" / "page_paper.html").read_bytes()
    (entry,) = parse_here("page", body, "text/html", "https://journal.example.net/a/7", "src").entries
    page = read_page(entry, at=AT, rules=rules)
    own = with_page(normal(title="Deep learning of moles", link="https://journal.example.net/a/7"), page, rules)
    assert own.identifiers == (
        Identifier(scheme="doi", value="10.9999/ijd.7"),
        Identifier(scheme="pmid", value="99990007"),
    )
    assert own.publication is not None
    assert own.publication.journal == "Invented Journal of Dermatology"
    other = with_page(normal(title="What clinics make of new software", link="https://news.example.org/x"), page, rules)
    assert other.identifiers == ()
    assert "https://doi.org/10.9999/ijd.7" in other.links
    had = normal(title="Deep learning of moles", link="https://doi.org/10.9999/other")
    assert with_page(had, page, rules).identifier("doi") == "10.9999/other"  # never two of one scheme


# --------------------------------------------------------------------------- pictures


def test_a_picture_gets_its_size_and_one_without_gives_way(normal: Normal, rules: ProviderRules) -> None:
    """Files need width and height: the page's picture has them where it says so."""
    item = normal(title="T of a story", link=URL, images=(Image(url="https://img.example.org/a.jpg"),))
    sized = enriched(item, rules, images=(Image(url="https://img.example.org/a.jpg", width=640, height=480),))
    assert sized.images == (Image(url="https://img.example.org/a.jpg", width=640, height=480),)
    other = enriched(item, rules, images=(Image(url="https://img.example.org/b.jpg", width=640, height=480),))
    assert [image.url for image in other.images] == ["https://img.example.org/b.jpg", "https://img.example.org/a.jpg"]


# --------------------------------------------------------------------------- properties


TEXT = st.text(max_size=40)
ADDRESS = st.one_of(TEXT, st.builds("https://{}.example/{}".format, st.sampled_from(["a", "b"]), TEXT))


@settings(deadline=None, max_examples=200)
@given(data=st.data())
def test_enriching_is_total_and_settles(normal: Normal, rules: ProviderRules, data: st.DataObject) -> None:
    """Whatever a page says: an item comes out that keeps its names, and the same page again changes nothing."""
    item = normal(title=data.draw(TEXT), link="https://a.example/story-1")
    entry = Entry(
        source_id="src", guid=data.draw(ADDRESS), title=data.draw(TEXT), link=data.draw(ADDRESS),
        summary=data.draw(TEXT), published=data.draw(TEXT),
        authors=tuple(data.draw(st.lists(TEXT, max_size=2))), amp_link=data.draw(ADDRESS),
        provider_name=data.draw(TEXT), links=tuple(data.draw(st.lists(ADDRESS, max_size=3))), language=data.draw(TEXT),
        images=(Image(url=data.draw(ADDRESS), width=data.draw(st.integers(-5, 50_000))),),
    )  # fmt: skip
    page = read_page(entry, at=AT, rules=rules)
    rich = with_page(item, page, rules)
    assert (rich.id, rich.key, rich.content_hash, rich.first_seen) == (
        item.id, item.key, item.content_hash, item.first_seen,
    )  # fmt: skip
    assert set(item.aliases) <= set(rich.aliases)
    assert with_page(item, page, rules) == rich
    assert rich.page is not None
    assert replace(rich, page=None) == item or rich.page.took or rich.flags != item.flags


# --------------------------------------------------------------------------- AMP


@pytest.mark.shared
def test_the_amp_cache_rule_is_exact_on_every_real_pair(shared: Path) -> None:
    """SCHEMA section 3: each cdnAmpWebUrl of the real files follows from its ampWebUrl, byte for byte."""
    import json
    import re

    pairs: set[tuple[str, str]] = set()
    for file in (*(shared / "data").rglob("*"), *(shared / "seeds").rglob("*")):
        if not file.is_file() or file.suffix not in {".md", ".txt", ".jsonl", ".json"}:
            continue
        text = file.read_text(encoding="utf-8", errors="replace")
        plain = re.compile(r'amp(?:Web)?Url: "?(https?://[^"\s]+)"?\s+cdnAmp(?:Web)?Url: "?(https?://[^"\s]+)"?')
        pairs.update(plain.findall(text))
        if file.suffix == ".jsonl":
            rows = (json.loads(line) for line in text.splitlines() if '"cdnAmpWebUrl"' in line)
            pairs.update((row["ampWebUrl"], row["cdnAmpWebUrl"]) for row in rows if row.get("cdnAmpWebUrl"))
    assert len(pairs) >= 10
    assert [pair for pair in sorted(pairs) if wrappers.amp_cache(pair[0]) != pair[1]] == []
