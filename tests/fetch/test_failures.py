"""The translation of foreign exceptions."""

from __future__ import annotations

import errno
import inspect
import socket
import ssl
from types import ModuleType
from typing import get_args

import httpcore
import httpx
import pytest

from dermai_feed.errors import FailureClass
from dermai_feed.fetch import failures
from dermai_feed.fetch.failures import ADVICE, FAILURE_OF, Dropped, translate


@pytest.mark.parametrize("library", [httpx, httpcore])
def test_every_exception_of_the_libraries_is_translated(library: ModuleType) -> None:
    """No exception class of httpx or httpcore is without a failure class of its own."""
    exceptions = {value for value in vars(library).values() if inspect.isclass(value) and issubclass(value, Exception)}
    assert len(exceptions) > 10
    assert exceptions <= FAILURE_OF.keys()


def test_the_table_names_only_what_exists() -> None:
    """Every name of the table is an exception of at least one of the libraries."""
    assert {kind.__name__ for kind in FAILURE_OF} == failures._FAILURE_OF_NAME.keys()


def test_there_is_advice_for_every_failure() -> None:
    """Every failure that a fetch can have tells what to do; the others belong to the parsers."""
    parsers = {"login", "not_a_feed", "no_records", "parse_timeout", "parse_memory", "parse_error"}
    assert set(ADVICE) == set(get_args(FailureClass)) - parsers
    assert set(FAILURE_OF.values()) <= set(ADVICE)


def refused(reason: Exception) -> Exception:
    """What the transport raises when connecting failed for `reason`."""
    error = httpx.ConnectError(str(reason))
    error.__cause__ = httpcore.ConnectError(reason)
    return error


@pytest.mark.parametrize(
    ("error", "received", "ended", "failure"),
    [
        (httpx.ReadTimeout("x"), 0, False, "timeout"),
        (httpx.RemoteProtocolError("x"), 20, False, "protocol"),
        (httpx.RemoteProtocolError("x"), 20, True, "truncated"),
        (httpx.RemoteProtocolError("x"), 0, True, "reset"),
        (httpx.ReadError("x"), 20, False, "reset"),
        (httpx.ReadError("x"), 20, True, "truncated"),
        (httpx.ConnectError("x"), 0, False, "refused"),
        (refused(socket.gaierror(-2, "x")), 0, False, "dns"),
        (refused(ssl.SSLError("x")), 0, False, "tls_error"),
        (refused(OSError(errno.ETIMEDOUT, "x")), 0, False, "timeout"),
        (refused(ConnectionResetError("x")), 0, False, "reset"),
        (refused(ConnectionRefusedError("x")), 0, False, "refused"),
        (refused(UnicodeError("x")), 0, False, "dns"),
        (httpx.StreamConsumed(), 20, False, "internal_error"),
        (httpcore.ReadError("x"), 20, False, "reset"),
    ],
)
def test_translation(error: Exception, received: int, ended: bool, failure: str) -> None:
    """The class follows from the exception, from what lies under it, and from how the connection ended."""
    assert translate(error, received=received, ended=ended).failure == failure


@pytest.mark.parametrize(
    ("error", "received", "again"),
    [
        (httpx.ReadError("x"), 0, True),
        (httpx.ReadError("x"), 1, False),
        (httpx.ConnectError("x"), 0, False),
        (httpx.ReadTimeout("x"), 0, False),
    ],
)
def test_f20_what_may_be_tried_again(error: Exception, received: int, again: bool) -> None:
    """Only a connection that was lost before any byte of the answer is worth another try."""
    assert isinstance(translate(error, received=received, ended=False), Dropped) is again


def test_o04_quotes_of_the_server_are_short_and_printable() -> None:
    """What a message quotes from outside has no control character and at most 120 characters."""
    refusal = translate(httpx.RemoteProtocolError("\x1b[31m\n" + "x" * 9000), received=1, ended=False)
    assert refusal.what.isprintable()
    assert len(refusal.what) <= 121
