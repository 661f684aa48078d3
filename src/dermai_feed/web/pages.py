"""Addresses and what they answer: templates over `queues`, forms into `acting`."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jinja2
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ..errors import CorpusError, StoreError
from ..pipeline import status as standing
from ..pipeline.decide import history
from ..pipeline.parts import Parts
from . import queues
from .acting import BadForm, Desk, Fields, Stale
from .guard import FIELDS, Guard, local, told
from .sessions import LIFE, Session, Sessions, TooManyTries

COOKIE = "dermai_review"
STATIC: Mapping[str, str] = {"review.css": "text/css; charset=utf-8", "review.js": "text/javascript; charset=utf-8"}

Answer = Callable[["Visit"], Response]


class Refused(Exception):
    """A form without the marks of our own pages (U-03)."""


class Visit:
    """One request: its session, its form, and how it is answered."""

    def __init__(self, site: Site, request: Request, session: Session, form: Fields) -> None:
        self.site, self.request, self.session, self.form = site, request, session, form

    @property
    def number(self) -> int:
        """The page of a list that is asked for."""
        text = self.request.query_params.get("page", "1")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1

    @property
    def here(self) -> str:
        """Our own address, for forms that lead back."""
        query = self.request.url.query
        return local(self.request.url.path + (f"?{query}" if query else ""))

    def at(self, number: int) -> str:
        """The address of another page of the same list."""
        kept = [(name, value) for name, value in self.request.query_params.items() if name not in {"page", "said"}]
        return f"{self.request.url.path}?{urlencode([*kept, ('page', number)])}"

    def page(self, name: str, status: int = 200, **values: Any) -> Response:
        """A template as an answer."""
        text = self.site.templates.get_template(f"{name}.html").render(
            visit=self, session=self.session, who=self.site.who, password=bool(self.site.sessions.password),
            key=lambda: secrets.token_urlsafe(18), said=self.request.query_params.get("said", "")[:64], **values,
        )  # fmt: skip
        return HTMLResponse(text, status)

    def problem(self, status: int, title: str, lines: Collection[str] = (), again: bool = False) -> Response:
        """A page that says what is wrong; `again`: with the form as it was entered."""
        hidden = [(k, v) for k, v in self.form.pairs if k not in {"token", "why"}] if again else []
        return self.page(
            "problem", status, title=title, lines=tuple(lines), hidden=hidden, why=self.form.one("why"), again=again,
            back=local(self.form.one("next") or "/"), action=self.request.url.path,
        )  # fmt: skip


class Site:
    """What all requests share."""

    def __init__(self, parts: Parts, sessions: Sessions, who: str, now: Callable[[], datetime]) -> None:
        self.parts, self.sessions, self.who, self.now = parts, sessions, who, now
        self.desk = Desk(parts, who, now)
        self.templates = jinja2.Environment(
            loader=jinja2.PackageLoader("dermai_feed.web"), autoescape=True, undefined=jinja2.StrictUndefined,
            trim_blocks=True, lstrip_blocks=True,
        )  # fmt: skip
        self.templates.filters["web"] = web

    def app(self, allowed: Collection[str]) -> ASGIApp:
        """The whole, behind its guard; `allowed` are the Host headers that are answered."""
        return Guard(self.bare(), allowed)

    def bare(self) -> Starlette:
        """The routes; every address there is stands here."""
        wrong = {404: "There is no such page.", 405: "That is not how this page is used."}

        async def refuse(_request: Request, error: Exception) -> Response:
            status = error.status_code if isinstance(error, HTTPException) else 500
            headers = error.headers if isinstance(error, HTTPException) else None
            return Response(wrong.get(status, "That cannot be.") + "\n", status, headers, "text/plain")

        async def fail(_request: Request, _error: Exception) -> Response:
            return Response(f"Something went wrong; the log has it as {told()}.\n", 500, media_type="text/plain")

        return Starlette(
            debug=False,
            routes=[
                self._get("/", held, "held"),
                self._get("/pairs", pairs, "pairs"),
                self._get("/clashes", clashes, "clashes"),
                self._get("/digest", digest, "digest"),
                self._get("/sources", sources, "sources"),
                self._get("/log", log, "log"),
                self._get("/story/{id}", story, "story"),
                self._get("/login", log_in_page, "login", outside=True),
                self._post("/login", log_in, outside=True),
                self._post("/logout", log_out),
                self._post("/decide", decide),
                self._post("/undo", decide),
                self._post("/clash", decide),
                *(Route(f"/static/{name}", _static(name, kind)) for name, kind in STATIC.items()),
            ],
            exception_handlers={HTTPException: refuse, Exception: fail},
        )

    def _get(self, path: str, answer: Answer, name: str, *, outside: bool = False) -> Route:
        return Route(path, self._endpoint(answer, outside, changes=False), methods=["GET"], name=name)

    def _post(self, path: str, answer: Answer, *, outside: bool = False) -> Route:
        return Route(path, self._endpoint(answer, outside, changes=True), methods=["POST"], name=f"post {path}")

    def _endpoint(self, answer: Answer, outside: bool, *, changes: bool) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            known = self.sessions.find(request.cookies.get(COOKIE, ""))
            form = Fields(())
            if changes:
                try:
                    form = await _form(request)
                    _check(request, known, form)
                except Refused:
                    return Response("This form is not of this page, or of a server that was started anew: load the "
                                    "page again.\n", 403, media_type="text/plain")  # fmt: skip
                except OverflowError:
                    return Response("too large\n", 413, media_type="text/plain")
            session = known or self.sessions.begin()
            visit = Visit(self, request, session, form)
            if not session.inside and not outside:
                response: Response = RedirectResponse("/login", 303)
            else:
                response = await run_in_threadpool(_answered, visit, answer)
            if visit.session is not known:
                # "Secure" where we stand behind TLS: browsers say so in Origin and a proxy in its header.
                secure = request.headers.get("x-forwarded-proto") == "https"
                response.set_cookie(
                    COOKIE, visit.session.id, max_age=int(LIFE), path="/", httponly=True, samesite="strict",
                    secure=secure,
                )  # fmt: skip
            return response

        return endpoint


def _answered(visit: Visit, answer: Answer) -> Response:
    """What `answer` says, or what went wrong in words that tell nothing of the inside (U-08, U-09)."""
    try:
        return answer(visit)
    except Stale as stale:
        return visit.problem(409, "Somebody was faster", (f"You: {stale.wanted}", *(f"Now: {s}" for s in stale.stands)))
    except BadForm as error:
        return visit.problem(400, "That cannot be decided", (str(error),))
    except CorpusError:
        return visit.problem(503, "The corpus is not as it was", (f"The log has it as {told()}.",), again=True)
    except StoreError:
        id_ = told()
        lines = ("The database is busy or its disk is full; nothing was decided.", f"The log has it as {id_}.")
        try:
            return visit.problem(503, "Not now", lines, again=bool(visit.form.pairs))
        except StoreError:
            return Response("Not now; the database is busy.\n", 503)


async def _form(request: Request) -> Fields:
    """A form's fields. Raises: Refused for another kind of body, OverflowError for too many fields (U-07)."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise Refused
    text = (await request.body()).decode("utf-8", "replace")
    try:
        return Fields(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS))
    except ValueError:
        raise OverflowError from None


