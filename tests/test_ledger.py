"""ledger: everything ever seen, on disk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed import ledger
from dermai_feed.codec import encode
from dermai_feed.errors import StoreError
from dermai_feed.model import Item, LedgerLine, LedgerText, Problem, Provider, Verdict

NOVEMBER = datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC)


def line(number: int, decision: str = "accept", seen: datetime = NOVEMBER, **changes: Any) -> LedgerLine:
    """The line of item number n."""
    item = Item(
        id=f"i{number}", source_id="journal", key=f"k{number}", title=f"Melanoma {number} “é”", published=seen,
        first_seen=seen, provider=Provider(name="J", domain="j.example"), **changes,
    )  # fmt: skip
    return LedgerLine(item=item, verdict=Verdict(item_id=item.id, decision=decision, score=0.5))


def append(folder: Path, entries: list[LedgerLine]) -> None:
    """Append `entries` as the store hands them out."""
    texts = [(entry.item, encode(entry)) for entry in entries]
    ledger.append(
        folder, [LedgerText(item=i.id, first_seen=i.first_seen, text=text, sha256="") for i, text in texts]
    )  # fmt: skip


def test_lines_go_to_the_month_of_first_sight(tmp_path: Path) -> None:
    """The last second of November and the first of December are in two files, in order."""
    folder = tmp_path / "ledger"
    december = NOVEMBER + timedelta(seconds=1)
    entries = [line(1), line(2, seen=december), line(3)]
    append(folder, entries)
    assert sorted(path.name for path in folder.iterdir()) == ["2026-11.jsonl", "2026-12.jsonl"]
    assert (folder / "2026-11.jsonl").read_text(encoding="utf-8") == f"{encode(line(1))}\n{encode(line(3))}\n"
    assert list(ledger.read(folder)) == [line(1), line(3), line(2, seen=december)]


def test_a_changed_verdict_is_a_further_line(tmp_path: Path) -> None:
    """Nothing is overwritten, and the last line of an item is its present one."""
    for decision in ("accept", "reject", "accept"):
        append(tmp_path, [line(1, decision)])
    assert list(ledger.read(tmp_path)) == [line(1), line(1, "reject"), line(1)]


def test_promise_2_appending_again_what_is_there_changes_no_byte(tmp_path: Path) -> None:
    """A run that died between the ledger and its note in the database writes the same lines again."""
    entries = [line(number) for number in range(5)]
    append(tmp_path, entries)
    before = (tmp_path / "2026-11.jsonl").read_bytes()
    append(tmp_path, entries)
    assert (tmp_path / "2026-11.jsonl").read_bytes() == before


@settings(deadline=None, max_examples=100)
@given(data=st.data())
def test_promise_2_a_crash_at_any_byte_is_healed_by_the_next_run(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Cut anywhere within what was being added, the file ends with the bytes of an undisturbed run."""
    folder = tmp_path_factory.mktemp("ledger")
    path = folder / "2026-11.jsonl"
    append(folder, [line(0), line(1)])
    old = path.stat().st_size
    entries = [line(1, "reject"), line(2), line(3)]
    append(folder, entries)
    whole = path.read_bytes()
    path.write_bytes(whole[: data.draw(st.integers(old, len(whole)))])
    append(folder, entries)
    assert path.read_bytes() == whole


def test_a_crash_of_an_earlier_batch_is_healed_by_a_larger_one(tmp_path: Path) -> None:
    """The next run may have more to write: what is there is not written twice."""
    append(tmp_path, [line(1), line(3)])
    append(tmp_path, [line(1), line(2), line(3)])
    assert [entry.item.id for entry in ledger.read(tmp_path) if isinstance(entry, LedgerLine)] == ["i1", "i3", "i2"]


def test_a_line_that_cannot_be_read_is_named_and_takes_no_other_with_it(tmp_path: Path) -> None:
    """Not JSON, JSON of another kind, and a torn end: three problems with file and line, all else is read."""
    path = tmp_path / "2026-11.jsonl"
    good = encode(line(1))
    path.write_text(f"{good}\n<<<<<<< HEAD\n[1]\n{encode(line(2))}\n{good[:50]}", encoding="utf-8")
    found = list(ledger.read(tmp_path))
    assert [entry for entry in found if isinstance(entry, LedgerLine)] == [line(1), line(2)]
    problems = [entry for entry in found if isinstance(entry, Problem)]
    assert [problem.where for problem in problems] == [f"{path}:{number}" for number in (2, 3, 5)]
    assert "cut off" in problems[-1].what
    append(tmp_path, [line(3)])
    assert len([entry for entry in ledger.read(tmp_path) if isinstance(entry, Problem)]) == 2


def test_other_files_in_the_folder_are_not_the_ledger(tmp_path: Path) -> None:
    """Notes, copies and temporaries beside the months are left alone."""
    for name in ("README.md", "2026-11.jsonl.orig", "26-11.jsonl", ".2026-11.jsonl.swp"):
        (tmp_path / name).write_text("nothing of ours")
    assert list(ledger.read(tmp_path)) == []
    assert list(ledger.read(tmp_path / "missing")) == []


def test_an_item_without_a_verdict_comes_back_without_one(tmp_path: Path) -> None:
    """Such a line may come from an import; it is read like the others."""
    entry = LedgerLine(item=line(1).item, verdict=None)
    append(tmp_path, [entry])
    assert list(ledger.read(tmp_path)) == [entry]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    """The corpus itself must be there (W-09)."""
    with pytest.raises(StoreError, match="corpus/ledger"):
        append(tmp_path / "corpus" / "ledger", [line(1)])
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_write_makes_no_file(tmp_path: Path) -> None:
    """Promise 1: a run without news leaves the ledger alone."""
    append(tmp_path, [])
    assert list(tmp_path.iterdir()) == []
