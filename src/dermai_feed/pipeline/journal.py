"""The decision log and the database: the log is the truth and the table an index of it (decision 1).

Lines that a merge of branches brought are replayed, a line that has vanished stops the run with
words. `edits.catch_up` also takes in what was done in the files themselves.
"""

from __future__ import annotations

from datetime import datetime

from .. import decisions
from ..model import Problem
from ..publish import files
from . import imports
from .parts import Parts
from .words import settle


def replay(parts: Parts, *, now: datetime) -> tuple[Problem, ...]:
    """Bring the database up to the decision log, and make sure that the corpus is the one it knows.

    Returns lines of the log that could not be read. Raises: errors.CorpusError when the log
    lost a line that the database knows, or when the corpus is another one or is gone; nothing
    has been changed then.
    """
    marker = files.ensure_corpus(parts.corpus, now, expected=parts.store.meta.corpus_id())
    parts.store.meta.set_corpus_id(marker)
    path = parts.corpus / "decisions.jsonl"
    log = decisions.read(path)
    if parts.store.decisions.replay(log, path.stat().st_size if path.exists() else 0):
        settle(parts)
    imports.settle(parts, now=now)
    return log.problems
