"""The site on disk: what changed is written, what is no more is taken away, the rest is not touched."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...errors import StoreError, UsageError

MANIFEST = ".dermai-site.json"  # the files we wrote: only those are ever taken away


@dataclass(frozen=True, kw_only=True, slots=True)
class SiteReport:
    """What one round of writing did."""

    written: int = 0
    unchanged: int = 0
    removed: int = 0


def write(folder: Path, pages: Iterable[tuple[str, str]]) -> SiteReport:
    """Write `pages` (path, text) below `folder`.

    Raises: errors.UsageError for a folder with files that are not of a site of ours;
    errors.StoreError when the disk refuses.
    """
    before = _manifest(folder)
    written, unchanged = 0, 0
    now: list[str] = []
    made: set[Path] = set()
    try:
        for path, text in pages:
            now.append(path)
            target, data = folder / path, text.encode("utf-8", "replace")
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            if _same(target, data):
                unchanged += 1
                continue
            beside = target.with_name(f".{target.name}.new")
            beside.write_bytes(data)
            beside.replace(target)  # a reader sees the old page or the new one
            written += 1
        there = set(now)
        gone = [path for path in before if path not in there]
        for path in gone:
            (folder / path).unlink(missing_ok=True)
        text = json.dumps(sorted(now), indent=0) + "\n"
        if not _same(folder / MANIFEST, text.encode()):
            (folder / MANIFEST).write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"{error.filename or folder}: {error.strerror}; make room, or choose another folder"
        ) from error
    return SiteReport(written=written, unchanged=unchanged, removed=len(gone))


def _manifest(folder: Path) -> list[str]:
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        if folder.is_dir() and next(folder.iterdir(), None) is not None:
            raise UsageError(f"{folder}: holds files that are no site of ours; choose an empty folder") from None
        return []
    except (OSError, ValueError):
        return []  # damaged: nothing is taken away, everything is written
    # A path out of the folder is none that we wrote.
    return [
        path for path in listed if isinstance(path, str) and not path.startswith("/") and ".." not in path.split("/")
    ]


def _same(target: Path, data: bytes) -> bool:
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except OSError:
        return False
