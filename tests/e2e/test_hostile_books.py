"""What is told of a run (RELIABILITY part O), and runs that die of a feed (X-24)."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

pytestmark = pytest.mark.shared

# Paths that answer within the deadline, sorted by the class of failure that O-01 wants to see; None is a feed.
CLASSES: dict[str, str | None] = {
    "/ok": None, "/atom": None, "/rdf": None, "/jsonfeed": None, "/gzip-ok": None, "/redirect-chain-3": None,
    "/never": "timeout", "/stall": "timeout", "/slow-headers": "timeout",
    "/close-now": "reset", "/reset-connection": "reset", "/reset-mid-body": "reset",
    "/not-http": "protocol", "/two-lengths": "protocol", "/304-unasked": "protocol",
    "/redirect-private": "blocked_address", "/redirect-nat64": "blocked_address", "/redirect-file": "bad_url",
    "/announced-huge": "too_large", "/endless-headers": "too_large", "/deflatebomb?mb=1": "bad_coding",
    "/gzip-badcrc": "bad_coding", "/truncated": "truncated", "/gzip-truncated": "truncated",
    "/redirect-loop": "redirects", "/redirect-noloc": "redirects", "/403": "http_4xx", "/404": "not_found",
    "/410": "gone", "/500": "http_5xx", "/503": "http_5xx", "/999": "http_other", "/cf-challenge": "challenge",
    "/login": "login", "/html-as-feed": "not_a_feed", "/empty": "not_a_feed", "/opml": "not_a_feed",
}  # fmt: skip


def balanced(poll: dict[str, Any]) -> bool:
    """Whether every entry of a poll is counted exactly once."""
    parts = poll["new"] + poll["updated"] + poll["unchanged"] + sum(poll["rejected"].values())
    return bool(poll["fetched"] == parts)


def test_o01_what_is_told_of_each_source(siege: Any) -> None:
    """Class, words, status, tries, and when it is asked next and why, for 37 paths; the run's report says the same."""
    siege.project.write_settings(fetch={"deadline": "1s", "total": 8, "per_host": 8})
    assert len(CLASSES) >= 30
    siege.attack(*CLASSES)
    told = {siege.paths[line["id"]]: line for line in siege.project("status", "--json").json["sources"]}
    assert {path: line["failure"] for path, line in told.items()} == CLASSES
    assert {path: poll["failure"] for path, poll in siege.polls.items()} == CLASSES
    now = f"{siege.project.now:%Y-%m-%dT%H:%M:%SZ}"
    for path, line in told.items():
        failed = CLASSES[path] is not None
        assert line["last_try"] == now, path
        assert line["last_success"] == (None if failed else now), path
        assert line["last_change"] == (None if failed else now), path
        assert (line["failures"], bool(line["failure_text"])) == (int(failed), failed), path
        assert line["next_check"] > now, path
        assert line["why"], path
        if path[1:].isdigit():
            assert line["status"] == int(path[1:])
    shown = siege.project("status").text
    assert "gone" in shown
    assert "challenge page" in shown


def test_o02_the_books_balance_over_everything_there_is(siege: Any, hostile_module: Any) -> None:
    """Two runs over nearly every path: each entry counted once, each item judged once, each request answered for."""
    left_out = {"/internal-secret", "/page-denied", "/10k", "/rate-limited"}  # canaries; slow; 429 pauses the host
    paths = []
    for path, (_, _, group, example) in hostile_module.FAULTS.items():
        if path not in left_out and group not in {"timing", "size"} and not path.startswith("/429"):
            paths.append(example)
    assert len(paths) > 170
    siege.project.write_settings(fetch={"total": 4, "per_host": 4})
    siege.sources(*paths)
    for hours in (27, 0):
        siege.run(step="collect")
        assert len(siege.polls) == len(paths)
        assert [path for path, poll in siege.polls.items() if not balanced(poll)] == []
        for path, poll in siege.polls.items():
            assert (poll["outcome"] == "failed") == (poll["failure"] is not None), path
            assert poll["fetched"] == 0 or poll["failure"] is None, path
        siege.project.later(hours=hours)
    judged = siege.project("status", "--json").json["items"]
    assert (sum(judged.values()), judged["waiting"]) == (len(siege.items()), 0)
    stats = siege.hostile.stats()
    assert not stats["counts"].keys() & {"/internal-secret", "/page-denied"}
    outcome = siege.project("verify")
    assert outcome.code == 0, outcome.text


