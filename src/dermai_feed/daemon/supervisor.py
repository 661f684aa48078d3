"""What systemd is told: ready, alive, reloading, stopping (sd_notify(3))."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Mapping
from contextlib import suppress


class Supervisor:
    """The other end of NOTIFY_SOCKET; silent where there is none.

    `environ` is where the socket's name stands. The daemon tells that it is alive after each
    source, file and step, and not from a thread of its own: a program that hangs is silent.
    """

    def __init__(self, environ: Mapping[str, str] = os.environ) -> None:
        name = environ.get("NOTIFY_SOCKET", "")
        # An abstract socket is written with @ and meant with a zero byte.
        self._address = "\0" + name[1:] if name.startswith("@") else name

    def ready(self, status: str) -> None:
        """The start is over, or a reload is."""
        self._say(f"READY=1\nSTATUS={status}")

    def reloading(self) -> None:
        """The configuration is read anew; systemd wants to know since when, on its clock."""
        self._say(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._say("WATCHDOG=1")

    def status(self, text: str) -> None:
        """One line for `systemctl status`."""
        self._say(f"STATUS={text}")

    def stopping(self) -> None:
        """The end has begun."""
        self._say("STOPPING=1")

    def _say(self, text: str) -> None:
        if not self._address:
            return
        # A supervisor that does not listen is no reason to stop.
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.settimeout(1.0)
            channel.sendto(text.encode(), self._address)
