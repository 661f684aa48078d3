"""Parsing (RELIABILITY part P): documents that are broken, hostile or too much."""

from __future__ import annotations

import os
import re
import resource
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.codec import to_python

pytestmark = pytest.mark.shared

MEGABYTE = 1024 * 1024
CANARY = "/internal-secret"


def outcomes(siege: Any) -> dict[str, Any]:
    """Path -> what came of it in the last run: the failure, or how many entries were new."""
    return {path: poll["failure"] or poll["new"] for path, poll in siege.polls.items()}


def titles(siege: Any, path: str) -> list[str]:
    """The titles stored of `path`."""
    return [item.title for item in siege.items(path)]


def strings(value: Any) -> Iterator[str]:
    """Every text in plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for part in pair for text in strings(part))
    elif isinstance(value, list):
        yield from (text for part in value for text in strings(part))


def parsers() -> set[int]:
    """The parsing processes that this process has, by process id."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = path.read_text().rpartition(")")[2].split()[1]
            command = (path.parent / "cmdline").read_text()
        except OSError:
            continue  # it ended while we looked
        if parent == str(os.getpid()) and "collectors.child" in command:
            found.add(int(path.parent.name))
    return found


# --------------------------------------------------------------------------- what a parser may cost

BURDENS = ["/redos-author?n=80000", "/redos-html", "/deep-nesting?n=100000", "/many-categories", "/many-attributes",
           "/huge-entry?mb=9"]  # fmt: skip


def test_p02_parsing_runs_where_it_can_be_stopped(siege: Any) -> None:
    """Six documents that make parsers hang end within two seconds each; the feeds around them are read."""
    siege.project.write_settings(
        parse={"wall": "2s", "cpu": "2s"}, fetch={"deadline": "10s", "idle": "10s", "max_body": "20MiB", "total": 1}
    )
    siege.attack("/ok", *BURDENS, "/moved-target")
    assert siege.polls["/ok"]["new"] == siege.polls["/moved-target"]["new"] == 3
    for path in BURDENS:
        assert siege.polls[path]["failure"] in {None, "parse_timeout", "parse_memory", "parse_error"}, path
        assert siege.polls[path]["seconds"] < 20, "two for parsing, the rest for a busy machine"
    assert parsers() == set()


def test_p02_the_program_stays_small_beside_its_parsers(siege: Any) -> None:
    """The six cost the process that asks less than 50 MB, whatever its children need."""
    siege.project.write_settings(fetch={"deadline": "10s", "idle": "10s"}, parse={"wall": "2s", "cpu": "2s"})
    assert siege.cost(*BURDENS) < 50 * MEGABYTE


