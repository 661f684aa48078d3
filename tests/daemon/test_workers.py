"""Several workers on one PostgreSQL, killed at random: every source polled, none twice in a slot, no gap broken."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import database, rss

from dermai_feed.store import open_store

__all__ = ["database"]

START = datetime(2027, 11, 17, 9, 0, tzinfo=UTC)
HOSTS = [f"127.0.0.{n}" for n in range(2, 8)]
EACH = 3  # sources of one host
GAP = 0.3  # seconds
SLOT = timedelta(hours=1, minutes=7)  # an interval and its jitter


class Polled:
    """A server at several loopback addresses that writes down who was asked when, and until when."""

    def __init__(self) -> None:
        self.times: defaultdict[str, list[tuple[float, float, str]]] = defaultdict(list)  # host -> start, end, path
        lock = threading.Lock()
        polled = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                began = time.monotonic()
                host = self.headers["Host"].partition(":")[0]
                time.sleep(0.1)
                title = f"Deep learning grades melanoma, as {self.path} says"
                body = rss({"title": title, "link": f"https://{host}.example{self.path}"})
                self.send_response(200)
                self.send_header("ETag", f'"{self.path}"')
                self.send_header("Content-Type", "application/rss+xml")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                # Written down before the last byte goes: whoever asks next can only have seen it after this.
                with lock:
                    polled.times[host].append((began, time.monotonic(), self.path))
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
        self.port = self.server.server_address[1]

    def counts(self) -> Counter[str]:
        """How often each source was asked."""
        return Counter(path for times in list(self.times.values()) for _, _, path in list(times))


@pytest.fixture
def polled() -> Iterator[Polled]:
    """A running server."""
    made = Polled()
    made.server.daemon_threads = True
    thread = threading.Thread(target=made.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


@pytest.mark.parametrize("kills", [2, pytest.param(20, marks=pytest.mark.nightly)])
def test_f21_x24_four_workers_share_the_sources_whoever_is_killed(
    project: Any, polled: Polled, database: str, kills: int, capsys: Any
) -> None:
    """kill -9 of one at random, again and again; each is started anew at once."""
    project.write_settings(
        store={"database": database}, daemon={"tick": "100ms", "lease": "2s"},
        fetch={"gap": f"{int(GAP * 1000)}ms", "total": 3, "allow_hosts": [f"{host}:{polled.port}" for host in HOSTS]},
    )  # fmt: skip
    paths = [f"/h{h}s{n}" for h in range(len(HOSTS)) for n in range(EACH)]
    project.sources(
        *[project.feed(path[1:], path) | {"url": f"http://{HOSTS[int(path[2])]}:{polled.port}{path}"} for path in paths]
    )
    project.clock(START)
    open_store(database.replace("postgresql://", "postgresql+psycopg://")).close()
    chance = random.Random(kills)
    log = project.folder / "workers.log"
    environment = os.environ | {"DERMAI_CONFIG": str(project.config), "DERMAI_NOW_FILE": str(project.clock_file)}

    def start(stack: ExitStack) -> subprocess.Popen[bytes]:
        out = stack.enter_context(log.open("ab"))
        command = [sys.executable, "-m", "dermai_feed", "daemon", "--worker", "-v"]
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
        stack.callback(process.wait, 30)
        stack.callback(process.kill)
        return process

    slots: list[Counter[str]] = []
    killed = 0
    with ExitStack() as stack:
        workers = [start(stack) for _ in range(4)]
        for slot in range(-(-kills // 2) + 1):
            last = killed >= kills
            before = polled.counts()
            project.clock(START + slot * SLOT)
            end = time.monotonic() + 240
            quiet = 0
            while quiet < 5:
                time.sleep(0.1)
                asked = polled.counts() - before
                assert time.monotonic() < end, (slot, asked, log.read_text(encoding="utf-8")[-3000:])
                if not last and killed < kills and asked.total() > 4 * (killed % 2) + chance.randrange(6):
                    victim = chance.randrange(4)
                    workers[victim].send_signal(signal.SIGKILL)
                    workers[victim].wait(30)
                    workers[victim] = start(stack)
                    killed += 1
                quiet = quiet + 1 if settled(database, project.now, len(paths)) and (last or killed % 2 == 0) else 0
            slots.append(polled.counts() - before)
        for worker in workers:
            worker.terminate()
        # One that was started last may not have come to handle signals yet.
        assert {worker.wait(30) for worker in workers} <= {0, -signal.SIGTERM}
    assert killed == kills
    for slot, asked in enumerate(slots):
        assert max(asked.values()) == 1, (slot, asked.most_common(3))
    assert slots[-1] == Counter(paths), "without a kill everybody is asked"
    assert polled.counts().keys() == set(paths)
    gaps = [later[0] - sooner[1] for times in polled.times.values() for sooner, later in pairwise(sorted(times))]
    assert min(gaps) >= GAP - 0.01
    took = Counter(line.split()[2] for line in log.read_text(encoding="utf-8").splitlines() if " collected " in line)
    with capsys.disabled():
        print(f"\n{kills} kills, {len(slots)} slots, {polled.counts().total()} polls, shortest gap {min(gaps):.3f} s")
    assert took


def settled(database: str, now: datetime, sources: int) -> bool:
    """Whether nothing is due and nothing in hand."""
    with open_store(database.replace("postgresql://", "postgresql+psycopg://"), readonly=True) as store:
        states = store.sources.states()
        return (
            len(states) == sources
            and all(state.next_check is not None and state.next_check > now for state in states.values())
            and not store.leases.holders()
        )


def test_several_workers_need_postgresql(project: Any) -> None:
    """On SQLite both commands say so, and how to move."""
    project.sources()
    for words in (("daemon", "--worker"), ("collect", "--worker")):
        refused = project(*words)
        assert refused.code == 2
        assert "store migrate" in refused.err


def test_a_worker_leaves_matching_and_files_to_the_keeper(project: Any, polled: Polled, database: str) -> None:
    """What it collects waits in the store; the next run of the keeper writes it."""
    project.write_settings(
        store={"database": database}, fetch={"gap": "0s", "allow_hosts": [f"{HOSTS[0]}:{polled.port}"]}
    )
    project.sources(project.feed("one", "/one") | {"url": f"http://{HOSTS[0]}:{polled.port}/one"}, project.seeds())
    project.clock(START)
    done = project("collect", "--worker", "--json")
    assert done.code == 0
    assert [source["new"] for source in done.json["sources"] if source["source_id"] == "one"] == [1]
    assert not list(Path(project.corpus).rglob("*.md"))
    assert not (project.corpus / "ledger").exists()
    kept = project.run()
    assert kept.code == 0
    assert polled.counts() == Counter({"/one": 1})
    assert project("verify").code == 0
