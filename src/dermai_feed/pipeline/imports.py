"""Import: what an editor has at hand goes the way of collected items, and is one decision.

Files are read in a child process while the records before are judged and stored here. Each file is
one transaction; its sha256 is remembered with it, so that an import that died goes on where it
stopped, and the same file again changes nothing. When all files are in, one line of the decision
log names everything that came: undoing it takes all of it back.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from .. import decisions
from ..imports import Columns, Subscription
from ..imports.reading import Reader
from ..imports.walk import Piece
from ..imports.wire import Asked, Batch
from ..model import Decision, Item, Problem, Source, Term
from ..normalize import identity
from ..store import ImportedFile, PendingName
from ..store.imports import NOTHING_NEW, Taking
from ..triage import Triage
from ..triage.relevance import KEPT
from . import lookups
from .collect import triage_pending
from .match import MatchReport, match
from .outcomes import Came, outcomes
from .parts import Parts
from .subscriptions import Subscribed, subscribe

log = logging.getLogger(__name__)

REJECTED = 8  # exit code: some records could not be read, the others are in (decision 18)
# Kinds that define no words of the field, so that what they hold can be judged before their end is read.
_WITHOUT_TERMS = frozenset(
    {"ris", "bibtex", "nbib", "isi", "refer", "endnote-xml", "csl-json", "zotero-rdf", "csv", "xlsx", "bookmarks"}
)
_HARMLESS = frozenset({"pending", "note"})  # kinds of problem that cost no record
_READ = _HARMLESS | {"doubtful"}  # the record is in, and somebody should look at it


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What the person at the command line asked for."""

    source: Source
    kind: str = ""  # "" for what each file is
    keep_all: bool = False
    columns: Mapping[str, str] = field(default_factory=dict)
    who: str = ""
    # What the person answered, by item id: yes, whatever triage says; no; not answered; (new, known) the same work.
    chosen: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    same: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FileReport:
    """One file: records = new + updated + unchanged + left_out + rejected."""

    name: str
    kind: str = ""
    records: int = 0
    new: int = 0
    updated: int = 0
    unchanged: int = 0
    left_out: int = 0
    rejected: int = 0
    wanted: int = 0  # names to be looked up
    subscriptions: int = 0
    already: str = ""  # ULID or time of the import that brought the same bytes
    failure: str = ""


@dataclass(slots=True)
class ImportReport:
    """One import."""

    files: list[FileReport] = field(default_factory=list)
    decision: str = ""
    items: list[str] = field(default_factory=list)  # ids of the new items
    updated: list[str] = field(default_factory=list)
    columns: list[Columns] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    subscribed: Subscribed | None = None
    joined: list[Decision] = field(default_factory=list)  # records that are the same work, as the person said
    declined: int = 0  # records that an earlier import left out at a person's word
    pending: int = 0
    matched: MatchReport | None = None
    came: list[Came] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """0, or 8 when something was not read."""
        return exit_code(self.problems)


def take_in(
    parts: Parts, pieces: Iterable[Piece | Problem], names: Sequence[PendingName], wish: Wish, *, now: datetime,
    reader: Reader | None = None,
) -> ImportReport:  # fmt: skip
    """Import `pieces` and look `names` up, then judge and match what came.

    Raises: errors.StoreError, errors.UsageError (a source that cannot be added); files that are in stay in.
    """
    report = ImportReport()
    earlier = frozenset() if wish.keep_all else declined(parts) - wish.chosen
    subscriptions: list[Subscription] = []
    own = reader or Reader(parts.config.providers)
    triage = Triage(parts.config.triage, parts.store.items.terms())
    try:
        for piece in pieces:
            if isinstance(piece, Problem):
                report.problems.append(piece)
            else:
                _take_file(parts, piece, wish, earlier, now, own, triage, report, subscriptions)
    finally:
        if reader is None:
            own.close()
    if names:
        with parts.store.imports.begin() as taking:
            taking.want(names)
    if subscriptions:
        report.subscribed = subscribe(parts, subscriptions)
    triage_pending(parts, now)
    _complete(parts, names, now, report)
    decision = _decide(parts, wish, now, names, report.subscribed)
    report.decision = decision.id if decision else ""
    settle(parts, now=now)  # what an undone import had brought, and this one brings again
    triage_pending(parts, now)
    report.matched = match(parts, now=now)
    report.joined = _join(parts, wish.same, now)
    if report.joined:
        report.matched = match(parts, now=now)
    report.came = outcomes(parts, report.items)
    report.pending = len(parts.store.imports.pending())
    fields = {
        "files": len(report.files), "new": len(report.items), "updated": len(report.updated),
        "problems": len(report.problems), "pending": report.pending, "decision": report.decision or "none",
    }  # fmt: skip
    log.info("imported", extra={"fields": fields})
    return report


