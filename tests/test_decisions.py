"""decisions: the log of what editors decided, on disk, and what it means."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed import decisions
from dermai_feed.codec import encode
from dermai_feed.errors import StoreError
from dermai_feed.model import Constraint, Decision

NOW = datetime(2026, 11, 21, 12, 0, 0, 123_000, tzinfo=UTC)


def zeros(count: int) -> bytes:
    """Randomness that is none."""
    return bytes(count)


def decide(path: Path, verb: str = "accept", *target: str, now: datetime = NOW, **more: Any) -> Decision:
    """Record a decision with everything else fixed."""
    return decisions.record(path, now=now, random=zeros, who="ed", verb=verb, target=target or ("s",), **more)


def said(number: int, verb: str, *target: str, **more: Any) -> Decision:
    """Decision number n, not on disk."""
    return Decision(id=f"01J{number:023}", at=NOW, who="ed", verb=verb, target=target, **more)


# --------------------------------------------------------------------------- ids


def test_an_id_is_a_ulid_of_its_moment() -> None:
    """48 bits of milliseconds and 80 random ones in Crockford's base 32: the specification's own example."""
    moment = datetime.fromtimestamp(1469918176.385, UTC)
    assert decisions.next_id(moment, zeros) == "01ARYZ6S41" + "0" * 16
    assert decisions.next_id(moment, lambda n: b"\xff" * n) == "01ARYZ6S41" + "Z" * 16


@settings(deadline=None, max_examples=100)
@given(
    steps=st.lists(st.tuples(st.integers(-5000, 5000), st.binary(min_size=10, max_size=10)), min_size=2, max_size=20)
)
def test_ids_grow_however_the_clock_goes(steps: list[tuple[int, bytes]]) -> None:
    """Forwards, standing still or backwards: each id is later than the one before."""
    latest, now = "", NOW
    for milliseconds, random in steps:
        now += timedelta(milliseconds=milliseconds)
        id_ = decisions.next_id(now, lambda _, random=random: random, latest)
        assert len(id_) == 26
        assert id_ > latest
        latest = id_


# --------------------------------------------------------------------------- the file


def test_a_decision_is_one_line_and_comes_back_equal(tmp_path: Path) -> None:
    """Every field, in UTF-8, as it was given."""
    path = tmp_path / "decisions.jsonl"
    made = decide(path, "rate", "s-1", value={"relevance": 6}, seen="hash", why="Größe zählt\nsehr")
    assert path.read_text(encoding="utf-8") == encode(made) + "\n"
    log = decisions.read(path)
    assert list(log) == [made]
    assert log.problems == ()
    assert (made.at, made.who, made.verb, made.target) == (NOW, "ed", "rate", ("s-1",))


def test_decisions_of_one_moment_keep_their_order(tmp_path: Path) -> None:
    """A clock that stands still, and one that was set back, change nothing in the order."""
    path = tmp_path / "decisions.jsonl"
    made = [
        decide(path, verb, now=NOW - timedelta(hours=back))
        for verb, back in (("accept", 0), ("publish", 0), ("hold", 1))
    ]
    assert list(decisions.read(path)) == made


def test_reading_sorts_and_drops_repeats(tmp_path: Path) -> None:
    """What git's union merge leaves, lines twice and in any order, is one history."""
    path = tmp_path / "decisions.jsonl"
    first, second, third = (said(number, "accept", "s") for number in (1, 2, 3))
    path.write_text("".join(encode(one) + "\n" for one in (third, first, third, second, first)), encoding="utf-8")
    log = decisions.read(path)
    assert log.decisions == (first, second, third)
    assert log.problems == ()


def test_two_lines_of_one_id_that_differ_are_a_problem(tmp_path: Path) -> None:
    """The first stands, the other is named: somebody changed a line by hand."""
    path = tmp_path / "decisions.jsonl"
    path.write_text(f"{encode(said(1, 'accept', 's'))}\n{encode(said(1, 'reject', 's'))}\n", encoding="utf-8")
    log = decisions.read(path)
    assert log.decisions == (said(1, "accept", "s"),)
    assert [problem.where for problem in log.problems] == [f"{path}:2"]
    assert said(1, "accept").id in log.problems[0].what


def test_a_bad_line_takes_no_good_one_with_it(tmp_path: Path) -> None:
    """Merge markers, unknown verbs and other bytes are named by line."""
    path = tmp_path / "decisions.jsonl"
    good = encode(said(1, "accept", "s"))
    unknown = good.replace('"accept"', '"explode"')
    path.write_bytes(f"<<<<<<< HEAD\n{good}\n=======\n{unknown}\n".encode() + b"\xff\n")
    log = decisions.read(path)
    assert log.decisions == (said(1, "accept", "s"),)
    assert [problem.where for problem in log.problems] == [f"{path}:{number}" for number in (1, 3, 4, 5)]


