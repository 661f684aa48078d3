"""Digest: choose the week's stories once, freeze the choice, render it.

`digests/2026-W47.json` is the issue and everything else a rendering of it (decision 7).
Within its week an issue is chosen again at every run; once the week is over, or an editor
let the issue out, nothing touches it. A degraded choice never takes the place of a good one
(promise 7), and a rendering that an editor has changed by hand is left as it is (D-11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from .. import decisions
from ..model import Telling
from ..publish import digest as rendering
from ..publish import select
from ..publish.issue import Issue
from . import notes, proposals
from .issues import (
    DEGRADED,
    DRAFT,
    SENT,
    DigestReport,
    editors_words,
    fault,
    issue_files,
    other_issues,
    published_stories,
    read_issue,
    remove_renderings,
    write_renderings,
)
from .parts import Parts
from .publish import tell

ERRATA_FOR = timedelta(weeks=26)  # how long an issue is watched for what does not hold any more


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
    words = editors_words(parts, wanted)
    for story, why, _ in said("promote"):  # the reason is an editor's line, where the file has none of its own
        if why and story in words and words[story].why is None:
            words[story] = replace(words[story], why=why)
    return select.Desk(
        promoted=frozenset(target for target, _, _ in said("promote")),
        dropped=frozenset(target for target, _, _ in said("drop")),
        rejected={target: why for target, why, _ in said("reject")},
        accepted={target: at for target, _, at in reversed(said("accept"))},
        edited=words,
        better=proposals.improved(parts, [t for t in every if t.story.id in told], window),
    )


def _recent(telling: Telling, window: select.Week) -> bool:
    return any(window.since - select.LATE <= item.first_seen < window.until for item in telling.items.values())


def _unreadable(window: select.Week, error: ValueError) -> DigestReport:
    """The issue's own file is broken: it is left alone, and so are its renderings."""
    issue = Issue(week=window.name, number=0, since=window.since, until=window.until, zone=window.zone)
    return DigestReport(issue=issue, frozen=True, problems=(fault(f"digests/{window.name}.json", error),))


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


def _clear(parts: Parts, name: str, suffixes: Iterable[str]) -> None:
    """Take away what stood in for an issue that is there now, unless an editor changed it."""
    for suffix in suffixes:
        stand_in = _readable(parts, name, suffix)
        if stand_in is not None:
            remove_renderings(parts, stand_in, suffix)
