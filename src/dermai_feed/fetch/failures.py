"""Every way in which a fetch fails, and the one place where foreign exceptions are translated.

Inside this package a failure is a `Refusal`: a class and a few words. `client` makes the
`errors.FetchFailed` of it, because only there is known what was asked for and how often.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping

import httpcore
import httpx

from ..errors import FailureClass


class Refusal(Exception):
    """The fetch ends here: `failure` says how, `what` says why, without naming the address."""

    def __init__(
        self, failure: FailureClass, what: str, *, status: int | None = None, retry_after: float | None = None,
        location: str = "",
    ) -> None:  # fmt: skip
        super().__init__(what)
        self.failure = failure
        self.what = what
        self.status = status
        self.retry_after = retry_after
        self.location = location


class Dropped(Refusal):
    """The connection ended before any byte of the answer: worth one more try (F-20)."""


# What whoever reads the message can do about it.
ADVICE: Mapping[FailureClass, str] = {
    "dns": "check the host name; if every source says this, the machine is offline",
    "refused": "check host and port; it is asked again later",
    "tls_error": "open it in a browser: the certificate, or this machine's clock, is wrong",
    "timeout": "it is asked again later",
    "reset": "it is asked again later",
    "protocol": "the server speaks broken HTTP: tell its owner",
    "blocked_address": "list its host:port under fetch.allow_hosts if this is meant",
    "bad_url": "look where the address leads, and correct it",
    "too_large": "raise the limit under fetch if a document of this size is meant",
    "bad_coding": "the server compresses in a way that it was not asked for: tell its owner",
    "truncated": "it is asked again later",
    "redirects": "set the address where the document really is",
    "http_4xx": "open it in a browser: it may need a key, or not want to be read by programs",
    "not_found": "look for the new address on the publisher's site",
    "gone": "the publisher took it away: remove or replace the source",
    "rate_limited": "lengthen the interval of this source",
    "http_5xx": "it is asked again later",
    "http_other": "open it in a browser",
    "challenge": "the site wants a human: ask the publisher for access, or remove the source",
    "internal_error": "report this with the log",
}

# By name, since httpcore's exceptions carry the names of the httpx exceptions they become.
_FAILURE_OF_NAME: Mapping[str, FailureClass] = {
    "TimeoutException": "timeout",
    "ConnectTimeout": "timeout",
    "ReadTimeout": "timeout",
    "WriteTimeout": "timeout",
    "PoolTimeout": "timeout",
    "NetworkError": "reset",
    "ConnectError": "refused",
    "ReadError": "reset",
    "WriteError": "reset",
    "CloseError": "reset",
    "ProxyError": "refused",
    "UnsupportedProtocol": "bad_url",
    "InvalidURL": "bad_url",
    "ProtocolError": "protocol",
    "LocalProtocolError": "protocol",
    "RemoteProtocolError": "protocol",
    "DecodingError": "bad_coding",
    "TooManyRedirects": "redirects",
    "HTTPStatusError": "http_other",
    # The rest are mistakes of the caller, that is: of ours.
    "HTTPError": "internal_error",
    "RequestError": "internal_error",
    "TransportError": "internal_error",
    "StreamError": "internal_error",
    "StreamConsumed": "internal_error",
    "StreamClosed": "internal_error",
    "ResponseNotRead": "internal_error",
    "RequestNotRead": "internal_error",
    "CookieConflict": "internal_error",
    "ConnectionNotAvailable": "internal_error",
}

FAILURE_OF: Mapping[type[Exception], FailureClass] = {
    getattr(library, name): failure
    for name, failure in _FAILURE_OF_NAME.items()
    for library in (httpx, httpcore)
    if hasattr(library, name)
}
"""Every exception class of httpx and httpcore, and the failure that it is."""

LIBRARY_ERRORS = tuple(FAILURE_OF)

# What the system said tells more than the library's exception around it.
_FAILURE_OF_REASON: tuple[tuple[type[Exception], FailureClass], ...] = (
    (socket.gaierror, "dns"),
    (UnicodeError, "dns"),  # a name that IDNA cannot carry
    (ssl.SSLError, "tls_error"),
    (TimeoutError, "timeout"),  # the system gave up before we did
    (ConnectionResetError, "reset"),
    (ConnectionAbortedError, "reset"),
    (BrokenPipeError, "reset"),
)

_OUTSIDE_TEXT = 120  # characters of a message that may quote the server (O-04: 300 a line)


def translate(error: Exception, *, received: int, ended: bool) -> Refusal:
    """The failure behind `error`, one of `LIBRARY_ERRORS`.

    `received` counts the bytes that came over the connection, `ended` says that the peer
    closed it: both tell a connection that was cut from one that spoke nonsense, which the
    libraries report alike. The error of the system below is the first argument of the
    httpcore exception, not its cause: httpcore's pool drops causes on the way.
    """
    failure: FailureClass = next(
        (FAILURE_OF[kind] for kind in type(error).__mro__ if kind in FAILURE_OF), "internal_error"
    )
    what = plain(str(error)) or type(error).__name__
    below = error.__cause__ if isinstance(error.__cause__, Exception) else error
    for kind, meaning in _FAILURE_OF_REASON:
        if below.args and isinstance(below.args[0], kind):
            failure = meaning
    if ended and failure not in ("timeout", "refused"):
        failure = "truncated" if received else "reset"
    if failure == "reset" and not received:
        return Dropped(failure, f"the connection ended before any answer ({what})")
    return Refusal(failure, what)


def plain(text: str, limit: int = _OUTSIDE_TEXT) -> str:
    """`text` from outside, fit for one line of a log: printable, at most `limit` characters (O-04)."""
    cut = text[:limit]
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut) + (
        "…" if len(text) > limit else ""
    )
