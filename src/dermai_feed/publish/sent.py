"""The edition for readers, made from the editors' issue: pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from . import sentences
from .issue import Issue, Pick, Section, Why
from .picking import Edited


def edition(
    issue: Issue, *, words: Mapping[str, Edited], without: frozenset[str], before: frozenset[str], approved: str
) -> Issue:
    """`issue` as it goes out: published stories in the files' words of today, without editors' notes (D-06).

    `words`: what editors wrote, by story; a story that has none, or is not published, is left
    out and counted. `without` are left out as well. An erratum goes out where one of the
    editions `before` told its story. `approved` is the decision's id.
    """

    def goes_out(pick: Pick) -> bool:
        return pick.story not in without and pick.story in words and words[pick.story].published

    sections = tuple(
        Section(
            key=section.key, title=section.title,
            picks=tuple(_worded(pick, words[pick.story]) for pick in section.picks if goes_out(pick)),
        )
        for section in issue.sections
    )  # fmt: skip
    kept = tuple(section for section in sections if section.picks)
    shown = sum(len(section.picks) for section in kept)
    return replace(
        issue, edition="sent", draft=False, approved=approved, sections=kept, notes=(), omitted=(), templates="",
        renderings=(), errata=tuple(e for e in issue.errata if e.story in before),
        not_shown=issue.not_shown + len(issue.picks) - shown, coverage=replace(issue.coverage, published=shown),
    )  # fmt: skip


def _worded(pick: Pick, words: Edited) -> Pick:
    """`pick` in the words of its file, which may have been edited since the issue was chosen."""
    if pick.change:
        return pick
    title = pick.title if words.title is None else words.title
    told = pick.sentences if words.excerpt is None else sentences.told(words.excerpt, title)
    why = pick.why
    if words.why is not None:
        why = Why(text=words.why, by="editor") if words.why else None
    return replace(pick, title=title, sentences=told, why=why)
