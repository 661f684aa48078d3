"""The corpus in git: which of its files differ from the last commit, and a commit of some of them (decision 19).

Nothing is asked of git while an editor has something under way, and what they staged stays
staged: a commit holds the paths it is told, and no others.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import subprocess
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

PATIENCE = 60.0  # seconds; nobody is there to answer a question
# What git keeps in its folder while something is under way (gitrepository-layout(5), wt-status.c).
BEGUN = {
    "rebase-merge": "a rebase", "rebase-apply": "a rebase or git am", "MERGE_HEAD": "a merge",
    "CHERRY_PICK_HEAD": "a cherry-pick", "REVERT_HEAD": "a revert", "sequencer": "a cherry-pick or revert",
    "BISECT_LOG": "a bisect",
}  # fmt: skip


class Refused(Exception):
    """Why nothing can be committed now, and what to do about it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Dirty:
    """A file of the corpus that differs from the last commit."""

    path: str  # relative to the corpus
    gone: bool  # there is no such file any more
    new: bool  # git has never had it
    staged: bool  # somebody has put something about it into the index
    open: bool  # and the file differs from the index too


def dirty(corpus: Path) -> dict[str, Dirty]:
    """Path -> what git says of it, of every file that differs from the last commit; ignored ones are left out.

    Raises: Refused when there is nothing to commit to, or an editor has something under way.
    """
    try:
        prefix = _git(corpus, "rev-parse", "--show-prefix").removesuffix("\n")
    except Refused as error:
        if "not a git repository" in str(error):
            raise Refused("it is in no git repository; git init makes one") from None
        raise
    if _answers(corpus, "check-ignore", "--quiet", "--no-index", "."):
        raise Refused("git ignores this folder; take it out of .gitignore, or make it a repository of its own")
    for name, what in BEGUN.items():
        if (corpus / _git(corpus, "rev-parse", "--git-path", name).strip()).exists():
            raise Refused(f"{what} is under way; end it")
    if not _answers(corpus, "symbolic-ref", "--quiet", "HEAD"):
        raise Refused("no branch is checked out (the head is detached); git switch to one")
    said = _git(corpus, "status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all", "--", ".")
    found = {}
    for line in filter(None, said.split("\0")):
        index, path = line[0], line[3:].removeprefix(prefix)
        gone = not os.path.lexists(corpus / path)
        found[path] = Dirty(path=path, gone=gone, new=index == "?", staged=index not in " ?", open=line[1] != " ")
    return found


def committed(corpus: Path, path: str) -> str:
    """The sha256 of the file at `path` in the last commit, "" when it is not in there."""
    try:
        done = _run(corpus, "cat-file", "blob", f"HEAD:./{path}")
    except (OSError, subprocess.SubprocessError):
        return ""
    return hashlib.sha256(done.stdout).hexdigest()


def commit(corpus: Path, message: str, found: Collection[Dirty]) -> None:
    """Commit these files as they are, by git's own configuration and hooks, and nothing else.

    Raises: Refused, nothing being committed then and the index as it was.
    """

    def asked(*words: str, of: Iterable[Dirty]) -> str:
        listed = "\0".join(one.path for one in of).encode("utf-8", "surrogateescape")
        told = ("--pathspec-from-file=-", "--pathspec-file-nul")
        return _git(corpus, "--literal-pathspecs", *words, *told, given=listed)

    new = [one for one in found if one.new]
    try:
        if new:  # `--only` wants names that git knows
            asked("add", "--intent-to-add", of=new)
        asked("commit", "--quiet", "--message", message, "--only", of=found)
    except Refused:
        if new:
            with contextlib.suppress(Refused):
                asked("reset", "--quiet", of=new)
        raise


# --------------------------------------------------------------------------- git


def _git(corpus: Path, *words: str, given: bytes = b"") -> str:
    """What git answers. Raises: Refused with what it said, in words for who has to mend it."""
    try:
        return _run(corpus, *words, given=given).stdout.decode("utf-8", "surrogateescape")
    except FileNotFoundError:
        raise Refused("git is not installed" if corpus.is_dir() else "the folder is gone") from None
    except OSError as error:
        raise Refused(f"git cannot be started: {error.strerror or error}") from None
    except subprocess.TimeoutExpired:
        raise Refused(f"git did not answer within {PATIENCE:.0f} s; a hook or a signing key may wait for a person") \
            from None  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise Refused(_words(next(word for word in words if word[0] != "-"), error)) from None


def _words(command: str, error: subprocess.CalledProcessError) -> str:
    said = (error.stderr or error.stdout or b"").decode("utf-8", "replace")
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    if "index.lock" in said:
        return "the index is locked: another git is at work, or one has died (then delete .git/index.lock)"
    if "Please tell me who you are" in said or "empty ident name" in said or "no email was given" in said:
        return "git knows no name to commit by; git config user.name and user.email in this repository"
    if "dubious ownership" in said:
        return "the repository belongs to another user; git config --global --add safe.directory names it"
    if command == "commit" and lines and not lines[0].startswith(("fatal:", "error:")):
        return f"git or one of its hooks refused: {lines[0][:200]}"
    return f"git: {lines[0][:200] if lines else f'{command} ended with exit status {error.returncode}'}"


def _answers(corpus: Path, *words: str, given: bytes = b"") -> bool:
    try:
        _run(corpus, *words, given=given)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _run(corpus: Path, *words: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = os.environ | {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C"}
    return subprocess.run(  # noqa: S603 - words of ours
        ["git", *words],  # noqa: S607 - the git of whoever runs this
        cwd=corpus, env=environment, check=True, capture_output=True, input=given, timeout=PATIENCE,
    )  # fmt: skip
