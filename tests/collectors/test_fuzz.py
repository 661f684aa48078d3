"""Fuzzing (P-15): no mutation of a document makes a parser fail in an unforeseen way."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from dermai_feed import codec
from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Parsed

FEEDS = Path(__file__).resolve().parent.parent / "data" / "feeds"
SEEDS = Path(__file__).resolve().parent.parent.parent / "seeds"
BODIES = [
    *(
        ("rss", (FEEDS / n).read_bytes())
        for n in ("rss.xml", "atom.xml", "journal.rdf", "feed.json", "podcast.xml", "youtube.xml")
    ),
    *(("folder", path.read_bytes()) for path in sorted([*SEEDS.glob("*.txt"), *(FEEDS / "folder").iterdir()])),
]
PIECES = [
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"\x00",
    b"\xff",
    b"\xed\xa0\x80",
    b"<item>",
    b"</item>",
    b"---\n",
    b"\t",
    b'"',
    b"&#xD800;",
    b"{",
    b"[",
    b"*a",
    b"&a ",
    b"!!x ",
    b"\xfe\xff",
    b"<!DOCTYPE x [",
    b"xmlns:a=''",
    b"{}",
]


def mutation(body: bytes, chance: random.Random) -> bytes:
    """`body` with bytes flipped, pieces put in, parts cut out or moved."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed) + 1)
        what = chance.randrange(5)
        if what == 0 and at < len(changed):
            changed[at] ^= 1 << chance.randrange(8)
        elif what == 1:
            changed[at:at] = chance.choice(PIECES) * chance.choice((1, 1, 1, 50))
        elif what == 2:
            del changed[at : at + chance.randrange(200)]
        elif what == 3:
            del changed[at:]
        else:
            other = chance.choice(BODIES)[1]
            start = chance.randrange(len(other))
            changed[at:at] = other[start : start + chance.randrange(300)]
    return bytes(changed)


def outcome(kind: str, body: bytes) -> str:
    """ "read" when all of the result is text that UTF-8 can write, or the class of the failure."""
    try:
        parsed = parse_here(kind, body, "", "https://feeds.example/f", "src")
    except ParseFailed as failed:
        return failed.failure
    return "read" if codec.decode(Parsed, codec.encode(parsed)) == parsed else "changed"


def fuzz(count: int, seed: int) -> None:
    """Read `count` mutations; each gives a result or a ParseFailed, all of it text, within two seconds."""
    chance = random.Random(seed)
    for number in range(count):
        kind, body = chance.choice(BODIES)
        body = mutation(body, chance)
        started = time.process_time()
        assert outcome(kind, body) in {"read", "not_a_feed", "parse_error", "login", "challenge"}, (seed, number)
        assert time.process_time() - started < 2.0, (seed, number)


def test_p15_three_hundred_mutations() -> None:
    """A quick look on every run."""
    fuzz(300, seed=20261121)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(20))
def test_p15_ten_thousand_mutations(seed: int) -> None:
    """A long look at night."""
    fuzz(500, seed)
