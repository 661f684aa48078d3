"""What a chart says of its numbers, and when there is none."""

from __future__ import annotations

import pytest

from dermai_feed.publish.figures import charts
from dermai_feed.publish.windows import week_named

WEEK = week_named("2026-W44", "UTC")


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        ((2, 7, 4), "4 new stories in 2026-W44; the most were 7, in 2026-W43."),
        ((2, 4, 7), "7 new stories in 2026-W44, the most of these weeks."),
        ((0, 5, 1), "1 new story in 2026-W44; the most were 5, in 2026-W43."),
    ],
)
def test_the_weeks_are_told_in_one_sentence(counts: tuple[int, ...], says: str) -> None:
    """This week first, then the fullest, when that is another one."""
    (chart,) = charts(WEEK, list(zip(("2026-W42", "2026-W43", "2026-W44"), counts, strict=True)), ())
    assert chart.says == says


def test_weeks_before_the_first_story_are_no_weeks_without_stories() -> None:
    """A corpus of a month has a chart of a month."""
    (chart,) = charts(WEEK, [("2026-W42", 0), ("2026-W43", 3), ("2026-W44", 1)], ())
    assert [bar.label for bar in chart.bars] == ["2026-W43", "2026-W44"]
