"""The fetch: from a `Request` to a `Response`, or to one `FetchFailed` that says why not.

address -> may it be asked? -> ask -> redirected? -> again, without the secrets of elsewhere
                                   -> 200, or a 304 that was asked for -> Response
                                   -> anything else -> FetchFailed
"""

from __future__ import annotations

import logging
import socket
import ssl
import threading
import time
from base64 import b64decode
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import unquote_plus, urlsplit

from ..errors import FailureClass, FetchFailed
from ..model import FetchSettings, Request, Response
from . import complaint, headers, retry_after, urls
from .connect import Resolve
from .deadline import Deadline
from .exchange import Answer, Exchange, Journey
from .failures import ADVICE, Dropped, Refusal, plain
from .pace import Pace

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PERMANENT = frozenset({301, 308})
_FAILURE_OF_STATUS: dict[int, FailureClass] = {404: "not_found", 410: "gone", 429: "rate_limited"}


def _never() -> bool:
    return False


class Fetcher:
    """The only way out: a `model.Fetch` for many threads at once.

    `resolve` looks names up, `monotonic` (seconds) and `wait` are the clock of limits and
    pacing, `cancelled` is asked at least every 0.5 s and ends what is under way (R-08), `tls`
    verifies servers instead of the public certificate authorities.

    Raises: ValueError when `settings.proxy` is not an http proxy.
    """

    def __init__(
        self,
        settings: FetchSettings,
        *,
        resolve: Resolve = socket.getaddrinfo,
        monotonic: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        cancelled: Callable[[], bool] = _never,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        for library in ("httpx", "httpcore"):
            # They log whole addresses, with passwords and keys (M-11, O-04).
            logging.getLogger(library).setLevel(logging.CRITICAL + 1)
        self._settings = settings
        self._monotonic = monotonic
        self._cancelled = cancelled
        self._closed = threading.Event()
        pace = Pace(gap=settings.gap, per_host=settings.per_host, total=settings.total, monotonic=monotonic, wait=wait)
        self._exchange = Exchange(settings, pace=pace, resolve=resolve, tls=tls)

    def __call__(self, request: Request) -> Response:
        """The document, or that it has not changed.

        Raises: FetchFailed, and nothing else: a bug in here is one source's `internal_error`
        with the bug as its cause (F-29). Its `url` and text carry neither password nor query.
        """
        deadline = Deadline(self._settings.deadline, monotonic=self._monotonic, cancelled=self._is_cancelled)
        journey: Journey | None = None
        try:
            target = urls.parse(request.url, trusted=request.trusted)
            journey = Journey(target=target, deadline=deadline, gap=request.gap, enough=request.enough)
            return self._fetch(request, journey)
        except Exception as error:
            place = urls.shown(journey.target.url if journey else request.url)
            raise _failed(error, place, journey.requests if journey else 0) from error

    def close(self) -> None:
        """End what is under way, as `cancelled` does, and refuse what comes later."""
        self._closed.set()

    def _is_cancelled(self) -> bool:
        return self._closed.is_set() or self._cancelled()

    def _fetch(self, request: Request, journey: Journey) -> Response:
        public, private = headers.public(self._settings, request), headers.private(request, journey.target)
        home = journey.target.origin
        seen = {journey.target.url}
        permanent: str | None = None
        moved_for_good = True
        for _ in range(self._settings.max_redirects + 1):
            fields = public + private
            answer = self._ask(journey, fields)
            if answer.status not in _REDIRECTS:
                break
            journey.target = urls.follow(journey.target, _location(answer))
            if journey.target.url in seen:
                raise Refusal("redirects", "the redirects lead in a circle", status=answer.status)
            seen.add(journey.target.url)
            if request.stay and not urls.same_site(journey.target, request.url):
                away = journey.target
                raise Refusal(
                    "redirects", f"leads to another host, {away.host}", status=answer.status, location=away.url
                )
            if journey.target.origin != home:
                private = ()  # and not again, even if the way leads back (F-09)
            moved_for_good = moved_for_good and answer.status in _PERMANENT
            if moved_for_good:
                permanent = journey.target.url
        else:
            raise Refusal("redirects", f"more than {self._settings.max_redirects} redirects", status=answer.status)

        status = answer.status
        if status != 200 and not (status == 304 and headers.is_conditional(fields)):
            raise _unwanted(answer, _secrets(request))
        return Response(
            url=journey.target.url,
            status=200 if status == 200 else 304,
            headers=headers.kept(answer.fields),
            body=answer.body,
            permanent_url=permanent,
            elapsed=journey.deadline.spent(),
            requests=journey.requests,
        )

    def _ask(self, journey: Journey, fields: headers.Raw) -> Answer:
        """Ask, and once per fetch ask again if the connection ended before any answer (F-20)."""
        try:
            return self._exchange.ask(journey, fields)
        except Dropped:
            if journey.retried:
                raise
        journey.retried = True
        return self._exchange.ask(journey, fields)


def _failed(error: Exception, place: str, requests: int) -> FetchFailed:
    """What the caller is told about `error` at `place`; whatever is not a Refusal is a bug (F-29)."""
    bug = Refusal("internal_error", f"{type(error).__name__}: {plain(str(error))}")
    refusal = error if isinstance(error, Refusal) else bug
    return FetchFailed(
        refusal.failure,
        f"{place}: {refusal.what}; {ADVICE[refusal.failure]}",
        url=place,
        status=refusal.status,
        retry_after=refusal.retry_after,
        requests=requests,
        location=refusal.location,
    )


def _location(answer: Answer) -> str:
    """Where a redirect leads. Raises: Refusal `redirects` when it names no place, or two."""
    places = set(headers.values(answer.fields, "location"))
    if len(places) != 1:
        raise Refusal("redirects", "redirected to nowhere, or to two places at once", status=answer.status)
    place = places.pop()
    try:
        return place.decode()
    except UnicodeDecodeError:
        return place.decode("latin-1")


def _secrets(request: Request) -> frozenset[str]:
    """What of `request` a server's complaint may repeat and must not: its query's values, its headers' values."""
    parts = urlsplit(request.url)
    asked = {text for pair in parts.query.split("&") for text in (pair, pair.partition("=")[2])}
    found = asked | {unquote_plus(text) for text in asked} | {parts.query, parts.password or "", parts.username or ""}
    for _, value in request.headers:
        found |= {value, *value.split()}  # "Bearer KEY": the key alone as well
        scheme, _, coded = value.partition(" ")
        if scheme.lower() == "basic":
            with suppress(ValueError):
                user, _, password = b64decode(coded, validate=True).decode("utf-8", "replace").partition(":")
                found |= {user, password}
    return frozenset(found)


def _unwanted(answer: Answer, secrets: frozenset[str]) -> Refusal:
    """The failure that an answer is which is no document (F-04), with the server's own words; never `secrets`."""
    status, fields = answer.status, headers.kept(answer.fields)
    said = complaint.words(answer.complaint, fields.get("content-type", ""), secrets)
    failure: FailureClass
    challenged = fields.get("cf-mitigated", "").strip().lower() == "challenge" or complaint.is_challenge(said)
    if challenged and status >= 400:
        failure, what = "challenge", f"a challenge page (status {status})"
    elif status == 304:
        failure, what = "protocol", "status 304 (not modified) to a question without a validator"
    elif status in _FAILURE_OF_STATUS:
        failure, what = _FAILURE_OF_STATUS[status], f"status {status}"
    elif 400 <= status <= 499:
        failure, what = "http_4xx", f"status {status}"
    elif 500 <= status <= 599:
        failure, what = "http_5xx", f"status {status}"
    else:
        failure, what = "http_other", f"status {status} is not a document"
    wish = retry_after.seconds(fields.get("retry-after"), fields.get("date"))
    if wish == retry_after.LONGEST:
        what += ", asked to wait for seven days or longer"
    if said:
        what += f", saying “{said}”"
    return Refusal(failure, what, status=status, retry_after=wish)
