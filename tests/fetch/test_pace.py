"""The queue per host (F-21), by a clock that only waiting moves."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dermai_feed.fetch.pace import Pace


class Clock:
    """A clock that only waiting moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def pace(clock: Clock, *, gap: float = 1.0, per_host: int = 1, total: int = 8) -> Pace:
    """A queue by `clock`."""
    return Pace(gap=gap, per_host=per_host, total=total, monotonic=clock.monotonic, wait=clock.wait)


def go_on() -> None:
    """No wish to stop."""


HERE, THERE = frozenset({"here.example", "192.0.2.1"}), frozenset({"there.example", "192.0.2.2"})


def test_f21_gap_from_end_to_start() -> None:
    """The next turn at a host begins one gap after the end of the last, and other hosts do not wait."""
    clock = Clock()
    queue = pace(clock)
    assert queue.take(HERE, go_on) == 0
    clock.now += 5.0
    assert queue.take(THERE, go_on) == 0
    queue.give_back(HERE)
    assert queue.take(HERE, go_on) == pytest.approx(1.0)
    clock.now += 0.25
    queue.give_back(THERE)
    clock.now += 0.75
    assert queue.take(THERE, go_on) == pytest.approx(0.25)


def test_f21_a_host_with_a_longer_gap_of_its_own_gets_it() -> None:
    """Three seconds that arXiv asks for are kept although ours is one; a shorter wish changes nothing."""
    clock = Clock()
    queue = pace(clock)
    queue.take(HERE, go_on)
    queue.give_back(HERE, 3.0)
    assert queue.take(HERE, go_on) == pytest.approx(3.0)
    queue.give_back(HERE, 0.5)
    assert queue.take(HERE, go_on) == pytest.approx(1.0)


def test_f21_one_machine_with_two_names_is_one_host() -> None:
    """A host is counted by name and by address: sharing one of them is enough to wait."""
    clock = Clock()
    queue = pace(clock)
    queue.take(HERE, go_on)
    queue.give_back(HERE)
    assert queue.take(frozenset({"other.example", "192.0.2.1"}), go_on) == pytest.approx(1.0)
    assert queue.take(frozenset({"here.example", "192.0.2.9"}), go_on) == 0  # its gap is over by now


def test_f21_gap_between_starts_when_several_are_allowed() -> None:
    """With two at once per host the second still starts a gap after the first."""
    clock = Clock()
    queue = pace(clock, per_host=2)
    queue.take(HERE, go_on)
    assert queue.take(HERE, go_on) == pytest.approx(1.0)


@pytest.mark.parametrize(("per_host", "total", "second"), [(1, 8, HERE), (8, 1, THERE)])
def test_f21_limits_at_once(per_host: int, total: int, second: frozenset[str]) -> None:
    """Who comes when the host, or the whole program, is busy waits until a turn is given back."""
    clock = Clock()
    queue = pace(clock, gap=0.0, per_host=per_host, total=total)
    queue.take(HERE, go_on)
    looks = 0

    def give_back_at_the_fifth_look() -> None:
        nonlocal looks
        looks += 1
        if looks == 5:
            queue.give_back(HERE)

    queue.take(second, give_back_at_the_fifth_look)
    assert looks == 5


def test_r08_waiting_can_be_stopped() -> None:
    """A wish to stop ends the wait, whose single steps are short, and the turn is not taken."""
    clock = Clock()
    queue = pace(clock, gap=1000.0)
    queue.take(HERE, go_on)
    queue.give_back(HERE)

    def stop() -> None:
        if clock.now > 101.0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        queue.take(HERE, stop)
    assert max(clock.waits) <= 0.2
    clock.now += 1000.0
    assert queue.take(HERE, go_on) == 0


def test_hosts_of_long_ago_are_forgotten() -> None:
    """The queue does not grow with every host that was ever asked."""
    clock = Clock()
    queue = pace(clock)
    for number in range(1000):
        queue.take(frozenset({f"h{number}.example"}), go_on)
        queue.give_back(frozenset({f"h{number}.example"}))
        clock.now += 2.0
    assert len(queue._free_at) <= 2
    assert not queue._open


@given(
    visits=st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3)), min_size=1, max_size=30),
    gap=st.floats(0.1, 2),
)
@settings(deadline=None, max_examples=100)
def test_f21_no_two_visits_are_closer_than_the_gap(visits: list[tuple[str, float]], gap: float) -> None:
    """Whatever the order and length of visits, none begins sooner than one gap after the last at its host ended."""
    clock = Clock()
    queue = pace(clock, gap=gap)
    ended: dict[str, float] = {}
    for host, lasts in visits:
        queue.take(frozenset({host}), go_on)
        assert clock.now >= ended.get(host, 0.0) + gap - 1e-6
        clock.now += lasts
        queue.give_back(frozenset({host}))
        ended[host] = clock.now


def test_f21_threads() -> None:
    """Eight threads never meet at a host with one place, nor exceed the total, and all get their turn."""
    queue = Pace(gap=0.0, per_host=1, total=2, monotonic=time.monotonic, wait=time.sleep)
    lock = threading.Lock()
    inside: list[str] = []
    crowds: list[int] = []

    def visit(number: int) -> int:
        host = "abc"[number % 3]
        turn = frozenset({host})
        queue.take(turn, go_on)
        with lock:
            assert host not in inside
            inside.append(host)
            crowds.append(len(inside))
        time.sleep(0.001)
        with lock:
            inside.remove(host)
        queue.give_back(turn)
        return number

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(visit, range(48))) == list(range(48))
    assert max(crowds) == 2
