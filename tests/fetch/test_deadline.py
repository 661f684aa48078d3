"""The time limit of a fetch (F-01), by a clock set by hand."""

from __future__ import annotations

import pytest

from dermai_feed.fetch.deadline import Deadline
from dermai_feed.fetch.failures import Refusal


class Hand:
    """A clock set by hand."""

    now = 50.0

    def __call__(self) -> float:
        return self.now


def deadline(clock: Hand, *, stop: list[bool] | None = None) -> Deadline:
    """Ten seconds from now; `stop` is a wish to end that a test may fill."""
    return Deadline(10.0, monotonic=clock, cancelled=lambda: bool(stop))


def test_f01_time_is_over_at_the_deadline() -> None:
    """A check passes up to the deadline and fails from then on."""
    clock = Hand()
    limit = deadline(clock)
    clock.now = 59.99
    limit.check()
    clock.now = 60.0
    with pytest.raises(Refusal, match="10 s") as caught:
        limit.check()
    assert caught.value.failure == "timeout"


def test_f01_waits_are_cut_to_what_is_left() -> None:
    """Waits are short slices that add up to the limit given, or end in a refusal at the deadline."""
    clock = Hand()
    limit = deadline(clock)
    waited = 0.0
    for seconds in limit.slices(3.0):
        assert 0 < seconds <= 0.2
        clock.now += seconds
        waited += seconds
    assert waited == pytest.approx(3.0, abs=0.01)

    def wait_for_ever() -> None:
        for seconds in limit.slices(100.0):
            clock.now += seconds

    with pytest.raises(Refusal, match="10 s"):
        wait_for_ever()
    assert clock.now == pytest.approx(60.0, abs=0.01)


def test_f21_time_in_the_queue_does_not_count() -> None:
    """Extending moves the deadline and leaves the time out of what was spent."""
    clock = Hand()
    limit = deadline(clock)
    clock.now = 75.0
    limit.extend(22.0)
    limit.check()
    assert limit.spent() == pytest.approx(3.0)


def test_r08_a_wish_to_stop_ends_every_wait() -> None:
    """As soon as the program wants to end, checks and slices refuse."""
    stop: list[bool] = []
    limit = deadline(Hand(), stop=stop)
    slices = limit.slices()
    next(slices)
    stop.append(True)
    for attempt in (limit.check, limit.check_stop, lambda: next(slices)):
        with pytest.raises(Refusal, match="ending") as caught:
            attempt()
        assert caught.value.failure == "timeout"
