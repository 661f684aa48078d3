"""The invented sources on loopback: each request is answered as of the simulated time.

`answer` decides and is pure; `serving` is the socket around it. Only loopback is listened on.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .render import render
from .script import Feed

Now = Callable[[], datetime]

_HTML = "text/html; charset=utf-8"
_LOGIN = (
    "<!doctype html><html lang=en><title>Sign in</title><h1>Please sign in</h1>"
    "<form method=post action=/login><label>User <input name=user></label>"
    "<label>Password <input name=password type=password></label><button>Sign in</button></form></html>"
)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and body of one answer."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def feed_path(feed: Feed) -> str:
    """Where a source is asked."""
    return f"/{feed.id}/feed"


def _new_path(feed: Feed) -> str:
    return f"/{feed.id}/news.xml"


def answer(feeds: Sequence[Feed], now: datetime, path: str, etag: str | None = None) -> Answer:
    """What the server says at `now` to a request for `path` that brings the validator `etag`."""
    for feed in feeds:
        if path == _new_path(feed):
            return _shown(feed, now, etag)
        if path == feed_path(feed):
            trouble = feed.wrong_at(now)
            return _troubled(trouble.does, feed) if trouble else _shown(feed, now, etag)
    return Answer(404, {"Content-Type": _HTML}, b"<title>Not found</title>")


def _troubled(does: str, feed: Feed) -> Answer:
    match does:
        case "gone":
            return Answer(410, {"Content-Type": _HTML}, b"<title>Gone</title><p>This feed was closed.")
        case "moved":
            return Answer(301, {"Location": _new_path(feed)})
        case "forbidden":
            return Answer(403, {"Content-Type": _HTML}, b"<title>Forbidden</title><p>No robots, please.")
        case "login":
            return Answer(200, {"Content-Type": _HTML}, _LOGIN.encode())
        case _:
            return Answer(503, {"Content-Type": _HTML}, b"<title>Service unavailable</title>")


def _shown(feed: Feed, now: datetime, etag: str | None) -> Answer:
    content_type, body = render(feed, now)
    tag = f'"{hashlib.sha256(body).hexdigest()[:20]}"'
    if etag == tag:
        return Answer(304, {"ETag": tag})
    return Answer(200, {"Content-Type": content_type, "ETag": tag}, body)


@contextmanager
def serving(feeds: Sequence[Feed], now: Now) -> Iterator[tuple[str, int]]:
    """A server on a free port of loopback for as long as the context lasts; host and port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = answer(feeds, now(), self.path, self.headers.get("If-None-Match"))
            self.send_response(found.status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            if found.status != 304:
                self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it
            """Say nothing: the run report tells what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield str(server.server_address[0]), server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
