"""Sketches: three kilobytes of a profile, enough to tell that two records are strangers.

A record shares a key with a dozen others of which one or none is of interest. A profile takes
a millisecond to make and fifty kilobytes to keep, so those of a large corpus can neither be
kept nor be made again for every pair. Sketches can be kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from zlib import crc32

from .profile import Profile, Record


@dataclass(frozen=True, eq=False, slots=True)
class Sketch:
    """What is kept of a `Profile`; the fields that have its names are its own.

    `words` are the hashes of the stems of `Profile.vector`, `shares` their weights; empty for
    what is no record of the literature.
    """

    literature: bool
    notice: str
    ids: Mapping[str, frozenset[str]]
    cited: frozenset[str]
    title: str
    squeezed: str
    record: Record
    words: array[int]
    shares: array[float]


@lru_cache(maxsize=65_536)
def _hash(stem: str) -> int:
    return crc32(stem.encode())


def sketch(p: Profile) -> Sketch:
    """The sketch of `p`."""
    vector = p.vector if p.literature else {}
    return Sketch(
        literature=p.literature, notice=p.notice, ids=p.ids, cited=p.cited, title=p.title, squeezed=p.squeezed,
        record=p.record, words=array("I", map(_hash, vector)), shares=array("f", vector.values()),
    )  # fmt: skip


def cosine(a: Sketch, b: Sketch) -> float:
    """The cosine of the two vectors of words, or a little more: stems of one hash are taken for one.

    Quickest when `b` is one of those that were asked for last.
    """
    known = _lookup(b)
    return sum([share * known[word] for word, share in zip(a.words, a.shares, strict=True) if word in known])


@lru_cache(maxsize=512)
def _lookup(b: Sketch) -> Mapping[int, float]:
    found: dict[int, float] = {}
    for word, share in zip(b.words, b.shares, strict=True):
        found[word] = found.get(word, 0.0) + share
    return found
