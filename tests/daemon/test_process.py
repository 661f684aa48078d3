"""The real process: its clock moved by a file, signals, reloading, one instance."""

from __future__ import annotations

import json
import re
import signal
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest

import dermai_feed
from dermai_feed.daemon.serve import _take, _Ticking
from dermai_feed.daemon.watch import Health
from dermai_feed.store import open_store


def utc(text: str) -> datetime:
    """The moment written as `text`."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def news(site: Any, number: int = 1) -> bytes:
    """A feed with `number` entries about the field."""
    return site.rss(
        *[
            {"title": f"Deep learning grades melanoma, part {n}", "link": f"https://university.example/{n}"}
            for n in range(number)
        ]
    )


def test_r04_r06_a_real_daemon_over_a_change_of_clocks_a_missed_digest_and_a_sigterm(
    project: Any, site: Any, live: Any
) -> None:
    """Polls, closes the week of the change once, makes up for two missed ones, and leaves in good order."""
    project.clock(utc("2027-10-29T12:00"))  # the Friday before the autumn change
    site.pages["/a"] = site.Reply(body=news(site))
    project.sources(project.feed("a", "/a"))
    daemon = live()
    daemon.hears("backed up")
    assert site.hits["/a"] == 1
    # The clocks change on Sunday 01:00 UTC, hour 37; the boundary is on Monday 01:30 UTC, between 61 and 62.
    for number, hours in enumerate((34, 36, 38, 40, 60, 61), 2):
        project.clock(utc("2027-10-29T12:00") + timedelta(hours=hours))
        if hours != 61:
            daemon.hears("ran ", number)
    daemon.until(lambda: open_store_at(project).runs.heartbeat() == utc("2027-10-31T13:00") + timedelta(hours=12))
    assert "closed week" not in daemon.said
    project.clock(utc("2027-11-01T02:00"))
    daemon.hears("closed week=2027-W43 draft=False")
    project.clock(utc("2027-11-17T12:00"))  # asleep for two boundaries
    daemon.hears("closed week=2027-W45 draft=False")
    assert "closed week=2027-W44 draft=True" in daemon.said
    assert daemon.said.count("closed week=") == 3
    assert daemon.stop() == 0
    assert "stopped by SIGTERM" in daemon.said
    assert project("verify").code == 0
    again = live()
    again.hears("started")
    assert again.stop() == 0
    assert "closed week=" not in again.said


def test_f17_r12_restarts_ask_once(project: Any, site: Any, live: Any) -> None:
    """With the clock standing still; also after kill -9 between two polls."""
    site.pages["/a"] = site.Reply(body=news(site))
    project.sources(project.feed("a", "/a"))
    for _ in range(3):
        daemon = live()
        daemon.hears("started")
        daemon.until(lambda: site.hits["/a"] == 1)
        daemon.until(lambda: open_store_at(project).runs.heartbeat())
        daemon.stop(signal.SIGKILL)
    assert site.hits["/a"] == 1


def open_store_at(project: Any) -> Any:
    """The store of `project`, closed again: its values are plain."""
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}", readonly=True) as store:
        return store


def test_r01_r02_h5_one_daemon_and_a_run_that_says_so(project: Any, site: Any, live: Any) -> None:
    """X-11: a second daemon and a run leave with 3 and name the first; with --wait the run gets its turn."""
    site.pages["/a"] = site.Reply(body=news(site))
    project.sources(project.feed("a", "/a"))
    daemon = live()
    daemon.hears("backed up")
    refused = project("run")
    assert refused.code == 3
    assert f"process {daemon.process.pid}" in refused.err
    assert project("daemon", "--once").code == 3
    assert project("run", "--wait", "20", "-q").code == 0
    assert project("status", "-q").code == 0
    assert site.hits["/a"] == 1
    assert daemon.stop() == 0
    assert project("run", "-q").code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_r08_a_signal_cancels_the_fetch_in_hand(project: Any, live: Any, number: signal.Signals) -> None:
    """A server that accepts and never answers; the source is due again at once and counts no crash."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        project.write_settings(
            fetch={"allow_hosts": [f"127.0.0.1:{port}"], "deadline": "60s", "connect": "50s", "idle": "60s"}
        )
        project.sources({"id": "mute", "name": "Mute", "kind": "rss", "url": f"http://127.0.0.1:{port}/"})
        daemon = live()
        asked, _ = silent.accept()
        began = time.monotonic()
        assert daemon.stop(number) == 0
        assert time.monotonic() - began < 10
        asked.close()
    with open_store(f"sqlite:///{project.state / 'dermai.sqlite'}", readonly=True) as store:
        state = store.sources.states()["mute"]
    assert (state.crashes, state.next_check) == (0, None)
    assert project("verify").code == 0


