"""A small server of our own that says word for word what a test tells it to, and ready-made fetchers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

import pytest

from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import Fetcher
from dermai_feed.model import FetchSettings, Request, Response

Handler = bytes | Callable[[socket.socket], None]


class Origin:
    """Answers by path on one loopback address, one connection per thread, and remembers what it was sent.

    A list of handlers answers request after request, the last one stays.
    """

    def __init__(self, address: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family)
        self.address, self.port = address, self._listener.getsockname()[1]
        self.netloc = f"{f'[{address}]' if ':' in address else address}:{self.port}"
        self.answers: dict[str, list[Handler]] = {}
        self.heads: list[bytes] = []  # of the requests, in order of arrival
        self.connections = 0
        self._hits: dict[str, int] = {}
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._open: list[socket.socket] = []
        self._threads[0].start()

    def says(self, path: str, *handlers: Handler) -> str:
        """Let `path` be answered by `handlers`; its address."""
        self.answers[path] = list(handlers)
        return self.url(path)

    def url(self, path: str, host: str | None = None) -> str:
        """The address of `path`, under another `host` name if one is given."""
        return f"http://{f'{host}:{self.port}' if host else self.netloc}{path}"

    def sent(self, index: int = -1) -> dict[str, str]:
        """The header fields of a request, lower-case names."""
        lines = self.heads[index].decode("latin-1").split("\r\n")[1:]
        return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}

    def paths(self) -> list[str]:
        """The targets of all requests, in order."""
        return [head.split(b" ")[1].decode() for head in self.heads]

    def stop(self) -> None:
        """Hang up on everybody and end."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    return
                head += piece
            self.heads.append(head.partition(b"\r\n\r\n")[0])
            path = head.split(b" ")[1].decode()
            handlers = self.answers.get(path, [b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"])
            hit = self._hits.get(path, 0)
            self._hits[path] = hit + 1
            handler = handlers[min(hit, len(handlers) - 1)]
            if isinstance(handler, bytes):
                connection.sendall(handler)
            else:
                handler(connection)


class Names:
    """Answers look-ups from a table of addresses, one list per look-up (the last stays), and counts them."""

    def __init__(self, table: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self.table = table
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, family: int, kind: int) -> list[tuple[Any, ...]]:
        before = self.asked.count(host)
        self.asked.append(host)
        if host not in self.table:
            return socket.getaddrinfo(host, port, family, kind)
        answers = self.table[host][min(before, len(self.table[host]) - 1)]
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, kind, 0, "", (address, port)) for address in answers
        ]


@pytest.fixture
def origin() -> Iterator[Origin]:
    """A server on 127.0.0.1."""
    server = Origin()
    yield server
    server.stop()


@pytest.fixture
def elsewhere(origin: Origin) -> Iterator[Origin]:
    """A server on 127.0.0.2 with the same port: the canary, unless a test allows it."""
    server = Origin("127.0.0.2", origin.port)
    yield server
    server.stop()


@pytest.fixture
def names() -> type[Names]:
    """The stand-in for the resolver."""
    return Names


@pytest.fixture
def make(origin: Origin) -> Iterator[Callable[..., Fetcher]]:
    """Builds fetchers that may reach `origin`: short limits, no gap; settings and other arguments by keyword."""
    built: list[Fetcher] = []

    def build(**arguments: Any) -> Fetcher:
        others = {name: arguments.pop(name) for name in list(arguments) if name not in FetchSettings.__slots__}
        settings: dict[str, Any] = {"deadline": 5.0, "gap": 0.0, "allow_hosts": (origin.netloc,), **arguments}
        built.append(Fetcher(FetchSettings(**settings), **others))
        return built[-1]

    yield build
    for fetcher in built:
        fetcher.close()


@pytest.fixture
def get(make: Callable[..., Fetcher]) -> Callable[..., Response]:
    """One fetch of an address with default settings; request fields by keyword."""
    fetcher = make()
    return lambda url, **fields: fetcher(Request(url=url, **fields))


@pytest.fixture
def fails(make: Callable[..., Fetcher]) -> Callable[..., FetchFailed]:
    """The failure of one fetch; `by` is the fetcher, request fields by keyword."""

    def fail(url: str, *, by: Fetcher | None = None, **fields: Any) -> FetchFailed:
        with pytest.raises(FetchFailed) as caught:
            (by or make())(Request(url=url, **fields))
        return caught.value

    return fail
