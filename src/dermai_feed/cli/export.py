"""`export`: the corpus for other programs, or the whole of it for another machine."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from .. import app
from ..errors import UsageError
from ..export import EXPORTERS, opml
from ..pipeline import bundles, exports
from ..pipeline.exports import Each
from .run import WAIT
from .terminal import Terminal, command

FORMATS = (*EXPORTERS, "opml", "front-matter", "bundle")


@click.command()
@click.option("--format", "form", type=click.Choice(FORMATS), required=True, help="What is written.")
@click.option("--out", type=click.Path(path_type=Path), metavar="PATH", help="Where to; standard output otherwise.")
@click.option(
    "--each", type=click.Choice(["work", "item"]), default="work", show_default=True,
    help="One record for each work, or one for each item that was collected of it.",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="What is held or rejected too.")
@WAIT
@command
def export(terminal: Terminal, form: str, out: Path | None, each: Each, everything: bool, wait: float) -> int:
    """Write the accepted works as citations, a table or JSON lines, the feeds as OPML, the files, or a bundle.

    A bundle is a zip of corpus, decisions, ledger and configuration; `dermai-feed import` takes it
    back whole on another machine.
    """
    config = terminal.config()
    if form in {"bundle", "front-matter"}:
        if out is None:
            raise UsageError(f"--format {form} writes files; name a place with --out")
        with app.locked(config, wait=wait):
            count = bundles.pack(config, out, now=app.now()) if form == "bundle" else _files(config.corpus, out)
        if terminal.json:
            terminal.answer({"format": form, "out": str(out), "files": count})
        terminal.say(f"{count} files written to {out}")
        return 0
    if form == "opml":
        count = _write(iter([opml.write(config.sources)]), out)
    else:
        with terminal.parts(config) as parts:
            count = _write(EXPORTERS[form](exports.records(parts, each=each, everything=everything)), out)
    if out is not None:
        if terminal.json:
            terminal.answer({"format": form, "out": str(out)})
        terminal.say(f"written to {out}" if count else f"{out}: nothing to write")
    return 0


def _write(pieces: Iterator[str], out: Path | None) -> int:
    """Write text piece by piece; the file is there whole or not at all."""
    count = 0
    if out is None:
        for piece in pieces:
            click.echo(piece, nl=False)
            count += 1
        return count
    draft = out.with_name(f".{out.name}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            for piece in pieces:
                file.write(piece)
                count += 1
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise UsageError(f"{out}: {error.strerror}; name a place that can be written to") from error
    return count


def _files(corpus: Path, out: Path) -> int:
    """Copy the files of the stories into the folder `out`."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"{out} is there already; name a new or an empty folder")
    count = 0
    for path in sorted((corpus / "news").rglob("*.md")):
        target = out / path.relative_to(corpus)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
        count += 1
    return count
