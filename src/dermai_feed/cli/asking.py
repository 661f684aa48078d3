"""Asking a person, record by record, what an import shall do with what is not clear (`import --interactive`)."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TextIO

from ..errors import UsageError
from ..pipeline.imports import Wish
from ..pipeline.preview import Foreseen, Preview
from .terminal import Terminal

_WORDS = {"y": "take it in", "n": "leave it out", "m": "take it in: it is the same work", "q": "ask no more"}
_LONG = {"yes": "y", "no": "n", "merge": "m", "quit": "q"}


@dataclass(slots=True)
class Answers:
    """What a person said to the records that are not clear, by item id."""

    yes: set[str] = field(default_factory=set)
    no: set[str] = field(default_factory=set)
    open: set[str] = field(default_factory=set)  # not answered: asked again next time
    same: dict[str, str] = field(default_factory=dict)  # new item -> the known one that is the same work

    def wish(self, wish: Wish) -> Wish:
        """`wish` with these answers."""
        return replace(
            wish, chosen=frozenset(self.yes), left_out=frozenset(self.no), open=frozenset(self.open),
            same=tuple(self.same.items()),
        )  # fmt: skip


@contextmanager
def keyboard() -> Iterator[TextIO]:
    """Where the answers come from: standard input, or the terminal itself while a file comes in by standard input.

    Raises: errors.UsageError when there is no terminal.
    """
    if sys.stdin.isatty():
        yield sys.stdin
        return
    try:
        terminal = Path("/dev/tty").open(encoding="utf-8", errors="replace")  # noqa: SIM115 - closed below
    except OSError:
        raise UsageError(
            "--interactive asks in a terminal, and there is none here; --dry-run shows what would be asked"
        ) from None
    with terminal:
        yield terminal


def ask(terminal: Terminal, seen: Preview, answers: TextIO) -> Answers:
    """Ask about every record of `seen` that is not clear, on standard error; the end of `answers` is as good as q."""
    unsure = [record for record in seen.records if record.unsure]
    said = Answers()
    for number, record in enumerate(unsure, 1):
        other = record.other if record.other not in said.no else ""
        _show(terminal, record, f"{number} of {len(unsure)}")
        answer = _answer(terminal, "ynmq" if other else "ynq", answers)
        if answer == "q":
            said.open = {left.item for left in unsure[number - 1 :]}
            terminal.tell(f"{len(said.open)} records were not answered: left out now, asked about again next time")
            break
        (said.no if answer == "n" else said.yes).add(record.item)
        if answer == "m":
            said.same[record.item] = other
    said.same = {new: known for new, known in said.same.items() if known not in said.no | said.open}
    return said


def _show(terminal: Terminal, record: Foreseen, number: str) -> None:
    terminal.tell(f"[{number}] {record.origin}: {record.outcome}: {record.title}")
    terminal.tell(f"    {record.why}")


def _answer(terminal: Terminal, choices: str, answers: TextIO) -> str:
    """One of the letters `choices`. What is none of them is asked again, an empty line is yes."""
    listed = ", ".join(f"{letter} = {_WORDS[letter]}" for letter in choices)
    while True:
        terminal.tell(f"    {listed} [y]: ", end="")
        line = answers.readline()
        if not line:
            terminal.tell("")
            return "q"
        word = line.strip().lower()
        answer = _LONG.get(word, word or "y")
        if len(answer) == 1 and answer in choices:
            return answer
        terminal.tell(f"    {word[:20]!r} is none of them")
