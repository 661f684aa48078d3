"""Folders: every text file in them is a source's word, in the seed schema or as a hand-out.

No file name is special. What editors and synchronisers leave behind is ignored (W-08); a file
that cannot be read is named, and the others are read all the same.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from ..errors import FetchFailed, ParseFailed
from ..model import Collected, Entry, Parsed, Problem, Source, SourceState, Term
from . import handout, seedfile
from .contract import Context

SUFFIXES = (".md", ".markdown", ".txt")
LARGEST = 256_000  # bytes per file (W-16)

_DROPPING = re.compile(r"\A[.~#]|~\Z|\.(?:orig|rej|tmp|bak|swp)\.|\.sync-conflict-", re.IGNORECASE)
_CONFLICT = re.compile(r"conflicted copy|\.sync-conflict-|\bconflict \d{4}-\d\d-\d\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FolderCollector:
    """Collects from the text files directly inside one folder."""

    def collect(self, source: Source, state: SourceState, context: Context) -> Collected:
        """Read the folder, unless names and contents are those of last time.

        Never raises for a file. Raises: FetchFailed("not_found") when the folder is not there.
        """
        folder = context.base / source.url
        if not folder.is_dir():
            what = f"there is no folder {folder}; correct the url of source {source.id}"
            raise FetchFailed("not_found", what, url=source.url, requests=0)
        bodies, problems = _read(folder)
        digest = hashlib.sha256()
        for name, body in bodies.items():
            digest.update(f"{len(name.encode())}:{name}{len(body)}:".encode())
            digest.update(body)
        body_hash = digest.hexdigest()
        if body_hash == state.body_hash and not problems:
            return Collected(source_id=source.id, same_body=True, body_hash=body_hash)
        entries: list[Entry] = []
        terms: list[Term] = []
        dropped = 0
        for name, body in bodies.items():
            try:
                parsed = context.parse(source.kind, body, "text/plain; charset=utf-8", name, source.id)
            except ParseFailed as failed:
                problems.append(Problem(where=f"{name}:1", what=f"{failed.failure}: {failed.text}", kind="file"))
                continue
            entries += parsed.entries
            terms += parsed.terms
            problems += parsed.problems
            dropped += parsed.dropped
        return Collected(
            source_id=source.id,
            entries=tuple(entries),
            problems=tuple(problems),
            terms=tuple(terms),
            dropped=dropped,
            body_hash=None if problems else body_hash,  # what is wrong is said again next time
        )

    def parse(self, body: bytes, *, content_type: str, url: str, source_id: str) -> Parsed:  # noqa: ARG002
        """One file.

        Args:
            body: its bytes; they must be UTF-8.
            content_type: not looked at; a file says itself what it is.
            url: the file's name, for messages.
            source_id: for the entries.

        What is wrong with the file is a Problem with its line; nothing is raised.
        """
        try:
            text = body.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = body.count(b"\n", 0, error.start) + 1
            what = f"byte 0x{body[error.start]:02x} is not UTF-8; save the file as UTF-8"
            return Parsed(problems=(Problem(where=f"{url}:{line}", what=what, kind="file"),))
        if seedfile.has_front_matter(text):
            return seedfile.parse(text, name=url, source_id=source_id)
        return handout.parse(text, name=url, source_id=source_id)


def _read(folder: Path) -> tuple[dict[str, bytes], list[Problem]]:
    """The bytes of every text file by its name, sorted, and what could not be read."""
    bodies: dict[str, bytes] = {}
    problems: list[Problem] = []
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        name = path.name
        if not name.lower().endswith(SUFFIXES):
            continue
        if _CONFLICT.search(name):
            problems.append(Problem(where=name, what="a conflicted copy, not read", kind="file", hint="keep one copy"))
            continue
        if _DROPPING.search(name) or not path.is_file():
            continue
        try:
            if (length := path.stat().st_size) > LARGEST:
                what = f"{length} bytes; files up to {LARGEST} bytes are read"
                problems.append(Problem(where=f"{name}:1", what=what, kind="file"))
                continue
            bodies[name] = path.read_bytes()
        except OSError as error:
            problems.append(Problem(where=f"{name}:1", what=f"cannot be read: {error.strerror}", kind="file"))
    return bodies, problems
