"""Bundles: the whole of a corpus in one zip, and back again on another machine.

A bundle holds the corpus folder (files, digests, decision log, ledger), the configuration and the
folders that it collects from, each with its sha256. The database is not in it: it is a cache, and
is rebuilt. Secrets are not in it either, because the configuration only names them.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from .. import __version__
from ..config import Config
from ..errors import CorpusError, StoreError, UsageError
from ..model import Source

MANIFEST = "dermai-bundle.json"
FORMAT = 1
_LARGEST = 1024 * 1024 * 1024  # bytes of one file
_MOST = 8 * 1024 * 1024 * 1024  # bytes of all
_LEFT_OUT = frozenset({".git", "__pycache__"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Restored:
    """What taking a bundle back did."""

    corpus: Path
    written: int = 0
    unchanged: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    name: str  # in the bundle: corpus/…, config/…, folders/ID/…
    sha256: str
    size: int


# --------------------------------------------------------------------------- writing


def pack(config: Config, out: Path, *, now: datetime) -> int:
    """Write everything that `config` names into the zip `out`; the number of files in it.

    The same corpus gives the same bytes: members are sorted and dated by the bundle's moment.
    Raises: errors.StoreError when something cannot be read or written; `out` is then as before.
    """
    members: list[_Member] = []
    moment = (max(now.year, 1980), now.month, now.day, now.hour, now.minute, now.second)
    draft = out.with_name(f".{out.name}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in sorted(_files(config)):
                data = path.read_bytes()
                archive.writestr(zipfile.ZipInfo(name, moment), data, zipfile.ZIP_DEFLATED)
                members.append(_Member(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data)))
            text = json.dumps(_manifest(config, members, now), ensure_ascii=False, indent=1)
            archive.writestr(zipfile.ZipInfo(MANIFEST, moment), text, zipfile.ZIP_DEFLATED)
        draft.replace(out)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StoreError(f"{out}: {error.strerror}; nothing was exported") from error
    return len(members)


def _manifest(config: Config, members: list[_Member], now: datetime) -> dict[str, object]:
    return {
        "format": FORMAT,
        "program": __version__,
        "made": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "config": config.path.name,
        "folders": {source.id: source.url for source in _folders(config)},
        "files": [{"name": one.name, "sha256": one.sha256, "size": one.size} for one in members],
    }


def _folders(config: Config) -> list[Source]:
    return [s for s in config.sources if s.kind == "folder" and (config.base / s.url).is_dir()]


def _files(config: Config) -> Iterator[tuple[str, Path]]:
    yield from _under("corpus", config.corpus)
    own = config.files
    for path in dict.fromkeys((config.path, own.sources, own.providers, own.triage, own.matching)):
        if path.is_file():
            yield f"config/{path.name}", path
    for source in _folders(config):
        yield from _under(f"folders/{source.id}", config.base / source.url)


def _under(prefix: str, folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        inside = path.relative_to(folder)
        if path.is_file() and not path.is_symlink() and _LEFT_OUT.isdisjoint(inside.parts):
            yield f"{prefix}/{inside.as_posix()}", path


# --------------------------------------------------------------------------- reading


def found(files: Iterable[str]) -> Path | None:
    """The first of `files` that is a bundle, or None."""
    for name in files:
        path = Path(name)
        try:
            if path.is_file() and zipfile.is_zipfile(path):
                with zipfile.ZipFile(path) as archive:
                    if MANIFEST in archive.namelist():
                        return path
        except (OSError, zipfile.BadZipFile, ValueError):
            continue
    return None


def _checked(archive: zipfile.ZipFile, path: Path) -> tuple[dict[str, object], list[_Member]]:
    """The manifest and the members that it vouches for. Raises: errors.UsageError."""
    try:
        manifest = json.loads(archive.read(MANIFEST))
        members = [_Member(name=f["name"], sha256=f["sha256"], size=int(f["size"])) for f in manifest["files"]]
    except (ValueError, KeyError, TypeError, RecursionError, zipfile.BadZipFile) as error:
        raise UsageError(f"{path}: its {MANIFEST} cannot be read ({error}); export it again") from error
    if manifest.get("format") != FORMAT:
        raise UsageError(f"{path}: a bundle of format {manifest.get('format')!r}; this program reads {FORMAT}")
    if sum(one.size for one in members) > _MOST:
        raise UsageError(f"{path}: holds more than {_MOST} bytes")
    for one in members:
        pure = PurePosixPath(one.name)
        if pure.is_absolute() or ".." in pure.parts or "\\" in one.name or "\0" in one.name or len(pure.parts) < 2:
            raise UsageError(f"{path}: names {one.name!r}, a place outside of it; nothing was taken from it")
        if pure.parts[0] not in {"corpus", "config", "folders"}:
            raise UsageError(f"{path}: names {one.name!r}, which is no part of a bundle; nothing was taken from it")
        if one.size > _LARGEST:
            raise UsageError(f"{path}: {one.name} is larger than {_LARGEST} bytes")
    return manifest, members


def _body(archive: zipfile.ZipFile, member: _Member, path: Path) -> bytes:
    """The bytes of a member, when they are those that were packed. Raises: errors.UsageError."""
    try:
        with archive.open(member.name) as packed:
            data = packed.read(member.size + 1)
    except (KeyError, OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise UsageError(f"{path}: {member.name} cannot be unpacked ({error}); nothing was changed") from error
    if len(data) != member.size or hashlib.sha256(data).hexdigest() != member.sha256:
        raise UsageError(f"{path}: {member.name} is not what was packed; nothing was changed. Copy the file again")
    return data


def unpack_config(path: Path, folder: Path) -> tuple[Path, int]:
    """Write the configuration and the folders of the bundle `path` under `folder`.

    A file that says something else is kept beside it as NAME.before-import.
    Returns: the settings file, and how many files were written.
    Raises: errors.UsageError for a bundle that is damaged; nothing was written then.
    """
    with zipfile.ZipFile(path) as archive:
        manifest, members = _checked(archive, path)
        bodies = []
        for one in members:  # all of them, before any is written
            data = _body(archive, one, path)
            if not one.name.startswith("corpus/"):
                bodies.append((one, data))
    folders = manifest.get("folders")
    homes = folders if isinstance(folders, dict) else {}
    targets: list[tuple[Path, bytes]] = []
    for member, data in bodies:
        kind, _, rest = member.name.partition("/")
        if kind == "config":
            targets.append((folder / "config" / rest, data))
            continue
        id_, _, inner = rest.partition("/")
        home = str(homes.get(id_, id_))
        # Folders are named from the settings file; one that lies elsewhere comes to lie beside it.
        place = (folder / "config" / home).resolve()
        if not place.is_relative_to(folder.resolve()):
            raise UsageError(f"{path}: the source {id_} collects from {home}, outside of this folder; copy it by hand")
        targets.append((place / inner, data))
    for target, data in targets:
        if target.exists() and target.read_bytes() != data:
            target.replace(target.with_name(f"{target.name}.before-import"))
    return folder / "config" / str(manifest.get("config", "dermai-feed.yaml")), _write(targets)


def _write(targets: Iterable[tuple[Path, bytes]]) -> int:
    written = 0
    for target, data in targets:
        if target.exists():
            continue
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{target.name}.part")
            part.write_bytes(data)
            part.replace(target)
        except OSError as error:
            raise StoreError(f"{target}: {error.strerror}; import the bundle again when that is mended") from error
        written += 1
    return written


def unpack_corpus(path: Path, corpus: Path) -> Restored:
    """Write the corpus of the bundle `path` into `corpus`, which is empty or holds the same.

    Every file is checked before the first is written. A restore that died is simply done again.
    Raises: errors.CorpusError when the folder holds another corpus; errors.UsageError for damage.
    """
    with zipfile.ZipFile(path) as archive:
        _, members = _checked(archive, path)
        own = [one for one in members if one.name.startswith("corpus/")]
        names = {one.name.removeprefix("corpus/"): one for one in own}
        there = dict(_under("", corpus)) if corpus.is_dir() else {}
        for name, file in there.items():
            member = names.get(name.removeprefix("/"))
            if member is None or hashlib.sha256(file.read_bytes()).hexdigest() != member.sha256:
                raise CorpusError(
                    f"{corpus}: holds {name.removeprefix('/')}, which is not in the bundle as it is; "
                    "a bundle is taken back into an empty corpus. Nothing was changed"
                )
        for one in own:  # all of them before any is written
            _body(archive, one, path)
        missing = [one for name, one in sorted(names.items()) if f"/{name}" not in there]
        written = sum(
            _write([(corpus / one.name.removeprefix("corpus/"), _body(archive, one, path))]) for one in missing
        )
    return Restored(corpus=corpus, written=written, unchanged=len(own) - written)


def is_empty(corpus: Path) -> bool:
    """Whether a corpus folder holds nothing that a bundle could clash with."""
    return not corpus.is_dir() or not any(True for _ in _under("", corpus))
