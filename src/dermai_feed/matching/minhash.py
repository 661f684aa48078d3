"""MinHash: keys that texts share when most of their four-letter runs are the same.

Own hashing (CRC-32 of each run, then 48 fixed multiply-add permutations), so that a signature
in the database never depends on the version of a package. 12 bands of 4 rows: texts that share
80 % of their runs share a band with probability 0.998, texts that share 30 % with 0.09.
"""

from __future__ import annotations

from zlib import crc32

BANDS, ROWS = 12, 4
_PRIME = (1 << 61) - 1  # a Mersenne prime, so that a*x+b mod p permutes


def _coefficients() -> tuple[tuple[int, int], ...]:
    """48 pairs (a, b) from a fixed linear congruential sequence (Knuth's MMIX constants)."""
    state, pairs = 20260101, []
    for _ in range(BANDS * ROWS):
        state = (6364136223846793005 * state + 1442695040888963407) & ((1 << 64) - 1)
        a = (state >> 4) | 1
        state = (6364136223846793005 * state + 1442695040888963407) & ((1 << 64) - 1)
        pairs.append((a % _PRIME, (state >> 4) % _PRIME))
    return tuple(pairs)


_PERMUTATIONS = _coefficients()


def bands(text: str) -> tuple[str, ...]:
    """The 12 band keys of `text`, or none when it is shorter than 12 characters."""
    squeezed = "".join(c for c in text if c.isalnum())
    if len(squeezed) < 12:
        return ()
    grams = {crc32(squeezed[i : i + 4].encode()) for i in range(len(squeezed) - 3)}
    rows = [min([(a * g + b) % _PRIME for g in grams]) for a, b in _PERMUTATIONS]
    return tuple(f"{band}:{crc32(repr(rows[band * ROWS : band * ROWS + ROWS]).encode()):08x}" for band in range(BANDS))
