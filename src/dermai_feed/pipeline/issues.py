"""The issues that there are: their files read, rendered, and taken away.

`digests/2026-W47.json` is an issue; beside it stand its renderings, `.sent`, `.draft` and
`.degraded` ones with renderings of their own.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from .. import failpoint
from ..errors import TemplateFault
from ..model import Document, Problem, Telling
from ..publish import digest as rendering
from ..publish import edited, files, select
from ..publish.issue import Issue
from ..publish.picking import Edited, lead_of
from .parts import Parts
from .publish import tell

SENT, DRAFT, DEGRADED = ".sent", ".draft", ".degraded"
_FILE = re.compile(r"(\d{4}-W\d\d|\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d)(\.draft)?\.json")


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestReport:
    """The issue of a week, and what became of its files."""

    issue: Issue
    paths: tuple[str, ...] = ()  # below the corpus, every rendering
    written: tuple[str, ...] = ()
    kept_good: bool = False  # a good issue of the week stands; this degraded one lies beside it
    frozen: bool = False  # the issue was there already and is not chosen again
    problems: tuple[Problem, ...] = ()


def issue_files(parts: Parts) -> list[tuple[str, str]]:
    """Name and path of every issue; a draft only where there is no issue."""
    found: dict[str, str] = {}
    for path in sorted((parts.corpus / "digests").glob("*.json")):
        if (match := _FILE.fullmatch(path.name)) and (not match[2] or match[1] not in found):
            found[match[1]] = f"digests/{path.name}"
    return sorted(found.items())


def other_issues(parts: Parts, window: select.Week) -> tuple[tuple[Issue, ...], tuple[Problem, ...]]:
    """The frozen issues that do not overlap `window`, oldest first, and the files that cannot be read."""
    found: list[Issue] = []
    problems: list[Problem] = []
    for name, path in issue_files(parts):
        try:
            issue = rendering.from_json(files.read(parts.corpus, path) or "")
        except ValueError as error:
            problems.append(fault(path, error))
            continue
        if name != window.name and (issue.until <= window.since or issue.since >= window.until):
            found.append(issue)
    return tuple(sorted(found, key=lambda issue: (issue.until, issue.week))), tuple(problems)


def read_issue(parts: Parts, name: str, suffix: str = "") -> Issue | None:
    """The issue called `name`, or None when there is none. Raises: ValueError when it cannot be read."""
    text = files.read(parts.corpus, f"digests/{name}{suffix}.json")
    return rendering.from_json(text) if text else None


def fault(path: str, error: ValueError) -> Problem:
    what = f"cannot be read: {str(error).splitlines()[0][:160]}"
    return Problem(where=path, kind="file", what=what, hint="bring it back from your history, or delete it")


# --------------------------------------------------------------------------- files


def write_renderings(
    parts: Parts, issue: Issue, suffix: str, standing: Issue | None, *, force: bool, only_missing: bool = False
) -> DigestReport:
    """Render `issue` and write what differs; a template that fails leaves every file as it was."""
    try:
        documents = rendering.documents(
            rendering.frozen(issue), suffix, rendering.Templates(parts.config.digest.templates), letterhead(parts)
        )
    except TemplateFault as fault:
        problem = Problem(
            where=f"{fault.file}:{fault.line}", kind="file", what=f"template: {fault.what}",
            hint="the last good digest stands; mend the template, or delete it to use the built-in one",
        )  # fmt: skip
        return DigestReport(issue=issue, problems=(problem,))
    failpoint.hit("digest.after_render")
    written, problems = [], []
    for document in documents:
        there = files.read(parts.corpus, document.path)
        if there == document.text or (only_missing and there is not None):
            continue
        by_hand = there is not None and not _ours(document, there, standing)
        if by_hand and not force:
            problems.append(
                Problem(
                    where=document.path, kind="file", what="changed by hand; left as it is",
                    hint="dermai-feed digest --force makes it anew and keeps a copy",
                )
            )  # fmt: skip
            continue
        failpoint.hit("digest.before_mark")
        files.replace(parts.corpus, document.path, document.text, keep_copy=by_hand)
        written.append(document.path)
    return DigestReport(
        issue=issue, paths=tuple(d.path for d in documents), written=tuple(written), problems=tuple(problems)
    )


def _ours(document: Document, there: str, standing: Issue | None) -> bool:
    """Whether a file is as we wrote it: by the hash that the selection beside it names."""
    form = document.path.rsplit(".", 1)[1]
    if form == "json":
        return standing is not None and rendering.to_json(standing) == there
    known: Mapping[str, str] = dict(standing.renderings) if standing else {}
    return known.get(form) == rendering.sha(there)


def remove_renderings(parts: Parts, issue: Issue, suffix: str) -> tuple[str, ...]:
    """Take away the files of `issue`, the selection last; those changed by hand stay. The paths removed."""
    gone = []
    for form, sha in (*issue.renderings, ("json", "")):
        path = f"digests/{issue.week}{suffix}.{form}"
        text = files.read(parts.corpus, path)
        if text is not None and (form == "json" or rendering.sha(text) == sha):
            files.remove(parts.corpus, path, text)
            gone.append(path)
    return tuple(gone)


def letterhead(parts: Parts) -> rendering.Letterhead:
    """Who the digest's mail is from and to, by the configuration."""
    told = parts.config.digest
    sender = parts.config.smtp.sender
    named = {"sender": f"{told.name} <{sender}>"} if sender else {}
    return rendering.Letterhead(to=told.to, list_id=told.list_id, pictures=told.pictures, **named)


# --------------------------------------------------------------------------- what editors wrote


def editors_words(parts: Parts, tellings: Iterable[Telling]) -> dict[str, Edited]:
    """Story id -> what editors wrote into its file, of the stories that have one."""
    rows = {row.story_id: row.path for row in parts.store.stories.documents()}
    found: dict[str, Edited] = {}
    for telling in tellings:
        path = rows.get(telling.story.id)
        words = edited.of_file(parts.corpus, path, lead_of(telling)) if path else None
        if words is not None:
            found[telling.story.id] = words
    return found


def published_stories(parts: Parts, ids: Collection[str]) -> frozenset[str]:
    """Those of the stories `ids` whose file says `published: true`."""
    stories = parts.store.stories.stories(ids)
    words = editors_words(parts, tell(parts, stories.values()))
    return frozenset(id_ for id_, word in words.items() if word.published)
