"""Tools for scripts: `parse`, `normalize`, `triage` and `match` on files, without a database.

Their output is a contract (docs/tools.md): JSON lines, keys only ever added.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from .. import app
from ..codec import to_python
from ..collectors import READERS
from ..config import Config
from ..errors import UsageError
from ..matching import Scope, match_items
from ..model import Item, Source
from ..shipped import shipped_config
from . import documents
from .terminal import Terminal, command

FILES = click.argument("files", nargs=-1, required=True, metavar="FILE…|-")
BASE = click.option("--base", default="", metavar="URL", help="Where the files came from; makes addresses absolute.")
KIND = click.option(
    "--kind", type=click.Choice(sorted(READERS)), help="What the files are [guessed from their content]."
)
OUT = click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write here.")


@click.command()
@FILES
@KIND
@BASE
@command
def parse(terminal: Terminal, files: tuple[str, ...], kind: str | None, base: str) -> int:
    """Parse documents and print their entries, one JSON line per document with --json.

    A file of - is standard input; one layer of gzip or deflate is taken off. Keys: file, kind,
    ok, error, problems, entries with id, title, link, published, updated, summary, authors,
    identifiers, enclosures; docs/tools.md tells them all. Exit code 8 when one could not be read.
    """
    bad = 0
    for document in documents.read(files, kind, base):
        bad += document.error is not None
        parsed = document.parsed
        if terminal.json:
            click.echo(json.dumps(documents.line(document), ensure_ascii=False))
            continue
        found = document.error or f"{document.kind}, {len(parsed.entries)} entries"
        terminal.say(f"{document.file}: {found}")
        for entry in parsed.entries:
            terminal.say(f"  {entry.published or entry.updated or 'undated':<31} {entry.title or entry.link or ''}")
        for problem in parsed.problems:
            terminal.say(f"  {problem.where}: {problem.what}")
    return 8 if bad else 0


@click.command()
@FILES
@KIND
@BASE
@command
def normalize(terminal: Terminal, files: tuple[str, ...], kind: str | None, base: str) -> int:
    """Parse documents and print comparable items, one JSON line per item with --json."""
    from ..normalize import normalize as to_item

    config, now, bad = rules_of(terminal), app.now(), 0
    for document in documents.read(files, kind, base):
        bad += document.error is not None
        for said in (document.error, *(f"{problem.where}: {problem.what}" for problem in document.parsed.problems)):
            if said:
                click.echo(f"dermai-feed: {document.file}: {said}", err=True)
        source = Source(id=document.source_id, kind=document.kind, name=document.file, url=base)
        for entry in document.parsed.entries:
            item = to_item(entry, source=source, first_seen=now, first_poll=False, rules=config.providers)
            if terminal.json:
                click.echo(json.dumps(to_python(item), ensure_ascii=False))
            terminal.say(f"{item.published:%Y-%m-%d} {item.provider.name}: {item.title}\n  {item.url}")
            for repair in item.repairs:
                terminal.say(f"  {repair.field}: {repair.was!r} is now {repair.now!r} ({repair.rule})")
    return 8 if bad else 0


@click.command()
@click.argument(
    "items",
    required=False,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="[ITEMS.jsonl|-]",
)
@OUT
@click.option("--dry-run", is_flag=True, help="Without ITEMS: what the vocabulary in force would change.")
@command
def triage(terminal: Terminal, items: Path | None, out: Path | None, dry_run: bool) -> int:
    """Judge items from a file, or show what a changed vocabulary does to the corpus.

    With ITEMS: one JSON line each with id, relevance, score, reasons, topics, conditions, kind.
    With --dry-run: which items would enter, leave or move between held and rejected; nothing
    is changed.
    """
    if items is None:
        if not dry_run:
            raise UsageError("give a file of items, or --dry-run to try the vocabulary on the corpus")
        return _retriage(terminal)
    from ..triage import Triage

    judge = Triage(rules_of(terminal).triage)
    relevance = {"accept": "derm-ai", "review": "review", "reject": "other"}

    def lines() -> Iterator[dict[str, Any]]:
        for item in _items(items):
            verdict = judge(item)
            yield {
                "id": item.id,
                "relevance": relevance[verdict.decision],
                "score": verdict.score,
                "because": verdict.because,
                "reasons": [to_python(reason) for reason in verdict.reasons],
                "topics": verdict.topics,
                "conditions": verdict.conditions,
                "themes": verdict.themes,
                "kind": verdict.kind,
                "labels": [to_python(label) for label in verdict.labels],
            }

    _write(lines(), out)
    return 0


def _retriage(terminal: Terminal) -> int:
    from ..pipeline import retriage

    with terminal.parts(terminal.config()) as parts:
        moves = retriage.preview(parts)
    if terminal.json:
        terminal.answer([to_python(move) for move in moves])
    for move in moves:
        terminal.say(f"{move.verb}: {move.before} -> {move.after}  {move.item}  {move.title}\n    {move.because}")
    terminal.say(f"{len(moves)} items would be judged otherwise; nothing was changed")
    return 0


def match_file(terminal: Terminal, items: Path, out: Path | None, level: Scope) -> int:
    """Group the items of a file: {"id", "work", "story", "related": [[id, probability]]} a line."""
    unique: dict[str, Item] = {}
    for item in _items(items):
        if unique.setdefault(item.id, item) is not item:
            click.echo(f"dermai-feed: {items}: the id {item.id!r} occurs twice; the first is used", err=True)
    found = list(unique.values())
    grouping, related = match_items(found, rules_of(terminal).matching, level=level)
    home = {id_: (work.id, story.id) for story in grouping.stories for work in story.works for id_ in work.items}
    _write(
        (
            {"id": item.id, "work": home[item.id][0], "story": home[item.id][1], "related": related.get(item.id, ())}
            for item in found
        ),
        out,
    )
    return 0


def rules_of(terminal: Terminal) -> Config:
    """The configuration here, or the shipped one where there is none: these tools work anywhere."""
    try:
        path = terminal.config_path()
    except UsageError:
        path = shipped_config()
    return app.load(path)


def _items(path: Path) -> Iterator[Item]:
    from ..evaluation.rows import item_from_row

    with click.open_file(str(path), encoding="utf-8") as lines:  # "-" is standard input
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                yield item_from_row(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise UsageError(f"{path}:{number}: not an item: {error}") from None


def _write(lines: Iterable[dict[str, Any]], out: Path | None) -> None:
    text = (json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    if out is None:
        for line in text:
            click.echo(line, nl=False)
        return
    with out.open("w", encoding="utf-8") as file:
        file.writelines(text)
