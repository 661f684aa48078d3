"""journal: append-only files of lines."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed import journal
from dermai_feed.errors import StoreError
from dermai_feed.model import Problem

FIRST, SECOND = '{"n":1}', '{"n":2}'


def add(path: Path, *lines: str) -> None:
    """Append these lines whatever is there."""
    journal.append(path, lambda _: lines, tail=100)


def texts(path: Path) -> list[str]:
    """The texts of all lines; fails on a problem."""
    found = list(journal.lines(path))
    assert not any(isinstance(line, Problem) for line in found)
    return [line.text for line in found if isinstance(line, journal.Line)]


def test_lines_are_added_at_the_end(tmp_path: Path) -> None:
    """A new file is made, an old one grows; each line ends with a newline."""
    path = tmp_path / "log.jsonl"
    add(path, FIRST)
    add(path, SECOND, "{}")
    assert path.read_bytes() == b'{"n":1}\n{"n":2}\n{}\n'
    assert texts(path) == [FIRST, SECOND, "{}"]


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    """Reading does not make one."""
    assert texts(tmp_path / "log.jsonl") == []
    assert list(tmp_path.iterdir()) == []


def test_a_choice_that_wants_nothing_of_the_end_sees_nothing(tmp_path: Path) -> None:
    """`tail=0` on a file that has lines."""
    path, seen = tmp_path / "log.jsonl", list[bytes]()
    add(path, FIRST)

    def choose(end: bytes) -> list[str]:
        seen.append(end)
        return [SECOND]

    journal.append(path, choose, tail=0)
    assert (texts(path), seen) == ([FIRST, SECOND], [b""])


def test_nothing_to_add_leaves_the_bytes(tmp_path: Path) -> None:
    """An empty choice writes nothing."""
    path = tmp_path / "log.jsonl"
    add(path, FIRST)
    before = path.stat().st_mtime_ns
    add(path)
    assert path.stat().st_mtime_ns == before


@settings(deadline=None, max_examples=60)
@given(cut=st.integers(1, 40), words=st.text(max_size=30))
def test_a_torn_last_line_is_removed_by_the_next_append(
    tmp_path_factory: pytest.TempPathFactory, cut: int, words: str
) -> None:
    """Wherever a crash cut the last line off, the file ends as if it had not happened."""
    import json

    path = tmp_path_factory.mktemp("torn") / "log.jsonl"
    last = json.dumps({"words": words}, ensure_ascii=False).encode() + b"\n"
    torn = last[: -min(cut, len(last))]
    path.write_bytes(b'{"n":1}\n' + torn)
    journal.append(path, lambda _: [last.decode()[:-1]], tail=100)
    kept = torn == last[:-1]  # only the line end was missing: the line counts, and is there twice now
    assert path.read_bytes() == b'{"n":1}\n' + (last if kept else b"") + last


@pytest.mark.parametrize("size", [10, 70_000, 200_000])
def test_a_torn_line_of_any_length_is_removed(tmp_path: Path, size: int) -> None:
    """Longer than what is read at once, and as the only line of its file."""
    path = tmp_path / "log.jsonl"
    for before in (b"", b'{"n":1}\n'):
        path.write_bytes(before + b'{"text":"' + b"x" * size)
        add(path, SECOND)
        assert path.read_bytes() == before + b'{"n":2}\n'


def test_a_whole_line_without_its_end_is_kept(tmp_path: Path) -> None:
    """An editor may save without a final newline; the next line starts below."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(FIRST.encode())
    add(path, SECOND)
    assert texts(path) == [FIRST, SECOND]


