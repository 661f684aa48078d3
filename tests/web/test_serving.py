"""The server itself, on loopback; and the page in a real browser, where there is one."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner

from dermai_feed.cli import main
from dermai_feed.errors import UsageError
from dermai_feed.pipeline.parts import Parts
from dermai_feed.web import guard, serve

from .conftest import item, put, serving


@pytest.fixture
def port(parts: Parts) -> Iterator[int]:
    """The port of a running server over three held items."""
    put(parts, [item(n) for n in range(3)])
    with serving(parts) as address:
        yield int(address.rpartition(":")[2])


def said(port: int, request: str) -> bytes:
    """Everything that the server answers to these bytes."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as peer:
        peer.sendall(request.encode())
        return b"".join(iter(lambda: peer.recv(65536), b""))


def test_slow_visitors_do_not_stop_the_review_u_07(port: int) -> None:
    """U-07: a hundred sockets with half a request each; a page comes in under 2 s, and its form acts."""
    peers = [socket.create_connection(("127.0.0.1", port)) for _ in range(100)]
    try:
        for peer in peers:
            peer.sendall(b"POST /decide HTTP/1.1\r\nHost: 127.0.0.1\r\nX-")
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=2) as client:
            text = client.get("/").text
            fields = dict(re.findall(r'type="hidden" name="(token|key)" value="([^"]*)"', text))
            target = re.findall(r'value="(i0000\d\|\w+)"', text)[0]
            origin = {"Origin": f"http://127.0.0.1:{port}"}
            answer = client.post("/decide", data=fields | {"verb": "accept", "target": target}, headers=origin)
            assert answer.status_code == 303
    finally:
        for peer in peers:
            peer.close()


def test_a_head_that_never_ends_is_given_up_also_after_a_whole_request_u_07(
    parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """U-07: the first request of a connection and every later one have the same time to come in."""
    monkeypatch.setattr(serve, "PATIENCE", 0.2)
    with serving(parts) as address:
        port = int(address.rpartition(":")[2])
        for whole in ("", f"GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n"):
            answer = said(port, f"{whole}GET / HTTP/1.1\r\nX-")  # it returns when the server has closed
            assert answer.count(b"HTTP/1.1 200 OK") == bool(whole)


def test_a_body_that_never_ends_is_given_up_u_07(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """U-07: 408, with the headers of every answer."""
    monkeypatch.setattr(guard, "PATIENCE", 0.2)
    with serving(parts) as address:
        port = int(address.rpartition(":")[2])
        head = f"POST /decide HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"
        answer = said(port, head + "a=1")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"content-security-policy" in answer.lower()


def test_what_is_no_http_gets_the_headers_too_u_04(port: int) -> None:
    """U-04: uvicorn itself answers it, before any of our code."""
    answer = said(port, "nonsense\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400")
    for name, value in guard.HEADERS.items():
        assert f"{name}: {value}\r\n".lower().encode() in answer.lower()


def test_odd_requests_get_no_content_u_02(port: int) -> None:
    """U-02: an absolute target, no Host, two of them, and a head of 40 kB are refused."""
    own = f"Host: 127.0.0.1:{port}\r\nConnection: close\r\n"
    for request in (
        f"GET http://evil.example/ HTTP/1.1\r\n{own}\r\n",
        "GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        f"GET / HTTP/1.1\r\n{own}Host: evil.example\r\n\r\n",
        f"GET / HTTP/1.1\r\n{own}X: {'y' * 40_000}\r\n\r\n",
    ):
        answer = said(port, request)
        assert answer[:12] in {b"HTTP/1.1 421", b"HTTP/1.1 400", b"HTTP/1.1 431"}
        assert b"Story number" not in answer
    assert said(port, f"GET / HTTP/1.1\r\n{own}\r\n")[:12] == b"HTTP/1.1 200"


def test_the_command_refuses_an_open_address_u_01() -> None:
    """U-01: exit code 2 and what to do."""
    result = CliRunner().invoke(main, ["review", "--listen", "0.0.0.0", "--as", "ada"], env={})
    assert result.exit_code == 2
    assert "DERMAI_REVIEW_PASSWORD_HASH" in result.stderr


def test_a_password_becomes_a_hash_that_opens_u_14() -> None:
    """U-14: what the command prints is what may be configured."""
    from dermai_feed.web import sessions

    result = CliRunner().invoke(main, ["review", "--hash-password"], input="correct horse\ncorrect horse\n", env={})
    written = result.stdout.splitlines()[-1]
    assert sessions.is_hash(written)
    assert sessions.matches("correct horse", written)
    assert not sessions.matches("wrong horse", written)


def test_a_taken_port_is_a_word_to_the_user() -> None:
    """Exit code 2, with the option that helps."""
    with serve.bound("127.0.0.1", 0) as place, pytest.raises(UsageError, match="--port"):
        serve.bound("127.0.0.1", place.getsockname()[1])


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("no chromium on this machine")
    return found


@pytest.mark.parametrize("width", [360, 1200])
def test_a_browser_shows_the_page_u_13(chromium: str, port: int, width: int, tmp_path: Path) -> None:
    """U-13, U-05: rendered with our script under our policy, which reports nothing; the first row has the focus."""
    words = [
        chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        f"--window-size={width},900",
        f"--user-data-dir={tmp_path}", "--enable-logging=stderr", "--v=0", "--virtual-time-budget=2000", "--dump-dom",
        f"http://127.0.0.1:{port}/",
    ]  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert "Story number 2 of the week" in done.stdout
    assert "Content Security Policy" not in done.stderr
    assert "Uncaught" not in done.stderr
