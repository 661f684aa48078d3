"""Digest: choose the week's stories once, freeze the choice, render it.

`digests/2026-W47.json` is the issue and everything else a rendering of it (decision 7).
Within its week an issue is chosen again at every run; once the week is over, or an editor
let the issue out, nothing touches it. A degraded choice never takes the place of a good one
(promise 7), and a rendering that an editor has changed by hand is left as it is (D-11).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .. import decisions, failpoint
from ..errors import TemplateFault
from ..model import Document, Problem, Telling
from ..publish import digest as rendering
from ..publish import edited, files, select
from ..publish.issue import Issue
from ..publish.picking import Edited, lead_of
from . import notes
from .parts import Parts
from .publish import tell

SENT, DRAFT, DEGRADED = ".sent", ".draft", ".degraded"
ERRATA_FOR = timedelta(weeks=26)  # how long an issue is watched for what does not hold any more
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


def digest(
    parts: Parts, *, now: datetime, window: select.Week | None = None, draft: bool = False, force: bool = False
) -> DigestReport:
    """Choose and write the issue of `window`; without it, of the week that holds `now` (UTC).

    `draft` writes it beside the issue, as `2026-W47.draft.*`, and nothing is ever sent of it.
    `force` renders over files that an editor has changed; a copy is kept.
    """
    window = window or select.week_of(now, parts.config.digest.zone)
    others, problems = other_issues(parts, window)
    try:
        standing = read_issue(parts, window.name)
        is_frozen = read_issue(parts, window.name, SENT) is not None
    except ValueError as error:
        return _unreadable(window, error)
    over = window.until <= now and standing is not None and not standing.degraded
    if standing is not None and not draft and (is_frozen or over):
        report = _write(parts, standing, force=force, frozen=True)
        return replace(report, frozen=True, problems=problems + report.problems)
    issue = _choose(parts, window, others, now)
    if draft:
        issue = replace(issue, draft=True)
    report = _write(parts, issue, force=force)
    return replace(report, problems=problems + report.problems)


def missed(parts: Parts, *, now: datetime, most: int = 53) -> tuple[select.Week, ...]:
    """The calendar weeks before the one that holds `now` without an issue, oldest first; since the first issue.

    Decision 16: they become drafts, and only the last is sent.
    """
    first = min((name for name, _ in issue_files(parts) if "-W" in name), default=None)
    found: list[select.Week] = []
    week = select.week_before(select.week_of(now, parts.config.digest.zone))
    have = {name for name, _ in issue_files(parts)}
    while first is not None and week.name > first and len(found) < most:
        if week.name not in have:
            found.append(week)
        week = select.week_before(week)
    return tuple(reversed(found))


# --------------------------------------------------------------------------- choosing


def _choose(parts: Parts, window: select.Week, others: Sequence[Issue], now: datetime) -> Issue:
    every = tell(parts, parts.store.stories.all())
    earlier = [issue for issue in others if issue.until <= window.since]
    told = {story for issue in earlier if window.since - issue.until <= ERRATA_FOR for story in issue.told()}
    weekly = [issue for issue in others if issue.number and issue.week < window.name]
    issue = select.choose(
        every,
        others,
        week=window,
        number=len(weekly) + 1 if window.weekly else 0,
        notes=notes.notes(parts, window),
        coverage=notes.coverage(parts, window),
        config=parts.config.hash[:12],
        degraded=notes.degraded(parts, window, now),
        desk=_desk(parts, every, window, told),
        weeks=select.volume(every, window),
        name=parts.config.digest.name,
        home=parts.config.digest.home,
    )
    published = published_stories(parts, issue.stories())
    return replace(issue, coverage=replace(issue.coverage, published=len(published)))


def _desk(parts: Parts, every: Sequence[Telling], window: select.Week, told: Collection[str]) -> select.Desk:
    active = decisions.active(parts.store.decisions.all())

    def said(verb: str) -> list[tuple[str, str, datetime]]:
        return [(target, d.why, d.at) for d in active if d.verb == verb for target in d.target]

    wanted = [t for t in every if t.story.id in told or _recent(t, window)]
    return select.Desk(
        promoted=frozenset(target for target, _, _ in said("promote")),
        dropped=frozenset(target for target, _, _ in said("drop")),
        rejected={target: why for target, why, _ in said("reject")},
        accepted={target: at for target, _, at in reversed(said("accept"))},
        edited=editors_words(parts, wanted),
    )


def _recent(telling: Telling, window: select.Week) -> bool:
    return any(window.since - select.LATE <= item.first_seen < window.until for item in telling.items.values())


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


# --------------------------------------------------------------------------- the issues there are


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
            problems.append(_fault(path, error))
            continue
        if name != window.name and (issue.until <= window.since or issue.since >= window.until):
            found.append(issue)
    return tuple(sorted(found, key=lambda issue: (issue.until, issue.week))), tuple(problems)


def read_issue(parts: Parts, name: str, suffix: str = "") -> Issue | None:
    """The issue called `name`, or None when there is none. Raises: ValueError when it cannot be read."""
    text = files.read(parts.corpus, f"digests/{name}{suffix}.json")
    return rendering.from_json(text) if text else None


def _fault(path: str, error: ValueError) -> Problem:
    what = f"cannot be read: {str(error).splitlines()[0][:160]}"
    return Problem(where=path, kind="file", what=what, hint="bring it back from your history, or delete it")


def _unreadable(window: select.Week, error: ValueError) -> DigestReport:
    """The issue's own file is broken: it is left alone, and so are its renderings."""
    issue = Issue(week=window.name, number=0, since=window.since, until=window.until, zone=window.zone)
    return DigestReport(issue=issue, frozen=True, problems=(_fault(f"digests/{window.name}.json", error),))


# --------------------------------------------------------------------------- files


def _write(parts: Parts, issue: Issue, *, force: bool, frozen: bool = False) -> DigestReport:
    standing = read_issue(parts, issue.week)
    kept_good = bool(issue.degraded and standing and not standing.degraded and not issue.draft)
    suffix = DRAFT if issue.draft else DEGRADED if kept_good else ""
    if suffix:
        standing = _readable(parts, issue.week, suffix)
    if standing and not frozen:
        issue = _calm(issue, standing)
    report = write_renderings(parts, issue, suffix, standing, force=force, only_missing=frozen and not force)
    if not suffix and not issue.degraded and not report.problems:
        _clear(parts, issue.week, (DRAFT, DEGRADED))
    return replace(report, kept_good=kept_good)


def _calm(issue: Issue, standing: Issue) -> Issue:
    """`issue` with the figures of polling that `standing` had, when nothing else differs.

    A poll that brings nothing new costs no file (decision 17); the figures name the run up to
    which they hold.
    """
    was, now = standing.coverage, issue.coverage
    still = replace(now, fetched=was.fetched, unchanged=was.unchanged, run=was.run)
    same = replace(rendering.frozen(issue), coverage=still) == rendering.frozen(standing)
    return replace(issue, coverage=was) if same else issue


def _readable(parts: Parts, name: str, suffix: str) -> Issue | None:
    try:
        return read_issue(parts, name, suffix)
    except ValueError:
        return None  # a draft that cannot be read is made anew


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


def _clear(parts: Parts, name: str, suffixes: Iterable[str]) -> None:
    """Take away what stood in for an issue that is there now, unless an editor changed it."""
    for suffix in suffixes:
        stand_in = _readable(parts, name, suffix)
        if stand_in is not None:
            remove_renderings(parts, stand_in, suffix)


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
    return rendering.Letterhead(to=told.to, list_id=told.list_id, pictures=told.pictures)
