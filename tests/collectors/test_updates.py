"""Asking again what became of papers that are known."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from dermai_feed.collectors import Context, collect, parse_here
from dermai_feed.model import Collected, Identifier

URL = "https://api.crossref.org/works"
Make = Callable[..., Any]


def notice(doi: str, subject: str, kind: str = "retraction") -> dict[str, Any]:
    """A notice about `subject` as Crossref describes one."""
    return {
        "DOI": doi, "type": "journal-article", "title": [f"{kind.title()}: Deep learning for melanoma"],
        "update-to": [{"DOI": subject, "type": kind, "label": kind.title(), "source": "retraction-watch"}],
        "created": {"date-time": "2026-11-20T08:00:00Z"}, "URL": f"https://doi.org/{doi}",
    }  # fmt: skip


def works(*records: dict[str, Any]) -> dict[str, Any]:
    """An answer of the route /works."""
    return {"status": "ok", "message-type": "work-list", "message": {"total-results": len(records), "items": records}}


def subjects(query: Mapping[str, str]) -> list[str]:
    """The DOIs that a question is about."""
    return re.findall(r"updates:([^,]+)", query["filter"])


def poll(interface: Any, *dois: str) -> Collected:
    """One poll with these papers known; the cursor is kept."""
    context = Context(fetch=interface.fetch, parse=parse_here, now=interface.now, base=None, dois=dois)  # type: ignore[arg-type]
    got = collect(interface.source, interface.state, context)
    if not got.failure:
        interface.state = type(interface.state)(source_id="src", cursor=got.cursor)
    return got


def test_a_retraction_of_a_known_paper_is_found_with_its_subject(interface: Make) -> None:
    """The entry is the notice, and names the DOI that it is about."""

    def answer(_url: str, query: Mapping[str, str]) -> Any:
        return works(notice("10.1000/r.1", "10.1000/a.1")) if "10.1000/a.1" in subjects(query) else works()

    got = poll(interface("updates", URL, {}, answer), "10.1000/A.1", "10.1000/b.2")
    assert got.failure is None
    (entry,) = got.entries
    assert entry.identifiers == (Identifier(scheme="doi", value="10.1000/r.1"),)
    assert "https://doi.org/10.1000/a.1" in entry.links
    assert entry.publication is not None
    assert "retraction notice" in entry.publication.types


def test_every_paper_is_asked_once_before_any_is_asked_twice(interface: Make) -> None:
    """Batches of forty at most, addresses short enough for any server, and the next poll goes on behind the last."""
    asked: list[str] = []

    def answer(url: str, query: Mapping[str, str]) -> Any:
        assert len(url) <= 2048
        assert len(subjects(query)) <= 40
        asked.extend(subjects(query))
        return works()

    dois = [f"10.1016/j.jaad.2026.{n:03}.{n:03}" for n in range(300)]
    asking = interface("updates", URL, {"batches": "2"}, answer)
    polls = 0
    while len(asked) < 300:
        poll(asking, *dois)
        polls += 1
    assert asked[:300] == dois
    assert polls == 4
    assert len(asking.requests) == 8


def test_a_new_paper_is_asked_about_within_the_round(interface: Make) -> None:
    """The order is that of the DOIs, and the place is a DOI: nothing is skipped when the corpus grows."""
    asked: list[str] = []

    def answer(_url: str, query: Mapping[str, str]) -> Any:
        asked.extend(subjects(query))
        return works()

    asking = interface("updates", URL, {}, answer)
    poll(asking, "10.1/a", "10.1/c")
    poll(asking, "10.1/a", "10.1/b", "10.1/c", "10.1/d")
    assert asked == ["10.1/a", "10.1/c", "10.1/d", "10.1/a", "10.1/b", "10.1/c"]


def test_nothing_known_asks_nobody(interface: Make) -> None:
    """A new corpus has nothing to ask about, and that is no failure; what a filter cannot carry is left out."""
    asking = interface("updates", URL, {}, lambda *_: works())
    assert (poll(asking).failure, poll(asking, "10.1/a,b", "no doi").failure, asking.requests) == (None, None, [])


def test_a_failure_after_the_first_question_keeps_what_came(interface: Make, refuse: Any) -> None:
    """The next poll begins at the question that failed."""
    calls = 0

    def answer(_url: str, query: Mapping[str, str]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            return refuse(503, "http_5xx")
        return works(notice(f"10.1000/r.{calls}", subjects(query)[0], "correction"))

    dois = [f"10.1000/x.{n:03}" for n in range(60)]
    asking = interface("updates", URL, {}, answer)
    first = poll(asking, *dois)
    assert (len(first.entries), first.failure) == (1, None)
    assert "http_5xx" in first.problems[0].what
    poll(asking, *dois)
    assert subjects(asking.asked[2])[0] == "10.1000/x.040"


def test_a_failure_of_the_first_question_is_the_polls(interface: Make, refuse: Any) -> None:
    """The schedule backs off, with the server's own words."""
    assert poll(interface("updates", URL, {}, lambda *_: refuse(400)), "10.1/a").failure == "http_4xx"


@pytest.mark.parametrize("said", ["0", "-1", "many", "101"])
def test_a_wrong_option_is_named_and_nobody_asked(interface: Make, said: str) -> None:
    """Options are words until somebody reads them."""
    asking = interface("updates", URL, {"batches": said}, lambda *_: works())
    got = poll(asking, "10.1/a")
    assert got.failure == "bad_url"
    assert "batches" in got.failure_text
    assert asking.requests == []
