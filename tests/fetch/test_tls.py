"""TLS is verified (F-26): a server with certificates made for the occasion."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import Fetcher, exchange
from dermai_feed.model import Request

OPENSSL = shutil.which("openssl")
pytestmark = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed: it makes the certificates")

NAME = "news.test"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Secure:
    """A TLS server that answers everything with `answer` and keeps what it read and which names it was asked for."""

    def __init__(self, certificate: Path, key: Path, answer: bytes, *, goodbye: bool = True) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate, key)
        self._context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._answer, self._goodbye = answer, goodbye
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.names: list[str | None] = []
        self.read: list[bytes] = []
        self.connections = 0
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """No more connections."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                with connection, suppress(OSError), self._context.wrap_socket(connection, server_side=True) as secure:
                    secure.settimeout(5)
                    self.read.append(secure.recv(65536))
                    secure.sendall(self._answer)
                    if self._goodbye:
                        secure.unwrap()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an authority `ca`, and `good`, `expired`, `wrong` (name) and `self` (signed) servers."""
    folder = tmp_path_factory.mktemp("tls")

    def run(*words: str) -> None:
        subprocess.run([OPENSSL or "", *words], cwd=folder, check=True, capture_output=True)

    def request(name: str, host: str) -> None:
        run(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
            "-subj",
            f"/CN={host}",
        )
        (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{host}\n")

    run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=CA",
        "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    (folder / "index.txt").write_text("")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\nrand_serial=yes\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
        "unique_subject=no\n[p]\ncommonName=supplied\n"
    )
    for name, host, start, end in (
        ("good", NAME, "20200101000000Z", "20491231000000Z"),
        ("expired", NAME, "20200101000000Z", "20200201000000Z"),
        ("wrong", "other.test", "20200101000000Z", "20491231000000Z"),
    ):
        request(name, host)
        run("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-in", f"{name}.csr", "-out",
            f"{name}.pem", "-startdate", start, "-enddate", end, "-extfile", f"{name}.ext", "-notext")  # fmt: skip
    request("self", NAME)
    run("x509", "-req", "-in", "self.csr", "-signkey", "self.key", "-out", "self.pem", "-extfile", "self.ext")
    return folder


@pytest.fixture
def serve(certificates: Path) -> Iterator[Callable[..., Secure]]:
    """Starts a server with the certificate of that name."""
    servers: list[Secure] = []

    def start(name: str, answer: bytes = OK, **options: Any) -> Secure:
        servers.append(Secure(certificates / f"{name}.pem", certificates / f"{name}.key", answer, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def trusting(certificates: Path, names: Any, make: Callable[..., Fetcher]) -> Callable[..., Fetcher]:
    """A fetcher that trusts the authority and finds `news.test` at the given port of this machine."""
    context = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    resolve = names({NAME: [["127.0.0.1"]]})
    return lambda port, **more: make(**{"tls": context, "resolve": resolve, "allow_hosts": (f"{NAME}:{port}",), **more})


def test_f26_a_good_certificate(serve: Callable[..., Secure], trusting: Callable[..., Fetcher]) -> None:
    """A certificate for the name, by a known authority, is fine; the name is told in the handshake (SNI)."""
    server = serve("good")
    assert trusting(server.port)(Request(url=f"https://{NAME}:{server.port}/feed")).body == b"ok"
    assert server.names == [NAME]
    assert server.read[0].startswith(b"GET /feed HTTP/1.1\r\n")


@pytest.mark.parametrize(
    ("name", "reason"), [("self", "self-signed"), ("expired", "expired"), ("wrong", "Hostname mismatch")]
)
def test_f26_bad_certificates(
    serve: Callable[..., Secure],
    trusting: Callable[..., Fetcher],
    fails: Callable[..., FetchFailed],
    name: str,
    reason: str,
) -> None:
    """A wrong certificate is a failure of its own class that says why, and no byte of a request is sent."""
    server = serve(name)
    error = fails(f"https://{NAME}:{server.port}/feed?key=k3y", by=trusting(server.port))
    assert (error.failure, error.requests) == ("tls_error", 0)
    assert reason.lower() in error.text.lower().replace("self signed", "self-signed")
    server.stop()
    assert server.connections == 1
    assert b"".join(server.read) == b""


@pytest.fixture
def _fresh_authorities() -> Iterator[None]:
    """The public authorities are loaded once per process: load them in this test, and again after it."""
    exchange._public_authorities.cache_clear()
    yield
    exchange._public_authorities.cache_clear()


@pytest.mark.usefixtures("_fresh_authorities")
def test_f24_f26_only_known_authorities(
    serve: Callable[..., Secure],
    trusting: Callable[..., Fetcher],
    fails: Callable[..., FetchFailed],
    certificates: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An authority that nobody knows is not trusted, not even if the environment says so."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates / "ca.pem"))
    server = serve("good")
    assert fails(f"https://{NAME}:{server.port}/", by=trusting(server.port, tls=None)).failure == "tls_error"


def test_f26_a_server_without_tls(origin: Any, make: Callable[..., Fetcher], fails: Callable[..., FetchFailed]) -> None:
    """A server that speaks no TLS on the port is a TLS failure, not broken HTTP."""
    with socket.create_server(("127.0.0.1", 0)) as plain:
        port = plain.getsockname()[1]

        def greet() -> None:
            connection, _ = plain.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")
                connection.recv(65536)

        thread = threading.Thread(target=greet, daemon=True)
        thread.start()
        error = fails(f"https://127.0.0.1:{port}/", by=make(allow_hosts=(f"127.0.0.1:{port}",)))
        thread.join(5)
    assert (error.failure, error.requests) == ("tls_error", 0)


@pytest.mark.parametrize(("connect", "deadline"), [(0.3, 5.0), (5.0, 0.3)])
def test_f01_a_handshake_that_hangs(
    make: Callable[..., Fetcher], fails: Callable[..., FetchFailed], connect: float, deadline: float
) -> None:
    """A server that never finishes the handshake costs the connect limit, or the deadline if that is shorter."""
    with socket.create_server(("127.0.0.1", 0)) as mute:
        port = mute.getsockname()[1]
        fetcher = make(allow_hosts=(f"127.0.0.1:{port}",), connect=connect, deadline=deadline)
        began = time.monotonic()
        assert fails(f"https://127.0.0.1:{port}/", by=fetcher).failure == "timeout"
        assert time.monotonic() - began < 4


@pytest.mark.parametrize("goodbye", [True, False])
def test_f03_an_end_without_goodbye_is_a_cut(
    serve: Callable[..., Secure], trusting: Callable[..., Fetcher], fails: Callable[..., FetchFailed], goodbye: bool
) -> None:
    """A body that only closing ends must be closed by TLS itself (RFC 9112 9.8): anybody can cut a wire."""
    server = serve("good", b"HTTP/1.1 200 OK\r\n\r\n<a></a>", goodbye=goodbye)
    url, fetcher = f"https://{NAME}:{server.port}/", trusting(server.port)
    if goodbye:
        assert fetcher(Request(url=url)).body == b"<a></a>"
    else:
        assert fails(url, by=fetcher).failure == "truncated"
