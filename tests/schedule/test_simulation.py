"""Polling as a whole: what the schedule costs and brings, on a clock that is never waited for."""

from __future__ import annotations

import importlib.util
import statistics
import sys
from pathlib import Path
from types import ModuleType

import pytest

from dermai_feed.schedule import DAY, HOUR

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def simulation() -> ModuleType:
    """scripts/simulate_polling.py."""
    spec = importlib.util.spec_from_file_location("simulate_polling", ROOT / "scripts" / "simulate_polling.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def rhythms(simulation: ModuleType) -> list[object]:
    """Four rhythms written for this test: a newsroom, a weekday bulletin, a monthly journal, a rare blog."""
    monday = 1_700_438_400.0  # 2023-11-20, a Monday
    newsroom = [monday + d * DAY + h * HOUR for d in range(6) for h in (6, 7, 8, 9, 11, 13, 14, 16, 17, 20)]
    bulletin = [monday + d * DAY + 9.5 * HOUR for d in range(35) if d % 7 < 5]
    journal = [monday + month * 30 * DAY + 4 * HOUR + n for month in range(6) for n in range(12)]
    blog = [monday + n * 41 * DAY + 15 * HOUR for n in range(8)]
    return [
        simulation.Feed(name=name, times=tuple(times), shown=40)
        for name, times in (("newsroom", newsroom), ("bulletin", bulletin), ("journal", journal), ("blog", blog))
    ]


def test_the_schedule_saves_sixty_percent_of_hourly_requests_and_costs_no_half_hour(simulation: ModuleType) -> None:
    """Over four rhythms and every kind of failure; no gap is shorter than the interval or longer than a month."""
    feeds = rhythms(simulation)
    base = simulation.simulate(feeds, simulation.hourly, sources=20, days=120)
    ours = simulation.simulate(feeds, simulation.ours, sources=20, days=120)
    assert base.requests == 20 * 120 * 24
    assert ours.requests <= 0.4 * base.requests
    assert statistics.median(ours.delays) - statistics.median(base.delays) <= 30 * 60
    assert ours.caught >= 0.995 * base.caught
    assert ours.shortest >= HOUR
    assert ours.longest <= 33 * DAY
    assert simulation.met(ours, base)


def test_f18_what_a_feed_asks_for_is_kept_through_a_year_of_polling(simulation: ModuleType) -> None:
    """A ttl of six hours and silent nights hold whatever rhythm is learnt."""
    feed = simulation.Feed(
        name="asks", times=tuple(1_700_438_400.0 + n * HOUR for n in range(100)), shown=60, floor=6 * HOUR,
        skip_hours=(0, 1, 2, 3, 4),
    )  # fmt: skip
    score = simulation.simulate([feed], simulation.ours, sources=1, days=60)
    assert score.shortest >= 6 * HOUR
    assert score.requests <= 60 * 4


def test_a_year_is_replayed_the_same_each_time_and_at_the_rate_of_the_feed(simulation: ModuleType) -> None:
    """The seed is the name; the number of items is that of the feed's own weeks."""
    newsroom, bulletin, *_ = rhythms(simulation)
    year = simulation.replayed(bulletin, 364, 1)
    assert year == simulation.replayed(bulletin, 364, 1)
    assert year != simulation.replayed(bulletin, 364, 2)
    assert len(year) == pytest.approx(260, rel=0.05)
    weekend = [moment for moment in year if moment // DAY % 7 >= 5]
    assert len(weekend) <= 3
    assert len(simulation.replayed(newsroom, 70, 1)) == pytest.approx(700, rel=0.1)


@pytest.mark.parametrize("name", ["Miniflux", "Media Cloud"])
def test_the_formulas_of_others_run_on_the_same_year(simulation: ModuleType, name: str) -> None:
    """They are compared on equal terms: the same feeds, the same failures."""
    feeds = rhythms(simulation)
    score = simulation.simulate(feeds, simulation.FORMULAS[name], sources=8, days=60)
    assert 0 < score.caught <= score.published
    assert score.shortest >= 600


@pytest.mark.shared
def test_the_aim_holds_on_real_rhythms_that_no_constant_was_chosen_on(simulation: ModuleType, shared: Path) -> None:
    """The half of the captured feeds that is kept for reporting, forty sources, a season."""
    feeds = [feed for feed in simulation.captured(shared / "data/feeds") if simulation.half(feed) == "reporting"]
    base = simulation.simulate(feeds, simulation.hourly, sources=40, days=90)
    ours = simulation.simulate(feeds, simulation.ours, sources=40, days=90)
    assert simulation.met(ours, base), simulation.line("ours", ours, base)
