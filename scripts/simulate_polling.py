"""A year of polling in seconds: our schedule against a fixed hourly poll, Miniflux's and Media Cloud's formulas.

    python scripts/simulate_polling.py [--feeds FOLDER] [--half reporting|tuning] [--sources 200] [--days 365] [--curve]

Rhythms are replayed, not invented: the entry times of the captured feeds below FOLDER (with an
INDEX.jsonl; default $DERMAI_SHARED/data/feeds). A feed shows some days or years; a year is made
of it by drawing whole weeks (days, where it shows less than four weeks) with replacement, each
moved by a random offset of Silverman's bandwidth for the feed's own times of day, so that ten
entries do not become ten clock strikes. The feed's own length, ttl and skip hints are kept. Feeds
with fewer than five dated entries, or less than an hour between first and last, are left out. The
constants of schedule.rhythm were chosen on the half called `tuning`.

What is assumed and not measured: which sources fail and how (WEATHER), that every server sends
validators, and that an entry is in the feed at the moment of its date.

Formulas: Miniflux v2 internal/model/feed.go ScheduleNextCheck, entry_frequency with its defaults
(5 min to 24 h, a tick every 60 min, no further polls after 3 errors); Media Cloud rss-fetcher
fetcher/tasks.py _check_auto_adjust and update_feed with the defaults of fetcher/config.py.
"""

from __future__ import annotations

import argparse
import bisect
import hashlib
import json
import math
import os
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from dermai_feed import schedule
from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.model import Collected, Entry, Source, SourceState
from dermai_feed.normalize import dates
from dermai_feed.schedule import DAY, HOUR, Policy

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday; hours and weekdays count from here
FEEDS = frozenset({"rss2", "atom", "rss1_rdf", "rss0x", "podcast_rss", "jsonfeed", "youtube_atom"})
MINUTE = 60.0

# --------------------------------------------------------------------------- rhythms


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """What a captured feed shows of its rhythm: times in seconds since the epoch, sorted."""

    name: str
    times: tuple[float, ...]
    shown: int  # entries that the document holds
    floor: float = 0.0  # seconds, of ttl or sy:update*
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[str, ...] = ()


