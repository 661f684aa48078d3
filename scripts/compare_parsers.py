"""Check our reading of captured documents, and compare it with other parsers' (issue "From bytes to items").

    python scripts/compare_parsers.py [FOLDER]     a folder with INDEX.jsonl [../shared/data/feeds]

Other parsers are compared with where they are installed; nothing else needs them:

    python -m pip install fastfeedparser atoma podcastparser

What is printed, and asked for (the exit code is 1 when a bar is missed):

1. every document of INDEX.jsonl is read as what its content says it is; not read are answers in
   which a server says no, which are listed with its words;
2. over the feeds: entries, titles, links and dates are at least 99.5 % of the best of all parsers
   in total, and in no document are there fewer entries than feedparser finds;
3. values of ours that stand against the majority of the others, each with its explanation;
4. every document of nasty/MANIFEST.jsonl gives the entries that it expects, quickly;
5. what reading costs.
"""

from __future__ import annotations

import io
import json
import logging
import re
import sys
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import feedparser

from dermai_feed.cli import documents
from dermai_feed.collectors import parse_here
from dermai_feed.collectors.guess import guess
from dermai_feed.errors import ParseFailed
from dermai_feed.fetch.failures import Refusal
from dermai_feed.normalize import dates, text, urls

FIELDS = ("title", "link", "date")
BAR = 0.995  # of the best of all parsers
MAJORITY = 2  # parsers that must agree: one alone may guess, as podcastparser does of dates
SLOW = 5.0  # seconds of processor time for a hostile document
URL = "https://feed.example/dir/feed"
Reading = list[dict[str, str]]

# --------------------------------------------------------------------------- parsers


def ours(body: bytes) -> Reading:
    """Our entries."""
    try:
        parsed = parse_here("rss", body, "", URL, "x")
    except ParseFailed:
        return []
    return [
        {
            "title": e.title,
            "link": e.link or (e.enclosures[0].url if e.enclosures else ""),
            "date": e.published or e.updated or "",
        }
        for e in parsed.entries
    ]


def by_feedparser(body: bytes) -> Reading:
    """feedparser's entries."""
    found = feedparser.parse(io.BytesIO(body), response_headers={"content-location": URL})
    return [
        {"title": e.get("title", ""), "link": e.get("link", ""), "date": e.get("published") or e.get("updated") or ""}
        for e in found.entries
    ]


def by_fastfeedparser(body: bytes) -> Reading:
    """fastfeedparser's entries."""
    import fastfeedparser

    found = fastfeedparser.parse(body)
    return [
        {
            "title": e.get("title") or "",
            "link": e.get("link") or "",
            "date": e.get("published") or e.get("updated") or "",
        }
        for e in found.entries
    ]


def by_atoma(body: bytes) -> Reading:
    """atoma's entries, which reads RSS, Atom and JSON Feed by three functions."""
    import atoma

    if body.lstrip()[:1] == b"{":
        found: list[Any] = atoma.parse_json_feed_bytes(body).items
        return [{"title": e.title or "", "link": e.url or "", "date": str(e.date_published or "")} for e in found]
    if b"<feed" in body[:4000]:
        found = atoma.parse_atom_bytes(body).entries
        return [
            {
                "title": e.title.value,
                "link": next((li.href for li in e.links if li.rel in (None, "alternate")), ""),
                "date": str(e.published or e.updated or ""),
            }
            for e in found
        ]
    return [
        {"title": e.title or "", "link": e.link or "", "date": str(e.pub_date or "")}
        for e in atoma.parse_rss_bytes(body).items
    ]


def by_podcastparser(body: bytes) -> Reading:
    """podcastparser's entries: those with an enclosure."""
    import podcastparser

    found = podcastparser.parse(URL, io.BytesIO(body))["episodes"]
    return [
        {
            "title": e.get("title", ""),
            "link": e.get("link", ""),
            "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(e["published"])) if e.get("published") else "",
        }
        for e in found
    ]


