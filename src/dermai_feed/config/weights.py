"""Match weights as YAML: what `config/matching.yaml` holds, written so that a diff can be read."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import yaml
from pydantic import TypeAdapter

from ..rules import MatchWeights

_HEAD = """\
# How much each comparison weighs when two items are matched (dermai_feed.rules.MatchWeights).
# Written by scripts/learn_weights.py from labelled pairs; do not edit by hand: `dermai-feed rematch
# --dry-run --set key=value` shows what a change would do, `--apply` makes it the next snapshot.
#
# Weights are bits that add up to the log-odds of a yes: +1 doubles the odds, -1 halves them.
# `prior` is where the sum starts, `merge` the probability from which on the answer is yes.

"""
_SCALES = ("citations", "copies", "stories", "headlines", "coverage")
_NUMBERS = ("number", "related", "window_days", "late_days", "late", "block_cap", "story_cap")
_WIDTH = 118  # characters


def weights_text(weights: MatchWeights) -> str:
    """`weights` as the text of a file: a line per comparison, the words in paragraphs; reads back equal."""
    lines = [f"{name}: {getattr(weights, name)}" for name in _NUMBERS]
    for name in _SCALES:
        scale = getattr(weights, name)
        lines += ["", f"{name}:", f"  prior: {scale.prior}", f"  merge: {scale.merge}", "  bits:"]
        lines += [f"    {comparison}: {_flow(levels)}" for comparison, levels in scale.bits.items()]
    words = textwrap.fill(
        _flow(weights.words), _WIDTH, initial_indent="  ", subsequent_indent="   ",
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip
    text = _HEAD + "\n".join([*lines, "", f"documents: {weights.documents}", "words:", words]) + "\n"
    assert TypeAdapter(MatchWeights).validate_python(yaml.safe_load(text)) == weights
    return text


def _flow(values: Mapping[str, float]) -> str:
    return "{" + ", ".join(f"{_quoted(key)}: {value}" for key, value in values.items()) + "}"


def _quoted(key: str) -> str:
    """`key`, in quotes where YAML would read something else than a string or a plain word."""
    plain = key.isascii() and key.replace(" ", "").isalpha() and isinstance(yaml.safe_load(key), str)
    return key if plain else f'"{key}"'
