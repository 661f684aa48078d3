"""robots.txt: what may be read, and what follows when it cannot be had (F-30)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dermai_feed import robots
from dermai_feed.errors import FetchFailed

AT = datetime(2026, 11, 21, tzinfo=UTC)
HOST = "https://news.example.org"


def rules(text: str) -> robots.Robots:
    return robots.read(HOST, text.encode(), AT)


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /\nAllow: /news/", "/news/1", True),  # the longest match wins (RFC 9309 2.2.2)
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/a.pdf?x", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: dermai_feed\nDisallow: /private", "/a", True),
        ("User-agent: Dermai_Feed\nDisallow: /", "/a", False),
        ("User-agent: GPTBot\nDisallow: /", "/a", True),
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("<html>soft 404</html>", "/a", True),
        ("\x00\xff" * 50, "/a", True),
    ],
)
def test_f30_rules_are_read_by_the_standard(text: str, path: str, allowed: bool) -> None:
    """For our product token first, else for everybody; what is no robots.txt holds no rules."""
    assert (robots.forbidden(rules(text), HOST + path) == "") is allowed


@pytest.mark.parametrize(
    ("failure", "allowed"),
    [
        ("not_found", True), ("gone", True), ("http_4xx", True), ("rate_limited", False), ("http_5xx", False),
        ("timeout", False), ("dns", False), ("refused", False), ("blocked_address", False), ("redirects", False),
    ],
)  # fmt: skip
def test_f30_a_file_that_cannot_be_had_decides_too(failure, allowed) -> None:
    """4xx: there are no rules; anything else: nothing may be read (RFC 9309 2.3.1.3, 2.3.1.4)."""
    known = robots.without(HOST, FetchFailed(failure, "…"), AT)
    assert (robots.forbidden(known, f"{HOST}/a") == "") is allowed


@pytest.mark.parametrize(("text", "seconds"), [("5", 5.0), ("0.5", 0.5), ("3600", 30.0), ("-1", 0.0), ("soon", 0.0)])
def test_f30_a_delay_is_kept_up_to_thirty_seconds(text: str, seconds: float) -> None:
    """A host that asks for an hour would block the queue."""
    assert robots.delay(rules(f"User-agent: *\nCrawl-delay: {text}")) == seconds


def test_f30_five_hundred_kibibytes_are_read() -> None:
    """Rules beyond are not seen."""
    late = "#" * robots.READ + "\nUser-agent: *\nDisallow: /"
    assert robots.forbidden(rules(late), f"{HOST}/a") == ""


def test_f30_a_file_is_believed_for_a_day() -> None:
    """And not when the clock was set back before it was read."""
    known = rules("")
    assert robots.fresh(known, AT + timedelta(hours=23))
    assert not robots.fresh(known, AT + timedelta(hours=24))
    assert not robots.fresh(known, AT - timedelta(hours=1))


def test_the_origin_of_an_address_is_where_its_robots_txt_lies() -> None:
    """Scheme, host and port, in lower case."""
    assert robots.origin_of("HTTPS://News.Example.org:8443/A?b") == "https://news.example.org:8443"
