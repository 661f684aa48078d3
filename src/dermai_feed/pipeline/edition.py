"""The edition that goes out: an editor approves an issue, its stories are published, it is sent once.

Approving is one decision that `undo` takes back (decision 7). The sent edition is frozen as
`digests/2026-W47.sent.json` with its renderings: the issue without what only editors see and
without what is not published, in the words that the files have by then.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_string, policy
from email.message import EmailMessage

from .. import decisions, deliver, journal
from ..codec import decode, encode
from ..errors import DeliveryError, UsageError
from ..model import Decision, Problem
from ..publish import digest as rendering
from ..publish import files, select
from ..publish.issue import Issue
from ..publish.mail import addresses, message_id, subject
from ..publish.sent import edition
from . import issues
from .feeds import write_feeds
from .parts import Parts
from .publish import publish, tell

LOG = "digests/sent.jsonl"  # append-only: what was handed to a server, for whom, and what came of it


@dataclass(frozen=True, kw_only=True, slots=True)
class Approved:
    """What approving an issue did."""

    issue: Issue  # the edition that goes out
    decision: Decision | None = None  # None: every story of it was published already
    written: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """One line of the log of sending."""

    issue: str
    message: str  # Message-ID
    at: datetime
    state: str  # sending, sent, failed
    to: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    said: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SendReport:
    """What `send` did: sent, dry, already, nothing."""

    state: str
    issue: str
    message: str
    subject: str = ""
    to: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=dict)
    size: int = 0  # bytes of the whole message


def approve(
    parts: Parts, *, now: datetime, who: str, window: select.Week, without: Iterable[str] = (), why: str = ""
) -> Approved:  # fmt: skip
    """Publish the stories of the issue of `window`, but for those `without`, and freeze the edition that goes out.

    Raises: errors.UsageError when there is no good issue, or it was sent already.
    """
    issue = _good(parts, window.name)
    if delivered_to(parts, window.name):
        raise UsageError(f"{window.name} was sent already and cannot change; say what is wrong in the next issue")
    left = _known(issue, without)
    wanted = [id_ for id_ in _in_order(issue) if id_ not in left]
    there = issues.published_stories(parts, wanted)
    decision = None
    if new := [id_ for id_ in wanted if id_ not in there]:
        log = parts.corpus / "decisions.jsonl"
        decision = decisions.record(
            log, now=now, random=os.urandom, who=who, verb="publish", target=tuple(new),
            value={"edition": window.name}, why=why or f"approved {window.name}",
        )  # fmt: skip
        parts.store.decisions.add(decision, log.stat().st_size)
    published = publish(parts, now=now)
    standing = issues.read_issue(parts, window.name, issues.SENT)
    approved = decision.id if decision else standing.approved if standing else ""
    out = _edition(parts, issue, left, approved)
    made = issues.write_renderings(parts, out, issues.SENT, standing, force=True)
    return Approved(
        issue=out, decision=decision, written=(*published.written, *made.written, *write_feeds(parts)),
        problems=(*published.problems, *made.problems),
    )  # fmt: skip


def withdraw(parts: Parts) -> tuple[str, ...]:
    """Take away editions that were not sent and whose approval was undone; the files removed."""
    active = {decision.id for decision in decisions.active(parts.store.decisions.all())}
    gone: list[str] = []
    for name, _ in issues.issue_files(parts):
        try:
            out = issues.read_issue(parts, name, issues.SENT)
        except ValueError:
            continue
        if out is not None and out.approved and out.approved not in active and not delivered_to(parts, name):
            gone += issues.remove_renderings(parts, out, issues.SENT)
    return tuple(gone)


def send(parts: Parts, *, now: datetime, window: select.Week, again: bool = False) -> SendReport:
    """Send the approved edition of `window` to whom it was not sent yet; a dry run unless `digest.dry_run` is false.

    Right before the message leaves, the log says that it is leaving: a run that dies then leaves
    a line "sending", and nobody is sent it twice unless `again` says that it never arrived.
    Raises: errors.UsageError when it was not approved; errors.DeliveryError.
    """
    told = parts.config.digest
    out = issues.read_issue(parts, window.name, issues.SENT)
    if out is None:
        raise UsageError(f"{window.name} is not approved: read it, then dermai-feed approve --week {window.name}")
    letterhead = issues.letterhead(parts)
    ident, about = message_id(out, letterhead), subject(out)
    mail = _message(parts, out, letterhead)
    size = len(mail.as_bytes(policy=policy.SMTP))
    sender, everyone = addresses(letterhead)
    sent, uncertain = delivered_to(parts, window.name), _uncertain(parts, window.name)
    waiting = tuple(address for address in everyone if address not in sent)
    report = SendReport(state="dry", issue=window.name, message=ident, subject=about, to=waiting, size=size)
    if not out.picks:
        return replace(report, state="nothing")
    if everyone and not waiting:
        return replace(report, state="already", to=tuple(sent))
    doubtful = [address for address in waiting if address in uncertain]
    if doubtful and not again:
        raise DeliveryError(
            f"{window.name}: it is not known whether {', '.join(doubtful)} got it; the connection or the run broke "
            "off after the message was handed over. Look whether it arrived; if not, use --again"
        )
    if told.dry_run:
        return report
    attempt = Attempt(issue=window.name, message=ident, at=now, state="sending", to=waiting)
    try:
        done = deliver.send(mail, parts.config.smtp, sender=sender, to=waiting, leaving=lambda: _log(parts, attempt))
    except DeliveryError as error:
        if not error.certain:
            raise  # the line "sending" stands: nobody knows
        _log(parts, replace(attempt, state="failed", said=str(error)))
        raise
    _log(parts, replace(attempt, state="sent", to=done.to, refused=done.refused))
    return replace(report, state="sent", to=done.to, refused=done.refused)


def attempts(parts: Parts, name: str = "") -> tuple[Attempt, ...]:
    """The log of sending, oldest first; of one issue with `name`. Lines that cannot be read are left out."""
    found = []
    for line in journal.lines(parts.corpus / LOG):
        if isinstance(line, Problem):
            continue
        try:
            attempt = decode(Attempt, line.text)
        except ValueError:
            continue
        if not name or attempt.issue == name:
            found.append(attempt)
    return tuple(found)


def delivered_to(parts: Parts, name: str) -> frozenset[str]:
    """The addresses that a server took the issue called `name` for."""
    return frozenset(address for a in attempts(parts, name) if a.state == "sent" for address in a.to)


def _uncertain(parts: Parts, name: str) -> frozenset[str]:
    """The addresses whose last attempt was begun and never ended."""
    last: dict[str, str] = {}
    for attempt in attempts(parts, name):
        last |= dict.fromkeys((*attempt.to, *attempt.refused), attempt.state)
    return frozenset(address for address, state in last.items() if state == "sending")


def _log(parts: Parts, attempt: Attempt) -> None:
    journal.append(parts.corpus / LOG, lambda _: [encode(attempt)], tail=0)


# --------------------------------------------------------------------------- the edition


def _good(parts: Parts, name: str) -> Issue:
    try:
        issue = issues.read_issue(parts, name)
    except ValueError:
        issue = None
    if issue is None:
        raise UsageError(f"{name}: there is no issue; make it with dermai-feed digest --week {name}")
    if issue.degraded:
        raise UsageError(f"{name} is degraded ({issue.degraded}); make it anew when its sources answer")
    return issue


def _in_order(issue: Issue) -> list[str]:
    return list(dict.fromkeys(pick.story for pick in issue.picks))


def _known(issue: Issue, without: Iterable[str]) -> frozenset[str]:
    left = frozenset(without)
    if strange := sorted(left - issue.stories()):
        raise UsageError(f"--except {strange[0]}: not a story of {issue.week}; its ids stand under each story")
    return left


def _edition(parts: Parts, issue: Issue, left: frozenset[str], approved: str) -> Issue:
    stories = parts.store.stories.stories(issue.stories())
    words = issues.editors_words(parts, tell(parts, stories.values()))
    before = frozenset(story for out in sent_editions(parts) if out.week < issue.week for story in out.stories())
    return edition(issue, words=words, without=left, before=before, approved=approved)


def sent_editions(parts: Parts) -> tuple[Issue, ...]:
    """Every approved edition, oldest first; files that cannot be read are left out."""
    found = []
    for path in sorted((parts.corpus / "digests").glob(f"*{issues.SENT}.json")):
        try:
            found.append(rendering.from_json(files.read(parts.corpus, f"digests/{path.name}") or ""))
        except ValueError:
            continue
    return tuple(sorted(found, key=lambda issue: (issue.until, issue.week)))


def _message(parts: Parts, out: Issue, letterhead: rendering.Letterhead) -> EmailMessage:
    """The mail as it lies in the corpus, with the recipients of today's configuration."""
    text = files.read(parts.corpus, f"digests/{out.week}{issues.SENT}.eml")
    if text is None:
        text = rendering.to_eml(rendering.frozen(out), rendering.Templates(parts.config.digest.templates), letterhead)
    mail = message_from_string(text, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    for name in ("To", "Cc", "Bcc"):
        del mail[name]
    if letterhead.to:
        mail["To"] = ", ".join(letterhead.to)
    return mail


def describe(report: SendReport) -> str:
    """`report` in one line of words."""
    if report.state == "nothing":
        return f"{report.issue} has no published story; nothing is sent"
    if report.state == "already":
        return f"{report.issue} was sent already, to {len(report.to)}: {report.message}"
    names = ", ".join(report.to) or "nobody (digest.to is empty)"
    head = "would send (dry run, digest.dry_run)" if report.state == "dry" else "sent"
    refused = "".join(f"; refused: {address} ({words})" for address, words in sorted(report.refused.items()))
    return f"{head} {json.dumps(report.subject, ensure_ascii=False)} to {names}, {report.size:,} bytes{refused}"
