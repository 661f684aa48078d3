"""Interfaces that answer in pages: windows, cursors, and what a failed page costs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

URL = "https://trials.example/api/v2/studies"


def page(number, last):
    """The page `number` of trials, each with one trial, up to page `last`."""
    nct = f"NCT{number:08d}"
    studies = [{"protocolSection": {"identificationModule": {"nctId": nct, "briefTitle": f"Trial {number}"}}}]
    return {"studies": studies, **({"nextPageToken": f"p{number + 1}"} if number < last else {})}


def registry(last, broken=None):
    """Answers of a registry with `last` pages; `broken` maps page numbers to failures and is emptied by them."""
    broken = {} if broken is None else broken

    def answer(_url, query):
        number = int(query.get("pageToken", "p1")[1:])
        return broken.pop(number, None) or page(number, last)

    return answer


def pages(trials):
    """The pages asked for so far."""
    return [query.get("pageToken", "p1") for query in trials.asked]


def guids(got):
    return [entry.guid for entry in got.entries]


def test_s06_a_backlog_is_taken_in_several_polls(interface):
    """Ten pages a poll: 25 pages are three polls, each trial comes once and no page is asked twice."""
    trials = interface("clinicaltrials", URL, {}, registry(25))
    polls = [trials.poll() for _ in range(3)]
    assert [len(got.entries) for got in polls] == [10, 10, 5]
    assert [guid for got in polls for guid in guids(got)] == [f"NCT{n:08d}" for n in range(1, 26)]
    assert pages(trials) == [f"p{n}" for n in range(1, 26)]
    windows = {query["filter.advanced"] for query in trials.asked}
    assert windows == {"AREA[LastUpdatePostDate]RANGE[2026-10-22,2026-11-21]"}


def test_the_option_pages_bounds_a_poll(interface):
    """`pages: 2` asks for two pages, whatever there is."""
    trials = interface("clinicaltrials", URL, {"pages": "2"}, registry(9))
    assert len(trials.poll().entries) == 2
    assert trials.poll().requests == 2
    assert pages(trials) == ["p1", "p2", "p3", "p4"]


def test_the_next_window_begins_days_before_the_last_one_ended(interface):
    """A window that was read to its end is followed by one that overlaps it, up to today."""
    trials = interface("clinicaltrials", URL, {"days": "5"}, registry(1))
    trials.poll()
    trials.now += timedelta(days=1)
    trials.poll()
    asked = [query["filter.advanced"].partition("RANGE")[2] for query in trials.asked]
    assert asked == ["[2026-11-16,2026-11-21]", "[2026-11-19,2026-11-22]"]


def test_a_resumed_window_is_followed_by_today_in_the_same_poll(interface):
    """Whoever was behind is up to date as soon as pages allow it."""
    trials = interface("clinicaltrials", URL, {"pages": "3"}, registry(4))
    trials.poll()
    trials.now += timedelta(days=1)
    trials.poll()
    assert pages(trials) == ["p1", "p2", "p3", "p4", "p1", "p2"]
    assert trials.asked[3]["filter.advanced"].endswith("2026-11-21]")
    assert trials.asked[4]["filter.advanced"].endswith("[2026-11-19,2026-11-22]")


def test_f29_a_failed_page_keeps_what_came_before_it(interface, refuse):
    """Two pages and a 500: no failure, a problem that names the page, and the next poll goes on from it."""
    trials = interface("clinicaltrials", URL, {}, registry(4, {3: refuse(500, "http_5xx")}))
    got = trials.poll()
    assert (got.failure, guids(got)) == (None, ["NCT00000001", "NCT00000002"])
    assert [problem.where for problem in got.problems] == ["src"]
    assert "'p3'" in got.problems[0].what
    assert "http_5xx" in got.problems[0].what
    assert guids(trials.poll()) == ["NCT00000003", "NCT00000004"]
    assert pages(trials) == ["p1", "p2", "p3", "p3", "p4"]


def test_f29_a_page_that_cannot_be_read_keeps_what_came_before_it(interface):
    """The same for a page that is no JSON, with the server's own words."""
    trials = interface("clinicaltrials", URL, {}, registry(3, {2: "The registry is being rebuilt"}))
    got = trials.poll()
    assert (got.failure, len(got.entries)) == (None, 1)
    assert "The registry is being rebuilt" in got.problems[0].what
    assert guids(trials.poll()) == ["NCT00000002", "NCT00000003"]


def test_a_first_page_that_fails_is_a_failure(interface, refuse):
    """Nothing came: the poll failed, says how, and the place reached stays."""
    trials = interface("clinicaltrials", URL, {}, registry(1, {1: refuse(503, "http_5xx", 120.0)}))
    got = trials.poll()
    assert (got.failure, got.status, got.retry_after, got.cursor) == ("http_5xx", 503, 120.0, None)
    unread = interface("clinicaltrials", URL, {}, registry(1, {1: "Oops"}))
    got = unread.poll()
    assert (got.failure, got.failure_text, got.status) == ("not_a_feed", "the server says: Oops", 200)


@pytest.mark.parametrize(("asked", "floor"), [(600.0, 600.0), (None, 3600.0)])
def test_f12_a_429_after_good_pages_lengthens_the_pause(interface, refuse, asked, floor):
    """What came is kept, and the source rests for as long as the server wants, an hour when it does not say."""
    trials = interface("clinicaltrials", URL, {}, registry(2, {2: refuse(429, "rate_limited", asked)}))
    got = trials.poll()
    assert (got.failure, len(got.entries), got.floor) == (None, 1, floor)


