"""Append-only files of lines, under the decision log and the ledger.

A line counts when it is whole. A crash can leave the last one torn: reading names it as a
problem and goes on, the next append removes it and starts on a fresh line, so that the file
ends as if nothing had happened. Nothing else is ever removed or changed.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import StoreError
from .model import Problem

_BLOCK = 64 * 1024  # bytes read at once when looking for the last line


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a file and where it stands."""

    number: int  # from 1
    text: str
    whole: bool = True  # False: the file ends within it


def lines(path: Path) -> Iterator[Line | Problem]:
    """The lines of `path` that hold something, in order; none when there is no file.

    A line that is not UTF-8 comes as a Problem. Raises: StoreError when the file cannot be read.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.strip():
                    continue
                try:
                    yield Line(number=number, text=raw.decode().strip(), whole=raw.endswith(b"\n"))
                except UnicodeDecodeError:
                    yield unreadable(path, number, "not UTF-8")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; make it readable") from error


def unreadable(path: Path, number: int, why: str) -> Problem:
    """The problem of a line that says nothing we understand."""
    return Problem(where=f"{path}:{number}", kind="file", what=f"line left out: {why}", hint="mend or remove the line")


def torn(path: Path, number: int) -> Problem:
    """The problem of a last line that a crash cut off."""
    return Problem(
        where=f"{path}:{number}", kind="file", what="the last line is cut off and was never confirmed",
        hint="nothing to do: the next append removes it",
    )  # fmt: skip


def append(path: Path, choose: Callable[[bytes], Sequence[str]], *, tail: int) -> None:
    """Append what `choose` answers to the end of `path`, one line each, and fsync.

    `choose` is called with the last `tail` bytes (whole lines of them; none for 0) while no one else can
    append: it decides what is still missing, or what comes next. Either all its lines are
    written or none. A new file is made, in a folder that must exist.
    Raises: StoreError naming the file; the file then ends as before.
    """
    try:
        with _exclusive(path) as file:
            size = _mended(file, os.fstat(file).st_size)
            new = "".join(f"{line}\n" for line in choose(_whole_lines(file, size, tail))).encode()
            if new:
                _write(file, new, size)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; nothing was added. Make room, or make it writable") from error


@contextmanager
def _exclusive(path: Path) -> Iterator[int]:
    made = not path.exists()
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        if made:  # before anything is written, so that "nothing was added" is true where it fails
            sync_folder(path.parent)
        # The review page, the command line and the daemon append to one log (decision 15).
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def sync_folder(folder: Path) -> None:
    """fsync `folder`: what was made in it survives a power cut only with its entry there."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _mended(file: int, size: int) -> int:
    """The size of the file once its last line is whole.

    A torn line of ours is the beginning of a JSON object and so never JSON itself; anything
    else without a line end is an editor's doing, and gets one.
    """
    if size == 0 or os.pread(file, 1, size - 1) == b"\n":
        return size
    start = size
    while start:
        before = max(0, start - _BLOCK)
        newline = os.pread(file, start - before, before).rfind(b"\n")
        if newline >= 0:
            start = before + newline + 1
            break
        start = before
    last = os.pread(file, size - start, start)
    if last.startswith(b"{") and not _is_json(last):
        os.ftruncate(file, start)
        return start
    os.pwrite(file, b"\n", size)
    return size + 1


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _whole_lines(file: int, size: int, tail: int) -> bytes:
    if tail <= 0:
        return b""
    while True:
        start = max(0, size - tail)
        data = os.pread(file, size - start, start)
        if start == 0:
            return data
        if whole := data.partition(b"\n")[2]:
            return whole
        tail *= 4  # the last line alone is longer: an import of fifty thousand records


def _write(file: int, data: bytes, size: int) -> None:
    try:
        done = 0
        while done < len(data):
            done += os.pwrite(file, data[done:], size + done)
        os.fsync(file)
    except OSError:
        os.ftruncate(file, size)
        raise
