"""What is sent and what is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.fetch import headers, urls
from dermai_feed.fetch.failures import Refusal
from dermai_feed.model import Request

PLACE = urls.parse("https://news.example/feed")
SECRET_PLACE = urls.parse("https://u:p@news.example/feed", trusted=True)


def sent(request: Request, target: urls.Target = PLACE) -> dict[bytes, bytes]:
    """The private fields of `request`."""
    return dict(headers.private(request, target))


@given(st.binary(min_size=1, max_size=1024))
@settings(deadline=None, max_examples=200)
def test_f13_validators_go_back_byte_for_byte(raw: bytes) -> None:
    """Any bytes of up to 1 kB that came as a validator are the bytes that are sent."""
    kept = headers.kept([(b"ETag", raw), (b"Last-Modified", raw)])
    fields = sent(Request(url="x", etag=kept["etag"], last_modified=kept["last-modified"]))
    assert fields == {b"If-None-Match": raw, b"If-Modified-Since": raw}


@pytest.mark.parametrize("value", [b"", b"x" * 1025])
def test_f13_useless_validators_are_dropped(value: bytes) -> None:
    """A validator that is empty or over 1 kB is neither kept nor sent."""
    assert headers.kept([(b"ETag", value), (b"Last-Modified", value)]) == {}
    text = value.decode()
    assert sent(Request(url="x", etag=text, last_modified=text)) == {}


def test_f23_cookies_are_not_kept_and_repeated_fields_are_joined() -> None:
    """Names are lower-case, values Latin-1; repeated fields are one list; Set-Cookie is forgotten."""
    fields = [
        (b"Cache-Control", b"no-cache"),
        (b"X-Name", b"caf\xe9"),
        (b"Set-Cookie", b"a=1"),
        (b"cache-control", b"no-store"),
    ]
    assert headers.kept(fields) == {"cache-control": "no-cache, no-store", "x-name": "café"}


@pytest.mark.parametrize("name", ["User-Agent", "HOST", "referer", "If-None-Match", "Transfer-Encoding", "range"])
def test_f22_f23_the_program_s_own_headers_cannot_be_configured(name: str) -> None:
    """A source cannot take the place of a header that frames or identifies the request."""
    with pytest.raises(Refusal, match=name.lower()) as caught:
        headers.private(Request(url="x", headers=((name, "x"),)), PLACE)
    assert caught.value.failure == "protocol"


@pytest.mark.parametrize("header", [("X-Kéy", "x"), ("X-Key", "日本")])
def test_headers_that_cannot_be_sent(header: tuple[str, str]) -> None:
    """A name outside ASCII or a value outside Latin-1 is refused with the name."""
    with pytest.raises(Refusal, match="X-K") as caught:
        headers.private(Request(url="x", headers=(header,)), PLACE)
    assert caught.value.failure == "protocol"


def test_configured_authorization_wins_over_the_address() -> None:
    """Of two credentials for one source the explicit header is sent, and only it."""
    assert sent(Request(url="x"), SECRET_PLACE) == {b"Authorization": b"Basic dTpw"}
    bearer = Request(url="x", headers=(("authorization", "Bearer t"),))
    assert headers.private(bearer, SECRET_PLACE) == ((b"authorization", b"Bearer t"),)
