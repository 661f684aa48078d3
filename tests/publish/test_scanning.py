"""What lies in the corpus: whose file each is, and what is left alone."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dermai_feed.errors import CorpusError, StoreError
from dermai_feed.publish import disk, files, scanning
from dermai_feed.publish.files import Found, Scan, scan, vanished

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def page(story: str = "", url: str = "", published: str = "false", more: str = "") -> str:
    block = f"\ndermai:\n  id: {story}\n" if story else ""
    address = url or f"https://a.example/{story}"
    return f'---\ntitle: "T"\nwebUrl: "{address}"\npublished: {published}\n{more}{block}---\n\n'


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus with two stories, s1 and s2."""
    files.ensure_corpus(tmp_path, NOW)
    (tmp_path / "news/1.md").write_text(page("s1", published="true"))
    (tmp_path / "news/2.md").write_text(page("s2"))
    return tmp_path


def test_w10_stories_are_found_by_their_id(corpus: Path) -> None:
    """Each with its path, addresses, state and hash; nothing is wrong."""
    found = scan(corpus)
    assert {story: page.path for story, page in found.pages.items()} == {"s1": "news/1.md", "s2": "news/2.md"}
    assert found.pages["s1"].published
    assert not found.pages["s2"].published
    assert found.pages["s1"].sha256 == disk.sha256((corpus / "news/1.md").read_bytes())
    assert found.paths == {"news/1.md", "news/2.md"}
    assert (found.problems, found.droppings, found.temporaries, found.copies) == ((), (), (), {})


def test_w10_renamed_and_moved_files_are_followed(corpus: Path) -> None:
    """To another name, a folder below, or a folder beside `news`."""
    (corpus / "news/2024/old").mkdir(parents=True)
    (corpus / "news/1.md").rename(corpus / "news/2024/old/Nicer Name.md")
    (corpus / "published").mkdir()
    (corpus / "news/2.md").rename(corpus / "published/2.md")
    found = scan(corpus)
    assert found.pages["s1"].path == "news/2024/old/Nicer Name.md"
    assert found.pages["s2"].path == "published/2.md"
    assert "news/2024/old/nicer name.md" in found.paths


def test_w10_a_copy_is_reported_and_neither_file_is_touched(corpus: Path) -> None:
    """Two files of one id: named once, with both paths; the story is blocked."""
    (corpus / "news/copy.md").write_text(page("s1"))
    found = scan(corpus)
    assert "s1" not in found.pages
    assert found.copies == {"s1": ("news/1.md", "news/copy.md")}
    assert found.blocked == {"s1"}
    assert len(found.problems) == 1
    assert "news/1.md, news/copy.md; none of them is touched" in found.problems[0].what


def test_w10_files_without_our_id_are_known_by_their_address(corpus: Path) -> None:
    """A file that an editor made belongs to the story of its address; two of them are copies."""
    (corpus / "news/mine.md").write_text(page(url="https://b.example/1"))
    assert scan(corpus).by_url["https://b.example/1"].path == "news/mine.md"
    (corpus / "news/again.md").write_text(page(url="https://b.example/1"))
    found = scan(corpus)
    assert found.by_url == {}
    assert found.copies == {"https://b.example/1": ("news/again.md", "news/mine.md")}


DROPPINGS = [
    ".1.md.swp", "1.md~", ".#1.md", "#1.md#", "4913", "1.md.orig", "1.md.rej", "1.tmp", ".DS_Store", "Thumbs.db",
    "1.bak",
    "1 (conflicted copy 2026-11-20).md",
]  # fmt: skip


def test_w08_droppings_are_not_articles(corpus: Path) -> None:
    """Twelve names of editors and synchronisers: no record, one report for the conflicted copy."""
    for name in DROPPINGS:
        (corpus / "news" / name).write_text(page("s3"))
    found = scan(corpus)
    assert found.pages.keys() == {"s1", "s2"}
    assert set(found.droppings) == {f"news/{name}" for name in DROPPINGS}
    assert [problem.where for problem in found.problems] == ["news/1 (conflicted copy 2026-11-20).md"]


@pytest.mark.parametrize("name", ["1.sync-conflict-20261120.md", "1.md.conflict", "1.md.2.conflict"])
def test_w08_conflict_copies_are_reported(corpus: Path, name: str) -> None:
    """Ours and Syncthing's."""
    (corpus / "news" / name).write_text(page("s1"))
    found = scan(corpus)
    assert [problem.where for problem in found.problems] == [f"news/{name}"]
    assert found.pages.keys() == {"s1", "s2"}


