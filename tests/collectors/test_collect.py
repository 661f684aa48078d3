"""Asking a source: what is sent, what comes back, and that nothing is ever raised."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dermai_feed.collectors import COLLECTORS, Context, collect, parse_here
from dermai_feed.collectors.feed import FeedCollector
from dermai_feed.errors import FetchFailed, ParseFailed
from dermai_feed.model import Fetch, Parsed, Request, Response, Source, SourceState

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
URL = "https://feeds.example/feed.xml"
BODY = (Path(__file__).resolve().parent.parent / "data" / "feeds" / "rss.xml").read_bytes()
SOURCE = Source(id="src", kind="rss", name="Src", url=URL, headers=(("X-Api-Key", "k"),))
KNOWN = SourceState(source_id="src", etag='W/"v1"', last_modified="Tue, 14 Apr 2026 08:30:00 +0000")


class Server:
    """A way out that answers as told and remembers what it was asked."""

    def __init__(self, answer: Response | Exception) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def ok(body: bytes = BODY, content_type: str = "application/rss+xml") -> Response:
    return Response(
        url=URL + "?moved",
        status=200,
        headers={"content-type": content_type, "etag": '"v2"'},
        body=body,
        permanent_url=URL + "?moved",
        requests=2,
    )


def context(fetch: Fetch, parse: Callable[[str, bytes, str, str, str], Parsed] = parse_here) -> Context:
    return Context(fetch=fetch, parse=parse, now=NOW, base=Path("/nowhere"))


def never_parsed(_kind: str, _body: bytes, _content_type: str, _url: str, _source_id: str) -> Parsed:
    raise AssertionError("this body must not be parsed")


def test_a_poll_brings_entries_and_facts() -> None:
    """A 200 with a feed: its entries, hints, headers, hash, move and number of requests."""
    got = collect(SOURCE, SourceState(source_id="src"), context(Server(ok())))
    assert (got.failure, got.status, got.requests) == (None, 200, 2)
    assert len(got.entries) == 2
    assert got.headers["etag"] == '"v2"'
    assert got.body_hash == hashlib.sha256(BODY).hexdigest()
    assert got.permanent_url == URL + "?moved"
    assert got.complete
    assert (got.floor, got.skip_hours, got.skip_days) == (7200.0, (0, 1), ("saturday", "sunday"))


def test_f13_validators_and_headers_are_sent_as_they_are() -> None:
    """The request carries both validators byte for byte, the source's own headers, and its trust."""
    server = Server(ok())
    collect(SOURCE, KNOWN, context(server))
    (request,) = server.asked
    assert request.url == URL
    assert (request.etag, request.last_modified) == (KNOWN.etag, KNOWN.last_modified)
    assert request.headers == (("X-Api-Key", "k"),)
    assert request.trusted
    assert "application/rss+xml" in request.accept


@pytest.mark.parametrize(
    ("days", "sent"), [(13.9, 'W/"v1"'), (14.0, None), (30.0, None)], ids=["13.9 days", "14 days", "30 days"]
)
def test_f15_after_two_weeks_of_304_a_request_is_unconditional(days: float, sent: str | None) -> None:
    """A feed that only says 304 for 14 days is asked once without validators."""
    server = Server(ok())
    state = SourceState(
        source_id="src", etag=KNOWN.etag, last_modified="x", not_modified_since=NOW - timedelta(days=days)
    )
    collect(SOURCE, state, context(server))
    assert server.asked[0].etag == sent
    assert server.asked[0].last_modified == (None if sent is None else "x")


def test_304_is_a_normal_answer_with_nothing_in_it() -> None:
    """Not modified: no entries, no failure, nothing parsed, the headers kept."""
    answer = Response(url=URL, status=304, headers={"last-modified": "new"}, body=b"ignored")
    got = collect(SOURCE, KNOWN, context(Server(answer), never_parsed))
    assert got.not_modified
    assert (got.failure, got.entries, got.status) == (None, (), 304)
    assert got.headers["last-modified"] == "new"


def test_f16_the_same_bytes_are_not_parsed_twice() -> None:
    """A body with the hash of last time is recognised and not read again."""
    state = SourceState(source_id="src", body_hash=hashlib.sha256(BODY).hexdigest())
    got = collect(SOURCE, state, context(Server(ok()), never_parsed))
    assert got.same_body
    assert got.body_hash == state.body_hash
    assert (got.failure, got.entries) == (None, ())


