"""Delivery to a real SMTP server and a real web hook on loopback."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from dermai_feed.deliver import Smtp, post, send
from dermai_feed.errors import DeliveryError

ME, YOU, OTHER = "digest@feed.example", "you@reader.example", "other@reader.example"


@dataclass
class Box:
    """What a server took, and how it behaves."""

    refuse: frozenset[str] = frozenset()
    answer: str = "250 OK"
    breaks: bool = False  # the connection breaks once the text is there
    got: list[tuple[str, list[str], bytes]] = field(default_factory=list)

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        """Refuse some."""
        if address in self.refuse:
            return "550 no such reader"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep the message."""
        self.got.append((envelope.mail_from, list(envelope.rcpt_tos), envelope.content))
        if self.breaks:
            assert server.transport is not None
            server.transport.abort()
        return self.answer


@contextmanager
def serving(box: Box, **words: Any) -> Iterator[int]:
    """An SMTP server on a free port for as long as the context lasts."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port, ready_timeout=30, **words)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def mail(subject: str = "Week 47") -> EmailMessage:
    """A message."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = ME, YOU, subject
    message.set_content("Five stories.\n")
    return message


def test_a_message_reaches_every_recipient_in_one_piece() -> None:
    """Envelope and text as they were."""
    box = Box()
    with serving(box) as port:
        done = send(mail(), Smtp(host="127.0.0.1", port=port, security="none"), sender=ME, to=[YOU, OTHER])
    assert done.to == (YOU, OTHER)
    ((sender, to, content),) = box.got
    assert (sender, to) == (ME, [YOU, OTHER])
    assert b"Subject: Week 47\r\n" in content


def test_a_refused_recipient_keeps_nobody_else_from_the_message() -> None:
    """Named with the server's words."""
    box = Box(refuse=frozenset({YOU}))
    with serving(box) as port:
        done = send(mail(), Smtp(host="127.0.0.1", port=port, security="none"), sender=ME, to=[YOU, OTHER])
    assert done.to == (OTHER,)
    assert dict(done.refused) == {YOU: "550 no such reader"}


def test_where_every_recipient_is_refused_nothing_was_sent() -> None:
    """It may be tried again."""
    box = Box(refuse=frozenset({YOU}))
    with serving(box) as port, pytest.raises(DeliveryError, match="550 no such reader"):
        send(mail(), Smtp(host="127.0.0.1", port=port, security="none"), sender=ME, to=[YOU])
    assert box.got == []


def test_a_message_that_the_server_refuses_was_not_sent() -> None:
    """A clear no is no doubt."""
    with serving(Box(answer="554 looks like spam")) as port, pytest.raises(DeliveryError, match="554 looks like spam"):
        send(mail(), Smtp(host="127.0.0.1", port=port, security="none"), sender=ME, to=[YOU])


def test_a_connection_that_breaks_after_the_text_leaves_doubt() -> None:
    """The server has it and did not say so: neither sent nor not sent."""
    box = Box(breaks=True)
    with serving(box) as port, pytest.raises(DeliveryError) as caught:
        send(mail(), Smtp(host="127.0.0.1", port=port, security="none"), sender=ME, to=[YOU])
    assert not caught.value.certain
    assert len(box.got) == 1


@pytest.mark.parametrize("security", ["starttls", "tls", "none"])
def test_a_server_that_is_not_there_is_named(security: str) -> None:
    """Host and port, and that nothing was sent."""
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1:1: .*nothing was sent"):
        send(mail(), Smtp(host="127.0.0.1", port=1, security=security), sender=ME, to=[YOU])


def test_starttls_is_never_given_up_silently() -> None:
    """A server without it gets neither password nor text."""
    box = Box()
    with serving(box) as port, pytest.raises(DeliveryError, match="STARTTLS"):
        send(
            mail(), Smtp(host="127.0.0.1", port=port, security="starttls", user="u", password="p"), sender=ME, to=[YOU]
        )
    assert box.got == []


def _login(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"editor", b"secret")
    return AuthResult(success=right, handled=right)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate of its own, and a client's that trusts it."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed: it makes the certificate")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    server, client = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH), ssl.create_default_context()
    server.load_cert_chain(certificate, key)
    client.load_verify_locations(certificate)
    return server, client


# aiosmtpd cannot see that the whole connection is encrypted.
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_name_and_a_password_travel_encrypted(security: str, certificate: Any) -> None:
    """STARTTLS is required before the name is taken; TLS from the first byte."""
    server, client = certificate
    box = Box()
    words: dict[str, Any] = {"authenticator": _login, "auth_required": True}
    words |= (
        {"tls_context": server, "require_starttls": True}
        if security == "starttls"
        else {"ssl_context": server, "auth_require_tls": False}
    )
    with serving(box, **words) as port:
        right = Smtp(host="127.0.0.1", port=port, security=security, user="editor", password="secret")
        assert send(mail(), right, sender=ME, to=[YOU], tls=client).to == (YOU,)
        wrong = Smtp(host="127.0.0.1", port=port, security=security, user="editor", password="guess")
        with pytest.raises(DeliveryError, match="535"):
            send(mail(), wrong, sender=ME, to=[YOU], tls=client)
    assert len(box.got) == 1


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: Any) -> None:
    """By the system's own list."""
    with serving(Box(), tls_context=certificate[0]) as port, pytest.raises(DeliveryError, match="certificate"):
        send(mail(), Smtp(host="127.0.0.1", port=port, security="starttls"), sender=ME, to=[YOU])


@pytest.mark.parametrize("hostile", ["a\r\nBcc: x@evil.example", "a\nSet-Cookie: b"])
def test_d08_a_header_cannot_be_broken_out_of(hostile: str) -> None:
    """The library refuses line breaks in a header."""
    with pytest.raises(ValueError, match=r"linefeed|carriage"):
        mail(hostile)


# --------------------------------------------------------------------------- web hooks


@contextmanager
def hook(status: int, got: list[Any]) -> Iterator[str]:
    """A hook that answers `status`."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook/KEY"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_hook_gets_the_message_as_json() -> None:
    """Word for word."""
    got: list[Any] = []
    with hook(204, got) as url:
        post(url, {"source": "jcd", "health": "gone"})
    assert got == [{"source": "jcd", "health": "gone"}]


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_hook_that_refuses_is_named_without_its_key(status: int) -> None:
    """The host and the status."""
    with hook(status, []) as url, pytest.raises(DeliveryError, match=str(status)) as caught:
        post(url, {})
    assert "KEY" not in str(caught.value)


def test_a_hook_that_is_not_there_is_named() -> None:
    """And what went wrong."""
    with pytest.raises(DeliveryError, match=r"127\.0\.0\.1: ConnectionRefusedError"):
        post("http://127.0.0.1:1/KEY", {})
