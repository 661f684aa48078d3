"""Digest: choose the week's stories once, freeze the choice, render it.

`digests/2026-W47.json` is the issue and everything else a rendering of it (decision 7).
Within its week an issue is chosen again at every run; once the week is over nothing
touches it. A degraded choice never takes the place of a good one (promise 7), and a
rendering that an editor has changed by hand is left as it is (D-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import failpoint, schedule
from ..model import Health, Item, Problem, Source, SourceState, Verdict
from ..publish import digest as rendering
from ..publish import files, select
from ..publish.issue import Coverage, Issue, Note, NoteBox
from .parts import Parts
from .publish import tell

HELD_SHOWN = 30  # held items listed by name; the rest is counted
_FILE = re.compile(r"(\d{4}-W\d\d)\.json")
_ADDRESS = re.compile(r"^https?://\S+: ")  # the name says which source it is


@dataclass(frozen=True, kw_only=True, slots=True)
class DigestReport:
    """The issue of a week, and what became of its files."""

    issue: Issue
    paths: tuple[str, ...] = ()  # below the corpus, every rendering
    written: tuple[str, ...] = ()
    kept_good: bool = False  # a good issue of the week stands; this degraded one lies beside it
    problems: tuple[Problem, ...] = ()


def digest(parts: Parts, *, now: datetime, force: bool = False) -> DigestReport:
    """Choose and write the issue of the week that holds `now` (UTC).

    `force` renders over a file that an editor has changed.
    """
    week = select.week_of(now, parts.config.digest.zone)
    issues = earlier_issues(parts, week.name)
    issue = select.choose(
        tell(parts, parts.store.stories.all()),
        issues,
        week=week,
        number=len(issues) + 1,
        notes=_notes(parts, week),
        coverage=_coverage(parts, week),
        config=parts.config.hash[:12],
        degraded=degraded(parts),
    )
    return _write(parts, issue, force=force)


def earlier_issues(parts: Parts, week: str) -> tuple[Issue, ...]:
    """The frozen issues of the weeks before `week`, oldest first, read from the corpus."""
    folder = parts.corpus / "digests"
    found = sorted(path for path in folder.glob("*.json") if _FILE.fullmatch(path.name) and path.stem < week)
    return tuple(rendering.from_json(path.read_bytes()) for path in found)


def degraded(parts: Parts) -> str:
    """Why a digest made now rests on too little, in words; empty when it does not.

    It does when more than half of the sources that are asked over the network fail, by what
    is stored of their last poll: so a second run says the same as the first.
    """
    asked = _asked(parts)
    down = [source for source, state in asked if is_down(state)]
    if not asked or len(down) * 2 <= len(asked):
        return ""
    if all(state.last_success is None for _, state in asked):
        return f"archive, sources unreachable: none of {len(asked)} sources has ever answered"
    return f"{len(down)} of {len(asked)} sources did not answer when they were last asked"


def is_down(state: SourceState) -> bool:
    """Whether the last poll of a source failed or never got out."""
    return state.failure is not None or state.why == "offline"


def _asked(parts: Parts) -> list[tuple[Source, SourceState]]:
    states = parts.store.sources.states()
    return [
        (source, states[source.id])
        for source in parts.config.sources
        if source.enabled and source.kind != "folder" and source.id in states and states[source.id].last_try
    ]


# --------------------------------------------------------------------------- what editors are told


def _notes(parts: Parts, week: select.Week) -> tuple[NoteBox, ...]:
    items = parts.store.items.seen_between(week.since, week.until)
    verdicts = parts.store.items.verdicts([item.id for item in items])
    return (
        _held(items, verdicts),
        _listed(parts, items, verdicts),
        _repairs(items),
        _sources(parts),
    )


def _held(items: Sequence[Item], verdicts: Mapping[str, Verdict]) -> NoteBox:
    held = [item for item in items if item.id in verdicts and verdicts[item.id].decision == "review"]
    held.sort(key=lambda item: (-verdicts[item.id].score, item.id))
    notes = tuple(
        Note(text=item.title, why=verdicts[item.id].because, id=item.id, url=item.url) for item in held[:HELD_SHOWN]
    )
    return NoteBox(title="Held for you", notes=notes, more=max(0, len(held) - HELD_SHOWN))


def _listed(parts: Parts, items: Sequence[Item], verdicts: Mapping[str, Verdict]) -> NoteBox:
    """Items that a file lists as related and that are not on its story: judged, and shown."""
    homes = parts.store.stories.of_items([i for item in items for i in (item.id, item.listed_by) if i])
    notes = []
    for item in items:
        if item.listed_by is None or homes.get(item.id) == homes.get(item.listed_by):
            continue
        verdict = verdicts.get(item.id)
        because = verdict.because if verdict else "not judged yet"
        notes.append(Note(text=item.title, why=f"listed as related, but not on that story; {because}", id=item.id))
    return NoteBox(title="Listed as related, found unrelated", notes=tuple(sorted(notes, key=lambda note: note.id)))


def _repairs(items: Sequence[Item]) -> NoteBox:
    notes = tuple(
        Note(text=f"{repair.was} → {repair.now}", why=f"{repair.field}, {repair.rule}", id=item.id)
        for item in sorted(items, key=lambda item: item.id)
        if item.imported
        for repair in item.repairs
    )
    return NoteBox(title="Repaired in imported files", notes=notes[:HELD_SHOWN], more=max(0, len(notes) - HELD_SHOWN))


def _sources(parts: Parts) -> NoteBox:
    """Source health: one line per state and failure, never one per poll (FIELD §3, 12)."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for source, state in _asked(parts):
        if is_down(state) or state.health in {Health.MOVED, Health.QUIET, Health.GONE, Health.BLOCKED, Health.BROKEN}:
            moment, words = schedule.told(state)
            words = "out of reach while we were offline" if state.why == "offline" else _ADDRESS.sub("", words)
            since = f"since {moment:%Y-%m-%d}" if moment else ""
            health = "failing" if state.health in {Health.OK, Health.NEW} else state.health.value
            if state.why == "offline":
                health = "not reached"
            groups.setdefault((health, since, words), []).append(source.name)
    notes = tuple(
        Note(text=", ".join(sorted(names)), why=", ".join(part for part in why if part))
        for why, names in sorted(groups.items())
    )
    return NoteBox(title="Sources that need a look", notes=notes)


def _coverage(parts: Parts, week: select.Week) -> Coverage:
    asked = _asked(parts)
    return Coverage(
        counted=parts.store.runs.coverage(week.since, week.until),
        sources_asked=len(asked),
        sources_down=tuple(sorted(source.id for source, state in asked if is_down(state))),
    )


# --------------------------------------------------------------------------- files


def _write(parts: Parts, issue: Issue, *, force: bool) -> DigestReport:
    standing = _standing(parts, issue.week)
    kept_good = bool(issue.degraded and standing and not standing.degraded)
    documents = rendering.documents(issue, suffix=".degraded" if kept_good else "")
    failpoint.hit("digest.after_render")
    ours = {d.path: d.text for d in rendering.documents(standing)} if standing else {}
    written, problems = [], []
    for document in documents:
        there = files.read(parts.corpus, document.path)
        if there == document.text:
            continue
        by_hand = there is not None and not kept_good and there != ours.get(document.path)
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
        issue=issue, paths=tuple(d.path for d in documents), written=tuple(written), kept_good=kept_good,
        problems=tuple(problems),
    )  # fmt: skip


def _standing(parts: Parts, week: str) -> Issue | None:
    text = files.read(parts.corpus, f"digests/{week}.json")
    return rendering.from_json(text) if text else None