def test_a_torn_last_line_was_never_confirmed(tmp_path: Path) -> None:
    """It is a problem when read, and gone with the next decision."""
    path = tmp_path / "decisions.jsonl"
    first = decide(path)
    path.write_bytes(path.read_bytes() + encode(said(2, "reject", "s")).encode()[:40])
    log = decisions.read(path)
    assert log.decisions == (first,)
    assert "cut off" in log.problems[0].what
    second = decide(path, "hold")
    assert decisions.read(path) == decisions.Log(decisions=(first, second))


def test_a_bad_line_does_not_stop_the_next_decision(tmp_path: Path) -> None:
    """Ids go on from the latest readable one."""
    path = tmp_path / "decisions.jsonl"
    first = decide(path)
    path.write_text(path.read_text() + '[1]\nnot json\n{"id":5}\n{"id":"zzz"}\n')
    second = decide(path)
    assert second.id > first.id
    assert decisions.read(path).decisions == (first, second)


def test_no_log_is_an_empty_history(tmp_path: Path) -> None:
    """A new corpus has no decisions."""
    assert decisions.read(tmp_path / "decisions.jsonl") == decisions.Log()


def test_a_log_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Nothing was decided then."""
    with pytest.raises(StoreError, match=r"gone/decisions\.jsonl"):
        decide(tmp_path / "gone" / "decisions.jsonl")


CONFIRMED = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from dermai_feed import decisions
while True:
    made = decisions.record(Path(sys.argv[1]), now=datetime.now(UTC), random=os.urandom, who="ed", verb="accept",
                            target=("s",))
    print(made.id, flush=True)
"""


