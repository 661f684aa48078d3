"""`verify`: compare database, files, ledger and log."""

from __future__ import annotations

import click

from ..codec import to_python
from ..pipeline import verify as compare
from .terminal import Terminal, command

MOST = 40  # lines; a lost ledger is said of every item


@click.command()
@command
def verify(terminal: Terminal) -> int:
    """Check the database for damage and compare it with files, ledger and log.

    Changes nothing. Exit code 5 when something differs; each difference comes with its mend.
    """
    with terminal.parts(terminal.config()) as parts:
        problems = compare.verify(parts)
    if terminal.json:
        terminal.answer({"ok": not problems, "problems": [to_python(problem) for problem in problems]})
    for problem in problems[:MOST]:
        terminal.say(f"{problem.where}: {problem.what}; {problem.hint}")
    if len(problems) > MOST:
        terminal.say(f"and {len(problems) - MOST} more; --json lists all")
    if not problems:
        terminal.say("database, files, ledger and log agree")
    return 5 if problems else 0
