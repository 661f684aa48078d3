"""Publish: one front-matter file per story, merged with what editors made of it.

The page of a story is computed from the store, merged field by field with the page on
disk, and written only when a byte would change. A file that somebody saves in between is
read and merged again (W-07); one that cannot be read is left alone and named (W-06).
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .. import decisions, ranking
from ..model import Clash, Decision, Item, Problem, Story, Telling, Verdict
from ..publish import files, merge, own, paths, story
from ..publish.frontmatter import Page, PageError
from .parts import Parts

log = logging.getLogger(__name__)

ATTEMPTS = 5  # an editor who saves faster than this many times in a row is left to finish


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishReport:
    """What one round of writing did."""

    written: tuple[str, ...] = ()
    unchanged: int = 0
    clashes: tuple[Clash, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Tally:
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    clashes: list[Clash] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def publish(parts: Parts, *, now: datetime) -> PublishReport:
    """Write the file of every story that changed since it was last written.

    Raises: errors.CorpusError when many files vanished at once (W-09); nothing has been changed then.
    """
    tally = _Tally()
    tally.problems += files.clean(parts.corpus, now)
    scan = files.scan(parts.corpus, _remembered(parts), now=now)
    tally.problems += scan.problems
    reject_deleted(parts, scan, now)
    rejected = _rejected(parts)
    pending = parts.store.stories.pending()
    for done, (own_story, telling) in enumerate(zip(pending, tell(parts, pending), strict=True), 1):
        parts.progress("publish", done, len(pending))
        if telling.held or own_story.id in rejected:
            parts.store.stories.mark_published(own_story)
        elif not _blocked(telling, scan) and _write(parts, telling, scan, tally):
            _retire(parts, telling, scan, tally)
    return PublishReport(
        written=tuple(tally.written), unchanged=tally.unchanged, clashes=tuple(tally.clashes),
        problems=tuple(tally.problems),
    )  # fmt: skip


def _remembered(parts: Parts) -> dict[str, files.Found]:
    """What we wrote last, by path: a file of the same bytes is not parsed again (W-23)."""
    return {
        row.path: files.Found(path=row.path, story=row.story_id, sha256=row.sha256)
        for row in parts.store.stories.documents()
    }


def _blocked(telling: Telling, scan: files.Scan) -> bool:
    """Whether a file that cannot be read, or two files, hold this story; the scan has named them.

    It stays pending until a person has mended them (W-06, W-10).
    """
    names = {telling.story.id, *telling.story.aliases} | {item.url for item in telling.items.values() if item.url}
    return not names.isdisjoint(scan.blocked)


def _write(parts: Parts, telling: Telling, scan: files.Scan, tally: _Tally) -> bool:
    """Merge and write one story; an editor who gets in between is merged again.

    False when it could not be written; the story then stays pending, and the reason is told.
    """
    row = parts.store.stories.document(telling.story.id)
    found = scan.pages.get(telling.story.id) or _adopted(telling, scan)
    minted = row.minted if row else _mint(parts, telling, scan)
    path = found.path if found else (row.path if row else minted)
    for _ in range(ATTEMPTS):
        try:
            page = files.load(parts.corpus, path)
            text, clashes = _text(telling, page, minted)
        except PageError as error:
            tally.problems.append(Problem(where=path, kind="file", what=str(error), hint="left as it is; mend it"))
            return False
        done = files.write(parts.corpus, path, text, page.text if page else None)
        if isinstance(done, files.Changed):
            if done.conflict:
                tally.problems.append(
                    Problem(where=done.conflict, kind="file", what="an editor's save that came between two of ours",
                            hint=f"compare it with {path}, then delete it")
                )  # fmt: skip
            continue
        if page is not None and page.text == text:
            tally.unchanged += 1
        else:
            tally.written.append(path)
            log.debug("wrote", extra={"fields": {"path": path, "story": telling.story.id}})
        tally.clashes += clashes
        parts.store.stories.save_document(telling.story, path, done.sha256)
        return True
    tally.problems.append(
        Problem(where=path, kind="file", what="somebody keeps saving this file", hint="the next run writes it")
    )
    return False


def _adopted(telling: Telling, scan: files.Scan) -> files.Found | None:
    """An editor's own file about a member of the story: the story is told there (W-10)."""
    addresses = (item.url for _, item in sorted(telling.items.items()) if item.url)
    return next((scan.by_url[url] for url in addresses if url in scan.by_url), None)


