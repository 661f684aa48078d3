"""The daemon's hands: each tick reads where things stand and does what `plan` says.

A step that fails is logged and counted, and the next tick tries again; what was done last is
in the store, so nothing that a crash interrupts is lost or done twice. The run lock is held
only while something is done: whoever waits for it gets a turn between two rounds.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from .. import cron
from ..codec import to_python
from ..config import Config
from ..errors import AnotherRun
from ..model import Report
from ..pipeline import catch_up, closing, collect, due, keeping, outbox, run
from ..pipeline.duties import BACKUP, DEGRADED, DIGEST, NEWS, PREVIEW, RETENTION
from ..pipeline.parts import Parts
from . import plan
from .plan import Plan, Rhythm, Standing, Step

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tick:
    """One look: what was decided, and what came of it."""

    at: datetime
    plan: Plan
    done: tuple[Step, ...] = ()
    report: Report | None = None
    busy: str = ""  # who held the run lock, so that nothing was done


def rhythm(config: Config, *, worker: bool = False) -> Rhythm:
    """What `config` says about when."""
    return Rhythm(
        cron=cron.parse(config.digest.cron), zone=config.digest.zone,
        preview=timedelta(seconds=config.daemon.preview), backup=timedelta(seconds=config.backup.every), worker=worker,
        mail=outbox.is_on(config),
    )  # fmt: skip


def standing(parts: Parts, now: datetime) -> Standing:
    """What the store knows at `now` (UTC)."""
    last = parts.store.duties.last()
    at = {name: duty.at for name, duty in last.items()}
    return Standing(
        next_poll=due.next_poll(parts, now=now),
        pending=not parts.worker and due.is_pending(parts),
        closed=last[DIGEST].note if DIGEST in last else "",
        degraded=last[DEGRADED].at if DEGRADED in last and last[DEGRADED].note else None,
        letter=None if parts.worker else outbox.next_try(parts, now=now),
        news=at.get(NEWS), previewed=at.get(PREVIEW), backed_up=at.get(BACKUP), retained=at.get(RETENTION),
    )  # fmt: skip


class Keeper:
    """Keeps one store and its corpus; as a worker, only its sources.

    `lock` gives the run lock or raises errors.AnotherRun; `alive` is told after each step.
    """

    def __init__(
        self,
        parts: Parts,
        *,
        lock: Callable[[], AbstractContextManager[None]],
        alive: Callable[[], None] = lambda: None,
    ) -> None:
        self._parts = parts
        self._rhythm = rhythm(parts.config, worker=parts.worker)
        self._lock = lock
        self._alive = alive

    def tick(self, now: datetime) -> Tick:
        """Do what is due at `now` (UTC).

        Raises: what a step raises: errors.StoreError, errors.CorpusError, or a bug.
        """
        if now >= plan.BUILT and (set_back := due.follow_clock(self._parts, now=now)):
            log.warning("clock set back", extra={"fields": {"sources": len(set_back)}})
        decided = plan.decide(self._rhythm, standing(self._parts, now), now)
        if decided.trouble:
            log.warning("waiting", extra={"fields": {"why": decided.trouble}})
            return Tick(at=now, plan=decided)
        tick = Tick(at=now, plan=decided)
        if decided.steps:
            try:
                tick = self._work(decided, now)
            except AnotherRun as other:
                log.info("skipped", extra={"fields": {"why": str(other)}})
                tick = Tick(at=now, plan=decided, busy=str(other))
        self._parts.store.runs.beat(now)
        return tick

    def _work(self, decided: Plan, now: datetime) -> Tick:
        done: list[Step] = []
        report: Report | None = None
        if self._parts.worker:
            collect(self._parts, now=now)
            return Tick(at=now, plan=decided, done=decided.steps)
        failed: Exception | None = None
        with self._lock():
            for step in decided.steps:
                if failed is not None and not isinstance(step, plan.BackUp | plan.Retain):
                    continue  # a digest follows a round that went well
                try:
                    report = self._do(step, now) or report
                    done.append(step)
                except Exception as error:
                    failed = failed or error
                    log.exception("%s failed", type(step).__name__)
                self._alive()
        if failed is not None:
            raise failed
        return Tick(at=now, plan=decided, done=tuple(done), report=report)

    def _do(self, step: Step, now: datetime) -> Report | None:
        duties = self._parts.store.duties
        match step:
            case plan.Round():
                report = run(self._parts, now=now, issue=False)
                if report.written:
                    duties.done(NEWS, now)
                return report
            case plan.Adopt(week=week):
                closing.adopt(self._parts, week, now=now)
            case plan.Close(week=week, draft=draft):
                catch_up(self._parts, now=now)
                issued = closing.close(self._parts, week, now=now, draft=draft)
                fields = {"week": week.name, "draft": draft, "degraded": issued.issue.degraded or "no"}
                log.info("closed", extra={"fields": fields})
            case plan.Mend(week=week):
                issued = closing.close(self._parts, week, now=now)
                fields = {"week": week.name, "degraded": issued.issue.degraded or "no"}
                log.info("chosen again", extra={"fields": fields})
            case plan.Send():
                catch_up(self._parts, now=now)
                outbox.send_waiting(self._parts, now=now)
            case plan.Preview(week=week):
                catch_up(self._parts, now=now)
                closing.preview(self._parts, week, now=now)
                duties.done(PREVIEW, now)
            case plan.BackUp():
                kept = keeping.back_up(self._parts, now=now)
                duties.done(BACKUP, now, kept.path.name)
                log.info("backed up", extra={"fields": {"path": str(kept.path), "bytes": kept.bytes}})
            case plan.Retain():
                retained = keeping.retain(self._parts, now=now)
                duties.done(RETENTION, now)
                log.info("retained", extra={"fields": to_python(retained)})
        return None
