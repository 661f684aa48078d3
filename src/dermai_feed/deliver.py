"""Deliver: mail and webhooks, to addresses that people configured. Nothing is collected here.

Both say what became of it: delivered, or `errors.DeliveryError`, which knows whether it is
certain that nothing was. Addresses may hold keys, so messages name the host and no more.
"""

from __future__ import annotations

import http.client
import json
import smtplib
import ssl
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
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


def send_mail(
    message: EmailMessage, smtp: Smtp, *, timeout: float = PATIENCE, tls: ssl.SSLContext | None = None
) -> None:
    """Hand `message` to the server `smtp`, for everybody in its To, Cc and Bcc.

    `tls` verifies the server instead of the public certificate authorities.
    Raises: errors.DeliveryError; uncertain when the connection broke after the text was sent.
    """
    context = tls or ssl.create_default_context()
    handed_over = False
    try:
        if smtp.security == "tls":
            server: smtplib.SMTP = smtplib.SMTP_SSL(smtp.host, smtp.port, timeout=timeout, context=context)
        else:
            server = smtplib.SMTP(smtp.host, smtp.port, timeout=timeout)
        try:
            if smtp.security == "starttls":
                server.starttls(context=context)
            if smtp.user:
                server.login(smtp.user, smtp.password)
            handed_over = True
            refused = server.send_message(message)
            handed_over = False
        finally:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
    except smtplib.SMTPServerDisconnected as error:
        raise DeliveryError(f"{smtp.host}: {error}; look at the server's log", certain=not handed_over) from error
    except smtplib.SMTPException as error:
        raise DeliveryError(f"{smtp.host}: {_said(error)}; check smtp in the configuration") from error
    except OSError as error:
        what = f"{smtp.host}: {error.strerror or error}; is the mail server reachable?"
        raise DeliveryError(what, certain=not handed_over) from error
    if refused:
        raise DeliveryError(f"{smtp.host}: refused {', '.join(sorted(refused))}; the others have it", certain=False)


def _said(error: smtplib.SMTPException) -> str:
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
