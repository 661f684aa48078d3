"""What git says of a corpus, and commits that hold what they are told and nothing else (decision 19)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dermai_feed.publish import history

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

NAMES = [f"GIT_{role}_{key}" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in a repository, with one commit and one change."""
    for name in NAMES:
        monkeypatch.setenv(name, "feed@corpus.example")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    folder = tmp_path / "project" / "corpus"
    folder.mkdir(parents=True)
    git(folder.parent, "init", "-q", "-b", "main")
    (folder / "a.md").write_text("one\n", "utf-8")
    (folder / "b.md").write_text("one\n", "utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "the first")
    (folder / "a.md").write_text("two\n", "utf-8")
    return folder


def git(folder: Path, *words: str) -> str:
    """`git words…`"""
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def commit(corpus: Path, *paths: str) -> None:
    """Of some of the files that differ."""
    there = history.dirty(corpus)
    history.commit(corpus, "ours", [there[path] for path in paths])


def test_a_commit_holds_what_it_is_told_and_leaves_what_is_staged(corpus: Path) -> None:
    """With names that are patterns to git, not ASCII, new, or gone."""
    (corpus / "b.md").write_text("staged\n", "utf-8")
    git(corpus, "add", "b.md")
    for name in ("[ab].md", "é\n.md", "mine.md"):
        (corpus / name).write_text("new\n", "utf-8")
    assert {(d.path, d.new, d.staged) for d in history.dirty(corpus).values()} == {
        ("a.md", False, False), ("b.md", False, True), ("[ab].md", True, False), ("é\n.md", True, False),
        ("mine.md", True, False),
    }  # fmt: skip
    commit(corpus, "[ab].md", "é\n.md")
    assert git(corpus, "show", "--name-only", "-z", "--format=").split("\0")[:-1] == ["corpus/[ab].md", "corpus/é\n.md"]
    assert set(history.dirty(corpus)) == {"a.md", "b.md", "mine.md"}
    (corpus / "[ab].md").unlink()
    assert history.dirty(corpus)["[ab].md"].gone
    commit(corpus, "a.md", "[ab].md")
    assert git(corpus, "diff", "--cached", "--name-only").split() == ["corpus/b.md"]
    assert set(history.dirty(corpus)) == {"b.md", "mine.md"}


def test_the_last_commit_is_read_by_its_bytes(corpus: Path) -> None:
    """Of a file that is in it; nothing of another."""
    git(corpus, "add", ".")
    git(corpus, "commit", "-q", "-m", "the second")
    (corpus / "a.md").write_text("three\n", "utf-8")
    assert history.committed(corpus, "a.md") == "27dd8ed44a83ff94d557f9fd0412ed5a8cbca69ea04922d88c01184a07300a5a"
    assert history.committed(corpus, "c.md") == ""


@pytest.mark.parametrize(
    ("place", "word"),
    [
        ("MERGE_HEAD", "a merge is under way"), ("CHERRY_PICK_HEAD", "a cherry-pick is under way"),
        ("REVERT_HEAD", "a revert is under way"), ("rebase-merge/", "a rebase is under way"),
        ("rebase-apply/", "a rebase or git am is under way"), ("BISECT_LOG", "a bisect is under way"),
    ],
)  # fmt: skip
def test_what_an_editor_has_under_way_is_left_to_them(corpus: Path, place: str, word: str) -> None:
    """Named; in a linked worktree too, whose git folder is another."""
    git(corpus, "worktree", "add", "-q", "-b", "other", str(corpus.parent.parent / "linked"))
    linked = corpus.parent.parent / "linked" / "corpus"
    begun = Path(git(linked, "rev-parse", "--absolute-git-dir").strip()) / place
    if place.endswith("/"):
        begun.mkdir()
    else:
        begun.write_text(git(corpus, "rev-parse", "HEAD"), "utf-8")
    with pytest.raises(history.Refused, match=word):
        history.dirty(linked)
    assert set(history.dirty(corpus)) == {"a.md"}


def test_a_real_conflict_of_a_rebase_and_a_detached_head_are_left(corpus: Path) -> None:
    """As git itself leaves them."""
    git(corpus, "switch", "-q", "-c", "other")
    git(corpus, "commit", "-q", "-a", "-m", "other")
    git(corpus, "switch", "-q", "main")
    (corpus / "a.md").write_text("three\n", "utf-8")
    git(corpus, "commit", "-q", "-a", "-m", "main")
    with pytest.raises(subprocess.CalledProcessError):
        git(corpus, "rebase", "-q", "other")
    with pytest.raises(history.Refused, match="a rebase is under way"):
        history.dirty(corpus)
    git(corpus, "rebase", "--abort")
    git(corpus, "switch", "-q", "--detach")
    with pytest.raises(history.Refused, match="no branch is checked out"):
        history.dirty(corpus)


@pytest.mark.parametrize("fault", ["lock", "hook", "name"])
def test_a_commit_that_is_refused_leaves_nothing_half_done(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """A locked index, a hook, no name: the head and the index are as they were, and the words say what to do."""
    (corpus / "new.md").write_text("new\n", "utf-8")
    before, status = git(corpus, "rev-parse", "HEAD"), git(corpus, "status", "--porcelain")
    folder, word = (
        corpus.parent / ".git",
        {"lock": "the index is locked", "hook": "no verb", "name": "user.name"}[fault],
    )
    if fault == "lock":
        (folder / "index.lock").touch()
    elif fault == "hook":
        (folder / "hooks").mkdir(exist_ok=True)
        (folder / "hooks" / "commit-msg").write_text("#!/bin/sh\necho no verb >&2; exit 1\n", "utf-8")
        (folder / "hooks" / "commit-msg").chmod(0o755)
    else:
        for name in NAMES:
            monkeypatch.delenv(name)
        git(corpus, "config", "user.useConfigOnly", "true")
    with pytest.raises(history.Refused, match=word):
        commit(corpus, "a.md", "new.md")
    (folder / "index.lock").unlink(missing_ok=True)
    assert git(corpus, "rev-parse", "HEAD") == before
    assert git(corpus, "status", "--porcelain") == status


def test_a_folder_that_git_cannot_have_is_said(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ignored, in no repository, broken, without git, or gone."""
    (corpus.parent / ".gitignore").write_text("/corpus/\n", "utf-8")
    with pytest.raises(history.Refused, match="git ignores this folder"):
        history.dirty(corpus)
    (corpus.parent / ".git" / "HEAD").write_text("nonsense", "utf-8")
    with pytest.raises(history.Refused, match="it is in no git repository"):
        history.dirty(corpus)
    shutil.rmtree(corpus.parent / ".git")
    with pytest.raises(history.Refused, match="git init"):
        history.dirty(corpus)
    monkeypatch.setenv("PATH", str(corpus / "nowhere"))
    with pytest.raises(history.Refused, match="git is not installed"):
        history.dirty(corpus)
    with pytest.raises(history.Refused, match="the folder is gone"):
        history.dirty(corpus / "nowhere")


def test_a_branch_without_a_commit_gets_its_first(corpus: Path) -> None:
    """`git init`, and nothing else yet."""
    shutil.rmtree(corpus.parent / ".git")
    git(corpus, "init", "-q", "-b", "main")
    commit(corpus, "a.md")
    assert git(corpus, "ls-tree", "--name-only", "HEAD") == "a.md\n"
