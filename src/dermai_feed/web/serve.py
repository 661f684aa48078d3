"""The server: where it listens, and how long it waits for a slow visitor (U-01, U-07)."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import time
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .. import app
from ..errors import UsageError
from ..model import Request, Response
from ..pipeline.parts import Parts
from .guard import HEAD, HEADERS, PATIENCE, hosts
from .pages import Site
from .sessions import Sessions, is_hash

PASSWORD = "DERMAI_REVIEW_PASSWORD_HASH"  # noqa: S105  the variable's name
CONNECTIONS = 200  # sockets held open at once; those that say nothing cost a socket each and no more


def check(listen: str, password: str) -> None:
    """Raises: UsageError for an address that others reach while no password is asked for (U-01)."""
    if password and not is_hash(password):
        raise UsageError(f"{PASSWORD}: is no hash; `dermai-feed review --hash-password` makes one")
    try:
        loopback = ipaddress.ip_address(listen).is_loopback
    except ValueError:
        raise UsageError(f"--listen {listen}: is no IP address; write one such as 192.168.1.5") from None
    if not loopback and not password:
        raise UsageError(
            f"--listen {listen}: others reach this address, and no password is configured; "
            f"`dermai-feed review --hash-password` makes a hash, set {PASSWORD} to it"
        )


def bound(listen: str, port: int) -> socket.socket:
    """A socket at this address. Raises: UsageError when the place is taken."""
    family = socket.AF_INET6 if ":" in listen else socket.AF_INET
    place = socket.socket(family, socket.SOCK_STREAM)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind((listen, port))
        place.listen()  # a browser that comes before the server is up waits, and is answered
    except OSError as error:
        place.close()
        raise UsageError(f"{listen}:{port}: {error.strerror}; choose another with --port") from None
    return place


def without_network(_request: Request) -> Response:
    """In place of the way out: the page fetches nothing for a visitor (U-12)."""
    raise RuntimeError("the review page fetches nothing")


def server(
    parts: Parts, place: socket.socket, *, who: str, names: Collection[str] = (), password: str = "",
) -> uvicorn.Server:  # fmt: skip
    """The server for `place`, not yet running; `names`: further Host headers that are answered."""
    port = place.getsockname()[1]
    site = Site(replace(parts, fetch=without_network), Sessions(password, time.monotonic), who, app.now)
    settings = uvicorn.Config(
        site.app(hosts(port, names)), http=Patient, ws="none", lifespan="off", log_config=None, access_log=False,
        server_header=False, date_header=False, proxy_headers=False, h11_max_incomplete_event_size=HEAD,
        timeout_keep_alive=5, timeout_graceful_shutdown=5,
    )  # fmt: skip
    return uvicorn.Server(settings)


class Patient(H11Protocol):
    """Closes a connection that brings no whole request head within the time limit, be it its first or a later one."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            transport.close()
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if self._late is not None:
            self._late.cancel()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait()

    def send_400_response(self, msg: str) -> None:
        """The answer to what is no HTTP: it never reaches the guard, and carries the same headers (U-04)."""
        told = [*HEADERS.items(), ("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")]
        head = h11.Response(status_code=400, headers=told, reason=b"Bad Request")
        for event in (head, h11.Data(data=msg.encode("ascii", "replace")), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    def _wait(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = asyncio.get_running_loop().call_later(PATIENCE, self._give_up)

    def _give_up(self) -> None:
        cycle: Any = self.cycle  # None until a request has come in whole
        if cycle is None or cycle.response_complete:
            self.transport.close()


def password_of(environ: Any = os.environ) -> str:
    """The configured password's hash; empty for none."""
    return str(environ.get(PASSWORD, "")).strip()
