"""Who may connect now: how many at once and with which gap, per host and in all (F-21).

A host is counted by its name and by each of its addresses, so that ten names of one machine
are one host. A turn is held as long as the connection is open; the gap runs from the end of
one turn to the start of the next, which keeps it on the server's clock too.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

_POLL = 0.01  # seconds between looks while others are at work; their end is not announced
_LONGEST = 0.2  # seconds of one wait, so that a stop is noticed in time


class Pace:
    """The queue that all fetches of one `Fetcher` share; safe to use from many threads.

    `gap` is in seconds, `per_host` and `total` are connections at once.
    """

    def __init__(
        self, *, gap: float, per_host: int, total: int, monotonic: Callable[[], float], wait: Callable[[float], None]
    ) -> None:
        self._gap = gap
        self._per_host = per_host
        self._total = total
        self._monotonic = monotonic
        self._wait = wait
        self._lock = threading.Lock()
        self._open: Counter[str] = Counter()
        self._open_in_all = 0
        self._free_at: dict[str, float] = {}  # monotonic time of the next turn, by host

    def take(self, hosts: frozenset[str], check: Callable[[], None]) -> float:
        """Wait for a turn at all `hosts` (the names of one machine) at once; seconds waited.

        All at once, and never one while waiting for another, so that turns cannot deadlock.
        `check` is called before each wait and ends it by raising.
        """
        began = self._monotonic()
        while (hold := self._try(hosts)) > 0:
            check()
            self._wait(min(hold, _LONGEST))
        return self._monotonic() - began

    def give_back(self, hosts: frozenset[str], gap: float = 0.0) -> None:
        """End the turn that `take` gave; `gap` (seconds) is the host's own, obeyed when it is the longer one."""
        with self._lock:
            self._open_in_all -= 1
            self._open -= Counter(hosts)  # drops what reaches zero
            self._close_until_gap_is_over(hosts, gap)

    def _try(self, hosts: frozenset[str]) -> float:
        """Take the turn and return 0, or return the seconds after which to look again."""
        with self._lock:
            if self._open_in_all >= self._total or any(self._open[host] >= self._per_host for host in hosts):
                return _POLL
            now = self._monotonic()
            self._free_at = {host: at for host, at in self._free_at.items() if at > now}
            hold = max((self._free_at.get(host, now) for host in hosts), default=now) - now
            if hold <= 0:
                self._open_in_all += 1
                self._open.update(hosts)
                self._close_until_gap_is_over(hosts)
            return hold

    def _close_until_gap_is_over(self, hosts: frozenset[str], gap: float = 0.0) -> None:
        free_at = self._monotonic() + max(self._gap, gap)
        self._free_at.update((host, free_at) for host in hosts)
