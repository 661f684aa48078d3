"""Fetching (RELIABILITY part F): the whole program in front of the hostile server."""

from __future__ import annotations

import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from dermai_feed import failpoint

pytestmark = pytest.mark.shared

HOUR = 3600.0
DAY = 24 * HOUR
CANARY = "/internal-secret"
OK = 3  # entries of /ok


def failures(siege: Any) -> dict[str, str | None]:
    """Path -> class of the failure of the last run."""
    return {path: poll["failure"] for path, poll in siege.polls.items()}


def new(siege: Any) -> dict[str, int]:
    """Path -> entries that were new in the last run."""
    return {path: poll["new"] for path, poll in siege.polls.items()}


def about(siege: Any, path: str, seconds: float) -> bool:
    """Whether `path` is due in `seconds`, or up to a tenth later: jitter lengthens and never shortens."""
    wait = siege.due(path).total_seconds()
    return bool(seconds - 1 <= wait <= seconds * 1.1 + 1)


def to_due(siege: Any, path: str) -> float:
    """Move the clock to the next poll of `path`; the hours that takes."""
    wait = siege.due(path)
    siege.project.clock(siege.project.now + wait)
    return float(wait.total_seconds() / HOUR)


# --------------------------------------------------------------------------- time, size, wholeness


def test_f01_every_way_to_dawdle_ends_at_the_deadline(siege: Any) -> None:
    """Six slow servers are time-outs after two seconds each, and the quick feed beside them is stored."""
    slow = ["/slow", "/never", "/slow-headers", "/slow-body?every=0.3", "/stall", "/slow-redirects?delay=0.5"]
    siege.project.write_settings(fetch={"deadline": "2s", "idle": "10s", "per_host": 8, "total": 8})
    began = time.monotonic()
    siege.attack(*slow, "/ok")
    assert time.monotonic() - began < 10, "one after the other they would take twelve seconds"
    assert {path: failures(siege)[path] for path in slow} == dict.fromkeys(slow, "timeout")
    assert max(siege.polls[path]["seconds"] for path in slow) < 8
    assert new(siege)["/ok"] == OK


def test_f02_sizes_are_limited_on_the_wire_and_after_expansion(siege: Any) -> None:
    """Bombs and floods are refused, cost the process less than 64 MB together, and 5 MB are a document."""
    refused = {
        "/gzipbomb": "too_large", "/gzipbomb-nested": "bad_coding", "/deflatebomb": "bad_coding",
        "/gzip-many-layers": "bad_coding", "/endless": "too_large", "/endless-raw": "too_large",
        "/announced-huge": "too_large", "/big?mb=20": "too_large",
    }  # fmt: skip
    siege.project.write_settings(fetch={"deadline": "10s", "idle": "10s"})
    assert siege.cost(*refused, "/big?mb=5") < 64 * 1024 * 1024
    assert failures(siege) == refused | {"/big?mb=5": None}
    assert new(siege)["/big?mb=5"] == OK
    sent = siege.hostile.stats()["bytes_out"]
    assert sent["/endless"] <= (10 + 8) * 1024 * 1024
    assert sent["/announced-huge"] < 64 * 1024


def test_f03_a_cut_body_is_never_a_document(siege: Any) -> None:
    """Nothing of it is stored, and no validator: the second request asks for all of it again."""
    cut = ["/truncated", "/truncated-clean", "/truncated-chunked", "/reset-mid-body", "/gzip-truncated",
           "/gzip-badcrc", "/gzip-lie", "/gzip-unlabelled"]  # fmt: skip
    siege.sources(*cut, "/gzip-multimember")
    for _ in range(2):
        siege.run()
        siege.project.later(hours=30)
    assert all(failures(siege)[path] for path in cut)
    assert failures(siege)["/gzip-unlabelled"] == "not_a_feed"
    assert {item.source_id for item in siege.items()} == {"gzip-multimember"}
    assert len(siege.items("/gzip-multimember")) == OK
    assert {path: siege.hostile.count(path) for path in cut} == dict.fromkeys(cut, 2)
    assert set(siege.hostile.stats()["conditional"].values()) == {0}


