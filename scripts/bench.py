"""What each step costs, per item, on this machine.

    python scripts/bench.py [FEED…]     feeds to read; without any, the demo's

Prints one line per step: items, milliseconds of processor time per item, items per second. Steps are timed one
after the other on one thread, so the figures add up to what one item costs from bytes to file.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from dermai_feed import app, matching, ranking
from dermai_feed.collectors import parse_here
from dermai_feed.demo import World
from dermai_feed.demo.render import render
from dermai_feed.model import Entry, Item, Source, SourceState, Telling
from dermai_feed.normalize import identity, normalize
from dermai_feed.publish import merge, story
from dermai_feed.shipped import shipped_config
from dermai_feed.store import open_store
from dermai_feed.triage import Triage

T = TypeVar("T")
NOW = datetime(2026, 11, 2, tzinfo=UTC)


def timed(name: str, work: Callable[[], T], count: Callable[[T], int]) -> T:
    """Run `work` once, print what it cost per item."""
    started = time.process_time()
    result = work()
    seconds = time.process_time() - started
    items = max(1, count(result))
    print(f"{name:<34} {items:>6} items  {1000 * seconds / items:>8.3f} ms each  {items / seconds:>9.0f} a second")
    return result


def entries_of(paths: Sequence[Path]) -> list[Entry]:
    """Every entry of the documents at `paths`, or of the demo's feeds."""
    bodies = [path.read_bytes() for path in paths] or [render(feed, NOW)[1] for feed in World().feeds]
    return [
        entry
        for n, body in enumerate(bodies)
        for entry in parse_here("rss", body, "", f"https://source{n}.example/feed", f"source{n}").entries
    ]


def main(paths: Sequence[Path]) -> None:
    """Time every step on the entries of `paths`."""
    config = app.load(shipped_config())
    source = Source(id="bench", kind="rss", name="Bench", url="https://bench.example/feed")
    entries = timed("parse (in this process)", lambda: entries_of(paths), len)

    def normalised() -> list[Item]:
        return [normalize(e, source=source, first_seen=NOW, first_poll=False, rules=config.providers) for e in entries]

    raw = timed("normalise", normalised, len)
    items = [a.item for a in timed("identity", lambda: identity.assign(raw, {}), len) if a.status == "new"]
    judge = Triage(config.triage)
    verdicts = timed("triage", lambda: [judge(item) for item in items], len)
    timed("block keys", lambda: [matching.keys(item, config.matching) for item in items], len)
    pairs = timed("candidates", lambda: matching.candidates(items, config.matching), lambda _: len(items))
    by_id = {item.id: item for item in items}
    edges = timed(
        "comparisons, per pair", lambda: [matching.compare(by_id[a], by_id[b], config.matching) for a, b in pairs], len
    )
    grouping = timed("grouping", lambda: matching.group(by_id, edges, weights=config.matching), lambda _: len(items))
    by_item = {verdict.item_id: verdict for verdict in verdicts}

    def written() -> list[str]:
        texts = []
        for told in grouping.stories:
            members = {id_: by_id[id_] for work in told.works for id_ in work.items}
            own = {id_: by_item[id_] for id_ in members}
            telling = Telling(story=told, items=members, verdicts=own, ranking=ranking.rank(told, members, own))
            texts.append(merge.create(story.render(telling, path="news/x.md")))
        return texts

    timed("rank and render, per story", written, len)
    with tempfile.TemporaryDirectory() as folder, open_store(f"sqlite:///{folder}/bench.sqlite") as store:
        timed(
            "store one poll (SQLite)",
            lambda: store.items.save_poll(SourceState(source_id="bench"), items, (), NOW),
            lambda saved: len(saved.new),
        )


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
