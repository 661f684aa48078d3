"""`evaluate`: scores of triage and matching on labelled data, out of fold."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ..codec import to_python
from ..config import Config
from ..errors import UsageError
from ..evaluation import labelled, tuning
from ..evaluation import matching as on_matching
from ..evaluation import triage as on_triage
from .terminal import Terminal, command
from .tools import rules_of

FILE = click.argument("data", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="LABELLED.jsonl")
ERRORS = click.option("--errors", type=int, default=20, show_default=True, help="How many mistakes to list.")


@click.group()
def evaluate() -> None:
    """Score triage and matching on labelled data."""


@evaluate.command()
@FILE
@ERRORS
@command
def triage(terminal: Terminal, data: Path, errors: int) -> int:
    """Precision and recall of triage by 5-fold cross-validation grouped by story, with 90 % intervals."""
    _triage(terminal, rules_of(terminal), data, errors)
    return 0


@evaluate.command()
@FILE
@ERRORS
@command
def matching(terminal: Terminal, data: Path, errors: int) -> int:
    """Scores of the weights in force on one set: pairs, clusters, citations; every mistake with its why."""
    scores = on_matching.evaluate_matching(labelled_set(data), rules_of(terminal).matching)
    if terminal.json:
        terminal.answer(to_python(scores))
    _matching(terminal, scores, errors)
    return 0


@evaluate.command("all")
@ERRORS
@command
def everything(terminal: Terminal, errors: int) -> int:
    """Triage, and matching out of fold, over the whole evaluation data.

    The data lies in the folder named by DERMAI_SHARED (default ../shared). Weights are learnt
    from all sets but the fold that is judged, thresholds too.
    """
    data = Path(os.environ.get("DERMAI_SHARED", "../shared")) / "data"
    if not data.is_dir():
        raise UsageError(f"{data}: no such folder; set DERMAI_SHARED to the folder that holds data/")
    config = rules_of(terminal)
    _triage(terminal, config, data / "corpus" / "items.jsonl", errors)
    sets = tuning.tuning_sets(data)
    scored = frozenset(each.name for each in sets if not each.name.endswith("-headlines"))
    all_scores = on_matching.cross_validate(sets, tuning.expert_weights(sets), only=scored)
    if terminal.json:
        terminal.answer([to_python(scores) for scores in all_scores])
    for scores in all_scores:
        _matching(terminal, scores, errors)
    return 0


def labelled_set(path: Path) -> labelled.Labelled:
    """The labelled set in the file at `path`."""
    try:
        return labelled.read_labelled(path)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _triage(terminal: Terminal, config: Config, data: Path, errors: int) -> None:
    with data.open(encoding="utf-8") as lines:
        items, labels = on_triage.read_labelled(lines, where=str(data))
    scores = on_triage.evaluate_triage(items, labels, config.triage)
    if terminal.json:
        terminal.answer(to_python(scores))
    terminal.say(f"triage of {data.name}: {scores.folds} folds by story, rules {scores.rules}, 90 % intervals")
    for name, part in (("all", scores.everything), ("news", scores.news), ("papers", scores.papers)):
        measures = "  ".join(
            f"{label} {_share(measure)}"
            for label, measure in (("precision", part.precision), ("recall", part.recall), ("kept", part.kept))
        )
        terminal.say(f"  {name:<7} {part.items:>5} items  {measures}")
    for wrong in scores.confusions[:errors]:
        terminal.say(f"  {wrong.label} judged {wrong.decision}: {wrong.title} ({wrong.because})")


def _share(measure: on_triage.Measure) -> str:
    if measure.value is None or measure.low is None or measure.high is None:
        return "none"
    return f"{measure.value:.3f} [{measure.low:.3f}, {measure.high:.3f}]"


def _matching(terminal: Terminal, scores: on_matching.MatchingScores, errors: int) -> None:
    terminal.say(f"matching on {scores.name}: {scores.items} items")
    for name, score in scores.scores.items():
        low, high = score.precision_interval
        terminal.say(
            f"  {name:<22} precision {score.precision:.4f} [{low:.3f}, {high:.3f}]  "
            f"recall {score.recall:.4f} [{score.recall_interval[0]:.3f}, {score.recall_interval[1]:.3f}]  "
            f"F1 {score.f1:.4f}  wrong {score.wrong:g}  missed {score.missed:g}"
        )
    if scores.macro_f1 is not None:
        terminal.say(f"  macro-F1 over three ways {scores.macro_f1:.4f}")
    for mistake in scores.mistakes[:errors]:
        terminal.say(f"  {mistake.expected}, answered {mistake.got}: {mistake.titles[0]} | {mistake.titles[1]}")
        for line in mistake.why[:4]:
            terminal.say(f"      {line}")
