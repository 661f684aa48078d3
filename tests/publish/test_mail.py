"""The digest as a mail."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage

import html5lib
import pytest

from dermai_feed.publish import plots
from dermai_feed.publish.digest import to_eml, to_text
from dermai_feed.publish.issue import Bar, Chart, Issue, Pick, Section, Why
from dermai_feed.publish.mail import MOST_BYTES, Letterhead, encoded_size
from dermai_feed.publish.templating import BUILT_IN

LETTERHEAD = Letterhead(
    sender="Skin Weekly <digest@feed.example>", to=("Reader <you@reader.example>",), list_id="skin.feed.example"
)
WORDS = "A network found melanomas in photographs of moles and missed none of them in the test. " * 4
# What mail clients do not show, or take for an attack (FIELD §5, D-04).
FORBIDDEN = {"script", "link", "svg", "form", "input", "iframe", "object", "embed", "video", "base", "button"}


def pick(n: int, words: str = WORDS) -> Pick:
    """A story of some length."""
    return Pick(
        story=f"20261118000000-i{n:04}", anchor=f"s-{n}", item=f"i{n}", title=f"Story {n}: {words[:60].strip()}",
        url=f"https://news.example/{n}", sentences=(words.strip(),), why=Why(text=words[:120].strip(), source="News"),
        source="News", date="2026-11-18", date_basis="published", not_stated=("validation", "skin tone"),
    )  # fmt: skip


def issue(*picks: Pick, **words: object) -> Issue:
    """An issue of `picks` with two charts."""
    bars = (Bar(label="2026-W46", count=2), Bar(label="2026-W47", count=3, here=True))
    charts = tuple(
        Chart(key=key, title=f"By {key}", unit="stories", says="What one sees.", bars=bars)
        for key in ("weeks", "conditions", "sources")
    )
    return Issue(
        week="2026-W47", number=3, since=datetime(2026, 11, 16, tzinfo=UTC), until=datetime(2026, 11, 23, tzinfo=UTC),
        sections=(Section(key="elsewhere", title="Elsewhere", picks=picks),), charts=charts, edition="sent", **words,
    )  # fmt: skip


def mail(one: Issue, letterhead: Letterhead = LETTERHEAD) -> EmailMessage:
    """The mail as a program reads it."""
    read = message_from_string(to_eml(one, BUILT_IN, letterhead), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def page(one: Issue, letterhead: Letterhead = LETTERHEAD) -> str:
    """Its HTML part."""
    body = mail(one, letterhead).get_body(("html",))
    assert body is not None
    text = body.get_content()
    assert isinstance(text, str)
    return text


def test_the_head_names_the_issue_for_good() -> None:
    """The same Message-ID however often it is made; a list's identifier; one line of subject."""
    read = mail(issue(pick(1)))
    assert read["Message-ID"] == "<2026-W47.sent@feed.example>"
    assert read["List-Id"] == "Dermatology AI <skin.feed.example>"
    assert read["To"] == "Reader <you@reader.example>"
    assert str(read["Subject"]).startswith("Dermatology AI, week 2026-W47: Story 1")
    assert read["Date"].datetime == datetime(2026, 11, 23, tzinfo=UTC)


def test_d01_equal_issues_give_equal_bytes() -> None:
    """No random boundary, no clock."""
    assert to_eml(issue(pick(1)), BUILT_IN, LETTERHEAD) == to_eml(issue(pick(1)), BUILT_IN, LETTERHEAD)


def test_the_text_part_is_the_plain_rendering() -> None:
    """A real one, first of the alternatives."""
    read = mail(issue(pick(1)))
    assert read.get_content_type() == "multipart/alternative"
    text = read.get_body(("plain",))
    assert text is not None
    assert text.get_content() == to_text(issue(pick(1)))


@pytest.mark.parametrize("hostile", ["a\r\nBcc: x@evil.example", "a\nSet-Cookie: b", "a\0b", "a\u2028b"])
def test_d08_a_title_cannot_write_headers(hostile: str) -> None:
    """Line breaks become blanks; recipients come from the configuration."""
    first = replace(pick(1), title=hostile)
    read = mail(replace(issue(first), name=hostile))
    assert read["Bcc"] is None
    assert read["Set-Cookie"] is None
    assert read["To"] == "Reader <you@reader.example>"


def test_the_page_is_html5_and_knows_no_more_than_mail_clients_do() -> None:
    """Parsed strictly; tables, inline styles, no element that clients drop."""
    text = page(issue(pick(1), pick(2)))
    html5lib.HTMLParser(strict=True).parse(text)
    assert {tag.lower() for tag in re.findall(r"<([a-zA-Z0-9]+)", text)}.isdisjoint(FORBIDDEN)
    assert not re.search(r"display:\s*(?:flex|grid)|https?://[^\"]*\.(?:png|jpg|gif)", text)
    sizes = [int(size) for size in re.findall(r"font-size:(\d+)px", text)]
    assert min(sizes) >= 16


@pytest.mark.parametrize("count", [20, 200])
def test_d09_the_page_stays_under_what_mail_clients_clip(count: int) -> None:
    """As it is sent; what is left out is counted, and the text part has everything."""
    one = issue(*(pick(n, WORDS * 6) for n in range(count)))
    text = page(one)
    assert encoded_size(text) <= MOST_BYTES
    told = len(re.findall(r"<h3", text))
    assert ("more on the web page" in text) == (told < count)
    assert (told == count) == (count == 20)
    body = mail(one).get_body(("plain",))
    assert body is not None
    assert set(re.findall(r"\d{14}-i\d{4}", body.get_content())) == one.stories()


def test_a_chart_is_a_picture_with_words_and_a_table() -> None:
    """Two pictures at most, each of which says what it shows; every chart's numbers in a table."""
    read = mail(issue(pick(1)))
    images = [part for part in read.walk() if part.get_content_type() == "image/png"]
    text = page(issue(pick(1)))
    if not plots.available():
        pytest.skip("no matplotlib: pip install 'dermai-feed[plots]'")
    assert len(images) == 2
    for part in images:
        assert part.get_content().startswith(b"\x89PNG")
        assert f'src="cid:{part["Content-ID"].strip("<>")}"' in text
    assert len(re.findall(r'<img [^>]*alt="By \w+\. What one sees\."', text)) == 2
    assert text.count("<caption") == 3


@pytest.mark.parametrize("why", ["switched off", "not installed"])
def test_without_pictures_every_chart_is_a_table(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are switched off, or `plots` is not installed: no picture, and nothing that points to one."""
    letterhead = replace(LETTERHEAD, pictures=why != "switched off")
    if why == "not installed":
        monkeypatch.setitem(sys.modules, "matplotlib", None)
    read = mail(issue(pick(1)), letterhead)
    text = page(issue(pick(1)), letterhead)
    assert [part.get_content_type() for part in read.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert "<img" not in text
    assert "cid:" not in text
    assert text.count("<caption") == 3


def test_a_mail_too_long_for_its_pictures_carries_none() -> None:
    """Nothing is attached that the page does not show."""
    one = issue(*(pick(n, WORDS * 6) for n in range(200)))
    assert "<img" not in page(one)
    assert not [part for part in mail(one).walk() if part.get_content_maintype() == "image"]
