"""`debug-bundle`: what goes with a bug report."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .. import app
from ..pipeline.bugreport import bug_report
from .terminal import Terminal, command


@click.command(name="debug-bundle")
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@command
def debug_bundle(terminal: Terminal, file: Path | None) -> int:
    """Write what a bug report needs to FILE, or print it: versions, configuration, the last runs, the database's size.

    Secrets, addresses of people and what the corpus says are not in it; read it before you send it.
    """
    with terminal.parts(terminal.config()) as parts:
        report = bug_report(parts, now=app.now())
    if file is None:
        terminal.answer(report)
        return 0
    file.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if terminal.json:
        terminal.answer({"written": str(file)})
    terminal.say(f"wrote {file}; read it before you send it")
    return 0
