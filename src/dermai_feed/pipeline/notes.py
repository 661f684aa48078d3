"""What an issue says beside its stories: editors' notes, the coverage ledger, whether it is degraded."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from .. import schedule
from ..model import Health, Item, Source, SourceState, Verdict
from ..publish import picking
from ..publish.issue import Coverage, Note, NoteBox
from ..publish.windows import Week
from . import alerts
from .parts import Parts
from .proposals import proposals

HELD_SHOWN = 30  # held items listed by name; the rest is counted
CLOCK_BACK = timedelta(hours=1)  # further back than that no change of clocks and no time server goes
CLOCK_AHEAD = timedelta(days=60)  # a program that ran every week and now finds itself months later
_ADDRESS = re.compile(r"^https?://\S+: ")  # the name says which source it is


def degraded(parts: Parts, window: Week, now: datetime) -> str:
    """Why a digest made at `now` rests on too little, in words; empty when it does not.

    It does when more than half of the sources that are asked over the network fail, by what
    is stored of their last poll: so a second run says the same as the first. Also when the
    clock jumped, because then windows mean nothing, and when nothing came because nobody
    answered. An empty week with healthy sources is no fault.
    """
    if jumped := _clock(parts, window, now):
        return jumped
    asked = asked_sources(parts)
    down = [source for source, state in asked if is_down(state)]
    if asked and len(down) * 2 > len(asked):
        if all(state.last_success is None for _, state in asked):
            return f"archive, sources unreachable: none of {len(asked)} sources has ever answered"
        return f"{len(down)} of {len(asked)} sources did not answer when they were last asked"
    answers = [state.last_success for _, state in asked if state.last_success]
    silent = asked and not any(moment >= window.since for moment in answers)
    if silent and not parts.store.items.seen_between(window.since, window.until):
        return "no source answered within the window, and nothing was seen in it"
    return ""


def _clock(parts: Parts, window: Week, now: datetime) -> str:
    """Whether the clock went back, or far ahead, since the run before this one.

    A week that is closed later is chosen as of its last second: that is no clock gone back.
    """
    runs = [run.started for run in parts.store.runs.last_runs(2)]
    others = [moment for moment in runs if moment != now]
    if not others:
        return ""
    last = max(others)
    if last - now > CLOCK_BACK and window.until - now > timedelta(seconds=1):
        return f"the clock says {now:%Y-%m-%d %H:%M}, earlier than the last run ({last:%Y-%m-%d %H:%M})"
    if now - last > CLOCK_AHEAD:
        return f"the clock says {now:%Y-%m-%d %H:%M}, {(now - last).days} days after the last run"
    return ""


def is_down(state: SourceState) -> bool:
    """Whether the last poll of a source failed or never got out."""
    return state.failure is not None or state.why == "offline"


def asked_sources(parts: Parts) -> list[tuple[Source, SourceState]]:
    """The sources over the network that were asked at least once, with what polling taught us."""
    states = parts.store.sources.states()
    return [
        (source, states[source.id])
        for source in parts.config.sources
        if source.enabled and source.kind != "folder" and source.id in states and states[source.id].last_try
    ]


def coverage(parts: Parts, window: Week) -> Coverage:
    """The figures of the foot, each as the database has it (promise 8)."""
    asked = asked_sources(parts)
    runs = parts.store.runs.between(window.since, window.until)
    brought = parts.store.runs.fetched(window.since, window.until)
    return Coverage(
        counted=parts.store.runs.coverage(window.since, window.until),
        fetched=brought.fetched,
        new=brought.new,
        updated=brought.updated,
        unchanged=brought.unchanged,
        refused=brought.refused,
        # Its moment and not its number within a second: a run that died and its rerun end in the same bytes.
        run=max((run.id.partition("-")[0] for run in runs), default=""),
        sources_asked=len(asked),
        sources_down=tuple(sorted(source.id for source, state in asked if is_down(state))),
    )


# --------------------------------------------------------------------------- what editors are told


def notes(parts: Parts, window: Week) -> tuple[NoteBox, ...]:
    """Everything of the window that needs an editor's eye; boxes without notes are left to the caller."""
    items = parts.store.items.seen_between(window.since, window.until)
    verdicts = parts.store.items.verdicts([item.id for item in items])
    return (
        _held(items, verdicts),
        _uncertain(parts, items),
        _clashes(parts),
        _proposals(parts),
        _listed(parts, items, verdicts),
        _repairs(items),
        _sources(parts),
    )


def _held(items: Sequence[Item], verdicts: Mapping[str, Verdict]) -> NoteBox:
    held = [item for item in items if item.id in verdicts and verdicts[item.id].decision == "review"]
    held.sort(key=lambda item: (-verdicts[item.id].score, item.id))
    found = tuple(
        Note(text=item.title, why=verdicts[item.id].because, id=item.id, url=item.url) for item in held[:HELD_SHOWN]
    )
    return NoteBox(title="Held for you", notes=found, more=max(0, len(held) - HELD_SHOWN))


