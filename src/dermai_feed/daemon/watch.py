"""What is done after each look: metrics, the textfile, alerts."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta

from ..config import Config
from ..errors import DermaiError
from ..pipeline import alerts
from ..pipeline.metrics import metrics
from ..pipeline.parts import Parts
from ..pipeline.status import status
from .endpoint import Page, serving, write_textfile
from .keeper import Tick

log = logging.getLogger(__name__)

FRESH = 300.0  # seconds; counting everything that is stored takes a while, so not at each idle look
STUCK = 3600.0  # seconds without the end of a tick; a round over a hundred slow sources takes less
AGAIN = timedelta(hours=1)  # after an alert that could not be delivered


class Health:
    """What /healthz goes by; monotonic seconds."""

    def __init__(self) -> None:
        self.looked = time.monotonic()  # when a tick last ended
        self.failures = 0  # ticks in a row that failed
        self.skipped = 0  # ticks that came while another was at work

    def trouble(self) -> str:
        """What is wrong, in words; empty while all is well."""
        if self.failures >= 3:
            return f"{self.failures} ticks in a row failed"
        silent = time.monotonic() - self.looked
        return f"no tick has ended for {silent:.0f} s" if silent > STUCK else ""


class Watch:
    """Tells the outside how things stand."""

    def __init__(self, health: Health) -> None:
        self._health = health
        self.page = Page(health.trouble)
        self._counted: float | None = None
        self._silent_until: datetime | None = None

    @contextmanager
    def serving(self, listen: str) -> Iterator[None]:
        """The page at `listen`; nothing when that is empty."""
        with serving(listen, self.page) if listen else nullcontext():
            yield

    def looked(self, parts: Parts, tick: Tick) -> None:
        """After a tick: count, write, tell. A failure of these is logged and stops nothing."""
        config = parts.config
        try:
            if (config.daemon.listen or config.daemon.textfile) and self._is_due(tick):
                self._count(parts, config, tick.at)
            if not parts.worker:
                self._alert(parts, tick.at)
        except (DermaiError, OSError) as error:
            log.warning("not told", extra={"fields": {"why": str(error)}})

    def _is_due(self, tick: Tick) -> bool:
        return bool(tick.done) or self._counted is None or time.monotonic() - self._counted >= FRESH

    def _count(self, parts: Parts, config: Config, now: datetime) -> None:
        self.page.metrics = metrics(
            status(parts, now=now), failures=self._health.failures, skipped=self._health.skipped
        )
        self._counted = time.monotonic()
        if config.daemon.textfile is not None:
            write_textfile(config.daemon.textfile, self.page.metrics)

    def _alert(self, parts: Parts, now: datetime) -> None:
        if self._silent_until is not None and self._silent_until - AGAIN <= now < self._silent_until:
            return
        try:
            alerts.alert(parts, now=now, log=_say)
        except DermaiError:
            self._silent_until = now + AGAIN
            raise
        self._silent_until = None


def _say(news: alerts.News) -> None:
    for line in news.begun:
        log.warning("alert", extra={"fields": {"what": line}})
    for line in news.over:
        log.warning("alert over", extra={"fields": {"what": line}})
