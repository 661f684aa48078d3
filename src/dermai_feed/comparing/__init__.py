"""Comparing: the arithmetic of matching for many items, on a second core where there is one.

`matching` says what keys an item has and what ties a pair; this says where that is worked out.
An import of thousands gains a third of its time by it; a run of a few hundred would wait longer
for a process to start. The answers are the same wherever they come from.
"""

from __future__ import annotations

import logging
import os
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Self

from .. import codec, matching
from ..collectors.childparser import Child
from ..collectors.wire import LENGTH
from ..errors import ParseFailed
from ..model import Item, ParseLimits
from ..rules import MatchWeights
from .wire import Asked, Told

__all__ = ["MANY", "Asked", "Comparing", "Desk", "Told"]

log = logging.getLogger(__name__)

MANY = 1_000  # items from which on a second process pays: it takes about a second to start
# Of one question: 200 items and whoever they meet. A child that needs more is given up, and the work done here.
_LIMITS = ParseLimits(wall=300.0, cpu=300.0, memory=1536 * 1024 * 1024)
_MODULE = "dermai_feed.comparing.child"


class Desk:
    """Where questions are answered: here, or in the child."""

    def __init__(self, weights: MatchWeights) -> None:
        self._comparer = matching.Comparer(weights, partial(codec.decode, Item))

    def told(self, asked: Asked) -> Told:
        """The answer to `asked`."""
        if asked.keys:
            return Told(keys=self._comparer.keys(asked.items))
        return Told(edges=tuple(self._comparer.ties(asked.pairs, asked.items)))


class Comparing:
    """Answers questions in their order, at once or in a child process. Use it as a context manager.

    `elsewhere` asks for the child, which is started with the first question where this machine
    lets us have two cores. When it dies, what it was asked is worked out here.
    """

    def __init__(self, weights: MatchWeights, *, elsewhere: bool = False) -> None:
        self._weights = weights
        self._desk: Desk | None = None
        self._closed = False
        self._child: Child | None = None
        # One thread talks with the child, so that questions may be asked before answers are in.
        self._thread = ThreadPoolExecutor(1, "comparing") if elsewhere and _cores() > 1 else None

    def ask(self, asked: Asked) -> Future[Told]:
        """What will be the answer; without a child it is there already."""
        if self._thread is not None:
            return self._thread.submit(self._exchange, asked)
        answer: Future[Told] = Future()
        answer.set_result(self._here(asked))
        return answer

    @property
    def child(self) -> int | None:
        """The child's process id, None while there is none."""
        return self._child.pid if self._child else None

    def _exchange(self, asked: Asked) -> Told:
        try:
            said = [_frame(asked)]
            if self._child is None:
                self._child = Child(_MODULE, _LIMITS, lambda: self._closed)
                said.insert(0, _frame(self._weights))
            return codec.decode(Told, self._child.exchange(said, _LIMITS.wall))
        except (ParseFailed, OSError, ValueError) as error:
            if self._closed:  # nobody waits for the answer any more
                raise
            log.warning("the process that compares is gone, going on without", extra={"fields": {"why": str(error)}})
            self._end()
            return self._here(asked)

    def _here(self, asked: Asked) -> Told:
        self._desk = self._desk or Desk(self._weights)
        return self._desk.told(asked)

    def _end(self) -> None:
        if self._child is not None:
            with suppress(ProcessLookupError):
                self._child.kill()
            self._child = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed = True
        if self._thread is not None:
            self._thread.shutdown(cancel_futures=True)
        self._end()


def _frame(value: object) -> bytes:
    written = codec.encode(value).encode()
    return LENGTH.pack(len(written)) + written


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
