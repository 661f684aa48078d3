"""What holds for every answer: hosts, origins, tokens, headers, limits, errors."""

from __future__ import annotations

import ast
import asyncio
import errno
import os
import random
import socket
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from starlette.routing import Route

from dermai_feed import decisions
from dermai_feed.errors import StoreLocked, UsageError
from dermai_feed.web import guard, serve, sessions

from .conftest import BASE, SAME_ORIGIN, Review, item, opened, over, put

HOSTS = {
    "127.0.0.1:8710": 200, "localhost:8710": 200, "[::1]:8710": 200,
    "evil.example": 421, "127.0.0.1.evil.example": 421, "127.0.0.1.evil.example:8710": 421, "localhost:80": 421,
    "localhost": 421, "": 421, "localhost.:8710": 421, "LOCALHOST.EVIL:8710": 421, "127.0.0.1:8710.": 421,
    "127.0.0.1:08710": 421, "127.1:8710": 421, "0.0.0.0:8710": 421, "[::]:8710": 421, "2130706433:8710": 421,
    "a@127.0.0.1:8710": 421, "127.0.0.1:8710 ": 421, "evil.example:8710": 421,
}  # fmt: skip


def routes(review: Review) -> list[tuple[str, str]]:
    """Every method and path that the application answers, from itself."""
    return [
        (method, route.path.replace("{id}", "i00001"))
        for route in review.site.bare().routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
    ]


@pytest.mark.parametrize(
    ("listen", "password"), [("0.0.0.0", ""), ("192.168.1.5", ""), ("::", ""), ("example.org", "")]
)
def test_another_address_needs_a_password_u_01(listen: str, password: str) -> None:
    """U-01: exit 2 without one."""
    with pytest.raises(UsageError) as raised:
        serve.check(listen, password)
    assert raised.value.exit_code == 2


def test_loopback_needs_none_and_a_hash_opens_the_rest_u_01() -> None:
    """U-01: 127.0.0.1 and ::1 as they are; 0.0.0.0 with a hash, and nothing that is no hash."""
    serve.check("127.0.0.1", "")
    serve.check("::1", "")
    serve.check("0.0.0.0", f"scrypt$2$8$1${'00' * 16}${'00' * 32}")
    with pytest.raises(UsageError):
        serve.check("0.0.0.0", "secret")


@pytest.mark.parametrize(("host", "status"), HOSTS.items())
def test_only_our_own_names_are_answered_u_02(review: Review, host: str, status: int) -> None:
    """U-02: DNS rebinding gets 421 and not a byte."""
    answer = review.client.get("/", headers={"Host": host})
    assert answer.status_code == status
    assert bool(answer.content) == (status == 200)


def test_two_hosts_and_a_configured_one_u_02(review: Review) -> None:
    """U-02: two Host headers are none; a name that was configured is one of ours."""
    assert review.client.get("/", headers=[("Host", "127.0.0.1:8710"), ("Host", "127.0.0.1:8710")]).status_code == 421
    assert guard.hosts(8710, ["review.example"]) - guard.hosts(8710) == {"review.example"}


FOREIGN = {
    "no token": ({}, {"token": ""}), "a wrong token": ({}, {"token": "x" * 43}),
    "origin null": ({"Origin": "null"}, {}), "an evil origin": ({"Origin": "http://evil.example"}, {}),
    "no origin": ({"Origin": ""}, {}),
    "another port": ({"Origin": "http://127.0.0.1:1"}, {}), "cross-site": ({"Sec-Fetch-Site": "cross-site"}, {}),
    "null and same-site": ({"Origin": "null", "Sec-Fetch-Site": "same-site"}, {}),
    "JSON as text": ({"Content-Type": "text/plain"}, {}), "JSON": ({"Content-Type": "application/json"}, {}),
}  # fmt: skip


@pytest.mark.parametrize("name", FOREIGN)
def test_nothing_is_changed_from_another_site_u_03(review: Review, name: str) -> None:
    """U-03: every route that changes something, taken from the application itself."""
    headers, changes = FOREIGN[name]
    good = review.fields() | {"verb": "accept", "decision": "x", "password": "x"}
    for method, path in routes(review):
        if method == "POST":
            answer = review.post(path, good | changes, **headers)
            assert answer.status_code == 403, path
    assert review.decisions() == []


