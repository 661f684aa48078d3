"""Bodies, plain and gzip (F-02, F-03)."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.fetch.failures import Refusal
from dermai_feed.fetch.inflate import GzipBody, PlainBody, body_for

LIMIT = 10_000


def read(coding: str, *pieces: bytes, limit: int = LIMIT) -> bytes:
    """The body that `pieces` under `coding` are."""
    body = body_for([coding], limit)
    for piece in pieces:
        body.feed(piece)
    return body.end()


@pytest.mark.parametrize("coding", ["", "identity", " Identity , identity"])
def test_plain(coding: str) -> None:
    """Without a coding the bytes are the body."""
    assert read(coding, b"ab", b"", b"c") == b"abc"


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "identity, gzip"])
def test_f02_one_layer_of_gzip(coding: str) -> None:
    """One layer of gzip, under either of its names (RFC 9110 8.4.1.3), is expanded."""
    assert read(coding, gzip.compress(b"abc", mtime=0)) == b"abc"


@pytest.mark.parametrize(
    "coding", ["deflate", "br", "zstd", "compress", "gzip, gzip", "gzip, br", ",".join(["gzip"] * 200)]
)
def test_f02_other_codings(coding: str) -> None:
    """A registered coding that was not asked for, and every second layer, is refused unread."""
    with pytest.raises(Refusal) as caught:
        body_for([coding], LIMIT)
    assert caught.value.failure == "bad_coding"


def test_f02_layers_over_several_fields() -> None:
    """Layers named in several fields are layers too."""
    with pytest.raises(Refusal) as caught:
        body_for(["gzip", "gzip"], LIMIT)
    assert caught.value.failure == "bad_coding"


@pytest.mark.parametrize("coding", ["x-hostile", "gzip;q=1", "none", "gzip, x-hostile", "\x00"])
def test_f28_codings_that_do_not_exist(coding: str) -> None:
    """A coding outside the registry is broken HTTP."""
    with pytest.raises(Refusal) as caught:
        body_for([coding], LIMIT)
    assert caught.value.failure == "protocol"


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_f02_the_limit_is_exact(coding: str) -> None:
    """A body of exactly the limit is whole, one byte more is too much, in one piece or in many."""
    pack = gzip.compress if coding == "gzip" else bytes
    assert len(read(coding, pack(bytes(LIMIT)))) == LIMIT
    for step in (1, 7, LIMIT):
        data = pack(bytes(LIMIT + 1))
        with pytest.raises(Refusal) as caught:
            read(coding, *(data[i : i + step] for i in range(0, len(data), step)))
        assert caught.value.failure == "too_large"


def test_f02_a_bomb_is_noticed_after_one_step() -> None:
    """Ten kilobytes that expand to ten megabytes are refused long before they are expanded."""
    bomb = gzip.compress(bytes(10_000_000))
    body = GzipBody(100_000)
    tracemalloc.start()
    with pytest.raises(Refusal) as caught:
        body.feed(bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.failure == "too_large"
    assert peak < 500_000


def test_f02_small_pieces_cost_what_they_weigh() -> None:
    """A body that drips in by two bytes takes no more memory than one that comes at once."""
    body = PlainBody(LIMIT * 10)
    tracemalloc.start()
    for number in range(LIMIT):
        body.feed(number.to_bytes(2, "big"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_f03_members_are_read_to_the_last() -> None:
    """Several gzip members are one body (RFC 1952 2.2), wherever the pieces are cut."""
    data = gzip.compress(b"one ", mtime=0) + gzip.compress(b"", mtime=0) + gzip.compress(b"two", mtime=0)
    for step in range(1, len(data) + 1):
        assert read("gzip", *(data[i : i + step] for i in range(0, len(data), step))) == b"one two"


@pytest.mark.parametrize(
    ("what", "data"),
    {
        "wrong checksum": gzip.compress(b"abc", mtime=0)[:-8] + b"\0\0\0\0" + gzip.compress(b"abc", mtime=0)[-4:],
        "wrong length": gzip.compress(b"abc", mtime=0)[:-4] + b"\xff\0\0\0",
        "garbage after": gzip.compress(b"abc", mtime=0) + b"garbage, garbage, garbage",
        "zeros after": gzip.compress(b"abc", mtime=0) + bytes(20),
        "not gzip": b"<rss version='2.0'></rss>",
        "zlib": zlib.compress(b"abc"),
        "damaged inside": gzip.compress(b"abc", mtime=0)[:10] + b"\xff\xff" + gzip.compress(b"abc", mtime=0)[12:],
    }.items(),
)
def test_f03_damaged(what: str, data: bytes) -> None:
    """Gzip that does not agree with itself is no body."""
    with pytest.raises(Refusal) as caught:
        read("gzip", data)
    assert caught.value.failure == "bad_coding", what


@given(st.binary(max_size=LIMIT), st.integers(1, 200), st.data())
@settings(deadline=None, max_examples=100)
def test_f03_all_or_nothing(text: bytes, step: int, data: st.DataObject) -> None:
    """A gzip stream gives back what was packed, and no part of it gives anything."""
    packed = gzip.compress(text, mtime=0)
    assert read("gzip", *(packed[i : i + step] for i in range(0, len(packed), step))) == text
    cut = data.draw(st.integers(0, len(packed) - 1))
    with pytest.raises(Refusal) as caught:
        read("gzip", packed[:cut])
    assert caught.value.failure == "truncated"
