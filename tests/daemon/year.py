"""A simulated year of the daemon, in a process of its own: prints what happened as one JSON object.

Clock and transport are fakes; store, corpus, parsing and matching are real. The loop looks at
the moments that the plan names, and every hour in between there is nothing to do (a property
of the plan has its own test).
"""

from __future__ import annotations

import json
import sys
from collections import Counter, defaultdict
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml

from dermai_feed import app
from dermai_feed.collectors import parse_here
from dermai_feed.daemon.keeper import Keeper
from dermai_feed.daemon.plan import Close
from dermai_feed.model import Request, Response
from dermai_feed.pipeline.parts import Parts
from dermai_feed.store import open_store

START = datetime(2027, 9, 1, 6, 0, tzinfo=UTC)
END = START + timedelta(days=366)  # a leap year: 29 February 2028 lies in it
HOURS = {"daily": 24, "slow": 72, "weekly": 168}
SET_BACK = datetime(2027, 12, 8, 12, tzinfo=UTC)  # then the clock shows the day before
SET_FORWARD = datetime(2028, 5, 10, 12, tzinfo=UTC)  # then it shows a week later
CRASHES = [datetime(2027, 10, 4, 4, tzinfo=UTC), datetime(2028, 1, 15, tzinfo=UTC), datetime(2028, 7, 3, 4, tzinfo=UTC)]
RELOADS = [datetime(2027, 11, 2, tzinfo=UTC), datetime(2028, 6, 1, tzinfo=UTC)]


class Killed(BaseException):
    """kill -9, as far as one process can play it."""


class World:
    """The fake outside: a clock, and a server that counts who asks when."""

    def __init__(self) -> None:
        self.now = START
        self.true = START  # what the clock would show had nobody touched it
        self.asked: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.kill_next = False

    def fetch(self, request: Request) -> Response:
        name = request.url.rsplit("/", 1)[1]
        if self.kill_next:
            self.kill_next = False
            raise Killed
        self.asked[name].append((self.now, self.true))
        # One source has news, each week in other words; the others never change.
        week = f"{self.true:%G-W%V}" if name == "weekly" else "always"
        words = " ".join(sha256(f"{name} {week} {n}".encode()).hexdigest()[:9] for n in range(9))
        date = f"{self.now:%a, %d %b %Y %H:%M:%S} GMT"
        title = f"{words} deep learning in dermatology"
        body = (
            '<?xml version="1.0"?><rss version="2.0"><channel><title>t</title><link>https://a.example/</link>'
            f"<description>d</description><item><title>{title}</title><link>https://{name}.example/{week}</link>"
            f"<guid>{name}-{week}</guid><pubDate>{date}</pubDate><description>{title}</description></item>"
            "</channel></rss>"
        )
        headers = {"etag": f'"{week}"', "content-type": "application/rss+xml"}
        if request.etag == f'"{week}"':
            return Response(url=request.url, status=304, headers=headers, body=b"")
        return Response(url=request.url, status=200, headers=headers, body=body.encode())


def project(folder: Path, shipped: Path) -> Path:
    """A project of three sources in `folder`; where its configuration is.

    Its vocabulary is a small one: reading the shipped one anew for each item would be most of the year.
    """
    config = folder / "config" / "dermai-feed.yaml"
    config.parent.mkdir(parents=True)
    for name in ("providers.yaml", "matching.yaml"):
        (config.parent / name).symlink_to(shipped / name)
    words = yaml.safe_load((shipped / "triage.yaml").read_text(encoding="utf-8"))
    for name, few in (("conditions", 1), ("dermatology", 1), ("ai", 1), ("themes", 1), ("topics", 1)):
        words[name] = words[name][:few]
    words |= {"borderline": [], "against": [], "evidence": {}}
    blocks = [
        {"id": name, "name": name, "kind": "rss", "url": f"https://{name}.example/{name}", "interval": f"{hours}h"}
        for name, hours in HOURS.items()
    ]
    settings = {
        "version": 1, "digest": {"zone": "Europe/Helsinki", "cron": "30 3 * * 1"}, "schedule": {"worth": "0s"},
        "backup": {"every": "30d", "keep": 3}, "retention": {"runs": "30d"}, "daemon": {"preview": "7d"},
        "fetch": {"contact": "https://corpus.example/contact"},
    }  # fmt: skip
    files = {"dermai-feed": settings, "triage": words, "sources": {"version": 1, "sources": blocks}}
    for name, value in files.items():
        text = yaml.safe_dump(value, allow_unicode=True)
        (config.parent / f"{name}.yaml").write_text(text, encoding="utf-8")
    return config


