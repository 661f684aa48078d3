"""robots.txt: what a host lets programs read (RFC 9309). Pure; the pipeline asks for the file.

A file that cannot be had decides too (F-30): 4xx means that there are no rules, anything else
(5xx, a time-out, no connection, a redirect that may not be followed) that nothing may be read.
Reading the rules is left to Protego, which knows wildcards and that the longest match wins;
the standard library's reader takes the first match.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from protego import Protego

from .errors import FetchFailed
from .model import Robots

AGENT = "dermai_feed"  # the product token of our User-Agent
READ = 500 * 1024  # bytes that are read (RFC 9309 2.5)
KEPT = timedelta(hours=24)  # how long a file may be believed (RFC 9309 2.4)
_LONGEST_DELAY = 30.0  # seconds between two requests; a host that asks for more gets this
_NO_RULES = frozenset({"not_found", "gone", "http_4xx"})


def fresh(robots: Robots, now: datetime) -> bool:
    """Whether `robots` may still be believed at `now`."""
    return timedelta(0) <= now - robots.at < KEPT


def origin_of(url: str) -> str:
    """Scheme, host and port of `url`: where its robots.txt lies."""
    parts = urlsplit(url)
    return f"{parts.scheme.lower()}://{parts.netloc.lower()}"


def read(origin: str, body: bytes, at: datetime) -> Robots:
    """The rules in `body`, as far as they are read; what is no robots.txt holds none."""
    return Robots(origin=origin, at=at, text=body[:READ].decode("utf-8-sig", "replace").replace("\0", ""))


def without(origin: str, failed: FetchFailed, at: datetime) -> Robots:
    """What follows when the file cannot be had. 429 asks to be left alone, and is."""
    closed = "" if failed.failure in _NO_RULES else f"robots.txt could not be read ({failed.failure})"
    return Robots(origin=origin, at=at, closed=closed)


def forbidden(robots: Robots, url: str) -> str:
    """Why `url` may not be read, "" when it may."""
    if robots.closed:
        return robots.closed
    return "" if Protego.parse(robots.text).can_fetch(url, AGENT) else "robots.txt forbids it"


def delay(robots: Robots) -> float:
    """Seconds that the host wants between two requests."""
    wanted = Protego.parse(robots.text).crawl_delay(AGENT) if robots.text else None
    return min(max(float(wanted or 0.0), 0.0), _LONGEST_DELAY)


def sitemaps(body: bytes) -> list[str]:
    """The sitemaps that a robots.txt names."""
    return list(Protego.parse(body[:READ].decode("utf-8-sig", "replace")).sitemaps)
