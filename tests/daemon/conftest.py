"""The daemon as a process of its own, on a project and a site of the end-to-end tests."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Project, Site, site

__all__ = ["site"]

PATIENCE = 60.0  # seconds; a test waits for what happens and not for time to pass


class Living:
    """`dermai-feed daemon …` as it runs; what it says is a file."""

    def __init__(self, project: Project, *words: str, **environment: str) -> None:
        self.project = project
        self.log = project.folder / f"daemon-{time.monotonic_ns()}.log"
        variables = os.environ | {
            "DERMAI_CONFIG": str(project.config), "DERMAI_NOW_FILE": str(project.clock_file), **environment,
        }  # fmt: skip
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "dermai_feed", "daemon", "-v", *words], stdout=out, stderr=out, env=variables
            )

    @property
    def said(self) -> str:
        """Everything it said so far."""
        return self.log.read_text(encoding="utf-8")

    def until(self, what: Callable[[], Any]) -> Any:
        """Wait for `what` to come true; its value."""
        end = time.monotonic() + PATIENCE
        while not (found := what()):
            assert self.process.poll() is None or what(), f"it left with {self.process.returncode}:\n{self.said}"
            assert time.monotonic() < end, self.said
            time.sleep(0.05)
        return found

    def hears(self, words: str, times: int = 1) -> None:
        """Wait until it has said `words` so many times."""
        self.until(lambda: self.said.count(words) >= times)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal; the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


class _Project(Project):
    """A project whose clock is moved in one step: somebody reads it all the time."""

    def clock(self, moment: datetime) -> None:
        self.now = moment
        fresh = self.clock_file.with_suffix(".new")
        fresh.write_text(moment.isoformat(), encoding="utf-8")
        fresh.replace(self.clock_file)


@pytest.fixture
def project(tmp_path: Path, root: Path, site: Site) -> Project:
    """A new project without sources, whose daemon looks ten times a second."""
    made = _Project(tmp_path, root, site)
    made.write_settings(
        schedule={"worth": "0s"},
        daemon={"tick": "100ms"},
        digest={"zone": "Europe/Helsinki", "cron": "30 3 * * 1"},
        backup={"keep": "2"},
    )
    return made


@pytest.fixture
def live(project: Project) -> Iterator[Callable[..., Living]]:
    """Starts daemons, and ends those that a test left alive."""
    started: list[Living] = []

    def start(*words: str, **environment: str) -> Living:
        started.append(Living(project, *words, **environment))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
        one.process.wait(PATIENCE)
