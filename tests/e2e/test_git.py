"""A corpus in git: moved files, branches, merges and copies made by editors confuse nothing (W-09, W-10)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

TITLES = (
    "Deep learning system matches dermatologists at melanoma triage",
    "Convolutional network grades acne on telephone pictures",
    "Neural network scores psoriasis severity from photographs",
    "Machine learning tells eczema from contact dermatitis",
    "Language model answers questions about skin cancer screening",
    "Computer vision counts hair follicles in alopecia",
)

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


class Repository:
    """The corpus as a repository of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self("init", "-q", "-b", "main")
        self.commit("the first run")

    def __call__(self, *words: str) -> str:
        """`git words…`"""
        names = {
            f"GIT_{role}_{key}": "ada@corpus.example" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")
        }
        environment = os.environ | names | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
        done = subprocess.run(
            ["git", *words], cwd=self.folder, env=environment, check=True, capture_output=True, text=True
        )
        return done.stdout

    def commit(self, message: str) -> None:
        """Everything as it is."""
        self("add", "-A")
        self("commit", "-q", "-m", message)


@pytest.fixture
def desk(project: Any, site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Six stories."""
    monkeypatch.setenv("DERMAI_WHO", "Ada")
    items = ({"title": t, "link": f"https://a.example/{n}", "text": f"{t}."} for n, t in enumerate(TITLES))
    site.pages["/a"] = site.Reply(body=site.rss(*items))
    project.sources(project.feed("a", "/a"))
    assert project.run().code == 0
    return project


@pytest.fixture
def git(desk: Any) -> Repository:
    """Their repository."""
    return Repository(desk.corpus)


def stories(desk: Any) -> dict[str, bytes]:
    """Path -> bytes of every story."""
    return {
        str(p.relative_to(desk.corpus)): p.read_bytes()
        for p in sorted(desk.corpus.rglob("*.md"))
        if "digests" not in p.parts
    }


def verbs(desk: Any) -> list[str]:
    """What the log holds."""
    return [entry["decision"]["verb"] for entry in desk("log", "--json").json]


def file_of(desk: Any, number: int) -> Path:
    """The file of a story."""
    return next(p for p in sorted(desk.corpus.rglob("*.md")) if f'title: "{TITLES[number]}"' in p.read_text("utf-8"))


def step(desk: Any) -> Any:
    """The next run."""
    desk.later(hours=2)
    return desk.run()


def test_w10_git_mv_is_followed(desk: Any, git: Repository) -> None:
    """To another name and folder; nothing is written anew, nothing decided, and a later change goes there."""
    path = file_of(desk, 0)
    (desk.corpus / "news" / "melanoma").mkdir()
    git("mv", str(path), "news/melanoma/triage.md")
    git.commit("tidy up")
    before = stories(desk)
    assert step(desk).json["written"] == []
    assert stories(desk) == before
    assert verbs(desk) == []
    assert desk("rate", "https://a.example/0", "--newsworthiness", "7").code == 0
    assert "news/melanoma/triage.md" in step(desk).json["written"]
    assert desk("verify").code == 0


def test_w09_a_branch_without_most_files_stops_the_run_and_coming_back_needs_no_repair(
    desk: Any, git: Repository
) -> None:
    """Exit code 5, nothing changed; the same when the log of decisions is older there."""
    git("switch", "-q", "-c", "old")
    git("rm", "-q", *(f"news/{name}" for name in list(desk.stories())[:3]))
    git("commit", "-q", "-m", "fewer")
    git("switch", "-q", "main")
    before = stories(desk)
    git("switch", "-q", "old")
    fewer = stories(desk)
    outcome = desk("publish")
    assert outcome.code == 5
    assert "gone at once" in outcome.err
    assert stories(desk) == fewer
    git("switch", "-q", "main")
    assert step(desk).json["written"] == []
    assert stories(desk) == before
    assert verbs(desk) == []
    assert desk("hold", "https://a.example/0").code == 0
    git.commit("a decision")
    git("switch", "-q", "old")
    outcome = desk("publish")
    assert outcome.code == 5
    assert "decisions.jsonl" in outcome.err
    git("switch", "-q", "main")
    assert step(desk).code == 0


def test_a_file_that_a_branch_took_away_is_no_rejection_once_it_is_back(desk: Any, git: Repository) -> None:
    """One file of six: its absence is a rejection, its return takes that back, byte for byte; the log has both."""
    git("switch", "-q", "-c", "fewer")
    path = file_of(desk, 1)
    git("rm", "-q", str(path))
    git("commit", "-q", "-m", "without it")
    git("switch", "-q", "main")
    before = stories(desk)
    git("switch", "-q", "fewer")
    assert step(desk).code == 0
    assert verbs(desk) == ["reject"]
    git("switch", "-q", "main")
    assert step(desk).code == 0
    assert verbs(desk) == ["reject", "undo"]
    assert stories(desk) == before
    assert step(desk).json["written"] == []
    path.unlink()
    assert step(desk).code == 0
    assert verbs(desk) == ["reject", "undo", "reject"]
    assert path.name not in {Path(found).name for found in stories(desk)}


def test_a_merge_keeps_the_editors_branch_and_the_machines(desk: Any, git: Repository) -> None:
    """An edit on a branch, a run on main, git's merge: no conflict, no clash; the logs of both are one."""
    git("switch", "-q", "-c", "edits")
    path = file_of(desk, 2)
    path.write_text(path.read_text("utf-8").replace("category: news", "category: notes"), "utf-8")
    git.commit("an edit")
    git("switch", "-q", "main")
    assert desk("rate", "https://a.example/2", "--newsworthiness", "7").code == 0
    assert step(desk).code == 0
    git.commit("a run")
    git("merge", "-q", "-m", "both", "edits")
    assert step(desk).code == 0
    text = path.read_text("utf-8")
    assert "category: notes" in text
    assert "rated newsworthy" in text
    assert verbs(desk) == ["rate", "edit"]
    assert desk("verify").code == 0


def test_a_conflict_of_git_is_left_to_its_editor(desk: Any, git: Repository) -> None:
    """Markers in one file: named with its line, the other files are written, and the mended one is taken in."""
    path = file_of(desk, 2)
    for branch, word in (("ours", "category: notes"), ("theirs", "category: events")):
        git("switch", "-q", "-c", branch, "main")
        path.write_text(path.read_text("utf-8").replace("category: news", word), "utf-8")
        git.commit(branch)
    with pytest.raises(subprocess.CalledProcessError):
        git("merge", "-q", "ours")
    marked = path.read_bytes()
    assert b"<<<<<<<" in marked
    assert desk("rate", "https://a.example/0", "--newsworthiness", "7").code == 0
    outcome = step(desk)
    assert outcome.code == 6
    assert any(f"{path.name}:" in problem["where"] for problem in outcome.json["problems"])
    assert path.read_bytes() == marked
    assert "rated newsworthy" in file_of(desk, 0).read_text("utf-8")
    git("checkout", "-q", "--theirs", str(path))
    git.commit("mended")
    assert step(desk).code == 0
    assert "category: notes" in path.read_text("utf-8")


def test_w10_a_copy_is_named_and_neither_file_is_touched(desk: Any, git: Repository) -> None:
    """Exit code 6 with both names, until one is gone; which one is the editor's choice."""
    path = file_of(desk, 3)
    copy = path.with_name("a-copy.md")
    shutil.copy(path, copy)
    git.commit("a copy")
    assert desk("rate", "https://a.example/3", "--newsworthiness", "7").code == 0
    before = stories(desk)
    outcome = step(desk)
    assert outcome.code == 6
    assert path.name in json.dumps(outcome.json["problems"])
    assert copy.name in json.dumps(outcome.json["problems"])
    assert stories(desk) == before
    git("rm", "-q", str(path))
    assert step(desk).code == 0
    assert "rated newsworthy" in copy.read_text("utf-8")
    assert not path.exists()
    assert "reject" not in verbs(desk)


def test_decision_19_a_run_commits_the_corpus_where_it_is_asked_to(
    desk: Any, git: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it wrote and what editors did, as one commit; none without a change; a begun merge is left and named."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "dermai-feed")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "feed@corpus.example")
    desk.write_settings(publish={"commit": True})
    step(desk)
    there = git("rev-parse", "HEAD")
    step(desk)
    assert git("rev-parse", "HEAD") == there
    assert desk("rate", "https://a.example/0", "--newsworthiness", "7").code == 0
    assert step(desk).code == 0
    assert git("status", "--porcelain") == ""
    assert git("log", "-1", "--format=%an: %s").startswith("dermai-feed: dermai-feed run 2026")
    changed = git("show", "--name-only", "--format=").split()
    assert {"decisions.jsonl", f"news/{file_of(desk, 0).name}"} <= set(changed)
    (desk.corpus / ".git" / "MERGE_HEAD").write_text(there)
    assert desk("rate", "https://a.example/1", "--newsworthiness", "7").code == 0
    problems = step(desk).json["problems"]
    assert any("not committed" in problem["what"] and "merge" in problem["what"] for problem in problems)
    assert "rated newsworthy" in file_of(desk, 1).read_text("utf-8")
