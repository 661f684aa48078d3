"""Replay dated items week by week, as if each had been polled when it was published, and keep every digest.

    python scripts/replay_weeks.py ../shared/data/corpus/items.jsonl --first 2019-W48 --weeks 8 --out replay

Each line of the file is an item with `title`, `excerpt`, `publishedDateTime` and `webUrl`; all
of them are served as one feed on loopback and asked for on the Sunday evening of each week.
Weeks with few items are kept as they are. For reading digests as an editor does; nothing is measured.
"""

from __future__ import annotations

import argparse
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from xml.sax.saxutils import escape

import yaml

from dermai_feed import app, pipeline
from dermai_feed.publish import select
from dermai_feed.shipped import init

LATE = timedelta(hours=6)  # before the week's end: when the feed is asked


def items(path: Path) -> list[tuple[datetime, str]]:
    """When each item was published, and the item as an entry of a feed; oldest first."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        if not told.get("publishedDateTime") or not told.get("title"):
            continue
        at = datetime.fromisoformat(told["publishedDateTime"])
        at = at if at.tzinfo else at.replace(tzinfo=UTC)
        url = told.get("webUrl") or told.get("url") or ""
        found.append(
            (
                at.astimezone(UTC),
                f"<item><guid isPermaLink='false'>{escape(str(told.get('id') or url))}</guid>"
                f"<title>{escape(told['title'])}</title><link>{escape(url)}</link>"
                f"<pubDate>{format_datetime(at.astimezone(UTC))}</pubDate>"
                f"<description>{escape(told.get('excerpt') or told.get('abstract') or '')}</description></item>",
            )
        )
    return sorted(found)


@contextmanager
def serving(entries: list[tuple[datetime, str]], clock: list[datetime]) -> Iterator[str]:
    """A feed of what was published in the two weeks up to `clock[-1]`; its address."""

    class Feed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            now = clock[-1]
            said = "".join(entry for at, entry in entries if now - timedelta(days=14) < at <= now)
            body = f'<rss version="2.0"><channel><title>Replay</title>{said}</channel></rss>'.encode()
            self.send_response(200 if self.path == "/feed" else 404)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def project(folder: Path, place: str) -> Path:
    """A project with the shipped rules whose only source is the feed at `place`; its configuration."""
    init(folder)
    config = folder / "config"
    settings = {"version": 1, "fetch": {"contact": "https://replay.example/", "allow_hosts": [place], "gap": "0s"}}
    source = {"id": "replay", "name": "Replay", "kind": "rss", "url": f"http://{place}/feed"}
    (config / "dermai-feed.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    (config / "sources.yaml").write_text(yaml.safe_dump({"version": 1, "sources": [source]}), encoding="utf-8")
    return config / "dermai-feed.yaml"


def main() -> None:
    """Replay and say what each week brought."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--first", required=True, metavar="2019-W48", help="the first week")
    parser.add_argument("--weeks", type=int, default=8, help="how many weeks")
    parser.add_argument("--out", type=Path, default=Path("replay"), help="an empty folder for the project")
    told = parser.parse_args()
    week = select.week_named(told.first, "UTC")
    # The first poll of a source is its archive: it is asked once before the first week.
    clock = [week.since - LATE]
    entries = [(at, entry) for at, entry in items(told.file) if at >= week.since]
    with serving(entries, clock) as place:
        config = app.load(project(told.out, place), {})
        with app.locked(config), app.assemble(config) as parts:
            pipeline.run(parts, now=clock[-1])
            for _ in range(told.weeks):
                week = select.week_named(week.name, "UTC")
                clock.append(week.until - LATE)
                report = pipeline.run(parts, now=clock[-1])
                new = sum(source.new for source in report.sources)
                print(f"{week.name}  {new:>3} new items, {report.stories:>4} stories in all")
                week = select.week_of(week.until + timedelta(hours=1), "UTC")
    print(f"digests: {told.out / 'corpus' / 'digests'}")


if __name__ == "__main__":
    main()
