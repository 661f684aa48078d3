"""One request and its answer, on one connection of its own (F-25).

httpx's transport speaks HTTP/1.1; the client above it is not used, since all that it would
add is what must not happen here: cookies, proxies and passwords from the environment, default
headers, a pool, and a log line with the whole address (M-08 to M-11).
"""

from __future__ import annotations

import ssl
import zlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

import httpcore
import httpx

from ..failpoint import hit
from ..model import FetchSettings
from . import complaint, failures, headers
from .connect import Gate, Line, Resolve
from .deadline import Deadline
from .failures import Refusal
from .inflate import body_for
from .pace import Pace
from .urls import Target


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What the server said; `body` is read for a 200 only, of a refusal its first bytes for their words."""

    status: int
    fields: headers.Raw
    body: bytes = b""
    complaint: bytes = b""


@dataclass(kw_only=True, slots=True)
class Journey:
    """The state of one fetch on its way: where it is, how long it may take, what it has cost."""

    target: Target
    deadline: Deadline
    gap: float = 0.0  # seconds, see model.Request
    enough: int = 0  # bytes, see model.Request
    requests: int = 0
    retried: bool = False


class Exchange:
    """Asks one target once. Holds what all fetches share and nothing of any one of them.

    `tls` verifies servers (F-26); None takes the certificate authorities that httpx ships.
    """

    def __init__(self, settings: FetchSettings, *, pace: Pace, resolve: Resolve, tls: ssl.SSLContext | None) -> None:
        self._settings = settings
        self._pace = pace
        self._resolve = resolve
        self._tls = tls or _public_authorities()
        self._proxy = None if settings.proxy is None else _proxy(settings.proxy)
        self._allowed = frozenset(settings.allow_hosts)

    def ask(self, journey: Journey, fields: headers.Raw) -> Answer:
        """The answer of `journey.target` to a GET with the header `fields`.

        Counts the request in `journey` once something of it was sent.

        Raises: Refusal; `failures.Dropped` when it may be tried once more (F-20).
        """
        gate = Gate(
            journey.target,
            deadline=journey.deadline,
            pace=self._pace,
            resolve=self._resolve,
            allowed=self._allowed,
            by_proxy=self._proxy is not None,
            allowance=self._settings.max_header,  # until the header block is over (F-27)
            gap=journey.gap,
        )
        try:
            with _Transport(gate, self._tls, self._proxy) as transport:
                return self._converse(transport, gate, journey, fields)
        except failures.LIBRARY_ERRORS as error:
            line = gate.line
            raise failures.translate(
                error, received=line.received if line else 0, ended=line is not None and line.ended
            ) from error
        finally:
            gate.hang_up()
            journey.requests += gate.line is not None and gate.line.asked

    def _converse(self, transport: httpx.BaseTransport, gate: Gate, journey: Journey, fields: headers.Raw) -> Answer:
        settings = self._settings
        timeouts = httpx.Timeout(settings.idle, connect=settings.connect)
        request = httpx.Request("GET", journey.target.url, headers=fields, extensions={"timeout": timeouts.as_dict()})
        response = transport.handle_request(request)
        try:
            hit("fetch.after_headers")
            assert gate.line is not None
            # What the header block left over pays for chunk sizes and the like.
            gate.line.allowance = settings.max_header + settings.max_wire
            raw = tuple(response.headers.raw)
            status = response.status_code
            body = self._body(response, raw, journey.enough) if status == 200 else b""
            said = self._complaint(response, raw, gate.line, journey.deadline) if 400 <= status <= 599 else b""
            hit("fetch.after_body")
            return Answer(status=status, fields=raw, body=body, complaint=said)
        finally:
            response.close()

    def _body(self, response: httpx.Response, raw: headers.Raw, enough: int) -> bytes:
        limit = self._settings.max_wire
        for announced in () if enough else headers.values(raw, "content-length"):
            if int(announced) > limit:  # the library accepts digits only
                raise Refusal("too_large", f"{int(announced)} bytes are announced, {limit} are allowed")
        codings = (value.decode("latin-1") for value in headers.values(raw, "content-encoding"))
        body = body_for(codings, self._settings.max_body)
        # Without a chunk size: asked for one, the library holds bytes back until it is full (M-02).
        for piece in response.iter_raw():
            body.feed(piece)
            if enough and len(body.so_far) >= enough:
                return bytes(body.so_far[:enough])
        return body.end()

    def _complaint(self, response: httpx.Response, raw: headers.Raw, line: Line, deadline: Deadline) -> bytes:
        """The first bytes of a refusal's body, as far as they come quickly and whole or not."""
        line.patience = complaint.MAX_SECONDS
        until = deadline.spent() + complaint.MAX_SECONDS
        gzipped = any(b"gzip" in coding.lower() for coding in headers.values(raw, "content-encoding"))
        expand = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress if gzipped else None
        said = b""
        with suppress(Refusal, zlib.error, *failures.LIBRARY_ERRORS):
            for piece in response.iter_raw():
                said += expand(piece, complaint.MAX_BYTES) if expand else piece
                if len(said) >= complaint.MAX_BYTES or deadline.spent() >= until:
                    break
        return said[: complaint.MAX_BYTES]


class _Transport(httpx.HTTPTransport):
    """httpx's transport whose connections come from `gate`: no public option sets the backend.

    `_pool` is therefore replaced; pyproject.toml pins httpx below 1, and every test of the
    address check (F-05) fails if this stops working.
    """

    def __init__(self, gate: Gate, tls: ssl.SSLContext, proxy: httpx.Proxy | None) -> None:
        super().__init__(verify=tls, trust_env=False)
        if proxy is None:
            self._pool = httpcore.ConnectionPool(ssl_context=tls, max_keepalive_connections=0, network_backend=gate)
        else:
            self._pool = httpcore.HTTPProxy(
                str(proxy.url),
                proxy_auth=proxy.raw_auth,
                ssl_context=tls,
                max_keepalive_connections=0,
                network_backend=gate,
            )


def _proxy(address: str) -> httpx.Proxy:
    """The configured proxy. Raises: ValueError when it is not an http proxy."""
    try:
        proxy = httpx.Proxy(address)
    except httpx.InvalidURL as error:
        raise ValueError(f"fetch.proxy: {error}") from error
    if proxy.url.scheme != "http":
        raise ValueError("fetch.proxy: only http://host:port is supported (it carries https too, through CONNECT)")
    return proxy


@cache
def _public_authorities() -> ssl.SSLContext:
    """Mozilla's certificate authorities, whatever SSL_CERT_FILE says (F-24); costs 20 ms, so once."""
    return httpx.create_ssl_context(trust_env=False)
