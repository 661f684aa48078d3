"""`backup`, `restore`, `store`, `vacuum`, `retention` and `runs`: keeping the database."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from .. import app, locks
from ..codec import to_python
from ..config import Config
from ..errors import AnotherRun, StoreError, UsageError
from ..pipeline import keeping
from ..pipeline.duties import BACKUP
from ..store import SCHEMA, check_backup, file_of, open_store, restore_file
from .run import WAIT
from .terminal import Terminal, command


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@command
def backup(terminal: Terminal, file: Path | None) -> int:
    """Copy the database while others go on, and check the copy.

    To FILE; without it into the backup folder, where the newest ones are kept. It is a SQLite
    file whatever the database is. The corpus is plain files: keep it in git, or copy it.
    """
    now = app.now()
    with terminal.parts(terminal.config()) as parts:
        kept = keeping.back_up(parts, now=now, to=file.absolute() if file else None)
        if file is None:
            parts.store.duties.done(BACKUP, now, kept.path.name)
    if terminal.json:
        terminal.answer({"path": str(kept.path), "bytes": kept.bytes, "removed": [str(path) for path in kept.removed]})
    terminal.say(f"wrote {kept.path}, {kept.bytes} bytes, checked")
    for path in kept.removed:
        terminal.say(f"removed {path}")
    return 0


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Put it in the place of a database that is there.")
@WAIT
@command
def restore(terminal: Terminal, file: Path, force: bool, wait: float) -> int:
    """Put the backup FILE in the place of the database, after checking it.

    A SQLite database that was there is kept beside it. What editors decided since is in the
    decision log and comes back with the next run.
    """
    config, now = terminal.config(), app.now()
    if (holder := locks.lock(config, "daemon", now).holder()) is not None:
        raise AnotherRun(f"a daemon works on this database ({holder}); stop it first")
    with locks.locked(config, now, wait=wait):
        aside = _restore(config, file, force)
    if terminal.json:
        terminal.answer({"restored": str(file), "before": str(aside) if aside else None})
    terminal.say(f"restored {file}" + (f"; the database of before is {aside}" if aside else ""))
    return 0


def _restore(config: Config, file: Path, force: bool) -> Path | None:
    there = "{}: there is a database already; --force puts the backup in its place"
    version = check_backup(file)
    if (path := file_of(config.database)) is not None:
        if path.exists() and not force:
            raise StoreError(there.format(path))
        return restore_file(file, path)
    with TemporaryDirectory(dir=config.state) as folder:
        if version < SCHEMA:  # the backup itself stays what it is
            file = Path(shutil.copyfile(file, Path(folder) / "older.sqlite"))
            open_store(f"sqlite:///{file}").close()
        _copy_over(config, file, there, force)
    return None


def _copy_over(config: Config, file: Path, there: str, force: bool) -> None:
    with (
        open_store(f"sqlite:///{file.absolute()}", readonly=True) as source,
        open_store(config.database, busy=config.busy, backups=config.backup.folder) as target,
    ):
        if target.meta.corpus_id() is not None and not force:
            raise StoreError(there.format(target.name))
        source.copy_to(target, over=True)


@click.group()
def store() -> None:
    """Move the database to another place or kind."""


@store.command()
@click.option("--to", "url", required=True, metavar="URL", help="postgresql://…, or sqlite:////absolute/path")
@WAIT
@command
def migrate(terminal: Terminal, url: str, wait: float) -> int:
    """Copy everything into an empty database at URL, comparing row for row; nothing is changed here.

    Afterwards name it as `store.database`. A password comes from the environment: ${NAME}.
    """
    config, now = terminal.config(), app.now()
    url = app.database_url(url)
    if url == config.database:
        raise UsageError(f"--to {url.rpartition('@')[2]}: that is the database in use")
    with (
        locks.locked(config, now, wait=wait, beside_daemon=False),
        terminal.parts(config) as parts,
        open_store(url, busy=config.busy, backups=config.backup.folder) as other,
    ):
        counts = parts.store.copy_to(other)
        name = other.name
    rows = sum(counts.values())
    if terminal.json:
        terminal.answer({"to": name, "rows": rows, "tables": counts})
    terminal.say(f"copied {rows} rows of {len(counts)} tables to {name}, compared row for row")
    terminal.say("next: write it into the configuration as store.database")
    return 0


@click.command()
@WAIT
@command
def vacuum(terminal: Terminal, wait: float) -> int:
    """Give the space of deleted rows back to the disk."""
    with terminal.parts(terminal.config(), wait=wait) as parts:
        before = parts.store.size()
        parts.store.vacuum()
        after = parts.store.size()
    if terminal.json:
        terminal.answer({"before": before, "after": after})
    terminal.say(f"{before} bytes before, {after} after")
    return 0


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go, and let nothing go.")
@WAIT
@command
def retention(terminal: Terminal, dry_run: bool, wait: float) -> int:
    """Let go what is older, or more, than the configuration wants: records of runs, and raw documents.

    The daemon does it once a day. Items, decisions and the ledger are never let go.
    """
    with terminal.parts(terminal.config(), wait=wait) as parts:
        gone = keeping.retain(parts, now=app.now(), dry=dry_run)
    if terminal.json:
        terminal.answer(to_python(gone) | {"dry_run": dry_run})
    verb = "would let go" if dry_run else "let go"
    terminal.say(f"{verb}: {gone.runs} records of runs, {gone.bodies} documents of {gone.bytes} bytes")
    return 0


@click.group()
def runs() -> None:
    """List the history of runs, or prune it."""


@runs.command("list")
@click.option("--most", default=20, show_default=True, help="How many, newest first.")
@command
def list_(terminal: Terminal, most: int) -> int:
    """One line per run, newest first."""
    with terminal.parts(terminal.config()) as parts:
        rows = parts.store.runs.last_runs(most)
    if terminal.json:
        terminal.answer([to_python(row) for row in rows])
    for row in rows:
        if row.report is None:
            terminal.say(f"{row.id}  did not end")
            continue
        new = sum(source.new for source in row.report.sources)
        failed = sum(source.outcome == "failed" for source in row.report.sources)
        terminal.say(
            f"{row.id}  {len(row.report.sources)} sources asked, {failed} failed, {new} new items, "
            f"{len(row.report.written)} files, exit code {row.report.exit_code}"
        )
    return 0


@runs.command()
@click.option("--days", type=click.IntRange(min=0), help="Older than this; without it as `retention.runs` says.")
@click.option("--dry-run", is_flag=True, help="Say how many would go, and let none go.")
@WAIT
@command
def prune(terminal: Terminal, days: int | None, dry_run: bool, wait: float) -> int:
    """Forget old runs; never the last one."""
    config = terminal.config()
    seconds = config.retention.runs if days is None else days * 86_400
    with terminal.parts(config, wait=wait) as parts:
        before, history = app.now() - timedelta(seconds=seconds), parts.store.runs
        count = history.ended_before(before) if dry_run else history.prune(before)
    if terminal.json:
        terminal.answer({"pruned": count, "dry_run": dry_run})
    terminal.say(f"{'would forget' if dry_run else 'forgot'} {count} runs")
    return 0
