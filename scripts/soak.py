"""A soak of the daemon against a hostile server: do handles, threads and memory stay flat?

    python scripts/soak.py --server ../shared/tools/hostile_server.py --minutes 20

Every path of the server is a source; the clock moves on by two days after each round, so that
everything is due again at once, without gaps and eight at a time. Each minute one line says
what the process holds. Exit code 1 when the last third holds more than the second by more
than a few per cent (memory) or at all (handles, threads, children).
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from urllib.request import urlopen

import yaml

from dermai_feed import app
from dermai_feed.daemon.keeper import Keeper

START = datetime(2027, 1, 4, tzinfo=UTC)
ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """What this process holds at a moment."""

    memory: int  # KiB, resident
    handles: int
    threads: int
    children: int

    @classmethod
    def now(cls) -> Held:
        """Read from /proc."""
        status = Path("/proc/self/status").read_text(encoding="ascii")
        (memory,) = re.findall(r"VmRSS:\s+(\d+)", status)
        (threads,) = re.findall(r"Threads:\s+(\d+)", status)
        tasks = Path("/proc/self/task").iterdir()
        children = sum(len((task / "children").read_text(encoding="ascii").split()) for task in tasks)
        handles = sum(1 for _ in Path("/proc/self/fd").iterdir())
        return cls(memory=int(memory), handles=handles, threads=int(threads), children=children)


def project(folder: Path, port: int, paths: list[str]) -> Path:
    """A project whose sources are `paths`; where its configuration is."""
    config = folder / "config"
    config.mkdir()
    for name in ("providers.yaml", "triage.yaml", "matching.yaml"):
        (config / name).symlink_to(ROOT / "config" / name)
    settings = {
        "version": 1,
        "fetch": {
            "contact": "https://corpus.example/contact", "allow_hosts": [f"127.0.0.1:{port}"], "gap": "0s",
            "per_host": 8, "total": 8, "deadline": "1s", "connect": "500ms", "idle": "500ms",
        },
        "parse": {"wall": "2s", "cpu": "2s"}, "backup": {"every": "90d"},
    }  # fmt: skip
    (config / "dermai-feed.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    blocks = [
        {"id": f"s{n}", "name": path, "kind": "rss", "url": f"http://127.0.0.1:{port}{path}"}
        for n, path in enumerate(paths)
    ]
    text = yaml.safe_dump({"version": 1, "sources": blocks}, allow_unicode=True)
    (config / "sources.yaml").write_text(text, encoding="utf-8")
    return config / "dermai-feed.yaml"


def main() -> int:
    """Soak, and say how it went."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--server", type=Path, required=True, help="hostile_server.py")
    options.add_argument("--minutes", type=float, default=20.0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="dermai-soak-") as name:
        folder = Path(name)
        port_file = folder / "port"
        server = subprocess.Popen([sys.executable, str(given.server), "--port", "0", "--port-file", str(port_file)])
        try:
            while not port_file.exists() or not port_file.read_text().strip():
                time.sleep(0.1)
            port = int(port_file.read_text())
            with urlopen(f"http://127.0.0.1:{port}/paths", timeout=10) as answer:
                listed = json.load(answer)
            paths = [one["path"] if isinstance(one, dict) else one for one in listed]
            return soak(project(folder, port, [p for p in paths if re.fullmatch(r"/[\w./?=&-]+", p)]), given.minutes)
        finally:
            server.terminate()
            server.wait(10)


def soak(config_path: Path, minutes: float) -> int:
    """Rounds for so long; the exit code."""
    config, now = app.load(config_path), START
    began, samples, rounds, requests = time.monotonic(), [], 0, 0
    print("minute  rounds  requests  memory KiB  handles  threads  children", flush=True)
    with app.assemble(config) as parts:
        keeper = Keeper(parts, lock=nullcontext)
        while (passed := time.monotonic() - began) < minutes * 60:
            tick = keeper.tick(now)
            now += timedelta(days=2)
            rounds += 1
            requests += sum(source.requests for source in tick.report.sources) if tick.report else 0
            if len(samples) <= passed // 60:
                samples.append(held := Held.now())
                print(
                    f"{passed / 60:6.1f}  {rounds:6}  {requests:8}  {held.memory:10}  {held.handles:7}  "
                    f"{held.threads:7}  {held.children:8}",
                    flush=True,
                )
    third = max(1, len(samples) // 3)
    middle, last = samples[third : 2 * third] or samples, samples[-third:]
    growth = {
        name: median(getattr(held, name) for held in last) - median(getattr(held, name) for held in middle)
        for name in ("memory", "handles", "threads", "children")
    }
    base = median(held.memory for held in middle)
    print(f"{rounds} rounds, {requests} requests in {(time.monotonic() - began) / 60:.1f} minutes")
    print("last third against the second: " + ", ".join(f"{name} {value:+g}" for name, value in growth.items()))
    flat = growth["memory"] <= 0.05 * base and growth["handles"] <= 3 and growth["threads"] <= 0
    print("flat" if flat and growth["children"] <= 0 else "NOT flat")
    return 0 if flat and growth["children"] <= 0 else 1


if __name__ == "__main__":
    sys.exit(main())
