"""Runs, digests, the heartbeat, and the figures of `status`: `store.runs`."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, true, update

from ..codec import decode, encode
from ..model import Counted, Report
from . import tables
from .database import Database, upsert
from .polls import count_report
from .values import Counts, DigestRow, Fetched, RunRow

_BEAT = "heartbeat"


class Runs:
    """What was done when, and how much of everything there is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # ------------------------------------------------------------------ runs

    def start(self, now: datetime) -> str:
        """Note that a run starts at `now` (UTC); answers its id, which sorts by time."""
        with self._database.write() as connection:
            second = f"{now:%Y%m%dT%H%M%SZ}"
            numbered = second + "-"
            # Ids are counted within a second: a clock that stands still in tests is the rule.
            c = tables.run.c
            before = connection.scalar(select(func.count()).where((c.id == second) | c.id.startswith(numbered)))
            id_ = f"{numbered}{before + 1}" if before else second
            connection.execute(insert(tables.run), [{"id": id_, "started": now}])
        return id_

    def finish(self, run_id: str, report: str, now: datetime | None = None) -> None:
        """Note the end of a run: `report` is its `model.Report` as JSON, `now` (UTC) the end.

        Without `now` the end is the start plus the report's seconds.
        """
        read = decode(Report, report)
        end = now or read.started + timedelta(seconds=read.seconds)
        with self._database.write() as connection:
            connection.execute(update(tables.run).where(tables.run.c.id == run_id).values(finished=end, payload=report))

    def restore(self, report: Report) -> None:
        """Store a run of before the rebuild, as far as its figures are known; one that is there stays."""
        row = {"id": report.run, "started": report.started, "finished": report.started, "payload": encode(report)}
        with self._database.write() as connection:
            if connection.scalar(select(tables.run.c.id).where(tables.run.c.id == report.run)) is None:
                connection.execute(insert(tables.run), [row])
                count_report(connection, report.started, report)

    def fetched(self, since: datetime, until: datetime) -> Fetched:
        """What all polls at or after `since` and before `until` (UTC) brought."""
        c = tables.poll.c
        sums = [func.coalesce(func.sum(n), 0) for n in (c.fetched, c.new, c.updated, c.unchanged, c.refused)]
        with self._database.read() as connection:
            row = connection.execute(select(*sums).where(c.at >= since, c.at < until)).one()
        return Fetched(fetched=row[0], new=row[1], updated=row[2], unchanged=row[3], refused=row[4])

    def last_runs(self, most: int) -> tuple[RunRow, ...]:
        """The last `most` runs, newest first."""
        c = tables.run.c
        query = select(c.id, c.started, c.finished, c.payload).order_by(c.started.desc(), c.id.desc()).limit(most)
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(_row(row) for row in rows)

    def between(self, since: datetime, until: datetime) -> tuple[RunRow, ...]:
        """The runs that began at or after `since` and before `until` (UTC), oldest first."""
        c = tables.run.c
        query = (
            select(c.id, c.started, c.finished, c.payload)
            .where(c.started >= since, c.started < until)
            .order_by(c.started, c.id)
        )
        with self._database.read() as connection:
            rows = connection.execute(query).all()
        return tuple(_row(row) for row in rows)

    def ended_before(self, moment: datetime) -> int:
        """How many runs started before `moment` (UTC), the last one of all not counted."""
        with self._database.read() as connection:
            return _old(connection, moment)

    def prune(self, moment: datetime) -> int:
        """Forget the runs that started before `moment` (UTC), but never the last one; how many."""
        c = tables.run.c
        with self._database.write() as connection:
            count = _old(connection, moment)
            last = select(func.max(c.id)).scalar_subquery()
            connection.execute(delete(tables.run).where(c.started < moment, c.id != last))
            connection.execute(delete(tables.poll).where(tables.poll.c.at < moment))
        return count

    def beat(self, now: datetime) -> None:
        """Show that the daemon lives at `now` (UTC) (R-10)."""
        with self._database.write() as connection:
            upsert(connection, tables.meta, [{"name": _BEAT, "value": now.astimezone(UTC).isoformat()}])

    def heartbeat(self) -> datetime | None:
        """When the daemon last lived (UTC), or None."""
        with self._database.read() as connection:
            value = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == _BEAT))
        return None if value is None else datetime.fromisoformat(value)

    # ------------------------------------------------------------------ digests

    def save_digest(self, digest: DigestRow) -> None:
        """Store the row of an issue; one of the same window is replaced."""
        row = {"period": digest.window, "number": digest.number, "sha256": digest.sha256, "at": digest.at}
        with self._database.write() as connection:
            upsert(connection, tables.digest, [row])

    def digests(self) -> tuple[DigestRow, ...]:
        """Every issue, oldest window first."""
        c = tables.digest.c
        with self._database.read() as connection:
            rows = connection.execute(select(c.period, c.number, c.sha256, c.at).order_by(c.period)).all()
        return tuple(DigestRow(window=row.period, number=row.number, sha256=row.sha256, at=row.at) for row in rows)

    # ------------------------------------------------------------------ figures

    def counts(self) -> Counts:
        """What is stored and what waits for which step, counted in one transaction (promise 8)."""
        item, story, source = tables.item.c, tables.story.c, tables.source_state.c
        with self._database.read() as connection:
            decisions = connection.execute(
                select(item.decision, func.count()).group_by(item.decision).order_by(item.decision)
            )
            works, stories = connection.execute(select(func.coalesce(func.sum(story.works), 0), func.count())).one()
            health = connection.execute(
                select(source.health, func.count()).group_by(source.health).order_by(source.health)
            )
            return Counts(
                items=dict(decisions.all()),
                works=works,
                stories=stories,
                sources=dict(health.all()),
                to_triage=_count(connection, item.judged < item.version),
                to_match=_count(connection, (item.keyed < item.version) & item.matchable.is_(True)),
                to_group=_count(connection, item.matched < item.keyed),
                to_publish=_count(connection, story.published < story.version),
                to_ledger=_count(connection, (item.line != item.ledgered) & (item.line != "")),
            )

    def totals(self) -> Counted:
        """Everything that is stored, counted by what became of it."""
        return self._coverage(true())

    def coverage(self, since: datetime, until: datetime) -> Counted:
        """The items first seen at or after `since` and before `until` (UTC), counted."""
        return self._coverage((tables.item.c.first_seen >= since) & (tables.item.c.first_seen < until))

    def _coverage(self, window: ColumnElement[bool]) -> Counted:
        item, verdict, member = tables.item.c, tables.verdict.c, tables.member.c
        with self._database.read() as connection:
            by_decision: dict[str, int] = dict(
                connection.execute(select(item.decision, func.count()).where(window).group_by(item.decision)).all()
            )
            reasons: Counter[str] = Counter()
            because_of = func.coalesce(tables.ruling.c.because, verdict.because)
            for because, number in connection.execute(
                select(because_of, func.count())
                .select_from(tables.verdict)
                .join(tables.item, item.id == verdict.item_id)
                .outerjoin(tables.ruling, tables.ruling.c.item_id == item.id)
                .where(window, item.decision == "reject")
                .group_by(because_of)
            ):
                # "no AI term; against it: …": up to the first mark it names the rule, then the item's own words.
                reasons[re.split("[:;]", because, maxsplit=1)[0]] += number
            seen = connection.execute(
                select(member.item_id, member.work_id, member.story_id)
                .join(tables.item, item.id == member.item_id)
                .where(window)
            ).all()
            founders = _founders(connection, window)
            backfill = _count(connection, window & item.backfill.is_(True))
        return Counted(
            items=sum(by_decision.values()),
            accepted=by_decision.get("accept", 0),
            held=by_decision.get("review", 0),
            rejected=tuple(sorted(reasons.items(), key=lambda reason: (-reason[1], reason[0]))),
            works=len({row.work_id for row in seen}),
            stories=len({row.story_id for row in seen}),
            duplicates=sum(1 for row in seen if founders[row.work_id] != row.item_id),
            backfill=backfill,
        )