def test_p06_a_malformed_document_vouches_for_nothing() -> None:
    """What was mended is not complete, and its hash is not remembered: it is read again next time."""
    got = collect(SOURCE, KNOWN, context(Server(ok(BODY[:-60]))))
    assert got.failure is None
    assert len(got.entries) == 1
    assert not got.complete
    assert got.body_hash is None
    assert got.problems


@pytest.mark.parametrize(
    ("body", "failure"),
    [(b"<html><input type='password'></html>", "login"), (b"", "not_a_feed"), (b"{", "parse_error")],
)
def test_p07_what_is_no_feed_is_a_failure_with_its_facts(body: bytes, failure: str) -> None:
    """A page in the place of a feed: the failure's class, the status, no hash and no move to believe."""
    got = collect(SOURCE, KNOWN, context(Server(ok(body))))
    assert got.failure == failure
    assert got.failure_text
    assert (got.status, got.requests) == (200, 2)
    assert (got.body_hash, got.permanent_url, got.entries) == (None, None, ())


def test_f29_a_failed_fetch_is_a_value() -> None:
    """What the network says ends in the result: class, words, status, pause, requests."""
    failed = FetchFailed("rate_limited", "slow down", status=429, retry_after=120.0, requests=3)
    got = collect(SOURCE, KNOWN, context(Server(failed)))
    assert (got.failure, got.failure_text) == ("rate_limited", "slow down")
    assert (got.status, got.retry_after, got.requests) == (429, 120.0, 3)


def test_f29_a_bug_met_while_fetching_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The network's part translates it into a failure; its trace must not be lost on the way."""
    failed = FetchFailed("internal_error", "ZeroDivisionError")
    failed.__cause__ = ZeroDivisionError("bug")
    with caplog.at_level(logging.ERROR):
        assert collect(SOURCE, KNOWN, context(Server(failed))).failure == "internal_error"
    assert "ZeroDivisionError: bug" in caplog.text


def test_f29_a_bug_of_the_network_edge_leaves_its_trace(caplog: pytest.LogCaptureFixture) -> None:
    """internal_error from fetching is logged with its trace; ordinary failures are not."""
    collect(SOURCE, KNOWN, context(Server(FetchFailed("not_found", "404"))))
    assert caplog.text == ""
    collect(SOURCE, KNOWN, context(Server(FetchFailed("internal_error", "bug"))))
    assert "Traceback" in caplog.text


@pytest.mark.parametrize("error", [ZeroDivisionError("bug"), MemoryError(), RecursionError("deep"), KeyError("x")])
def test_f29_a_bug_stays_inside_its_source(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Any exception becomes internal_error on this source, with its trace in the log."""
    with caplog.at_level(logging.ERROR):
        got = collect(SOURCE, KNOWN, context(Server(error)))
    assert got.failure == "internal_error"
    assert type(error).__name__ in got.failure_text
    assert "src" in caplog.text
    assert "Traceback" in caplog.text


def test_f29_an_unknown_kind_stays_inside_its_source() -> None:
    """A kind that no collector serves is named, together with those that are."""
    got = collect(Source(id="src", kind="gopher", name="", url=URL), KNOWN, context(Server(ok())))
    assert got.failure == "internal_error"
    assert "gopher" in got.failure_text
    assert "jsonfeed" in got.failure_text


def test_a_failure_of_the_parser_is_the_sources() -> None:
    """What a parser in a child process reports is the failure of this poll."""

    def out_of_time(*_question: object) -> Parsed:
        raise ParseFailed("parse_timeout", "not parsed within 10 s")

    got = collect(SOURCE, KNOWN, context(Server(ok()), out_of_time))
    assert (got.failure, got.failure_text) == ("parse_timeout", "not parsed within 10 s")


@pytest.mark.parametrize("kind", [kind for kind, kept in COLLECTORS.items() if isinstance(kept, FeedCollector)])
def test_every_kind_of_feed_reads_every_format(kind: str) -> None:
    """The format is found in the document, whatever kind was configured."""
    source = Source(id="src", kind=kind, name="", url=URL)
    for name in ("rss.xml", "atom.xml", "journal.rdf", "feed.json"):
        body = (Path(__file__).resolve().parent.parent / "data" / "feeds" / name).read_bytes()
        assert len(collect(source, SourceState(source_id="src"), context(Server(ok(body)))).entries) == 2
