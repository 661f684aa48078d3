"""Walking: what is no file, links that lead nowhere, archives that are not opened, patterns."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from dermai_feed.imports.walk import Piece, Walk
from dermai_feed.model import Problem


def walked(argument: Path | str, scratch: Path) -> tuple[list[str], dict[str, str]]:
    """The names of the files, and what is said of others."""
    scratch.mkdir(exist_ok=True)
    found = list(Walk(scratch)(str(argument)))
    pieces = [one.name for one in found if isinstance(one, Piece)]
    return pieces, {one.where: one.what for one in found if isinstance(one, Problem)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file in it."""
    made = tmp_path / "in"
    made.mkdir()
    (made / "good.ris").write_text("TY  - JOUR\n")
    return made


def test_links_in_circles_and_to_nowhere_are_named_and_the_file_beside_them_is_read(
    folder: Path, tmp_path: Path
) -> None:
    """A link to itself, to the folder that it stands in, to nothing; one to a file of the folder is followed."""
    (folder / "self.ris").symlink_to("self.ris")
    (folder / "gone.ris").symlink_to("nothing.ris")
    (folder / "same.ris").symlink_to("good.ris")
    (folder / "up").symlink_to(".")
    names, problems = walked(folder, tmp_path / "scratch")
    assert names == ["good.ris", "same.ris"]
    circle = "a link that leads nowhere, or in a circle"
    assert problems == {"self.ris": circle, "gone.ris": circle}


def test_a_link_to_nowhere_that_is_named_itself_is_not_passed_over(folder: Path, tmp_path: Path) -> None:
    """On the command line it is there and is no file: it is said so."""
    (folder / "self.ris").symlink_to("self.ris")
    (folder / "gone.ris").symlink_to("nothing.ris")
    for name in ("self.ris", "gone.ris"):
        names, problems = walked(folder / name, tmp_path / "scratch")
        assert names == []
        assert "cannot be read" in problems[str(folder / name)]


def test_pipes_are_named_and_never_opened(folder: Path, tmp_path: Path) -> None:
    """Opening one would wait for ever."""
    os.mkfifo(folder / "pipe.ris")
    names, problems = walked(folder, tmp_path / "scratch")
    assert names == ["good.ris"]
    assert problems == {"pipe.ris": "no plain file but a pipe, a device or a socket"}
    assert list(walked("/dev/zero", tmp_path / "scratch")[1]) == ["zero"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_named(folder: Path, tmp_path: Path) -> None:
    """It is not passed over in silence."""
    (folder / "shut").mkdir(mode=0)
    names, problems = walked(folder, tmp_path / "scratch")
    (folder / "shut").chmod(0o700)
    assert names == ["good.ris"]
    assert problems == {"shut": "a folder that cannot be read: Permission denied"}


def test_archives_that_are_not_opened_are_called_by_their_name(folder: Path, tmp_path: Path) -> None:
    """A tar, packed or not, is not taken for a text."""
    with tarfile.open(folder / "a.tar", "w") as archive:
        archive.add(folder / "good.ris", "good.ris")
    with tarfile.open(folder / "b.tar.gz", "w:gz") as archive:
        archive.add(folder / "good.ris", "good.ris")
    (folder / "c.rar").write_bytes(b"Rar!\x1a\x07\x01\x00" + bytes(100))
    (folder / "d.bz2").write_bytes(b"BZh91AY" + bytes(100))
    names, problems = walked(folder, tmp_path / "scratch")
    assert names == ["good.ris"]
    assert problems == {
        "a.tar": "a tar archive, which is not opened", "b.tar": "a tar archive, which is not opened",
        "c.rar": "a RAR archive, which is not opened", "d.bz2": "a bzip2 file, which is not opened",
    }  # fmt: skip


def test_a_pattern_takes_folders_too(folder: Path, tmp_path: Path) -> None:
    """As if the shell had written them out; with ** each file comes once."""
    names, problems = walked(tmp_path / "i*", tmp_path / "scratch")
    assert (names, problems) == (["good.ris"], {})
    names, _ = walked(tmp_path / "**" / "*.ris", tmp_path / "scratch")
    assert names == [str(folder / "good.ris")]


def test_a_path_with_a_slip_is_told_what_stands_there(folder: Path, tmp_path: Path) -> None:
    """The file that is like it, or the folder that is not there either."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    said = {
        name: [one.hint for one in Walk(scratch)(str(folder / name)) if isinstance(one, Problem)]
        for name in ("god.rsi", "none/good.ris", "quite-another.xml")
    }
    assert said == {
        "god.rsi": [f"there is {folder / 'good.ris'}"],
        "none/good.ris": [f"there is no folder {folder / 'none'} either"],
        "quite-another.xml": ["check the path"],
    }  # fmt: skip
