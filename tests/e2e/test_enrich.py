"""Page enrichment end to end: each page once, robots.txt obeyed, a story tied to its paper (F-30, F-31, F-32)."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from dermai_feed import config, pipeline
from dermai_feed.collectors import COLLECTORS, parse_here
from dermai_feed.errors import FetchFailed
from dermai_feed.fetch import Fetcher
from dermai_feed.model import Fetch, FetchSettings, Item, Request, Response
from dermai_feed.pipeline.parts import Parts
from dermai_feed.pipeline.why import why
from dermai_feed.store import open_store

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
SHIPPED = Path(__file__).resolve().parents[2] / "config"


class Web:
    """A web in memory: address -> body, status or failure; what was asked for is counted."""

    def __init__(self, pages: dict[str, bytes | int | FetchFailed]) -> None:
        self.pages = pages
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        self.asked.append(request)
        answer = self.pages.get(request.url, 404)
        if isinstance(answer, FetchFailed):
            raise answer
        if isinstance(answer, int):
            failure = "not_found" if answer == 404 else "http_5xx"
            raise FetchFailed(failure, f"status {answer}", status=answer)  # type: ignore[arg-type]
        return Response(url=request.url, status=200, headers={"content-type": "text/html"}, body=answer)

    def count(self, url: str) -> int:
        return sum(request.url == url for request in self.asked)


class Project:
    """A configuration with feeds whose pages are read, and its store."""

    def __init__(self, folder: Path, **feeds: str) -> None:
        sources = "".join(
            f"  - id: {name}\n    kind: rss\n    name: {name}\n    url: {url}\n    needs_filter: false\n"
            "    enrich: true\n"
            for name, url in feeds.items()
        )
        (folder / "sources.yaml").write_text(f"version: 1\nsources:\n{sources}")
        files = "".join(f"  {name}: {SHIPPED / f'{name}.yaml'}\n" for name in ("providers", "triage", "matching"))
        (folder / "dermai-feed.yaml").write_text(f"version: 1\nfiles:\n  corpus: corpus\n  state: state\n{files}")
        for name in ("state", "corpus"):
            (folder / name).mkdir()
        self.config = config.load(folder / "dermai-feed.yaml", {}, kinds=frozenset(COLLECTORS))

    @contextmanager
    def open(self, fetch: Callable[[Request], Response]) -> Iterator[Parts]:
        with open_store(self.config.database) as store:
            yield Parts(
                config=self.config, store=store, fetch=fetch, parse=parse_here, corpus=self.config.corpus, map=map
            )

    def collect(self, fetch: Callable[[Request], Response], now: datetime) -> pipeline.CollectReport:
        with self.open(fetch) as parts:
            return pipeline.collect(parts, now=now)

    def items(self) -> dict[str, Item]:
        """Last segment of the address as received -> item."""
        with open_store(self.config.database) as store:
            return {
                item.original_url.rpartition("/")[2]: item for item in store.items.items_of(store.items.ids()).values()
            }


def feed(*links: str, title: str = "Network reads moles in {}") -> bytes:
    items = "".join(
        f"<item><title>{title.format(link.rpartition('/')[2])}</title><link>{link}</link><pubDate>2026-11-20</pubDate></item>"
        for link in links
    )
    return f'<rss version="2.0"><channel><title>F</title>{items}</channel></rss>'.encode()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, news="https://news.example.org/feed")


@pytest.fixture
def page(root: Path) -> bytes:
    return (root / "tests" / "data" / "feeds" / "page.html").read_bytes()


A, B = "https://news.example.org/2026/network-a", "https://news.example.org/2026/network-b"
FEED, ROBOTS = "https://news.example.org/feed", "https://news.example.org/robots.txt"


def test_f31_a_page_is_read_once_and_what_it_said_stays(project: Project, page: bytes) -> None:
    """However often the feed is polled and changed: one request; a changed title keeps what came from the page."""
    web = Web({FEED: feed(A), ROBOTS: b"", A: page})
    report = project.collect(web, NOW)
    assert (report.pages.read, report.pages.failed) == (1, 0)
    for hours in (30, 60):
        web.pages[FEED] = feed(A, title=f"Network reads moles in {{}}, again {hours}")
        project.collect(web, NOW + timedelta(hours=hours))
    item = project.items()["network-a"]
    assert item.title == "Network reads moles in network-a, again 60"
    assert item.images[0].url == "https://img.example.org/mole.jpg"
    assert item.excerpt == "A study of 900 patients & three clinics."
    assert (web.count(A), web.count(ROBOTS)) == (1, 1)
    assert item.page is not None
    assert "images" in item.page.took


def test_decision_17_after_that_a_poll_finds_nothing_new(project: Project, page: bytes) -> None:
    """The content hash is that of the feed: the same feed again is no update."""
    web = Web({FEED: feed(A), ROBOTS: b"", A: page})
    project.collect(web, NOW)
    before = project.items()
    web.pages[FEED] = feed(A) + b"<!-- other bytes -->"
    report = project.collect(web, NOW + timedelta(hours=30))
    (source,) = report.sources
    assert (source.new, source.updated, source.unchanged) == (0, 0, 1)
    assert project.items() == before


def test_f31_a_page_that_cannot_be_had_is_tried_three_times_at_most(project: Project) -> None:
    """An hour later, a day later, and never again; what another try cannot change is not tried again."""
    web = Web({FEED: feed(A, B), ROBOTS: b"", A: FetchFailed("timeout", "too slow"), B: 404})
    counts = []
    for hours in (0, 0.5, 2, 30, 60, 300):
        project.collect(web, NOW + timedelta(hours=hours))
        counts.append((web.count(A), web.count(B)))
    assert counts == [(1, 1), (1, 1), (2, 1), (3, 1), (3, 1), (3, 1)]
    with project.open(web) as parts:
        told = why(parts, project.items()["network-a"].id)
    assert [chapter.lines for chapter in told.chapters if chapter.title == "page"] == [
        ("tried 3 times: timeout: too slow",)
    ]


def test_f30_what_robots_txt_forbids_is_not_asked_for(project: Project, page: bytes) -> None:
    """And never again; `why` says who said no. Its delay is the gap between the pages."""
    web = Web({FEED: feed(A, B), ROBOTS: b"User-agent: *\nDisallow: /2026/network-b\nCrawl-delay: 7", A: page, B: page})
    report = project.collect(web, NOW)
    assert (report.pages.read, report.pages.forbidden) == (1, 1)
    project.collect(web, NOW + timedelta(hours=48))
    assert (web.count(A), web.count(B)) == (1, 0)
    assert [request.gap for request in web.asked if request.url == A] == [7.0]
    with project.open(web) as parts:
        told = why(parts, project.items()["network-b"].id)
    assert ("not read: robots.txt forbids it",) in [chapter.lines for chapter in told.chapters]


def test_f30_a_robots_txt_that_fails_closes_the_host_for_now(project: Project, page: bytes) -> None:
    """500 disallows everything; a day later it is asked again, and the page is read."""
    web = Web({FEED: feed(A), ROBOTS: 500, A: page})
    project.collect(web, NOW)
    project.collect(web, NOW + timedelta(hours=2))
    assert (web.count(A), web.count(ROBOTS)) == (0, 1)
    web.pages[ROBOTS] = b""
    project.collect(web, NOW + timedelta(hours=30))
    assert (web.count(A), web.count(ROBOTS)) == (1, 2)


def test_f30_another_host_is_asked_for_its_own_rules(project: Project, page: bytes) -> None:
    """A link that leads elsewhere is followed as far as that host lets programs read."""
    away = FetchFailed("redirects", "leads to another host", location="https://other.example.com/x")
    web = Web({FEED: feed(A), ROBOTS: b"", A: away, "https://other.example.com/x": page})
    web.pages["https://other.example.com/robots.txt"] = b"User-agent: *\nDisallow: /"
    project.collect(web, NOW)
    assert web.count("https://other.example.com/x") == 0
    assert all(request.stay for request in web.asked if request.url == A)


def test_a_run_that_dies_between_asking_and_storing_loses_one_try(project: Project, page: bytes) -> None:
    """The try was written down first; the next run reads the page and is the same as one that did not die."""
    web = Web({FEED: feed(A), ROBOTS: b"", A: page})

    class Died(BaseException):
        pass

    def dying(request: Request) -> Response:
        if request.url == A:
            web.asked.append(request)
            raise Died
        return web(request)

    with pytest.raises(Died):
        project.collect(dying, NOW)
    project.collect(web, NOW + timedelta(hours=2))
    assert web.count(A) == 2
    assert project.items()["network-a"].page is not None


def test_limits_of_a_run(tmp_path: Path, page: bytes) -> None:
    """At most so many pages of a host in one run, the newest first; the others follow."""
    links = [f"https://news.example.org/2026/network-{n}" for n in range(25)]
    project = Project(tmp_path, news=FEED)
    web = Web({FEED: feed(*links), ROBOTS: b""} | dict.fromkeys(links, page))
    read = [project.collect(web, NOW + timedelta(hours=hours)).pages.read for hours in range(4)]
    assert read == [10, 10, 5, 0]
    assert max(Counter(request.url for request in web.asked if request.url in links).values()) == 1


def test_a_source_that_does_not_ask_for_it_is_not_enriched(tmp_path: Path, page: bytes) -> None:
    """It is opt-in: without `enrich: true` no page and no robots.txt is asked for."""
    project = Project(tmp_path, news=FEED)
    text = (tmp_path / "sources.yaml").read_text().replace("    enrich: true\n", "")
    (tmp_path / "sources.yaml").write_text(text)
    project.config = config.load(tmp_path / "dermai-feed.yaml", {}, kinds=frozenset(COLLECTORS))
    web = Web({FEED: feed(A), A: page})
    project.collect(web, NOW)
    assert [request.url for request in web.asked] == [FEED]


def test_a_page_ties_a_news_article_to_its_paper(tmp_path: Path, page: bytes) -> None:
    """The feed says nothing of the paper; the page links to its DOI: one story, and `why` says where that is from."""
    journal = "https://journal.example.net/feed"
    project = Project(tmp_path, news=FEED, journal=journal)
    paper = (
        b'<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        b' xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel><title>J</title><item>'
        b"<title>Convolutional classification of pigmented lesions: a multicentre study of melanoma</title>"
        b"<link>https://journal.example.net/a/1</link><prism:doi>10.9999/ijd.1</prism:doi>"
        b"<prism:publicationName>Invented Journal of Dermatology</prism:publicationName>"
        b"<dc:creator>Invented A</dc:creator><description>We trained a deep learning network on dermoscopic images of"
        b" melanoma.</description></item></channel></rss>"
    )
    told = "Computer spots skin cancer as well as doctors in {}"
    page = page.replace(b'<a href="https://www.nature.com/articles/s41598-021-87064-7">and a second paper</a>', b"")
    web = Web({FEED: feed(A, title=told), ROBOTS: b"", A: page, journal: paper})
    project.collect(web, NOW)
    with project.open(web) as parts:
        pipeline.match(parts, now=NOW)
        items = project.items()
        stories = parts.store.stories.of_items([item.id for item in items.values()])
        chapters = {chapter.title: chapter.lines for chapter in why(parts, items["network-a"].id).chapters}
    assert len(items) == 2
    assert len(set(stories.values())) == 1
    assert "links to https://doi.org/10.9999/ijd.1" in chapters["page"]


# --------------------------------------------------------------------------- against the hostile server


@pytest.fixture
def besieged(tmp_path: Path, hostile: Any) -> Iterator[tuple[Project, Fetch, Any]]:
    """The hostile server under a name of its own (an item's address is never an IP), as the one source."""
    port = urlsplit(f"http://{hostile.netloc}").port
    name = f"pages.test:{port}"

    def resolve(host: str, *rest: Any, **more: Any) -> Any:
        return socket.getaddrinfo("127.0.0.1" if host == "pages.test" else host, *rest, **more)

    settings = FetchSettings(
        allow_hosts=(name,), gap=0.0, deadline=2.0, user_agent="dermai_feed/0 (+https://example.org/)"
    )
    way_out = Fetcher(settings, resolve=resolve)

    def fetch(request: Request) -> Response:
        response = way_out(request)
        return replace(response, body=response.body.replace(hostile.netloc.encode(), name.encode()))

    yield Project(tmp_path, hostile=f"http://{name}/page-feed"), fetch, hostile
    way_out.close()


@pytest.mark.shared
def test_f31_the_hostile_pages(besieged: tuple[Project, Fetch, Any]) -> None:
    """Five polls: /page, /page-hostile once, /page-denied never, /slow at most three times; no canary, no picture."""
    project, fetch, hostile = besieged
    for days in range(5):
        project.collect(fetch, NOW + timedelta(days=2 * days))
    assert (hostile.count("/page"), hostile.count("/page-hostile"), hostile.count("/page-denied")) == (1, 1, 0)
    assert 1 <= hostile.count("/slow") <= 3
    assert hostile.count("/internal-secret") == 0
    assert hostile.count("/p.png") == 0
    hostile_item = project.items()["page-hostile"]
    assert len(hostile_item.excerpt) <= 600
    assert hostile_item.images == ()
    assert "javascript" not in repr(hostile_item)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("mode", "read"),
    [
        ("ok", 1),
        ("404", 1),
        ("403", 1),
        ("html", 1),
        ("huge", 1),
        ("deny", 0),
        ("500", 0),
        ("slow", 0),
        ("redirect", 0),
    ],
)
def test_f30_every_mode_of_robots_txt(besieged: tuple[Project, Fetch, Any], mode: str, read: int) -> None:
    """RFC 9309: what may be read when the file is there, missing, huge, slow, or leads somewhere private."""
    project, fetch, hostile = besieged
    _control(hostile, mode)
    project.collect(fetch, NOW)
    assert hostile.count("/page") == read
    assert hostile.count("/page-denied") == (0 if mode in {"ok", "deny", "500", "slow", "redirect"} else 1)
    assert hostile.count("/internal-secret") == 0
    assert hostile.count("/robots.txt") == 1


def _control(hostile: Any, mode: str) -> None:
    from urllib.request import urlopen

    urlopen(hostile.url(f"/control?robots={mode}"), timeout=5).read()


def test_a_trial_run_reads_no_page(project: Project, page: bytes) -> None:
    """A page is asked for once: `--dry-run` sets the limit to 0, and the real run reads it."""
    web = Web({FEED: feed(A), ROBOTS: b"", A: page})
    settings = project.config
    project.config = replace(settings, enrich=replace(settings.enrich, pages=0))
    assert project.collect(web, NOW).pages.read == 0
    project.config = settings
    assert project.collect(web, NOW + timedelta(hours=1)).pages.read == 1
    assert web.count(A) == 1
