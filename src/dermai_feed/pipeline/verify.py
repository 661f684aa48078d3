"""Verify: database, files, ledger and log compared; each difference named with its mend (H6)."""

from __future__ import annotations

from collections.abc import Mapping

from .. import decisions, ledger
from ..codec import encode
from ..model import LedgerLine, Problem
from ..publish import digest as rendering
from ..publish import files
from ..publish.frontmatter import PageError
from .parts import Parts
from .publish import tell
from .words import items_of

REBUILD = "move the database away and run `dermai-feed rebuild`"


def verify(parts: Parts) -> tuple[Problem, ...]:
    """Every difference found; empty when all agree. Changes nothing."""
    return (*parts.store.check(), *_files(parts), *_ledger(parts), *_log(parts), *_digests(parts))


def _files(parts: Parts) -> list[Problem]:
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
    for id_, seen in sorted(scan.pages.items()):
        story, known = parts.store.stories.story(id_), rows.get(id_)
        if story is None:
            found.append(_file(seen.path, f"tells story {id_}, which the database does not hold", REBUILD))
        elif known is None and story.id in stories:
            found.append(_file(seen.path, "the database does not know this file", "any run takes it in"))
        elif known is not None and known.sha256 != seen.sha256:
            found.append(_file(seen.path, "changed since it was last written", "any run takes the change in"))
        elif id_ not in waiting and (what := _members(parts, seen.path, items_of(story))):
            found.append(_file(seen.path, what, REBUILD))
    silent = [story for id_, story in stories.items() if id_ not in waiting and id_ not in rows and id_ not in there]
    for telling in tell(parts, silent):
        if not telling.held and not telling.rejected:
            what = "is accepted and has no file"
            found.append(_file(f"story {telling.story.id}", what, REBUILD))
    return found


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


def _ledger(parts: Parts) -> list[Problem]:
    lines = list(ledger.read(parts.corpus / "ledger"))
    last = {line.item.id: line for line in lines if isinstance(line, LedgerLine)}
    known = parts.store.items.ids()
    waiting = {line.item.id for line in parts.store.items.ledger_pending()}
    found = [line for line in lines if isinstance(line, Problem)]
    for id_ in sorted(known - last.keys()):
        what = "the database holds this item and the ledger does not"
        mend = "dermai-feed collect writes it" if id_ in waiting else "restore corpus/ledger from a backup"
        found.append(_file(f"ledger: {id_}", what, mend))
    what = "the ledger holds this item and the database does not"
    found += [_file(f"ledger: {id_}", what, REBUILD) for id_ in sorted(last.keys() - known)]
    both = sorted((last.keys() & known) - waiting)
    items, verdicts = parts.store.items.items_of(both), parts.store.items.verdicts(both, by_rules=True)
    for id_ in both:
        # An item that says something new waits for triage, and its line with it.
        if id_ in verdicts and encode(LedgerLine(item=items[id_], verdict=verdicts[id_])) != encode(last[id_]):
            what = "the database says something else of this item than the ledger"
            found.append(_file(f"ledger: {id_}", what, "dermai-feed collect, then look again; else " + REBUILD))
    return found


def _log(parts: Parts) -> list[Problem]:
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
    return found


def _digests(parts: Parts) -> list[Problem]:
    found = []
    for path in sorted((parts.corpus / "digests").glob("*.json")):
        try:
            rendering.from_json(path.read_bytes())
        except (OSError, ValueError) as error:
            what = f"cannot be read as an issue: {str(error).splitlines()[0][:200]}"
            found.append(_file(f"digests/{path.name}", what, "restore it from git or a backup"))
    return found
