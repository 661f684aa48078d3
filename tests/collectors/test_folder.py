"""Folders: which files are read, what one bad file costs, and when nothing has changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dermai_feed.collectors import Context, collect, parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Collected, Parsed, Request, Response, Source, SourceState

FILES = Path(__file__).resolve().parent.parent / "data" / "feeds" / "folder"
SOURCE = Source(id="seeds", kind="folder", name="Seeds", url="seeds")
FRESH = SourceState(source_id="seeds")
SEED = b'---\ntitle: "A"\nwebUrl: "https://x.example/a"\n---\n\n'


def no_network(_request: Request) -> Response:
    raise AssertionError("a folder is not fetched")


def poll(
    base: Path, state: SourceState = FRESH, parse: Callable[[str, bytes, str, str, str], Parsed] = parse_here
) -> Collected:
    return collect(
        SOURCE, state, Context(fetch=no_network, parse=parse, now=datetime(2026, 11, 21, tzinfo=UTC), base=base)
    )


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A base folder with a seeds folder that holds one good file."""
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "a.md").write_bytes(SEED)
    return tmp_path


def test_every_text_file_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    """Front matter and hand-outs lie side by side; no name is special, other files are left alone."""
    shutil.copytree(FILES, tmp_path / "seeds")
    (tmp_path / "seeds" / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "seeds" / "sub").mkdir()
    (tmp_path / "seeds" / "sub.md").mkdir()
    got = poll(tmp_path)
    assert got.failure is None
    assert [entry.where.partition(":")[0] for entry in got.entries] == (
        ["handout.md"] * 6 + ["old-generation.md"] * 2 + ["video.md"]
    )
    assert {term.group for term in got.terms} == {"ai", "condition", "theme"}
    assert got.requests == 0


def test_an_absolute_path_is_used_as_it_is(base: Path) -> None:
    """A folder may lie anywhere."""
    source = replace(SOURCE, url=str(base / "seeds"))
    nowhere = Context(fetch=no_network, parse=parse_here, now=datetime(2026, 11, 21, tzinfo=UTC), base=Path("/nowhere"))
    assert len(collect(source, FRESH, nowhere).entries) == 1


def test_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    """The message names the folder and the source to correct."""
    got = poll(tmp_path)
    assert got.failure == "not_found"
    assert str(tmp_path / "seeds") in got.failure_text
    assert "seeds" in got.failure_text


def test_an_empty_folder_is_fine(tmp_path: Path) -> None:
    """No files, no entries, no failure."""
    (tmp_path / "seeds").mkdir()
    got = poll(tmp_path)
    assert (got.failure, got.entries, got.problems) == (None, (), ())


def test_f16_an_unchanged_folder_is_not_parsed_again(base: Path) -> None:
    """Same names with same contents are recognised; a touched clock does not matter."""
    first = poll(base)
    assert first.body_hash is not None
    os.utime(base / "seeds" / "a.md", (0, 0))

    def never(*_question: object) -> Parsed:
        raise AssertionError("not to be parsed")

    again = poll(base, replace(FRESH, body_hash=first.body_hash), never)
    assert again.same_body
    assert again.body_hash == first.body_hash


@pytest.mark.parametrize("change", ["edit", "rename", "add", "remove", "move a byte between files"])
def test_f16_any_change_of_a_folder_is_noticed(base: Path, change: str) -> None:
    """Contents, names and number of files all count."""
    folder = base / "seeds"
    (folder / "b.txt").write_bytes(b"# one\n\n## two\n")
    before = poll(base, FRESH, lambda *_: Parsed()).body_hash
    assert before is not None
    if change == "edit":
        (folder / "a.md").write_bytes(SEED.replace(b"A", b"B"))
    elif change == "rename":
        (folder / "a.md").rename(folder / "c.md")
    elif change == "add":
        (folder / "c.md").write_bytes(b"")
    elif change == "remove":
        (folder / "b.txt").unlink()
    else:
        (folder / "a.md").write_bytes(SEED + b"#")
        (folder / "b.txt").write_bytes(b" one\n\n## two\n")
    after = poll(base, replace(FRESH, body_hash=before), lambda *_: Parsed())
    assert not after.same_body
    assert after.body_hash != before


@pytest.mark.parametrize(
    "name",
    [
        ".a.md.swp",
        "a.md~",
        ".#a.md",
        "#a.md#",
        "#a.md",
        "4913",
        "a.md.orig",
        "a.md.rej",
        "a.md.tmp",
        "a.orig.md",
        ".DS_Store",
        "~$a.md",
        ".hidden.md",
        "a.md.bak",
    ],
)
def test_w08_droppings_of_editors_are_no_articles(base: Path, name: str) -> None:
    """What editors and file managers leave behind is neither read nor reported."""
    (base / "seeds" / name).write_bytes(SEED.replace(b"/a", b"/dropping"))
    got = poll(base)
    assert [entry.link for entry in got.entries] == ["https://x.example/a"]
    assert got.problems == ()


