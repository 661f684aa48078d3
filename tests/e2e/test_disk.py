"""Publishing where the disk, another run or a kill is in the way: nothing half or lost, the next run completes."""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TITLE = "Deep learning system matches dermatologists at melanoma triage"
ACNE = "Convolutional network grades acne on telephone pictures"
MINE = "# seen by Ada\n"

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2  # linux/prctl.h, linux/capability.h


@pytest.fixture
def desk(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two stories; one file was edited since, and both have something to be written."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    items = ({"title": t, "link": f"https://a.example/{n}", "text": f"{t}."} for n, t in enumerate((TITLE, ACNE)))
    site.pages["/a"] = site.Reply(body=site.rss(*items))
    project.sources(project.feed("a", "/a"))
    assert project.run().code == 0
    for path in project.corpus.glob("news/*.md"):
        path.write_text(path.read_text(encoding="utf-8").replace("excerpt:", f"{MINE}excerpt:"), encoding="utf-8")
    for number in "01":
        assert project("rate", f"https://a.example/{number}", "--newsworthiness", "7").code == 0
    return project


def command(desk: Any, *words: str, **words_of_run: Any) -> subprocess.CompletedProcess[str]:
    """`dermai-feed words…` in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "dermai_feed", *words], env=environment(desk) | words_of_run.pop("env", {}), text=True,
        capture_output=True, check=False, timeout=60, **words_of_run,
    )  # fmt: skip


def environment(desk: Any) -> dict[str, str]:
    """What such a process needs to know."""
    return os.environ | {"DERMAI_CONFIG": str(desk.config), "DERMAI_NOW_FILE": str(desk.clock_file)}


def texts(desk: Any) -> dict[str, bytes]:
    """Path -> bytes of every file of a story, and of the log."""
    kept = ("news", "rejected", "decisions.jsonl")
    found = (path for path in sorted(desk.corpus.rglob("*")) if path.is_file() and not path.name.endswith(".tmp"))
    return {
        str(p.relative_to(desk.corpus)): p.read_bytes()
        for p in found
        if str(p.relative_to(desk.corpus)).startswith(kept)
    }


def fill(path: Path) -> None:
    """Write into `path` until the disk takes no more."""
    with path.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass


def bound_to_modes() -> None:
    """Root in this process is bound to the modes of files like everybody else."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


def completed(desk: Any) -> None:
    """The next run writes what was left, with the editor's lines, and everything agrees."""
    assert desk("publish").code == 0
    stories = desk.stories()
    assert len(stories) == 2
    for text in stories.values():
        assert "rated newsworthy" in text
        assert MINE in text
    assert desk("verify").code == 0


def test_w19_a_read_only_folder_is_named_and_nothing_is_lost(desk: Any) -> None:
    """X-08: exit code 5 with the folder and what to do; the files are as they were; the next run completes."""
    before = texts(desk)
    folder = desk.corpus / "news"
    folder.chmod(0o555)
    try:
        outcome = command(desk, "publish", preexec_fn=bound_to_modes)
    finally:
        folder.chmod(0o755)
    if outcome.returncode == 0:
        pytest.skip("no right to give up the rights of root")
    assert outcome.returncode == 5, outcome.stderr
    assert str(folder) in outcome.stderr
    assert texts(desk) == before
    completed(desk)


def test_w19_a_full_disk_is_named_and_nothing_is_lost(desk: Any, tmp_path: Path) -> None:
    """X-08: the corpus on a file system of its own that is full: exit code 5, whole files; room is all that is
    missing.
    """
    before = texts(desk)
    aside = tmp_path / "aside"
    shutil.copytree(desk.corpus, aside)
    size = sum(path.stat().st_size for path in desk.corpus.rglob("*")) + 256 * 1024
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(desk.corpus)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no right to mount a small file system")
    try:
        shutil.copytree(aside, desk.corpus, dirs_exist_ok=True)
        filler = desk.corpus / "filler.bin"
        fill(filler)
        outcome = desk("publish")
        assert outcome.code == 5
        assert "free some space" in outcome.err
        assert texts(desk) == before
        filler.unlink()
        completed(desk)
    finally:
        subprocess.run(["umount", str(desk.corpus)], check=True)


@pytest.mark.parametrize("verb", ["reject", "undo"])
@pytest.mark.parametrize("point", ["write.before_replace", "write.after_replace"])
def test_promise_2_a_file_on_its_way_to_rejected_is_in_one_place_after_a_kill(desk: Any, verb: str, point: str) -> None:
    """There and back: its bytes, with the editor's lines; nothing is decided because of it."""
    assert desk("publish").code == 0
    (path,) = [path for path in desk.corpus.glob("news/*.md") if ACNE in path.read_text(encoding="utf-8")]
    there = path.read_bytes()
    assert desk("reject", "https://a.example/1", "--reason", "advertisement").code == 0
    if verb == "undo":
        assert desk("publish").code == 0
        assert not path.exists()
        assert desk("undo", "last").code == 0
    log = (desk.corpus / "decisions.jsonl").read_bytes()
    died = command(desk, "publish", env={"DERMAI_FAILPOINT": f"{point}=kill"})
    assert died.returncode == -9
    found = [found for found in desk.corpus.rglob("*.md") if found.name == path.name]
    assert [one.read_bytes() for one in found] == [there]
    assert desk("publish").code == 0
    (found_now,) = (one for one in desk.corpus.rglob("*.md") if one.name == path.name)
    assert found_now.read_bytes() == there
    assert found_now.is_relative_to(desk.corpus / ("rejected" if verb == "reject" else "news"))
    assert (desk.corpus / "decisions.jsonl").read_bytes() == log
    assert desk("verify").code == 0


def test_r01_of_two_runs_at_once_one_leaves_with_a_clear_word_and_one_waits(desk: Any, tmp_path: Path) -> None:
    """X-11: three processes: the first works, the second leaves with exit code 3 and the first's number, the third
    waits.
    """
    gate = tmp_path / "gate"
    words = [sys.executable, "-m", "dermai_feed", "publish", "--quiet"]
    pause = {"DERMAI_FAILPOINT": f"write.before_replace=pause:{gate}@1"}
    first = subprocess.Popen(words, env=environment(desk) | pause)
    third = None
    try:
        note = desk.state / "dermai.lock.json"
        while not note.exists():
            assert first.poll() is None
        second = command(desk, "publish")
        assert second.returncode == 3
        assert f"process {first.pid}" in second.stderr
        assert "--wait" in second.stderr
        third = subprocess.Popen([*words, "--wait", "50"], env=environment(desk))
        gate.touch()
        assert first.wait(50) == 0
        assert third.wait(50) == 0
    finally:
        for process in filter(None, (first, third)):
            process.kill()
            process.wait()
    completed(desk)
