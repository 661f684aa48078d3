"""Captured feeds: every document parses or is named, and none has fewer entries than feedparser finds."""

from __future__ import annotations

import gzip
import io
import json
import re
import time
from pathlib import Path
from typing import Any

import feedparser
import pytest

from dermai_feed.collectors import READERS, parse_here
from dermai_feed.collectors.guess import guess
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Parsed

pytestmark = pytest.mark.shared

URL = "https://base.example/dir/feed.xml"
FEEDS = {
    "rss0x",
    "rss1_rdf",
    "rss2",
    "atom",
    "arxiv_api_atom",
    "podcast_rss",
    "youtube_atom",
    "jsonfeed",
    "google_news_rss",
    "bing_news_rss",
}


def rows(shared: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (shared / "data" / "feeds" / name).read_text().splitlines()]


def read(body: bytes, content_type: str = "") -> Parsed | ParseFailed:
    try:
        return parse_here("rss", body, content_type, URL, "src")
    except ParseFailed as failed:
        return failed


def oracle(body: bytes) -> Any:
    """What feedparser finds."""
    return feedparser.parse(
        io.BytesIO(body),
        response_headers={"content-type": "application/xml", "content-location": URL},
        sanitize_html=False,
        resolve_relative_uris=False,
    )


def test_p13_every_captured_document_is_read(shared: Path) -> None:
    """Each is known by its content and read, with as many entries as it has records.

    Not read are answers in which a server says no: plain words, a page, an object with its
    complaint; they fail with those words. What lists no texts (journals, a search's numbers) is
    `no_records`. Records that are no texts (journals among Crossref's works) are left out.
    """
    refused, nothing, short = [], [], []
    for row in rows(shared, "INDEX.jsonl"):
        body = (shared / "data" / "feeds" / row["file"]).read_bytes()
        kind = guess(body, row["file"])
        assert kind == "rss" or kind in READERS
        try:
            parsed = parse_here(kind, body, "", URL, "src")
        except ParseFailed as failed:
            (nothing if failed.failure == "no_records" else refused).append((row["file"], failed.text))
            continue
        listed = row["records_api"] if row["records_api"] is not None else row["entries_feedparser"] or 0
        if len(parsed.entries) < listed:
            short.append((row["file"], len(parsed.entries), listed))
    assert all("says" in text or "refuses" in text or "HTML page" in text for _, text in refused), refused
    assert all(len((shared / "data" / "feeds" / name).read_bytes()) < 300 for name, _ in refused), refused
    assert {name.split("/")[1] for name, _ in nothing} == {
        "crossref_json", "pubmed_esearch_esummary", "semanticscholar_json",
    }  # fmt: skip
    assert {name.split("/")[1] for name, _, _ in short} == {"crossref_json"}, short
    assert all(found >= listed * 0.9 for _, found, listed in short), short


def test_p13_entries_are_never_fewer_than_feedparsers(shared: Path) -> None:
    """Over all captured feeds: as many entries, the same titles and guids, in less than half the time.

    Measured when this was written: a sixth of the time.
    """
    compared, mine, theirs = 0, 0.0, 0.0
    for row in rows(shared, "INDEX.jsonl"):
        if row["format"] not in FEEDS - {"jsonfeed"}:
            continue
        body = (shared / "data" / "feeds" / row["file"]).read_bytes()
        times = [time.process_time()]
        parsed = read(body)
        times.append(time.process_time())
        expected = oracle(body)
        times.append(time.process_time())
        mine, theirs = mine + times[1] - times[0], theirs + times[2] - times[1]
        assert isinstance(parsed, Parsed)
        assert len(parsed.entries) >= len(expected.entries), row["file"]
        if len(parsed.entries) != len(expected.entries):
            continue
        for entry, other in zip(parsed.entries, expected.entries, strict=True):
            title, guid = dict.get(other, "title", ""), dict.get(other, "id", "")
            assert _words(_unmangled(entry.title)) == _words(title), row["file"]
            # feedparser makes guids absolute, which changes them with the feed's address
            assert guid.endswith((entry.guid or "").removeprefix("/")) or '"' in guid, row["file"]
            compared += 1
    assert compared > 2_000
    assert mine * 2 < theirs


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _unmangled(text: str) -> str:
    """feedparser undoes UTF-8 that was read as Latin-1; here that is the business of normalising."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def test_the_nasty_documents_do_as_expected(shared: Path) -> None:
    """Each hostile or broken document ends quickly, with the entries that its manifest expects."""
    for row in rows(shared, "nasty/MANIFEST.jsonl"):
        body = (shared / "data" / "feeds" / row["file"]).read_bytes()
        if row["file"].endswith(".bin") or "bomb" in row["file"] or "double.gz" in row["file"]:
            continue  # content codings are the network's business
        if row["file"].endswith(".gz"):
            body = gzip.decompress(body)
        started = time.process_time()
        got = read(body, (row["http"] or {}).get("content_type", ""))
        assert time.process_time() - started < 5.0, row["file"]
        expected = row["expect_entries"]
        if isinstance(got, ParseFailed):
            assert got.failure in {"not_a_feed", "parse_error"}, row["file"]
            assert expected in (None, 0), row["file"]
            continue
        # of two documents in one file the first is promised
        found = len(got.entries) + got.dropped
        assert expected is None or found == expected or row["file"].endswith("w_two_roots.xml"), row["file"]
        assert repr(got).encode()


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("fp_encoding_euc-kr-item.xml", None),
        ("w_cp1252_smartquotes_declared_latin1.xml", None),
        ("w_utf16le_nobom.xml", None),
    ],
)
def test_p09_saved_encodings_hold_no_replacement(shared: Path, name: str, title: None) -> None:
    """Documents in old code pages are read without a lost character."""
    got = read((shared / "data" / "feeds" / "nasty" / name).read_bytes())
    assert isinstance(got, Parsed)
    assert "\ufffd" not in repr(got)


def test_a_bare_ampersand_in_a_link_is_no_entity(shared: Path) -> None:
    """?a=1&b=2&copy=3 stays what it is."""
    got = read((shared / "data" / "feeds" / "nasty" / "w_bare_ampersand_in_link.xml").read_bytes())
    assert isinstance(got, Parsed)
    assert got.entries[0].link == "https://example.org/?a=1&b=2&copy=3"


def test_truncated_documents_keep_their_complete_entries(shared: Path) -> None:
    """A cut page keeps exactly the entries that are closed in it, and is not complete."""
    for name, closing in (("w_truncated_60pct_guardian.xml", b"</item>"), ("w_truncated_arxiv_api.xml", b"</entry>")):
        body = (shared / "data" / "feeds" / "nasty" / name).read_bytes()
        got = read(body)
        assert isinstance(got, Parsed)
        assert len(got.entries) == body.count(closing) > 0
        assert not got.complete


def test_real_files_of_the_schema_are_all_read(shared: Path) -> None:
    """Every sampled file in the seed schema gives an entry with title, address and date, and its text back."""
    files = sorted((shared / "data" / "schema_files").glob("*.md"))
    assert len(files) > 40
    for file in files:
        parsed = parse_here("folder", file.read_bytes(), "", file.name, "seeds")
        assert parsed.problems == (), file.name
        first = parsed.entries[0]
        assert first.title, file.name
        assert first.published, file.name
        assert first.link, file.name
        assert f"---\n{first.front_matter}---" in file.read_text()
        assert all(entry.listed_by == first.guid for entry in parsed.entries[1:])