def _check(request: Request, session: Session | None, form: Fields) -> None:
    """All three: it comes from a page of ours, the cookie is alive, and the token is its (U-03).

    With `Referrer-Policy: no-referrer` browsers send "Origin: null" with a form
    (fetch.spec.whatwg.org, "append a request Origin header"); then, or without it, only
    Sec-Fetch-Site, which no page can set, says whose form it is.
    """
    origin, site = request.headers.get("origin", "null"), request.headers.get("sec-fetch-site", "")
    host = request.headers["host"]
    ours = origin in {f"http://{host}", f"https://{host}"} and site in {"", "same-origin"}
    if not ours and not (origin == "null" and site == "same-origin"):
        raise Refused
    if session is None or not session.owns(form.one("token")):
        raise Refused


def web(address: str) -> str:
    """An address that may stand behind a link: of the web, with a host, as one reads it; or nothing (U-05)."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    fine = parts.scheme in {"http", "https"} and parts.hostname and address.isprintable()
    return address if fine and not {" ", "\\"} & set(address) else ""


def _static(name: str, kind: str) -> Callable[[Request], Response]:
    content = (files("dermai_feed.web") / "static" / name).read_bytes()

    def answer(request: Request) -> Response:
        del request
        return Response(content, media_type=kind)

    return answer


# --------------------------------------------------------------------------- pages


def held(visit: Visit) -> Response:
    return visit.page("held", listing=queues.held(visit.site.parts, visit.number))


def pairs(visit: Visit) -> Response:
    found, listing = queues.pairs(visit.site.parts, visit.number)
    return visit.page("pairs", pairs=found, listing=listing)


def clashes(visit: Visit) -> Response:
    return visit.page("clashes", choices=queues.clashes(visit.site.parts))


def digest(visit: Visit) -> Response:
    named = visit.request.query_params.get("week", "")
    try:
        week, listing = queues.candidates(visit.site.parts, visit.site.now(), visit.number, named)
    except ValueError:
        return visit.problem(404, "There is no such week", ("Weeks are called after the year, such as 2026-W47.",))
    return visit.page("digest", week=week, listing=listing)


def sources(visit: Visit) -> Response:
    return visit.page("sources", lines=standing.source_lines(visit.site.parts))


def log(visit: Visit) -> Response:
    entries = {entry.decision.id: entry for entry in reversed(history(visit.site.parts))}
    ids, number, pages = queues.page_of(list(entries), visit.number)
    listing = queues.Listing(page=number, pages=pages, total=len(entries))
    lines = queues.told(visit.site.parts, [entries[id_] for id_ in ids], entries)
    return visit.page("log", lines=lines, listing=listing)


def story(visit: Visit) -> Response:
    detail = queues.detail(visit.site.parts, visit.request.path_params["id"])
    if detail is None:
        return visit.problem(404, "There is no such story")
    return visit.page("story", detail=detail)


# --------------------------------------------------------------------------- forms


def decide(visit: Visit) -> Response:
    kind = visit.request.url.path.strip("/")
    taken = visit.site.desk.act(kind, visit.session, visit.form)
    back = local(visit.form.one("next") or "/")
    path, _, query = back.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "said"]
    return RedirectResponse(f"{path}?{urlencode([*kept, ('said', taken.id if taken else 'before')])}", 303)


def log_in_page(visit: Visit) -> Response:
    return RedirectResponse("/", 303) if visit.session.inside else visit.page("login", wrong=False)


def log_in(visit: Visit) -> Response:
    if not visit.site.sessions.password:
        return RedirectResponse("/", 303)
    try:
        renewed = visit.site.sessions.log_in(visit.session, visit.form.one("password"))
    except TooManyTries:
        return visit.problem(429, "Too many tries", ("Wait a minute.",))
    if renewed is None:
        return visit.page("login", 403, wrong=True)
    visit.session = renewed
    return RedirectResponse("/", 303)


def log_out(visit: Visit) -> Response:
    visit.site.sessions.end(visit.session)
    visit.session = visit.site.sessions.begin()
    return RedirectResponse("/", 303)
