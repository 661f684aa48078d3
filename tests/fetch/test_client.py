"""The fetch as a whole, against a loopback server of our own."""

from __future__ import annotations

import gzip
import logging
import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import Fetcher
from dermai_feed.model import FetchSettings, Request, Response

Get = Callable[..., Response]
Fails = Callable[..., FetchFailed]
Make = Callable[..., Fetcher]

DOCUMENT = b"<rss version='2.0'><channel><title>Skin and machines</title></channel></rss>"


def ok(body: bytes = DOCUMENT, *fields: bytes) -> bytes:
    """A complete 200 answer."""
    return b"\r\n".join([b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *fields]) + b"\r\n\r\n" + body


def moved(location: bytes, status: int = 302) -> bytes:
    """A redirect."""
    return b"HTTP/1.1 %d Moved\r\nContent-Length: 0\r\nLocation: %s\r\n\r\n" % (status, location)


def status(code: int, *fields: bytes) -> bytes:
    """An answer with that status and a whole document as its body."""
    return (
        b"\r\n".join([b"HTTP/1.1 %d X" % code, b"Content-Length: %d" % len(DOCUMENT), *fields]) + b"\r\n\r\n" + DOCUMENT
    )


def reset(connection: socket.socket) -> None:
    """End the connection with RST and without an answer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def dripping(first: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Send `first`, then `drop` every 50 ms until the client leaves."""

    def drip(connection: socket.socket) -> None:
        connection.sendall(first)
        while True:
            time.sleep(0.05)
            connection.sendall(drop)

    return drip


def silent(connection: socket.socket) -> None:
    """Say nothing until the client leaves."""
    connection.recv(1)


# ---------------------------------------------------------------- what comes back


def test_a_document(origin: Any, get: Get) -> None:
    """A 200 gives the body, the headers by lower-case name, where it came from and what it cost."""
    url = origin.says("/feed", ok(DOCUMENT, b'ETag: W/"1"', b"X-Name: caf\xe9"))
    response = get(url)
    assert (response.status, response.body, response.url) == (200, DOCUMENT, url)
    assert (response.header("ETag"), response.header("x-name")) == ('W/"1"', "café")
    assert (response.requests, response.permanent_url) == (1, None)
    assert 0 < response.elapsed < 5


def test_f13_f15_not_modified(origin: Any, get: Get) -> None:
    """A 304 to a validator is a normal answer, whose new validators are passed on and whose body is not."""
    answer = b'HTTP/1.1 304 Not Modified\r\nETag: "\xc3\xa9"\r\nContent-Length: 3\r\n\r\nabc'
    response = get(origin.says("/feed", answer), etag='"Ã©"', last_modified="yesterday, UTC")
    assert (response.status, response.body, response.header("etag")) == (304, b"", '"Ã©"')
    assert b'If-None-Match: "\xc3\xa9"' in origin.heads[0].split(b"\r\n")
    assert origin.sent()["if-modified-since"] == "yesterday, UTC"


@pytest.mark.parametrize("fields", [{}, {"etag": "x" * 1025}, {"etag": ""}])
def test_f15_unasked_304(origin: Any, fails: Fails, fields: dict[str, str]) -> None:
    """A 304 to a question without a validator breaks the protocol."""
    failure = fails(origin.says("/feed", status(304)), **fields)
    assert (failure.failure, failure.status) == ("protocol", 304)


@pytest.mark.parametrize(
    ("code", "failure"),
    [(204, "http_other"), (206, "http_other"), (300, "http_other"), (305, "http_other"), (400, "http_4xx"),
     (401, "http_4xx"), (403, "http_4xx"), (404, "not_found"), (410, "gone"), (418, "http_4xx"),
     (429, "rate_limited"), (451, "http_4xx"), (500, "http_5xx"), (503, "http_5xx"), (600, "http_other"),
     (999, "http_other")],
)  # fmt: skip
def test_f04_only_200_is_a_document(origin: Any, fails: Fails, code: int, failure: str) -> None:
    """Any other status is an error that names the code, whatever its body; only a refusal is quoted."""
    error = fails(origin.says("/feed", status(code)))
    assert (error.failure, error.status, error.requests) == (failure, code, 1)
    assert str(code) in error.text
    assert ("Skin" in error.text) == (400 <= code <= 599)


