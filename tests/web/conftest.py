"""A project with something of everything to decide, and the review page over it."""

from __future__ import annotations

import re
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from dermai_feed import app, pipeline
from dermai_feed.model import Comparison, Edge, Item, Provider, SourceState, Verdict
from dermai_feed.pipeline.parts import Parts
from dermai_feed.web import guard, pages, serve
from dermai_feed.web.sessions import Sessions

with warnings.catch_warnings():
    # Its own client wants httpx2; httpx, which we have, works and is what we fetch with.
    warnings.simplefilter("ignore")
    from starlette.testclient import TestClient

NOW = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
BASE = "http://127.0.0.1:8710"
SAME_ORIGIN = {"Origin": BASE}


def item(n: int, title: str = "", **words: Any) -> Item:
    """An item of the week, with its own title and address."""
    made = Item(
        id=f"i{n:05}", source_id="feed", key=f"guid:{n}", aliases=(f"guid:{n}",),
        title=title or f"Story number {n} of the week",
        excerpt=f"What number {n} tells.", url=f"https://news.example/{n}", published=NOW - timedelta(hours=1),
        first_seen=NOW - timedelta(minutes=30), provider=Provider(name="News", domain="news.example"),
        content_hash=f"{n}", normalizer=1,
    )  # fmt: skip
    return replace(made, **words)


def put(parts: Parts, items: list[Item], decision: str = "review", score: float = 0.45) -> None:
    """Store items that triage has judged so, each a story of its own once they are matched."""
    parts.store.items.save_poll(SourceState(source_id="feed"), items, (), NOW)
    verdicts = [
        Verdict(item_id=one.id, decision=decision, score=score, because="dermatology: skin; too little AI: model")  # type: ignore[arg-type]
        for one in items
    ]
    parts.store.items.save_verdicts(verdicts, NOW)


def clashing(parts: Parts, n: int = 1) -> Path:
    """A story of item `n` whose title an editor and then its source changed; its file."""
    put(parts, [item(n)], decision="accept", score=0.9)
    pipeline.match(parts, now=NOW)
    pipeline.publish(parts, now=NOW)
    (path,) = (parts.corpus / "news").glob(f"*number-{n}-*.md")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"Story number {n} of the week", "Mine", 1), encoding="utf-8")
    pipeline.catch_up(parts, now=NOW)
    pipeline.match(parts, now=NOW)
    pipeline.publish(parts, now=NOW)
    put(parts, [item(n, "The machine's new title", content_hash="2")], decision="accept", score=0.9)
    pipeline.match(parts, now=NOW)
    pipeline.catch_up(parts, now=NOW)
    pipeline.publish(parts, now=NOW)
    return path


def unsure(parts: Parts, *pairs: tuple[int, int]) -> None:
    """Pairs of items of which the weights are not sure."""
    edges = [
        Edge(
            a=f"i{a:05}", b=f"i{b:05}", level="story", weight=2.0, probability=0.8,
            comparisons=(Comparison(name="title", value="0.91", level="near", weight=2.5),),
        )
        for a, b in pairs
    ]  # fmt: skip
    keys = {id_: ("k",) for edge in edges for id_ in (edge.a, edge.b)}
    parts.store.matching.save_keys_and_edges(keys, edges)


@contextmanager
def serving(parts: Parts, password: str = "") -> Iterator[str]:
    """The page's own server on loopback; its address."""
    with serve.bound("127.0.0.1", 0) as place:
        server = serve.server(parts, place, who="ada", password=password)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [place]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{place.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Review:
    """The page over a project: `client` keeps its cookie, `post` sends what a form of the page would."""

    parts: Parts
    site: pages.Site
    client: TestClient

    def page(self, path: str = "/") -> str:
        """The text of a page that must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text

    def other(self) -> Review:
        """Another browser."""
        client = TestClient(
            self.site.app(guard.hosts(8710)), base_url=BASE, follow_redirects=False, raise_server_exceptions=False
        )
        return Review(self.parts, self.site, client)

    def fields(self, path: str = "/", holding: str = "") -> dict[str, Any]:
        """The hidden fields of the first form of `path` for a decision that holds this text."""
        text = self.page(path)
        for form in re.findall(r"<form.*?</form>", text, re.DOTALL):
            if re.search(r'class="(act|said)', form) and holding in form and "<form id" not in form:
                found: dict[str, Any] = {}
                for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form):
                    found.setdefault(name, []).append(value)
                return found
        raise AssertionError(f"no form with {holding!r}")

    def post(self, path: str, fields: dict[str, Any], **headers: str) -> Any:
        """Send a form as the page would."""
        return self.client.post(path, data=fields, headers=SAME_ORIGIN | headers)

    def decisions(self) -> list[tuple[str, ...]]:
        """Verb and targets of the log, oldest first."""
        return [(d.verb, *d.target) for d in self.parts.store.decisions.all()]


@contextmanager
def opened(tmp_path: Path, root: Path, busy: str = "200ms", sources: Sequence[dict[str, str]] = ()) -> Iterator[Parts]:
    """The parts of a new project; without `sources` it asks nobody."""
    folder = tmp_path / "config"
    folder.mkdir(exist_ok=True)
    for name in ("providers.yaml", "triage.yaml", "matching.yaml"):
        if not (folder / name).exists():
            (folder / name).symlink_to(root / "config" / name)
    settings = {"version": 1, "fetch": {"contact": "https://c.example/contact"}, "store": {"busy": busy}}
    (folder / "dermai-feed.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    asked = {"version": 1, "sources": list(sources)}
    (folder / "sources.yaml").write_text(yaml.safe_dump(asked), encoding="utf-8")
    config = app.load(folder / "dermai-feed.yaml", {})
    with app.assemble(config, threads=0, stopping=app.Stopping()) as parts:
        pipeline.replay(parts, now=NOW)
        yield parts


def over(parts: Parts, password: str = "", clock: Callable[[], float] = lambda: 0.0) -> Review:
    """The page over these parts."""
    site = pages.Site(replace(parts, fetch=serve.without_network), Sessions(password, clock), "ada", lambda: NOW)
    client = TestClient(
        site.app(guard.hosts(8710)), base_url=BASE, follow_redirects=False, raise_server_exceptions=False
    )
    return Review(parts, site, client)


@pytest.fixture
def parts(tmp_path: Path, root: Path) -> Iterator[Parts]:
    """A new project."""
    with opened(tmp_path, root) as made:
        yield made


@pytest.fixture
def review(parts: Parts) -> Review:
    """The page over six held items."""
    put(parts, [item(n) for n in range(6)])
    return over(parts)
