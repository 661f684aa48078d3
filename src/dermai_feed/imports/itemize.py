"""From entry to item: normalising, and the identity that an imported record has.

Records of citation exports are known by what they say (`citation.Record`), word for word: the
same paper from two databases makes two items, which matching brings together as one work. So no
field of either is lost, and taking one import back takes nothing of the other. What has an
address of its own (pages, feeds, front matter) is known by it, and a later version is a revision.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from ..model import Entry, Item, Source
from ..normalize import identity, normalize
from ..rules import ProviderRules

# Kinds of which an editor chose every single entry: they are held rather than dropped, and stand
# for their work (decision 10). What stands in an export of thousands is judged like anything collected.
CHOSEN = frozenset({"markdown", "text", "references", "html", "docx", "pdf", "ids"})


def item(entry: Entry, *, kind: str, source: Source, now: datetime, rules: ProviderRules) -> Item:
    """`entry` of a file of `kind` as an item of `source`, seen at `now` (UTC)."""
    made = normalize(entry, source=source, first_seen=now, first_poll=False, rules=rules)
    aliases = _aliases(made)
    return replace(
        made,
        id=identity.item_id(source.id, aliases[0]),
        key=aliases[0],
        aliases=aliases,
        origin=entry.where[:300],
        imported=kind in CHOSEN,
        # A bare year is no news, and without a date nobody knows (decision 8).
        backfill=made.backfill or made.basis == "first_seen" or made.precision == "year",
    )


def _aliases(made: Item) -> tuple[str, ...]:
    for key in made.aliases:
        if key.startswith(f"guid:{identity.RECORD}"):
            return (f"{key}:{made.content_hash[:12]}",)
    # Titles and days join what is only alike, and a DOI may be a whole supplement's.
    kept = tuple(key for key in made.aliases if key.startswith(("url:", "guid:")))
    return kept or made.aliases