def _uncertain(parts: Parts, items: Sequence[Item]) -> NoteBox:
    """Pairs that the weights found as likely one story as not, with the question."""
    ids = {item.id for item in items}
    edges = [e for e in parts.store.matching.edges_of(ids) if e.level != "related" and 0.25 <= e.probability <= 0.75]
    names = {item.id: item for item in items} | parts.store.items.items_of({i for e in edges for i in (e.a, e.b)})
    edges.sort(key=lambda e: (abs(e.probability - 0.5), e.a, e.b))
    homes = parts.store.stories.of_items(list(names))
    stories = parts.store.stories.stories(set(homes.values()))
    works = {id_: work.id for story in stories.values() for work in story.works for id_ in work.items}
    pairs: dict[frozenset[str], Note] = {}  # one per pair of works: copies ask the same question again
    for edge in edges:
        if edge.a not in homes or edge.b not in homes:
            continue
        held = "held as one story" if homes[edge.a] == homes[edge.b] else "held apart"
        pairs.setdefault(
            frozenset({works.get(edge.a, edge.a), works.get(edge.b, edge.b)}),
            Note(
                text=f"“{names[edge.a].title}” and “{names[edge.b].title}”", id=f"{edge.a} {edge.b}",
                why=f"{held}; {100 * edge.probability:.0f} % likely to be one",
            ),
        )  # fmt: skip
    found = list(pairs.values())
    return NoteBox(title="Pairs that could be one story", notes=tuple(found[:10]), more=max(0, len(found) - 10))


def _clashes(parts: Parts) -> NoteBox:
    """What editors and sources both changed and nobody has decided; the editor's value stands."""
    return NoteBox(
        title="You and a source both changed this",
        notes=tuple(
            Note(text=f"{c.path}, {c.field}: yours stands", why=f"offered was {c.ours}")
            for _, c in parts.store.stories.clashes()
        ),
    )


def _proposals(parts: Parts) -> NoteBox:
    """Published and edited stories for which a better source came (decision 10); theirs stands."""
    return NoteBox(
        title="A better source for what you published or edited",
        notes=tuple(
            Note(
                text=f"{one.path}: {one.better.title}",
                why=f"{picking.source(one.better)} could speak for it, {picking.source(one.stays)} does; pin one",
                id=one.better.id,
                url=one.better.url,
            )
            for one in proposals(parts)
        ),
    )


def _listed(parts: Parts, items: Sequence[Item], verdicts: Mapping[str, Verdict]) -> NoteBox:
    """Items that a file lists as related and that are not on its story: judged, and shown."""
    homes = parts.store.stories.of_items([i for item in items for i in (item.id, item.listed_by) if i])
    found = []
    for item in items:
        if item.listed_by is None or homes.get(item.id) == homes.get(item.listed_by):
            continue
        verdict = verdicts.get(item.id)
        because = verdict.because if verdict else "not judged yet"
        found.append(Note(text=item.title, why=f"listed as related, but not on that story; {because}", id=item.id))
    return NoteBox(title="Listed as related, found unrelated", notes=tuple(sorted(found, key=lambda note: note.id)))


def _repairs(items: Sequence[Item]) -> NoteBox:
    found = tuple(
        Note(text=f"{repair.was} → {repair.now}", why=f"{repair.field}, {repair.rule}", id=item.id)
        for item in sorted(items, key=lambda item: item.id)
        if item.imported
        for repair in item.repairs
    )
    return NoteBox(title="Repaired in imported files", notes=found[:HELD_SHOWN], more=max(0, len(found) - HELD_SHOWN))


def _sources(parts: Parts) -> NoteBox:
    """Source health: one line per state and failure, never one per poll (FIELD §3, 12); and what else is wrong."""
    groups: dict[tuple[str, str, str], list[str]] = {}
    for source, state in asked_sources(parts):
        if is_down(state) or state.health in {Health.MOVED, Health.QUIET, Health.GONE, Health.BLOCKED, Health.BROKEN}:
            moment, words = schedule.told(state)
            words = "out of reach while we were offline" if state.why == "offline" else _ADDRESS.sub("", words)
            since = f"since {moment:%Y-%m-%d}" if moment else ""
            health = "failing" if state.health in {Health.OK, Health.NEW} else state.health.value
            if state.why == "offline":
                health = "not reached"
            groups.setdefault((health, since, words), []).append(source.name)
    found = tuple(
        Note(text=", ".join(sorted(names)), why=", ".join(part for part in why if part))
        for why, names in sorted(groups.items())
    )
    # Without the figures of this moment, which would make the same issue another one at each run.
    others = (
        Note(text=f"{name.partition(' ')[0]} {name.rpartition('/')[2].rpartition(' ')[2]}", why=what)
        for name, (what, _) in sorted(alerts.standing(parts).items())
        if name.startswith(("disk ", "mail "))
    )
    return NoteBox(title="Sources that need a look", notes=(*found, *others))
