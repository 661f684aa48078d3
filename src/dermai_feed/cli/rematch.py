"""`rematch`: other weights, tried before they are used."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from .. import app
from ..codec import to_python
from ..config import Config
from ..errors import UsageError
from ..evaluation import matching as scoring
from ..pipeline import catch_up
from ..pipeline import rematch as again
from ..rules import MatchWeights
from .evaluate import labelled_set
from .run import WAIT
from .terminal import Terminal, command


@click.command()
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="Another weight, e.g. stories.merge=0.9.")
@click.option("--words", is_flag=True, help="Count the word weights anew in this corpus.")
@click.option("--dry-run/--apply", "dry", default=True, help="Show the diff [default], or make it the next snapshot.")
@click.option(
    "--labelled", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Score both on labelled pairs as well.",
)  # fmt: skip
@WAIT
@command
def rematch(
    terminal: Terminal, settings: tuple[str, ...], words: bool, dry: bool, labelled: Path | None, wait: float
) -> int:
    """Show what other weights would join and split; with --apply make them the next snapshot.

    Without --set and --words the weights are those of the file: after a change of it, this
    shows what the change does to what was matched before. Editors' decisions stand.
    """
    config = terminal.config()
    now = app.now()
    with terminal.parts(config, wait=wait) as parts:
        catch_up(parts, now=now)
        weights = again.changed(config.matching, dict(map(_pair, settings)))
        if words:
            weights = replace(again.counted(parts, weights), number=config.matching.number + 1)
        preview = again.preview(parts, weights)
        matched = None if dry else again.apply(parts, weights, now=now)
    if terminal.json:
        terminal.answer(to_python(preview))
    terminal.say(f"snapshot {preview.snapshot}: {_size(preview.before)} would be {_size(preview.after)}")
    for change in preview.changes:
        terminal.say(f"{change.verb} {change.level}: " + "  |  ".join(change.groups))
        terminal.say("    dermai-feed why " + " ".join(change.items[:2]))
    if labelled is not None:
        _scores(terminal, config, weights, labelled)
    if matched is None:
        terminal.say("nothing was changed; --apply makes it the snapshot in force")
    else:
        terminal.say(f"applied: {matched} items matched again; dermai-feed publish writes the files")
    return 0


def _pair(text: str) -> tuple[str, str]:
    key, found, value = text.partition("=")
    if not found:
        raise UsageError(f"--set {text}: write it as KEY=VALUE")
    return key.strip(), value.strip()


def _size(counts: tuple[int, int]) -> str:
    return f"{counts[0]} works in {counts[1]} stories"


def _scores(terminal: Terminal, config: Config, weights: MatchWeights, path: Path) -> None:
    data = labelled_set(path)
    for name, used in (("in force", config.matching), ("proposed", weights)):
        scores = scoring.evaluate_matching(data, used)
        figures = "; ".join(
            f"{level}: precision {score.precision:.4f}, recall {score.recall:.4f}"
            for level, score in scores.scores.items()
        )
        terminal.say(f"{name:<9} on {data.name}: {figures}")
