"""Look-ups, address checks and dialling (F-05), on loopback."""

from __future__ import annotations

import logging
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import Fetcher
from dermai_feed.model import Request

Fails = Callable[..., FetchFailed]
Make = Callable[..., Fetcher]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextmanager
def crowded(address: str, port: int) -> Iterator[int]:
    """A place whose queue is full, so that further attempts to connect hang; its port."""
    with ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        full.bind((address, port))
        full.listen(0)
        for _ in range(4):
            guest = stack.enter_context(socket.socket())
            guest.setblocking(False)
            guest.connect_ex(full.getsockname())
        yield full.getsockname()[1]


@pytest.mark.parametrize(
    "addresses",
    [["127.0.0.2"], ["::1"], ["::ffff:127.0.0.2"], ["64:ff9b::7f00:2"], ["10.0.0.1"], ["169.254.169.254"],
     ["93.184.216.34", "127.0.0.2"], ["2606:4700::1111", "::1"]],
)  # fmt: skip
def test_f05_one_private_answer_is_enough(
    origin: Any, elsewhere: Any, names: Any, make: Make, fails: Fails, addresses: list[str]
) -> None:
    """A name that means anything but public addresses is refused after one look-up, and nobody is dialled."""
    resolve = names({"news.test": [addresses]})
    error = fails(elsewhere.url("/feed", host="news.test"), by=make(resolve=resolve))
    assert (error.failure, error.requests) == ("blocked_address", 0)
    assert "news.test" in error.text
    assert resolve.asked == ["news.test"]
    assert elsewhere.connections == 0


def test_f05_the_checked_address_is_dialled(origin: Any, elsewhere: Any, names: Any, make: Make) -> None:
    """A name is looked up once per connection, so that a second meaning is never seen; Host stays the name."""
    resolve = names({"news.test": [["127.0.0.2"], ["127.0.0.1"]]})
    fetcher = make(resolve=resolve, allow_hosts=(f"news.test:{elsewhere.port}",))
    elsewhere.says("/feed", OK)
    assert fetcher(Request(url=elsewhere.url("/feed", host="news.test"))).body == b"ok"
    assert resolve.asked == ["news.test"]
    assert elsewhere.sent()["host"] == f"news.test:{elsewhere.port}"
    assert origin.connections == 0


@pytest.mark.parametrize(
    "spelling",
    ["localhost", "127.0.0.2", "127.1", "2130706433", "0x7f000001", "0.0.0.0", "[::ffff:127.0.0.1]", "127。0。0。1"],
)
def test_h2_only_the_exact_spelling_is_allowed(origin: Any, make: Make, fails: Fails, spelling: str) -> None:
    """Other spellings of an allowed machine stay forbidden, and so do other ports."""
    fetcher = make()
    url = origin.says("/feed", OK)
    assert fails(origin.url("/feed", host=spelling), by=fetcher).failure == "blocked_address"
    assert fails(f"http://127.0.0.1:{origin.port + 1}/feed", by=fetcher).failure == "blocked_address"
    assert origin.connections == 0
    assert fetcher(Request(url=url)).status == 200  # the positive twin


def test_f05_a_redirect_is_checked_like_a_first_request(origin: Any, elsewhere: Any, make: Make, fails: Fails) -> None:
    """A public feed cannot send us to a private machine."""
    secret = elsewhere.says("/secret", OK)
    location = b"Location: " + secret.encode()
    url = origin.says("/feed", b"HTTP/1.1 302 F\r\nContent-Length: 0\r\n" + location + b"\r\n\r\n")
    error = fails(url)
    assert (error.failure, error.requests) == ("blocked_address", 1)
    assert elsewhere.connections == 0
    assert make(allow_hosts=(origin.netloc, elsewhere.netloc))(Request(url=url)).body == b"ok"  # the positive twin


@pytest.mark.parametrize(
    "answer", [socket.gaierror(socket.EAI_NONAME, "Name or service not known"), UnicodeError("label too long"), []]
)
def test_names_that_do_not_resolve(make: Make, fails: Fails, answer: Any) -> None:
    """A name without an address is a failure of its own class, with nothing sent."""

    def resolve(*_: Any) -> Any:
        if isinstance(answer, Exception):
            raise answer
        return answer

    error = fails("http://news.test/feed", by=make(resolve=resolve))
    assert (error.failure, error.requests) == ("dns", 0)


def test_f01_a_resolver_that_hangs_is_left_alone(make: Make, fails: Fails) -> None:
    """X-16: the deadline covers the look-up, which nothing can interrupt."""
    release = threading.Event()

    def resolve(*_: Any) -> Any:
        release.wait(10)
        return []

    began = time.monotonic()
    error = fails("http://news.test/feed", by=make(resolve=resolve, deadline=0.3))
    release.set()
    assert error.failure == "timeout"
    assert time.monotonic() - began < 4


def test_the_next_address_is_tried(origin: Any, names: Any, make: Make) -> None:
    """When the first address of a name takes no connection, the next one is dialled."""
    resolve = names({"news.test": [["127.0.0.3", "::1", "127.0.0.1"]]})
    origin.says("/feed", OK)
    fetcher = make(resolve=resolve, allow_hosts=(f"news.test:{origin.port}",))
    assert fetcher(Request(url=origin.url("/feed", host="news.test"))).requests == 1


