"""Alerts: what turned for the worse, told once, and told again only when it changes.

A source that is broken or gone, a degraded digest, a full disk. What stands is in the store;
people hear of the difference between that and how things are now, in one message.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from ..config import Config
from ..deliver import Smtp, post, send_mail
from ..model import Health, SourceState
from ..store import Alert
from .parts import Parts

DEGRADED = "degraded"  # the duty whose note says why the last closed digest rests on too little; empty when not


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


def standing(parts: Parts) -> dict[str, tuple[str, str]]:
    """Name -> (what, in one word; the line that is told), of all that is wrong now."""
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
    for folder in full_disks(parts.config):
        free = shutil.disk_usage(folder).free
        found[f"disk {folder}"] = ("full", f"disk of {folder}: {free / 2**20:.0f} MiB free; make room")
    return found


def full_disks(config: Config) -> tuple[Path, ...]:
    """The folders of ours that have less free space than `alerts.disk`."""
    folders = [folder for folder in (config.corpus, config.state, config.backup.folder) if folder.is_dir()]
    return tuple(folder for folder in folders if shutil.disk_usage(folder).free < config.alerts.disk)


def difference(before: Mapping[str, Alert], now: Mapping[str, tuple[str, str]]) -> News:
    """What people who heard of `before` must hear of `now`."""
    begun = [line for name, (what, line) in sorted(now.items()) if name not in before or before[name].what != what]
    over = [f"{name} was {alert.what} since {alert.since:%Y-%m-%d}" for name, alert in sorted(before.items())]
    return News(
        begun=tuple(begun), over=tuple(line for line, name in zip(over, sorted(before), strict=True) if name not in now)
    )


def alert(parts: Parts, *, now: datetime) -> News:
    """Tell by mail and webhook what changed since people were told last, and remember it.

    Remembered only when everybody was told: what failed is tried again at the next tick.
    Raises: errors.DeliveryError naming the server that could not be told.
    """
    before, found = parts.store.duties.alerts(), standing(parts)
    news = difference(before, found)
    if not news:
        return news
    config = parts.config
    if config.alerts.mail:
        send_mail(message(news, config.alerts.mail, config.smtp, now), config.smtp)
    if config.alerts.webhook:
        payload = {"text": news.text, "begun": list(news.begun), "over": list(news.over), "at": now.isoformat()}
        post(config.alerts.webhook, payload)
    kept = {name: before[name] for name, (what, _) in found.items() if name in before and before[name].what == what}
    fresh = {name: Alert(what=what, since=now) for name, (what, _) in found.items() if name not in kept}
    parts.store.duties.set_alerts(kept | fresh)
    return news


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
