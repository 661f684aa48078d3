"""The daemon as a process: ticks, signals, reloading, the end.

APScheduler only ticks (R-03): its one job puts a token into a box, and this thread takes it
out and works. So jobs cannot pile up, a signal is an exception here and nowhere swallowed
(M-24), and the store is touched by one thread. Should no tick come, because the machine's
clock was set back and APScheduler waits for it to catch up, the box is looked into anyway.
"""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from apscheduler.schedulers.background import BackgroundScheduler

from .. import app, locks
from ..config import Config
from ..errors import AnotherRun, DermaiError, UsageError
from ..pipeline.parts import Parts
from .keeper import Keeper, Tick
from .supervisor import Supervisor
from .watch import Health, Watch

log = logging.getLogger(__name__)

MOST_FAILURES = 10  # ticks in a row; then a supervisor shall start us anew
LATE = 1.5  # ticks; after that we look without being called


def serve(path: Path, *, worker: bool = False, once: bool = False, supervisor: Supervisor | None = None) -> int:
    """Be the daemon of the configuration at `path` until a signal; the exit code.

    `worker`: one of several that only collect. `once`: one tick, for timers.
    Raises: errors.ConfigError, errors.AnotherRun, errors.StoreError at the start; app.Stopped
    on SIGTERM and SIGINT. A second signal ends the process at once.
    """
    config = app.load(path)
    supervisor, health = supervisor or Supervisor(), Health()
    watch = Watch(health)
    calls: SimpleQueue[str] = SimpleQueue()  # the one queue that a signal handler may put into
    with ExitStack() as stack:
        stopping = stack.enter_context(app.Stopping())
        stack.enter_context(_on_hangup(calls))
        alone = stack.enter_context(_alone(config, worker))
        state = _Assembled(path, config, stopping, supervisor, worker=worker)
        stack.callback(state.close)
        stack.callback(supervisor.stopping)
        keeper = state.open()
        _serve_page(stack, watch, config)
        supervisor.ready("waiting for the first tick")
        log.info("started", extra={"fields": {"worker": worker, "sources": len(config.sources)}})
        scheduler = stack.enter_context(_ticking(calls, health, state))
        while True:
            if _take(calls, state.config.daemon.tick * LATE) == "reload":
                keeper = state.reload() or keeper
                scheduler.modify(state.config.daemon.tick)
            stopping.check()
            _keep_alone(alone)
            tick = _tick(keeper, health, stopping)
            supervisor.alive()
            if tick is not None:
                supervisor.status(_words(tick))
                watch.looked(state.parts, tick)
            if health.failures >= MOST_FAILURES:
                log.error("gave up", extra={"fields": {"failures": health.failures}})
                return 1
            if once:
                return 0 if tick is not None else 1


def _serve_page(stack: ExitStack, watch: Watch, config: Config) -> None:
    try:
        stack.enter_context(watch.serving(config.daemon.listen))
    except OSError as error:
        hint = "change daemon.listen, or stop whoever listens there"
        raise UsageError(f"{config.daemon.listen}: {error.strerror or error}; {hint}") from error


def _tick(keeper: Keeper, health: Health, stopping: app.Stopping) -> Tick | None:
    """One look; a failure is logged and counted, whatever it is (R-09).

    A signal is an exception wherever we happen to be, and a driver may make another of it.
    """
    try:
        tick = keeper.tick(app.now())
    except app.Stopped:
        raise
    except DermaiError as error:
        stopping.check()
        health.failures += 1
        fields = {"failures": health.failures, "why": str(error)}
        log.error("tick failed", extra={"fields": fields})  # noqa: TRY400 - its words say it all
        return None
    except BaseException:  # also SystemExit: no library ends the daemon
        stopping.check()
        health.failures += 1
        log.exception("tick failed", extra={"fields": {"failures": health.failures}})
        return None
    finally:
        health.looked = time.monotonic()
    health.failures = 0
    return tick


def _words(tick: Tick) -> str:
    if tick.plan.trouble:
        return tick.plan.trouble
    if tick.busy:
        return "another run is at work"
    return f"next look at {tick.plan.wake:%Y-%m-%d %H:%M} UTC" + (
        f", digest at {tick.plan.digest:%Y-%m-%d %H:%M} UTC" if tick.plan.digest else ""
    )


# --------------------------------------------------------------------------- being called


def _take(calls: SimpleQueue[str], patience: float) -> str:
    """The next call; a tick when none came in time. Ticks that waited together are one, a reload is never lost."""
    found = set()
    try:
        found.add(calls.get(timeout=patience))
        while True:
            found.add(calls.get_nowait())
    except Empty:
        return "reload" if "reload" in found else "tick"


