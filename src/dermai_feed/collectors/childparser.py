"""Parsing where it can be stopped: documents are read in child processes (P-02, P-03, R-15).

A thread cannot be killed, and a signal handler does not run inside a regular expression; a
process can be killed whatever it does. Each thread that parses has one child of its own, which
lives on from document to document and is replaced after it was killed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, cast, get_args

from .. import codec
from ..errors import FailureClass, ParseFailed
from ..model import Parsed, ParseLimits
from .wire import LENGTH, LENGTHS, LONGEST_ANSWER, OUT_OF_MEMORY, READY, Answer, Question

log = logging.getLogger(__name__)

_MODULE = "dermai_feed.collectors.child"
_SLICE = 0.1  # seconds: the longest single wait, so that a stop is noticed in time
_STARTING = 60.0  # seconds for imports on a busy machine; they are not the document's fault
_CHUNK = 1 << 20  # bytes
# What a child may know of our environment: where Python is, and the tests' fail points. No secrets.
_ENVIRONMENT = ("PATH", "LANG", "TZ", "HOME", "TMPDIR", "VIRTUAL_ENV", "DERMAI_FAILPOINT", "DERMAI_ENV")
_ENVIRONMENT_PREFIXES = ("PYTHON", "LC_", "LD_LIBRARY")


def _never() -> bool:
    return False


class ChildParser:
    """A `Parse` that runs in child processes with the limits of `limits`.

    `cancelled` is asked every 0.1 s while a document is being parsed; when it becomes true the
    child is killed and the call fails. Close it (or use it as a context manager) to end the
    children; they also end when this process or the thread that uses them does.
    """

    def __init__(
        self,
        limits: ParseLimits,
        *,
        cancelled: Callable[[], bool] = _never,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._cancelled = cancelled
        self._monotonic = monotonic
        self._here = threading.local()
        self._lock = threading.Lock()
        self._children: list[Child] = []

    def __call__(self, kind: str, body: bytes, content_type: str, url: str, source_id: str) -> Parsed:
        """`COLLECTORS[kind].parse(body, …)`, within the limits.

        Raises: ParseFailed: whatever the parser says, or parse_timeout, parse_memory, parse_error
            (the child died), internal_error (an exception nobody foresaw; its trace is logged).
        """
        question = codec.encode(Question(kind=kind, content_type=content_type, url=url, source_id=source_id)).encode()
        child = self._child()
        try:
            answer = child.ask(LENGTHS.pack(len(question), len(body)) + question, body, self._limits.wall)
        except BaseException:  # Ctrl-C too: half a conversation cannot be gone on with
            self._discard(child)
            raise
        if answer.failure == "parse_memory":
            self._discard(child)  # what is left of its memory is in pieces
        if answer.trace:
            log.error("parsing %s failed\n%s", source_id, answer.trace)
        if answer.parsed is None:
            raise ParseFailed(_known(answer.failure), answer.text)
        return answer.parsed

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all children."""
        with self._lock:
            children, self._children = self._children, []
        for child in children:
            child.kill()

    def _child(self) -> Child:
        """This thread's child, a new one when there is none that lives."""
        child: Child | None = getattr(self._here, "child", None)
        if child is not None and child.lives():
            return child
        if child is not None:
            self._discard(child)
        child = Child(_MODULE, self._limits, self._cancelled, self._monotonic)
        self._here.child = child
        with self._lock:
            self._children.append(child)
        return child

    def _discard(self, child: Child) -> None:
        child.kill()
        self._here.child = None
        with self._lock, contextlib.suppress(ValueError):
            self._children.remove(child)


def _known(failure: str | None) -> FailureClass:
    """The failure class that a child named; anything else is a bug."""
    return cast(FailureClass, failure) if failure in get_args(FailureClass) else "internal_error"


class Child:
    """One child process: `python -m MODULE PARENT LIMITS`, which answers frames of JSON behind their length."""

    def __init__(
        self,
        module: str,
        limits: ParseLimits,
        cancelled: Callable[[], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._cancelled = cancelled
        self._monotonic = monotonic
        self._ready = False
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [sys.executable, "-P", "-m", module, str(os.getpid()), codec.encode(limits)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                name: value
                for name, value in os.environ.items()
                if name in _ENVIRONMENT or name.startswith(_ENVIRONMENT_PREFIXES)
            },
            start_new_session=True,  # Ctrl-C is for the parent, which decides what becomes of the children
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        os.set_blocking(self._in, False)
        os.set_blocking(self._out, False)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def lives(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def ask(self, head: bytes, body: bytes, wall: float) -> Answer:
        """Send one document and wait for its answer. Raises: ParseFailed, after which the child is useless."""
        try:
            return codec.decode(Answer, self.exchange([head, body], wall))
        except ValueError as error:
            raise ParseFailed("internal_error", f"the parsing process answered nonsense: {error}") from error

    def exchange(self, said: Sequence[bytes], wall: float) -> bytes:
        """Say `said` (nothing to hear more of the last answer) and hear one frame within `wall` seconds.

        Raises: ParseFailed, after which the child is useless.
        """
        if not self._ready:
            self._talk([], len(READY), _STARTING)
            self._ready = True
        end = self._monotonic() + wall
        (length,) = LENGTH.unpack(self._talk([memoryview(piece) for piece in said], LENGTH.size, wall))
        if length > LONGEST_ANSWER:
            raise ParseFailed("parse_memory", f"the document became {length} bytes")
        return bytes(self._talk([], length, end - self._monotonic(), wall))

    def _talk(self, waiting: list[memoryview], expected: int, seconds: float, limit: float | None = None) -> bytearray:
        """Write `waiting`, read `expected` bytes within `seconds`, the rest of `limit`. Raises: ParseFailed."""
        end = self._monotonic() + seconds
        received = bytearray()
        poll = select.poll()
        poll.register(self._out, select.POLLIN)
        if waiting:
            poll.register(self._in, select.POLLOUT)
        while len(received) < expected:
            if self._cancelled():
                raise ParseFailed("parse_timeout", "stopped before it was done, because the program is ending")
            left = end - self._monotonic()
            if left <= 0:
                raise ParseFailed("parse_timeout", f"not parsed within {limit or seconds:g} s")
            for descriptor, _event in poll.poll(min(left, _SLICE) * 1000):
                if descriptor == self._in:
                    if not self._write(waiting):
                        poll.unregister(self._in)
                elif chunk := os.read(self._out, min(_CHUNK, expected - len(received))):
                    received += chunk
                else:
                    raise self._death()
        return received

    def _write(self, waiting: list[memoryview]) -> bool:
        """Write what the pipe takes; False when there is nothing left to write, or nobody to read it."""
        while waiting and not waiting[0]:
            waiting.pop(0)
        if not waiting:
            return False
        try:
            waiting[0] = waiting[0][os.write(self._in, waiting[0][:_CHUNK]) :]
        except BrokenPipeError:
            return False  # the end of its output tells of its death
        return True

    def _death(self) -> ParseFailed:
        code = self._process.wait()
        if code == -signal.SIGXCPU:
            return ParseFailed("parse_timeout", "parsing used up its processor time")
        if code == OUT_OF_MEMORY:
            return ParseFailed("parse_memory", "parsing used up its memory")
        how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
        return ParseFailed("parse_error", f"the parsing process {how}")
