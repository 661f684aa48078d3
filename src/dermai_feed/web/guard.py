"""The outermost layer: what holds for every answer, errors too (U-02, U-04, U-07, U-08)."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from collections.abc import Collection, Mapping
from urllib.parse import unquote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger("dermai_feed.web")

BODY, FIELDS = 1_000_000, 100  # bytes of a form, and its fields (U-07)
HEAD = 16 * 1024  # bytes of a request's headers
PATIENCE = 30.0  # seconds until a form has come in
AT_ONCE = 20  # requests in work; more wait

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def hosts(port: int, names: Collection[str] = ()) -> frozenset[str]:
    """The Host headers that are answered: ours, exactly, and `names` as they were configured (U-02)."""
    own = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    if port == 80:
        own |= {"localhost", "127.0.0.1", "[::1]"}
    return frozenset(own | set(names))


def local(target: str) -> str:
    """`target` where it is a path of this server, else "/" (U-06).

    `/\\evil`, `//evil` and `/%09/evil` lead elsewhere in one browser or another; what decoding
    would make of a target counts as well.
    """
    forms = [target]
    while len(forms) < 4 and (plainer := unquote(forms[-1])) != forms[-1]:
        forms.append(plainer)
    fine = all(re.match(r"/(?!/)", form) and "\\" not in form and form.isprintable() for form in forms)
    return target if fine and target.isascii() else "/"


class Guard:
    """Everything that comes from outside goes through here first."""

    def __init__(self, app: ASGIApp, allowed: Collection[str]) -> None:
        self._app = app
        self._allowed = frozenset(allowed)
        self._room = asyncio.Semaphore(AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing here speaks over a web socket
            await send({"type": "websocket.close", "code": 1008})
            return
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
            await send(message)

        if (refused := self._refused(scope)) is not None:
            await refused(scope, receive, answer)
            return
        try:
            body = await asyncio.wait_for(_body(receive), PATIENCE)
        except TimeoutError:
            await Response("too slow\n", 408)(scope, receive, answer)
            return
        if body is None:
            await Response("too large\n", 413)(scope, receive, answer)
            return
        try:
            async with self._room:
                await self._app(scope, _again(body, receive), answer)
        except Exception:
            if not started:  # else it is answered and logged: Starlette raises it once more for servers that log
                text = f"Something went wrong; the log has it as {told()}.\n"
                await Response(text, 500)(scope, receive, answer)

    def _refused(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        if headers.getlist("host") != [host for host in headers.getlist("host")[:1] if host in self._allowed]:
            return Response(status_code=421)
        if not headers.getlist("host") or not scope["path"].startswith("/"):
            return Response(status_code=421)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > HEAD:
            return Response("too large\n", 431)
        length = headers.get("content-length", "0")
        return None if length.isdigit() and int(length) <= BODY else Response("too large\n", 413)


def told() -> str:
    """Log the exception in hand; the id that a visitor is told (U-08)."""
    id_ = secrets.token_hex(4)
    log.exception("review failed", extra={"fields": {"id": id_}})
    return id_


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is too long."""
    chunks, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b""
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > BODY:
            return None
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _again(body: bytes, receive: Receive) -> Receive:
    """What was read already, handed on once; afterwards only the end of the connection comes."""
    waiting = [body]

    async def next_message() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return next_message
