"""`lint`: what is wrong in story files, for people and for CI."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from .. import app, checks
from ..errors import DermaiError, UsageError
from ..publish import files
from ..publish.frontmatter import PageError, read
from ..shipped import shipped_config
from ..triage import Triage
from .terminal import Terminal, command

BAD = 6  # files need a human


@click.command()
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path), metavar="[PATH…]")
@click.option("--fix", is_flag=True, help="Make the safe repairs: mojibake, publishers' names, doubles in `related`.")
@click.option("--strict", is_flag=True, help="Warnings fail as well.")
@click.option("--format", "form", type=click.Choice(["text", "json", "github"]), default="text", show_default=True)
@command
def lint(terminal: Terminal, paths: tuple[Path, ...], fix: bool, strict: bool, form: str) -> int:
    """Check story files offline: schema, encoding, publishers, addresses, dates, `related`, images.

    PATHs are files and folders, with or without a configuration; without any, the corpus.
    Exit code 6 when there is an error (with --strict, or a warning); notices never fail.
    """
    config = app.load(_config(terminal, needed=not paths))
    looked_up = checks.Rules(providers=config.providers, matching=config.matching, triage=Triage(config.triage))
    chosen = checks.story_files(paths or (config.corpus / "news",))
    mended = [path for path in chosen if fix and _fix(path, looked_up)]
    findings = checks.lint(chosen, looked_up)
    counts = Counter(finding.severity for finding in findings)
    if terminal.json or form == "json":
        terminal.answer({"files": len(chosen), "fixed": [str(p) for p in mended], "findings": checks.as_json(findings)})
    elif form == "github":
        for finding in findings:
            click.echo(checks.as_github(finding))
    else:
        for finding in findings:
            terminal.say(checks.as_text(finding))
        words = ", ".join(f"{counts[severity]} {severity}s" for severity in ("error", "warning", "notice"))
        terminal.say(f"{len(chosen)} files: {words}" + (f"; {len(mended)} mended" if fix else ""))
    return BAD if counts["error"] or (strict and counts["warning"]) else 0


def _config(terminal: Terminal, *, needed: bool) -> Path:
    """The configuration, or the shipped one where plain folders are checked and there is none."""
    try:
        return terminal.config_path()
    except UsageError:
        if needed:
            raise
        return shipped_config()


def _fix(path: Path, looked_up: checks.Rules) -> bool:
    """Whether the safe repairs changed the file; one that somebody saves meanwhile is left to them."""
    try:
        page = read(path.read_bytes(), str(path))
        text = checks.fixed(page, looked_up.providers)
        return text != page.text and bool(files.write(path.parent.resolve(), path.name, text, page.text))
    except (PageError, OSError):
        return False  # lint names what cannot be read
    except DermaiError as error:
        raise UsageError(f"{path}: {error}") from error
