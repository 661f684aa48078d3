"""Closing: the issue of a week that is over, chosen once; previews of the one under way."""

from __future__ import annotations

from datetime import datetime, timedelta

from ..publish.select import Week
from . import alerts
from .digest import digest
from .issues import DigestReport
from .parts import Parts

DIGEST = "digest"  # the duty whose note is the last week that was closed


def close(parts: Parts, week: Week, *, now: datetime, draft: bool = False) -> DigestReport:
    """Choose and write the issue of `week`, and note that it is closed.

    The note comes last: a crash in between chooses again, from the same corpus. `draft`: a
    week that was missed; it is written for editors and never sent (decision 16).
    """
    # As of its last second: what a run chose within the week is not yet the choice of the whole week.
    report = digest(parts, now=week.until - timedelta(seconds=1), window=week, draft=draft)
    parts.store.duties.done(alerts.DEGRADED, now, report.issue.degraded)
    adopt(parts, week, now=now)
    return report


def adopt(parts: Parts, week: Week, *, now: datetime) -> None:
    """Count `week` and all before it as closed."""
    parts.store.duties.done(DIGEST, now, week.name)


def preview(parts: Parts, week: Week, *, now: datetime) -> DigestReport:
    """Choose the issue of `week`, which is not over, for editors to read: a draft, which the issue replaces."""
    return digest(parts, now=now, window=week, draft=True)
