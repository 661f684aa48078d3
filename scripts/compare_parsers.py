"""Compare our reading of feeds with feedparser's, and fastfeedparser's where it is installed.

    python scripts/compare_parsers.py FOLDER     a folder with INDEX.jsonl, such as ../shared/data/feeds

For each document of a feed format: entries, and how many have a title, a link, a date. Prints
the totals, our share of the best of all parsers, every document in which another parser finds
more, and the values in which ours stands against all others that found one.
"""

from __future__ import annotations

import io
import json
import re
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import feedparser

from dermai_feed.collectors import parse_here
from dermai_feed.errors import ParseFailed
from dermai_feed.normalize import dates, text, urls

FIELDS = ("title", "link", "date")
Reading = list[dict[str, str]]


def ours(body: bytes) -> Reading:
    """Our entries."""
    try:
        parsed = parse_here("rss", body, "", "https://feed.example/feed", "x")
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
    found = feedparser.parse(io.BytesIO(body), response_headers={"content-location": "https://feed.example/feed"})
    return [
        {"title": e.get("title", ""), "link": e.get("link", ""), "date": e.get("published") or e.get("updated") or ""}
        for e in found.entries
    ]


def by_fastfeedparser(body: bytes) -> Reading:
    """fastfeedparser's entries."""
    import fastfeedparser

    try:
        found = fastfeedparser.parse(body)
    except Exception:  # whatever it raises is "no entries" here
        return []
    return [
        {
            "title": e.get("title") or "",
            "link": e.get("link") or "",
            "date": e.get("published") or e.get("updated") or "",
        }
        for e in found.entries
    ]


def parsers() -> dict[str, Callable[[bytes], Reading]]:
    """Those that are here."""
    found = {"ours": ours, "feedparser": by_feedparser}
    try:
        import fastfeedparser  # noqa: F401
    except ImportError:
        return found
    return found | {"fastfeedparser": by_fastfeedparser}


def same(field: str, value: str) -> str:
    """`value` in a form in which spelling does not count."""
    if field == "title":
        return re.sub(r"\W+", "", text.to_text(value)).casefold()
    if field == "link":
        return urls.key(value) or value
    parsed = dates.parse(value)
    return f"{parsed[0]:%Y-%m-%dT%H:%M}" if parsed else value


def documents(folder: Path) -> Iterable[tuple[str, bytes]]:
    """Every document of INDEX.jsonl that feedparser, too, takes for a feed."""
    for line in (folder / "INDEX.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("records_api") is None:
            yield row["file"], (folder / row["file"]).read_bytes()


def main(folder: Path) -> None:
    """Read everything by every parser and print the comparison."""
    warnings.simplefilter("ignore")
    totals: defaultdict[str, Counter[str]] = defaultdict(Counter)
    best: Counter[str] = Counter()
    fewer, alone = [], []
    names = parsers()
    for name, body in documents(folder):
        read = {who: parse(body) for who, parse in names.items()}
        counts = {
            who: Counter(entries=len(found), **{f: sum(bool(e[f]) for e in found) for f in FIELDS})
            for who, found in read.items()
        }
        for who, count in counts.items():
            totals[who] += count
        for key in ("entries", *FIELDS):
            most = max(count[key] for count in counts.values())
            best[key] += most
            if counts["ours"][key] < most:
                fewer.append(f"{name}: {key} {counts['ours'][key]} of {most}")
        if len({len(found) for found in read.values()}) == 1:
            for n, mine in enumerate(read["ours"]):
                for field in FIELDS:
                    others = {same(field, read[who][n][field]) for who in read if who != "ours"} - {""}
                    if len(others) == 1 and same(field, mine[field]) not in others:
                        alone.append(f"{name} entry {n} {field}: {mine[field]!r}, the others {others}")
    for who, count in totals.items():
        print(f"{who:<15}" + "".join(f"  {key} {count[key]}" for key in ("entries", *FIELDS)))
    print(
        "our share of the best:"
        + "".join(f"  {key} {totals['ours'][key] / best[key]:.4f}" for key in ("entries", *FIELDS))
    )
    print(f"\n{len(fewer)} documents in which another parser finds more:", *fewer, sep="\n  ")
    print(f"\n{len(alone)} values in which ours stands against all others:", *alone[:60], sep="\n  ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
