"""/metrics and /healthz: a page that the daemon's thread writes and others read."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

METRICS = "text/plain; version=0.0.4; charset=utf-8"


class Page:
    """What is served: the metrics as of the last look, and whether the daemon is well.

    The store is not asked by whoever reads: the daemon's thread puts the text here.
    """

    def __init__(self, well: Callable[[], str]) -> None:
        self.metrics = ""
        self._well = well

    def healthz(self) -> tuple[int, str]:
        """200 while all is well, 503 with the reason."""
        trouble = self._well()
        return (503, trouble + "\n") if trouble else (200, "ok\n")


@contextmanager
def serving(listen: str, page: Page) -> Iterator[int]:
    """Serve `page` at `listen` (HOST:PORT); the port. Raises: OSError when the place is taken."""
    host, _, port = listen.rpartition(":")

    class Handler(BaseHTTPRequestHandler):
        timeout = 10  # of one reader; others are served by threads of their own

        def do_GET(self) -> None:
            if self.path == "/metrics":
                self._answer(200, METRICS, page.metrics)
            elif self.path == "/healthz":
                status, text = page.healthz()
                self._answer(status, "text/plain; charset=utf-8", text)
            else:
                self._answer(404, "text/plain; charset=utf-8", "/metrics and /healthz are here\n")

        def _answer(self, status: int, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Content-Type-Options", "nosniff")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Readers come every few seconds; that is no news."""

    server = ThreadingHTTPServer((host.strip("[]"), int(port)), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, name="endpoint", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def write_textfile(path: Path, text: str) -> None:
    """Replace `path` by `text` in one step, as node_exporter's textfile collector asks for."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)  # another user reads it
        fresh.replace(path)
    finally:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
