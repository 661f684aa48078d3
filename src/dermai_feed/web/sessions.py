"""Sessions, their tokens, forms that act once, and the password where one is configured.

All of it lives in memory: a server that is started again knows no session, and a form of the
one before is refused and shown again.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

LIFE = 12 * 3600.0  # seconds from its beginning to its end (U-14)
TRIES, TRIES_IN = 5, 60.0  # log-ins that may fail within so many seconds, of all visitors together (U-14)
SESSIONS, KEYS = 1_000, 5_000  # the oldest are forgotten beyond that

# OWASP's password storage cheat sheet: scrypt with N=2^17, r=8, p=1.
_N, _R, _P = 2**17, 8, 1
_MEMORY = 256 * 1024 * 1024  # bytes; scrypt needs 128 * N * r


@dataclass(slots=True)
class Session:
    """One browser."""

    id: str
    token: str  # stands in every form, and nowhere else
    begun: float
    inside: bool  # logged in, or no password is asked for
    used: OrderedDict[str, None] = field(default_factory=OrderedDict)  # keys of forms that have acted

    def owns(self, token: str) -> bool:
        """Whether a form's token is this session's, compared in constant time (U-03)."""
        return hmac.compare_digest(token.encode("utf-8", "replace"), self.token.encode())

    def spend(self, key: str) -> None:
        """Note that the form with `key` has acted (U-10)."""
        self.used[key] = None
        while len(self.used) > KEYS:
            self.used.popitem(last=False)


class Sessions:
    """Every session; safe for several threads. `clock`: seconds that only go forward."""

    def __init__(self, password: str, clock: Callable[[], float]) -> None:
        self.password = password  # as `hashed` writes it; empty: none is asked for
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Session] = OrderedDict()
        self._failed: deque[float] = deque()

    def find(self, id_: str) -> Session | None:
        """The session of this cookie, if it is alive."""
        with self._lock:
            session = self._known.get(id_)
            if session is not None and self._clock() - session.begun >= LIFE:
                del self._known[id_]
                return None
            return session

    def begin(self, *, inside: bool | None = None) -> Session:
        """A new session; inside from the start where no password is asked for."""
        with self._lock:
            session = Session(
                id=secrets.token_urlsafe(32), token=secrets.token_urlsafe(32), begun=self._clock(),
                inside=not self.password if inside is None else inside,
            )  # fmt: skip
            self._known[session.id] = session
            while len(self._known) > SESSIONS:
                # Strangers who never logged in go first: they must not push an editor out.
                strange = next((id_ for id_, one in self._known.items() if not one.inside), None)
                self._known.pop(strange or next(iter(self._known)))
            return session

    def end(self, session: Session) -> None:
        """Forget a session."""
        with self._lock:
            self._known.pop(session.id, None)

    def log_in(self, session: Session, password: str) -> Session | None:
        """A renewed session for the right password, None for a wrong one. Raises: TooManyTries (U-14)."""
        with self._lock:
            while self._failed and self._clock() - self._failed[0] >= TRIES_IN:
                self._failed.popleft()
            if len(self._failed) >= TRIES:
                raise TooManyTries
            self._failed.append(self._clock())  # counted before the slow part, so that none slips by beside it
        if not matches(password, self.password):
            return None
        with self._lock:
            self._failed.clear()
        self.end(session)
        return self.begin(inside=True)


class TooManyTries(Exception):
    """Too many wrong passwords within a minute."""


def hashed(password: str) -> str:
    """`password` as it may be configured: scrypt with its parameters and salt."""
    salt = secrets.token_bytes(16)
    return f"scrypt${_N}${_R}${_P}${salt.hex()}${_scrypt(password, salt, _N, _R, _P).hex()}"


def is_hash(text: str) -> bool:
    """Whether `text` is what `hashed` writes."""
    parts = text.split("$")
    try:
        numbers = [int(part) for part in parts[1:4]]
        return parts[0] == "scrypt" and all(numbers) and len(bytes.fromhex(parts[4])) >= 16 and len(parts[5]) == 64
    except (ValueError, IndexError):
        return False


def matches(password: str, written: str) -> bool:
    """Whether `password` is the one that was hashed as `written`."""
    _, n, r, p, salt, digest = written.split("$")
    found = _scrypt(password, bytes.fromhex(salt), int(n), int(r), int(p))
    return hmac.compare_digest(found.hex(), digest)


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "replace"), salt=salt, n=n, r=r, p=p, maxmem=_MEMORY, dklen=32)