class _Ticking:
    """APScheduler with its one job."""

    def __init__(self, calls: SimpleQueue[str], health: Health, seconds: float) -> None:
        self._calls, self._health = calls, health
        # A MemoryJobStore, UTC, and the job is never dropped for being late.
        self._scheduler = BackgroundScheduler(timezone=UTC)
        self._job = self._scheduler.add_job(
            self._call, "interval", seconds=seconds, misfire_grace_time=None, coalesce=True, max_instances=1,
            next_run_time=datetime.now(UTC),
        )  # fmt: skip
        self._seconds = seconds

    def _call(self) -> None:
        if self._calls.empty():
            self._calls.put("tick")
        else:
            self._health.skipped += 1

    def modify(self, seconds: float) -> None:
        """Tick every `seconds` from now on."""
        if seconds != self._seconds:
            self._seconds = seconds
            self._job.reschedule("interval", seconds=seconds)

    def __enter__(self) -> _Ticking:
        self._scheduler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._scheduler.shutdown(wait=False)


def _ticking(calls: SimpleQueue[str], health: Health, state: _Assembled) -> _Ticking:
    # APScheduler logs each run of its job; ours is no news.
    logging.getLogger("apscheduler").setLevel(logging.WARNING)
    return _Ticking(calls, health, state.config.daemon.tick)


@contextmanager
def _on_hangup(calls: SimpleQueue[str]) -> Iterator[None]:
    def reload(_number: int, _frame: FrameType | None) -> None:
        calls.put("reload")

    before = signal.signal(signal.SIGHUP, reload)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


# --------------------------------------------------------------------------- being alone


def _alone(config: Config, worker: bool) -> AbstractContextManager[locks.Lock | None]:
    """One daemon per store; workers may be many."""
    if worker:
        return nullcontext()
    return locks.only_daemon(config, app.now())


def _keep_alone(lock: locks.Lock | None) -> None:
    """A database server that was restarted has forgotten our lock: take it again, or leave it to whoever has it."""
    if lock is None or lock.kept():
        return
    try:
        ours = lock.acquire(0.0)
    except DermaiError as error:  # still away: the tick will say so and be counted
        log.warning("database away", extra={"fields": {"why": str(error)}})
        return
    if not ours:
        raise AnotherRun(f"another daemon took over ({lock.holder() or 'unknown'}) while the database was away")


# --------------------------------------------------------------------------- the parts


class _Assembled:
    """The program, put together; again after each reload."""

    def __init__(
        self, path: Path, config: Config, stopping: app.Stopping, supervisor: Supervisor, *, worker: bool
    ) -> None:
        self.config = config
        self._path, self._stopping, self._supervisor, self._worker = path, stopping, supervisor, worker
        self._stack = ExitStack()
        self.parts: Parts

    def open(self) -> Keeper:
        """Put the parts together."""
        self.parts = self._stack.enter_context(
            app.assemble(self.config, progress=self._alive, stopping=self._stopping, worker=self._worker)
        )
        return Keeper(self.parts, lock=lambda: locks.locked(self.config, app.now()), alive=self._supervisor.alive)

    def _alive(self, _step: str, _done: int, _total: int, /) -> None:
        self._supervisor.alive()

    def close(self) -> None:
        """Take them apart: what is fetched is cancelled first."""
        self._stack.close()

    def reload(self) -> Keeper | None:
        """Read the configuration anew (R-13).

        None when it has mistakes or is for another store: each is logged, and the old one stays.
        """
        self._supervisor.reloading()
        try:
            config = app.load(self._path)
            self._check_same_store(config)
        except DermaiError as error:
            for line in str(error).splitlines():
                log.error("configuration refused", extra={"fields": {"why": line}})  # noqa: TRY400 - a mistake, no bug
            self._supervisor.ready("the configuration has mistakes; the one before is in force")
            return None
        self.close()
        self._stack = ExitStack()
        self.config = config
        keeper = self.open()
        log.info("reloaded", extra={"fields": {"hash": config.hash[:12], "sources": len(config.sources)}})
        self._supervisor.ready("the configuration was read anew")
        return keeper

    def _check_same_store(self, config: Config) -> None:
        for name in ("database", "corpus", "state"):
            if getattr(config, name) != getattr(self.config, name):
                raise UsageError(f"{self._path}: names another {name}; restart the daemon for that")
