"""Publish: one front-matter file per story, merged with what editors made of it.

The page of a story is computed from the store, merged field by field with the page on
disk, and written only when a byte would change. A file that somebody saves in between is
read and merged again (W-07); one that cannot be read is left alone and named (W-06).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from .. import ranking
from ..model import Clash, Decision, Item, Problem, Story, Telling, Verdict
from ..publish import edits, files, merge, own, paths, policy, story
from ..publish.frontmatter import Page, PageError
from ..publish.frontmatter import read as read_page
from ..store import DocumentRow
from .decide import record
from .parts import Parts
from .words import Words, by_story, rating, said_of

log = logging.getLogger(__name__)

REJECTED = "rejected/"  # where files of stories lie that an editor rejected
ATTEMPTS = 5  # an editor who saves faster than this many times in a row is left to finish


@dataclass(frozen=True, kw_only=True, slots=True)
class PublishReport:
    """What one round of writing did."""

    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()  # files of what was taken back
    unchanged: int = 0
    clashes: tuple[Clash, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(slots=True)
class _Tally:
    written: list[str] = field(default_factory=list)
    unchanged: int = 0
    removed: list[str] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def publish(parts: Parts, *, now: datetime) -> PublishReport:
    """Write the file of every story that changed since it was last written.

    What editors did in the files is in the log already, see `catch_up`; a file that went since
    then is left to the next run.
    """
    tally = _Tally()
    tally.problems += files.clean(parts.corpus, now)
    scan = files.scan(parts.corpus, remembered(parts), now=now)
    tally.problems += scan.problems
    _remove_orphans(parts, scan, tally)
    publish_by_rule(parts, parts.store.stories.pending(), now=now)
    pending = parts.store.stories.pending()
    said = field_words(parts, pending)
    for done, (own_story, telling) in enumerate(zip(pending, tell(parts, pending), strict=True), 1):
        parts.progress("publish", done, len(pending))
        if _blocked(telling, scan):
            continue
        found = scan.pages.get(own_story.id) or _adopted(telling, scan)
        if telling.rejected or (telling.held and found is None):
            _put_away(parts, own_story, found if telling.rejected else None)
        elif _write(parts, telling, scan, found, said.get(own_story.id, ()), tally):
            _retire(parts, telling, scan, tally)
    return PublishReport(
        written=tuple(tally.written), removed=tuple(tally.removed), unchanged=tally.unchanged,
        clashes=tuple(tally.clashes), problems=tuple(tally.problems),
    )  # fmt: skip


def field_words(parts: Parts, stories: Iterable[Story]) -> dict[str, list[Decision]]:
    """Story id -> the decisions about fields of its file, undone ones too, with all undos, oldest first."""
    every = parts.store.decisions.all()
    undos = [decision for decision in every if decision.verb == "undo"]
    about = by_story(stories, (decision for decision in every if edits.said(decision) is not None))
    return {story: sorted([*found, *undos], key=lambda decision: decision.id) for story, found in about.items()}


def remembered(parts: Parts) -> dict[str, files.Found]:
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


def _put_away(parts: Parts, story: Story, found: files.Found | None) -> None:
    """Take the file of a rejected story out of the readers' way, as it is; an undo takes it back."""
    path = found.path if found else ""
    if found and not path.startswith(REJECTED):
        path = files.move(parts.corpus, path, REJECTED + path)
        _note_draft(parts, path, found.sha256, parts.store.stories.document(story.id), before=found.path)
    parts.store.stories.save_place(story, path)


def _write(
    parts: Parts, telling: Telling, scan: files.Scan, found: files.Found | None, said: Sequence[Decision],
    tally: _Tally,
) -> bool:  # fmt: skip
    """Merge and write one story; an editor who gets in between is merged again.

    False when it could not be written; the story then stays pending, and the reason is told.
    """
    row = parts.store.stories.document(telling.story.id)
    if found is None and row is not None and row.sha256:
        return False  # deleted since the run began; the next one takes that for a rejection
    minted = row.minted if row else _mint(parts, telling, scan)
    path = found.path if found else (row.path if row else minted)
    if path.startswith(REJECTED):
        back = path.removeprefix(REJECTED)
        path = files.move(parts.corpus, path, back) if found else back
    for _ in range(ATTEMPTS):
        try:
            page = files.load(parts.corpus, path)
            made = _text(telling, page or _gone(row), minted, said, row)
            if page is not None:
                _note_draft(parts, path, files.sha256_of(page.text), row, before=found.path if found else path)
        except PageError as error:
            tally.problems.append(Problem(where=path, kind="file", what=str(error), hint="left as it is; mend it"))
            return False
        done = files.write(parts.corpus, path, made.text, page.text if page else None)
        if isinstance(done, files.Changed):
            if done.conflict:
                tally.problems.append(
                    Problem(where=done.conflict, kind="file", what="an editor's save that came between two of ours",
                            hint=f"compare it with {path}, then delete it")
                )  # fmt: skip
            continue
        if page is not None and page.text == made.text:
            tally.unchanged += 1
        else:
            tally.written.append(path)
            log.debug("wrote", extra={"fields": {"path": path, "story": telling.story.id}})
        tally.clashes += made.clashes
        parts.store.stories.save_document(
            telling.story, path, done.sha256, text=made.text, touched=made.touched, minted=minted,
            clashes=made.clashes,
        )  # fmt: skip
        return True
    tally.problems.append(
        Problem(where=path, kind="file", what="somebody keeps saving this file", hint="the next run writes it")
    )
    return False


