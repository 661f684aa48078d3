"""The catalogue of faults (RELIABILITY.md, part 3 F), against the hostile server."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import Fetcher
from dermai_feed.model import FetchSettings, Request, Response

pytestmark = pytest.mark.shared
CANARY = "/internal-secret"
HIDEOUTS = [
    "private", "localhost", "decimal", "hex", "short", "octal", "mapped", "ipv6", "zero", "fullwidth", "rfc1918",
    "metadata", "cgnat", "nat64", "protocol-relative",
]  # fmt: skip
NONSENSE = ["port", "backslash", "file", "js", "data", "ftp", "creds", "empty", "bad"]


@pytest.fixture
def fetch(hostile: Any) -> Callable[..., Response | FetchFailed]:
    """The answer to a path of the hostile server, or the failure; settings by keyword, one fetcher per call."""

    def go(path: str, request: dict[str, Any] | None = None, **settings: Any) -> Response | FetchFailed:
        limits = {"deadline": 1.0, "gap": 0.0, "allow_hosts": (hostile.netloc,), **settings}
        fetcher = Fetcher(FetchSettings(**limits))
        try:
            return fetcher(Request(url=hostile.url(path), **(request or {})))
        except FetchFailed as failure:
            return failure

    return go


def failure(result: Response | FetchFailed) -> str:
    """The class of a failure; a document is none."""
    assert isinstance(result, FetchFailed), f"a document of {len(result.body)} bytes"
    assert result.text.isprintable()
    return result.failure


def document(result: Response | FetchFailed) -> bytes:
    """The body of a document; a failure is none."""
    assert isinstance(result, Response), str(result)
    return result.body


def test_f01_all_ways_to_dawdle_at_once(hostile: Any) -> None:
    """X-13: every slow server is left at the deadline, and a quick one beside them is not held up."""
    paths = ["/slow", "/never", "/slow-headers", "/slow-body?every=0.3", "/stall", "/slow-redirects?delay=0.5", "/ok"]
    fetcher = Fetcher(FetchSettings(deadline=1.0, gap=0.0, per_host=8, allow_hosts=(hostile.netloc,)))

    def timed(path: str) -> tuple[str, float]:
        began = time.monotonic()
        try:
            return str(fetcher(Request(url=hostile.url(path))).status), time.monotonic() - began
        except FetchFailed as error:
            return error.failure, time.monotonic() - began

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        results = dict(zip(paths, pool.map(timed, paths), strict=True))
    assert time.monotonic() - began < 5
    assert results.pop("/ok")[0] == "200"
    assert {name for name, _ in results.values()} == {"timeout"}
    assert max(seconds for _, seconds in results.values()) < 5


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/gzipbomb", "too_large"), ("/gzipbomb-nested", "bad_coding"), ("/deflatebomb", "bad_coding"),
     ("/gzip-many-layers", "bad_coding"), ("/endless", "too_large"), ("/endless-raw", "too_large"),
     ("/announced-huge", "too_large"), ("/big?mb=20", "too_large")],
)  # fmt: skip
def test_f02_sizes(hostile: Any, fetch: Any, path: str, expected: str) -> None:
    """Bombs and endless bodies are refused long before the deadline, and little of them is taken."""
    if "bomb" in path:
        fetch(path, deadline=20.0)  # the server makes a bomb when it is first asked for one
    assert failure(fetch(path, deadline=5.0)) == expected
    if path == "/endless":
        assert hostile.stats()["bytes_out"]["/endless"] <= 18 * 1024 * 1024


def test_f02_a_large_document_within_the_limits(fetch: Any) -> None:
    """Five megabytes are a document."""
    assert len(document(fetch("/big?mb=5", deadline=20.0))) > 5 * 1024 * 1024


@pytest.mark.parametrize(
    "path",
    ["/truncated", "/truncated-clean", "/truncated-chunked", "/reset-mid-body", "/gzip-truncated", "/gzip-badcrc",
     "/gzip-lie"],
)  # fmt: skip
def test_f03_cut_bodies(hostile: Any, fetch: Any, path: str) -> None:
    """X-17: a body that was cut or damaged is a failure, and is not asked for again in the same fetch."""
    assert failure(fetch(path)) in {"truncated", "reset", "bad_coding"}
    assert hostile.count(path) == 1


def test_f03_members_and_unlabelled_gzip(fetch: Any) -> None:
    """Several gzip members are one body; gzip without a label is handed on as it came, for the parser to refuse."""
    whole = document(fetch("/ok"))
    assert document(fetch("/gzip-multimember")) == whole
    assert document(fetch("/gzip-unlabelled"))[:2] == b"\x1f\x8b"


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/204", "http_other"), ("/206", "http_other"), ("/300", "http_other"), ("/400", "http_4xx"),
     ("/401", "http_4xx"), ("/403", "http_4xx"), ("/404", "not_found"), ("/406", "http_4xx"), ("/410", "gone"),
     ("/451", "http_4xx"), ("/500", "http_5xx"), ("/500-feed", "http_5xx"), ("/502", "http_5xx"),
     ("/504", "http_5xx"), ("/999", "http_other"), ("/cf-challenge", "challenge"), ("/304-unasked", "protocol")],
)  # fmt: skip
def test_f04_statuses(fetch: Any, path: str, expected: str) -> None:
    """Whatever is not 200 is an error that names its code."""
    error = fetch(path)
    assert failure(error) == expected
    assert str(error.status) in error.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [(f"/redirect-{name}", "blocked_address") for name in HIDEOUTS]
    + [(f"/redirect-{name}", "bad_url") for name in NONSENSE],
)
def test_f05_f07_redirects_to_forbidden_places(hostile: Any, fetch: Any, path: str, expected: str) -> None:
    """X-15: no redirect reaches a private machine or another protocol, in whatever spelling."""
    error = fetch(path)
    assert failure(error) == expected
    assert (error.requests, hostile.count(path), len(hostile.requests())) == (1, 1, 1)
    assert "hunter2" not in str(error)
    assert "SECRET" not in str(error)


def test_f05_the_canary_can_be_hit(hostile: Any, fetch: Any) -> None:
    """Where the address is allowed, the same redirect does arrive: the tests above could fail."""
    document(fetch("/redirect-private", allow_hosts=(hostile.netloc, f"127.0.0.2:{hostile.port}")))
    assert hostile.count(CANARY) == 1


@pytest.mark.parametrize("name", ["private", "loop", "loop6", "mapped", "nat64", "mixed", "meta"])
def test_f05_names_with_private_answers(hostile: Any, hostile_module: Any, name: str) -> None:
    """X-16: a name that resolves to anything private is refused after one look-up."""
    names = hostile_module.FakeDNS()
    fetcher = Fetcher(FetchSettings(gap=0.0, allow_hosts=(hostile.netloc,)), resolve=names)
    with pytest.raises(FetchFailed, match=f"{name}.test") as caught:
        fetcher(Request(url=f"http://{name}.test:{hostile.port}{CANARY}"))
    assert caught.value.failure == "blocked_address"
    assert names.lookups[f"{name}.test"] == 1
    assert hostile.count(CANARY) == 0


@pytest.mark.parametrize("name", ["nx", "again"])
def test_names_that_do_not_resolve(hostile_module: Any, name: str) -> None:
    """X-16: a name without an answer is a `dns` failure, and is looked up once."""
    names = hostile_module.FakeDNS()
    with pytest.raises(FetchFailed) as caught:
        Fetcher(FetchSettings(gap=0.0), resolve=names)(Request(url=f"http://{name}.test/feed"))
    assert caught.value.failure == "dns"
    assert names.lookups[f"{name}.test"] == 1


def test_f05_a_name_that_changes_its_mind(hostile: Any, hostile_module: Any) -> None:
    """X-16: a name that means something else at its second look-up is looked up once, and dialled as it was checked."""
    names = hostile_module.FakeDNS({"rebind.test": [["127.0.0.1"], ["127.0.0.2"]]})
    here = f"rebind.test:{hostile.port}"
    fetcher = Fetcher(FetchSettings(gap=0.0, allow_hosts=(here,)), resolve=names)
    assert fetcher(Request(url=f"http://{here}/ok")).status == 200
    assert names.lookups["rebind.test"] == 1
    (request,) = hostile.requests()
    assert request["host"] == here


def test_f07_a_fragment_is_not_sent(fetch: Any) -> None:
    """A redirect with a fragment works."""
    response = fetch("/redirect-fragment")
    document(response)
    assert response.url.endswith("/ok")


@pytest.mark.parametrize(
    "path",
    ["/redirect-self", "/redirect-loop", "/redirect-loop-b", "/redirect-grow", "/redirect-noloc", "/redirect-chain-6"],
)
def test_f08_too_many_redirects(hostile: Any, fetch: Any, path: str) -> None:
    """X-15: loops, growing addresses, missing targets and a sixth redirect are errors after at most six requests."""
    assert failure(fetch(path)) == "redirects"
    assert len(hostile.requests()) <= 6


def test_f08_five_redirects(fetch: Any) -> None:
    """Five redirects are followed."""
    response = fetch("/redirect-chain-5")
    document(response)
    assert response.requests == 6


@pytest.mark.parametrize("allowed", [True, False])
def test_f09_secrets_across_hosts(hostile: Any, fetch: Any, allowed: bool) -> None:
    """On another host no credential, key or validator arrives; on the same host they do."""
    hosts = (hostile.netloc, f"127.0.0.2:{hostile.port}")
    secrets = {"headers": (("Authorization", "Basic eDp5"), ("X-Api-Key", "k"), ("Cookie", "a=1")), "etag": '"x"'}
    path = "/301-cross-host" if allowed else "/echo-auth"
    body = document(fetch(path, secrets, allow_hosts=hosts))
    (seen,) = hostile.headers_seen("/echo-auth")
    assert ("saw: none" in body.decode()) is allowed
    assert ("x-api-key" in seen) is not allowed
    assert "referer" not in seen


@pytest.mark.parametrize(
    ("path", "end"),
    [("/301-moved", "/moved-target"), ("/308-moved", "/moved-target"), ("/302-found", None), ("/303-other", None),
     ("/307-temp", None), ("/301-then-302", "/302-found"), ("/302-then-301", None), ("/301-portal", "/login")],
)  # fmt: skip
def test_f10_permanent_addresses(hostile: Any, fetch: Any, path: str, end: str | None) -> None:
    """The unbroken permanent part of the way is reported; whether to believe it is decided elsewhere."""
    response = fetch(path)
    document(response)
    assert response.permanent_url == (end and hostile.url(end))


@pytest.mark.parametrize(("path", "expected"), [("/301-to-410", "gone"), ("/301-to-404", "not_found")])
def test_f10_a_move_to_nothing(fetch: Any, path: str, expected: str) -> None:
    """A permanent redirect to a missing page is that page's failure."""
    assert failure(fetch(path)) == expected


