"""`digest`, `approve`, `site` and `templates`: the issue of a week, its edition, the pages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import click

from .. import app, pipeline
from ..codec import to_python
from ..config import Config
from ..errors import UsageError
from ..pipeline import committing, edition
from ..pipeline.site import site as make_site
from ..publish import select, templating
from .decide import who_decides
from .run import FORCE, WAIT, problems
from .terminal import Terminal, command

WEEK = click.option("--week", metavar="2026-W47", help="Another week than this one.")


@click.command()
@WEEK
@click.option("--since", metavar="DATE", help="Named days instead of a week: the first (YYYY-MM-DD).")
@click.option("--until", metavar="DATE", help="And the last one, included [today].")
@click.option("--draft", is_flag=True, help="Write it beside the issue, as a draft that is never sent.")
@click.option("--send", is_flag=True, help="Send the approved edition; a dry run unless digest.dry_run is false.")
@click.option("--again", is_flag=True, help="With --send: it never arrived where that was uncertain; send it there.")
@FORCE
@WAIT
@command
def digest(
    terminal: Terminal, week: str | None, since: str | None, until: str | None, draft: bool, send: bool, again: bool,
    force: bool, wait: float,
) -> int:  # fmt: skip
    """Make the digest of a week from what the corpus holds.

    Within its week an issue is chosen anew each time; afterwards, or once it is approved, it
    stays as it is. Exit codes: 0 done, 5 not sent, 6 a file was changed by hand or a template
    is broken, 7 degraded.
    """
    if draft and send:
        raise UsageError("--draft --send: a draft is never sent; approve the issue first")
    if again and not send:
        raise UsageError("--again goes with --send")
    config, now = terminal.config(), app.now()
    window = window_of(config, now, week, since, until)
    with terminal.parts(config, wait=wait) as parts:
        committing.prepare(parts)
        pipeline.catch_up(parts, now=now)
        report = pipeline.digest(parts, now=now, window=window, draft=draft, force=force)
        sent = edition.send(parts, now=now, window=window, again=again) if send else None
        left_out = committing.commit(parts, f"dermai-feed digest {report.issue.week}", report.written)
    needs_a_human = report.problems
    report = replace(report, problems=(*report.problems, *left_out))
    if terminal.json:
        terminal.answer({"digest": to_python(report), "sent": to_python(sent) if sent else None})
    for path in report.paths:
        state = "wrote" if path in report.written else "unchanged"
        terminal.say(f"{state} {config.corpus / path}")
    if report.frozen and not report.written:
        terminal.say(f"{report.issue.week} is over or approved: it stays as it was chosen")
    problems(terminal, report.problems)
    if sent is not None:
        terminal.say(edition.describe(sent))
    if report.issue.degraded:
        terminal.say(f"degraded: {report.issue.degraded}")
        return pipeline.DEGRADED
    return pipeline.NEEDS_A_HUMAN if needs_a_human else 0


@click.command()
@WEEK
@click.option("--since", metavar="DATE", help="Of an issue of named days: the first.")
@click.option("--until", metavar="DATE", help="And the last one.")
@click.option("--except", "without", multiple=True, metavar="ID", help="Leave this story out; repeatable.")
@click.option("--as", "who", metavar="NAME", help="Who decides [DERMAI_WHO, GIT_AUTHOR_NAME, USER].")
@click.option("--reason", "--why", "why", default="", metavar="TEXT", help="Why; it stays in the log.")
@WAIT
@command
def approve(
    terminal: Terminal, week: str | None, since: str | None, until: str | None, without: tuple[str, ...],
    who: str | None, why: str, wait: float,
) -> int:  # fmt: skip
    """Let the issue of a week out: publish its stories as one decision and freeze the edition for readers.

    Feeds and site tell them from then on; `dermai-feed digest --send` mails the edition.
    `dermai-feed undo` takes the decision back as long as nothing was sent.
    """
    config, now = terminal.config(), app.now()
    window = window_of(config, now, week, since, until)
    name = who_decides(who)
    with terminal.parts(config, wait=wait) as parts:
        committing.prepare(parts)
        pipeline.catch_up(parts, now=now)
        done = edition.approve(parts, now=now, who=name, window=window, without=without, why=why)
        left_out = committing.commit(parts, f"dermai-feed approve {window.name}", done.written)
    needs_a_human = done.problems
    done = replace(done, problems=(*done.problems, *left_out))
    if terminal.json:
        terminal.answer(to_python(done))
    if done.decision is not None:
        terminal.say(f"{done.decision.id}  published {len(done.decision.target)} stories of {window.name}")
    terminal.say(f"{len(done.issue.picks)} stories go out")
    for path in done.written:
        terminal.say(f"wrote {config.corpus / path}")
    problems(terminal, done.problems)
    return pipeline.NEEDS_A_HUMAN if needs_a_human else 0


@click.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="The folder [site beside the corpus].")
@WAIT
@command
def site(terminal: Terminal, out: Path | None, wait: float) -> int:
    """Write the published stories as a static site: by week, condition, kind and source, with a search.

    Nothing on it is loaded from elsewhere. Files that did not change are not touched.
    """
    config = terminal.config()
    folder = out or config.corpus.parent / "site"
    with terminal.parts(config, wait=wait) as parts:
        pipeline.catch_up(parts, now=app.now())
        report = make_site(parts, folder)
    if terminal.json:
        terminal.answer({"folder": str(folder), **to_python(report)})
    terminal.say(f"{folder}: {report.written} written, {report.unchanged} unchanged, {report.removed} removed")
    if not config.digest.home:
        terminal.say("no sitemap: digest.home does not say at which address the site lies")
    return 0


@click.command()
@click.argument("name", required=False)
@command
def templates(terminal: Terminal, name: str | None) -> int:
    """List the built-in templates, or print the one called NAME: save it under config/templates and change it."""
    names = templating.names()
    if name is None:
        if terminal.json:
            terminal.answer(list(names))
        for known in names:
            terminal.say(known)
        return 0
    if name not in names:
        raise UsageError(f"{name}: no built-in template; dermai-feed templates lists them")
    click.echo(templating.source(name), nl=False)
    return 0


def window_of(config: Config, now: datetime, week: str | None, since: str | None, until: str | None) -> select.Week:
    """The window that the options name; this week without any. Raises: UsageError."""
    zone = config.digest.zone
    if week and (since or until):
        raise UsageError("--week names the window already; leave --since and --until out")
    if until and not since:
        raise UsageError("--until goes with --since")
    if since:
        first = _day("--since", since)
        last = _day("--until", until) if until else select.today(now, zone)
        if last < first:
            raise UsageError(f"--until {last}: before --since {first}")
        return select.days(first, last, zone)
    if not week:
        return select.week_of(now, zone)
    try:
        return select.week_named(week, zone)
    except ValueError:
        raise UsageError(f"--week {week}: not an ISO week; write it as 2026-W47") from None


def _day(option: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text}: not a day; write it as 2026-11-01") from None
