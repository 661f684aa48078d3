"""Normalising and writing (RELIABILITY parts N, W, D): hostile words from the feed to the file and the digest."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from typing import Any

import frontmatter
import pytest
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser

from dermai_feed.codec import to_python
from dermai_feed.publish import paths

pytestmark = pytest.mark.shared

EXCERPT = "Deep learning for skin lesions."  # of every entry, and what stands in for a title that says nothing
TAG = re.compile(r"<[a-zA-Z!/?]")


@pytest.fixture
def server_time(siege: Any, hostile_module: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hostile server's clock is the project's."""

    def http_date(offset: float = 0.0) -> str:
        return formatdate(siege.project.now.timestamp() + offset, usegmt=True)

    monkeypatch.setattr(hostile_module, "http_date", http_date)


def by_name(siege: Any, path: str, prefix: str) -> dict[str, Any]:
    """What follows `prefix` in the address -> item, for every item stored of `path`."""
    return {item.url.removeprefix(prefix): item for item in siege.items(path)}


# --------------------------------------------------------------------------- addresses

# N-01 and F-07, by the entry's number in the server's table; all others have no address that may be stored.
ADDRESSES = {
    14: "https://evil.example/x",  # without a scheme: the feed's
    24: "https://news.example/x",  # user and password go
    25: "https://evil.example/",  # what looks like a host was a user
    44: "https://news.example/a%20b",
    45: "https://news.example/X-Injected:%201",  # a line end in an address is not there (URL Standard)
    46: "https://news.example/%00",
    47: "https://news.example/%E2%80%AEgnp.exe",
    48: "https://xn--pple-43d.example/",
    49: "https://xn--a.example/",
    50: "https://news.example/" + "a" * 9000,
    51: "https://news.example/?id=5",
    52: "https://news.example/B/c",
    53: "https://news.example/%22%3E%3Cscript%3Ealert(1)%3C/script%3E",
    54: "https://news.example/'%20onmouseover='alert(1)",
    55: "https://news.example/%5D(javascript:alert(1))",
    56: "https://news.example/etc/passwd",
    57: "https://news.example/trailing-dot",
}


def test_n01_stored_links_are_absolute_and_public(siege: Any, hostile_module: Any) -> None:
    """The 58 hostile links: these seventeen are stored, in this form; the others are rejected by reason and name."""
    siege.attack("/bad-links")
    stored = {int(item.title.split()[1]): item for item in siege.items()}
    assert {number: item.url for number, item in stored.items()} == ADDRESSES
    poll = siege.polls["/bad-links"]
    assert poll["rejected"] == {"no_link": len(hostile_module.BAD_LINKS) - len(ADDRESSES)}
    assert len([p for p in siege.report["problems"] if "no_link" in p["what"]]) == poll["rejected"]["no_link"]
    for item in stored.values():
        for address in (item.url, item.original_url):
            assert re.match(r"https?://[a-z0-9.-]+(:\d+)?/", address)
            assert not re.search(r"hunter2|[\s<>\"\\]", address)
    assert stored[48].flags == ("look_alike_host",)


# --------------------------------------------------------------------------- text


def test_n03_text_fields_are_text(siege: Any) -> None:
    """No stored field of the 41 vectors holds markup; what a reader would see of each is there."""
    siege.attack("/xss")
    items = by_name(siege, "/xss", "https://news.example/x/")
    assert len(items) == 41
    for item in items.values():
        told = to_python(item)
        del told["repairs"]  # they keep what was, for editors; `why` prints it escaped
        assert not TAG.search(str(told)), item.title
    assert items["18"].excerpt == "overlay"
    assert items["37"].title == "X37 simplepie 872"
    assert items["0"].title == "X0"


