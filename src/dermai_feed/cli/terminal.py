"""What every command shares: options, the console, and how answers and errors are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bar

from .. import app
from ..config import Config
from ..errors import DermaiError
from ..pipeline.parts import Parts, Progress

P = ParamSpec("P")


class Terminal:
    """Where a command reads its options from and prints to.

    `json`: answers go to standard output as one JSON object; nothing else does. Progress and
    logs go to standard error, and progress only when it is a terminal. rich obeys NO_COLOR.
    """

    def __init__(self, *, config: str | None, as_json: bool, verbose: int, quiet: bool) -> None:
        self._given = config
        self.json = as_json
        self.quiet = quiet
        self.out = Console(highlight=False, soft_wrap=True, emoji=False)
        self.err = Console(stderr=True, highlight=False, soft_wrap=True, emoji=False)
        app.log_to_stderr(verbose, as_json=as_json)

    def config_path(self) -> Path:
        """The configuration file, see app.find_config."""
        return app.find_config(self._given)

    def config_place(self) -> Path:
        """Where the configuration file is or would be."""
        return app.config_places(self._given)[0]

    def config(self) -> Config:
        """The configuration, checked; its warnings are shown."""
        config = app.load(self.config_path())
        if not self.quiet:
            for warning in config.warnings:
                self.err.print(_printable(f"warning: {warning}"), markup=False)
        return config

    @contextmanager
    def parts(
        self, config: Config, *, wait: float | None = None, beside_daemon: bool = True, worker: bool = False
    ) -> Iterator[Parts]:
        """The program, opened; under the lock when `wait` (seconds) is given, see locks.locked."""
        with self._progress() as progress:
            if wait is None:
                with app.assemble(config, progress=progress, worker=worker) as parts:
                    yield parts
            else:
                with (
                    app.locked(config, wait=wait, beside_daemon=beside_daemon),
                    app.assemble(config, progress=progress) as parts,
                ):
                    yield parts

    @contextmanager
    def _progress(self) -> Iterator[Progress]:
        if self.quiet or self.json or not self.err.is_terminal:
            yield _silent
            return
        columns = (TextColumn("{task.description:<9}"), BarColumn(), MofNCompleteColumn())
        with Bar(*columns, console=self.err, transient=True) as bar:
            tasks: dict[str, Any] = {}

            def show(step: str, done: int, total: int, /) -> None:
                if step not in tasks:
                    tasks[step] = bar.add_task(step, total=total)
                bar.update(tasks[step], completed=done, total=total)

            yield show

    def answer(self, value: Any) -> None:
        """Print `value` (plain data) as JSON."""
        click.echo(json.dumps(value, ensure_ascii=False, indent=2, sort_keys=False))

    def say(self, text: str = "") -> None:
        """Print `text` for a person; nothing with --json or --quiet.

        What came from outside may hold escape sequences for terminals (O-04): they are shown, not obeyed.
        """
        if not self.json and not self.quiet:
            self.out.print(_printable(text), markup=False)

    def tell(self, text: str, *, end: str = "\n") -> None:
        """Print `text` for the person who is asked, on standard error, whatever the options say."""
        self.err.print(_printable(text), markup=False, end=end)

    def complain(self, text: str) -> None:
        """With --quiet, where nothing else was said: `text` on standard error."""
        if self.quiet and not self.json:
            click.echo(f"dermai-feed: {_printable(text)}", err=True)


def _silent(_step: str, _done: int, _total: int, /) -> None:
    pass


def _printable(text: str) -> str:
    return "".join(c if c.isprintable() or c == "\n" else c.encode("unicode_escape").decode() for c in text)


def command(function: Callable[Concatenate[Terminal, P], int | None]) -> Callable[P, None]:
    """Give `function` a `Terminal` and the options all commands share; errors become words and codes.

    Its return value is the exit code, None is 0.
    """

    @click.option("--config", "-c", "config", metavar="FILE", help="Configuration [config/dermai-feed.yaml].")
    @click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object on standard output.")
    @click.option("--verbose", "-v", count=True, help="Say more on standard error; twice for everything.")
    @click.option("--quiet", "-q", is_flag=True, help="Say nothing when all is well.")
    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> None:
        words: dict[str, Any] = {name: kwargs.pop(name) for name in ("config", "as_json", "verbose", "quiet")}
        try:
            code = function(Terminal(**words), *args, **kwargs)
        except DermaiError as error:
            fail(error, as_json=bool(words["as_json"]))
        except app.Stopped as stopped:
            click.echo(f"dermai-feed: stopped by {stopped}; what was in hand is asked again next time", err=True)
            sys.exit(0)
        sys.exit(code or 0)

    return wrapped


def fail(error: DermaiError, *, as_json: bool) -> None:
    """Print `error` and leave with its exit code."""
    if as_json:
        click.echo(json.dumps({"error": str(error), "exit_code": error.exit_code}, ensure_ascii=False))
    for line in str(error).splitlines():
        click.echo(f"dermai-feed: {line}", err=True)
    sys.exit(error.exit_code)
