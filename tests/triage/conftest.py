"""Fixtures for triage: the shipped vocabulary, a triage made of it, items in one line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml
from pydantic import TypeAdapter

from dermai_feed.model import Item, Provider
from dermai_feed.rules import TriageRules
from dermai_feed.triage import Triage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def rules(root: Path) -> TriageRules:
    """config/triage.yaml as shipped."""
    text = (root / "config" / "triage.yaml").read_text(encoding="utf-8")
    return TypeAdapter(TriageRules).validate_python(yaml.safe_load(text))


@pytest.fixture(scope="session")
def triage(rules: TriageRules) -> Triage:
    """The shipped rules, ready."""
    return Triage(rules)


@pytest.fixture(scope="session")
def make() -> Callable[..., Item]:
    """An item with a title and whatever else a test says."""

    def item(title: str, excerpt: str = "", **more: object) -> Item:
        fields: dict[str, object] = {
            "id": "i1",
            "source_id": "s",
            "key": "k",
            "title": title,
            "excerpt": excerpt,
            "url": "https://news.example/a",
            "published": NOON,
            "first_seen": NOON,
            "provider": Provider(name="News", domain="news.example"),
        }
        return Item(**{**fields, **more})  # type: ignore[arg-type]

    return item