@pytest.mark.parametrize("answer", [b"404 Not Found", b"302 Found\r\nLocation: /next", b"304 Not Modified"])
def test_f04_bodies_of_other_answers_are_not_waited_for(origin: Any, make: Make, answer: bytes) -> None:
    """Only the body of a 200 is waited for: an error page that does not come is left, the status counts."""

    def tease(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 " + answer + b"\r\nContent-Length: 1000\r\n\r\nx")
        silent(connection)

    origin.says("/next", ok())
    try:
        assert make(deadline=1.0)(Request(url=origin.says("/feed", tease), etag='"1"')).status in (200, 304)
    except FetchFailed as error:
        assert error.failure == "not_found"  # noqa: PT017 - one case of three fails


def test_f04_switching_protocols_is_no_document(origin: Any, fails: Fails) -> None:
    """A 101, which ends HTTP on the connection, is an error."""
    url = origin.says("/feed", b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")
    assert fails(url).failure in ("http_other", "protocol")


@pytest.mark.parametrize("code", [403, 503])
def test_f04_challenge(origin: Any, fails: Fails, code: int) -> None:
    """A page that wants a human is a class of its own."""
    error = fails(origin.says("/feed", status(code, b"CF-Mitigated: challenge")))
    assert (error.failure, error.status) == ("challenge", code)
    assert "challenge page" in error.text


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ([], None),
        ([b"Retry-After: 120"], 120.0),
        ([b"Date: Sun, 06 Nov 1994 08:49:37 GMT", b"Retry-After: Sun, 06 Nov 1994 08:59:37 GMT"], 600.0),
        ([b"Retry-After: Sun, 06 Nov 2094 08:59:37 GMT"], 3600.0),
        ([b"Retry-After: soon"], 3600.0),
        ([b"Retry-After: 99999999"], 604800.0),
    ],
)
def test_f12_retry_after(origin: Any, fails: Fails, code: int, fields: list[bytes], seconds: float | None) -> None:
    """The failure carries the seconds that the server asks for, read by the server's own clock."""
    error = fails(origin.says("/feed", status(code, *fields)))
    assert error.retry_after == seconds
    assert ("seven days" in error.text) == (seconds == 604800.0)


