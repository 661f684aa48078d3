"""`sources`: the list of what is collected from, and what polling it has taught.

The configuration is the one truth (decision 14): every command that changes something edits
`sources.yaml`, keeps what people wrote around it, and shows the difference.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import click

from .. import app
from .. import config as configuration
from ..codec import to_python
from ..config import Config
from ..errors import ConfigError, UsageError
from ..export import opml
from ..model import Health, Source
from ..pipeline import status as standing
from ..pipeline.checking import Checked, check
from ..pipeline.moves import proposed
from .terminal import Terminal, command

Changes = Mapping[str, str | bool | None]


@click.group()
def sources() -> None:
    """List, check, pause, resume and correct sources; export the list."""


@sources.command("list")
@click.option("--all", "everything", is_flag=True, help="Disabled ones too, with the reason.")
@click.option("--health", multiple=True, type=click.Choice([h.value for h in Health]), help="Only these; repeatable.")
@click.option("--kind", multiple=True, metavar="KIND", help="Only these kinds; repeatable.")
@click.option("--match", "text", metavar="TEXT", help="Only those with TEXT in id, name or address.")
@command
def list_(
    terminal: Terminal, everything: bool, health: tuple[str, ...], kind: tuple[str, ...], text: str | None
) -> int:
    """One line per source: health, when it is asked next, and why then.

    A source that is not well says since when and why, in the server's own words where it gave any.
    """
    everything = everything or Health.PAUSED.value in health
    with terminal.parts(terminal.config()) as parts:
        lines = [line for line in standing.source_lines(parts) if everything or line.enabled]
    lines = [line for line in lines if not health or line.health.value in health]
    lines = [line for line in lines if not kind or line.kind in kind]
    if text:
        lines = [line for line in lines if text.lower() in f"{line.id} {line.name} {line.url}".lower()]
    if terminal.json:
        terminal.answer([to_python(line) for line in lines])
        return 0
    width = max((len(line.id) for line in lines), default=0)
    for line in lines:
        if not line.enabled:
            terminal.say(f"{line.id:<{width}}  paused    {line.reason}")
            continue
        since = f"since {line.since:%Y-%m-%d}: " if line.since else ""
        words = f"{since}{line.told}" if line.told else line.why
        terminal.say(f"{line.id:<{width}}  {line.health.value:<8}  next {_moment(line.next_check)}  {words}".rstrip())
    if not lines:
        terminal.say("no such source" if health or kind or text else "no source is enabled; --all lists the others")
    return 0


@sources.command("check")
@click.argument("ids", nargs=-1, metavar="[ID]…")
@command
def check_(terminal: Terminal, ids: tuple[str, ...]) -> int:
    """Ask sources now and say what came, without storing it: all that are enabled, or these.

    One line each: reachable, kind, entries, newest date, how many are relevant, hints about
    how often to ask, and what to change. Not twice within five minutes; exit code 4 when none
    of those asked could be reached.
    """
    config = terminal.config()
    chosen = named(config, ids) if ids else [source for source in config.sources if source.enabled]
    if empty := [source.id for source in chosen if not source.url]:
        raise UsageError(f"{', '.join(empty)}: no address yet; write its url into {config.files.sources}")
    found = []
    with terminal.parts(config) as parts:
        for done, one in enumerate(check(parts, chosen, now=app.now()), 1):
            parts.progress("check", done, len(chosen))
            found.append(one)
            terminal.say(_checked(one))
    if terminal.json:
        terminal.answer([to_python(one) for one in found])
    asked = [one for one in found if one.asked]
    return 4 if asked and not any(one.reachable for one in asked) else 0


@sources.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the file and shown with the source.")
@command
def pause(terminal: Terminal, ids: tuple[str, ...], reason: str) -> int:
    """Ask these sources no more, until `resume`; what they have said stays."""
    config = terminal.config()
    chosen = named(config, ids)
    _edit(terminal, config, {source.id: {"enabled": False, "reason": reason} for source in chosen})
    return 0


@sources.command()
@click.argument("ids", nargs=-1, required=True, metavar="ID…")
@command
def resume(terminal: Terminal, ids: tuple[str, ...]) -> int:
    """Ask these sources again, from the next run on."""
    config = terminal.config()
    chosen = named(config, ids)
    if running := [source.id for source in chosen if source.enabled]:
        terminal.say(f"not paused: {', '.join(running)}")
    paused = [source.id for source in chosen if not source.enabled]
    _edit(terminal, config, {id_: {"enabled": None, "reason": None} for id_ in paused})
    return 0


@sources.command()
@click.argument("ids", nargs=-1, metavar="[ID]…")
@click.option("--yes", is_flag=True, help="Write without asking.")
@click.option("--dry-run", is_flag=True, help="Show the difference and write nothing.")
@command
def apply(terminal: Terminal, ids: tuple[str, ...], yes: bool, dry_run: bool) -> int:
    """Write down where sources have moved for good: all of them, or these.

    A permanent redirect is proposed when it was seen on two polls a day apart. A source that
    has moved onto the address of another is disabled instead. The difference is shown first.
    """
    config = terminal.config()
    chosen = {source.id for source in (named(config, ids) if ids else config.sources)}
    with terminal.parts(config) as parts:
        states = parts.store.sources.states()
    moves = [move for move in proposed(config.sources, states) if move.source_id in chosen]
    for move in moves:
        terminal.say(f"{move.source_id}: {move.why}")
    changes = {move.source_id: move.changes for move in moves}
    written = _edit(terminal, config, changes, ask=not yes, dry=dry_run)
    if terminal.json:
        terminal.answer({"proposed": [to_python(move) for move in moves], "written": written})
    if not moves:
        terminal.say("no source has moved")
    return 0


@sources.command()
@click.option("--format", "form", type=click.Choice(["json", "opml"]), default="json", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write here.")
@click.option("--all", "everything", is_flag=True, help="Disabled ones too.")
@command
def export(terminal: Terminal, form: str, out: Path | None, everything: bool) -> int:
    """The list of sources for other programs: JSON, or OPML with the feeds among them.

    Headers, which may hold keys, are left out.
    """
    config = terminal.config()
    listed = [source for source in config.sources if everything or source.enabled]
    text = opml.write(listed) if form == "opml" else configuration.as_json(listed)
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")
        terminal.say(f"wrote {out}")
    return 0


def named(config: Config, ids: Sequence[str]) -> list[Source]:
    """The sources called `ids`. Raises: errors.UsageError naming each that is not there, with those that are near."""
    by_id = {source.id: source for source in config.sources}
    wrong = []
    for id_ in ids:
        if id_ not in by_id:
            near = difflib.get_close_matches(id_, by_id, n=3)
            hint = f"did you mean {', '.join(near)}" if near else "dermai-feed sources list --all names them"
            wrong.append(f"no source {id_!r}; {hint}")
    if wrong:
        raise UsageError("\n".join(wrong))
    return [by_id[id_] for id_ in dict.fromkeys(ids)]


def _edit(
    terminal: Terminal, config: Config, changes: Mapping[str, Changes], *, ask: bool = False, dry: bool = False
) -> bool:
    """Make `changes` in the file of sources and show the difference; whether it was written.

    Raises: errors.UsageError when the file cannot be changed safely; errors.ConfigError when
    the result would not be a good configuration: the file is then as it was.
    """
    path = config.files.sources
    before = after = configuration.read_text(path)
    for id_, change in changes.items():
        after = configuration.set_source(after, id_, change)
    if after == before:
        return False
    name = str(path)
    for line in difflib.unified_diff(before.splitlines(), after.splitlines(), name, name, lineterm="", n=2):
        terminal.say(line)
    if dry:
        return False
    if ask and not _agreed(terminal):
        terminal.say("nothing was written")
        return False
    configuration.replace_text(path, before, after)
    try:
        app.load(terminal.config_path())
    except ConfigError:
        configuration.replace_text(path, after, before)
        raise
    terminal.say(f"wrote {path}")
    return True


def _agreed(terminal: Terminal) -> bool:
    if terminal.json or not terminal.out.is_terminal:
        raise UsageError("there is nobody to ask: --yes writes the change, --dry-run only shows it")
    return click.confirm("write this?")


def _checked(one: Checked) -> str:
    if not one.asked:
        return f"{one.source_id}: not asked: {'; '.join(one.advice)}"
    advice = "".join(f" → {line}" for line in one.advice)
    if not one.reachable:
        return f"{one.source_id}: {one.failure}: {one.failure_text}{advice}"
    kind = f"{one.kind} ({one.found})" if one.found else one.kind
    newest = f"newest {one.newest:%Y-%m-%d}" if one.newest else "no dates"
    share = f"{one.relevant} relevant ({100 * one.relevant // one.entries} %)" if one.entries else "nothing to judge"
    parts = [f"reachable, {one.status or 'a folder'}", kind, f"{one.entries} entries", newest, share, *one.hints]
    return f"{one.source_id}: {' · '.join(parts)}{advice}"


def _moment(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M}" if moment else "at once"
