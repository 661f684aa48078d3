"""Matching: which items are one work, which tell one story, which are merely related.

::

    Item --keys--> candidates --compare--> Edge --group (with editors' Constraints)--> Grouping

`keys` blocks, `compare` weighs one pair, `group` clusters what was compared; `match_items` is
the three in a row for a set in memory. False merges are worse than missed ones: identifiers
decide first, else two signals have to agree, and vetoes stand above both.
"""

from .batch import Related, Scope, candidates, match_items
from .blocking import ENDS, STRONG, keys, partners
from .canonical import better, canonical, founding, role_of, work_id
from .comparer import Comparer
from .explain import explain
from .grouping import group
from .scoring import compare, snapshot, tie, ties
from .words import reweigh

__all__ = [
    "ENDS",
    "STRONG",
    "Comparer",
    "Related",
    "Scope",
    "better",
    "candidates",
    "canonical",
    "compare",
    "explain",
    "founding",
    "group",
    "keys",
    "match_items",
    "partners",
    "reweigh",
    "role_of",
    "snapshot",
    "tie",
    "ties",
    "work_id",
]
