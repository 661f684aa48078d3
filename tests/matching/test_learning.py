"""Weights and thresholds are learnt from labelled pairs, towards what an expert would say."""

from __future__ import annotations

from math import log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.evaluation.learning import Example, learn, threshold, total_bits
from dermai_feed.rules import Scale

START = Scale(prior=0.0, merge=0.9, bits={"title": {"exact": 1.0, "high": 0.5, "none": -1.0}, "url": {"slug": 0.0}})


def examples(level: str, yes: int, no: int) -> list[Example]:
    """So many yes and no pairs whose titles are at `level`."""
    return [Example(levels={"title": level}, yes=n < yes) for n in range(yes + no)]


def test_without_examples_nothing_moves() -> None:
    """The expert's weights stand until data speak."""
    assert learn(START, []) == START


def test_many_examples_bring_the_true_odds() -> None:
    """Of 2,000 exact titles 1,800 are a yes, of 2,000 others 200: log2(9) and -log2(9) bits."""
    learnt = learn(START, examples("exact", 1800, 200) + examples("none", 200, 1800), spread=3.0)
    assert learnt.prior + learnt.bits["title"]["exact"] == pytest.approx(log2(9), abs=0.15)
    assert learnt.prior + learnt.bits["title"]["none"] == pytest.approx(-log2(9), abs=0.15)


def test_few_examples_move_a_weight_little() -> None:
    """The tighter the spread, the less two pairs count."""
    data = examples("exact", 0, 2)
    loose, tight = learn(START, data, spread=2.0), learn(START, data, spread=0.2)
    assert loose.bits["title"]["exact"] < tight.bits["title"]["exact"] < START.bits["title"]["exact"]


def test_a_better_level_never_weighs_less_than_a_worse_one() -> None:
    """Steps that the data would put in the wrong order share one weight."""
    data = examples("exact", 10, 10) + examples("high", 40, 2) + examples("none", 5, 60)
    title = learn(START, data).bits["title"]
    assert title["exact"] == title["high"] > title["none"]


def test_levels_without_a_weight_stay_without() -> None:
    """Only named levels are learnt, so "missing" goes on weighing nothing."""
    learnt = learn(START, [Example(levels={"title": "missing", "time": "far"}, yes=True)] * 50)
    assert set(learnt.bits["title"]) == {"exact", "high", "none"}
    assert "time" not in learnt.bits


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(["exact", "high", "none", "missing"]), st.booleans()), max_size=30), st.randoms()
)
def test_the_order_of_examples_is_of_no_consequence(pairs: list[tuple[str, bool]], draw: object) -> None:
    """Learning is a function of the set of examples, and finite for any of them."""
    data = [Example(levels={"title": level}, yes=yes) for level, yes in pairs]
    again = data[:]
    draw.shuffle(again)  # type: ignore[attr-defined]
    assert learn(START, data) == learn(START, again)


def test_the_threshold_is_the_lowest_that_keeps_the_precision() -> None:
    """Between the last level that is clean enough and the next below, in bits."""
    scale = Scale(prior=0.0, merge=0.9, bits={"title": {"exact": 6.0, "high": 2.0, "none": -6.0}})
    data = examples("exact", 20, 0) + examples("high", 9, 1) + examples("none", 1, 30)
    strict, mild = threshold(scale, data, precision=1.0), threshold(scale, data, precision=0.95)
    assert strict == pytest.approx(1 / (1 + 2**-4.0), abs=0.001)  # between 6 and 2 bits
    assert mild == pytest.approx(1 / (1 + 2**2.0), abs=0.001) or mild == 0.5  # between 2 and -6, not under a half
    assert threshold(scale, data, precision=0.95, least=0.9) == 0.9


def test_no_threshold_keeps_a_precision_that_cannot_be() -> None:
    """Where even the surest pair is a no, the threshold lies above it."""
    data = examples("exact", 0, 5)
    found = threshold(START, data, precision=0.99)
    assert found > 1 / (1 + 2 ** -total_bits(START, data[0]))
    assert threshold(START, [], precision=0.99, least=0.7) == 0.7
