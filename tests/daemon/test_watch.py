"""Metrics, /healthz, alerts: what the outside is told."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from dermai_feed.daemon.endpoint import Page, serving, write_textfile
from dermai_feed.daemon.watch import STUCK, Health
from dermai_feed.pipeline.alerts import difference
from dermai_feed.store import Alert

NOW = datetime(2027, 11, 17, 9, 0, tzinfo=UTC)


def read(port: int, path: str) -> tuple[int, str]:
    """Status and text of a page."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_r10_the_pages_say_how_the_daemon_is() -> None:
    """200 while it is well, 503 with the reason, 404 elsewhere."""
    health = Health()
    page = Page(health.trouble)
    page.metrics = "dermai_works 3\n"
    with serving("127.0.0.1:0", page) as port:
        assert read(port, "/metrics") == (200, "dermai_works 3\n")
        assert read(port, "/healthz") == (200, "ok\n")
        health.failures = 3
        assert read(port, "/healthz") == (503, "3 ticks in a row failed\n")
        health.failures = 0
        health.looked -= STUCK + 1
        status, text = read(port, "/healthz")
        assert status == 503
        assert "no tick has ended" in text
        assert read(port, "/etc/passwd")[0] == 404


def test_a_textfile_is_replaced_as_a_whole(tmp_path: Any) -> None:
    """node_exporter never reads half a file; nothing else is left behind."""
    path = tmp_path / "dermai.prom"
    write_textfile(path, "a 1\n")
    write_textfile(path, "a 2\n")
    assert path.read_text(encoding="utf-8") == "a 2\n"
    assert list(tmp_path.iterdir()) == [path]


def test_metrics_are_the_figures_of_status(project: Any, site: Any) -> None:
    """Promise 8: read back by Prometheus' own parser, they equal `status --json`."""
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "Deep learning grades melanoma", "link": "https://u.example/1"})
    )
    site.pages["/b"] = site.Reply(status=500)
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    assert project.run().code == 0
    now = project("status", "--json").json
    values = {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(project("status", "--metrics").text)
        for sample in family.samples
    }
    assert values["dermai_works",] == now["works"] == 1
    assert values["dermai_stories",] == now["stories"]
    for decision, count in now["items"].items():
        assert values["dermai_items", decision] == count
    for step, count in now["queues"].items():
        assert values["dermai_queue", step] == count
    for health, count in now["health"].items():
        assert values["dermai_sources", health] == count
    assert values["dermai_source_failures", "b"] == 1
    assert values["dermai_store_bytes",] == now["store_bytes"] > 0
    assert values["dermai_build_info", now["config"], now["version"]] == 1


def test_h5_status_speaks_to_monitoring(project: Any, site: Any) -> None:
    """0 unless asked; a daemon that never looked is too old; a broken source is for a human."""
    site.pages["/a"] = site.Reply(status=500)
    project.sources(project.feed("a", "/a"))
    for _ in range(4):
        project.run()
        project.later(days=3)
    assert project("status").code == 0
    assert project("status", "--max-age", "15m").code == 1
    assert project("status", "--check").code == 6
    assert "alert: source a: broken" in project("status").text
    assert project("status", "--max-age", "soon").code == 2
    project.write_settings(alerts={"disk": "10000GiB"})
    assert project("status", "--check").code == 5


def test_an_alert_is_told_when_it_begins_changes_and_ends_and_not_in_between() -> None:
    """Once per change."""
    broken = {"source a": ("broken", "source a is broken; status 500")}
    assert difference({}, broken).begun == ("source a is broken; status 500",)
    stands = {"source a": Alert(what="broken", since=NOW)}
    assert not difference(stands, broken)
    gone = {"source a": ("gone", "source a is gone")}
    assert difference(stands, gone).begun == ("source a is gone",)
    over = difference(stands, {})
    assert (over.begun, over.over) == ((), ("source a was broken since 2027-11-17",))
    assert "source a was broken" in over.subject


@pytest.fixture
def hook() -> Any:
    """A webhook that keeps what it is told; `.status` is what it answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(server.answer)  # type: ignore[attr-defined]
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    told: list[Any] = []
    server = HTTPServer(("127.0.0.1", 0), Handler)
    server.answer = 204  # type: ignore[attr-defined]
    server.told = told  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_daemon_tells_a_webhook_once_that_a_source_broke_and_once_that_it_is_well(
    project: Any, site: Any, hook: Any
) -> None:
    """One look a day for twelve days; the hook refuses at first, and is told again, not twice."""
    site.pages["/a"] = site.Reply(status=500)
    project.write_settings(alerts={"webhook": f"http://127.0.0.1:{hook.server_address[1]}/key", "disk": "1MiB"})
    site.pages["/b"] = site.pages["/c"] = site.Reply(body=site.rss({"title": "x", "link": "https://u.example/x"}))
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"), project.feed("c", "/c"))
    hook.answer = 500
    said = ""
    for _ in range(4):
        said += project("daemon", "--once", "-v").err
        project.later(days=2)
    assert "answered 500" in said
    assert "/key" not in said
    hook.answer = 204
    hook.told.clear()
    for _ in range(4):
        assert project("daemon", "--once").code == 0
        project.later(days=2)
    begun = [line for told in hook.told for line in told["begun"] if "source a" in line]
    assert [line.split(";")[0][:25] for line in begun] == ["source a is broken since "]
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "Deep learning grades melanoma", "link": "https://u.example/1"})
    )
    for _ in range(4):
        project.later(days=8)
        assert project("daemon", "--once").code == 0
    assert [line for told in hook.told for line in told["begun"] if "source a" in line] == begun
    assert len([line for told in hook.told for line in told["over"] if "source a" in line]) == 1
