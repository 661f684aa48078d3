"""Bug report: what somebody who mends the program needs to know, and nothing that the corpus says (O-06).

Versions, the configuration without secrets and addresses of people, the counts of the last
runs, the size of every table. No title, no text, no words of a server.
"""

from __future__ import annotations

import platform
import pyexpat
import re
import sys
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata

from .. import __version__
from ..config import show
from ..model import Report
from ..store import SCHEMA, SQLITE
from .parts import Parts

RUNS = 3
# What follows the path of an address may be a key; the left side of a mail address is a person.
_QUERY = re.compile(r"(https?://[^\s?#,\]}]*)[?#][^\s,\]}]*")
_PERSON = re.compile(r"[^\s@<>\[\],:\"']+@(?=[\w-]+\.)")


def bug_report(parts: Parts, *, now: datetime) -> dict[str, object]:
    """The report at `now` (UTC), as plain data."""
    return {
        "at": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "versions": versions(),
        "configuration": redacted(show(parts.config)).splitlines(),
        "database": {
            "kind": parts.config.database.partition(":")[0], "schema": SCHEMA, "bytes": parts.store.size(),
            "rows": parts.store.rows(),
        },
        "runs": [_counts(run.id, run.report) for run in parts.store.runs.last_runs(RUNS)],
    }  # fmt: skip


def redacted(text: str) -> str:
    """`text` without queries of addresses and without the names in mail addresses."""
    return _PERSON.sub("***@", _QUERY.sub(r"\1?***", text))


def versions() -> Mapping[str, str]:
    """This program, what it runs on, and every package beside it."""
    packages = {found.metadata["Name"]: found.version for found in metadata.distributions()}
    return {
        "dermai-feed": __version__, "python": sys.version.split()[0], "system": platform.platform(),
        "sqlite": SQLITE, "expat": pyexpat.EXPAT_VERSION,
        **{name: packages[name] for name in sorted(packages, key=str.lower)},
    }  # fmt: skip


def _counts(run: str, report: Report | None) -> dict[str, object]:
    if report is None:
        return {"run": run, "ended": False}
    names = ("outcome", "fetched", "new", "updated", "unchanged", "rejected", "failure", "requests", "seconds")
    return {
        "run": run, "ended": True, "exit_code": report.exit_code, "accepted": report.accepted, "held": report.held,
        "works": report.works, "stories": report.stories, "written": len(report.written),
        "problems": len(report.problems),
        "sources": {
            source.source_id: {name: _plain(getattr(source, name)) for name in names} for source in report.sources
        },
    }  # fmt: skip


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else value