def test_files_that_are_no_stories_are_left_out(corpus: Path) -> None:
    """Digests, the ledger, hidden folders, a README, pictures; a broken README is nobody's business."""
    for path in (
        "digests/w47.md",
        "ledger/x.md",
        ".git/x.md",
        "README.md",
        "docs/a.md",
        "news/photo.png",
        "news/notes.txt",
    ):
        (corpus / path).parent.mkdir(exist_ok=True)
        (corpus / path).write_text("# Read me\n")
    (corpus / "plain.md").write_text("---\ntitle: no story\n---\n")
    found = scan(corpus)
    assert found.files.keys() == {"news/1.md", "news/2.md"}
    assert found.problems == ()


BROKEN = {
    "not closed": "---\ntitle: x\n",
    "merge markers": page("s9").replace("published", "<<<<<<< HEAD\npublished"),
    "tab": page("s9").replace("  id", "\tx: 1\n  id"),
    "duplicate key": page("s9", more="title: y\n"),
    "list": "---\n- a\n---\n",
    "latin-1": page("s9").replace("T", "caf\xe9").encode("latin-1"),
    "bad date": page("s9", more="publishedDateTime: 2020-02-30\n"),
    "bad truth": page("s9", published="maybe"),
    "300 kB": page("s9", more="odd: " + "x" * 300_000 + "\n"),
    "no fence": "just words\n",
    "tag": page("s9", more="odd: !!python/name:os.system x\n"),
    "depth": page("s9", more="odd: " + "[" * 5_000 + "\n"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_w06_a_broken_file_is_reported_left_alone_and_picked_up_when_mended(corpus: Path, kind: str) -> None:
    """One report with a hint; the bytes are the same after three scans; its story is not written elsewhere."""
    content = BROKEN[kind]
    path = corpus / "news/9.md"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = path.read_bytes()
    for _ in range(3):
        found = scan(corpus)
        assert found.unreadable.keys() == {"news/9.md"}
        assert len(found.problems) == 1
        assert found.problems[0].where.startswith("news/9.md")
        assert found.problems[0].hint
        assert "s9" not in found.pages
        if b"id: s9" in before[:200_000]:
            assert "s9" in found.blocked
    assert path.read_bytes() == before
    path.write_text(page("s9"))
    assert scan(corpus).pages["s9"].path == "news/9.md"


def test_w06_the_report_names_the_line(corpus: Path) -> None:
    """`news/9.md:5`, as an editor's program understands it."""
    (corpus / "news/9.md").write_text(page("s9", more="title: y\n"))
    assert scan(corpus).problems[0].where == "news/9.md:5"


def test_w06_a_broken_file_without_id_blocks_its_address(corpus: Path) -> None:
    """What an editor is writing is not written a second time."""
    (corpus / "news/mine.md").write_text('---\nwebUrl: "https://b.example/1"\ntitle: "open\n---\n')
    assert "https://b.example/1" in scan(corpus).blocked


def test_w12_links_and_folders_named_like_files_are_not_read(corpus: Path, tmp_path: Path) -> None:
    """A linked file is reported, a linked folder not entered, a pipe reported."""
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "3.md").write_text(page("s3"))
    (corpus / "news/link.md").symlink_to(outside / "3.md")
    (corpus / "news/away").symlink_to(outside)
    (corpus / "news/folder.md").mkdir()
    os.mkfifo(corpus / "news/pipe.md")
    found = scan(corpus)
    assert found.pages.keys() == {"s1", "s2"}
    assert sorted(problem.where for problem in found.problems) == ["news/away", "news/link.md", "news/pipe.md"]


def test_a_missing_corpus_is_told(tmp_path: Path) -> None:
    """With what to do; nothing is made."""
    with pytest.raises(CorpusError, match="no such folder; mount or restore it"):
        scan(tmp_path / "gone")
    assert list(tmp_path.iterdir()) == []


def test_w19_a_corpus_that_cannot_be_listed_is_told(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk's refusal names the folder."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(StoreError, match="right to write"):
        scan(corpus)


# --------------------------------------------------------------------------- what is remembered


def test_w23_a_file_that_did_not_change_is_not_read_again(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Size, time and inode are enough once the file is two seconds old."""
    later = datetime.now(UTC) + timedelta(minutes=1)
    first = scan(corpus, now=later)
    read = []
    real = disk.read
    monkeypatch.setattr(disk, "read", lambda path, most: (read.append(path), real(path, most))[1])
    again = scan(corpus, first.files, now=later)
    assert read == []
    assert again == first
    (corpus / "news/2.md").write_text(page("s2", published="true"))
    assert scan(corpus, first.files, now=later).pages["s2"].published
    assert [Path(path).name for path in read] == ["2.md"]


def test_w23_a_text_that_was_written_last_is_not_parsed_again(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hash is enough, also after a move; an edited file is parsed."""
    full = scan(corpus)
    written = {
        found.path: Found(path=found.path, story=found.story, sha256=found.sha256) for found in full.files.values()
    }  # fmt: skip
    (corpus / "news/1.md").rename(corpus / "news/moved.md")
    (corpus / "news/2.md").write_text(page("s2", published="yes"))
    (corpus / "news/3.md").write_text(page("s3"))
    parsed = []
    real = scanning.read
    monkeypatch.setattr(scanning, "read", lambda data, path: (parsed.append(path), real(data, path))[1])
    found = scan(corpus, written)
    assert parsed == ["news/2.md", "news/3.md"]
    assert found.pages["s1"] == replace(full.pages["s1"], path="news/moved.md", inode=found.pages["s1"].inode)
    assert found.pages["s2"].published


def test_w14_a_known_text_that_says_yes_in_other_words_is_parsed(corpus: Path) -> None:
    """Only `true` and `false` are read without a parser."""
    (corpus / "news/2.md").write_text(page("s2", published="yes"))
    first = scan(corpus)
    assert scan(corpus, first.files).pages["s2"].published


@pytest.mark.parametrize("now", ["at once", "unknown"])
def test_w23_an_edit_of_equal_length_in_the_same_second_is_seen(corpus: Path, now: str) -> None:
    """A file that was young when it was scanned is read again, whatever its time says."""
    path = corpus / "news/2.md"
    when = None if now == "unknown" else datetime.fromtimestamp(path.stat().st_mtime, UTC)
    first = scan(corpus, now=when)
    status = path.stat()
    with path.open("r+") as file:  # the same inode
        file.write(page("s2").replace('"T"', '"U"'))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert scan(corpus, first.files, now=when).pages["s2"].sha256 != first.pages["s2"].sha256


@pytest.mark.nightly
def test_w23_twenty_thousand_files_are_known_again_in_seconds(tmp_path: Path) -> None:
    """A scan with nothing new takes less than the 10 s of a whole run."""
    (tmp_path / "news").mkdir()
    for number in range(20_000):
        (tmp_path / "news" / f"{number}.md").write_text(page(f"s{number}"))
    later = datetime.now(UTC) + timedelta(minutes=1)
    first = scan(tmp_path, now=later)
    begun = time.perf_counter()
    assert scan(tmp_path, first.files, now=later) == first
    assert time.perf_counter() - begun < 5


# --------------------------------------------------------------------------- vanished files


def scanned(*stories: str, blocked: str = "") -> Scan:
    found = {f"news/{story}.md": Found(path=f"news/{story}.md", story=story) for story in stories}
    return Scan(files=found, blocked=frozenset({blocked} - {""}))


def known(count: int) -> dict[str, str]:
    return {f"s{number}": f"news/s{number}.md" for number in range(count)}


@pytest.mark.parametrize(
    ("count", "gone", "accident"),
    [
        (100, 0, False), (100, 1, False), (100, 20, False), (100, 21, True), (100, 30, True), (100, 100, True),
        (1_000, 20, False), (1_000, 21, True), (10, 2, False), (10, 3, True), (5, 1, False), (5, 2, True),
        (1, 1, False), (2, 2, True), (0, 0, False),
    ],
)  # fmt: skip
def test_w09_deleting_a_file_is_a_decision_losing_the_folder_is_not(count: int, gone: int, accident: bool) -> None:
    """More than 20 files or 20 % at once stop the run; one file is always a decision."""
    rest = scanned(*(f"s{number}" for number in range(gone, count)))
    if accident:
        with pytest.raises(CorpusError, match=f"{gone} of {count} story files are gone at once.*nothing was changed"):
            vanished(known(count), rest)
    else:
        assert vanished(known(count), rest) == {f"s{number}" for number in range(gone)}


def test_w09_a_moved_a_broken_and_a_copied_file_are_not_gone() -> None:
    """Gone is what no file tells any more, under any name."""
    moved = Scan(files={"news/else.md": Found(path="news/else.md", story="s0")})
    assert vanished(known(1), moved) == set()
    assert vanished(known(1), scanned(blocked="s0")) == set()
    unreadable = Scan(files={"news/s0.md": Found(path="news/s0.md")})
    assert vanished(known(1), unreadable) == set()


def test_w09_on_the_disk(corpus: Path) -> None:
    """One of two deleted is a decision; both gone is an accident, and coming back needs no repair."""
    remembered = {"s1": "news/1.md", "s2": "news/2.md"}
    (corpus / "news/1.md").rename(corpus / "1.txt")
    assert vanished(remembered, scan(corpus)) == {"s1"}
    (corpus / "news/2.md").rename(corpus / "2.txt")
    with pytest.raises(CorpusError):
        vanished(remembered, scan(corpus))
    (corpus / "1.txt").rename(corpus / "news/1.md")
    (corpus / "2.txt").rename(corpus / "news/2.md")
    assert vanished(remembered, scan(corpus)) == set()
