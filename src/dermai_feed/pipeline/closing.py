"""Closing: the issue of a week that is over, chosen once; previews of the one under way."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..publish.select import Week
from . import outbox
from .digest import digest
from .duties import DEGRADED, DIGEST, SINCE
from .issues import DigestReport
from .parts import Parts


def close(parts: Parts, week: Week, *, now: datetime, draft: bool = False) -> DigestReport:
    """Choose and write the issue of `week`, let it out where the configuration says so, and note that it is closed.

    The note comes last: a crash in between does all of it again, from the same corpus. `draft`:
    a week that was missed; it is written for editors and never sent (decision 16).
    """
    # As of its last second: what a run chose within the week is not yet the choice of the whole week.
    report = digest(parts, now=week.until - timedelta(seconds=1), window=week, draft=draft)
    if not draft:
        outbox.let_out(parts, report.issue, week, now=now)
    parts.store.duties.done(DEGRADED, now, report.issue.degraded)
    adopt(parts, week, now=now)
    return report


def adopt(parts: Parts, week: Week, *, now: datetime) -> None:
    """Count `week` and all before it as closed."""
    duties = parts.store.duties
    last = duties.last()
    # Editions are sent of the weeks that are closed while sending is on, and not of all before.
    if not outbox.is_on(parts.config):
        duties.done(SINCE, now, week.name)
    elif SINCE not in last:
        duties.done(SINCE, now, last[DIGEST].note if DIGEST in last else week.name)
    duties.done(DIGEST, now, week.name)


def preview(parts: Parts, week: Week, *, now: datetime) -> DigestReport:
    """Choose the issue of `week`, which is not over, for editors to read: a draft, which the issue replaces."""
    return digest(parts, now=now, window=week, draft=True)
