"""Show 1 of the collectors: every interface on loopback, whole, faulty, and killed in the middle of paging.

The records are those of captured answers (marked `shared`) and our own saved ones.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dermai_feed import config, pipeline
from dermai_feed.collectors import COLLECTORS, collect, parse_here
from dermai_feed.collectors.contract import Context
from dermai_feed.collectors.paging import Place
from dermai_feed.fetch import Fetcher
from dermai_feed.model import Collected, Entry, FetchSettings, Request, Response, Source, SourceState
from dermai_feed.normalize import normalize
from dermai_feed.pipeline.parts import Parts
from dermai_feed.rules import ProviderRules
from dermai_feed.store import open_store

from .interfaces import APIS, PAGE, Api, Fault, Record, Server, every_record, serving

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
FEEDS = Path(__file__).resolve().parent.parent / "data" / "feeds"
MOST = {"pubmed": 400}  # records of one interface, where other than 12: PubMed hands out a hundred at once


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(params=["ours", pytest.param("captured", marks=pytest.mark.shared)])
def records_of(request: pytest.FixtureRequest) -> Callable[[Api], list[Record]]:
    """The records of an interface: of our saved answer, or of every captured one."""
    if request.param == "ours":
        return lambda api: api.records((FEEDS / api.saved).read_bytes())
    real: Path = request.getfixturevalue("shared") / "data" / "feeds" / "real"
    return lambda api: every_record(api, real / api.folder, MOST.get(api.kind, 12))


each_api = pytest.mark.parametrize("api", APIS, ids=lambda api: api.kind)


def source_of(server: Server, **options: str) -> Source:
    return Source(
        id="src", kind=server.api.kind, name="Src", url=server.url,
        options={**server.api.options, "pages": "100", **options}
    )  # fmt: skip


class Clock:
    """Time that passes only where somebody waits: arXiv's three seconds cost nothing."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> None:
        self.seconds += seconds


def fetcher(server: Server) -> Fetcher:
    clock = Clock()
    settings = FetchSettings(allow_hosts=(server.netloc,), gap=0.0, deadline=600.0)
    return Fetcher(settings, monotonic=clock, wait=clock.wait)


def poll(server: Server, source: Source, state: SourceState, now: datetime = NOW) -> Collected:
    fetch = fetcher(server)
    try:
        return collect(source, state, Context(fetch=fetch, parse=parse_here, now=now, base=FEEDS))
    finally:
        fetch.close()


def names_of(entry: Entry) -> set[str]:
    """What an entry is called: identifiers, guid."""
    guid = entry.guid or ""
    return {str(i).lower() for i in entry.identifiers} | {guid.lower(), f"doi:{guid}".lower(), f"nct:{guid}".lower()}


def missing(records: list[Record], entries: tuple[Entry, ...]) -> list[str]:
    """The records that no entry stands for; figures, reviews and other parts of a work are none to be missed."""
    there = set().union(*(names_of(entry) for entry in entries)) if entries else set()
    parts = {"component", "peer-review", "journal", "journal-issue", "journal-volume", "grant"}
    return [
        record.name
        for record in records
        if record.name.lower() not in there and not (isinstance(record.raw, dict) and record.raw.get("type") in parts)
    ]


# --------------------------------------------------------------------------- whole


def test_every_interface_is_here() -> None:
    """All kinds that answer in pages but two, which have tests of their own: nothing was captured of GDELT."""
    assert {api.kind for api in APIS} == set(COLLECTORS) - {
        "rss", "atom", "jsonfeed", "podcast", "youtube", "folder", "googlenews", "bingnews", "sitemap", "listing",
        "page", "gdelt", "updates",
    }  # fmt: skip


@each_api
def test_every_record_comes_and_no_page_is_asked_twice(api: Api, records_of: Callable[[Api], list[Record]]) -> None:
    """From the first page to the last, with the days of the window in each question."""
    records = records_of(api)
    with serving(Server(api=api, records=records)) as server:
        got = poll(server, source_of(server), SourceState(source_id="src"))
    assert (got.failure, [problem.what for problem in got.problems]) == (None, [])
    assert missing(records, got.entries) == []
    assert server.twice == []
    assert len(server.asked) >= len(records) // (100 if api.kind == "pubmed" else PAGE)
    assert all(word in address for word in api.window for address in server.asked if "efetch" not in address)
    place = Place.read(got.cursor)
    assert place is not None
    assert (place.done, place.until) == (True, NOW.date())


