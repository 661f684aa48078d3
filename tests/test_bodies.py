"""What sources answered, kept for a while."""

from __future__ import annotations

import gzip
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dermai_feed import bodies
from dermai_feed.bodies import Bodies, pack

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def kept(tmp_path: Path) -> Bodies:
    """Bodies for 30 days, at most 100 kB."""
    return Bodies(tmp_path / "bodies", keep=30 * 86400.0, most=100_000)


def files(folder: Path) -> list[Path]:
    """The documents on the disk."""
    return sorted(folder.glob("bodies/??/*"))


def document(text: bytes) -> bodies.Packed:
    """A packed feed."""
    return pack("rss", text, "text/xml", "https://news.example/feed?key=s3cr3t#top")


@given(st.binary(max_size=2_000))
def test_a_body_comes_back_as_it_was(body: bytes) -> None:
    """The same bytes give the same file, under the hash of what is in it."""
    packed = document(body)
    assert gzip.decompress(packed.data) == body
    assert packed == document(body)


def test_one_document_of_two_sources_is_kept_once(kept: Bodies, tmp_path: Path) -> None:
    """Each source has its line; the address is kept without its query, which may hold a key."""
    kept.add("one", [document(b"<rss/>")], NOW)
    kept.add("two", [document(b"<rss/>")], NOW + DAY)
    kept.add("two", [document(b"<feed/>")], NOW + 2 * DAY)
    assert len(files(tmp_path)) == 2
    listed = kept.listed()
    assert [(body.source_id, body.at) for body in listed] == [("one", NOW), ("two", NOW + DAY), ("two", NOW + 2 * DAY)]
    assert [kept.read(body) for body in listed] == [b"<rss/>", b"<rss/>", b"<feed/>"]
    assert {body.url for body in listed} == {"https://news.example/feed"}
    assert [body.at for body in kept.listed(sources={"two"}, since=NOW + 2 * DAY)] == [NOW + 2 * DAY]


def test_what_is_older_than_wanted_goes_and_what_a_younger_line_names_stays(kept: Bodies, tmp_path: Path) -> None:
    """A feed that says the same for months is kept as long as it is seen."""
    kept.add("one", [document(b"old"), document(b"both")], NOW)
    kept.add("one", [document(b"both")], NOW + 31 * DAY)
    assert kept.prune(NOW + 32 * DAY, dry=True).bodies == 1
    assert kept.prune(NOW + 32 * DAY).bodies == 1
    assert kept.prune(NOW + 32 * DAY).bodies == 0
    assert [kept.read(body) for body in kept.listed()] == [b"both"]
    assert len(files(tmp_path)) == 1


def test_the_disk_is_bounded_whatever_comes(kept: Bodies, tmp_path: Path) -> None:
    """The oldest days go until the rest fits."""
    for n in range(10):
        kept.add("one", [document(random.Random(n).randbytes(40_000))], NOW + n * DAY)
    kept.prune(NOW + 10 * DAY)
    assert sum(path.stat().st_size for path in files(tmp_path)) <= 100_000
    assert 0 < len(kept.listed()) < 10
    assert kept.listed()[-1].at == NOW + 9 * DAY


def test_nothing_is_kept_when_nobody_wants_it(kept: Bodies, tmp_path: Path) -> None:
    """And what was kept before goes."""
    kept.add("one", [document(b"x")], NOW)
    none = Bodies(tmp_path / "bodies", keep=30 * 86400.0, most=0)
    none.add("one", [document(b"y")], NOW)
    assert len(files(tmp_path)) == 1
    none.prune(NOW)
    assert files(tmp_path) == []


def test_a_damaged_or_missing_body_is_no_document(kept: Bodies, tmp_path: Path) -> None:
    """Half a line of the index is skipped; a body that is not what it was is None."""
    kept.add("one", [document(b"first")], NOW)
    kept.add("one", [document(b"second")], NOW)
    first, second = kept.listed()
    index = tmp_path / "bodies" / "index" / "2026-11-21.jsonl"
    index.write_text(index.read_text(encoding="utf-8") + '{"at": "2026-', encoding="utf-8")
    place = tmp_path / "bodies" / first.sha256[:2] / f"{first.sha256}.gz"
    place.write_bytes(gzip.compress(b"other"))
    assert kept.listed() == (first, second)
    assert (kept.read(first), kept.read(second)) == (None, b"second")
    place.unlink()
    assert kept.read(first) is None
