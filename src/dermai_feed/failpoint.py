"""Fail points: named places where a test may kill, raise or hold the program (H3).

Inert unless `DERMAI_FAILPOINT` is set, refused where `DERMAI_ENV=production`. The form is
``name=kill``, ``name=raise`` (or ``name=raise:ZeroDivisionError``) or ``name=pause:FILE``
(waits until FILE exists), each with ``@N`` for the N-th hit only: ``store.before_commit=kill@3``.
"""

from __future__ import annotations

import builtins
import os
import signal
import time
from collections import Counter
from pathlib import Path

NAMES = frozenset(
    {
        "fetch.before_connect", "fetch.after_headers", "fetch.after_body", "parse.in_child",
        "store.before_begin", "store.after_entries", "store.before_commit", "store.after_commit",
        "cluster.before_commit", "write.after_read", "write.after_tmp", "write.before_replace",
        "write.after_replace", "digest.after_render", "digest.before_mark", "ui.before_commit",
        "ui.after_commit", "migrate.step", "lock.acquired",
    }
)  # fmt: skip

_hits: Counter[str] = Counter()


def hit(name: str) -> None:
    """Do what `DERMAI_FAILPOINT` says for `name`; nothing when it says nothing.

    Raises: ValueError for a name outside `NAMES` or an action that does not exist;
    RuntimeError in production; whatever the action names.
    """
    wish = os.environ.get("DERMAI_FAILPOINT")
    if not wish:
        return
    if os.environ.get("DERMAI_ENV") == "production":
        raise RuntimeError("DERMAI_FAILPOINT is refused where DERMAI_ENV=production")
    if name not in NAMES:
        raise ValueError(f"unknown fail point {name!r}")
    wanted, _, action = wish.partition("=")
    if wanted != name:
        return
    action, _, nth = action.partition("@")
    _hits[name] += 1
    if nth and _hits[name] != int(nth):
        return
    _act(name, action)


def _act(name: str, action: str) -> None:
    verb, _, detail = action.partition(":")
    if verb == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "raise":
        raise getattr(builtins, detail or "RuntimeError")(f"fail point {name}")
    elif verb == "pause":
        while not Path(detail).exists():
            time.sleep(0.01)
    else:
        raise ValueError(f"unknown fail point action {action!r}: kill, raise[:NAME] or pause:FILE")
