"""The whole catalogue of the hostile server, polled through ten simulated hours: states, requests and gaps.

    python scripts/hostile_sweep.py [--shared FOLDER] [--hours 10] [--only PATH…] [--quiet]

Every path of FOLDER/tools/hostile_server.py (default $DERMAI_SHARED) is a source of its own and
is asked whenever it is due, by a clock that nobody waits for. What must come of it is written
below from RELIABILITY.md, by requirement: the failure class (or none), the first gap, how many
requests a poll may cost, and whether later requests are conditional. Prints a table and exits with
1 when a path behaves otherwise or a canary was touched. Gaps between hosts are switched off, since all
paths are one host; paths that answer 429 are asked alone, since they pause it (F-12).
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml

from dermai_feed import app, pipeline
from dermai_feed.shipped import init

START = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
INTERVAL = 1.0  # hours, the default
CANARIES = ("/internal-secret", "/page-denied")

# --------------------------------------------------------------------------- what RELIABILITY.md demands

_HIDDEN = [
    "private", "localhost", "decimal", "hex", "short", "octal", "mapped", "ipv6", "zero", "fullwidth", "rfc1918",
    "metadata", "cgnat", "nat64", "protocol-relative",
]  # fmt: skip
_NONSENSE = ["port", "backslash", "file", "js", "data", "ftp", "creds", "empty", "bad"]

# Failure classes that are right for a path; whatever stands in none of these must be read.
FAILS: dict[str, set[str]] = {
    "F-01 deadline": {"/slow", "/never", "/slow-headers", "/slow-body", "/stall", "/slow-redirects"},
    "F-02 size": {"/endless", "/endless-raw", "/announced-huge", "/gzipbomb", "/big"},
    "F-02 coding": {"/gzipbomb-nested", "/deflatebomb", "/gzip-many-layers"},
    "F-03 cut": {"/truncated", "/truncated-clean", "/truncated-chunked", "/reset-mid-body", "/gzip-truncated",
                 "/gzip-badcrc", "/gzip-lie"},
    "F-04 4xx": {"/400", "/401", "/403", "/406", "/451"},
    "F-04 404": {"/404", "/301-to-404"},
    "F-04 5xx": {"/500", "/500-feed", "/502", "/504", "/503", "/503-date", "/503-none"},
    "F-04 other": {"/204", "/206", "/300", "/999"},
    "F-04 challenge": {"/cf-challenge"},
    "F-05 address": {f"/redirect-{name}" for name in _HIDDEN} | {"/301-cross-host"},
    "F-07 url": {f"/redirect-{name}" for name in _NONSENSE},
    "F-08 redirects": {"/redirect-self", "/redirect-loop", "/redirect-loop-b", "/redirect-grow", "/redirect-noloc"},
    "F-11 gone": {"/410", "/301-to-410"},
    "F-12 429": {"/429", "/429-short", "/429-date", "/429-date-850", "/429-date-asctime", "/429-none", "/429-zero",
                 "/429-negative", "/429-past", "/429-huge", "/429-9999", "/429-garbage", "/429-float"},
    "F-27 headers": {"/endless-headers", "/huge-header"},
    "F-28 protocol": {"/not-http", "/status-garbage", "/bad-chunk", "/two-lengths", "/negative-length", "/header-nul",
                      "/coding-unknown"},
    "F-15 304": {"/304-unasked", "/304-body"},  # both answer so to a question without a validator
    "F-20 dropped": {"/reset-connection", "/close-now"},
    "P-07 no feed": {"/empty", "/whitespace", "/html-as-feed", "/html-200-error", "/json-as-feed", "/image-as-feed",
                     "/binary", "/gzip-unlabelled", "/robots.txt", "/page", "/page-hostile", "/opml", "/opml-hostile",
                     "/opml-xxe", "/opml-bomb", "/utf7"},
    "P-07 login": {"/login", "/301-portal"},
}  # fmt: skip
CLASSES: dict[str, set[str]] = {
    "F-01 deadline": {"timeout"},
    "F-02 size": {"too_large"},
    "F-02 coding": {"bad_coding", "too_large"},
    "F-03 cut": {"truncated", "reset", "bad_coding"},
    "F-04 4xx": {"http_4xx"},
    "F-04 404": {"not_found"},
    "F-04 5xx": {"http_5xx"},
    "F-04 other": {"http_other"},
    "F-04 challenge": {"challenge"},
    "F-05 address": {"blocked_address"},
    "F-07 url": {"bad_url", "redirects", "blocked_address"},
    "F-08 redirects": {"redirects"},
    "F-11 gone": {"gone"},
    "F-12 429": {"rate_limited"},
    "F-27 headers": {"too_large", "protocol"},
    "F-28 protocol": {"protocol", "truncated", "reset"},
    "F-20 dropped": {"reset"},
    "P-07 no feed": {"not_a_feed", "parse_error"},
    "P-07 login": {"login", "not_a_feed"},
    "F-15 304": {"protocol"},
}
STOPPED = {"not_a_feed", "parse_error", "parse_memory", "parse_timeout", "too_large"}  # fmt: skip
# Right either way: read, or stopped by a limit (P-02, P-03); and those whose answer depends on the hit.
EITHER = {
    "/billion-laughs", "/quadratic-blowup", "/deep-nesting", "/redos-author", "/redos-html",
    "/many-attributes", "/many-categories", "/huge-entry",
    "/charref-abuse", "/cdata-declaration", "/lone-surrogates", "/mismatched", "/unclosed", "/xxe", "/xxe-http",
    "/xxe-param", "/doctype-external", "/xinclude", "/wrong-length", "/smuggle", "/10k", "/encoding-unknown",
}  # fmt: skip
FLAKY = {"/flaky-*", "/alternate", "/etag-on-error", "/etag-on-broken", "/301-flap", "/rate-limited"}
# The first gap in hours where it is not that of the class.
GAPS = {
    "/maxage-year": 24.0, "/ttl": 24.0, "/429-huge": 168.0, "/429-9999": 168.0, "/redirect-chain-*": None,
}  # fmt: skip
_CLASS_GAPS = {
    "http_4xx": 6.0, "challenge": 6.0, "login": 6.0, "tls_error": 6.0, "blocked_address": 6.0, "bad_url": 6.0,
    "redirects": 6.0, "too_large": 12.0, "bad_coding": 12.0, "parse_timeout": 24.0, "parse_memory": 24.0, "gone": 168.0,
}  # fmt: skip
# Validators of these are honest, so every later request must carry them (F-13), and 304 is the answer.
CONDITIONAL = {"/ok", "/304-etag", "/304-weak", "/304-lastmod", "/etag-unquoted", "/header-latin1", "/lastmod-2038"}
REQUESTS = {"/redirect-chain-*": 6, "/redirect-grow": 6, "/redirect-loop": 6, "/redirect-loop-b": 6,
            "/redirect-self": 6, "/slow-redirects": 6}  # fmt: skip


def demanded(path: str) -> tuple[str, set[str | None]]:
    """The requirement about `path`, and the failure classes (None: read) that fulfil it."""
    for name, paths in FAILS.items():
        if path in paths:
            return name, set(CLASSES[name])
    if path in EITHER:
        return "P-02, P-03, P-05", {None, *STOPPED}
    if path in FLAKY:
        return "F-14, F-19", {None, "http_5xx", "reset", "parse_error", "not_a_feed", "rate_limited"}
    if path.startswith("/flaky-reset"):
        return "F-20", {None, "reset"}
    return "read", {None}


# --------------------------------------------------------------------------- what happens


@dataclass(slots=True)
class Life:
    """What became of one path."""

    path: str
    url: str
    polls: list[float] = field(default_factory=list)  # hours from START
    failures: list[str | None] = field(default_factory=list)
    requests: int = 0  # as the program counts them
    most: int = 0  # of one poll
    health: str = ""
    gap: float = 0.0  # hours, after the first poll
    validators: bool = False  # held at the end


def hostile_server(shared: Path) -> ModuleType:
    """The server's module. Raises: SystemExit when it is not there."""
    place = shared / "tools" / "hostile_server.py"
    if not place.is_file():
        raise SystemExit(f"{place}: no hostile server there; name its folder with --shared or DERMAI_SHARED")
    spec = importlib.util.spec_from_file_location("hostile_server", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["hostile_server"] = module
    spec.loader.exec_module(module)
    return module


def live(server: Any, paths: Sequence[tuple[str, str]], hours: float, folder: Path, deadline: str) -> list[Life]:
    """Poll `paths` (name, example) of `server` whenever they are due for `hours`, in a project below `folder`."""
    init(folder)
    lives = {
        re.sub("[^a-z0-9]+", "-", name.lower()).strip("-"): Life(name, server.url(example)) for name, example in paths
    }
    settings = {
        "version": 1, "retention": {"bodies_most": "0B"},
        "fetch": {"contact": "https://corpus.example/contact", "allow_hosts": [server.netloc], "gap": "0s", "total": 8,
                  "per_host": 8, "deadline": deadline, "connect": "1s", "idle": deadline},
        "parse": {"wall": "3s", "cpu": "3s"},
    }  # fmt: skip
    catalogue = {
        "version": 1,
        "sources": [{"id": id_, "name": id_, "kind": "rss", "url": life.url} for id_, life in lives.items()],
    }
    (folder / "config" / "dermai-feed.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (folder / "config" / "sources.yaml").write_text(yaml.safe_dump(catalogue), encoding="utf-8")
    with app.assemble(app.load(folder / "config" / "dermai-feed.yaml")) as parts:
        now = START
        while now <= START + timedelta(hours=hours):
            report = pipeline.collect(parts, now=now)
            states = parts.store.sources.states()
            for poll in report.sources:
                if poll.outcome == "not due":
                    continue
                life, state = lives[poll.source_id], states[poll.source_id]
                life.polls.append((now - START).total_seconds() / 3600)
                life.failures.append(poll.failure)
                life.requests += poll.requests
                life.most = max(life.most, poll.requests)
                life.health, life.validators = state.health.value, bool(state.etag or state.last_modified)
                if len(life.polls) == 1 and state.next_check:
                    life.gap = (state.next_check - now).total_seconds() / 3600
            # A minute at a time at the earliest, as the daemon ticks.
            due = min(state.next_check for state in states.values() if state.next_check)
            now = max(due, now + timedelta(minutes=1))
    return list(lives.values())


def faults(life: Life, stats: dict[str, Any]) -> list[str]:
    """What `life` did otherwise than demanded."""
    name, classes = demanded(life.path)
    route = life.url.partition("?")[0].partition("//")[2].partition("/")[2]
    found = []
    if wrong := [failure for failure in life.failures if failure not in classes]:
        found.append(f"{name}: {wrong[0] or 'read'} instead of {' or '.join(sorted(c or 'read' for c in classes))}")
    first = life.failures[0]
    wanted = GAPS.get(life.path, _CLASS_GAPS.get(first or "", INTERVAL))
    if wanted is not None:
        # A server without validators, or half a document, is asked once a day (RELIABILITY 1.2).
        allowed = (wanted, 24.0) if first is None else (wanted,)
        if not any(want - 0.01 <= life.gap <= want * 1.1 + 0.01 for want in allowed):
            found.append(f"F-18, F-19: {life.gap:.2f} h until the second poll, not {wanted:g}")
    if short := [b - a for a, b in zip(life.polls, life.polls[1:], strict=False) if b - a < INTERVAL - 0.001]:
        found.append(f"F-17: asked again after {60 * min(short):.0f} min")
    most = REQUESTS.get(life.path, 6 if life.path.startswith(("/30", "/redirect")) else 2)
    if life.most > most:
        found.append(f"F-08, F-20: {life.most} requests in one poll, {most} are allowed")
    conditional = stats["conditional"].get(f"/{route}", 0)
    if life.path in CONDITIONAL and conditional < len(life.polls) - 1:
        found.append(f"F-13: {conditional} of {len(life.polls) - 1} later requests were conditional")
    if first is not None and life.path not in FLAKY and conditional and not life.path.startswith(("/30", "/flaky")):
        found.append("F-14: a validator of what was no document was sent back")
    return found


def sweep(
    module: ModuleType, hours: float, only: Iterable[str] = ()
) -> tuple[list[tuple[Life, list[str]]], Counter[str]]:
    """Every path lived and judged, and how often each canary was touched."""
    chosen = [
        (name, example)
        for name, (_, _, _, example) in module.FAULTS.items()
        if name not in CANARIES and (not only or name in only)
    ]
    alone = [pair for pair in chosen if pair[0].startswith(("/429", "/rate-limited"))]
    slow = [pair for pair in chosen if module.FAULTS[pair[0]][2] == "timing"]  # a short deadline for them alone
    together = [pair for pair in chosen if pair not in alone and pair not in slow]
    judged: list[tuple[Life, list[str]]] = []
    touched: Counter[str] = Counter()
    batches = [(together, "15s"), (slow, "1s"), *(([pair], "15s") for pair in alone)]
    for batch, deadline in batches:
        if not batch:
            continue
        with module.HostileServer() as server, tempfile.TemporaryDirectory(prefix="hostile-sweep-") as folder:
            lives = live(server, batch, hours, Path(folder), deadline)
            stats = server.stats()
            judged += [(life, faults(life, stats)) for life in lives]
            touched.update({path: stats["counts"].get(path, 0) for path in CANARIES})
    return judged, +touched


def main(arguments: Sequence[str]) -> int:
    """Print the table; 1 when something behaves otherwise than demanded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("DERMAI_SHARED", "../shared")))
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--only", nargs="*", default=[], metavar="PATH")
    parser.add_argument("--quiet", action="store_true", help="only the summary and what is wrong")
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    judged, touched = sweep(hostile_server(given.shared), given.hours, given.only)
    if not given.quiet:
        print(f"{'path':<22} {'demanded':<17} {'first answer':<16} {'health':<8} polls requests   gap h")
    for life, wrong in sorted(judged, key=lambda pair: pair[0].path):
        if given.quiet and not wrong:
            continue
        print(
            f"{life.path:<22} {demanded(life.path)[0]:<17} {life.failures[0] or 'read':<16} {life.health:<8}"
            f" {len(life.polls):>5} {life.requests:>8} {life.gap:>7.2f}" + "".join(f"  !! {what}" for what in wrong)
        )
    bad = [life.path for life, wrong in judged if wrong]
    polls, requests = sum(len(life.polls) for life, _ in judged), sum(life.requests for life, _ in judged)
    print(f"\n{len(judged)} paths, {polls} polls, {requests} requests in {given.hours:g} simulated hours")
    print(f"{len(bad)} wrong; canaries touched: {dict(touched) or 'none'}; {time.perf_counter() - began:.0f} s")
    return 1 if bad or touched else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
