"""Reading where it can be stopped: files to import are read in a child process, batch by batch.

Hostile bytes can cost time and memory in any parser; the child has limits of both, and is
killed and replaced when it breaks them (P-02). What it read before stays read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self

from .. import codec
from ..collectors.childparser import Child
from ..collectors.wire import LENGTH
from ..errors import ParseFailed
from ..model import ParseLimits
from ..rules import ProviderRules
from .wire import Asked, Batch

# Of one batch of 500 records, not of a file, except for the memory. A table of 100,000 rows takes minutes in all.
LIMITS = ParseLimits(wall=120.0, cpu=60.0, memory=1536 * 1024 * 1024, text=200_000, tags=100, images=10)
_MODULE = "dermai_feed.imports.child"


def _never() -> bool:
    return False


class Reader:
    """Reads files one after the other in a child process. Close it, or use it as a context manager."""

    def __init__(
        self, rules: ProviderRules, *, limits: ParseLimits = LIMITS, cancelled: Callable[[], bool] = _never
    ) -> None:
        self._rules = codec.encode(rules).encode()
        self._limits = limits
        self._cancelled = cancelled
        self._child: Child | None = None

    def __call__(self, asked: Asked) -> Iterator[Batch]:
        """What a file holds, batch by batch; the last one says so, and what went wrong if anything did."""
        question = codec.encode(asked).encode()
        said = [b"A" + LENGTH.pack(len(question)) + question]
        if self._child is None or not self._child.lives():
            self._child = Child(_MODULE, self._limits, self._cancelled)
            said.insert(0, b"R" + LENGTH.pack(len(self._rules)) + self._rules)
        finished = False
        try:
            while not finished:
                batch = codec.decode(Batch, self._child.exchange(said, self._limits.wall))
                said = []
                finished = batch.last
                yield batch
        except ParseFailed as failed:
            yield Batch(last=True, failure=_words(failed))
        finally:
            if not finished:  # half a conversation cannot be gone on with
                self.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child."""
        if self._child is not None:
            with suppress(ProcessLookupError):
                self._child.kill()
            self._child = None


def _words(failed: ParseFailed) -> str:
    words = {
        "parse_timeout": "reading it took too long",
        "parse_memory": "reading it needs too much memory",
    }.get(failed.failure, "the process that read it died")
    return f"{words} ({failed.text}); split the file, or leave out what is wrong with it"