def _retire(parts: Parts, telling: Telling, scan: files.Scan, tally: _Tally) -> None:
    """Take away the files of stories that were merged into this one, unless an editor touched them."""
    for alias in telling.story.aliases:
        row, found = parts.store.stories.document(alias), scan.pages.get(alias)
        if row is None or found is None:
            continue
        if found.sha256 == row.sha256 and not found.published:
            page = files.load(parts.corpus, found.path)
            if page is None or files.remove(parts.corpus, found.path, page.text):
                parts.store.stories.forget_document(alias)
                continue
        tally.problems.append(
            Problem(
                where=found.path, kind="file", what=f"its story is part of {telling.story.id} now, and it was edited",
                hint="carry over what is missing, then delete it",
            )
        )  # fmt: skip


def _text(telling: Telling, page: Page | None, path: str) -> tuple[str, tuple[Clash, ...]]:
    fields = story.render(telling, page, path=path)
    if page is None:
        return merge.create(fields, _lead(telling).front_matter), ()
    merged = merge.merge(page, fields)
    # In a file that we never wrote, an editor's values are nobody's correction of ours.
    return merged.text, merged.clashes if page.own else ()


def _mint(parts: Parts, telling: Telling, scan: files.Scan) -> str:
    lead = _lead(telling)
    taken = {path.casefold() for path in scan.files} | parts.store.stories.paths()
    return paths.mint(telling.story.id, lead.title, lead.published, taken)


def _lead(telling: Telling) -> Item:
    return telling.items[own.lead_work(telling).canonical]


# --------------------------------------------------------------------------- decisions made by hand


def reject_deleted(parts: Parts, scan: files.Scan, now: datetime) -> tuple[Decision, ...]:
    """Turn files that were deleted by hand into rejections (W-09)."""
    known = {row.story_id: row.path for row in parts.store.stories.documents()}
    made = []
    for story_id in sorted(files.vanished(known, scan)):
        log = parts.corpus / "decisions.jsonl"
        decision = decisions.record(
            log, now=now, random=os.urandom, who="file", verb="reject", target=(story_id,),
            why=f"{known[story_id]} was deleted by hand",
        )  # fmt: skip
        parts.store.decisions.add(decision, log.stat().st_size)
        parts.store.stories.forget_document(story_id)
        made.append(decision)
    return tuple(made)


def _rejected(parts: Parts) -> frozenset[str]:
    """Stories that an editor rejected, by the ids they have today."""
    found = set()
    for decision in decisions.active(parts.store.decisions.all()):
        if decision.verb == "reject":
            for target in decision.target:
                known = parts.store.stories.story(target)
                found.add(known.id if known else target)
    return frozenset(found)


# --------------------------------------------------------------------------- tellings


def tell(parts: Parts, stories: Iterable[Story]) -> tuple[Telling, ...]:
    """Each of `stories` with its items, verdicts and ranking, ready to be written or chosen."""
    stories = tuple(stories)
    ids = {id_ for s in stories for work in s.works for id_ in work.items}
    items, verdicts = parts.store.items.items_of(ids), parts.store.items.verdicts(ids)
    listed = parts.store.items.listed_by(ids)
    return tuple(_telling(s, items, verdicts, listed) for s in stories)


def _telling(
    story: Story, items: Mapping[str, Item], verdicts: Mapping[str, Verdict],
    listed: Mapping[str, Sequence[tuple[Item, Verdict, str]]],
) -> Telling:  # fmt: skip
    members = {id_: items[id_] for work in story.works for id_ in work.items}
    own = {id_: verdicts[id_] for id_ in members if id_ in verdicts}
    return Telling(
        story=story,
        items=members,
        verdicts=own,
        ranking=ranking.rank(story, members, own),
        qualities={
            work.id: ranking.quality(items[work.canonical], own.get(work.canonical)).total for work in story.works
        },
        listed=tuple(entry for id_ in sorted(members) for entry in listed.get(id_, ())),
        held=not any(verdict.decision == "accept" for verdict in own.values()),
    )