# ---------------------------------------------------------------- limits


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("nothing", silent),
        ("status line", dripping(b"HTTP/1.1 200 O", b"K")),
        ("headers", dripping(b"HTTP/1.1 200 OK\r\nX-Drip: ", b"x")),
        ("100s", dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n")),
        ("body", dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x")),
        ("chunks", dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n")),
        ("stall", lambda c: (c.sendall(ok(DOCUMENT * 9)[:200]), silent(c))),
    ],
)
def test_f01_one_deadline(origin: Any, make: Make, fails: Fails, what: str, answer: Any) -> None:
    """However a server dawdles, the fetch ends at the deadline."""
    began = time.monotonic()
    error = fails(origin.says("/feed", answer), by=make(deadline=0.4))
    assert error.failure == "timeout", what
    assert 0.4 <= time.monotonic() - began < 4


def test_f01_redirects_share_the_deadline(origin: Any, make: Make, fails: Fails) -> None:
    """A redirect does not start the clock anew."""
    for n in range(9):
        origin.says(f"/{n}", lambda c, n=n: (time.sleep(0.15), c.sendall(moved(b"/%d" % (n + 1)))))
    error = fails(origin.url("/0"), by=make(deadline=0.4))
    assert (error.failure, error.requests) == ("timeout", 3)


def test_f01_idle_time_is_limited(origin: Any, make: Make, fails: Fails) -> None:
    """Silence ends a fetch before the deadline does."""
    began = time.monotonic()
    error = fails(origin.says("/feed", silent), by=make(idle=0.3))
    assert error.failure == "timeout"
    assert time.monotonic() - began < 4


@pytest.mark.parametrize("stop", ["cancelled", "close"])
def test_r08_a_stop_ends_fetches_in_hand(origin: Any, make: Make, fails: Fails, stop: str) -> None:
    """A fetch that waits for a server ends within half a second of the wish to stop."""
    wish = threading.Event()
    fetcher = make(cancelled=wish.is_set)
    act = wish.set if stop == "cancelled" else fetcher.close
    timer = threading.Timer(0.2, act)
    timer.start()
    began = time.monotonic()
    error = fails(origin.says("/feed", silent), by=fetcher)
    assert 0.2 <= time.monotonic() - began < 4
    assert error.failure == "timeout"
    assert "ending" in error.text
    assert fails(origin.url("/feed"), by=fetcher).requests == 0
    timer.join()


def test_r08_a_stop_ends_waiting_in_the_queue(origin: Any, make: Make, fails: Fails, get: Get) -> None:
    """A fetch that waits for its turn ends within half a second too, and nothing was sent."""
    wish = threading.Event()
    fetcher = make(gap=60.0, cancelled=wish.is_set)
    url = origin.says("/feed", ok())
    fetcher(Request(url=url))
    timer = threading.Timer(0.2, wish.set)
    timer.start()
    began = time.monotonic()
    assert fails(url, by=fetcher).requests == 0
    assert time.monotonic() - began < 4
    assert len(origin.heads) == 1
    timer.join()


def test_f21_waiting_for_a_turn_does_not_use_up_the_deadline(origin: Any, make: Make) -> None:
    """Requests to one host come one gap apart, even if that takes longer than one fetch may."""
    url = origin.says("/feed", ok())
    fetcher = make(gap=0.9, deadline=0.8)
    began = time.monotonic()
    with ThreadPoolExecutor(3) as pool:
        assert [r.status for r in pool.map(fetcher, [Request(url=url)] * 3)] == [200] * 3
    assert 1.8 <= time.monotonic() - began < 9


def test_f21_a_request_may_ask_for_a_longer_gap(origin: Any, make: Make) -> None:
    """Where a host's own rule is stricter than ours, the next request to it waits longer."""
    url = origin.says("/feed", ok())
    fetcher = make(gap=0.0)
    fetcher(Request(url=url, gap=0.4))
    began = time.monotonic()
    fetcher(Request(url=url))
    assert 0.35 <= time.monotonic() - began < 6


def test_f02_announced_sizes_are_believed(origin: Any, make: Make, fails: Fails) -> None:
    """A Content-Length above the limit is refused before the body, one at the limit is read."""
    fetcher = make(max_wire=1000)
    huge = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"
    error = fails(origin.says("/huge", lambda c: (c.sendall(huge), silent(c))), by=fetcher)
    assert error.failure == "too_large"
    assert "1001" in error.text
    assert len(fetcher(Request(url=origin.says("/fits", ok(bytes(1000))))).body) == 1000


@pytest.mark.parametrize("framing", [b"Transfer-Encoding: chunked\r\n", b""])
def test_f02_bytes_on_the_wire(origin: Any, make: Make, fails: Fails, framing: bytes) -> None:
    """A body without end is left as soon as the limit for the wire is reached."""
    taken = []

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n")
        while True:
            taken.append(connection.send(b"1000\r\n" + b"x" * 4096 + b"\r\n"))

    fetcher = make(max_wire=500_000, max_header=10_000)
    assert fails(origin.says("/endless", endless), by=fetcher).failure == "too_large"
    origin.stop()
    assert sum(taken) < 510_000 + 8_000_000  # what the system's buffers took is not ours


def test_f02_bytes_after_expansion(origin: Any, make: Make, fails: Fails) -> None:
    """A small gzip body that expands beyond the limit is too large, one up to it is whole."""
    fetcher = make(max_body=100_000)
    field = b"Content-Encoding: gzip"
    error = fails(origin.says("/bomb", ok(gzip.compress(bytes(100_001)), field)), by=fetcher)
    assert error.failure == "too_large"
    assert len(fetcher(Request(url=origin.says("/fits", ok(gzip.compress(bytes(100_000)), field)))).body) == 100_000


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(b"X-Huge: " + b"x" * 70_000, id="one header"),
        pytest.param(b"\r\n".join(b"X-%d: x" % n for n in range(9000)), id="many headers"),
    ],
)
def test_f27_headers_are_bounded(origin: Any, fails: Fails, head: bytes) -> None:
    """A header block of more than 64 KiB is an error although it ends."""
    assert fails(origin.says("/feed", ok(DOCUMENT, head))).failure == "too_large"


