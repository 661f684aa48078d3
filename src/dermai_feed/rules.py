"""The rule sets as frozen values: what `config/` says and the pure parts work by.

pydantic reads them from YAML (see `config`), so a field's name here is its key there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from .model import Provider

_STRICT: Mapping[str, str] = {"extra": "forbid"}


# --------------------------------------------------------------------------- providers (config/providers.yaml)


@dataclass(frozen=True, kw_only=True, slots=True)
class ProviderRules:
    """Known publishers by registrable domain, and how addresses are cleaned."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = _STRICT

    providers: tuple[Provider, ...] = ()
    tracking: tuple[str, ...] = ()  # query parameters to drop; `utm_*` matches a prefix
    tracking_by_domain: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


# --------------------------------------------------------------------------- triage (config/triage.yaml)


# --------------------------------------------------------------------------- matching (config/matching.yaml)