def _note_draft(parts: Parts, path: str, sha256: str, row: DocumentRow | None, *, before: str) -> None:
    """Keep, where the corpus is committed, that a file held what the machine did not write; `before` is where it lay.

    See `committing`: such a file is its editor's to commit.
    """
    if not parts.config.publishing.commit:
        return
    drafts = parts.store.meta.drafts() or {}
    now = {known: sha for known, sha in drafts.items() if known != before}
    if row is None or row.sha256 != sha256 or row.path != before:
        now[path] = sha256
    elif before in drafts:
        now[path] = drafts[before]
    if now != drafts:
        parts.store.meta.set_drafts(now)


def _gone(row: DocumentRow | None) -> Page | None:
    """The page that stood in a file which is no more: it comes back as it was."""
    return read_page(row.text, row.path) if row and row.text else None


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


def _remove_orphans(parts: Parts, scan: files.Scan, tally: _Tally) -> None:
    """Take away the files of stories whose every item was taken back, unless an editor touched them."""
    for row in parts.store.stories.orphans():
        found = scan.pages.get(row.story_id)
        if found is None:
            continue
        if found.sha256 == row.sha256 and not found.published:
            page = files.load(parts.corpus, found.path)
            if page is None or files.remove(parts.corpus, found.path, page.text):
                parts.store.stories.forget_document(row.story_id)
                tally.removed.append(found.path)
                continue
        tally.problems.append(
            Problem(
                where=found.path, kind="file", what="the import that brought it was undone, and it was edited since",
                hint="delete it, or keep it by importing it again",
            )
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class _Made:
    """The text of a file, and what there is to say about it."""

    text: str
    clashes: tuple[Clash, ...] = ()
    touched: bool = False


def _text(telling: Telling, page: Page | None, path: str, said: Sequence[Decision], row: DocumentRow | None) -> _Made:
    """The merge of what stands there, what the log says of it since, and what the store says now."""
    known = row is not None and page is not None
    then = edits.state(said, row.settled) if known and row is not None else {}
    now = edits.state(said)
    fields = story.render(telling, page, path=path, published_by=edits.published_by(now))
    own_file = page is None or bool(page.own)
    if page is None:
        page = read_page(merge.create(fields, _lead(telling).front_matter), path)
    carried = edits.carry_out(page, then, now)
    if own_file and not carried.yielded:
        fields = merge.settle_scores(carried.page, fields)
    merged = merge.merge(carried.page, fields, carried.yielded, carried.raws, edits.orders(now))
    # In a file that we never wrote, an editor's values are nobody's correction of ours.
    clashes = edits.unsettled(merged, now) if own_file else ()
    touched = bool(merged.edits) or not own_file or read_page(merged.text, path).published
    return _Made(text=merged.text, clashes=clashes, touched=touched)


def _mint(parts: Parts, telling: Telling, scan: files.Scan) -> str:
    lead = _lead(telling)
    taken = {path.casefold() for path in scan.files} | parts.store.stories.paths()
    return paths.mint(telling.story.id, lead.title, lead.published, taken)


def _lead(telling: Telling) -> Item:
    return telling.items[own.lead_work(telling).canonical]


# --------------------------------------------------------------------------- rules


def publish_by_rule(parts: Parts, stories: Sequence[Story], *, now: datetime) -> tuple[Decision, ...]:
    """Publish those of `stories` that a rule of the configuration wants, as one decision for each rule.

    An editor's word goes before: a story that was published or unpublished once, by whomever, also
    when that was undone, is left as it is. So are stories led by an imported file, which says itself
    whether it is published. A rule that is changed or gone unpublishes nothing (decision 11).
    """
    rules = parts.config.publishing.rules
    if not rules or not stories:
        return ()
    settled = {id_ for id_, said in field_words(parts, stories).items() if any(map(_about_publishing, said))}
    chosen: dict[str, list[str]] = {rule.name: [] for rule in rules}
    for telling in tell(parts, [one for one in stories if one.id not in settled]):
        if (rule := policy.rule_for(telling, rules)) is not None:
            chosen[rule.name].append(telling.story.id)
    return tuple(
        record(
            parts, "publish", chosen[rule.name], now=now, who=policy.WHO, value={"rule": rule.name},
            why=policy.described(rule),
        )
        for rule in rules
        if chosen[rule.name]
    )  # fmt: skip


def _about_publishing(decision: Decision) -> bool:
    one = edits.said(decision)
    return one is not None and one.path == edits.FIELD


# --------------------------------------------------------------------------- tellings


def tell(parts: Parts, stories: Iterable[Story]) -> tuple[Telling, ...]:
    """Each of `stories` with its items, verdicts and ranking, ready to be written or chosen."""
    stories = tuple(stories)
    words = Words.of(parts.store.decisions.active())
    ids = {id_ for s in stories for work in s.works for id_ in work.items}
    items, verdicts = parts.store.items.items_of(ids), parts.store.items.verdicts(ids)
    listed = parts.store.items.listed_by(ids)
    return tuple(_telling(s, items, verdicts, listed, words) for s in stories)


def _telling(
    story: Story, items: Mapping[str, Item], verdicts: Mapping[str, Verdict],
    listed: Mapping[str, Sequence[tuple[Item, Verdict, str]]], words: Words,
) -> Telling:  # fmt: skip
    members = {id_: items[id_] for work in story.works for id_ in work.items}
    own = {id_: verdicts[id_] for id_ in members if id_ in verdicts}
    telling = Telling(
        story=story,
        items=members,
        verdicts=own,
        ranking=ranking.rank(story, members, own, rating(words, members)),
        qualities={
            work.id: ranking.quality(items[work.canonical], own.get(work.canonical)).total for work in story.works
        },
        listed=tuple(entry for id_ in sorted(members) for entry in listed.get(id_, ())),
        held=not any(verdict.decision == "accept" for verdict in own.values()),
    )
    return said_of(telling, words)