def test_r13_c03_a_hangup_reloads_a_good_configuration_and_refuses_a_bad_one(
    project: Any, site: Any, live: Any
) -> None:
    """Each mistake is logged with file and line; the old configuration stays, no tick is missed."""
    site.pages["/a"] = site.pages["/b"] = site.Reply(body=news(site))
    project.sources(project.feed("a", "/a"))
    daemon = live()
    daemon.hears("backed up")
    project.sources(project.feed("a", "/a"), project.feed("b", "/b") | {"intervall": "1h"})
    daemon.process.send_signal(signal.SIGHUP)
    daemon.hears("configuration refused")
    assert "sources.yaml" in daemon.said
    assert "did you mean 'interval'" in daemon.said
    checked = project("config", "check")
    assert checked.code == 2
    (complaint,) = [line for line in checked.err.splitlines() if "intervall" in line]
    assert complaint.removeprefix("dermai-feed: ").partition(": ")[2] in daemon.said.replace('\\"', '"')
    project.later(hours=2)
    daemon.until(lambda: site.hits["/a"] == 2)
    assert site.hits["/b"] == 0
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.hears("reloaded")
    daemon.until(lambda: site.hits["/b"] == 1)
    project.write_settings(files={"state": "../elsewhere"})
    daemon.process.send_signal(signal.SIGHUP)
    daemon.hears("names another database")
    assert daemon.stop() == 0


def test_r09_ten_failures_in_a_row_end_the_daemon_for_its_supervisor(project: Any, site: Any, live: Any) -> None:
    """Three are survived; SystemExit from inside is an error like any other."""
    site.pages["/a"] = site.Reply(body=news(site))
    project.sources(project.feed("a", "/a"))
    healed = live(DERMAI_FAILPOINT="lock.acquired=raise:SystemExit@1")
    healed.hears("tick failed")
    healed.hears("backed up")
    assert healed.stop() == 0
    project.later(days=2)
    broken = live(DERMAI_FAILPOINT="lock.acquired=raise:ValueError")
    assert broken.process.wait(60) == 1
    assert broken.said.count("tick failed") == 10
    assert "gave up" in broken.said


def test_r07_a_clock_of_1970_asks_nobody(project: Any, site: Any, live: Any) -> None:
    """X-12: a machine without a battery waits for its time."""
    site.pages["/a"] = site.Reply(body=news(site))
    project.sources(project.feed("a", "/a"))
    project.clock(utc("1970-01-01T00:00"))
    daemon = live()
    daemon.hears("waiting", 2)
    assert site.hits["/a"] == 0
    project.clock(utc("2026-11-18T09:00"))
    daemon.until(lambda: site.hits["/a"] == 1)
    assert daemon.stop() == 0


def test_the_supervisor_hears_that_it_is_ready_alive_reloading_and_stopping(project: Any, site: Any, live: Any) -> None:
    """sd_notify(3), on the socket that systemd names."""
    path = str(project.folder / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.bind(path)
        channel.settimeout(60)
        project.sources()
        daemon = live(NOTIFY_SOCKET=path)
        heard: list[str] = []
        while "WATCHDOG=1" not in heard:
            heard += channel.recv(4096).decode().splitlines()
        assert heard[0] == "READY=1"
        daemon.process.send_signal(signal.SIGHUP)
        while "RELOADING=1" not in heard:
            heard += channel.recv(4096).decode().splitlines()
        daemon.process.send_signal(signal.SIGTERM)
        while "STOPPING=1" not in heard:
            heard += channel.recv(4096).decode().splitlines()
        assert daemon.process.wait(60) == 0


def test_logs_are_json_when_asked_for(project: Any, site: Any, live: Any) -> None:
    """One object a line, with the source and counts that add up (O-02)."""
    site.pages["/a"] = site.Reply(body=news(site, 3))
    project.sources(project.feed("a", "/a"))
    daemon = live("--json")
    daemon.hears("backed up")
    daemon.stop()
    lines = [json.loads(line) for line in daemon.said.splitlines() if line.startswith("{")]
    (collected,) = [line for line in lines if line["event"] == "collected"]
    assert collected["source"] == "a"
    assert collected["fetched"] == collected["new"] + collected["updated"] + collected["unchanged"] == 3


def test_r05_r14_ticks_that_come_while_another_is_at_work_are_counted_and_not_queued() -> None:
    """The job only puts a token into a box: it is never late, never dropped, never twice."""
    calls: SimpleQueue[str] = SimpleQueue()
    health = Health()
    ticking = _Ticking(calls, health, 60.0)
    for _ in range(4):
        ticking._call()
    assert calls.qsize() == 1
    assert health.skipped == 3
    job = ticking._job
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)


def test_r07_a_tick_that_does_not_come_is_not_waited_for() -> None:
    """APScheduler waits for a clock that was set back; a reload among the calls is never lost."""
    calls: SimpleQueue[str] = SimpleQueue()
    assert _take(calls, 0.01) == "tick"
    for call in ("tick", "reload", "tick"):
        calls.put(call)
    assert _take(calls, 0.01) == "reload"
    assert calls.empty()


def test_r03_nothing_is_kept_in_a_job_store() -> None:
    """APScheduler only ticks; no pickle, no store of its own."""
    source = Path(dermai_feed.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in source.rglob("*.py"))
    assert not re.search(r"SQLAlchemyJobStore|import pickle|jobstores=", text)


def test_c07_a_source_that_is_removed_and_added_again_keeps_its_items(project: Any, site: Any) -> None:
    """Same ids, nothing new."""
    site.pages["/a"] = site.Reply(body=news(site, 2))
    project.sources(project.feed("a", "/a"))
    project.run()
    before = project.stories()
    project.sources()
    project.later(days=2)
    project.run()
    project.sources(project.feed("a", "/a"))
    project.later(days=2)
    (again,) = project.run().json["sources"]
    assert again["new"] == 0
    assert project.stories() == before