def parsers() -> dict[str, Callable[[bytes], Reading]]:
    """Those that are here, ours first."""
    found: dict[str, Callable[[bytes], Reading]] = {"ours": ours, "feedparser": by_feedparser}
    others = {"fastfeedparser": by_fastfeedparser, "atoma": by_atoma, "podcastparser": by_podcastparser}
    for name, parse in others.items():
        try:
            __import__(name)
        except ImportError:
            continue
        found[name] = _or_nothing(parse)
    return found


def _or_nothing(parse: Callable[[bytes], Reading]) -> Callable[[bytes], Reading]:
    def read(body: bytes) -> Reading:
        try:
            return parse(body)
        except Exception:  # whatever it raises is "no entries" here
            return []

    return read


# --------------------------------------------------------------------------- comparing


def same(name: str, value: str) -> str:
    """`value` in a form in which spelling does not count."""
    if name == "title":
        return re.sub(r"\W+", "", text.to_text(value)).casefold()
    if name == "link":
        return urls.key(value) or value
    parsed = dates.parse(value)
    return f"{parsed[0]:%Y-%m-%dT%H:%M}" if parsed else value


def explanation(name: str, mine: str, majority: str, body: bytes) -> str:
    """Why ours is right where it stands against the majority; "" when nobody knows."""
    if name == "link" and b"feedburner:origlink" in body.lower() and re.search(r"feedproxy|feedburner", majority):
        return "the publisher's own address (feedburner:origLink); the others give the proxy's"
    if name == "date" and not dates.parse(mine) and mine:
        return "the words of the source, which are no known date; the others guess"
    if name == "title" and same(name, mine).startswith(same(name, majority)):
        return "the whole title; the others cut it at an entity or a tag"
    return ""


@dataclass
class Findings:
    """What the comparison found."""

    totals: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    seconds: Counter[str] = field(default_factory=Counter)
    best: Counter[str] = field(default_factory=Counter)
    fewer: list[str] = field(default_factory=list)
    below_feedparser: list[str] = field(default_factory=list)
    against: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    bytes: int = 0