def exit_code(problems: Iterable[Problem]) -> int:
    """0, or 8 when any of `problems` cost a record."""
    return REJECTED if any(problem.kind not in _HARMLESS for problem in problems) else 0


# --------------------------------------------------------------------------- one file


@dataclass(slots=True)
class _Tally:
    kind: str = ""
    items: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    left_out: int = 0
    declined: list[str] = field(default_factory=list)
    unanswered: bool = False
    rejected: int = 0
    wanted: list[str] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    subscriptions: list[Subscription] = field(default_factory=list)
    failure: str = ""


def ask(piece: Piece, wish: Wish, now: datetime, parts: Parts) -> Asked:
    """What the reading process is asked about `piece`."""
    return Asked(
        path=str(piece.path), name=piece.name, kind=wish.kind or piece.kind, url=piece.url, source=wish.source,
        now=now, columns=dict(wish.columns), allow_hosts=parts.config.fetch.allow_hosts,
    )  # fmt: skip


def _take_file(
    parts: Parts, piece: Piece, wish: Wish, earlier: frozenset[str], now: datetime, reader: Reader, triage: Triage,
    report: ImportReport, subscriptions: list[Subscription],
) -> None:  # fmt: skip
    known = parts.store.imports.file(piece.sha256, wish.source.id)
    if known is not None and not wish.columns and not (wish.keep_all and known.left_out):
        report.files.append(
            FileReport(name=piece.name, kind=known.kind, rejected=known.rejected, already=f"{known.at:%Y-%m-%d %H:%M}")
        )
        return
    tally = _Tally()
    with parts.store.imports.begin() as taking:
        for batch in reader(ask(piece, wish, now, parts)):
            new = _take_batch(taking, batch, wish, earlier, now, tally, report)
            if tally.kind in _WITHOUT_TERMS:  # while the next batch is read
                taking.judge([(item, triage(item)) for item in new], now)
            parts.progress("import", len(tally.items), len(tally.items))
        taking.put_terms(wish.source.id, tally.terms)
        file = ImportedFile(
            sha256=piece.sha256, source_id=wish.source.id, name=piece.name, kind=tally.kind, at=now,
            items=tuple(dict.fromkeys(tally.items)), new=len(tally.new), updated=len(tally.updated),
            unchanged=tally.unchanged, wanted=tuple(tally.wanted), rejected=tally.rejected,
            left_out=tuple(tally.declined),
        )  # fmt: skip
        if not tally.failure and not tally.unanswered:  # what failed may be tried again
            taking.finish(file)
        elif tally.items or tally.wanted or tally.declined:
            taking.finish(replace(file, sha256=f"part:{piece.sha256}"))
    if tally.failure:
        report.problems.append(
            Problem(where=piece.name, what=tally.failure, kind="file", hint="" if not tally.items else "the rest is in")
        )
    report.items += tally.new
    report.updated += tally.updated
    subscriptions += tally.subscriptions
    report.files.append(
        FileReport(
            name=piece.name, kind=tally.kind, records=len(tally.items) + tally.left_out + tally.rejected,
            new=len(tally.new), updated=len(tally.updated), unchanged=tally.unchanged, left_out=tally.left_out,
            rejected=tally.rejected, wanted=len(tally.wanted), subscriptions=len(tally.subscriptions),
            failure=tally.failure,
        )
    )  # fmt: skip


