"""Cycles: how often Python looks for objects that only hold one another.

Its default is after every 700 new ones. We make a hundred for each item and hardly ever a
cycle, so that an eighth of the time of an import went there (37 s with it, 32 s without, for
10,000 records; the memory was the same).
"""

from __future__ import annotations

import gc

_THRESHOLDS = (50_000, 10, 10)  # objects more than were freed; youngest and middle rounds


def look_seldom() -> None:
    """Let this process look for cycles less often."""
    gc.set_threshold(*_THRESHOLDS)