def memory_peak() -> int:
    """KiB of resident memory at its highest since the last call; 0 where the kernel does not tell."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except (OSError, StopIteration):
        return 0
    return peak


def main(config_path: Path, end: datetime = END) -> dict[str, Any]:
    """Live until `end`."""
    world = World()
    config = app.load(config_path)
    closed: list[tuple[str, bool, str]] = []
    log: Counter[str] = Counter()
    peaks: list[int] = []
    pending = {"crash": list(CRASHES), "reload": list(RELOADS)}
    moved: set[str] = set()
    month = world.now.month

    @contextmanager
    def alive(config: Any) -> Any:
        config.state.mkdir(exist_ok=True)
        config.corpus.mkdir(exist_ok=True)
        with open_store(config.database) as store:
            parts = Parts(
                config=config, store=store, fetch=world.fetch, parse=parse_here, corpus=config.corpus, map=map
            )
            yield Keeper(parts, lock=nullcontext)

    def life() -> str:
        """Ticks until something ends this process: its crash, a reload, the end of the year."""
        nonlocal month
        with alive(config) as keeper:
            while world.true < end:
                if pending["crash"] and world.now >= pending["crash"][0]:
                    pending["crash"].pop(0)
                    world.kill_next = True
                if pending["reload"] and world.now >= pending["reload"][0]:
                    pending["reload"].pop(0)
                    return "reload"
                tick = keeper.tick(world.now)
                log["ticks"] += 1
                for step in tick.done:
                    log[type(step).__name__] += 1
                    if isinstance(step, Close):
                        closed.append((step.week.name, step.draft, f"{world.now:%Y-%m-%dT%H:%M}"))
                if world.now.month != month:
                    month = world.now.month
                    peaks.append(memory_peak())
                wake = max(tick.plan.wake, world.now + timedelta(minutes=1))
                world.true += wake - world.now
                world.now = wake
                if world.now >= SET_BACK and "back" not in moved:
                    moved.add("back")
                    world.now -= timedelta(days=1)
                if world.now >= SET_FORWARD and "forward" not in moved:
                    moved.add("forward")
                    world.now += timedelta(weeks=1)
        return "end"

    while True:
        try:
            ended = life()
        except Killed:
            log["crashes"] += 1
            world.now += timedelta(minutes=2)
            world.true += timedelta(minutes=2)
            continue
        if ended == "end":
            break
        log["reloads"] += 1
        config = replace(app.load(config_path), warnings=())
    return {
        "closed": closed, "log": log, "peaks": peaks,
        # Hours between two polls: by the clock as it was set, and as they truly passed.
        "gaps": {
            name: [
                [round((b - a).total_seconds() / 3600, 2) for a, b in zip(before, after, strict=True)]
                for before, after in pairwise(times)
            ]
            for name, times in world.asked.items()
        },
        "last": {name: (world.true - times[-1][1]).total_seconds() / 3600 for name, times in world.asked.items()},
    }  # fmt: skip


if __name__ == "__main__":
    place, shipped = Path(sys.argv[1]), Path(sys.argv[2])
    # Three weeks elsewhere first: what is read and compiled once is no growth of a year.
    main(project(place / "before", shipped), START + timedelta(days=22))
    memory_peak()
    print(json.dumps(main(project(place / "year", shipped))))
