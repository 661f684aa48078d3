"""The wiring: a `Config` becomes a client, a store, a pool and a lock.

This is the only module that asks the clock for the date, and the only one that chooses
implementations; everything below it is told.
"""

from __future__ import annotations

import json
import logging
import os
import platform
import pyexpat
import re
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

from . import config as configuration
from . import locks
from .collectors import COLLECTORS, ChildParser
from .config import Config
from .errors import AnotherRun as AnotherRun
from .errors import UsageError
from .fetch import Fetcher
from .pipeline.parts import Map, Parts, Progress, silent
from .store import open_store

log = logging.getLogger("dermai_feed")

# Entity bombs are stopped by expat itself since this version (P-05).
SAFE_EXPAT = (2, 4, 1)


def now() -> datetime:
    """The time, UTC, whole seconds: the machine's, or what the file named by DERMAI_NOW_FILE says (H1).

    The file holds one ISO 8601 moment and is read on every call, so that a running process
    can be moved. Raises: errors.UsageError when it holds anything else.
    """
    if not (path := os.environ.get("DERMAI_NOW_FILE")):
        return datetime.now(UTC).replace(microsecond=0)
    text = Path(path).read_text(encoding="utf-8").strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{path}: {text[:40]!r} is not a moment; write it as 2026-11-21T05:00:00Z") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)


def load(path: Path, environ: Mapping[str, str] = os.environ) -> Config:
    """The configuration at `path`, checked as a whole.

    Raises: errors.ConfigError with every mistake; errors.UsageError when expat is too old to be safe.
    """
    if tuple(pyexpat.version_info) < SAFE_EXPAT:
        raise UsageError(f"expat {pyexpat.EXPAT_VERSION} lets entities explode; a Python with 2.4.1 or later is needed")
    return configuration.load(path, environ, kinds=frozenset(COLLECTORS))


def config_places(given: str | None, environ: Mapping[str, str] = os.environ) -> list[Path]:
    """Where the configuration is looked for: `given`, else DERMAI_CONFIG, else config/dermai-feed.yaml here."""
    return [Path(place) for place in (given, environ.get("DERMAI_CONFIG"), "config/dermai-feed.yaml") if place]