# N-07 by the name of the title in the server's table; every title that is not named here is stored as it is.
TITLES = {
    "bidi-override": "report gnp.exe end",
    "bidi-isolate-open": "unclosed isolate",
    "zero-width": "AI melanoma",
    "nfd": "Café dermatology",
    "trailing-dot": "title.",
    "newline": "line one line two",
    "crlf": "line one Set-Cookie: x=1",
    "tab": "a b",
    "line-sep": "a b c d",
    "ansi": "red [31malert[0m",
    "yaml-leading-space": "leading",
    "csv-tab": "=1+1",
    "md-setext": "title ===",
    "html-entity": "<script>alert(1)</script>",  # what the page would show
    "double-entity": "&amp;lt;b&amp;gt;",  # decoded once
    "mojibake": "Caroline Uhler’s research",
    "long-300": ("long " * 60).strip(),
    "long-10k": "x" * 299 + "…",
} | dict.fromkeys(
    ("zero-width-only", "empty", "spaces", "nbsp-only", "md-html", "md-autolink", "script"), EXCERPT
)  # fmt: skip


def test_n07_titles(siege: Any, hostile_module: Any) -> None:
    """93 of 93 as expected: composed, visible, on one line, never empty, at most 300 characters."""
    siege.attack("/titles")
    items = by_name(siege, "/titles", "https://news.example/t/")
    expected = {name: TITLES.get(name, unicodedata.normalize("NFC", title)) for name, title in hostile_module.TITLES}
    assert {name: item.title for name, item in items.items()} == expected
    assert items["nfc"].title == items["nfd"].title
    assert all(0 < len(item.title) <= 300 for item in items.values())
    siege.attack("/notitle")
    assert {item.title for item in siege.items("/notitle")} == {EXCERPT}


# --------------------------------------------------------------------------- dates

# RELIABILITY, Appendix B; what is not named is missing there.
DATES = {
    "leap-second": "2016-12-31T23:59:59Z",
    "tz-pst": "2020-03-31T12:04:00Z",
    "iso-date": "2020-03-31T00:00:00Z",
} | dict.fromkeys(
    ("tz-name-unknown", "tz-missing", "wrong-weekday", "two-digit-year", "unix"), "2020-03-31T04:04:00Z"
)  # fmt: skip


@pytest.mark.usefixtures("server_time")
@pytest.mark.parametrize("clock", [datetime(2026, 11, 21, tzinfo=UTC), datetime(2027, 2, 3, tzinfo=UTC)])
def test_n04_n05_dates(siege: Any, hostile_module: Any, clock: datetime) -> None:
    """Appendix B at two clocks: read strictly, or missing, which is the first-seen time and is flagged."""
    siege.project.clock(clock)
    siege.attack("/bad-dates", "/nodates", "/future-dates")
    expected = DATES | {"future-1d": f"{clock + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"}
    items = {item.title.removeprefix("Date "): item for item in siege.items("/bad-dates")}
    assert items.keys() == {name for name, _ in hostile_module.BAD_DATES}
    for name, item in items.items():
        missing = name not in expected
        assert f"{item.published:%Y-%m-%dT%H:%M:%SZ}" == expected.get(name, f"{clock:%Y-%m-%dT%H:%M:%SZ}"), name
        assert ("date_inferred" in item.flags, item.basis == "first_seen") == (missing, missing), name
    for path in ("/nodates", "/future-dates"):
        assert {(item.published, item.flags) for item in siege.items(path)} == {(clock, ("date_inferred",))}
    for text in siege.project.stories().values():
        assert re.search(r"^publishedDateTime: (2016|202\d)-\d\d-\d\dT\d\d:\d\d:\d\dZ$", text, re.MULTILINE)


@pytest.mark.usefixtures("server_time")
def test_n06_a_date_once_stored_stays(siege: Any) -> None:
    """Entries without a date, and entries that are always of now: three polls, files as after the first."""
    siege.sources("/date-jitter", "/nodates")
    siege.run()
    before, dates = siege.project.stories(), {item.id: item.published for item in siege.items()}
    assert len(dates) == 8
    assert before
    for _ in range(2):
        siege.project.later(hours=27)
        siege.run()
        assert siege.report["written"] == []
    assert siege.project.stories() == before
    assert {item.id: item.published for item in siege.items()} == dates


# --------------------------------------------------------------------------- files

NAME = re.compile(r"\d{4}-\d\d-\d\d(-[a-z0-9]+)+\.md")
KEYS = {
    "category", "title", "excerpt", "publishedDateTime", "originalUrl", "webUrl", "ampWebUrl", "cdnAmpWebUrl", "type",
    "quality", "heat", "published", "provider", "images", "topics", "related", "video", "podcast", "dermai",
}  # fmt: skip


