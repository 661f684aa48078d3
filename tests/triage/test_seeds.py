"""The shipped seeds: each gets the verdict that a dermatologist would give it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from dermai_feed.evaluation.rows import item_from_row
from dermai_feed.model import Item
from dermai_feed.triage import Triage

NEWS = ("000_50f76b90323c68d1.txt", "001_3eacf7362d64148b.txt", "003_14a030f31d0fb633.txt", "004_99e54ea578df2b1f.txt")
HAND_OUT = "002_f0ebefd0f211a7c6.txt"


def front_matter(root: Path, name: str) -> dict[str, object]:
    row = yaml.safe_load((root / "seeds" / name).read_text(encoding="utf-8").split("---\n")[1])
    assert isinstance(row, dict)
    return row


@pytest.mark.parametrize("name", NEWS)
def test_the_news_seeds_are_accepted(name: str, root: Path, triage: Triage) -> None:
    """All four are about skin and AI."""
    verdict = triage(item_from_row(front_matter(root, name)))
    assert verdict.decision == "accept", verdict.because


def test_the_ten_references_are_accepted(root: Path, triage: Triage, make: Callable[..., Item]) -> None:
    """Title and journal are enough."""
    text = (root / "seeds" / HAND_OUT).read_text(encoding="utf-8").split("## References")[1]
    titles = re.findall(r"^\d+\. [^.]+\. (.+?[.?]) \*", text, re.MULTILINE)
    assert len(titles) == 10
    for title in titles:
        verdict = triage(make(title, url="https://doi.org/10.1000/x"))
        assert verdict.decision == "accept", (title, verdict.because)
        assert verdict.kind == "paper"


@pytest.mark.parametrize(
    ("seed", "beginning"),
    [("001_3eacf7362d64148b.txt", "Seeking"), ("004_99e54ea578df2b1f.txt", "To prevent unnecessary biopsies")],
)
def test_what_a_seed_lists_is_judged_and_not_believed(seed: str, beginning: str, root: Path, triage: Triage) -> None:
    """The profile of a biologist and the breast cancer model name no disease of the skin."""
    related = front_matter(root, seed)["related"]
    assert isinstance(related, list)
    others = [row for row in related if row["title"].startswith(beginning)]
    assert others
    for row in others:
        verdict = triage(item_from_row(row))
        assert verdict.decision == "reject"
        assert "no dermatology term" in verdict.because or "too little dermatology" in verdict.because
