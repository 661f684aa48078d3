"""The hostile server's documents (RELIABILITY 3, P): what each of them costs and gives."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from dermai_feed.collectors import ChildParser
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Parsed, ParseLimits

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def server(hostile_module: Any) -> Iterator[Any]:
    with hostile_module.HostileServer() as server:
        yield server


@pytest.fixture(scope="module")
def parser() -> Iterator[ChildParser]:
    with ChildParser(ParseLimits(wall=2.0, cpu=2.0)) as parser:
        yield parser


@pytest.fixture
def get(server: Any, parser: ChildParser) -> Any:
    """Read one of the server's documents as a poll would; how long reading took is in `get.seconds`."""

    def get(path: str) -> Parsed:
        with urllib.request.urlopen(server.url(path)) as response:
            body, content_type = response.read(), response.headers.get("content-type", "")
        started = time.monotonic()
        try:
            return parser("rss", body, content_type, server.url(path), "src")
        finally:
            get.seconds = time.monotonic() - started  # type: ignore[attr-defined]

    return get


def outcome(get: Any, path: str) -> str:
    """ "read", or the class of the failure."""
    try:
        return "read" if get(path).entries else "empty"
    except ParseFailed as failed:
        return failed.failure


@pytest.mark.parametrize(("path", "count"), [("/ok", 3), ("/rdf", 1), ("/atom", 2), ("/jsonfeed", 2)])
def test_p13_each_format_has_its_entries(get: Any, path: str, count: int) -> None:
    """The control documents: each entry with title, link and date."""
    parsed = get(path)
    assert len(parsed.entries) == count
    assert parsed.complete
    assert all(entry.title and entry.link and (entry.published or entry.updated) for entry in parsed.entries)


@pytest.mark.parametrize(
    "path",
    [
        "/redos-author?n=80000",
        "/redos-html",
        "/deep-nesting?n=100000",
        "/many-categories",
        "/many-attributes",
        "/huge-entry?mb=3",
        "/titles",
        "/xss",
    ],
)
def test_p02_costly_documents_end_in_time(get: Any, path: str) -> None:
    """Each ends within the limit, stored or failed, and the next document is read."""
    assert len(get("/ok").entries) == 3  # there is a child, and it is not its start that is timed
    assert outcome(get, path) in {"read", "parse_timeout", "parse_memory"}
    assert get.seconds < 2.5
    assert len(get("/ok").entries) == 3


@pytest.mark.parametrize("path", ["/charref-abuse", "/empty", "/cdata-declaration", "/binary", "/lone-surrogates"])
def test_p03_what_makes_parsers_raise_is_a_failure_or_entries(get: Any, path: str) -> None:
    """Documents on which parsers are known to raise."""
    assert outcome(get, path) in {"read", "not_a_feed", "parse_error"}


@pytest.mark.parametrize(
    "path", ["/xxe", "/xxe-http", "/xxe-param", "/doctype-external", "/xinclude", "/xml-stylesheet"]
)
def test_p04_xml_reaches_nothing_outside(get: Any, server: Any, path: str) -> None:
    """No file's content in any field, and nobody asks for the canary."""
    assert "root:" not in repr(get(path))
    assert server.count("/internal-secret") == 0


@pytest.mark.parametrize("path", ["/billion-laughs", "/quadratic-blowup"])
def test_p05_entities_do_not_explode(get: Any, path: str) -> None:
    """Bombs are read as the few words they are."""
    (entry,) = get(path).entries
    assert len(entry.title) + len(entry.summary) < 20_000


@pytest.mark.parametrize(
    ("path", "count"), [("/bare-ampersand", 1), ("/named-entities", 1), ("/mismatched", 1), ("/unclosed", 1)]
)
def test_p06_malformed_is_not_lost_and_cut_is_not_trusted(get: Any, path: str, count: int) -> None:
    """What is well-formed of it is kept; none of these documents is complete."""
    parsed = get(path)
    assert len(parsed.entries) == count
    assert not parsed.complete


def test_p06_titles_survive_their_mistakes(get: Any) -> None:
    """Bare ampersands and HTML names are read as meant; a mismatched entry has no link."""
    assert get("/bare-ampersand").entries[0].title == "AT&T < R&D & more"
    assert get("/named-entities").entries[0].title.replace("\xa0", " ") == "café — ok"
    assert get("/mismatched").entries[0].link is None


@pytest.mark.parametrize(
    "path",
    [
        "/html-as-feed",
        "/html-200-error",
        "/json-as-feed",
        "/image-as-feed",
        "/binary",
        "/whitespace",
        "/empty",
        "/opml",
        "/page",
    ],
)
def test_p07_what_is_not_a_feed_says_so(get: Any, path: str) -> None:
    """Soft errors with status 200 fail as not_a_feed."""
    with pytest.raises(ParseFailed, match="not_a_feed"):
        get(path)


def test_p07_a_login_page_is_one(get: Any) -> None:
    """A login page has a class of its own; a feed as text/plain is a feed."""
    with pytest.raises(ParseFailed, match="login"):
        get("/login")
    assert get("/text-plain-feed").entries


@pytest.mark.parametrize(
    ("path", "title", "flagged"),
    [
        ("/bad-encoding", "café déjà", True),
        ("/encoding-conflict", "café", False),
        ("/utf16", "café", False),
        ("/utf8-bom", "Skin AI story 0", False),
        ("/encoding-unknown", "Skin AI story 0", True),
    ],
)
def test_p09_encodings(get: Any, path: str, title: str, flagged: bool) -> None:
    """The table of encodings: the text, and whether a guess is reported."""
    parsed = get(path)
    assert [entry.title for entry in parsed.entries] == [title]
    assert any("encoding" in problem.what for problem in parsed.problems) == flagged


def test_p09_utf7_is_never_believed(get: Any) -> None:
    """Markup hidden in UTF-7 stays hidden."""
    with pytest.raises(ParseFailed, match="not_a_feed"):
        get("/utf7")


def test_p11_ten_thousand_entries_are_two_thousand(get: Any) -> None:
    """Entries beyond the limit are counted and not kept."""
    parsed = get("/10k")
    assert (len(parsed.entries), parsed.dropped) == (2_000, 8_000)
    assert len(get("/many-categories").entries[0].tags) == 50
    assert len(get("/huge-entry?mb=1").entries[0].summary) == 200_000


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/titles", 93),
        ("/bad-dates", 31),
        ("/bad-images", 6),
        ("/bad-links", 58),
        ("/xss", 41),
        ("/noguid-nolink", 3),
        ("/notitle", 3),
        ("/same-title", 50),
        ("/dupguid", 3),
        ("/nodates", 5),
    ],
)
def test_p12_every_entry_arrives(get: Any, path: str, count: int) -> None:
    """However odd its entries, a document loses none here; judging them is for later."""
    parsed = get(path)
    assert len(parsed.entries) == count
    assert parsed.dropped == 0


def test_f18_hints(get: Any) -> None:
    """The longest sensible hint is a week; absurd ones are nothing."""
    assert get("/ttl").floor == 7 * 86_400
    assert (get("/ttl-absurd").floor, get("/ttl-absurd").skip_hours) == (0.0, ())
