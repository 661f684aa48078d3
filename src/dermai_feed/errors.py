"""What can go wrong, sorted by who deals with it.

::

    DermaiError
    ├── ConfigError        the person who wrote the configuration (exit 2)
    ├── UsageError         the person at the command line (exit 2)
    ├── TemplateFault      whoever styles the digest; the last good one stands (exit 6)
    ├── DeliveryError      whoever keeps the mail server, or the address of a hook (exit 5)
    ├── StoreError         whoever runs the machine: disk, database, lock (exit 5)
    │   ├── StoreLocked        another process holds the database
    │   ├── StoreDamaged       not our database, or not readable
    │   └── StoreTooNew        written by a later version (exit 2)
    ├── CorpusError        whoever keeps the files: vanished folder, cut log (exit 5)
    ├── AnotherRun         the lock is taken (exit 3)
    └── SourceError        nobody at once: kept on the source, told in the digest
        ├── FetchFailed        the network's answer, with its class
        └── ParseFailed        bytes that are not what the source promised

Every message names the thing, says what is wrong, and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from .model import Problem

FailureClass = Literal[
    "dns", "refused", "tls_error", "timeout", "reset", "protocol",
    "blocked_address", "bad_url", "too_large", "bad_coding", "truncated", "redirects",
    "http_4xx", "not_found", "gone", "rate_limited", "http_5xx", "http_other",
    "challenge", "login", "not_a_feed", "no_records", "parse_timeout", "parse_memory", "parse_error", "internal_error",
]  # fmt: skip


class DermaiError(Exception):
    """Root of everything this program raises on purpose."""

    exit_code = 1


class ConfigError(DermaiError):
    """One or more mistakes in the configuration, all of them at once (C-01)."""

    exit_code = 2

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(f"{p.where}: {p.what}" + (f" ({p.hint})" if p.hint else "") for p in problems))


class UsageError(DermaiError):
    """The command line asks for something that cannot be."""

    exit_code = 2


class TemplateFault(DermaiError):
    """A template cannot be used: its file, the line (0: not known), and what is wrong."""

    exit_code = 6

    def __init__(self, file: str, line: int, what: str) -> None:
        self.file, self.line, self.what = file, line, what
        super().__init__(f"{file}:{line}: {what}; mend it, or delete it to use the built-in one")


class StoreError(DermaiError):
    """The database or its disk cannot be used."""

    exit_code = 5


class StoreLocked(StoreError):
    """Another process holds the database longer than the busy time-out."""


class StoreDamaged(StoreError):
    """The file is not a database of ours, or is damaged; it is left untouched (S-12)."""


class StoreTooNew(StoreError):
    """A later version of the program wrote this database (S-13)."""

    exit_code = 2


class CorpusError(DermaiError):
    """The corpus folder is not what the database remembers; nothing was changed."""

    exit_code = 5


class DeliveryError(DermaiError):
    """Something was not delivered, or, when it is not `certain`, perhaps it was; the message says what happened."""

    exit_code = 5

    def __init__(self, text: str, *, certain: bool = True) -> None:
        self.certain = certain
        super().__init__(text)


class AnotherRun(DermaiError):
    """The lock is taken by another run (R-01)."""

    exit_code = 3


class SourceError(DermaiError):
    """A failure that belongs to one source and never stops another (F-29)."""

    def __init__(self, failure: FailureClass, text: str) -> None:
        self.failure = failure
        self.text = text
        super().__init__(f"{failure}: {text}")


class FetchFailed(SourceError):
    """The network, or the server, said no.

    `status` is the HTTP status when there was an answer. `retry_after` is seconds, already
    read from both header forms relative to the response's Date (F-12); None when absent,
    3600.0 when present but unusable. `location` is where a redirect to another host leads that
    `Request.stay` did not let the fetch follow, "" otherwise.
    """

    def __init__(
        self, failure: FailureClass, text: str, *, url: str = "", status: int | None = None,
        retry_after: float | None = None, requests: int = 1, location: str = "",
    ) -> None:  # fmt: skip
        super().__init__(failure, text)
        self.url = url
        self.status = status
        self.retry_after = retry_after
        self.requests = requests
        self.location = location


class ParseFailed(SourceError):
    """The bytes are not what the source promised, or reading them took too much.

    `no_records` is the mild one: the answer was understood, and what it lists is nothing that an
    item could be made of (a search's numbers, a list of journals). A source that says so is
    asked wrongly; a file that says so was read.
    """
