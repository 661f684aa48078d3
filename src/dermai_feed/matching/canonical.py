"""Canonical items, roles and ids: which item stands for a work, what it is, what it is called.

Ids follow from the founding item alone (decision 5), so they sort by age and do not change when
members join later. The canonical order is the design's: editor's pin, primary source, quality
tier, earliest, id; a tie never flips, since the id decides last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ..model import Item, Role

_TIERS = {"primary": 0, "institution": 1, "trade": 2, "news": 3, "unknown": 4, "aggregator": 5}

# Sites that carry institutions' releases word for word; what they host is the release itself.
WIRES = frozenset(
    re.findall(
        r"\S+",
        """eurekalert.org newswise.com prnewswire.com prnewswire.co.uk businesswire.com globenewswire.com
        accesswire.com einpresswire.com prweb.com alphagalileo.org idw-online.de""",
    )
)
# Sites that live on reprinting releases and papers under their own name.
REPRINTERS = frozenset(
    re.findall(
        r"\S+",
        """medicalxpress.com phys.org techxplore.com sciencedaily.com news-medical.net miragenews.com scienmag.com
        bioengineer.org medindia.net azolifesciences.com scitechdaily.com neurosciencenews.com""",
    )
)
_KINDS: dict[str, Role] = {
    "paper": "paper",
    "preprint": "preprint",
    "trial": "regulatory",
    "regulatory": "regulatory",
    "video": "video",
    "podcast": "podcast",
    "release": "release",
    "notice": "notice",
}


def founding(items: Iterable[Item]) -> str:
    """The story id: the oldest item's first sight (UTC) and id, "20260103081500-iabc…".

    Raises: ValueError when `items` is empty.
    """
    return min(f"{i.first_seen:%Y%m%d%H%M%S}-{i.id}" for i in items)


def work_id(items: Iterable[Item]) -> str:
    """The work id: as `founding`, with a "w" before it."""
    return f"w{founding(items)}"


def canonical(
    items: Sequence[Item], pinned: frozenset[str] = frozenset(), roles: Mapping[str, Role] | None = None
) -> str:
    """The id of the item that stands for `items`.

    `pinned` are the ids an editor has pinned; imported items (seeds) are pinned by being
    imported (decision 10), but not what they merely list; an editor's pin goes before that.
    Then the provider's tier, whether it is the page itself and not one of its pictures, the
    earliest publication, the id.

    Raises: ValueError when `items` is empty.
    """
    return min(items, key=lambda i: _rank(i, pinned, roles or {})).id


def better(items: Iterable[Item], than: Item, roles: Mapping[str, Role] | None = None) -> str | None:
    """The id of the best of `items` of a strictly better class than `than`; None when there is none (decision 10).

    A class is what an import pinned, a paper before its preprint, the provider's tier. Age and
    id are none: they decide only between items that come to a story together.
    """

    def class_of(item: Item) -> tuple[bool, bool, int]:
        _, listed, preprint, tier, *_ = _rank(item, frozenset(), roles or {})
        return listed, preprint, tier

    found = [item for item in items if class_of(item) < class_of(than)]
    return canonical(found, roles=roles) if found else None


def _rank(
    item: Item, pinned: frozenset[str], roles: Mapping[str, Role]
) -> tuple[bool, bool, bool, int, bool, float, str]:
    undated = item.basis == "first_seen"
    at = item.first_seen if undated else item.published
    return (
        item.id not in pinned,
        not item.imported or item.listed_by is not None,
        roles.get(item.id) == "preprint",
        _TIERS[item.provider.tier] + (1 if item.provider.domain in REPRINTERS else 0),
        item.title.casefold().rstrip().endswith(("(image)", "(video)")),
        at.timestamp(),
        item.id,
    )


def role_of(item: Item, kind: str) -> Role:
    """What an item is within its story; `kind` is triage's word for it (`Verdict.kind`).

    An article is a release on a wire or an institution's own site, a republication on a site
    that lives on reprinting, and coverage anywhere else.
    """
    if role := _KINDS.get(kind):
        return role
    if item.type in {"video", "podcast"}:
        return "video" if item.type == "video" else "podcast"
    if item.provider.domain in WIRES or item.provider.tier == "institution":
        return "release"
    if item.provider.domain in REPRINTERS or item.provider.tier == "aggregator":
        return "republication"
    return "coverage"
