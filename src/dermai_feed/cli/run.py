"""`run` and its steps: collect, match, publish, digest."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click

from .. import app, pipeline
from ..codec import encode, to_python
from ..config import Config
from ..errors import UsageError
from ..matching import Scope
from ..model import Problem, Report, SourceReport
from ..pipeline import committing
from .decide import AS, WHY, take
from .sources import named
from .terminal import Terminal, command

WAIT = click.option("--wait", type=float, default=0.0, metavar="SECONDS", help="Wait this long for another run to end.")
DRY = click.option("--dry-run", is_flag=True, help="Do it on a copy in a temporary folder; change nothing here.")
SINCE = click.option("--since", metavar="DATE", help="Leave out entries dated before this day (YYYY-MM-DD, UTC).")
SOURCE = click.option(
    "--source",
    multiple=True,
    metavar="ID",
    help="Ask only this source, due or not; repeatable. Not twice within 5 minutes.",
)
FORCE = click.option("--force", is_flag=True, help="Make a digest anew that was changed by hand; a copy is kept.")


@click.command()
@SINCE
@SOURCE
@FORCE
@DRY
@WAIT
@command
def run(terminal: Terminal, since: str | None, source: tuple[str, ...], force: bool, dry_run: bool, wait: float) -> int:
    """Collect, match, publish and make the week's digest.

    Only sources that are due are asked. A run that died is simply started again. Exit codes:
    0 done, 3 another run works, 4 no source could be reached, 6 some files need a human,
    7 the digest is degraded.
    """
    config = terminal.config()
    day, only = day_of(since), _known(config, source)
    with _place(config, dry_run) as place, terminal.parts(place, wait=wait, beside_daemon=dry_run) as parts:
        report = pipeline.run(parts, now=app.now(), since=day, only=only, force=force)
    _show(terminal, report, place, dry=dry_run)
    _complain(terminal, report)
    return report.exit_code


@click.command()
@SINCE
@SOURCE
@WAIT
@click.option("--worker", is_flag=True, help="PostgreSQL: one of several that only collect, without the lock.")
@command
def collect(terminal: Terminal, since: str | None, source: tuple[str, ...], wait: float, worker: bool) -> int:
    """Ask the sources that are due and triage what is new."""
    config = terminal.config()
    day, only, now = day_of(since), _known(config, source), app.now()
    if worker:
        app.check_shared(config)
    opened = terminal.parts(config, worker=True) if worker else terminal.parts(config, wait=wait, beside_daemon=False)
    with opened as parts:
        if not worker:
            pipeline.catch_up(parts, now=now)
        id_ = parts.store.runs.start(now)
        got = pipeline.collect(parts, now=now, since=day, only=only)
        report = Report(run=id_, started=now, sources=got.sources, problems=got.problems)
        report = replace(report, exit_code=pipeline.exit_code(report))
        parts.store.runs.finish(id_, encode(report))  # what was fetched stands in the digest's foot
    if terminal.json:
        terminal.answer(to_python(report))
    _sources(terminal, report.sources)
    problems(terminal, report.problems)
    return report.exit_code


@click.command()
@click.argument("items", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="With ITEMS: write here.")
@click.option(
    "--level", type=click.Choice(["auto", "news", "citations"]), default="auto", show_default=True,
    help="With ITEMS: which profile of weights.",
)  # fmt: skip
@WAIT
@command
def match(terminal: Terminal, items: Path | None, out: Path | None, level: Scope, wait: float) -> int:
    """Group copies, stories and related items.

    Without ITEMS: whatever in the store waits for it. With ITEMS, a JSONL file: those alone,
    without a database, one line {"id", "work", "story", "related"} per item to --out.
    """
    if items is not None:
        from .tools import match_file

        return match_file(terminal, items, out, level)
    config = terminal.config()
    now = app.now()
    with terminal.parts(config, wait=wait) as parts:
        pipeline.catch_up(parts, now=now)
        report = pipeline.match(parts, now=now)
    if terminal.json:
        terminal.answer(to_python(report))
    terminal.say(f"{report.matched} items matched, {report.pairs} pairs compared, {report.duplicates} duplicates")
    for story in report.oversized:
        terminal.say(f"story {story} is larger than the limit: see dermai-feed why {story}")
    return 0


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET…]")
@WHY
@AS
@WAIT
@command
def publish(terminal: Terminal, targets: tuple[str, ...], who: str | None, why: str, wait: float) -> int:
    """Write the files of new and changed stories; with TARGETs, decide that these are published.

    Each TARGET is the id of an item or a story, a file, an address or a DOI. Deciding sets
    `published: true`; the next run writes it.
    """
    if targets:
        return take(terminal, "publish", targets, who, why)
    config = terminal.config()
    now = app.now()
    with terminal.parts(config, wait=wait) as parts:
        committing.prepare(parts)
        pipeline.catch_up(parts, now=now)
        report = pipeline.publish(parts, now=now)
        left_out = committing.commit(parts, "dermai-feed publish", (*report.written, *report.removed))
    needs_a_human = report.problems or report.clashes
    report = replace(report, problems=(*report.problems, *left_out))
    if terminal.json:
        terminal.answer(to_python(report))
    for path in report.written:
        terminal.say(f"wrote {config.corpus / path}")
    terminal.say(f"{len(report.written)} written, {report.unchanged} unchanged")
    problems(terminal, report.problems)
    return pipeline.NEEDS_A_HUMAN if needs_a_human else 0


def day_of(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise UsageError(f"--since {text}: not a day; write it as 2026-11-01") from None


def _known(config: Config, ids: tuple[str, ...]) -> frozenset[str]:
    return frozenset(source.id for source in named(config, ids))


@contextmanager
def _place(config: Config, dry: bool) -> Iterator[Config]:
    """`config`, or with `dry` the same over copies of corpus and database in a temporary folder."""
    if not dry:
        yield config
        return
    if not config.database.startswith("sqlite"):
        raise UsageError("--dry-run works on a copy of the database, and only SQLite's can be copied")
    with tempfile.TemporaryDirectory(prefix="dermai-feed-dry-") as folder:
        copy = Path(folder)
        for name, original in (("corpus", config.corpus), ("state", config.state)):
            if original.is_dir():
                shutil.copytree(original, copy / name, ignore=shutil.ignore_patterns("*.lock*"))
        database = config.database.replace(str(config.state), str(copy / "state"))
        enrich = replace(config.enrich, pages=0)  # a page is asked for once, and not for a trial (F-31)
        yield replace(config, corpus=copy / "corpus", state=copy / "state", database=database, enrich=enrich)


# --------------------------------------------------------------------------- printing


def _complain(terminal: Terminal, report: Report) -> None:
    """What the exit code means when it is not 0; with --quiet on standard error, so that cron sends it."""
    places = {p.where for p in report.problems if p.kind == "file"} | {clash.path for clash in report.clashes}
    words = {
        pipeline.INTERNAL: "an internal error; the log holds its trace",
        pipeline.UNREACHED: "no source over the network could be reached",
        pipeline.NEEDS_A_HUMAN: "needs a human: " + ", ".join(sorted(places)),
        pipeline.DEGRADED: f"the digest is degraded: {report.degraded}",
    }
    if report.exit_code:
        terminal.complain(words[report.exit_code])
        terminal.say(f"exit code {report.exit_code}: {words[report.exit_code]}")


def _show(terminal: Terminal, report: Report, config: Config, *, dry: bool) -> None:
    if terminal.json:
        terminal.answer(to_python(report))
        return
    _sources(terminal, report.sources)
    problems(terminal, report.problems)
    if report.pages:
        terminal.say("pages: " + ", ".join(f"{count} {what}" for what, count in report.pages.items()))
    rejected = sum(report.rejected.values())
    reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(report.rejected.items()))
    terminal.say()
    terminal.say(
        f"items: {report.accepted} accepted, {report.held} held for an editor, {rejected} rejected"
        + (f" ({reasons})" if reasons else "")
    )
    terminal.say(f"corpus: {report.works} works in {report.stories} stories, {report.duplicates} new duplicates")
    verb = "would write" if dry else "wrote"
    terminal.say(f"files: {verb} {len(report.written)}, {report.unchanged_files} unchanged")
    for path in report.written:
        terminal.say(f"  {path if dry else config.corpus / path}")
    for clash in report.clashes:
        terminal.say(f"  clash in {clash.path}, {clash.field}: yours stands; offered was {clash.ours}")
    if report.digest:
        terminal.say(f"digest: {report.digest if dry else config.corpus / report.digest}")
    if report.degraded:
        terminal.say(f"  marked: {report.degraded}")


def _sources(terminal: Terminal, reports: tuple[SourceReport, ...]) -> None:
    """One line per source that answered, one per kind of failure; the sums add up (O-02)."""
    asked = [report for report in reports if report.outcome != "not due"]
    for report in asked:
        if report.outcome == "failed":
            continue
        parts = [f"{report.new} new", f"{report.updated} updated", f"{report.unchanged} unchanged"]
        parts += [f"{count} rejected: {reason}" for reason, count in sorted(report.rejected.items())]
        terminal.say(f"{report.source_id}: fetched {report.fetched} = " + " + ".join(parts))
    failures: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for report in asked:
        if report.outcome == "failed":
            failures[report.failure or "", report.failure_text].append(report.source_id)
    by_class: defaultdict[str, list[tuple[str, list[str]]]] = defaultdict(list)
    for (failure, text), ids in failures.items():
        by_class[failure].append((text, ids))
    for failure, groups in sorted(by_class.items()):
        if sum(len(ids) for _, ids in groups) <= 3:
            for text, ids in groups:
                terminal.say(f"{', '.join(ids)}: failed, {failure}: {text}")
        else:
            names = sorted(id_ for _, ids in groups for id_ in ids)
            terminal.say(f"{len(names)} sources failed, {failure}: {', '.join(names)}")
    resting = len(reports) - len(asked)
    if resting:
        terminal.say(f"{resting} sources not due")


def problems(terminal: Terminal, problems: tuple[Problem, ...]) -> None:
    for problem in problems[:20]:
        hint = f" ({problem.hint})" if problem.hint else ""
        terminal.say(f"{problem.where}: {problem.what}{hint}")
    if len(problems) > 20:
        terminal.say(f"and {len(problems) - 20} more; --json lists all")
