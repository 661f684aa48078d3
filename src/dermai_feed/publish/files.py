"""The disk: what lies in the corpus, and the only ways to change it.

`scan` says what is there, `load` and `read` give a file, `write` replaces one that is still
as it was read, `remove` takes one away. The steps are in `replacing`, `scanning`, `corpus`.
"""

from __future__ import annotations

import contextlib
from pathlib import Path, PurePosixPath

from ..errors import StoreError
from . import disk
from .corpus import clean, ensure_corpus, marker, temporaries
from .frontmatter import Page
from .frontmatter import read as read_page
from .replacing import Changed, Removed, Written, move, remove, told, write
from .scanning import Found, Scan, scan, vanished

__all__ = [
    "Changed", "Found", "Removed", "Scan", "Written",
    "clean", "ensure_corpus", "load", "marker", "move", "read", "remove", "replace", "scan", "sha256_of",
    "temporaries", "vanished", "write",
]  # fmt: skip

_ATTEMPTS = 5  # at replacing a file that somebody keeps saving


def load(corpus: Path, path: str) -> Page | None:
    """The story file at `path` (relative to `corpus`), or None when there is no regular file.

    Its `text` is what `write` will expect to be there still.
    Raises: PageError when it cannot be read as a page; CorpusError, StoreError.
    """
    data = _bytes(corpus, path)
    return None if data is None else read_page(data, path)


def read(corpus: Path, path: str) -> str | None:
    """The text of any file of the corpus, or None when there is none.

    Bytes that are not UTF-8 become lone surrogates, so that the text still stands for them.
    Raises: CorpusError, StoreError.
    """
    data = _bytes(corpus, path)
    return None if data is None else data.decode("utf-8", "surrogateescape")


def sha256_of(text: str) -> str:
    """The hash by which a file of this text is named."""
    return disk.sha256(disk.encode(text))


def _bytes(corpus: Path, path: str) -> bytes | None:
    found = None
    with (
        told(corpus, path),
        contextlib.suppress(FileNotFoundError),
        disk.folder_of(corpus, path, make=False) as (folder, name),
    ):
        found = disk.content(folder, name)
    return None if found is None else found.data


def replace(corpus: Path, path: str, text: str, *, keep_copy: bool = False) -> Written:
    """Make `path` hold `text` whatever it holds now; for files that are renderings (D-11).

    `keep_copy` leaves what was there beside it, as ``name.edited.md``, or with a number.
    Raises: CorpusError; StoreError when the disk refuses or somebody keeps saving the file.
    """
    for _ in range(_ATTEMPTS):
        before = read(corpus, path)
        if keep_copy and before is not None and before != text:
            _copied(corpus, path, before)
        done = write(corpus, path, text, before)
        if isinstance(done, Written):
            return done
    raise StoreError(f"{corpus / path}: somebody keeps saving this file; close it and run again")


def _copied(corpus: Path, path: str, text: str) -> None:
    pure = PurePosixPath(path)
    number = 1
    while True:
        middle = ".edited" if number == 1 else f".edited-{number}"
        copy = str(pure.with_name(pure.stem + middle + pure.suffix))
        if read(corpus, copy) == text or write(corpus, copy, text, None):
            return
        number += 1