def _take_batch(
    taking: Taking, batch: Batch, wish: Wish, earlier: frozenset[str], now: datetime, tally: _Tally,
    report: ImportReport,
) -> list[Item]:  # fmt: skip
    """Store what was read; returns the items that are new."""
    tally.kind = batch.kind or tally.kind
    tally.failure = batch.failure or tally.failure
    tally.rejected += sum(problem.kind not in _READ for problem in batch.problems)
    tally.terms += batch.terms
    tally.subscriptions += batch.subscriptions
    report.columns += batch.columns
    report.problems += batch.problems
    out = {item.id for item in batch.items} & (wish.left_out | wish.open | earlier)
    items = [
        _kept(item) if wish.keep_all or item.id in wish.chosen else item for item in batch.items if item.id not in out
    ]
    tally.left_out += len(batch.items) - len(items)
    tally.declined += sorted(out & wish.left_out)
    tally.unanswered |= not out.isdisjoint(wish.open)
    report.declined += len(out & earlier)
    keys = {key for item in items for key in identity.lookup_keys(item)}
    assigned = identity.assign(items, taking.known(wish.source.id, keys))
    fresh = [one.item for one in assigned if one.status != "twin"]
    saved = taking.put(fresh, now)
    back = taking.withdrawn([one.id for one in fresh]) - set(saved.updated)  # taken back once, and here again
    tally.items += [one.item.id for one in assigned]
    tally.new += (*saved.new, *sorted(back))
    tally.updated += saved.updated
    tally.unchanged += saved.unchanged - len(back) + len(items) - len(fresh)
    names = [
        PendingName(
            name=str(wanted.identifier), source_id=wish.source.id, at=now, where=wanted.where, section=wanted.section,
            kept=wish.keep_all,
        )
        for wanted in batch.wanted
    ]  # fmt: skip
    known = taking.known(wish.source.id, [lookups.key_of(name.name) for name in names])
    names = [name for name in names if lookups.key_of(name.name) not in known]
    taking.want(names)
    tally.wanted += [name.name for name in names]
    brought = set(saved.new)
    return [item for item in fresh if item.id in brought]


def _kept(item: Item) -> Item:
    return replace(item, flags=(*item.flags, KEPT))


# --------------------------------------------------------------------------- names


def _complete(parts: Parts, names: Sequence[PendingName], now: datetime, report: ImportReport) -> None:
    """Ask what the import wants to know; what cannot be answered now stays pending."""
    mine = {(name.name, name.source_id) for name in names}
    mine |= {(name, file.source_id) for file in parts.store.imports.undecided() for name in file.wanted}
    due = [name for name in parts.store.imports.pending() if (name.name, name.source_id) in mine]
    if not due:
        return
    done = lookups.complete(parts, now=now, names=due)
    report.items += done.new
    report.problems += [replace(problem, kind="pending") for problem in done.problems]
    triage_pending(parts, now)


def _join(parts: Parts, pairs: Iterable[tuple[str, str]], now: datetime) -> list[Decision]:
    """Record that new items are the same work as known ones, as the person who imported them said."""
    here = parts.store.items.items_of([id_ for pair in pairs for id_ in pair])
    made = []
    log_file = parts.corpus / "decisions.jsonl"
    for pair in pairs:
        if here.keys() >= set(pair):
            decision = decisions.record(
                log_file, now=now, random=os.urandom, who=_user(), verb="same", target=pair,
                value={"level": "work"}, why="said so while importing",
            )  # fmt: skip
            parts.store.decisions.add(decision, log_file.stat().st_size)
            made.append(decision)
    return made


def declined(parts: Parts) -> frozenset[str]:
    """Ids of the records that a person said no to in an import that stands, and that no later one brought."""
    out: set[str] = set()
    for decision in decisions.active(parts.store.decisions.all()):
        if decision.verb == "import":
            out -= set(decision.target)
            if isinstance(said := decision.value.get("left_out"), list):
                out |= set(map(str, said))
    return frozenset(out)


# --------------------------------------------------------------------------- the decision


