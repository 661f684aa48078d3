"""MinHash: keys that texts share when most of their four-letter runs are the same.

Own hashing (CRC-32 of each run, then 48 fixed multiply-add permutations of 32 bits), so that a
signature in the database never depends on the version of a package. 12 bands of 4 rows: texts
that share 80 % of their runs share a band with probability 0.998, texts that share 30 % with 0.09.
"""

from __future__ import annotations

from functools import lru_cache, reduce
from struct import Struct
from zlib import crc32

BANDS, ROWS = 12, 4


def _coefficients() -> tuple[tuple[int, int], ...]:
    """48 pairs (a, b), a odd, from a fixed linear congruential sequence (Knuth's MMIX constants)."""
    state, pairs = 20260101, []
    for _ in range(BANDS * ROWS):
        state = (6364136223846793005 * state + 1442695040888963407) & ((1 << 64) - 1)
        a = (state >> 32) | 1
        state = (6364136223846793005 * state + 1442695040888963407) & ((1 << 64) - 1)
        pairs.append((a, state >> 32))
    return tuple(pairs)


# All 48 permutations at once, in lanes of 64 bits: a product of 32 by 32 bits plus 32 bits never leaves its lane
# ((2³² − 1)² + 2³² − 1 < 2⁶⁴), and of the lane its lower half counts. A tenth of the time of 48 small products.
_LANE, _HALF = 64, 32
_LANES = range(0, _LANE * BANDS * ROWS, _LANE)
_A = sum(a << at for at, (a, _) in zip(_LANES, _coefficients(), strict=True))
_B = sum(b << at for at, (_, b) in zip(_LANES, _coefficients(), strict=True))
_LOW = sum(((1 << _HALF) - 1) << at for at in _LANES)
_APART = Struct(f"<{BANDS * ROWS}Q")
_MARK = sum(1 << (at + _HALF) for at in _LANES)


@lru_cache(maxsize=4096)  # half a kilobyte each, and a daemon keeps them for years
def _row(gram: str) -> int:
    """The 48 hashes of one run."""
    return (_A * crc32(gram.encode()) + _B) & _LOW


def _least(one: int, other: int) -> int:
    """The lesser of each two hashes.

    With a mark above it no lane of `one` borrows from the next; the mark is gone where `one` was less.
    """
    kept = ((one | _MARK) - other) & _MARK
    return one ^ ((one ^ other) & (kept - (kept >> _HALF)))


def bands(text: str) -> tuple[str, ...]:
    """The 12 band keys of `text`, or none when it is shorter than 12 characters."""
    squeezed = "".join(c for c in text if c.isalnum())
    if len(squeezed) < 12:
        return ()
    least = reduce(_least, map(_row, {squeezed[i : i + 4] for i in range(len(squeezed) - 3)}))
    rows = list(_APART.unpack(least.to_bytes(_APART.size, "little")))
    return tuple(f"{band}:{crc32(repr(rows[band * ROWS : band * ROWS + ROWS]).encode()):08x}" for band in range(BANDS))
