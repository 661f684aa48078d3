"""A way out for collectors that ask page by page: addresses and what is answered there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dermai_feed.collectors import Context, collect, parse_here
from dermai_feed.errors import FetchFailed
from dermai_feed.model import Collected, Request, Response, Source, SourceState

NOW = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)
FEEDS = Path(__file__).resolve().parent.parent / "data" / "feeds"

Answer = bytes | str | Mapping[str, Any] | Response | FetchFailed


@dataclass
class Interface:
    """An interface that `answer` speaks for, and what it was asked; it keeps the state between polls."""

    source: Source
    answer: Callable[[str, Mapping[str, str]], Answer]
    now: datetime = NOW
    state: SourceState = field(default_factory=lambda: SourceState(source_id="src"))
    requests: list[Request] = field(default_factory=list)

    def fetch(self, request: Request) -> Response:
        """What `answer` says for the address and its query, each parameter once."""
        self.requests.append(request)
        query = {key: values[-1] for key, values in parse_qs(urlsplit(request.url).query).items()}
        answer = self.answer(request.url, query)
        if isinstance(answer, FetchFailed):
            raise answer
        if isinstance(answer, Response):
            return answer
        text = answer if isinstance(answer, (bytes, str)) else json.dumps(answer)
        body = text if isinstance(text, bytes) else text.encode()
        return Response(url=request.url, status=200, headers={"content-type": "application/json"}, body=body)

    def poll(self) -> Collected:
        """One poll; a good one's cursor is kept, as the schedule does."""
        got = collect(self.source, self.state, Context(fetch=self.fetch, parse=parse_here, now=self.now, base=FEEDS))
        if not got.failure:
            self.state = replace(self.state, cursor=got.cursor or self.state.cursor)
        return got

    @property
    def asked(self) -> list[dict[str, str]]:
        """The query of every request so far."""
        return [
            {key: values[-1] for key, values in parse_qs(urlsplit(request.url).query).items()}
            for request in self.requests
        ]


def refused(status: int, failure: Any = "http_4xx", retry_after: float | None = None) -> FetchFailed:
    """What the way out says when a server answers `status`."""
    return FetchFailed(failure, f"status {status}", status=status, retry_after=retry_after)


@pytest.fixture
def interface() -> Callable[..., Interface]:
    """Makes an `Interface` of a kind, its address, its options and what it answers."""

    def make(
        kind: str, url: str, options: Mapping[str, str], answer: Callable[[str, Mapping[str, str]], Answer]
    ) -> Interface:
        source = Source(id="src", kind=kind, name="Src", url=url, options=options, where="sources.yaml:1")
        return Interface(source=source, answer=answer)

    return make


@pytest.fixture
def refuse() -> Callable[..., FetchFailed]:
    """Makes the failure of a request by its status."""
    return refused


@pytest.fixture
def saved() -> Callable[[str], bytes]:
    """Reads a saved answer of tests/data/feeds by its name."""
    return lambda name: (FEEDS / name).read_bytes()
