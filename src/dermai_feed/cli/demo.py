"""`demo`: the tour, offline, in a temporary folder."""

from __future__ import annotations

import tempfile
from pathlib import Path

import click

from ..codec import to_python
from ..demo.tour import Look, tour
from .terminal import Terminal, command


@click.command()
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@command
def demo(terminal: Terminal, folder: Path | None) -> int:
    """Run two simulated months of invented news, offline, into FOLDER [a temporary one].

    Sources answer on loopback as of a simulated Sunday: copies, stories, a template series, a
    preprint that becomes a paper, a retraction, a dead, a moved and a blocked source.
    """
    place = folder or Path(tempfile.mkdtemp(prefix="dermai-feed-demo-"))
    terminal.say("two months of invented news; nothing leaves this machine\n")

    def told(look: Look) -> None:
        report = look.report
        new = sum(source.new for source in report.sources)
        down = sorted(source.source_id for source in report.sources if source.outcome == "failed")
        files = sum(path.startswith("news/") for path in report.written)
        copies = f"{report.duplicates:>2} " + ("copy,  " if report.duplicates == 1 else "copies,")
        terminal.say(
            f"{look.at:%a %Y-%m-%d}  {new:>3} new items, {copies} "
            f"{files:>2} story files, {report.stories:>3} stories in all"
            + (f"; no answer from {', '.join(down)}" if down else "")
        )

    done = tour(place, told=told)
    if terminal.json:
        terminal.answer({"folder": str(place), "kept": done.kept, "looks": [to_python(look) for look in done.looks]})
    terminal.say(f"\nan editor shortened a title in {done.edited.name}; kept: {'yes' if done.kept else 'no'}")
    terminal.say(f"corpus   {place / 'corpus' / 'news'}")
    for path in sorted((place / "corpus" / "digests").glob("*.html"))[-2:]:
        terminal.say(f"digest   {path}")
    terminal.say(f"look on  dermai-feed status -c {place / 'config' / 'dermai-feed.yaml'}")
    return 0