def captured(folder: Path) -> list[Feed]:
    """The feeds below `folder` that show a rhythm."""
    found = []
    for line in (folder / "INDEX.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row["format"] not in FEEDS or "captured" not in row["realness"]:
            continue
        try:
            parsed = parse_here("rss", (folder / row["file"]).read_bytes(), "", "https://x.example/", "x")
        except ParseFailed:
            continue
        moments = (dates.parse(entry.published or "") or dates.parse(entry.updated or "") for entry in parsed.entries)
        times = sorted(moment[0].timestamp() for moment in moments if moment)
        if len(times) >= 5 and times[-1] - times[0] > HOUR:
            found.append(
                Feed(
                    name=row["file"], times=tuple(times), shown=len(parsed.entries), floor=parsed.floor,
                    skip_hours=parsed.skip_hours, skip_days=parsed.skip_days,
                )
            )  # fmt: skip
    return found


def half(feed: Feed) -> str:
    """Which half a feed is in: by a hash of its name, so that nobody chose it."""
    return ("tuning", "reporting")[hashlib.sha256(feed.name.encode()).digest()[0] % 2]


def replayed(feed: Feed, days: int, seed: int) -> list[float]:
    """The times of `days` days in the rhythm of `feed`, in seconds from START."""
    rng = random.Random(f"{feed.name}/{seed}")
    block = 7 * DAY if feed.times[-1] - feed.times[0] >= 28 * DAY else DAY
    monday = START.timestamp() % (7 * DAY)  # blocks of a week begin where START's do
    first = math.floor((feed.times[0] - monday) / block) * block + monday
    blocks: list[list[float]] = [[] for _ in range(math.ceil((feed.times[-1] - first + 1) / block))]
    for moment in feed.times:
        blocks[int((moment - first) // block)].append((moment - first) % block)
    if len(blocks) >= 4:
        blocks = blocks[1:]  # the oldest is cut off where the document ends
    spread = _bandwidth(feed.times)
    times = []
    for n in range(math.ceil(days * DAY / block)):
        offset = rng.gauss(0, spread)
        times += [n * block + moment + offset for moment in rng.choice(blocks)]
    return sorted(moment for moment in times if 0 <= moment < days * DAY)


def _bandwidth(times: Sequence[float]) -> float:
    """Silverman's rule of thumb, in seconds, for times of day: a circle, cut at its widest gap; 15 minutes at least."""
    day = sorted(moment % DAY for moment in times)
    gaps = [((day[(i + 1) % len(day)] - at) % DAY, i) for i, at in enumerate(day)]
    start = day[(max(gaps)[1] + 1) % len(day)]
    line = sorted((at - start) % DAY for at in day)
    quarter = (line[3 * len(line) // 4] - line[len(line) // 4]) / 1.34
    return max(15 * MINUTE, 0.9 * min(statistics.pstdev(line), quarter) * len(line) ** -0.2)


# --------------------------------------------------------------------------- failures


@dataclass(frozen=True, kw_only=True, slots=True)
class Failure:
    """What a source answers instead of its feed."""

    failure: str
    status: int | None
    retry_after: float | None = None


Weather = Callable[[float], Failure | None]
"""Seconds from START -> the failure at that moment."""

DOWN, LOST, GONE = (
    Failure(failure="http_5xx", status=503), Failure(failure="not_found", status=404),
    Failure(failure="gone", status=410),
)  # fmt: skip
SLOW, LIMIT = Failure(failure="timeout", status=None), Failure(failure="rate_limited", status=429, retry_after=2 * HOUR)
# kind, share of the sources
WEATHER = (("fine", 0.60), ("blips", 0.20), ("outages", 0.10), ("limits", 0.04), ("dies", 0.04), ("gone", 0.02))


def weather(number: int, days: int) -> tuple[str, Weather]:
    """How source `number` fails, the same under every formula."""
    rng = random.Random(f"weather/{number}")
    share, kind = (number * 0.6180339887) % 1, WEATHER[-1][0]  # spread evenly over the sources
    for name, part in WEATHER:
        if share < part:
            kind = name
            break
        share -= part
    down = sorted((rng.uniform(0, days * DAY), rng.uniform(1, 10) * DAY) for _ in range(3))
    end = rng.uniform(0.2, 0.8) * days * DAY

    def at(moment: float) -> Failure | None:
        hour = random.Random(f"{number}/{moment // HOUR}").random() if kind in ("blips", "limits") else 1.0
        match kind:
            case "blips":
                return SLOW if hour < 0.03 else None
            case "limits":
                return LIMIT if hour < 0.02 else None
            case "outages":
                return DOWN if any(start <= moment < start + length for start, length in down) else None
            case "dies" | "gone":
                return (LOST if kind == "dies" else GONE) if moment >= end else None
        return None

    return kind, at


# --------------------------------------------------------------------------- formulas


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What one poll brought."""

    now: float  # seconds from START
    new: Sequence[float]  # publication times of what was not known yet
    shown: int
    failed: Failure | None


Next = Callable[[Answer], float | None]
"""After a poll: when the next is (seconds from START); None is never."""


def hourly(_feed: Feed, _number: int) -> Next:
    """Every hour, come what may."""
    return lambda answer: answer.now + HOUR


def ours(feed: Feed, number: int, policy: Policy = Policy()) -> Next:  # noqa: B008 - frozen
    """What the program does: schedule.after, with the interval of an hour that is its default."""
    source = Source(id=f"s{number}", kind="rss", name="", url=f"https://h{number}.example/feed")
    state = SourceState(source_id=source.id)
    entry = Entry(source_id=source.id)

    def following(answer: Answer) -> float:
        nonlocal state
        now = START + timedelta(seconds=answer.now)
        if answer.failed:
            got = Collected(
                source_id=source.id, failure=answer.failed.failure, status=answer.failed.status,
                retry_after=answer.failed.retry_after,
            )  # fmt: skip
        else:
            same = not answer.new and state.etag is not None
            got = Collected(
                source_id=source.id, entries=() if same else (entry,), not_modified=same, status=304 if same else 200,
                headers={"etag": '"v"'}, floor=feed.floor, skip_hours=feed.skip_hours, skip_days=feed.skip_days,
            )  # fmt: skip
        arrivals = [START + timedelta(seconds=moment) for moment in answer.new]
        state = schedule.after(source, state, got, now, policy, arrivals=arrivals)
        assert state.next_check is not None
        return (state.next_check - START).total_seconds()

    return following


def miniflux(feed: Feed, _number: int) -> Next:
    """A week divided by the entries dated within the last one, 5 minutes to a day; hints; gives up after 3 errors."""
    dated: list[float] = []
    errors = 0

    def following(answer: Answer) -> float | None:
        nonlocal errors
        errors = errors + 1 if answer.failed else 0
        if errors >= 3:
            return None
        dated.extend(answer.new)
        count = len(dated) - bisect.bisect_left(dated, answer.now - 7 * DAY)
        wait = min(max(round(7 * DAY / count / MINUTE), 5), 1440) * MINUTE if count else DAY
        wait = min(max(wait, feed.floor), DAY)
        if answer.failed and answer.failed.status == 429:
            wait = max(wait, min(answer.failed.retry_after or 0.0, DAY))
        return math.ceil((answer.now + wait) / HOUR) * HOUR  # the scheduler looks every 60 minutes

    return following


def media_cloud(feed: Feed, number: int) -> Next:
    """Six hours, ten minutes or an hour more where over 67 % were known, an hour less below 33 %; failures linear."""
    advertised = min(max(feed.floor / MINUTE, 360.0), 1440.0) if feed.floor else 360.0
    period = advertised
    failures = 0.0
    last_success: float | None = None
    last_new = 0.0
    rng = random.Random(f"media-cloud/{number}")

    def following(answer: Answer) -> float:
        nonlocal period, failures, last_success, last_new
        if answer.failed:
            failures += 1.0 if answer.failed is GONE else 0.5
            wait = period * failures if failures >= 1 else period
            wait = min(wait, 30 * 1440.0 if failures > 30 else 1440.0)
            if answer.failed.status == 429:
                wait = max(wait, min((answer.failed.retry_after or 0.0) / MINUTE, 1440.0)) + rng.random() * 60
            return answer.now + wait * MINUTE
        failures = 0.0
        if last_success is not None:
            late = (answer.now - last_success) / MINUTE - period
            known = 100.0 * (answer.shown - len(answer.new)) / answer.shown if answer.shown else 102.0
            if known >= 67 and late >= -20:
                small = answer.now - last_new <= 31 * DAY or known < 100
                period = min(period + (10 if small else 60), 1440.0)
            elif known < 33 and late <= 20:
                least = max(advertised if feed.floor else 0.0, 10.0)
                period = max(360.0 if period > 360 else period - 60, least)
        last_success = answer.now
        last_new = answer.now if answer.new else last_new
        return answer.now + period * MINUTE

    return following


FORMULAS: dict[str, Callable[[Feed, int], Next]] = {
    "hourly": hourly, "Miniflux": miniflux, "Media Cloud": media_cloud, "ours": ours,
}  # fmt: skip

# --------------------------------------------------------------------------- the year


@dataclass(kw_only=True, slots=True)
class Score:
    """What polling some sources cost and brought."""

    requests: int = 0
    published: int = 0
    caught: int = 0
    delays: list[float] = field(default_factory=list)  # seconds, of every item caught
    medians: list[float] = field(default_factory=list)  # of each source that had any
    shortest: float = math.inf  # gap between two requests, seconds
    longest: float = 0.0

    def add(self, other: Score) -> None:
        """Take in the score of another source."""
        self.requests += other.requests
        self.published += other.published
        self.caught += other.caught
        self.delays += other.delays
        self.medians += other.medians
        self.shortest, self.longest = min(self.shortest, other.shortest), max(self.longest, other.longest)


def polled(feed: Feed, number: int, days: int, formula: Callable[[Feed, int], Next]) -> Score:
    """One source polled for `days` days."""
    times, (_, failing) = replayed(feed, days, number), weather(number, days)
    following, score = formula(feed, number), Score(published=len(times))
    now: float | None = random.Random(f"start/{number}").uniform(0, HOUR)
    known, before = 0, -math.inf
    while now is not None and now < days * DAY:
        score.requests += 1
        if before >= 0:
            score.shortest, score.longest = min(score.shortest, now - before), max(score.longest, now - before)
        before = now
        failed, fresh = failing(now), []
        if failed is None:
            there = bisect.bisect_right(times, now)
            fresh = times[max(known, there - feed.shown) : there]  # older ones have left the feed
            known = there
            score.delays += [now - moment for moment in fresh]
        now = following(Answer(now=now, new=fresh, shown=feed.shown, failed=failed))
    score.caught = len(score.delays)
    score.medians = [statistics.median(score.delays)] if score.delays else []
    return score


def simulate(
    feeds: Sequence[Feed], formula: Callable[[Feed, int], Next], *, sources: int, days: int,
    spread: Callable[..., Iterable[Score]] = map,
) -> Score:  # fmt: skip
    """`sources` sources in the rhythms of `feeds`, in turn, polled for `days` days; `spread` is `map` or a pool's."""
    chosen = [feeds[n % len(feeds)] for n in range(sources)]
    total = Score()
    for score in spread(partial(polled, days=days, formula=formula), chosen, range(sources)):
        total.add(score)
    return total


def line(name: str, score: Score, base: Score) -> str:
    """One line of the table, compared with `base`."""
    saved = 100 - 100 * score.requests / base.requests
    median, plain = statistics.median(score.delays) / MINUTE, statistics.median(base.delays) / MINUTE
    typical, usual = statistics.median(score.medians) / MINUTE, statistics.median(base.medians) / MINUTE
    ninth = statistics.quantiles(score.delays, n=10)[-1] / HOUR
    caught = 100 * score.caught / score.published
    return (
        f"{name:<16} {score.requests:>9,} {saved:>7.1f} % {score.caught:>8,} {caught:>6.2f} %"
        f" {median:>7.0f} {median - plain:>+6.0f} {typical:>8.0f} {typical - usual:>+6.0f} {ninth:>7.1f}"
        f" {score.shortest / MINUTE:>7.0f} {score.longest / DAY:>7.1f}"
    )


HEAD = (
    f"{'':<16} {'requests':>9} {'fewer':>9} {'caught':>8} {'':>8} {'median':>7} {'':>6} {'source':>8} {'':>6}"
    f" {'90 %':>7} {'least':>7} {'most':>7}\n{'':<16} {'':>9} {'':>9} {'items':>8} {'':>8} {'min':>7} {'':>6}"
    f" {'median':>8} {'':>6} {'hours':>7} {'gap min':>7} {'gap d':>7}"
)


def main(arguments: Sequence[str]) -> int:
    """Print the comparison and, with --curve, requests against delay; 1 when the aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--feeds", type=Path, default=Path(os.environ.get("DERMAI_SHARED", "../shared")) / "data/feeds")
    parser.add_argument("--half", choices=("reporting", "tuning"), default="reporting")
    parser.add_argument("--sources", type=int, default=200)
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("--curve", action="store_true", help="requests against delay for a range of schedule.worth")
    given = parser.parse_args(arguments)
    began = time.perf_counter()
    feeds = [feed for feed in captured(given.feeds) if half(feed) == given.half]
    kinds = [weather(n, given.days)[0] for n in range(given.sources)]
    print(f"{given.sources} sources in the rhythms of {len(feeds)} feeds ({given.half} half), {given.days} days; "
          + ", ".join(f"{kinds.count(kind)} {kind}" for kind, _ in WEATHER))  # fmt: skip
    print(HEAD)
    with ProcessPoolExecutor() as pool:
        run = partial(simulate, feeds, sources=given.sources, days=given.days, spread=partial(pool.map, chunksize=5))
        scores = {name: run(formula) for name, formula in FORMULAS.items()}
        base = scores["hourly"]
        for name, score in scores.items():
            print(line(name, score, base))
        if given.curve:
            print("\nrequests against delay, by schedule.worth (seconds that one item may be expected to wait)")
            for worth in (0, 15, 30, 60, 90, 180, 360, 900, 1800, 3600, 7200):
                print(line(f"worth {worth} s", run(partial(ours, policy=replace(Policy(), worth=float(worth)))), base))
    print(f"\n{time.perf_counter() - began:.0f} s")
    return 0 if met(scores["ours"], base) else 1


def met(score: Score, base: Score) -> bool:
    """The aim: 60 % fewer requests than hourly, the median at most half an hour later, no gap under the interval."""
    later = statistics.median(score.delays) - statistics.median(base.delays)
    return score.requests <= 0.4 * base.requests and later <= 30 * MINUTE and score.shortest >= HOUR


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
