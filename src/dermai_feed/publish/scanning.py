"""What lies in the corpus: story files by the stories they tell, and what is wrong with others.

A file is known by its content, not by its name, so that it may be renamed and moved (W-10).
Files that cannot be read block their story: it is neither written nor written elsewhere (W-06).
"""

from __future__ import annotations

import os
import re
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from ..errors import CorpusError
from ..model import Problem
from . import disk
from .corpus import ATTRIBUTES, MARKER
from .frontmatter import MAX_BYTES, PageError, read
from .replacing import TEMPORARY

# Folders of the corpus that hold no story files.
NOT_STORIES = frozenset({"digests", "ledger"})
SETTLED = 2.0  # seconds: a file changed later than that before the scan may change again unseen (W-23)
MOST_GONE, SHARE_GONE = 20, 0.2  # W-09

# What editors and file synchronisers leave behind (W-08).
_DROPPING = re.compile(
    r"\..*|.*~|#.*#|4913|.*\.(?:swp|swo|swx|orig|rej|tmp|bak|part|crdownload|conflict)|Thumbs\.db|desktop\.ini",
    re.IGNORECASE,
)
_COPY = re.compile(r"conflicted copy|sync-conflict|\.conflict$|\.conflict\.", re.IGNORECASE)

# For files that no YAML reader takes: the lines that tell whose file it was.
_ID = re.compile(rb"^dermai:[ \t]*\r?\n(?:[ \t].*\n|\r?\n)*?[ \t]+id:[ \t]*[\"']?([A-Za-z0-9_-]+)", re.MULTILINE)
_PUBLISHED = re.compile(rb"^published:[ \t]*(true|false)[ \t]*\r?$", re.MULTILINE)
_URL = re.compile(rb"^(?:webUrl|originalUrl):[ \t]*[\"']?(https?://[^\s\"']+)", re.MULTILINE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A story file as a scan saw it; enough to know it again without reading it."""

    path: str
    story: str = ""  # empty in a file that we never wrote
    urls: tuple[str, ...] = ()  # known for files without `story` only, where they matter
    published: bool = False
    sha256: str = ""
    size: int = 0  # bytes
    mtime_ns: int = 0
    inode: int = 0
    settled: bool = False  # whether size, mtime and inode are enough to know it unchanged
    problem: Problem | None = None  # why it is left alone


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """All story files of a corpus.

    `pages` and `by_url` hold what may be written. Unreadable files and files that tell the
    same story (`copies`) are in neither: none of them is touched, and neither is a story or
    an address that is `blocked` by them.
    """

    files: Mapping[str, Found] = field(default_factory=dict)  # by path, all of them
    pages: Mapping[str, Found] = field(default_factory=dict)  # by story id
    by_url: Mapping[str, Found] = field(default_factory=dict)  # files without an id of ours
    unreadable: Mapping[str, Problem] = field(default_factory=dict)  # by path; also those with a wrong value
    copies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # story id or address -> paths
    blocked: frozenset[str] = frozenset()  # story ids and addresses
    temporaries: tuple[str, ...] = ()  # what a run left that is still going on, or died
    droppings: tuple[str, ...] = ()  # what editors' programs left; ignored
    problems: tuple[Problem, ...] = ()  # all that somebody should see, once each

    @property
    def paths(self) -> frozenset[str]:
        """The paths of all story files, case-folded, as `paths.mint` wants them."""
        return frozenset(path.casefold() for path in self.files)


def scan(corpus: Path, remembered: Mapping[str, Found] | None = None, *, now: datetime | None = None) -> Scan:
    """Every story file below `corpus`.

    `remembered` are files known before. Those of an earlier scan whose size, time and inode
    are the same are not opened; those whose bytes have a known hash are not parsed, so that
    ``Found(path=…, story=…, sha256=…)`` of what was written last is worth remembering, too.
    `now` says when this scan is made; without it nothing is settled and the next one opens all.

    Raises: CorpusError when the folder is missing; StoreError when it cannot be read.
    """
    if not corpus.is_dir():
        raise CorpusError(f"{corpus}: no such folder; mount or restore it, or make one with `dermai-feed init`")
    earlier = remembered or {}
    texts = {known.sha256: known.story for known in earlier.values() if known.story and not known.problem}
    files: dict[str, Found] = {}
    droppings: list[str] = []
    temporaries: list[str] = []
    problems: list[Problem] = []
    try:
        for entry, path in _entries(corpus):
            if _COPY.search(entry.name):
                droppings.append(path)
                problems.append(_problem(path, "a conflicted copy", "carry over what is missing, then delete it"))
            elif TEMPORARY.match(entry.name):
                temporaries.append(path)
            elif entry.name in {MARKER, ATTRIBUTES, ".gitignore", ".gitkeep"}:
                continue
            elif _DROPPING.fullmatch(entry.name):
                droppings.append(path)
            elif entry.is_symlink():
                problems.append(_problem(path, "a symbolic link; it is not read", "replace it by a file"))
            elif entry.name.endswith(".md"):
                found = _found(entry, path, earlier.get(path), texts, now)
                if found.story or found.problem or path.startswith("news/"):
                    files[path] = found
    except OSError as error:
        raise disk.refused(corpus, error) from error
    pages = _sorted_out(files)
    return replace(
        pages, temporaries=tuple(temporaries), droppings=tuple(droppings), problems=(*problems, *pages.problems)
    )  # fmt: skip


def _entries(corpus: Path) -> Iterator[tuple[os.DirEntry[str], str]]:
    """Everything that is not a folder, in the order of its path; hidden folders are not entered."""
    waiting = [(corpus, "")]
    while waiting:
        folder, prefix = waiting.pop()
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
        for entry in listed:
            path = prefix + entry.name
            if not entry.is_dir(follow_symlinks=False):
                yield entry, path
            elif not entry.name.startswith(".") and path not in NOT_STORIES:
                waiting.append((folder / entry.name, path + "/"))


def _found(
    entry: os.DirEntry[str], path: str, known: Found | None, texts: Mapping[str, str], now: datetime | None
) -> Found:
    status = entry.stat(follow_symlinks=False)
    seen = (status.st_size, status.st_mtime_ns, status.st_ino)
    if known is not None and known.settled and seen == (known.size, known.mtime_ns, known.inode):
        return known
    settled = now is not None and now.timestamp() - status.st_mtime > SETTLED
    if not stat.S_ISREG(status.st_mode):
        return Found(path=path, problem=_problem(path, "not a file", "remove it"))
    data = disk.read(entry.path, MAX_BYTES + 1)
    sha = disk.sha256(data)
    about = _read_before(data, path, texts[sha]) if sha in texts else None
    return replace(
        about or _read(data, path), sha256=sha, size=seen[0], mtime_ns=seen[1], inode=seen[2], settled=settled
    )  # fmt: skip


def _read_before(data: bytes, path: str, story: str) -> Found | None:
    """A text that was good when it was parsed before; None when its state is not plain to see."""
    published = _PUBLISHED.search(data)
    return Found(path=path, story=story, published=published[1] == b"true") if published else None


def _read(data: bytes, path: str) -> Found:
    """What a file says of itself; of one that cannot be read, whose it seems to be."""
    try:
        page = read(data, path)
    except PageError as error:
        story = _ID.search(data)
        if story is None and not path.startswith("news/"):
            return Found(path=path)  # a README; nothing of ours
        return Found(
            path=path,
            story=story[1].decode() if story else "",
            urls=tuple(url.decode("utf-8", "replace") for url in _URL.findall(data)),
            problem=Problem(
                where=_place(path, error.line),
                what=error.what,
                kind="file",
                hint="correct it; until then it is left alone",
            ),
        )
    problem = None
    if page.faults:
        key, wrong = page.faults[0]
        problem = _problem(path, f"{key} {wrong}", "correct it; until then the file is left alone")
    return Found(
        path=path, story=page.story, urls=() if page.story else page.urls, published=page.published, problem=problem
    )


def _sorted_out(files: dict[str, Found]) -> Scan:
    holders: defaultdict[str, list[Found]] = defaultdict(list)
    for found in files.values():
        for name in _names(found):
            holders[name].append(found)
    copies = {name: tuple(f.path for f in held) for name, held in holders.items() if len(held) > 1}
    unreadable = {found.path: found.problem for found in files.values() if found.problem}
    free = [f for f in files.values() if not f.problem and not any(name in copies for name in _names(f))]
    pages = {found.story: found for found in free if found.story}
    by_url = {url: found for found in free if not found.story for url in found.urls}
    return Scan(
        files=files, pages=pages, by_url=by_url, unreadable=unreadable, copies=copies,
        blocked=frozenset(holders) - pages.keys() - by_url.keys(),
        problems=(*unreadable.values(), *(_copies_problem(name, paths) for name, paths in copies.items())),
    )  # fmt: skip


def _copies_problem(name: str, paths: tuple[str, ...]) -> Problem:
    what = f"{len(paths)} files tell {name}: {', '.join(paths)}; none of them is touched"
    return _problem(paths[0], what, "keep one and delete the others")


def _names(found: Found) -> tuple[str, ...]:
    """What a file is known by: our id, else its addresses (W-10)."""
    return (found.story,) if found.story else found.urls


def _problem(path: str, what: str, hint: str) -> Problem:
    return Problem(where=path, what=what, kind="file", hint=hint)


def _place(path: str, line: int) -> str:
    return f"{path}:{line}" if line else path


def vanished(known: Mapping[str, str], found: Scan) -> frozenset[str]:
    """The stories whose files editors deleted: those of `known` (story id -> path) with no file left.

    A file counts as there while it can be found under any name, read or not. One deleted
    file is always a decision; from two on, more than 20 files or 20 % of all gone at once
    is an accident (an unmounted disk, another branch), and nothing may be concluded (W-09).

    Raises: CorpusError then, with how many are gone and what to do.
    """
    there = {f.story for f in found.files.values() if f.story} | found.blocked
    gone = sorted(story for story, path in known.items() if story not in there and path not in found.files)
    if len(gone) > 1 and (len(gone) > MOST_GONE or len(gone) > SHARE_GONE * len(known)):
        example = known[gone[0]]
        raise CorpusError(
            f"{len(gone)} of {len(known)} story files are gone at once, {example} for one; nothing was changed. "
            "Restore them (unmounted disk? another branch?), or reject the stories one by one with `dermai-feed reject`"
        )
    return frozenset(gone)
