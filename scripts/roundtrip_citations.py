"""Write citation records in every format and read them back: which fields come back changed.

    python scripts/roundtrip_citations.py FILE…     .jsonl of ../shared/data/matching, or any file that is imported

For every format: records out, records in, each field with the number of records whose value is
another one. Then the works that the records make, before and after: a pair that is one work only
after the conversion is a false merge. Of a labelled set (`gold_cluster`) the works themselves are
scored too, before any conversion, and each false merge is shown. Exit code 1 when anything was lost
or merged.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

from dermai_feed import app
from dermai_feed.export import EXPORTERS, Record
from dermai_feed.imports import Document, itemize, read
from dermai_feed.imports.citation import Record as Citation
from dermai_feed.imports.citation import date
from dermai_feed.matching import match_items
from dermai_feed.model import Entry, Item, Problem, Publication, Source
from dermai_feed.rules import MatchWeights, ProviderRules
from dermai_feed.shipped import shipped_config

NOW = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE = Source(id="import", kind="import", name="import", url="")
SUFFIXES = {"bibtex": "bib", "csl-json": "json"}
_TYPES = {"inproceedings": "conference paper", "book": "book", "incollection": "book chapter", "phdthesis": "thesis"}


def citation(row: Mapping[str, str]) -> Citation:
    """The record that a row of the labelled sets is."""
    return Citation(
        title=row.get("title") or "", authors=(row.get("authors") or "").split(" and "),
        journal=row.get("journal") or "", volume=row.get("volume") or "", issue=row.get("number") or "",
        pages=row.get("pages") or "", date=date(row.get("publishedDateTime") or ""),
        abstract=row.get("excerpt") or "", doi=row.get("doi") or "", serials=[row.get("isbn") or ""],
        addresses=[row.get("url") or ""], types=[_TYPES.get(row.get("entrytype") or "", "")],
    )  # fmt: skip


def items_of(entries: Iterable[Entry], rules: ProviderRules) -> list[Item]:
    """`entries` as an import makes items of them."""
    return [itemize.item(entry, kind="ris", source=SOURCE, now=NOW, rules=rules) for entry in entries]


def records(path: Path) -> list[Entry]:
    """The records of `path`: rows of a labelled set, or whatever an importer finds in the file."""
    if path.suffix == ".jsonl":
        rows = map(json.loads, path.read_text(encoding="utf-8").split("\n")[:-1])
        made = (citation(row).entry(source_id="import", where=row["id"]) for row in rows)
        return [entry for entry in made if entry is not None]
    found = read(Document(name=path.name, body=path.read_bytes()))
    return [one for one in found if isinstance(one, Entry)]


def there_and_back(items: Sequence[Item], form: str, rules: ProviderRules) -> list[Item]:
    """`items` exported as `form` and imported again. Raises: ValueError for a record that cannot be read."""
    text = "".join(EXPORTERS[form](Record(item=item) for item in items))
    found = list(read(Document(name=f"out.{SUFFIXES.get(form, form)}", body=text.encode())))
    if problems := [one for one in found if isinstance(one, Problem)]:
        raise ValueError(f"{form}: {problems[0].where}: {problems[0].what}")
    return items_of((one for one in found if isinstance(one, Entry)), rules)


def fields(item: Item) -> dict[str, object]:
    """What a citation says, field by field, in comparable form."""
    held = item.publication or Publication()
    return {
        "title": item.title, "authors": item.authors, "journal": held.journal, "volume": held.volume,
        "issue": held.issue, "pages": held.pages, "issn": held.issn, "types": frozenset(held.types),
        "publisher": held.publisher, "accession": held.accession, "abstract": held.abstract or item.excerpt,
        "date": (item.published, item.precision) if item.basis != "first_seen" else None,
        "identifiers": frozenset(item.identifiers), "keywords": item.tags, "language": item.language,
        "type": item.type, "url": item.url,
    }  # fmt: skip


def lost(before: Sequence[Item], after: Sequence[Item]) -> Counter[str]:
    """Field -> records in which it is another one afterwards."""
    counted: Counter[str] = Counter()
    if len(before) != len(after):
        counted["records"] = len(before) - len(after)
    for old, new in zip(before, after, strict=False):
        was, now = fields(old), fields(new)
        counted.update(name for name, value in was.items() if now[name] != value)
    return counted


def pairs(items: Sequence[Item], weights: MatchWeights) -> frozenset[tuple[int, int]]:
    """The records (by their places) that are one work."""
    named = {item.id: number for number, item in enumerate(items)}
    grouping, _ = match_items({item.id: item for item in items}.values(), weights, "citations")
    return frozenset(
        pair
        for story in grouping.stories
        for work in story.works
        for pair in combinations(sorted(named[id_] for id_ in work.items), 2)
    )


def clusters(path: Path) -> dict[str, str]:
    """Record -> the work that it is by its label; nothing for what has no labels."""
    if path.suffix != ".jsonl":
        return {}
    rows = map(json.loads, path.read_text(encoding="utf-8").split("\n")[:-1])
    return {row["id"]: str(row["gold_cluster"]) for row in rows if "gold_cluster" in row}


def score(path: Path, items: Sequence[Item], merged: frozenset[tuple[int, int]]) -> int:
    """Print how the works agree with the labels; returns the number of pairs that are one work and should not be."""
    gold = clusters(path)
    if not gold:
        return 0
    false = sorted((a, b) for a, b in merged if gold[items[a].origin] != gold[items[b].origin])
    sizes = Counter(gold[item.origin] for item in items)
    pairs_ = sum(size * (size - 1) // 2 for size in sizes.values())
    print(
        f"{path.name}: {len(merged) - len(false)} of {pairs_} pairs that are one work found, {len(false)} false merges"
    )
    for a, b in false:
        print(f"  {items[a].origin} {items[a].title!r} with {items[b].origin} {items[b].title!r}")
    return len(false)


def main(paths: Sequence[str]) -> int:
    """Print the figures of every file and format."""
    config = app.load(shipped_config())
    worst = 0
    for path in map(Path, paths):
        items = items_of(records(path), config.providers)
        unique = list({item.id: item for item in items}.values())
        before = pairs(unique, config.matching)
        worst |= bool(score(path, unique, before))
        for form in EXPORTERS:
            after = there_and_back(unique, form, config.providers)
            changed = lost(unique, after)
            merged = pairs(after, config.matching) - before if len(after) == len(unique) else frozenset()
            words = ", ".join(f"{name} {count}" for name, count in changed.most_common()) or "nothing lost"
            print(f"{path.name} {form}: {len(unique)} out, {len(after)} in: {words}; {len(merged)} false merges")
            worst |= bool(changed or merged)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
