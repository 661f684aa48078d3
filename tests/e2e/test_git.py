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


@pytest.fixture
def committing(desk: Any, git: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The repository, where each run commits as dermai-feed; one story is waiting to be written."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "dermai-feed")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "feed@corpus.example")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    desk.write_settings(publish={"commit": True})
    assert step(desk).code == 0
    rate(desk, 0)
    return git


def rate(desk: Any, number: int, mark: int = 7) -> None:
    """Something for the next run to write into a story's file."""
    assert desk("rate", f"https://a.example/{number}", "--newsworthiness", str(mark)).code == 0


def left_out(outcome: Any) -> list[str]:
    """What a command said was not committed."""
    return [f"{p['where']}: {p['what']}" for p in outcome.json["problems"] if "not committed" in p["what"]]


def in_last_commit(git: Repository) -> set[str]:
    """Its paths."""
    return set(git("show", "--name-only", "--format=").split())


def test_decision_19_a_run_commits_the_corpus_where_it_is_asked_to(desk: Any, committing: Repository) -> None:
    """What it wrote as one commit in its own name; none without a change."""
    assert step(desk).code == 0
    assert committing("status", "--porcelain") == ""
    assert committing("log", "-1", "--format=%an: %s").startswith("dermai-feed: dermai-feed run 2026")
    assert {"decisions.jsonl", f"news/{file_of(desk, 0).name}"} <= in_last_commit(committing)
    there = committing("rev-parse", "HEAD")
    step(desk)
    assert committing("rev-parse", "HEAD") == there


def test_decision_19_publish_digest_and_approve_commit_as_a_run_does(desk: Any, committing: Repository) -> None:
    """Each by itself, under its own name."""
    assert desk("publish").code == 0
    assert committing("log", "-1", "--format=%s") == "dermai-feed publish\n"
    assert f"news/{file_of(desk, 0).name}" in in_last_commit(committing)
    assert desk("promote", "https://a.example/3").code == 0
    assert desk("digest").code == 0
    assert committing("log", "-1", "--format=%s") == "dermai-feed digest 2026-W47\n"
    assert desk("approve").code == 0
    assert committing("log", "-1", "--format=%s") == "dermai-feed approve 2026-W47\n"
    assert committing("status", "--porcelain") == ""


def test_decision_19_an_editors_drafts_are_not_swept_into_the_machines_commit(
    desk: Any, committing: Repository
) -> None:
    """An edit, a note and a staged word stay the editor's, also once the machine wrote into the same file."""
    both, plain, staged = (file_of(desk, number) for number in (0, 1, 2))
    for path in (both, plain, staged):
        path.write_text(path.read_text("utf-8").replace("category: news", "category: notes"), "utf-8")
    committing("add", str(staged))
    (desk.corpus / "ideas.md").write_text("# later\n", "utf-8")
    for _ in range(2):  # it stays so until the editor has committed
        outcome = step(desk)
        assert [line.split(":")[0] for line in left_out(outcome)] == [f"news/{both.name}"]
        assert not {f"news/{p.name}" for p in (both, plain, staged)} & in_last_commit(committing)
        status = dict(reversed(line.split(maxsplit=1)) for line in committing("status", "--porcelain").splitlines())
        assert status == {
            f"news/{both.name}": "M", f"news/{plain.name}": "M", f"news/{staged.name}": "M", "ideas.md": "??",
        }  # fmt: skip
    assert committing("diff", "--cached", "--name-only").split() == [f"news/{staged.name}"]
    assert "rated newsworthy" in both.read_text("utf-8")
    committing.commit("an editor's")
    rate(desk, 0, 2)
    assert left_out(step(desk)) == []
    assert committing("status", "--porcelain") == ""
    changed = committing("show", "--format=", "-U0", "--", str(both))
    assert "rated newsworthy" in changed or "newsworthiness" in changed
    assert "\n-category" not in changed


def test_decision_19_what_an_editor_committed_first_does_not_hold_the_machine_up(
    desk: Any, committing: Repository
) -> None:
    """An edit that git has is merged, and the machine's own part of the file is committed at once."""
    path = file_of(desk, 0)
    path.write_text(path.read_text("utf-8").replace("category: news", "category: notes"), "utf-8")
    committing.commit("an edit")
    assert left_out(step(desk)) == []
    assert committing("status", "--porcelain") == ""


def test_decision_19_moves_by_the_machine_are_committed_and_deletions_by_hand_are_not(
    desk: Any, committing: Repository
) -> None:
    """A rejection's move is one commit; a file that an editor deleted or renamed is theirs to commit."""
    assert desk("reject", "https://a.example/4", "--reason", "off topic").code == 0
    assert step(desk).code == 0
    assert any(name.startswith("rejected/news/") for name in in_last_commit(committing))
    assert committing("status", "--porcelain") == ""
    gone = file_of(desk, 5)
    gone.unlink()
    committing("mv", str(file_of(desk, 3)), "news/renamed.md")
    assert step(desk).code == 0
    assert f"news/{gone.name}" not in in_last_commit(committing)
    assert left_out(step(desk)) == []
    assert f" D news/{gone.name}" in committing("status", "--porcelain").splitlines()
    assert committing("diff", "--cached", "--name-only", "--diff-filter=R").split() == ["news/renamed.md"]


def test_decision_19_what_cannot_be_committed_now_is_said_and_made_up_for(desk: Any, committing: Repository) -> None:
    """A merge under way, then a hook that refuses: the files are written, the run succeeds, nothing is half done."""
    there = committing("rev-parse", "HEAD")
    merge = committing.folder / ".git" / "MERGE_HEAD"
    merge.write_text(there)
    outcome = step(desk)
    assert outcome.code == 0
    assert "a merge is under way" in left_out(outcome)[0]
    assert "rated newsworthy" in file_of(desk, 0).read_text("utf-8")
    merge.unlink()
    hook = committing.folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'titles need a verb'\nexit 1\n", "utf-8")
    hook.chmod(0o755)
    outcome = step(desk)
    assert outcome.code == 0
    assert "titles need a verb" in left_out(outcome)[0]
    assert committing("rev-parse", "HEAD") == there
    hook.unlink()
    assert left_out(step(desk)) == []
    assert f"news/{file_of(desk, 0).name}" in in_last_commit(committing)
    assert committing("status", "--porcelain") == ""


def test_decision_19_a_corpus_is_committed_whole_the_first_time_but_for_what_editors_touched(
    desk: Any, committing: Repository
) -> None:
    """In a folder below the repository, too: nothing beside the corpus is looked at."""
    shutil.rmtree(committing.folder / ".git")
    path = file_of(desk, 1)
    path.write_text(path.read_text("utf-8").replace("category: news", "category: notes"), "utf-8")
    subprocess.run(["git", "init", "-q", "-b", "main", str(desk.folder)], check=True)
    assert left_out(step(desk)) == []
    there = set(committing("ls-tree", "-r", "--name-only", "--full-tree", "HEAD").split())
    assert {Path(name).parts[0] for name in there} == {"corpus"}
    assert {f"corpus/news/{file_of(desk, n).name}" for n in (0, 2, 3, 4, 5)} <= there
    assert f"corpus/news/{path.name}" not in there
    assert f"?? corpus/news/{path.name}" in committing("status", "--porcelain").splitlines()