@pytest.mark.parametrize(
    ("path", "seconds"),
    [("/429", 3600), ("/429-short", 2), ("/429-date", 3600), ("/429-date-850", 3600), ("/429-date-asctime", 3600),
     ("/429-zero", 3600), ("/429-negative", 3600), ("/429-past", 3600), ("/429-huge", 604800), ("/429-9999", 604800),
     ("/429-garbage", 3600), ("/429-float", 3600), ("/429-none", None),
     ("/503", 3600), ("/503-date", 3600), ("/503-none", None)],
)  # fmt: skip
def test_f12_retry_after(fetch: Any, path: str, seconds: float | None) -> None:
    """Every form of Retry-After is read in seconds; its absence is told apart."""
    error = fetch(path)
    assert failure(error) == ("rate_limited" if path.startswith("/429") else "http_5xx")
    assert error.retry_after == (seconds and pytest.approx(seconds, abs=5))


@pytest.mark.parametrize("path", ["/ok", "/304-etag", "/304-weak", "/304-lastmod", "/etag-unquoted"])
def test_f13_validators(fetch: Any, path: str) -> None:
    """What a server gave is sent back as it was, and recognised."""
    first = fetch(path)
    document(first)
    again = fetch(path, {"etag": first.header("etag"), "last_modified": first.header("last-modified")})
    assert document(again) == b""
    assert again.status == 304


