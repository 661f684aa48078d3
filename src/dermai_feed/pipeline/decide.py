"""Decide: an editor's word, from the command line, the review page or an import.

`decide` writes the line into the log first and indexes it after (decision 1); it touches no
file. What follows from it is the next run's: `match` groups anew, `publish` writes. So it needs
no lock, and may be called while a run works.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from .. import decisions
from ..errors import UsageError
from ..model import Decision, Verb
from ..verbs import PAIR_VERBS, active, founding_item
from .journal import replay
from .parts import Parts
from .resolve import Named, other_member, resolve
from .words import settle

MARKS = ("relevance", "newsworthiness")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A line of the log as it is shown: whether it is in force, and what took it back."""

    decision: Decision
    undone_by: str = ""  # the undo in force that takes it back


def decide(
    parts: Parts, verb: Verb, targets: Sequence[str], *, now: datetime, who: str,
    value: Mapping[str, object] | None = None, why: str = "", seen: str = "",
) -> Decision:  # fmt: skip
    """Take a decision: on disk and indexed when this returns.

    `targets` are whatever `resolve` understands; the decision holds ids. `seen` is the version
    that the editor looked at (`version_of`). Raises: errors.UsageError for a target that is
    nothing, or more than one thing, and for a value that the verb does not take; StoreError.
    """
    _check(verb, targets, value or {}, who)
    replay(parts, now=now)
    named = [resolve(parts, text) for text in targets]
    ids = _pair(verb, named) if verb in PAIR_VERBS else _items(named) if verb == "pin" else _stories(named)
    seen = seen or version_of(parts, named[0])
    return record(parts, verb, ids, now=now, who=who, value=value, why=why, seen=seen)


def record(
    parts: Parts, verb: Verb, ids: Sequence[str], *, now: datetime, who: str,
    value: Mapping[str, object] | None = None, why: str = "", seen: str = "",
) -> Decision:  # fmt: skip
    """Append a decision about `ids`, which are taken as they are, and index it. Raises: StoreError."""
    made = record_many(parts, [(verb, tuple(ids), value or {}, why)], now=now, who=who, seen=seen)
    return made[0]


def record_many(
    parts: Parts, words: Iterable[tuple[Verb, tuple[str, ...], Mapping[str, object], str]], *, now: datetime,
    who: str, seen: str = "",
) -> tuple[Decision, ...]:  # fmt: skip
    """Append decisions (verb, ids, value, why), oldest first, and index them. Raises: StoreError."""
    log = parts.corpus / "decisions.jsonl"
    made = []
    for verb, ids, value, why in words:
        decision = decisions.record(
            log, now=now, random=os.urandom, who=who, verb=verb, target=ids, value=value, seen=seen, why=why
        )
        parts.store.decisions.add(decision, log.stat().st_size)
        made.append(decision)
    if made:
        settle(parts)
    return tuple(made)


def undo(parts: Parts, ulid: str, *, now: datetime, who: str, why: str = "") -> Decision:
    """Take back the decision called `ulid` (its beginning is enough, `last` is the latest in force).

    An undo can be undone itself. Raises: errors.UsageError when nothing, or more than one
    decision, is called so, and for one that is taken back already.
    """
    replay(parts, now=now)
    entries = history(parts)
    if ulid == "last":
        found = [entry for entry in entries if not entry.undone_by and entry.decision.verb != "undo"][-1:]
    else:
        found = [entry for entry in entries if entry.decision.id.startswith(ulid.upper())]
    if len(found) != 1:
        words = "no decision" if not found else f"{len(found)} decisions"
        raise UsageError(f"{ulid}: {words} of this id; dermai-feed log lists them")
    (entry,) = found
    if entry.undone_by:
        raise UsageError(f"{entry.decision.id} is undone already, by {entry.undone_by}; undo that to have it back")
    return record(parts, "undo", (entry.decision.id,), now=now, who=who, why=why)


