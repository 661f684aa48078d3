"""The disk: whole files, no race lost, nothing outside the corpus."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dermai_feed.errors import CorpusError, StoreError
from dermai_feed.publish import disk, files, replacing
from dermai_feed.publish.files import Changed, Removed, Written

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PATH = "news/2024-01-01-a.md"
OLD, NEW, THEIRS = "old text\n", "new text\n", "an editor's text\n"


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """A corpus with one file, OLD, at PATH."""
    root = tmp_path / "corpus"
    files.ensure_corpus(root, NOW)
    (root / PATH).write_text(OLD)
    return root


def names(corpus: Path) -> list[str]:
    """All files below `corpus` but its marker and attributes."""
    found = (path.relative_to(corpus).as_posix() for path in corpus.rglob("*") if not path.is_dir())
    return sorted(name for name in found if name not in {".dermai-corpus", ".gitattributes"})


def between(monkeypatch: pytest.MonkeyPatch, point: str, act: Callable[[], object]) -> None:
    """Do `act` the first time that the program comes to the fail point `point`, as an editor would."""
    done = []

    def hit(name: str) -> None:
        if name == point and not done:
            done.append(name)
            act()

    monkeypatch.setattr(replacing, "hit", hit)


# --------------------------------------------------------------------------- writing


def test_a_file_is_replaced_when_it_is_as_it_was_read(corpus: Path) -> None:
    """The new text is there, its hash is told, nothing else is left in the folder."""
    done = files.write(corpus, PATH, NEW, OLD)
    assert done == Written(path=PATH, sha256=disk.sha256(NEW.encode()))
    assert (corpus / PATH).read_text() == NEW
    assert names(corpus) == [PATH]


def test_a_new_file_is_made_with_its_folders(corpus: Path) -> None:
    """Folders that are missing are made on the way."""
    assert files.write(corpus, "digests/2026/w47.md", NEW, None)
    assert (corpus / "digests/2026/w47.md").read_text() == NEW


def test_w02_a_text_that_is_there_already_is_not_written(corpus: Path) -> None:
    """Same bytes: inode and time of the file stay."""
    before = (corpus / PATH).stat()
    assert files.write(corpus, PATH, OLD, OLD)
    after = (corpus / PATH).stat()
    assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)


@pytest.mark.parametrize(
    ("expected", "what"), [(THEIRS, "another text"), (None, "another text")], ids=["other text", "none expected"]
)
def test_w07_a_file_that_is_not_as_it_was_read_is_not_touched(corpus: Path, expected: str | None, what: str) -> None:
    """The caller is told, in a value that is false, and merges again."""
    done = files.write(corpus, PATH, NEW, expected)
    assert isinstance(done, Changed)
    assert not done
    assert what in done.what
    assert (corpus / PATH).read_text() == OLD
    assert names(corpus) == [PATH]


def test_w07_a_file_that_vanished_is_not_made_again(corpus: Path) -> None:
    """A deletion is an editor's decision (W-09), not a reason to write."""
    (corpus / PATH).unlink()
    assert not files.write(corpus, PATH, NEW, OLD)
    assert names(corpus) == []


def by_rename(path: Path) -> None:
    """Save as vim and many others do: a new file, renamed over the old."""
    other = path.with_name("4913")
    other.write_text(THEIRS)
    other.replace(path)


def by_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "kept.txt").write_text(THEIRS)


SAVES: dict[str, tuple[Callable[[Path], object], Callable[[Path], bool]]] = {
    "in place": (lambda path: path.write_text(THEIRS), lambda path: path.read_text() == THEIRS),
    "by rename": (by_rename, lambda path: path.read_text() == THEIRS),
    "deleted": (lambda path: path.unlink(), lambda path: not path.exists()),
    "moved": (lambda path: path.rename(path.with_name("b.md")), lambda path: path.with_name("b.md").read_text() == OLD),
    "a folder": (by_folder, lambda path: (path / "kept.txt").read_text() == THEIRS),
}