def test_f13_latin1_and_huge_validators(hostile: Any, fetch: Any) -> None:
    """Bytes outside ASCII come back as they were; 64 kB are forgotten."""
    first = fetch("/header-latin1")
    fetch("/header-latin1", {"etag": first.header("etag")})
    assert hostile.headers_seen("/header-latin1")[1]["if-none-match"].encode("latin-1") == b'"\xc3\xa9"'
    assert fetch("/etag-huge").header("etag") is None


def test_f15_not_modified_with_a_body_and_new_validators(fetch: Any) -> None:
    """The body of a 304 is ignored, a new validator is passed on, and the next fetch is not disturbed."""
    result = fetch("/304-body", {"etag": '"b"'})
    assert (document(result), result.status) == (b"", 304)
    assert len(document(fetch("/ok"))) > 900
    newer = fetch("/304-newvalidators", {"etag": '"same"'})
    assert (newer.status, newer.header("last-modified")) == (304, "Wed, 01 Apr 2020 00:00:00 GMT")


@pytest.mark.parametrize(
    ("path", "requests", "expected"),
    [("/flaky-reset-1", 2, None), ("/flaky-reset-9", 2, "reset"), ("/reset-connection", 2, "reset"),
     ("/close-now", 2, "reset"), ("/flaky-2", 1, "http_5xx"), ("/keepalive-close", 1, None)],
)  # fmt: skip
def test_f20_one_retry(hostile: Any, fetch: Any, path: str, requests: int, expected: str | None) -> None:
    """Only a connection lost before any answer is tried again, once."""
    result = fetch(path)
    assert document(result) if expected is None else failure(result) == expected
    assert (hostile.count(path), result.requests) == (requests, requests)