def test_f27_a_large_header_block_is_read(origin: Any, get: Get) -> None:
    """A header block of just below 64 KiB works."""
    assert get(origin.says("/feed", ok(DOCUMENT, b"X-Large: " + b"x" * 65_000))).body == DOCUMENT


def test_f27_preliminary_answers_count(origin: Any, make: Make, fails: Fails) -> None:
    """Preliminary answers without end are bounded like headers."""
    flood = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 5000
    assert fails(origin.says("/feed", flood + ok())).failure == "too_large"


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(
    ("what", "answer"),
    {
        "short of its length": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + DOCUMENT,
        "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
        "half a gzip": ok(gzip.compress(DOCUMENT, mtime=0)[:40], b"Content-Encoding: gzip"),
        "empty gzip": ok(b"", b"Content-Encoding: gzip"),
    }.items(),
)
def test_f03_cut(origin: Any, fails: Fails, what: str, answer: bytes) -> None:
    """A body that does not reach its end is an error, not a document, and not asked for again at once."""
    error = fails(origin.says("/feed", answer))
    assert (error.failure, error.requests) == ("truncated", 1), what


def test_f03_reset_in_the_middle(origin: Any, fails: Fails) -> None:
    """A connection lost in the middle of the body is an error and is not tried again."""

    def half(connection: socket.socket) -> None:
        connection.sendall(ok()[:-20])
        time.sleep(0.1)
        reset(connection)

    error = fails(origin.says("/feed", half))
    assert (error.failure, error.requests, len(origin.heads)) == ("reset", 1, 1)


@pytest.mark.parametrize(
    ("what", "answer"),
    {
        "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<a>\r\n4\r\n</a>\r\n0\r\n\r\n",
        "ended by closing": b"HTTP/1.0 200 OK\r\n\r\n<a></a>",
        "gzip": ok(gzip.compress(b"<a></a>", mtime=0), b"Content-Encoding: gzip"),
        "two members": ok(gzip.compress(b"<a>", mtime=0) + gzip.compress(b"</a>", mtime=0), b"Content-Encoding: gzip"),
        "no reason phrase": b"HTTP/1.1 200\r\nContent-Length: 7\r\n\r\n<a></a>",
        "after 100 and 103": b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 103 H\r\nLink: </x>\r\n\r\n" + ok(b"<a></a>"),
        "same length twice": ok(b"<a></a>", b"Content-Length: 7"),
    }.items(),
)
def test_f28_odd_but_legal(origin: Any, get: Get, what: str, answer: bytes) -> None:
    """Every legal framing gives the whole body."""
    assert get(origin.says("/feed", answer)).body == b"<a></a>", what


@pytest.mark.parametrize(
    ("what", "answer"),
    {
        "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "status no number": b"HTTP/1.1 twohundred OK\r\n\r\n",
        "chunk size no number": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\nhello\r\n",
        "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "negative length": b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        "unknown transfer coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "null in a header": b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n",
        "unknown coding": ok(DOCUMENT, b"Content-Encoding: x-hostile"),
    }.items(),
)
def test_f28_broken_http(origin: Any, fails: Fails, what: str, answer: bytes) -> None:
    """Broken HTTP is an error of its class, with a printable message."""
    error = fails(origin.says("/feed", answer))
    assert error.failure == "protocol", what
    assert error.text.isprintable()


# ---------------------------------------------------------------- redirects