def test_f04_only_200_is_a_document(siege: Any) -> None:
    """Every other status is an error of its class, names its code and stores nothing, feed in the body or not."""
    classes = {
        "/204": "http_other", "/206": "http_other", "/300": "http_other", "/400": "http_4xx", "/401": "http_4xx",
        "/403": "http_4xx", "/404": "not_found", "/406": "http_4xx", "/451": "http_4xx", "/500": "http_5xx",
        "/500-feed": "http_5xx", "/502": "http_5xx", "/504": "http_5xx", "/999": "http_other",
        "/cf-challenge": "challenge", "/304-unasked": "protocol",
    }  # fmt: skip
    assert siege.attack(*classes).code == 4
    assert failures(siege) == classes
    assert siege.items() == []
    for path, poll in siege.polls.items():
        assert path[1:4] in poll["failure_text"] or path == "/cf-challenge", path
    assert "challenge page" in siege.polls["/cf-challenge"]["failure_text"]


# --------------------------------------------------------------------------- addresses

HIDEOUTS = [
    f"/redirect-{name}"
    for name in ("private", "localhost", "decimal", "hex", "short", "octal", "mapped", "ipv6", "zero", "fullwidth",
                 "rfc1918", "metadata", "cgnat", "nat64", "protocol-relative")
]  # fmt: skip
NONSENSE = [f"/redirect-{name}" for name in ("port", "backslash", "file", "js", "data", "ftp", "creds", "empty", "bad")]


def test_f05_f07_no_redirect_leads_to_a_private_address_or_another_protocol(siege: Any) -> None:
    """Whatever the spelling: one request, to the path that redirects; neither answer nor password is told."""
    outcome = siege.attack(*HIDEOUTS, *NONSENSE, "/redirect-fragment")
    expected = dict.fromkeys(HIDEOUTS, "blocked_address") | dict.fromkeys(NONSENSE, "bad_url")
    assert failures(siege) == expected | {"/redirect-fragment": None}
    assert siege.hostile.count(CANARY) == 0
    assert siege.hostile.count("/echo-auth") == 0
    assert siege.hostile.stats()["total"] == len(expected) + 2, "one each, and two of /redirect-fragment"
    assert new(siege)["/redirect-fragment"] == OK
    said = outcome.text + outcome.err + siege.project("status", "--json").text
    assert "hunter2" not in said
    assert "INTERNAL-SECRET" not in said


def test_f05_the_canary_can_be_hit(siege: Any) -> None:
    """Where the address is allowed, the same redirect arrives: the test above could fail."""
    allowed = [siege.hostile.netloc, f"127.0.0.2:{siege.hostile.port}"]
    siege.project.write_settings(fetch={"allow_hosts": allowed})
    siege.attack("/redirect-private")
    assert siege.hostile.count(CANARY) == 1
    assert [item.title for item in siege.items()] == ["INTERNAL-SECRET"]


def test_f08_redirects_are_few(siege: Any) -> None:
    """Loops, growing addresses, no target and a sixth hop are errors; five hops are followed."""
    bad = ["/redirect-self", "/redirect-loop", "/redirect-loop-b", "/redirect-grow", "/redirect-noloc",
           "/redirect-chain-6"]  # fmt: skip
    siege.attack(*bad, "/redirect-chain-5")
    assert failures(siege) == dict.fromkeys(bad, "redirects") | {"/redirect-chain-5": None}
    assert new(siege)["/redirect-chain-5"] == OK
    assert max(poll["requests"] for poll in siege.polls.values()) <= 6
    assert siege.hostile.stats()["total"] == sum(poll["requests"] for poll in siege.polls.values())


