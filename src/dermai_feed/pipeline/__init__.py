"""The spine: what one run of the program does, from top to bottom.

::

    sources ── due? ──> collect ──> normalise ──> triage ──┐
                                                           ▼
    decisions (log) ───────────────────────────────>     store     <── ledger
                                                           │
                                   match <─────────────────┤
                                     └──── groups ────────>│
                                                           ▼
                            files  <── merge <──── publish, digest

Every step takes what is pending and leaves it done, and the store is the queue between
them. So a run that dies is simply started again: there is no recovery code anywhere.
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import asdict, replace
from datetime import datetime

from ..codec import encode
from ..model import Report
from . import committing, lookups
from .collect import CollectReport, collect, triage_pending
from .digest import digest, missed
from .edition import approve, send, withdraw
from .edits import catch_up
from .feeds import write_feeds
from .issues import DigestReport
from .journal import replay
from .match import MatchReport, match
from .parts import Parts, Progress
from .publish import PublishReport, publish

__all__ = [
    "CollectReport", "DigestReport", "MatchReport", "Parts", "Progress", "PublishReport",
    "approve", "catch_up", "collect", "digest", "match", "missed", "publish", "replay", "run", "send", "withdraw",
    "write_feeds",
]  # fmt: skip

log = logging.getLogger(__name__)

# Exit codes of requirement H5 and decision 18; docs/exit-codes.md explains them.
INTERNAL, UNREACHED, NEEDS_A_HUMAN, DEGRADED = 1, 4, 6, 7


def run(
    parts: Parts, *, now: datetime, since: datetime | None = None, only: frozenset[str] = frozenset(),
    force: bool = False, issue: bool = True,
) -> Report:  # fmt: skip
    """Collect, match, publish and make the week's digest; the report counts everything once.

    `now` is the moment of the run (UTC), `since` leaves out entries dated earlier, `only`
    restricts collecting to these sources, `force` renders over a digest changed by hand.
    Without `issue` no digest is made: the daemon has its own times for it.
    Raises: errors.StoreError, errors.CorpusError when database or files cannot be used.
    """
    id_ = parts.store.runs.start(now)
    committing.prepare(parts)
    catch_up(parts, now=now)
    collected = collect(parts, now=now, since=since, only=only)
    looked_up = lookups.complete(parts, now=now)
    if looked_up.items:
        triage_pending(parts, now)
    matched = match(parts, now=now)
    published = publish(parts, now=now)
    issued = None
    if issue:
        # What was fetched stands in the digest's foot, so it is in the database before the digest is made.
        so_far = Report(run=id_, started=now, sources=collected.sources, clashes=published.clashes)
        parts.store.runs.finish(id_, encode(so_far))
        withdraw(parts)
        issued = digest(parts, now=now, force=force)
    fed = write_feeds(parts)
    report = _report(parts, id_, now, collected, matched, published, issued, fed)
    left_out = committing.commit(parts, f"dermai-feed run {id_}", (*report.written, *published.removed))
    report = replace(report, problems=(*report.problems, *looked_up.left, *left_out))
    # What was not due is told to whoever ran this, and not kept: the daemon makes a thousand rounds a month.
    asked = tuple(source for source in report.sources if source.outcome != "not due")
    parts.store.runs.finish(id_, encode(replace(report, sources=asked)))
    fields = {
        "run": id_, "matched": matched.matched, "pairs": matched.pairs, "duplicates": matched.duplicates,
        "written": len(report.written), "unchanged": report.unchanged_files, "exit_code": report.exit_code,
        "digest": issued.issue.week if issued else "none",
    }  # fmt: skip
    log.info("ran", extra={"fields": fields})
    return report


def _report(
    parts: Parts, id_: str, now: datetime, collected: CollectReport, matched: MatchReport, published: PublishReport,
    issued: DigestReport | None, fed: tuple[str, ...],
) -> Report:  # fmt: skip
    counts = parts.store.runs.totals()
    report = Report(
        run=id_,
        started=now,
        sources=collected.sources,
        accepted=counts.accepted,
        held=counts.held,
        rejected=dict(counts.rejected),
        works=counts.works,
        stories=counts.stories,
        duplicates=matched.duplicates,
        pages={name: count for name, count in asdict(collected.pages).items() if count},
        written=published.written + (issued.written if issued else ()) + fed,
        unchanged_files=published.unchanged,
        clashes=published.clashes,
        problems=collected.problems + matched.problems + published.problems + (issued.problems if issued else ()),
        digest=issued.paths[0] if issued and issued.paths else None,
        degraded=issued.issue.degraded if issued else "",
    )
    return replace(report, exit_code=exit_code(report))


def exit_code(report: Report) -> int:
    """What a run says to cron: 0, or the most serious of what happened."""
    outcomes = Counter(source.outcome for source in report.sources if source.requests or source.failure)
    if any(source.failure == "internal_error" for source in report.sources):
        return INTERNAL
    if outcomes["failed"] and outcomes["failed"] == outcomes.total():
        return UNREACHED
    if report.degraded and outcomes:  # nothing due is 0, whatever stands from before
        return DEGRADED
    if any(problem.kind == "file" for problem in report.problems) or report.clashes:
        return NEEDS_A_HUMAN
    return 0