@each_api
def test_records_have_what_the_interface_says_of_them(api: Api, records_of: Callable[[Api], list[Record]]) -> None:
    """Each entry has a title where the record has one, and becomes an item with an address and an identity."""
    records = records_of(api)
    with serving(Server(api=api, records=records)) as server:
        source = source_of(server)
        got = poll(server, source, SourceState(source_id="src"))
    untitled = [record for record in records if not re.search(r"(?i)title\W{0,4}[^\W_]", str(record.raw))]
    assert sum(not entry.title.strip() for entry in got.entries) <= len(untitled) + len(got.entries) // 20
    for entry in got.entries:
        item = normalize(entry, source=source, first_seen=NOW, first_poll=False, rules=ProviderRules())
        assert item.url, entry.where
        assert item.key


@each_api
def test_nothing_new_is_one_question_and_no_entry(api: Api) -> None:
    """An empty answer ends the window: for openFDA that is status 404, which is no failure."""
    empty = {"openfda": Fault(status=404, body=b'{"error":{"code":"NOT_FOUND","message":"No matches found!"}}')}
    with serving(Server(api=api, records=[], faults={1: empty[api.kind]} if api.kind in empty else {})) as server:
        got = poll(server, source_of(server), SourceState(source_id="src"))
    assert (got.failure, got.entries, len(server.asked)) == (None, (), 1)
    place = Place.read(got.cursor)
    assert place is not None
    assert place.done


@each_api
def test_the_next_poll_asks_for_later_days_that_overlap(api: Api) -> None:
    """Ten days on it begins before the end of the last window, and not where that began."""
    with serving(Server(api=api, records=[])) as server:
        source = source_of(server)
        if api.kind == "openfda":
            server.faults |= {n: Fault(status=404) for n in (1, 2)}
        first = poll(server, source, SourceState(source_id="src"))
        state = replace(SourceState(source_id="src", polls=1), cursor=first.cursor)
        second = poll(server, source, state, NOW + timedelta(days=10))
    then, now = Place.read(first.cursor), Place.read(second.cursor)
    assert then is not None
    assert now is not None
    if api.kind != "crossref":  # it is asked by weeks: the last one lies after the overlap
        assert now.since < then.until
        assert then.since < now.since or api.kind in {"openalex", "semanticscholar", "openfda"}
    assert now.until == (NOW + timedelta(days=10)).date()


# --------------------------------------------------------------------------- faults


FAULTS = {
    "503": Fault(status=503, body=b'{"message": "Backend is busy"}'),
    "429": Fault(status=429, headers={"Retry-After": "120"}, body=b'{"message": "slow down"}'),
    "cut": Fault(cut=True),
    "page": Fault(body=b"<!doctype html><html><title>Just a moment...</title></html>"),
    "json": Fault(body=b'{"error": "API rate limit exceeded"}'),
}


@pytest.mark.parametrize("fault", FAULTS)
@each_api
def test_a_page_that_fails_is_asked_again_and_none_before_it(
    api: Api, fault: str, records_of: Callable[[Api], list[Record]]
) -> None:
    """What came before is kept, the place is kept, and the second poll brings the rest."""
    records = records_of(api)
    at = 3 if api.kind == "pubmed" else 2
    if len(records) <= (100 if api.kind == "pubmed" else PAGE):
        pytest.skip("one page holds every record")
    with serving(Server(api=api, records=records, faults={at: FAULTS[fault]})) as server:
        source = source_of(server)
        first = poll(server, source, SourceState(source_id="src"))
        before = len(server.asked)
        assert first.entries
        assert first.failure is None  # it was not the first page
        assert first.problems
        if fault == "429":
            assert first.floor == 120.0
        second = poll(
            server, source, replace(SourceState(source_id="src"), cursor=first.cursor), NOW + timedelta(hours=1)
        )
    assert (second.failure, missing(records, (*first.entries, *second.entries))) == (None, [])
    again = set(server.asked[:before]) & set(server.asked[before:])
    # PubMed keeps a search for hours only: it is made anew, and fetching goes on where it was.
    assert {address for address in again if "esearch" not in address} <= {server.asked[at - 1]}


@each_api
def test_a_refusal_of_the_first_page_fails_with_the_servers_words(api: Api) -> None:
    """A wrong guess about an interface is told in its own words, as a failure of this source."""
    refusal = Fault(status=400, body=b'{"error": "Bad Request", "message": "The parameter frobnicate is unknown"}')
    with serving(Server(api=api, records=[], faults={1: refusal})) as server:
        got = poll(server, source_of(server), SourceState(source_id="src"))
    assert got.failure == "http_4xx"
    assert "The parameter frobnicate is unknown" in got.failure_text


