"""Fixtures of the matching tests: the shipped weights, and items made from a few words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from dermai_feed.model import Identifier, Item, Provider, Publication
from dermai_feed.rules import MatchWeights

EPOCH = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def weights(root: Path) -> MatchWeights:
    """The shipped snapshot."""
    text = (root / "config" / "matching.yaml").read_text(encoding="utf-8")
    return TypeAdapter(MatchWeights).validate_python(yaml.safe_load(text))


def make_item(title: str, excerpt: str = "", *, id: str = "", day: float = 0.0, site: str = "", **fields: Any) -> Item:  # noqa: A002
    """An item published `day` days after the epoch at `site`, seen an hour later."""
    at = EPOCH + timedelta(days=day)
    site = site or "news.example"
    slug = "-".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
    given = {
        "id": id or f"{site}-{slug}"[:60],
        "source_id": "test",
        "key": id or slug,
        "title": title,
        "excerpt": excerpt,
        "url": f"https://{site}/{at:%Y/%m}/{slug}",
        "published": at,
        "first_seen": at + timedelta(hours=1),
        "provider": Provider(name=site, domain=site),
    }
    return Item(**{**given, **fields})


def make_record(title: str, authors: str = "", *, id: str, year: int = 2025, **fields: Any) -> Item:  # noqa: A002
    """A record of the literature; journal, volume, issue, pages and doi by name."""
    place = {name: fields.pop(name) for name in ("journal", "volume", "issue", "pages", "types") if name in fields}
    doi = fields.pop("doi", None)
    at = datetime(year, 1, 1, tzinfo=UTC)
    given = {
        "id": id,
        "source_id": "test",
        "key": id,
        "title": title,
        "published": at,
        "precision": "year",
        "first_seen": at,
        "provider": Provider(name="", domain=""),
        "authors": tuple(a.strip() for a in authors.split(";") if a.strip()),
        "publication": Publication(**{"journal": "Journal of Examples", **place}),
        "identifiers": (Identifier(scheme="doi", value=doi),) if doi else (),
    }
    return Item(**{**given, **fields})


@pytest.fixture(scope="session")
def news() -> Callable[..., Item]:
    """Makes a piece of news."""
    return make_item


@pytest.fixture(scope="session")
def record() -> Callable[..., Item]:
    """Makes a record of the literature."""
    return make_record


@pytest.fixture(scope="session")
def news_item() -> Callable[..., Item]:
    """Makes a piece of news, where the name `news` is a module's."""
    return make_item