def test_f21_pacing(hostile: Any) -> None:
    """Two hosts are asked side by side, each by one request at a time with the gap between."""
    hosts = ("127.0.0.1", "127.0.0.2")
    netlocs = tuple(f"{host}:{hostile.port}" for host in hosts)
    fetcher = Fetcher(FetchSettings(gap=0.2, allow_hosts=netlocs))
    urls = [hostile.url(f"/slow?delay=0.1&n={n}", host=host) for n in range(6) for host in hosts]
    began = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        assert [r.status for r in pool.map(lambda url: fetcher(Request(url=url)), urls)] == [200] * 12
    assert time.monotonic() - began < 6
    stats = hostile.stats()
    for netloc in netlocs:
        assert stats["max_in_flight"][f"host:{netloc}"] == 1
        assert stats["min_gap_s"][f"host:{netloc}"] >= 0.19
    assert stats["max_in_flight"]["all"] == 2


def test_f22_user_agent(hostile: Any, fetch: Any) -> None:
    """A server that turns away libraries and browsers lets us in, by one honest name."""
    document(fetch("/by-agent"))
    (agent,) = hostile.stats()["user_agents"]
    assert agent.startswith("dermai_feed/")
    assert "(+http" in agent


def test_f23_cookies(hostile: Any) -> None:
    """Cookies that were set do not come back, and the address is asked for as it was given."""
    fetcher = Fetcher(FetchSettings(gap=0.0, allow_hosts=(hostile.netloc,)))
    for path in ("/setcookie", "/setcookie", "/echo-auth?a=b"):
        response = fetcher(Request(url=hostile.url(path)))
    assert b"saw: none" in response.body
    assert hostile.requests("/echo-auth")[0]["query"] == {"a": "b"}


@pytest.mark.parametrize(("first", "then", "items"), [("/smuggle", "/atom", 2), ("/wrong-length", "/ok", 3)])
def test_f25_nothing_is_left_on_a_connection(fetch: Any, first: str, then: str, items: int) -> None:
    """X-17: what one answer leaves behind does not become part of the next."""
    fetch(first)
    body = document(fetch(then))
    assert b"SMUGGLED" not in body
    assert body.count(b"<entry>") + body.count(b"<item>") == items


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/endless-headers", "too_large"), ("/huge-header", "too_large"), ("/slow-headers", "timeout")],
)
def test_f27_headers(fetch: Any, path: str, expected: str) -> None:
    """Header blocks without end are left at 64 KiB or at the deadline."""
    assert failure(fetch(path)) == expected


@pytest.mark.parametrize(
    "path",
    [
        "/not-http",
        "/status-garbage",
        "/bad-chunk",
        "/two-lengths",
        "/negative-length",
        "/header-nul",
        "/coding-unknown",
    ],
)
def test_f28_broken(fetch: Any, path: str) -> None:
    """Broken HTTP is `protocol`."""
    assert failure(fetch(path)) == "protocol"


@pytest.mark.parametrize("path", ["/1xx", "/no-length", "/header-latin1", "/keepalive-close", "/gzip-ok"])
def test_f28_odd(fetch: Any, path: str) -> None:
    """Odd but legal HTTP gives the three entries of the feed."""
    assert document(fetch(path)).count(b"<item>") == 3


def test_every_fault_is_an_answer_or_a_failure(hostile: Any, hostile_module: Any) -> None:
    """No path of the hostile server makes the fetch raise anything but FetchFailed, or blames ourselves."""
    fetcher = Fetcher(FetchSettings(deadline=0.3, gap=0.0, per_host=8, allow_hosts=(hostile.netloc,)))

    def go(path: str) -> str:
        try:
            return str(fetcher(Request(url=hostile.url(path), etag='"x"')).status)
        except FetchFailed as error:
            return error.failure

    examples = [example for _, _, _, example in hostile_module.FAULTS.values()]
    with ThreadPoolExecutor(4) as pool:
        results = dict(zip(examples, pool.map(go, examples), strict=True))
    assert len(results) > 200
    assert "internal_error" not in results.values()
    assert hostile.count(CANARY) == 1  # asked for by its own name