def test_p02_a_parser_that_hangs_is_killed(siege: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The positive twin: a child that waits for ever is a parse_timeout at its limit, and is gone."""
    monkeypatch.setenv("DERMAI_FAILPOINT", f"parse.in_child=pause:{tmp_path / 'never'}")
    siege.project.write_settings(parse={"wall": "500ms"})
    began = time.monotonic()
    siege.attack("/ok", "/atom")
    assert time.monotonic() - began < 60, "two children start, wait half a second and are killed"
    assert outcomes(siege) == dict.fromkeys(("/ok", "/atom"), "parse_timeout")
    assert parsers() == set()


def test_p03_whatever_a_parser_raises_belongs_to_the_feed(siege: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Abuse of character references, no document, random bytes; and a child that dies by a signal."""
    odd = ["/charref-abuse", "/empty", "/cdata-declaration", "/binary", "/lone-surrogates"]
    outcome = siege.attack(*odd, "/ok")
    assert (outcome.code, "Traceback" in outcome.err) == (0, False)
    assert outcomes(siege) == {
        "/charref-abuse": 1, "/empty": "not_a_feed", "/cdata-declaration": 0, "/binary": "not_a_feed",
        "/lone-surrogates": 1, "/ok": 3,
    }  # fmt: skip
    monkeypatch.setenv("DERMAI_FAILPOINT", "parse.in_child=kill")
    siege.attack("/atom", "/rdf")
    assert outcomes(siege) == dict.fromkeys(("/atom", "/rdf"), "parse_error")
    assert all("signal 9" in poll["failure_text"] for poll in siege.polls.values())


def test_p04_xml_reaches_nothing_outside(siege: Any) -> None:
    """No file, no address, no stylesheet: the canary is not asked, and no line of a password file is told."""
    paths = ["/xxe", "/xxe-http", "/xxe-param", "/doctype-external", "/xinclude", "/xml-stylesheet"]
    outcome = siege.attack(*paths)
    assert siege.hostile.count(CANARY) == 0
    assert titles(siege, "/xml-stylesheet") == ["Skin AI story 0"]
    written = b"".join(path.read_bytes() for path in siege.project.folder.rglob("*") if path.is_file())
    assert "root:" not in outcome.text + outcome.err
    assert b"root:" not in written
    assert b"Skin AI story 0" in written, "it would be found"


def test_p05_entities_cannot_explode(siege: Any) -> None:
    """Ten to the nine expansions and 200 MB of them: quick, and within 150 MB."""
    siege.project.write_settings(parse={"wall": "2s", "cpu": "2s", "memory": "256MiB"})
    siege.attack("/billion-laughs", "/quadratic-blowup", "/opml-bomb", "/ok")
    assert outcomes(siege) == {"/billion-laughs": 0, "/quadratic-blowup": 0, "/opml-bomb": "not_a_feed", "/ok": 3}
    assert siege.cost("/billion-laughs", "/quadratic-blowup", "/opml-bomb") < 150 * MEGABYTE


# --------------------------------------------------------------------------- broken, but readable


def test_p06_malformed_is_not_lost_and_cut_is_not_trusted(siege: Any) -> None:
    """Whole entries stay, half ones do not; the feed is named, and the next request is unconditional."""
    paths = ["/bare-ampersand", "/named-entities", "/mismatched", "/unclosed"]
    siege.attack(*paths)
    assert outcomes(siege) == {"/bare-ampersand": 1, "/named-entities": 1, "/mismatched": 0, "/unclosed": 1}
    assert siege.polls["/mismatched"]["rejected"] == {"no_link": 1}
    named = {p["where"] for p in siege.report["problems"] if p["what"].startswith("malformed")}
    assert named == {siege.id(path) for path in paths}
    (title,) = titles(siege, "/bare-ampersand")
    assert title == "AT&T < R&D & more"
    assert titles(siege, "/named-entities") == ["café — ok"]
    assert titles(siege, "/unclosed") == ["Skin AI story 0"]
    for _ in range(2):
        siege.project.later(hours=27)
        siege.run()
    assert set(siege.hostile.stats()["conditional"].values()) == {0}
    assert all(siege.state(path).etag is None and siege.state(path).body_hash is None for path in paths)


def test_p07_what_is_not_a_feed_changes_nothing(siege: Any) -> None:
    """A good feed gives way to pages, pictures and white space: its entries stay, and no validator is kept."""
    not_feeds = {
        "/html-as-feed": "not_a_feed", "/html-200-error": "not_a_feed", "/json-as-feed": "not_a_feed",
        "/image-as-feed": "not_a_feed", "/binary": "not_a_feed", "/whitespace": "not_a_feed", "/empty": "not_a_feed",
        "/login": "login",
    }  # fmt: skip
    source = {"id": "feed", "name": "Feed", "kind": "rss", "needs_filter": False}
    siege.project.sources(source | {"url": siege.hostile.url("/text-plain-feed")})
    siege.project.run()
    before = siege.project.stories()
    assert len(before) == 3
    for path, failure in not_feeds.items():
        siege.project.later(hours=30 * 24)
        siege.project.sources(source | {"url": siege.hostile.url(path)})
        (poll,) = siege.project.run().json["sources"]
        assert poll["failure"] == failure, path
    assert siege.project.stories() == before
    siege.attack(*not_feeds)
    assert all(siege.state(path).etag is None and siege.state(path).body_hash is None for path in not_feeds)


def test_p08_an_empty_feed_is_fine(siege: Any) -> None:
    """Publishers empty feeds over holidays: no failure, nothing deleted, and what comes later is taken."""
    siege.sources("/empty-feed", "/empty-then-full", "/full-then-empty")
    siege.run()
    assert outcomes(siege) == {"/empty-feed": 0, "/empty-then-full": 0, "/full-then-empty": 10}
    siege.project.later(hours=27)
    siege.run()
    assert outcomes(siege) == {"/empty-feed": 0, "/empty-then-full": 10, "/full-then-empty": 0}
    assert len(siege.items("/full-then-empty")) == 10


def test_p09_encodings(siege: Any) -> None:
    """What the bytes are decides; a declaration that lies is told; UTF-7 is nothing."""
    expected = {
        "/bad-encoding": ["café déjà"], "/encoding-conflict": ["café"], "/utf16": ["café"],
        "/utf8-bom": ["Skin AI story 0"], "/encoding-unknown": ["Skin AI story 0"], "/utf7": [],
    }  # fmt: skip
    outcome = siege.attack(*expected)
    assert {path: titles(siege, path) for path in expected} == expected
    told = {p["where"] for p in siege.report["problems"] if p["what"].startswith("encoding")}
    assert told == {"bad-encoding", "encoding-unknown"}
    assert siege.polls["/utf7"]["failure"] == "not_a_feed"
    assert "<script" not in outcome.text


def test_p10_no_character_that_a_store_a_file_or_a_terminal_cannot_hold(siege: Any) -> None:
    """Whatever the bytes were, stored text and files hold none of them; the titles keep the rest."""
    paths = ["/nul-bytes", "/control-chars", "/lone-surrogates", "/charref-abuse", "/titles", "/xss", "/bad-links"]
    siege.attack(*paths)
    clean = re.compile("[^\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]*")
    dirty = [text for item in siege.items() for text in strings(to_python(item)) if not clean.fullmatch(text)]
    assert dirty == []
    for name, text in siege.project.stories().items():
        assert clean.fullmatch(text), name
    assert titles(siege, "/control-chars") == ["abcdef gh"]


def test_p11_documents_are_limited_and_the_rest_is_counted(siege: Any) -> None:
    """2,000 of 10,000 entries, an excerpt of 600 characters out of 5 MB, 50 categories of 20,000."""
    siege.project.write_settings(fetch={"deadline": "10s", "idle": "10s"})
    siege.attack("/huge-entry", "/many-categories")
    (huge,), (many,) = siege.items("/huge-entry"), siege.items("/many-categories")
    assert 500 < len(huge.excerpt) <= 600
    assert 0 < len(many.tags) <= 50


def test_p11_ten_thousand_entries(siege: Any) -> None:
    """The limit is read, the rest counted, in seconds and within 300 MB."""
    siege.project.write_settings(fetch={"deadline": "10s", "idle": "10s"})
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert siege.cost("/10k", step="collect") < 300 * MEGABYTE
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime - before.ru_utime < 15  # of the processor, whatever else the machine does
    poll = siege.polls["/10k"]
    assert (poll["fetched"], poll["new"], poll["rejected"]) == (10_000, 2_000, {"beyond the limit": 8_000})


def test_p12_one_bad_entry_costs_one_entry(siege: Any) -> None:
    """Every entry with a valid address is stored, the others are counted by reason."""
    siege.attack("/titles", "/bad-dates", "/bad-images", "/noguid-nolink", "/notitle")
    assert outcomes(siege) == {
        "/titles": 93, "/bad-dates": 31, "/bad-images": 6, "/noguid-nolink": 0, "/notitle": 3,
    }  # fmt: skip
    assert siege.polls["/noguid-nolink"]["rejected"] == {"no_link": 3}
    named = [p["where"] for p in siege.report["problems"] if p["what"].startswith("no_link")]
    assert named == [f"noguid-nolink: entry {n}" for n in (1, 2, 3)]
    assert [item.images for item in siege.items("/bad-images") if item.images] == [
        item.images for item in siege.items("/bad-images") if item.title == "Img 4"
    ]
    assert siege.hostile.count("/relative.png") == 0


def test_p13_formats(siege: Any) -> None:
    """RSS 2.0, RSS 1.0, Atom and JSON Feed, each entry with title, address and date."""
    siege.attack("/ok", "/rdf", "/atom", "/jsonfeed")
    assert outcomes(siege) == {"/ok": 3, "/rdf": 1, "/atom": 2, "/jsonfeed": 2}
    for item in siege.items():
        assert item.title
        assert item.url.startswith("https://news.example/")
        assert f"{item.published:%Y-%m-%d %H}" == "2020-03-31 04"
        assert item.basis in {"entry", "updated"}
