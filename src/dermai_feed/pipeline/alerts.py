"""Alerts: what turned for the worse, told once, and told again only when it changes.

A source that is broken or gone, a degraded digest, one that could not be sent, a full disk.
What each channel was told is in the store; people hear of the difference between that and how
things are now, in one message. Where there is no channel the digest's box of notes tells them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from ..config import Config
from ..deliver import Smtp, post, send_mail
from ..errors import DeliveryError
from ..model import Health, SourceState
from ..store import Alert
from . import outbox
from .duties import DEGRADED
from .parts import Parts

ROOM = 1.2  # times the limit, until a full disk counts as mended
MANY = 3  # attempts to send that failed; a server that asks to come back later (greylisting) is no news


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """What changed among the alerts."""

    begun: tuple[str, ...] = ()  # one line each
    over: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.begun or self.over)

    @property
    def subject(self) -> str:
        """One line for a mail's subject."""
        first = (*self.begun, *self.over)[0]
        more = len(self.begun) + len(self.over) - 1
        return f"dermai-feed: {first.split(';')[0][:120]}" + (f" and {more} more" if more else "")

    @property
    def text(self) -> str:
        """The message."""
        lines = [*self.begun, *(f"over: {line}" for line in self.over)]
        return "\n".join(lines) + "\n\nIt is said once; `dermai-feed status` shows what stands.\n"


def standing(parts: Parts, known: Collection[str] = ()) -> dict[str, tuple[str, str]]:
    """Name -> (what, in one word; the line that is told), of all that is wrong now.

    `known` are the names that people were told of: a disk among them is full until it has a
    fifth more than the limit, so that one that hovers about it is told once.
    """
    states = parts.store.sources.states()
    found: dict[str, tuple[str, str]] = {}
    for source in parts.config.sources:
        state = states.get(source.id, SourceState(source_id=source.id))
        if source.enabled and state.health in {Health.BROKEN, Health.GONE}:
            since = f" since {state.failing_since:%Y-%m-%d}" if state.failing_since else ""
            line = f"source {source.id} is {state.health.value}{since}; {state.failure_text}"
            found[f"source {source.id}"] = (state.health.value, line)
    last = parts.store.duties.last().get(DEGRADED)
    if last is not None and last.note:
        found["digest"] = ("degraded", f"the last digest is degraded; {last.note}")
    for letter in outbox.waiting(parts):
        week = letter.week.name
        if letter.after is None:
            hint = f"if it did not arrive: dermai-feed digest --week {week} --send --again"
            found[f"mail {week}"] = ("uncertain", f"digest {week}: nobody knows whether it was sent; {hint}")
        elif letter.failures >= MANY:
            found[f"mail {week}"] = ("unsent", f"digest {week} cannot be sent; {letter.said}")
    for folder in folders(parts.config):
        free, name = shutil.disk_usage(folder).free, f"disk {folder}"
        if free < parts.config.alerts.disk * (ROOM if name in known else 1.0):
            found[name] = ("full", f"disk of {folder}: {free / 2**20:.0f} MiB free; make room")
    return found


def folders(config: Config) -> tuple[Path, ...]:
    """The folders of ours that are there, one of each disk."""
    found: dict[int, Path] = {}
    for folder in (config.corpus, config.state, config.backup.folder):
        if folder.is_dir():
            found.setdefault(folder.stat().st_dev, folder)
    return tuple(found.values())


def difference(before: Mapping[str, Alert], now: Mapping[str, tuple[str, str]]) -> News:
    """What people who heard of `before` must hear of `now`."""
    begun = [line for name, (what, line) in sorted(now.items()) if name not in before or before[name].what != what]
    over = [f"{name} was {alert.what} since {alert.since:%Y-%m-%d}" for name, alert in sorted(before.items())]
    return News(
        begun=tuple(begun), over=tuple(line for line, name in zip(over, sorted(before), strict=True) if name not in now)
    )


def alert(parts: Parts, *, now: datetime, log: Callable[[News], None] = lambda _: None) -> None:
    """Tell each channel what changed since it was told last: the log, mail, a webhook.

    What a channel was told is remembered by itself, so one that fails is tried again while the
    others hear nothing twice. Raises: errors.DeliveryError naming the servers that failed.
    """
    config, told = parts.config, parts.store.duties.alerts()
    channels: dict[str, Callable[[News], None]] = {"log": log}
    if config.alerts.mail:
        channels["mail"] = lambda news: send_mail(message(news, config.alerts.mail, config.smtp, now), config.smtp)
    if config.alerts.webhook:
        channels["webhook"] = lambda news: post(config.alerts.webhook, payload(news, now))
    failed: list[DeliveryError] = []
    for channel, tell in channels.items():
        before = {name.removeprefix(f"{channel}:"): one for name, one in told.items() if name.startswith(f"{channel}:")}
        found = standing(parts, before)
        if not (news := difference(before, found)):
            continue
        try:
            tell(news)
        except DeliveryError as error:
            failed.append(error)
            if error.certain:  # else some have it, or all, and are not told a second time
                continue
        stands = {name: what for name, (what, _) in found.items()}
        kept = {name: one for name, one in before.items() if stands.get(name) == one.what}
        fresh = {name: Alert(what=what, since=now) for name, what in stands.items() if name not in kept}
        told = {name: one for name, one in told.items() if not name.startswith(f"{channel}:")}
        told |= {f"{channel}:{name}": one for name, one in (kept | fresh).items()}
        parts.store.duties.set_alerts(told)
    if failed:
        raise DeliveryError("; ".join(map(str, failed)), certain=all(error.certain for error in failed))


def payload(news: News, now: datetime) -> dict[str, object]:
    """What a webhook is sent of `news`; chat services show `text`."""
    return {"text": news.text, "begun": list(news.begun), "over": list(news.over), "at": now.isoformat()}


def message(news: News, to: tuple[str, ...], smtp: Smtp, now: datetime) -> EmailMessage:
    """The mail of `news`."""
    mail = EmailMessage()
    mail["Subject"] = news.subject
    mail["From"] = smtp.sender
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(now)
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(news.text)
    return mail
