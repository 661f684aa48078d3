"""The world of the demonstration: its weeks, its configuration and its server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .script import Feed, read_feeds
from .server import Now, feed_path, serving

_FIRST = datetime(2026, 9, 6, 18, tzinfo=UTC)  # a Sunday: each look ends an ISO week
_WEEKS = 9


@dataclass(frozen=True, kw_only=True, slots=True)
class Served:
    """Where the sources answer."""

    base_url: str
    host: str  # "127.0.0.1:PORT", for fetch.allow_hosts


class World:
    """Two months of invented news about dermatology and AI.

    The first look finds the archive, each of the eight that follow a week of news.
    """

    def __init__(self) -> None:
        self.feeds: tuple[Feed, ...] = read_feeds()

    @property
    def weeks(self) -> tuple[datetime, ...]:
        """When the sources are looked at: Sunday evenings, UTC."""
        return tuple(_FIRST + timedelta(weeks=n) for n in range(_WEEKS))

    @contextmanager
    def serve(self, now: Now) -> Iterator[Served]:
        """Every source on loopback, each request answered as of `now()`."""
        with serving(self.feeds, now) as (host, port):
            yield Served(base_url=f"http://{host}:{port}", host=f"{host}:{port}")

    def settings(self, host: str) -> str:
        """The text of `dermai-feed.yaml`: loopback is allowed at `host` alone, and nobody needs to be spared."""
        return (
            "version: 1\n"
            "fetch:\n"
            "  contact: https://demo.example/contact\n"
            f"  allow_hosts: [{json.dumps(host)}]\n"
            "  gap: 0s\n"
        )

    def sources(self, base_url: str) -> str:
        """The text of `sources.yaml`: every source, asked at `base_url`."""
        return "version: 1\n\nsources:\n" + "\n".join(_source(feed, base_url) for feed in self.feeds)

    def providers(self) -> str:
        """The text of `providers.yaml`: who publishes at which domain."""
        known = {feed.domain: feed for feed in self.feeds}
        lines = [
            json.dumps({"name": feed.name, "domain": domain, "family": feed.family, "tier": feed.tier})
            for domain, feed in known.items()
        ]
        tracking = ["utm_*", "ref"]
        return "providers:\n" + "".join(f"  - {line}\n" for line in lines) + f"tracking: {json.dumps(tracking)}\n"

    def triage(self, shipped: str) -> str:
        """The text of `triage.yaml`: `shipped` with the invented preprint server and regulator among the known hosts.

        Raises: ValueError when `shipped` has no list of hosts for one of the two.
        """
        for feed in self.feeds:
            if feed.publishes:
                shipped, found = re.subn(rf"(?m)^(  {feed.publishes}: \[)", rf"\g<1>{feed.domain}, ", shipped)
                if found != 1:
                    raise ValueError(f"triage.yaml has no line `{feed.publishes}: […]` under hosts")
        return shipped


def _source(feed: Feed, base_url: str) -> str:
    return (
        f"  - id: {feed.id}\n"
        f"    name: {json.dumps(feed.name)}\n"
        f"    kind: {feed.kind}\n"
        f"    url: {base_url}{feed_path(feed)}\n"
        f"    homepage: {feed.home}/\n"
        f"    provider_domain: {feed.domain}\n"
    )