def test_a_page_that_is_no_longer_known_begins_its_window_anew(interface, refuse):
    """Tokens expire: the days are asked again from the first page, in the same poll and with a problem."""
    trials = interface("clinicaltrials", URL, {"pages": "2"}, registry(3))
    trials.poll()
    trials.answer = registry(3, {3: refuse(400)})
    got = trials.poll()
    assert got.failure is None
    assert "'p3' is no longer known" in got.problems[0].what
    assert pages(trials)[2:4] == ["p3", "p1"]
    trials.poll()
    assert pages(trials)[-2:] == ["p2", "p3"]


def test_r_a_poll_that_dies_loses_nothing(interface):
    """Killed between two pages, nothing was stored: the next run asks the same pages and gets all."""
    trials = interface("clinicaltrials", URL, {}, registry(4))
    whole = trials.answer

    def dies(url, query):
        if query.get("pageToken") == "p3":
            raise KeyboardInterrupt
        return whole(url, query)

    trials.answer = dies
    with pytest.raises(KeyboardInterrupt):
        trials.poll()
    trials.answer = whole
    assert len(trials.poll().entries) == 4


def test_another_question_begins_anew(interface):
    """A cursor belongs to its question: after a change of the term the first window is asked for again."""
    trials = interface("clinicaltrials", URL, {"term": "mole", "pages": "1"}, registry(3))
    trials.poll()
    trials.source = replace(trials.source, options={"term": "naevus", "pages": "1"})
    trials.poll()
    assert pages(trials) == ["p1", "p1"]
    trials.source = replace(trials.source, options={"term": "naevus", "pages": "3"})  # how much, not what
    trials.poll()
    assert pages(trials)[2] == "p2"


@pytest.mark.parametrize("cursor", ["", "{", "[]", "{}", '{"query":"x","since":"soon","until":"2026-11-01"}', "nul"])
def test_a_cursor_that_says_nothing_begins_anew(interface, cursor):
    """Whatever is stored, a poll knows where to begin."""
    trials = interface("clinicaltrials", URL, {}, registry(1))
    trials.state = replace(trials.state, cursor=cursor)
    assert trials.poll().failure is None
    assert trials.asked[0]["filter.advanced"].endswith("[2026-10-22,2026-11-21]")


def test_r07_a_clock_that_was_set_back_leaves_no_day_out(interface):
    """After a window that ended in the future the next one ends today and still overlaps."""
    trials = interface("clinicaltrials", URL, {}, registry(1))
    trials.poll()
    trials.now -= timedelta(days=10)
    trials.poll()
    assert trials.asked[1]["filter.advanced"].endswith("[2026-11-09,2026-11-11]")


def test_a_page_that_follows_itself_ends_the_window(interface):
    """An interface that leads in a circle is left after one round, with a problem."""
    circle = {"studies": [], "nextPageToken": "p1"}
    trials = interface("clinicaltrials", URL, {}, lambda _url, _query: circle)
    got = trials.poll()
    assert len(trials.requests) <= 3
    assert "follows itself" in got.problems[-1].what
    assert json.loads(got.cursor)["page"] is None


def test_what_comes_twice_counts_as_it_came_last(interface):
    """A record that changes while it is paged through is one entry, the later one."""
    first, second = page(1, 2), page(1, 1)
    second["studies"][0]["protocolSection"]["identificationModule"]["briefTitle"] = "Renamed"
    trials = interface("clinicaltrials", URL, {}, lambda _url, query: second if "pageToken" in query else first)
    assert [entry.title for entry in trials.poll().entries] == ["Renamed"]


def test_f09_headers_go_with_every_page(interface):
    """Keys stand in headers, which every page is asked with."""
    trials = interface("clinicaltrials", URL, {}, registry(2))
    trials.source = replace(trials.source, headers=(("X-Api-Key", "k"),))
    trials.poll()
    assert [request.headers for request in trials.requests] == [(("X-Api-Key", "k"),)] * 2
    assert all(request.trusted for request in trials.requests)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("clinicaltrials", {"trem": "mole"}, "options.trem of src is no option of the kind clinicaltrials"),
        ("clinicaltrials", {"pages": "0"}, "options.pages of src is '0'; write a whole number from 1 to 100"),
        ("clinicaltrials", {"pages": "1e3"}, "options.pages of src is '1e3'"),
        ("clinicaltrials", {"days": "ten"}, "options.days of src is 'ten'; write a whole number from 1 to 3660"),
        ("gdelt", {}, "options.term of src is missing"),
        ("semanticscholar", {"term": " "}, "options.term of src is missing"),
        ("openalex", {"term": "mole, naevus"}, "options.term of src has a comma"),
    ],
)
def test_c_an_option_that_cannot_be_followed_is_named(interface, kind, options, words):
    """Nothing is asked, and the message has the place in the configuration, the option and what is wrong."""
    asked = interface(kind, URL, options, lambda _url, _query: {})
    got = asked.poll()
    assert (got.failure, got.requests, asked.requests) == ("bad_url", 0, [])
    assert got.failure_text.startswith("sources.yaml:1: ")
    assert words in got.failure_text
