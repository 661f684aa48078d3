"""How patient we are: the figures that people may set, and the spread that keeps sources apart."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ..model import SourceState

HOUR = 3600.0
DAY = 24 * HOUR

MISSED_FOR_GOOD = 30 * DAY  # a source is never dropped: a gone one is tried this often


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """How patient we are, in seconds; RELIABILITY 1.2 gives the defaults."""

    floor: float = 15 * 60.0
    ceiling: float = DAY
    no_validators: float = DAY  # publishers ask for this when they answer neither ETag nor Last-Modified
    broken_after: float = 14 * DAY  # of failing; then weekly (F-19)
    quiet_after: float = 60 * DAY  # without anything new, for a source whose rhythm is not known (O-05)
    moved_after: float = DAY  # a permanent redirect is believed when seen twice this far apart (F-10)
    # How long one new item may be expected to wait before it is worth a request; 0 asks at the
    # interval, whatever the rhythm. The curve of scripts/simulate_polling.py led to the default.
    worth: float = 120.0


def jittered(wait: float, state: SourceState) -> float:
    """`wait` (seconds) lengthened by up to 10 %: never shortened, so that no floor is undercut."""
    seed = hashlib.sha256(f"{state.source_id}/{state.polls}/{state.failures}".encode()).digest()
    return wait * (1 + 0.1 * seed[0] / 255)
