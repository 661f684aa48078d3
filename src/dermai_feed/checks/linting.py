"""Linting files: reading them, running every rule over each, and what only all of them together show."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from ..publish.frontmatter import MAX_BYTES, Page, PageError, read
from ..rules import MatchWeights, ProviderRules
from ..triage import Triage
from . import rules
from .findings import Finding

_NOT_STORIES = {"digests", "ledger", "node_modules"}
_FENCE = (b"---\n", b"---\r\n", b"\xef\xbb\xbf---")


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What the rules look things up in: publishers, the weights that say what is one story, the field's words."""

    providers: ProviderRules
    matching: MatchWeights
    triage: Triage


def story_files(paths: Iterable[Path]) -> tuple[Path, ...]:
    """The files to read: those that are named, and below folders every `.md` that begins with front matter.

    Raises: errors.UsageError for a path that is not there.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            found |= dict.fromkeys(_below(path))
        elif path.is_file():
            found[path] = None
        else:
            raise UsageError(f"{path}: no such file or folder")
    return tuple(found)


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.md")):
        inner = path.relative_to(folder).parts[:-1]
        if any(part.startswith(".") for part in inner) or (inner[:1] and inner[0] in _NOT_STORIES):
            continue
        if not path.is_file() or path.name.startswith("."):
            continue
        with path.open("rb") as file:
            if file.read(8).startswith(_FENCE):
                yield path


def lint(files: Iterable[Path], looked_up: Rules) -> tuple[Finding, ...]:
    """Every finding in `files`, in their order and by line."""
    found: list[Finding] = []
    pages: list[tuple[Path, Page]] = []
    for path in files:
        own = list(rules.names(path))
        try:
            page = _read(path)
        except PageError as error:
            rule = "conflict" if "merge conflict" in error.what else "unreadable"
            own.append(
                Finding(
                    path=str(path), line=error.line, column=error.column, rule=rule, severity="error",
                    what=error.what,
                )
            )  # fmt: skip
        else:
            pages.append((path, page))
            for rule_of in rules.RULES:
                own += rule_of(str(path), page, looked_up.providers)
            own += rules.related_to_nothing(str(path), page, looked_up.providers, looked_up.matching, looked_up.triage)
        found += sorted(own, key=lambda finding: (finding.line, finding.column, finding.rule))
    return (*found, *_together(pages))


def _read(path: Path) -> Page:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise PageError(0, 0, f"cannot be read: {error.strerror}") from error
    return read(data, str(path))


def _together(pages: Iterable[tuple[Path, Page]]) -> Iterator[Finding]:
    """Files that tell one story twice, and names that a disk without cases takes for one."""
    stories: defaultdict[str, list[str]] = defaultdict(list)
    addresses: defaultdict[str, list[str]] = defaultdict(list)
    folded: defaultdict[str, list[str]] = defaultdict(list)
    for path, page in pages:
        if page.story:
            stories[page.story].append(str(path))
        for url in page.urls[:1]:
            addresses[url].append(str(path))
        folded[unicodedata.normalize("NFC", str(path)).casefold()].append(str(path))
    for story, names in stories.items():
        for name in names[1:]:
            what = f"tells story {story}, as {names[0]} does"
            yield Finding(path=name, rule="copy", severity="error", what=what, hint="keep one and delete the other")
    for url, names in addresses.items():
        for name in names[1:]:
            what = f"is about {url}, as {names[0]} is"
            yield Finding(path=name, rule="duplicate", severity="warning", what=what, hint="keep one, or tell why not")
    for names in folded.values():
        for name in names[1:]:
            what = f"differs from {names[0]} only in upper and lower case: on some disks they are one file"
            yield Finding(path=name, rule="name", severity="error", what=what, hint="rename one of them")
