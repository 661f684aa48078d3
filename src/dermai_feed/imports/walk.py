"""Walking: folders, globs, zip and gz, down to single files.

Nothing of an archive is ever written under a name that the archive gives. Archives within archives
are opened to a depth of three; what a file may unpack to is limited before and while it is unpacked,
because the sizes that an archive declares may be lies (Fifield, "A better zip bomb", 2019).
"""

from __future__ import annotations

import difflib
import glob
import hashlib
import os
import re
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from ..model import Problem
from .contract import DAMAGED
from .detect import is_office
from .names import meant

LARGEST = 200 * 1024 * 1024  # bytes of one file, unpacked
MOST = 1024 * 1024 * 1024  # bytes that one archive may unpack to, archives within it counted
MEMBERS = 20_000
DEPTH = 3
RATIO = 200  # times its packed size; text packs to a tenth, a bomb to a thousandth
_GRACE = 10 * 1024 * 1024  # bytes that may unpack at any ratio
_STEP = 256 * 1024
# Other archives, by what stands where in them (https://en.wikipedia.org/wiki/List_of_file_signatures).
_PACKERS = (
    (b"ustar", 257, "a tar archive"), (b"7z\xbc\xaf\x27\x1c", 0, "a 7z archive"), (b"Rar!\x1a\x07", 0, "a RAR archive"),
    (b"BZh", 0, "a bzip2 file"), (b"\xfd7zXZ\x00", 0, "an xz file"), (b"\x28\xb5\x2f\xfd", 0, "a zstd file"),
)  # fmt: skip
_HEAD = 300  # bytes in which such a mark stands
# What operating systems, editors and synchronisers leave behind, and what holds no words.
_DROPPING = re.compile(
    r"(?:^|/)(?:\.|~|__MACOSX/|Thumbs\.db$|desktop\.ini$)|(?:~|\.(?:orig|rej|tmp|bak|swp|lock|part|crdownload))$"
    r"|\.(?:png|jpe?g|gif|svg|webp|ico|bmp|tiff?|woff2?|ttf|otf|eot|css|js|map|mp[34]|m4a|wav|avi|mov|exe|dll|so|pyc)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """A file to read: what messages call it, where its bytes are, and their sha256."""

    name: str
    path: Path
    sha256: str
    kind: str = ""
    url: str = ""


@dataclass(slots=True)
class _Budget:
    """What is left of the limits of one archive."""

    bytes: int = MOST
    members: int = MEMBERS


class _TooMuch(Exception):
    """An archive that is more than it may be; the message says which limit."""


@dataclass(slots=True)
class Walk:
    """Walks what the command line names. `scratch` takes what is unpacked; the caller empties it."""

    scratch: Path
    skipped: int = 0  # files that are no documents
    _number: int = field(default=0)

    def __call__(self, argument: str) -> Iterator[Piece | Problem]:
        """Every file under `argument`: a file, a folder, a pattern, an archive; problems for what cannot be opened."""
        path = Path(argument)
        if path.is_dir():
            yield from self._folder(path)
        elif path.exists():
            yield from self.file(path, path.name, DEPTH, _Budget())
        elif found := sorted(glob.glob(argument, recursive=True)):  # noqa: PTH207 - patterns may be absolute
            for one in found:
                if not Path(one).is_dir():
                    yield from self.file(Path(one), one, DEPTH, _Budget())
                elif "**" not in argument:
                    yield from self._folder(Path(one))
        else:
            hint = meant(argument) or _alike(path) or "check the path"
            yield Problem(where=argument, what="there is no such file or folder", kind="file", hint=hint)

    def one(self, path: Path, name: str) -> Iterator[Piece | Problem]:
        """The file at `path`, which messages call `name`; what is in it when it is an archive."""
        yield from self.file(path, name, DEPTH, _Budget())

    def scrap(self, name: str) -> Path:
        """A new place in the scratch folder for what messages call `name`."""
        self._number += 1
        suffix = PurePosixPath(name).suffix[:10]
        return self.scratch / f"{self._number:06}{suffix if suffix[1:].isalnum() else ''}"

    def _folder(self, folder: Path) -> Iterator[Piece | Problem]:
        root = folder.resolve()
        paths: list[Path] = []
        shut: list[OSError] = []
        for base, folders, names in os.walk(folder, onerror=shut.append):
            paths += [Path(base, name) for name in (*names, *folders) if name in names or Path(base, name).is_symlink()]
        for error in shut:
            where = Path(error.filename).relative_to(folder).as_posix()
            yield Problem(where=where, what=f"a folder that cannot be read: {error.strerror}", kind="file")
        for path in sorted(paths):
            name = path.relative_to(folder).as_posix()
            if _DROPPING.search(name):
                self.skipped += path.is_file()
            elif path.is_symlink() and (what := _astray(path, root)):
                yield Problem(where=name, what=what, kind="file", hint="the other files were read")
            elif not path.is_dir():
                yield from self.file(path, name, DEPTH, _Budget())

    def file(self, path: Path, name: str, depth: int, budget: _Budget) -> Iterator[Piece | Problem]:
        """The file at `path`, or what is in it when it is an archive."""
        try:
            if not stat.S_ISREG((held := path.stat()).st_mode):
                hint = "name a file, a folder or an archive; - reads standard input"
                yield Problem(where=name, what="no plain file but a pipe, a device or a socket", kind="file", hint=hint)
                return
            with path.open("rb") as file:
                head = file.read(_HEAD)
                if packer := next((word for mark, at, word in _PACKERS if head[at:].startswith(mark)), ""):
                    yield Problem(
                        where=name, what=f"{packer}, which is not opened", kind="file", hint="unpack it first"
                    )
                    return
                if head[:4] == b"PK\x03\x04" and not is_office(path):
                    yield from self._zip(path, name, depth, budget)
                    return
                if head[:2] == b"\x1f\x8b":
                    yield from self._gzip(path, name, depth, budget)
                    return
                if held.st_size > LARGEST:
                    what = f"{held.st_size} bytes; at most {LARGEST} are read"
                    yield Problem(where=name, what=what, kind="file", hint="split it")
                    return
                file.seek(0)
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            yield Problem(where=name, what=f"cannot be read: {error.strerror}", kind="file")
            return
        if held.st_size == 0:
            yield Problem(where=name, what="an empty file", kind="file")
        else:
            yield Piece(name=name, path=path, sha256=digest)

    # ------------------------------------------------------------------ archives

    def _zip(self, path: Path, name: str, depth: int, budget: _Budget) -> Iterator[Piece | Problem]:
        if depth == 0:
            yield _refused(name, f"archives within archives are opened {DEPTH} deep")
            return
        try:
            opened = zipfile.ZipFile(path)
        except DAMAGED as error:
            yield _refused(name, f"no zip archive that can be read: {error}")
            return
        with opened as archive:
            try:
                yield from self._members(archive, archive.infolist(), name, depth, budget)
            except _TooMuch as error:
                yield _refused(name, f"{error}; nothing more of it was read")

    def _members(
        self, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], name: str, depth: int, budget: _Budget
    ) -> Iterator[Piece | Problem]:
        budget.members -= len(members)
        if budget.members < 0:
            raise _TooMuch(f"more than {MEMBERS} files are in it")
        for member in members:
            inner = f"{name}/{member.filename}"
            if member.is_dir():
                continue
            if _leads_out(member.filename):
                yield _refused(inner, "its name leads out of the archive")
            elif stat.S_ISLNK(member.external_attr >> 16):
                yield _refused(inner, "a link and no file")
            elif _DROPPING.search(member.filename):
                self.skipped += 1
            elif member.flag_bits & 1:
                yield _refused(inner, "is encrypted; unpack it first")
            else:
                target = self.scrap(member.filename)
                try:
                    with archive.open(member) as packed, target.open("wb") as file:
                        _copy(packed, file, member.compress_size, budget)
                except DAMAGED as error:
                    yield _refused(inner, f"cannot be unpacked: {error}")
                    continue
                yield from self.file(target, inner, depth - 1, budget)

    def _gzip(self, path: Path, name: str, depth: int, budget: _Budget) -> Iterator[Piece | Problem]:
        if depth == 0:
            yield _refused(name, f"archives within archives are opened {DEPTH} deep")
            return
        inner = re.sub(r"\.gz$", "", name, flags=re.IGNORECASE)
        target = self.scrap(inner)
        size = path.stat().st_size
        try:
            with path.open("rb") as packed, target.open("wb") as file:
                _gunzip(packed, file, size, budget)
        except (zlib.error, EOFError, OSError) as error:
            yield _refused(name, f"cannot be unpacked: {error}")
        except _TooMuch as error:
            yield _refused(name, f"{error}; nothing of it was read")
        else:
            yield from self.file(target, inner, depth - 1, budget)


def _alike(path: Path) -> str:
    """Which file beside `path` may have been meant, or how far it leads; "" when nothing is like it."""
    try:
        beside = [one.name for one in path.parent.iterdir()]
    except OSError:
        return f"there is no folder {path.parent} either" if path.parent != Path() else ""
    alike = difflib.get_close_matches(path.name, beside, n=1)
    return f"there is {path.parent / alike[0]}" if alike else ""


def _astray(path: Path, root: Path) -> str:
    """Why a link within `root` is not followed; "" when it is."""
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):  # RuntimeError: a loop
        return "a link that leads nowhere, or in a circle"
    return "" if target.is_relative_to(root) else "a link that leads out of the folder; not followed"


def _refused(name: str, what: str) -> Problem:
    return Problem(where=name, what=what, kind="file", hint="the other files were read")


def _leads_out(name: str) -> bool:
    pure = PurePosixPath(name.replace("\\", "/"))
    return pure.is_absolute() or ".." in pure.parts or bool(re.match(r"[A-Za-z]:", name)) or "\0" in name


def _copy(packed: IO[bytes], file: IO[bytes], compressed: int, budget: _Budget) -> None:
    """Unpack one member. Raises: _TooMuch when it is more than it may be."""
    written = 0
    while piece := packed.read(_STEP):
        written += len(piece)
        _check(written, compressed, len(piece), budget)
        file.write(piece)


def _gunzip(packed: IO[bytes], file: IO[bytes], compressed: int, budget: _Budget) -> None:
    """Unpack every member of a gzip file. Raises: zlib.error, EOFError, _TooMuch."""
    written = 0
    rest = b""
    stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
    ended = False
    while True:
        piece = rest or packed.read(_STEP)
        if not piece and (ended or not (out := stream.decompress(b"", _STEP))):
            break
        if ended:
            if not piece.strip(b"\0"):  # padding behind the last member
                rest = b""
                continue
            stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        if piece:
            out = stream.decompress(piece, _STEP)
        written += len(out)
        _check(written, compressed, len(out), budget)
        file.write(out)
        rest = stream.unconsumed_tail or stream.unused_data
        ended = stream.eof
    if not ended:
        raise EOFError("its end is missing")


def _check(written: int, compressed: int, step: int, budget: _Budget) -> None:
    budget.bytes -= step
    if written > LARGEST:
        raise _TooMuch(f"unpacks to more than {LARGEST} bytes")
    if budget.bytes < 0:
        raise _TooMuch(f"unpacks to more than {MOST} bytes in all")
    if written > _GRACE and written > RATIO * max(compressed, 1):
        raise _TooMuch(f"unpacks to more than {RATIO} times its size")


def empty(folder: Path) -> None:
    """Take away what was unpacked into `folder`."""
    for path in folder.iterdir():
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