def test_f08_five_redirects_are_followed_and_six_are_not(origin: Any, get: Get, fails: Fails) -> None:
    """The fifth redirect may still lead to a document; after the sixth answer there is no more asking."""
    for n in range(6):
        origin.says(f"/{n}", moved(b"/%d" % (n + 1)))
    origin.says("/6", ok())
    assert get(origin.url("/1")).requests == 6
    origin.heads.clear()
    error = fails(origin.url("/0"))
    assert (error.failure, error.requests, error.status) == ("redirects", 6, 302)
    assert origin.paths() == [f"/{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (moved(b"/feed"), "redirects"),
        (moved(b"#again"), "redirects"),
        (b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n", "redirects"),
        (b"HTTP/1.1 302 F\r\nContent-Length: 0\r\nLocation: /a\r\nLocation: /b\r\n\r\n", "redirects"),
        (moved(b""), "bad_url"),
        (moved(b"ftp://127.0.0.1/x"), "bad_url"),
        (moved(b"http://user:hunter2@127.0.0.1/x"), "bad_url"),
        (moved(b"/a b"), "bad_url"),
        (moved(b"http://[::1"), "bad_url"),
    ],
)
def test_f07_f08_redirects_to_nowhere(origin: Any, fails: Fails, answer: bytes, failure: str) -> None:
    """Circles, missing, doubled and forbidden targets are errors after one request, and say no password."""
    error = fails(origin.says("/feed", answer))
    assert (error.failure, error.requests) == (failure, 1)
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("location", ["/été".encode(), "/été".encode("latin-1")])
def test_redirects_in_utf8_and_latin1(origin: Any, get: Get, location: bytes) -> None:
    """A Location outside ASCII is read as UTF-8 or else as Latin-1, and asked for percent-encoded."""
    origin.says("/%C3%A9t%C3%A9", ok())
    assert get(origin.says("/feed", moved(location))).body == DOCUMENT


@pytest.mark.parametrize(
    ("codes", "end"),
    [
        ((301,), "/1"), ((308,), "/1"), ((302,), None), ((303,), None), ((307,), None), ((301, 308), "/2"),
        ((301, 302), "/1"), ((302, 301), None), ((301, 302, 301), "/1"),
    ],
)  # fmt: skip
def test_f10_permanent_prefix(origin: Any, get: Get, codes: tuple[int, ...], end: str | None) -> None:
    """The permanent address is the end of the unbroken run of 301 and 308 from the first request on."""
    for n, code in enumerate(codes):
        origin.says(f"/{n}", moved(b"/%d#top" % (n + 1), code))
    origin.says(f"/{len(codes)}", ok())
    response = get(origin.url("/0"))
    assert response.permanent_url == (end and origin.url(end))
    assert response.url == origin.url(f"/{len(codes)}")


SECRETS: dict[str, Any] = {"headers": (("X-Api-Key", "k3y"), ("Cookie", "s=1")), "etag": '"1"', "last_modified": "now"}
SECRET_NAMES = {"authorization", "cookie", "x-api-key", "if-none-match", "if-modified-since"}


def with_credentials(url: str) -> str:
    """`url` with a user name and a password."""
    return url.replace("http://", "http://aladdin:hunter2@")


def test_f09_secrets_are_sent_to_their_origin(origin: Any, get: Get) -> None:
    """Credentials, keys and validators go to the configured origin, also after a redirect within it."""
    origin.says("/feed", moved(b"/other"))
    origin.says("/other", ok())
    response = get(with_credentials(origin.url("/feed")), trusted=True, **SECRETS)
    for index in (0, 1):
        assert origin.sent(index).keys() >= SECRET_NAMES
    assert origin.sent()["authorization"] == "Basic YWxhZGRpbjpodW50ZXIy"
    assert response.url == origin.url("/other")


def test_f09_secrets_stay_at_their_origin(origin: Any, elsewhere: Any, make: Make) -> None:
    """Another host sees none of them, and neither does the first when the way leads back."""
    fetcher = make(allow_hosts=(origin.netloc, elsewhere.netloc))
    origin.says("/feed", moved(elsewhere.url("/x").encode(), 301))
    elsewhere.says("/x", moved(origin.url("/back").encode()))
    origin.says("/back", ok())
    fetcher(Request(url=with_credentials(origin.url("/feed")), trusted=True, **SECRETS))
    assert origin.sent(0).keys() >= SECRET_NAMES
    assert not SECRET_NAMES & elsewhere.sent(0).keys()
    assert not SECRET_NAMES & origin.sent(1).keys()


