"""A year of the daemon in under a minute: every digest once, no source early, none forgotten, memory flat."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.daemon.year import CRASHES, END, HOURS, RELOADS, START

TICK = 0.05  # hours that a poll may come late: the minute of a tick, and two after a crash


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Any:
    """What happened, see tests/daemon/year.py."""
    folder = tmp_path_factory.mktemp("year")
    done = subprocess.run(
        [sys.executable, "-m", "tests.daemon.year", str(folder), str(root / "config")], cwd=root, check=False,
        capture_output=True, text=True, timeout=900, env=os.environ | {"PYTHONPATH": str(root)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout) | {"folder": folder / "year"}


def test_r03_every_week_of_the_year_is_closed_exactly_once(year: Any) -> None:
    """Both changes of clocks, leap day, a clock set back a day and forward a week, crashes, reloads."""
    names = [name for name, _, _ in year["closed"]]
    first, last = START.date(), END.date() + timedelta(days=6)  # the clock ends six days ahead
    expected = []
    monday = first - timedelta(days=first.weekday())
    while monday + timedelta(days=7) <= last:
        expected.append(f"{monday:%G-W%V}")
        monday += timedelta(days=7)
    assert names == expected
    assert not any(draft for _, draft, _ in year["closed"])  # the forward jump skips one boundary, and closes one week


def test_r04_the_boundary_is_met_on_the_editors_calendar(year: Any) -> None:
    """03:30 in Helsinki, which the spring change of 2028 does not skip because it is a Monday: 00:30 or 01:30 UTC."""
    minutes = []
    for _, _, at in year["closed"]:
        moment = datetime.fromisoformat(at).replace(tzinfo=UTC).astimezone(ZoneInfo("Europe/Helsinki"))
        minutes.append((moment.isoweekday(), moment.hour * 60 + moment.minute))
    on_time = [pair for pair in minutes if pair[0] == 1 and 210 <= pair[1] <= 215]
    assert len(on_time) >= len(minutes) - 1  # one is made up for after the jump forward


def test_every_closed_week_has_one_issue_on_disk(year: Any) -> None:
    """Named by its week."""
    files = {path.stem for path in (year["folder"] / "corpus" / "digests").glob("*.json") if "." not in path.stem}
    assert {name for name, _, _ in year["closed"]} <= files


def test_f17_no_source_is_asked_early_and_none_is_forgotten(year: Any) -> None:
    """Never before its interval, by the clock or in truth; without news at most three of them."""
    for name, gaps in year["gaps"].items():
        hours = HOURS[name]
        assert all(max(gap) >= hours - 0.01 for gap in gaps), name
        assert all(min(gap) <= 3 * hours + TICK for gap in gaps), name
        assert year["last"][name] <= 3 * hours + TICK
        assert len(gaps) > 365 * 24 / hours * 0.45


def test_the_year_had_its_accidents(year: Any) -> None:
    """Or nothing was shown; and backups, previews and retention went on."""
    assert year["log"]["crashes"] == len(CRASHES)
    assert year["log"]["reloads"] == len(RELOADS)
    assert year["log"]["BackUp"] >= 12
    assert year["log"]["Retain"] >= 300
    assert year["log"]["Preview"] >= 40
    assert len(list((year["folder"] / "backups").glob("*.sqlite"))) == 3


def test_r11_memory_is_flat_over_the_year(year: Any) -> None:
    """The last month's peak is at most a twentieth above the first's."""
    peaks = year["peaks"]
    if not all(peaks):
        pytest.skip("the kernel does not let a process reset its peak of memory")
    assert len(peaks) >= 12
    assert peaks[-1] <= 1.05 * peaks[0], str(peaks)


def test_leap_day_lies_in_the_year() -> None:
    """What the other tests rest on."""
    assert START.date() < date(2028, 2, 29) < END.date()
