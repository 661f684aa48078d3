"""The words of a server that says no."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import complaint
from dermai_feed.model import Request

Make = Callable[..., Any]
Fails = Callable[..., FetchFailed]

PAGE = b"""<!doctype html><html><head><title>400 Bad Request</title><style>p { color: red }</style>
<script>var token = "nobody";</script></head><body><!-- server 7 --><h1>Bad Request</h1>
<p>The parameter <b>pub-date</b> is not&nbsp;known.</p></body></html>"""


def answer(code: int, body: bytes, *fields: bytes) -> bytes:
    """An answer with that status and body."""
    head = [b"HTTP/1.1 %d Whatever" % code, b"Content-Length: %d" % len(body), *fields]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        pytest.param(PAGE, "text/html", "400 Bad Request Bad Request The parameter pub-date is not known.", id="page"),
        pytest.param(b"API rate limit exceeded\r\n", "text/plain", "API rate limit exceeded", id="plain text"),
        pytest.param("Clé invalide".encode("latin-1"), "text/plain; charset=iso-8859-1", "Clé invalide", id="charset"),
        pytest.param(b"caf\xe9", "text/plain; charset=klingon", "caf\N{REPLACEMENT CHARACTER}", id="unknown charset"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", "image/png", "", id="a picture says nothing"),
        pytest.param(b"<p>one<br>two</p><script>alert(", "text/html", "one two", id="cut inside a script"),
        pytest.param(b"<p>one <a href='/x", "text/html", "one", id="cut inside a tag"),
        pytest.param(
            b"\x1b[31mred\x07", "text/plain", "\N{REPLACEMENT CHARACTER}[31mred\N{REPLACEMENT CHARACTER}", id="ansi"
        ),
        pytest.param(b"", "text/html", "", id="nothing"),
    ],
)
def test_words_are_what_a_person_would_read(body: bytes, content_type: str, words: str) -> None:
    """Markup, scripts and control characters are gone, entities and charsets read."""
    assert complaint.words(body, content_type) == words


@pytest.mark.parametrize(
    "body",
    [b"invalid api_key=abcdef123456", b'{"error": "bad token: abcdef123456"}', b"Authorization: Bearer abcdef123456",
     b"password=abcdef123456&x=1", b"<p>API-Key: <i></i>abcdef123456</p>"],
)  # fmt: skip
def test_c05_keys_that_a_complaint_repeats_are_hidden(body: bytes) -> None:
    """Words after key, token, password or Bearer never reach a log or a digest."""
    assert "abcdef123456" not in complaint.words(body, "text/plain")


@given(st.binary(max_size=400), st.text(max_size=40))
def test_o04_words_are_one_short_printable_line(body: bytes, content_type: str) -> None:
    """Whatever the bytes and the header say."""
    words = complaint.words(body, content_type)
    assert words.isprintable()
    assert len(words) <= complaint.LONGEST + 1
    assert "\n" not in words


@pytest.mark.parametrize("code", [400, 403, 404, 410, 429, 500, 503])
def test_a_refusal_keeps_the_servers_own_words(origin: Any, fails: Fails, code: int) -> None:
    """An interface says what is wrong with the question in the body of its refusal."""
    body = json.dumps({"status": "failed", "message": "Filter frm-pub-date does not exist"}).encode()
    error = fails(origin.says("/works", answer(code, body, b"Content-Type: application/json")))
    assert "Filter frm-pub-date does not exist" in error.text
    assert (error.status, error.requests) == (code, 1)


def test_words_of_a_gzipped_refusal_are_read(origin: Any, fails: Fails) -> None:
    """Servers compress their error pages too."""
    body = gzip.compress(b"No such journal" + b" " * 100_000)
    assert "No such journal" in fails(origin.says("/x", answer(404, body, b"Content-Encoding: gzip"))).text


def test_f02_a_refusal_without_end_costs_eight_kilobytes(origin: Any, fails: Fails) -> None:
    """A flood or a bomb as an error page is left after its first words."""
    bomb = gzip.compress(b"Too many questions. " + b"x" * 30_000_000)
    error = fails(origin.says("/bomb", answer(429, bomb, b"Content-Encoding: gzip")))
    assert error.failure == "rate_limited"
    assert "Too many questions" in error.text
    assert len(error.text) < 600


def test_f01_a_refusal_that_drips_is_not_waited_for(origin: Any, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """The status is known; its words are a courtesy that may take a moment and no more."""
    monkeypatch.setattr(complaint, "MAX_SECONDS", 0.2)

    def drip(connection: Any) -> None:
        connection.sendall(b"HTTP/1.1 500 Oops\r\nContent-Length: 100000\r\n\r\nfirst words ")
        try:
            for _ in range(200):
                connection.sendall(b"x")
                time.sleep(0.05)
        except OSError:
            pass

    began = time.monotonic()
    with pytest.raises(FetchFailed, match="first words") as caught:
        make(deadline=9.0, idle=9.0)(Request(url=origin.says("/feed", drip)))
    assert caught.value.failure == "http_5xx"
    assert time.monotonic() - began < 6


def test_c05_the_questions_own_secrets_are_not_repeated(origin: Any, fails: Fails) -> None:
    """A server that quotes the question back does not bring its key into our log."""
    url = origin.says("/works?mailto=me%40corpus.example&key=s3cr3t-one", answer(
        400, b"cannot read /works?mailto=me%40corpus.example&key=s3cr3t-one (me@corpus.example), X-Key was s3cr3t-two"
    ))  # fmt: skip
    error = fails(url, headers=(("X-Key", "s3cr3t-two"),))
    assert "cannot read" in error.text
    assert not any(secret in error.text for secret in ("s3cr3t", "me%40", "me@"))


@pytest.mark.parametrize("scheme", ["Bearer s3cr3t-one", "Basic czNjcjN0LXVzZXI6czNjcjN0LW9uZQ=="])
def test_c05_the_key_of_a_scheme_is_not_repeated_either(origin: Any, fails: Fails, scheme: str) -> None:
    """`Bearer KEY` is a header; the server quotes the key alone, or the name and password that it decoded."""
    url = origin.says("/feed", answer(403, b"no s3cr3t-one here for s3cr3t-user"))
    said = fails(url, headers=(("Authorization", scheme),)).text
    assert "here for" in said
    assert "s3cr3t-one" not in said
    assert scheme.startswith("Bearer") or "s3cr3t-user" not in said


def test_a_challenge_page_is_known_by_its_words(origin: Any, fails: Fails) -> None:
    """Not every wall of that kind says so in a header."""
    page = b"<html><head><title>Just a moment...</title></head><body>Enable JavaScript and cookies to continue"
    assert fails(origin.says("/feed", answer(403, page, b"Content-Type: text/html"))).failure == "challenge"
    about = b"<html><title>403</title><p>Our paper on challenges of moments</p>"
    assert fails(origin.says("/other", answer(403, about, b"Content-Type: text/html"))).failure == "http_4xx"