def test_f09_another_name_or_port_of_the_same_machine_is_another_origin(origin: Any, make: Make) -> None:
    """Origins are compared by scheme, host text and port."""
    fetcher = make(allow_hosts=(origin.netloc, f"localhost:{origin.port}"))
    origin.says("/feed", moved(origin.url("/x", host="localhost").encode()))
    origin.says("/x", ok())
    fetcher(Request(url=origin.url("/feed"), **SECRETS))
    assert not SECRET_NAMES & origin.sent(1).keys()


def test_f15_a_304_after_the_validators_were_dropped_is_unasked(
    origin: Any, elsewhere: Any, make: Make, fails: Fails
) -> None:
    """Elsewhere no validator is sent, so that a 304 from there says nothing."""
    origin.says("/feed", moved(elsewhere.says("/x", status(304)).encode()))
    error = fails(origin.url("/feed"), by=make(allow_hosts=(origin.netloc, elsewhere.netloc)), **SECRETS)
    assert (error.failure, error.status, error.requests) == ("protocol", 304, 2)


@pytest.mark.parametrize("trusted", [False, True])
def test_f07_user_information_needs_trust(origin: Any, make: Make, trusted: bool) -> None:
    """Only a configured address may carry user information."""
    origin.says("/feed", ok())
    request = Request(url=with_credentials(origin.url("/feed")), trusted=trusted)
    if trusted:
        assert make()(request).status == 200
    else:
        with pytest.raises(FetchFailed) as caught:
            make()(request)
        assert (caught.value.failure, caught.value.requests, origin.connections) == ("bad_url", 0, 0)


# ---------------------------------------------------------------- requests


def test_f22_f23_the_request_is_complete_and_no_more(origin: Any, make: Make) -> None:
    """A request is a GET of the address as configured, with these headers and no other."""
    url = origin.says("/feed?b=%2F&a=1", ok())
    make(user_agent="dermai_feed/1.2 (+https://lab.example/bot)")(Request(url=url))
    assert origin.heads[0].startswith(b"GET /feed?b=%2F&a=1 HTTP/1.1\r\n")
    sent = origin.sent()
    assert "application/rss+xml" in sent.pop("accept")
    assert sent == {
        "host": origin.netloc,
        "user-agent": "dermai_feed/1.2 (+https://lab.example/bot)",
        "accept-encoding": "gzip",
        "connection": "close",
    }


def test_accept_can_be_chosen(origin: Any, get: Get) -> None:
    """A request may ask for another kind of document."""
    get(origin.says("/api", ok()), accept="application/json")
    assert origin.sent()["accept"] == "application/json"


def test_f22_the_default_user_agent_is_honest() -> None:
    """The User-Agent has the form of F-22 even when nobody configured one."""
    assert re.fullmatch(r"dermai_feed/\S+ \(\+https?://\S+\)", FetchSettings().user_agent)


def test_f23_cookies_do_not_come_back(origin: Any, make: Make) -> None:
    """What a server sets is not sent, neither on a redirect nor next time, and no Referer either."""
    fetcher = make()
    origin.says("/feed", moved(b"/next\r\nSet-Cookie: track=1"))
    url, _ = origin.url("/feed"), origin.says("/next", ok(DOCUMENT, b"Set-Cookie: track=2"))
    for _ in range(2):
        assert "track" not in str(fetcher(Request(url=url)).headers)
    assert len(origin.heads) == 4
    for index in range(4):
        assert not {"cookie", "referer"} & origin.sent(index).keys()