def history(
    parts: Parts, *, target: str = "", verb: str = "", who: str = "",
) -> tuple[Entry, ...]:  # fmt: skip
    """The decisions known to the database, oldest first; `target` is whatever `resolve` understands, or a decision id.

    With `target`: those about the story that holds it, and what took them back.
    Raises: errors.UsageError for a target that is nothing.
    """
    every = parts.store.decisions.all()
    force = {decision.id for decision in active(every)}
    taken: dict[str, str] = {}
    for decision in sorted(every, key=lambda decision: decision.id, reverse=True):
        if decision.verb == "undo" and decision.id not in taken:
            taken |= dict.fromkeys(decision.target, decision.id)
    about = _about(parts, target, every) if target else None
    return tuple(
        Entry(decision=d, undone_by="" if d.id in force else taken.get(d.id, ""))
        for d in every
        if (about is None or d.id in about) and verb in {"", d.verb} and (not who or who.lower() in d.who.lower())
    )


def _about(parts: Parts, target: str, every: Iterable[Decision]) -> set[str]:
    every = tuple(every)
    found = {d.id for d in every if len(target) > 9 and d.id.startswith(target.upper())}
    if not found:
        named = resolve(parts, target)
        items = {item.id for item in named.items}
        if named.story:
            items |= {id_ for work in named.story.works for id_ in work.items}
        found = {d.id for d in every if items.intersection(map(founding_item, d.target))}
    while more := {d.id for d in every if d.verb == "undo" and found.intersection(d.target)} - found:
        found |= more
    return found


def version_of(parts: Parts, named: Named) -> str:
    """The version of a story that an editor sees now: the beginning of the hash of its file, else nothing."""
    row = parts.store.stories.document(named.story.id) if named.story else None
    return row.sha256[:16] if row else ""


# --------------------------------------------------------------------------- targets and values


def _stories(named: Sequence[Named]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.target for one in named))


def _items(named: Sequence[Named]) -> tuple[str, ...]:
    for one in named:
        if one.as_story or len(one.items) > 1:
            story = one.story.id if one.story else one.text
            raise UsageError(f"{one.text}: a pin names one item; dermai-feed why {story} lists those of the story")
    return tuple(dict.fromkeys(one.items[0].id for one in named))


def _pair(verb: Verb, named: Sequence[Named]) -> tuple[str, ...]:
    """The items that a word about a pair ties or keeps apart; a story is meant by its founding item."""
    ids = [one.items[0].id for one in named]
    if verb == "different":
        a, b = named[0], named[1]
        if a.story and b.story and a.story.id == b.story.id and (a.as_story or b.as_story):
            item, story = (b, a) if a.as_story else (a, b)
            assert story.story is not None
            ids = [item.items[0].id, other_member(item, story.story)]
    if len(set(ids)) < len(ids):
        raise UsageError(f"{' '.join(one.text for one in named)}: these are one and the same; give two")
    return tuple(ids)


def _check(verb: Verb, targets: Sequence[str], value: Mapping[str, object], who: str) -> None:
    if not who.strip():
        raise UsageError("nobody is named who decides; use --as NAME, or set DERMAI_WHO")
    least = 2 if verb in PAIR_VERBS else 1
    if len(targets) < least:
        raise UsageError(f"{verb} needs {least} target{'s' if least > 1 else ''}")
    checks: Mapping[str, Callable[[Mapping[str, object]], str]] = {"rate": _rating_fault, "edit": _edit_fault}
    if verb in checks and (fault := checks[verb](value)):
        raise UsageError(f"{verb}: {fault}")


def _rating_fault(value: Mapping[str, object]) -> str:
    given = {name: value[name] for name in MARKS if value.get(name) is not None}
    if not given:
        return "give --relevance or --newsworthiness, 1 (least) to 7 (most)"
    for name, mark in given.items():
        if isinstance(mark, bool) or not isinstance(mark, int | float) or not 1 <= mark <= 7:
            return f"{name} {mark!r} is not from 1 to 7"
    return ""


def _edit_fault(value: Mapping[str, object]) -> str:
    field = value.get("field")
    if not isinstance(field, str) or not field or field.partition(".")[0] in {"dermai", "secured"}:
        return f"{field!r} is no field that an editor sets"
    return "" if "value" in value else "no value is given; null removes the field"
