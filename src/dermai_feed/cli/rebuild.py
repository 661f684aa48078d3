"""`rebuild`: a new database from files, ledger and log."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from .. import app
from ..codec import to_python
from ..config import Config
from ..errors import UsageError
from ..pipeline import rebuild as building
from .run import WAIT
from .terminal import Terminal, command


@click.command()
@WAIT
@command
def rebuild(terminal: Terminal, wait: float) -> int:
    """Make a new database from files, ledger and log alone; the old one is kept beside it.

    The same ids, groups, canonical items and files come out; sources are asked anew, and what
    they say is known already. A rebuild that dies is simply started again. With PostgreSQL, name
    an empty database in the configuration first. Exit code 6 when a line or file was left out.
    """
    config = terminal.config()
    with app.locked(config, wait=wait, beside_daemon=False):
        place, path = _place(config)
        with terminal.parts(place) as parts:
            if path is None and parts.store.items.ids():
                raise UsageError("store.database is not empty; name a new one for the rebuild, then compare by verify")
            done = building.rebuild(parts, now=app.now())
        kept = _put_in_place(path) if path else None
    if terminal.json:
        terminal.answer(to_python(done))
    terminal.say(f"{done.items} items, {done.stories} stories, {done.files} files, {done.decisions} decisions")
    if kept:
        terminal.say(f"the database before is kept as {kept}")
    for problem in done.problems:
        terminal.say(f"{problem.where}: {problem.what}; {problem.hint}")
    return 6 if done.problems else 0


def _place(config: Config) -> tuple[Config, Path | None]:
    """Where the new database grows, so that a rebuild that dies leaves the old one in place."""
    if not config.database.startswith("sqlite:///"):
        return config, None
    path = Path(config.database.removeprefix("sqlite:///"))
    growing = path.with_name(path.name + ".rebuild")
    for old in _with_companions(growing):
        old.unlink(missing_ok=True)
    return replace(config, database=f"sqlite:///{growing}"), path


def _put_in_place(path: Path) -> Path | None:
    growing, before = path.with_name(path.name + ".rebuild"), path.with_name(path.name + ".before-rebuild")
    kept = None
    if path.exists():
        for old, new in zip(_with_companions(path), _with_companions(before), strict=True):
            new.unlink(missing_ok=True)
            if old.exists():
                old.rename(new)
        kept = before
    for old, new in zip(_with_companions(growing), _with_companions(path), strict=True):
        if old.exists():
            old.rename(new)
    return kept


def _with_companions(path: Path) -> tuple[Path, ...]:
    """A SQLite file and the two beside it; the file itself last, so that it never stands without them."""
    return path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm"), path
