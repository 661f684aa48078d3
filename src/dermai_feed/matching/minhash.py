"""MinHash: keys that texts share when most of their four-letter runs are the same.

Own hashing (CRC-32 of each run, then 48 fixed multiply-add permutations of 32 bits), so that a
signature in the database never depends on the version of a package. 12 bands of 4 rows: texts
that share 80 % of their runs share a band with probability 0.998, texts that share 30 % with 0.09.
"""

from __future__ import annotations

import sys
from array import array
from functools import lru_cache
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


# All 48 products at once: a lane of 64 bits each, which a product of 32 by 32 bits plus 32 bits never leaves
# ((2³² − 1)² + 2³² − 1 < 2⁶⁴). A tenth of the time of 48 small products.
_LANE = 64
_A = sum(a << (_LANE * n) for n, (a, _) in enumerate(_coefficients()))
_B = sum(b << (_LANE * n) for n, (_, b) in enumerate(_coefficients()))
_BYTES = _LANE // 8 * BANDS * ROWS


@lru_cache(maxsize=4096)  # a row is about 2 kB, and a daemon keeps them for years
def _row(gram: str) -> array[int]:
    """The 48 hashes of one run: the lower half of each lane."""
    halves = array("I", (_A * crc32(gram.encode()) + _B).to_bytes(_BYTES, sys.byteorder))
    return halves[::2] if sys.byteorder == "little" else halves[::-2]


def bands(text: str) -> tuple[str, ...]:
    """The 12 band keys of `text`, or none when it is shorter than 12 characters."""
    squeezed = "".join(c for c in text if c.isalnum())
    if len(squeezed) < 12:
        return ()
    grams = {squeezed[i : i + 4] for i in range(len(squeezed) - 3)}
    columns = [_row(gram) for gram in grams]
    rows = list(map(min, *columns)) if len(columns) > 1 else list(columns[0])
    return tuple(f"{band}:{crc32(repr(rows[band * ROWS : band * ROWS + ROWS]).encode()):08x}" for band in range(BANDS))