@each_api
def test_an_empty_page_where_more_was_promised_is_doubted(api: Api, records_of: Callable[[Api], list[Record]]) -> None:
    """Interfaces that count their records (arXiv does it often) are asked a second time before a page is believed."""
    if api.kind not in {"arxiv", "pubmed", "europepmc"}:
        pytest.skip("it does not say how many records there are, or ends with an empty page")
    records = records_of(api)
    at = 2 if api.kind == "pubmed" else 1
    nothing = {
        "arxiv": b'<feed xmlns="http://www.w3.org/2005/Atom" xmlns:o="http://a9.com/-/spec/opensearch/1.1/"><title/>'
        b"<o:totalResults>%d</o:totalResults><o:startIndex>0</o:startIndex></feed>" % len(records),
        "pubmed": b"<PubmedArticleSet></PubmedArticleSet>",
        "europepmc": b'{"hitCount": %d, "request": {"cursorMark": "*", "pageSize": 1}, "resultList": {"result": []}}'
        % len(records),
    }  # fmt: skip
    with serving(Server(api=api, records=records, faults={at: Fault(body=nothing[api.kind])})) as server:
        got = poll(server, source_of(server), SourceState(source_id="src"))
    assert (got.failure, missing(records, got.entries)) == (None, [])


# --------------------------------------------------------------------------- killed and started again


@pytest.fixture
def project(tmp_path: Path) -> Callable[[Server], Any]:
    """A configuration with the server as its one source, and a store of its own."""

    def make(server: Server) -> Any:
        folder = tmp_path / server.api.kind
        folder.mkdir(exist_ok=True)
        options = "".join(f"      {name}: '{text}'\n" for name, text in {**server.api.options, "pages": "2"}.items())
        (folder / "sources.yaml").write_text(
            f"version: 1\nsources:\n  - id: src\n    kind: {server.api.kind}\n    name: Src\n    url: {server.url}\n"
            f"    interval: 1h\n    options:\n{options}"
        )
        shipped = Path(__file__).resolve().parents[2] / "config"
        files = "".join(f"  {name}: {shipped / f'{name}.yaml'}\n" for name in ("providers", "triage", "matching"))
        (folder / "dermai-feed.yaml").write_text(
            f"version: 1\nfiles:\n  corpus: corpus\n  state: state\n{files}"
            f"fetch:\n  contact: test@example.org\n  gap: 0s\n  allow_hosts: ['{server.netloc}']\n"
            "schedule:\n  floor: 15m\n  no_validators: 1h\n"
        )
        for name in ("state", "corpus"):
            (folder / name).mkdir(exist_ok=True)
        return config.load(folder / "dermai-feed.yaml", {}, kinds=frozenset(COLLECTORS))

    return make


def rounds(settings: Any, fetch: Callable[[Request], Response], now: datetime) -> datetime:
    """Polls, three hours apart, until the window is read to its end; answers when that was."""
    for _ in range(60):
        with open_store(settings.database) as store:
            parts = Parts(config=settings, store=store, fetch=fetch, parse=parse_here, corpus=settings.corpus, map=map)
            pipeline.collect(parts, now=now)
            place = Place.read(store.sources.states()["src"].cursor)
        if place is not None and place.done:
            return now
        now += timedelta(hours=3)
    raise AssertionError("the window has no end")


def kept(settings: Any) -> dict[str, tuple[str, ...]]:
    """Item id -> its keys, of all that is stored."""
    with open_store(settings.database, readonly=True) as store:
        return {id_: item.aliases for id_, item in store.items.items_of(store.items.ids()).items()}


@pytest.mark.parametrize("at", [2, 4])
@each_api
def test_p02_killed_in_the_middle_of_paging_and_started_again(
    api: Api, at: int, records_of: Callable[[Api], list[Record]], project: Callable[[Server], Any]
) -> None:
    """Nothing lost, nothing double: the items are those of a run that was not killed; stored pages stay."""
    records = records_of(api)[:6] if api.kind != "pubmed" else records_of(api)
    if len(records) <= PAGE:
        pytest.skip("one page holds every record")
    with serving(Server(api=api, records=records)) as server:
        settings = project(server)
        way_out = fetcher(server)
        count = 0

        def fetch(request: Request) -> Response:
            nonlocal count
            count += 1
            if count == at:
                raise Killed
            return way_out(request)

        now = NOW
        try:
            rounds(settings, fetch, now)
            killed = False
        except Killed:
            killed = True
            before = len(server.asked)
            rounds(settings, fetch, now + timedelta(hours=3))
        assert killed or count < at
        with_death = kept(settings)
        if killed:
            # Of the poll that died (two pages) everything is asked again, of those before it nothing.
            again = set(server.asked[:before]) & set(server.asked[before:])
            assert len({address for address in again if "esearch" not in address}) <= 1
        way_out.close()
    names = [key for keys in with_death.values() for key in keys if not key.startswith(("title", "guid-path"))]
    assert len(names) == len(set(names))
    with serving(Server(api=api, records=records)) as calm:
        other = project(calm)
        for file in (other.state).iterdir():
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        way_out = fetcher(calm)
        rounds(other, way_out, NOW)
        way_out.close()
        assert kept(other) == with_death