def test_f24_the_environment_does_not_steer(
    origin: Any, elsewhere: Any, make: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Proxy variables, .netrc and certificate variables change nothing."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, elsewhere.url(""))
        monkeypatch.setenv(name.lower(), elsewhere.url(""))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login u password hunter2\n")
    assert make()(Request(url=origin.says("/feed", ok()))).body == DOCUMENT
    assert "authorization" not in origin.sent()
    assert elsewhere.connections == 0


def test_f25_every_request_has_its_own_connection(origin: Any, get: Get) -> None:
    """What a server adds to an answer unasked is not the answer to the next request."""
    origin.says("/smuggle", ok(DOCUMENT, b"Connection: keep-alive") + ok(b"SMUGGLED"))
    origin.says("/feed", ok())
    assert get(origin.url("/smuggle")).body == DOCUMENT
    assert get(origin.url("/feed")).body == DOCUMENT
    assert origin.connections == 2


@pytest.mark.parametrize("lose", [reset, lambda connection: None], ids=["reset", "closed"])
def test_f20_one_retry_for_a_lost_connection(origin: Any, get: Get, fails: Fails, lose: Any) -> None:
    """A connection lost before any byte is tried once more, and not twice."""
    response = get(origin.says("/once", lose, ok()))
    assert (response.body, response.requests) == (DOCUMENT, 2)
    error = fails(origin.says("/always", lose))
    assert (error.failure, error.requests) == ("reset", 2)
    assert origin.paths() == ["/once"] * 2 + ["/always"] * 2


def test_f20_one_retry_per_fetch(origin: Any, fails: Fails) -> None:
    """A retry used up before a redirect is not there after it."""
    origin.says("/feed", reset, moved(b"/next"))
    origin.says("/next", reset, ok())
    error = fails(origin.url("/feed"))
    assert (error.failure, error.requests) == ("reset", 3)


@pytest.mark.parametrize("answer", [status(500), status(429), ok()[:-1]])
def test_f20_no_retry_for_answers(origin: Any, fails: Fails, answer: bytes) -> None:
    """Whoever answered is not asked again in the same fetch."""
    assert fails(origin.says("/feed", answer, ok())).requests == 1
    assert len(origin.heads) == 1


# ---------------------------------------------------------------- isolation


@pytest.mark.parametrize("stage", ["before_connect", "after_headers", "after_body"])
@pytest.mark.parametrize("bug", ["ZeroDivisionError", "MemoryError", "RecursionError"])
def test_f29_a_bug_is_one_source_s_failure(
    origin: Any, make: Make, monkeypatch: pytest.MonkeyPatch, stage: str, bug: str
) -> None:
    """Any exception is a FetchFailed with the original as its cause; connection and turn are given back."""
    fetcher = make()
    request = Request(url=origin.says("/feed", ok()))
    monkeypatch.setenv("DERMAI_FAILPOINT", f"fetch.{stage}=raise:{bug}")
    with pytest.raises(FetchFailed) as caught:
        fetcher(request)
    assert caught.value.failure == "internal_error"
    assert type(caught.value.__cause__).__name__ == bug
    assert bug in caught.value.text
    assert caught.value.requests == (stage != "before_connect")
    monkeypatch.delenv("DERMAI_FAILPOINT")
    assert fetcher(request).status == 200


def test_f29_a_bug_in_the_resolver(make: Make, fails: Fails) -> None:
    """What goes wrong in the look-up's own thread is a FetchFailed too."""

    def resolve(*question: Any) -> Any:
        raise LookupError(question[0])

    error = fails("http://news.example/", by=make(resolve=resolve))
    assert (error.failure, error.requests) == ("internal_error", 0)
    assert "LookupError: news.example" in error.text


def test_o04_no_secret_in_messages_or_logs(
    origin: Any, make: Make, fails: Fails, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither passwords nor keys of an address are logged or told, and the libraries say nothing at all."""
    caplog.set_level(logging.DEBUG)
    fetcher = make()
    origin.says("/feed?key=k3y", status(500))
    error = fails(with_credentials(origin.url("/feed?key=k3y")), by=fetcher, trusted=True)
    told = str(error) + error.url + repr(error.__cause__) + caplog.text
    assert "hunter2" not in told
    assert "k3y" not in told
    assert not [record for record in caplog.records if record.name.startswith("http")]
    assert error.url == origin.url("/feed?…")
