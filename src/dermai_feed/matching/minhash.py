"""MinHash: keys that texts share when most of their four-letter runs are the same.

Own hashing (CRC-32 of each run, then 48 fixed multiply-add permutations of 32 bits), so that a
signature in the database never depends on the version of a package. 12 bands of 4 rows: texts
that share 80 % of their runs share a band with probability 0.998, texts that share 30 % with 0.09.
"""

from __future__ import annotations

from functools import lru_cache
from zlib import crc32

BANDS, ROWS = 12, 4
_WORD = (1 << 32) - 1


def _coefficients() -> tuple[tuple[int, int], ...]:
    """48 pairs (a, b), a odd, from a fixed linear congruential sequence (Knuth's MMIX constants)."""
    state, pairs = 20260101, []
    for _ in range(BANDS * ROWS):
        state = (6364136223846793005 * state + 1442695040888963407) & ((1 << 64) - 1)
        a = (state >> 32) | 1
        state = (6364136223846793005 * state + 1442695040888963407) & ((1 << 64) - 1)
        pairs.append((a, state >> 32))
    return tuple(pairs)


_PERMUTATIONS = _coefficients()


@lru_cache(maxsize=512)  # a row is about 2 kB, and a daemon keeps them for years
def _row(gram: str) -> tuple[int, ...]:
    """The 48 hashes of one run."""
    g = crc32(gram.encode())
    return tuple([(a * g + b) & _WORD for a, b in _PERMUTATIONS])


def bands(text: str) -> tuple[str, ...]:
    """The 12 band keys of `text`, or none when it is shorter than 12 characters."""
    squeezed = "".join(c for c in text if c.isalnum())
    if len(squeezed) < 12:
        return ()
    grams = {squeezed[i : i + 4] for i in range(len(squeezed) - 3)}
    columns = [_row(gram) for gram in grams]
    rows = list(map(min, *columns)) if len(columns) > 1 else list(columns[0])
    return tuple(f"{band}:{crc32(repr(rows[band * ROWS : band * ROWS + ROWS]).encode()):08x}" for band in range(BANDS))
