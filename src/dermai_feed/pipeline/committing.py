"""A commit of what the machine wrote, where the configuration asks for it (decision 19).

An editor's work in progress is theirs to commit. So a file goes into the machine's commit only
when every byte in which it differs from the last commit is the machine's: the database knows
what was written last, and which files held something else before that (`store.meta.drafts`).
"""

from __future__ import annotations

import logging
import re
from collections.abc import Collection, Iterable

from ..model import Problem
from ..publish import digest as rendering
from ..publish import files, history
from ..store import DocumentRow
from .parts import Parts
from .publish import REJECTED
from .words import Words, items_of, last

log = logging.getLogger(__name__)

# Only ever appended to, or made anew from what is published; whoever edits them has other words to hear.
_OURS = re.compile(
    r"decisions\.jsonl|ledger/\d{4}-\d\d\.jsonl|digests/sent\.jsonl|(digests/)?feed\.(xml|json)|\.dermai-corpus"
)
_ISSUE = re.compile(r"digests/(?P<name>[0-9W_-]+(\.sent|\.draft|\.degraded)?)\.(?P<form>[a-z]+)")


def prepare(parts: Parts) -> None:
    """Forget the drafts that their editors have committed, before anything is written.

    Where commits are asked for the first time, whatever editors have touched and not committed is a draft.
    """
    if not parts.config.publishing.commit:
        return
    try:
        dirty = history.dirty(parts.corpus)
    except history.Refused:
        return  # `commit` says it
    drafts = parts.store.meta.drafts()
    if drafts is None:
        now = {row.path: row.sha256 for row in parts.store.stories.documents() if row.touched and row.path in dirty}
    else:
        now = {path: sha for path, sha in drafts.items() if path in dirty}
    if now != drafts:
        parts.store.meta.set_drafts(now)


def commit(parts: Parts, message: str, written: Iterable[str] = ()) -> tuple[Problem, ...]:
    """Commit what the machine wrote, now (`written`) or before; what was left out, and why.

    Nothing to commit is no commit. Raises: errors.CorpusError, errors.StoreError.
    """
    if not parts.config.publishing.commit:
        return ()
    try:
        dirty = history.dirty(parts.corpus)
        ours, mixed = _sorted_out(parts, dirty, frozenset(written))
        if ours:
            history.commit(parts.corpus, message, [dirty[path] for path in ours])
            log.info("committed", extra={"fields": {"files": len(ours), "message": message}})
    except history.Refused as error:
        hint = "the files are written; the next run commits them"
        return (Problem(where=str(parts.corpus), kind="config", what=f"not committed: {error}", hint=hint),)
    hint = "git add and git commit it; from then on the machine's changes have commits of their own again"
    what = "not committed: an editor's change is in it that git does not have yet"
    return tuple(Problem(where=path, kind="config", what=what, hint=hint) for path in mixed)


def _sorted_out(parts: Parts, dirty: dict[str, history.Dirty], written: Collection[str]) -> tuple[list[str], list[str]]:
    """The paths that are the machine's alone, and those that hold an editor's work and the machine's."""
    rows = {row.path: row for row in parts.store.stories.documents()}
    drafts = parts.store.meta.drafts() or {}
    ours, mixed = [], []
    for path, found in sorted(dirty.items()):
        if _OURS.fullmatch(path) or (path == ".gitattributes" and found.new):
            ours.append(path)
        elif found.gone:
            if not found.staged and _taken_away(parts, path, rows, written):
                ours.append(path)
        elif row := rows.get(path):
            if row.sha256 != _sha(parts, path):
                continue  # an editor's from before to after; the next run merges it
            draft = drafts.get(path)
            if draft == row.sha256 or (found.staged and not found.open):
                continue  # an editor's, and nothing had to be added to it
            if found.staged or (draft is not None and draft != history.committed(parts.corpus, path)):
                mixed.append(path)
            else:
                ours.append(path)
        elif path in written or _rendering(parts, path):
            ours.append(path)
    return ours, mixed


def _sha(parts: Parts, path: str) -> str:
    text = files.read(parts.corpus, path)
    return "" if text is None else files.sha256_of(text)


def _rendering(parts: Parts, path: str) -> bool:
    """Whether a file of an issue is as it was rendered: by the hash that the selection beside it names."""
    if not (match := _ISSUE.fullmatch(path)):
        return False
    try:
        selection = files.read(parts.corpus, f"digests/{match['name']}.json") or ""
        issue = rendering.from_json(selection)
    except ValueError:
        return False
    if match["form"] == "json":
        return rendering.to_json(issue) == selection
    return dict(issue.renderings).get(match["form"]) == rendering.sha(files.read(parts.corpus, path) or "")


def _taken_away(parts: Parts, path: str, rows: dict[str, DocumentRow], written: Collection[str]) -> bool:
    """Whether the machine took the file at `path` away: a deletion by hand is an editor's to commit.

    Put into `rejected/` by a decision or taken back from there, removed with an import that was
    undone, or with a story that is part of another now.
    """
    if path in written or _ISSUE.fullmatch(path):
        return True
    there = rows.get(path.removeprefix(REJECTED)) or rows.get(REJECTED + path)
    if there is None or there.path == path:
        there = next((row for row in parts.store.stories.forgotten() if row.path == path), None)
    story = parts.store.stories.story(there.story_id) if there else None
    if there is None or story is None or story.id != there.story_id:
        return there is not None
    word = last(Words.of(parts.store.decisions.active()).standing, items_of(story))
    return word is None or word.verb != "reject" or word.who != "file"
