"""A run killed anywhere and started again ends in the same bytes (promise 2, S-06, X-01)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.conftest import Project, serving

from dermai_feed import failpoint

# Where a run of collect, match, publish and digest passes by.
PASSED = sorted(
    name for name in failpoint.NAMES if name.split(".")[0] in {"fetch", "store", "cluster", "write", "digest", "lock"}
)
# The others are killed at in `make nightly`; those of writing also in test_promises.py.
USUAL = frozenset({"fetch.after_body", "store.before_commit", "cluster.before_commit", "digest.after_render"})
EVERY = 241  # of the durable steps in the usual suite; all of them nightly


class Crash:
    """A project that is put back to its beginning before each experiment, and the end it should come to."""

    def __init__(self, project: Any) -> None:
        self.project = project
        self.environment = os.environ | {
            "DERMAI_CONFIG": str(project.config), "DERMAI_NOW_FILE": str(project.clock_file),
        }  # fmt: skip

    def reset(self) -> None:
        """Everything as before the first run."""
        for name in ("corpus", "state"):
            shutil.rmtree(self.project.folder / name, ignore_errors=True)

    def run(self, **environment: str) -> int:
        """`python -m dermai_feed run` in a process of its own."""
        done = subprocess.run(
            [sys.executable, "-m", "dermai_feed", "run", "--quiet"], env=self.environment | environment,
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
        return done.returncode

    def tree(self) -> dict[str, bytes]:
        """Path -> bytes of the corpus, without temporaries that a later run removes."""
        return {
            str(path.relative_to(self.project.corpus)): path.read_bytes()
            for path in sorted(self.project.corpus.rglob("*"))
            if path.is_file() and not path.name.endswith(".tmp")
        }

    def settled(self, expected: dict[str, bytes]) -> None:
        """One more run ends well, in `expected`, and everything agrees; in this process, which is warm.

        What the dead run left beside its files is named by `verify`, and taken away once it is an hour old (W-20).
        """
        assert self.project("run").code == 0
        assert self.tree() == expected
        if left := [path for path in self.project.corpus.rglob("*.tmp") if path.is_file()]:
            assert self.project("verify").code == 5
            for path in left:
                os.utime(path, (0, 0))
            assert self.project("run").code == 0
            assert self.tree() == expected
        assert self.project("verify").code == 0


@pytest.fixture(scope="module")
def crash(tmp_path_factory: pytest.TempPathFactory, root: Path) -> Iterator[Crash]:
    """Two feeds with a copy each and a neighbour, and a second poll's worth of news."""
    with serving() as site:
        yield Crash(prepared(Project(tmp_path_factory.mktemp("crash"), root, site), site))


@pytest.fixture(scope="module")
def expected(crash: Crash) -> dict[str, bytes]:
    """What a run ends in that nobody stops."""
    assert crash.project("run").code == 0
    found = crash.tree()
    assert any(path.startswith("news/") for path in found)
    return found


def prepared(project: Any, site: Any) -> Any:
    """`project` with its sources."""
    text = (
        "A deep learning system triaged skin lesions as well as twelve dermatologists in 1,204 patients at Northfield."
    )
    title = "Deep learning system matches dermatologists at melanoma triage"
    site.pages["/a"] = site.Reply(
        body=site.rss(
            {"title": title, "link": "https://university.example/triage", "text": text},
            {"title": "Convolutional network grades acne severity", "link": "https://university.example/acne"},
        )
    )
    site.pages["/b"] = site.Reply(body=site.rss({"title": title, "link": "https://reprints.example/1", "text": text}))
    project.sources(project.feed("a", "/a"), project.feed("b", "/b"))
    return project


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in USUAL else pytest.mark.nightly) for name in PASSED]
)
def test_h3_a_run_killed_at_a_fail_point_is_started_again_and_ends_in_the_same_bytes(
    crash: Crash, expected: dict[str, bytes], name: str
) -> None:
    """SIGKILL at each named stage; the rerun needs no repair."""
    crash.reset()
    assert crash.run(DERMAI_FAILPOINT=f"{name}=kill") == -9, f"{name} is not passed by a run"
    crash.settled(expected)


def sweep(crash: Crash, shared: Path, mode: str, every: int) -> int:
    """Stop a run at every `every`-th durable step by `mode`; returns how many steps there are."""
    tool = [sys.executable, str(shared / "tools" / "killat.py")]
    command = ["--", sys.executable, "-m", "dermai_feed", "run", "--quiet"]

    def killat(*words: str) -> str:
        done = subprocess.run(
            [*tool, *words, *command], env=crash.environment, capture_output=True, text=True, check=True, timeout=120
        )
        return done.stdout.splitlines()[-1]

    crash.reset()
    last = killat("count")
    assert last.startswith("exit status 0, ")
    steps = int(last.removeprefix("exit status 0, ").removesuffix(" steps"))
    expected = crash.tree()
    for n in range(1, steps + 1, every):
        crash.reset()
        last = killat("at", str(n), "--mode", mode)
        if mode == "kill":
            assert last.startswith("exit status -9,"), last
        crash.settled(expected)
    return steps


def test_x01_a_run_killed_at_a_durable_step_ends_in_the_same_bytes(crash: Crash, shared: Path) -> None:
    """A few of them here, every one in `make nightly`."""
    assert sweep(crash, shared, "kill", EVERY) > 50


@pytest.mark.nightly
@pytest.mark.parametrize("mode", ["kill", "term", "enospc", "eio", "locked", "full"])
def test_x01_a_run_stopped_at_any_durable_step_ends_in_the_same_bytes(crash: Crash, shared: Path, mode: str) -> None:
    """X-01, X-07 to X-10: every one of them, by every fault."""
    assert sweep(crash, shared, mode, 1) > 50