def test_a_token_of_another_session_and_a_missing_cookie_are_refused_u_03(review: Review) -> None:
    """U-03: the token belongs to the cookie."""
    good = review.fields() | {"verb": "accept"}
    other = review.other()
    assert other.post("/decide", good).status_code == 403
    other.page()
    assert other.post("/decide", good).status_code == 403
    assert review.decisions() == []
    assert review.post("/decide", good).status_code == 303
    assert len(review.decisions()) == 1


def test_what_changes_something_is_post_only_u_03(review: Review) -> None:
    """U-03: a GET of it is 405; the cookie is strict and out of scripts' reach; no CORS."""
    posts = {path for method, path in routes(review) if method == "POST"}
    gets = {path for method, path in routes(review) if method == "GET"}
    for path in posts - gets:
        assert review.client.get(path).status_code == 405
    answer = review.other().client.get("/")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert not [name for name in answer.headers if name.startswith("access-control")]


def test_browsers_that_hide_the_origin_of_a_form_are_believed_by_sec_fetch_site_u_03(review: Review) -> None:
    """U-03: under no-referrer a form of ours comes with Origin null; its Sec-Fetch-Site says whose it is."""
    fields = review.fields() | {"verb": "accept"}
    assert review.post("/decide", fields, **{"Origin": "null", "Sec-Fetch-Site": "same-origin"}).status_code == 303


