"""Replacing one file whole, and never over something an editor just saved.

A new text is written beside the file, synced, and exchanged with it in one step; what came
out of the exchange is looked at before it is thrown away (W-01, W-07). If it is not what we
expected, an editor was faster: theirs goes back, and the caller merges again. Where the
system cannot exchange, the file is looked at right before it is replaced.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import CorpusError
from ..failpoint import hit
from . import disk

# Hidden, and not ending in .md (W-01). The name says which contents are ours to throw away:
# the text to be replaced and the text to replace it, by the beginnings of their hashes.
TEMPORARY = re.compile(r"\.dermai-(?P<old>[0-9a-f]{12}|new)-(?P<new>[0-9a-f]{12}|gone)-\d+\.tmp\Z")


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """The file holds the text; `sha256` is the hash of its bytes."""

    path: str
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """There is no file at `path` any more."""

    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """Somebody else changed the file in between; it holds their bytes, read and merge it again.

    `conflict` names a copy beside it that keeps an editor's version which could not stay in
    its place; empty nearly always. It must be reported. False in a condition.
    """

    path: str
    what: str
    conflict: str = ""

    def __bool__(self) -> bool:
        return False


def write(corpus: Path, path: str, text: str, expected: str | None) -> Written | Changed:
    """Make `path` hold `text`, if it still holds `expected`, as it was read (None: if there is nothing yet).

    `path` is relative to `corpus`; missing folders are made. A text that is there already
    is not written again (W-02). Mode and owner of a replaced file stay.

    Raises: CorpusError for a path outside the corpus or through a link (W-12); StoreError
    when the disk refuses; the file then holds the old text or the new one, whole (W-19).
    """
    data = disk.encode(text)
    old = None if expected is None else disk.sha256(disk.encode(expected))
    with told(corpus, path), disk.folder_of(corpus, path, make=True) as (folder, name):
        before = disk.content(folder, name)
        hit("write.after_read")
        if before is None and disk.kind(folder, name) == "a symbolic link":
            raise CorpusError(
                f"{corpus / path} is a symbolic link; nothing is written through it, replace it by a file"
            )
        if (before.sha256 if before else None) != old:
            return _different(folder, path, before)
        if before is not None and before.data == data:
            return Written(path=path, sha256=before.sha256)
        temporary = _filled(folder, old, data, before)
        hit("write.after_tmp")
        hit("write.before_replace")
        done = _replace(folder, temporary, path, data, old) if old else _put_new(folder, temporary, path, data)
        os.fsync(folder)
    hit("write.after_replace")
    return done


def remove(corpus: Path, path: str, expected: str) -> Removed | Changed:
    """Take away the file at `path` if it still holds `expected`, as it was read; one that is gone is gone.

    It is renamed first and looked at then, so an editor's save in between goes back.
    Raises: as `write`.
    """
    old = disk.sha256(disk.encode(expected))
    with (
        told(corpus, path),
        contextlib.suppress(FileNotFoundError),
        disk.folder_of(corpus, path, make=False) as (folder, name),
    ):
        before = disk.content(folder, name)
        if before is None and disk.kind(folder, name) == "nothing":
            return Removed(path=path)
        if before is None or before.sha256 != old:
            return _different(folder, path, before)
        temporary = _name(folder, old, "gone")
        hit("write.before_replace")
        os.rename(name, temporary, src_dir_fd=folder, dst_dir_fd=folder)
        if not _holds(folder, temporary, old):
            return Changed(path=path, what="it was saved meanwhile", conflict=_give_back(folder, temporary, path))
        os.unlink(temporary, dir_fd=folder)
        os.fsync(folder)
    return Removed(path=path)


def move(corpus: Path, path: str, new: str) -> str:
    """Take the file at `path` to `new`, or to a numbered name beside it when that is taken; where it is now.

    One step, whatever the file holds: an editor's save in between moves along.
    Raises: as `write`; FileNotFoundError when there is no file at `path`.
    """
    with (
        told(corpus, path),
        disk.folder_of(corpus, path, make=False) as (source, old_name),
        disk.folder_of(corpus, new, make=True) as (folder, name),
    ):
        stem, dot, suffix = name.rpartition(".")
        number = 1
        hit("write.before_replace")
        while True:
            try:
                disk.move_new(source, old_name, name, into=folder)
                break
            except FileExistsError:
                number += 1
                name = f"{stem}-{number}{dot}{suffix}"
        os.fsync(folder)
        os.fsync(source)
    hit("write.after_replace")
    return str(PurePosixPath(new).with_name(name))


# --------------------------------------------------------------------------- one file


def _different(folder: int, path: str, now: disk.Content | None) -> Changed:
    what = "another text" if now else disk.kind(folder, PurePosixPath(path).name)
    return Changed(path=path, what=f"{what} is there by now")


def _filled(folder: int, old: str | None, data: bytes, before: disk.Content | None) -> str:
    name = _name(folder, old, disk.sha256(data))
    disk.fill(folder, name, data, before.status if before else None)
    return name


def _name(folder: int, old: str | None, new: str) -> str:
    """A free name for a temporary file; hidden, and not ending in .md (W-01)."""
    stem = f".dermai-{old[:12] if old else 'new'}-{new[:12]}-"
    number = os.getpid()  # two processes are kept apart, by the lock and by this
    while disk.kind(folder, name := f"{stem}{number}.tmp") != "nothing":
        number += 1
    return name


def _put_new(folder: int, temporary: str, path: str, data: bytes) -> Written | Changed:
    try:
        disk.move_new(folder, temporary, PurePosixPath(path).name)
    except FileExistsError:
        os.unlink(temporary, dir_fd=folder)
        return Changed(path=path, what="somebody made it meanwhile")
    except OSError:
        _drop(folder, temporary)
        raise
    return Written(path=path, sha256=disk.sha256(data))


def _replace(folder: int, temporary: str, path: str, data: bytes, expected: str) -> Written | Changed:
    name, sha = PurePosixPath(path).name, disk.sha256(data)
    now = disk.content(folder, name)
    if now is None or now.sha256 != expected:
        os.unlink(temporary, dir_fd=folder)
        return Changed(path=path, what="it was saved, moved or deleted meanwhile")
    try:
        exchanged = disk.exchange(folder, temporary, name)
        if not exchanged:
            os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            return Written(path=path, sha256=sha)
    except FileNotFoundError:
        _drop(folder, temporary)
        return Changed(path=path, what="it was moved or deleted meanwhile")
    except OSError:
        _drop(folder, temporary)
        raise
    if _holds(folder, temporary, expected):
        _keep_mode(folder, name, temporary)
        os.unlink(temporary, dir_fd=folder)
        return Written(path=path, sha256=sha)
    return _back(folder, temporary, path, sha)


def _back(folder: int, temporary: str, path: str, ours: str) -> Changed:
    """An editor's save came out of the exchange: it goes back to its place."""
    what = "it was saved meanwhile"
    try:
        disk.exchange(folder, temporary, PurePosixPath(path).name)
    except FileNotFoundError:  # moved or deleted after that save
        return Changed(path=path, what=what, conflict=_give_back(folder, temporary, path))
    if _holds(folder, temporary, ours):
        os.unlink(temporary, dir_fd=folder)
        return Changed(path=path, what=what)
    # Saved again between two system calls, over our text: both versions are somebody's.
    return Changed(path=path, what=what, conflict=conflict_copy(folder, temporary, path))


