"""`status` and `sources`: where things stand."""

from __future__ import annotations

from datetime import datetime

import click

from ..codec import to_python
from ..model import Health, Item, Verdict
from ..pipeline import status as standing
from .terminal import Terminal, command

WELL = {Health.OK, Health.NEW, Health.PAUSED, Health.QUIET}


@click.command()
@click.option("--held", is_flag=True, help="List the items that wait for an editor, with the reason.")
@command
def status(terminal: Terminal, held: bool) -> int:
    """Show sources by health, queues, totals, last runs."""
    with terminal.parts(terminal.config()) as parts:
        if held:
            return _held(terminal, standing.held(parts))
        now = standing.status(parts)
    if terminal.json:
        terminal.answer(to_python(now))
        return 0
    terminal.say(f"dermai-feed {now.version}, configuration {now.config}")
    terminal.say("items: " + (", ".join(f"{count} {decision}" for decision, count in now.items.items()) or "none yet"))
    terminal.say(f"corpus: {now.works} works in {now.stories} stories")
    terminal.say("waiting: " + ", ".join(f"{count} for {queue}" for queue, count in now.queues.items()))
    terminal.say("sources: " + ", ".join(f"{count} {health}" for health, count in sorted(now.health.items())))
    for line in now.sources:
        if line.health not in WELL:
            since = f", last answer {_moment(line.last_success)}" if line.last_success else ", no answer yet"
            words = line.failure_text or (f"now at {line.moved_to}" if line.moved_to else line.why)
            terminal.say(f"  {line.id}: {line.health.value}{since}: {words}")
    for run in now.runs:
        outcome = f"exit code {run.report.exit_code}, {len(run.report.written)} files" if run.report else "did not end"
        terminal.say(f"run {run.id} at {_moment(run.started)}: {outcome}")
    terminal.say(f"disk: {now.disk_free / 2**30:.1f} GiB free")
    return 0


def _held(terminal: Terminal, found: tuple[tuple[Item, Verdict], ...]) -> int:
    if terminal.json:
        terminal.answer([{"item": to_python(item), "verdict": to_python(verdict)} for item, verdict in found])
    for item, verdict in found:
        terminal.say(f"{item.id}  {verdict.score:.2f}  {item.title}\n    {verdict.because}")
    if not found:
        terminal.say("nothing is held")
    return 0


@click.group()
def sources() -> None:
    """List sources and what polling them taught us."""


@sources.command("list")
@click.option("--all", "everything", is_flag=True, help="Disabled ones too, with the reason.")
@command
def list_(terminal: Terminal, everything: bool) -> int:
    """One line per source: health, when it is asked next, and why then."""
    with terminal.parts(terminal.config()) as parts:
        lines = [line for line in standing.source_lines(parts) if everything or line.enabled]
    if terminal.json:
        terminal.answer([to_python(line) for line in lines])
        return 0
    width = max((len(line.id) for line in lines), default=0)
    for line in lines:
        if not line.enabled:
            terminal.say(f"{line.id:<{width}}  disabled  {line.reason}")
            continue
        words = line.failure_text or line.why
        terminal.say(f"{line.id:<{width}}  {line.health.value:<8}  next {_moment(line.next_check)}  {words}".rstrip())
    return 0


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "at once"