def _decide(
    parts: Parts, wish: Wish, now: datetime, names: Sequence[PendingName], subscribed: Subscribed | None
) -> Decision | None:
    """Write the one decision that names everything that came and was not named before."""
    files = parts.store.imports.undecided()
    brought = [file for file in files if file.new or file.updated or file.wanted or file.left_out]
    if nothing := [file for file in files if file not in brought]:
        parts.store.imports.decide(nothing, NOTHING_NEW)
    added = subscribed.added if subscribed else ()
    if not brought and not names and not added:
        return None
    wanted = dict.fromkeys((*(name.name for name in names), *(name for file in brought for name in file.wanted)))
    source_id = wish.source.id
    target = dict.fromkeys(id_ for file in brought for id_ in file.items)
    target |= dict.fromkeys(identity.item_id(source_id, lookups.key_of(name)) for name in wanted)
    log_file = parts.corpus / "decisions.jsonl"
    decision = decisions.record(
        log_file, now=now, random=os.urandom, who=wish.who or _user(), verb="import", target=tuple(target),
        value={
            "source": source_id,
            "files": [{"name": file.name, "sha256": file.sha256, "kind": file.kind} for file in brought],
            **({"left_out": out} if (out := [id_ for file in brought for id_ in file.left_out]) else {}),
            **({"wanted": list(wanted)} if wanted else {}),
            **({"sources": list(added)} if added else {}),
            **({"keep_all": True} if wish.keep_all else {}),
        },
    )  # fmt: skip
    parts.store.decisions.add(decision, log_file.stat().st_size)
    parts.store.imports.decide(brought, decision.id)
    return decision


def _user() -> str:
    return os.environ.get("DERMAI_WHO") or os.environ.get("USER") or os.environ.get("LOGNAME") or "import"


# --------------------------------------------------------------------------- undone imports


def settle(parts: Parts, *, now: datetime) -> tuple[str, ...]:
    """Take out what every import that brought it was undone of, take in again what one brings anew.

    Computed from the decision log as a whole, so that it holds after a rebuild and after a merge
    of branches. Returns: ids of stories that are gone.
    """
    everything = parts.store.decisions.all()
    imports_ = [decision for decision in everything if decision.verb == "import"]
    if not imports_:
        return ()
    active = {decision.id for decision in decisions.active(everything)}
    standing = {id_ for decision in imports_ if decision.id in active for id_ in decision.target}
    wanted = {id_ for decision in imports_ if decision.id not in active for id_ in decision.target} - standing
    out = parts.store.imports.withdrawn()
    if back := sorted(standing & out):
        parts.store.imports.readmit(back)  # they wait for triage
    gone: tuple[str, ...] = ()
    undone = [decision.id for decision in imports_ if decision.id not in active]
    if fresh := sorted(wanted - out):
        held = parts.store.items.verdicts(fresh).values()
        back_ = [replace(verdict, decision="reject", because="its import was taken back") for verdict in held]
        parts.store.items.save_verdicts(back_, now)
        gone = parts.store.imports.withdraw(fresh, undone)
    if undone and (asked := parts.store.imports.pending()):
        still = _wanted(decision for decision in imports_ if decision.id in active)
        given_up = _wanted(decision for decision in imports_ if decision.id not in active) - still
        parts.store.imports.settle([name for name in asked if (name.source_id, name.name) in given_up], [])
    _adopt(parts, [decision for decision in imports_ if decision.id in active])
    return gone


def _wanted(imports_: Iterable[Decision]) -> set[tuple[str, str]]:
    """The names that imports want looked up, each with its source."""
    found: set[tuple[str, str]] = set()
    for decision in imports_:
        wanted = decision.value.get("wanted")
        if isinstance(wanted, list):
            found |= {(str(decision.value.get("source", "")), str(name)) for name in wanted}
    return found


def _adopt(parts: Parts, standing: Iterable[Decision]) -> None:
    """Know the files of standing imports again after a rebuild."""
    for decision in standing:
        files, wanted = decision.value.get("files"), decision.value.get("wanted")
        source_id, out = str(decision.value.get("source", "")), decision.value.get("left_out")
        names = [str(name) for name in wanted] if isinstance(wanted, list) else []
        rows = [
            ImportedFile(
                sha256=str(file["sha256"]), source_id=source_id, name=str(file.get("name", "")),
                kind=str(file.get("kind", "")), at=decision.at, wanted=tuple(names), decision=decision.id,
                left_out=tuple(map(str, out)) if isinstance(out, list) else (),
            )
            for file in (files if isinstance(files, list) else [])
            if isinstance(file, dict) and file.get("sha256")
        ]  # fmt: skip
        here = parts.store.items.known(source_id, [lookups.key_of(name) for name in names])
        pending = [
            PendingName(name=name, source_id=source_id, at=decision.at, kept=bool(decision.value.get("keep_all")))
            for name in names
            if lookups.key_of(name) not in here
        ]
        parts.store.imports.adopt(rows, pending)