def _old(connection: Connection, moment: datetime) -> int:
    c = tables.run.c
    last = select(func.max(c.id)).scalar_subquery()
    return _count(connection, (c.started < moment) & (c.id != last))


def _row(row: Any) -> RunRow:
    return RunRow(
        id=row.id, started=row.started, finished=row.finished,
        report=None if row.payload is None else decode(Report, row.payload),
    )  # fmt: skip


def _count(connection: Connection, condition: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).where(condition)).scalar_one()


def _founders(connection: Connection, window: ColumnElement[bool]) -> dict[str, str]:
    """Work id -> its earliest item, of the works that hold an item of the window."""
    mates = tables.member.alias("mates")
    touched = select(mates.c.work_id).join(tables.item, tables.item.c.id == mates.c.item_id).where(window).distinct()
    rows = connection.execute(
        select(tables.member.c.work_id, tables.item.c.first_seen, tables.item.c.id)
        .join(tables.item, tables.item.c.id == tables.member.c.item_id)
        .where(tables.member.c.work_id.in_(touched))
    )
    ages: defaultdict[str, list[tuple[datetime, str]]] = defaultdict(list)
    for work_id, first_seen, item_id in rows:
        ages[work_id].append((first_seen, item_id))
    return {work_id: min(members)[1] for work_id, members in ages.items()}
