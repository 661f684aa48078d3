"""The wiring: clock, lock, logs, signals."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from dermai_feed import app
from dermai_feed.errors import UsageError


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-21T05:00:00Z", datetime(2026, 11, 21, 5, tzinfo=UTC)),
        ("2026-11-21T05:00:00.75+02:00", datetime(2026, 11, 21, 3, tzinfo=UTC)),
        ("2026-11-21T05:00:00\n", datetime(2026, 11, 21, 5, tzinfo=UTC)),
    ],
)
def test_h1_the_clock_can_be_moved_by_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, moment: datetime
) -> None:
    """Read on every call, in UTC and whole seconds."""
    path = tmp_path / "now"
    monkeypatch.setenv("DERMAI_NOW_FILE", str(path))
    path.write_text(text, encoding="utf-8")
    assert app.now() == moment
    path.write_text("2030-01-01T00:00:00Z", encoding="utf-8")
    assert app.now().year == 2030


def test_h1_a_clock_file_that_holds_no_moment_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test with a typo must not run on the real clock."""
    path = tmp_path / "now"
    path.write_text("tomorrow", encoding="utf-8")
    monkeypatch.setenv("DERMAI_NOW_FILE", str(path))
    with pytest.raises(UsageError, match="tomorrow"):
        app.now()


def test_without_a_clock_file_the_machines_clock_is_used() -> None:
    """UTC, no microseconds."""
    now = app.now()
    assert now.tzinfo is UTC
    assert now.microsecond == 0
    assert abs((datetime.now(UTC) - now).total_seconds()) < 5


def test_p05_an_expat_that_lets_entities_explode_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Before anything else."""
    monkeypatch.setattr("pyexpat.version_info", (2, 4, 0))
    with pytest.raises(UsageError, match="expat"):
        app.load(tmp_path / "none.yaml")


def record(message: str, **fields: Any) -> logging.LogRecord:
    """A log record with `fields`."""
    made = logging.LogRecord("dermai_feed", logging.INFO, "", 0, message, (), None)
    made.fields = fields
    return made


def test_o04_a_log_line_stays_one_line_whatever_it_carries() -> None:
    """Line breaks, escapes and bidi controls are escaped; long text is cut at 300 characters."""
    line = app._Words().format(record("collected", title="a\nb\x1b[31m\u202e" + "x" * 400))
    assert "\n" not in line
    assert "\x1b" not in line
    assert "\u202e" not in line
    assert len(line) < 400


def test_json_logs_hold_event_and_fields() -> None:
    """One object a line, ASCII."""
    line = json.loads(app._JsonLines().format(record("collected", source="é")))
    assert (line["event"], line["source"], line["level"]) == ("collected", "é", "info")


def test_m11_the_libraries_that_print_addresses_are_silent() -> None:
    """httpx's own log line holds user names and tokens."""
    app.log_to_stderr(2, as_json=False)
    assert logging.getLogger("httpx").getEffectiveLevel() >= logging.WARNING


RUN = """
import sys, time
from dermai_feed import app
with app.Stopping() as stopping:
    try:
        print("ready", flush=True)
        while True:
            time.sleep(0.01)
    except app.Stopped as stopped:
        print("stopped", stopped, stopping(), flush=True)
        if len(sys.argv) > 1:
            while True:
                time.sleep(0.01)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_r08_the_first_signal_ends_the_run_in_good_order(number: signal.Signals) -> None:
    """X-07: it arrives as an exception that nothing swallows, and is remembered for those who ask."""
    process = subprocess.Popen([sys.executable, "-c", RUN], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == f"stopped {number.name} True\n"
    assert process.wait(10) == 0


def test_r08_a_second_signal_ends_it_at_once() -> None:
    """X-07: without waiting for what is in hand."""
    process = subprocess.Popen([sys.executable, "-c", RUN, "hang"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        process.stdout.readline()
        process.terminate()
        process.stdout.readline()
        process.terminate()
    assert process.wait(10) == 128 + signal.SIGTERM


def test_r01_the_lock_dies_with_its_holder(tmp_path: Path) -> None:
    """X-06: after kill -9 of a run the next one starts at once."""
    code = (
        "import sys, time\nfrom types import SimpleNamespace\nfrom pathlib import Path\nfrom dermai_feed import app\n"
        "config = SimpleNamespace(state=Path(sys.argv[1]), database='sqlite:///x')\n"
        "with app.locked(config):\n print('held', flush=True)\n time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == "held\n"
    from types import SimpleNamespace

    config: Any = SimpleNamespace(state=tmp_path, database="sqlite:///x")
    with pytest.raises(app.AnotherRun, match=f"process {process.pid}"), app.locked(config):
        raise AssertionError("two holders")
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    started = time.monotonic()
    with app.locked(config, wait=5):
        assert time.monotonic() - started < 4
