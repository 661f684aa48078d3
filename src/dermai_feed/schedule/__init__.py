"""When a source is asked again: arithmetic over what it said, nothing else.

`due` answers before a poll, `claim` is what is written down before the request goes out
(F-17: a crash or a restart never asks twice), `after` turns the facts of a poll into the
next `SourceState`. Due times are columns of the store, never timers.

::

    turns     whose turn it is, whose host is paused, whether we are offline
    answers   the state after a poll, good or bad, and what an editor is told of it
    hints     how often a server and a document want to be asked, at most (F-18)
    rhythm    when a source used to say something new, and so when asking it is worth a request
    backoff   how long each kind of failure is left alone (F-19)

Jitter is drawn from the source's name and its number of polls, not from a random number:
spread enough to keep a hundred sources apart, and the same in every rerun.
"""

from .answers import after, told
from .policy import DAY, HOUR, Policy
from .turns import OFFLINE, claim, current, due, host_of, host_pause, offline, refreshable

__all__ = [
    "DAY", "HOUR", "OFFLINE", "Policy", "after", "claim", "current", "due", "host_of", "host_pause", "offline",
    "refreshable", "told",
]  # fmt: skip