def test_what_a_person_wrote_is_not_removed(tmp_path: Path) -> None:
    """Only a torn object of ours goes; any other text without a line end is kept."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(b"# a note by hand")
    add(path, SECOND)
    assert texts(path) == ["# a note by hand", SECOND]


def test_a_choice_sees_whole_lines_of_the_tail_only(tmp_path: Path) -> None:
    """The tail is at most as long as asked for and begins with a line."""
    path = tmp_path / "log.jsonl"
    add(path, *(f'{{"n":{number}}}' for number in range(10)))
    seen: list[bytes] = []

    def choose(tail: bytes) -> list[str]:
        seen.append(tail)
        return []

    journal.append(path, choose, tail=20)
    journal.append(path, choose, tail=10_000)
    assert seen == [b'{"n":8}\n{"n":9}\n', path.read_bytes()]


def test_a_line_that_is_not_utf_8_takes_no_other_with_it(tmp_path: Path) -> None:
    """It is named by file and line; blank lines count in the numbers and are no lines."""
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"n":1}\n\n\xff\xfe\n{"n":2}\n')
    first, problem, second = journal.lines(path)
    assert isinstance(problem, Problem)
    assert problem.where == f"{path}:3"
    assert isinstance(first, journal.Line)
    assert isinstance(second, journal.Line)
    assert (first.number, second.number, second.text) == (1, 4, SECOND)


def test_two_that_append_at_once_wait_for_each_other(tmp_path: Path) -> None:
    """Each sees what the other has added: twenty numbers, none twice."""
    path = tmp_path / "log.jsonl"

    def count() -> None:
        for _ in range(10):
            journal.append(path, lambda tail: [str(len(tail.splitlines()))], tail=10_000)

    threads = [threading.Thread(target=count) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert texts(path) == [str(number) for number in range(20)]


def test_e01_a_line_is_on_disk_when_append_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is synced after its last byte, and when it is new its folder before the first (X-23)."""
    path = tmp_path / "log.jsonl"
    synced: list[tuple[int, int]] = []
    sync = os.fsync

    def watched(file: int) -> None:
        synced.append((os.fstat(file).st_ino, path.stat().st_size))
        sync(file)

    monkeypatch.setattr(os, "fsync", watched)
    add(path, FIRST)
    add(path, SECOND)
    file, folder = path.stat().st_ino, tmp_path.stat().st_ino
    assert synced == [(folder, 0), (file, 8), (file, 16)]


def test_a_symbolic_link_is_not_followed(tmp_path: Path) -> None:
    """W-12: nothing is written to where a link leads."""
    (tmp_path / "elsewhere").write_text("untouched")
    (tmp_path / "log.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match=r"log\.jsonl"):
        add(tmp_path / "log.jsonl", FIRST)
    assert (tmp_path / "elsewhere").read_text() == "untouched"


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """A corpus that has vanished is not made anew by a log (W-09)."""
    with pytest.raises(StoreError, match="nowhere"):
        add(tmp_path / "nowhere" / "log.jsonl", FIRST)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder in its place is no log."""
    with pytest.raises(StoreError, match="make it readable"):
        list(journal.lines(tmp_path))


FULL = """
import resource, sys
from pathlib import Path
from dermai_feed import journal
from dermai_feed.errors import StoreError
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    journal.append(Path(sys.argv[1]), lambda _: ['{"n":"%s"}' % ("x" * 700)] * 2, tail=10)
except StoreError as error:
    print(error)
    sys.exit(error.exit_code)
"""


def test_w19_a_full_disk_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    """Two lines of which the second has no room: neither is there, exit 5, the file is named."""
    path = tmp_path / "log.jsonl"
    add(path, FIRST)
    done = subprocess.run([sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 5, done.stderr
    assert str(path) in done.stdout
    assert texts(path) == [FIRST]


def test_a_folder_that_cannot_be_synced_gets_no_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is said of it is true: a new file is safe in its folder before anything stands in the file."""

    def refused(_folder: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(journal, "sync_folder", refused)
    path = tmp_path / "decisions.jsonl"
    with pytest.raises(StoreError, match="nothing was added"):
        journal.append(path, lambda _tail: ["{}"], tail=0)
    assert path.read_bytes() == b""
