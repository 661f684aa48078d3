"""The corpus in git: what a run wrote becomes a commit, where the configuration asks for it (decision 19)."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

PATIENCE = 60.0  # seconds; nobody is there to answer a question
BEGUN = {"MERGE_HEAD": "merge", "REBASE_HEAD": "rebase", "CHERRY_PICK_HEAD": "cherry-pick", "REVERT_HEAD": "revert"}


def commit(corpus: Path, message: str) -> str:
    """Commit everything in `corpus` as `message`, by git's own configuration; what went wrong, or nothing.

    Nothing to commit is no commit. What an editor has begun, a merge for one, is left to them.
    """
    try:
        for name, what in BEGUN.items():
            if _git(corpus, "rev-parse", "--quiet", "--verify", name, check=False):
                return f"a {what} is under way"
        _git(corpus, "add", "--all", "--", ".")
        if not _git(corpus, "status", "--porcelain", "--", "."):
            return ""
        _git(corpus, "commit", "--quiet", "--message", message, "--", ".")
    except FileNotFoundError:
        return "git is not installed"
    except subprocess.TimeoutExpired:
        return f"git did not answer within {PATIENCE:.0f} s"
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "").strip().splitlines()
        return f"git: {said[0] if said else f'exit status {error.returncode}'}"
    return ""


def _git(corpus: Path, *words: str, check: bool = True) -> str:
    return subprocess.run(  # noqa: S603 - words of ours
        ["git", *words],  # noqa: S607 - the git of whoever runs this
        cwd=corpus, env=os.environ | {"GIT_TERMINAL_PROMPT": "0"}, check=check, capture_output=True,
        text=True, errors="replace", stdin=subprocess.DEVNULL, timeout=PATIENCE,
    ).stdout  # fmt: skip