def test_f10_a_permanent_move_is_a_proposal_after_a_day(siege: Any) -> None:
    """Along an unbroken permanent way to a feed, and no other; the configured address stays (decision 14)."""
    moved = {"/301-moved": "/moved-target", "/308-moved": "/moved-target", "/301-then-302": "/302-found"}
    hops = {
        "/302-found": 2, "/303-other": 2, "/307-temp": 2, "/302-then-301": 3, "/301-portal": 2, "/301-to-410": 2,
        "/301-to-404": 2, "/301-flap": 2, "/login": 1, "/moved-target": 1, "/301-moved": 2, "/308-moved": 2,
        "/301-then-302": 3,
    }  # fmt: skip
    siege.sources(*hops)
    catalogue = siege.project.folder / "config" / "sources.yaml"
    before = catalogue.read_bytes()
    for poll in range(3):
        siege.run()
        for path in moved:
            assert siege.state(path).moved_to == siege.hostile.url(moved[path])
            assert siege.polls[path]["health"] == ("moved" if poll else "ok"), "once is not enough"
        assert all(siege.polls[path]["requests"] <= most for path, most in hops.items())
        siege.project.later(hours=27)
    told = {line["id"]: line for line in siege.project("status", "--json").json["sources"]}
    for path in hops:
        line = told[siege.id(path)]
        assert (line["health"] == "moved") is (path in moved), path
        if path in moved:
            assert line["moved_to"] == siege.hostile.url(moved[path])
    assert catalogue.read_bytes() == before
    assert Counter(item.source_id for item in siege.items()) == dict.fromkeys(
        map(siege.id, hops.keys() - {"/301-portal", "/301-to-410", "/301-to-404", "/login"}), OK
    ), "no second copy"


def test_f11_410_stops_polling(siege: Any) -> None:
    """Ten days of hourly ticks make two requests, and status says that it is gone."""
    siege.sources("/410")
    with siege.open() as poll:
        for _ in range(240):
            poll()
            siege.project.later(hours=1)
    assert siege.hostile.count("/410") == 2
    (line,) = siege.project("status", "--json").json["sources"]
    assert (line["health"], line["status"], line["failure"]) == ("gone", 410, "gone")


def test_f12_a_429_pauses_the_whole_host(siege: Any) -> None:
    """The other feed of the host is not asked in the same run, nor within the hour, after a restart either."""
    siege.project.write_settings(fetch={"total": 1})
    siege.attack("/429", "/ok")
    assert siege.hostile.count("/ok") == 0
    assert failures(siege) == {"/429": "rate_limited", "/ok": "rate_limited"}
    siege.project.later(minutes=59)
    assert siege.run().code == 0, "nothing is due"
    assert siege.hostile.stats()["total"] == 1
    siege.project.later(hours=1)
    siege.sources("/ok")
    siege.run()
    assert new(siege)["/ok"] == OK


@pytest.mark.parametrize(
    ("path", "seconds"),
    [("/429", HOUR), ("/429-date", HOUR), ("/429-date-850", HOUR), ("/429-date-asctime", HOUR), ("/429-none", HOUR),
     ("/429-zero", HOUR), ("/429-negative", HOUR), ("/429-past", HOUR), ("/429-garbage", HOUR), ("/429-float", HOUR),
     ("/503", HOUR), ("/503-date", HOUR), ("/503-none", HOUR), ("/429-huge", 7 * DAY), ("/429-9999", 7 * DAY)],
)  # fmt: skip
def test_f12_retry_after_is_kept_to_the_second(siege: Any, path: str, seconds: float) -> None:
    """In every form and nonsense; a source with a shorter interval waits as long as it was asked to."""
    siege.attack(path, interval="30m")
    assert siege.due(path).total_seconds() == pytest.approx(seconds, abs=5)
    siege.project.later(seconds=seconds - 10)
    siege.run()
    assert siege.hostile.count(path) == 1


def test_f12_a_pause_never_shortens_the_interval(siege: Any) -> None:
    """Two seconds asked, one hour configured: one hour."""
    siege.attack("/429-short")
    assert about(siege, "/429-short", HOUR)


def test_f12_a_server_that_counts_is_never_provoked_twice(siege: Any) -> None:
    """/rate-limited answers 429 to a second request within two seconds: there is none."""
    siege.sources("/rate-limited")
    for _ in range(3):
        siege.run()
    assert siege.hostile.count("/rate-limited") == 1
    assert len(siege.items()) == OK


# --------------------------------------------------------------------------- validators


