"""The socket: one connection to one target, under the HTTP library.

`Gate` is what the library calls to connect. It looks the name up once, refuses unless every
answer is public, waits for its turn and dials exactly what it checked (F-05, F-21); `Line` is
the connection, whose every wait ends with the deadline (F-01) and whose bytes are counted
(F-02, F-27). Checking at this place, after the look-up and for every redirect anew, leaves no
moment in which a name could mean something else (M-05, M-07).
"""

from __future__ import annotations

import errno
import logging
import os
import queue
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from typing import Any, TypeVar

import httpcore

from ..failpoint import hit
from .addresses import is_public
from .deadline import Deadline
from .failures import Refusal
from .pace import Pace
from .urls import Target

log = logging.getLogger(__name__)

T = TypeVar("T")

Answer = tuple[int, int, int, str, tuple[Any, ...]]
Resolve = Callable[[str, int, int, int], Sequence[Answer]]
"""`socket.getaddrinfo(host, port, family, type)`, or what stands in for it."""


class Line(httpcore.NetworkStream):
    """An open connection.

    `allowance` is the number of bytes that may still be read in all; `received` counts them,
    `ended` says that the peer closed, `asked` that something was sent. `patience` (seconds)
    shortens every wait from the moment it is set.
    """

    def __init__(self, sock: socket.socket, deadline: Deadline, allowance: int) -> None:
        self._sock = sock
        self._deadline = deadline
        self.allowance = allowance
        self.received = 0
        self.ended = False
        self.asked = False
        self.patience: float | None = None

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """At most `max_bytes` as soon as there are any; b"" when the peer is done.

        Raises: Refusal `too_large` or `timeout`; httpcore.ReadTimeout after `timeout` seconds
        of silence, httpcore.ReadError.
        """
        room = self.allowance - self.received
        if room <= 0:
            raise Refusal("too_large", f"more than {self.allowance} bytes came")
        try:
            data = self._patiently(partial(self._sock.recv, min(max_bytes, room)), timeout)
        except TimeoutError as error:
            raise httpcore.ReadTimeout(f"nothing came for {timeout:g} s") from error
        except ssl.SSLEOFError as error:  # closed without saying so: an attacker can do that too (RFC 9112 9.8)
            self.ended = True
            raise httpcore.ReadError(error) from error
        except OSError as error:
            raise httpcore.ReadError(error) from error
        self.received += len(data)
        self.ended = not data
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send all of `buffer`.

        Raises: Refusal `timeout`; httpcore.WriteTimeout after `timeout` seconds in which
        nothing could be sent, httpcore.WriteError.
        """
        self.asked = True
        rest = memoryview(buffer)
        while rest:
            try:
                rest = rest[self._patiently(partial(self._sock.send, rest), timeout) :]
            except TimeoutError as error:
                raise httpcore.WriteTimeout(f"nothing could be sent for {timeout:g} s") from error
            except OSError as error:
                raise httpcore.WriteError(error) from error

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> Line:
        """Speak TLS from here on, with `server_hostname` verified by `ssl_context` (F-26); this line again.

        Raises: Refusal `timeout`, httpcore.ConnectTimeout, httpcore.ConnectError.
        """
        try:
            # A cut must not look like an end: without this, Python hides missing close alerts.
            secure = ssl_context.wrap_socket(
                self._sock, server_hostname=server_hostname, do_handshake_on_connect=False, suppress_ragged_eofs=False
            )
            self._sock = secure
            self._patiently(secure.do_handshake, timeout)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout(f"no TLS within {timeout:g} s") from error
        except OSError as error:
            raise httpcore.ConnectError(error) from error
        return self

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def get_extra_info(self, info: str) -> None:
        """Nothing: no negotiated protocol but HTTP/1.1 is offered, and no connection is kept."""

    def _patiently(self, operation: Callable[[], T], timeout: float | None) -> T:
        """What `operation` on the socket returns, tried again until `timeout` seconds are over.

        Raises: TimeoutError, Refusal `timeout` at the deadline, whatever `operation` raises else.
        """
        if self.patience is not None:
            timeout = self.patience if timeout is None else min(timeout, self.patience)
        for seconds in self._deadline.slices(timeout):
            self._sock.settimeout(seconds)
            with suppress(TimeoutError):
                return operation()
        raise TimeoutError


class Gate(httpcore.NetworkBackend):
    """Opens the one connection of one request; `hang_up` ends it and its turn.

    `allowed` holds the "host:port" texts that may be private (H2). With `by_proxy` the target
    is checked by name all the same, but the proxy, which the configuration named, is dialled.
    `gap` (seconds) is how long the host wants to be left alone afterwards.
    """

    def __init__(
        self,
        target: Target,
        *,
        deadline: Deadline,
        pace: Pace,
        resolve: Resolve,
        allowed: frozenset[str],
        by_proxy: bool,
        allowance: int,
        gap: float = 0.0,
    ) -> None:
        self._target = target
        self._deadline = deadline
        self._pace = pace
        self._resolve = resolve
        self._allowed = allowed
        self._by_proxy = by_proxy
        self._allowance = allowance
        self._gap = gap
        self._turn: frozenset[str] | None = None
        self.line: Line | None = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,  # noqa: ARG002 - the library's interface
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002
    ) -> Line:
        """The connection to the target, or to the proxy at `host` and `port`, within `timeout` seconds.

        Raises: Refusal `blocked_address` or `timeout`; httpcore.ConnectError, httpcore.ConnectTimeout.
        """
        hit("fetch.before_connect")
        try:
            answers = self._look_up(self._target.host, self._target.port)
            self._check(answers)
            if self._by_proxy:
                log.info("by proxy host=%s", self._target.host)
                answers = self._look_up(host, port)
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that IDNA cannot carry
            raise httpcore.ConnectError(error) from error
        self._take_turn(answers)
        self.line = Line(self._dial(answers, timeout), self._deadline, self._allowance)
        return self.line

    def hang_up(self) -> None:
        """Close the connection, if there is one, and let the next in."""
        if self.line is not None:
            self.line.close()
        if self._turn is not None:
            self._pace.give_back(self._turn, self._gap)
            self._turn = None

    def _look_up(self, host: str, port: int) -> Sequence[Answer]:
        """The resolver's answers; in a thread, because a resolver cannot be interrupted.

        Raises: Refusal `timeout` while the thread goes on to its own end, OSError.
        """
        box: queue.SimpleQueue[Sequence[Answer] | Exception] = queue.SimpleQueue()

        def work() -> None:
            try:
                box.put(self._resolve(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM))
            except Exception as error:  # handed to the waiting thread, which raises it
                box.put(error)

        threading.Thread(target=work, name=f"look-up {host}", daemon=True).start()
        for seconds in self._deadline.slices():
            with suppress(queue.Empty):
                answers = box.get(timeout=seconds)
                break
        if isinstance(answers, Exception):
            raise answers
        if not answers:
            raise socket.gaierror(socket.EAI_NONAME, "the name has no address")
        return answers

    def _check(self, answers: Sequence[Answer]) -> None:
        """Raises: Refusal when one of `answers` is not public and the target is not allowed (H2)."""
        if self._target.authority in self._allowed:
            return
        for answer in answers:
            address = str(answer[4][0])
            if not is_public(address):
                raise Refusal("blocked_address", f"{self._target.host} is at {address}, which is not a public address")

    def _take_turn(self, answers: Sequence[Answer]) -> None:
        """Wait until the host may be asked; the wait does not count against the deadline."""
        names = {self._target.host.rstrip(".")}
        if not self._by_proxy:  # a proxy's address says nothing about whom it asks
            names.update(str(answer[4][0]) for answer in answers)
        turn = frozenset(names)
        self._deadline.extend(self._pace.take(turn, self._deadline.check_stop))
        self._turn = turn

    def _dial(self, answers: Sequence[Answer], timeout: float | None) -> socket.socket:
        """A socket connected to the first of `answers` that takes it; each gets its share of the time."""
        share = None if timeout is None else timeout / len(answers)
        for answer in answers:
            try:
                return self._connect(answer, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    def _connect(self, answer: Answer, timeout: float | None) -> socket.socket:
        family, kind, protocol, _, address = answer
        try:
            with ExitStack() as undo:
                sock = undo.enter_context(socket.socket(family, kind, protocol))
                self._reach(sock, address, timeout)
                undo.pop_all()
        except OSError as error:
            raise httpcore.ConnectError(error) from error
        return sock

    def _reach(self, sock: socket.socket, address: tuple[Any, ...], timeout: float | None) -> None:
        """Connect `sock`. Raises: OSError, httpcore.ConnectTimeout, Refusal `timeout`."""
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)  # a connect() that timed out cannot be taken up again, a poll can
        state = sock.connect_ex(address)
        if state == errno.EINPROGRESS:
            state = self._outcome(sock, timeout)
        if state:
            raise OSError(state, os.strerror(state))

    def _outcome(self, sock: socket.socket, timeout: float | None) -> int:
        """The error number, 0 for none, with which the connection attempt of `sock` ends."""
        poll = select.poll()
        poll.register(sock, select.POLLOUT)
        for seconds in self._deadline.slices(timeout):
            if poll.poll(seconds * 1000):
                return sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        raise httpcore.ConnectTimeout(f"no connection within {timeout:g} s")
