"""How a stored item changes when its source says something else: pure, values in, values out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import get_args

from ..model import Basis, Item

MOST_CHANGES = 24  # without a change of the feed's own date (S-03; reader's HASH_CHANGED_LIMIT)
VERSIONS_KEPT = 5  # earlier ones, beside the current (S-03)
# A feed that gives each entry a new guid at every poll would add one for ever (S-02).
MOST_ALIASES = MOST_CHANGES

_TRUST: tuple[Basis, ...] = get_args(Basis)  # best first, as declared


def is_change(stored: Item, said: Item) -> bool:
    """Whether `said` is another version of `stored`: other content, or read by newer rules."""
    return stored.content_hash != said.content_hash or stored.normalizer != said.normalizer


def revised(stored: Item, said: Item) -> Item:
    """`said` as the next version of `stored`.

    What names and dates an item stays: id, key, first_seen, backfill, imported, who listed
    it, and `published` unless `said` has it on a better basis (N-06). Aliases add up.
    """
    if _TRUST.index(said.basis) < _TRUST.index(stored.basis):
        dated = said
    else:
        dated = replace(said, published=stored.published, basis=stored.basis, precision=stored.precision)
    return replace(
        dated, id=stored.id, source_id=stored.source_id, key=stored.key, first_seen=stored.first_seen,
        backfill=stored.backfill, imported=stored.imported or said.imported,
        listed_by=stored.listed_by or said.listed_by, aliases=joined_aliases(stored, said),
    )  # fmt: skip


def joined_aliases(stored: Item, said: Item) -> tuple[str, ...]:
    """Every identity that `stored` and `said` have been known by, oldest first, within the limit."""
    together = dict.fromkeys((*stored.aliases, *said.aliases))
    return tuple(together)[: max(MOST_ALIASES, len(stored.aliases))]


def own_date(item: Item) -> datetime | None:
    """The latest date that the feed itself gives, or None; dates that we made up are not its own."""
    if item.updated is not None:
        return item.updated
    return item.published if item.basis in {"entry", "updated"} else None
