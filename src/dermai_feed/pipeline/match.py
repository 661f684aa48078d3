"""Match: give new items their block keys, compare them with whoever shares one, regroup.

Order does not matter: an edge depends on its two items alone, and a component is grouped
as a whole whenever an edge or a decision touches it. So items may come one by one, all at
once, or in a run that died and was started again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest

from .. import matching
from ..codec import encode
from ..comparing import MANY, Asked, Comparing, Told
from ..model import Edge, Grouping, Item, Problem, Role
from .parts import Parts
from .words import items_of, lead, pinned, settle

log = logging.getLogger(__name__)

BATCH = 200  # items whose keys and edges, or whose groups, are one transaction
_PAGE = 10 * BATCH  # items asked of the store at once


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchReport:
    """What one round of matching did."""

    matched: int = 0  # items compared for the first time
    pairs: int = 0  # pairs compared
    duplicates: int = 0  # items that joined a work together with others
    oversized: tuple[str, ...] = ()  # stories stopped by the size guard
    problems: tuple[Problem, ...] = ()


def match(parts: Parts, *, now: datetime, leads: Sequence[str] = ()) -> MatchReport:
    """Match every item that waits for it, and regroup what an edge or a decision touched.

    `leads`: items that lead their stories whatever else comes, where the store does not know
    it yet (at a rebuild).
    """
    matched, pairs = _compare(parts)
    duplicates, oversized = _regroup(parts, now, leads)
    settle(parts)  # a word about a story counts for what joined it
    return MatchReport(
        matched=matched, pairs=pairs, duplicates=duplicates, oversized=oversized, problems=_settled(parts)
    )


def _settled(parts: Parts) -> tuple[Problem, ...]:
    """Note which snapshot the corpus is matched by; tell when the file holds another (decision 4)."""
    known, number = parts.store.meta.snapshot(), parts.config.matching.number
    if known == 0:
        parts.store.meta.set_snapshot(number)
    if known in {0, number}:
        return ()
    what = f"holds snapshot {number}, and the corpus was matched by {known}: older pairs stand as they were"
    hint = "dermai-feed rematch --dry-run shows what it changes, --apply matches everything by it"
    return (Problem(where=str(parts.config.files.matching), what=what, kind="config", hint=hint),)


def edges_of(parts: Parts, batch: Sequence[Item]) -> tuple[Edge, ...]:
    """What ties the items of `batch` to one another and to what is stored."""
    texts = {item.id: encode(item) for item in batch}
    with Comparing(parts.config.matching) as comparing:
        keys = comparing.ask(Asked(items=texts, keys=True)).result().keys
        return _meet(parts, comparing, texts, keys, None).edges.result().edges


def _compare(parts: Parts) -> tuple[int, int]:
    """Compare every item that waits for it: how many items, how many pairs.

    A batch is stored while the next one is compared, so that a second core has something to do.
    """
    matched = pairs = 0
    waiting = parts.store.matching.waiting()
    with Comparing(parts.config.matching, elsewhere=waiting > MANY) as comparing:
        while page := parts.store.matching.unmatched_texts(_PAGE):
            ids = list(page)
            batches = [{id_: page[id_] for id_ in ids[at : at + BATCH]} for at in range(0, len(ids), BATCH)]
            asked = [comparing.ask(Asked(items=batches[0], keys=True))]
            met: _Met | None = None
            for batch, following in zip_longest(batches, batches[1:]):
                keys = asked.pop().result().keys
                if following is not None:
                    asked.append(comparing.ask(Asked(items=following, keys=True)))
                before, met = met, _meet(parts, comparing, batch, keys, met)
                _save(parts, before)
                matched, pairs = matched + len(batch), pairs + met.pairs
                parts.progress("match", matched, max(matched, waiting))
            _save(parts, met)
    return matched, pairs


@dataclass(frozen=True, kw_only=True, slots=True)
class _Met:
    """A batch that is being compared: its keys, in the order in which items were seen, and what will tie it."""

    keys: Mapping[str, frozenset[str]]
    pairs: int
    edges: Future[Told]


def _save(parts: Parts, met: _Met | None) -> None:
    if met is not None:
        edges = met.edges.result().edges
        parts.store.matching.save_keys_and_edges(met.keys, edges)
        log.debug("matched", extra={"fields": {"items": len(met.keys), "pairs": met.pairs, "edges": len(edges)}})


def _meet(
    parts: Parts,
    comparing: Comparing,
    batch: Mapping[str, str],
    keys: Mapping[str, frozenset[str]],
    before: _Met | None,
) -> _Met:
    """Let every pair be compared that shares a key and has at least one side in `batch` (id -> item as JSON).

    `batch` is in the order in which items were seen, `before` is the batch before, which is not
    stored yet. A key that more than `block_cap` earlier ones have says nothing (P-11: thousands
    of entries with one text).
    """
    cap = parts.config.matching.block_cap
    sizes = parts.store.matching.sizes(frozenset().union(*keys.values()))
    known = parts.store.matching.sharing([key for key, size in sizes.items() if size <= cap], cap=cap)
    known |= parts.store.matching.ends(
        {key for key, size in sizes.items() if size > cap and key.startswith(matching.STRONG)}, matching.ENDS
    )
    # Each block as it stood before an item came, whether the others came in this batch or long ago.
    blocks: defaultdict[str, list[str]] = defaultdict(list)
    fresh = keys.keys() | before.keys.keys() if before else keys.keys()
    for key, ids in known.items():
        blocks[key].extend(id_ for id_ in ids if id_ not in fresh)
        if sizes[key] <= cap:
            sizes[key] = len(blocks[key])
    for id_, own in before.keys.items() if before else ():
        for key in own:
            blocks[key].append(id_)
            sizes[key] = sizes.get(key, 0) + 1
    pairs: set[tuple[str, str]] = set()
    for id_, own in keys.items():
        for key in own:
            met = matching.partners(key, blocks[key], crowded=sizes.get(key, 0) > cap)
            pairs.update((min(id_, other), max(id_, other)) for other in met)
            blocks[key].append(id_)
            sizes[key] = sizes.get(key, 0) + 1
    others = parts.store.items.texts_of({id_ for pair in pairs for id_ in pair} - batch.keys())
    edges = comparing.ask(Asked(items={**others, **batch}, pairs=tuple(sorted(pairs))))
    return _Met(keys=keys, pairs=len(pairs), edges=edges)


def _regroup(parts: Parts, now: datetime, leads: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    duplicates = 0
    oversized: list[str] = []
    snapshot = matching.snapshot(parts.config.matching)
    constraints = parts.store.decisions.constraints()
    pins = pinned(parts.store.decisions.active())
    for batch, fresh in _waiting_to_be_grouped(parts):
        ids, edges = parts.store.matching.component(batch)
        items = parts.store.items.items_of(ids)
        order = [id_ for id_ in dict.fromkeys((*pins, *leads, *_settled_leads(parts, ids))) if id_ in items]
        grouping = matching.group(
            items,
            edges,
            constraints,
            weights=parts.config.matching,
            roles=roles(parts, items.values()),
            pinned=frozenset(order),
        )
        if (one_each := _one_each(grouping, order)) != frozenset(order):
            grouping = matching.group(
                items,
                edges,
                constraints,
                weights=parts.config.matching,
                roles=roles(parts, items.values()),
                pinned=one_each,
            )
        for story in grouping.stories:
            for work in story.works:
                # One member of a work is the work; the others are copies of it.
                duplicates += min(len(fresh.intersection(work.items)), len(work.items) - 1)
        oversized.extend(grouping.oversized)
        parts.store.matching.save_grouping(items.keys(), grouping, snapshot, now)
        fresh -= items.keys()
    return duplicates, tuple(oversized)


def _waiting_to_be_grouped(parts: Parts) -> Iterator[tuple[list[str], set[str]]]:
    """Items to be grouped, a batch at a time, each with all that wait still: whoever groups some takes them out."""
    while touched := parts.store.matching.ungrouped():
        left = set(touched)
        for start in range(0, len(touched), BATCH):
            if batch := [id_ for id_ in touched[start : start + BATCH] if id_ in left]:
                yield batch, left


def _settled_leads(parts: Parts, ids: Iterable[str]) -> list[str]:
    """The items that lead published and edited stories: they stay when a better one comes (decision 10)."""
    homes = sorted(set(parts.store.stories.of_items(list(ids)).values()))
    stories = parts.store.stories.stories(homes)
    touched = {row.story_id for row in parts.store.stories.documents_of(homes) if row.touched}
    return [lead(stories[id_]) for id_ in homes if id_ in touched]


def _one_each(grouping: Grouping, order: Sequence[str]) -> frozenset[str]:
    """Of the pinned items of each story the first in `order`: a later pin takes the place of an earlier one."""
    kept = set(order)
    for story in grouping.stories:
        members = set(items_of(story))
        kept -= set([id_ for id_ in order if id_ in members][1:])
    return frozenset(kept)


def roles(parts: Parts, items: Iterable[Item]) -> dict[str, Role]:
    """What each of `items` is within its story, by the kind that triage found."""
    verdicts = parts.store.items.verdicts([item.id for item in items])
    return {
        item.id: matching.role_of(item, verdicts[item.id].kind if item.id in verdicts else item.type) for item in items
    }
