"""Verify: database, files, ledger and log compared; each difference named with its mend (H6)."""

from __future__ import annotations

from .. import decisions, ledger
from ..model import Problem
from ..publish import files
from .parts import Parts


def verify(parts: Parts) -> tuple[Problem, ...]:
    """Every difference found; empty when all agree. Changes nothing."""
    return (*parts.store.check(), *_files(parts), *_ledger(parts), *_log(parts))


def _files(parts: Parts) -> list[Problem]:
    scan = files.scan(parts.corpus)
    there = {found.story for found in scan.files.values()} | scan.blocked
    lost = [
        Problem(where=row.path, kind="file", what="the database knows this file and the folder does not hold it",
                hint="put it back, or let the next run take its absence as a rejection")
        for row in parts.store.stories.documents()
        if row.story_id not in there and row.path not in scan.files
    ]  # fmt: skip
    return [*scan.problems, *lost]


def _ledger(parts: Parts) -> list[Problem]:
    lines = list(ledger.read(parts.corpus / "ledger"))
    seen = {line.item.id for line in lines if not isinstance(line, Problem)}
    missing = sorted(parts.store.items.ids() - seen)
    waiting = {line.item.id for line in parts.store.items.ledger_pending()}
    unread = [line for line in lines if isinstance(line, Problem)]
    return unread + [
        Problem(where=f"ledger: {id_}", what="the database holds this item and the ledger does not",
                hint="dermai-feed collect writes it" if id_ in waiting else "restore corpus/ledger from a backup")
        for id_ in missing
    ]  # fmt: skip


def _log(parts: Parts) -> list[Problem]:
    path = parts.corpus / "decisions.jsonl"
    in_log = {decision.id for decision in decisions.read(path)}
    known = parts.store.decisions.index().ids
    lost = [
        Problem(where=f"{path.name}: {id_}", what="the database knows this decision and the log has lost it",
                hint="restore the log from git or a backup")
        for id_ in sorted(known - in_log)
    ]  # fmt: skip
    new = [
        Problem(where=f"{path.name}: {id_}", what="not applied to the database yet", hint="any run applies it")
        for id_ in sorted(in_log - known)
    ]
    return lost + new