def test_e01_what_was_confirmed_is_on_disk_after_kill_9(tmp_path: Path) -> None:
    """X-03: killed in the middle of its work, a program has every decision in the log that it had said it took."""
    path = tmp_path / "decisions.jsonl"
    with subprocess.Popen([sys.executable, "-c", CONFIRMED, str(path)], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        confirmed = [worker.stdout.readline().strip() for _ in range(20)]
        os.kill(worker.pid, signal.SIGKILL)
        confirmed += worker.stdout.read().split()
    ids = {decision.id for decision in decisions.read(path)}
    assert set(confirmed) <= ids
    assert len(ids) - len(set(confirmed)) <= 1


def test_git_joins_branches_that_both_decided(tmp_path: Path) -> None:
    """With our attributes two branches that each add a decision merge without a conflict."""
    git = [
        "git",
        "-c",
        "user.name=ed",
        "-c",
        "user.email=ed@example.org",
        "-c",
        "init.defaultBranch=main",
        "-C",
        str(tmp_path),
    ]

    def run(*words: str) -> None:
        subprocess.run([*git, *words], check=True, capture_output=True)

    path = tmp_path / "decisions.jsonl"
    run("init")
    (tmp_path / ".gitattributes").write_text(decisions.GIT_ATTRIBUTES)
    first = decide(path)
    run("add", "-A")
    run("commit", "-m", "one")
    run("checkout", "-b", "other")
    second = decide(path, "hold", now=NOW + timedelta(minutes=1))
    run("commit", "-am", "two")
    run("checkout", "main")
    third = decide(path, "reject", now=NOW + timedelta(minutes=2))
    run("commit", "-am", "three")
    run("merge", "other", "-m", "both")
    assert decisions.read(path) == decisions.Log(decisions=(first, second, third))


# --------------------------------------------------------------------------- what is in force


def test_an_undo_takes_a_decision_back() -> None:
    """Neither the decision nor the undo is in force."""
    kept = said(2, "hold", "s")
    assert decisions.active([said(1, "accept", "s"), kept, said(3, "undo", said(1, "accept").id)]) == (kept,)


def test_an_undone_undo_brings_the_decision_back() -> None:
    """And a further undo takes it away again."""
    history = [said(1, "accept", "s")] + [said(n, "undo", said(n - 1, "undo").id) for n in (2, 3, 4)]
    assert decisions.active(history[:3]) == (history[0],)
    assert decisions.active(history) == ()


def test_one_undo_may_take_back_several(tmp_path: Path) -> None:
    """A mass change is one undoable decision."""
    history = [said(n, "accept", "s") for n in (1, 2, 3)]
    undo = said(4, "undo", history[0].id, history[2].id)
    assert decisions.active([*history, undo]) == (history[1],)


def test_an_undo_reaches_only_what_was_before_it() -> None:
    """An undo that names a later decision, or itself, does nothing."""
    later = said(2, "accept", "s")
    assert decisions.active([said(1, "undo", later.id), later, said(3, "undo", said(3, "undo").id)]) == (later,)


@settings(deadline=None, max_examples=100)
@given(undone=st.lists(st.integers(0, 9), max_size=9), seed=st.randoms())
def test_what_is_in_force_does_not_depend_on_the_order_of_the_lines(undone: list[int], seed: Any) -> None:
    """Shuffled lines mean the same; each decision counts as an even number of undos in force on it says."""
    history = [said(0, "accept", "s")]
    for number, back in enumerate(undone, 1):
        history.append(said(number, "undo", said(min(back, number - 1), "undo").id))
    expected: dict[str, bool] = {}
    for decision in reversed(history):
        expected[decision.id] = not any(
            expected[undo.id] for undo in history if undo.verb == "undo" and decision.id in undo.target
        )
    shuffled = list(history)
    seed.shuffle(shuffled)
    assert decisions.active(shuffled) == decisions.active(history)
    assert (decisions.active(history) == (history[0],)) is expected[history[0].id]


@pytest.mark.parametrize(
    ("target", "item"),
    [("abc", "abc"), ("20261121050000-abc", "abc"), ("w20261121050000-abc", "abc"), ("20261121050000-a-b", "a-b"),
     ("2026-abc", "2026-abc"), ("", "")],
)  # fmt: skip
def test_a_group_is_called_after_its_founding_item(target: str, item: str) -> None:
    """Decision 5: the id of a story or work tells the item; any other id is an item's own."""
    assert decisions.founding_item(target) == item


def test_constraints_are_sorted_pairs_of_items() -> None:
    """Whatever the order and kind of the ids, the pair is the same; other verbs say nothing about pairs."""
    history = [
        said(1, "same", "20261121050000-b", "a"),
        said(2, "different", "c", "w20261121050000-b", value={"level": "work"}),
        said(3, "related", "d", "c"),
        said(4, "publish", "a", "b"),
    ]
    assert decisions.constraints(history) == (
        Constraint(verb="same", a="a", b="b", decision=history[0].id, level="story"),
        Constraint(verb="different", a="b", b="c", decision=history[1].id, level="work"),
        Constraint(verb="related", a="c", b="d", decision=history[2].id),
    )


def test_of_two_words_about_a_pair_the_later_stands_until_it_is_undone() -> None:
    """Joined, then split: split. The split undone: joined."""
    history = [said(1, "same", "a", "b"), said(2, "different", "b", "a")]
    assert [word.verb for word in decisions.constraints(history)] == ["different"]
    assert [word.verb for word in decisions.constraints([*history, said(3, "undo", history[1].id)])] == ["same"]


@pytest.mark.parametrize(
    ("verb", "pairs"),
    [("same", {("a", "b"), ("a", "c")}), ("related", {("a", "b"), ("a", "c")}),
     ("different", {("a", "b"), ("a", "c"), ("b", "c")})],
)  # fmt: skip
def test_more_than_two_targets(verb: str, pairs: set[tuple[str, str]]) -> None:
    """Different keeps every pair apart; same and related tie each to the first."""
    found = decisions.constraints([said(1, verb, "a", "c", "b")])
    assert {(word.a, word.b) for word in found} == pairs


@pytest.mark.parametrize("verb", ["same", "different", "related"])
@pytest.mark.parametrize("targets", [(), ("a",), ("a", "a"), ("a", "20261121050000-a")])
def test_a_word_about_fewer_than_two_items_says_nothing(verb: str, targets: tuple[str, ...]) -> None:
    """Nothing is the same as, or different from, itself."""
    assert decisions.constraints([said(1, verb, *targets)]) == ()


def test_an_id_is_later_than_that_of_a_line_longer_than_the_tail(tmp_path: Path) -> None:
    """An import of fifty thousand records is one line; what is decided in the same moment comes after it."""
    path = tmp_path / "decisions.jsonl"
    long = tuple(f"i{n:012}" for n in range(2 * decisions.TAIL // 12))
    first = decisions.record(
        path, now=NOW, random=lambda count: b"\xfe" * count, who="a", verb="import", target=long
    )  # fmt: skip
    second = decisions.record(path, now=NOW, random=zeros, who="a", verb="undo", target=(first.id,))
    assert second.id > first.id
