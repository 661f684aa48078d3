"""`replay`: read what sources had answered again, without the network."""

from __future__ import annotations

import click

from .. import app, pipeline
from ..codec import to_python
from ..pipeline.collect import triage_pending
from ..pipeline.reparse import Replayed
from ..pipeline.reparse import replay as read_again
from .run import WAIT, day_of
from .sources import named
from .terminal import Terminal, command

SHOWN = 20  # changes of one source that are listed


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]…")
@click.option("--since", metavar="DATE", help="Only what was answered since this day (YYYY-MM-DD, UTC).")
@click.option("--dry-run", is_flag=True, help="Show what would change and store nothing.")
@WAIT
@command
def replay(terminal: Terminal, sources: tuple[str, ...], since: str | None, dry_run: bool, wait: float) -> int:
    """Read what sources had answered again: all of it, or that of these.

    After a parser was mended: items that read otherwise become their next version, entries
    that could not be read before are new, the rest stays. `dermai-feed run` then matches and
    publishes what has changed. Exit code 6 when a document can still not be read.
    """
    config = terminal.config()
    only, moment, now = [source.id for source in named(config, sources)], day_of(since), app.now()
    found = []
    with terminal.parts(config, wait=wait) as parts:
        pipeline.catch_up(parts, now=now)
        for one in read_again(parts, now=now, only=only, since=moment, dry=dry_run):
            found.append(one)
            _show(terminal, one, dry=dry_run)
        if not dry_run:
            triage_pending(parts, now)
    if terminal.json:
        terminal.answer([to_python(one) for one in found])
    if not found:
        terminal.say("nothing was kept of them; retention.bodies says for how long")
    elif any(one.new or one.updated for one in found) and not dry_run:
        terminal.say("dermai-feed run matches and publishes it")
    return pipeline.NEEDS_A_HUMAN if any(one.failures or one.problems for one in found) else 0


def _show(terminal: Terminal, one: Replayed, *, dry: bool) -> None:
    would = "would be " if dry else ""
    failures = "".join(f", {count} cannot be read: {failure}" for failure, count in sorted(one.failures.items()))
    terminal.say(
        f"{one.source_id}: {one.documents} documents, {one.entries} entries: {len(one.new)} {would}new, "
        f"{len(one.updated)} {would}updated, {one.unchanged} unchanged{failures}"
    )
    for id_ in one.new[:SHOWN]:
        terminal.say(f"  new {id_}: {one.titles[id_]}")
    for change in one.changes[:SHOWN]:
        terminal.say(f"  {change.item_id} {change.field}: {change.was[:200]!r} → {change.now[:200]!r}")
    more = max(0, len(one.new) - SHOWN) + max(0, len(one.changes) - SHOWN)
    if more:
        terminal.say(f"  and {more} more; --json lists all")
    for problem in one.problems:
        terminal.say(f"  {problem.where}: {problem.what}")
