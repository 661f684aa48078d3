"""`init`, `config` and `completion`: getting started."""

from __future__ import annotations

from pathlib import Path

import click
from click.shell_completion import get_completion_class

from .. import app
from .. import config as configuration
from ..shipped import init as write_shipped
from .terminal import Terminal, command


@click.command()
@click.argument("folder", default=".", type=click.Path(file_okay=False, path_type=Path))
@command
def init(terminal: Terminal, folder: Path) -> int:
    """Write a configuration and the seeds folder into FOLDER; nothing that exists is overwritten."""
    written = write_shipped(folder)
    if terminal.json:
        terminal.answer({"written": [str(path) for path in written]})
    for path in written:
        terminal.say(f"wrote {path}")
    if not written:
        terminal.say(f"{folder}: everything is there already; nothing was written")
    terminal.say("next: put your contact address into config/dermai-feed.yaml, then dermai-feed run")
    return 0


@click.group()
def config() -> None:
    """Check or show the configuration."""


@config.command()
@command
def check(terminal: Terminal) -> int:
    """Report every mistake at once, with file, line and key; exit code 2 when there is one."""
    loaded = terminal.config()
    enabled = sum(source.enabled for source in loaded.sources)
    if terminal.json:
        terminal.answer({"ok": True, "sources": len(loaded.sources), "enabled": enabled, "hash": loaded.hash})
    terminal.say(
        f"{terminal.config_path()}: good; {len(loaded.sources)} sources, {enabled} enabled, hash {loaded.hash}"
    )
    return 0


@config.command()
@command
def show(terminal: Terminal) -> int:
    """Show the configuration as it is in force, defaults included, secrets left out."""
    terminal.out.print(configuration.show(app.load(terminal.config_path())), markup=False, end="")
    return 0


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script for SHELL; put it where your shell looks for such."""
    from . import main

    kind = get_completion_class(shell)
    assert kind is not None
    click.echo(kind(main, {}, "dermai-feed", "_DERMAI_FEED_COMPLETE").source())
