"""Errata: what earlier issues said and does not hold any more.

A frozen issue never changes, so the next one says what changed (FIELD §3, 11): the title of
a story was corrected by its source or an editor, or an editor took the story back. Each is
said once: what the last erratum said is what the next is compared with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from ..model import Telling
from .issue import Erratum, Issue
from .picking import UNTOUCHED, Edited

TITLE, WITHDRAWN = "title changed", "withdrawn by an editor"
_SIGNS = re.compile(r"[\W_]+")


def since(
    earlier: Sequence[Issue], tellings: Iterable[Telling], edited: Mapping[str, Edited], rejected: Mapping[str, str]
) -> tuple[Erratum, ...]:
    """What is to be said about the stories of `earlier` issues (oldest first), in the order of their ids.

    `rejected`: story id -> the editor's reason.
    """
    names = {name: t for t in tellings for name in (t.story.id, *t.story.aliases)}
    found = []
    for story, (issue, item, was) in sorted(_said(earlier).items()):
        if story in rejected:
            if was:
                found.append(Erratum(story=story, issue=issue, what=WITHDRAWN, was=was, why=rejected[story]))
            continue
        telling = names.get(story)
        if telling is None or not was or item not in telling.items:
            continue
        editors = edited.get(telling.story.id, UNTOUCHED).title
        leads = item == next(w.canonical for w in telling.story.works if w.id == telling.story.lead)
        now = editors if editors is not None and leads else telling.items[item].title
        if _bare(now) != _bare(was):
            found.append(Erratum(story=story, issue=issue, what=TITLE, was=was, now=now))
    return tuple(found)


def _said(earlier: Sequence[Issue]) -> dict[str, tuple[str, str, str]]:
    """Story -> the issue that last spoke of it, the item it was told by, and the title as it was last given.

    A story that was said to be withdrawn has no title.
    """
    said: dict[str, tuple[str, str, str]] = {}
    for issue in earlier:
        for pick in issue.picks:
            if not pick.change:
                said[pick.story] = (issue.week, pick.item, pick.title)
        for erratum in issue.errata:
            if erratum.story in said:
                said[erratum.story] = (said[erratum.story][0], said[erratum.story][1], erratum.now)
    return said


def _bare(title: str) -> str:
    """`title` without what is no word: a changed dash is no erratum."""
    return _SIGNS.sub(" ", title).casefold().strip()