def test_addresses_share_the_time_to_connect(origin: Any, names: Any, make: Make) -> None:
    """A first address that never answers leaves time for the next within the limit for connecting."""
    resolve = names({"news.test": [["127.0.0.3", "127.0.0.1"]]})
    origin.says("/feed", OK)
    fetcher = make(resolve=resolve, connect=0.8, allow_hosts=(f"news.test:{origin.port}",))
    with crowded("127.0.0.3", origin.port):
        began = time.monotonic()
        assert fetcher(Request(url=origin.url("/feed", host="news.test"))).body == b"ok"
    assert 0.4 <= time.monotonic() - began < 4


def test_f21_two_names_of_one_machine_are_one_host(origin: Any, names: Any, make: Make) -> None:
    """The gap holds between requests to one address, whatever name it was asked for by."""
    resolve = names({"a.test": [["127.0.0.1"]], "b.test": [["127.0.0.1"]]})
    fetcher = make(resolve=resolve, gap=0.3, allow_hosts=(f"a.test:{origin.port}", f"b.test:{origin.port}"))
    origin.says("/feed", OK)
    began = time.monotonic()
    for name in ("a.test", "b.test"):
        fetcher(Request(url=origin.url("/feed", host=name)))
    assert time.monotonic() - began >= 0.3


def test_nobody_listens(origin: Any, make: Make, fails: Fails) -> None:
    """A closed port is `refused`, at once and without a second try."""
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    error = fails(f"http://127.0.0.1:{port}/", by=make(allow_hosts=(f"127.0.0.1:{port}",)))
    assert (error.failure, error.requests) == ("refused", 0)
    assert "Connection refused" in error.text


@pytest.mark.parametrize(("connect", "deadline"), [(0.3, 5.0), (5.0, 0.3)])
def test_f01_connecting_takes_no_longer_than_allowed(make: Make, fails: Fails, connect: float, deadline: float) -> None:
    """A machine that does not take the connection costs the connect limit, or the deadline if that is shorter."""
    with crowded("127.0.0.1", 0) as port:
        fetcher = make(connect=connect, deadline=deadline, allow_hosts=(f"127.0.0.1:{port}",))
        began = time.monotonic()
        error = fails(f"http://127.0.0.1:{port}/", by=fetcher)
        assert (error.failure, error.requests) == ("timeout", 0)
        assert 0.3 <= time.monotonic() - began < 4


def test_f24_by_configured_proxy(
    origin: Any, names: Any, make: Make, fails: Fails, caplog: pytest.LogCaptureFixture
) -> None:
    """A configured proxy is asked for public targets only, with its own credentials, and the log says so."""
    caplog.set_level(logging.INFO)
    resolve = names({"news.test": [["93.184.216.34"]], "inner.test": [["10.0.0.1"]]})
    fetcher = make(resolve=resolve, proxy=f"http://u:p@127.0.0.1:{origin.port}", allow_hosts=())
    origin.says("http://news.test/feed", OK)
    assert fetcher(Request(url="http://news.test/feed", etag='"1"')).body == b"ok"
    assert origin.heads[0].startswith(b"GET http://news.test/feed HTTP/1.1\r\n")
    assert origin.sent()["proxy-authorization"] == "Basic dTpw"
    assert origin.sent()["host"] == "news.test"
    assert "by proxy host=news.test" in caplog.text
    assert fails("http://inner.test/feed", by=fetcher).failure == "blocked_address"
    assert origin.connections == 1


def test_f24_tunnel_through_a_proxy(origin: Any, names: Any, make: Make, fails: Fails) -> None:
    """https goes through the proxy as a tunnel; a proxy that refuses it is an error before TLS."""
    resolve = names({"news.test": [["93.184.216.34"]]})
    fetcher = make(resolve=resolve, proxy=f"http://127.0.0.1:{origin.port}", allow_hosts=())
    origin.says("news.test:443", b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    assert fails("https://news.test/feed?key=k3y", by=fetcher).failure == "refused"
    assert origin.heads[0].startswith(b"CONNECT news.test:443 HTTP/1.1\r\n")
    assert b"k3y" not in origin.heads[0]


@pytest.mark.parametrize(
    "proxy", ["https://proxy.example:3128", "socks5://proxy.example", "proxy.example:3128", "x", "http://[::1"]
)
def test_only_http_proxies(make: Make, proxy: str) -> None:
    """Any other proxy is refused when the fetcher is made."""
    with pytest.raises(ValueError, match=r"proxy|Proxy"):
        make(proxy=proxy)


def test_a_peer_that_hangs_up_while_we_ask(make: Make, fails: Fails) -> None:
    """A connection that is reset while the request is still being sent was lost before any answer."""
    with socket.create_server(("127.0.0.1", 0)) as rude:
        port = rude.getsockname()[1]

        def hang_up() -> None:
            for _ in range(2):
                connection, _address = rude.accept()
                connection.recv(1)
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

        thread = threading.Thread(target=hang_up, daemon=True)
        thread.start()
        large = tuple((f"X-{n}", "x" * 60_000) for n in range(200))
        error = fails(f"http://127.0.0.1:{port}/", by=make(allow_hosts=(f"127.0.0.1:{port}",)), headers=large)
        thread.join(5)
    assert (error.failure, error.requests) == ("reset", 2)


def test_a_peer_that_does_not_read(make: Make, fails: Fails) -> None:
    """A request that nobody takes off the wire ends with the idle limit."""
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        port = deaf.getsockname()[1]
        fetcher = make(allow_hosts=(f"127.0.0.1:{port}",), idle=0.3)
        large = tuple((f"X-{n}", "x" * 60_000) for n in range(200))
        error = fails(f"http://127.0.0.1:{port}/", by=fetcher, headers=large)
    assert (error.failure, error.requests) == ("timeout", 1)
