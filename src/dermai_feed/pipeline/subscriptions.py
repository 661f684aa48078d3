"""Subscriptions: the feeds of an imported list become sources, written into the configuration.

Sources have one truth, the configuration (decision 14): what is there already stays as it is, by
its address; new ones are added at the end. Nothing is asked over the network (I-02).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..config.edit import append_source
from ..imports import Subscription
from ..model import Source
from ..normalize import urls
from ..publish import files
from .parts import Parts


@dataclass(frozen=True, kw_only=True, slots=True)
class Subscribed:
    """What a list of feeds added."""

    added: tuple[str, ...] = ()  # source ids
    known: tuple[str, ...] = ()  # ids of sources whose address was there already


def plan(wanted: Iterable[Subscription], sources: Sequence[Source]) -> tuple[list[Source], list[str]]:
    """The sources to add, and the ids of those that are configured already; pure."""
    by_address = {_key(source.url): source.id for source in sources if source.url}
    taken = {source.id for source in sources}
    added: list[Source] = []
    known: list[str] = []
    for feed in wanted:
        key = _key(feed.url)
        if key in by_address:
            known.append(by_address[key])
            continue
        id_ = _id(feed, taken)
        taken.add(id_)
        by_address[key] = id_
        added.append(
            Source(
                id=id_, kind=feed.kind, name=feed.title or urls.host_of(feed.url) or feed.url, url=feed.url,
                homepage=feed.homepage, topics=tuple(topic for topic in feed.topics if topic),
            )
        )  # fmt: skip
    return added, known


def subscribe(parts: Parts, wanted: Iterable[Subscription]) -> Subscribed:
    """Add the feeds `wanted` to `sources.yaml`, in one write. Raises: errors.UsageError, errors.StoreError."""
    added, known = plan(wanted, parts.config.sources)
    path = parts.config.files.sources
    if added:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        for source in added:
            text = append_source(text, _block(source))
        files.replace(path.parent, path.name, text)
    return Subscribed(added=tuple(source.id for source in added), known=tuple(dict.fromkeys(known)))


def _block(source: Source) -> dict[str, str | bool | tuple[str, ...]]:
    block: dict[str, str | bool | tuple[str, ...]] = {
        "id": source.id, "name": source.name, "kind": source.kind, "url": source.url,
    }  # fmt: skip
    if source.homepage:
        block["homepage"] = source.homepage
    if source.topics:
        block["topics"] = source.topics
    return block


def _id(feed: Subscription, taken: set[str]) -> str:
    """A readable id that no source has: from the title, else from the host."""
    words = re.findall(r"[a-z0-9]+", (feed.title or "").lower())
    base = "-".join(words)[:40].strip("-") or "-".join(re.findall(r"[a-z0-9]+", urls.host_of(feed.url))) or "feed"
    if not base[0].isalpha():
        base = f"feed-{base}"
    number, id_ = 1, base
    while id_ in taken:
        number += 1
        id_ = f"{base}-{number}"
    return id_


def _key(address: str) -> str:
    return urls.key(address) or address.lower()
