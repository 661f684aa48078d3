"""Limits on what one document may bring (P-11, RELIABILITY 1.2): excess is cut and counted."""

from __future__ import annotations

from dataclasses import replace

from ..model import Entry, Parsed, ParseLimits


def cut(parsed: Parsed, limits: ParseLimits) -> Parsed:
    """`parsed` within `limits`; entries beyond the limit are counted in `dropped`."""
    kept = parsed.entries[: limits.entries]
    return replace(
        parsed,
        entries=tuple(within(entry, limits) for entry in kept),
        problems=parsed.problems[: limits.entries],
        dropped=parsed.dropped + len(parsed.entries) - len(kept),
        title=parsed.title[: limits.text],
    )


def within(entry: Entry, limits: ParseLimits) -> Entry:
    """`entry` with texts, tags, links and pictures cut to `limits`."""
    texts = (entry.title, entry.summary, entry.content)
    if (
        max(map(len, texts)) <= limits.text
        and max(len(entry.tags), len(entry.links)) <= limits.tags
        and len(entry.images) <= limits.images
    ):
        return entry
    title, summary, content = (text[: limits.text] for text in texts)
    return replace(
        entry,
        title=title,
        summary=summary,
        content=content,
        tags=entry.tags[: limits.tags],
        links=entry.links[: limits.tags],
        images=entry.images[: limits.images],
    )
