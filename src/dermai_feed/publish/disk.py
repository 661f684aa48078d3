"""Single steps on the disk: folders that cannot be left, reads that follow no link, renames that lose nothing.

Every name is opened relative to a folder that is already open, and no symbolic link is
followed on the way (W-12): a link swapped in while we work is refused, not obeyed.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..errors import CorpusError, StoreError

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC  # NONBLOCK: a pipe must not hold us up
_CHUNK = 1 << 20

_NOREPLACE, _EXCHANGE = 1, 2  # linux/fs.h
_UNSUPPORTED = {errno.ENOSYS, errno.EINVAL, errno.ENOTSUP}
# Absent outside Linux and from C libraries older than glibc 2.28.
_RENAMEAT2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """A regular file as it was found."""

    data: bytes
    sha256: str
    status: os.stat_result


def sha256(data: bytes) -> str:
    """The hash by which a version of a file is named."""
    return hashlib.sha256(data).hexdigest()


def encode(text: str) -> bytes:
    """The bytes that `text` was read from, also where they were not UTF-8."""
    return text.encode("utf-8", "surrogateescape")


@contextlib.contextmanager
def folder_of(corpus: Path, path: str, *, make: bool) -> Iterator[tuple[int, str]]:
    """The open folder of `path` (relative to `corpus`, with slashes) and the name in it.

    `make` creates folders that are missing. Raises: CorpusError when the path leaves the
    corpus, names nothing, or goes through a symbolic link; FileNotFoundError when a folder
    is missing and `make` is False; OSError from the disk.
    """
    parts = _parts(corpus, path)
    # The corpus itself may be reached through a link: that is its owner's choice, made once.
    folder = os.open(corpus, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            below = _enter(corpus, path, folder, part, make=make)
            os.close(folder)
            folder = below
        yield folder, parts[-1]
    finally:
        os.close(folder)


def _parts(corpus: Path, path: str) -> tuple[str, ...]:
    pure = PurePosixPath(path)
    if pure.is_absolute() or not pure.parts or ".." in pure.parts or "\0" in path or str(pure) != path:
        raise CorpusError(f"{path!r} is no place inside {corpus}; nothing is written outside of it")
    return pure.parts


def _enter(corpus: Path, path: str, folder: int, part: str, *, make: bool) -> int:
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(part, 0o755, dir_fd=folder)
            os.fsync(folder)
    try:
        return os.open(part, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno not in {errno.ELOOP, errno.ENOTDIR}:
            raise
        raise CorpusError(f"{corpus / path}: {part} is no real folder; replace the link by a folder") from error


def content(folder: int, name: str) -> Content | None:
    """The regular file `name` in `folder`, or None when there is none: nothing, a folder, a link, a pipe."""
    try:
        handle = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP, errno.ENXIO}:
            return None
        raise
    try:
        status = os.fstat(handle)
        if not stat.S_ISREG(status.st_mode):
            return None
        chunks = []
        while chunk := os.read(handle, _CHUNK):
            chunks.append(chunk)
    finally:
        os.close(handle)
    data = b"".join(chunks)
    return Content(data=data, sha256=sha256(data), status=status)


def read(path: str, most: int) -> bytes:
    """The first `most` bytes of a file, unless its name is a link. Raises: OSError."""
    handle = os.open(path, _FILE)
    with os.fdopen(handle, "rb") as file:
        return file.read(most)


def kind(folder: int, name: str) -> str:
    """What stands at `name`, for a message: ``nothing``, ``a symbolic link``, ``a folder``, ``a file`` …"""
    try:
        mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        return "nothing"
    if stat.S_ISLNK(mode):
        return "a symbolic link"
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a file" if stat.S_ISREG(mode) else "a device or pipe"


def fill(folder: int, name: str, data: bytes, like: os.stat_result | None) -> None:
    """Create `name` with `data`, on the disk before this returns; mode and owner as `like` (W-21).

    Raises: FileExistsError when the name is taken; OSError from the disk, `name` then being gone.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(name, flags, 0o644, dir_fd=folder)
    try:
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(handle, left) :]
            if like is not None:
                dress(handle, like)
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise


def dress(handle: int, like: os.stat_result) -> None:
    """Give an open file the mode of `like`, and its owner where we may."""
    now = os.fstat(handle)
    if (now.st_uid, now.st_gid) != (like.st_uid, like.st_gid):
        with contextlib.suppress(PermissionError):
            os.fchown(handle, like.st_uid, like.st_gid)
    os.fchmod(handle, stat.S_IMODE(like.st_mode))


def exchange(folder: int, a: str, b: str) -> bool:
    """Swap two names in one step; False when this system cannot. Raises: OSError, ENOENT when one is gone."""
    return _renameat2(folder, a, b, _EXCHANGE)


def move_new(folder: int, old: str, new: str, *, into: int | None = None) -> None:
    """Rename `old` to `new` (in the open folder `into`, else the same), which must not exist.

    Raises: FileExistsError; OSError from the disk.
    """
    target = folder if into is None else into
    if _renameat2(folder, old, new, _NOREPLACE, target):
        return
    os.link(old, new, src_dir_fd=folder, dst_dir_fd=target, follow_symlinks=False)
    os.unlink(old, dir_fd=folder)


def _renameat2(folder: int, old: str, new: str, flags: int, target: int | None = None) -> bool:
    if _RENAMEAT2 is None:
        return False
    into = folder if target is None else target
    if _RENAMEAT2(folder, os.fsencode(old), into, os.fsencode(new), ctypes.c_uint(flags)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNSUPPORTED:
        return False
    raise OSError(number, os.strerror(number), new)


def refused(path: Path, error: OSError) -> StoreError:
    """What the disk said about `path`, in words with what to do (W-19)."""
    advice = {
        errno.ENOSPC: "free some space",
        errno.EDQUOT: "free some space of the quota",
        errno.EFBIG: "raise the file size limit",
        errno.EACCES: "give this user the right to write there",
        errno.EPERM: "give this user the right to write there",
        errno.EROFS: "mount it for writing",
        errno.EMFILE: "raise the limit of open files",
        errno.ENFILE: "raise the limit of open files",
        errno.ENOENT: "create or mount the folder",
    }.get(error.errno or 0, "check the disk")
    return StoreError(f"{path}: {error.strerror or error}; {advice} and run again, no file is half written")
