"""What editors did in the files since they were last settled, taken into the decision log.

A value that somebody typed is an edit, a file that somebody deleted a rejection, one that they
carried into or out of `rejected/` a rejection or its undo. The file holds all of that already;
the log remembers it, so that it is shown, undone, and known to matching and ranking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from ..model import Decision, Problem, Story, Verb
from ..publish import edits, files, merge
from ..publish.frontmatter import Page, PageError
from ..publish.frontmatter import read as read_page
from ..store import DocumentRow
from .decide import record, record_many
from .journal import replay
from .parts import Parts
from .publish import REJECTED, field_words, remembered
from .words import Words, items_of, last

WHO = "file"  # who decided is not to be seen in a file; git knows


def catch_up(parts: Parts, *, now: datetime) -> tuple[Problem, ...]:
    """Bring the database up to the decision log, and the log up to the files: what editors did comes first.

    Returns lines of the log that could not be read. Raises: errors.CorpusError when the log
    lost a line that the database knows, when the corpus is another one or is gone, or when many
    files vanished at once (W-09); nothing has been changed then.
    """
    problems = replay(parts, now=now)
    take_in(parts, now=now)
    return problems


def take_in(parts: Parts, *, now: datetime) -> None:
    """Record what the files say that the log does not; files that cannot be read are `publish`'s to name.

    Raises: errors.CorpusError when many files vanished at once (W-09); nothing has been changed then.
    """
    rows = {row.story_id: row for row in parts.store.stories.documents()}
    scan = files.scan(parts.corpus, remembered(parts), now=now)
    gone = files.vanished({id_: row.path for id_, row in rows.items()}, scan)
    standing = Words.of(parts.store.decisions.active()).standing
    stories = parts.store.stories.stories({*scan.pages, *gone})
    for id_ in sorted(gone):
        word = last(standing, items_of(stories[id_])) if id_ in stories else None
        if id_ in stories and (word is None or word.verb != "reject"):
            path = rows[id_].path
            record(
                parts, "reject", (id_,), now=now, who=WHO, value={"deleted": path}, why=f"{path} was deleted by hand"
            )
        parts.store.stories.forget_document(id_)
    changed = [
        stories[id_]
        for id_, found in sorted(scan.pages.items())
        if id_ in stories and (id_ not in rows or rows[id_].sha256 != found.sha256)
    ]
    said = field_words(parts, changed)
    for story in changed:
        _edited(parts, story, scan.pages[story.id].path, said.get(story.id, ()), now)
    _carried(parts, scan, rows, stories, now)
    for id_, found in scan.pages.items():
        if id_ in rows and rows[id_].path != found.path:
            parts.store.stories.follow(id_, found.path)


def _edited(parts: Parts, story: Story, path: str, said: Sequence[Decision], now: datetime) -> None:
    row = parts.store.stories.document(story.id)
    try:
        page = files.load(parts.corpus, path)
    except PageError:
        return  # the scan has named it
    if page is None:
        return
    today = edits.state(said)
    then = edits.state(said, row.settled) if row else today
    found = merge.changed(page)
    before = _before(row)
    words: list[tuple[Verb, tuple[str, ...], Mapping[str, object], str]] = []
    for edit in edits.fresh(found, then, today):
        if edit.path == edits.FIELD:
            words.append(("publish" if edit.theirs is True else "unpublish", (story.id,), {}, f"set in {path}"))
        else:
            words.append(("edit", (story.id,), edits.value_for(edit, before, page), f"set in {path}"))
    taken_back = edits.set_back(page, found, then, today) if row else ()
    shared = {decision.id for decision in said if len(decision.target) > 1}
    for one in taken_back:
        if one.path == edits.FIELD and one.decision in shared:
            # An approved edition, or a rule, spoke of others too: they stay published.
            words.append(("unpublish" if one.value is True else "publish", (story.id,), {}, f"set in {path}"))
        else:
            words.append(("undo", (one.decision,), {}, f"set back in {path}"))
    record_many(parts, words, now=now, who=WHO)
    if not words:
        parts.store.stories.mark_pending([story.id])


def _before(row: DocumentRow | None) -> Page | None:
    return read_page(row.text, row.path) if row and row.text else None


def _carried(
    parts: Parts, scan: files.Scan, rows: Mapping[str, DocumentRow], stories: Mapping[str, Story], now: datetime
) -> None:
    """Files that somebody carried into `rejected/` or out of it again, or that are back after they were deleted."""
    standing = Words.of(parts.store.decisions.active()).standing
    for id_, found in sorted(scan.pages.items()):
        row, story = rows.get(id_), stories.get(id_)
        if story is None:
            continue
        word = last(standing, items_of(story))
        rejected = word is not None and word.verb == "reject"
        if row is None:
            # Deleted, and there again: taken out of the bin, or back on a branch that has it.
            if rejected and word is not None and "deleted" in word.value and not found.path.startswith(REJECTED):
                record(parts, "undo", (word.id,), now=now, who=WHO, why=f"{found.path} is back")
            continue
        was, now_away = row.path.startswith(REJECTED), found.path.startswith(REJECTED)
        if now_away and not was and not rejected:
            record(parts, "reject", (id_,), now=now, who=WHO, why=f"carried to {found.path}")
        elif was and not now_away and rejected and word is not None:
            record(parts, "undo", (word.id,), now=now, who=WHO, why=f"carried back to {found.path}")
