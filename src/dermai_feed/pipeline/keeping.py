"""Keeping: copies of the database, and letting go what is old. Never items, decisions or the ledger."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from .documents import bodies
from .parts import Parts

_BACKUP = re.compile(r"dermai-\d{8}T\d{6}Z(-\d+)?\.sqlite")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A backup that was made, and the older ones that went."""

    path: Path
    bytes: int
    removed: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Retained:
    """What retention let go, or would."""

    runs: int = 0  # records
    bodies: int = 0  # documents that sources answered
    bytes: int = 0  # of those, on the disk


def back_up(parts: Parts, *, now: datetime, to: Path | None = None) -> Kept:
    """Copy the database and check the copy, while others go on (S-14).

    Without `to` the copy goes into the backup folder under the name of the moment, and the
    oldest beyond `backup.keep` go; other files there are not ours and stay.
    Raises: errors.StoreError when the copy cannot be made or is not sound.
    """
    if to is not None:
        parts.store.back_up(to)
        return Kept(path=to, bytes=to.stat().st_size)
    folder = parts.config.backup.folder
    path = folder / f"dermai-{now:%Y%m%dT%H%M%SZ}.sqlite"
    number = 1
    while path.exists():  # a clock that was set back, or stands still in a test
        number += 1
        path = folder / f"dermai-{now:%Y%m%dT%H%M%SZ}-{number}.sqlite"
    parts.store.back_up(path)
    # Newest by the time of writing: names go back with the clock, and the copy just made must stay.
    ours = [found for found in backups(folder) if found != path]
    removed = ours[max(0, parts.config.backup.keep - 1) :]
    for old in removed:
        old.unlink(missing_ok=True)
    return Kept(path=path, bytes=path.stat().st_size, removed=tuple(removed))


def backups(folder: Path) -> list[Path]:
    """The backups that lie in `folder`, the newest first."""
    if not folder.is_dir():
        return []
    found = [path for path in folder.iterdir() if _BACKUP.fullmatch(path.name)]
    return sorted(found, key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)


def retain(parts: Parts, *, now: datetime, dry: bool = False) -> Retained:
    """Let go records of runs and raw bodies that are older, or more, than the configuration wants.

    With `dry` they are only counted. Raises: OSError when bodies cannot be removed.
    """
    before = now - timedelta(seconds=parts.config.retention.runs)
    runs = parts.store.runs
    gone = bodies(parts).prune(now, dry=dry)
    return Retained(runs=runs.ended_before(before) if dry else runs.prune(before), bodies=gone.bodies, bytes=gone.bytes)