@pytest.mark.parametrize("point", ["write.after_tmp", "write.before_replace"])
@pytest.mark.parametrize("save", SAVES)
def test_w07_a_save_between_reading_and_replacing_is_kept(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, save: str, point: str
) -> None:
    """X-20: however an editor saves, moves or deletes while we write: theirs stands and we are told."""
    act, kept = SAVES[save]
    between(monkeypatch, point, lambda: act(corpus / PATH))
    assert isinstance(files.write(corpus, PATH, NEW, OLD), Changed)
    assert kept(corpus / PATH)
    assert not [name for name in names(corpus) if name.endswith(".tmp")]


@pytest.mark.parametrize("save", SAVES)
def test_w07_a_save_between_the_last_look_and_the_exchange_is_put_back(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, save: str
) -> None:
    """X-20: what came out of the exchange is looked at: an editor's text goes back to its place."""
    act, kept = SAVES[save]
    exchange = disk.exchange
    calls = []

    def late(folder: int, a: str, b: str) -> bool:
        if not calls:
            act(corpus / PATH)
        calls.append(b)
        return exchange(folder, a, b)

    monkeypatch.setattr(disk, "exchange", late)
    done = files.write(corpus, PATH, NEW, OLD)
    assert isinstance(done, Changed)
    assert done.conflict == ""
    assert kept(corpus / PATH)
    assert not [name for name in names(corpus) if name.endswith(".tmp")]


@pytest.mark.parametrize(
    ("second", "in_place"),
    [
        pytest.param(lambda path: path.write_text("second save\n"), THEIRS, id="saved again"),
        pytest.param(lambda path: path.unlink(), THEIRS, id="deleted then"),
    ],
)
def test_w07_two_saves_between_two_system_calls_are_both_kept(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, second: Callable[[Path], object], in_place: str
) -> None:
    """One stands in the file, the other in a `.conflict` copy that is named."""
    exchange = disk.exchange
    calls = []

    def late(folder: int, a: str, b: str) -> bool:
        calls.append(b)
        if len(calls) == 1:
            (corpus / PATH).write_text(THEIRS)
        else:
            second(corpus / PATH)
        return exchange(folder, a, b)

    monkeypatch.setattr(disk, "exchange", late)
    done = files.write(corpus, PATH, NEW, OLD)
    assert isinstance(done, Changed)
    assert (corpus / PATH).read_text() == in_place
    if done.conflict:
        assert done.conflict == f"{PATH}.conflict"
        assert (corpus / done.conflict).read_text() == "second save\n"
    assert not [name for name in names(corpus) if name.endswith(".tmp")]


def test_a_conflict_copy_never_covers_another(corpus: Path) -> None:
    """The second copy of one file gets a number."""
    (corpus / f"{PATH}.conflict").write_text("first")
    folder = os.open(corpus / "news", os.O_RDONLY)
    try:
        (corpus / "news/x.tmp").write_text("second")
        assert replacing.conflict_copy(folder, "x.tmp", PATH) == f"{PATH}.2.conflict"
    finally:
        os.close(folder)
    assert (corpus / f"{PATH}.conflict").read_text() == "first"


