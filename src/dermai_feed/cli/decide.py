"""Editors' words about stories and pairs of items, their undo, and the log of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, get_args

import click

from .. import app, pipeline
from ..codec import to_python
from ..errors import UsageError
from ..model import Decision, Verb
from ..pipeline import decide as deciding
from .terminal import Terminal, command

F = TypeVar("F", bound=Callable[..., Any])

AS = click.option("--as", "who", metavar="NAME", help="Who decides [DERMAI_WHO, GIT_AUTHOR_NAME, USER].")
WHY = click.option("--reason", "--why", "why", default="", metavar="TEXT", help="Why; it stays in the log.")
WORK = click.option("--work", is_flag=True, help="Speak of works (the same text), not of stories.")
SAME_TARGETS = """Each TARGET is the id of an item or a story, a file, an address or a DOI."""

# A first match counts: what was set for this program, for git, for the machine.
NAMES = ("DERMAI_WHO", "GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "USER", "LOGNAME", "USERNAME")


def who_decides(given: str | None, environ: Mapping[str, str] = os.environ) -> str:
    """The name that goes into the log: `given`, else the first of `NAMES` that is set.

    Raises: errors.UsageError when nobody is named.
    """
    name = (given or next((environ[n] for n in NAMES if environ.get(n, "").strip()), "")).strip()
    if not name or not name.isprintable():
        raise UsageError("nobody is named who decides; use --as NAME, or set DERMAI_WHO")
    return name


def take(
    terminal: Terminal, verb: Verb, targets: tuple[str, ...], who: str | None, why: str,
    value: Mapping[str, object] | None = None,
) -> int:  # fmt: skip
    """Take one decision and say so; the exit code."""
    with terminal.parts(terminal.config()) as parts:
        decision = deciding.decide(
            parts, verb, targets, now=app.now(), who=who_decides(who), value=value or {}, why=why
        )
    told(terminal, decision)
    return 0


def told(terminal: Terminal, decision: Decision) -> None:
    """Print a decision that was taken, and how to take it back."""
    if terminal.json:
        terminal.answer(to_python(decision))
    terminal.say(f"{decision.id}  {_words(decision)}")
    terminal.say(f"the next run carries it out; dermai-feed undo {decision.id} takes it back")


def _words(decision: Decision) -> str:
    shown = {key: value for key, value in decision.value.items() if key in _SHOWN or (key, value) == ("key", "order")}
    value = " ".join(f"{key}={_short(value)}" for key, value in shown.items())
    why = f" ({decision.why})" if decision.why else ""
    return " ".join(part for part in (decision.verb, *decision.target, value) if part) + why


_SHOWN = ("field", "value", "level", "relevance", "newsworthiness")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


# --------------------------------------------------------------------------- pairs


def _pair(verb: Verb, doc: str, *, work: bool) -> click.Command:
    def run(terminal: Terminal, targets: tuple[str, ...], who: str | None, why: str, work: bool = False) -> int:
        if len(targets) < 2:
            raise UsageError(f"{verb}: give two targets or more")
        return take(terminal, verb, targets, who, why, {"level": "work"} if work else {})

    run.__doc__ = f"{doc}\n\n{SAME_TARGETS}"
    made = command(run)
    for option in (WHY, AS, *((WORK,) if work else ())):
        made = option(made)
    return click.command(name=verb)(click.argument("targets", nargs=-1, required=True, metavar="TARGET…")(made))


same = _pair("same", "Say that these tell one story: whatever the weights say, now and after every rebuild.", work=True)
different = _pair(
    "different",
    "Say that these are not one story. A story and an item of it: the item leaves the story.",
    work=True,
)
related = _pair("related", "Say that these are near, and not one story: each is named beside the other.", work=False)


# --------------------------------------------------------------------------- one story


def _single(verb: Verb, doc: str) -> click.Command:
    def run(terminal: Terminal, targets: tuple[str, ...], who: str | None, why: str) -> int:
        return take(terminal, verb, targets, who, why)

    run.__doc__ = f"{doc}\n\n{SAME_TARGETS}"
    made = AS(WHY(command(run)))
    return click.command(name=verb)(click.argument("targets", nargs=-1, required=True, metavar="TARGET…")(made))


accept = _single("accept", "Let a story in, whatever triage said: it is written and may stand in a digest.")
hold = _single("hold", "Put a story back into the queue of editors: no file is made, a file that is there stays.")
reject = _single("reject", "Keep a story out, also when other sources bring it again; its file goes to rejected/.")
unpublish = _single("unpublish", "Set `published: false`.")
pin = _single("pin", "Let this item stand for its work and lead its story.")
promote = _single("promote", "Put a story into the digest, before all others; the reason is shown as an editor's line.")
drop = _single("drop", "Leave a story out of digests; it stays in the corpus.")


@click.command()
@click.argument("targets", nargs=-1, required=True, metavar="TARGET…")
@click.option("--relevance", type=click.IntRange(1, 7), metavar="1…7", help="To dermatology and AI; moves quality.")
@click.option("--newsworthiness", type=click.IntRange(1, 7), metavar="1…7", help="To readers; moves heat.")
@WHY
@AS
@command
def rate(
    terminal: Terminal, targets: tuple[str, ...], relevance: int | None, newsworthiness: int | None, who: str | None,
    why: str,
) -> int:  # fmt: skip
    """Mark a story, 1 (least) to 7 (most); 4 changes nothing. Marks of several editors are averaged.

    What they add stands as a term of its own under `dermai.scores`.
    """
    value = {"relevance": relevance, "newsworthiness": newsworthiness}
    return take(terminal, "rate", targets, who, why, {k: v for k, v in value.items() if v is not None})


# --------------------------------------------------------------------------- the log


@click.command()
@click.argument("ulid", metavar="ULID")
@WHY
@AS
@command
def undo(terminal: Terminal, ulid: str, who: str | None, why: str) -> int:
    """Take a decision back: files become what they were, later edits stay.

    The beginning of a ULID is enough; `last` is the latest decision in force. An undo is a
    decision too, and can be undone.
    """
    with terminal.parts(terminal.config()) as parts:
        decision = deciding.undo(parts, ulid, now=app.now(), who=who_decides(who), why=why)
    told(terminal, decision)
    return 0


@click.command()
@click.argument("target", required=False, metavar="[TARGET]")
@click.option("--verb", type=click.Choice(get_args(Verb)), help="Only decisions of this kind.")
@click.option("--who", default="", metavar="NAME", help="Only those of this person; a part of the name is enough.")
@click.option("--most", "-n", type=click.IntRange(1), metavar="N", help="Only the last N.")
@command
def log(terminal: Terminal, target: str | None, verb: str | None, who: str, most: int | None) -> int:
    """List decisions, oldest first: when, who, what, why, and which are undone.

    TARGET is the id of an item, a story or a decision, a file, an address or a DOI.
    """
    with terminal.parts(terminal.config()) as parts:
        pipeline.replay(parts, now=app.now())
        entries = deciding.history(parts, target=target or "", verb=verb or "", who=who)
    entries = entries[-most:] if most else entries
    if terminal.json:
        terminal.answer([to_python(entry) for entry in entries])
    for entry in entries:
        decision = entry.decision
        undone = f"  [undone by {entry.undone_by}]" if entry.undone_by else ""
        terminal.say(f"{decision.id}  {decision.at:%Y-%m-%d %H:%M}  {decision.who}: {_words(decision)}{undone}")
    if not entries:
        terminal.say("no decisions")
    return 0