def test_o02_requests_are_answers_and_errors(siege: Any) -> None:
    """What the report counts is what the server saw, redirects and retries included."""
    paths = ["/ok", "/redirect-chain-5", "/redirect-loop", "/redirect-private", "/flaky-reset-1", "/flaky-reset-9",
             "/close-now", "/404", "/301-then-302", "/empty"]  # fmt: skip
    siege.attack(*paths)
    assert sum(poll["requests"] for poll in siege.polls.values()) == siege.hostile.stats()["total"]


def test_o04_nothing_from_outside_breaks_a_line(siege: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control and bidi characters are shown escaped, words of feeds are cut, problems are few, secrets nowhere."""
    monkeypatch.setenv("FEED_PASSWORD", "swordfish")
    siege.project.write_settings(fetch={"total": 1})
    paths = ("/titles", "/xss", "/bad-links", "/noguid-nolink", "/header-nul", "/not-http", "/redirect-creds",
             "/ok?token=hunter2", "/500?token=hunter2")  # fmt: skip
    siege.sources(*paths, headers={"Authorization": "Basic ${FEED_PASSWORD}"})
    runs = [siege.project("run", "-vv")]
    siege.project.later(hours=27)
    runs.append(siege.project("run", "--json", "-vv"))
    others = [siege.project(*words.split()) for words in ("status", "status --json", "status --held", "sources list",
                                                          "config show", "config check")]  # fmt: skip
    assert {seen["authorization"] for seen in siege.asked("/ok")} == {"Basic swordfish"}
    for outcome in runs + others:
        text = outcome.text + outcome.err
        assert text
        assert "swordfish" not in text
        assert not [c for c in text if c != "\n" and not c.isprintable()]
    assert "=hunter2" not in runs[0].text + runs[0].err + runs[1].text + runs[1].err
    lines = runs[0].text.splitlines() + runs[0].err.splitlines()
    assert len([line for line in lines if line.startswith("bad-links: entry")]) <= 20
    assert max(map(len, lines)) < 500
    for path in siege.project.folder.rglob("*"):
        assert not path.is_file() or b"swordfish" not in path.read_bytes(), path


def test_x24_a_feed_that_kills_its_run_is_set_aside(
    siege: Any, hostile_module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever asks for the poisonous feed is killed: by run 4 the other four are stored, and it waits for a day."""
    victim: list[subprocess.Popen[bytes]] = []

    async def poison(request: Any) -> None:
        os.kill(victim[-1].pid, signal.SIGKILL)
        await asyncio.sleep(0)
        request.keep = False

    monkeypatch.setitem(hostile_module.FAULTS, "/poison", (poison, "kills whoever asks", "test", "/poison"))
    siege.sources("/ok", "/poison", "/atom", "/rdf", "/jsonfeed")
    environment = os.environ | {
        "DERMAI_CONFIG": str(siege.project.config), "DERMAI_NOW_FILE": str(siege.project.clock_file),
    }  # fmt: skip
    codes = []
    for _ in range(4):
        victim.append(subprocess.Popen([sys.executable, "-m", "dermai_feed", "run", "--quiet"], env=environment))
        codes.append(victim[-1].wait(60))
    assert codes == [-signal.SIGKILL] * 3 + [0]
    assert Counter(item.source_id for item in siege.items()) == {"ok": 3, "atom": 2, "rdf": 1, "jsonfeed": 2}
    assert siege.state("/poison").crashes == 3
    shown = siege.project("sources", "list").text
    assert "poison" in shown
    asked = siege.hostile.count("/poison")
    siege.project.later(hours=23)
    assert siege.run().code == 0
    assert siege.hostile.count("/poison") == asked
    siege.project.later(hours=2)
    victim.append(subprocess.Popen([sys.executable, "-m", "dermai_feed", "run", "--quiet"], env=environment))
    assert victim[-1].wait(60) == -signal.SIGKILL
    assert siege.hostile.count("/poison") == asked + 1
