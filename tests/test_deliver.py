"""Mail and webhooks, to real servers on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from email.message import EmailMessage
from threading import Thread
from typing import Any

import pytest

from dermai_feed.deliver import Smtp, post, send_mail
from dermai_feed.errors import DeliveryError


class Mailbox:
    """A mail server that speaks as much SMTP as it takes; `drop` breaks off after the text."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.letters: list[str] = []
        self.refuse, self.drop = "", False
        self.thread = Thread(target=self._serve, daemon=True)
        self.thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.socket.getsockname()[1])

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb", buffering=0) as line:
                self._talk(line)

    def _talk(self, line: Any) -> None:
        line.write(b"220 mail.example\r\n")
        while words := line.readline():
            verb = words.split()[0].upper()
            if verb == b"DATA":
                line.write(b"354 go on\r\n")
                text = b""
                while (more := line.readline()) != b".\r\n":
                    text += more
                self.letters.append(text.decode())
                if self.drop:
                    return
                line.write(b"250 kept\r\n")
            elif verb == b"QUIT":
                line.write(b"221 bye\r\n")
                return
            elif verb == b"RCPT" and self.refuse and self.refuse.encode() in words:
                line.write(b"550 nobody of that name\r\n")
            else:
                line.write(b"250 good\r\n")


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """A running mail server."""
    made = Mailbox()
    yield made
    made.socket.shutdown(socket.SHUT_RDWR)
    made.socket.close()
    made.thread.join()


@pytest.fixture
def letter() -> EmailMessage:
    """A mail to two people."""
    made = EmailMessage()
    made["Subject"], made["From"], made["To"] = "News", "feed@example.org", "a@example.org, b@example.org"
    made.set_content("Melanoma, ä.\n")
    return made


def server(mailbox: Mailbox) -> Smtp:
    """How to reach it."""
    return Smtp(host="127.0.0.1", port=mailbox.port, security="none", sender="feed@example.org")


def test_a_mail_reaches_the_server_once(mailbox: Mailbox, letter: EmailMessage) -> None:
    """With its subject and text."""
    send_mail(letter, server(mailbox))
    (text,) = mailbox.letters
    assert "Subject: News" in text


def test_a_refused_recipient_is_named(mailbox: Mailbox, letter: EmailMessage) -> None:
    """The other one has it, so it is not certain that nothing went out."""
    mailbox.refuse = "b@example.org"
    with pytest.raises(DeliveryError, match=r"b@example\.org") as raised:
        send_mail(letter, server(mailbox))
    assert not raised.value.certain
    assert len(mailbox.letters) == 1


def test_a_connection_that_breaks_after_the_text_leaves_it_open(mailbox: Mailbox, letter: EmailMessage) -> None:
    """Whoever must not send twice has to know."""
    mailbox.drop = True
    with pytest.raises(DeliveryError) as raised:
        send_mail(letter, server(mailbox))
    assert not raised.value.certain


def test_a_server_that_is_not_there_has_certainly_delivered_nothing(letter: EmailMessage) -> None:
    """Neither mail nor hook; the hook's key is not shown."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(DeliveryError) as raised:
        send_mail(letter, Smtp(host="127.0.0.1", port=port, security="none", sender="feed@example.org"))
    assert raised.value.certain
    with pytest.raises(DeliveryError) as raised:
        post(f"http://127.0.0.1:{port}/hooks/s3cret?token=s3cret", {"text": "x"})
    assert raised.value.certain
    assert "s3cret" not in str(raised.value)
    assert raised.value.exit_code == 5
