"""From a form to a decision: the same functions that the commands call, and one winner where two editors meet."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from .. import decisions
from ..errors import StoreError, UsageError
from ..failpoint import hit
from ..model import Decision, Verb
from ..pipeline import conflicts as clashing
from ..pipeline import decide as deciding
from ..pipeline.journal import replay
from ..pipeline.parts import Parts
from ..verbs import PAIR_VERBS
from . import queues
from .sessions import Session

SINGLE: tuple[Verb, ...] = (
    "accept", "reject", "hold", "publish", "unpublish", "promote", "drop", "pin", "rate",
)  # fmt: skip
VERBS: tuple[Verb, ...] = (*SINGLE, *PAIR_VERBS)
assert set(VERBS) <= set(get_args(Verb))


class Fields:
    """The fields of a form, each with its values in order."""

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        self.pairs = tuple(pairs)

    def one(self, name: str) -> str:
        """The last value of a field; empty when there is none."""
        return next((value for key, value in reversed(self.pairs) if key == name), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of a field, without repeats."""
        return tuple(dict.fromkeys(value for key, value in self.pairs if key == name))


class BadForm(Exception):
    """The form asks for something that cannot be; the words are for the editor."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stale(Exception):
    """What the form showed has changed since: what stands now, and who said so (E-09)."""

    wanted: str
    stands: tuple[str, ...]


class Desk:
    """Takes decisions, one at a time: of two that answer to the same version the first counts."""

    def __init__(self, parts: Parts, who: str, now: Callable[[], datetime]) -> None:
        self._parts, self._who, self._now = parts, who, now
        self._lock = threading.Lock()

    def act(self, kind: str, session: Session, form: Fields) -> Decision | None:
        """Carry out a form of this kind; None when it has acted before (U-10).

        Raises: Stale; BadForm; StoreError, when nothing was decided and the form may come again.
        """
        key = form.one("key")
        if not 16 <= len(key) <= 64:
            raise BadForm("the form is not whole")
        with self._lock:
            if key in session.used:
                return None
            try:
                # A command, or a pull that brought lines of the log, may have decided since the form was shown.
                replay(self._parts, now=self._now())
                taken = {"decide": self._decide, "undo": self._undo, "clash": self._clash}[kind](form)
            except UsageError as error:
                raise BadForm(str(error)) from error
            session.spend(key)
            return taken

    def _decide(self, form: Fields) -> Decision:
        verb = next((v for v in VERBS if v == form.one("verb")), None)
        if verb is None:
            raise BadForm("no such decision")
        shown = [target.partition("|") for target in form.all("target")]
        if not shown:
            raise BadForm("nothing was chosen; mark a story first")
        # A pair speaks of its two items, a pin of one; everything else of the story that holds them.
        as_items = verb in PAIR_VERBS or verb == "pin"
        targets = []
        for id_, _, seen in shown:
            target = queues.known(self._parts, id_)
            if target is None:
                raise BadForm("there is no such story any more")
            if verb in PAIR_VERBS:
                now = queues.version_of_item(self._parts, id_)
            else:
                now = queues.version(self._parts, target)
            if seen != now:
                raise Stale(wanted=f"{verb}: {self._title(target)}", stands=self._stands(target))
            targets.append(id_ if as_items else target)
        first = shown[0][2]
        value = _marks(form) if verb == "rate" else {}
        return self._safely(
            verb,
            lambda: deciding.decide(
                self._parts, verb, targets, now=self._now(), who=self._who, value=value, why=_why(form), seen=first
            ),
        )

    def _undo(self, form: Fields) -> Decision:
        id_ = form.one("decision")
        entry = next((e for e in deciding.history(self._parts) if e.decision.id == id_), None)
        if entry is None:
            raise BadForm("there is no such decision")
        if entry.undone_by:
            stands = (f"undone already, by {entry.undone_by}; undo that to have it back",)
            raise Stale(wanted=f"undo: {entry.decision.verb}", stands=stands)
        return self._safely(
            "undo", lambda: deciding.undo(self._parts, id_, now=self._now(), who=self._who, why=_why(form))
        )

    def _clash(self, form: Fields) -> Decision:
        story, field, seen = form.one("story"), form.one("field"), form.one("seen")
        verb, take = form.one("verb"), clashing.keep
        if verb not in {"keep", "take"}:
            raise BadForm("no such decision")
        if verb == "take":
            take = clashing.take
        found = [
            choice for choice in queues.clashes(self._parts)
            if (choice.conflict.story, choice.conflict.clash.field) == (story, field)
        ]  # fmt: skip
        if not found or found[0].seen != seen:
            clash = found[0].conflict.clash if found else None
            now = (f"yours: {clash.theirs}", f"the machine's: {clash.ours}") if clash else ("it is settled",)
            raise Stale(wanted=f"{verb}: {field}", stands=now)
        return self._safely(
            "pin" if found[0].offer else "undo" if verb == "take" else "edit",
            lambda: take(self._parts, story, field, now=self._now(), who=self._who, why=_why(form)),
        )

    def _safely(self, verb: Verb, decide: Callable[[], Decision]) -> Decision:
        """What `decide` took; also where the log has it and the database was too busy to index it.

        The log is the truth: such a decision is taken, and the next replay indexes it. Asking
        the editor to send the form again would take it twice (U-09).
        """
        log = self._parts.corpus / "decisions.jsonl"
        before = {decision.id for decision in self._parts.store.decisions.all()}
        try:
            hit("ui.before_commit")
            taken = decide()
        except StoreError:
            fresh = [d for d in decisions.read(log) if d.id not in before and (d.who, d.verb) == (self._who, verb)]
            if not fresh:
                raise
            taken = fresh[-1]
        hit("ui.after_commit")
        return taken

    def _title(self, target: str) -> str:
        rows = queues.rows_of(self._parts, [target])
        return rows[0].title if rows else target

    def _stands(self, target: str) -> tuple[str, ...]:
        said = [e for e in deciding.history(self._parts, target=target) if not e.undone_by][-3:]
        words = [
            f"{e.decision.verb} by {e.decision.who}, {e.decision.at:%Y-%m-%d %H:%M} UTC"
            + (f": {e.decision.why}" if e.decision.why else "")
            for e in said
        ]
        row = self._parts.store.stories.document(target)
        return (*words, f"{row.path} or its group changed since") if row else tuple(words) or ("its group changed",)


def _why(form: Fields) -> str:
    """The reason, on one line: the log is read by people."""
    return " ".join(form.one("why").split())[:2_000]


def _marks(form: Fields) -> Mapping[str, object]:
    given = {name: form.one(name) for name in deciding.MARKS}
    return {name: int(text) for name, text in given.items() if text in {"1", "2", "3", "4", "5", "6", "7"}}
