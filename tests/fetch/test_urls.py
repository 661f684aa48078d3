"""Which addresses may be asked for, by their text (F-07)."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.fetch import urls
from dermai_feed.fetch.failures import Refusal

FINE: dict[str, tuple[str, str, int]] = {
    "http://news.example/feed": ("http", "news.example", 80),
    "https://news.example": ("https", "news.example", 443),
    "HTTPS://News.Example:8443/a?b=c": ("https", "news.example", 8443),
    "http://news.example:/feed": ("http", "news.example", 80),
    "http://news.example./feed": ("http", "news.example.", 80),
    "http://my_host.example/feed": ("http", "my_host.example", 80),
    "http://xn--a.example/": ("http", "xn--a.example", 80),
    "http://bücher.example/": ("http", "xn--bcher-kva.example", 80),
    "http://8.8.8.8/": ("http", "8.8.8.8", 80),
    "http://[2606:4700:0::1111]:8080/": ("http", "2606:4700::1111", 8080),
    "http://127。0。0。2/": ("http", "127.0.0.2", 80),  # plain after IDNA: the dialling refuses it
    "http://news.example/%00%0d%0a": ("http", "news.example", 80),
    "http://news.example/été?q=é": ("http", "news.example", 80),
}
BAD: dict[str, str] = {
    "ftp": "ftp://news.example/x",
    "file": "file:///etc/passwd",
    "script": "javascript:alert(1)",
    "data": "data:text/xml,<rss/>",
    "feed scheme": "feed:http://news.example/",
    "relative": "/feed.xml",
    "protocol-relative": "//news.example/feed",
    "nothing": "",
    "no host": "http://",
    "no host but a path": "http:///etc/passwd",
    "no slashes": "https:news.example",
    "user and password": "http://user:hunter2@news.example/x",
    "user only": "http://news.example@evil.example/",
    "empty user": "http://@news.example/",
    "port 0": "http://news.example:0/",
    "port too high": "http://news.example:65536/",
    "port a word": "http://news.example:http/",
    "space in host": "http://exa mple/",
    "space in path": "http://news.example/a b",
    "leading space": " http://news.example/",
    "no-break space": "http://news.example/a\u00a0b",
    "tab": "http://news.exa\tmple/",
    "line end": "http://news.example/\r\nX-Injected: 1",
    "null": "http://news.example/\x00",
    "direction override": "http://news.example/\u202egnp.exe",
    "zero width": "http://news.exa\u200bmple/",
    "lone surrogate": "http://news.example/\ud800",
    "backslashes": "http:\\\\news.example\\x",
    "backslash before @": "http://news.example\\@evil.example/",
    "open bracket": "http://[::1",
    "zone": "http://[fe80::1%25eth0]/",
    "bare zone": "http://[fe80::1%eth0]/",
    "not an IPv6 address": "http://[::zz]/",
    "encoded host": "http://%31%32%37.example/",
    "empty label": "http://news..example/",
    "label too long": "http://" + "a" * 64 + ".example/",
    "name too long": "http://" + "a.b." * 70 + "example/",
    "hyphen first": "http://-news.example/",
    "slash look-alike": "http://news.example\uff0fevil.example/",
    "unassignable in IDNA": "http://\u2615\u0300.example/",
    "too long": "http://news.example/" + "a" * 2048,
}
DISGUISED = ["http://2130706433/", "http://0x7f.1/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/",
             "http://0/", "http://127.0.0.1./", "http://1.2.3.4.5/", "http://999.0.0.1/"]  # fmt: skip


@pytest.mark.parametrize(("text", "parts"), FINE.items())
def test_f07_accepted(text: str, parts: tuple[str, str, int]) -> None:
    """An http or https address with a host and a decent port is taken apart."""
    target = urls.parse(text)
    assert target.origin == parts
    assert target.authorization is None


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
def test_f07_refused(text: str) -> None:
    """Everything that is not plainly an address of a web document is a bad URL."""
    with pytest.raises(Refusal) as caught:
        urls.parse(text)
    assert caught.value.failure == "bad_url"


@pytest.mark.parametrize("port", sorted(urls.FORBIDDEN_PORTS))
def test_f07_ports_of_other_services(port: int) -> None:
    """Mail, shell and database ports are refused, for configured addresses too."""
    with pytest.raises(Refusal, match=f"port {port}") as caught:
        urls.parse(f"http://news.example:{port}/", trusted=True)
    assert caught.value.failure == "bad_url"


def test_f07_forbidden_ports_are_those_of_the_requirement() -> None:
    """The list is the one that F-07 names."""
    named = {22, 25, 110, 143, 465, 587, 993, 995, 3306, 5432, 6379, 9200, 11211, 27017}
    assert named == urls.FORBIDDEN_PORTS


def test_f07_2048_bytes_are_enough() -> None:
    """The limit is exact, and counted in bytes."""
    rest = 2048 - len("http://news.example/")
    assert urls.parse("http://news.example/" + "a" * rest).host == "news.example"
    with pytest.raises(Refusal, match="2048 bytes"):
        urls.parse("http://news.example/" + "é" * (rest // 2 + 1))


@pytest.mark.parametrize("text", DISGUISED)
def test_f05_numbers_are_not_names(text: str) -> None:
    """An address written as some other number is refused as what it is, before any look-up (M-26)."""
    with pytest.raises(Refusal) as caught:
        urls.parse(text)
    assert caught.value.failure == "blocked_address"


def test_f07_configuration_may_carry_credentials_and_they_stay_apart() -> None:
    """User information of a trusted address becomes a header and leaves the address (RFC 7617)."""
    target = urls.parse("https://aladdin:open%20sesame%40@news.example:8443/feed?a=1#top", trusted=True)
    assert target.url == "https://news.example:8443/feed?a=1"
    assert target.authorization == b"Basic YWxhZGRpbjpvcGVuIHNlc2FtZUA="  # aladdin:open sesame@


@pytest.mark.parametrize(
    ("text", "authority"),
    [
        ("http://127.0.0.1:8099/x", "127.0.0.1:8099"),
        ("http://localhost/x", "localhost:80"),
        ("https://[::1]/x", "[::1]:443"),
        ("http://[::1]:8099/x", "[::1]:8099"),
        ("http://127。0。0。1:8099/x", "127。0。0。1:8099"),
    ],
)
def test_h2_hosts_are_compared_as_written(text: str, authority: str) -> None:
    """What the allow list is compared with is the host text of the address, not what it means."""
    assert urls.parse(text).authority == authority


@pytest.mark.parametrize(
    ("location", "url"),
    [
        ("/other", "https://news.example/other"),
        ("other#frag", "https://news.example/a/other"),
        ("?page=2", "https://news.example/a/feed?page=2"),
        ("//cdn.example/x", "https://cdn.example/x"),
        ("http://news.example/a/feed", "http://news.example/a/feed"),
    ],
)
def test_redirects_are_resolved(location: str, url: str) -> None:
    """A Location is relative to the address that sent it, and loses its fragment."""
    assert urls.follow(urls.parse("https://news.example/a/feed"), location).url == url


@pytest.mark.parametrize("location", ["", "http://[::1", "java\tscript:x", "http://a:b@c.example/", "\\\\c.example"])
def test_f07_redirects_obey_the_same_rules(location: str) -> None:
    """A redirect is from outside: no rule is relaxed for it."""
    with pytest.raises(Refusal) as caught:
        urls.follow(urls.parse("http://user:pw@news.example/", trusted=True), location)
    assert caught.value.failure == "bad_url"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://u:hunter2@news.example/feed?key=hunter2#x", "https://news.example/feed?…"),
        ("https://news.example/@author/feed", "https://news.example/@author/feed"),
        ("http://u:hunter2@[bad", "http://[bad"),
        ("u:hunter2@news.example/x", "news.example/x"),
        ("javascript:alert(1)", "javascript:alert(1)"),
        ("http://n.example/\x1b[31m\n", "http://n.example/\ufffd[31m\ufffd"),
        ("http://n.example/" + "a" * 300, "http://n.example/" + "a" * 183 + "…"),
    ],
)
def test_o04_shown_addresses_are_safe(text: str, shown: str) -> None:
    """Messages never contain a password, a query or a control character, and are short."""
    assert urls.shown(text) == shown


@given(st.text() | st.from_regex(r"https?://[^ ]{0,30}", fullmatch=True), st.booleans())
@settings(deadline=None, max_examples=200)
def test_f07_any_text_has_a_verdict(text: str, trusted: bool) -> None:
    """No text makes parsing fail otherwise than by a refusal, and what passes passes again."""
    try:
        target = urls.parse(text, trusted=trusted)
    except Refusal:
        return
    assert urls.parse(target.url).origin == target.origin


@given(st.text(max_size=40))
@settings(deadline=None, max_examples=200)
def test_f07_any_location_has_a_verdict(location: str) -> None:
    """No Location makes following fail otherwise than by a refusal."""
    with suppress(Refusal):
        target = urls.follow(urls.parse("http://news.example/a/b?c"), location)
        assert target.scheme in ("http", "https")
        assert target.authorization is None


def test_f07_hostile_links(hostile_module: Any) -> None:
    """Of the hostile links only those are accepted whose text is harmless; their machines are checked on dialling."""
    accepted = set()
    for link in hostile_module.BAD_LINKS:
        try:
            accepted.add(urls.parse(link).host)
        except Refusal:
            continue
    assert accepted == {
        "127.0.0.1", "::1", "::ffff:7f00:1", "64:ff9b::7f00:1", "169.254.169.254",  # refused on dialling
        "news.example", "news.example.", "xn--pple-43d.example", "xn--a.example",
    }  # fmt: skip