def _give_back(folder: int, temporary: str, path: str) -> str:
    """Put a taken file back in its place, or beside it when the place is taken; names the copy then."""
    try:
        disk.move_new(folder, temporary, PurePosixPath(path).name)
    except FileExistsError:
        return conflict_copy(folder, temporary, path)
    return ""


def conflict_copy(folder: int, temporary: str, path: str) -> str:
    number = 1
    while True:
        copy = f"{path}.conflict" if number == 1 else f"{path}.{number}.conflict"
        try:
            disk.move_new(folder, temporary, PurePosixPath(copy).name)
        except FileExistsError:
            number += 1
        else:
            return copy


def _keep_mode(folder: int, name: str, replaced: str) -> None:
    """A chmod that came in between is an editor's too."""
    old = os.stat(replaced, dir_fd=folder, follow_symlinks=False)
    try:
        handle = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:  # deleted already
        return
    try:
        if os.fstat(handle).st_mode != old.st_mode:
            disk.dress(handle, old)
    finally:
        os.close(handle)


def _holds(folder: int, name: str, sha: str) -> bool:
    found = disk.content(folder, name)
    return found is not None and found.sha256 == sha


def _drop(folder: int, name: str) -> None:
    with contextlib.suppress(OSError):
        os.unlink(name, dir_fd=folder)


@contextlib.contextmanager
def told(corpus: Path, path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise disk.refused(corpus / path, error) from error
