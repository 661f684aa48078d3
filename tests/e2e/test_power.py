"""Power loss (X-23), as a model: what was not synced to the disk when the power went is gone.

What a crash of the program cannot show is read from the system calls: the order in which files
are written, synced and moved. A decision that was confirmed is on the disk (S-07); a file that
took another's place was whole on the disk before it did (W-01), and its folder was synced after.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.e2e.test_kill import Crash, prepared

pytestmark = pytest.mark.nightly

# A path, or a folder's handle and a name in it.
PLACE = r'(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"([^"]*)"'
CALLS = "write,pwrite64,fsync,fdatasync,rename,renameat,renameat2"


@pytest.fixture
def traced(project: Any) -> Any:
    """Runs a command under strace; its system calls as (name, path, target), in order."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    log = project.folder / "strace.log"
    environment = os.environ | {"DERMAI_CONFIG": str(project.config), "DERMAI_NOW_FILE": str(project.clock_file)}

    def run(*words: str) -> list[tuple[str, str, str]]:
        command = [strace, "-f", "-y", "-s", "200", "-e", f"trace={CALLS}", "-o", str(log)]
        done = subprocess.run(
            [*command, sys.executable, "-m", "dermai_feed", *words], env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        if "ptrace" in done.stderr and "not permitted" in done.stderr:
            pytest.skip("ptrace is not allowed here")
        assert done.returncode == 0, done.stderr
        return [call for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if (call := read(line))]

    return run


def read(line: str) -> tuple[str, str, str] | None:
    """Name, path and target (of a move) of one system call."""
    if call := re.match(rf"\d+ +(rename\w*)\({PLACE}, {PLACE}", line):
        return call[1], os.path.join(call[2] or "", call[3]), os.path.join(call[4] or "", call[5])
    call = re.match(r"\d+ +(\w+)\(\d+<([^>]*)>", line)
    return (call[1], call[2], "") if call else None


def last(calls: list[tuple[str, str, str]], names: set[str], path: str, before: int) -> int:
    """The place of the last of these calls on `path` before a place; -1 without one."""
    return max((n for n, (name, where, _) in enumerate(calls[:before]) if name in names and where == path), default=-1)


WRITES, SYNCS, MOVES = {"write", "pwrite64"}, {"fsync", "fdatasync"}, {"rename", "renameat", "renameat2"}


def test_x23_s07_a_decision_that_is_confirmed_is_on_the_disk(project: Any, site: Any, traced: Any) -> None:
    """The log is synced after its last write and before the command says that it is done."""
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "Deep learning grades melanoma", "link": "https://u.example/1"})
    )
    project.sources(project.feed("a", "/a"))
    assert project.run().code == 0
    (story,) = (project.corpus / "news").glob("*.md")
    calls = traced("reject", str(story), "--as", "editor", "--why", "off topic")
    log = str(project.corpus / "decisions.jsonl")
    said = next(n for n, (name, where, _) in enumerate(calls) if name == "write" and re.match(r"pipe:|/dev/", where))
    written, synced = last(calls, WRITES, log, len(calls)), last(calls, SYNCS, log, len(calls))
    assert -1 < written < synced < said


def test_x23_w01_a_file_is_on_the_disk_before_it_takes_the_place_of_another(
    project: Any, site: Any, traced: Any
) -> None:
    """And its folder after; for every story, digest and list of the corpus that a run writes."""
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "Deep learning grades melanoma", "link": "https://u.example/1"})
    )
    project.sources(project.feed("a", "/a"))
    calls = traced("run", "--quiet")
    moved = 0
    for n, (name, fresh, target) in enumerate(calls):
        if name not in MOVES or not fresh.startswith(str(project.corpus)):
            continue
        assert last(calls, WRITES, fresh, n) < last(calls, SYNCS, fresh, n), f"{target} was not synced"
        folder = str(Path(target).parent)
        assert any(c in SYNCS and w == folder for c, w, _ in calls[n:]), f"{folder} was not synced"
        moved += 1
    assert moved >= 5


def test_x05_killed_at_a_rename_a_run_is_started_again_and_ends_in_the_same_bytes(project: Any, site: Any) -> None:
    """X-05: between the sync of a file and its move, every second of them: SIGKILL as it enters the kernel."""
    strace = shutil.which("strace")
    if strace is None:
        pytest.skip("strace is not installed")
    crash = Crash(prepared(project, site))
    assert project("run").code == 0
    expected = crash.tree()
    step, killed = 1, 0
    while True:
        crash.reset()
        fault = f"inject=rename,renameat,renameat2:signal=SIGKILL:when={step}"
        done = subprocess.run(
            [strace, "-f", "-o", os.devnull, "-e", "trace=rename,renameat,renameat2", "-e", fault, sys.executable,
             "-m", "dermai_feed", "run", "--quiet"],
            env=crash.environment, capture_output=True, text=True, check=False, timeout=120,
        )  # fmt: skip
        if "ptrace" in done.stderr and "not permitted" in done.stderr:
            pytest.skip("ptrace is not allowed here")
        crash.settled(expected)
        if done.returncode == 0:
            break
        killed, step = killed + 1, step + 2
    assert killed >= 3
