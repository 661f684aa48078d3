"""Verify: database, files, ledger and log compared; each difference named with its mend (H6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from .. import decisions, ledger
from ..codec import encode
from ..model import LedgerLine, Problem, Story
from ..publish import digest as rendering
from ..publish import files
from ..publish.frontmatter import PageError
from ..publish.issue import Issue
from ..store import DocumentRow
from .parts import Parts
from .publish import tell
from .words import items_of

REBUILD = "`dermai-feed rebuild` makes the database anew; with PostgreSQL, name an empty one first"
FOREIGN = "the ledger does not know it either: take the file away, or its `dermai:` block, and it is a file of your own"


def verify(parts: Parts) -> tuple[Problem, ...]:
    """Every difference found; empty when all agree. Changes nothing."""
    lines = tuple(ledger.read(parts.corpus / "ledger"))
    seen = frozenset(line.item.id for line in lines if isinstance(line, LedgerLine))
    found = (*parts.store.check(), *_marker(parts))
    if seen and not parts.store.items.ids():
        return (*found, _file("the database", "holds nothing, and the ledger does", REBUILD))
    return (*found, *_files(parts, seen), *_ledger(parts, lines), *_log(parts, seen), *_digests(parts), *_left(parts))


def _marker(parts: Parts) -> list[Problem]:
    expected, there = parts.store.meta.corpus_id(), files.marker(parts.corpus)
    if expected is None or there == expected:
        return []
    what = "is missing" if there is None else f"says {there}"
    mend = f"if this is the right folder, write {expected} into it; no run works before"
    return [_file(".dermai-corpus", f"{what}; the database belongs to corpus {expected}", mend)]


def _files(parts: Parts, seen: Collection[str]) -> list[Problem]:
    scan = files.scan(parts.corpus)
    rows = {row.story_id: row for row in parts.store.stories.documents()}
    there = {found.story for found in scan.files.values()} | scan.blocked
    stories = {story.id: story for story in parts.store.stories.all()}
    waiting = {story.id for story in parts.store.stories.pending()}
    found = [*scan.problems]
    for row in rows.values():
        if row.story_id not in there and row.path not in scan.files:
            what = "the database knows this file and the folder does not hold it"
            found.append(_file(row.path, what, "put it back, or let the next run take its absence as a rejection"))
    for id_, page in sorted(scan.pages.items()):
        story, known = parts.store.stories.story(id_), rows.get(id_)
        if story is None:
            # A story's id ends with the key of the item that founded it (decision 5).
            mend = REBUILD if id_.rpartition("-")[2] in seen else FOREIGN
            found.append(_file(page.path, f"tells story {id_}, which the database does not hold", mend))
        elif story.id != id_:
            what = f"its story {id_} is part of {story.id} now"
            found.append(
                _file(page.path, what, "a run takes it away; where it was edited, carry that over and delete it")
            )
        elif known is None:
            found.append(_file(page.path, "the database does not know this file", "any run takes it in"))
        elif known is not None and known.sha256 != page.sha256:
            found.append(_file(page.path, "changed since it was last written", "any run takes the change in"))
        elif id_ not in waiting and (what := _members(parts, page.path, items_of(story))):
            found.append(_file(page.path, what, REBUILD))
        if known is not None and known.path != page.path:
            found.append(_file(page.path, f"the database knows it as {known.path}", "any run follows it"))
    return [*found, *_stories(parts, [story for id_, story in stories.items() if id_ not in waiting], there, rows)]


def _stories(
    parts: Parts, settled: Iterable[Story], there: Collection[str], rows: Mapping[str, DocumentRow]
) -> list[Problem]:  # fmt: skip
    """Stories of items that are no more, and accepted ones that no file tells."""
    found, silent = [], []
    known = parts.store.items.ids()
    for story in settled:
        if lost := sorted(set(items_of(story)) - known):
            what = f"holds items that the database does not: {', '.join(lost)}"
            found.append(_file(f"story {story.id}", what, REBUILD))
        elif story.id not in rows and story.id not in there:
            silent.append(story)
    unwritten = [one.story.id for one in tell(parts, silent) if not one.held and not one.rejected]
    return found + [_file(f"story {id_}", "is accepted and has no file", REBUILD) for id_ in unwritten]


def _members(parts: Parts, path: str, items: tuple[str, ...]) -> str:
    """How the items that a file names differ from those of the database."""
    try:
        page = files.load(parts.corpus, path)
    except PageError:
        return ""  # the scan has named it
    works = page.own.get("works") if page else None
    if not isinstance(works, tuple):
        return ""
    carriers = [carrier for work in works if isinstance(work, Mapping) for carrier in _tuple(work.get("carriers"))]
    told = {str(carrier.get("item")) for carrier in carriers if isinstance(carrier, Mapping)}
    if told == set(items):
        return ""
    return f"names other items than the database: {', '.join(sorted(told.symmetric_difference(items)))}"


def _tuple(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _file(where: str, what: str, hint: str) -> Problem:
    return Problem(where=where, kind="file", what=what, hint=hint)


def _ledger(parts: Parts, lines: Iterable[LedgerLine | Problem]) -> list[Problem]:
    last = {line.item.id: line for line in lines if isinstance(line, LedgerLine)}
    known = parts.store.items.ids()
    waiting = {line.item for line in parts.store.items.ledger_pending()}
    found = [line for line in lines if isinstance(line, Problem)]
    for id_ in sorted(known - last.keys()):
        what = "the database holds this item and the ledger does not"
        mend = "dermai-feed collect writes it" if id_ in waiting else "restore corpus/ledger from git or a backup"
        found.append(_file(f"ledger: {id_}", what, mend))
    what = "the ledger holds this item and the database does not"
    found += [_file(f"ledger: {id_}", what, REBUILD) for id_ in sorted(last.keys() - known)]
    both = sorted((last.keys() & known) - waiting)
    items, verdicts = parts.store.items.items_of(both), parts.store.items.verdicts(both, by_rules=True)
    for id_ in both:
        # An item that says something new waits for triage, and its line with it.
        if id_ not in verdicts:
            found.append(_file(f"ledger: {id_}", "the database has no verdict on this item", REBUILD))
        elif encode(LedgerLine(item=items[id_], verdict=verdicts[id_])) != encode(last[id_]):
            what = "the database says something else of this item than the ledger"
            found.append(_file(f"ledger: {id_}", what, "dermai-feed collect, then look again; else " + REBUILD))
    return found


def _log(parts: Parts, seen: Collection[str]) -> list[Problem]:
    path = parts.corpus / "decisions.jsonl"
    log = decisions.read(path)
    in_log = {decision.id: decision for decision in log}
    known = {decision.id: decision for decision in parts.store.decisions.all()}
    found = list(log.problems)
    for id_ in sorted(known.keys() - in_log.keys()):
        what = "the database knows this decision and the log has lost it"
        found.append(_file(f"{path.name}: {id_}", what, "restore the log from git or a backup"))
    what = "not applied to the database yet"
    found += [_file(f"{path.name}: {id_}", what, "any run applies it") for id_ in sorted(in_log.keys() - known.keys())]
    for id_ in sorted(known.keys() & in_log.keys()):
        if known[id_] != in_log[id_]:
            what = "was changed in the log after it was taken"
            found.append(_file(f"{path.name}: {id_}", what, "restore the log from git or a backup; undo takes back"))
    undone = {target for decision in in_log.values() if decision.verb == "undo" for target in decision.target}
    named = {*seen, *parts.store.items.ids(), *parts.store.stories.names()}
    for id_, decision in sorted(in_log.items()):
        if id_ in undone or decision.verb == "import":
            continue
        things = in_log.keys() if decision.verb == "undo" else named
        if lost := [t for t in decision.target if t not in things and t.rpartition("-")[2] not in named]:
            what = f"speaks of {', '.join(lost)}, which nothing here is"
            found.append(_file(f"{path.name}: {id_}", what, f"restore corpus/ledger, or dermai-feed undo {id_}"))
    return found


def _digests(parts: Parts) -> list[Problem]:
    """Issues that cannot be read, and renderings of the others that are gone."""
    found = []
    for path in sorted((parts.corpus / "digests").glob("*.json")):
        if path.name == "feed.json":
            continue
        try:
            issue = rendering.from_json(path.read_bytes())
        except (OSError, ValueError) as error:
            what = f"cannot be read as an issue: {str(error).splitlines()[0][:200]}"
            found.append(_file(f"digests/{path.name}", what, "restore it from git or a backup"))
            continue
        for form, _ in issue.renderings:  # one that was changed by hand is an editor's (D-11); `digest` says so
            name = f"digests/{path.stem}.{form}"
            if files.read(parts.corpus, name) is None:
                found.append(_file(name, "is missing beside its selection", f"{_again(issue, path.stem)} writes it"))
    return found


def _again(issue: Issue, stem: str) -> str:
    window = "--week " + issue.week
    if "-W" not in issue.week:
        since, until = issue.week.split("_")
        window = f"--since {since} --until {until}"
    if stem.endswith(".sent"):
        return f"dermai-feed approve {window}"
    return f"dermai-feed digest {window}" + (" --draft" if stem.endswith(".draft") else "")


def _left(parts: Parts) -> list[Problem]:
    what, mend = "was left by a run that died, or one is at work", "a run after an hour takes it away"
    return [_file(path, what, mend) for path in files.temporaries(parts.corpus)]
