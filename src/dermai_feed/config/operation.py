"""The sections about operation: the daemon, backups, retention, alerts, mail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TypedDict

from ..deliver import Smtp
from .settings import Settings, absolute
from .values import Alerts, Backup, Daemon, Retention
from .written import AlertsSection, SettingsFile, SmtpSection


class Operation(TypedDict):
    """The fields of `Config` that are about operation."""

    daemon: Daemon
    backup: Backup
    retention: Retention
    alerts: Alerts
    smtp: Smtp


def operate(written: SettingsFile, settings: Settings) -> Operation:
    """The values of these sections; what is wrong goes into the findings of `settings`."""
    textfile = _path(written.daemon.textfile, ("daemon", "textfile"), settings) if written.daemon.textfile else None
    if textfile is not None and textfile.suffix != ".prom":
        settings.wrong(("daemon", "textfile"), "does not end in .prom", "node_exporter reads nothing else")
    return Operation(
        daemon=Daemon(**written.daemon.model_dump(exclude={"textfile"}), textfile=textfile),
        backup=Backup(
            folder=_path(written.backup.folder, ("backup", "folder"), settings), every=written.backup.every,
            keep=written.backup.keep,
        ),
        retention=Retention(**written.retention.model_dump()),
        alerts=_alerts(written.alerts, written.smtp, settings),
        smtp=_smtp(written.smtp, settings),
    )  # fmt: skip


def _path(text: str, place: tuple[str, str], settings: Settings) -> Path:
    if not text.strip():
        settings.wrong(place, "is empty", "write a path, relative to this file")
    try:
        return absolute(settings.base, text)
    except RuntimeError:
        settings.wrong(place, f"{text!r}: there is no such home folder", "write the path in full")
        return absolute(settings.base, "unknown")


def _alerts(written: AlertsSection, smtp: SmtpSection, settings: Settings) -> Alerts:
    if written.mail and not smtp.host:
        settings.wrong(("alerts", "mail"), "names people, and there is no server", "add smtp.host and smtp.sender")
    webhook = settings.filled(("alerts", "webhook"), written.webhook) if written.webhook else ""
    if webhook and not re.match(r"https?://[^\s/]", webhook):
        settings.wrong(("alerts", "webhook"), "is no web address", "write https://…")
    return Alerts(mail=written.mail, webhook=webhook, disk=written.disk)


def _smtp(written: SmtpSection, settings: Settings) -> Smtp:
    password = written.password
    if password and not re.fullmatch(r"\$\{\w+\}", password):
        settings.wrong(("smtp", "password"), "stands here in plain text", "write ${NAME} and set that variable")
    elif password:
        password = settings.filled(("smtp", "password"), password)
    if written.host and not written.sender:
        settings.wrong(("smtp", "sender"), "is missing", "add the address that mail comes from")
    if written.password and not written.user:
        settings.wrong(("smtp", "user"), "is missing beside a password", "add the name to log in with")
    if written.password and written.security == "none":
        settings.wrong(("smtp", "security"), "sends the password in the clear", "use starttls or tls")
    return Smtp(**written.model_dump(exclude={"password"}), password=password)
