"""`conflicts`: fields that an editor and the machine both changed."""

from __future__ import annotations

import click

from .. import app, pipeline
from ..codec import to_python
from ..errors import UsageError
from ..pipeline import conflicts as clashing
from .decide import AS, WHY, told, who_decides
from .terminal import Terminal, command


@click.command()
@click.argument("target", required=False, metavar="[TARGET]")
@click.option("--keep", metavar="FIELD", help="With TARGET: my value stands; this offer is not shown again.")
@click.option("--take", metavar="FIELD", help="With TARGET: take the machine's value at the next run.")
@WHY
@AS
@command
def conflicts(
    terminal: Terminal, target: str | None, keep: str | None, take: str | None, who: str | None, why: str
) -> int:
    """List fields that an editor and the machine both changed: before, yours, the machine's.

    Yours stands in the file until you decide otherwise. TARGET is a file, an id, an address or
    a DOI. Exit code 6 while there are any.
    """
    field = keep or take
    if (keep and take) or (field and not target):
        raise UsageError("give TARGET with one of --keep FIELD and --take FIELD")
    with terminal.parts(terminal.config()) as parts:
        now = app.now()
        pipeline.replay(parts, now=now)
        if field and target:
            decide = clashing.keep if keep else clashing.take
            told(terminal, decide(parts, target, field, now=now, who=who_decides(who), why=why))
            return 0
        found = clashing.conflicts(parts, target or "")
    if terminal.json:
        terminal.answer([to_python(conflict) for conflict in found])
    for conflict in found:
        clash = conflict.clash
        terminal.say(f"{clash.path}: {clash.field}\n  before   {clash.base or '(not known)'}")
        terminal.say(f"  yours    {clash.theirs or '(removed)'}\n  machine  {clash.ours or '(removed)'}")
        terminal.say(f"    dermai-feed conflicts {conflict.story} --keep '{clash.field}'   or --take '{clash.field}'")
    if not found:
        terminal.say("no conflicts")
    return pipeline.NEEDS_A_HUMAN if found else 0