def test_w11_file_names_are_safe_and_distinct(siege: Any) -> None:
    """93 hostile titles and 50 equal ones: 143 names, within the pattern, also where case does not count."""
    siege.attack("/titles", "/same-title")
    items = siege.items()
    assert len(items) == 143
    taken: set[str] = set()
    for item in items:
        path = paths.mint(item.id, item.title, item.published, taken)
        taken.add(unicodedata.normalize("NFC", path).casefold())
    assert len(taken) == 143
    written = siege.project.stories()
    assert len(written) > 40
    assert len({unicodedata.normalize("NFC", name).casefold() for name in written}) == len(written)
    for name in [path.removeprefix("news/") for path in taken] + list(written):
        assert NAME.fullmatch(name), name
        assert len(name.encode()) <= 120, name
    outside = {path.relative_to(siege.project.folder).parts[0] for path in siege.project.folder.rglob("*")}
    assert outside == {"config", "corpus", "state", "now"}


def test_w13_w17_words_of_feeds_stay_in_their_place(siege: Any) -> None:
    """X-19: each file parses, has the schema's keys and no others, and says of its story what the store says."""
    siege.attack("/titles", "/xss", "/bad-images")
    items = {item.id: item for item in siege.items()}
    stories = siege.project.stories()
    assert len(stories) > 40
    for name, text in stories.items():
        page = frontmatter.loads(text)
        assert page.keys() <= KEYS, name
        leads = [work["canonical"] for work in page["dermai"]["works"]]
        lead = next(items[id_] for id_ in leads if items[id_].url == page["webUrl"])
        assert (page["title"], page.get("excerpt", "")) == (lead.title, lead.excerpt), name
        assert page["provider"] == {"name": lead.provider.name, "domain": lead.provider.domain}, name
        assert page["published"] is False, name
        assert page.content == "", name
        head = text.split("\n---\n")[0].split("\n")
        assert len([line for line in head if line.startswith("title: ")]) == 1, name
        assert all(re.match(r"(---|\s|[A-Za-z]+:|$)", line) for line in head), "no line goes on in the next"
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text), name


# --------------------------------------------------------------------------- the digest

TAGS = {
    "html", "head", "meta", "title", "style", "body", "header", "h1", "h2", "h3", "p", "strong", "main", "section",
    "article", "a", "bdi", "time", "footer", "table", "tbody", "tr", "th", "td", "code", "ul", "li", "span",
}  # fmt: skip


def test_d04_d05_the_digest_holds_no_markup_of_feeds(siege: Any) -> None:
    """X-19: HTML with our tags only, Markdown with our links only; every link is http(s), and both say the same."""
    siege.attack("/xss", "/titles", "/bad-links", "/bad-images")
    digests = siege.project.corpus / "digests"
    page = LexborHTMLParser((digests / "2026-W47.html").read_text(encoding="utf-8"))
    nodes = page.css("*")
    assert {node.tag for node in nodes} <= TAGS
    assert not [n.html for n in nodes if any(name.startswith("on") or name == "src" for name in n.attributes)]
    links = [node.attributes["href"] for node in page.css("a")]
    assert links
    assert all(re.match(r"https?://[a-z0-9.-]+(:\d+)?/", link) for link in links)
    assert {node.attributes["rel"] for node in page.css("a")} == {"noopener noreferrer"}
    (heading,) = page.css("title")
    assert heading.text() == "Dermatology AI, week 2026-W47"

    text = (digests / "2026-W47.md").read_text(encoding="utf-8")
    body = frontmatter.loads(text).content
    rendered = LexborHTMLParser(MarkdownIt("commonmark", {"html": True}).enable("table").render(body))
    assert {node.tag for node in rendered.css("*")} <= TAGS | {"blockquote", "thead", "hr"}
    assert sorted(node.attributes["href"] for node in rendered.css("a[href]")) == sorted(links)
    assert rendered.css("img") == []
    issue = json.loads((digests / "2026-W47.json").read_text(encoding="utf-8"))
    said = [pick["title"] for section in issue["sections"] for pick in section["picks"]]
    said += [note["text"] for box in issue["notes"] for note in box["notes"]]
    assert len(said) > 20
    for html in (page, rendered):
        shown = html.text()
        assert [title for title in said if title not in shown] == []
