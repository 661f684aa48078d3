"""Raw bodies: what sources answered, word for word, kept for a while so that history can be read again.

::

    state/bodies/index/2026-11-28.jsonl    one line per document: when, which source, what hash
    state/bodies/ab/ab34….gz               the document, once however often and wherever it came

They lie on the disk and not in the database: they are by far the largest thing that the
program keeps, every copy of the database would carry them, and nothing of them is searched.
Their index lies beside them, so that they outlive a database that was deleted. Each machine
keeps what it has fetched. Nothing here is ever needed to run: a body that is lost or damaged
is one document that cannot be read again.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from .codec import decode, encode


@dataclass(frozen=True, kw_only=True, slots=True)
class Body:
    """One document that a source answered: a line of the index."""

    at: datetime
    source_id: str
    kind: str  # what reads it, a key of collectors.COLLECTORS
    content_type: str = ""
    url: str = ""  # where it came from, without its query: keys live there
    sha256: str
    size: int  # bytes, unpacked


@dataclass(frozen=True, kw_only=True, slots=True)
class Packed:
    """A body ready to be written: hash and compressed bytes. Made where the document was fetched."""

    kind: str
    content_type: str
    url: str
    sha256: str
    size: int
    data: bytes


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """What was let go, or would be."""

    bodies: int = 0
    bytes: int = 0  # on the disk


def pack(kind: str, body: bytes, content_type: str, url: str) -> Packed:
    """`body` compressed, under its hash. Pure: the same bytes give the same bytes."""
    return Packed(
        kind=kind, content_type=content_type, url=url.partition("?")[0].partition("#")[0],
        sha256=hashlib.sha256(body).hexdigest(), size=len(body), data=gzip.compress(body, compresslevel=6, mtime=0),
    )  # fmt: skip


class Bodies:
    """The bodies below `folder`: for `keep` seconds, at most `most` bytes of them; 0 keeps none."""

    def __init__(self, folder: Path, *, keep: float, most: int) -> None:
        self._folder = folder
        self._index = folder / "index"
        self._keep = keep
        self._most = most

    @property
    def wanted(self) -> bool:
        """Whether anything is kept at all."""
        return self._most > 0 and self._keep > 0

    def add(self, source_id: str, packed: Sequence[Packed], now: datetime) -> None:
        """Keep what `source_id` answered at `now` (UTC). Raises: OSError; whatever is there stays readable."""
        if not packed or not self.wanted:
            return
        self._index.mkdir(parents=True, exist_ok=True)
        for body in packed:
            self._write(body)
        lines = "".join(
            encode(
                Body(
                    at=now, source_id=source_id, kind=body.kind, content_type=body.content_type, url=body.url,
                    sha256=body.sha256, size=body.size,
                )
            ) + "\n"
            for body in packed
        )  # fmt: skip
        # One write of whole lines at the end of the file: several workers do not mix them up.
        handle = os.open(self._day(now), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o640)
        try:
            os.write(handle, lines.encode())
        finally:
            os.close(handle)

    def listed(self, *, sources: Collection[str] = (), since: datetime | None = None) -> tuple[Body, ...]:
        """What was kept, in the order in which it came: of all, or of `sources`, from `since` (UTC) on."""
        return tuple(
            body
            for path in self._days()
            for body in _lines(path)
            if (not sources or body.source_id in sources) and (since is None or body.at >= since)
        )

    def read(self, body: Body) -> bytes | None:
        """The document, or None when it is not there any more, or not what it was."""
        try:
            data = gzip.decompress(self._place(body.sha256).read_bytes())
        except (OSError, EOFError, zlib.error):
            return None
        return data if hashlib.sha256(data).hexdigest() == body.sha256 else None

    def is_first_of(self, day: datetime) -> bool:
        """Whether nothing was kept on that day yet."""
        return not self._day(day).exists()

    @property
    def too_many(self) -> bool:
        """Whether there is more than may be."""
        return sum(path.stat().st_size for path in self._folder.glob("??/*.gz")) > self._most

    def prune(self, now: datetime, *, dry: bool = False) -> Gone:
        """Let go what is older than wanted, and the oldest days until the rest fits; with `dry` only count it."""
        days = self._days()
        oldest = (now - timedelta(seconds=self._keep)).date().isoformat()
        stay = [path for path in days if path.stem >= oldest] if self.wanted else []
        there = {path.stem: path for path in self._folder.glob("??/*.gz")} if days else {}
        sizes = {sha256: path.stat().st_size for sha256, path in there.items()}
        named = [{body.sha256 for body in _lines(path)} for path in stay]
        kept = set[str]().union(*named)
        while stay and sum(sizes.get(sha256, 0) for sha256 in kept) > self._most:
            stay, named = stay[1:], named[1:]
            kept = set[str]().union(*named)
        if not dry:
            for path in days:
                if path not in stay:
                    path.unlink(missing_ok=True)
        # A file that another worker has written and not listed yet is younger than its line.
        gone = {sha256: path for sha256, path in there.items() if sha256 not in kept and not _young(path, now)}
        if not dry:
            for path in gone.values():
                path.unlink(missing_ok=True)
        return Gone(bodies=len(gone), bytes=sum(sizes[sha256] for sha256 in gone))

    def _write(self, body: Packed) -> None:
        place = self._place(body.sha256)
        if place.exists():
            os.utime(place)
            return
        place.parent.mkdir(exist_ok=True)
        beside = place.with_name(f".{place.name}.{os.getpid()}.tmp")
        beside.write_bytes(body.data)
        beside.chmod(0o640)  # S-19
        beside.replace(place)

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / f"{sha256}.gz"

    def _day(self, moment: datetime) -> Path:
        return self._index / f"{moment:%Y-%m-%d}.jsonl"

    def _days(self) -> list[Path]:
        return sorted(self._index.glob("????-??-??.jsonl")) if self._index.is_dir() else []


def _lines(path: Path) -> Iterator[Body]:
    """The lines of an index that are whole; a run that died may have left half of the last."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            yield decode(Body, line)
        except ValueError:
            continue


def _young(path: Path, now: datetime) -> bool:
    age = now.timestamp() - path.stat().st_mtime
    return 0 <= age < 3600.0
