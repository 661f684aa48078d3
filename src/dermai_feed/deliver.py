"""Deliver: mail and webhooks, to addresses that people configured. Nothing is collected here.

Both say what became of it: delivered, or `errors.DeliveryError`, which knows whether it is
certain that nothing was. Addresses may hold keys, so messages name the host and no more.
"""

from __future__ import annotations

import http.client
import json
import smtplib
import ssl
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Literal
from urllib.parse import urlsplit

from .errors import DeliveryError

PATIENCE = 30.0  # seconds for each answer of a server


@dataclass(frozen=True, kw_only=True, slots=True)
class Smtp:
    """The server that takes our mail."""

    host: str = ""
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """Who the server took the message for, and who it refused with which words."""

    to: tuple[str, ...]
    refused: Mapping[str, str] = field(default_factory=dict)


def send_mail(
    message: EmailMessage, smtp: Smtp, *, timeout: float = PATIENCE, tls: ssl.SSLContext | None = None
) -> None:
    """Hand `message` to the server `smtp`, for everybody in its To.

    `tls` verifies the server instead of the public certificate authorities.
    Raises: errors.DeliveryError; uncertain when the connection broke after the text was sent.
    """
    to = tuple(address.addr_spec for address in message["To"].addresses)
    done = send(message, smtp, sender=smtp.sender, to=to, timeout=timeout, tls=tls)
    if done.refused:
        raise DeliveryError(
            f"{smtp.host}: refused {', '.join(sorted(done.refused))}; the others have it", certain=False
        )


def send(
    mail: EmailMessage, smtp: Smtp, *, sender: str, to: Sequence[str], timeout: float = PATIENCE,
    tls: ssl.SSLContext | None = None, leaving: Callable[[], None] = lambda: None,
) -> Delivered:  # fmt: skip
    """Hand `mail` to `smtp` for the bare addresses `to`; when this returns it has been taken.

    `security: starttls` refuses a server that offers none: neither a password nor a text
    travels in the open. `leaving` is called right before the text is handed over: until then
    it is certain that nothing was sent. Raises: errors.DeliveryError naming the server and
    what it said; uncertain when the connection broke after the text was handed over.
    """
    if not smtp.host:
        raise DeliveryError("smtp.host is empty: name the server that takes our mail")
    if not to:
        raise DeliveryError("no recipients: write them under digest.to")
    place = f"{smtp.host}:{smtp.port}"
    try:
        client = _connected(smtp, timeout, tls or ssl.create_default_context())
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"{place}: {_said(error)}; nothing was sent") from error
    try:
        refused = _hand_over(client, mail, place, sender, to, leaving)
    except BaseException:
        client.close()  # whoever interrupts us, such as a signal, does not wait for a farewell
        raise
    with suppress(OSError, smtplib.SMTPException):
        client.quit()
    return Delivered(to=tuple(address for address in to if address not in refused), refused=refused)


def _hand_over(
    client: smtplib.SMTP, mail: EmailMessage, place: str, sender: str, to: Sequence[str], leaving: Callable[[], None]
) -> dict[str, str]:
    """The addresses that were refused, with the words; the others' server has the text."""
    refused: dict[str, str] = {}
    try:
        _check(client.mail(sender))
        for address in to:
            code, answer = client.rcpt(address)
            if code not in (250, 251):
                refused[address] = f"{code} {answer.decode('utf-8', 'replace')}"
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"{place}: {_said(error)}; nothing was sent") from error
    if len(refused) == len(to):
        raise DeliveryError(f"{place} refuses every recipient: {'; '.join(refused.values())[:300]}")
    leaving()
    try:
        _check(client.data(mail.as_bytes(policy=SMTP)))
    except smtplib.SMTPResponseException as error:
        raise DeliveryError(f"{place} refuses the message: {_said(error)}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise DeliveryError(f"{place}: {_said(error)} after the message was handed over", certain=False) from error
    return refused


def _connected(smtp: Smtp, timeout: float, tls: ssl.SSLContext) -> smtplib.SMTP:
    client: smtplib.SMTP
    if smtp.security == "tls":
        client = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=timeout, context=tls)
    else:
        client = smtplib.SMTP(smtp.host, smtp.port, timeout=timeout)
    try:
        client.ehlo_or_helo_if_needed()
        if smtp.security == "starttls":
            client.starttls(context=tls)
            client.ehlo()
        if smtp.user:
            client.login(smtp.user, smtp.password)
    except BaseException:
        client.close()
        raise
    return client


def _check(answer: tuple[int, bytes]) -> None:
    if answer[0] != 250:
        raise smtplib.SMTPResponseException(*answer)


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        words = error.smtp_error
        return f"{error.smtp_code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"
    return str(error) or type(error).__name__


def post(url: str, payload: Mapping[str, Any], *, timeout: float = PATIENCE, tls: ssl.SSLContext | None = None) -> None:
    """POST `payload` as JSON to the webhook `url`; redirects are not followed, any 2xx is a yes.

    Raises: errors.DeliveryError; uncertain when no answer came.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = tls or ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, parts.port, timeout=timeout, context=context)
    else:
        connection = http.client.HTTPConnection(host, parts.port, timeout=timeout)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    body = json.dumps(payload, ensure_ascii=False).encode()
    asked = False
    try:
        with closing(connection):
            connection.connect()
            asked = True
            connection.request("POST", target, body, {"Content-Type": "application/json", "User-Agent": "dermai_feed"})
            status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise DeliveryError(f"{host}: {type(error).__name__}; is the webhook reachable?", certain=not asked) from error
    if not 200 <= status < 300:
        raise DeliveryError(f"{host}: answered {status}; check the webhook's address")
