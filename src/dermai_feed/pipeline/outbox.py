"""Outbox: the editions that the daemon mails by itself, each once.

An edition waits here when its week was closed for good since sending is on, when it was let
out (by an editor, or by the daemon where `digest.approval` says so), and for four weeks at
most. What became of it is in the log of sending in the corpus, so a lost database sends
nothing twice. Drafts have no edition and are never sent (decision 16).
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config import Config
from ..errors import DeliveryError
from ..publish.issue import Issue
from ..publish.windows import Week, week_before, week_named
from . import edition, issues
from .duties import DIGEST, SINCE
from .parts import Parts

log = logging.getLogger(__name__)

WHO = "dermai-feed"  # in the log of decisions, where the configuration lets issues out
WAITED_FOR = 4  # weeks; what is let out later is no news any more and an editor's to send
# After a server that did not take it, doubled each time (RFC 5321 4.5.4.1 asks for 30 minutes and more, in the end).
AGAIN, LONGEST = timedelta(minutes=10), timedelta(hours=6)


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """An edition that has not been sent."""

    week: Week
    after: datetime | None  # when to try next; None: it may have arrived, and a person must look
    failures: int = 0
    said: str = ""  # by the server, when it was tried last


def is_on(config: Config) -> bool:
    """Whether the daemon mails anything: somebody to send it to, a server, and no dry run."""
    return bool(config.smtp.host and config.digest.to) and not config.digest.dry_run


def let_out(parts: Parts, issue: Issue, week: Week, *, now: datetime) -> edition.Approved | None:
    """Approve the issue of `week` where the configuration, and not an editor, lets issues out (decision 7).

    What an editor approved already, with some stories left out perhaps, stays as it is.
    """
    if parts.config.digest.approval != "daemon" or issue.degraded or issue.draft:
        return None
    if issues.read_issue(parts, week.name, issues.SENT) is not None:
        return None
    return edition.approve(parts, now=now, who=WHO, window=week, why="digest.approval: daemon")


def waiting(parts: Parts) -> tuple[Letter, ...]:
    """The editions that are to be sent, oldest first."""
    if not is_on(parts.config):
        return ()
    found = [_letter(parts, week) for week in _weeks(parts)]
    return tuple(letter for letter in reversed(found) if letter is not None)


def next_try(parts: Parts, *, now: datetime) -> datetime | None:
    """When the first of the editions that wait may be tried; None when none waits."""
    # A moment further ahead than the longest pause was another clock's.
    moments = [letter.after for letter in waiting(parts) if letter.after is not None]
    return min((moment if moment <= now + LONGEST else now for moment in moments), default=None)


def send_waiting(parts: Parts, *, now: datetime) -> tuple[edition.SendReport, ...]:
    """Send what waits and may be tried at `now` (UTC); what the server does not take waits on.

    An edition whose approval was undone meanwhile is taken back first.
    """
    edition.withdraw(parts)
    reports = []
    for letter in waiting(parts):
        if letter.after is None or now < letter.after <= now + LONGEST:
            continue
        try:
            report = edition.send(parts, now=now, window=letter.week)
        except DeliveryError as error:
            log.warning("not sent", extra={"fields": {"week": letter.week.name, "why": str(error)}})
            continue
        fields = {"week": report.issue, "state": report.state, "to": len(report.to), "refused": len(report.refused)}
        log.info("sent", extra={"fields": fields})
        reports.append(report)
    return tuple(reports)


def _weeks(parts: Parts) -> Iterator[Week]:
    """The weeks whose edition is the daemon's to send, newest first."""
    last = parts.store.duties.last()
    if DIGEST not in last or SINCE not in last:
        return
    week = week_named(last[DIGEST].note, parts.config.digest.zone)
    for _ in range(WAITED_FOR):
        if week.name <= last[SINCE].note:
            return
        yield week
        week = week_before(week)


def _letter(parts: Parts, week: Week) -> Letter | None:
    """What is to be done about the edition of `week`; None when that is nothing."""
    if not (parts.corpus / "digests" / f"{week.name}{issues.SENT}.json").is_file():
        return None  # the usual answer, at every tick
    tried = edition.attempts(parts, week.name)
    states = Counter(attempt.state for attempt in tried)
    # Once a server has taken it: who was refused there, or came to the list later, is not sent it by itself.
    if states["sent"] or not _stories(parts, week.name):
        return None
    if not tried:
        return Letter(week=week, after=week.until)
    last = tried[-1]
    if last.state == "sending":
        return Letter(week=week, after=None, said="the connection or the run broke off while it was sent")
    pause = min(AGAIN * 2 ** min(states["failed"] - 1, 10), LONGEST)
    return Letter(week=week, after=last.at + pause, failures=states["failed"], said=last.said)


def _stories(parts: Parts, name: str) -> bool:
    try:
        out = issues.read_issue(parts, name, issues.SENT)
    except ValueError:
        return False
    return out is not None and bool(out.picks)
