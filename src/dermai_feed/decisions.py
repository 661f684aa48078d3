"""The decision log on disk: who decided what, when, on which version, and why (decision 1).

`corpus/decisions.jsonl` is the truth about editors' decisions and the database an index of
it. A decision is one line, on disk before anybody is told that it was taken (E-01); it is
never changed, and taken back by a further line. Branches of a repository may each add lines:
git joins them as they are (`GIT_ATTRIBUTES`), reading drops repeats and sorts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from . import journal
from .codec import decode, encode
from .model import Decision, Problem, Verb
from .verbs import active, constraints, founding_item

__all__ = ["GIT_ATTRIBUTES", "Log", "active", "constraints", "founding_item", "next_id", "read", "record"]

# Two branches that both add lines are no conflict: git keeps both sets (gitattributes(5), merge=union).
GIT_ATTRIBUTES = "decisions.jsonl merge=union\nledger/*.jsonl merge=union\n"

TAIL = 256 * 1024  # bytes at the end of the log in which the latest id is looked for

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, as in the ULID specification
_RANDOM_BITS = 80


@dataclass(frozen=True, kw_only=True, slots=True)
class Log:
    """The decision log as read: decisions by id without repeats, and what could not be read."""

    decisions: tuple[Decision, ...] = ()
    problems: tuple[Problem, ...] = ()

    def __iter__(self) -> Iterator[Decision]:
        return iter(self.decisions)


def next_id(now: datetime, random: Callable[[int], bytes], latest: str = "") -> str:
    """A new ULID (github.com/ulid/spec) for a decision taken at `now`, later than `latest`.

    48 bits of milliseconds, 80 random bits from `random` (`os.urandom`). Where the clock has
    not moved since `latest`, or was set back, the id is `latest` plus one: ids sort in the
    order in which the decisions were taken.
    """
    number = int(now.timestamp() * 1000) << _RANDOM_BITS | int.from_bytes(random(_RANDOM_BITS // 8), "big")
    before = _number(latest)
    if number >> _RANDOM_BITS <= before >> _RANDOM_BITS and before:
        number = before + 1
    letters = ""
    for _ in range(26):
        number, digit = divmod(number, 32)
        letters = _ALPHABET[digit] + letters
    return letters


def _number(ulid: str) -> int:
    if len(ulid) != 26 or not set(ulid) <= set(_ALPHABET):
        return 0
    number = 0
    for letter in ulid:
        number = number * 32 + _ALPHABET.index(letter)
    return number


def record(
    path: Path, *, now: datetime, random: Callable[[int], bytes], who: str, verb: Verb, target: tuple[str, ...],
    value: Mapping[str, object] | None = None, seen: str = "", why: str = "",
) -> Decision:  # fmt: skip
    """Append a decision taken at `now` (UTC) to the log at `path`; on disk when this returns.

    `random`: n -> n random bytes. The other arguments are the fields of `Decision`.
    Raises: StoreError naming the file; nothing was decided then.
    """
    taken: list[Decision] = []

    def line(tail: bytes) -> list[str]:
        latest = max((id_ for id_ in _ids(tail)), default="")
        taken.append(
            Decision(
                id=next_id(now, random, latest), at=now, who=who, verb=verb, target=target, value=value or {},
                seen=seen, why=why,
            )
        )  # fmt: skip
        return [encode(taken[0])]

    journal.append(path, line, tail=TAIL)
    return taken[0]


def _ids(tail: bytes) -> Iterator[str]:
    for raw in tail.splitlines():
        try:
            id_ = json.loads(raw)["id"]
        except (ValueError, KeyError, TypeError):
            continue  # `read` names it
        if isinstance(id_, str) and _number(id_):
            yield id_


def read(path: Path) -> Log:
    """The log at `path`: repeats dropped, sorted by id, which is by time and then by id.

    Sorting by the time written beside it would put a decision before what it answers to when
    the clock was set back; a ULID begins with the time and never goes back (`next_id`).
    A line that cannot be read is a Problem and takes no other with it.
    Raises: StoreError when the file cannot be read at all.
    """
    found: dict[str, Decision] = {}
    problems: list[Problem] = []
    for line in journal.lines(path):
        if isinstance(line, Problem):
            problems.append(line)
            continue
        try:
            decision = decode(Decision, line.text)
        except ValueError as error:
            why = str(error).replace("\n", " ")[:200]
            problems.append(
                journal.unreadable(path, line.number, why) if line.whole else journal.torn(path, line.number)
            )
            continue
        if found.setdefault(decision.id, decision) != decision:
            problems.append(
                journal.unreadable(path, line.number, f"decision {decision.id} stands there already, otherwise")
            )
    return Log(decisions=tuple(found[id_] for id_ in sorted(found)), problems=tuple(problems))