def test_every_answer_carries_the_headers_u_04(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """U-04: all routes with all methods, and 303, 400, 403, 404, 405, 409, 413, 421, 431, 500, 503."""
    fields = review.fields("/story/i00001") | {"verb": "hold"}
    answers = [review.client.request(method, path) for method, path in routes(review)]
    answers += [review.client.request("PUT", "/"), review.client.get("/nothing"), review.client.get("/story/none")]
    answers.append(review.client.get("/", headers={"Host": "evil.example"}))
    answers.append(review.client.post("/decide", content=b"x" * (guard.BODY + 1)))
    answers.append(review.post("/decide", review.fields() | {"verb": "nonsense"}))
    answers.append(review.client.get("/", headers={"X-Long": "x" * guard.HEAD}))
    answers += [review.post("/decide", fields | {"key": f"key-of-the-form-{n}"}) for n in range(2)]
    with monkeypatch.context() as busy:
        busy.setattr("dermai_feed.web.acting.replay", _locked)
        answers.append(review.post("/decide", review.fields() | {"verb": "accept"}))
    monkeypatch.setattr(review.site.templates, "get_template", lambda name: 1 / 0)
    answers.append(review.client.get("/"))
    assert {303, 400, 403, 404, 405, 409, 413, 421, 431, 500, 503} <= {answer.status_code for answer in answers}
    for answer in answers:
        for name, value in guard.HEADERS.items():
            assert answer.headers[name] == value, (answer.url, answer.status_code)
    assert "unsafe-inline" not in guard.HEADERS["Content-Security-Policy"]


TARGETS = (
    "//evil.example", "/\\evil.example", "/%09/evil.example", "https:evil.example", "https://evil.example",
    "javascript:alert(1)", "\\\\evil.example", "/\t/evil.example", "/%5cevil.example", "/%2fevil.example",
    "evil.example", "", "/\nx", "/%252f/evil.example/%2509", "///evil.example", "data:text/html,x", "/%0d%0aX: y",
)  # fmt: skip


@pytest.mark.parametrize("target", TARGETS)
def test_no_form_leads_elsewhere_u_06(review: Review, target: str) -> None:
    """U-06: what is no path of ours leads to /."""
    if target != "/%252f/evil.example/%2509":
        assert guard.local(target) == "/"
    fields = review.fields() | {"verb": "accept", "next": target}
    location = review.post("/decide", fields).headers["location"]
    assert location.startswith("/?said=") or guard.local(location) == location


def test_paths_of_our_own_are_kept_u_06() -> None:
    """U-06: with their query."""
    assert guard.local("/pairs?page=2") == "/pairs?page=2"


def test_a_long_body_and_many_fields_are_refused_u_07(review: Review) -> None:
    """U-07: 10 MB, also where no length is said, and 10,000 fields get 413."""
    assert review.client.post("/decide", content=b"x" * 10_000_000, headers=SAME_ORIGIN).status_code == 413
    stream = (b"x" * 100_000 for _ in range(20))
    assert review.client.post("/decide", content=stream, headers=SAME_ORIGIN).status_code == 413
    many: dict[str, Any] = review.fields() | {f"f{n}": "1" for n in range(10_000)}
    assert review.post("/decide", many).status_code == 413
    assert review.decisions() == []


def test_an_error_tells_an_id_and_the_log_the_rest_u_08(
    review: Review, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """U-08: every route that reads the store, with debugging switched on in the environment."""
    for name in ("FLASK_DEBUG", "DEBUG", "STARLETTE_DEBUG"):
        monkeypatch.setenv(name, "1")
    fields = review.fields() | {"verb": "accept"}

    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("SELECT secret FROM /home/ada/dermai.sqlite")

    monkeypatch.setattr(review.site.templates, "get_template", fail)
    monkeypatch.setattr(review.site.desk, "act", fail)
    failed = 0
    for method, path in routes(review):
        answer = review.post(path, fields) if method == "POST" else review.client.request(method, path)
        if answer.status_code == 500:
            failed += 1
            assert not {"SELECT", "home", "Traceback", "RuntimeError"} & set(answer.text.replace("/", " ").split())
            if method != "HEAD":
                id_ = answer.text.split()[-1].rstrip(".")
                assert any(getattr(r, "fields", {}).get("id") == id_ for r in caplog.records)
    assert failed >= 10


def test_no_module_switches_debugging_on_u_08(root: Path) -> None:
    """U-08: in the syntax of every file of the page."""
    for path in sorted((root / "src" / "dermai_feed" / "web").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "debug":
                assert isinstance(node.value, ast.Constant)
                assert node.value.value is False


def test_a_path_is_never_a_file_u_11(review: Review) -> None:
    """U-11: hand-made ones and 300 at random, from a fixed seed."""
    chance = random.Random(11)
    pieces = ["..", "%2e%2e", "..%5c", "%00", "etc", "passwd", "static", "%2f", "config", "dermai-feed.yaml", "C:", "~"]
    paths = ["/static/../pages.py", "/static/%2e%2e%2fpages.py", "/static/..%5cpages.py", "/static/review.css%00.js",
             "/static//etc/passwd", "/static/", "/static/guard.py", "/story/../../etc/passwd"]  # fmt: skip
    paths += ["/static/" + "/".join(chance.choices(pieces, k=chance.randint(1, 5))) for _ in range(300)]
    for path in paths:
        assert status_of(review, path) == 404, path


def status_of(review: Review, path: str) -> int:
    """The status for a path exactly as it is written: clients put `..` right before they send it."""
    scope = {
        "type": "http", "method": "GET", "path": unquote(path), "raw_path": path.encode(), "query_string": b"",
        "root_path": "", "headers": [(b"host", b"127.0.0.1:8710")], "scheme": "http", "http_version": "1.1",
        "server": ("127.0.0.1", 8710),
    }  # fmt: skip
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(review.site.app(guard.hosts(8710))(scope, receive, send))
    status: int = sent[0]["status"]
    return status


def test_the_page_cannot_fetch_u_12(review: Review) -> None:
    """U-12: its parts hold no way out, and an address in a form is no target."""
    with pytest.raises(RuntimeError):
        review.site.parts.fetch(None)  # type: ignore[arg-type]
    for target in ("http://127.0.0.1:9/x|", "../../etc/passwd|", "doi:10.1/x|", "news/a.md|", "\0|"):
        answer = review.post("/decide", review.fields() | {"verb": "accept", "target": target})
        assert answer.status_code == 400
    assert review.decisions() == []


def test_a_busy_database_is_said_and_the_words_are_kept_u_09(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """U-09: 503 with the reason still in the form; the same form then acts, once."""
    fields = review.fields() | {"verb": "accept", "why": "worth <it>"}
    monkeypatch.setattr("dermai_feed.web.acting.replay", _locked)
    answer = review.post("/decide", fields)
    assert answer.status_code == 503
    assert "worth &lt;it&gt;" in answer.text
    assert fields["key"][0] in answer.text
    assert review.decisions() == []
    monkeypatch.undo()
    assert review.post("/decide", fields).status_code == 303
    assert [verb for verb, *_ in review.decisions()] == ["accept"]


def test_a_decision_in_the_log_is_not_asked_for_again_u_09(review: Review, monkeypatch: pytest.MonkeyPatch) -> None:
    """U-09: where only its index is late, it is taken: a second form would take it twice."""
    monkeypatch.setattr(review.parts.store.decisions, "add", _locked)
    fields = review.fields() | {"verb": "accept"}
    assert review.post("/decide", fields).status_code == 303
    monkeypatch.undo()
    assert review.post("/decide", fields).headers["location"] == "/?said=before"
    lines = (review.parts.corpus / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 1


def test_a_database_that_another_process_holds_loses_no_word_u_09(tmp_path: Path, root: Path) -> None:
    """U-09: held by BEGIN EXCLUSIVE beyond our patience, then let go: one decision, of the same form."""
    with opened(tmp_path, root, busy="100ms") as parts:
        put(parts, [item(1)])
        review = over(parts)
        fields = review.fields() | {"verb": "accept", "why": "worth <it>"}
        with closing(sqlite3.connect(parts.config.state / "dermai.sqlite")) as other:
            other.execute("BEGIN EXCLUSIVE")
            answer = review.post("/decide", fields)
            other.rollback()
        assert answer.status_code == 503
        assert "worth &lt;it&gt;" in answer.text
        assert list(decisions.read(parts.corpus / "decisions.jsonl")) == []
        assert review.post("/decide", fields).status_code == 303
        assert [d.verb for d in decisions.read(parts.corpus / "decisions.jsonl")] == ["accept"]
        assert review.decisions() == [("accept", "i00001")]


def test_a_full_disk_loses_no_word_and_leaves_no_half_line_u_09(
    review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U-09: the log's disk takes three bytes of the line; then there is room, and the same form acts."""
    before, fields = review.parts.corpus / "decisions.jsonl", review.fields() | {"verb": "reject", "why": "not ours"}
    real = os.pwrite

    def full(file: int, data: bytes, at: int) -> int:
        if at == 0:
            return real(file, data[:3], at)
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        answer = review.post("/decide", fields)
    assert answer.status_code == 503
    assert 'value="not ours"' in answer.text
    assert not before.exists() or before.read_bytes() == b""
    assert review.post("/decide", fields).status_code == 303
    assert [verb for verb, *_ in review.decisions()] == ["reject"]


def test_no_page_and_no_form_asks_the_network_u_12(parts: Any) -> None:
    """U-12: every route, with items, targets and weeks that are addresses of a server which counts; it counts 0."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        place = f"http://127.0.0.1:{canary.getsockname()[1]}/internal-secret"
        put(parts, [item(n, place, url=place, excerpt=place) for n in (1, 2)])
        review = over(parts)
        fields = review.fields() | {"verb": "accept"}
        for method, path in routes(review):
            if method == "POST":
                review.post(path, fields | {"target": f"{place}|", "story": place, "decision": place, "next": place})
            else:
                for query in ("", f"?url={place}", f"?week={place}", f"?page={place}"):
                    review.client.request(method, f"{path}{query}")
                review.client.get(f"/story/{place}")
        canary.settimeout(0)
        with pytest.raises(BlockingIOError):
            canary.accept()
        with closing(socket.create_connection(canary.getsockname())):  # it can be asked
            canary.settimeout(5)
            canary.accept()[0].close()


def _locked(*_: Any, **__: Any) -> Any:
    raise StoreLocked("/home/ada/dermai.sqlite: held by another process")


def test_five_wrong_passwords_a_minute_and_no_more_u_14(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """U-14: 50 tries; then the right one a minute later, with a new session that lives twelve hours."""
    monkeypatch.setattr(sessions, "_N", 2**4)  # the cost is scrypt's to prove
    put(parts, [item(1)])
    moment = [0.0]
    review = over(parts, sessions.hashed("correct horse"), lambda: moment[0])
    assert review.client.get("/").headers["location"] == "/login"
    assert {review.client.get(path).status_code for path in ("/pairs", "/log", "/story/i00001")} == {303}
    before = review.client.cookies["dermai_review"]
    fields = review.fields("/login")
    statuses = [review.post("/login", fields | {"password": f"guess {n}"}).status_code for n in range(50)]
    assert statuses == [403] * 5 + [429] * 45
    assert review.post("/login", fields | {"password": "correct horse"}).status_code == 429
    moment[0] = 61.0
    assert review.post("/login", fields | {"password": "correct horse"}).status_code == 303
    assert review.client.cookies["dermai_review"] != before
    assert "Story number 1" in review.page("/")
    moment[0] = 61.0 + 12 * 3600
    assert review.client.get("/").headers["location"] == "/login"


def test_without_a_log_in_nothing_is_decided_u_14(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """U-14: a form with the token of the log-in page gets there and no further."""
    monkeypatch.setattr(sessions, "_N", 2**4)
    put(parts, [item(1)])
    review = over(parts, sessions.hashed("correct horse"))
    fields = review.fields("/login") | {"verb": "accept", "target": "i00001|"}
    assert review.post("/decide", fields).headers["location"] == "/login"
    assert review.decisions() == []
    assert review.client.get(f"{BASE}/login").status_code == 200
