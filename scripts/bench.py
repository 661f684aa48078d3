"""What each step costs, per item, on this machine.

    python scripts/bench.py [FEED…]         feeds to read; without any, the demo's
    python scripts/bench.py --growth 10000  so many invented news, matched by the thousand
    python scripts/bench.py --site 10000    a site of so many stories, written twice

Prints one line per step: items, milliseconds of processor time per item, items per second. Steps are timed one
after the other on one thread, so the figures add up to what one item costs from bytes to file. With `--growth`
one line per thousand newcomers: what matching them with all that are stored costs, which must not rise with the
store (adding an item costs by its candidates).
"""

from __future__ import annotations

import random
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import accumulate
from operator import attrgetter
from pathlib import Path
from typing import TypeVar

from dermai_feed import app, matching, ranking
from dermai_feed.collectors import parse_here
from dermai_feed.demo import World
from dermai_feed.demo.render import render
from dermai_feed.model import (
    Entry,
    Item,
    Provider,
    Ranking,
    Score,
    Source,
    SourceState,
    Story,
    Telling,
    Verdict,
    Work,
)
from dermai_feed.normalize import identity, normalize
from dermai_feed.pipeline.match import match
from dermai_feed.publish import merge, select, story
from dermai_feed.publish.picking import pick
from dermai_feed.publish.site import SiteStory, build, write
from dermai_feed.publish.site.folder import SiteReport
from dermai_feed.publish.site.pages import ordered
from dermai_feed.publish.templating import BUILT_IN
from dermai_feed.shipped import shipped_config
from dermai_feed.store import open_store
from dermai_feed.triage import Triage

T = TypeVar("T")
NOW = datetime(2026, 11, 2, tzinfo=UTC)
CONDITIONS = ("melanoma", "psoriasis", "acne", "eczema", "vitiligo")


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


def invented(count: int, seed: int = 5) -> list[Item]:
    """`count` news of five a day's events, each told one to four times, in words as frequent as those of a language."""
    draw = random.Random(seed)
    syllables = [c + v for c in "bcdfghklmnprstvz" for v in ("a", "e", "i", "o", "u", "ar", "en", "is")]
    words = ["".join(draw.choices(syllables, k=draw.randint(2, 4))) for _ in range(30_000)]
    common = list(accumulate(1 / (rank + 3) for rank in range(len(words))))  # Zipf's law
    items: list[Item] = []
    while len(items) < count:
        at = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=4.8 * len(items))
        title = draw.choices(words, cum_weights=common, k=8)
        text = draw.choices(words, cum_weights=common, k=60)
        for telling in range(draw.randint(1, 4)):
            told = title if telling == 1 else draw.sample(title, 6) + draw.choices(words, cum_weights=common, k=3)
            body = text if telling == 1 else draw.sample(text, 40) + draw.choices(words, cum_weights=common, k=20)
            site = f"site{draw.randint(0, 400)}.example"
            items.append(
                Item(
                    id=f"i{len(items):07}", source_id="bench", key=f"k{len(items)}", title=" ".join(told).capitalize(),
                    excerpt=" ".join(body).capitalize() + ".", url=f"https://{site}/{len(items)}", published=at,
                    first_seen=at, provider=Provider(name=site, domain=site, family=site),
                )
            )  # fmt: skip
    return items[:count]


def growth(count: int) -> None:
    """Time matching by the thousand while a store grows to `count` news."""
    config = app.load(shipped_config())
    items = invented(count)
    config = replace(config, matching=matching.reweigh(config.matching, items))  # what is rare among these words
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(config, database=f"sqlite:///{folder}/d.sqlite", corpus=Path(folder), state=Path(folder))
        with app.assemble(settings, threads=0) as parts:
            for start in range(0, count, 1_000):
                portion = items[start : start + 1_000]
                parts.store.items.save_poll(SourceState(source_id="bench"), portion, (), NOW)
                parts.store.items.save_verdicts(
                    [Verdict(item_id=item.id, decision="accept", score=1.0) for item in portion], NOW
                )
                report = timed(f"match after {start:,}", partial(match, parts, now=NOW), attrgetter("matched"))
                print(f"{'':<34} {report.pairs / len(portion):>6.1f} pairs each")


def pages(count: int) -> None:
    """Time a site of `count` stories: rendered and written, then rendered again with nothing to write."""
    stories = []
    for item in invented(count):
        work = Work(id=f"w{item.id}", canonical=item.id, items=(item.id,))
        score = Score(total=50, terms=())
        verdict = Verdict(item_id=item.id, decision="accept", score=1.0, conditions=(CONDITIONS[len(stories) % 5],))
        telling = Telling(
            story=Story(id=f"{item.first_seen:%Y%m%d%H%M%S}-{item.id}", lead=work.id, works=(work,)),
            items={item.id: item}, verdicts={item.id: verdict},
            ranking=Ranking(quality=score, heat=score, trust=score),
        )  # fmt: skip
        stories.append(
            SiteStory(pick=pick(telling), week=select.week_of(item.published, "UTC").name, at=item.published)
        )
    told = ordered(stories)

    def made(folder: Path) -> SiteReport:
        return write(folder, dict(build(told, (), BUILT_IN, name="Bench", home="https://bench.example/")).items())

    with tempfile.TemporaryDirectory() as folder:
        for round_ in ("first", "second"):
            report = timed(f"site, {round_} time", partial(made, Path(folder)), lambda _: count)
            print(f"{'':<34} {report.written} written, {report.unchanged} unchanged")
    print(f"{'most memory':<34} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--site"]:
        pages(int(sys.argv[2]))
    elif sys.argv[1:2] == ["--growth"]:
        growth(int(sys.argv[2]))
    else:
        main([Path(word) for word in sys.argv[1:]])