def test_f13_validators_go_back_as_they_came(siege: Any) -> None:
    """Quotes, W/, odd time zones and Latin-1 byte for byte; 64 kB are forgotten."""
    exact = ["/ok", "/304-etag", "/304-weak", "/304-lastmod", "/etag-unquoted"]
    siege.sources(*exact, "/header-latin1", "/lastmod-2038", "/etag-huge")
    for _ in range(2):
        siege.run()
        siege.project.later(hours=27)
    stats = siege.hostile.stats()
    answered = {x["path"]: x["status"] for x in stats["requests"]}
    assert {path: answered[path] for path in exact} == dict.fromkeys(exact, 304)
    assert siege.asked("/ok")[1]["if-none-match"] == '"ok-1"'
    assert siege.asked("/ok")[1]["if-modified-since"] == "Tue, 31 Mar 2020 04:04:00 GMT"
    assert siege.asked("/header-latin1")[1]["if-none-match"].encode("latin-1") == b'"\xc3\xa9"'
    assert siege.asked("/lastmod-2038")[1]["if-modified-since"] == "Tue, 19 Jan 2038 03:14:07 GMT"
    assert stats["conditional"]["/etag-huge"] == 0


def test_f14_validators_are_those_of_documents_that_were_read(siege: Any) -> None:
    """Neither a broken document nor an error leaves one behind."""
    siege.sources("/etag-on-broken", "/etag-on-error")
    for _ in range(3):
        siege.run()
        siege.project.later(hours=27)
    assert len(siege.items("/etag-on-broken")) == OK
    assert siege.asked("/etag-on-error")[2]["if-none-match"] == '"good"'
    assert siege.hostile.requests("/etag-on-error")[2]["status"] == 304


def test_f15_a_304_renews_validators_and_its_body_changes_nothing(siege: Any) -> None:
    """The newer Last-Modified is sent next time; an unasked 304 is an error; the next feed is not disturbed."""
    siege.project.write_settings(fetch={"total": 1})
    siege.sources("/304-newvalidators", "/304-body", "/304-unasked", "/ok")
    for _ in range(3):
        siege.run()
        siege.project.later(hours=27)
    assert siege.asked("/304-newvalidators")[2]["if-modified-since"] == "Wed, 01 Apr 2020 01:00:00 GMT"
    assert failures(siege)["/304-unasked"] == "protocol"
    assert len(siege.items("/ok")) == OK
    assert siege.items("/304-body") == []


def test_f15_a_server_stuck_on_304_is_asked_without_validators_after_two_weeks(siege: Any) -> None:
    """Its news is seen by day 15, with at most three unconditional requests in 30 days."""
    siege.sources("/304-always", interval="6h")
    seen_on_day: float | None = None
    with siege.open() as poll:
        for tick in range(30 * 4):
            if poll().sources[0].new and tick and seen_on_day is None:
                seen_on_day = tick / 4
            siege.project.later(hours=6)
    assert seen_on_day is not None
    assert 14 <= seen_on_day <= 15
    assert len([x for x in siege.asked("/304-always") if "if-none-match" not in x]) <= 3


