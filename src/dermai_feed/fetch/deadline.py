"""The time limit of one fetch, and the wish to stop before it.

One monotonic limit covers everything from the look-up to the last byte (F-01). It is enforced
where the program waits, that is under the HTTP library: the library's own time-outs are for
one operation each, and a server that sends a byte now and then never trips them (M-01).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from .failures import Refusal

SLICE = 0.2  # seconds: the longest single wait, so that a stop is noticed in time
_SHORTEST = 0.001  # seconds: a socket time-out of 0 would mean "do not wait at all"


class Deadline:
    """`seconds` from now, by the clock `monotonic`, unless `cancelled()` becomes true."""

    def __init__(self, seconds: float, *, monotonic: Callable[[], float], cancelled: Callable[[], bool]) -> None:
        self._seconds = seconds
        self._monotonic = monotonic
        self._cancelled = cancelled
        self._began = monotonic()
        self._end = self._began + seconds

    def check_stop(self) -> None:
        """Raises: Refusal when the program wants to end."""
        if self._cancelled():
            raise Refusal("timeout", "stopped before it was done, because the program is ending")

    def check(self) -> None:
        """Raises: Refusal `timeout` when the time is over or the program wants to end."""
        self.check_stop()
        if self._monotonic() >= self._end:
            raise Refusal("timeout", f"not done within {self._seconds:g} s")

    def slices(self, limit: float | None = None) -> Iterator[float]:
        """How long to wait, again and again, until `limit` seconds are over; checked in between.

        Raises: Refusal `timeout` as `check`; when `limit` comes first it just ends.
        """
        limit_end = self._end if limit is None else self._monotonic() + limit
        while True:
            self.check()
            now = self._monotonic()
            if now >= limit_end:
                return
            yield max(min(SLICE, limit_end - now, self._end - now), _SHORTEST)

    def extend(self, seconds: float) -> None:
        """Leave out `seconds` that were spent in the queue: waiting politely is not the server's fault."""
        self._began += seconds
        self._end += seconds

    def spent(self) -> float:
        """Seconds since the start, without those in the queue."""
        return self._monotonic() - self._began
