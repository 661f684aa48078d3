"""`import`: anything an editor has at hand, in one command."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, Any

import click

from .. import app, pipeline
from ..codec import to_python
from ..errors import UsageError
from ..imports import IMPORTERS, Columns
from ..imports.columns import FIELDS
from ..imports.names import identifier
from ..imports.walk import Piece, Walk
from ..model import Problem
from ..pipeline import bundles
from ..pipeline import imports as importing
from ..pipeline import rebuild as building
from ..pipeline.imports import FileReport, ImportReport, Wish
from ..pipeline.lookups import source_of
from ..pipeline.outcomes import Came
from ..pipeline.preview import Preview, preview
from ..store import PendingName
from . import asking
from .run import WAIT
from .terminal import Terminal, command

_SHOWN = 50  # lines of a list, for a person
_COLUMNS = 20  # of a table that are not used, named


@click.command("import")
@click.argument("what", nargs=-1, required=True, metavar="PATH|URL|ID…")
@click.option("--as", "kind", type=click.Choice(sorted(IMPORTERS)), help="What the files are [told by their content].")
@click.option("--source", default="", metavar="NAME", help="Mark what comes with this name [import].")
@click.option("--dry-run", is_flag=True, help="Show per record what would become of it; change nothing.")
@click.option(
    "--interactive", "-i", is_flag=True, help="Ask about each record that is not clear: y, n, m(erge), q(uit)."
)
@click.option("--keep-all", is_flag=True, help="Skip triage: accept every record.")
@click.option(
    "--map", "columns", multiple=True, metavar="FIELD=COLUMN",
    help=f"Which column of a table is what, by heading or number; repeatable. Fields: {', '.join(FIELDS)}.",
)  # fmt: skip
@click.option("--publish", "publish", is_flag=True, help="Write the files too; else the next run does.")
@WAIT
@command
def import_(
    terminal: Terminal, what: tuple[str, ...], kind: str | None, source: str, dry_run: bool, interactive: bool,
    keep_all: bool, columns: tuple[str, ...], publish: bool, wait: float,
) -> int:  # fmt: skip
    """Take in files, folders, archives, web pages and identifiers; `-` is standard input.

    Citation exports, tables, feeds and lists of feeds, mail, bookmarks, documents with references,
    front matter, and bundles of `dermai-feed export`: docs/importing.md lists them. Every record
    goes the way of collected items; the same file again changes nothing. One decision names all that
    came, and `dermai-feed undo` takes it back. Exit code 8 when some records could not be read.

    \b
    Examples:
      dermai-feed import library.ris --dry-run         what would become of each record
      dermai-feed import exports/ letters.mbox         folders and files, of any kind
      dermai-feed import 10.1000/182 PMID:31960407     asked of Crossref and PubMed
      dermai-feed import https://example.org/article   a page
      dermai-feed import papers.xlsx --map title=3     a table whose third column is the title
      pbpaste | dermai-feed import - --interactive     whatever was copied, asking about what is not clear
    """
    if bundle := bundles.found(what):
        return _bundle(terminal, bundle, what, dry_run=dry_run, wait=wait)
    if dry_run and interactive:
        raise UsageError("--dry-run asks nothing and changes nothing; leave it out to be asked")
    config = terminal.config()
    now = app.now()
    with tempfile.TemporaryDirectory(prefix="dermai-feed-import-") as scratch:
        walk = Walk(Path(scratch))
        files, names = _sorted(what, kind, walk)
        wish = Wish(
            source=source_of(_source_id(source), source), kind=kind or "", keep_all=keep_all, columns=_columns(columns)
        )
        pending = [
            PendingName(name=name, source_id=wish.source.id, at=now, where=where, kept=keep_all)
            for name, where in names
        ]
        pieces: Iterable[Piece | Problem] = _pieces(files, walk)
        if dry_run or interactive:
            pieces = list(pieces)
            with asking.keyboard() if interactive else nullcontext() as answers:
                with terminal.parts(config) as parts:
                    seen = preview(parts, pieces, pending, wish, now=now)
                if answers is None:
                    return _show_preview(terminal, seen)
                _show_columns(terminal, seen.columns)
                wish = asking.ask(terminal, seen, answers).wish(wish)  # without the lock: a person takes their time
        with terminal.parts(config, wait=wait) as parts:
            pipeline.catch_up(parts, now=now)
            report = importing.take_in(parts, pieces, pending, wish, now=now)
            written = pipeline.publish(parts, now=now).written if publish else None
    return _show(terminal, report, walk, written)


def _sorted(what: Iterable[str], kind: str | None, walk: Walk) -> tuple[list[str], list[tuple[str, str]]]:
    """What of the command line names files, and what is to be looked up: (name, where it stood)."""
    files: list[str] = []
    names: list[tuple[str, str]] = []
    for argument in what:
        if argument == "-":
            path = walk.scrap("stdin")
            with path.open("wb") as file:
                shutil.copyfileobj(_standard_input(), file)
            files.append(str(path))
        elif Path(argument).exists():
            files.append(argument)
        elif (found := identifier(argument)) is not None and kind in {None, "ids"}:
            names.append((str(found), argument))
        elif re.match(r"https?://[^/\s]", argument, re.IGNORECASE):
            names.append((f"url:{argument}", argument))
        else:
            files.append(argument)
    return files, names


def _standard_input() -> IO[bytes]:
    return sys.stdin.buffer


def _pieces(files: Iterable[str], walk: Walk) -> Iterator[Piece | Problem]:
    for argument in files:
        if Path(argument).parent == walk.scratch:  # standard input
            yield from walk.one(Path(argument), "stdin")
        else:
            yield from walk(argument)


def _source_id(name: str) -> str:
    words = re.findall(r"[a-z0-9]+", name.lower())
    if name and not words:
        raise UsageError(f"--source {name}: a name needs a letter or digit of the Latin alphabet")
    return "-".join(("import", *words))[:64].strip("-")


def _columns(given: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for text in given:
        field, equals, column = text.partition("=")
        if not equals or field.strip() not in FIELDS or not column.strip():
            raise UsageError(f"--map {text}: write it as FIELD=COLUMN, with a field of {', '.join(FIELDS)}")
        found[field.strip()] = column.strip()
    return found


# --------------------------------------------------------------------------- the preview


def _show_preview(terminal: Terminal, seen: Preview) -> int:
    if terminal.json:
        terminal.answer({**to_python(seen), "exit_code": seen.exit_code})
        return seen.exit_code
    _show_columns(terminal, seen.columns)
    for record in seen.records:
        terminal.say(f"{record.origin}: {record.outcome}: {record.title}")
        terminal.say(f"    {record.why}" if record.why else "    nothing like it is known")
    for name in seen.names:
        terminal.say(f"{name}: would be looked up")
    for feed in seen.feeds:
        terminal.say(f"source {feed}")
    _problems(terminal, seen.problems)
    counts = Counter(re.split(r" (?:of|to|as|from) ", record.outcome)[0] for record in seen.records)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "no records"
    terminal.say(f"{summary}; nothing was changed")
    return seen.exit_code


# --------------------------------------------------------------------------- the report


def _show(terminal: Terminal, report: ImportReport, walk: Walk, written: tuple[str, ...] | None) -> int:
    if terminal.json:
        terminal.answer(
            {
                "files": [to_python(file) for file in report.files],
                "decision": report.decision,
                "joined": [to_python(joined) for joined in report.joined],
                "declined": report.declined,
                "items": [to_python(came) for came in report.came],
                "updated": report.updated,
                "columns": [to_python(columns) for columns in report.columns],
                "sources": to_python(report.subscribed) if report.subscribed else None,
                "pending": report.pending,
                "skipped": walk.skipped,
                "problems": [to_python(problem) for problem in report.problems],
                "written": written,
                "exit_code": report.exit_code,
            }
        )
        return report.exit_code
    _show_columns(terminal, report.columns)
    told = [file for file in report.files if file.records or not file.failure]  # the others are among the problems
    for file in told[:_SHOWN]:
        terminal.say(_line(file))
    if len(told) > _SHOWN:
        terminal.say(f"and {len(told) - _SHOWN} files more; --json lists all")
    if walk.skipped:
        terminal.say(f"{walk.skipped} files that are no documents were skipped")
    for came in report.came[:_SHOWN]:
        terminal.say(f"  {came.item}  {_outcome(came)}  {came.title}")
    if len(report.came) > _SHOWN:
        terminal.say(f"  and {len(report.came) - _SHOWN} more; --json lists all")
    if report.subscribed:
        added, known = report.subscribed.added, report.subscribed.known
        terminal.say(f"sources: {len(added)} added, {len(known)} known already")
        for id_ in added[:_SHOWN]:
            terminal.say(f"  {id_}")
    _problems(terminal, report.problems)
    _summary(terminal, report, written)
    return report.exit_code


def _summary(terminal: Terminal, report: ImportReport, written: tuple[str, ...] | None) -> None:
    counts = Counter(came.outcome for came in report.came)
    duplicates = sum(bool(came.duplicate_of) for came in report.came)
    if not report.items and not report.updated and not report.decision:
        terminal.say("nothing new: nothing was changed")
    else:
        outcome = ", ".join(f"{counts[word]} {word}" for word in ("accepted", "held", "rejected") if counts[word])
        terminal.say(
            f"{len(report.items)} new items" + (f" ({outcome})" if outcome else "")
            + (f", {duplicates} of works known already" if duplicates else "")
            + (f", {len(report.updated)} updated" if report.updated else "")
        )  # fmt: skip
    if report.pending:
        terminal.say(f"{report.pending} names wait to be looked up; the next run asks again")
    if report.declined:
        terminal.say(f"{report.declined} left out, as said in an earlier import; --keep-all takes them in")
    for joined in report.joined:
        terminal.say(f"same work as {joined.target[1]}: {joined.id}; take it back with dermai-feed undo {joined.id}")
    if report.decision:
        terminal.say(f"one decision: {report.decision}; take it back with dermai-feed undo {report.decision}")
    if written is not None:
        terminal.say(f"{len(written)} files written")
    elif report.items:
        terminal.say("the next run, or dermai-feed publish, writes the files")
    if report.exit_code:
        terminal.complain(f"{len(report.problems)} records or files could not be read")


def _line(file: FileReport) -> str:
    kind = f" ({file.kind})" if file.kind else ""
    if file.already:
        unread = f" ({file.rejected} of its records could not be read then)" if file.rejected else ""
        return f"{file.name}{kind}: imported already at {file.already}; nothing was changed{unread}"
    words = (("new", file.new), ("updated", file.updated), ("unchanged", file.unchanged), ("left out", file.left_out))
    parts = [f"{count} {word}" for word, count in words if count]
    parts += [f"{file.rejected} not read"] if file.rejected else []
    more = [f"{file.wanted} to look up"] if file.wanted else []
    more += [f"{file.subscriptions} feeds"] if file.subscriptions else []
    said = f"{file.records} records" + (f" = {' + '.join(parts)}" if parts else "")
    if not file.records and more:
        said = ""
    return f"{file.name}{kind}: {', '.join(part for part in (said, *more) if part)}"


def _outcome(came: Came) -> str:
    words = came.outcome
    if came.duplicate_of:
        words += f", same work as {came.duplicate_of}"
    return words if came.outcome == "accepted" else f"{words} ({came.because})"


def _show_columns(terminal: Terminal, columns: Iterable[Columns]) -> None:
    for one in columns:
        pairs = ", ".join(f"{field} = {column!r}" for field, column in one.taken)
        ignored = f"; not used: {', '.join(one.ignored[:_COLUMNS])}" if one.ignored else ""
        ignored += f" and {len(one.ignored) - _COLUMNS} more" if len(one.ignored) > _COLUMNS else ""
        terminal.say(f"{one.where}: columns read as {pairs}{ignored} (--map FIELD=COLUMN changes that)")


def _problems(terminal: Terminal, problems: Iterable[Problem]) -> None:
    listed = list(problems)
    for problem in listed[:_SHOWN]:
        hint = f" ({problem.hint})" if problem.hint else ""
        terminal.say(f"{problem.where}: {problem.what}{hint}")
    if len(listed) > _SHOWN:
        terminal.say(f"and {len(listed) - _SHOWN} more; --json lists all")


# --------------------------------------------------------------------------- bundles


def _bundle(terminal: Terminal, bundle: Path, what: tuple[str, ...], *, dry_run: bool, wait: float) -> int:
    """Take a whole corpus back: configuration, files, log and ledger; the database is rebuilt from them."""
    if len(what) > 1:
        raise UsageError("a bundle is imported by itself; name it alone")
    try:
        here = terminal.config_path()
    except UsageError:
        here = None
    told: dict[str, Any] = {"bundle": str(bundle), "dry_run": dry_run}
    if dry_run:
        config = terminal.config() if here else None
        told["empty"] = empty = config is None or bundles.is_empty(config.corpus)
        words = "would be taken back here" if empty else "can be taken back into an empty corpus only, and here is one"
        terminal.say(f"{bundle}: a bundle of dermai-feed, {words}")
        return _answered(terminal, told, 0)
    if here is None or bundles.is_empty(terminal.config().corpus):
        here, count = bundles.unpack_config(bundle, (here or terminal.config_place()).absolute().parent.parent)
        told["configuration"] = {"path": str(here), "files": count}
        terminal.say(f"{count} files of the configuration written beside {here}")
    config = app.load(here)
    with app.locked(config, wait=wait):
        restored = bundles.unpack_corpus(bundle, config.corpus)
        told["corpus"] = {
            "path": str(restored.corpus), "written": restored.written, "unchanged": restored.unchanged,
        }  # fmt: skip
        terminal.say(f"{restored.corpus}: {restored.written} files written, {restored.unchanged} were there already")
        with app.assemble(config) as parts:
            done = None if parts.store.items.ids() else building.rebuild(parts, now=app.now())
    if done is None:
        if restored.written:
            terminal.say("the database knows items already: dermai-feed rebuild makes it anew from the corpus")
        return _answered(terminal, told, 0)
    told |= {"items": done.items, "stories": done.stories, "decisions": done.decisions}
    told["problems"] = [to_python(problem) for problem in done.problems]
    terminal.say(f"database: {done.items} items in {done.stories} stories, {done.decisions} decisions")
    _problems(terminal, done.problems)
    return _answered(terminal, told, importing.REJECTED if done.problems else 0)


def _answered(terminal: Terminal, told: dict[str, Any], code: int) -> int:
    if terminal.json:
        terminal.answer({**told, "exit_code": code})
    return code