def test_f16_the_same_bytes_are_not_read_twice(siege: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Under a new ETag each time: nothing is parsed, stored or written after the first poll."""
    siege.attack("/etag-rotates")
    before, items = siege.project.tree(), siege.items()
    monkeypatch.setenv("DERMAI_FAILPOINT", "parse.in_child=raise")  # whoever parses, fails
    for _ in range(2):
        siege.project.later(hours=27)
        siege.run()
        assert siege.polls["/etag-rotates"] | {"outcome": "unchanged", "failure": None} == siege.polls["/etag-rotates"]
    assert siege.hostile.count("/etag-rotates") == 3
    assert (siege.project.tree(), siege.items()) == (before, items)


# --------------------------------------------------------------------------- when


def test_f17_no_feed_is_asked_more_often_than_its_interval_whatever_restarts(siege: Any) -> None:
    """Five starts, one request; the second after the interval; without validators, two in two days."""
    siege.sources("/ok", "/atom")
    for _ in range(5):
        siege.run()
    assert siege.hostile.count("/ok") == 1
    siege.project.later(minutes=59)
    siege.run()
    assert siege.hostile.count("/ok") == 1
    siege.project.later(minutes=8)  # the hour, and a tenth of jitter
    siege.run()
    assert siege.hostile.count("/ok") == 2
    with siege.open() as poll:
        for _ in range(46):
            poll()
            siege.project.later(hours=1)
    assert siege.hostile.count("/atom") == 2


def test_f17_asking_by_hand_is_refused_within_five_minutes(siege: Any) -> None:
    """And granted after them, due or not."""
    siege.attack("/ok")
    for minutes, requests in ((0, 1), (4, 1), (1, 2)):
        siege.project.later(minutes=minutes)
        siege.run("--source", "ok")
        assert siege.hostile.count("/ok") == requests


def test_f17_a_run_that_dies_in_the_request_has_claimed_it_before(siege: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The due time stands in the database before the request goes out."""
    monkeypatch.setattr(failpoint, "_hits", Counter())
    monkeypatch.setenv("DERMAI_FAILPOINT", "fetch.before_connect=raise:KeyboardInterrupt")
    siege.project.write_settings(fetch={"total": 1})
    siege.sources("/ok")
    assert siege.project.run().code != 0
    assert siege.hostile.count("/ok") == 0
    assert about(siege, "/ok", HOUR)


def test_f18_hints_of_publishers_lengthen_the_interval_within_reason(siege: Any) -> None:
    """Half an hour is configured; what is absurd is ignored, what is long is capped at a day."""
    hints = {
        "/maxage-hour": HOUR, "/maxage-year": DAY, "/maxage-bad": HOUR / 2, "/nostore": HOUR / 2,
        "/expires-hour": HOUR, "/expires-zero": HOUR / 2, "/ttl": DAY, "/ttl-absurd": HOUR / 2,
    }  # fmt: skip
    siege.project.write_settings(schedule={"no_validators": "15m"})
    siege.attack(*hints, interval="30m")
    assert {path: siege.due(path) for path, wish in hints.items() if not about(siege, path, wish)} == {}


def test_f19_errors_back_off_to_a_day_and_a_success_resets(siege: Any) -> None:
    """1, 2, 4, 8, 16, 24, 24 … hours, each up to a tenth longer; a feed that recovers starts anew."""
    siege.sources("/500")
    with siege.open() as poll:
        gaps = []
        for _ in range(10):
            poll()
            gaps.append(to_due(siege, "/500"))
        for gap, hours in zip(gaps, [1, 2, 4, 8, 16, 24, 24, 24, 24, 24], strict=True):
            assert hours - 0.01 <= gap <= hours * 1.1 + 0.01
    siege.sources("/flaky-3")
    with siege.open() as poll:
        counted = []
        for _ in range(4):
            poll()
            counted.append(siege.state("/flaky-3").failures)
            to_due(siege, "/flaky-3")
    assert counted == [1, 2, 3, 0]
    siege.sources("/alternate")
    with siege.open() as poll:
        counted = []
        for _ in range(4):
            poll()
            counted.append(siege.state("/alternate").failures)
            to_due(siege, "/alternate")
    assert counted == [0, 1, 0, 1]


@contextmanager
def closed_ports(*hosts: str) -> Iterator[list[str]]:
    """host:port pairs at which nobody listens, and nobody can begin to."""
    with ExitStack() as stack:
        netlocs = []
        for host in hosts:
            taken = stack.enter_context(socket.socket())
            taken.bind((host, 0))
            netlocs.append(f"{host}:{taken.getsockname()[1]}")
        yield netlocs


def test_f19_being_offline_is_counted_against_nobody(siege: Any) -> None:
    """Three hosts out of reach and none in reach: exit code 4, and every counter as it was."""
    with closed_ports("127.0.0.1", "127.0.0.3", "127.0.0.4") as netlocs:
        siege.project.write_settings(fetch={"allow_hosts": netlocs})
        siege.project.sources(
            *({"id": f"s{n}", "name": "s", "kind": "rss", "url": f"http://{at}/"} for n, at in enumerate(netlocs))
        )
        for _ in range(2):
            outcome = siege.project.run()
            assert outcome.code == 4
            assert {poll["failure"] for poll in outcome.json["sources"]} == {"refused"}
            lines = siege.project("status", "--json").json["sources"]
            assert [(line["failures"], line["health"]) for line in lines] == [(0, "new")] * 3
            siege.project.later(hours=1)


# --------------------------------------------------------------------------- manners


def test_f20_retries_within_a_run_are_few(siege: Any) -> None:
    """One, for a connection that ended before any byte; none for a status."""
    requests = {
        "/flaky-reset-1": 2, "/flaky-reset-9": 2, "/reset-connection": 2, "/close-now": 2, "/flaky-2": 1,
        "/keepalive-close": 1,
    }  # fmt: skip
    siege.attack(*requests)
    assert {path: siege.hostile.count(path) for path in requests} == requests
    assert {path: poll["requests"] for path, poll in siege.polls.items()} == requests
    assert {path for path, count in new(siege).items() if count == OK} == {"/flaky-reset-1", "/keepalive-close"}


def test_f22_f23_an_honest_name_and_no_needless_headers(siege: Any) -> None:
    """One User-Agent with an address, no cookie, no Referer, gzip, a list of feed types, the path as configured."""
    siege.project.write_settings(fetch={"total": 1})
    siege.sources("/by-agent", "/setcookie?a=b", "/echo-auth")
    for _ in range(2):
        siege.run()
        siege.project.later(hours=27)
    stats = siege.hostile.stats()
    (agent,) = stats["user_agents"]
    assert re.fullmatch(r"dermai_feed/\S+ \(\+https?://\S+\)", agent)
    assert failures(siege)["/by-agent"] is None
    for request in stats["requests"]:
        names = {name.lower(): value for name, value in request["headers"]}
        assert not names.keys() & {"cookie", "referer", "authorization"}
        assert names["accept-encoding"] == "gzip"
        assert "application/atom+xml" in names["accept"]
        assert request["query"] == ({"a": "b"} if request["path"] == "/setcookie" else {})
    assert [item.title for item in siege.items("/echo-auth")] == ["saw: none"]


def test_f25_connections_are_not_shared_between_feeds(siege: Any) -> None:
    """What one answer leaves behind on its connection does not become another feed's document."""
    siege.project.write_settings(fetch={"total": 1})
    siege.attack("/smuggle", "/atom", "/wrong-length", "/ok", "/304-body", "/moved-target")
    assert len(siege.items("/atom")) == 2
    assert len(siege.items("/ok")) == len(siege.items("/moved-target")) == OK
    assert not [item for item in siege.items() if "SMUGGLED" in item.title]
    stats = siege.hostile.stats()
    assert stats["connections"] == stats["total"]


def test_f28_broken_http_is_a_failure_and_odd_but_legal_http_works(siege: Any) -> None:
    """Seven protocol errors without a traceback, five feeds."""
    broken = ["/not-http", "/status-garbage", "/bad-chunk", "/two-lengths", "/negative-length", "/header-nul",
              "/coding-unknown"]  # fmt: skip
    legal = ["/1xx", "/no-length", "/header-latin1", "/keepalive-close", "/gzip-ok"]
    outcome = siege.attack(*broken, *legal)
    assert failures(siege) == dict.fromkeys(broken, "protocol") | dict.fromkeys(legal)
    assert {path: new(siege)[path] for path in legal} == dict.fromkeys(legal, OK)
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("place", "error"),
    [("fetch.after_body", "ZeroDivisionError"), ("fetch.after_body", "MemoryError"),
     ("fetch.after_body", "RecursionError"), ("store.after_entries", "ZeroDivisionError")],
)  # fmt: skip
def test_f29_feeds_are_islands(siege: Any, monkeypatch: pytest.MonkeyPatch, place: str, error: str) -> None:
    """A bug met in one feed of five, while fetching or while storing, is recorded on that feed; four are stored."""
    monkeypatch.setattr(failpoint, "_hits", Counter())
    monkeypatch.setenv("DERMAI_FAILPOINT", f"{place}=raise:{error}@2")
    siege.project.write_settings(fetch={"total": 1})
    outcome = siege.attack("/ok", "/atom", "/rdf", "/jsonfeed", "/mirror-a")
    assert outcome.code == 1
    assert failures(siege) == {
        "/ok": None, "/atom": "internal_error", "/rdf": None, "/jsonfeed": None, "/mirror-a": None,
    }  # fmt: skip
    assert Counter(item.source_id for item in siege.items()) == {"ok": 3, "rdf": 1, "jsonfeed": 2, "mirror-a": 2}
    assert error in siege.state("/atom").failure_text
    assert "Traceback" in outcome.err
    monkeypatch.delenv("DERMAI_FAILPOINT")
    siege.project.later(hours=27)
    siege.run()
    assert new(siege)["/atom"] == 2
