"""store.leases and store.duties: several workers on one database, and what the daemon did last."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dermai_feed.model import SourceState
from dermai_feed.store import Alert, Duty, Store, open_store

HOSTS = {"a": "one.example", "b": "one.example", "c": "two.example", "d": "three.example"}


@pytest.fixture
def take(store: Store, start: datetime) -> Any:
    """Takes for a worker what is due at the start."""

    def taking(holder: str, most: int = 9, *, hosts: Any = None, seconds: float = 60.0) -> tuple[str, ...]:
        return store.leases.take(
            HOSTS if hosts is None else hosts,
            lambda state: state.next_check is None or state.next_check <= start,
            lambda _: start + timedelta(hours=1),
            holder=holder, seconds=seconds, most=most, now=start,
        )  # fmt: skip

    return taking


def test_f21_no_two_workers_have_a_source_or_a_host_in_hand(store: Store, take: Any) -> None:
    """The second gets what is left, and nothing of a host where the first is at work."""
    assert take("first", most=1) == ("a",)
    assert take("second") == ("c", "d")
    assert take("third") == ()
    assert store.leases.holders() == {"first": 1, "second": 2}
    assert take("first") == ("b",)  # its own host: its own pace keeps the gap


def test_f17_a_lease_is_a_claim_written_before_the_request(store: Store, take: Any, start: datetime) -> None:
    """Due again after the interval, also when the worker dies; counted as a crash until then (X-24)."""
    take("first", most=1)
    state = store.sources.states()["a"]
    assert (state.next_check, state.last_try, state.crashes) == (start + timedelta(hours=1), start, 1)


def test_what_a_dead_worker_had_is_free_when_its_time_is_over(store: Store, take: Any) -> None:
    """The host at once for others; the source itself in its next slot, so that it is not asked twice in one."""
    assert take("dead", most=1, seconds=0.0) == ("a",)
    assert store.leases.holders() == {}
    assert take("next") == ("b", "c", "d")


def test_a_lease_that_is_renewed_outlasts_its_first_end(store: Store, take: Any) -> None:
    """A long poll keeps its source and its host."""
    take("slow", most=1, seconds=0.0)
    store.leases.renew("slow", 60.0)
    assert take("next") == ("c", "d")


def test_f21_after_a_turn_the_gap_of_a_host_runs_for_every_worker(store: Store, take: Any) -> None:
    """Also for the one whose turn it was."""
    take("first", most=1)
    store.leases.leave(["one.example"], "first", gap=60.0)
    assert take("second", hosts={"b": "one.example"}) == ()
    assert take("first", hosts={"b": "one.example"}) == ()
    store.leases.leave(["one.example"], "first", gap=0.0)  # not its turn any more: changes nothing
    assert take("first", hosts={"b": "one.example"}) == ()


def test_a_turn_without_a_gap_is_over_at_once(take: Any, store: Store) -> None:
    """What is measured by the gap alone."""
    take("first", most=1)
    store.leases.leave(["one.example"], "first", gap=0.0)
    assert take("second", hosts={"b": "one.example"}) == ("b",)


def test_a_poll_that_is_stored_gives_its_source_back(store: Store, take: Any, start: datetime) -> None:
    """With the due time of its new state."""
    take("first", most=1)
    later = start + timedelta(hours=2)
    store.items.save_poll(SourceState(source_id="a", next_check=later), (), (), start)
    assert store.leases.holders() == {}
    assert store.sources.states()["a"].next_check == later


def test_a_folder_needs_no_turn_at_a_host(take: Any) -> None:
    """Two folders may be read at once."""
    assert take("first", hosts={"x": "", "y": ""}, most=1) == ("x",)
    assert take("second", hosts={"x": "", "y": ""}) == ("y",)


def test_workers_that_take_at_the_same_moment_share_without_overlap(url: str, start: datetime) -> None:
    """Four at once on sixty sources of sixty hosts: each source in exactly one hand."""
    hosts = {f"s{n:02}": f"h{n:02}.example" for n in range(60)}
    open_store(url).close()

    def work(name: str) -> list[str]:
        mine: list[str] = []
        with open_store(url) as store:
            for _ in range(40):
                mine += store.leases.take(
                    hosts, lambda state: state.next_check is None, lambda _: start, holder=name, seconds=60.0, most=3,
                    now=start,
                )  # fmt: skip
        return mine

    with ThreadPoolExecutor(4) as pool:
        found = [id_ for mine in pool.map(work, ["w1", "w2", "w3", "w4"]) for id_ in mine]
    assert sorted(found) == sorted(hosts)


def test_a_poll_that_was_cancelled_is_due_again_and_no_crash(store: Store, start: datetime) -> None:
    """R-08: what a signal interrupts is nobody's fault."""
    store.sources.begin_poll("journal", start + timedelta(hours=1), start)
    store.sources.give_back(["journal"])
    state = store.sources.states()["journal"]
    assert (state.next_check, state.crashes) == (None, 0)


def test_a_duty_is_remembered_with_its_last_time(url: str, start: datetime) -> None:
    """A later one replaces it."""
    with open_store(url) as store:
        store.duties.done("backup", start)
        store.duties.done("digest", start, "2026-W46")
        store.duties.done("backup", start + timedelta(days=1), "a.sqlite")
    with open_store(url) as store:
        assert store.duties.last() == {
            "backup": Duty(at=start + timedelta(days=1), note="a.sqlite"), "digest": Duty(at=start, note="2026-W46"),
        }  # fmt: skip


def test_the_alerts_that_stand_are_replaced_as_a_whole(store: Store, start: datetime) -> None:
    """One that is not named any more is over."""
    first = {"source a": Alert(what="broken", since=start), "disk": Alert(what="full", since=start)}
    store.duties.set_alerts(first)
    assert store.duties.alerts() == first
    store.duties.set_alerts({"disk": first["disk"]})
    assert store.duties.alerts() == {"disk": first["disk"]}


def test_due_times_of_the_first_schema_become_a_column(path: Path) -> None:
    """What version 1 kept inside the state is searched by itself from version 2 on."""
    old = Path(__file__).parent.parent / "data" / "store" / "v1.sql"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(old.read_text(encoding="utf-8"))
        said = ("2026-11-18T10:00:00+01:00",)
        connection.execute("UPDATE source_state SET payload = json_set(payload, '$.next_check', ?)", said)
        connection.commit()
    open_store(f"sqlite:///{path}").close()
    with closing(sqlite3.connect(path)) as connection:
        columns = connection.execute("SELECT next_check FROM source_state").fetchall()
    assert columns == [("2026-11-18T09:00:00.000000Z",)]


def test_old_runs_are_forgotten_but_never_the_last(store: Store, start: datetime) -> None:
    """How many is known before."""
    for day in range(5):
        store.runs.start(start + timedelta(days=day))
    assert store.runs.ended_before(start + timedelta(days=3)) == 3
    assert store.runs.prune(start + timedelta(days=3)) == 3
    assert store.runs.prune(start + timedelta(days=99)) == 1
    assert [run.started for run in store.runs.last_runs(9)] == [start + timedelta(days=4)]
