"""The corpus folder as a whole: its marker, its git attributes, and what dead runs left in it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

from ..errors import CorpusError
from ..model import Problem
from . import disk
from .replacing import TEMPORARY, conflict_copy, told, write

MARKER = ".dermai-corpus"
ATTRIBUTES = ".gitattributes"
# Two branches of an append-only log are joined by keeping all lines (decision 1); the
# bytes of story files are an editor's and not git's to change.
ATTRIBUTES_TEXT = "*.jsonl merge=union\n*.md -text\n"
KEPT = timedelta(hours=1)  # W-20: a temporary file that old belongs to no living run


def marker(corpus: Path) -> str | None:
    """The id in the corpus' marker file, or None when there is none: a wrong or an empty folder (W-09).

    Raises: CorpusError when it cannot be read.
    """
    path = corpus / MARKER
    try:
        return path.read_text("utf-8").strip() or None
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"{path}: cannot be read ({error}); restore it from a copy of the corpus") from error


def ensure_corpus(corpus: Path, now: datetime, *, expected: str | None = None) -> str:
    """The id of the corpus at `corpus`, which is made if there is none yet: folders, attributes, marker.

    `expected` is the id that the database belongs to; with it nothing is ever made, because
    a missing marker then means an unmounted disk or another branch (W-09, decision 15).
    What is in the folder already stays. A new id follows from `now` and the place.

    Raises: CorpusError when the marker is missing or another one; StoreError from the disk.
    """
    there = marker(corpus)
    if expected is not None and there != expected:
        what = "its marker file is missing" if there is None else f"it is corpus {there}"
        raise CorpusError(
            f"{corpus}: {what}, the database belongs to corpus {expected}; nothing was changed. "
            "Mount the right folder or switch to the right branch; for another corpus use another database"
        )
    if there is not None:
        return there
    try:
        corpus.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise disk.refused(corpus, error) from error
    with told(corpus, "news"), disk.folder_of(corpus, "news/x", make=True):
        pass
    write(corpus, ATTRIBUTES, ATTRIBUTES_TEXT, None)
    made = hashlib.sha256(f"{now.isoformat()} {corpus.resolve()}".encode()).hexdigest()[:16]
    write(corpus, MARKER, made + "\n", None)
    return made


def clean(corpus: Path, now: datetime) -> tuple[Problem, ...]:
    """Remove the temporary files that killed runs left, an hour old and by name ours (W-20).

    One that holds neither the text it was to replace nor the text it was to bring holds an
    editor's save that a dying run had just taken out: it becomes a `.conflict` copy, and is
    told. To be called under the lock. Raises: StoreError.
    """
    kept: list[Problem] = []
    oldest = (now - KEPT).timestamp()
    for path, match in _temporaries(corpus):
        if (corpus / path).lstat().st_mtime > oldest:
            continue
        with told(corpus, path), disk.folder_of(corpus, path, make=False) as (folder, name):
            kept += _swept(folder, name, path, match)
    return tuple(kept)


def temporaries(corpus: Path) -> tuple[str, ...]:
    """The temporary files that are there, of a run at work or of one that died."""
    return tuple(path for path, _ in _temporaries(corpus))


def _temporaries(corpus: Path) -> Iterator[tuple[str, re.Match[str]]]:
    for directory, folders, names in os.walk(corpus):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if match := TEMPORARY.match(name):
                yield Path(directory, name).relative_to(corpus).as_posix(), match


def _swept(folder: int, name: str, path: str, match: re.Match[str]) -> list[Problem]:
    found = disk.content(folder, name)
    foreign = found is not None and found.data and found.sha256[:12] not in match.groups()
    if foreign and match["old"] != "new":  # a new file's text never changes places with an editor's
        copy = conflict_copy(folder, name, str(PurePosixPath(path).with_name("recovered.md")))
        what = "a save that came between two steps of a run that died"
        hint = "compare it with the story file it belongs to, then delete it"
        return [Problem(where=copy, what=what, kind="file", hint=hint)]
    os.unlink(name, dir_fd=folder)
    return []
