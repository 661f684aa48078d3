"""`status`: where things stand."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from .. import app
from ..codec import to_python
from ..config.quantities import DURATION
from ..errors import StoreError, UsageError
from ..model import Health, Item, Verdict
from ..pipeline import DEGRADED, NEEDS_A_HUMAN
from ..pipeline import status as standing
from ..pipeline.metrics import metrics
from .terminal import Terminal, command

WELL = {Health.OK, Health.NEW, Health.PAUSED}
MOST = 15  # sources that are named: it is one screen


@click.command()
@click.option("--held", is_flag=True, help="List the items that wait for an editor, with the reason.")
@click.option("--check", is_flag=True, help="For monitoring: exit code 5, 6 or 7 when something is wrong.")
@click.option("--max-age", metavar="15m", help="For monitoring: exit code 1 when no daemon has looked for so long.")
@click.option("--metrics", "as_metrics", is_flag=True, help="The same figures as Prometheus reads them.")
@command
def status(terminal: Terminal, held: bool, check: bool, max_age: str | None, as_metrics: bool) -> int:
    """Show sources by health, queues, totals, last runs, the next digest, disk and versions.

    Exit code 0, unless asked for: with --max-age 1 when the daemon's heartbeat is older; with
    --check 5 for a full disk, 7 for a degraded digest, 6 for a source that is broken or gone.
    """
    age = _duration(max_age) if max_age else None
    moment = app.now()
    with terminal.parts(terminal.config()) as parts:
        if held:
            return _held(terminal, standing.held(parts))
        now = standing.status(parts, now=moment)
    code = _verdict(now, moment, check=check, age=age)
    if as_metrics:
        click.echo(metrics(now), nl=False)
        return code
    if terminal.json:
        terminal.answer(to_python(now))
        return code
    terminal.say(f"dermai-feed {now.version}, configuration {now.config}")
    terminal.say("items: " + (", ".join(f"{count} {decision}" for decision, count in now.items.items()) or "none yet"))
    terminal.say(f"corpus: {now.works} works in {now.stories} stories")
    terminal.say("waiting: " + ", ".join(f"{count} for {queue}" for queue, count in now.queues.items()))
    terminal.say("sources: " + ", ".join(f"{count} {health}" for health, count in sorted(now.health.items())))
    unwell = [line for line in now.sources if line.health not in WELL or (line.enabled and line.failure)]
    unwell.sort(key=lambda line: line.health in WELL)  # those that need a person before those that may mend themselves
    for line in unwell[:MOST]:
        since = f", last answer {_moment(line.last_success)}" if line.last_success else ", no answer yet"
        health = "failing" if line.health in WELL else line.health.value
        terminal.say(f"  {line.id}: {health}{since}: {line.told or line.why}")
    if len(unwell) > MOST:
        terminal.say(f"  and {len(unwell) - MOST} more; dermai-feed sources list shows them")
    if now.names:
        terminal.say(f"names: {now.names} are still to be looked up")
    if now.unknown:
        more = f" and {len(now.unknown) - MOST} more" if len(now.unknown) > MOST else ""
        terminal.say(f"nobody knows {', '.join(now.unknown[:MOST])}{more}; importing one again asks again")
    for run in now.runs:
        outcome = f"exit code {run.report.exit_code}, {len(run.report.written)} files" if run.report else "did not end"
        terminal.say(f"run {run.id} at {_moment(run.started)}: {outcome}")
    if now.heartbeat:
        terminal.say(f"daemon: last looked at {_moment(now.heartbeat)}")
    for worker, count in now.workers.items():
        terminal.say(f"  {worker} has {count} sources in hand")
    closed = f"last closed {now.closed}" + (f", degraded: {now.degraded}" if now.degraded else "")
    due = f"{now.next_digest:%Y-%m-%d %H:%M}" if now.next_digest else "never"
    terminal.say(f"digest: {closed if now.closed else 'none closed yet'}; the daemon closes the next at {due} UTC")
    terminal.say(f"backup: {f'{now.backed_up:%Y-%m-%d %H:%M}' if now.backed_up else 'none yet'}")
    terminal.say(f"disk: {now.disk_free / 2**30:.1f} GiB free, database {now.store_bytes / 2**20:.1f} MiB")
    for name, what in now.alerts.items():
        terminal.say(f"alert: {name}: {what}")
    return code


def _verdict(now: standing.Status, moment: datetime, *, check: bool, age: timedelta | None) -> int:
    if age is not None and (now.heartbeat is None or moment - now.heartbeat > age):
        return 1
    if not check or not now.alerts:
        return 0
    if any(name.startswith("disk ") for name in now.alerts):
        return StoreError.exit_code
    return DEGRADED if "digest" in now.alerts else NEEDS_A_HUMAN


def _duration(text: str) -> timedelta:
    try:
        return timedelta(seconds=DURATION.parse(text))
    except ValueError as error:
        raise UsageError(f"--max-age: {error}") from None


def _held(terminal: Terminal, found: tuple[tuple[Item, Verdict], ...]) -> int:
    if terminal.json:
        terminal.answer([{"item": to_python(item), "verdict": to_python(verdict)} for item, verdict in found])
    for item, verdict in found:
        terminal.say(f"{item.id}  {verdict.score:.2f}  {item.title}\n    {verdict.because}")
    if not found:
        terminal.say("nothing is held")
    return 0


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "at once"