def test_w07_a_new_file_does_not_cover_one_that_just_came(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An editor's file of that name stands."""
    new = corpus / "news/new.md"
    between(monkeypatch, "write.before_replace", lambda: new.write_text(THEIRS))
    assert isinstance(files.write(corpus, "news/new.md", NEW, None), Changed)
    assert new.read_text() == THEIRS
    assert names(corpus) == [PATH, "news/new.md"]


@pytest.fixture
def no_exchange(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without renameat2."""
    monkeypatch.setattr(disk, "_RENAMEAT2", None)


@pytest.mark.usefixtures("no_exchange")
def test_w07_without_exchange_the_file_is_looked_at_last(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are made, replaced and protected on systems that cannot exchange, too."""
    assert files.write(corpus, "news/new.md", NEW, None)
    assert files.write(corpus, "news/new.md", OLD, NEW)
    assert (corpus / "news/new.md").read_text() == OLD
    between(monkeypatch, "write.before_replace", lambda: by_rename(corpus / PATH))
    assert not files.write(corpus, PATH, NEW, OLD)
    assert (corpus / PATH).read_text() == THEIRS
    assert not files.write(corpus, "news/new.md", NEW, None)
    assert names(corpus) == [PATH, "news/new.md"]


def test_a_disk_that_cannot_exchange_is_treated_alike(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems refuse the call with EINVAL; the plain rename then does it."""

    def refuse(*_: object) -> int:
        disk.ctypes.set_errno(errno.EINVAL)
        return -1

    monkeypatch.setattr(disk, "_RENAMEAT2", refuse)
    assert files.write(corpus, PATH, NEW, OLD)
    assert files.write(corpus, "news/new.md", NEW, None)
    assert names(corpus) == [PATH, "news/new.md"]


def test_w07_two_hundred_random_races(corpus: Path) -> None:
    """X-20: an editor who saves at random moments loses none of 200 saves: each is in the file or in a named copy."""
    path = corpus / PATH
    rng = random.Random(7)
    for number in range(200):
        path.write_text(OLD)
        theirs = f"save {number}\n"
        save = (
            (lambda p, t: p.write_text(t))
            if number % 2
            else (lambda p, t: (q := p.with_suffix(".x"), q.write_text(t), q.replace(p)))
        )
        begin = threading.Event()

        def edit(
            theirs: str = theirs, save: Callable[[Path, str], object] = save, begin: threading.Event = begin
        ) -> None:
            begin.wait()
            for _ in range(rng.randrange(300)):
                pass
            save(path, theirs)

        editor = threading.Thread(target=edit)
        editor.start()
        begin.set()
        done = files.write(corpus, PATH, NEW, OLD)
        editor.join()
        kept = [path, *((corpus / done.conflict,) if isinstance(done, Changed) and done.conflict else ())]
        assert theirs in [place.read_text() for place in kept]


# --------------------------------------------------------------------------- modes, order, failures


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o640])
def test_w21_a_replaced_file_keeps_its_mode(corpus: Path, mode: int) -> None:
    """Whatever the mask of the process."""
    (corpus / PATH).chmod(mode)
    assert files.write(corpus, PATH, NEW, OLD)
    assert stat.S_IMODE((corpus / PATH).stat().st_mode) == mode


@pytest.mark.parametrize(("mask", "mode"), [(0o022, 0o644), (0o027, 0o640)])
def test_w21_a_new_file_obeys_the_mask(corpus: Path, mask: int, mode: int) -> None:
    """0644 less umask."""
    before = os.umask(mask)
    try:
        assert files.write(corpus, "news/new.md", NEW, None)
    finally:
        os.umask(before)
    assert stat.S_IMODE((corpus / "news/new.md").stat().st_mode) == mode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_w21_a_replaced_file_keeps_its_owner(corpus: Path) -> None:
    """Where we may, the owner stays, too."""
    os.chown(corpus / PATH, 12345, 12345)
    assert files.write(corpus, PATH, NEW, OLD)
    assert (corpus / PATH).stat().st_uid == 12345


def test_w07_a_chmod_in_between_is_kept(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """X-20: the text is ours, the new mode is the editor's."""
    between(monkeypatch, "write.before_replace", lambda: (corpus / PATH).chmod(0o600))
    assert files.write(corpus, PATH, NEW, OLD)
    assert stat.S_IMODE((corpus / PATH).stat().st_mode) == 0o600


def test_w07_a_file_deleted_right_after_our_exchange_stays_deleted(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was ours when it went; there is nothing to give a mode to."""
    holds = replacing._holds

    def late(folder: int, name: str, sha: str) -> bool:
        (corpus / PATH).unlink()
        return holds(folder, name, sha)

    monkeypatch.setattr(replacing, "_holds", late)
    assert files.write(corpus, PATH, NEW, OLD)
    assert names(corpus) == []


def test_w01_the_order_is_sync_rename_sync(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The text is on the disk before it has its name, and the name before we say so."""
    steps: list[str] = []
    fsync, exchange, move = os.fsync, disk.exchange, disk.move_new

    def synced(handle: int) -> None:
        steps.append("sync folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "sync file")
        fsync(handle)

    def exchanged(*args: object) -> bool:
        steps.append("rename")
        return exchange(*args)  # type: ignore[arg-type]

    def moved(*args: object) -> None:
        steps.append("rename")
        move(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(disk, "exchange", exchanged)
    monkeypatch.setattr(disk, "move_new", moved)
    assert files.write(corpus, PATH, NEW, OLD)
    assert files.write(corpus, "news/new.md", NEW, None)
    assert steps == ["sync file", "rename", "sync folder"] * 2


def failing(monkeypatch: pytest.MonkeyPatch, name: str, number: int) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, name, fail)


@pytest.mark.parametrize(
    ("step", "number", "advice"),
    [
        ("write", errno.ENOSPC, "free some space"),
        ("fsync", errno.EIO, "check the disk"),
        ("write", errno.EDQUOT, "quota"),
        ("fchmod", errno.EPERM, "right to write"),
        ("open", errno.EMFILE, "limit of open files"),
    ],
)
def test_w19_a_failing_disk_leaves_the_old_file(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, step: str, number: int, advice: str
) -> None:
    """X-09: the error names the file and what to do; no temporary is left; the next run succeeds."""
    with monkeypatch.context() as patch:
        failing(patch, step, number)
        with pytest.raises(StoreError, match=advice) as caught:
            files.write(corpus, PATH, NEW, OLD)
    assert PATH in str(caught.value)
    assert (corpus / PATH).read_text() == OLD
    assert names(corpus) == [PATH]
    assert files.write(corpus, PATH, NEW, OLD)


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
@pytest.mark.parametrize(("step", "path", "expected"), [("exchange", PATH, OLD), ("move_new", "news/new.md", None)])
def test_w19_a_refused_rename_leaves_the_old_file(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, step: str, path: str, expected: str | None, number: int
) -> None:
    """The text that could not get its name is taken away again."""

    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(disk, step, fail)
    with pytest.raises(StoreError, match=path):
        files.write(corpus, path, NEW, expected)
    assert names(corpus) == [PATH]
    assert (corpus / PATH).read_text() == OLD


def test_w19_a_file_size_limit_leaves_the_old_file(corpus: Path) -> None:
    """RLIMIT_FSIZE cuts the text in the middle; nothing of it is seen."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, before[1]))
    try:
        with pytest.raises(StoreError, match="file size limit"):
            files.write(corpus, PATH, "x" * 5_000, OLD)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert (corpus / PATH).read_text() == OLD
    assert names(corpus) == [PATH]


def test_w19_a_name_too_long_for_the_disk_is_told(corpus: Path) -> None:
    """ENAMETOOLONG names the file like every other refusal."""
    with pytest.raises(StoreError, match="check the disk"):
        files.write(corpus, f"news/{'x' * 300}.md", NEW, None)


def test_w19_a_missing_corpus_is_told(tmp_path: Path) -> None:
    """Nothing is made in place of a disk that is not mounted."""
    with pytest.raises(StoreError, match="create or mount"):
        files.write(tmp_path / "gone", PATH, NEW, None)
    assert not (tmp_path / "gone").exists()


@pytest.mark.parametrize(
    "point", ["write.after_read", "write.after_tmp", "write.before_replace", "write.after_replace"]
)
def test_w01_w20_a_killed_run_leaves_the_old_file_or_the_new_one(corpus: Path, point: str) -> None:
    """X-05: at every fail point: the file is whole, the next run succeeds, and the temporary goes after an hour."""
    code = (
        "import sys; from pathlib import Path; from dermai_feed.publish import files; "
        f"files.write(Path(sys.argv[1]), {PATH!r}, {NEW!r}, {OLD!r})"
    )
    environment = {**os.environ, "DERMAI_FAILPOINT": f"{point}=kill"}
    ended = subprocess.run([sys.executable, "-c", code, str(corpus)], env=environment, check=False)
    assert ended.returncode == -signal.SIGKILL
    text = (corpus / PATH).read_text()
    assert text == (NEW if point == "write.after_replace" else OLD)
    assert files.write(corpus, PATH, NEW, text)
    left = [name for name in names(corpus) if name.endswith(".tmp")]
    assert len(left) == (point in {"write.after_tmp", "write.before_replace"})
    assert files.scan(corpus).temporaries == tuple(left)
    assert files.clean(corpus, datetime.now(UTC)) == ()
    assert [name for name in names(corpus) if name.endswith(".tmp")] == left
    assert files.clean(corpus, datetime.now(UTC) + timedelta(hours=2)) == ()
    assert names(corpus) == [PATH]


def test_two_temporaries_of_one_process_do_not_meet(corpus: Path) -> None:
    """A temporary that a dead run with our process id left does not stop us."""
    stem = f".dermai-{disk.sha256(OLD.encode())[:12]}-{disk.sha256(NEW.encode())[:12]}-"
    (corpus / "news" / f"{stem}{os.getpid()}.tmp").write_text("")
    assert files.write(corpus, PATH, NEW, OLD)
    assert (corpus / PATH).read_text() == NEW


# --------------------------------------------------------------------------- containment


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Path]:
    """A folder beside the corpus whose name begins like it; nothing in it may change."""
    trap = tmp_path / "corpus-private"
    trap.mkdir()
    (trap / "x.md").write_text("private")
    before = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (trap, trap / "x.md")}
    yield trap
    assert {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in before} == before
    assert sorted(path.name for path in trap.iterdir()) == ["x.md"]


@pytest.mark.parametrize(
    "path",
    [
        "../corpus-private/x.md",
        "news/../../corpus-private/x.md",
        "/etc/x.md",
        "news/\0.md",
        "",
        ".",
        "news//x.md",
        "./x.md",
        "..",
    ],
)
def test_w12_no_path_leads_out_of_the_corpus(corpus: Path, outside: Path, path: str) -> None:
    """Dots, absolute paths, NUL and unclean paths are refused before anything is opened."""
    for act in (
        lambda: files.write(corpus, path, NEW, None),
        lambda: files.remove(corpus, path, "private"),
        lambda: files.load(corpus, path),
    ):
        with pytest.raises(CorpusError, match="no place inside"):
            act()


def test_w12_no_link_is_followed(corpus: Path, outside: Path) -> None:
    """Neither a linked file nor a linked folder, to read or to write."""
    (corpus / "news/link.md").symlink_to(outside / "x.md")
    (corpus / "away").symlink_to(outside)
    with pytest.raises(CorpusError, match="symbolic link"):
        files.write(corpus, "news/link.md", NEW, None)
    with pytest.raises(CorpusError, match="symbolic link"):
        files.write(corpus, "news/link.md", NEW, "private")
    with pytest.raises(CorpusError, match="away is no real folder"):
        files.write(corpus, "away/x.md", NEW, "private")
    assert files.load(corpus, "news/link.md") is None
    assert isinstance(files.remove(corpus, "news/link.md", "private"), Changed)


def test_w12_a_link_swapped_in_while_we_write_is_not_followed(
    corpus: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """X-20: between reading and replacing the file becomes a link: the link is an editor's, its target is untouched."""

    def swap() -> None:
        (corpus / PATH).unlink()
        (corpus / PATH).symlink_to(outside / "x.md")

    between(monkeypatch, "write.before_replace", swap)
    assert isinstance(files.write(corpus, PATH, NEW, OLD), Changed)
    assert (corpus / PATH).is_symlink()


def test_w12_a_folder_swapped_for_a_link_is_not_followed(
    corpus: Path, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open folder is written to, wherever its name leads by now."""

    def swap() -> None:
        (corpus / "news").rename(corpus / "moved")
        (corpus / "news").symlink_to(outside)

    between(monkeypatch, "write.before_replace", swap)
    files.write(corpus, PATH, NEW, OLD)
    assert (corpus / "moved" / Path(PATH).name).read_text() == NEW


def test_a_pipe_in_place_of_a_file_does_not_hold_us_up(corpus: Path) -> None:
    """What is no regular file is told, not read."""
    (corpus / PATH).unlink()
    os.mkfifo(corpus / PATH)
    assert files.load(corpus, PATH) is None
    done = files.write(corpus, PATH, NEW, OLD)
    assert isinstance(done, Changed)
    assert "a device or pipe" in done.what
    done = files.write(corpus, "news", NEW, OLD)
    assert isinstance(done, Changed)
    assert "a folder" in done.what


# --------------------------------------------------------------------------- reading, removing, replacing


def test_a_file_is_loaded_as_a_page(corpus: Path) -> None:
    """Its text is byte for byte what lies there; nothing there is None."""
    text = "\ufeff---\r\ntitle: x\r\n---"
    (corpus / PATH).write_bytes(text.encode())
    page = files.load(corpus, PATH)
    assert page is not None
    assert page.text == text
    assert page.path == PATH
    assert files.write(corpus, PATH, page.text + "\n", page.text)
    assert files.load(corpus, "news/none.md") is None
    assert files.load(corpus, "none/none.md") is None


def test_any_text_can_be_read_and_stands_for_its_bytes(corpus: Path) -> None:
    """A file in another encoding can be replaced knowingly."""
    (corpus / "digest.md").write_bytes(b"caf\xe9\n")
    text = files.read(corpus, "digest.md")
    assert text is not None
    assert files.write(corpus, "digest.md", "café\n", text)
    assert files.read(corpus, "digest.md") == "café\n"
    assert files.read(corpus, "none.md") is None


def test_a_file_is_removed_when_it_is_as_it_was_read(corpus: Path) -> None:
    """And a file that is gone already is gone."""
    assert isinstance(files.remove(corpus, PATH, THEIRS), Changed)
    assert files.remove(corpus, PATH, OLD) == Removed(path=PATH)
    assert files.remove(corpus, PATH, OLD) == Removed(path=PATH)
    assert files.remove(corpus, "none/none.md", OLD) == Removed(path="none/none.md")
    assert names(corpus) == []


@pytest.mark.parametrize("again", [False, True])
def test_w07_a_save_while_we_remove_goes_back(corpus: Path, monkeypatch: pytest.MonkeyPatch, again: bool) -> None:
    """To its place, or beside it when the place is taken by then."""
    between(monkeypatch, "write.before_replace", lambda: (corpus / PATH).write_text(THEIRS))
    if again:
        holds = replacing._holds

        def late(folder: int, name: str, sha: str) -> bool:
            (corpus / PATH).write_text("second save\n")
            return holds(folder, name, sha)

        monkeypatch.setattr(replacing, "_holds", late)
    done = files.remove(corpus, PATH, OLD)
    assert isinstance(done, Changed)
    kept = corpus / (done.conflict if again else PATH)
    assert kept.read_text() == THEIRS
    assert len(names(corpus)) == 1 + again


def test_d11_a_rendering_is_replaced_and_its_edited_form_kept(corpus: Path) -> None:
    """Each different text that was there has a copy of its own; the same text has one."""
    path = "digests/w47.md"
    files.replace(corpus, path, "one\n")
    files.replace(corpus, path, "two\n", keep_copy=True)
    files.replace(corpus, path, "two\n", keep_copy=True)
    (corpus / path).write_text("one\n")
    files.replace(corpus, path, "two\n", keep_copy=True)
    (corpus / path).write_text("by hand\n")
    files.replace(corpus, path, "two\n", keep_copy=True)
    found = {name: (corpus / name).read_text() for name in names(corpus) if name.startswith("digests")}
    assert found == {
        "digests/w47.md": "two\n", "digests/w47.edited.md": "one\n", "digests/w47.edited-2.md": "by hand\n",
    }  # fmt: skip


def test_a_file_that_is_saved_all_the_time_is_left_to_its_editor(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After five attempts the error says what to do."""
    saves = iter(range(100))

    def hit(name: str) -> None:
        if name == "write.before_replace":
            (corpus / PATH).write_text(f"save {next(saves)}\n")

    monkeypatch.setattr(replacing, "hit", hit)
    with pytest.raises(StoreError, match="keeps saving this file"):
        files.replace(corpus, PATH, NEW)
    assert (corpus / PATH).read_text() == "save 4\n"


# --------------------------------------------------------------------------- the corpus


def test_a_corpus_is_made_once(tmp_path: Path) -> None:
    """Marker, attributes and news folder; the second call changes nothing."""
    root = tmp_path / "a" / "corpus"
    assert files.marker(root) is None
    made = files.ensure_corpus(root, NOW)
    assert files.marker(root) == made
    assert (root / "news").is_dir()
    assert (root / ".gitattributes").read_text() == "*.jsonl merge=union\n*.md -text\n"
    assert files.ensure_corpus(root, NOW + timedelta(days=1)) == made
    assert files.ensure_corpus(root, NOW, expected=made) == made
    assert files.ensure_corpus(tmp_path / "b", NOW) != made


def test_a_corpus_made_in_a_folder_keeps_what_is_there(tmp_path: Path) -> None:
    """An editor's own attributes stay."""
    (tmp_path / ".gitattributes").write_text("mine\n")
    files.ensure_corpus(tmp_path, NOW)
    assert (tmp_path / ".gitattributes").read_text() == "mine\n"


@pytest.mark.parametrize("there", [None, "other"])
def test_w09_a_missing_or_foreign_marker_stops_before_anything(tmp_path: Path, there: str | None) -> None:
    """An unmounted disk or another branch: nothing is made in its place."""
    root = tmp_path / "corpus"
    if there:
        root.mkdir()
        (root / ".dermai-corpus").write_text(there)
    with pytest.raises(CorpusError, match="nothing was changed"):
        files.ensure_corpus(root, NOW, expected="mine")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ([".dermai-corpus", "corpus"] if there else [])


def test_a_marker_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """Bytes that are no text, or a folder in its place."""
    (tmp_path / ".dermai-corpus").write_bytes(b"\xff")
    with pytest.raises(CorpusError, match="restore it"):
        files.marker(tmp_path)


def test_a_corpus_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file where the folder should be."""
    (tmp_path / "file").write_text("")
    with pytest.raises((StoreError, CorpusError), match="file"):
        files.ensure_corpus(tmp_path / "file" / "corpus", NOW)


def test_a_corpus_on_a_disk_that_refuses_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is named, with what to do."""
    with monkeypatch.context() as patch:
        failing(patch, "mkdir", errno.EROFS)
        with pytest.raises(StoreError, match="mount it for writing"):
            files.ensure_corpus(tmp_path / "corpus", NOW)
    assert files.ensure_corpus(tmp_path / "corpus", NOW)


def old_temporary(corpus: Path, old: str, new: str, text: str) -> Path:
    path = corpus / "news" / f".dermai-{old}-{new}-77.tmp"
    path.write_text(text)
    hours_ago = (NOW - timedelta(hours=2)).timestamp()
    os.utime(path, (hours_ago, hours_ago))
    return path


def test_w20_only_our_own_temporaries_are_cleaned(corpus: Path) -> None:
    """Ten of ours go, a person's draft stays, whatever its age."""
    for number in range(10):
        old_temporary(corpus, f"{number:012x}", f"{number + 100:012x}", "")
    for name in (".draft.md", ".dermai-notes.tmp", "x.tmp"):
        (corpus / "news" / name).write_text("a person's")
        os.utime(corpus / "news" / name, (0, 0))
    (corpus / ".git").mkdir()
    inside = corpus / ".git" / ".dermai-new-000000000000-1.tmp"
    inside.write_text("")
    os.utime(inside, (0, 0))
    assert files.clean(corpus, NOW) == ()
    assert set(names(corpus)) == {
        ".git/.dermai-new-000000000000-1.tmp", PATH, "news/.dermai-notes.tmp", "news/.draft.md", "news/x.tmp",
    }  # fmt: skip


def test_w20_a_save_that_a_dead_run_had_taken_out_is_given_back(corpus: Path) -> None:
    """A temporary that holds neither of its two texts is somebody's work: kept, and told."""
    old_temporary(corpus, disk.sha256(OLD.encode())[:12], disk.sha256(NEW.encode())[:12], THEIRS)
    old_temporary(corpus, "new", disk.sha256(NEW.encode())[:12], "new t")  # torn while it was made
    problems = files.clean(corpus, NOW)
    assert [problem.where for problem in problems] == ["news/recovered.md.conflict"]
    assert (corpus / problems[0].where).read_text() == THEIRS
    assert names(corpus) == [PATH, "news/recovered.md.conflict"]


@pytest.mark.parametrize("content", [OLD, NEW])
def test_w20_the_two_known_texts_need_no_copy(corpus: Path, content: str) -> None:
    """The replaced text and the new one are thrown away."""
    old_temporary(corpus, disk.sha256(OLD.encode())[:12], disk.sha256(NEW.encode())[:12], content)
    assert files.clean(corpus, NOW) == ()
    assert names(corpus) == [PATH]


def test_w19_a_full_disk_leaves_the_old_file(corpus: Path, tmp_path: Path) -> None:
    """On a real file system of 64 kB that is full."""
    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no right to mount a small file system")
    try:
        small = mount / "corpus"
        shutil.copytree(corpus, small)
        with pytest.raises(StoreError, match="free some space"):
            files.write(small, PATH, "x" * 200_000, OLD)
        assert (small / PATH).read_text() == OLD
        assert names(small) == [PATH]
        assert files.write(small, PATH, NEW, OLD)
    finally:
        subprocess.run(["umount", str(mount)], check=True)