@pytest.mark.parametrize(
    "name", ["a (conflicted copy 2026-11-20).md", "a.sync-conflict-20261120-101010.md", "a (Ada's conflicted copy).txt"]
)
def test_w08_a_conflicted_copy_is_reported_and_not_read(base: Path, name: str) -> None:
    """Two versions of one file need a human; until then the original counts."""
    (base / "seeds" / name).write_bytes(SEED.replace(b"/a", b"/copy"))
    got = poll(base)
    assert len(got.entries) == 1
    assert [problem.where for problem in got.problems] == [name]
    assert "conflicted copy" in got.problems[0].what


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        (b"---\ntitle: caf\xe9\n---\n", 2, "UTF-8"),
        (b"---\ntitle: a\n", 1, "no closing"),
        (b"---\ntitle: a\ntitle: b\n---\n", 3, "second time"),
        (b"---\n- a\n- b\n---\n", 2, "key: value"),
        (b"---\njust words\n---\n", 2, "key: value"),
        (b"---\n---\n", 2, "key: value"),
        (b"---\ntitle: 'a\n---\n", 3, "quoted scalar"),
        (b"---\ntitle: a\n\timages: b\n---\n", 3, ""),
        (b"---\n<<<<<<< HEAD\ntitle: a\n=======\ntitle: b\n>>>>>>> x\n---\n", 3, "not allowed in this context"),
        (b"---\ntitle: !!python/object/apply:os.system ['touch pwned']\n---\n", 2, "tag"),
        (
            b"---\na: &a [" + b"x," * 10 + b"]\nb: &b [" + b"*a," * 10 + b"]\nc: &c [" + b"*b," * 10 + b"]\n---\n",
            4,
            "aliases",
        ),
        (b"---\na: " + b"[" * 5_000 + b"\n---\n", 2, "deeper"),
        (b"---\ncategory: news\n---\n", 2, "neither a title nor an address"),
        (b"---\n? [a]\n: b\n---\n", 2, "not text"),
        (b"---\ntitle: *nobody\n---\n", 2, "stands for nothing"),
        (b"---\ntitle: a\x07b\n---\n", 2, "U+0007"),
        (b"plain words\n", 1, "nothing was taken"),
    ],
    ids=[
        "latin-1",
        "no fence",
        "key twice",
        "list",
        "scalar",
        "empty",
        "open quote",
        "tab",
        "merge markers",
        "tag",
        "alias bomb",
        "deep",
        "no title",
        "odd key",
        "unknown alias",
        "control character",
        "plain words",
    ],
)
def test_w06_w16_a_bad_file_is_named_with_its_line_and_costs_no_other(
    base: Path, body: bytes, line: int, words: str
) -> None:
    """Whatever is wrong with one file is one problem, and the good file beside it is read."""
    (base / "seeds" / "bad.md").write_bytes(body)
    got = poll(base)
    assert got.failure is None
    assert [entry.link for entry in got.entries] == ["https://x.example/a"]
    (problem,) = got.problems
    assert (problem.where, problem.kind) == (f"bad.md:{line}", "file")
    assert words in problem.what
    assert not Path("pwned").exists()


def test_a_problem_is_said_again_until_it_is_mended(base: Path) -> None:
    """A folder with a bad file is never "unchanged"."""
    (base / "seeds" / "bad.md").write_bytes(b"---\n")
    got = poll(base)
    assert got.body_hash is None
    assert poll(base, replace(FRESH, body_hash=got.body_hash)).problems == got.problems


def test_w16_a_large_file_is_not_read(base: Path) -> None:
    """Above 256,000 bytes a file is reported; at the limit it is read."""
    (base / "seeds" / "b.md").write_bytes(SEED.replace(b"/a", b"/b") + b" " * (256_000 - len(SEED)))
    (base / "seeds" / "c.md").write_bytes(b" " * 256_001)
    got = poll(base)
    assert [entry.link for entry in got.entries] == ["https://x.example/a", "https://x.example/b"]
    assert [problem.where for problem in got.problems] == ["c.md:1"]


def test_an_unreadable_file_is_named(base: Path) -> None:
    """A file that cannot be read is a problem of that file; a link that leads nowhere is no file."""
    (base / "seeds" / "gone.md").symlink_to(base / "nowhere")
    (base / "seeds" / "loop.md").symlink_to(base / "seeds" / "loop.md")
    (base / "seeds" / "memory.md").symlink_to("/proc/self/mem")  # not even root can read its beginning
    got = poll(base)
    assert [entry.link for entry in got.entries] == ["https://x.example/a"]
    (problem,) = got.problems
    assert problem.where == "memory.md:1"
    assert "cannot be read" in problem.what


def test_p02_a_file_that_parses_for_ever_costs_only_itself(base: Path) -> None:
    """When the child process gives up on one file, the others still arrive."""
    (base / "seeds" / "slow.md").write_bytes(SEED)

    def parse(kind: str, body: bytes, content_type: str, url: str, source_id: str) -> Parsed:
        if url == "slow.md":
            raise ParseFailed("parse_timeout", "not parsed within 10 s")
        return parse_here(kind, body, content_type, url, source_id)

    got = poll(base, FRESH, parse)
    assert len(got.entries) == 1
    assert [problem.where for problem in got.problems] == ["slow.md:1"]
