"""Fixtures: the shipped registry, one clock, and short ways to write an entry and normalise it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import TypeAdapter

from dermai_feed.model import Entry, Item, Source
from dermai_feed.normalize import normalize
from dermai_feed.rules import ProviderRules

NOW = datetime(2026, 11, 21, tzinfo=UTC)

Normal = Callable[..., Item]


@pytest.fixture(scope="session")
def rules(root: Path) -> ProviderRules:
    """config/providers.yaml as the program reads it."""
    text = (root / "config" / "providers.yaml").read_text(encoding="utf-8")
    return TypeAdapter(ProviderRules).validate_python(yaml.safe_load(text))


@pytest.fixture(scope="session")
def normal(rules: ProviderRules) -> Normal:
    """Normalise an entry written as keywords; `kind`, `now`, `first_poll`, `options`, `source_…` say how."""

    def normal(
        *, kind: str = "rss", now: datetime = NOW, first_poll: bool = False, options: dict[str, str] | None = None,
        homepage: str = "", source_domain: str = "", source_name: str = "A source", **fields: Any,
    ) -> Item:  # fmt: skip
        source = Source(
            id="s", kind=kind, name=source_name, url="https://news.example/feed.xml", homepage=homepage,
            provider_domain=source_domain, options=options or {},
        )  # fmt: skip
        entry = Entry(source_id="s", **fields)
        return normalize(entry, source=source, first_seen=now, first_poll=first_poll, rules=rules)

    return normal
