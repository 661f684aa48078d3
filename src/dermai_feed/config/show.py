"""The configuration in force, for people: every value, its unit, no secret (C-05)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from ..model import Source
from .addresses import without_password
from .quantities import DURATION, SIZE
from .values import Config

_SIZES = frozenset({"max_wire", "max_body", "max_header", "memory", "disk", "bodies_most"})


def show(config: Config) -> str:
    """`config` as text in the layout of the settings file; secrets read `***`."""
    return "\n".join(_lines(config)) + "\n"


def _lines(config: Config) -> Iterator[str]:
    yield f"# {config.path}"
    yield f"# hash {config.hash}"
    yield from (f"# warning: {warning}" for warning in config.warnings)
    places = {"corpus": config.corpus, "state": config.state} | asdict(config.files)
    yield from _section("files", places)
    yield from _section("store", {"database": without_password(config.database), "busy": config.busy})
    fetch = asdict(config.fetch)
    yield from _section("fetch", fetch | {"proxy": without_password(fetch["proxy"] or "none")})
    yield from _section("parse", asdict(config.parse))
    yield from _section("enrich", asdict(config.enrich))
    yield from _section("schedule", asdict(config.policy))
    yield "publish:"
    yield "  rules:" if config.publishing.rules else "  rules: []  # only editors publish"
    for rule in config.publishing.rules:
        yield f"    - {', '.join(f'{key}: {_text(key, value)}' for key, value in asdict(rule).items() if value)}"
    yield f"  commit: {_text('commit', config.publishing.commit)}"
    yield from _section("digest", asdict(config.digest))
    yield from _section("daemon", asdict(config.daemon))
    yield from _section("backup", asdict(config.backup))
    yield from _section("retention", asdict(config.retention))
    # A webhook's address is a key as a whole.
    yield from _section("alerts", asdict(config.alerts) | {"webhook": "***" if config.alerts.webhook else ""})
    yield from _section("smtp", asdict(config.smtp) | {"password": "***" if config.smtp.password else ""})
    asked = sum(source.enabled for source in config.sources)
    yield f"sources:  # {asked} asked, {len(config.sources) - asked} disabled"
    for source in config.sources:
        yield from _source(source)


def _section(name: str, values: dict[str, object]) -> Iterator[str]:
    yield f"{name}:"
    for key, value in values.items():
        yield f"  {key}: {_text(key, value)}"


def _text(key: str, value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return DURATION.format(value)
    if key in _SIZES and isinstance(value, int):
        return SIZE.format(value)
    if isinstance(value, tuple):
        return f"[{', '.join(value)}]"
    return str(value) if value not in ("", None) else '""'


def _source(source: Source) -> Iterator[str]:
    yield f"  - id: {source.id}  # {source.where}"
    yield f"    name: {source.name}"
    yield f"    kind: {source.kind}"
    yield f"    url: {source.url}"
    if not source.enabled:
        yield "    enabled: false"
        yield f"    reason: {source.reason}"
    yield f"    interval: {DURATION.format(source.interval)}"
    if source.enrich:
        yield "    enrich: true"
    if not source.needs_filter:
        yield "    needs_filter: false"
    for key in ("homepage", "provider_domain"):
        if value := getattr(source, key):
            yield f"    {key}: {value}"
    if source.topics:
        yield f"    topics: {_text('topics', source.topics)}"
    if source.options:
        yield f"    options: {{{', '.join(f'{key}: {value}' for key, value in source.options.items())}}}"
    if source.headers:
        yield f"    headers: {{{', '.join(f'{name}: ***' for name, _ in source.headers)}}}"