def find_config(given: str | None, environ: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration is: `given`, else DERMAI_CONFIG, else config/dermai-feed.yaml here.

    Raises: errors.UsageError naming the places that were looked at.
    """
    path = config_places(given, environ)[0]
    if path.is_file():
        return path
    raise UsageError(f"{path}: no such file; write one with `dermai-feed init`, or name yours with --config")


@contextmanager
def assemble(
    config: Config, *, progress: Progress = silent, threads: int | None = None, stopping: Stopping | None = None,
    worker: bool = False,
) -> Iterator[Parts]:  # fmt: skip
    """The parts of the program, opened; closed again on the way out.

    `threads`: how many sources are fetched at once; 0 works on this thread alone. `stopping`:
    signals that somebody above handles already. `worker`: one of several, that only collects.
    """
    config.corpus.mkdir(parents=True, exist_ok=True)
    config.state.mkdir(parents=True, exist_ok=True)
    count = config.fetch.total if threads is None else threads
    signals: AbstractContextManager[object] = nullcontext()
    if stopping is None:
        stopping = signals = Stopping()
    with (
        open_store(config.database, busy=config.busy, backups=config.backup.folder) as store,
        ChildParser(config.parse, cancelled=stopping) as parse,
        _pool(count) as spread,
        signals,
    ):
        fetch = Fetcher(config.fetch, cancelled=stopping)
        try:
            yield Parts(
                config=config, store=store, fetch=fetch, parse=parse, corpus=config.corpus, map=spread,
                progress=progress, cancelled=stopping, holder=_holder(config), worker=worker,
            )  # fmt: skip
        finally:
            fetch.close()


def database_url(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """`text` as it may be written for `store.database`, made an address for the store.

    Raises: errors.UsageError for a variable that is not set and for another make of database.
    """
    filled, faults = configuration.filled(text, environ)
    if faults or not re.match(r"(postgresql(\+psycopg)?|sqlite):///?", filled):
        wrong = faults[0] if faults else "is neither sqlite:/// nor postgresql://"
        raise UsageError(f"{text.rpartition('@')[2]}: {wrong}")
    return re.sub(r"^postgresql://", "postgresql+psycopg://", filled)


def check_shared(config: Config) -> None:
    """Raises: errors.UsageError when the store of `config` has room for one worker only."""
    if config.database.startswith("sqlite"):
        raise UsageError("several workers need PostgreSQL: `dermai-feed store migrate --to URL` moves the database")


def _holder(config: Config) -> str | None:
    """The name under which this process leases sources, where it may be one of several (decision 15)."""
    if config.database.startswith("sqlite"):
        return None
    return f"{platform.node()}/{os.getpid()}/{os.urandom(3).hex()}"


@contextmanager
def _pool(count: int) -> Iterator[Map]:
    if count == 0:
        yield map
        return
    pool = ThreadPoolExecutor(count, thread_name_prefix="collect")
    try:
        yield pool.map
    finally:
        # What waits in the queue is dropped; what is in hand sees `cancelled` and ends.
        pool.shutdown(wait=True, cancel_futures=True)


class Stopping:
    """SIGTERM and SIGINT: the first ends the run in good order, the second at once (R-08).

    Called with nothing it answers whether the run is to end; fetches and parsing ask it.
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._name = ""
        self._before: dict[int, object] = {}

    def __call__(self) -> bool:
        return self._asked.is_set()

    def check(self) -> None:
        """Raises: Stopped when a signal came, also when its exception was lost on the way."""
        if self._asked.is_set():
            raise Stopped(self._name)

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._stop)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if self._asked.is_set():
            os._exit(128 + number)
        self._name = signal.Signals(number).name
        self._asked.set()
        raise Stopped(self._name)


class Stopped(BaseException):
    """A signal asked the run to end; like KeyboardInterrupt nothing on the way may swallow it."""


def locked(config: Config, *, wait: float = 0.0, beside_daemon: bool = True) -> AbstractContextManager[None]:
    """Hold the run lock while a run works, see locks.locked."""
    return locks.locked(config, now(), wait=wait, beside_daemon=beside_daemon)


class _JsonLines(logging.Formatter):
    """One JSON object a line: moment, level, event, fields."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"at": f"{now():%Y-%m-%dT%H:%M:%SZ}", "level": record.levelname.lower(), "event": record.getMessage()}
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=True, default=str)


class _Words(logging.Formatter):
    """`moment level: event field=value …`, with everything from outside escaped onto one line (O-04).

    Without the moment where it goes into systemd's journal, which has its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        fields = " ".join(f"{key}={_safe(value)}" for key, value in getattr(record, "fields", {}).items())
        moment = "" if "JOURNAL_STREAM" in os.environ else f"{now():%Y-%m-%dT%H:%M:%SZ} "
        text = f"{moment}{record.levelname.lower()}: {_safe(record.getMessage(), quote=False)} {fields}".rstrip()
        return f"{text}\n{self.formatException(record.exc_info)}" if record.exc_info else text


def _safe(value: object, quote: bool = True) -> str:
    text = str(value)[:300]
    clean = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return json.dumps(clean, ensure_ascii=False) if quote and (" " in clean or not clean) else clean


def log_to_stderr(verbose: int, as_json: bool) -> None:
    """Set up logging: warnings, with -v events, with -vv everything of ours; never httpx's (M-11)."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLines() if as_json else _Words())
    log.handlers[:] = [handler]
    log.setLevel([logging.WARNING, logging.INFO][verbose] if verbose < 2 else logging.DEBUG)
