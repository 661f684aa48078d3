"""The way out for one round of collecting or enriching."""

from __future__ import annotations

import threading

from .. import schedule
from ..errors import FetchFailed
from ..model import Fetch, Request, Response

# As many different hosts in a row out of reach, and none in reach, mean that we are offline.
OFFLINE_HOSTS = 6


class Gate:
    """The way out for one round: remembers hosts that asked for a pause, and that we are offline.

    It exists because both are facts about the round and not about a source: after a 429
    nobody asks that host again (F-12), and when the first hosts are all unreachable the
    remaining fifty need not each wait for their time-out.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._lock = threading.Lock()
        self._paused: dict[str, FetchFailed] = {}
        self._unreachable: set[str] = set()
        self._reached = False

    @property
    def offline(self) -> bool:
        """Nothing was reached, and enough was tried to say so."""
        with self._lock:
            return not self._reached and len(self._unreachable) >= OFFLINE_HOSTS

    def __call__(self, request: Request) -> Response:
        host = schedule.host_of(request.url)
        with self._lock:
            pause = self._paused.get(host)
        if pause is not None:
            raise FetchFailed(
                "rate_limited", f"{host} asked for a pause earlier in this round", url=request.url, status=429,
                retry_after=pause.retry_after, requests=0,
            )  # fmt: skip
        if self.offline:
            raise FetchFailed("dns", "not asked: no host could be reached", url=request.url, requests=0)
        try:
            response = self._fetch(request)
        except FetchFailed as failed:
            with self._lock:
                if failed.failure == "rate_limited":
                    self._paused[host] = failed
                if failed.failure in schedule.OFFLINE:
                    self._unreachable.add(host)
                else:
                    self._reached = True
            raise
        with self._lock:
            self._reached = True
        return response