def rows(file: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    for line in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def compare(folder: Path) -> Findings:
    """Read every document that feedparser, too, takes for a feed by every parser."""
    found, names = Findings(), parsers()
    for row in rows(folder / "INDEX.jsonl"):
        if row.get("records_api") is not None or guess((folder / row["file"]).read_bytes()) not in ("rss", "arxiv"):
            continue
        body = (folder / row["file"]).read_bytes()
        found.bytes += len(body)
        read: dict[str, Reading] = {}
        for who, parse in names.items():
            started = time.process_time()
            read[who] = parse(body)
            found.seconds[who] += time.process_time() - started
        _count(found, row["file"], read)
        _compare_values(found, row["file"], body, read)
    return found


def _count(found: Findings, file: str, read: dict[str, Reading]) -> None:
    counts = {
        who: Counter(entries=len(entries), **{f: sum(bool(e[f]) for e in entries) for f in FIELDS})
        for who, entries in read.items()
    }
    for who, count in counts.items():
        found.totals[who] += count
    for key in ("entries", *FIELDS):
        most = max(count[key] for count in counts.values())
        found.best[key] += most
        if counts["ours"][key] < most:
            who = ", ".join(who for who, count in counts.items() if count[key] == most)
            found.fewer.append(f"{file}: {key} {counts['ours'][key]}, {who} {most}")
    if counts["ours"]["entries"] < counts["feedparser"]["entries"]:
        found.below_feedparser.append(file)


def _compare_values(found: Findings, file: str, body: bytes, read: dict[str, Reading]) -> None:
    others = [who for who in read if who != "ours" and len(read[who]) == len(read["ours"])]
    for n, mine in enumerate(read["ours"]):
        for name in FIELDS:
            votes = Counter(value for who in others if (value := same(name, read[who][n][name])))
            if not votes:
                continue
            majority, count = votes.most_common(1)[0]
            if count >= MAJORITY and count * 2 > votes.total() and same(name, mine[name]) != majority:
                why = explanation(name, mine[name], majority, body) or "not explained"
                found.against[why].append(f"{file} entry {n} {name}: {mine[name]!r}, the majority {majority!r}")


# --------------------------------------------------------------------------- every document


def read_all(folder: Path) -> tuple[Counter[str], list[str], list[str]]:
    """What became of the documents of INDEX.jsonl: counts, refusals with their words, and answers without texts."""
    counts, refused, nothing = Counter[str](), [], []
    for row in rows(folder / "INDEX.jsonl"):
        body = (folder / row["file"]).read_bytes()
        kind = guess(body, row["file"])
        try:
            parsed = parse_here(kind, body, "", URL, "x")
        except ParseFailed as failed:
            (nothing if failed.failure == "no_records" else refused).append(f"{row['file']} as {kind}: {failed}")
            continue
        counts["documents"] += 1
        counts["entries"] += len(parsed.entries)
        counts["without entries"] += not parsed.entries
        counts["problems"] += len(parsed.problems)
    return counts, refused, nothing


def check_nasty(folder: Path) -> tuple[int, list[str]]:
    """How many hostile documents do as MANIFEST.jsonl expects, and those that do not."""
    good, wrong = 0, []
    for row in rows(folder / "nasty" / "MANIFEST.jsonl"):
        http = row["http"] or {}
        started = time.process_time()
        try:
            body = documents.unpacked((folder / row["file"]).read_bytes())
            parsed = parse_here(guess(body), body, http.get("content_type", ""), http.get("url", URL), "x")
            got: int | None = len(parsed.entries) + parsed.dropped
        except (ParseFailed, Refusal):
            got = None
        seconds = time.process_time() - started
        # Of two documents in one file the first is promised ("at least the first").
        expected = row["expect_entries"]
        enough = expected is None or (got or 0) == expected or ("at least" in row["expect"] and (got or 0) >= expected)
        if enough and seconds < SLOW:
            good += 1
        else:
            wrong.append(f"{row['file']}: {got} entries in {seconds:.1f} s; expected {expected}: {row['expect']}")
    return good, wrong


def main(folder: Path) -> int:
    """Print everything; 1 when a bar is missed."""
    warnings.simplefilter("ignore")
    logging.disable()  # the others complain of dates
    counts, refused, nothing = read_all(folder)
    print("every document: " + ", ".join(f"{count} {name}" for name, count in counts.items()))
    print(f"{len(nothing)} were understood and list no texts:", *nothing, sep="\n  ")
    print(f"{len(refused)} in which a server says no:", *refused, sep="\n  ")

    found = compare(folder)
    print("\nfeeds, by parser:")
    for who, count in found.totals.items():
        speed = found.seconds[who] / max(count["entries"], 1) * 1e6
        cells = "".join(f"  {key} {count[key]:>5}" for key in ("entries", *FIELDS))
        print(f"  {who:<15}{cells}  {found.seconds[who]:6.2f} s  {speed:6.0f} µs an entry")
    shares = {key: found.totals["ours"][key] / max(found.best[key], 1) for key in ("entries", *FIELDS)}
    print("  our share of the best of all: " + ", ".join(f"{key} {share:.4f}" for key, share in shares.items()))
    print(f"{len(found.below_feedparser)} documents in which feedparser finds more entries", *found.below_feedparser)
    print(f"{len(found.fewer)} counts in which any parser has more:", *found.fewer, sep="\n  ")
    print("\nvalues that stand against the majority of the others:")
    for why, cases in sorted(found.against.items()):
        print(f"  {len(cases)}: {why}", *cases[:3] if why != "not explained" else cases, sep="\n    ")

    good, wrong = check_nasty(folder)
    print(f"\nhostile documents: {good} as expected, {len(wrong)} otherwise", *wrong, sep="\n  ")
    missed = [
        *(f"{key} {share:.4f}" for key, share in shares.items() if share < BAR),
        *found.below_feedparser,
        *found.against.get("not explained", ()),
        *wrong,
    ]
    print("\nbars missed:" if missed else "\nno bar is missed", *missed, sep="\n  ")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path("../shared/data/feeds")))
