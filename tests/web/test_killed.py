"""The page killed at any moment: what it confirmed is there, and nothing is half there (X-03, E-01)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest

from dermai_feed import decisions

from .conftest import item, opened, put

SPARSE = 7  # of the steps at which a fault other than SIGKILL strikes
CLIENT = Path(__file__).with_name("deciding.py")


@pytest.fixture
def config(tmp_path: Path, root: Path) -> Path:
    """The configuration of a project with three held items."""
    with opened(tmp_path, root) as parts:
        put(parts, [item(n) for n in range(3)])
    return tmp_path / "config" / "dermai-feed.yaml"


@contextmanager
def server(config: Path, **environment: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`dermai-feed review` in a process of its own, and its address."""
    command = [sys.executable, "-m", "dermai_feed", "review", "--port", "0", "--as", "ada", "--config", str(config)]
    started = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ | environment
    )
    assert started.stdout is not None
    with closing(started.stdout):
        try:
            found = re.search(r"http://[\d.:]+", started.stdout.readline())
            assert found is not None
            yield started, found[0]
        finally:
            started.kill()
            started.wait()


def send(address: str) -> int:
    """Accept the first held item as its form would; the status of the answer."""
    with httpx.Client(base_url=address, timeout=10) as client:
        text = client.get("/").text
        fields = dict(re.findall(r'type="hidden" name="(token|key)" value="([^"]*)"', text))
        target = re.findall(r'value="(i0000\d\|\w+)"', text)[0]
        form = fields | {"verb": "accept", "target": target}
        return client.post("/decide", data=form, headers={"Origin": address}).status_code


def log_of(config: Path) -> tuple[str, ...]:
    """The verbs in the log, of which every line is whole."""
    read = decisions.read(config.parent.parent / "corpus" / "decisions.jsonl")
    assert read.problems == ()
    return tuple(decision.verb for decision in read)


@pytest.mark.parametrize(("point", "taken"), [("ui.before_commit", ()), ("ui.after_commit", ("accept",))])
def test_killed_around_its_commit_a_decision_is_whole_or_not_there_x_03(
    config: Path, point: str, taken: tuple[str, ...]
) -> None:
    """X-03, E-01: SIGKILL before and after the line; the editor got no answer, and the next start goes on."""
    with server(config, DERMAI_FAILPOINT=f"{point}=kill") as (process, address):
        with pytest.raises(httpx.TransportError):
            send(address)
        assert process.wait(10) == -9
    assert log_of(config) == taken
    with server(config) as (_, address):
        assert send(address) == 303
    assert log_of(config) == (*taken, "accept")


def test_killed_right_after_its_answer_a_decision_is_there_x_03(config: Path) -> None:
    """X-03, E-01: on the disk before it is confirmed."""
    with server(config) as (process, address):
        assert send(address) == 303
        process.kill()
    assert log_of(config) == ("accept",)


@pytest.mark.nightly
@pytest.mark.parametrize("mode", ["kill", "enospc", "eio", "locked", "full"])
def test_stopped_at_any_durable_step_what_was_confirmed_is_there_x_03(config: Path, shared: Path, mode: str) -> None:
    """X-03: steps of an accept, its undo and a hold, each by SIGKILL: confirmed means present, once."""
    tool = [sys.executable, str(shared / "tools" / "killat.py")]
    command = ["--", sys.executable, str(CLIENT), str(config)]

    def killat(*words: str) -> list[str]:
        done = subprocess.run([*tool, *words, *command], capture_output=True, text=True, check=True, timeout=120)
        return done.stdout.splitlines()

    count = killat("count")[-1]
    steps = int(count.removeprefix("exit status 0, ").removesuffix(" steps"))
    assert steps > 5
    log = config.parent.parent / "corpus" / "decisions.jsonl"
    for n in range(1, steps + 1, 1 if mode == "kill" else SPARSE):
        log.unlink(missing_ok=True)
        for path in (config.parent.parent / "state").glob("dermai.sqlite*"):
            path.unlink()
        with opened(config.parent.parent, Path(__file__).resolve().parents[2]) as parts:
            put(parts, [item(one) for one in range(3)])
        said = [line.split()[1] for line in killat("at", str(n), "--mode", mode) if line.startswith("confirmed ")]
        read = log_of(config) if log.exists() else ()
        rest = iter(read)
        assert all(verb in rest for verb in said), (n, mode)  # in their order
        assert len(read) <= len(said) + 1, (n, mode)  # one may have been written and not answered
