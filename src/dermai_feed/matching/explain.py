"""An edge in words: for `dermai-feed why A B` and the review page."""

from __future__ import annotations

from ..model import Edge

_VERDICTS = {"work": "one work", "story": "one story", "related": "related, not one story", None: "apart"}


def explain(edge: Edge) -> tuple[str, ...]:
    """What was decided about two items and by which comparisons, the weightiest first.

    The first line is the verdict with its probability and weight in bits, then the veto, if
    any, then a line per comparison that had something to compare.
    """
    how_sure = f"probability {edge.probability:.3f} ({edge.weight:+.1f} bits, weights {edge.snapshot})"
    lines = [f"{_VERDICTS[edge.level]}: {how_sure}"]
    if edge.veto:
        lines.append(f"not more than that, because: {edge.veto}")
    lines += [
        f"{c.name}: {c.level}{f' ({c.value})' if c.value else ''} {c.weight:+.1f}"
        for c in sorted(edge.comparisons, key=lambda c: (-abs(c.weight), c.name))
        if c.level != "missing" or c.weight
    ]
    return tuple(lines)
