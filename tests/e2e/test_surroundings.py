"""Odd surroundings (X-21): whatever the environment is, the same files or a reason."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest


def _few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


# Name -> environment, what is done in the child before it runs, and its standard streams.
PLACES: Mapping[str, tuple[Mapping[str, str], Callable[[], object] | None, Mapping[str, Any]]] = {
    "all of it": (
        {"LC_ALL": "C", "TZ": "Asia/Kathmandu", "HOME": "/proc/none"}, lambda: os.umask(0),
        {"stdin": subprocess.DEVNULL},
    ),
    "no environment": ({}, None, {}),
    "another language": ({"LC_ALL": "C.UTF-8", "LANG": "tr_TR.UTF-8"}, None, {}),
    "a zone that is none": ({"TZ": "Mars/Olympus"}, None, {}),
    "private files": ({}, lambda: os.umask(0o077), {}),
    "no home to write to": ({"HOME": "/proc/none"}, None, {}),
    "closed streams": ({}, lambda: os.closerange(0, 3), {}),
    "few open files": ({}, _few_files, {}),
    "one processor": ({}, lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}), {}),
}  # fmt: skip
USUAL = {"all of it"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in USUAL else pytest.mark.nightly) for name in PLACES]
)
def test_x21_odd_surroundings_give_the_same_files(project: Any, site: Any, name: str) -> None:
    """X-21: locale, zone, mask, home, streams, file handles, processors; the bytes are those of an ordinary run."""
    expected = ordinary(project, site)
    environment, prepare, streams = PLACES[name]
    done = subprocess.run(
        [sys.executable, "-m", "dermai_feed", "run", "-c", str(project.config)], check=False, cwd="/", timeout=60,
        env={"DERMAI_NOW_FILE": str(project.clock_file), **environment}, preexec_fn=prepare,
        **({"capture_output": True} if name != "closed streams" else {}), **streams,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert {path: body for path, (body, _, _) in project.tree().items()} == expected


def test_x21_a_reader_that_left_and_a_folder_that_is_gone_harm_nothing(project: Any, site: Any, tmp_path: Path) -> None:
    """X-21: `dermai-feed run | true` in a folder that was removed: the files are written, whatever it could say."""
    expected = ordinary(project, site)
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f'cd "{gone}" && rmdir "{gone}" && "{sys.executable}" -m dermai_feed run -vv -c "{project.config}" | true'
    environment = {"DERMAI_NOW_FILE": str(project.clock_file), "PATH": os.environ["PATH"]}
    subprocess.run(["sh", "-c", command], env=environment, check=True, capture_output=True, timeout=60)
    assert {path: body for path, (body, _, _) in project.tree().items()} == expected


def ordinary(project: Any, site: Any) -> dict[str, bytes]:
    """What a run writes in ordinary surroundings; the project is then put back to before it."""
    site.pages["/a"] = site.Reply(
        body=site.rss({"title": "AI grades acne – 3 “clinics”", "link": "https://a.example/1"})
    )
    project.sources(project.feed("a", "/a"))
    project.run()
    expected = {path: body for path, (body, _, _) in project.tree().items()}
    assert expected
    for name in ("corpus", "state"):
        os.rename(project.folder / name, project.folder / f"{name}-first")
    return expected
