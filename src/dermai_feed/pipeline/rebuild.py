"""Rebuild: a new database from files, ledger and log alone (promise 3).

The ledger gives the items with their verdicts, the log what editors decided, the files where
each story is told and which item leads it. Nothing is fetched, nothing of the corpus is
written; groups are computed anew, and come out the same because they depend on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from .. import ledger, matching
from ..errors import CorpusError
from ..model import Grouping, Health, LedgerLine, Problem, Report, SourceReport, SourceState
from ..publish import digest as rendering
from ..publish import files, merge
from ..publish.frontmatter import Page, PageError
from ..verbs import founding_item
from .journal import replay
from .match import match
from .parts import Parts
from .words import items_of, settle


@dataclass(frozen=True, kw_only=True, slots=True)
class Rebuilt:
    """What the new database holds."""

    items: int
    decisions: int
    stories: int
    files: int
    problems: tuple[Problem, ...] = ()


def rebuild(parts: Parts, *, now: datetime) -> Rebuilt:
    """Fill the empty database of `parts` from its corpus.

    Every line and file that cannot be read is named and left out. Raises: errors.CorpusError
    when the folder holds no corpus; errors.StoreError.
    """
    if files.marker(parts.corpus) is None:
        raise CorpusError(f"{parts.corpus}: no corpus here (its marker is missing); restore the folder first")
    read = list(ledger.read(parts.corpus / "ledger"))
    lines = [line for line in read if isinstance(line, LedgerLine)]
    problems = [line for line in read if isinstance(line, Problem)]
    count = parts.store.items.restore(lines, now)
    _restore_sources(parts, lines, now)
    problems += _restore_runs(parts)
    problems += replay(parts, now=now)
    pages, unread = _pages(parts, now)
    problems += unread
    settle(parts)
    match(parts, now=now, leads=_leads(pages))
    _restore_names(parts, pages, now)
    problems += _restore_files(parts, pages)
    return Rebuilt(
        items=count,
        decisions=len(parts.store.decisions.all()),
        stories=len(parts.store.stories.all()),
        files=len(parts.store.stories.documents()),
        problems=tuple(problems),
    )


def _restore_sources(parts: Parts, lines: Iterable[LedgerLine], now: datetime) -> None:
    """Sources that have spoken before: what they say next is news and no archive (decision 8)."""
    last: dict[str, datetime] = {}
    for line in lines:
        seen = last.get(line.item.source_id, line.item.first_seen)
        last[line.item.source_id] = max(seen, line.item.first_seen)
    for source_id, seen in sorted(last.items()):
        state = SourceState(
            source_id=source_id, health=Health.OK, polls=1, last_change=seen, last_success=seen, last_try=seen,
            why="known from the ledger",
        )  # fmt: skip
        parts.store.items.save_poll(state, (), (), now)


def _restore_runs(parts: Parts) -> list[Problem]:
    """The figures of polling, which nothing but the issues has kept: one run for each issue that tells them."""
    problems = []
    for path in sorted((parts.corpus / "digests").glob("*.json")):
        try:
            issue = rendering.from_json(path.read_bytes())
        except (OSError, ValueError) as error:
            what = f"cannot be read as an issue: {str(error).splitlines()[0][:200]}"
            hint = "restore it from git or a backup"
            problems.append(Problem(where=f"digests/{path.name}", kind="file", what=what, hint=hint))
            continue
        told = issue.coverage
        if told.run:
            source = SourceReport(
                source_id="before the rebuild", outcome="new" if told.new else "unchanged", fetched=told.fetched,
                new=told.new, updated=told.updated, unchanged=told.unchanged,
                rejected={"refused": told.refused} if told.refused else {},
            )  # fmt: skip
            started = datetime.strptime(told.run[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
            parts.store.runs.restore(Report(run=told.run, started=started, sources=(source,)))
    return problems


def _pages(parts: Parts, now: datetime) -> tuple[dict[str, tuple[str, Page]], list[Problem]]:
    """Story id -> path and page of its file; and what is wrong with others."""
    scan = files.scan(parts.corpus, now=now)
    pages: dict[str, tuple[str, Page]] = {}
    problems = list(scan.problems)
    for id_, found in sorted(scan.pages.items()):
        try:
            page = files.load(parts.corpus, found.path)
        except PageError as error:
            problems.append(Problem(where=found.path, kind="file", what=str(error), hint="mend it, then run"))
            continue
        if page is not None:
            pages[id_] = found.path, page
    return pages, problems


def _leads(pages: Mapping[str, tuple[str, Page]]) -> tuple[str, ...]:
    """The items that lead the published and edited stories, as their files say: they stay (decision 10)."""
    found = []
    for _, page in pages.values():
        works = page.own.get("works")
        if (page.published or merge.changed(page)) and isinstance(works, tuple) and works:
            first = works[0]
            canonical = first.get("canonical") if isinstance(first, Mapping) else None
            if isinstance(canonical, str):
                found.append(canonical)
    return tuple(found)


def _restore_names(parts: Parts, pages: Mapping[str, tuple[str, Page]], now: datetime) -> None:
    """Let every name that files, issues and decisions use for a story lead to the one that its founding item is in.

    A story that became part of another is known by both (decision 5), also where the other has no file to say so.
    """
    named = {target for decision in parts.store.decisions.all() for target in decision.target} | set(pages)
    for _, page in pages.values():
        aliases = page.own.get("aliases")
        named.update(map(str, aliases) if isinstance(aliases, tuple) else ())
    for path in sorted((parts.corpus / "digests").glob("*.json")):
        try:
            named.update(rendering.from_json(path.read_bytes()).told())
        except (OSError, ValueError):
            continue  # `_restore_runs` has named it
    founders = {name: founding_item(name) for name in named if name[:1].isdigit()}
    homes = parts.store.stories.of_items(set(founders.values()))
    lost: dict[str, set[str]] = {}
    for name, item in founders.items():
        if name != item and item in homes and homes[item] != name:
            lost.setdefault(homes[item], set()).add(name)
    snapshot = matching.snapshot(parts.config.matching)
    for id_, story in sorted(parts.store.stories.stories(lost).items()):
        renamed = replace(story, aliases=tuple(sorted({*story.aliases, *lost[id_]})))
        if renamed != story:
            parts.store.matching.save_grouping(items_of(renamed), Grouping(stories=(renamed,)), snapshot, now)


def _restore_files(parts: Parts, pages: Mapping[str, tuple[str, Page]]) -> list[Problem]:
    problems = []
    for id_, (path, page) in pages.items():
        story = parts.store.stories.story(id_)
        if story is None:
            what = f"tells story {id_}, of which the ledger knows no item"
            hint = "restore corpus/ledger from git or a backup; until then the file is left alone"
            problems.append(Problem(where=path, kind="file", what=what, hint=hint))
            continue
        minted = page.own.get("path")
        touched = bool(merge.changed(page)) or page.published or not page.own
        parts.store.stories.save_document(
            replace(story, id=id_), path, files.sha256_of(page.text), text=page.text, touched=touched,
            minted=minted if isinstance(minted, str) else path, settled="",
        )  # fmt: skip
    parts.store.stories.mark_pending([id_ for id_ in pages if parts.store.stories.story(id_)])
    return problems
